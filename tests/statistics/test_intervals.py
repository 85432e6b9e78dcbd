"""Intervals of means and paired ratios: all resamples enumerated, the range respected, the truth contained."""

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.reports import formatting, learning_curves
from agent.reports.comparisons import tables
from agent.results.comparison import compare_agents
from agent.statistics import seed_statistics
from agent.statistics.intervals import mean_bounds, mean_interval, ratio_bounds, ratio_of_means
from tests.benchmarks import interval_coverage, steering

NOTHING = {"mean": None, "ci95": [None, None]}


def by_enumeration(statistic, error, columns, confidence):
    """Ends of the bootstrap-t's interval from every one of the n^n resamples, by the textbook's formula."""
    n = len(columns[0])
    estimate, studentised = statistic(*columns), []
    for indices in itertools.product(range(n), repeat=n):
        drawn = [column[list(indices)] for column in columns]
        away, spread = statistic(*drawn) - estimate, error(*drawn)
        studentised.append(away / spread if spread > 1e-9 else math.copysign(math.inf, away))
    tail = (1 - confidence) / 2
    low, high = np.quantile(studentised, [tail, 1 - tail], method="inverted_cdf")
    widened = error(*columns) * n / (n - 1)
    return estimate - high * widened, estimate - low * widened


def test_a_mean_agrees_with_every_resample_enumerated():
    samples = np.array([3.0, 4.5, 1.25, 9.0, 2.5])

    def error(x):
        return x.std() / x.mean() / math.sqrt(5)

    low, high = by_enumeration(lambda x: math.log(x.mean()), error, [samples], 0.8)
    found = mean_interval(samples, num_resamples=200_000, confidence=0.8)
    assert found.estimate == pytest.approx(4.05)
    assert found[1:] == pytest.approx((math.exp(low), math.exp(high)), rel=0.01)


def test_a_mean_of_numbers_of_both_signs_agrees_with_every_resample_enumerated():
    samples = np.array([-3.0, 4.5, 1.25, -9.0, 2.5])
    found = mean_interval(samples, num_resamples=200_000, confidence=0.8)
    expected = by_enumeration(np.mean, lambda x: x.std() / math.sqrt(5), [samples], 0.8)
    assert found[1:] == pytest.approx(expected, rel=0.01, abs=0.01)


def test_a_ratio_agrees_with_every_resample_enumerated():
    above, below = np.array([10.0, 14.0, 30.0, 12.0, 9.0]), np.array([2.0, 5.0, 4.0, 3.0, 3.5])

    def error(x, y):
        return (x / x.mean() - y / y.mean()).std() / math.sqrt(5)

    def statistic(x, y):
        return math.log(x.mean() / y.mean())

    low, high = by_enumeration(statistic, error, [above, below], 0.8)
    ratio = ratio_of_means(above, below, num_resamples=200_000, confidence=0.8)
    assert ratio.estimate == pytest.approx(75 / 17.5)
    assert ratio[1:] == pytest.approx((math.exp(low), math.exp(high)), rel=0.01)


def test_a_ratio_to_a_constant_is_the_mean():
    samples = np.random.default_rng(0).exponential(size=20)
    of_mean, of_ratio = mean_interval(samples), ratio_of_means(samples, np.full(20, 2.0))
    assert of_ratio == pytest.approx([value / 2 for value in of_mean], rel=1e-12)


def test_intervals_scale_with_their_unit():
    samples = np.random.default_rng(1).exponential(size=12)
    for numbers in (samples, samples - 0.7):
        for unit in (1e-200, 1e-9, 1e9, 1e200):
            scaled = [unit * end for end in mean_interval(numbers)]
            assert mean_interval(unit * numbers) == pytest.approx(scaled, rel=1e-9)


@given(
    st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=25),
    st.lists(st.floats(0.01, 1) | st.just(1.0), min_size=25, max_size=25),
)
def test_intervals_contain_the_estimate_and_nothing_impossible(samples, others):
    mean, low, high = mean_interval(samples, 1.0, num_resamples=500)
    assert math.isnan(low) == math.isnan(high)
    assert math.isnan(low) or 0 <= low <= mean * (1 + 1e-12) <= high * (1 + 2e-12) <= 1 + 1e-11
    assert high <= 1 or math.isnan(high)
    if not math.isnan(low) and low == 0.0:
        assert not any(samples)  # no end is 0 unless all are
    ratio, low, high = ratio_of_means(samples, others[: len(samples)], num_resamples=500)
    assert math.isnan(low) or 0 < low <= ratio * (1 + 1e-12) <= high * (1 + 2e-12) < math.inf


def test_equal_numbers_have_an_interval_without_width():
    for value in (0.0, 1.0, 299.0, 1e-300, 0.1, -3.0):
        assert mean_interval([value] * 7) == pytest.approx((value, value, value), rel=1e-12)
    below = np.array([1.0, 1000.0, 30.0, 7.0])  # what the agents share through a seed cancels
    assert ratio_of_means(2 * below, below) == pytest.approx((2, 2, 2))


@pytest.mark.parametrize("samples", [[7.0], [4.0, 6.0], [3.0, 5.0, 9.0], [0.0] * 19 + [1.0]])
def test_where_the_resamples_tell_no_interval_there_is_none(samples):
    estimate, low, high = mean_interval(samples, 10.0)
    assert estimate == np.mean(samples)
    assert math.isnan(low)
    assert math.isnan(high)


@pytest.mark.parametrize(
    ("arrived", "is_told"), [(1, False), (2, False), (3, False), (4, True), (10, True), (20, True)]
)
def test_an_interval_of_steps_takes_four_seeds_that_arrive(arrived, is_told):
    """The resamples in which nobody arrives are (1 - arrived/20)^20 of all: 3.9 % for three, 1.2 % for four."""
    steps = [10.0 + i for i in range(arrived)] + [1000.0] * (20 - arrived)
    low, high = mean_interval(steps, 1000.0)[1:]
    assert math.isfinite(low) is is_told
    assert not high > 1000.0


def test_a_ratio_without_a_value():
    assert np.isnan(ratio_of_means([6, 1], [0, 0])).all()
    single = ratio_of_means([6], [3])
    assert single.estimate == 2
    assert np.isnan(single[1:]).all()
    nothing = ratio_of_means([0, 0, 0, 0, 0], [1, 2, 3, 4, 5])
    assert nothing.estimate == 0
    assert np.isnan(nothing[1:]).all()
    with pytest.raises(ValueError, match=r"same seeds.*\(2,\).*\(3,\)"):
        ratio_of_means([1, 2], [1, 2, 3])


def test_intervals_are_deterministic():
    above, below = np.random.default_rng(2).exponential(size=(2, 9))
    assert ratio_of_means(above, below, seed=3) == ratio_of_means(above, below, seed=3)
    few = {"num_resamples": 100}
    assert ratio_of_means(above, below, seed=3, **few) != ratio_of_means(above, below, seed=4, **few)
    assert mean_interval(above, seed=3, **few) != mean_interval(above, seed=4, **few)


def test_many_at_once_are_the_same_as_one_by_one():
    above, below = np.random.default_rng(3).exponential(size=(2, 8, 5))
    together = np.transpose(mean_bounds(above, 2.0)), np.transpose(ratio_bounds(above, below))
    for i in range(5):
        assert together[0][i] == pytest.approx(mean_interval(above[:, i], 2.0)[1:])
        assert together[1][i] == pytest.approx(ratio_of_means(above[:, i], below[:, i])[1:])


def test_thousands_of_seeds_fit():
    samples = np.random.default_rng(4).exponential(size=5000)
    mean, low, high = mean_interval(samples)
    assert (low, high) == pytest.approx((mean - 1.96 / math.sqrt(5000), mean + 1.96 / math.sqrt(5000)), abs=3e-3)


@pytest.mark.slow
@pytest.mark.parametrize("law", list(interval_coverage.LAWS)[:4])
def test_intervals_of_twenty_seeds_contain_the_truth(law):
    """At least 92 % of the intervals; a thousand of them have a standard error of .86 %, and two are allowed."""
    for coverage, kind in (
        (interval_coverage.coverage_of_means, "bootstrap-t of ln mean"),
        (interval_coverage.coverage_of_ratios, "bootstrap-t of ln ratio"),
    ):
        inside, told = coverage(kind, interval_coverage.LAWS[law], 20, 1000)
        assert inside > 0.92 - 2 * 0.0086
        assert told > 0.99


@pytest.mark.parametrize("law", interval_coverage.LAWS.values(), ids=list(interval_coverage.LAWS))
def test_the_laws_have_the_means_they_are_said_to_have(law):
    middles = (np.arange(1_000_000) + 0.5) / 1_000_000
    assert np.minimum(law.quantile(middles), law.budget).mean() == pytest.approx(law.mean, rel=2e-3)


# --- in comparisons ---


def summary(coverage=0.5, reward=0.0, steps=None):
    return {
        "coverage": coverage,
        "reward": reward,
        "missing_information_fraction": 0.5,
        "steps_to_fraction": {"0.1": steps},
        "coverage_at_fraction": {"0.1": None if steps is None else 0.5},
    }


def compared(first, second, budget=1000):
    rows = {"a": [summary(steps=steps) for steps in first], "b": [summary(steps=steps) for steps in second]}
    found = compare_agents("world", budget, rows)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found["agents"]["a"]["steps_to_fraction"]["0.1"], found["agents"]["b"]["steps_to_fraction"]["0.1"], found


QUICK = [100 + 7 * i for i in range(20)]


@pytest.mark.parametrize("arrived", [0, 1, 2, 3])
def test_few_that_arrive_are_counted_and_have_no_interval(arrived, capsys):
    slow = [900 - 50 * i for i in range(arrived)] + [None] * (20 - arrived)
    quick, few, found = compared(QUICK, slow)
    assert quick["ci95"][0] < quick["mean"] < quick["ci95"][1]
    assert few["ci95"] == [None, None]
    assert few["reached"] == arrived / 20
    ratio = found["ratios"]["b"]["0.1"]
    assert ratio["mean"] == pytest.approx(few["mean"] / quick["mean"])
    assert ratio["ci95"] == [None, None]
    tables.print_comparison(found)
    rows = [line.split("│")[1:-1] for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    cells = {row[0].strip(): row[2].strip() for row in rows}
    told = "none got there" if arrived == 0 else f"{arrived} of 20 got there"
    assert cells["steps to 10 % missing"] == f">= {formatting.format_number(few['mean'])}, {told}"
    assert cells["ratio of steps to 10 % missing"] == f">= {formatting.format_number(ratio['mean'])}"


def test_a_ratio_has_no_interval_where_the_first_agent_hardly_arrives():
    _, quick, found = compared([None] * 19 + [500], QUICK)
    assert quick["ci95"][0] is not None
    assert found["ratios"]["b"]["0.1"]["ci95"] == [None, None]


def test_intervals_of_steps_stay_within_the_budget():
    rng = np.random.default_rng(5)
    for _ in range(20):
        steps = [int(step) if step < 1000 else None for step in rng.exponential(900, 20)]
        own, _, _ = compared(steps, QUICK)
        assert 0 < own["ci95"][0] < own["mean"] < own["ci95"][1] <= 1000


def test_coverage_stays_within_its_range_and_rewards_may_be_negative():
    rng = np.random.default_rng(6)
    rows = [summary(1 - max(0.0, gap), reward) for gap, reward in rng.normal(0.05, 0.08, (20, 2))]
    found = compare_agents("world", 10, {"a": rows})["agents"]["a"]
    assert 0 < found["coverage"]["ci95"][0] < found["coverage"]["mean"] < found["coverage"]["ci95"][1] <= 1
    rewards = seed_statistics.describe([-5.0, 2.0, -1.0, 3.0, 0.5, -2.0, 1.0])
    assert rewards["ci95"][0] < 0 < rewards["ci95"][1]


def test_bands_stay_within_their_range():
    rng = np.random.default_rng(7)
    curves = np.minimum(100.0, np.linspace(0, 110, 50) + rng.normal(0, 8, (20, 50))).clip(0)
    band = seed_statistics.curve_band([np.arange(50)] * 20, list(curves), most=100.0)
    told = np.isfinite(band.low)
    assert told.sum() > 30
    assert (band.low[told] >= 0).all()
    assert (band.low[told] <= band.mean[told] * (1 + 1e-12)).all()
    assert (band.mean[told] <= band.high[told] * (1 + 1e-12)).all()
    assert (band.high[told] <= 100).all()


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_figures_of_few_seeds_are_drawn(seeds):
    step, rng = np.arange(30), np.random.default_rng(8)
    names = "missing_information_fraction", "coverage", "expected_missing_information_nats", "information_gain_nats"
    curves = {"a": [{"step": step} | {name: rng.random(30) for name in names} for _ in range(seeds)]}
    figure = learning_curves.comparison_curves(curves, {"a": [{"0.1": None, "0.5": 20 + i} for i in range(seeds)]}, 30)
    figure.canvas.draw()
    heading = figure.texts[0].get_text()
    assert heading.startswith(f"mean of {seeds} paired seeds")
    assert ("intervals" in heading) is (seeds > 3)


def test_an_end_beyond_all_numbers_is_the_largest_one():
    """Two seeds of one kind and two of another, of means that few resamples tell apart."""
    low, high = mean_bounds(np.array([[19048.89659433], [60431.55238183], [57272.94173472], [19018.25225705]]))
    assert 0 < low[0] < 19018
    assert high[0] == np.finfo(np.float64).max


def test_benchmarks_tell_means_and_ratios_as_bounds_where_seeds_did_not_get_there():
    rng = np.random.default_rng(0)
    there, budget = rng.integers(100, 200, 20), 400
    late = np.append(there[:-1] + 50, budget)
    ratio = ratio_of_means(there, late)
    told = f"{ratio.estimate:.3g} ({ratio.low:.3g} to {ratio.high:.3g})"
    mean, bound = f"{there.mean():.3g}", f">= {late.mean():.3g}"
    assert steering.compared(there, late, budget) == f"{mean} | {bound} | <= {told}"
    assert steering.compared(late, there, budget).startswith(f"{bound} | {mean} | >= ")
    assert steering.compared(np.full(20, budget), np.full(20, budget), budget) == ">= 400 | >= 400 | ~ 1"
