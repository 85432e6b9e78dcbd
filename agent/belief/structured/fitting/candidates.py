"""Labels that transitions have shown, each once a pair and outcome, and how many did.

A candidate is kept as the first transition that showed it: what changes is worked out from its two states. Their order
is by content, so that it matters to nothing in which order they were met.
"""

from ....compilation.compiled import part
from ...tables import TERMINAL, UNSEEN
from .. import dictionary
from ..dictionary import PRIME, start_of
from ..tables import ABSOLUTE, ADD, MISSING, MOST_CHANGES, NAMELESS, SET


@part
def note(known, structure, pair, successor):
    """Count the labels of an outcome that a pair has shown for the first time."""
    numbers, names = structure.numbers, structure.names
    state, action = pair // numbers.num_actions, pair % numbers.num_actions
    if names.named[state] == NAMELESS or names.named[successor] == NAMELESS:
        return
    ends = 1 if _ends_by_twin(known, structure, successor) else 0
    _count(structure, ADD, ends, action, state, successor)
    num_changes = 0
    for k in range(numbers.num_varying):
        if changes(structure, state, successor, k):
            num_changes += 1
    if 0 < num_changes <= MOST_CHANGES:
        _count(structure, SET, ends, action, state, successor)
    _count(structure, ABSOLUTE, 0, action, state, successor)


@part
def _value(structure, state, column):
    """A feature that varies."""
    return int(structure.names.features[state * structure.numbers.row_room + column])


@part
def changes(structure, state, successor, column):
    """Whether a feature that varies differs."""
    return _value(structure, state, column) != _value(structure, successor, column)


@part
def amount(structure, kind, state, successor, column):
    """By how much a feature that varies changes, or to what."""
    value = _value(structure, successor, column)
    return value - _value(structure, state, column) if kind == ADD else value


@part
def state_of(structure, candidate):
    """The state that the transition of a candidate left."""
    return int(structure.candidates.pair[candidate] // structure.numbers.num_actions)


@part
def enter(structure, candidate):
    """Put a candidate in a slot."""
    candidates, numbers = structure.candidates, structure.numbers
    kind, ends, action = int(candidates.kind[candidate]), int(candidates.ends[candidate]), candidates.pair[candidate]
    state, successor = state_of(structure, candidate), int(candidates.successor[candidate])
    digest = digest_of(structure, kind, ends, int(action % numbers.num_actions), state, successor)
    slot = start_of(digest, numbers.candidate_slots)
    while candidates.slot[slot] > 0:
        slot = (slot + 1) & (numbers.candidate_slots - 1)
    candidates.slot[slot] = candidate + 1


@part
def _count(structure, kind, ends, action, state, successor):
    candidates, actions, numbers = structure.candidates, structure.actions, structure.numbers
    digest = digest_of(structure, kind, ends, action, state, successor)
    slot = start_of(digest, numbers.candidate_slots)
    while candidates.slot[slot] > 0:
        candidate = int(candidates.slot[slot]) - 1
        is_alike = candidates.kind[candidate] == kind
        other, there = candidates.pair[candidate] // numbers.num_actions, candidates.successor[candidate]
        is_alike = is_alike and candidates.pair[candidate] == other * numbers.num_actions + action
        is_alike = is_alike and candidates.ends[candidate] == ends
        if is_alike and compared(structure, kind, state, successor, other, there) == 0:
            candidates.num_pairs[candidate] += 1
            if kind == SET and compared(structure, ADD, state, successor, other, there) != 0:
                candidates.is_varied[candidate] = 1
            return
        slot = (slot + 1) & (numbers.candidate_slots - 1)
    candidate = numbers.num_candidates
    numbers.num_candidates += 1
    candidates.slot[slot] = candidate + 1
    candidates.kind[candidate], candidates.ends[candidate] = kind, ends
    candidates.pair[candidate], candidates.successor[candidate] = state * numbers.num_actions + action, successor
    candidates.num_pairs[candidate] = 1
    candidates.following[candidate] = actions.first_candidate[action]
    actions.first_candidate[action] = candidate + 1


@part
def digest_of(structure, kind, ends, action, state, successor):
    """Digest by which a label is found among the candidates."""
    digest = kind + 4 * ends + 8 * action
    if kind == ABSOLUTE:
        return (digest * 1000003 + successor) % PRIME
    for k in range(structure.numbers.num_varying):
        if changes(structure, state, successor, k):
            i = int(structure.names.varying[k])
            digest = (digest * 1000003 + amount(structure, kind, state, successor, k) + 31 * i) % PRIME
    return digest % PRIME


@part
def compared(structure, kind, state, successor, other_state, other_successor):
    """Order of two labels of one kind by content: -1, 0 or 1."""
    if kind == ABSOLUTE:
        return _sign(int(successor) - int(other_successor))
    for k in range(structure.numbers.num_varying):
        here, there = changes(structure, state, successor, k), changes(structure, other_state, other_successor, k)
        if here != there:
            return -1 if here else 1
        if here:
            first = amount(structure, kind, state, successor, k)
            second = amount(structure, kind, other_state, other_successor, k)
            if first != second:
                return _sign(first - second)
    return 0


@part
def precedes(structure, first, second):
    """Whether one candidate comes before another of its kind: the commoner, else by content."""
    candidates = structure.candidates
    if candidates.num_pairs[first] != candidates.num_pairs[second]:
        return candidates.num_pairs[first] > candidates.num_pairs[second]
    order = compared(
        structure, candidates.kind[first], state_of(structure, first), candidates.successor[first],
        state_of(structure, second), candidates.successor[second],
    )  # fmt: skip
    return order < 0 or (order == 0 and candidates.ends[first] < candidates.ends[second])


@part
def _sign(difference):
    return 1 if difference > 0 else -1 if difference < 0 else 0


@part
def _ends_by_twin(known, structure, state):
    """Whether a state is an end whose features are those of a state that is none, and was seen."""
    names = structure.names
    if names.named[state] == NAMELESS or known.states.kind[state] != TERMINAL:
        return False
    live = dictionary.number_of(structure, dictionary.load(structure, state), False)
    return live != MISSING and live != state and known.states.kind[live] not in (UNSEEN, TERMINAL)
