"""A wheel with a hub: few of its actions are noise, and all the error there will be is theirs.

Isolates: estimating what is noisy, and no more often than needed what is certain. Source: Tarbouriech, Shekhar,
Pirotta, Ghavamzadeh and Lazaric 2020, "Active model estimation in Markov decision processes", arXiv 2003.03297:
Wheel(S). Before the first step its mean model error is 1.36 with 5 states.
"""

import numpy as np

from .. import arguments
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

BEFORE, AFTER, SELF, CENTRE, NOISY = range(5)
SPIN = NOISY  # what the last action is in the hub


class Wheel(TabularEnv):
    """A hub, state 0, and a ring around it; 5 actions: left, right, self, centre, noisy."""

    action_names = "left", "right", "self", "centre", "noisy"

    def __init__(self, num_states: int = 5, render_mode: str | None = None) -> None:
        """Make the wheel."""
        super().__init__(wheel(num_states), render_mode)


def wheel(num_states: int = 5) -> FiniteMDP:
    """Work out the wheel: the last action is any of the other four, in the hub it leads anywhere on the ring.

    All else is certain; in the hub the first four actions stay.

    Args:
        num_states: the hub and the ring, at least 4.

    Raises:
        ValueError: too few states for a ring.
    """
    num_states = arguments.whole("num_states", num_states, 4)
    arguments.fits_table(num_states, 5, f"num_states is {num_states}")
    ring, size = np.arange(1, num_states), num_states - 1
    transition = np.zeros((num_states, 5, num_states))
    transition[0, :SPIN, 0] = 1
    transition[0, SPIN, 1:] = 1 / size
    transition[ring, BEFORE, 1 + (ring - 2) % size] = 1
    transition[ring, AFTER, 1 + ring % size] = 1
    transition[ring, SELF, ring] = 1
    transition[ring, CENTRE, 0] = 1
    transition[ring, NOISY] = transition[ring, :NOISY].mean(axis=1)
    angle, radius = 2 * np.pi * (ring - 1) / size, size / 2  # places are a step apart, so that no two are one
    around = np.rint(radius * (1 + np.stack([-np.cos(angle), np.sin(angle)], axis=1))).astype(np.int64)
    middle = np.full((1, 2), round(radius))
    return FiniteMDP.from_dense(transition, position=np.concatenate([middle, around]))
