"""The score of a belief against the truth in compiled code: what one step, or a refit of the prior, changes of it."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..belief import pair_gains, updates
from ..belief.tables import SEEN, TERMINAL
from ..compilation.compiled import brief, call_scalar, part
from ..compilation.handles import handle
from ..compilation.records import Record, record


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
    links: NDArray[np.int32]  # which edge of the model counts a true transition, plus one; under rules, that one did
    row_missing: NDArray[np.float64]
    roles: NDArray[np.int8]  # [S]: IS_END, IS_START, or zero
    score: Score


IS_END, IS_START = 1, 2  # roles


BY_STEP, BY_START = 1, 2  # what disproved a truth, if anything did


truth_at = handle(TruthTable)


@brief
def update_now(belief_address, truth_address):
    """Take into account what a belief observed since; called from Python. Return whether the truth was disproved."""
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
        if known.pairs.visits[numbers.last_pair] == 1 and _counts(truth, numbers.last_pair):
            score.num_visited += 1
        _score_changed(known, truth)
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
    if position < 0 or (truth.roles[successor] == IS_END) != (known.states.kind[successor] == TERMINAL):
        truth.score.disproved_by, truth.score.pair, truth.score.successor = BY_STEP, pair, successor
    elif truth.links[position] == 0:
        truth.links[position] = link if link > 0 else updates.find_edge(known, pair, successor)


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
    numbers, edges = known.numbers, known.edges
    if numbers.has_rules:
        return _divergence_by_rules(known, truth, pair)
    if pair >= numbers.state_room * numbers.num_actions or known.pairs.first_out[pair] == 0:
        visits, concentration = 0, numbers.concentration  # whichever: the prediction is uniform
        anywhere = concentration / numbers.num_outcomes
    else:
        visits, concentration = known.pairs.visits[pair], pair_gains.concentration_of(known, pair)
        anywhere = pair_gains.free_concentration(known, pair) / numbers.num_outcomes
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
def _divergence_by_rules(known, truth, pair):
    """The same where the prior also predicts what would happen in states that were never seen."""
    numbers, edges, state = known.numbers, known.edges, pair // known.numbers.num_actions
    is_seen = state < numbers.state_room and known.states.kind[state] == SEEN
    total = 0.0
    for position in range(truth.indptr[pair], truth.indptr[pair + 1]):
        true, successor = truth.probabilities[position], truth.indices[position]
        if is_seen:
            predicted = known.pairs.free[pair] / numbers.num_outcomes
            link = updates.find_edge(known, pair, successor)
            if link > 0:
                predicted += edges.count[link - 1] + edges.local[link - 1]
            predicted *= pair_gains.count_weight(known, pair)
        else:
            predicted = call_scalar(numbers.predict_rules, (known.address, pair, successor))
        if predicted == 0.0:
            return math.inf
        total += true * math.log(true / predicted)
    return max(total, 0.0)


@part
def _counts(truth, pair):
    """Whether a pair is one of the truth's that can be reached."""
    return pair < truth.score.num_rows and truth.reachable[pair] != 0


@part
def _score_pair(known, truth, pair):
    if not _counts(truth, pair):
        return
    missing = _divergence(known, truth, pair)
    more = missing - truth.row_missing[pair]
    truth.score.missing_information = max(truth.score.missing_information + more, 0.0)
    truth.row_missing[pair] = missing


@part
def _score_changed(known, truth):
    """Take into account the states whose predictions the latest transition changed."""
    numbers = known.numbers
    for k in range(numbers.num_changed):
        first = known.states.changed[k] * numbers.num_actions
        for pair in range(first, first + numbers.num_actions):
            if (
                numbers.has_rules or known.pairs.first_out[pair] > 0
            ):  # what nothing is known of is predicted alike by any concentration
                _score_pair(known, truth, pair)


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
