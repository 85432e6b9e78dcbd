"""The flag maze: three flags to collect on the way to the goal, in a state space that each of them doubles.

Isolates: long errands. Nothing pays but the goal, and it pays a point for every flag collected since the start, so the
same cell is worth different things with different flags in hand. Source: Dearden, Friedman and Russell 1998, "Bayesian
Q-learning", AAAI, 761-768; the floor plan is that of two public implementations, of Guez et al. 2012, arXiv 1205.3109,
and of Jeong et al. 2019, arXiv 1712.03333, which agree cell by cell.

Published as 264 states, 33 free cells times 8 sets of flags. A flag is collected by entering its cell, so in its cell
one has it: 12 of the 264 can never be met, and 252 are states here. A move slips in all with .1, as published, half of
it to each side, and the reward is paid on entering the goal, from where every action leads to the start; the first of
the two pays when the goal is left, the second slips to one side only and ends there. Features are row, column and, of
each flag, whether it is in hand.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import arguments
from ..coordinates import PLACE, Listed, listed
from ..drawing import Picture, Positions
from ..layouts import FLOOR, GOAL, START, WALL
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

PLAN = (
    "S#a.#.G",
    ".#..#..",
    ".......",
    "##...##",
    "......b",
    "c.....#",
)
ROWS, COLUMNS = len(PLAN), len(PLAN[0])
FLAGS = "abc"
SETS = 1 << len(FLAGS)
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
ABREAST = 4  # floor plans in a row of the picture, which has one for every set of flags


class Place(NamedTuple):
    """A state: a cell, and the set of flags collected, a bit each."""

    row: int
    column: int
    flags: int


class FlagMaze(TabularEnv):
    """252 states, 4 actions: up, right, down, left."""

    action_names = "up", "right", "down", "left"

    def __init__(self, slip: float = 0.05, render_mode: str | None = None) -> None:
        """Make the maze, `slip` being the probability of going to each side."""
        mdp = flags(slip)
        assert mdp.position is not None
        picture = Picture(_codes(), Positions(mdp.position))
        super().__init__(mdp, render_mode, picture, coordinates=_coordinates())


def flags(slip: float = 0.05) -> FiniteMDP:
    """Work out the maze; bumping into a wall stays.

    States are numbered by the set of flags, then row by row.

    Args:
        slip: probability of going to each side of the intended direction.

    Raises:
        ValueError: a slip that is not in 0 to .5.
    """
    slip = arguments.real("slip", slip, 0, 0.5, "0 to 0.5")
    places = _places()
    number = {place: state for state, place in enumerate(places)}
    transition = np.zeros((len(places), len(MOVES), len(places)))
    reward = np.zeros_like(transition)
    for state, place in enumerate(places):
        if _sign(place) == GOAL:
            transition[state, :, 0] = 1
            continue
        for action, direction, probability in _directions(slip):
            entered = _entered(place, MOVES[direction])
            transition[state, action, number[entered]] += probability
            if _sign(entered) == GOAL:
                reward[state, action, number[entered]] = entered.flags.bit_count()
    return FiniteMDP.from_dense(transition, reward, position=np.array([_drawn_at(place) for place in places]))


def _places() -> list[Place]:
    """Every free cell with every set of flags, but a flag's own cell only with that flag."""
    every = [Place(row, column, collected) for collected in range(SETS) for row, column in np.ndindex(ROWS, COLUMNS)]
    return [place for place in every if _sign(place) != WALL and _collected(place) == place]


def _coordinates() -> Listed:
    """Row, column, and of each flag whether it is in hand."""
    rows = [(row, column, *(flags >> flag & 1 for flag in range(len(FLAGS)))) for row, column, flags in _places()]
    names = *PLACE, *(f"flag {flag}" for flag in FLAGS)
    return listed(rows, (0, ROWS - 1), (0, COLUMNS - 1), *[(0, 1)] * len(FLAGS), names=names)


def _sign(place: Place) -> str:
    return PLAN[place.row][place.column]


def _collected(place: Place) -> Place:
    """The place with the flag of its cell, if there is one, in hand."""
    sign = _sign(place)
    return place._replace(flags=place.flags | 1 << FLAGS.index(sign)) if sign in FLAGS else place


def _entered(place: Place, move: tuple[int, int]) -> Place:
    ahead = Place(place.row + move[0], place.column + move[1], place.flags)
    inside = 0 <= ahead.row < ROWS and 0 <= ahead.column < COLUMNS
    return _collected(ahead) if inside and _sign(ahead) != WALL else place


def _directions(slip: float) -> list[tuple[int, int, float]]:
    """Actions, the directions that each may take, and their probabilities."""
    shares = ((0, 1 - 2 * slip), (1, slip), (3, slip))
    return [(action, (action + turn) % 4, share) for action in range(4) for turn, share in shares]


def _drawn_at(place: Place) -> tuple[int, int]:
    """Floor plans stand side by side, one for every set of flags, walls between them."""
    down, right = divmod(place.flags, ABREAST)
    return place.row + (ROWS + 1) * down, place.column + (COLUMNS + 1) * right


def _codes() -> NDArray[np.uint8]:
    """The picture: a flag's cell is a portal to the floor plan of a larger set, and floor where the flag is in hand."""
    codes = np.full(((ROWS + 1) * SETS // ABREAST - 1, (COLUMNS + 1) * ABREAST - 1), ord(WALL), dtype=np.uint8)
    for collected in range(SETS):
        for row, column in np.ndindex(ROWS, COLUMNS):
            place = Place(row, column, collected)
            sign = _sign(place)
            in_hand = sign in FLAGS and _collected(place) == place
            codes[_drawn_at(place)] = ord(FLOOR if in_hand or (sign == START and collected) else sign)
    return codes
