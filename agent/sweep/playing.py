"""A sweep's lives: which there are, which are still to be played, where, and what comes of them.

First the lives of all comparisons are played as one heap, so that no core waits for the end of a comparison. Each is
kept as it is finished. Then the comparisons are made of what was kept.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..experiments import found_results, study
from ..experiments.command_line import storing
from ..experiments.comparisons import making
from ..experiments.comparisons.many_seeds import Seeds, executor_for, failure_of, work_of
from ..experiments.executors import Executor, Task, played, told
from ..experiments.kept_lives import KeptLives
from ..experiments.options import CompareOptions
from ..interruption import Interruption
from ..results import marks, provenance, replacement, storage
from ..results.directory_names import directory_name
from .asked import SweepOptions

MARK = "sweep.json"


@dataclass(frozen=True)
class Share:
    """The part of a sweep's lives that one of several processes plays: number `k` of `n`, counted from 1."""

    k: int = 1
    n: int = 1

    @classmethod
    def parse(cls, text: str) -> "Share":
        """Read `k/n`.

        Raises:
            ValueError: it is something else.
        """
        k, _, n = text.partition("/")
        if not (k.isdecimal() and n.isdecimal() and 1 <= int(k) <= int(n)):
            raise ValueError(f"--shard: got {text!r}, expected k/n, such as 1/8, with k from 1 to n")
        return cls(int(k), int(n))

    def has(self, kept: KeptLives, name: str, seed: int) -> bool:
        """Tell whether a life is in it: that depends on the life alone."""
        return int(kept.digest(name, seed), 16) % self.n == self.k - 1


@dataclass
class Comparison:
    """A comparison of a sweep in one world.

    Attributes:
        config: the resolved configuration.
        directory: where its result belongs.
        kept: its lives.
        is_finished: whether the result is there.
    """

    config: Mapping[str, Any]
    directory: Path
    kept: KeptLives
    is_finished: bool

    def tasks(self) -> list[Task]:
        """Return all its lives."""
        work = work_of(self.config, self.kept)
        return [(work, *task) for task in Seeds(self.config).tasks]

    def missing(self) -> int:
        """Return how many of its lives are still to be played."""
        return 0 if self.is_finished else sum(not self.kept.has(*task) for task in Seeds(self.config).tasks)


@dataclass
class Outcome:
    """What came of playing a sweep's lives.

    Attributes:
        failures: why lives could not go on, a line each.
        status: the exit status that an interruption asks for; None if there was none.
    """

    failures: list[str] = field(default_factory=list)
    status: int | None = None


def comparison(config: Mapping[str, Any], out: Path, force: bool) -> Comparison:
    """Return a comparison of a sweep, finished if it is there and is not to be made again."""
    directory, kind = out / directory_name(config), making.KIND
    found = found_results.find(directory, kind.mark, lambda: study.load(kind, directory), force)
    return Comparison(config, directory, KeptLives.of(config, out, force), found is not None)


def play(
    comparisons: Sequence[Comparison],
    share: Share,
    cluster: "Callable[[], AbstractContextManager[Executor]] | None",
    workers: int | None,
    progress: Callable[[int], AbstractContextManager[Callable[[str], None]]],
) -> Outcome:
    """Play the lives of a share, but for those of comparisons that are finished.

    Args:
        comparisons: of the sweep.
        share: which of the lives.
        cluster: makes what plays them; None: this machine.
        workers: how many at once; None: one a core.
        progress: shows how many there are, and gives what is called with a remark whenever one is finished.
    """
    open_ones = [each for each in comparisons if not each.is_finished]
    tasks = [task for each in open_ones for task in each.tasks() if share.has(task[0].kept, *task[1:])]
    outcome = Outcome()
    if not tasks:
        return outcome
    players = cluster() if cluster is not None else nullcontext(executor_for(each.config for each in open_ones))
    with players as executor, progress(len(tasks)) as done, Interruption() as interruption:
        for place, life in played(tasks, executor, workers, interruption):
            if isinstance(life, Exception):
                outcome.failures.append(failure_of(life))
            else:
                done(told(tasks[place]))
        outcome.status = interruption.status if interruption.requested else None
    return outcome


def make(comparison: Comparison, options: SweepOptions) -> None:
    """Make a comparison of the lives that were kept.

    Raises:
        CommandError: a life could not go on, or the result not be stored.
    """
    alone = CompareOptions(workers=options.workers, quiet=True)  # no force: its lives are those that were kept
    made = making.stored(comparison.config, comparison.directory, alone, making.KIND)
    if isinstance(made, study.Study):
        comparison.is_finished = True
        if options.figure_format:
            study.draw(making.KIND, made, comparison.directory, options.figure_format)


def place(comparisons: Sequence[Comparison], name: str, out: Path) -> tuple[Path, dict[str, Any]]:
    """Return where what a sweep consists of goes, and what tells it."""
    config = {"sweep": name, "worlds": [each.directory.name for each in comparisons]}
    return out / directory_name(config), config


def store(comparisons: Sequence[Comparison], name: str, out: Path) -> Path:
    """Store what a sweep consists of, once all of it is finished; gives its directory."""
    directory, config = place(comparisons, name, out)
    with storing(directory), replacement.replacing(directory, MARK) as new:
        new.config(provenance.to_store(config))
        new.commit(MARK, _content(comparisons))
    return directory


def is_stored(comparisons: Sequence[Comparison], name: str, out: Path) -> bool:
    """Tell whether a sweep is finished, and stored whole."""
    directory, _ = place(comparisons, name, out)
    if not all(each.is_finished for each in comparisons) or not marks.is_there(directory, MARK):
        return False
    with suppress(ValueError):
        stored = marks.load(directory, MARK)
        stored.check()
        return stored.content == storage.plain(_content(comparisons))
    return False


def _content(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    return {"comparisons": [about(each) for each in comparisons]}


def about(comparison: Comparison) -> dict[str, Any]:
    """Return what there is to know of a comparison before one opens it."""
    names = ("env", "agents", "steps", "seeds", "first_seed")
    return {"directory": comparison.directory.name} | {name: comparison.config[name] for name in names}


def differing(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Yield, of each comparison, what is not alike in all of them, beside the world and the agents."""
    beside = {"env", "agents", "parts", "map_text", "steps", "seeds", "first_seed"}
    names = sorted({name for each in comparisons for name in each.config} - beside)
    values = {name: [each.config.get(name) for each in comparisons] for name in names}
    shown = [name for name, of_all in values.items() if any(value != of_all[0] for value in of_all)]
    for place in range(len(comparisons)):
        yield ", ".join(f"{name} {values[name][place]}" for name in shown if values[name][place] not in (None, {}))
