"""What the belief calls by its handles under this prior: learning, and what is predicted, as columns of its tables.

Of a pair with k targets, m of which were seen, among K states: every state seen has probability 1 / k, every other one
(k - m) / (k (K - m)). Of the C(K - m, k - m) sets that are left a new target leaves C(K - m - 1, k - m - 1), so that it
teaches ln((K - m) / (k - m)) nats, and one seen before teaches nothing.

The columns say so in the form that all beliefs share, P(j) = (count_j + local_j + free / K) / (visits + concentration).
"""

import math
from functools import cache
from typing import NamedTuple

from ...compilation.compiled import compiled, entry_handle, part
from ...compilation.handles import handle
from .. import updates
from ..pair_gains import weigh
from ..tables import SEEN, UNSEEN, Ints
from ..updates import BEHIND_BELIEF, IMPOSSIBLE, NUM_TABLES


class Targets(NamedTuple):
    """What is packed behind the belief's tables."""

    number: Ints  # of targets, an entry an action


_targets_at = handle(Targets)


@part
def targets_at(address):
    """The targets that were packed behind the tables of the belief."""
    return _targets_at(address, BEHIND_BELIEF, NUM_TABLES)


@part
def num_seen(known, pair):
    """Return how many targets of a pair were seen."""
    seen, link = 0, known.pairs.first_out[pair]
    while link > 0:
        seen += 1
        link = known.edges.next_out[link - 1]
    return seen


@part
def surprise_of_new(num_outcomes, num_targets, seen):
    """Return what one more target teaches, nats."""
    return math.log((num_outcomes - seen) / (num_targets - seen))


@part
def predict(known, pair, num_targets):
    """Write what is predicted of a pair, and what is to be learnt there, into its columns."""
    pairs, edges, num_outcomes = known.pairs, known.edges, known.numbers.num_outcomes
    seen, largest, link = 0, 0, pairs.first_out[pair]
    while link > 0:
        seen += 1
        largest = max(largest, edges.count[link - 1])
        link = edges.next_out[link - 1]
    each, anywhere, gain = 1.0 / num_targets, 0.0, 0.0
    if seen < num_targets:
        is_new = (num_targets - seen) / num_targets
        anywhere = is_new / (num_outcomes - seen)
        gain = is_new * surprise_of_new(num_outcomes, num_targets, seen)
    total = pairs.visits[pair] + 1.0
    if seen > 0:  # so large that no target has been seen more often than it is expected
        total = max(total, largest / (each - anywhere))
    link = pairs.first_out[pair]
    while link > 0:
        edges.local[link - 1] = max(total * (each - anywhere) - edges.count[link - 1], 0.0)
        link = edges.next_out[link - 1]
    pairs.concentration[pair] = total - pairs.visits[pair]
    pairs.free[pair] = total * anywhere * num_outcomes
    pairs.gain[pair] = gain
    weigh(known, pair)


@part
def settle(known, targets):
    """Let the actions of new states be predicted."""
    states, numbers = known.states, known.numbers
    while numbers.spread_to < numbers.num_known_states:
        state = states.order[numbers.spread_to]
        _admit(known, targets, state)
        if states.kind[state] == SEEN:
            for action in range(numbers.num_actions):
                pair = state * numbers.num_actions + action
                predict(known, pair, targets.number[action])
                numbers.expected_missing_information += known.pairs.gain[pair]
        numbers.spread_to += 1
    numbers.spread_end = numbers.spread_to


@part
def predict_all(known, targets):
    """Write what is predicted of all pairs of known states; return what is to be learnt of them, nats."""
    states, numbers, total = known.states, known.numbers, 0.0
    for k in range(numbers.spread_to):
        state = states.order[k]
        if states.kind[state] == SEEN:
            for action in range(numbers.num_actions):
                pair = state * numbers.num_actions + action
                predict(known, pair, targets.number[action])
                total += known.pairs.gain[pair]
    return total


@part
def _of_new(known, targets):
    """Mean gain of the actions of a state of which nothing is known, nats."""
    total = 0.0
    for action in range(known.numbers.num_actions):
        total += surprise_of_new(known.numbers.num_outcomes, targets.number[action], 0)
    return total / known.numbers.num_actions


@part
def _admit(known, targets, state):
    """Let there be more outcomes where a state is beyond them, or half of the states that may be are known."""
    numbers = known.numbers
    before = numbers.num_outcomes
    if numbers.is_open == 0:
        numbers.num_outcomes = max(before, state + 1)
    elif 2 * (numbers.num_known_states + 2) > before:
        numbers.num_outcomes *= 2
    if numbers.num_outcomes != before:
        numbers.unvisited_gain = _of_new(known, targets)
        numbers.expected_missing_information = predict_all(known, targets)
        numbers.revision += 1


@part
def learn(known, targets, state, action, reward, next_state, kind):
    """Learn a transition that was checked, as `agent.belief.updates.observe`."""
    numbers, num_targets = known.numbers, targets.number[action]
    pair = state * numbers.num_actions + action
    link, seen = updates.find_edge(known, pair, next_state), num_seen(known, pair)
    if link == 0 and seen == num_targets:
        return IMPOSSIBLE
    settle(known, targets)  # what a reset led to
    _admit(known, targets, max(state, next_state))
    was_known = known.states.kind[state] != UNSEEN
    surprise = 0.0 if link > 0 else surprise_of_new(numbers.num_outcomes, num_targets, seen)
    before = surprise_of_new(numbers.num_outcomes, num_targets, 0)
    if was_known:
        before = known.pairs.gain[pair]
    updates.enter(known, state, pair, link, reward, next_state, kind)
    if was_known:
        predict(known, pair, num_targets)
        more = known.pairs.gain[pair] - before
        numbers.expected_missing_information = max(numbers.expected_missing_information + more, 0.0)
    settle(known, targets)
    updates.account(known, surprise, before)
    numbers.next_expected_gain = known.pairs.gain[pair]
    return surprise


@compiled
def observe(address, state, action, reward, next_state, kind):
    """Learn a transition that was checked, as `agent.belief.updates.observe`."""
    return learn(updates.belief_at(address), targets_at(address), state, action, reward, next_state, kind)


@compiled
def settle_resets(address, _):
    """Bring predictions up to date, as `agent.belief.updates.settle`; never FULL."""
    known = updates.belief_at(address)
    settle(known, targets_at(address))
    return 0.0


@compiled
def probability(address, pair, successor):
    """Probability of an outcome of a pair in a state that was never seen."""
    return 1.0 / updates.belief_at(address).numbers.num_outcomes


@part
def predicted_information_gain(num_outcomes, num_targets, seen):
    """Return by how much the next outcome is expected to better the prediction, nats (Little and Sommer 2013)."""
    if seen == num_targets:
        return 0.0
    left, others = num_targets - seen, num_outcomes - seen
    better = math.log(others / left) / num_targets  # of the target that was seen
    if left > 1:
        better += (left - 1) / num_targets * math.log((left - 1) * others / ((others - 1) * left))
    return left / num_targets * better


@compiled
def predicted_gain(address, pair):
    """Predicted information gain of a pair, or of one in a state that was never seen (-1), nats."""
    known, targets = updates.belief_at(address), targets_at(address)
    num_actions, num_outcomes, total = known.numbers.num_actions, known.numbers.num_outcomes, 0.0
    if pair >= 0:
        return predicted_information_gain(num_outcomes, targets.number[pair % num_actions], num_seen(known, pair))
    for action in range(num_actions):
        total += predicted_information_gain(num_outcomes, targets.number[action], 0)
    return total / num_actions


@compiled
def begin(address):
    """Take note of what is to be learnt where nothing was seen."""
    known = updates.belief_at(address)
    known.numbers.unvisited_gain = _of_new(known, targets_at(address))
    known.numbers.revision = 1


@compiled
def renew(address):
    """Predict all pairs anew, from counts that were put into the tables."""
    known = updates.belief_at(address)
    return predict_all(known, targets_at(address))


@cache
def predicted_gain_handle():
    """Handle of the predicted gain, good for this process."""
    return entry_handle(predicted_gain, int, int)


@cache
def handles():
    """Handles of what learns, settles and predicts, good for this process."""
    return (
        entry_handle(observe, int, int, int, float, int, int),
        entry_handle(settle_resets, int, int),
        entry_handle(probability, int, int, int),
    )
