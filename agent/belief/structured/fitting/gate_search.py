"""Which coordinates tell an action's types apart: forward selection of a chain, two candidates kept at each length.

The score of a chain is that of its gate, each pair left out of its own weights; a coordinate must gain more than a nat.
Only coordinates that differ among the visited pairs are looked at. A gate that was carried here stays until the chain
that is found gains a nat on it.
"""

import math

from ....compilation.compiled import part
from ...updates import FULL
from ..dictionary import feature
from ..tables import ABSOLUTE, CHAIN, FIRST_LEARNT, FIRST_OWNED, LABEL_ROOM, NAMELESS, TYPES
from .gates import FIRST_PULL, fit_pull, gate_score, num_unsettled, plant
from .trials import restart, spread, take, trial_score

WORTH_IT = 1.0
"""Nats that another coordinate must gain."""
START_AGAIN = 10.0
"""Nats that a gate found from evidence alone must gain: all that pairs were taken for is given up for it."""
WEAKER_PULL = 0.4
"""To say the same once more makes a context count for more: with this pull it does so without another coordinate."""

_BEST, _NOW, _NEXT = 0, 1, 3  # rows of the beam: the best chain, two of this length, two of the next


@part
def search(structure, action):
    """Choose an action's chain, and the pull of its gate.

    Returns:
        FULL, before anything has changed, where there is no room for its contexts; 1 where to search again may gain
        something, else 0.
    """
    score, length = _find(structure, action, False)
    if structure.carried.is_planted[action] and score <= gate_score(structure, action) + WORTH_IT:
        fit_pull(structure, action)
        return 0.0
    if _is_short(structure, action, length):
        return FULL
    if structure.carried.is_planted[action]:
        _uproot(structure, action)
    _adopt(structure, action, length)
    if length > 0:
        fit_pull(structure, action)
    return 1.0 if gate_score(structure, action) + START_AGAIN < 0.0 else 0.0  # evidence is at most one


@part
def search_again(structure, action):
    """Choose the chain anew by what pairs look like by themselves, with even weights of types, if that gains enough.

    What pairs are taken for follows the gate: one type may hold all that a coordinate would tell apart, and no pair
    speaks for it.

    Returns:
        FULL, before anything has changed, where there is no room for its contexts; 1 where pairs are to be taken for
        what they look like, else 0.
    """
    score, length = _find(structure, action, True)
    if length == 0 or score <= gate_score(structure, action) + START_AGAIN:
        return 0.0
    if _is_short(structure, action, length):
        return FULL
    _adopt(structure, action, length)
    return 1.0


@part
def _is_short(structure, action, length):
    """Whether there is no room for the contexts of the best chain, beside those of new pairs; ask for it then."""
    numbers, most = structure.numbers, 1 + length * int(structure.actions.num_visited[action])
    numbers.more_nodes, unsettled = 0, num_unsettled(structure)
    room = numbers.node_room - numbers.num_nodes - unsettled
    if most > room and not _is_adopted(structure, action, length):
        restart(structure, action)
        most = 1
        for k in range(length):
            most += spread(structure, action, structure.scratch.beam[_BEST * CHAIN + k])
            trial_score(structure, action, FIRST_PULL, True)
        if most > room:
            numbers.more_nodes = most + unsettled
            return True
    return False


@part
def _find(structure, action, is_even):
    """Write the best chain into the beam; return its score and its length. `is_even`: see `trials.take`."""
    take(structure, action, is_even)
    beam, score = structure.scratch.beam, restart(structure, action)
    best, best_length, num_now = score, 0, 1
    scores_now = (score, score)
    for length in range(1, CHAIN + 1):
        num_next, scores_next = _extend_beam(structure, action, length, num_now, scores_now)
        if num_next == 0:
            break
        if scores_next[0] > best:
            best, best_length = scores_next[0], length
            _copy(beam, _NEXT, _BEST)
        num_now, scores_now = num_next, scores_next
        _copy(beam, _NEXT, _NOW)
        _copy(beam, _NEXT + 1, _NOW + 1)
    return best, best_length


@part
def search_targets(structure, action):
    """Let the gate look at whether there is a state where a label that owns a type leads, if it gains a nat by that.

    There must be room for its contexts.

    Returns:
        whether it does so now.
    """
    actions, labels = structure.actions, structure.labels
    best, most = -1, gate_score(structure, action) + WORTH_IT
    take(structure, action, False)
    for z in range(FIRST_OWNED, actions.num_types[action]):
        label = int(structure.types.owner[action * TYPES + z])
        entry = action * LABEL_ROOM + label
        if label < FIRST_LEARNT or labels.kind[entry] == ABSOLUTE or labels.num_changes[entry] == 0:
            continue
        restart(structure, action)
        spread(structure, action, structure.numbers.width + label)
        score = trial_score(structure, action, FIRST_PULL, False)
        if score > most:
            best, most = label, score
    if best < 0:
        return False
    if structure.carried.is_planted[action]:
        _uproot(structure, action)
    structure.scratch.beam[_BEST * CHAIN] = structure.numbers.width + best
    _adopt(structure, action, 1)
    fit_pull(structure, action)
    return True


@part
def _extend_beam(structure, action, length, num_now, scores_now):
    """Extend the chains of the beam by each coordinate; keep the best two; return how many, and their scores."""
    beam, width = structure.scratch.beam, structure.numbers.width
    first, second, num_next = -math.inf, -math.inf, 0
    for rank in range(num_now):
        surer = _walk(structure, action, _NOW + rank, length - 1)
        for coordinate in range(width):
            if not _is_new(beam, rank, length, coordinate) or not _varies(structure, action, coordinate):
                continue
            spread(structure, action, coordinate)
            score = trial_score(structure, action, FIRST_PULL, False)
            if score <= max(scores_now[rank], surer) + WORTH_IT or score <= second:
                continue
            place = _NEXT + 1
            if score > first:
                _copy(beam, _NEXT, _NEXT + 1)
                first, second, place = score, first, _NEXT
            else:
                second = score
            _copy(beam, _NOW + rank, place)
            beam[place * CHAIN + length - 1] = coordinate
            num_next = min(num_next + 1, 2)
    return num_next, (first, second)


@part
def _is_new(beam, rank, length, coordinate):
    """Whether a coordinate extends a chain to a set that no better chain was extended to."""
    row, found = (_NOW + rank) * CHAIN, 0
    for k in range(length - 1):
        if beam[row + k] == coordinate:
            return False
    if rank == 0:
        return True
    for k in range(length - 1):
        other = beam[_NOW * CHAIN + k]
        is_within = other == coordinate
        for m in range(length - 1):
            is_within = is_within or beam[row + m] == other
        if is_within:
            found += 1
    return found < length - 1


@part
def _varies(structure, action, coordinate):
    table, numbers, names = structure.visited, structure.numbers, structure.names
    if names.place[coordinate] == 0:
        return False
    link, first = int(structure.actions.first_visited[action]), -1
    while link > 0:
        state = int(table.pair[link - 1]) // numbers.num_actions
        link = int(table.following[link - 1])
        if names.named[state] == NAMELESS:
            continue
        if first < 0:
            first = state
        if feature(structure, state, coordinate) != feature(structure, first, coordinate):
            return True
    return False


@part
def _walk(structure, action, row, length):
    """Let the trial be a chain of the beam; return its score, did its last coordinate count for more."""
    surer = restart(structure, action)
    for k in range(length):
        spread(structure, action, structure.scratch.beam[row * CHAIN + k])
        if k == length - 1:
            surer = trial_score(structure, action, WEAKER_PULL, False)
        trial_score(structure, action, FIRST_PULL, True)
    return surer


@part
def _uproot(structure, action):
    """Give up the gate that was carried here: what happens in its contexts tells otherwise."""
    actions = structure.actions
    structure.carried.is_planted[action] = actions.chain_length[action] = 0
    link = int(actions.first_visited[action])
    while link > 0:
        structure.visited.node[link - 1] = 0
        link = int(structure.visited.following[link - 1])


@part
def _is_adopted(structure, action, length):
    """Whether the best chain is the action's."""
    actions, is_same = structure.actions, structure.actions.chain_length[action] == length
    for k in range(length):
        is_same = is_same and actions.chain[action * CHAIN + k] == structure.scratch.beam[_BEST * CHAIN + k]
    return is_same


@part
def _adopt(structure, action, length):
    """Let the best chain be the action's; one that it was already keeps its pull and its contexts."""
    actions, beam = structure.actions, structure.scratch.beam
    if _is_adopted(structure, action, length):
        return
    actions.chain_length[action] = length
    for k in range(length):
        actions.chain[action * CHAIN + k] = beam[_BEST * CHAIN + k]
    actions.pull[action] = FIRST_PULL
    plant(structure, action)


@part
def _copy(beam, source, target):
    for k in range(CHAIN):
        beam[target * CHAIN + k] = beam[source * CHAIN + k]
