"""How far a plan looks where what is paid is used up by being collected.

A plan takes payoffs as they are, as if a pair paid again and again. In a world where every pair has one outcome, one
visit teaches all there is to learn of it. There a plan that looks far passes by what is near for the sake of the
largest payoff, and has to come back for it. A forager had better stay as long as it finds more than the way to other
places leaves (Charnov 1976, the marginal value theorem). So there a plan looks no farther than is enough:

    V(state at hand) >= ENOUGH * largest payoff

V is what it collects, at the discount that it has. First that is near^4, three steps, then near^2, five, near, ten,
and in the end what the planner was given. To collect twice the largest payoff, a plan has to find .69 of it a step in
three steps, .38 in five, and .2 in ten. In two, near^8, no plan collects as much.

This is asked whenever the plan is solved anew. Once there is less than half of that to collect from the state at hand
on, what was near is used up: then the plan is solved anew.
"""

from ...belief import updates
from ...belief.tables import SEEN
from ...compilation.compiled import compiled

NEAR = 0.9
"""Discount of a plan that does not look far: ten steps."""

NEARER = (4, 2, 1)
"""Powers of it, tried in this order: a quarter as far, half as far, and just as far."""

ENOUGH = 2.0
"""Largest payoffs that a plan has to collect."""


def is_used_up(model):
    """Whether one visit teaches all there is to learn of a pair: rules are known, and no pair had a second outcome."""
    return model.rules is not None and model.rules.numbers.most_outcomes <= 1


@compiled
def largest_payoff(belief_address):
    """Return the largest payoff of any pair of a known state, nats; no less than 0."""
    known = updates.belief_at(belief_address)
    states, num_actions, largest = known.states, known.numbers.num_actions, 0.0
    for k in range(known.numbers.num_known_states):
        state = states.order[k]
        if states.kind[state] == SEEN:
            for pair in range(state * num_actions, (state + 1) * num_actions):
                largest = max(largest, known.pairs.payoff[pair])
    return largest
