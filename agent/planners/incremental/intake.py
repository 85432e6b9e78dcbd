"""Taking over what a belief has learnt: one transition, or everything after the prior has changed.

`plan` are the planner's single numbers, see `residuals`.
"""

from ...belief.tables import SEEN
from ...compilation.compiled import part
from .residuals import (
    NUM_CLASSES,
    enqueue_if_due,
    measure,
    measure_starts,
    move_hub,
    residual_of,
    row_value,
    touch,
)
from .rounds import change_round, concentrations, join_round


@part
def age(known, plan):
    """How often the hub may have moved, and any q-value been pushed, since all rows were worked out."""
    return plan.num_pops + 2 * known.numbers.num_steps - plan.refreshed_at


@part
def _take_row(known, plan, state):
    """Work out the q-values of a state from the values of its successors."""
    num_actions = known.numbers.num_actions
    for pair in range(state * num_actions, (state + 1) * num_actions):
        known.pairs.q_value[pair] = row_value(known, plan, pair)
    known.states.hub[state] = plan.hub


@part
def take_all(known, plan, state):
    """Recompute every row from the values in the table: at the start, and after the prior or K has changed."""
    states, numbers = known.states, known.numbers
    for k in range(plan.num_planned, numbers.num_known_states):  # first guess for states not planned for yet
        new = states.order[k]
        if states.kind[new] == SEEN:
            states.value[new] = plan.unvisited_payoff + plan.discount * plan.hub
    measure(known, plan)
    plan.queue_head = plan.queue_length = plan.num_coupled = 0
    for k in range(NUM_CLASSES):
        plan.round_first[k] = plan.round_last[k] = plan.round_size[k] = 0
        plan.round_credit[k] = 0.0
    plan.hub_travel = 0.0
    largest = abs(plan.unvisited_payoff + plan.discount * plan.hub)
    for k in range(numbers.num_known_states):
        other = states.order[k]
        if states.kind[other] == SEEN:
            largest = max(largest, abs(states.value[other]))
            _take_row(known, plan, other)
            states.queued[other] = 0
            join_round(known, plan, other)
    for k in range(numbers.num_known_states):
        other = states.order[k]
        if states.kind[other] == SEEN:
            enqueue_if_due(known, plan, other)
    plan.largest_value = largest
    plan.refreshed_at += age(known, plan)
    plan.least_concentration = concentrations(known)[0]
    plan.num_planned = numbers.num_known_states
    plan.num_resets = numbers.num_resets


@part
def can_take_solution(known, plan):
    """Whether a full solution stands in the tables, with its q-values, and nothing was learnt since."""
    numbers = known.numbers
    is_same = plan.num_planned == numbers.num_known_states and plan.num_resets == numbers.num_resets
    shifts_all = numbers.num_starts > 0 or numbers.num_terminal == 0  # else terminal states stay worth nothing
    return plan.is_solved != 0 and is_same and shifts_all and plan.num_steps == numbers.num_steps


@part
def take_solution(known, plan):
    """Take over a full solution: its q-values stand in the table, and states are in the rounds that they were in."""
    states, numbers = known.states, known.numbers
    measure(known, plan)
    plan.queue_head = plan.queue_length = 0
    plan.hub_travel = 0.0
    largest = abs(plan.unvisited_payoff + plan.discount * plan.hub)
    for k in range(numbers.num_known_states):
        state = states.order[k]
        if states.kind[state] == SEEN:
            largest = max(largest, abs(states.value[state]))
            states.queued[state] = 0
            touch(known, plan, state)
            enqueue_if_due(known, plan, state)
    plan.largest_value = largest
    plan.refreshed_at += age(known, plan)


@part
def _take_changed(known, plan):
    """Take over the states whose predictions the latest transition changed."""
    states, numbers = known.states, known.numbers
    for k in range(numbers.num_changed):
        state = states.changed[k]
        _take_row(known, plan, state)
        change_round(known, plan, state)
        enqueue_if_due(known, plan, state)


@part
def take_new(known, plan, state):
    """Take over one transition, and the states and resets that came with it."""
    states, pairs, numbers = known.states, known.pairs, known.numbers
    num_actions = numbers.num_actions
    plan.least_concentration = min(plan.least_concentration, concentrations(known)[0])
    for k in range(plan.num_planned, numbers.num_known_states):
        new = states.order[k]
        if states.kind[new] == SEEN:  # worth what every state never seen is worth: the residual is zero
            states.value[new] = plan.unvisited_payoff + plan.discount * plan.hub
            states.hub[new] = plan.hub
            for pair in range(new * num_actions, (new + 1) * num_actions):
                pairs.q_value[pair] = states.value[new]
            if states.is_former[new] or numbers.has_rules:  # its actions pay what they did before a fit, or by rules
                _take_row(known, plan, new)
                states.value[new] += residual_of(pairs.q_value, states.value, num_actions, new)
            plan.value_sum += states.value[new]
            plan.largest_value = max(plan.largest_value, abs(states.value[new]))
            join_round(known, plan, new)
        else:
            first = states.terminal_order[0]
            states.value[new] = states.value[first] if first != new else plan.terminal_value
    plan.num_planned = numbers.num_known_states
    if numbers.num_resets > plan.num_resets:
        if numbers.num_resets == plan.num_resets + 1:
            plan.terminal_value += (states.value[state] - plan.terminal_value) / numbers.num_resets
        else:
            measure_starts(known, plan)
        plan.num_resets = numbers.num_resets
    move_hub(known, plan)
    plan.largest_value = max(plan.largest_value, abs(plan.unvisited_payoff + plan.discount * plan.hub))
    if numbers.num_steps > plan.num_steps:
        _take_changed(known, plan)
        pair = numbers.last_pair
        changed = pair // num_actions
        touch(known, plan, changed)
        pairs.q_value[pair] = row_value(known, plan, pair)
        change_round(known, plan, changed)
        enqueue_if_due(known, plan, changed)
