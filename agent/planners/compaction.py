"""The belief's tables as compact rows for a full solver: known states renumbered 0, 1, 2, ... in order of sight."""

import numpy as np

from agent import belief
from agent.compiled import compiled
from agent.planners.rows import Rows
from agent.tables import TERMINAL
from agent.world_model import WorldModel


class CompactModel:
    """Rows of a model's prediction, rebuilt in place; its arrays have room to spare and grow with the model.

    Attributes:
        rows: the rows, as views of the room in use.
        value, improved: `[n + 2]`; `q_values`, `[rows]`; `policy`, `[n]`: what the solver works on.
    """

    def __init__(self) -> None:
        self._index = np.zeros(0, np.int32)
        self._room(0, 0, 0, 1)
        self.unseen_value = 0.0

    def rebuild(self, model: WorldModel, unvisited_payoff: float) -> None:
        """Take over the model's predictions and payoffs, and the values of its states table."""
        num_states = model.num_known_states - int(model.counts[belief.TERMINALS])
        num_rows, num_edges = num_states * model.num_actions, model.num_edges
        num_starts = int(model.counts[belief.STARTS])
        if num_rows + 1 > self._indptr.size or num_edges > self._weight.size or num_starts > self._start.size:
            self._room(2 * num_rows + 1, 2 * num_edges, 2 * num_starts, 2 * num_states + 2)
        if self._index.size < model.states.kind.size:
            self._index = np.zeros(model.states.kind.size, np.int32)
        self.rows = Rows(
            self._indptr[: num_rows + 1],
            self._successor[:num_edges],
            self._weight[:num_edges],
            self._rest[:num_rows],
            self._payoff[:num_rows],
            self._start[:num_starts],
            self._start_weight[:num_starts],
            self._population,
            self._unseen_payoff,
        )
        self.value, self.improved = self._value[: num_states + 2], self._improved[: num_states + 2]
        self.q_values, self.policy = self._q_values[:num_rows], self._policy[:num_states]
        self._unseen_payoff[0] = unvisited_payoff
        _fill(model.states, model.pairs, model.edges, model.counts, self._index, self.rows, self.value)
        self.value[num_states + 1] = self.unseen_value

    def position(self, state: int) -> int:
        """Row number, in the compact numbering, of a known state."""
        return int(self._index[state])

    def write_back(self, model: WorldModel) -> None:
        """Put values and q-values into the model's tables."""
        self.unseen_value = float(self.value[-1])
        _write_back(model.states, model.pairs, model.counts, self.value, self.q_values)

    def _room(self, num_rows: int, num_edges: int, num_starts: int, num_values: int) -> None:
        self._indptr, self._successor = np.zeros(num_rows + 1, np.int32), np.zeros(num_edges, np.int32)
        self._weight, self._rest, self._payoff = np.zeros(num_edges), np.zeros(num_rows), np.zeros(num_rows)
        self._start, self._start_weight = np.zeros(num_starts, np.int32), np.zeros(num_starts)
        self._value, self._improved = np.zeros(num_values), np.zeros(num_values)
        self._q_values, self._policy = np.zeros(num_rows), np.zeros(num_values, np.int32)
        self._population, self._unseen_payoff = np.zeros(3), np.zeros(1)


@compiled
def _fill(states, pairs, edges, counts, index, rows, value):
    num_actions = counts[belief.ACTIONS]
    num_states = 0
    for k in range(counts[belief.STATES]):
        state = states.order[k]
        if states.kind[state] == TERMINAL:
            index[state] = value.size - 2
        else:
            index[state] = num_states
            value[num_states] = states.value[state]
            num_states += 1
    position, row = 0, 0
    for k in range(counts[belief.STATES]):
        state = states.order[k]
        if states.kind[state] == TERMINAL:
            continue
        for pair in range(state * num_actions, (state + 1) * num_actions):
            weight = pairs.count_weight[pair]
            rest = 1.0
            link = pairs.first_out[pair]
            while link > 0:
                edge = link - 1
                mass = weight * (edges.count[edge] + (edges.local[edge] if edges.local.size > 0 else 0.0))
                rows.successor[position] = index[edges.successor[edge]]
                rows.weight[position] = mass
                rest -= mass
                position += 1
                link = edges.next_out[edge]
            rows.rest[row] = max(rest, 0.0)
            rows.payoff[row] = pairs.payoff[pair]
            row += 1
            rows.indptr[row] = position
    rows.indptr[0] = 0
    for k in range(counts[belief.STARTS]):
        rows.start[k] = index[states.start_order[k]]
        rows.start_weight[k] = states.starts[states.start_order[k]] / counts[belief.RESETS]
    rows.population[0] = counts[belief.TERMINALS]
    rows.population[1] = max(counts[belief.OUTCOMES] - counts[belief.STATES], 0)
    rows.population[2] = max(counts[belief.OUTCOMES], counts[belief.STATES])


@compiled
def _write_back(states, pairs, counts, value, q_values):
    num_actions = counts[belief.ACTIONS]
    n = 0
    for k in range(counts[belief.STATES]):
        state = states.order[k]
        if states.kind[state] == TERMINAL:
            states.value[state] = value[value.size - 2]
            continue
        states.value[state] = value[n]
        for action in range(num_actions):
            pairs.q_value[state * num_actions + action] = q_values[n * num_actions + action]
        n += 1
