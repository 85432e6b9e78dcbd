"""Scores of a belief against the truth: missing information and coverage, kept up to date step by step."""

import math
from typing import TYPE_CHECKING

import numpy as np

from agent import belief
from agent.compiled import compiled

if TYPE_CHECKING:
    from agent.world_model import WorldModel
    from envs import FiniteMDP


class Truth:
    """Compares a model with the true transitions, over the pairs that can be reached and are not terminal.

    Missing information is the sum over those pairs of KL(true || predicted), nats (Little and Sommer 2013). The
    yardstick of its fraction is the same for every agent and prior: the uniform prediction over the world's states.

    Attributes:
        yardstick: missing information of the uniform prediction, nats.
        num_pairs: reachable, non-terminal pairs.
    """

    def __init__(self, model: "WorldModel", mdp: "FiniteMDP") -> None:
        """Score what the model knows by now; afterwards call `update` after each transition it observes.

        Args:
            model: the belief; its states are numbered as those of `mdp`.
            mdp: the truth.

        Raises:
            ValueError: the two differ in their number of actions.
        """
        if mdp.num_actions != model.num_actions:
            raise ValueError(f"the truth has {mdp.num_actions} actions, the model {model.num_actions}")
        self._model = model
        transition = mdp.transition
        self._indptr = transition.indptr.astype(np.int64)
        self._indices = transition.indices.astype(np.int64)
        self._probabilities = transition.data.astype(np.float64)
        self._reachable = mdp.reachable_pairs().ravel()
        self._links = np.zeros(len(self._indices), dtype=np.int32)
        self._row_missing = np.zeros(len(self._reachable))
        self._scores = np.zeros(2)  # missing information, visited pairs
        self._revision, self._steps = model.revision, model.steps
        self.num_pairs = int(self._reachable.sum())
        entropies = np.zeros(len(self._reachable))
        rows = np.repeat(np.arange(len(self._reachable)), np.diff(self._indptr))
        np.add.at(entropies, rows, self._probabilities * np.log(self._probabilities))
        self.yardstick = float((entropies + math.log(mdp.num_states))[self._reachable].sum())
        self._score_all(relink=True)

    def update(self) -> None:
        """Take what the model observed since into account: one step in O(successors), all pairs after a refit."""
        model = self._model
        if model.steps == self._steps:
            return
        is_next = model.steps == self._steps + 1
        self._steps = model.steps
        if not is_next:
            self._revision = model.revision
            self._score_all(relink=True)
            return
        _link_latest(model.pairs, model.edges, model.counts, self._indptr, self._indices, self._links)
        if model.revision == self._revision:
            _score_pair(
                model.pairs, model.edges, model.counts, model.sums,
                self._indptr, self._links, self._probabilities, self._reachable, self._row_missing, self._scores,
                int(model.counts[belief.LAST_PAIR]),
            )  # fmt: skip
        else:
            self._revision = model.revision
            self._score_all()

    @property
    def missing_information(self) -> float:
        """Sum over reachable pairs of KL(true || predicted), nats."""
        return float(self._scores[0])

    @property
    def fraction(self) -> float:
        """Missing information as a share of the yardstick (nan where nothing was ever missing)."""
        return self.missing_information / self.yardstick if self.yardstick > 0 else math.nan

    @property
    def coverage(self) -> float:
        """Visited pairs / reachable pairs."""
        return float(self._scores[1]) / self.num_pairs

    def _score_all(self, relink: bool = False) -> None:
        model = self._model
        if relink:
            _link_all(model.edges, model.counts, self._indptr, self._indices, self._links)
        _score_all(
            model.pairs, model.edges, model.counts, model.sums,
            self._indptr, self._links, self._probabilities, self._reachable, self._row_missing, self._scores,
        )  # fmt: skip


@compiled
def _position(indices, low, high, wanted):
    """Position of a value in the sorted slice `[low, high)`, or -1."""
    end = high
    while low < high:
        middle = (low + high) // 2
        if indices[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < end and indices[low] == wanted else -1


@compiled
def _link_latest(pairs, edges, counts, indptr, indices, links):
    """Remember which edge of the model counts the latest true transition."""
    pair, successor = counts[belief.LAST_PAIR], counts[belief.LAST_SUCCESSOR]
    if pair + 1 < indptr.size:
        position = _position(indices, indptr[pair], indptr[pair + 1], successor)
        if position >= 0 and links[position] == 0:
            links[position] = belief.find_edge(pairs, edges, pair, successor)


@compiled
def _link_all(edges, counts, indptr, indices, links):
    for edge in range(counts[belief.EDGES]):
        pair = edges.pair[edge]
        if pair + 1 < indptr.size:
            position = _position(indices, indptr[pair], indptr[pair + 1], edges.successor[edge])
            if position >= 0:
                links[position] = edge + 1


@compiled
def _divergence(pairs, edges, counts, sums, indptr, links, probabilities, pair):
    """KL(true || predicted) of one pair, nats."""
    concentration = sums[belief.CONCENTRATION]
    if pair >= pairs.visits.size or pairs.first_out[pair] == 0:
        visits, anywhere = 0, concentration / counts[belief.OUTCOMES]
    else:
        visits = pairs.visits[pair]
        anywhere = belief.free_concentration(pairs, edges, pair, concentration) / counts[belief.OUTCOMES]
    total = 0.0
    for position in range(indptr[pair], indptr[pair + 1]):
        predicted = anywhere
        if links[position] > 0:
            edge = links[position] - 1
            predicted += edges.count[edge]
            if edges.local.size > 0:
                predicted += edges.local[edge]
        if predicted == 0.0:
            return math.inf
        true = probabilities[position]
        total += true * math.log(true * (visits + concentration) / predicted)
    return max(total, 0.0)


@compiled
def _score_pair(
    pairs, edges, counts, sums, indptr, links, probabilities, reachable, row_missing, scores, pair
):  # fmt: skip
    if pair >= reachable.size or not reachable[pair]:
        return
    missing = _divergence(pairs, edges, counts, sums, indptr, links, probabilities, pair)
    scores[0] += missing - row_missing[pair]
    row_missing[pair] = missing
    if pairs.visits[pair] == 1:
        scores[1] += 1


@compiled
def _score_all(pairs, edges, counts, sums, indptr, links, probabilities, reachable, row_missing, scores):
    total, visited = 0.0, 0
    for pair in range(reachable.size):
        if reachable[pair]:
            missing = _divergence(pairs, edges, counts, sums, indptr, links, probabilities, pair)
            row_missing[pair] = missing
            total += missing
            if pair < pairs.visits.size and pairs.visits[pair] > 0:
                visited += 1
    scores[0], scores[1] = total, visited
