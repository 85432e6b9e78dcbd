"""The recorder: one packed row a step, a metric row now and then, and the run it all amounts to.

It looks at an agent from outside (its model and loss bound), never changes it, and costs about half a microsecond a
step: a step is packed by one call into a preallocated buffer, which doubles when it is full.
"""

import copy
import math
import struct
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import dropped_truth
from .recording.blocks import BLOCK, Block, Blocks
from .recording.learnt import has_reward_gain, learnt_rewards, learnt_rules
from .recording.resets import OF_RESETS, resets, streams_of_resets
from .recording.streams import Arrays, Stream, counted
from .recording.tally import Tally, metric_steps
from .run_directory import Run
from .schema import BESIDE_COLUMNS, METRICS, REWARD_COLUMNS, STEP_COLUMNS

_STEP = "<iiid??ddddd"  # as STEP_COLUMNS
_REWARDS = _BESIDE = "dd"  # as REWARD_COLUMNS, and as BESIDE_COLUMNS
_FIRST_ROWS = 4096
_TIMES_TO_STORE = 2  # what columns, metrics and summary take to be worked out, in sizes of the buffer


class Recorder:
    """Record an agent's life: `record` after every step, `run` at the end.

    Args:
        agent: has `model` and `loss_bound`.
        num_steps: how many steps are planned; fixes where metric rows lie.
        truth: what the model is scored against (`agent.simulation.scoring.Truth`), kept up to date by the caller; or
            None.
        unknown: why the truth is not known, where it is None.
        folder: where rows go, a block at a time; None: they stay in memory.
        every: which rows the trace of a run has: every so manieth; 0: none.
        only: which columns of one entry a step the trace has; none: all of them.

    Attributes:
        unscored: why the figures that need the truth are not known; None if they are.
        row: the type of a row: the columns of a trace, and what metrics need besides.
        blocks: the rows but for those since the last whole block.
        only: the columns of the trace, of those that there are.
        kept: the columns of whole blocks that are kept: others are counted, and gone. At first all.
        places: gives where a world's states are drawn, for whoever shows the life, as in a trace; nothing if not known.
    """

    def __init__(
        self,
        agent: Any,
        num_steps: int,
        truth: Any = None,
        unknown: str = "the world does not tell its truth",
        folder: Path | None = None,
        every: int = 1,
        only: Collection[str] = (),
    ) -> None:
        self.agent, self.model, self.truth = agent, agent.model, truth
        self.num_planned = num_steps
        self.places: Callable[[], Mapping[str, NDArray[Any]]] = dict
        self.unscored: str | None = unknown if truth is None else None
        self._has_reward_gain = has_reward_gain(agent.model)
        self._columns = STEP_COLUMNS | (REWARD_COLUMNS if self._has_reward_gain else {})
        self.row = np.dtype(list((self._columns | BESIDE_COLUMNS).items()))
        self._step = struct.Struct(_STEP + _REWARDS * self._has_reward_gain + _BESIDE)
        self.blocks, self.every = Blocks(folder), every
        self.only = tuple(name for name in self._columns if name in (only or self._columns))
        self.kept = self.row.names or ()
        self._most = BLOCK * self._step.size
        self._buffer = bytearray(self._step.size * min(_FIRST_ROWS, num_steps, BLOCK))
        self._offset, self._pack = 0, self._step.pack_into
        self._yardstick = truth.yardstick if truth is not None else float("nan")
        start = {
            "missing_information_nats": truth.missing_information if truth is not None else float("nan"),
            "coverage": truth.coverage if truth is not None else float("nan"),
            "planning_loss_bound_nats": float("nan"),
            "expected_missing_information_nats": self.model.expected_missing_information,
            "concentration": self.model.concentration,
        }
        self._tally = Tally(metric_steps(num_steps), self._yardstick, start)

    @property
    def tally(self) -> Tally:
        """What was counted of whole blocks."""
        return self._tally

    @property
    def is_thin(self) -> bool:
        """Whether not all columns of whole blocks are kept: they were counted for a life of this length."""
        return self.kept != self.row.names

    def keep(self, *names: str) -> None:
        """Keep of whole blocks what the trace has, and some columns beside."""
        if not self.every or self.only != tuple(self._columns):
            wanted = {*names, *(self.only if self.every else ())}
            self.kept = tuple(name for name in self.row.names or () if name in wanted)

    def take_up(self, tally: Tally, blocks: list[Block]) -> None:
        """Go on where another recorder was when it had put its last whole block away."""
        self._tally = tally
        self.blocks.go_on_after(blocks)

    @property
    def num_steps(self) -> int:
        """Steps recorded so far."""
        return self._tally.num_steps + self._offset // self._step.size

    @property
    def last_state(self) -> int:
        """The state that the last step was taken in."""
        return self._step.unpack_from(self._buffer, (self._offset or len(self._buffer)) - self._step.size)[0]

    @property
    def missing_fraction(self) -> float:
        """Missing information now, as a fraction of the yardstick; nan where the truth is unknown."""
        return self.truth.fraction if self.truth is not None else float("nan")

    @property
    def coverage(self) -> float:
        """Share of the reachable pairs visited so far; nan where the truth is unknown."""
        return self.truth.coverage if self.truth is not None else float("nan")

    def record(self, transition: tuple[int, int, float, int, bool, bool]) -> None:
        """Record a step that the agent has observed (and the truth, if any, has been told of)."""
        state, action, reward, next_state, terminated, truncated = transition
        model, truth = self.model, self.truth
        if truth is None:
            missing = coverage = float("nan")
        else:
            missing, coverage = truth.missing_information, truth.coverage
        gains = (model.last_reward_gain, model.last_expected_reward_gain) if self._has_reward_gain else ()
        self._pack(
            self._buffer,
            self._offset,
            state,
            action,
            next_state,
            reward,
            terminated,
            truncated,
            model.last_surprise,
            model.last_expected_gain,
            missing,
            coverage,
            self.agent.loss_bound,
            *gains,
            model.expected_missing_information,
            model.concentration,
        )
        self._offset += self._step.size
        if self._offset == len(self._buffer):
            self.reserve(1)

    def reserve(self, number: int) -> None:
        """Make room for steps before they are made: if memory runs out, no step is learned that is not recorded.

        The buffer doubles, up to the steps that are planned, or to a block; a whole block is put away.
        """
        if self._offset == self._most:
            self._put_away()
        planned = min((self.num_planned - self._tally.num_steps) * self._step.size, self._most)
        needed = min(self._offset + number * self._step.size, self._most)
        more = max(needed, min(2 * len(self._buffer), planned)) - len(self._buffer)
        if self._offset < planned and needed > len(self._buffer):
            bytes(_TIMES_TO_STORE * (len(self._buffer) + more))  # fails now, while all that was made can be stored
            self._buffer.extend(bytes(more))

    def _put_away(self) -> None:
        """Count a whole block, and begin another in its place."""
        rows = self._tail()
        if self.kept:
            self.blocks.add(rows[list(self.kept)])
        self._tally.take(rows, len(rows))
        self._offset = 0

    def extend(self, columns: Mapping[str, np.ndarray]) -> None:
        """Record many steps at once, as `agent.simulation.simulate.Simulation.columns` gives them."""
        first, left = 0, len(columns["state"])
        while left > 0:
            self.reserve(left)
            number = min(left, (self._most - self._offset) // self._step.size)
            rows = np.frombuffer(self._buffer, dtype=self.row, count=number, offset=self._offset)
            for name in self.row.names or ():
                rows[name] = columns[name][first : first + number]
            del rows  # the buffer must stay free to grow
            self._offset += number * self._step.size  # counted once they are there
            first, left = first + number, left - number
        if self._offset == len(self._buffer):  # as after a step that was recorded by itself
            self.reserve(1)

    def go_on_with(self, agent: Any) -> None:
        """Look at another agent from now on, one that is what this one will be after the rows that come next."""
        self.agent, self.model = agent, agent.model

    def _tail(self) -> NDArray[Any]:
        return np.frombuffer(bytes(memoryview(self._buffer)[: self._offset]), self.row)

    def tail(self) -> dict[str, NDArray[Any]]:
        """Return the columns since the last whole block, all that `row` names."""
        rows = self._tail()
        return {name: rows[name].copy() for name in self.row.names or ()}

    def columns(self, *names: str) -> Iterator[Mapping[str, NDArray[Any]]]:
        """Yield columns, a block at a time; if none is named, all that are kept, and of the rest all."""
        yield from self.blocks.columns(self.row[list(self.kept)], *names)
        tail = self.tail()
        yield {name: tail[name] for name in names or tail}

    def steps(self) -> dict[str, np.ndarray]:
        """Return the columns of one entry a step recorded so far."""
        parts = [*self.columns(*self._columns)]
        return {name: np.concatenate([part[name] for part in parts]) for name in self._columns}

    def _streams(self) -> dict[str, Stream]:
        """Return the columns of one entry a step, and when the world was reset, as streams."""

        def stream(name: str) -> Stream:
            return Stream(self.row[name], self.num_steps, lambda: (part[name] for part in self.columns(name)))

        if not self.every:
            return {}
        resets = streams_of_resets(self.columns) if set(OF_RESETS) <= set(self.only) else {}
        if self.every == 1:
            return {name: stream(name) for name in self.only} | resets
        resets = resets | {"step": counted(self.num_steps, self.every)}
        return {name: stream(name).every(self.every) for name in self.only} | resets

    def metrics(self) -> dict[str, np.ndarray]:
        """Return the metric rows, the last of them at the last step recorded."""
        curves = self.curves()
        return {name: curves[name] for name in METRICS}

    def curves(self) -> dict[str, np.ndarray]:
        """Return the same, and the sum of rewards at each of them, `reward`."""
        columns = self._counted().curves()
        return columns if self.unscored is None else dropped_truth.columns_without(columns)

    def run(self, directory: Path, config: dict[str, Any], extra: dict[str, Any], complete: bool = True) -> Run:
        """Gather what was recorded.

        Args:
            directory: where the run is to be stored.
            config: the resolved configuration.
            extra: entries of the summary that only the caller knows: the times and the memory; and under
                `arrays`, those of the trace: the final belief and the world's positions.
            complete: False if the run was interrupted.
        """
        extra = dict(extra)
        arrays = extra.pop("arrays")
        tally, is_whole = self._counted(), self.only == tuple(self._columns)
        if len(self.blocks) or self.every != 1 or not is_whole:
            extra = ({} if is_whole else {"trace_columns": list(self.only)}) | extra
            extra = {"trace_every": self.every, **extra} if self.every != 1 else extra
            trace = Arrays({**self._streams(), **arrays})
        else:
            trace = {**(steps := self.steps()), **resets(steps), **arrays}
        run = Run(directory, config, {**self._summary(tally), **extra}, complete, tally.metrics(), trace)
        return run if self.unscored is None else dropped_truth.without_truth(run, self.unscored)

    def summary(self) -> dict[str, Any]:
        """Return the summary's entries that follow from the recorded steps and the final belief; None: unknown."""
        summary = self._summary(self._counted())
        return summary if self.unscored is None else dropped_truth.summary_without(summary, self.unscored)

    def _counted(self) -> Tally:
        """Return the tally of all rows."""
        tally, tail = copy.deepcopy(self._tally), self._tail()
        tally.take(tail, len(tail))
        return tally

    def _summary(self, tally: Tally) -> dict[str, Any]:
        metrics = tally.metrics()
        return {
            "steps": tally.num_steps,
            **{name: _known(metrics[name][-1]) for name in METRICS[1:7]},
            "steps_to_fraction": tally.crossings,
            "coverage_at_fraction": tally.coverage,
            "planning_loss_bound": _known(metrics["planning_loss_bound_nats"][-1]),
            "missing_information_yardstick_nats": _known(self._yardstick),
            "concentration": _known(self.model.concentration),
            "reward": tally.reward,
            "episodes": tally.episodes,
            "num_states": None if self.truth is None else self.truth.num_states,
            "known_states": len(self.model.known_states()),
            "visited_pairs": int(self.model.num_visited_pairs),
            "model_bytes": int(self.model.nbytes),
            "truth": dropped_truth.KNOWN,
            **learnt_rules(self.model),
            **learnt_rewards(self.model),
        }


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
