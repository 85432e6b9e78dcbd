"""The belief's tables as compact rows for a full solver: known states renumbered 0, 1, 2, ... in order of sight.

Where rules predict a state that was never seen, a further row stands for it, one for each state that one may come from:
it pays what a pair never taken does, and leads back (`agent.planners.incremental.residuals`).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..belief import pair_gains, updates
from ..belief.tables import TERMINAL, UNSEEN
from ..belief.world_model import WorldModel
from ..compilation.compiled import compiled, part
from ..compilation.handles import Pack, handle
from .bellman.rows import Rows, lumped_values
from .policy_iteration import room_for, rows_at


class _Numbering(NamedTuple):
    """The compact number of every state that is known."""

    number: NDArray[np.int32]


class CompactModel:
    """Rows of a model's prediction, rebuilt in place; they have room to spare and grow with the model.

    Attributes:
        rows: what a solver works on; with room to spare.
        unseen_value: planned value of a state never seen.
    """

    def __init__(self) -> None:
        self.rows = room_for(0, 1, 0, 0, has_hub=True)
        self._number = np.zeros(0, np.int32)
        self._pack: Pack | None = None
        self.unseen_value = 0.0

    def rebuild(self, model: WorldModel, unvisited_payoff: float) -> Any:
        """Take over the model's predictions and payoffs, and the values of its states table; return the address."""
        numbers, num_actions = model.numbers, model.num_actions
        num_states = most_states = numbers.num_known_states - numbers.num_terminal
        num_edges, num_starts, has_rules = numbers.num_edges, numbers.num_starts, numbers.has_rules
        if has_rules:
            num_edges, most_states = num_edges + 2 * num_states * num_actions, 2 * num_states
        rows = self.rows
        full = most_states > len(rows.policy) or num_edges > len(rows.weight) or num_starts > len(rows.start)
        if full or most_states * num_actions > len(rows.payoff):
            rows = self.rows = room_for(2 * most_states, num_actions, 2 * num_edges, 2 * num_starts, has_hub=True)
            self._pack = None
        if len(self._number) < len(model.states.kind):
            self._number, self._pack = np.zeros(len(model.states.kind), np.int32), None
        if self._pack is None:
            self._pack = Pack(rows, _Numbering(self._number))
        sizes = rows.sizes
        sizes.num_in_hub, sizes.num_actions, sizes.num_starts = num_states, num_actions, num_starts
        sizes.unseen_payoff, sizes.in_order = unvisited_payoff, has_rules
        _fill(model.address, self._pack.address)
        rows.value[sizes.num_states + 1] = self.unseen_value
        return self._pack.address

    def position(self, state: int) -> int:
        """Row number, in the compact numbering, of a known state."""
        return int(self._number[state])

    @property
    def places(self) -> NDArray[np.int32]:
        """Row number of each known state, by state number; of other states anything."""
        return self._number

    def write_back(self, model: WorldModel) -> None:
        """Put values and q-values into the model's tables."""
        assert self._pack is not None  # there were rows to solve
        self.unseen_value = float(self.rows.value[self.rows.sizes.num_states + 1])
        _write_back(model.address, self._pack.address)

    def write_consistent(self, model: WorldModel, discount: float) -> None:
        """Put values into the model's tables, and the very q-values that follow from them and from the hub there.

        These values are one backup behind those of `write_back`.
        """
        assert self._pack is not None  # there were rows to solve
        self.unseen_value = float(self.rows.value[self.rows.sizes.num_states + 1])
        _write_consistent(model.address, self._pack.address, discount)

    def __getstate__(self) -> dict[str, Any]:
        """A copy owns other arrays: it must not inherit the addresses of these."""
        return self.__dict__ | {"_pack": None}


_numbering_at = handle(_Numbering)
_BEHIND_ROWS = len(Rows._fields)


@compiled
def _fill(belief_address, address):
    known, rows = updates.belief_at(belief_address), rows_at(address, 0, 0)
    number = _numbering_at(address, _BEHIND_ROWS, 1).number
    states, numbers = known.states, known.numbers
    num_actions, is_ruled = numbers.num_actions, numbers.has_rules != 0
    num_states, num_beyond = 0, 0
    for k in range(numbers.num_known_states):
        state = states.order[k]
        if states.kind[state] != TERMINAL:
            number[state] = num_states
            rows.value[num_states] = states.value[state]
            if is_ruled:
                rows.waiting[num_states] = _leads_beyond(known, state)
                num_beyond += rows.waiting[num_states]
            num_states += 1
    rows.sizes.num_states = num_states + num_beyond
    for k in range(numbers.num_terminal):
        number[states.terminal_order[k]] = rows.sizes.num_states
    position, row, beyond = 0, 0, num_states
    for k in range(numbers.num_known_states):
        state = states.order[k]
        if states.kind[state] != TERMINAL:
            position = _fill_rows(known, rows, number, row, position, state, beyond)
            row += num_actions
            if is_ruled and rows.waiting[number[state]]:
                rows.value[beyond] = states.value[state]
                beyond += 1
    for k in range(num_states if num_beyond > 0 else 0):
        if rows.waiting[k]:
            for _ in range(num_actions):
                rows.successor[position], rows.weight[position] = k, 1.0
                rows.rest[row], rows.payoff[row] = 0.0, rows.sizes.unseen_payoff
                position += 1
                row += 1
                rows.indptr[row] = position
    rows.indptr[0] = 0
    for k in range(numbers.num_starts):
        rows.start[k] = number[states.start_order[k]]
        rows.start_weight[k] = states.starts[states.start_order[k]] / numbers.num_resets
    rows.sizes.num_terminal = numbers.num_terminal
    rows.sizes.num_unseen = max(numbers.num_outcomes - numbers.num_known_states, 0)
    rows.sizes.num_outcomes = max(numbers.num_outcomes, numbers.num_known_states)


@part
def _leads_beyond(known, state):
    """Whether rules predict a state that was never seen for any action here."""
    num_actions = known.numbers.num_actions
    for pair in range(state * num_actions, (state + 1) * num_actions):  # noqa: SIM110  # compiled as it stands
        if known.pairs.beyond[pair] > 0.0:
            return True
    return False


@part
def _fill_rows(known, rows, number, row, position, state, beyond):
    """Write the rows of a state, from one on; return how many transitions there are by now."""
    kind, pairs, edges, numbers = known.states.kind, known.pairs, known.edges, known.numbers
    is_local, is_ruled, num_actions = numbers.has_local != 0, numbers.has_rules != 0, numbers.num_actions
    for pair in range(state * num_actions, (state + 1) * num_actions):
        weight, rest = pair_gains.count_weight(known, pair), 1.0
        link = pairs.first_out[pair]
        while link > 0:
            edge = link - 1
            mass = weight * (edges.count[edge] + (edges.local[edge] if is_local else 0.0))
            if not is_ruled or (mass != 0.0 and kind[edges.successor[edge]] != UNSEEN):
                rows.successor[position] = number[edges.successor[edge]]
                rows.weight[position] = mass
                rest -= mass
                position += 1
            link = edges.next_out[edge]
        if is_ruled and pairs.beyond[pair] > 0.0:
            rows.successor[position], rows.weight[position] = beyond, weight * pairs.beyond[pair]
            rest -= rows.weight[position]
            position += 1
        rows.rest[row] = max(rest, 0.0)
        rows.payoff[row] = pairs.payoff[pair]
        row += 1
        rows.indptr[row] = position
    return position


@compiled
def _write_back(belief_address, address):
    known, rows = updates.belief_at(belief_address), rows_at(address, 0, 0)
    states, numbers = known.states, known.numbers
    num_actions, n = numbers.num_actions, 0
    for k in range(numbers.num_known_states):
        state = states.order[k]
        if states.kind[state] == TERMINAL:
            states.value[state] = rows.value[rows.sizes.num_states]
            continue
        states.value[state] = rows.value[n]
        for action in range(num_actions):
            known.pairs.q_value[state * num_actions + action] = rows.q_values[n * num_actions + action]
        n += 1


@compiled
def _write_consistent(belief_address, address, discount):
    known, rows = updates.belief_at(belief_address), rows_at(address, 0, 0)
    states, pairs, numbers, sizes = known.states, known.pairs, known.numbers, rows.sizes
    shift, hub = sizes.shift / discount, lumped_values(rows, rows.improved) + sizes.shift / discount
    n, beyond = 0, sizes.num_in_hub  # rows of known states come first, then of what lies beyond
    for k in range(numbers.num_known_states):
        state = states.order[k]
        if states.kind[state] == TERMINAL:
            states.value[state] = rows.improved[sizes.num_states] + shift
            continue
        value, leads_beyond = rows.improved[n] + shift, False
        states.value[state], states.hub[state] = value, hub
        for action in range(numbers.num_actions):
            pair, q_value = state * numbers.num_actions + action, rows.q_values[n * numbers.num_actions + action]
            if pairs.beyond[pair] > 0.0:  # a planner solves for what lies beyond, which had a value of its own here
                exact = sizes.unseen_payoff + discount * value
                mass, leads_beyond = pairs.beyond[pair] * pairs.weight[pair], True
                q_value += discount * mass * (exact - (rows.improved[beyond] + shift))
            pairs.q_value[pair] = q_value
        n += 1
        beyond += leads_beyond
