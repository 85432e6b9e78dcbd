"""Scores of a belief against the truth: missing information and coverage, kept up to date step by step.

The truth is compared with what is seen: at the first step, or start of an episode, that it rules out, it is dropped,
and there is no score from then on. Wrong probabilities of outcomes that it allows go unnoticed.
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
from ..compilation.records import Record, record

if TYPE_CHECKING:
    from ..belief.world_model import WorldModel
    from ..worlds import FiniteMDP


@record
class Score(Record):
    """How a belief compares with the truth, and what of it was taken into account."""

    missing_information: float  # summed over the reachable pairs, nats; nan once the truth is disproved
    num_visited: float  # reachable pairs that were visited; likewise
    num_rows: int  # pairs of the truth
    num_pairs: int  # reachable ones
    num_steps: int  # of the belief that were taken into account; -1: all is to be worked out
    revision: int  # of the belief, likewise
    num_starts: int  # states that episodes started in, likewise
    disproved_by: int  # BY_STEP, BY_START, or zero
    pair: int  # what disproved it, if a step did
    successor: int  # where that step led, or the episode started


class TruthTable(NamedTuple):
    """The truth as compiled functions read it, and the score they keep."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    reachable: NDArray[np.int8]
    links: NDArray[np.int32]  # which edge of the model counts a true transition, plus one
    row_missing: NDArray[np.float64]
    roles: NDArray[np.int8]  # [S]: IS_END, IS_START, or zero
    score: Score


IS_END, IS_START = 1, 2  # roles
BY_STEP, BY_START = 1, 2  # what disproved a truth, if anything did

truth_at = handle(TruthTable)


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
            ValueError: there is no truth; the two differ in their number of actions, or the model was made for fewer
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
        self.table = TruthTable(
            indptr=transition.indptr.astype(np.int64),
            indices=transition.indices.astype(np.int64),
            probabilities=transition.data.astype(np.float64),
            reachable=reachable.astype(np.int8),
            links=np.zeros(len(transition.indices), dtype=np.int32),
            row_missing=np.zeros(len(reachable)),
            roles=(np.where(mdp.terminal, IS_END, 0) + np.where(mdp.start > 0, IS_START, 0)).astype(np.int8),
            score=Score(num_rows=len(reachable), num_pairs=reachable.sum(), num_steps=-1, revision=-1),
        )
        self._pack = Pack(self.table)
        self._tell, self._is_told = tell, False
        self.num_pairs = int(reachable.sum())
        entropies = np.zeros(len(reachable))
        rows = np.repeat(np.arange(len(reachable)), np.diff(self.table.indptr))
        np.add.at(entropies, rows, self.table.probabilities * np.log(self.table.probabilities))
        self.yardstick = float((entropies + math.log(mdp.num_states))[reachable].sum())
        if model.num_edges > 0:
            self.update()
        else:  # nothing is known: every prediction is uniform
            self.table.row_missing[:] = np.maximum(entropies + math.log(model.num_outcomes), 0.0) * reachable
            score = self.table.score
            score.missing_information = self.table.row_missing.sum()
            score.num_steps, score.revision = 0, model.revision

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
        score, successor = self.table.score, self.table.score.successor
        if not score.disproved_by:
            return None
        if score.disproved_by == BY_START:
            return f"the truth was dropped: an episode started in state {successor}, which it rules out"
        state, action = divmod(score.pair, self.model.num_actions)
        way = "as its end" if self.model.states.kind[successor] == TERMINAL else "in mid-episode"
        seen = f"action {action} led from state {state} to state {successor} {way}"
        return f"the truth was dropped: {seen}, which it rules out"

    def settle(self) -> None:
        """Forget what was scored of a belief that was restored since: its edges are numbered anew."""
        if self._identity is not self.model.identity:
            self.table.links[:] = 0
            self.table.score.num_steps, self.table.score.num_starts = -1, 0
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
        return self.table.score.missing_information

    @property
    def fraction(self) -> float:
        """Missing information as a share of the yardstick (nan where nothing was ever missing)."""
        return self.missing_information / self.yardstick if self.yardstick > 0 else math.nan

    @property
    def coverage(self) -> float:
        """Visited pairs / reachable pairs."""
        return self.table.score.num_visited / self.num_pairs


@brief
def _update(belief_address, truth_address):
    truth = truth_at(truth_address, 0, 0)
    update(updates.belief_at(belief_address), truth)
    return truth.score.disproved_by != 0


@part
def update(known, truth):
    """Take what was observed since the last time into account."""
    numbers, score = known.numbers, truth.score
    num_new = numbers.num_steps - score.num_steps
    if num_new == 0 or score.disproved_by:
        return
    is_next = score.num_steps >= 0 and num_new == 1
    if is_next:
        _link(known, truth, numbers.last_pair, numbers.last_successor, 0)
    else:
        _link_all(known, truth)
    if score.num_starts != numbers.num_starts:
        _check_starts(known, truth)
    if score.disproved_by:
        score.missing_information, score.num_visited = math.nan, math.nan
    elif is_next and score.revision == numbers.revision:
        _score_pair(known, truth, numbers.last_pair)
    else:
        _score_all(known, truth)
    score.num_steps, score.revision = numbers.num_steps, numbers.revision


@part
def _position(truth, pair, successor):
    """Position of a transition among the true ones, which are sorted, or -1."""
    if pair >= truth.score.num_rows:
        return -1
    low, end = truth.indptr[pair], truth.indptr[pair + 1]
    high = end
    while low < high:
        middle = (low + high) // 2
        if truth.indices[middle] < successor:
            low = middle + 1
        else:
            high = middle
    return low if low < end and truth.indices[low] == successor else -1


@part
def _link(known, truth, pair, successor, link):
    """Remember which edge (number + 1; 0: to be found) counts a transition; one that is not true disproves all."""
    position = _position(truth, pair, successor)
    if position >= 0 and truth.links[position] > 0:
        return
    if position >= 0 and (truth.roles[successor] == IS_END) == (known.states.kind[successor] == TERMINAL):
        truth.links[position] = link if link > 0 else updates.find_edge(known, pair, successor)
    else:
        truth.score.disproved_by, truth.score.pair, truth.score.successor = BY_STEP, pair, successor


@part
def _link_all(known, truth):
    edges = known.edges
    for edge in range(known.numbers.num_edges):
        pair, successor = edges.pair[edge], edges.successor[edge]
        if edges.count[edge] > 0:
            _link(known, truth, pair, successor, edge + 1)
        elif _position(truth, pair, successor) >= 0:  # expected by the prior, and not seen
            truth.links[_position(truth, pair, successor)] = edge + 1


@part
def _check_starts(known, truth):
    """Compare the states that episodes started in since the last time."""
    score = truth.score
    for k in range(score.num_starts, known.numbers.num_starts):
        state = known.states.start_order[k]
        if state * known.numbers.num_actions >= score.num_rows or truth.roles[state] != IS_START:
            score.disproved_by, score.successor = BY_START, state
    score.num_starts = known.numbers.num_starts


@part
def _divergence(known, truth, pair):
    """KL(true || predicted) of one pair, nats."""
    numbers, edges, concentration = known.numbers, known.edges, known.numbers.concentration
    if pair >= numbers.state_room * numbers.num_actions or known.pairs.first_out[pair] == 0:
        visits, anywhere = 0, concentration / numbers.num_outcomes
    else:
        visits = known.pairs.visits[pair]
        anywhere = updates.free_concentration(known, pair) / numbers.num_outcomes
    total = 0.0
    for position in range(truth.indptr[pair], truth.indptr[pair + 1]):
        predicted = anywhere
        if truth.links[position] > 0:
            edge = truth.links[position] - 1
            predicted += edges.count[edge]
            if numbers.has_local:
                predicted += edges.local[edge]
        if predicted == 0.0:
            return math.inf
        true = truth.probabilities[position]
        total += true * math.log(true * (visits + concentration) / predicted)
    return max(total, 0.0)


@part
def _score_pair(known, truth, pair):
    if pair >= truth.score.num_rows or not truth.reachable[pair]:
        return
    missing = _divergence(known, truth, pair)
    truth.score.missing_information += missing - truth.row_missing[pair]
    truth.row_missing[pair] = missing
    if known.pairs.visits[pair] == 1:
        truth.score.num_visited += 1


@part
def _score_all(known, truth):
    total, visited = 0.0, 0
    num_pairs = known.numbers.state_room * known.numbers.num_actions
    for pair in range(truth.score.num_rows):
        if truth.reachable[pair]:
            missing = _divergence(known, truth, pair)
            truth.row_missing[pair] = missing
            total += missing
            if pair < num_pairs and known.pairs.visits[pair] > 0:
                visited += 1
    truth.score.missing_information, truth.score.num_visited = total, visited
