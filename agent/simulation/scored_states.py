"""Which part of a world an agent is scored on: all of it, or what leads from chosen states to chosen states.

Noise that nothing can be learnt from for long, a noisy television say, can so be left out: of what is chosen, the pairs
count all of whose outcomes are chosen, too.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..validation import shown

if TYPE_CHECKING:
    from ..worlds import FiniteMDP

PLACED = "placed"
_RANGE = re.compile(r"(\d{1,18})(?:-(\d{1,18}))?")


def check_words(words: Sequence[str]) -> None:
    """Refuse what cannot be read as states.

    Raises:
        ValueError: one line about the first of them.
    """
    for word in words:
        match = _RANGE.fullmatch(word)
        if word != PLACED and (match is None or int(match[2] or match[1]) < int(match[1])):
            expected = f"expected states such as 0-48, or {PLACED}: those with a place on the map"
            raise ValueError(f"--score-states: got {shown(word)}, {expected}")


def states_of(words: Sequence[str], mdp: "FiniteMDP") -> NDArray[np.bool_]:
    """Return which states are chosen, `[S]`.

    Args:
        words: `7`, `0-48` (both ends are meant), `placed`.
        mdp: the world.

    Raises:
        ValueError: a word that is none of these, states that the world does not have, or no map to be placed on.
    """
    check_words(words)
    chosen = np.zeros(mdp.num_states, dtype=bool)
    for word in words:
        if word == PLACED:
            if mdp.position is None:
                raise ValueError(
                    f"--score-states: got {PLACED}, and the world has no map; expected states such as 0-48"
                )
            chosen |= (mdp.position >= 0).all(axis=1)
            continue
        first, _, last = word.partition("-")
        if int(last or first) >= mdp.num_states:
            raise ValueError(f"--score-states: got {word}, expected states from 0 to {mdp.num_states - 1}")
        chosen[int(first) : int(last or first) + 1] = True
    return chosen


def pairs_within(states: NDArray[np.bool_], mdp: "FiniteMDP") -> NDArray[np.bool_]:
    """Return the pairs of chosen states that lead to chosen states only, `[S * A]`."""
    leaves = mdp.transition @ (~states).astype(np.float64) > 0
    return np.repeat(states, mdp.num_actions) & ~leaves
