"""The curves of lives as events for TensorBoard: of a run while it goes on, of a comparison once it is finished.

Events are worked out from what a run recorded. A run that goes on from a checkpoint, or is found finished, has its
curves written anew, from the first step: no point is there twice, whoever interrupted what.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...results.directory_names import folder_names
from ...results.recorder import Recorder
from ...results.run_directory import Run
from ...results.schema import METRICS

SUFFIX = ".blackswan"
"""What the names of our files end with: no others are removed."""
SECONDS_BETWEEN = 2.0
"""Between two looks at a run that goes on."""

CURRENT = {
    "coverage": "coverage",
    "information/gained_nats": "information_gain_nats",
    "information/expected_missing_nats": "expected_missing_information_nats",
    "information/missing_nats": "missing_information_nats",
}
"""Tags of what a column tells of a step."""
RATES = {"reward/extrinsic": "reward", "reward/intrinsic_nats": "information_gain_nats"}
"""Tags of what a step paid, mean since the point before, and the columns of their sums."""

Curves = Mapping[str, NDArray[Any]]
Show = Callable[[str, Recorder | int], None]


def check_installed() -> None:
    """Refuse to write events where nothing can.

    Raises:
        ValueError: tensorboardX is not installed.
    """
    try:
        import tensorboardX  # noqa: F401
    except ImportError:
        raise ValueError(
            "--tensorboard: needs tensorboardX, which is not installed: pip install 'blackswan-rl[tensorboard]'"
        ) from None


@contextmanager
def watching(folder: Path | None, show: Show) -> Iterator[Show]:
    """Write the events of a run that is about to begin; yields the function to call now and then.

    Args:
        folder: where they go; None: none are written.
        show: what else is to be called.
    """
    if folder is None:
        yield show
        return
    seen: list[Recorder] = []
    with Events(folder) as events:

        def look(name: str, recorder: Recorder | int) -> None:
            show(name, recorder)
            if not isinstance(recorder, int):
                seen[:] = [recorder]
                events.look(recorder)

        yield look
        for recorder in seen:
            events.write(recorder.curves())
    if any(recorder.truth is not None and recorder.unscored is not None for recorder in seen):
        with Events(folder) as anew:  # the truth was dropped: nothing that needs it stays
            anew.write(seen[0].curves())


def curves_of(run: Run) -> Curves:
    """Return the curves of a stored run; without that of its rewards, if its trace does not have all of them."""
    if run.summary.get("trace_every", 1) != 1 or "reward" not in run.trace:
        return run.metrics
    sums = np.append(0.0, np.cumsum(run.trace["reward"]))
    return {**run.metrics, "reward": sums[run.metrics["step"]]}


def folders_of(agents: Sequence[str], seeds: Sequence[int], folder: Path) -> dict[tuple[str, int], Path]:
    """Return where the events of the lives of a comparison go: a folder an agent, and in it one a seed."""
    names = folder_names(agents)
    return {(agent, seed): folder / names[agent] / f"seed-{seed}" for agent in names for seed in seeds}


def write_lives(
    agents: Sequence[str], curves: Curves, folder: Path, done: Callable[[str], None] = lambda _: None
) -> None:
    """Write the events of the lives of a comparison.

    Args:
        agents: what its columns are called.
        curves: of its lives: `step`, `[rows]`, `seed`, `[seeds]`, and `agent/column`, `[seeds, rows]`; those of
            earlier versions have no `reward`.
        folder: where to.
        done: called with a remark whenever a life is written.
    """
    seeds = curves["seed"].tolist()
    for (agent, seed), own in folders_of(agents, seeds, folder).items():
        place = seeds.index(seed)
        known = {
            column: curves[f"{agent}/{column}"][place]
            for column in (*METRICS[1:], "reward")
            if f"{agent}/{column}" in curves
        }
        with Events(own) as events:
            events.write({"step": curves["step"], **known})
        done(f"{agent} on seed {seed}, for TensorBoard")


class Events:
    """The events of one run, in a folder of their own; those of an earlier time are removed."""

    def __init__(self, folder: Path) -> None:
        from tensorboardX.event_file_writer import EventsWriter
        from tensorboardX.proto.event_pb2 import Event, SessionLog  # pyright: ignore[reportAttributeAccessIssue]  # made when imported

        folder.mkdir(parents=True, exist_ok=True)
        earlier = list(folder.glob(f"events.out.tfevents.*{SUFFIX}"))
        for path in earlier:
            path.unlink()
        self._writer: Any = EventsWriter(str(folder / "events"), SUFFIX)  # a thread's would be lost on a full disk
        if earlier:  # a TensorBoard that has read what was removed forgets it: the new file begins with step 0
            begun = SessionLog(status=SessionLog.START)
            self._writer.write_event(Event(step=0, wall_time=time.time(), session_log=begun))
        self._step, self._due = -1, 0.0

    def __enter__(self) -> "Events":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def look(self, recorder: Recorder) -> None:
        """Write what is new of a run that goes on, if it is time to."""
        if (now := time.monotonic()) >= self._due:
            self.write({name: column[:-1] for name, column in recorder.curves().items()})  # the last is where it is now
            self._due = now + SECONDS_BETWEEN

    def write(self, curves: Curves) -> None:
        """Write the points that were not written before: columns of metrics, and `reward`, sums of rewards."""
        from tensorboardX.proto.event_pb2 import Event  # pyright: ignore[reportAttributeAccessIssue]  # made when imported
        from tensorboardX.proto.summary_pb2 import Summary  # pyright: ignore[reportAttributeAccessIssue]  # likewise

        steps = curves["step"]
        first = int(np.searchsorted(steps, self._step, side="right"))
        drawn = {tag: curves[name] for tag, name in CURRENT.items()}
        with np.errstate(invalid="ignore", divide="ignore"):  # nothing was paid before the first step
            for tag, name in RATES.items():
                if name in curves:
                    drawn[tag] = np.diff(curves[name], prepend=0.0) / np.diff(steps, prepend=0)
        for place in range(first, len(steps)):
            there = {tag: float(column[place]) for tag, column in drawn.items()}
            known = [Summary.Value(tag=tag, simple_value=value) for tag, value in there.items() if math.isfinite(value)]
            self._step = int(steps[place])
            if known:  # what is not known is not drawn
                event = Event(step=self._step, wall_time=time.time(), summary=Summary(value=known))
                self._writer.write_event(event)
        self._writer.flush()
