"""Text maps stepped by rule: a byte says what the moves of a cell meet, and the rows follow from it.

States are the cells that are not walls, row by row, then the channels of each television. Only televisions, channels
and the neighbours of portals have rows of their own. That is 5 bytes a state and 1 byte a cell, where the process as a
whole takes more than 300 bytes a state.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from .. import layouts
from ..coordinates import PLACE, Features, Ranges, are_within
from ..layouts import Layout
from ..mdp import FiniteMDP
from ..successor_draws import NUM_SHARED, OWN, UP, Outcomes, Rows, pack

NOWHERE = -1
ENTERING = (0.0, 0.0, 1.0, -1.0)  # rewards of the codes OWN, END, GOAL and TRAP


@dataclass(frozen=True, eq=False)
class GridRule:
    """The dynamics of a text map.

    Attributes:
        layout: the map.
        num_cells: states that are cells; those from there on are channels.
        channels: channels of each television.
        outcomes: of the shared blocks of rows, then of those that belong to one state.
        start: `[starts]`, states in which an episode may start, all equally probable.
        packed: what is stepped.
    """

    layout: Layout
    num_cells: int
    channels: int
    outcomes: Outcomes
    start: NDArray[np.int64]
    packed: Rows

    @classmethod
    def of(
        cls,
        layout: Layout,
        channels: int,
        num_actions: int,
        code: NDArray[np.uint8],
        gap: NDArray[np.uint16],
        outcomes: Outcomes,
    ) -> "GridRule":
        """Make the rule; `code`, `[S]`, and `gap`, `[cells, 2]`, are those of `envs.successor_draws.Rows`."""
        start = np.flatnonzero(layout.where(layouts.START)[layout.is_open])
        starts = start, np.full(start.size, 1 / start.size)
        packed = pack(num_actions, code, outcomes, starts, gap, np.flatnonzero(code == OWN), ENTERING)
        return cls(layout, len(gap), channels, outcomes, start, packed)

    def rows(self) -> Rows:
        """What is stepped."""
        return self.packed

    def place(self, state: int) -> tuple[int, int]:
        """Row and column of a cell; of a channel those of its television."""
        if self.watches(state):
            row, column = self._televisions[(state - self.num_cells) // self.channels]
            return int(row), int(column)
        row = int(np.searchsorted(self._first_in_row, state, side="right")) - 1
        columns = np.flatnonzero(self._is_open(row))
        return row, int(columns[state - self._first_in_row[row]])

    def watches(self, state: int) -> bool:
        """Whether the state is a channel."""
        return state >= self.num_cells

    def positions(self) -> NDArray[np.int64]:
        """Row and column of every state, (-1, -1) of channels, `[S, 2]`."""
        num_channels = len(self.packed.code) - 2 - self.num_cells
        return np.concatenate([np.argwhere(self.layout.is_open), np.full((num_channels, 2), NOWHERE)])

    @property
    def ranges(self) -> Ranges:
        """Those of row and column, and of the channel where the map has a television; a cell is channel 0."""
        rows, columns = self.layout.codes.shape
        return (0, rows - 1), (0, columns - 1), *[(0, self.channels)] * self._has_channels

    @property
    def names(self) -> tuple[str, ...]:
        """Those of the coordinates."""
        return *PLACE, *["channel"] * self._has_channels

    def features(self, key: int) -> Features:
        """Coordinates of a state: row and column, of a channel those of its television, and the channel from 1 on."""
        channel = (key - self.num_cells) % self.channels + 1 if self.watches(key) else 0
        return *self.place(key), *[channel] * self._has_channels

    def key(self, features: Features) -> int | None:
        """The state with these coordinates."""
        if not are_within(features, self.ranges) or self.layout.codes[features[:2]] == ord(layouts.WALL):
            return None
        row, column, channel = *features[:2], sum(features[2:])
        if not channel:
            return int(self._first_in_row[row] + np.count_nonzero(self._is_open(row)[:column]))
        television = np.flatnonzero((self._televisions == (row, column)).all(axis=1))
        return self.num_cells + int(television[0]) * self.channels + channel - 1 if television.size else None

    def table(self, num_states: int) -> NDArray[np.int32]:
        """Coordinates of the first states, `[num_states, 2 or 3]`."""
        cells = np.argwhere(self.layout.is_open).astype(np.int32)
        if not self._has_channels:
            return cells[:num_states]
        owner = np.repeat(self._televisions, self.channels, axis=0)
        channel = np.append(np.zeros(len(cells)), 1 + np.arange(len(owner)) % self.channels)
        return np.column_stack([np.concatenate([cells, owner]), channel]).astype(np.int32)[:num_states]

    def mdp(self) -> FiniteMDP:
        """The same as a whole, every state with rows of its own."""
        rows = self.packed.as_arrays()
        code = np.asarray(rows.code)[:-2]
        transition, entering = self._transition(code), np.asarray(rows.entering)[code]
        start = np.zeros(code.size)
        start[self.start] = 1 / self.start.size
        return FiniteMDP(
            transition=transition,
            reward=(transition @ entering).reshape(-1, rows.num_actions),
            start=start,
            terminal=code > OWN,
            position=self.positions(),
            outcome_reward=entering[transition.indices],
        )

    @property
    def _has_channels(self) -> bool:
        return len(self.packed.code) - 2 > self.num_cells

    def _is_open(self, row: int) -> NDArray[np.bool_]:
        """True where a line of the map has no wall, `[columns]`."""
        return self.layout.codes[row] != ord(layouts.WALL)

    @cached_property
    def _televisions(self) -> NDArray[np.int64]:
        """Row and column of each, `[televisions, 2]`."""
        return np.argwhere(self.layout.where(layouts.TELEVISION))

    @cached_property
    def _first_in_row(self) -> NDArray[np.int64]:
        """The first state of each line of the map, and `num_cells`, `[rows + 1]`."""
        return np.append(0, np.cumsum(np.count_nonzero(self.layout.is_open, axis=1)))

    def _transition(self, code: NDArray[np.uint8]) -> csr_array:
        """Write every state's rows out."""
        num_actions, has_own = self.packed.num_actions, code == OWN
        block = code.astype(np.int32)
        block[has_own] = NUM_SHARED + np.arange(np.count_nonzero(has_own))
        block[code > OWN] = 0  # any: they are left empty
        row = (block[:, None] * num_actions + np.arange(num_actions, dtype=np.int32)).ravel()
        length = np.where(np.repeat(code > OWN, num_actions), 0, self.outcomes.length[row])
        pointer = np.append(0, np.cumsum(length))
        first = (np.cumsum(self.outcomes.length) - self.outcomes.length)[row]
        outcome = np.repeat(first - pointer[:-1], length) + np.arange(pointer[-1])
        state = np.repeat(np.arange(row.size, dtype=np.int32) // num_actions, length)
        successor, shares = self.outcomes.successor[outcome], ~has_own[state]
        successor[shares] = self._led_to()[state[shares], successor[shares] - UP]
        return csr_array((self.outcomes.probability[outcome], successor, pointer), shape=(row.size, code.size))

    def _led_to(self) -> NDArray[np.int32]:
        """Where the moves UP, LEFT, STAY, RIGHT and DOWN of shared rows lead from each cell, `[cells, 5]`."""
        up, down = np.asarray(self.packed.as_arrays().gap, dtype=np.int32).reshape(-1, 2).T
        state = np.arange(up.size, dtype=np.int32)
        return np.stack([state - up, state - 1, state, state + 1, state + down], axis=1)
