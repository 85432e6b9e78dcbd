"""Which coordinates tell an action's types apart: forward selection of a chain, two candidates kept at each length.

The score of a chain is that of its gate, each pair left out of its own weights; a coordinate must gain more than a nat.
Only coordinates that differ among the visited pairs are looked at. A gate that was carried here stays until the chain
that is found gains a nat on it.
"""

import math

from ....compilation.compiled import part
from ..dictionary import PRIME, start_of
from ..tables import ABSOLUTE, CHAIN, FIRST_LEARNT, FIRST_OWNED, LABEL_ROOM, NAMELESS, SHARE, TYPES
from .gates import FIRST_PULL, LEAST, LEAST_WEIGHT, PSEUDO_GATE, fit_pull, gate_score, plant
from .targets import looked_at

WORTH_IT = 1.0
"""Nats that another coordinate must gain."""
WEAKER_PULL = 0.4
"""To say the same once more makes a context count for more: with this pull it does so without another coordinate."""

_BEST, _NOW, _NEXT = 0, 1, 3  # rows of the beam: the best chain, two of this length, two of the next


@part
def search(structure, action):
    """Choose an action's chain, and the pull of its gate."""
    beam, score = structure.scratch.beam, _restart(structure, action)
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
    if structure.carried.is_planted[action]:
        if best <= gate_score(structure, action) + WORTH_IT:
            fit_pull(structure, action)
            return
        _uproot(structure, action)
    _adopt(structure, action, best_length)
    if best_length > 0:
        fit_pull(structure, action)


@part
def search_targets(structure, action):
    """Let the gate look at whether there is a state where a label that owns a type leads, if it gains a nat by that.

    Returns:
        whether it does so now.
    """
    actions, labels = structure.actions, structure.labels
    best, most = -1, gate_score(structure, action) + WORTH_IT
    for z in range(FIRST_OWNED, actions.num_types[action]):
        label = int(structure.types.owner[action * TYPES + z])
        entry = action * LABEL_ROOM + label
        if label < FIRST_LEARNT or labels.kind[entry] == ABSOLUTE or labels.num_changes[entry] == 0:
            continue
        _restart(structure, action)
        _spread(structure, action, structure.numbers.width + label)
        score = _trial_score(structure, action, FIRST_PULL, False)
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
            _spread(structure, action, coordinate)
            score = _trial_score(structure, action, FIRST_PULL, False)
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
    if names.varies[coordinate] == 0:
        return False
    link, first = int(structure.actions.first_visited[action]), -1
    while link > 0:
        state = int(table.pair[link - 1]) // numbers.num_actions
        link = int(table.following[link - 1])
        if names.named[state] == NAMELESS:
            continue
        if first < 0:
            first = state
        row, other = state * numbers.width, first * numbers.width
        if names.features[row + coordinate] != names.features[other + coordinate]:
            return True
    return False


@part
def _restart(structure, action):
    """Let the trial be the empty chain; return its score."""
    trust = float(structure.carried.trust[action])
    scratch, num_types = structure.scratch, int(structure.actions.num_types[action])
    score, i, link = 0.0, 0, int(structure.actions.first_visited[action])
    while link > 0:
        visited, total, mean = link - 1, 0.0, 0.0
        link = int(structure.visited.following[visited])
        scratch.trial_node[i] = 0
        for z in range(num_types):
            own = int(structure.visited.responsibility[visited * TYPES + z])
            weight = (int(structure.nodes.weight[action * TYPES + z]) - own) / SHARE
            weight += trust * structure.carried.responsibility[action * TYPES + z]
            weight += PSEUDO_GATE
            scratch.trial_gate[i * TYPES + z] = weight
            total += weight
        for z in range(num_types):
            scratch.trial_gate[i * TYPES + z] /= total
            mean += scratch.trial_gate[i * TYPES + z] * float(structure.visited.evidence[visited * TYPES + z])
        score += math.log(mean + LEAST)
        i += 1
    return score


@part
def _walk(structure, action, row, length):
    """Let the trial be a chain of the beam; return its score, did its last coordinate count for more."""
    surer = _restart(structure, action)
    for k in range(length):
        _spread(structure, action, structure.scratch.beam[row * CHAIN + k])
        surer = _trial_score(structure, action, WEAKER_PULL, False)
        _trial_score(structure, action, FIRST_PULL, True)
    return surer


@part
def _spread(structure, action, coordinate):
    """Divide the contexts of the trial by one more coordinate, and add up the responsibilities in each."""
    scratch, table, numbers = structure.scratch, structure.visited, structure.numbers
    mask, num_contexts = numbers.trial_slots - 1, 0
    for slot in range(numbers.trial_slots):
        scratch.trial_slot[slot] = 0
    link, i = int(structure.actions.first_visited[action]), 0
    while link > 0:
        visited = link - 1
        link = int(table.following[visited])
        parent = int(scratch.trial_node[i])
        state = int(table.pair[visited]) // numbers.num_actions
        if structure.names.named[state] == NAMELESS:
            scratch.trial_next[i] = -1
            i += 1
            continue
        value = looked_at(structure, action, state, coordinate)
        slot = start_of((parent * 1000003 + value % PRIME) % PRIME, numbers.trial_slots)
        while scratch.trial_slot[slot] > 0:
            context = scratch.trial_slot[slot] - 1
            if scratch.trial_parent[context] == parent and scratch.trial_value[context] == value:
                break
            slot = (slot + 1) & mask
        if scratch.trial_slot[slot] == 0:
            scratch.trial_parent[num_contexts], scratch.trial_value[num_contexts] = parent, value
            for z in range(TYPES):
                scratch.trial_weight[num_contexts * TYPES + z] = 0
            num_contexts += 1
            scratch.trial_slot[slot] = num_contexts
        context = int(scratch.trial_slot[slot]) - 1
        scratch.trial_next[i] = context
        for z in range(TYPES):
            scratch.trial_weight[context * TYPES + z] += int(table.responsibility[visited * TYPES + z])
        i += 1


@part
def _trial_score(structure, action, pull, is_kept):
    """Score of the divided trial with a certain pull; `is_kept`: let it be the trial."""
    scratch, table, num_types = structure.scratch, structure.visited, int(structure.actions.num_types[action])
    score, i, link = 0.0, 0, int(structure.actions.first_visited[action])
    while link > 0:
        visited = link - 1
        link = int(table.following[visited])
        first, own, total, mean = int(scratch.trial_next[i]) * TYPES, visited * TYPES, 0, 0.0
        for z in range(num_types if first >= 0 else 0):
            total += int(scratch.trial_weight[first + z]) - int(table.responsibility[own + z])
        says = total / SHARE >= LEAST_WEIGHT
        for z in range(num_types):
            gate = scratch.trial_gate[i * TYPES + z]
            if says:
                left = (int(scratch.trial_weight[first + z]) - int(table.responsibility[own + z])) / SHARE
                gate = (left + pull * gate) / (total / SHARE + pull)
            mean += gate * float(table.evidence[own + z])
            if is_kept:
                scratch.trial_gate[i * TYPES + z] = gate
        if is_kept:
            scratch.trial_node[i] = scratch.trial_next[i]
        score += math.log(mean + LEAST)
        i += 1
    return score


@part
def _uproot(structure, action):
    """Give up the gate that was carried here: what happens in its contexts tells otherwise."""
    actions = structure.actions
    structure.carried.is_planted[action] = actions.chain_length[action] = 0
    link = int(actions.first_visited[action])
    while link > 0:
        for k in range((link - 1) * CHAIN, link * CHAIN):
            structure.visited.node[k] = 0
        link = int(structure.visited.following[link - 1])


@part
def _adopt(structure, action, length):
    """Let the best chain be the action's; one that it was already keeps its pull and its contexts."""
    actions, beam = structure.actions, structure.scratch.beam
    is_same = actions.chain_length[action] == length
    for k in range(length):
        is_same = is_same and actions.chain[action * CHAIN + k] == beam[_BEST * CHAIN + k]
    if is_same:
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
