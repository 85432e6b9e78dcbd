"""Compiled functions of the belief: what one transition does to the three tables.

A prior is a total concentration c times a base measure: a local part (concentrations on named outcomes, `edges.local`)
plus "anywhere", spread evenly over the K = num_outcomes states. After n visits of a pair an outcome with `count` has

    a = count + local + free / K,   free = c - sum of local,   A = n + c

so that the outcomes never seen are all alike and count as one term: everything here costs O(seen successors of a pair).

What is called `known` here is a `Belief`: the tables and the belief's numbers, of which `counts`, `[NUM_COUNTS]` int64,
and `sums`, `[NUM_SUMS]` float64, are indexed by the names below.
"""

from typing import Any, NamedTuple

from ..compilation.compiled import part
from ..compilation.handles import handle
from ..information.special import excess_drop, predicted_gain
from ..validation import LARGEST_PAID
from .empirical_bayes import fitted_concentration
from .tables import SEEN, TERMINAL, UNSEEN, Edges, Numbers, Pairs, States

# indices into `counts`
STEPS, STATES, EDGES, STARTS, RESETS, TERMINALS, VISITED = 0, 1, 2, 3, 4, 5, 6
ACTIONS, OUTCOMES, REVISION, NEXT_REFIT, OPEN, LAST_PAIR, LAST_SUCCESSOR = 7, 8, 9, 10, 11, 12, 13
STATE_ROOM, EDGE_ROOM, VISIT_ROOM, HAS_LOCAL, HAS_REWARDS = 14, 15, 16, 17, 18
NUM_COUNTS = 19
# indices into `sums`
CONCENTRATION, UNVISITED_GAIN, EXPECTED_MISSING, LAST_SURPRISE, LAST_EXPECTED, SURPRISES, EXPECTED = 0, 1, 2, 3, 4, 5, 6
LOG_SIGMA, GROWTH, GAP, NEXT_EXPECTED = 7, 8, 9, 10
NUM_SUMS = 11

FULL, IMPOSSIBLE, CONFLICT, INVALID = -1.0, -2.0, -3.0, -4.0
"""What `observe` answers, before it changes anything, instead of a surprise: make room; the prior rules this outcome
out; a state cannot be both terminal and not; no such state or action, or a reward that cannot be added up."""

NEGLIGIBLE = 1e-12  # share of the concentration below which "anywhere" is rounding of a local part


class Belief(NamedTuple):
    """What compiled functions know a belief by: its tables, and what its numbers are kept in."""

    states: States
    pairs: Pairs
    edges: Edges
    counts: Any
    sums: Any
    exceeding: Any  # [2 * VISIT_ROOM]: how many pairs, then edges, were seen more than i times


_states_at, _pairs_at, _edges_at, _numbers_at = (handle(table) for table in (States, Pairs, Edges, Numbers))
_PAIRS = len(States._fields)
_EDGES = _PAIRS + len(Pairs._fields)
_NUMBERS = _EDGES + len(Edges._fields)


@part
def belief_at(address):
    """The belief that was packed as its states, pairs, edges and numbers."""
    numbers = _numbers_at(address, _NUMBERS, 3)
    return Belief(
        _states_at(address, 0, 0), _pairs_at(address, _PAIRS, 1), _edges_at(address, _EDGES, 2),
        numbers.counts, numbers.sums, numbers.exceeding,
    )  # fmt: skip


@part
def free_concentration(known, pair):
    """Concentration that a pair's prior spreads anywhere: all that is not local."""
    concentration = free = known.sums[CONCENTRATION]
    if known.counts[HAS_LOCAL]:
        edges = known.edges
        link = known.pairs.first_out[pair]
        while link > 0:
            free -= edges.local[link - 1]
            link = edges.next_out[link - 1]
        if free < NEGLIGIBLE * concentration:
            free = 0.0
    return free


@part
def count_weight(known, pair):
    """What one count weighs in a pair's prediction: 1 / (visits + total prior concentration)."""
    return 1.0 / (known.pairs.visits[pair] + known.sums[CONCENTRATION])


@part
def expected_gain(known, pair):
    """Expected information gain of a pair, nats."""
    edges, visits, concentration = known.edges, known.pairs.visits[pair], known.sums[CONCENTRATION]
    num_outcomes, is_local = known.counts[OUTCOMES], known.counts[HAS_LOCAL] != 0
    anywhere = free_concentration(known, pair) / num_outcomes
    total = 0.0
    seen = 0
    link = known.pairs.first_out[pair]
    while link > 0:
        edge = link - 1
        prior = anywhere + (edges.local[edge] if is_local else 0.0)
        a = edges.count[edge] + prior
        total += a * excess_drop(a, (visits - edges.count[edge]) + max(concentration - prior, 0.0))
        seen += 1
        link = edges.next_out[edge]
    if anywhere > 0.0 and seen < num_outcomes:
        total += (num_outcomes - seen) * anywhere * excess_drop(anywhere, visits + (concentration - anywhere))
    return total / (visits + concentration)


@part
def predicted_information_gain(known, pair):
    """Predicted information gain of a pair (Little and Sommer 2013), nats."""
    edges, visits, concentration = known.edges, known.pairs.visits[pair], known.sums[CONCENTRATION]
    num_outcomes, is_local = known.counts[OUTCOMES], known.counts[HAS_LOCAL] != 0
    anywhere = free_concentration(known, pair) / num_outcomes
    total = 0.0
    seen = 0
    link = known.pairs.first_out[pair]
    while link > 0:
        edge = link - 1
        prior = anywhere + (edges.local[edge] if is_local else 0.0)
        a = edges.count[edge] + prior
        total += a * predicted_gain(a, (visits - edges.count[edge]) + max(concentration - prior, 0.0))
        seen += 1
        link = edges.next_out[edge]
    if anywhere > 0.0 and seen < num_outcomes:
        total += (num_outcomes - seen) * anywhere * predicted_gain(anywhere, visits + (concentration - anywhere))
    return total / (visits + concentration)


@part
def find_edge(known, pair, successor):
    """Return the link (edge number + 1) of a pair's edge to a successor, 0 where there is none."""
    edges = known.edges
    link = known.pairs.first_out[pair]
    while link > 0 and edges.successor[link - 1] != successor:
        link = edges.next_out[link - 1]
    return link


@part
def add_edge(known, pair, successor):
    """Append an edge without a count and return its number."""
    states, pairs, edges, counts = known.states, known.pairs, known.edges, known.counts
    edge = counts[EDGES]
    counts[EDGES] += 1
    edges.pair[edge] = pair
    edges.successor[edge] = successor
    edges.next_out[edge] = pairs.first_out[pair]
    edges.next_in[edge] = states.first_in[successor]
    pairs.first_out[pair] = edge + 1
    states.first_in[successor] = edge + 1
    return edge


@part
def add_state(known, state, kind):
    """Take note that a state exists, of kind SEEN or TERMINAL; nothing happens when it is known."""
    states, counts, sums = known.states, known.counts, known.sums
    if states.kind[state] != UNSEEN:
        return
    states.kind[state] = kind
    states.order[counts[STATES]] = state
    counts[STATES] += 1
    if kind == TERMINAL:
        states.terminal_order[counts[TERMINALS]] = state
        counts[TERMINALS] += 1
        return
    sums[EXPECTED_MISSING] += counts[ACTIONS] * sums[UNVISITED_GAIN]


@part
def begin(known, state):
    """Count a reset that led to a state; FULL, CONFLICT or INVALID as `observe`, else 0."""
    states, counts = known.states, known.counts
    if state < 0:
        return INVALID
    if state >= counts[STATE_ROOM]:
        return FULL
    if states.kind[state] == TERMINAL:
        return CONFLICT
    _admit(known, state)
    add_state(known, state, SEEN)
    if states.starts[state] == 0:
        states.start_order[counts[STARTS]] = state
        counts[STARTS] += 1
    states.starts[state] += 1
    counts[RESETS] += 1
    return 0.0


@part
def observe(known, state, action, reward, next_state, terminated):
    """Learn one transition; return its Bayesian surprise in nats (or an answer as above, and nothing has changed)."""
    states, pairs, edges, counts, sums = known.states, known.pairs, known.edges, known.counts, known.sums
    if min(state, next_state) < 0 or action < 0 or action >= counts[ACTIONS] or not abs(reward) <= LARGEST_PAID:
        return INVALID  # a reward that is nan is no less than anything
    if max(state, next_state) >= counts[STATE_ROOM] or counts[EDGES] >= counts[EDGE_ROOM]:
        return FULL
    kind = TERMINAL if terminated else SEEN
    if states.kind[state] == TERMINAL or (states.kind[next_state] != UNSEEN and states.kind[next_state] != kind):
        return CONFLICT
    pair = state * counts[ACTIONS] + action
    visits = pairs.visits[pair]
    if visits >= counts[VISIT_ROOM] or (reward != 0.0 and not counts[HAS_REWARDS]):
        return FULL
    concentration = sums[CONCENTRATION]
    link = find_edge(known, pair, next_state)
    prior = free_concentration(known, pair) / counts[OUTCOMES]
    count = 0
    if link > 0:
        count = edges.count[link - 1]
        if counts[HAS_LOCAL]:
            prior += edges.local[link - 1]
    if count + prior == 0.0:
        return IMPOSSIBLE
    if _admit(known, max(state, next_state)):
        prior = free_concentration(known, pair) / counts[OUTCOMES]  # there was no edge to a new state
    surprise = excess_drop(count + prior, (visits - count) + max(concentration - prior, 0.0))

    add_state(known, state, SEEN)
    add_state(known, next_state, kind)
    before = expected_gain(known, pair)
    edge = link - 1 if link > 0 else add_edge(known, pair, next_state)
    edges.count[edge] += 1
    pairs.visits[pair] += 1
    if counts[HAS_REWARDS]:
        pairs.reward_sum[pair] += reward
        pairs.reward_square_sum[pair] += reward * reward
    known.exceeding[visits] += 1
    known.exceeding[counts[VISIT_ROOM] + count] += 1
    counts[STEPS] += 1
    counts[LAST_PAIR], counts[LAST_SUCCESSOR] = pair, next_state
    if visits == 0:
        counts[VISITED] += 1
    sums[NEXT_EXPECTED] = expected_gain(known, pair)
    sums[EXPECTED_MISSING] += sums[NEXT_EXPECTED] - before
    sums[LAST_SURPRISE], sums[LAST_EXPECTED] = surprise, before
    sums[SURPRISES] += surprise
    sums[EXPECTED] += before
    _revise(known)
    return surprise


@part
def _admit(known, state):
    """Let a state beyond the declared number of outcomes be one more outcome; return whether it was."""
    counts = known.counts
    if counts[OPEN] == 1 or state < counts[OUTCOMES]:
        return False
    counts[OUTCOMES] = state + 1
    refresh(known)
    return True


@part
def _revise(known):
    """Refit the prior, or make room for more outcomes, when it is time; then refresh every pair."""
    counts, sums = known.counts, known.sums
    due = sums[GROWTH] > 0.0 and counts[STEPS] >= counts[NEXT_REFIT]
    crowded = counts[OPEN] == 1 and 2 * counts[STATES] > counts[OUTCOMES]
    if crowded:
        counts[OUTCOMES] *= 2
    if due:
        sums[CONCENTRATION] = fitted_concentration(
            known.exceeding, counts[VISIT_ROOM], counts[OUTCOMES], sums[LOG_SIGMA]
        )
        counts[NEXT_REFIT] = counts[STEPS] + max(int(sums[GAP]), int(counts[STEPS] * sums[GROWTH]))
    if crowded or due:
        refresh(known)


@part
def refresh(known):
    """Recompute what depends on the prior in every known pair, and mark the belief as revised."""
    states, pairs, counts, sums = known.states, known.pairs, known.counts, known.sums
    concentration = sums[CONCENTRATION]
    anywhere = concentration / counts[OUTCOMES]
    sums[UNVISITED_GAIN] = excess_drop(anywhere, concentration - anywhere)
    missing = 0.0
    for k in range(counts[STATES]):
        state = states.order[k]
        if states.kind[state] == TERMINAL:
            continue
        first = state * counts[ACTIONS]
        for pair in range(first, first + counts[ACTIONS]):
            if pairs.first_out[pair] == 0:
                missing += sums[UNVISITED_GAIN]
            else:
                missing += expected_gain(known, pair)
    sums[EXPECTED_MISSING] = missing
    counts[REVISION] += 1
