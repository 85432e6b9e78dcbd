"""What one transition does to a structured belief, beside what it does to the counts."""

import math

from ...compilation.compiled import part
from ...information.special import excess_drop
from ..pair_gains import symmetric_gain
from ..tables import UNSEEN
from ..updates import FULL, account, enter, find_edge
from .carrying import trust
from .fitting import strays
from .fitting.labels import judge, keep, modal_edge
from .predicting.mixture import probability, surprise
from .predicting.prediction import predict
from .tables import LABEL_ROOM, LEADS, MOST_NEIGHBOURS, NAMELESS
from .visits import visit, weigh_first

NEW_CANDIDATES = 3
"""Labels that a transition can be the first to show."""
SPARE = LABEL_ROOM + MOST_NEIGHBOURS + 2
"""Outcomes that a pair may be predicted to have beyond those that it had."""
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
    own.predicted = own.adjacent_to = own.origins_of = 0
    forget_changes(known)
    enter(known, state, pair, link, reward, next_state, kind)
    account(known, taught, expected)
    if count == 0:
        edge = find_edge(known, pair, next_state) - 1
        if visits == 0:
            if structure.carried.trust[action] == 0.0:  # rules from elsewhere are judged otherwise
                weigh_first(structure, chance, numbers.num_outcomes)
            visit(structure, pair)
        else:
            strays.add(structure, pair, stray)
        own.most_outcomes = max(own.most_outcomes, _num_seen(known, pair))
        keep(known, structure, pair, edge, next_state)
    own.due_pair, own.counted = pair + 1, pair + 1 if count > 0 else 0
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
    is_short = min(numbers.num_visited + 1, numbers.pair_room) > numbers.visited_room
    is_short = is_short or known.numbers.num_edges >= numbers.edge_room or numbers.num_seen >= numbers.seen_room
    no_labels = numbers.num_candidates + NEW_CANDIDATES > numbers.candidate_room
    return is_short or no_labels or min(numbers.most_outcomes + SPARE, numbers.state_room) > numbers.outcome_room


@part
def _num_seen(known, pair):
    num, link = 0, known.pairs.first_out[pair]
    while link > 0:
        num += 1 if known.edges.count[link - 1] > 0 else 0
        link = known.edges.next_out[link - 1]
    return num
