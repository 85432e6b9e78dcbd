"""What a pair is expected to teach, for who steers: nobody goes to look where rules expect to learn nothing.

Rules hold for many pairs at once, so they are soon sure of pairs that nobody has taken, or only once. Where they are
wrong, no prediction shows it before somebody goes there, and what is found there may correct the rules. So who steers
reckons that a pair may follow no rule, and be known by its own outcomes alone; the less, the more often it was taken:

    gain = (1 - s) gain by rules + s gain by the symmetric prior,      s = ALONE / (1 + visits)

Of a pair never taken the former is reckoned with the doubt of `visits`. Were s the same for all pairs, all would be
taken equally often in the end, which keeps from what rules are not sure of: doors that open once in a hundred times.
Predictions, surprises and scores do without all this.
"""

from ....compilation.compiled import part
from ... import pair_gains
from ..carrying.totals import mistrust
from ..tables import SYMMETRIC
from ..visits import doubt
from .mixture import expect, mix

ALONE = 0.05
"""Of a pair never taken; chosen on the seeds of development."""


@part
def steering_gain(known, structure, pair, expected):
    """What a pair is expected to teach for who steers, once `predict` has told what it is by rules, nats."""
    if known.pairs.visits[pair] == 0:
        expected = max(expected, gain_in_doubt(known, structure, pair))
    share = ALONE / (1.0 + known.pairs.visits[pair])
    return (1.0 - share) * expected + share * pair_gains.gain_of_counts(known, pair, structure.numbers.concentration)


@part
def gain_in_doubt(known, structure, pair):
    """What a pair never taken, just predicted, is expected to teach if rules are doubted; 0 if the doubt is no news.

    Rules that were learnt here are doubted by what they have not held of yet, those of elsewhere by how others fared.
    """
    numbers, weights = structure.numbers, structure.scratch.responsibility
    state, action = pair // numbers.num_actions, pair % numbers.num_actions
    least = max(doubt(structure, state, action), mistrust(structure, action))
    if weights[SYMMETRIC] >= least:
        return 0.0
    factor, numbers.predicted = (1.0 - least) / (1.0 - weights[SYMMETRIC]), 0
    for z in range(SYMMETRIC + 1, numbers.num_components):
        weights[z] *= factor
    weights[SYMMETRIC] = least
    mix(structure, 0)
    return expect(known, structure, action, 0)
