"""Lives that are led: simulated where possible, else step by step; kept on the way, and gone on with."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...checkpoints.flattening import UnkeptError, flattened, rebuilt
from ...compilation.compiled import compile_seconds
from ...interruption import CalledOff
from ...protocols import Transition
from ...results.recorder import Recorder
from ...simulation.interaction import interact
from ...simulation.relived import AGAIN, DifferentLifeError, Relived
from ...simulation.simulate import CHUNK, Simulation, can_simulate
from ...worlds import StateEnv
from .saving import Kept, Saving

STEPS_BETWEEN_LOOKS = 64
FEWEST, BRIEF, LONG = 16, 0.05, 0.2  # steps simulated at once, at least; seconds that let them become more, or fewer
PATIENCE = 1.0
"""Seconds that a plan under way is waited for, so that what is kept is where a step ended."""


@dataclass
class Seconds:
    """Where the time of a life goes: until the first step was made, and then in the world and in the agent.

    What is compiled in mid-life, the first time that it is needed, counts as time before the first step.
    """

    start: float = 0.0
    env: float = 0.0
    agent: float = 0.0

    def add(self, is_first: bool, lived: float, in_world: float, compiling: float) -> None:
        """Add the seconds of some steps: all of them, those spent in the world, those spent compiling."""
        self.start += lived if is_first else compiling
        if not is_first:
            self.env += in_world
            self.agent += lived - in_world - compiling


@dataclass
class Life:
    """A life on its way.

    Attributes:
        env: where it is led.
        agent: by whom.
        seed: of the world's own randomness.
        recorder: what happens.
        look: called now and then.
        stop: whether to end it early.
        saving: its checkpoints; None: none are made.
        kept: what it goes on from; None: from the beginning.
        seconds: that it takes.
    """

    env: StateEnv
    agent: Any
    seed: int
    recorder: Recorder
    look: Callable[[], None]
    stop: Callable[[], bool]
    saving: Saving | None = None
    kept: Kept | None = None
    seconds: Seconds = field(default_factory=Seconds)
    _whole: Mapping[str, Any] | None = None

    @property
    def is_simulated(self) -> bool:
        """Whether it is led in a compiled loop."""
        return can_simulate(self.env, self.agent)

    def lead(self) -> None:
        """Lead it to its end, from the beginning or from where it was.

        Raises:
            DifferentLifeError: what was lived once is not what comes of it now.
        """
        self._go_on()
        (self._simulate if self.is_simulated else self._walk)()

    def _go_on(self) -> None:
        """Be as it was when it was kept."""
        kept, recorder = self.kept, self.recorder
        if kept is None or kept.flat is None:
            return
        whole = rebuilt(kept.flat, {"agent": self.agent})
        self._whole, self.agent = whole, whole["agent"]
        recorder.go_on_with(self.agent)
        if recorder.truth is not None:
            recorder.truth.resume(self.agent.model, whole["truth"])
        if kept.is_thin:
            recorder.take_up(whole["tally"], kept.life["blocks"])
        for columns in [kept.tail(recorder.row)] if kept.is_thin else kept.columns(recorder.row):
            recorder.extend(columns)
        self.seconds = Seconds(*kept.life["seconds"])

    def _simulate(self) -> None:
        recorder, seconds, clock = self.recorder, self.seconds, time.perf_counter
        simulation = Simulation(self.env, self.agent, self.seed, recorder.truth)
        if self._whole is not None:
            simulation.resume(self._whole["world"])
        at_once, is_first, stopped = FEWEST, True, False
        while recorder.num_steps < recorder.num_planned and not stopped:
            ahead = min(at_once, recorder.num_planned - recorder.num_steps, self._unlike_yet()) if not is_first else 1
            recorder.reserve(ahead)
            compiled, start = compile_seconds(), clock()
            try:
                made = simulation.advance(ahead)
            except CalledOff:
                if recorder.num_steps == 0:
                    raise
                break
            lived = clock() - start
            seconds.add(is_first, lived, 0.0, compile_seconds() - compiled)
            at_once = min(4 * at_once, CHUNK) if lived < BRIEF else max(at_once // 4, 1) if lived > LONG else at_once
            recorder.extend(simulation.columns(made))
            is_first = False
            self._compare()
            stopped = self.stop()
            if not stopped:
                self.look()
            if simulation.is_whole:
                self._save(simulation.kept, stopped)
        tail = recorder.tail()
        share = recorder.num_steps / max(len(tail["state"]), 1)
        seconds.env = min(simulation.world_seconds(tail) * share, seconds.agent)
        seconds.agent -= seconds.env

    def _walk(self) -> None:
        recorder, seconds, clock = self.recorder, self.seconds, time.perf_counter
        truth, stopwatch = recorder.truth, _Stopwatch(self.env)
        agent: Any = self.agent
        if self._whole is not None:
            agent = Relived(agent, self._recorded(), recorder.num_steps)
        again = recorder.num_steps
        if again == recorder.num_planned:
            return
        compiled, start = compile_seconds(), clock()
        lived = interact(self.env, agent, recorder.num_planned, self.seed, tell=None)
        for made, transition in enumerate(lived, 1):
            if made > again:
                seconds.add(made - again == 1, clock() - start, stopwatch.seconds, compile_seconds() - compiled)
                if truth is not None:
                    truth.update()
                recorder.record(transition)
                self._compare()
            stopwatch.seconds = 0.0
            stopped = self.stop()
            if made > again:
                self._save(lambda: None, stopped)
            if stopped:
                break
            if made == again + 1 or not made % STEPS_BETWEEN_LOOKS:
                self.look()
            compiled, start = compile_seconds(), clock()

    def _recorded(self) -> Iterator[Transition]:
        assert self.kept is not None
        for columns in self.kept.columns(self.recorder.row):
            yield from map(Transition._make, zip(*(columns[name].tolist() for name in Transition._fields), strict=True))

    def _save(self, world: Callable[[], Mapping[str, Any] | None], stopped: bool) -> None:
        """Make a checkpoint if it is time for one, or the end."""
        saving, recorder, seconds = self.saving, self.recorder, self.seconds
        if saving is None or self._unlike_yet() < recorder.num_planned:
            return
        is_over = recorder.num_steps == recorder.num_planned
        if is_over or stopped or saving.is_due():
            times = [seconds.start, seconds.env, seconds.agent]
            saving.save(self.agent, recorder, world(), times)

    def _unlike_yet(self) -> int:
        """Return the steps until what is lived again can be compared; where nothing is, those that are planned."""
        kept, done = self.kept, self.recorder.num_steps
        is_again = kept is not None and kept.flat is None and done < kept.num_steps
        return kept.num_steps - done if kept is not None and is_again else self.recorder.num_planned

    def _compare(self) -> None:
        """Refuse a life that is another than the one that was kept, once it is as long."""
        kept, recorder = self.kept, self.recorder
        if kept is None or kept.flat is not None or kept.num_steps != recorder.num_steps:
            return
        first = 0
        for now, then in zip(recorder.columns(), kept.columns(recorder.row), strict=True):
            unlike = np.zeros(len(now["state"]), bool)
            for name, column in now.items():
                bits = f"u{column.itemsize}"
                unlike |= column.view(bits) != np.ascontiguousarray(then[name]).view(bits)
            if unlike.any():
                place = int(np.argmax(unlike))
                raise DifferentLifeError(
                    f"step {first + place + 1} is not what it was: got {_told(now, place)}, "
                    f"and {_told(then, place)} was recorded; {AGAIN}"
                )
            first += len(unlike)


def _told(columns: Mapping[str, NDArray[Any]], place: int) -> str:
    return str({name: columns[name][place].item() for name in ("state", "action", "next_state", "reward")})


def patient(should_stop: Callable[[], bool]) -> Callable[[], bool]:
    """Return the same question, answered a little later: a plan that was begun may be finished."""
    asked: list[float] = []

    def after_a_while() -> bool:
        if not should_stop():
            return False
        asked.append(time.monotonic()) if not asked else None
        return time.monotonic() - asked[0] > PATIENCE

    return after_a_while


def depends_on_steps(make: Callable[[int], Any], one: int, other: int) -> bool:
    """Tell whether an agent is another one for a run of other length; one that cannot be kept may be.

    Args:
        make: makes it for a number of steps.
        one: steps of a run.
        other: likewise.
    """
    try:
        (its, arrays), (others, other_arrays) = (
            flattened(agent, [agent.model.prior]) for agent in (make(one), make(other))
        )
    except UnkeptError:
        return True
    return its != others or any(not np.array_equal(arrays[name], other_arrays[name]) for name in arrays)


class _Stopwatch:
    """Adds up the time that a world's steps and resets take."""

    def __init__(self, env: StateEnv) -> None:
        self.seconds = 0.0
        env.step = self._timed(env.step)
        env.reset = self._timed(env.reset)

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        clock = time.perf_counter

        def timed(*args: Any, **kwargs: Any) -> Any:
            start = clock()
            result = function(*args, **kwargs)
            self.seconds += clock() - start
            return result

        return timed
