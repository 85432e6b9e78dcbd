"""A belief whose structured prior always leads, asked pair by pair."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent import Transition, WorldModel
from agent.belief import updates
from agent.belief.structured.predicting import mixture, prediction, steering
from agent.belief.structured.prior import Structured
from agent.belief.structured.tables import structure_at
from agent.belief.structured.wording import description
from agent.compilation.compiled import brief

NEVER = 1e300  # nats: no lead changes


class Prediction(NamedTuple):
    """What a pair predicts: P(j) = (count_j + local_j + free / K) / (visits + concentration)."""

    concentration: float
    successors: NDArray[np.int32]
    local: NDArray[np.float64]
    unnamed: float
    free: float
    expected_gain: float


class Structure:
    """What actions do in terms of the features of states, learnt from single transitions."""

    def __init__(self, features, num_actions, num_contexts=0, ranges=(), ended=None, known=None, **options):
        table = np.asarray(features)
        table = table if table.ndim else table[None]
        num_listed = len(table) if known is None else int(np.argmin(np.append(known, False)))
        ends = np.zeros(len(table), bool) if ended is None else np.asarray(ended, bool)
        prior = Structured(
            listed=table[:num_listed], ended=ends[:num_listed], tell=lambda state: table[state].tolist(),
            num_contexts=num_contexts, ranges=tuple(ranges or ()), **({"guard": NEVER} | options),
        )  # fmt: skip
        self.model = WorldModel(num_actions, len(table), prior)
        if "guard" not in options:
            self.numbers.is_leading = 1

    tables = property(lambda self: self.model.rules)
    numbers = property(lambda self: self.model.rules.numbers)
    address = property(lambda self: self.model.address)

    def admit(self, state, ended=False):
        self.model.make_room(state)
        self.model._name({state: ended})

    def begin(self, state):
        self.model.begin(state)

    def observe(self, state, action, next_state, ended=False):
        return self.model.observe(Transition(state, action, 0.0, next_state, ended, False))

    def predict(self, state, action):
        gain = _predict(self.address, self._pair(state, action))
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

    def predictive(self, state, action):
        """The predicted distribution of the successor, `[K]`, and the probability of unnamed ones."""
        pair, told = self._pair(state, action), self.predict(state, action)
        dense = np.full(self.model.num_outcomes, told.free / self.model.num_outcomes)
        dense[told.successors] += told.local
        link = int(self.model.pairs.first_out[pair])
        while link > 0:
            dense[self.model.edges.successor[link - 1]] += self.model.edges.count[link - 1]
            link = int(self.model.edges.next_out[link - 1])
        size = int(self.model.pairs.visits[pair]) + told.concentration
        return dense / size, told.unnamed / size

    def expected_gain(self, state, action):
        return _predict(self.address, self._pair(state, action))

    def steering_gain(self, state, action):
        """What the planner is told."""
        return _steer(self.address, self._pair(state, action))

    def surprise(self, state, action, next_state):
        return _surprise(self.address, self._pair(state, action), next_state)

    def describe(self, names=(), action_names=(), value_names=()):
        return description.describe(self.tables, description.Vocabulary(names, value_names, action_names))

    def _pair(self, state, action):
        return state * self.numbers.num_actions + action


@brief
def _predict(address, pair):
    return prediction.predict(updates.belief_at(address), structure_at(address), pair)


@brief
def _steer(address, pair):
    known, structure = updates.belief_at(address), structure_at(address)
    return steering.steering_gain(known, structure, pair, prediction.predict(known, structure, pair))


@brief
def _surprise(address, pair, successor):
    known, structure = updates.belief_at(address), structure_at(address)
    prediction.predict(known, structure, pair)
    return mixture.surprise(known, structure, pair, successor)
