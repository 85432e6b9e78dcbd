"""Curiosity that fades as knowledge saturates: its weight follows the share of what can be learnt that is left.

    weight = curiosity_weight * M / M_0,   M the expected gains of all pairs of known states, summed, M_0 the same if
                                           nothing were known of them

What curiosity pays for the n-th look at a pair falls as 1/n, and of a sum of 1/n there is no end: whoever earns as well
pays for looking without end, and the larger the weight, the longer. M falls as 1/n, too; so what is paid falls as 1/n^2
or so, whose sum has an end: what curiosity may cost in a whole life is bounded. There is nothing to be set.

A weight comes into force when the share has changed by `STEP` of itself; then all pairs are paid anew.
"""

import math

from ..compilation.compiled import part
from ..planners.payoffs import PayoffTerms

STEP = 0.05


def let_fade(terms: PayoffTerms) -> None:
    """Let what an agent is paid for what it may learn fade, from now on."""
    terms.fades, terms.share_left = 1, 1.0
    terms.full_curiosity_weight, terms.full_reward_gain_weight = terms.curiosity_weight, terms.reward_gain_weight


@part
def fade(known, terms):
    """Bring the weights into force that the belief asks for; return whether they changed."""
    numbers = known.numbers
    at_first = (numbers.num_known_states - numbers.num_terminal) * numbers.num_actions * numbers.unvisited_gain
    share = 1.0
    if at_first > 0.0:
        share = min(numbers.expected_missing_information / at_first, 1.0)
    if not math.fabs(share - terms.share_left) > STEP * terms.share_left:
        return False
    terms.share_left, terms.revision = share, -1  # all pairs are to be paid
    terms.curiosity_weight = terms.full_curiosity_weight * share
    terms.reward_gain_weight = terms.full_reward_gain_weight * share
    return True
