"""Scores of a belief against the truth: missing information and coverage, kept up to date step by step.

A truth is compared with what is seen: after the first step, or start of an episode, that it rules out it is dropped,
and there is no score any more. Chances that are other ones than it says, of what is possible, go unnoticed.
"""

import copy
import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..belief import updates
from ..belief.tables import TERMINAL
from ..compilation.compiled import brief, part
from ..compilation.handles import Pack, handle

if TYPE_CHECKING:
    from ..belief.world_model import WorldModel
    from ..worlds import FiniteMDP


class Tally(NamedTuple):
    """The truth as compiled functions read it, and the score they keep."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    reachable: NDArray[np.int8]
    links: NDArray[np.int32]  # which edge of the model counts a true transition, plus one
    row_missing: NDArray[np.float64]
    scores: NDArray[np.float64]  # missing information, visited pairs
    roles: NDArray[np.int8]  # [S]: IS_END, IS_START, or zero
    marks: NDArray[np.int64]  # indexed by the names below


NUM_ROWS, SCORED_STEPS, SCORED_REVISION, NUM_PAIRS, SCORED_STARTS, DISPROVED, PAIR, SUCCESSOR = range(8)
IS_END, IS_START = 1, 2  # roles
BY_STEP, BY_START = 1, 2  # what disproved a truth, if anything did

tally_at = handle(Tally)


class Truth:
    """Compares a model with the true transitions, over the pairs that can be reached and are not terminal.

    Missing information is the sum over those pairs of KL(true || predicted), nats (Little and Sommer 2013). The
    yardstick of its fraction is the same for every agent and prior: the uniform prediction over the world's states.

    Attributes:
        model: the belief.
        yardstick: missing information of the uniform prediction, nats.
        num_pairs: reachable, non-terminal pairs.
    """

    def __init__(
        self, model: "WorldModel", mdp: "FiniteMDP | None", tell: Callable[[str], None] = warnings.warn
    ) -> None:
        """Score what the model knows by now; afterwards call `update` after each transition it observes.

        Args:
            model: the belief; its states are numbered as those of `mdp`.
            mdp: the truth.
            tell: called with a sentence, once, if the truth has to be dropped.

        Raises:
            ValueError: there is no truth; the two differ in their number of actions, or the model was made for less
                states.
        """
        if mdp is None:
            raise ValueError("the truth is None; expected an envs.FiniteMDP: there is nothing to score a model against")
        if mdp.num_actions != model.num_actions:
            raise ValueError(f"the truth has {mdp.num_actions} actions, the model {model.num_actions}")
        if mdp.num_states > model.num_outcomes:
            raise ValueError(
                f"the truth has {mdp.num_states} states, the model predicts among {model.num_outcomes}; where states "
                f"are found by walking through a world, call envs.true_mdp(env) before an agent is made for it"
            )
        self.model, self._identity = model, model.identity
        transition = mdp.transition
        reachable = mdp.reachable_pairs().ravel()
        self.tally = Tally(
            indptr=transition.indptr.astype(np.int64),
            indices=transition.indices.astype(np.int64),
            probabilities=transition.data.astype(np.float64),
            reachable=reachable.astype(np.int8),
            links=np.zeros(len(transition.indices), dtype=np.int32),
            row_missing=np.zeros(len(reachable)),
            scores=np.zeros(2),
            roles=(np.where(mdp.terminal, IS_END, 0) + np.where(mdp.start > 0, IS_START, 0)).astype(np.int8),
            marks=np.array([len(reachable), -1, -1, reachable.sum(), 0, 0, 0, 0], dtype=np.int64),
        )
        self._pack = Pack(self.tally)
        self._tell, self._is_told = tell, False
        self.num_pairs = int(reachable.sum())
        entropies = np.zeros(len(reachable))
        rows = np.repeat(np.arange(len(reachable)), np.diff(self.tally.indptr))
        np.add.at(entropies, rows, self.tally.probabilities * np.log(self.tally.probabilities))
        self.yardstick = float((entropies + math.log(mdp.num_states))[reachable].sum())
        if model.num_edges > 0:
            self.update()
        else:  # nothing is known: every prediction is uniform
            self.tally.row_missing[:] = np.maximum(entropies + math.log(model.num_outcomes), 0.0) * reachable
            self.tally.scores[0] = self.tally.row_missing.sum()
            self.tally.marks[[SCORED_STEPS, SCORED_REVISION]] = 0, model.revision

    def update(self) -> None:
        """Take what the model observed since into account: one step in O(successors), all pairs after a refit."""
        model = self.model
        turn = model.turn
        try:
            del turn.free
        except AttributeError:
            turn = turn.take()
        try:
            if self._identity is not model.identity:
                self.settle()
            is_disproved = _update(model.address, self._pack.address)
        finally:
            turn.free = True
        if is_disproved and not self._is_told:
            self._is_told = True
            self._tell(f"{self.disproof}")

    @property
    def disproof(self) -> str | None:
        """What was seen that the truth rules out, since when there is no score; None as long as all agrees with it."""
        kind, pair, successor = (int(self.tally.marks[each]) for each in (DISPROVED, PAIR, SUCCESSOR))
        if not kind:
            return None
        if kind == BY_START:
            return f"the truth was dropped: an episode started in state {successor}, which it rules out"
        state, action = divmod(pair, self.model.num_actions)
        way = "as its end" if self.model.states.kind[successor] == TERMINAL else "in mid-episode"
        seen = f"action {action} led from state {state} to state {successor} {way}"
        return f"the truth was dropped: {seen}, which it rules out"

    def settle(self) -> None:
        """Forget what was scored of a belief that was restored since: its edges are numbered anew."""
        if self._identity is not self.model.identity:
            self.tally.links[:] = 0
            self.tally.marks[[SCORED_STEPS, SCORED_STARTS]] = -1, 0
            self._identity = self.model.identity

    @property
    def address(self) -> Any:
        """The score as compiled entries take it, once it is settled."""
        return self._pack.address

    def __copy__(self) -> "Truth":
        """Another score of the same belief."""
        return copy.deepcopy(self, {id(self.model): self.model})

    @property
    def missing_information(self) -> float:
        """Sum over reachable pairs of KL(true || predicted), nats."""
        return float(self.tally.scores[0])

    @property
    def fraction(self) -> float:
        """Missing information as a share of the yardstick (nan where nothing was ever missing)."""
        return self.missing_information / self.yardstick if self.yardstick > 0 else math.nan

    @property
    def coverage(self) -> float:
        """Visited pairs / reachable pairs."""
        return float(self.tally.scores[1]) / self.num_pairs


@brief
def _update(belief_address, tally_address):
    tally = tally_at(tally_address, 0, 0)
    update(updates.belief_at(belief_address), tally)
    return tally.marks[DISPROVED] != 0


@part
def update(known, tally):
    """Take what was observed since the last time into account."""
    counts, marks = known.counts, tally.marks
    num_new = counts[updates.STEPS] - marks[SCORED_STEPS]
    if num_new == 0 or marks[DISPROVED]:
        return
    is_next = marks[SCORED_STEPS] >= 0 and num_new == 1
    if is_next:
        _link(known, tally, counts[updates.LAST_PAIR], counts[updates.LAST_SUCCESSOR], 0)
    else:
        _link_all(known, tally)
    if marks[SCORED_STARTS] != counts[updates.STARTS]:
        _check_starts(known, tally)
    if marks[DISPROVED]:
        tally.scores[0], tally.scores[1] = math.nan, math.nan
    elif is_next and marks[SCORED_REVISION] == counts[updates.REVISION]:
        _score_pair(known, tally, counts[updates.LAST_PAIR])
    else:
        _score_all(known, tally)
    marks[SCORED_STEPS], marks[SCORED_REVISION] = counts[updates.STEPS], counts[updates.REVISION]


@part
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


@part
def _link(known, tally, pair, successor, link):
    """Remember which edge (number + 1; 0: to be found) counts a transition; one that is not true disproves all."""
    position = -1
    if pair < tally.marks[NUM_ROWS]:
        position = _position(tally.indices, tally.indptr[pair], tally.indptr[pair + 1], successor)
    if position >= 0 and tally.links[position] > 0:
        return
    if position >= 0 and (tally.roles[successor] == IS_END) == (known.states.kind[successor] == TERMINAL):
        tally.links[position] = link if link > 0 else updates.find_edge(known, pair, successor)
    else:
        tally.marks[DISPROVED], tally.marks[PAIR], tally.marks[SUCCESSOR] = BY_STEP, pair, successor


@part
def _link_all(known, tally):
    edges = known.edges
    for edge in range(known.counts[updates.EDGES]):
        pair, successor = edges.pair[edge], edges.successor[edge]
        if edges.count[edge] > 0:
            _link(known, tally, pair, successor, edge + 1)
        elif pair < tally.marks[NUM_ROWS]:  # expected by the prior, and not seen
            position = _position(tally.indices, tally.indptr[pair], tally.indptr[pair + 1], successor)
            if position >= 0:
                tally.links[position] = edge + 1


@part
def _check_starts(known, tally):
    """Compare the states that episodes started in since the last time."""
    marks = tally.marks
    for k in range(marks[SCORED_STARTS], known.counts[updates.STARTS]):
        state = known.states.start_order[k]
        if state * known.counts[updates.ACTIONS] >= marks[NUM_ROWS] or tally.roles[state] != IS_START:
            marks[DISPROVED], marks[SUCCESSOR] = BY_START, state
    marks[SCORED_STARTS] = known.counts[updates.STARTS]


@part
def _divergence(known, tally, pair):
    """KL(true || predicted) of one pair, nats."""
    counts, edges, concentration = known.counts, known.edges, known.sums[updates.CONCENTRATION]
    if pair >= counts[updates.STATE_ROOM] * counts[updates.ACTIONS] or known.pairs.first_out[pair] == 0:
        visits, anywhere = 0, concentration / counts[updates.OUTCOMES]
    else:
        visits = known.pairs.visits[pair]
        anywhere = updates.free_concentration(known, pair) / counts[updates.OUTCOMES]
    total = 0.0
    for position in range(tally.indptr[pair], tally.indptr[pair + 1]):
        predicted = anywhere
        if tally.links[position] > 0:
            edge = tally.links[position] - 1
            predicted += edges.count[edge]
            if counts[updates.HAS_LOCAL]:
                predicted += edges.local[edge]
        if predicted == 0.0:
            return math.inf
        true = tally.probabilities[position]
        total += true * math.log(true * (visits + concentration) / predicted)
    return max(total, 0.0)


@part
def _score_pair(known, tally, pair):
    if pair >= tally.marks[NUM_ROWS] or not tally.reachable[pair]:
        return
    missing = _divergence(known, tally, pair)
    tally.scores[0] += missing - tally.row_missing[pair]
    tally.row_missing[pair] = missing
    if known.pairs.visits[pair] == 1:
        tally.scores[1] += 1


@part
def _score_all(known, tally):
    total, visited = 0.0, 0
    num_pairs = known.counts[updates.STATE_ROOM] * known.counts[updates.ACTIONS]
    for pair in range(tally.marks[NUM_ROWS]):
        if tally.reachable[pair]:
            missing = _divergence(known, tally, pair)
            tally.row_missing[pair] = missing
            total += missing
            if pair < num_pairs and known.pairs.visits[pair] > 0:
                visited += 1
    tally.scores[0], tally.scores[1] = total, visited
