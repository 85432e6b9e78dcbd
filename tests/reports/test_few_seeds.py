"""What is shown of few seeds: no interval that says nothing, and why; no ratio that is not known."""

import json
import re
from typing import Any

import numpy as np
import pytest

from agent.reports import formatting, learning_curves, results_tables
from agent.reports.comparisons import profiles, tables
from agent.results.comparison import compare_agents
from agent.statistics.intervals import says_nothing

ALIKE = (1.0, 1.01, 1.02, 10.0)
"""Numbers whose interval reaches beyond 1e100: 1 % of the resamples are nearly without a spread."""


@pytest.mark.parametrize(
    ("reached", "told"),
    [(199 / 200, "199 of 200"), (0.98, "98 %"), (0.02, "2 %"), (1 / 300, "1 of 300"), (0.9949, "99 %")],
)
def test_a_share_that_would_read_as_all_or_none_is_told_by_number(reached, told):
    steps = {"mean": 5.0, "ci95": [4.0, 6.0], "reached": reached}
    assert formatting.got_there(steps, 300 if "300" in told else 200) == f", {told} got there"


def _summary(value: float, crossing: int | None, known: bool = True) -> dict[str, Any]:
    return {
        "coverage": 0.5 if known else None,
        "missing_information_fraction": 0.5 if known else None,
        "information_gain_nats": value,
        "known_states": value,
        "episodes": 4,
        "num_states": 12 if known else None,
        "steps_to_fraction": {"0.5": crossing},
        "coverage_at_fraction": {"0.5": None},
    }


def _compared(crossings: tuple[int | None, int | None], known: bool = True) -> dict[str, Any]:
    return compare_agents(
        "grid",
        1000,
        {
            name: [_summary(value, crossing, known) for value in ALIKE]
            for name, crossing in zip(("curious", "random"), crossings, strict=True)
        },
    )


@pytest.mark.parametrize(
    ("low", "high", "is_nothing"),
    [(8, 12, False), (8, 9_999, False), (8, 10_000, True), (0.01, 12, True), (0.0, 12, False), (-9_999, 12, False),
     (-10_000, 12, True), (np.nan, np.nan, True)],
)  # fmt: skip
def test_an_end_a_thousand_times_the_estimate_says_nothing(low: float, high: float, is_nothing: bool) -> None:
    assert says_nothing(10.0, low, high) == is_nothing
    assert formatting.format_statistics({"mean": 10.0, "ci95": [low, high]}).startswith("10 (") != is_nothing


def test_a_mean_near_zero_is_small_beside_any_end() -> None:
    told = {"mean": 0.001, "median": 2.0, "iqm": 0.1, "ci95": [-5.0, 5.0]}
    assert formatting.format_statistics(told) == "0.001 (-5 to 5)"
    assert formatting.format_statistics(told | {"mean": 0.0, "median": 0.0, "iqm": 0.0}) == "0 (-5 to 5)"
    assert formatting.format_statistics({"mean": 1.0, "ci95": [0.9, None]}) == "1"  # the end was no finite number


def test_tables_leave_out_what_says_nothing_and_say_why(capsys: pytest.CaptureFixture[str]) -> None:
    told = _compared((None, None))
    stored = json.dumps(told)
    assert told["agents"]["curious"]["information_gain_nats"]["ci95"][1] > 1e100
    tables.print_comparison(told)
    printed = capsys.readouterr().out
    assert re.search(r"\d( \d{3}){3}", printed) is None  # no number of billions
    assert "too few seeds for an interval" in " ".join(printed.split())
    assert json.dumps(told) == stored

    row = {"world": "grid", "agent": "curious", "information gain": told["agents"]["curious"]["information_gain_nats"]}
    for write in (results_tables.markdown, results_tables.latex):
        assert "3.26 &" in write([row | {"more": ""}]) or "| 3.26 |" in write([row])
        assert "A mean alone: too few seeds for an interval, or nearly all alike." in write([row])
        assert "too few" not in write([row | {"information gain": {"mean": 3.26, "ci95": [3.0, 4.0]}}])
    low, high = told["agents"]["curious"]["information_gain_nats"]["ci95"]
    assert f"{low},{high}" in results_tables.comma_separated([row])  # the numbers as they are


def test_of_a_world_without_a_truth_no_level_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for known in (True, False):
        tables.print_comparison(_compared((1, 1), known))
        assert ("steps to 50 % missing" in capsys.readouterr().out) == known


def test_no_more_states_are_known_than_there_are() -> None:
    known, unknown = (_compared((1, 1), known)["agents"]["curious"]["known_states"] for known in (True, False))
    assert known["ci95"][1] == 12
    assert unknown["ci95"][1] == 1000 + 4 + 1  # one of each step, of the first reset, and of that after each episode


def test_figures_leave_out_what_says_nothing() -> None:
    step, columns = np.arange(1, 20), ("missing_information_fraction", "coverage", "information_gain_nats")
    lives = [{"step": step} | {column: np.full(19, value) for column in columns} for value in ALIKE]
    steps = [{"0.5": int(100 * value)} for value in ALIKE]
    figure = learning_curves.comparison_curves({"curious": lives}, {"curious": steps}, 10**6)
    assert "thin: each seed" in " ".join(" ".join(text.get_text().split()) for text in figure.texts)
    levels = figure.axes[3]
    assert [len(np.asarray(line.get_xdata())) for line in levels.lines if not np.any(line.get_ydata())] == [4, 1]


@pytest.mark.parametrize(
    ("crossings", "known", "ratios"),
    [
        ((100, 200), True, ["1", "2 (2 to 2)"]),
        ((100, None), True, ["1", ">= 10"]),
        ((None, 100), True, ["unknown", "<= 0.1"]),  # budget / budget says nothing
        ((None, None), True, ["unknown", "unknown"]),
        ((None, None), False, ["unknown", "unknown"]),
    ],
)
def test_a_ratio_to_what_is_not_known_is_unknown(
    crossings: tuple[int | None, int | None], known: bool, ratios: list[str]
) -> None:
    told = _compared(crossings, known)
    assert [tables._ratio(told, name, "0.5") for name in ("curious", "random")] == ratios
    joined = {"worlds": {"grid": told}, "scored": ["grid"] if known else [], "ratios": {}}
    assert profiles._ratio(joined, "curious", "0.5") == ratios[0]
