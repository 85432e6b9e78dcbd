"""Labels: what an outcome agrees with when it is first seen, and which labels an action has learnt."""

from ....compilation.compiled import part
from ...updates import FULL
from .. import dictionary
from ..tables import (
    ABSOLUTE,
    ADD,
    ADJACENT,
    CHAIN,
    COMMONEST,
    FEWEST_PAIRS,
    FIRST_LEARNT,
    FIRST_OWNED,
    FIRST_SIBLING,
    INVALID,
    LABEL_ROOM,
    MOST_LEARNT,
    SET,
    TYPES,
)
from .candidates import amount, changes, note, precedes, state_of
from .gates import gate_weights
from .neighbours import neighbours
from .targets import learnt_target

_FEWEST = (0, FEWEST_PAIRS[ADD], FEWEST_PAIRS[SET], FEWEST_PAIRS[ABSOLUTE])
_MOST = (0, MOST_LEARNT[ADD], MOST_LEARNT[SET], MOST_LEARNT[ABSOLUTE])


@part
def modal_edge(known, structure, pair):
    """Return the link (edge number + 1) of the commonest outcome of a pair, 0 if none; ties: the first one seen."""
    edges, order, best = known.edges, structure.marks.order, 0
    link = known.pairs.first_out[pair]
    while link > 0:
        edge = link - 1
        count = edges.count[edge]
        if count > 0:
            ahead = best == 0 or count > edges.count[best - 1]
            if ahead or (count == edges.count[best - 1] and order[edge] < order[best - 1]):
                best = link
        link = edges.next_out[edge]
    return best


@part
def sibling_target(known, structure, state, action):
    """Where another action most often led from here; if it was never taken, where its commonest change would lead.

    Where its gate looks at whether there are states (`targets.looked_at`), this tells which change that would be.
    """
    pair = state * structure.numbers.num_actions + action
    if known.pairs.visits[pair] > 0:
        return int(known.edges.successor[modal_edge(known, structure, pair) - 1])
    label, actions = COMMONEST, structure.actions
    if actions.chain_length[action] > 0 and actions.chain[action * CHAIN] >= structure.numbers.width:
        label = _likeliest(structure, action, state)
    if structure.labels.kind[action * LABEL_ROOM + label] == 0:
        return INVALID
    return learnt_target(structure, action, label, state)


@part
def _likeliest(structure, action, state):
    """Return the learnt label that owns the weightiest type in a state; that of the commonest change if none does."""
    gate_weights(structure, action, state, -1)
    best, most = COMMONEST, 0.0
    for z in range(FIRST_OWNED, structure.actions.num_types[action]):
        owner = int(structure.types.owner[action * TYPES + z])
        if owner >= FIRST_LEARNT and structure.scratch.gate[z] > most:
            best, most = owner, float(structure.scratch.gate[z])
    return best


@part
def judge(known, structure, state, action, successor):
    """Work out which labels a transition that is about to be learnt agrees with, as of now."""
    numbers, scratch = structure.numbers, structure.scratch
    hits, invalid = 0, 0
    num = neighbours(known, structure, state, action)
    numbers.event_neighbours = 0
    if num == 0:
        invalid |= 1 << ADJACENT
    for i in range(num):
        if scratch.adjacent[i] == successor:
            hits |= 1 << ADJACENT
            numbers.event_neighbours = num
    dictionary.load(structure, state)
    for other in range(numbers.num_siblings):
        target = INVALID if other == action else sibling_target(known, structure, state, other)
        if target == INVALID:
            invalid |= 1 << (FIRST_SIBLING + other)
        elif target == successor:
            hits |= 1 << (FIRST_SIBLING + other)
    for label in range(FIRST_LEARNT, FIRST_LEARNT + structure.actions.num_learnt[action]):
        if learnt_target(structure, action, label, state) == successor:
            hits |= 1 << label
    numbers.event_hits, numbers.event_invalid = hits, invalid


@part
def keep(known, structure, pair, edge, successor):
    """Keep with a new edge what `judge` found, and count what it shows."""
    marks, numbers = structure.marks, structure.numbers
    seen = numbers.num_seen
    marks.order[edge] = seen
    marks.hits[seen], marks.neighbours[seen] = numbers.event_hits, numbers.event_neighbours
    numbers.num_seen += 1
    note(known, structure, pair, successor)


@part
def hits_of(known, structure, edge):
    """Bits of the labels that an outcome agrees with; none where it was never seen."""
    marks = structure.marks
    return int(marks.hits[marks.order[edge]]) if known.edges.count[edge] > 0 else 0


@part
def learn(known, structure, action):
    """Let the action learn what enough pairs have shown: the commonest labels first.

    Returns:
        FULL where there is no room for changes, and it is to be called again, else 0.
    """
    candidates, actions = structure.candidates, structure.actions
    for kind in (ADD, SET, ABSOLUTE):
        while actions.num_of_kind[action * 4 + kind] < _MOST[kind]:
            best = _commonest(structure, action, kind, True)
            if best < 0 or candidates.num_pairs[best] < _FEWEST[kind]:
                break
            if _is_carried(structure, action, best):
                candidates.is_learnt[best] = 1
                continue
            label = FIRST_LEARNT + int(actions.num_learnt[action])
            if write_label(structure, action, label, best) == FULL:
                return FULL
            candidates.is_learnt[best] = 1
            actions.num_learnt[action] += 1
            actions.num_of_kind[action * 4 + kind] += 1
            _mark_all(known, structure, action, label)
    best = _commonest(structure, action, ADD, False)
    if structure.carried.trust[action] == 0.0:
        structure.labels.kind[action * LABEL_ROOM + COMMONEST] = 0
    if best >= 0 and candidates.num_pairs[best] >= _FEWEST[ADD]:
        return write_label(structure, action, COMMONEST, best)
    return 0.0


@part
def _is_carried(structure, action, candidate):
    """Whether a label that was carried here says the same as a candidate."""
    labels, candidates, numbers = structure.labels, structure.candidates, structure.numbers
    state, successor = state_of(structure, candidate), candidates.successor[candidate]
    for label in range(FIRST_LEARNT, FIRST_LEARNT + structure.carried.num_labels[action]):
        entry = action * LABEL_ROOM + label
        kind = int(labels.kind[entry])
        if kind != candidates.kind[candidate] or labels.ends[entry] != candidates.ends[candidate]:
            continue
        first, num, is_same = int(labels.first[entry]), 0, True
        for k in range(numbers.num_varying):
            if changes(structure, state, successor, k):
                i, is_more = structure.names.varying[k], num < labels.num_changes[entry]
                is_same = is_same and is_more and labels.coordinate[first + num] == i
                is_same = is_same and labels.amount[first + num] == amount(structure, kind, state, successor, k)
                num += 1
        if is_same and num == labels.num_changes[entry]:
            return True
    return False


@part
def _commonest(structure, action, kind, is_new):
    """Commonest candidate of a kind: not learnt yet if `is_new`, else one that changes something; -1 if none."""
    candidates, best = structure.candidates, -1
    link = int(structure.actions.first_candidate[action])
    while link > 0:
        candidate = link - 1
        link = int(candidates.following[candidate])
        if candidates.kind[candidate] != kind or (is_new and candidates.is_learnt[candidate] == 1):
            continue
        if kind == SET and candidates.is_varied[candidate] == 0:  # it says no more than by how much they change
            continue
        if candidates.num_pairs[candidate] < _FEWEST[kind] or not (is_new or _moves(structure, candidate)):
            continue
        if best < 0 or precedes(structure, candidate, best):
            best = candidate
    return best


@part
def _moves(structure, candidate):
    state, successor = state_of(structure, candidate), structure.candidates.successor[candidate]
    for k in range(structure.numbers.num_varying):  # noqa: SIM110  # compiled as it stands
        if changes(structure, state, successor, k):
            return True
    return False


@part
def write_label(structure, action, label, candidate):
    """Write down what a candidate changes; return FULL, before anything has changed, without room for it, else 0."""
    labels, candidates, names, numbers = structure.labels, structure.candidates, structure.names, structure.numbers
    entry, num, room = action * LABEL_ROOM + label, 0, structure.actions.commonest_room
    kind, state = int(candidates.kind[candidate]), state_of(structure, candidate)
    successor = int(candidates.successor[candidate])
    for k in range(numbers.num_varying if kind != ABSOLUTE else 0):
        num += changes(structure, state, successor, k)
    numbers.more_changes = 0
    if label != COMMONEST and label >= numbers.label_room:
        return FULL
    if label != COMMONEST or num > room[action]:
        if numbers.num_changes + num > numbers.change_room:
            numbers.more_changes = num
            return FULL
        labels.first[entry] = numbers.num_changes
        numbers.num_changes += num
        if label == COMMONEST:
            room[action] = num
    labels.kind[entry], labels.ends[entry] = kind, candidates.ends[candidate]
    labels.state[entry], labels.num_changes[entry] = successor, num
    place = labels.first[entry]
    for k in range(numbers.num_varying if kind != ABSOLUTE else 0):
        if changes(structure, state, successor, k):
            labels.coordinate[place] = names.varying[k]
            labels.amount[place] = amount(structure, kind, state, successor, k)
            place += 1
    return 0.0


@part
def _mark_all(known, structure, action, label):
    """Mark the edges that agree with a label that was just learnt."""
    marks, visited, edges = structure.marks, structure.visited, known.edges
    link = int(structure.actions.first_visited[action])
    while link > 0:
        pair = int(visited.pair[link - 1])
        state = pair // structure.numbers.num_actions
        dictionary.load(structure, state)
        target = learnt_target(structure, action, label, state)
        edge_link = known.pairs.first_out[pair]
        while edge_link > 0:
            edge = edge_link - 1
            if edges.count[edge] > 0 and edges.successor[edge] == target:
                marks.hits[marks.order[edge]] |= 1 << label
            edge_link = edges.next_out[edge]
        link = int(visited.following[link - 1])
