"""Compiled functions of the belief: what one transition does to the three tables.

A prior is a total concentration c times a base measure: a local part (concentrations on named outcomes, `edges.local`)
plus "anywhere", spread evenly over the K = num_outcomes states. After n visits of a pair an outcome with `count` has

    a = count + local + free / K,   free = c - sum of local,   A = n + c

so that the outcomes never seen are all alike and count as one term: everything here costs O(seen successors of a pair).

What is called `known` here is a `Belief`: the tables and the belief's numbers (`agent.belief.tables.Numbers`).
"""

from typing import Any, NamedTuple

from ..compilation.compiled import call_scalar, part
from ..compilation.handles import handle
from ..information.special import excess_drop
from ..validation import LARGEST_PAID
from .history import remember, surprisal
from .pair_gains import concentration_of, dirichlet_gain, free_concentration
from .revision import refresh, revise
from .tables import BETA, EMPIRICAL, SEEN, TERMINAL, UNSEEN, Edges, Numbers, Pairs, States, Totals

FULL, IMPOSSIBLE, CONFLICT, INVALID, NO_REWARD = -1.0, -2.0, -3.0, -4.0, -5.0
"""What `observe` answers, before it changes anything, instead of a surprise: make room; the prior rules this outcome
out; a state cannot be both terminal and not; no such state or action, or a reward that cannot be added up; the belief
about rewards rules this one out."""


class Belief(NamedTuple):
    """What compiled functions know a belief by: its tables, and what its numbers are kept in."""

    states: States
    pairs: Pairs
    edges: Edges
    numbers: Numbers
    exceeding: Any  # [2 * visit_room]: how many pairs, then edges, were seen more than i times
    drop_anywhere: Any  # [visit_room + 1]: see `pair_gains.drop_anywhere`
    address: Any  # of all of them, for what is called by its handle


_states_at, _pairs_at, _edges_at, _totals_at = (handle(table) for table in (States, Pairs, Edges, Totals))
_PAIRS = len(States._fields)
_EDGES = _PAIRS + len(Pairs._fields)
_TOTALS = _EDGES + len(Edges._fields)
BEHIND_BELIEF, NUM_TABLES = _TOTALS + len(Totals._fields), 4
"""Columns and tables of a belief: what its prior adds is packed behind them."""


@part
def belief_at(address):
    """The belief that was packed as its states, pairs, edges and totals."""
    totals = _totals_at(address, _TOTALS, 3)
    return Belief(
        _states_at(address, 0, 0), _pairs_at(address, _PAIRS, 1), _edges_at(address, _EDGES, 2),
        totals.numbers, totals.exceeding, totals.drop_anywhere, address,
    )  # fmt: skip


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
    states, pairs, edges, numbers = known.states, known.pairs, known.edges, known.numbers
    edge = numbers.num_edges
    numbers.num_edges += 1
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
    states, numbers = known.states, known.numbers
    if states.kind[state] != UNSEEN:
        return
    states.kind[state] = kind
    states.order[numbers.num_known_states] = state
    numbers.num_known_states += 1
    if kind == TERMINAL:
        states.terminal_order[numbers.num_terminal] = state
        numbers.num_terminal += 1
        return
    if not numbers.has_rules:
        numbers.expected_missing_information += numbers.num_actions * numbers.unvisited_gain


@part
def begin(known, state):
    """Count a reset that led to a state; FULL, CONFLICT or INVALID as `observe`, else 0."""
    states, numbers = known.states, known.numbers
    if state < 0:
        return INVALID
    if state >= numbers.state_room:
        return FULL
    if states.kind[state] == TERMINAL:
        return CONFLICT
    if not numbers.has_rules:
        _admit(known, state)
    add_state(known, state, SEEN)
    if states.starts[state] == 0:
        states.start_order[numbers.num_starts] = state
        numbers.num_starts += 1
    states.starts[state] += 1
    numbers.num_resets += 1
    return 0.0


@part
def observe(known, state, action, reward, next_state, terminated):
    """Learn one transition; return its Bayesian surprise in nats (or an answer as above, and nothing has changed)."""
    states, pairs, edges, numbers = known.states, known.pairs, known.edges, known.numbers
    if min(state, next_state) < 0 or action < 0 or action >= numbers.num_actions or not abs(reward) <= LARGEST_PAID:
        return INVALID  # a reward that is nan is no less than anything
    if numbers.reward_kind == BETA and reward != 0.0 and reward != 1.0:
        return NO_REWARD
    if max(state, next_state) >= numbers.state_room or numbers.num_edges >= numbers.edge_room:
        return FULL
    kind = TERMINAL if terminated else SEEN
    if states.kind[state] == TERMINAL or (states.kind[next_state] != UNSEEN and states.kind[next_state] != kind):
        return CONFLICT
    pair = state * numbers.num_actions + action
    visits = pairs.visits[pair]
    if visits >= numbers.visit_room or (reward != 0.0 and not numbers.has_rewards):
        return FULL
    if numbers.has_rules:
        unexpected = 0.0
        if numbers.has_history:
            unexpected = surprisal(known, pair, find_edge(known, pair, next_state), next_state)
        taught = call_scalar(numbers.observe_rules, (known.address, state, action, reward, next_state, kind))
        if numbers.has_history and taught >= 0.0:
            remember(known, pair, taught, unexpected)
        return taught
    link = find_edge(known, pair, next_state)
    prior = free_concentration(known, pair) / numbers.num_outcomes
    count = 0
    if link > 0:
        count = edges.count[link - 1]
        if numbers.has_local:
            prior += edges.local[link - 1]
    if count + prior == 0.0:
        return IMPOSSIBLE
    if _admit(known, max(state, next_state)):
        prior = free_concentration(known, pair) / numbers.num_outcomes  # there was no edge to a new state
    concentration = concentration_of(known, pair)
    surprise = excess_drop(count + prior, (visits - count) + max(concentration - prior, 0.0))
    unexpected = surprisal(known, pair, link, next_state) if numbers.has_history else 0.0

    before = dirichlet_gain(known, pair)
    enter(known, state, pair, link, reward, next_state, kind)
    numbers.next_expected_gain = dirichlet_gain(known, pair)
    numbers.expected_missing_information += numbers.next_expected_gain - before
    account(known, surprise, before)
    if numbers.has_history:
        remember(known, pair, surprise, unexpected)
    revise(known)
    return surprise


@part
def enter(known, state, pair, link, reward, next_state, kind):
    """Count a transition that was checked.

    Args:
        known: the belief.
        state: it starts from, of which nothing may be known yet.
        pair: the state and the action.
        link: of the pair's edge to the next state, 0 where there is none.
        reward: of the transition.
        next_state: where it led.
        kind: of the next state.
    """
    pairs, edges, numbers = known.pairs, known.edges, known.numbers
    if numbers.reward_kind != EMPIRICAL:
        call_scalar(numbers.learn_reward, (known.address, pair, reward))
    add_state(known, state, SEEN)
    add_state(known, next_state, kind)
    edge = link - 1 if link > 0 else add_edge(known, pair, next_state)
    visits, count = pairs.visits[pair], edges.count[edge]
    edges.count[edge] += 1
    pairs.visits[pair] += 1
    if numbers.has_rewards:
        pairs.reward_sum[pair] += reward
        pairs.reward_square_sum[pair] += reward * reward
    known.exceeding[visits] += 1
    known.exceeding[numbers.visit_room + count] += 1
    numbers.num_steps += 1
    numbers.last_pair, numbers.last_successor, numbers.last_reward = pair, next_state, reward
    if visits == 0:
        numbers.num_visited_pairs += 1
    numbers.num_changed = 0


@part
def account(known, surprise, expected):
    """Add what a transition taught, and was expected to teach, to the sums."""
    numbers = known.numbers
    numbers.last_surprise, numbers.last_expected_gain = surprise, expected
    numbers.information_gain += surprise
    numbers.expected_information_gain += expected


@part
def settle(known):
    """Bring all predictions up to date after a reset or a transition; return FULL where room is needed first, else 0.

    To be called again until it does not ask for room, before anything else is asked of a belief with rules.
    """
    if known.numbers.has_rules:
        return call_scalar(known.numbers.settle_rules, (known.address, 0))
    return 0.0


@part
def _admit(known, state):
    """Let a state beyond the declared number of outcomes be one more outcome; return whether it was."""
    numbers = known.numbers
    if numbers.is_open == 1 or state < numbers.num_outcomes:
        return False
    numbers.num_outcomes = state + 1
    refresh(known)
    return True
