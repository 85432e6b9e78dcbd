"""The concentration that what was seen speaks for: empirical Bayes on the counts of all pairs at once.

    ln p(counts | c) = sum over pairs [ln G(c) - ln G(c + n)] + sum over edges [ln G(c/K + n_edge) - ln G(c/K)]

is the Dirichlet-multinomial log evidence of one total concentration c over K outcomes (Minka 2000, "Estimating a
Dirichlet distribution"). As G(c + n) / G(c) is a product of c + i, it takes only how many pairs and edges were seen
more than i times.
"""

import math

from ..compilation.compiled import compiled, part

MOST_AHEAD = 2.0**62
"""Steps: no life gets there, and so many more can still be counted in 64 bits."""


@part
def least_concentration(num_outcomes):
    """Least total concentration that is fitted: K/1000, and no more than .1.

    In a large and nearly deterministic world a bound that grows with K would keep every prediction uncertain until its
    pair was seen some K/1000 times.
    """
    return min(num_outcomes, 100.0) / 1000.0


@part
def next_fit(steps, gap, growth):
    """Steps at which a fit is due that follows one made now.

    Args:
        steps: made so far.
        gap: fewest steps between two fits.
        growth: share by which the number of steps grows between two.
    """
    return steps + int(min(max(gap, steps * growth), MOST_AHEAD))


@compiled
def fitted_concentration(exceeding, room, num_outcomes, log_sigma):
    """Total concentration that is most probable a posteriori under a log-normal of median 1, within bounds.

    The evidence of all pairs (Dirichlet-multinomial) is  - sum_i G_i ln(c + i) + sum_i F_i ln(c/K + i)  with G_i pairs
    and F_i edges seen more than i times; its slope in ln c less ln c / sigma^2 is bisected for its root.
    """
    variance = max(log_sigma * log_sigma, 1e-300)  # no power, which rounds otherwise in plain Python; no zero
    low, high = math.log(least_concentration(num_outcomes)), math.log(5.0 * num_outcomes)
    if evidence_slope(exceeding, room, num_outcomes, math.exp(low)) <= low / variance:
        return math.exp(low)
    if evidence_slope(exceeding, room, num_outcomes, math.exp(high)) >= high / variance:
        return math.exp(high)
    for _ in range(40):
        middle = 0.5 * (low + high)
        if evidence_slope(exceeding, room, num_outcomes, math.exp(middle)) > middle / variance:
            low = middle
        else:
            high = middle
    return math.exp(0.5 * (low + high))


@compiled
def evidence_slope(exceeding, room, num_outcomes, concentration):
    """Derivative of the log evidence of all pairs with respect to ln concentration.

    `exceeding`, `[2 * room]`, holds how many pairs, and behind them edges, were seen more than i times.
    """
    slope = 0.0
    for i in range(room):
        if exceeding[i] == 0:
            break
        slope -= exceeding[i] * concentration / (concentration + i)
        slope += exceeding[room + i] * concentration / (concentration + i * float(num_outcomes))
    return slope
