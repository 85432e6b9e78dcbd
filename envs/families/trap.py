"""Traps on the way to a goal: whoever takes a wrong step is caught, and must find the way out and begin anew.

Isolates: irreversible choices. Half of what can be done on the way leads among three traps that lead among each other,
and the one way out of a trap goes back to the beginning; with a small `escape` it opens so rarely that each such choice
is all but final. What a trap holds is soon known, so a bonus that is not used up by learning stays there. Source: the
world of Xu, Modirshanechi, Lehmann, Gerstner and Herzog 2021, "Novelty is not surprise: human exploratory and adaptive
behavior in sequential decision-making", doi 10.1371/journal.pcbi.1009070, whose way out is certain (`escape` 1). The
table is read off the moves of its participants, first block, published with its code; the two states that its second
block swaps are not swapped here. There the five episodes begin in five given states one after the other, here each
begins in one of the five at random. An `escape` below 1 is ours.
"""

import numpy as np
from scipy.sparse import csr_array

from .. import arguments
from ..drawing import Picture, Positions
from ..layouts import FLOOR, GOAL, TRAP, WALL
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

STEPS, NUM_TRAPS = 7, 3
FIRST_TRAP, END = STEPS, STEPS + NUM_TRAPS
SUCCESSOR = (  # of each action in each state: those on the way, then the traps
    (9, 0, 1, 8),
    (8, 2, 7, 1),
    (7, 8, 2, 3),
    (4, 9, 3, 8),
    (4, 9, 5, 7),
    (9, 6, 8, 5),
    (10, 8, 7, 6),
    (8, 7, 0, 9),
    (7, 0, 9, 8),
    (7, 8, 0, 9),
)
STARTS = (5, 8, 3, 4, 7)


class Trap(TabularEnv):
    """Seven states in a row, three traps, a goal; 4 actions."""

    def __init__(self, escape: float = 1.0, render_mode: str | None = None) -> None:
        """Make the world; `escape` is the probability that the way out of a trap is open."""
        mdp = trap(escape)
        assert mdp.position is not None
        codes = np.full(mdp.position.max(axis=0) + 1, ord(WALL), dtype=np.uint8)
        signs = FLOOR * STEPS + TRAP * NUM_TRAPS + GOAL
        codes[tuple(mdp.position.T)] = np.frombuffer(signs.encode(), dtype=np.uint8)
        super().__init__(mdp, render_mode, Picture(codes, Positions(mdp.position)))


def trap(escape: float = 1.0) -> FiniteMDP:
    """Work out the world: states 0 to 6 are the way, 7 to 9 the traps, 10 the goal, terminal, reward 1.

    On the way, one action of four goes on, one stays and two lead to traps. In a trap, one stays, two lead to the other
    traps and one leads to state 0 with probability `escape`, else stays. With `escape` 0 a trap is never left.

    Args:
        escape: probability that the way out of a trap is open, 0 to 1.

    Raises:
        ValueError: `escape` is no probability.
    """
    escape = arguments.real("escape", escape, 0, 1, "a probability of leaving a trap, 0 to 1")
    transition = np.zeros((END + 1, 4, END + 1))
    for state, action in np.ndindex(END, 4):
        successor = SUCCESSOR[state][action]
        certainty = escape if state >= FIRST_TRAP and successor == 0 else 1.0
        transition[state, action, state] += 1 - certainty
        transition[state, action, successor] += certainty
    start = np.zeros(END + 1)
    start[list(STARTS)] = 1 / len(STARTS)
    way = [(0, column) for column in range(STEPS)]
    traps = [(2, 2 * number) for number in range(NUM_TRAPS)]
    return FiniteMDP(
        transition=csr_array(transition.reshape(-1, END + 1)),
        reward=transition[:, :, END],
        start=start,
        terminal=np.arange(END + 1) == END,
        position=np.array([*way, *traps, (0, STEPS)]),
    )
