"""Statistics of a life that follow its rows, a block at a time: crossings, sums, and the rows of its metrics.

Equal rows give equal numbers, however they were divided, but for the sum of rewards: that is taken block by block.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..crossings import LEVELS
from ..schema import METRICS

SUMS = "information_gain_nats", "expected_information_gain_nats", "reward"
"""Columns whose running sums are metrics; that of rewards is of curves alone."""
CURRENT = (
    "coverage",
    "missing_information_nats",
    "expected_missing_information_nats",
    "concentration",
    "planning_loss_bound_nats",
)
"""Columns that are metrics as they are."""


MAX_METRIC_ROWS = 1000


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


class Tally:
    """What was seen of a life's rows so far.

    Attributes:
        num_steps: rows that were taken.
        reward: their sum.
        episodes: that ended.
        crossings: step of the first crossing of each level of missing information; None: not yet.
        coverage: at that step, by level.
    """

    def __init__(self, metric_steps: NDArray[np.int64], yardstick: float, at_start: Mapping[str, float]) -> None:
        """Begin with no row.

        Args:
            metric_steps: increasing counts of steps after which a row of metrics is kept, the first of them 0.
            yardstick: missing information of the uniform prediction, nats; nan where it is not known.
            at_start: the metrics before the first step: those of `CURRENT`.
        """
        self._at, self._next = metric_steps, 1
        self._yardstick = yardstick
        self._sums: dict[str, float] = dict.fromkeys(SUMS, 0.0)
        self._last: dict[str, float] = {name: float(at_start[name]) for name in CURRENT}
        self._rows = [self._row(0)]
        self.num_steps, self.episodes, self.reward = 0, 0, 0.0
        self.crossings: dict[str, int | None] = dict.fromkeys((f"{level:g}" for level in LEVELS), None)
        self.coverage: dict[str, float | None] = dict.fromkeys(self.crossings, None)
        start = {name: np.array([value]) for name, value in self._last.items()}
        self._cross(start["missing_information_nats"], start["coverage"], 0)

    def take(self, rows: Mapping[str, NDArray[Any]] | NDArray[Any], number: int) -> None:
        """Take further rows: columns of one entry each, `[number]`."""
        if number == 0:
            return
        first = self.num_steps
        reward = float(rows["reward"].copy().sum())  # of numbers side by side, whose order of summation is fixed
        self.reward = reward if first == 0 else self.reward + reward
        self.episodes += int(np.count_nonzero(rows["terminated"] | rows["truncated"]))
        self._cross(rows["missing_information_nats"], rows["coverage"], first + 1)
        running = {name: np.cumsum(np.concatenate([[self._sums[name]], rows[name]]))[1:] for name in SUMS}
        end = int(np.searchsorted(self._at, first + number, side="right"))
        for step in self._at[self._next : end].tolist():
            self._look(rows, running, step - first - 1)
            self._rows.append(self._row(step))
        self._next = max(self._next, end)
        self._look(rows, running, number - 1)
        self.num_steps = first + number

    def metrics(self) -> dict[str, NDArray[Any]]:
        """Return the rows of the metrics, the last of them at the last step, `[rows]`."""
        curves = self.curves()
        return {name: curves[name] for name in METRICS}

    def curves(self) -> dict[str, NDArray[Any]]:
        """Return the same, and the sum of rewards at each of them, `reward`."""
        is_last_there = self._rows[-1]["step"] == self.num_steps
        rows = self._rows if is_last_there else [*self._rows, self._row(self.num_steps)]
        columns: dict[str, NDArray[Any]] = {name: np.array([row[name] for row in rows]) for name in rows[0]}
        columns["missing_information_fraction"] = self._fraction(columns["missing_information_nats"])
        return columns

    def _look(self, rows: Any, running: Mapping[str, NDArray[Any]], place: int) -> None:
        self._last = {name: float(rows[name][place]) for name in CURRENT}
        self._sums = {name: float(sums[place]) for name, sums in running.items()}

    def _row(self, step: int) -> dict[str, float]:
        return {"step": step, **self._last, **self._sums}

    def _cross(self, missing: NDArray[Any], coverage: NDArray[Any], first: int) -> None:
        fraction = self._fraction(missing)
        for level in LEVELS:
            name = f"{level:g}"
            if self.crossings[name] is None and (there := fraction <= level).any():
                place = int(np.argmax(there))
                self.crossings[name], self.coverage[name] = first + place, float(coverage[place])

    def _fraction(self, missing: NDArray[Any]) -> NDArray[np.float64]:
        with np.errstate(divide="ignore", invalid="ignore"):  # a world of one state holds no information
            return missing / self._yardstick
