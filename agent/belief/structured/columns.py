"""What the planner, the payoffs and the score read: predictions of pairs, written into the belief's own tables.

A pair predicts by the rules, or by the symmetric prior where that one leads. Either way the prediction has one shape,

    P(j) = (count_j + local_j + free / K) / (visits + concentration)

with `unnamed` for what has no number yet, so that nobody else needs to know who leads.
"""

from ...compilation.compiled import part
from .. import pair_gains
from ..tables import SEEN, UNSEEN
from ..updates import FULL, add_edge
from . import dictionary
from .fitting.refits import is_due, refit
from .learning import SPARE, forget_changes
from .predicting.prediction import predict, predict_counted
from .predicting.steering import steering_gain
from .rooms import drop_silent
from .tables import ADD, ADJACENT, FIRST_LEARNT, FIRST_SIBLING, LABEL_ROOM, MISSING, NAMELESS

LEAST_LOCAL = 1e-3
"""Share of a pair's concentration below which an outcome that was never seen gets no edge, and is left to what is
spread anywhere; an edge that it has stays as long as the outcome is named at all."""


@part
def settle(known, structure):
    """Bring all predictions up to date with what was learnt; return FULL where room is needed to go on, else 0.

    FULL is also the answer where features of a new state are not known yet. What is due stays due until all is done.
    Once there is room it goes on with the very pair, so that no sum depends on how often there was none.
    """
    numbers, own = known.numbers, structure.numbers
    own.predicted = own.adjacent_to = own.origins_of = 0
    for k in range(own.num_settled, numbers.num_known_states):
        state = known.states.order[k]
        if structure.names.named[state] == NAMELESS:
            return FULL
        if numbers.is_open == 0 and state >= numbers.num_outcomes:  # as a reset may show
            numbers.num_outcomes = int(state) + 1
            own.is_all_due, own.is_short = 1, 0
    if is_due(known, structure):
        if refit(known, structure) == FULL:
            return FULL
        own.is_all_due, own.is_short = 1, 0
    if not own.is_short:
        own.num_settlings += 1
        own.due_from = own.due_action = 0
    own.is_short = 1  # until all is done
    if own.is_all_due:
        own.counted = 0
        return _settle_all(known, structure)
    is_new = own.num_settled < numbers.num_known_states
    while own.num_settled < numbers.num_known_states:
        state = known.states.order[own.num_settled]
        _welcome(known, state)
        if state >= own.num_listed and not _refresh_sources(known, structure, state):
            return FULL
        if not _refresh_state(known, structure, state):
            return FULL
        own.num_settled += 1
    if own.due_state > 0 and not _refresh_told(known, structure, own.due_state - 1):
        return FULL
    own.due_state = 0
    if own.due_next > 0 and not _refresh_some(known, structure, own.due_next - 1, 1 << ADJACENT):
        return FULL
    own.due_next = 0
    if own.due_pair > 0 and not _refresh_pair(known, structure, own.due_pair - 1):
        return FULL
    own.due_pair = own.counted = own.is_short = 0
    numbers.next_expected_gain = known.pairs.gain[numbers.last_pair]
    if is_new and own.settled_at == numbers.num_steps:  # a reset led to it: nobody looks at what a reset changes
        numbers.revision += 1
    own.settled_at = numbers.num_steps
    return 0.0


@part
def _settle_all(known, structure):
    """Refresh the pairs of all known states, and what is summed up over them."""
    states, pairs, numbers, own = known.states, known.pairs, known.numbers, structure.numbers
    while own.due_from < numbers.num_known_states:
        if not _refresh_state(known, structure, states.order[own.due_from]):
            return FULL
        own.due_from += 1
    drop_silent(known, structure)
    total, of_new, num_new = 0.0, 0.0, 0
    for k in range(numbers.num_known_states):
        state = states.order[k]
        if states.kind[state] == SEEN:
            for pair in range(state * numbers.num_actions, (state + 1) * numbers.num_actions):
                total += pairs.gain[pair]
                if pairs.visits[pair] == 0:
                    of_new += pairs.gain[pair]
                    num_new += 1
    numbers.expected_missing_information = total
    if not own.is_leading:
        numbers.unvisited_gain = pair_gains.symmetric_gain(numbers.concentration, numbers.num_outcomes)
    elif num_new > 0:
        numbers.unvisited_gain = of_new / num_new
    numbers.next_expected_gain = pairs.gain[numbers.last_pair]
    numbers.revision += 1
    forget_changes(known)
    own.is_all_due = own.due_from = own.due_state = own.due_next = own.due_pair = own.is_short = 0
    own.num_settled, own.settled_at = numbers.num_known_states, numbers.num_steps
    return 0.0


@part
def _mark(known, state):
    """Put a state in the list of those whose predictions have changed."""
    states, numbers = known.states, known.numbers
    if states.is_changed[state] == 0:
        states.is_changed[state] = 1
        states.changed[numbers.num_changed] = state
        numbers.num_changed += 1


@part
def _welcome(known, state):
    """Let pairs that lead to a state know that it was seen."""
    link = known.states.first_in[state]
    while link > 0:
        pair = known.edges.pair[link - 1]
        measure_beyond(known, pair)
        _mark(known, pair // known.numbers.num_actions)
        link = known.edges.next_in[link - 1]


@part
def _refresh_sources(known, structure, state):
    """Write the predictions of states from which labels lead to one that has just been given its number.

    Labels that set coordinates lead there from many: these are told at the next fit.
    """
    labels, names, numbers = structure.labels, structure.names, structure.numbers
    for action in range(numbers.num_actions):
        for label in range(FIRST_LEARNT, FIRST_LEARNT + structure.actions.num_learnt[action]):
            entry = action * LABEL_ROOM + label
            if labels.kind[entry] != ADD:
                continue
            digest, is_named = dictionary.load(structure, state), True
            for k in range(labels.first[entry], labels.first[entry] + labels.num_changes[entry]):
                column = names.place[labels.coordinate[k]] - 1
                digest = dictionary.shifted(structure, digest, labels.coordinate[k], -labels.amount[k])
                if column >= 0:
                    names.key[column] -= labels.amount[k]
                is_named = is_named and column >= 0
            source = dictionary.number_of(structure, digest, False) if is_named else MISSING
            if source >= 0 and not _refresh_state(known, structure, source):  # others may expect what this one does
                return False
    return True


@part
def measure_beyond(known, pair):
    """Sum up a pair's concentration on states that were never seen."""
    edges, beyond = known.edges, known.pairs.unnamed[pair]
    link = known.pairs.first_out[pair]
    while link > 0:
        if known.states.kind[edges.successor[link - 1]] == UNSEEN:
            beyond += edges.local[link - 1]
        link = edges.next_out[link - 1]
    known.pairs.beyond[pair] = beyond


@part
def _refresh_state(known, structure, state):
    """Write the predictions of a state's actions, if it has any, once a settling; return whether there was room."""
    num_actions, own = known.numbers.num_actions, structure.numbers
    if known.states.kind[state] != SEEN or structure.scratch.settled[state] == own.num_settlings:
        return True
    for action in range(own.due_action, num_actions):
        if not refresh(known, structure, state * num_actions + action):
            own.due_action = action
            return False
    own.due_action = 0
    structure.scratch.settled[state] = own.num_settlings
    _mark(known, state)
    return True


@part
def _refresh_told(known, structure, state):
    """Write the predictions that the pair just taken may change, in its own state: all of them, where it strayed."""
    action, told = known.numbers.last_pair % known.numbers.num_actions, 1 << ADJACENT
    if structure.numbers.has_strayed:
        return _refresh_state(known, structure, state)
    if action < structure.numbers.num_siblings:
        told |= 1 << (FIRST_SIBLING + action)
    return _refresh_some(known, structure, state, told)


@part
def _refresh_some(known, structure, state, told):
    """Write the predictions of the pair just taken, and of a state's actions that look at one of these labels."""
    numbers, own = known.numbers, structure.numbers
    if known.states.kind[state] != SEEN or structure.scratch.settled[state] == own.num_settlings:
        return True
    for action in range(own.due_action, numbers.num_actions):
        pair = state * numbers.num_actions + action
        is_due = pair == numbers.last_pair or structure.actions.telling[action] & told != 0
        if is_due and not refresh(known, structure, pair):
            own.due_action = action
            return False
    own.due_action = 0
    _mark(known, state)
    return True


@part
def _refresh_pair(known, structure, pair):
    """Write the prediction of a pair, unless its state's were; return whether there was room."""
    state = pair // known.numbers.num_actions
    return structure.scratch.settled[state] == structure.numbers.num_settlings or refresh(known, structure, pair)


@part
def refresh(known, structure, pair):
    """Write what a pair predicts, and expects to learn; return False, before anything has changed, without room."""
    pairs, before = known.pairs, known.pairs.gain[pair]
    if structure.numbers.is_leading:
        if known.numbers.num_edges + min(SPARE, known.numbers.state_room) > known.numbers.edge_room:
            return False
        is_counted = structure.numbers.counted == pair + 1
        gain = predict_counted(known, structure, pair) if is_counted else predict(known, structure, pair)
        _write(known, structure, pair)
        pairs.gain[pair] = steering_gain(known, structure, pair, gain)
    else:
        _write_symmetric(known, pair)
        pairs.gain[pair] = pair_gains.dirichlet_gain(known, pair)
    known.numbers.expected_missing_information += pairs.gain[pair] - before
    return True


@part
def _write(known, structure, pair):
    """Write the prediction that the scratch holds."""
    pairs, edges, scratch, numbers = known.pairs, known.edges, structure.scratch, structure.numbers
    for k in range(numbers.num_outcomes):
        scratch.place[scratch.outcome[k]] = k + 1
    least = LEAST_LOCAL * numbers.pair_concentration
    unnamed = numbers.pair_unnamed if numbers.pair_unnamed > least else 0.0
    free = numbers.pair_concentration - unnamed
    link = pairs.first_out[pair]
    while link > 0:
        edge = link - 1
        successor = edges.successor[edge]
        place = scratch.place[successor] - 1
        edges.local[edge] = scratch.local[place] if place >= 0 else 0.0
        free -= edges.local[edge]
        scratch.place[successor] = 0
        link = edges.next_out[edge]
    for k in range(numbers.num_outcomes):
        successor = scratch.outcome[k]
        if scratch.place[successor] > 0:
            scratch.place[successor] = 0
            if scratch.local[k] > least:
                edges.local[add_edge(known, pair, successor)] = scratch.local[k]
                free -= scratch.local[k]
    pairs.concentration[pair], pairs.unnamed[pair] = numbers.pair_concentration, unnamed
    pairs.free[pair] = max(free, numbers.pair_anywhere * known.numbers.num_outcomes)
    pair_gains.weigh(known, pair)
    measure_beyond(known, pair)


@part
def _write_symmetric(known, pair):
    """Write the prediction of the symmetric prior."""
    pairs, edges, concentration = known.pairs, known.edges, known.numbers.concentration
    link = pairs.first_out[pair]
    while link > 0:
        edges.local[link - 1] = 0.0
        link = edges.next_out[link - 1]
    pairs.concentration[pair] = pairs.free[pair] = concentration
    pair_gains.weigh(known, pair)
    pairs.unnamed[pair] = pairs.beyond[pair] = 0.0
