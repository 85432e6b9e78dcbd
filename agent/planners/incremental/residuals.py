"""Bellman residuals of a belief's states: exact rows, what couples all states, and the queue of those that are due.

Rules may predict states that were never seen, next to the one at hand. Such a step is worth one pair never taken, and
the way back:

    V_beyond(s) = unvisited payoff + discount V(s)

What is called `plan` here are the planner's single numbers, `PlanNumbers`. See `agent.planners.incremental.planner` for
what is done with them.
"""

from typing import Annotated, NamedTuple

from ...belief import pair_gains
from ...belief.tables import SEEN, UNSEEN, Floats, Ints
from ...compilation.compiled import part
from ...compilation.records import Record, record, zeros

SHRINK = 0.9  # one eps to the next
TINY = 1e-300  # below it numbers lose their digits: the least eps, and the least product that is divided by

NUM_CLASSES = 9  # a state is in class k if at most 2^-k of its predictions lead anywhere; the last: nothing does


@record
class PlanNumbers(Record):
    """The planner's single numbers. Values and payoffs are in nats; a *pop* is a state that was looked at."""

    queue_head: int  # where the queue begins in its ring
    queue_length: int  # states waiting
    queue_room: int  # size of the ring
    num_planned: int  # known states that the plan was made for
    is_solved: int  # whether a full solution stands in the tables that was not taken over yet, 0 or 1
    revision: int  # of the belief that the plan was made for; -1: none
    num_steps: int  # likewise
    num_resets: int  # likewise
    is_tightening: int  # whether a smaller eps is on its way, 0 or 1
    num_checked: int  # states looked through for it
    num_pops: int  # pops so far
    max_pops: int  # in one step; 0: as many as it takes
    until: int  # steps of the belief from which on it is not mended
    pops_before: int  # pops when the step began
    last_pop: int  # pops at which a full solution is the cheaper way out
    centred_at: int  # pops when values were centred
    next_centring: int  # pops at which they are centred next
    loosened_at: int  # pops when eps was made larger
    refreshed_at: int  # pushes and moves of the hub there may have been when all rows were worked out
    num_members: int  # of the patch
    num_coupled: int  # states whose predictions lead anywhere
    round_first: Annotated[list[int], NUM_CLASSES]  # of each class: first state of its round, plus one
    round_last: Annotated[list[int], NUM_CLASSES]  # likewise the last
    round_size: Annotated[list[int], NUM_CLASSES]  # likewise how many
    round_credit: Annotated[list[float], NUM_CLASSES]  # likewise how many are due
    discount: float  # in (0, 1)
    least_value: float  # of the state at hand: with less, a plan that looks near is solved anew
    tolerance: float  # policy loss allowed, as a share of the value of the state at hand
    eps: float  # residuals are to stay below
    residual_share: float  # of eps: what residuals have of it to themselves
    checked_share: float  # of the states, looked through for a smaller eps
    largest_residual: float  # there may be
    largest_value: float  # |V| since all rows were worked out
    rounding_error: float  # what rounding may have made of a q-value since
    loss_bound: float  # certified, on the greedy policy's loss in any state
    value_sum: float  # of the states with actions
    hub: float  # mean value of all K states
    hub_travel: float  # how far the hub moved since the last round
    least_concentration: float  # of any state's prior since all rows were worked out
    terminal_value: float  # of every terminal state
    unvisited_payoff: float  # of a pair of which nothing is known


class Progress(NamedTuple):
    """The planner's own numbers, and its patch."""

    plan: PlanNumbers
    member: Ints  # [MOST_MEMBERS], the patch: see `agent.planners.incremental.patches`
    residual: Floats
    change: Floats
    step: Floats
    first_link: Ints
    neighbour: Ints  # [MOST_LINKS]
    weight: Floats


MOST_MEMBERS, MOST_LINKS = 1 << 15, 1 << 17  # of a patch


def no_progress() -> Progress:
    """Return the numbers of a planner that has not planned yet; untouched room costs nothing."""
    room = dict.fromkeys(Progress._fields, MOST_MEMBERS + 1) | {"neighbour": MOST_LINKS, "weight": MOST_LINKS}
    return zeros(Progress, room)


@part
def measure(known, plan):
    """Sum up the values in the table: of the start distribution, of all states, the hub."""
    states, numbers = known.states, known.numbers
    measure_starts(known, plan)
    for k in range(numbers.num_terminal):
        states.value[states.terminal_order[k]] = plan.terminal_value
    total = 0.0
    for k in range(numbers.num_known_states):
        if states.kind[states.order[k]] == SEEN:
            total += states.value[states.order[k]]
    plan.value_sum = total
    plan.hub = mean_value(known, plan)


@part
def measure_starts(known, plan):
    """Take the mean value of the start distribution from the table: what terminal states are worth."""
    states, numbers = known.states, known.numbers
    total = 0.0
    for k in range(numbers.num_starts):
        start = states.start_order[k]
        total += states.starts[start] * states.value[start]
    plan.terminal_value = total / max(numbers.num_resets, 1)


@part
def mean_value(known, plan):
    """Mean value of all K states, those never seen solved for."""
    numbers = known.numbers
    unseen = max(numbers.num_outcomes - numbers.num_known_states, 0)
    total = plan.value_sum + numbers.num_terminal * plan.terminal_value + unseen * plan.unvisited_payoff
    return total / (max(numbers.num_outcomes, numbers.num_known_states) - plan.discount * unseen)


@part
def leads_anywhere(plan):
    """Whether any state's predictions lead anywhere at all; under a local prior none may, and no hub matters."""
    return plan.num_coupled > 0


@part
def move_hub(known, plan):
    """Let the hub follow the sums, and add up how far it went."""
    if leads_anywhere(plan):
        moved = mean_value(known, plan)
        plan.hub_travel += abs(moved - plan.hub)
        plan.hub = moved


@part
def rest_of(known, pair):
    """Probability that a pair's prediction spreads anywhere."""
    if known.numbers.has_rules:
        return known.pairs.rest[pair]
    if known.numbers.has_local:
        return pair_gains.free_concentration(known, pair) * pair_gains.count_weight(known, pair)
    return rest_without_local(known, pair, pair_gains.concentration_of(known, pair))


@part
def rest_without_local(known, pair, concentration):
    """The same where all of a prior's concentration is spread anywhere."""
    return concentration * (1.0 / (known.pairs.visits[pair] + concentration))


@part
def beyond_of(known, pair):
    """Probability that a pair's prediction has for states that were never seen, by name or by description."""
    return known.pairs.beyond[pair] * known.pairs.weight[pair] if known.numbers.has_rules else 0.0


@part
def row_value(known, plan, pair):
    """Q of a pair from the values of its successors and the present hub."""
    pairs, edges, value, is_local = known.pairs, known.edges, known.states.value, known.numbers.has_local != 0
    is_ruled, kind = known.numbers.has_rules != 0, known.states.kind
    total = 0.0
    link = pairs.first_out[pair]
    while link > 0:
        edge = link - 1
        mass = edges.count[edge] + (edges.local[edge] if is_local else 0.0)
        if not is_ruled or kind[edges.successor[edge]] != UNSEEN:  # only rules lead there before it is seen
            total += mass * value[edges.successor[edge]]
        link = edges.next_out[edge]
    weight = pair_gains.count_weight(known, pair)
    rest = pairs.rest[pair] if is_ruled else pair_gains.free_concentration(known, pair) * weight
    expected = weight * total + rest * plan.hub
    if is_ruled:
        own = value[pair // known.numbers.num_actions]
        expected += pairs.beyond[pair] * weight * (plan.unvisited_payoff + plan.discount * own)
    return pairs.payoff[pair] + plan.discount * expected


@part
def touch(known, plan, state):
    """Bring the q-values of a state up to the present hub."""
    states, pairs, numbers = known.states, known.pairs, known.numbers
    moved = plan.hub - states.hub[state]
    if moved != 0.0:
        step, first, end = plan.discount * moved, state * numbers.num_actions, (state + 1) * numbers.num_actions
        if numbers.has_rules:
            q_value, rest = pairs.q_value, pairs.rest
            for pair in range(first, end):
                q_value[pair] += step * rest[pair]
        elif numbers.has_local:
            for pair in range(first, end):
                pairs.q_value[pair] += step * rest_of(known, pair)
        else:
            concentration = pair_gains.concentration_in(known, state)
            for pair in range(first, end):
                pairs.q_value[pair] += step * rest_without_local(known, pair, concentration)
        states.hub[state] = plan.hub


@part
def residual_of(q_value, value, num_actions, state):
    """Bellman residual of a state."""
    best = q_value[state * num_actions]
    for pair in range(state * num_actions + 1, (state + 1) * num_actions):
        best = max(best, q_value[pair])
    return best - value[state]


@part
def enqueue(known, plan, state):
    """Put a state at the end of the queue, unless it is there."""
    queue, queued, room = known.states.queue, known.states.queued, known.numbers.state_room
    if queued[state] == 0:
        queued[state] = 1
        position = plan.queue_head + plan.queue_length
        queue[position if position < room else position - room] = state
        plan.queue_length += 1


@part
def enqueue_if_due(known, plan, state):
    """Queue a state whose residual is above its share of eps."""
    residual = residual_of(known.pairs.q_value, known.states.value, known.numbers.num_actions, state)
    if abs(residual) > plan.residual_share * plan.eps:
        enqueue(known, plan, state)
