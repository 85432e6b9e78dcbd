"""The recorder: one packed row a step, a metric row now and then, and the run it all amounts to.

It looks at an agent from outside (its model and loss bound), never changes it, and costs about half a microsecond a
step: a step is packed by one call into a preallocated buffer, which doubles when it is full.
"""

import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from . import dropped_truth
from .crossings import coverage_at_fraction, steps_to_fraction
from .run_directory import Run
from .schema import METRICS, REWARD_COLUMNS, STEP_COLUMNS

MAX_METRIC_ROWS = 1000

_STEP = "<iiid??ddddd"  # as STEP_COLUMNS
_REWARDS = "dd"  # as REWARD_COLUMNS
_FIRST_ROWS = 4096
_TIMES_TO_STORE = 2  # what columns, metrics and summary take to be worked out, in sizes of the buffer


def metric_steps(num_steps: int, max_rows: int = MAX_METRIC_ROWS) -> np.ndarray:
    """Choose the steps at which metrics are kept: half of them evenly spaced, half evenly in the logarithm.

    Args:
        num_steps: length of the run, positive.
        max_rows: how many to keep at most.

    Returns:
        increasing counts of steps from 0 to `num_steps`, both included: all of them while they fit.
    """
    if num_steps < max_rows:
        return np.arange(num_steps + 1)
    linear = np.linspace(0, num_steps, max_rows // 2)
    logarithmic = np.geomspace(1, num_steps, max_rows // 2)
    return np.unique(np.round(np.concatenate([linear, logarithmic])).astype(np.int64))


class Recorder:
    """Record an agent's life: `record` after every step, `run` at the end.

    Args:
        agent: has `model` and `loss_bound`.
        num_steps: how many steps are planned; fixes where metric rows lie.
        truth: what the model is scored against (`agent.simulation.scoring.Truth`), kept up to date by the caller; or
            None.
        unknown: why the truth is not known, where it is None.

    Attributes:
        unscored: why the figures that need the truth are not known; None if they are.
    """

    def __init__(
        self, agent: Any, num_steps: int, truth: Any = None, unknown: str = "the world does not tell its truth"
    ) -> None:
        self.agent, self.model, self.truth = agent, agent.model, truth
        self.num_planned = num_steps
        self.unscored: str | None = unknown if truth is None else None
        self._has_reward_gain = has_reward_gain(agent.model)
        self._columns = STEP_COLUMNS | (REWARD_COLUMNS if self._has_reward_gain else {})
        self._row = np.dtype(list(self._columns.items()))
        self._step = struct.Struct(_STEP + _REWARDS * self._has_reward_gain)
        self._buffer = bytearray(self._step.size * min(_FIRST_ROWS, num_steps))
        self._offset = 0
        self._pack = self._step.pack_into
        self._metric_steps = metric_steps(num_steps).tolist()
        self._samples: list[tuple[int, float, float]] = []
        self._next_sample = 0
        self._yardstick = truth.yardstick if truth is not None else float("nan")
        self._missing_at_start = truth.missing_information if truth is not None else float("nan")
        self._coverage_at_start = truth.coverage if truth is not None else float("nan")
        self._sample(0)

    @property
    def num_steps(self) -> int:
        """Steps recorded so far."""
        return self._offset // self._step.size

    @property
    def last_state(self) -> int:
        """The state that the last step was taken in."""
        return self._step.unpack_from(self._buffer, self._offset - self._step.size)[0]

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
        model, truth, offset = self.model, self.truth, self._offset
        if truth is None:
            missing = coverage = float("nan")
        else:
            missing, coverage = truth.missing_information, truth.coverage
        gains = (model.last_reward_gain, model.last_expected_reward_gain) if self._has_reward_gain else ()
        self._pack(
            self._buffer,
            offset,
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
        )
        self._offset = offset = offset + self._step.size
        if offset == self._next_sample:
            self._sample(offset // self._step.size)
        if offset == len(self._buffer):
            self.reserve(1)

    def reserve(self, number: int) -> None:
        """Make room for steps before they are made: if memory runs out, no step is learned that is not recorded.

        The buffer doubles, up to the steps that are planned.
        """
        needed, planned = self._offset + number * self._step.size, self.num_planned * self._step.size
        more = max(needed, min(2 * len(self._buffer), planned)) - len(self._buffer)
        if self._offset < planned and needed > len(self._buffer):
            bytes(_TIMES_TO_STORE * (len(self._buffer) + more))  # fails now, while all that was made can be stored
            self._buffer.extend(bytes(more))

    def extend(self, columns: Mapping[str, np.ndarray]) -> None:
        """Record many steps at once, as `agent.simulation.simulate.Simulation.columns` gives them."""
        first, number = self.num_steps, len(columns["state"])
        self.reserve(number)
        rows = np.frombuffer(self._buffer, dtype=self._row, count=number, offset=self._offset)
        for name in self._columns:
            rows[name] = columns[name]
        self._offset += number * self._step.size  # counted once they are there
        while first < (step := self._next_sample // self._step.size) <= first + number:
            k = step - first - 1
            self._keep_sample(step, columns["expected_missing_information_nats"][k], columns["concentration"][k])

    def steps(self) -> dict[str, np.ndarray]:
        """Return the columns of one entry a step recorded so far."""
        rows = np.frombuffer(self._buffer, dtype=self._row, count=self.num_steps)
        return {name: rows[name].copy() for name in self._columns}  # the buffer must stay free to grow

    def metrics(self) -> dict[str, np.ndarray]:
        """Return the metric rows, the last of them at the last step recorded."""
        columns = self._metric_columns(self.steps())
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
        steps = self.steps()
        metrics = self._metric_columns(steps)
        trace = {**steps, **resets(steps), **arrays}
        run = Run(directory, config, {**self._summary(steps, metrics), **extra}, complete, metrics, trace)
        return run if self.unscored is None else dropped_truth.without_truth(run, self.unscored)

    def summary(self) -> dict[str, Any]:
        """Return the summary's entries that follow from the recorded steps and the final belief; None: unknown."""
        steps = self.steps()
        summary = self._summary(steps, self._metric_columns(steps))
        return summary if self.unscored is None else dropped_truth.summary_without(summary, self.unscored)

    def _summary(self, steps: dict[str, np.ndarray], metrics: dict[str, np.ndarray]) -> dict[str, Any]:
        missing = np.concatenate([[self._missing_at_start], steps["missing_information_nats"]])
        coverage = np.concatenate([[self._coverage_at_start], steps["coverage"]])
        crossings = steps_to_fraction(np.arange(missing.size), self._fraction(missing))
        return {
            "steps": self.num_steps,
            **{name: _known(metrics[name][-1]) for name in METRICS[1:7]},
            "steps_to_fraction": crossings,
            "coverage_at_fraction": coverage_at_fraction(crossings, coverage),
            "planning_loss_bound": _known(metrics["planning_loss_bound_nats"][-1]),
            "missing_information_yardstick_nats": _known(self._yardstick),
            "concentration": _known(self.model.concentration),
            "reward": float(steps["reward"].sum()),
            "episodes": int(np.count_nonzero(steps["terminated"] | steps["truncated"])),
            "known_states": len(self.model.known_states()),
            "visited_pairs": int(self.model.num_visited_pairs),
            "model_bytes": int(self.model.nbytes),
            "truth": dropped_truth.KNOWN,
            **learnt_rules(self.model),
            **learnt_rewards(self.model),
        }

    def _fraction(self, missing: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):  # a world of one state holds no information
            return missing / self._yardstick

    def _sample(self, step: int) -> None:
        self._keep_sample(step, self.model.expected_missing_information, self.model.concentration)

    def _keep_sample(self, step: int, expected_missing: float, concentration: float) -> None:
        self._samples.append((step, float(expected_missing), float(concentration)))
        upcoming = (s for s in self._metric_steps[len(self._samples) :] if s > step)
        self._next_sample = next(upcoming, 0) * self._step.size

    def _metric_columns(self, steps: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        if self._samples[-1][0] != self.num_steps:
            self._sample(self.num_steps)
        at, expected_missing, concentration = (np.array(column) for column in zip(*self._samples, strict=True))

        def after(column: np.ndarray, at_start: float) -> np.ndarray:
            return np.concatenate([[at_start], column])[at]

        missing = after(steps["missing_information_nats"], self._missing_at_start)
        return {
            "step": at,
            "coverage": after(steps["coverage"], self._coverage_at_start),
            "missing_information_nats": missing,
            "missing_information_fraction": self._fraction(missing),
            "expected_missing_information_nats": expected_missing,
            "information_gain_nats": after(np.cumsum(steps["information_gain_nats"]), 0.0),
            "expected_information_gain_nats": after(np.cumsum(steps["expected_information_gain_nats"]), 0.0),
            "concentration": concentration,
            "planning_loss_bound_nats": after(steps["planning_loss_bound_nats"], float("nan")),
        }


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def learnt_rules(model: Any) -> dict[str, Any]:
    """Return the summary's entry `rules`: what a structured prior learnt, and whether it led; none of other priors."""
    if getattr(model, "leader", None) is None:  # also of a belief of a user's own
        return {}
    told = {"leader": model.leader, "led_since": model.led_since, "lead_nats": model.lead}
    return {"rules": told | {"words": model.rules_in_words()}}


def has_reward_gain(model: Any) -> bool:
    """Return whether rewards teach something by a belief, which may be one of a user's own."""
    belief = getattr(model, "reward_belief", None)
    return belief is not None and belief.has_gain


def learnt_rewards(model: Any) -> dict[str, Any]:
    """Return the summary's entries of what was believed of rewards, and what they taught; none of other beliefs."""
    if not has_reward_gain(model):
        return {}
    gains = model.reward_information_gain, model.expected_reward_information_gain
    return {"reward_belief": repr(model.reward_belief)} | dict(zip(REWARD_COLUMNS, gains, strict=True))


def resets(steps: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return when the world was reset and to which states: at the start, and after each episode that was followed."""
    ended = (steps["terminated"] | steps["truncated"])[:-1]
    at = np.concatenate([[0], np.flatnonzero(ended) + 1])[: len(steps["state"])]
    return {"reset_step": at.astype(np.int64), "reset_state": steps["state"][at]}
