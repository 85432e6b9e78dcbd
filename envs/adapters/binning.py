"""Real numbers in bins: worlds of real observations, or actions, as worlds of numbered states and actions.

Bins divide a range evenly. Where the world declares no finite limits, or wide ones, bounds say which range; a number
outside of it is in the outermost bin.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from math import inf, isfinite, prod
from operator import index
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box
from gymnasium.wrappers import DiscretizeAction, DiscretizeObservation
from numpy.typing import NDArray

from .spaces import MOST_ACTIONS, name_of, shown

Bounds = Sequence[tuple[float, float]]

MOST_BINS = 1_000_000
"""Bins of one number: their edges are kept."""
MOST_BINNED = 2**63 - 1
"""States that bins make: they are counted in 64 bits."""
NARROWEST = 1e-6
"""Width of a range that Gymnasium divides rightly: it shrinks it by 1e-8."""


class Bounded(gymnasium.ObservationWrapper[Any, Any, Any]):
    """Shows real numbers in a row, clipped to bounds, `[numbers, 2]`, lowest and highest."""

    def __init__(self, env: gymnasium.Env[Any, Any], bounds: NDArray[np.float64]) -> None:
        super().__init__(env)
        self.observation_space = Box(*bounds.T, dtype=np.float64)

    def observation(self, observation: Any) -> NDArray[Any]:
        """Clip what is observed.

        Raises:
            ValueError: it holds something that is no number.
        """
        space: Any = self.observation_space
        numbers = np.ravel(observation).astype(np.float64)
        if np.isnan(numbers).any():
            raise ValueError(f"{name_of(self.env)} gave the observation {shown(observation)}, expected numbers")
        return np.clip(numbers, space.low, space.high)


class Bins:
    """How a world's observations and actions fall into bins.

    Attributes:
        env: the world, as one of numbered states (and actions, if they are real).
    """

    def __init__(
        self, env: gymnasium.Env[Any, Any], bins: int | Sequence[int], bounds: str | Bounds | None = None
    ) -> None:
        """Divide the numbers of a world's observations, and of its actions if they are real; see `binned`."""
        space, actions = env.observation_space, env.action_space
        if not isinstance(space, Box):
            raise ValueError(f"bins: {name_of(env)} has observations of {shown(space)}, not real ones")
        number, number_of_actions = prod(space.shape), prod(actions.shape) if isinstance(actions, Box) else 0
        each = _each(bins, number, number_of_actions)
        _check_number(each[:number], "observation", "states", MOST_BINNED)
        _check_number(each[number:], "action", "actions", MOST_ACTIONS)
        if bounds is not None:
            env = Bounded(env, _checked(bounds, number))
        elif not (np.isfinite(space.low) & np.isfinite(space.high)).all():
            raise ValueError(
                f"bins: {name_of(env)} has observations without finite limits; expected bounds beside the bins, such "
                f'as --bounds "{_suggested(space)}" (bounds= in Python), with numbers of yours for LOW and HIGH'
            )
        self._observed: Any = DiscretizeObservation(env, tuple(each[:number]))
        self.env: Any = self._observed
        if isinstance(actions, Box):
            if not (np.isfinite(actions.low) & np.isfinite(actions.high)).all():
                raise ValueError(f"bins: {name_of(env)} has actions {shown(actions)}, expected finite limits")
            self.env = DiscretizeAction(self._observed, tuple(each[number:]))
        self._edges = [(edges.tolist(), bins) for edges, bins in zip(self._observed.bin_edges, each, strict=False)]
        self._shape = space.shape

    def __str__(self) -> str:
        """Tell how the numbers are divided: into how many bins, from where to where."""
        divided = [self._observed] if self.env is self._observed else [self._observed, self.env]
        columns = (zip(each.bins.tolist(), each.low.tolist(), each.high.tolist(), strict=True) for each in divided)
        return "; ".join(",".join(f"{bins} {low:.7g}:{high:.7g}" for bins, low, high in each) for each in columns)

    def observation(self, observation: Any) -> int:
        """Return the bin of what the world itself shows, counted through all of its numbers, the last one fastest.

        It is what the world in bins shows, found in a third of the time.

        Raises:
            ValueError: it has another shape, or holds something that is no number.
        """
        numbers, found = np.asarray(observation), 0
        if numbers.shape != self._shape or (numbers != numbers).any():
            raise ValueError(f"got the observation {shown(observation)}, expected numbers of shape {self._shape}")
        for number, (edges, bins) in zip(numbers.ravel().tolist(), self._edges, strict=True):
            found = found * bins + bisect_right(edges, number)
        return found

    def action(self, action: Any) -> Any:
        """Return what an action of the world itself is in the world in bins: the bin of which it is nearest to."""
        return action if self.env is self._observed else int(self.env.revert_action(action))


def binned(
    env: gymnasium.Env[Any, Any], bins: int | Sequence[int], bounds: str | Bounds | None = None
) -> gymnasium.Env[Any, Any]:
    """Return a world of real observations as one of numbered states; its real actions, if it has such, are numbered.

    Args:
        env: a world whose observations are of one `Box`.
        bins: of every number; or of each number of an observation, and then of an action if it is real.
        bounds: for each number of an observation, the lowest and the highest that is told apart: pairs, or text such as
            `-2.4:2.4,-4:4`. What is outside is in the outermost bin. None: the limits of the world, which must be
            finite.

    Raises:
        ValueError: other observations, too many bins, limits that are not finite, or bounds that do not fit.
    """
    return Bins(env, bins, bounds).env


def bounds_of(given: str | Bounds) -> list[tuple[float, float]]:
    """Read bounds: text such as `-2.4:2.4,-4:4`, or pairs of numbers.

    Raises:
        ValueError: anything else, a number that is not finite, or a range that is empty or too narrow.
    """
    found = []
    try:
        for pair in given.split(",") if isinstance(given, str) else given:
            low, high = map(float, pair.split(":") if isinstance(pair, str) else pair)
            if not (isfinite(low) and isfinite(high)):
                raise ValueError
            found.append((low, high))
    except (TypeError, ValueError):
        raise ValueError(
            f"bounds: got {shown(given)}, expected LOW:HIGH for each number of an observation, such as -2.4:2.4,-4:4"
        ) from None
    for low, high in found:
        if not NARROWEST <= high - low < inf:
            raise ValueError(
                f"bounds: got {low:g}:{high:g}, expected a number and one that is larger by {NARROWEST} or more"
            )
    return found


def _each(bins: int | Sequence[int], number: int, number_of_actions: int) -> list[int]:
    """Return the bins of each number, those of observations first."""
    of = f"{number} of an observation" + f" and {number_of_actions} of an action" * (number_of_actions > 0)
    expected = f"expected a whole number, or one for each number: {of}"
    try:
        each = list(map(index, bins)) if isinstance(bins, Iterable) else [index(bins)] * (number + number_of_actions)
    except TypeError:
        raise ValueError(f"bins: got {shown(bins)}, {expected}") from None
    if len(each) != number + number_of_actions:
        raise ValueError(f"bins: got {len(each)} numbers of bins, {expected}")
    return each


def _check_number(each: Sequence[int], divided: str, made: str, most: int) -> None:
    """Refuse bins that make more states or actions than there are numbers for, or whose edges take too much memory."""
    if not each or (prod(each) <= most and max(each) <= MOST_BINS and min(each) >= 2):
        return
    if min(each) < 2:
        raise ValueError(f"bins: got {min(each)}, expected at least 2")
    if len(set(each)) > 1:
        many = " x ".join(map(str, each))
        raise ValueError(
            f"bins: {many} bins make too many {made}; expected at most {MOST_BINS} a number, {most} in all"
        )
    largest = _largest(len(each), most)
    expected = f"at most {largest} bins" if largest > 1 else "a world of fewer numbers"
    numbers = f"each of the {len(each)} numbers of an {divided}"
    raise ValueError(f"bins: {each[0]} bins for {numbers} make {each[0]}**{len(each)} {made}; expected {expected}")


def _largest(number: int, most: int) -> int:
    """Return the largest number of bins that may be had of so many numbers."""
    low, high = 1, MOST_BINS
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**number <= most else (low, middle - 1)
    return low


def _checked(bounds: str | Bounds, number: int) -> NDArray[np.float64]:
    found = bounds_of(bounds)
    if len(found) != number:
        raise ValueError(f"bounds: got {len(found)} pairs, expected {number}, one for each number of an observation")
    return np.array(found)


def _suggested(space: Box) -> str:
    """Return the limits of a space as bounds, with words where they are not finite; shortened where they are many."""
    sides = zip(np.ravel(space.low).tolist(), np.ravel(space.high).tolist(), strict=True)
    pairs = [
        f"{f'{low:.4g}' if isfinite(low) else 'LOW'}:{f'{high:.4g}' if isfinite(high) else 'HIGH'}"
        for low, high in sides
    ]
    return ",".join([*pairs[:8], "..."] if len(pairs) > 8 else pairs)
