"""Compiled functions of the belief: what one transition does to the three tables.

A prior is a total concentration c times a base measure: a local part (concentrations on named outcomes, `edges.local`)
plus "anywhere", spread evenly over the K = num_outcomes states. After n visits of a pair an outcome with `count` has

    a = count + local + free / K,   free = c - sum of local,   A = n + c

so that the outcomes never seen are all alike and count as one term: everything here costs O(seen successors of a pair).

`counts` and `sums` are the belief's scalars, `[NUM_COUNTS]` int64 and `[NUM_SUMS]` float64, under the names below.
"""

import math

from agent.compiled import compiled
from agent.special import excess_drop, predicted_gain
from agent.tables import SEEN, TERMINAL, UNSEEN

# indices into `counts`
STEPS, STATES, EDGES, STARTS, RESETS, TERMINALS, VISITED = 0, 1, 2, 3, 4, 5, 6
ACTIONS, OUTCOMES, REVISION, NEXT_REFIT, OPEN, LAST_PAIR, LAST_SUCCESSOR = 7, 8, 9, 10, 11, 12, 13
NUM_COUNTS = 14
# indices into `sums`
CONCENTRATION, UNVISITED_GAIN, EXPECTED_MISSING, LAST_SURPRISE, LAST_EXPECTED, SURPRISES, EXPECTED = 0, 1, 2, 3, 4, 5, 6
LOG_SIGMA, GROWTH, GAP = 7, 8, 9
NUM_SUMS = 10

FULL, IMPOSSIBLE, CONFLICT, INVALID = -1.0, -2.0, -3.0, -4.0
"""What `observe` answers, before it changes anything, instead of a surprise: make room; the prior rules this outcome
out; a state cannot be both terminal and not; no such state or action."""

NEGLIGIBLE = 1e-12  # share of the concentration below which "anywhere" is rounding of a local part


@compiled
def free_concentration(pairs, edges, pair, concentration):
    """Concentration that a pair's prior spreads anywhere: all that is not local."""
    free = concentration
    if edges.local.size > 0:
        link = pairs.first_out[pair]
        while link > 0:
            free -= edges.local[link - 1]
            link = edges.next_out[link - 1]
        if free < NEGLIGIBLE * concentration:
            free = 0.0
    return free


@compiled
def expected_gain(pairs, edges, pair, concentration, num_outcomes):
    """Expected information gain of a pair, nats."""
    visits = pairs.visits[pair]
    anywhere = free_concentration(pairs, edges, pair, concentration) / num_outcomes
    total = 0.0
    seen = 0
    link = pairs.first_out[pair]
    while link > 0:
        edge = link - 1
        prior = anywhere + (edges.local[edge] if edges.local.size > 0 else 0.0)
        a = edges.count[edge] + prior
        total += a * excess_drop(a, (visits - edges.count[edge]) + max(concentration - prior, 0.0))
        seen += 1
        link = edges.next_out[edge]
    if anywhere > 0.0 and seen < num_outcomes:
        total += (num_outcomes - seen) * anywhere * excess_drop(anywhere, visits + (concentration - anywhere))
    return total / (visits + concentration)


@compiled
def predicted_information_gain(pairs, edges, pair, concentration, num_outcomes):
    """Predicted information gain of a pair (Little and Sommer 2013), nats."""
    visits = pairs.visits[pair]
    anywhere = free_concentration(pairs, edges, pair, concentration) / num_outcomes
    total = 0.0
    seen = 0
    link = pairs.first_out[pair]
    while link > 0:
        edge = link - 1
        prior = anywhere + (edges.local[edge] if edges.local.size > 0 else 0.0)
        a = edges.count[edge] + prior
        total += a * predicted_gain(a, (visits - edges.count[edge]) + max(concentration - prior, 0.0))
        seen += 1
        link = edges.next_out[edge]
    if anywhere > 0.0 and seen < num_outcomes:
        total += (num_outcomes - seen) * anywhere * predicted_gain(anywhere, visits + (concentration - anywhere))
    return total / (visits + concentration)


@compiled
def find_edge(pairs, edges, pair, successor):
    """Return the link (edge number + 1) of a pair's edge to a successor, 0 where there is none."""
    link = pairs.first_out[pair]
    while link > 0 and edges.successor[link - 1] != successor:
        link = edges.next_out[link - 1]
    return link


@compiled
def add_edge(states, pairs, edges, counts, pair, successor):
    """Append an edge without a count and return its number."""
    edge = counts[EDGES]
    counts[EDGES] += 1
    edges.pair[edge] = pair
    edges.successor[edge] = successor
    edges.next_out[edge] = pairs.first_out[pair]
    edges.next_in[edge] = states.first_in[successor]
    pairs.first_out[pair] = edge + 1
    states.first_in[successor] = edge + 1
    return edge


@compiled
def add_state(states, pairs, counts, sums, state, kind):
    """Take note that a state exists, of kind SEEN or TERMINAL; nothing happens when it is known."""
    if states.kind[state] != UNSEEN:
        return
    states.kind[state] = kind
    states.order[counts[STATES]] = state
    counts[STATES] += 1
    if kind == TERMINAL:
        states.terminal_order[counts[TERMINALS]] = state
        counts[TERMINALS] += 1
        return
    first = state * counts[ACTIONS]
    for pair in range(first, first + counts[ACTIONS]):
        pairs.count_weight[pair] = 1.0 / sums[CONCENTRATION]
    sums[EXPECTED_MISSING] += counts[ACTIONS] * sums[UNVISITED_GAIN]


@compiled
def begin(states, pairs, edges, counts, sums, state):
    """Count a reset that led to a state; FULL, CONFLICT or INVALID as `observe`, else 0."""
    if state < 0:
        return INVALID
    if state >= states.kind.size:
        return FULL
    if states.kind[state] == TERMINAL:
        return CONFLICT
    _admit(states, pairs, edges, counts, sums, state)
    add_state(states, pairs, counts, sums, state, SEEN)
    if states.starts[state] == 0:
        states.start_order[counts[STARTS]] = state
        counts[STARTS] += 1
    states.starts[state] += 1
    counts[RESETS] += 1
    return 0.0


@compiled
def observe(states, pairs, edges, counts, sums, exceeding, state, action, reward, next_state, terminated):
    """Learn one transition; return its Bayesian surprise in nats (or an answer as above, and nothing has changed).

    `exceeding`, `[2, room]`, holds how many pairs (row 0) and edges (row 1) were seen more than i times: all that the
    evidence of a concentration depends on.
    """
    if min(state, next_state) < 0 or action < 0 or action >= counts[ACTIONS]:
        return INVALID
    if max(state, next_state) >= states.kind.size or counts[EDGES] >= edges.pair.size:
        return FULL
    kind = TERMINAL if terminated else SEEN
    if states.kind[state] == TERMINAL or (states.kind[next_state] != UNSEEN and states.kind[next_state] != kind):
        return CONFLICT
    pair = state * counts[ACTIONS] + action
    visits = pairs.visits[pair]
    if visits >= exceeding.shape[1]:
        return FULL
    concentration, num_outcomes = sums[CONCENTRATION], counts[OUTCOMES]
    link = find_edge(pairs, edges, pair, next_state)
    prior = free_concentration(pairs, edges, pair, concentration) / num_outcomes
    count = 0
    if link > 0:
        count = edges.count[link - 1]
        if edges.local.size > 0:
            prior += edges.local[link - 1]
    if count + prior == 0.0:
        return IMPOSSIBLE
    if _admit(states, pairs, edges, counts, sums, max(state, next_state)):
        num_outcomes = counts[OUTCOMES]
        prior = free_concentration(pairs, edges, pair, concentration) / num_outcomes  # there was no edge to a new state
    surprise = excess_drop(count + prior, (visits - count) + max(concentration - prior, 0.0))

    add_state(states, pairs, counts, sums, state, SEEN)
    add_state(states, pairs, counts, sums, next_state, kind)
    before = expected_gain(pairs, edges, pair, concentration, num_outcomes)
    edge = link - 1 if link > 0 else add_edge(states, pairs, edges, counts, pair, next_state)
    edges.count[edge] += 1
    pairs.visits[pair] += 1
    pairs.count_weight[pair] = 1.0 / (visits + 1 + concentration)
    if pairs.reward_sum.size > 0:
        pairs.reward_sum[pair] += reward
        pairs.reward_square_sum[pair] += reward * reward
    exceeding[0, visits] += 1
    exceeding[1, count] += 1
    counts[STEPS] += 1
    counts[LAST_PAIR], counts[LAST_SUCCESSOR] = pair, next_state
    if visits == 0:
        counts[VISITED] += 1
    sums[EXPECTED_MISSING] += expected_gain(pairs, edges, pair, concentration, num_outcomes) - before
    sums[LAST_SURPRISE], sums[LAST_EXPECTED] = surprise, before
    sums[SURPRISES] += surprise
    sums[EXPECTED] += before
    _revise(states, pairs, edges, counts, sums, exceeding)
    return surprise


@compiled
def _admit(states, pairs, edges, counts, sums, state):
    """Let a state beyond the declared number of outcomes be one more outcome; return whether it was."""
    if counts[OPEN] == 1 or state < counts[OUTCOMES]:
        return False
    counts[OUTCOMES] = state + 1
    refresh(states, pairs, edges, counts, sums)
    return True


@compiled
def _revise(states, pairs, edges, counts, sums, exceeding):
    """Refit the prior, or make room for more outcomes, when it is time; then refresh every pair."""
    due = sums[GROWTH] > 0.0 and counts[STEPS] >= counts[NEXT_REFIT]
    crowded = counts[OPEN] == 1 and 2 * counts[STATES] > counts[OUTCOMES]
    if crowded:
        counts[OUTCOMES] *= 2
    if due:
        sums[CONCENTRATION] = fitted_concentration(exceeding, counts[OUTCOMES], sums[LOG_SIGMA])
        counts[NEXT_REFIT] = counts[STEPS] + max(int(sums[GAP]), int(counts[STEPS] * sums[GROWTH]))
    if crowded or due:
        refresh(states, pairs, edges, counts, sums)


@compiled
def refresh(states, pairs, edges, counts, sums):
    """Recompute what depends on the prior in every known pair, and mark the belief as revised."""
    concentration, num_outcomes = sums[CONCENTRATION], counts[OUTCOMES]
    anywhere = concentration / num_outcomes
    sums[UNVISITED_GAIN] = excess_drop(anywhere, concentration - anywhere)
    missing = 0.0
    for k in range(counts[STATES]):
        state = states.order[k]
        if states.kind[state] == TERMINAL:
            continue
        first = state * counts[ACTIONS]
        for pair in range(first, first + counts[ACTIONS]):
            pairs.count_weight[pair] = 1.0 / (pairs.visits[pair] + concentration)
            if pairs.first_out[pair] == 0:
                missing += sums[UNVISITED_GAIN]
            else:
                missing += expected_gain(pairs, edges, pair, concentration, num_outcomes)
    sums[EXPECTED_MISSING] = missing
    counts[REVISION] += 1


@compiled
def fitted_concentration(exceeding, num_outcomes, log_sigma):
    """Total concentration that is most probable a posteriori, in `[K/1000, 5K]`, under a log-normal of median 1.

    The evidence of all pairs (Dirichlet-multinomial) is  - sum_i G_i ln(c + i) + sum_i F_i ln(c/K + i)  with G_i pairs
    and F_i edges seen more than i times; its slope in ln c less ln c / sigma^2 is bisected for its root.
    """
    low, high = math.log(num_outcomes / 1000.0), math.log(5.0 * num_outcomes)
    if evidence_slope(exceeding, num_outcomes, math.exp(low)) <= low / log_sigma**2:
        return math.exp(low)
    if evidence_slope(exceeding, num_outcomes, math.exp(high)) >= high / log_sigma**2:
        return math.exp(high)
    for _ in range(40):
        middle = 0.5 * (low + high)
        if evidence_slope(exceeding, num_outcomes, math.exp(middle)) > middle / log_sigma**2:
            low = middle
        else:
            high = middle
    return math.exp(0.5 * (low + high))


@compiled
def evidence_slope(exceeding, num_outcomes, concentration):
    """Derivative of the log evidence of all pairs with respect to ln concentration."""
    slope = 0.0
    for i in range(exceeding.shape[1]):
        if exceeding[0, i] == 0:
            break
        slope -= exceeding[0, i] * concentration / (concentration + i)
        slope += exceeding[1, i] * concentration / (concentration + i * num_outcomes)
    return slope
