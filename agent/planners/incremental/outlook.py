"""How far a plan looks where what is paid is used up by being collected.

A plan takes payoffs as they are, as if a pair paid again and again. Where a visit teaches most of what there is to
learn, a plan that looks far passes by what is near for the sake of the largest payoff, and has to come back for it. A
forager had better stay as long as it finds more than the way to other places allows (Charnov 1976, the marginal value
theorem). So a plan is made with a small discount as long as it collects enough, from the state at hand on:

    (1 - discount) V(state) >= share * largest payoff

The share is smaller where payoffs of visited pairs are small, and nothing would keep an agent in a place that it knows.
Where outcomes are noisy, payoffs fade slowly.
"""

from ...belief import updates
from ...belief.tables import SEEN
from ...compilation.compiled import compiled

NEAR = 0.9
"""Discount of a plan that does not look far: ten steps."""

LEAST_SHARE, MOST_SHARE = 0.2, 0.8
"""Bounds of the share: without payoffs of visited pairs, and where these are as large as any."""


@compiled
def enough(belief_address):
    """Return what a plan has to collect a step, from a state on, to look no farther, nats.

    The payoff of visited pairs is the mean over nats that they pay, not over pairs: what a plan for them collects.
    """
    known = updates.belief_at(belief_address)
    states, pairs, num_actions = known.states, known.pairs, known.numbers.num_actions
    largest = total = squares = 0.0
    for k in range(known.numbers.num_known_states):
        state = states.order[k]
        if states.kind[state] != SEEN:
            continue
        for pair in range(state * num_actions, (state + 1) * num_actions):
            payoff = max(pairs.payoff[pair], 0.0)
            largest = max(largest, payoff)
            if pairs.visits[pair] > 0:
                total += payoff
                squares += payoff * payoff
    again = squares / total if total > 0.0 else 0.0
    return min(LEAST_SHARE * largest + again, MOST_SHARE * largest)
