"""RiverSwim: swimming up against the current.

Isolates: stochastic depth. Going down is certain, going up succeeds about one time in three, so a random walk stays
near the left bank. Source: Strehl and Littman 2008, "An analysis of model-based interval estimation for Markov decision
processes", doi 10.1016/j.jcss.2007.08.009: the variant `strehl-littman`, 6 states. The variant `osband` has the
probabilities and rewards of Osband, Russo and Van Roy 2013, arXiv 1306.0940, whose 6 states are 20 here.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import arguments
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

LEFT, RIGHT = 0, 1


class Variant(NamedTuple):
    """Published numbers of one river.

    Attributes:
        num_states: how long it is if not told otherwise.
        between: probabilities of swimming right: back, stay, forward.
        first: the same in the first state: stay, forward.
        last: the same in the last state: back, stay.
        rewards: of going left in the first state, and of going right in the last.
        must_stay: whether the latter is paid only where one stays.
        starts: states of which the first is drawn, uniformly.
    """

    num_states: int
    between: tuple[float, float, float]
    first: tuple[float, float]
    last: tuple[float, float]
    rewards: tuple[float, float]
    must_stay: bool
    starts: tuple[int, ...]


VARIANTS: Mapping[str, Variant] = {
    "osband": Variant(20, (0.05, 0.6, 0.35), (0.4, 0.6), (0.4, 0.6), (0.005, 1), must_stay=False, starts=(0,)),
    "strehl-littman": Variant(6, (0.1, 0.6, 0.3), (0.7, 0.3), (0.7, 0.3), (5, 10_000), must_stay=True, starts=(1, 2)),
}


class RiverSwim(TabularEnv):
    """A chain of states; 2 actions, left and right."""

    action_names = "left", "right"

    def __init__(self, num_states: int | None = None, variant: str = "osband", render_mode: str | None = None) -> None:
        """Make the river, as long as its variant is unless told otherwise."""
        super().__init__(river(num_states, variant), render_mode)


def river(num_states: int | None = None, variant: str = "osband") -> FiniteMDP:
    """Work out the river.

    Args:
        num_states: its length; None: that of the variant.
        variant: a name of `VARIANTS`.

    Raises:
        ValueError: no such variant, or too few states for it: fewer than 2, or than its start needs.
    """
    numbers = VARIANTS[arguments.one_of("variant", variant, VARIANTS)]
    fewest = max(2, 1 + max(numbers.starts))
    size = numbers.num_states if num_states is None else arguments.whole("num_states", num_states, fewest)
    arguments.fits_table(size, 2, f"num_states is {num_states}")
    states, last = np.arange(size), size - 1
    transition = np.zeros((size, 2, size))
    transition[states, LEFT, np.maximum(states - 1, 0)] = 1
    back, stay, forward = numbers.between
    transition[states[:-1], RIGHT, states[1:]] = forward
    transition[states, RIGHT, states] = stay
    transition[states[1:], RIGHT, states[:-1]] = back
    transition[0, RIGHT, :2] = numbers.first
    transition[last, RIGHT, [last - 1, last]] = numbers.last
    start = np.isin(states, numbers.starts) / len(numbers.starts)
    position = np.stack([0 * states, states], axis=1)
    return FiniteMDP.from_dense(transition, _reward(numbers, size), start=start, position=position)


def _reward(numbers: Variant, size: int) -> NDArray[np.float64]:
    """Of pairs, or, where one has to stay to be paid, of outcomes."""
    shape = (size, 2, size) if numbers.must_stay else (size, 2)
    reward = np.zeros(shape)
    reward[0, LEFT] = numbers.rewards[0]
    reward[(-1, RIGHT, -1) if numbers.must_stay else (-1, RIGHT)] = numbers.rewards[1]
    return reward
