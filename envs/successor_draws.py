"""The transition rows of a world as plain arrays, each different row once, and the one function that draws from them.

A row holds the possible outcomes of a pair of state and action. A world given as a `FiniteMDP` has rows of its own for
every state. On a map most cells share theirs: what an action does depends only on which of the four moves are open and
on the ground, in 32 ways, so that a byte a cell says which rows are meant, and two numbers a cell how far away, in the
numbering of the states, the cells above and below are. Memory then follows the cells, not their transitions.
"""

from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

NUM_SHARED = 32  # blocks of rows that any number of states may share
OWN, END, GOAL, TRAP = range(NUM_SHARED, NUM_SHARED + 4)  # codes of states that share none; from END on, terminal ones
UP, LEFT, STAY, RIGHT, DOWN = range(-2, 3)  # successors in shared rows, in the order of the states they lead to


Integers = Sequence[int] | NDArray[Any]
Floats = Sequence[float] | NDArray[Any]


class Rows(NamedTuple):
    """A world's dynamics, in elements that Python reads fast; `as_arrays` gives the same memory as NumPy arrays.

    Row `block * num_actions + action` is the slice `pointer[row]:pointer[row + 1]` of the outcomes. Blocks 0 .. 31 are
    shared: state s uses the block `code[s]`. The others belong to one state each: where `code[s]` is OWN, to
    `own_state` in order, or, if that is empty, to states 0, 1, 2, ...

    There are two states more than the world's S: state S is nowhere, where no action can be taken, and the only row of
    state S + 1 is the start distribution.

    Attributes:
        num_actions: A.
        num_own: states that `own_state` lists.
        code: uint8 `[S + 2]`, 0 .. 31, OWN, or that of a terminal state.
        gap: uint16 `[2 * S]`, by how much the number of the cell above is less, and of the cell below is more, than
            the state's; empty where nothing is shared.
        own_state: int64, ascending, states with rows of their own; empty: all.
        pointer: int64 `[blocks * A + 1]`.
        successor: int64 `[outcomes]`, the next state, in shared rows UP, LEFT, STAY, RIGHT or DOWN.
        cumulative: float64 `[outcomes]`, running sum of the probabilities within each row.
        reward: float64 `[outcomes]`, paid for the outcome.
        entering: float64 `[36]`, paid besides for entering a state of each code.
    """

    num_actions: int
    num_own: int
    code: Integers
    gap: Integers
    own_state: Integers
    pointer: Integers
    successor: Integers
    cumulative: Floats
    reward: Floats
    entering: Floats

    def as_arrays(self) -> "Rows":
        """The same with NumPy arrays on the same memory: what compiled code takes."""
        return Rows(self.num_actions, self.num_own, *(_view(column) for column in self[2:]))


def draw(rows: Rows, state: int, action: int, uniform: float) -> tuple[int, float, bool]:
    """Invert the running sum of a pair's row at a uniform number, the last entry counting as 1.

    Plain arithmetic on one row, so that it can be compiled as it is (it calls nothing), with `Rows.as_arrays`. The
    first state of an episode is `draw(rows, S + 1, 0, uniform)`.

    Args:
        rows: the world.
        state: where it is.
        action: 0 .. A-1, not checked.
        uniform: in [0, 1).

    Returns:
        the next state, its reward, and whether it is terminal; next state -1 if no action can be taken in `state`.
    """
    num_actions, num_own, code, gap, own_state, pointer, successor, cumulative, reward, entering = rows
    kind = code[state]
    if kind < NUM_SHARED:
        row = kind * num_actions + action
    elif kind > OWN:
        return -1, 0.0, True
    elif num_own == 0:
        row = (NUM_SHARED + state) * num_actions + action
    else:
        low, high = 0, num_own - 1
        while low < high:
            middle = (low + high) >> 1
            if own_state[middle] < state:
                low = middle + 1
            else:
                high = middle
        row = (NUM_SHARED + low) * num_actions + action
    low, high = pointer[row], pointer[row + 1] - 1
    while low < high:
        middle = (low + high) >> 1
        if uniform < cumulative[middle]:
            high = middle
        else:
            low = middle + 1
    next_state = successor[low]
    if kind < NUM_SHARED:
        if next_state == UP:
            next_state = state - int(gap[2 * state])
        elif next_state == DOWN:
            next_state = state + int(gap[2 * state + 1])
        else:
            next_state += state
    kind = code[next_state]
    return next_state, reward[low] + entering[kind], kind > OWN


class Outcomes(NamedTuple):
    """Consecutive rows: their lengths, and of all their outcomes in a line the next state, probability and reward."""

    length: NDArray[np.integer]
    successor: NDArray[np.integer]
    probability: NDArray[Any]
    reward: NDArray[np.float64]


def pack(
    num_actions: int,
    code: NDArray[np.uint8],
    outcomes: Outcomes,
    start: tuple[NDArray[np.integer], NDArray[np.float64]],
    gap: ArrayLike = (),
    own_state: ArrayLike | None = None,
    entering: ArrayLike = (),
) -> Rows:
    """Bring the dynamics of a world into `Rows`.

    Args:
        num_actions: A.
        code: `[S]`.
        outcomes: rows of the shared blocks, then of the states that have their own.
        start: states in which an episode may start, and their probabilities.
        gap: `[S, 2]`.
        own_state: states with rows of their own, ascending; None: all.
        entering: rewards of the codes from OWN on.
    """
    nowhere_and_start = np.zeros((2 if own_state is None else 1, num_actions), dtype=np.int64)
    nowhere_and_start[-1, 0] = start[0].size
    last = Outcomes(nowhere_and_start.ravel(), *start, np.zeros(start[0].size))
    length, successor, probability, reward = (np.concatenate(column) for column in zip(outcomes, last, strict=True))
    pointer = np.append(0, np.cumsum(length))
    paid = np.zeros(TRAP + 1)
    paid[OWN : OWN + np.size(entering)] = entering
    owners = () if own_state is None else np.append(own_state, code.size + 1)
    return Rows(
        num_actions=num_actions,
        num_own=len(owners),
        code=_elements("B", np.append(code, np.array([END, OWN], dtype=np.uint8))),
        gap=_elements("H", gap),
        own_state=_elements("q", owners),
        pointer=_elements("q", pointer),
        successor=_elements("q", successor),
        cumulative=_elements("d", running_sums(pointer, probability)),
        reward=_elements("d", reward),
        entering=_elements("d", paid),
    )


def running_sums(pointer: NDArray[np.integer], probability: NDArray[Any]) -> NDArray[np.float64]:
    """Running sum within each row, added up from the left, `[outcomes]`: what a uniform draw inverts."""
    total = np.array(probability, dtype=np.float64)
    first, length = pointer[:-1], np.diff(pointer)
    rows = np.flatnonzero(length > 1)
    for place in range(1, int(length.max(initial=0))):
        rows = rows[length[rows] > place]
        total[first[rows] + place] += total[first[rows] + place - 1]
    return total


def _elements(typecode: str, values: ArrayLike) -> "array[Any]":
    """An `array.array`: reading one element is several times faster than NumPy's."""
    elements = array(typecode)
    elements.frombytes(np.ascontiguousarray(values, dtype=typecode).ravel().view(np.uint8).data)
    return elements


def _view(elements: Any) -> NDArray[Any]:
    return np.frombuffer(elements, elements.typecode) if len(elements) else np.zeros(0, elements.typecode)
