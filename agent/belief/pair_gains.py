"""What is to be learned of a pair: sums over its outcomes, of which those never seen are all alike and count as one.

The notation is that of `updates`; `known` is its `Belief`.
"""

import math

from ..compilation.compiled import call_scalar, part
from ..information.special import excess_drop, predicted_gain

NEGLIGIBLE = 1e-12  # share of the concentration below which "anywhere" is rounding of a local part


@part
def concentration_in(known, state):
    """Total concentration of the prior of a state's pairs: that in force, or the former (`agent.belief.revision`)."""
    return known.numbers.former_concentration if known.states.is_former[state] else known.numbers.concentration


@part
def concentration_of(known, pair):
    """Total concentration of a pair's prior, see `concentration_in`."""
    numbers = known.numbers
    if numbers.is_uniform:
        return numbers.concentration
    if numbers.has_rules:
        return known.pairs.concentration[pair]
    return concentration_in(known, pair // numbers.num_actions)


@part
def free_concentration(known, pair):
    """Concentration that a pair's prior spreads anywhere: all that is not local, or unnamed."""
    concentration = free = concentration_of(known, pair)
    if known.numbers.has_local:
        if known.numbers.has_rules:
            return known.pairs.free[pair]
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
    if known.numbers.has_rules:
        return known.pairs.weight[pair]
    return 1.0 / (known.pairs.visits[pair] + concentration_of(known, pair))


@part
def weigh(known, pair):
    """Keep what a count weighs, and what is spread anywhere, of a pair whose own concentration was just written."""
    pairs = known.pairs
    pairs.weight[pair] = 1.0 / (pairs.visits[pair] + pairs.concentration[pair])
    pairs.rest[pair] = pairs.free[pair] * pairs.weight[pair]


def _posterior_mean(term, kept=None):
    """Return what works out the mean of a term, of a concentration and of the rest, over a pair's outcomes.

    `kept` answers for an outcome never seen, where given.
    """

    def mean(known, pair):
        edges, visits, concentration = known.edges, known.pairs.visits[pair], concentration_of(known, pair)
        num_outcomes, is_local = known.numbers.num_outcomes, known.numbers.has_local != 0
        anywhere = free_concentration(known, pair) / num_outcomes
        total = 0.0
        seen = 0
        link = known.pairs.first_out[pair]
        while link > 0:
            edge = link - 1
            prior = anywhere + (edges.local[edge] if is_local else 0.0)
            a = edges.count[edge] + prior
            total += a * term(a, max((visits - edges.count[edge]) + (concentration - prior), 0.0))
            seen += 1
            link = edges.next_out[edge]
        if anywhere > 0.0 and seen < num_outcomes:
            others = visits + (concentration - anywhere)
            of_new = term(anywhere, others) if kept is None else kept(known, anywhere, others, visits)
            total += (num_outcomes - seen) * anywhere * of_new
        if is_local and known.numbers.has_rules and known.pairs.unnamed[pair] > 0.0:
            unnamed = known.pairs.unnamed[pair]
            total += unnamed * term(unnamed, visits + max(concentration - unnamed, 0.0))
        return total / (visits + concentration)

    mean.__qualname__ = f"mean_{term.__name__}"  # kept code finds what it calls by this name: each needs its own
    return part(mean)


@part
def drop_anywhere(known, anywhere, others, visits):
    """Bayesian surprise of an outcome never seen, nats: worked out once where it depends on the visits alone."""
    if known.numbers.has_local or not known.numbers.is_uniform:
        return excess_drop(anywhere, others)
    if known.drop_anywhere[visits] == 0.0:
        known.drop_anywhere[visits] = excess_drop(anywhere, others)
    return known.drop_anywhere[visits]


dirichlet_gain = _posterior_mean(excess_drop, drop_anywhere)
"""`dirichlet_gain(known, pair)`: expected information gain of a pair that is believed to be one Dirichlet, nats."""


@part
def symmetric_gain(concentration, num_outcomes):
    """Expected information gain, nats, of a pair of which nothing is known, by a symmetric prior."""
    anywhere = concentration / num_outcomes
    return excess_drop(anywhere, concentration - anywhere)


@part
def gain_of_counts(known, pair, concentration):
    """Expected information gain of a pair, nats, by its own counts on a symmetric prior, whatever else it was told."""
    edges, visits, num_outcomes = known.edges, known.pairs.visits[pair], known.numbers.num_outcomes
    anywhere, total, num_others = concentration / num_outcomes, 0.0, num_outcomes
    link = known.pairs.first_out[pair]
    while link > 0:
        count = edges.count[link - 1]
        if count > 0:
            total += (count + anywhere) * excess_drop(count + anywhere, (visits - count) + (concentration - anywhere))
            num_others -= 1
        link = edges.next_out[link - 1]
    if num_others > 0:
        total += num_others * anywhere * excess_drop(anywhere, visits + (concentration - anywhere))
    return total / (visits + concentration)


@part
def expected_gain(known, pair):
    """Expected information gain of a pair, nats."""
    return known.pairs.gain[pair] if known.numbers.has_rules else dirichlet_gain(known, pair)


_dirichlet_predicted_gain = _posterior_mean(predicted_gain)


@part
def predicted_information_gain(known, pair):
    """Predicted information gain of a pair (Little and Sommer 2013), nats."""
    if known.numbers.has_targets:
        return call_scalar(known.numbers.predicted_gain, (known.address, pair))
    return _dirichlet_predicted_gain(known, pair)


@part
def unvisited_predicted_gain(known, concentration):
    """The same of a pair of which nothing is known, as all pairs of a state never seen."""
    if known.numbers.has_targets:
        return call_scalar(known.numbers.predicted_gain, (known.address, -1))
    anywhere = concentration / known.numbers.num_outcomes
    return predicted_gain(anywhere, concentration - anywhere)


@part
def _surprisal(concentration, others):
    """Surprisal of an outcome, nats, by its concentration and that of all others."""
    return math.log1p(others / concentration)


entropy = _posterior_mean(_surprisal)
"""`entropy(known, pair)`: entropy of a pair's prediction, nats."""


@part
def _share_of_variance(concentration, others):
    """Posterior variance of an outcome's probability, over its mean, by its concentration and that of all others."""
    total = concentration + others
    return others / total / (total + 1.0)


variance = _posterior_mean(_share_of_variance)
"""`variance(known, pair)`: posterior variance of a pair's outcome probabilities, summed over the outcomes."""
