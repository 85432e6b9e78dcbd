"""How the prior is revised: when it is fitted, and how a fit comes into force.

A fit that changes little is not worth the work. One that changes enough is in force at once for what is not known yet,
and spreads over the known states in order of sight, so many at a transition: to refresh all pairs at once would take
milliseconds in a large world. So each state has one of two concentrations, that in force or the former, and whatever
is predicted, gained, planned or scored follows the one it has, exactly. `known` is a `Belief` (`agent.belief.updates`).
"""

import math

from ..compilation.compiled import part
from .empirical_bayes import fitted_concentration, next_fit
from .pair_gains import expected_gain, symmetric_gain
from .tables import SEEN, TERMINAL

WORTH_IT = 0.02
"""Change of ln concentration from which on a fit comes into force: gains change by no larger a share."""

AT_ONCE = 0.5
"""Change of ln concentration from which on it does so in all states at once."""

FEWEST_A_STEP, STEPS_TO_SPREAD = 32, 32
"""It reaches so many states at a transition, or all of them in so many transitions."""


@part
def revise(known):
    """Refit the prior, or make room for more outcomes, when it is time; let the latest fit spread."""
    numbers = known.numbers
    is_spread = numbers.spread_to == numbers.spread_end
    crowded = numbers.is_open == 1 and 2 * numbers.num_known_states > numbers.num_outcomes
    if crowded:
        numbers.num_outcomes *= 2
    change = 0.0
    if numbers.growth > 0.0 and numbers.num_steps >= numbers.next_refit and (is_spread or crowded):
        fitted = fitted_concentration(known.exceeding, numbers.visit_room, numbers.num_outcomes, numbers.log_sigma)
        numbers.next_refit = next_fit(numbers.num_steps, numbers.gap, numbers.growth)
        change = abs(math.log(fitted / numbers.concentration))
        if change > WORTH_IT:
            numbers.former_concentration, numbers.former_unvisited_gain = numbers.concentration, numbers.unvisited_gain
            numbers.concentration = fitted
    if crowded or change > AT_ONCE:
        refresh(known)
        return
    if change > WORTH_IT:
        _begin_to_spread(known)
    if numbers.spread_to < numbers.spread_end:
        _spread(known)


@part
def _measure_unvisited(known):
    """Work out what is expected to be learnt of a pair of which nothing is known, and forget what was kept."""
    for visits in range(known.numbers.visit_room + 1):
        known.drop_anywhere[visits] = 0.0
    known.numbers.unvisited_gain = symmetric_gain(known.numbers.concentration, known.numbers.num_outcomes)


@part
def _begin_to_spread(known):
    """Let a new concentration be in force, in no known state yet: those keep the former one until it reaches them."""
    states, numbers = known.states, known.numbers
    _measure_unvisited(known)
    for k in range(numbers.num_known_states):
        states.is_former[states.order[k]] = 1
    numbers.is_uniform, numbers.spread_to, numbers.spread_end = 0, 0, numbers.num_known_states


@part
def _spread(known):
    """Give the next states, in order of sight, the concentration in force."""
    states, pairs, numbers = known.states, known.pairs, known.numbers
    num_actions, first = numbers.num_actions, numbers.spread_to
    num_now = max(FEWEST_A_STEP, numbers.spread_end // STEPS_TO_SPREAD)
    last = min(first + num_now, numbers.spread_end)
    missing = 0.0
    for k in range(first, last):
        state = states.order[k]
        if states.kind[state] == SEEN:
            for pair in range(state * num_actions, (state + 1) * num_actions):
                is_new = pairs.first_out[pair] == 0
                missing -= numbers.former_unvisited_gain if is_new else expected_gain(known, pair)
        states.is_former[state] = 0
        if states.kind[state] == SEEN:
            states.changed[numbers.num_changed] = state
            numbers.num_changed += 1
            for pair in range(state * num_actions, (state + 1) * num_actions):
                missing += numbers.unvisited_gain if pairs.first_out[pair] == 0 else expected_gain(known, pair)
    numbers.expected_missing_information += missing
    numbers.spread_to = last
    if last == numbers.spread_end:
        numbers.is_uniform = 1
    numbers.next_expected_gain = expected_gain(known, numbers.last_pair)


@part
def refresh(known):
    """Recompute what depends on the prior in every known pair, and mark the belief as revised."""
    states, pairs, numbers = known.states, known.pairs, known.numbers
    _measure_unvisited(known)
    for k in range(numbers.num_known_states):
        states.is_former[states.order[k]] = 0
    numbers.num_changed = numbers.spread_to = numbers.spread_end = 0
    numbers.is_uniform = 1
    missing = 0.0
    for k in range(numbers.num_known_states):
        state = states.order[k]
        if states.kind[state] == TERMINAL:
            continue
        first = state * numbers.num_actions
        for pair in range(first, first + numbers.num_actions):
            if pairs.first_out[pair] == 0:
                missing += numbers.unvisited_gain
            else:
                missing += expected_gain(known, pair)
    numbers.expected_missing_information = missing
    numbers.revision += 1
