"""What one transition does to a structured belief, beside what it does to the counts."""

import math

from ...compilation.compiled import part
from ...information.special import excess_drop
from ..empirical_bayes import fitted_concentration
from ..pair_gains import symmetric_gain
from ..tables import UNSEEN
from ..updates import FULL, account, enter, find_edge
from .carrying import totals, trust
from .fitting import labels, strays
from .fitting.expectation import generic_median, owned_median, sweep
from .fitting.gate_search import search
from .fitting.labels import hits_of, judge, keep, modal_edge
from .fitting.types import add_type, contribute, is_owner, take_note, withdraw
from .prediction import predict, probability, surprise
from .tables import (
    ADJACENT,
    CHAIN,
    FIRST_LEARNT,
    FIRST_OWNED,
    GENERIC,
    LABEL_ROOM,
    LABELS,
    LEADS,
    MASS,
    MOST_NEIGHBOURS,
    NAMELESS,
    SHARE,
    SYMMETRIC,
    TYPES,
)
from .visits import hold, visit

NEW_CANDIDATES = 3
"""Labels that a transition can be the first to show."""
SPARE = LABEL_ROOM + MOST_NEIGHBOURS + 2
"""Outcomes that a pair may be predicted to have beyond those that it had."""
SEARCH_GROWTH, SWEEPS = 1.3, 2
FEWEST_FITTED = 2
"""Visited pairs that an action must have before it is fitted."""
ENOUGH, NEW_SHARE = 2.0, 0.3
"""What must speak for a label that shall own a type; a hit of a label that no fit has known yet."""
STARVED = 0.7
"""Responsibility for all pairs below which a type is seeded again."""
MOST_AHEAD = 3.0
"""Nats beyond the guard that one of both priors can be ahead."""


@part
def observe(known, structure, state, action, reward, next_state, kind):
    """Learn one transition that was checked; return its surprise under the prior that leads, nats.

    Answers FULL, before anything has changed, where there is no room, a state's features are not known yet, or the
    latest transition is not settled.
    """
    numbers, edges, own = known.numbers, known.edges, structure.numbers
    named = structure.names.named
    if _is_full(known, structure, max(state, next_state)) or NAMELESS in (named[state], named[next_state]):
        return FULL
    is_left = own.is_all_due or own.due_pair > 0 or own.due_state > 0 or own.due_next > 0
    if is_left or own.num_settled < numbers.num_known_states:
        return FULL  # what was learnt before is to be settled first
    _make_outcomes(known, structure, max(state, next_state))
    pair = state * numbers.num_actions + action
    link, visits, count = find_edge(known, pair, next_state), known.pairs.visits[pair], 0
    if link > 0:
        count = edges.count[link - 1]
    if structure.carried.trust[action] > 0.0:
        trust.compare(known, structure, pair, next_state)
    expected = predict(known, structure, pair)
    chance, taught = probability(structure, next_state), surprise(known, structure, pair, next_state)
    anywhere = numbers.concentration / numbers.num_outcomes
    stray = own.mixed_anywhere / chance
    ahead = math.log(chance * (visits + numbers.concentration) / (count + anywhere))
    own.lead += ahead
    if not own.is_leading:
        is_known = known.states.kind[state] != UNSEEN
        expected = known.pairs.gain[pair] if is_known else symmetric_gain(numbers.concentration, numbers.num_outcomes)
        taught = excess_drop(count + anywhere, (visits - count) + max(numbers.concentration - anywhere, 0.0))
    modal = modal_edge(known, structure, pair)
    if count == 0:
        judge(known, structure, state, action, next_state)
    own.predicted = own.adjacent_to = 0
    forget_changes(known)
    enter(known, state, pair, link, reward, next_state, kind)
    account(known, taught, expected)
    if count == 0:
        edge = find_edge(known, pair, next_state) - 1
        if visits == 0:
            visit(structure, pair)
        else:
            strays.add(structure, pair, stray)
        own.most_outcomes = max(own.most_outcomes, _num_seen(known, pair))
        keep(known, structure, pair, edge, next_state)
    own.due_pair = pair + 1
    if count == 0 or modal_edge(known, structure, pair) != modal:  # what the other actions do may be told by this one
        own.due_pair, own.due_state, own.has_strayed = 0, state + 1, int(count == 0 and visits > 0)
    if count == 0:  # they are neighbours from now on
        own.due_next = next_state + 1
    if structure.carried.trust[action] > 0.0:
        trust.judge(known, structure, action)
    _judge_lead(known, structure, ahead)
    return taught


@part
def _make_outcomes(known, structure, state):
    """Let there be more outcomes where a state is beyond them, or half of the states that may be are known."""
    numbers, before = known.numbers, known.numbers.num_outcomes
    if numbers.is_open == 0:
        numbers.num_outcomes = max(before, state + 1)
    elif 2 * (numbers.num_known_states + 2) > numbers.num_outcomes:
        numbers.num_outcomes *= 2
    if numbers.num_outcomes != before:
        structure.numbers.is_all_due = 1


@part
def _judge_lead(known, structure, ahead):
    """Let the other prior lead once it is far enough ahead, by what it has predicted lately.

    Neither is ever ahead by more than a few nats beyond the guard: which predicts better may change in a life, as where
    weights are shared among experts (Herbster and Warmuth 1998, doi 10.1023/A:1007424614876).
    """
    own, most = structure.numbers, structure.numbers.guard + MOST_AHEAD
    own.recent_lead = min(max(own.recent_lead + ahead, -most), most)
    if own.recent_lead < -own.guard if own.is_leading else own.recent_lead > own.guard:
        own.is_leading = 1 - own.is_leading
        structure.scratch.led[own.num_leads % LEADS] = own.led_since = known.numbers.num_steps
        own.num_leads, own.is_all_due = own.num_leads + 1, 1


@part
def forget_changes(known):
    """Empty the list of states whose predictions have changed."""
    states, numbers = known.states, known.numbers
    for k in range(numbers.num_changed):
        states.is_changed[states.changed[k]] = 0
    numbers.num_changed = 0


@part
def _is_full(known, structure, state):
    """Whether a transition into a state might find no room."""
    numbers = structure.numbers
    if state >= numbers.state_room or state >= known.numbers.state_room:
        return True
    is_short = numbers.num_visited >= numbers.visited_room or known.numbers.num_edges >= numbers.edge_room
    is_short = is_short or numbers.num_seen >= numbers.seen_room
    no_labels = numbers.num_candidates + NEW_CANDIDATES > numbers.candidate_room
    return is_short or no_labels or numbers.most_outcomes + SPARE > numbers.outcome_room


@part
def _num_seen(known, pair):
    num, link = 0, known.pairs.first_out[pair]
    while link > 0:
        num += 1 if known.edges.count[link - 1] > 0 else 0
        link = known.edges.next_out[link - 1]
    return num


@part
def is_due(known, structure):
    """Whether a refit is due: by the number of steps, or as something of elsewhere was forgotten."""
    return known.numbers.num_steps >= structure.numbers.next_refit or structure.numbers.is_forgotten == 1


@part
def refit(known, structure):
    """Fit everything that pairs share; return FULL, before anything has changed, where there is no room, else 0."""
    numbers, actions = structure.numbers, structure.actions
    num_nodes = numbers.num_nodes + CHAIN * numbers.num_visited + numbers.num_actions
    if num_nodes > numbers.node_room:
        return FULL
    for action in range(numbers.num_actions):
        if actions.num_visited[action] > numbers.trial_room:
            return FULL
    steps = known.numbers.num_steps
    if steps >= numbers.next_refit:
        numbers.next_refit = steps + max(int(numbers.gap), int(steps * numbers.growth))
    numbers.num_refits, numbers.is_forgotten = numbers.num_refits + 1, 0
    numbers.concentration = known.numbers.concentration = fitted_concentration(
        known.exceeding, known.numbers.visit_room, known.numbers.num_outcomes, numbers.log_sigma
    )
    strays.expose(known, structure)
    for action in range(numbers.num_actions):
        labels.learn(known, structure, action)
    common = owned_median(structure)
    for action in range(numbers.num_actions):
        if actions.num_visited[action] >= FEWEST_FITTED:
            fit(known, structure, action, common)
        take_note(structure, action)  # also of an action that is not fitted: it may have learnt a label
    hold(structure)
    return 0.0


@part
def fit(known, structure, action, common):
    """Fit the types and the gate of an action; `common` is the median of concentrations of types that labels own."""
    actions, steps = structure.actions, known.numbers.num_steps
    is_search_due = steps >= actions.next_search[action]
    num_seeded = max(int(actions.num_types[action]), FIRST_OWNED)
    if actions.num_types[action] == 0:
        add_type(structure, action, 0, 0.0)
        add_type(structure, action, 0, generic_median(structure))
    _found(known, structure, action, common)
    for z in range(FIRST_OWNED, actions.num_types[action]):
        weight = structure.nodes.weight[action * TYPES + z] / SHARE
        if z >= num_seeded or (is_search_due and weight < STARVED):
            _seed(known, structure, action, z)
    for _ in range(SWEEPS):
        sweep(known, structure, action, common)
    if is_search_due:
        actions.next_search[action] = SEARCH_GROWTH * steps
        if search(structure, action):
            sweep(known, structure, action, common, True)
        for _ in range(SWEEPS):
            sweep(known, structure, action, common)
    elsewhere = 0.0
    for z in range(TYPES):
        elsewhere += totals.responsibility(structure, action, action, z)
    actions.least[action] = trust.least_symmetric(actions.num_visited[action] + elsewhere)
    actions.version[action] += 1


@part
def _found(known, structure, action, common):
    """Let the labels that most speaks for own types, as long as there is room for types."""
    actions = structure.actions
    _tally(known, structure, action)
    while actions.num_types[action] < TYPES:
        best = 0
        for label in range(ADJACENT + 1, FIRST_LEARNT + actions.num_learnt[action]):
            mass = structure.scratch.tally[label]
            is_more = best == 0 or mass > structure.scratch.tally[best]
            if mass >= ENOUGH and is_more and not is_owner(structure, action, label):
                best = label
        if best == 0:
            return
        add_type(structure, action, best, common)


@part
def _tally(known, structure, action):
    """Work out what speaks for each label: contributions, or of those that no fit has known, how often it was hit."""
    actions, types, tally = structure.actions, structure.types, structure.scratch.tally
    new_from = actions.new_from[action]
    for label in range(LABELS):
        tally[label] = 0.0
        for z in range(GENERIC, actions.num_types[action]):
            tally[label] += types.mass[(action * TYPES + z) * LABEL_ROOM + label] / MASS
    link = int(actions.first_visited[action])
    while link > 0:
        edge_link = known.pairs.first_out[structure.visited.pair[link - 1]]
        while edge_link > 0:
            bits = hits_of(known, structure, edge_link - 1)
            for label in range(new_from, FIRST_LEARNT + actions.num_learnt[action]):
                if bits & (1 << label):
                    tally[label] += NEW_SHARE
            edge_link = known.edges.next_out[edge_link - 1]
        link = int(structure.visited.following[link - 1])


@part
def _seed(known, structure, action, z):
    """Give a type all pairs that its label explains and that no owned type does."""
    scratch, table, numbers = structure.scratch, structure.visited, structure.numbers
    label = int(structure.types.owner[action * TYPES + z])
    link = int(structure.actions.first_visited[action])
    while link > 0:
        visited = link - 1
        link = int(table.following[visited])
        first = visited * TYPES
        share = int(table.responsibility[first + SYMMETRIC]) + int(table.responsibility[first + GENERIC])
        edge = modal_edge(known, structure, table.pair[visited]) - 1
        if 2 * share <= SHARE or not hits_of(known, structure, edge) & (1 << label):
            continue
        withdraw(structure, action, visited)
        for other in range(TYPES):
            scratch.responsibility[other] = 0.0
        scratch.responsibility[z] = 1.0
        numbers.num_touched, scratch.touched[0] = 1, label
        scratch.own[z * LABEL_ROOM + label] = MASS
        contribute(structure, action, visited, int(structure.actions.num_types[action]))
