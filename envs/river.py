"""RiverSwim: swimming up against the current.

Isolates: stochastic depth. Going down is certain, going up succeeds about one time in three, so a random walk stays
near the left bank. Source: Strehl and Littman 2008, "An analysis of model-based interval estimation for Markov decision
processes", doi 10.1016/j.jcss.2007.08.009; probabilities and rewards as in Osband, Russo and Van Roy 2013, arXiv
1306.0940 (there 6 states).
"""

import numpy as np

from envs.mdp import FiniteMDP
from envs.tabular import TabularEnv

FORWARD, STAY, BACK = 0.35, 0.6, 0.05
LEFT, RIGHT = 0, 1


class RiverSwim(TabularEnv):
    """A chain of states; 2 actions, left and right."""

    def __init__(self, num_states: int = 20, render_mode: str | None = None) -> None:
        """Make the river."""
        super().__init__(river(num_states), render_mode)


def river(num_states: int = 20) -> FiniteMDP:
    """Work out the river: .6 forward from the first state (else stay), .6 stay in the last (else back).

    Raises:
        ValueError: Less than 2 states.
    """
    if num_states < 2:
        raise ValueError(f"num_states is {num_states}, expected at least 2")
    states, last = np.arange(num_states), num_states - 1
    transition = np.zeros((num_states, 2, num_states))
    transition[states, LEFT, np.maximum(states - 1, 0)] = 1
    transition[states[:-1], RIGHT, states[1:]] = FORWARD
    transition[states, RIGHT, states] = STAY
    transition[states[1:], RIGHT, states[:-1]] = BACK
    transition[0, RIGHT, :2] = 0.4, 0.6
    transition[last, RIGHT, [last - 1, last]] = 0.4, 0.6
    reward = np.zeros((num_states, 2))
    reward[0, LEFT], reward[last, RIGHT] = 0.005, 1
    return FiniteMDP.from_dense(transition, reward, position=np.stack([0 * states, states], axis=1))
