"""Moves of a value, and pushes of what it moved to the q-values of the pairs that lead there."""

from ...belief import pair_gains
from ...belief.tables import SEEN
from ...compilation.compiled import part
from .residuals import SHRINK, beyond_of, enqueue, enqueue_if_due, leads_anywhere, residual_of


@part
def share_of_hub(known, plan):
    """By how much the hub moves for each nat that a state's value does."""
    numbers = known.numbers
    unseen = max(numbers.num_outcomes - numbers.num_known_states, 0)
    population = max(numbers.num_outcomes, numbers.num_known_states) - plan.discount * unseen
    return 1.0 / population if leads_anywhere(plan) else 0.0


@part
def move(known, plan, state, change, per_state):
    """Change the value of a state, and the hub and the value of terminal states with it."""
    numbers, starts = known.numbers, known.states.starts
    value = known.states.value[state] + change
    known.states.value[state] = value
    plan.largest_value = max(plan.largest_value, abs(value))
    plan.value_sum += change
    moved = change * per_state
    if starts[state] > 0:
        terminal = change * starts[state] / numbers.num_resets
        plan.terminal_value += terminal
        moved += numbers.num_terminal * terminal * per_state
    plan.hub += moved
    plan.hub_travel += abs(moved)


@part
def push(known, plan, state, change):
    """Push a change of a state's value to the pairs that lead there, and queue what is due: some 10 ns an edge."""
    states, pairs, edges, numbers = known.states, known.pairs, known.edges, known.numbers
    value, queued, q_value, visits = states.value, states.queued, pairs.q_value, pairs.visits
    edge_pair, edge_count, edge_local, next_in = edges.pair, edges.count, edges.local, edges.next_in
    num_actions, is_local = numbers.num_actions, numbers.has_local != 0
    concentration, is_same, is_ruled = numbers.concentration, numbers.is_uniform != 0, numbers.has_rules != 0
    weight = pairs.weight
    per_action = 1.0 / num_actions  # (pair + .5) * per_action: an exact division at a third of its cost
    step, threshold = plan.discount * change, plan.residual_share * plan.eps
    margin = plan.eps / SHRINK  # no state outside the queue has a larger residual, even where eps has just shrunk
    if is_ruled:
        _push_beyond(known, plan, state, step)
    link = states.first_in[state]
    while link > 0:
        edge = link - 1
        pair = edge_pair[edge]
        mass = edge_count[edge] + (edge_local[edge] if is_local else 0.0)
        link = next_in[edge]
        if mass == 0.0:  # predicted once, and no more
            continue
        source = int((pair + 0.5) * per_action)
        before = q_value[pair]
        if is_ruled:
            after = before + step * mass * weight[pair]
        else:
            if not is_same:
                concentration = pair_gains.concentration_in(known, source)
            after = before + step * mass / (visits[pair] + concentration)
        q_value[pair] = after
        if queued[source] == 0:
            base = value[source]  # the maximum over actions moved only if this action was, or is, near it
            if after > base + threshold or (
                before >= base - margin and abs(residual_of(q_value, value, num_actions, source)) > threshold
            ):
                enqueue(known, plan, source)


@part
def _push_beyond(known, plan, state, step):
    """Push a change of a state's value to its own pairs that may lead beyond what was seen, and back."""
    if known.states.kind[state] == SEEN:
        num_actions, has_changed = known.numbers.num_actions, False
        for pair in range(state * num_actions, (state + 1) * num_actions):
            if known.pairs.beyond[pair] > 0.0:
                known.pairs.q_value[pair] += step * plan.discount * beyond_of(known, pair)
                has_changed = True
        if has_changed:
            enqueue_if_due(known, plan, state)
