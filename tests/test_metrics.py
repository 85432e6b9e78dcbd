import itertools
import json
import subprocess
import sys

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from agent import metrics


def test_mean_interval_is_scipys_students_t() -> None:
    samples = np.array([3.0, 4.5, 1.25, 9.0, 2.0, 2.5])
    expected = scipy.stats.ttest_1samp(samples, 0).confidence_interval(0.95)
    assert metrics.mean_interval(samples) == pytest.approx((samples.mean(), expected.low, expected.high))
    narrow = scipy.stats.t.interval(0.5, 5, loc=samples.mean(), scale=scipy.stats.sem(samples))
    assert metrics.mean_interval(samples, 0.5)[1:] == pytest.approx(narrow)


def test_mean_interval_of_two_seeds_by_hand() -> None:
    # t with one degree of freedom is Cauchy: its quantile is tan(pi (p - 1/2)); s / sqrt(2) = |x - y| / 2.
    low, high = 5 - np.tan(np.pi * 0.475), 5 + np.tan(np.pi * 0.475)
    assert metrics.mean_interval([4, 6]) == pytest.approx((5, low, high))


def test_mean_interval_of_one_seed_is_unknown() -> None:
    estimate, low, high = metrics.mean_interval([7])
    assert estimate == 7
    assert np.isnan(low)
    assert np.isnan(high)


def test_band_of_normal_samples_covers_the_mean_in_95_of_100() -> None:
    # Every point of the curve is an independent experiment with 5 seeds: 10 000 of them, standard error 0.0022.
    curves = np.random.default_rng(1).normal(3.0, 2.0, size=(5, 10_000))
    band = metrics.curve_band([np.arange(10_000)] * 5, list(curves))
    assert np.mean((band.low <= 3) & (band.high >= 3)) == pytest.approx(0.95, abs=4 * 0.0022)


def test_ratio_agrees_with_every_resample_enumerated() -> None:
    above, below = np.array([10.0, 14.0, 30.0, 12.0]), np.array([2.0, 5.0, 4.0, 3.0])
    every = [above[list(i)].sum() / below[list(i)].sum() for i in itertools.product(range(4), repeat=4)]
    ratio = metrics.ratio_of_means(above, below, num_resamples=200_000, confidence=0.8)
    assert ratio.estimate == pytest.approx(66 / 14)
    assert ratio[1:] == pytest.approx(np.quantile(every, [0.1, 0.9]), rel=0.01)


def test_ratio_of_three_seeds_spans_the_extreme_resamples() -> None:
    # Each of the 27 resamples has probability 1/27 > 2.5 %: the 95 % interval is from the least to the greatest.
    above, below = np.array([9.0, 5.0, 8.0]), np.array([3.0, 5.0, 1.0])
    every = [above[list(i)].sum() / below[list(i)].sum() for i in itertools.product(range(3), repeat=3)]
    assert metrics.ratio_of_means(above, below)[1:] == pytest.approx((min(every), max(every)))


def test_ratio_is_paired_and_deterministic() -> None:
    below = np.array([1.0, 1000.0, 30.0, 7.0])  # what the agents share through a seed cancels
    assert metrics.ratio_of_means(2 * below, below) == pytest.approx((2, 2, 2))
    above = np.array([5.0, 3.0, 4.0, 9.0])
    assert metrics.ratio_of_means(above, below, seed=3) == metrics.ratio_of_means(above, below, seed=3)
    few = {"num_resamples": 100}
    assert metrics.ratio_of_means(above, below, seed=3, **few) != metrics.ratio_of_means(above, below, seed=4, **few)


def test_ratio_without_an_interval_or_a_value() -> None:
    single = metrics.ratio_of_means([6], [3])
    assert single.estimate == 2
    assert np.isnan(single.low)
    assert np.isnan(metrics.ratio_of_means([6, 1], [0, 0])).all()
    with pytest.raises(ValueError, match=r"same seeds.*\(2,\).*\(3,\)"):
        metrics.ratio_of_means([1, 2], [1, 2, 3])


def test_significance_is_whether_the_interval_contains_one() -> None:
    assert metrics.no_significant_difference([0.9, 1.1]) is True
    assert metrics.no_significant_difference([1.02, 1.3]) is False
    assert metrics.no_significant_difference([0.2, 0.9]) is False
    assert metrics.no_significant_difference([None, None]) is None
    assert metrics.no_significant_difference([np.nan, np.nan]) is None


def test_no_difference_is_found_in_about_95_of_100_null_comparisons() -> None:
    # Twenty paired seeds of one law for both agents. The percentile bootstrap is known to be a little too short
    # at this size (Efron & Tibshirani 1993, chapter 13), hence the lower edge of 90 %.
    rng = np.random.default_rng(0)
    found = [
        metrics.no_significant_difference(
            metrics.ratio_of_means(*rng.gamma(4, 100, size=(2, 20)), num_resamples=1000)[1:]
        )
        for _ in range(400)
    ]
    assert 0.90 <= np.mean(np.array(found, dtype=bool)) <= 0.98


def test_steps_to_fraction_is_the_first_crossing_even_if_the_curve_rises_again() -> None:
    crossings = metrics.steps_to_fraction([0, 10, 20, 30, 40], [1.0, 0.5, 0.6, 0.09, np.nan])
    assert crossings == {"0.5": 10, "0.25": 30, "0.1": 30, "0.05": None, "0.02": None}


def test_steps_to_fraction_of_an_unknown_truth() -> None:
    assert set(metrics.steps_to_fraction([1, 2], [np.nan, np.nan]).values()) == {None}
    assert set(metrics.steps_to_fraction([], []).values()) == {None}


@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0.01, 0.99))
def test_steps_to_fraction_against_a_search(fractions: list[float], level: float) -> None:
    steps = [3 * i for i in range(len(fractions))]
    expected = next((step for step, fraction in zip(steps, fractions, strict=True) if fraction <= level), None)
    assert list(metrics.steps_to_fraction(steps, fractions, [level]).values()) == [expected]


def test_censoring_counts_the_budget_and_says_how_many_got_there() -> None:
    steps, reached = metrics.censor([120, None, 80, None], budget=1000)
    assert steps.tolist() == [120, 1000, 80, 1000]
    assert reached == 0.5


def test_band_interpolates_on_the_first_steps_as_far_as_all_go() -> None:
    band = metrics.curve_band([[0, 2, 4, 8], [0, 4]], [[0, 2, 4, 8], [10, 18]])
    assert band.steps.tolist() == [0, 2, 4]
    assert band.mean == pytest.approx([5, 8, 11])
    # Two seeds: half of the difference times the Cauchy quantile, as in the test by hand above.
    assert band.high - band.mean == pytest.approx(np.array([5, 6, 7]) * np.tan(np.pi * 0.475))
    assert band.mean - band.low == pytest.approx(band.high - band.mean)


def _summary(coverage: float | None, missing: float | None, at_half: int | None, at_tenth: int | None) -> dict:
    return {
        "steps": 1000,
        "coverage": coverage,
        "missing_information_fraction": missing,
        "agent_name": "not a number",
        "partial": False,
        "steps_to_fraction": {"0.5": at_half, "0.1": at_tenth},
    }


def test_comparison_has_the_published_structure() -> None:
    found = metrics.comparison(
        "grid",
        1000,
        {
            "curious": [_summary(0.9, 0.05, 100, 300), _summary(0.8, 0.07, 140, 500)],
            "random": [_summary(0.5, 0.3, 400, None), _summary(0.3, 0.2, 600, 900)],
        },
    )
    assert list(found) == ["env", "steps", "seeds", "agents", "ratios"]
    assert (found["env"], found["steps"], found["seeds"]) == ("grid", 1000, 2)
    curious, random = found["agents"]["curious"], found["agents"]["random"]
    assert set(curious) == {"steps", "coverage", "missing_information_fraction", "steps_to_fraction"}
    assert curious["coverage"]["mean"] == curious["coverage"]["median"] == pytest.approx(0.85)
    assert curious["coverage"]["ci95"] == pytest.approx(scipy.stats.t.interval(0.95, 1, loc=0.85, scale=0.05))
    assert random["steps_to_fraction"]["0.1"]["mean"] == 950  # (budget 1000 + 900) / 2
    assert random["steps_to_fraction"]["0.1"]["reached"] == 0.5
    assert set(random["steps_to_fraction"]["0.1"]) == {"mean", "median", "ci95", "reached"}
    assert list(found["ratios"]) == ["random"]
    assert found["ratios"]["random"]["0.1"]["mean"] == pytest.approx(950 / 400)
    # Two seeds have three distinct resamples; the extremes have probability 1/4 each.
    assert found["ratios"]["random"]["0.1"]["ci95"] == pytest.approx([900 / 500, 1000 / 300])
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_comparison_has_null_where_nothing_is_known() -> None:
    unknown = [_summary(None, None, None, None)] * 3
    found = metrics.comparison("taxi", 1000, {"curious": unknown, "random": unknown})
    nothing = {"mean": None, "median": None, "ci95": [None, None]}
    assert found["agents"]["random"]["coverage"] == nothing
    assert found["agents"]["random"]["steps_to_fraction"]["0.1"] == nothing | {"reached": None}
    assert found["ratios"]["random"]["0.1"] == {"mean": None, "ci95": [None, None]}
    assert found["agents"]["random"]["steps"]["ci95"] == [1000, 1000]


def test_comparison_of_a_level_that_neither_reached_is_null() -> None:
    rows = [_summary(0.5, 0.4, 700, None), _summary(0.5, 0.4, 800, None)]
    found = metrics.comparison("grid", 1000, {"a": rows, "b": rows})
    assert found["ratios"]["b"]["0.1"]["mean"] is None
    assert found["ratios"]["b"]["0.5"]["mean"] == 1
    assert found["agents"]["b"]["steps_to_fraction"]["0.1"]["mean"] == 1000


def test_comparison_wants_the_same_seeds_for_all() -> None:
    row = _summary(0.5, 0.4, 700, None)
    with pytest.raises(ValueError, match=r"same seeds.*'a': 1.*'b': 2"):
        metrics.comparison("grid", 1000, {"a": [row], "b": [row, row]})
    with pytest.raises(ValueError, match="same seeds"):
        metrics.comparison("grid", 1000, {})


@pytest.mark.parametrize(
    ("value", "text"),
    [(12000, "12 000"), (1234567.4, "1 234 567"), (41.34, "41.3"), (0.01734, "0.0173"), (0, "0"), (None, "unknown")],
)
def test_numbers_in_tables(value: float | None, text: str) -> None:
    assert metrics.format_number(value) == text


def test_lower_bounds_are_marked_in_tables() -> None:
    statistics = {"mean": 12000.0, "median": 1.0, "ci95": [11000.0, 13000.0]}
    assert metrics.format_statistics(statistics) == "12 000 (11 000 to 13 000)"
    assert metrics.format_statistics(statistics | {"reached": 1.0}) == "12 000 (11 000 to 13 000)"
    assert metrics.format_statistics(statistics | {"reached": 0.95}) == ">= 12 000 (11 000 to 13 000)"
    assert metrics.format_statistics({"mean": None, "ci95": [None, None], "reached": None}) == "unknown"


def test_ratios_in_tables_say_which_way_they_are_bounds() -> None:
    ratio = {"mean": 10.0, "ci95": [8.0, 12.0]}
    assert metrics.format_ratio(ratio) == "10 (8 to 12)"
    assert metrics.format_ratio(ratio, reached=0.2) == ">= 10 (8 to 12)"
    assert metrics.format_ratio(ratio, reached_first=0.2) == "<= 10 (8 to 12)"
    assert metrics.format_ratio(ratio, 0.2, 0.2) == "~ 10 (8 to 12)"


def test_an_interval_of_seeds_that_all_count_as_the_budget_is_not_printed() -> None:
    point = {"mean": 10.0, "ci95": [10.0, 10.0]}
    assert metrics.format_ratio(point, reached=0.0) == ">= 10"
    assert metrics.format_ratio(point, reached_first=0.0) == "<= 10"
    assert metrics.format_ratio(point) == "10 (10 to 10)"  # they did get there, all alike
    assert metrics.format_ratio({"mean": 10.0, "ci95": [8.0, 12.0]}, reached=0.0) == ">= 10 (8 to 12)"
    assert metrics.format_statistics(point | {"reached": 0.0}) == ">= 10"


def test_import_is_cheap() -> None:
    heavy = "{'scipy', 'matplotlib', 'PIL', 'numba'}"
    script = (
        f"import sys, agent.metrics; sys.exit(str({heavy} & set(sys.modules)) if {heavy} & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
