"""What may be asked of a belief: its numbers, and what it predicts of a pair."""

from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..compilation.compiled import compiled
from . import pair_gains, updates
from .growing_tables import GrowingTables
from .tables import SEEN, TERMINAL, UNSEEN, used_bytes

LEADERS = "empirical-bayes", "structured"
"""The two that are compared under a structured prior, by whether the rules lead."""


class Queries(GrowingTables):
    """Questions to the tables; each is answered as if no other thread were there."""

    prior: Any

    @property
    def num_outcomes(self) -> int:
        """K: the number of states that a prediction is spread over."""
        return self.numbers.num_outcomes

    @property
    def num_known_states(self) -> int:
        """States known to exist, terminal ones included."""
        return self.numbers.num_known_states

    @property
    def num_visited_pairs(self) -> int:
        """Pairs taken at least once."""
        return self.numbers.num_visited_pairs

    @property
    def num_edges(self) -> int:
        """Edges in the table: observed transitions, counted once each."""
        return self.numbers.num_edges

    @property
    def steps(self) -> int:
        """Transitions observed."""
        return self.numbers.num_steps

    @property
    def num_resets(self) -> int:
        """Resets learnt of."""
        return self.numbers.num_resets

    @property
    def revision(self) -> int:
        """How often all pairs were refreshed at once: the outcomes became more, or a fit changed the prior much."""
        return self.numbers.revision

    @property
    def concentration(self) -> float:
        """Total concentration of a pair's prior, in force.

        After a fit the states known by then have the former one until it reaches them, within 32 transitions.
        """
        return self.numbers.concentration

    @property
    def last_surprise(self) -> float:
        """Bayesian surprise of the latest transition, nats."""
        return self.numbers.last_surprise

    @property
    def last_expected_gain(self) -> float:
        """Expected information gain of the latest pair just before it was taken, nats."""
        return self.numbers.last_expected_gain

    @property
    def information_gain(self) -> float:
        """Sum of the Bayesian surprises as they occurred, nats; on a single path not KL(final || first)."""
        return self.numbers.information_gain

    @property
    def expected_information_gain(self) -> float:
        """Sum of the expected gains of the pairs taken, each just before, nats."""
        return self.numbers.expected_information_gain

    @property
    def calibration(self) -> float:
        """Realised over expected gain: about 1 where the prior is right, nan before the first step."""
        with self.turn:
            return self.information_gain / self.expected_information_gain if self.expected_information_gain else np.nan

    @property
    def expected_missing_information(self) -> float:
        """Expected KL(truth || prediction), nats, over the pairs of all known states: the sum of `expected_gains`."""
        return self.numbers.expected_missing_information

    @property
    def leader(self) -> str | None:
        """Which prior predicts, under a structured one: "structured" or "empirical-bayes"; None under others."""
        return None if self.rules is None else LEADERS[self.rules.numbers.is_leading]

    @property
    def led_since(self) -> int | None:
        """Steps that had been made when the leader took the lead, 0 if it always had it; None under other priors."""
        return None if self.rules is None else self.rules.numbers.led_since

    @property
    def lead_changes(self) -> list[int]:
        """Steps that had been made when the lead changed: of the latest 32 changes at most; [] under other priors.

        A belief that was restored from arrays knows those since, and the one before.
        """
        if self.rules is None:
            return []
        led, number = self.rules.scratch.led, self.rules.numbers.num_leads
        return [int(led[k % len(led)]) for k in range(max(number - len(led), 0), number)]

    @property
    def lead(self) -> float | None:
        """By how much log probability the leader is ahead, of all steps, nats; None under other priors.

        Who leads is decided by what was predicted lately: it may be below zero for long.
        """
        if self.rules is None:
            return None
        return self.rules.numbers.lead if self.rules.numbers.is_leading else -self.rules.numbers.lead

    def rules_in_words(self) -> list[str]:
        """What each action does, as far as it was learnt by the latest fit: a text an action; [] under other priors.

        Such as "action 2 (down): row + 1 unless row = 4, 71 %; stays, 29 %". A percentage is a share of the pairs that
        were visited, one in brackets that of a change where several are possible. It is what the rules say, whether or
        not they lead.
        """
        from .structured.wording.description import describe
        from .structured.wording.vocabulary import Vocabulary

        if self.rules is None:
            return []
        with self.turn:
            return describe(self.rules, Vocabulary(self.prior.names, self.prior.value_names, self.prior.action_names))

    @property
    def nbytes(self) -> int:
        """Bytes of the tables in use (reserved, untouched room apart); those of rules with their room."""
        with self.turn:
            states = int(self.known_states().max(initial=-1)) + 1
            used = ((self.states, states), (self.pairs, states * self.num_actions), (self.edges, self.num_edges))
            own = 0 if self.rules is None else sum(column.nbytes for column in self._columns_of_rules())
            return own + sum(used_bytes(table, entries) for table, entries in used)

    def _columns_of_rules(self) -> list[NDArray[Any]]:
        return [column for table in self.rules[:-1] for column in table if isinstance(column, np.ndarray)]

    def known_states(self) -> NDArray[np.int32]:
        """States known to exist, in order of first sight, `[n]`."""
        with self.turn:
            return self.states.order[: self.num_known_states]

    def visits(self, states: ArrayLike) -> NDArray[np.int64]:
        """How often each action was taken in the states given, `[..., num_actions]`."""
        with self.turn:
            return self.of_pairs("visits", states).astype(np.int64)

    def expected_gains(self, states: ArrayLike) -> NDArray[np.float64]:
        """Expected information gain of actions, `[..., num_actions]`, nats; under rules for who steers. Terminal: 0."""
        with self.turn:
            self.catch_up()
            kind, numbers = self.of_states("kind", states), self._pairs_of(states)
            gains, room = np.zeros(numbers.shape), len(self.pairs.visits)
            for place in np.ndindex(*numbers.shape):
                pair, unvisited = int(numbers[place]), self.numbers.unvisited_gain
                is_told = pair < room and (not self.numbers.has_rules or kind[place[:-1]] == SEEN)
                if kind[place[:-1]] != TERMINAL:
                    gains[place] = _expected_gain(self.address, pair) if is_told else unvisited
            return gains

    def predictive(self, state: int, action: int) -> NDArray[np.float64]:
        """Predicted distribution of the successor, as `posterior`: for oracles and small worlds, as it is dense.

        Under a structured prior what is missing to one is the probability of states that have no number yet.
        """
        with self.turn:
            self.catch_up()
            posterior, visits = self.posterior(state, action), self._of_pair("visits", state, action)
            return posterior / (visits + self._concentration_of(state, action))

    def posterior(self, state: int, action: int) -> NDArray[np.float64]:
        """Concentrations of the belief about one pair, dense: `[K]`.

        Where K is open, states may be numbered beyond it. The array then reaches to the largest of them, and what is
        meant for the states never seen is spread evenly over all numbers that stand for none.
        """
        with self.turn:
            self.catch_up()
            is_new = self._of_pair("first_out", state, action) == 0 and not self._is_ruled(state)
            pair, known = index(state) * self.num_actions + index(action), self.known_states()
            if is_new and self.rules is not None and self.rules.numbers.is_leading:
                return self.concentration * self._probabilities(pair)
            free = self._concentration_of(state, action) if is_new else _free_concentration(self.address, pair)
            anywhere, size = free / self.num_outcomes, max(self.num_outcomes, int(known.max(initial=-1)) + 1)
            dense = np.full(size, anywhere)
            if size > self.num_outcomes:
                dense *= (self.num_outcomes - len(known)) / (size - len(known))
                dense[known] = anywhere
            for edge in () if is_new else self._edges_of(pair):
                local = self.edges.local[edge] if self.edges.local.size else 0.0
                dense[self.edges.successor[edge]] += self.edges.count[edge] + local
            return dense

    def _is_ruled(self, state: int) -> bool:
        """Whether a state's pairs have concentrations of their own."""
        return bool(self.numbers.has_rules) and self.of_states("kind", state) == SEEN

    def _concentration_of(self, state: int, action: int) -> float:
        if self._is_ruled(state):
            return float(self._of_pair("concentration", state, action))
        is_former = self.of_states("is_former", state)
        return self.numbers.former_concentration if is_former else self.concentration

    def _probabilities(self, pair: int) -> NDArray[np.float64]:
        """What the rules predict of a pair in a state that was never seen."""
        from .structured.entries import probability

        return np.array([probability(self.address, pair, state) for state in range(self.num_outcomes)])

    def _edges_of(self, pair: int) -> list[int]:
        found, link = [], int(self.pairs.first_out[pair])
        while link > 0:
            found.append(link - 1)
            link = int(self.edges.next_out[link - 1])
        return found

    def _pairs_of(self, states: ArrayLike) -> NDArray[np.int64]:
        return np.asarray(states, dtype=np.int64)[..., None] * self.num_actions + np.arange(self.num_actions)

    def of_states(self, column: str, states: ArrayLike) -> NDArray[Any]:
        """Return a column of the states table for some states, `[...]`; what was never seen has 0.

        Raises:
            ValueError: numbers that cannot be states.
        """
        numbers = np.asarray(states)
        if numbers.dtype.kind not in "iu" and numbers.size > 0:
            raise ValueError(f"states are whole numbers, got {states!r}")
        numbers = numbers.astype(np.int64)
        kinds = _entries(self.states.kind, np.maximum(numbers, 0))
        wrong = numbers[(numbers < 0) | ((numbers >= self.num_outcomes) & (kinds == UNSEEN))]
        if wrong.size > 0:
            raise ValueError(f"states are numbered from 0 to {self.num_outcomes - 1}, got {wrong[0]}")
        return kinds if column == "kind" else _entries(getattr(self.states, column), numbers)

    def of_pairs(self, column: str, states: ArrayLike) -> NDArray[Any]:
        """Return a column of the pairs table for all actions of some states, `[..., num_actions]`.

        Raises:
            ValueError: numbers that cannot be states.
        """
        self.of_states("kind", states)
        return _entries(getattr(self.pairs, column), self._pairs_of(states))

    def _of_pair(self, column: str, state: int, action: int) -> Any:
        if not isinstance(action, int | np.integer) or not 0 <= action < self.num_actions:
            raise ValueError(f"actions are numbered from 0 to {self.num_actions - 1}, got {action!r}")
        return self.of_pairs(column, whole(state, "state"))[action]


def whole(number: Any, name: str) -> int:
    """Return the number of a state.

    Raises:
        ValueError: it is none.
    """
    try:
        value = index(number)
    except TypeError:
        value = -1
    if value >> 31:  # negative, or larger than is ever numbered
        raise ValueError(f"{name} is {number!r}, expected a whole number: states are numbered from 0")
    return value


def _entries(column: NDArray[Any], numbers: NDArray[np.int64]) -> NDArray[Any]:
    """Entries of a column; 0 beyond its end, as in room that was never touched."""
    if numbers.max(initial=0) < column.size:
        return column[numbers]
    within = numbers < column.size
    return np.where(within, column[np.where(within, numbers, 0)], column.dtype.type(0))


@compiled
def _expected_gain(address, pair):
    return pair_gains.expected_gain(updates.belief_at(address), pair)


@compiled
def _free_concentration(address, pair):
    return pair_gains.free_concentration(updates.belief_at(address), pair)
