"""SixArms: six arms around a hub, the better paid the more rarely they can be entered.

Isolates: patience. Most tries at a good arm fail and change nothing, while the worst arm opens at once and pays for
five actions out of six, so whoever gives up early lives on small change. Source: Strehl and Littman 2008, "An analysis
of model-based interval estimation for Markov decision processes", doi 10.1016/j.jcss.2007.08.009; numbers as in three
public implementations that agree.
"""

import numpy as np

from ..mdp import FiniteMDP
from ..tabular import TabularEnv

OPENS = (1, 0.15, 0.1, 0.05, 0.03, 0.01)
PAYS = (50, 133, 300, 800, 1660, 6000)
EXIT = 4  # the only action that leaves the first arm
AROUND = ((1, 1), (0, 0), (0, 1), (0, 2), (2, 2), (2, 1), (2, 0))  # the hub, then the arms, clockwise


class SixArms(TabularEnv):
    """A hub and six arms, 6 actions."""

    def __init__(self, render_mode: str | None = None) -> None:
        """Make the hub and its arms."""
        super().__init__(six_arms(), render_mode)


def six_arms() -> FiniteMDP:
    """Work out the arms: state 0 is the hub, where action i leads to state i + 1 with probability `OPENS[i]`.

    In arm i action i pays and stays, and every other action leads back to the hub; in the first arm all actions pay and
    stay but `EXIT`, which leads back.
    """
    arms = np.arange(6)
    transition = np.zeros((7, 6, 7))
    transition[0, arms, arms + 1] = OPENS
    transition[0, arms, 0] = 1 - np.array(OPENS)
    stays = np.eye(6, dtype=np.bool_)
    stays[0] = arms != EXIT
    transition[1:, :, 0] = ~stays
    transition[arms + 1, :, arms + 1] = stays
    reward = np.zeros((7, 6))
    reward[1:] = stays * np.array(PAYS)[:, None]
    return FiniteMDP.from_dense(transition, reward, position=AROUND)
