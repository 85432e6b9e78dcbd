"""A structured belief as an object: what actions do, learnt as types of changes that hold in certain contexts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...compilation.compiled import brief, compiled
from ...compilation.handles import Pack
from .. import updates
from ..queries import whole
from ..world_model import WorldModel
from . import description, dictionary, learning, prediction, rooms
from .tables import LABEL_ROOM, MOST_SIBLINGS, NAMELESS, Numbers, Structured, structure_at

FULL = updates.FULL
UNKNOWN = -1
"""What stands for the features of numbers that are not known."""
UNLIMITED = 2**40
"""A coordinate without a declared range is not clipped."""


class Prediction(NamedTuple):
    """What a pair predicts: P(j) = (count_j + local_j + free / K) / (visits + concentration).

    Attributes:
        concentration: effective, of the pair's own.
        successors: states that are named, `[n]`.
        local: the concentration on each of them, `[n]`.
        unnamed: the concentration on features that no known number stands for.
        free: the concentration that is spread evenly over all K states.
        expected_gain: what taking it is expected to teach, nats.
    """

    concentration: float
    successors: NDArray[np.int32]
    local: NDArray[np.float64]
    unnamed: float
    free: float
    expected_gain: float


class Structure:
    """What actions do in terms of the features of states, learnt from single transitions.

    Attributes:
        model: the belief that counts.
        tables: see `agent.belief.structured.tables`.
    """

    def __init__(
        self,
        features: ArrayLike,
        num_actions: int,
        num_contexts: int = 0,
        ranges: Sequence[tuple[int, int] | None] | None = None,
        ended: ArrayLike | None = None,
        known: ArrayLike | None = None,
    ) -> None:
        """Make a belief that has seen nothing.

        Args:
            features: of every state number, `[S, d + num_contexts]`, contexts last.
            num_actions: actions in every state.
            num_contexts: columns that tell states apart but belong to no prediction.
            ranges: declared range of each feature, None where there is none.
            ended: whether a number stands for the end of an episode, `[S]`.
            known: whether the features of a number are known, `[S]`; all by default.

        Raises:
            ValueError: features that are not whole numbers of 32 bits, or no table of them.
        """
        table = _checked(features)
        num_states, width = table.shape
        num_features = width - num_contexts
        if not 0 < num_features <= width or num_actions < 1:
            raise ValueError(f"got {width} columns, {num_contexts} of them contexts, and {num_actions} actions")
        self.model = WorldModel(num_actions, num_states)
        numbers = Numbers(
            num_actions=num_actions,
            num_siblings=num_actions if num_actions <= MOST_SIBLINGS else 0,
            num_features=num_features,
            width=width,
            num_nodes=num_actions,
            boost_from=LABEL_ROOM,
            concentration=1.0,
            name_slots=rooms.slots_for(num_states),
            **(rooms.ROOMS | {"state_room": num_states, "node_room": 256 + num_actions}),
        )
        self._put(rooms.with_room(rooms.reserved(numbers)))
        names = self.tables.names
        self.tables.actions.new_from[:] = 1
        power = 1
        for i in range(num_features):
            names.power[i], power = power, power * 1000003 % dictionary.PRIME
        names.low[:], names.high[:] = -UNLIMITED, UNLIMITED
        for i, declared in enumerate(ranges or ()):
            if declared is not None:
                names.low[i], names.high[i] = declared
        self._grow()
        ends = np.zeros(num_states, bool) if ended is None else np.asarray(ended, bool)
        names.features[:] = UNKNOWN
        for state in np.flatnonzero(np.ones(num_states) if known is None else np.asarray(known)):
            self.admit(int(state), table[state], bool(ends[state]))

    @property
    def numbers(self) -> Numbers:
        """The single numbers."""
        return self.tables.numbers

    def admit(self, state: int, features: ArrayLike, ended: bool = False) -> None:
        """Take note of a state's features, once and for all.

        Args:
            state: its number.
            features: and contexts, `[d + num_contexts]`.
            ended: whether the number stands for the end of an episode.

        Raises:
            ValueError: features that are not whole numbers of 32 bits, or not as many as there must be.
        """
        numbers, row = self.numbers, _checked([features])[0]
        if len(row) != numbers.width:
            raise ValueError(f"state {state} has {len(row)} features and contexts, expected {numbers.width}")
        if whole(state, "state") >= numbers.state_room:
            self._put(rooms.with_room(self.tables, state_room=2 * state + 1, name_slots=rooms.slots_for(2 * state + 1)))
            self.tables.names.features[numbers.state_room * numbers.width :] = UNKNOWN
            _reenter(self.address)
        if self.tables.names.named[state] != NAMELESS:
            raise ValueError(f"the features of state {state} are known already")
        self.tables.names.features[state * numbers.width : (state + 1) * numbers.width] = row
        _admit(self.address, state, bool(ended))

    def begin(self, state: int) -> None:
        """Learn that a reset led to a state."""
        self.model.begin(state)

    def observe(self, state: int, action: int, next_state: int, ended: bool = False) -> float:
        """Learn one transition; return its surprise, nats.

        Raises:
            ValueError: no such state or action, or a state is both an end and not.
        """
        answer = FULL
        while answer == FULL:
            answer = _observe(self.model.address, self.address, state, action, next_state, bool(ended))
            if answer == FULL:
                self.model.make_room(max(whole(state, "state"), whole(next_state, "state")))
                self._grow()
        if answer < 0.0:
            raise ValueError(f"no such transition: {state}, {action}, {next_state}, {ended}")
        return answer

    def refit_if_due(self) -> bool:
        """Fit what pairs share, if it is time; return whether it was."""
        if not _is_due(self.model.address, self.address):
            return False
        while _refit(self.model.address, self.address) == FULL:
            self._grow()
        return True

    def predict(self, state: int, action: int) -> Prediction:
        """Return what a pair predicts."""
        gain = _predict(self.model.address, self.address, self._pair(state, action))
        numbers, scratch = self.numbers, self.tables.scratch
        named = scratch.local[: numbers.num_outcomes] > 0.0
        return Prediction(
            numbers.pair_concentration,
            scratch.outcome[: numbers.num_outcomes][named].copy(),
            scratch.local[: numbers.num_outcomes][named].copy(),
            numbers.pair_unnamed,
            numbers.pair_anywhere * self.model.num_outcomes,
            gain,
        )

    def predictive(self, state: int, action: int) -> tuple[NDArray[np.float64], float]:
        """Return the predicted distribution of the successor, dense `[K]`, and the probability of unnamed ones."""
        pair = self._pair(state, action)
        told = self.predict(state, action)
        dense = np.full(self.model.num_outcomes, told.free / self.model.num_outcomes)
        dense[told.successors] += told.local
        link = int(self.model.pairs.first_out[pair])
        while link > 0:
            dense[self.model.edges.successor[link - 1]] += self.model.edges.count[link - 1]
            link = int(self.model.edges.next_out[link - 1])
        size = int(self.model.pairs.visits[pair]) + told.concentration
        return dense / size, told.unnamed / size

    def expected_gain(self, state: int, action: int) -> float:
        """Return what a pair is expected to teach, nats."""
        return _predict(self.model.address, self.address, self._pair(state, action))

    def surprise(self, state: int, action: int, next_state: int) -> float:
        """Return what an outcome would teach, nats."""
        return _surprise(self.model.address, self.address, self._pair(state, action), next_state)

    def describe(self, names: Sequence[str] | None = None) -> str:
        """Say in words what actions do.

        Args:
            names: of the features and contexts.
        """
        return description.describe(self.tables, names)

    def _pair(self, state: int, action: int) -> int:
        numbers = self.numbers
        if not (0 <= state < numbers.state_room and 0 <= action < numbers.num_actions):
            raise ValueError(f"no such pair: state {state}, action {action}")
        if state >= self.model.numbers.state_room:
            self.model.make_room(state)
            self._grow()
        return state * numbers.num_actions + action

    def _grow(self) -> None:
        """Make room where the next transition or refit might find none."""
        numbers, known = self.numbers, self.model.numbers
        wanted = {
            "pair_room": known.state_room * numbers.num_actions,
            "edge_room": known.edge_room,
            "visited_room": numbers.num_visited + 1,
            "candidate_room": numbers.num_candidates + learning.NEW_CANDIDATES,
            "outcome_room": numbers.most_outcomes + learning.SPARE,
            "trial_room": int(self.tables.actions.num_visited.max()),
            "node_room": numbers.num_nodes + 3 * numbers.num_visited + numbers.num_actions,
        }
        short = {name: 2 * room for name, room in wanted.items() if room > getattr(numbers, name)}
        if short:
            self._put(rooms.with_room(self.tables, **short))
            _reenter(self.address)

    def _put(self, tables: Structured) -> None:
        pack = Pack(*tables[:-1])
        self.tables, self._pack, self.address = tables, pack, pack.address


def _checked(features: Any) -> NDArray[Any]:
    """Return a table of features, if it is one."""
    table, limits = np.asarray(features), np.iinfo(np.int32)
    if table.ndim != 2 or table.dtype.kind not in "iu" or table.size == 0:
        raise ValueError(f"features must be whole numbers [S, d], got {table.dtype} {list(table.shape)}")
    if table.min() < limits.min or table.max() > limits.max:
        raise ValueError(f"features must be whole numbers of 32 bits, got {table.min()} to {table.max()}")
    return table


@brief
def _observe(belief_address, address, state, action, next_state, ended):
    known, structure = updates.belief_at(belief_address), structure_at(address)
    return learning.observe(known, structure, int(state), int(action), 0.0, int(next_state), ended)


@brief
def _is_due(belief_address, address):
    return learning.is_due(updates.belief_at(belief_address), structure_at(address))


@compiled
def _refit(belief_address, address):
    return learning.refit(updates.belief_at(belief_address), structure_at(address))


@brief
def _predict(belief_address, address, pair):
    return prediction.predict(updates.belief_at(belief_address), structure_at(address), pair)


@brief
def _surprise(belief_address, address, pair, successor):
    known, structure = updates.belief_at(belief_address), structure_at(address)
    prediction.predict(known, structure, pair)
    return prediction.surprise(known, structure, pair, successor)


@brief
def _admit(address, state, ended):
    return dictionary.admit(structure_at(address), state, ended)


@compiled
def _reenter(address):
    rooms.reenter(structure_at(address))
