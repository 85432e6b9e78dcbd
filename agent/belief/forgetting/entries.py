"""What the belief calls by its handles where counts decay: learning, and forgetting in turn.

After T transitions, that of number u weighs 2^(-(T - u)/half_life). With w_j the sum of these weights for an outcome
j of a pair, w that of all of its outcomes, and a total concentration c over K states,

    P(j) = (w_j + c/K) / (w + c),   which is Dirichlet; gain and surprise are those of any Dirichlet belief

The surprise of a transition is KL(posterior || prior) with the prior as of just before it, decayed. Time is that of the
world, not of a pair's own visits: a world changes whether or not it is looked at, and only so does what was long not
seen become uncertain again, and is looked for.

A pair of which nothing changes but its age is brought up to date in turn: the pair that is taken just before it is
learnt, the state that is reached just after, and of all others so many at a transition that none is behind by more than
`SHARE` of a half-life, where weights are larger by a factor of at most 2^SHARE. What is predicted, planned, scored and
told is the belief as it stands in the tables: nothing disagrees with it.

Counts stay whole and true. The columns say what was forgotten in the form that all beliefs share,

    P(j) = (count_j + local_j + free/K) / (visits + concentration),   local_j = w_j - count_j,
    concentration = c + w - visits,   free = c
"""

import math
from functools import cache

from ...compilation.compiled import compiled, entry_handle, part
from ...information.special import excess_drop
from .. import updates
from ..pair_gains import dirichlet_gain, symmetric_gain, weigh
from ..tables import SEEN, UNSEEN

SHARE = 0.0625


@part
def fade(known, pair, now):
    """Let what was seen of a pair weigh what it does after `now` transitions."""
    pairs, edges = known.pairs, known.edges
    kept = math.exp((pairs.faded_at[pair] - now) * math.log(2.0) / known.numbers.half_life)
    link = pairs.first_out[pair]
    while link > 0:
        count = edges.count[link - 1]
        edges.local[link - 1] = (count + edges.local[link - 1]) * kept - count
        link = edges.next_out[link - 1]
    pairs.faded_at[pair] = now


@part
def weight_of(known, pair):
    """Sum of the weights of what was seen of a pair."""
    total, link = 0.0, known.pairs.first_out[pair]
    while link > 0:
        total += known.edges.count[link - 1] + known.edges.local[link - 1]
        link = known.edges.next_out[link - 1]
    return total


@part
def predict(known, pair):
    """Write what is predicted of a pair, and what is to be learnt there, into its columns."""
    pairs, concentration = known.pairs, known.numbers.concentration
    pairs.concentration[pair] = concentration + (weight_of(known, pair) - pairs.visits[pair])
    pairs.free[pair] = concentration
    weigh(known, pair)
    pairs.gain[pair] = dirichlet_gain(known, pair)


@part
def predict_all(known):
    """Predict all pairs of known states; return what is to be learnt of them, nats."""
    states, numbers, total = known.states, known.numbers, 0.0
    for k in range(numbers.spread_to):
        state = states.order[k]
        if states.kind[state] == SEEN:
            for pair in range(state * numbers.num_actions, (state + 1) * numbers.num_actions):
                predict(known, pair)
                total += known.pairs.gain[pair]
    return total


@part
def settle(known):
    """Let the actions of new states be predicted."""
    states, numbers = known.states, known.numbers
    while numbers.spread_to < numbers.num_known_states:
        state = states.order[numbers.spread_to]
        _admit(known, state)
        if states.kind[state] == SEEN:
            for pair in range(state * numbers.num_actions, (state + 1) * numbers.num_actions):
                predict(known, pair)
                numbers.expected_missing_information += known.pairs.gain[pair]
        numbers.spread_to += 1
    numbers.spread_end = numbers.spread_to


@part
def _admit(known, state):
    """Let there be more outcomes where a state is beyond them, or half of the states that may be are known."""
    numbers = known.numbers
    before = numbers.num_outcomes
    if numbers.is_open == 0:
        numbers.num_outcomes = max(before, state + 1)
    elif 2 * (numbers.num_known_states + 2) > before:
        numbers.num_outcomes *= 2
    if numbers.num_outcomes != before:
        numbers.unvisited_gain = symmetric_gain(numbers.concentration, numbers.num_outcomes)
        numbers.expected_missing_information = predict_all(known)
        numbers.revision += 1


@part
def renew(known, state):
    """Bring all pairs of a state up to date; take note of the state if that changed anything."""
    states, pairs, numbers, more, has_changed = known.states, known.pairs, known.numbers, 0.0, False
    if states.kind[state] != SEEN or states.is_changed[state]:
        return
    for pair in range(state * numbers.num_actions, (state + 1) * numbers.num_actions):
        if pairs.visits[pair] > 0 and pairs.faded_at[pair] < numbers.num_steps:
            more -= pairs.gain[pair]
            fade(known, pair, numbers.num_steps)
            predict(known, pair)
            more += pairs.gain[pair]
            has_changed = True
    if has_changed:
        states.is_changed[state] = 1
        states.changed[numbers.num_changed] = state
        numbers.num_changed += 1
        _add_missing(numbers, more)


@part
def renew_some(known):
    """Bring the next states, in order of sight, up to date: so many that none waits for longer than it may."""
    numbers = known.numbers
    number, steps = numbers.num_known_states, max(SHARE * numbers.half_life, 1.0)
    for _ in range(min(int(number / steps) + 1, number)):
        numbers.next_faded = (numbers.next_faded + 1) % number
        renew(known, known.states.order[numbers.next_faded])


@part
def _add_missing(numbers, more):
    numbers.expected_missing_information = max(numbers.expected_missing_information + more, 0.0)


@part
def learn(known, state, action, reward, next_state, kind):
    """Learn a transition that was checked, as `agent.belief.updates.observe`."""
    states, pairs, numbers = known.states, known.pairs, known.numbers
    settle(known)  # what a reset led to
    _admit(known, max(state, next_state))
    for k in range(numbers.num_changed):
        states.is_changed[states.changed[k]] = 0
    pair = state * numbers.num_actions + action
    was_known, stood = states.kind[state] != UNSEEN, numbers.unvisited_gain
    if was_known:
        stood = pairs.gain[pair]
    before = stood
    if pairs.faded_at[pair] < numbers.num_steps and pairs.visits[pair] > 0:
        fade(known, pair, numbers.num_steps)
        predict(known, pair)
        before = pairs.gain[pair]
    link, own, weight = updates.find_edge(known, pair, next_state), 0.0, weight_of(known, pair)
    if link > 0:
        own = known.edges.count[link - 1] + known.edges.local[link - 1]
    anywhere = numbers.concentration / numbers.num_outcomes
    others = max(weight - own, 0.0) + max(numbers.concentration - anywhere, 0.0)
    surprise = excess_drop(own + anywhere, others)
    fade(known, pair, numbers.num_steps + 1)
    updates.enter(known, state, pair, link, reward, next_state, kind)
    if was_known:
        predict(known, pair)
        _add_missing(numbers, pairs.gain[pair] - stood)
    settle(known)
    updates.account(known, surprise, before)
    renew(known, next_state)
    renew_some(known)
    numbers.next_expected_gain = pairs.gain[pair]
    return surprise


@compiled
def observe(address, state, action, reward, next_state, kind):
    """Learn a transition that was checked, as `agent.belief.updates.observe`."""
    return learn(updates.belief_at(address), state, action, reward, next_state, kind)


@compiled
def settle_resets(address, _):
    """Bring predictions up to date, as `agent.belief.updates.settle`; never FULL."""
    settle(updates.belief_at(address))
    return 0.0


@compiled
def probability(address, pair, successor):
    """Probability of an outcome of a pair in a state that was never seen."""
    return 1.0 / updates.belief_at(address).numbers.num_outcomes


@compiled
def begin(address):
    """Take note of what is to be learnt where nothing was seen."""
    numbers = updates.belief_at(address).numbers
    numbers.unvisited_gain = symmetric_gain(numbers.concentration, numbers.num_outcomes)
    numbers.revision = 1


@compiled
def predict_restored(address):
    """Predict all pairs, from weights that were put into the tables."""
    return predict_all(updates.belief_at(address))


@cache
def handles():
    """Handles of what learns, settles and predicts, good for this process."""
    return (
        entry_handle(observe, int, int, int, float, int, int),
        entry_handle(settle_resets, int, int),
        entry_handle(probability, int, int, int),
    )
