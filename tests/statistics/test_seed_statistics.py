import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.reports import formatting
from agent.results.comparison import compare_agents
from agent.results.crossings import coverage_at_fraction, steps_to_fraction
from agent.statistics import intervals, seed_statistics


def test_significance_is_whether_the_interval_contains_one() -> None:
    assert seed_statistics.no_significant_difference([0.9, 1.1]) is True
    assert seed_statistics.no_significant_difference([1.02, 1.3]) is False
    assert seed_statistics.no_significant_difference([0.2, 0.9]) is False
    assert seed_statistics.no_significant_difference([None, None]) is None
    assert seed_statistics.no_significant_difference([np.nan, np.nan]) is None


def test_no_difference_is_found_in_about_95_of_100_null_comparisons() -> None:
    # Twenty paired seeds of one law for both agents; 400 comparisons have a standard error of 1.1 %.
    rng = np.random.default_rng(0)
    found = [
        seed_statistics.no_significant_difference(
            intervals.ratio_of_means(*rng.gamma(4, 100, size=(2, 20)), num_resamples=1000)[1:]
        )
        for _ in range(400)
    ]
    assert 0.92 <= np.mean(np.array(found, dtype=bool)) <= 0.98


def test_steps_to_fraction_is_the_first_crossing_even_if_the_curve_rises_again() -> None:
    crossings = steps_to_fraction([0, 10, 20, 30, 40], [1.0, 0.5, 0.6, 0.09, np.nan])
    assert crossings == {
        "0.5": 10, "0.25": 30, "0.1": 30, "0.05": None, "0.02": None, "0.01": None, "0.005": None,
    }  # fmt: skip


def test_coverage_is_that_of_the_first_crossing() -> None:
    crossings = steps_to_fraction([0, 1, 2, 3, 4], [1.0, 0.4, 0.6, 0.02, 0.3], [0.5, 0.1, 0.02, 0.01])
    assert crossings == {"0.5": 1, "0.1": 3, "0.02": 3, "0.01": None}
    seen = coverage_at_fraction(crossings, [0.0, 0.125, 0.25, 0.375, 0.5])
    assert seen == {"0.5": 0.125, "0.1": 0.375, "0.02": 0.375, "0.01": None}
    assert coverage_at_fraction({"0.5": 0}, [0.0]) == {"0.5": 0.0}  # what was known from the start was never seen
    assert coverage_at_fraction(steps_to_fraction([0], [np.nan], [0.5]), [np.nan]) == {"0.5": None}


def test_steps_to_fraction_of_an_unknown_truth() -> None:
    assert set(steps_to_fraction([1, 2], [np.nan, np.nan]).values()) == {None}
    assert set(steps_to_fraction([], []).values()) == {None}


@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0.01, 0.99))
def test_steps_to_fraction_against_a_search(fractions: list[float], level: float) -> None:
    steps = [3 * i for i in range(len(fractions))]
    expected = next((step for step, fraction in zip(steps, fractions, strict=True) if fraction <= level), None)
    assert list(steps_to_fraction(steps, fractions, [level]).values()) == [expected]


def test_censoring_counts_the_budget_and_says_how_many_got_there() -> None:
    steps, reached = seed_statistics.censor([120, None, 80, None], budget=1000)
    assert steps.tolist() == [120, 1000, 80, 1000]
    assert reached == 0.5


def test_band_interpolates_on_the_first_steps_as_far_as_all_go() -> None:
    band = seed_statistics.curve_band([[0, 2, 4, 8], [0, 4]], [[0, 2, 4, 8], [10, 18]])
    assert band.steps.tolist() == [0, 2, 4]
    assert band.mean == pytest.approx([5, 8, 11])
    assert np.isnan(band.low).all()  # two seeds have no interval


def _summary(coverage: float | None, missing: float | None, at_half: int | None, at_tenth: int | None) -> dict:
    return {
        "steps": 1000,
        "coverage": coverage,
        "missing_information_fraction": missing,
        "agent_name": "not a number",
        "partial": False,
        "steps_to_fraction": {"0.5": at_half, "0.1": at_tenth},
        "coverage_at_fraction": {
            "0.5": None if at_half is None else at_half / 1000,
            "0.1": None if at_tenth is None else at_tenth / 1000,
        },
    }


def test_comparison_has_the_published_structure() -> None:
    found = compare_agents(
        "grid",
        1000,
        {
            "curious": [_summary(0.9, 0.05, 100, 300), _summary(0.8, 0.07, 140, 500)],
            "random": [_summary(0.5, 0.3, 400, None), _summary(0.3, 0.2, 600, 900)],
        },
    )
    assert list(found) == ["env", "steps", "seeds", "agents", "differences", "improvements", "logrank", "ratios"]
    assert (found["env"], found["steps"], found["seeds"]) == ("grid", 1000, 2)
    curious, random = found["agents"]["curious"], found["agents"]["random"]
    assert set(curious) == {
        "steps", "coverage", "missing_information_fraction", "steps_to_fraction", "coverage_at_fraction",
    }  # fmt: skip
    assert curious["coverage"]["mean"] == curious["coverage"]["median"] == pytest.approx(0.85)
    assert curious["coverage"]["ci95"] == [None, None]  # two seeds have no interval
    assert random["steps_to_fraction"]["0.1"]["mean"] == 950  # (budget 1000 + 900) / 2
    assert random["steps_to_fraction"]["0.1"]["reached"] == 0.5
    described = {"mean", "median", "iqm", "ci95", "median_ci95", "iqm_ci95"}
    assert set(random["steps_to_fraction"]["0.1"]) == described | {"reached"}
    assert set(random["coverage_at_fraction"]["0.1"]) == described
    assert random["coverage_at_fraction"]["0.5"]["mean"] == 0.5  # (.4 + .6) / 2
    assert random["coverage_at_fraction"]["0.1"]["mean"] == 0.9  # of the seed that got there
    assert list(found["ratios"]) == ["random"]
    assert found["ratios"]["random"]["0.1"]["mean"] == pytest.approx(950 / 400)
    assert found["ratios"]["random"]["0.1"]["ci95"] == [None, None]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_comparison_has_null_where_nothing_is_known() -> None:
    unknown = [_summary(None, None, None, None)] * 3
    found = compare_agents("taxi", 1000, {"curious": unknown, "random": unknown})
    intervals = {figure: [None, None] for figure in ("ci95", "median_ci95", "iqm_ci95")}
    nothing = dict.fromkeys(("mean", "median", "iqm")) | intervals
    assert found["agents"]["random"]["coverage"] == nothing
    assert found["agents"]["random"]["steps_to_fraction"]["0.1"] == nothing | {"reached": None}
    assert found["agents"]["random"]["coverage_at_fraction"]["0.1"] == nothing
    assert found["ratios"]["random"]["0.1"] == {"mean": None, "ci95": [None, None]}
    assert found["agents"]["random"]["steps"]["ci95"] == [1000, 1000]


def test_comparison_of_a_level_that_neither_reached_is_null() -> None:
    rows = [_summary(0.5, 0.4, 700, None), _summary(0.5, 0.4, 800, None)]
    found = compare_agents("grid", 1000, {"a": rows, "b": rows})
    assert found["ratios"]["b"]["0.1"]["mean"] is None
    assert found["ratios"]["b"]["0.5"]["mean"] == 1
    assert found["agents"]["b"]["steps_to_fraction"]["0.1"]["mean"] == 1000
    assert found["agents"]["b"]["coverage_at_fraction"]["0.1"]["mean"] is None


def test_comparison_wants_the_same_seeds_for_all() -> None:
    row = _summary(0.5, 0.4, 700, None)
    with pytest.raises(ValueError, match=r"same seeds.*'a': 1.*'b': 2"):
        compare_agents("grid", 1000, {"a": [row], "b": [row, row]})
    with pytest.raises(ValueError, match="same seeds"):
        compare_agents("grid", 1000, {})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12000, "12 000"),
        (1234567.4, "1 234 567"),
        (999.7, "1 000"),
        (999.4, "999"),
        (41.34, "41.3"),
        (0.01734, "0.0173"),
        (0, "0"),
        (None, "unknown"),
    ],
)
def test_numbers_in_tables(value: float | None, text: str) -> None:
    assert formatting.format_number(value) == text


def test_lower_bounds_are_marked_in_tables() -> None:
    statistics = {"mean": 12000.0, "median": 1.0, "ci95": [11000.0, 13000.0]}
    assert formatting.format_statistics(statistics) == "12 000 (11 000 to 13 000)"
    assert formatting.format_statistics(statistics | {"reached": 1.0}) == "12 000 (11 000 to 13 000)"
    assert formatting.format_statistics(statistics | {"reached": 0.95}) == ">= 12 000 (11 000 to 13 000)"
    assert formatting.format_statistics({"mean": None, "ci95": [None, None], "reached": None}) == "unknown"


def test_ratios_in_tables_say_which_way_they_are_bounds() -> None:
    ratio = {"mean": 10.0, "ci95": [8.0, 12.0]}
    assert formatting.format_ratio(ratio) == "10 (8 to 12)"
    assert formatting.format_ratio(ratio, reached=0.2) == ">= 10 (8 to 12)"
    assert formatting.format_ratio(ratio, reached_first=0.2) == "<= 10 (8 to 12)"
    assert formatting.format_ratio(ratio, 0.2, 0.2) == "~ 10 (8 to 12)"


def test_an_interval_of_seeds_that_all_count_as_the_budget_is_not_printed() -> None:
    point = {"mean": 10.0, "ci95": [10.0, 10.0]}
    assert formatting.format_ratio(point, reached=0.0) == ">= 10"
    assert formatting.format_ratio(point, reached_first=0.0) == "<= 10"
    assert formatting.format_ratio(point) == "10 (10 to 10)"  # they did get there, all alike
    assert formatting.format_ratio({"mean": 10.0, "ci95": [8.0, 12.0]}, reached=0.0) == ">= 10 (8 to 12)"
    assert formatting.format_statistics(point | {"reached": 0.0}) == ">= 10"


def test_import_is_cheap() -> None:
    heavy = {"matplotlib", "PIL", "numba"}
    script = f"import sys, agent.statistics.seed_statistics; sys.exit(' '.join({heavy} & set(sys.modules)) or 0)"
    subprocess.run([sys.executable, "-c", script], check=True)
