"""Pairs of agents and censored times: against counting, definitions written out, and how often chance is a find."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from agent.statistics.pairs import mean_difference, probability_of_improvement
from agent.statistics.robust import interquartile_mean, median_interval
from agent.statistics.survival import holm, kaplan_meier, log_rank


def test_a_mean_difference_is_that_of_the_means_and_may_be_of_either_sign():
    first, second = np.array([3.0, 5, 9, 4, 7, 8]), np.array([2.0, 6, 4, 4, 5, 9])
    found = mean_difference(first, second)
    assert found.estimate == pytest.approx(first.mean() - second.mean())
    turned = mean_difference(second, first)
    assert turned.estimate == -found.estimate
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))
    shifted = mean_difference(first + 100, second)  # differences that are all positive are treated no otherwise
    assert shifted == pytest.approx([end + 100 for end in found])


@pytest.mark.slow
def test_the_interval_of_a_difference_contains_the_truth():
    """Two exponential times that share a part: 20 seeds, 400 samples."""
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(400):
        shared, first, second = rng.exponential(size=(3, 20))
        _, low, high = mean_difference(shared + 2 * first, shared + second)
        inside += low <= 1 <= high
    assert 0.9 <= inside / 400 <= 0.99


def test_an_improvement_is_counted_seed_by_seed():
    first, second = [1.0, 2.0, 5.0, math.inf, math.inf], [2.0, 2.0, 4.0, 9.0, math.inf]
    found = probability_of_improvement(first, second)
    assert found.probability == (1 + 2 / 2) / 5  # one win, two ties, one of them of two that never got there
    # Clopper-Pearson by its definition: the tails of the binomial at the ends hold 2.5 % each
    assert stats.binom.sf(0, 5, found.low) == pytest.approx(0.025, rel=1e-6)
    assert stats.binom.cdf(3, 5, found.high) == pytest.approx(0.025, rel=1e-6)
    turned = probability_of_improvement(second, first)
    assert turned == pytest.approx((1 - found.probability, 1 - found.high, 1 - found.low))


def by_hand(steps, budget, at):
    """Kaplan and Meier: the product over the times so far of the share of those at risk that survived them."""
    took = [step for step in steps if not math.isnan(step)]
    share = 1.0
    for time in sorted(set(took)):
        if time <= at:
            at_risk = sum(math.isnan(step) or step >= time for step in steps)
            share *= 1 - took.count(time) / at_risk
    return share


def test_a_survival_curve_is_the_product_of_conditional_shares():
    steps, budget = [3.0, 7.0, 7.0, math.nan, 12.0, math.nan], 20
    curve = kaplan_meier(steps, budget)
    assert (curve.steps[0], curve.share[0], curve.steps[-1]) == (0, 1, budget)
    for at, share in zip(curve.steps, curve.share, strict=True):
        assert share == pytest.approx(by_hand(steps, budget, at))
    told = np.isfinite(curve.low)
    assert (curve.low[told] <= curve.share[told]).all()
    assert (curve.share[told] <= curve.high[told]).all()
    # Greenwood on the scale of log(-log), after 12: 2 of 6 are left
    error = math.sqrt(1 / (6 * 5) + 2 / (5 * 3) + 1 / (3 * 2)) / abs(math.log(1 / 3))
    ends = [(1 / 3) ** math.exp(sign * stats.norm.ppf(0.975) * error) for sign in (1, -1)]
    assert (curve.low[curve.steps == 12][0], curve.high[curve.steps == 12][0]) == pytest.approx(ends)


def test_who_never_gets_there_has_a_flat_curve_and_who_always_does_one_that_ends_at_zero():
    never = kaplan_meier([math.nan] * 3, 50)
    assert (never.steps.tolist(), never.share.tolist()) == ([0, 50], [1, 1])
    always = kaplan_meier([4.0, 5.0], 50)
    assert (always.steps.tolist(), always.share.tolist()) == ([0, 4, 5, 50], [1, 0.5, 0, 0])


def test_the_log_rank_test_is_the_sum_of_hypergeometric_surprises():
    """Observed less expected events at every time, over the root of their variance (Mantel 1966), written out."""
    first, second, budget = [6.0, 6, 13, math.nan, 30], [2.0, 6, 9, 20, math.nan], 35
    surprise = variance = 0.0
    for time in sorted({*first, *second} - {math.nan}):
        if math.isnan(time):
            continue
        at_risk = [sum(math.isnan(step) or step >= time for step in each) for each in (first, second)]
        events = [each.count(time) for each in (first, second)]
        n, d = sum(at_risk), sum(events)
        surprise += events[0] - d * at_risk[0] / n
        if n > 1:
            variance += d * at_risk[0] / n * at_risk[1] / n * (n - d) / (n - 1)
    found = log_rank(first, second, budget)
    assert abs(found.statistic) == pytest.approx(abs(surprise) / math.sqrt(variance))
    assert found.p == pytest.approx(2 * stats.norm.sf(abs(found.statistic)))
    assert log_rank(second, first, budget).p == pytest.approx(found.p)


def test_a_log_rank_test_of_nothing_is_none():
    assert np.isnan(log_rank([math.nan] * 4, [math.nan] * 4, 10)).all()
    assert log_rank([math.nan] * 9, list(range(1, 10)), 10).p < 0.001


@pytest.mark.slow
def test_the_log_rank_test_finds_by_chance_what_it_says():
    """Equal exponential times, a third of them censored: 5 % of 400 tests, within three standard errors."""
    rng, found = np.random.default_rng(2), 0
    for _ in range(400):
        first, second = rng.exponential(size=(2, 20))
        pair = [np.where(each > 1.1, np.nan, each) for each in (first, second)]
        found += log_rank(*pair, 1.1).p <= 0.05
    assert abs(found / 400 - 0.05) < 3 * math.sqrt(0.05 * 0.95 / 400)


def closed_testing(p_values):
    """Holm's values as the closure of Bonferroni: the largest, over all sets with a test, of size times least p."""
    sets = [each for k in range(len(p_values)) for each in itertools.combinations(range(len(p_values)), k + 1)]
    return [
        max(min(1.0, len(each) * min(p_values[j] for j in each)) for each in sets if i in each)
        for i in range(len(p_values))
    ]


@pytest.mark.parametrize("p_values", [[0.01, 0.04, 0.03, 0.005], [0.5], [0.9, 0.8, 0.7], [0.02, 0.02, 0.02], []])
def test_holms_correction_is_the_closure_of_bonferronis(p_values):
    assert holm(p_values) == pytest.approx(closed_testing(p_values))


def test_what_was_not_tested_is_not_counted():
    found = holm([0.01, math.nan, 0.04])
    assert found[0] == pytest.approx(0.02)
    assert math.isnan(found[1])
    assert found[2] == pytest.approx(0.04)


def test_the_interval_of_a_median_is_of_order_statistics():
    """With ten numbers the second to the ninth: P(Binomial(10, 1/2) <= 1) = 11 / 1024 < 2.5 % < 56 / 1024."""
    values = np.random.default_rng(3).exponential(size=10)
    found = median_interval(values)
    assert found == pytest.approx((np.median(values), *np.sort(values)[[1, 8]]))
    assert np.isnan(median_interval(values[:5])[1:]).all()
    assert not np.isnan(median_interval(values[:6])[1:]).any()


def test_an_interquartile_mean_is_that_of_the_middle_half():
    values = np.array([1.0, 100, 2, 3, 4, 5, 6, 0])
    found = interquartile_mean(values)
    assert found.estimate == np.mean([2, 3, 4, 5])
    # Tukey and McLaughlin: Winsorised spread over (1 - 2 / 4) sqrt n, as many degrees as numbers kept, less one
    spread = np.std([2.0, 2, 2, 3, 4, 5, 5, 5], ddof=1) / (0.5 * math.sqrt(8))
    half = stats.t.ppf(0.975, 3) * spread
    assert (found.low, found.high) == pytest.approx((3.5 - half, 3.5 + half))
    assert interquartile_mean(values, least=3.0, most=3.6)[1:] == (3.0, 3.6)
    assert np.isnan(interquartile_mean([1.0, 2, 3])[1:]).all()
    assert interquartile_mean([4.0] * 5) == (4, 4, 4)
