"""`agent.compare`: the promised form, made of the very runs, and honest about what was not reached."""

import json
from pathlib import Path

import numpy as np
import pytest

from agent import compare, load_results, load_run
from agent.reports.comparisons import tables
from agent.results import marks, storage
from agent.results.comparison import compare_agents

SUMMARY_KEYS = {
    "steps", "coverage", "missing_information_nats", "missing_information_fraction",
    "expected_missing_information_nats", "information_gain_nats", "expected_information_gain_nats",
    "steps_to_fraction", "coverage_at_fraction",
    "planning_loss_bound", "agent_seconds", "env_seconds", "steps_per_second", "peak_memory_mb",
}  # fmt: skip
"""What scripts rely on."""

STATISTICS = {"mean", "ci95", "median", "median_ci95", "iqm", "iqm_ci95"}

COMPARE = ("--env", "river-swim", "--agents", "curious", "random", "--seeds", 3, "--steps", 400)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    out = tmp_path_factory.mktemp("comparisons")
    assert compare.main([*map(str, COMPARE), "--out", str(out), "--quiet"]) == 0
    (directory,) = out.glob("[!.]*")
    return directory


def test_a_comparison_has_the_promised_form(compared):
    assert compared.name.startswith("compare-river-swim-")
    assert sorted(path.name for path in compared.iterdir()) == [
        "comparison.json", "config.json", "curves.npz", "figures",
    ]  # fmt: skip
    newest = max((path for path in compared.iterdir()), key=lambda path: path.stat().st_mtime_ns)
    assert newest.name == "comparison.json"
    comparison = json.loads((compared / "comparison.json").read_text())
    assert (comparison["env"], comparison["steps"], comparison["seeds"]) == ("river-swim", 400, 3)
    assert list(comparison["agents"]) == ["curious", "random"]
    for agent in comparison["agents"].values():
        assert set(agent) >= SUMMARY_KEYS
        for key in SUMMARY_KEYS - {"steps_to_fraction", "coverage_at_fraction"}:
            assert set(agent[key]) == STATISTICS
        for level in ("0.5", "0.25", "0.1", "0.05", "0.02", "0.01", "0.005"):
            assert set(agent["steps_to_fraction"][level]) == STATISTICS | {"reached"}
            assert set(agent["coverage_at_fraction"][level]) == STATISTICS
    assert list(comparison["ratios"]) == ["random"]
    assert set(comparison["ratios"]["random"]["0.1"]) == {"mean", "ci95"}
    against = comparison["differences"]["random"], comparison["improvements"]["random"], comparison["logrank"]["random"]
    assert [set(figure["0.5"]) for figure in against] == [
        {"mean", "ci95"}, {"probability", "ci95"}, {"statistic", "p", "p_holm"},
    ]  # fmt: skip
    assert (comparison["first_seed"], comparison["unknown"]) == (0, None)
    assert sorted(path.name for path in (compared / "figures").iterdir()) == ["comparison.png", "survival.png"]


@pytest.mark.slow
def test_a_comparison_is_made_of_the_very_runs(played, compared, tmp_path):
    """Same lives in a worker as in `agent.run`: the mean over its seeds is the mean over these runs."""
    comparison, curves = storage.read_json(compared / "comparison.json"), storage.read_arrays(compared / "curves.npz")
    runs = [
        load_run(played(tmp_path, "--env", "river-swim", "--steps", 400, "--seed", seed, "--baseline", "none"))
        for seed in range(3)
    ]
    for key in ("coverage", "missing_information_nats", "information_gain_nats", "reward"):
        mean = np.mean([run_.summary[key] for run_ in runs])
        assert comparison["agents"]["curious"][key]["mean"] == pytest.approx(mean, rel=1e-12)
    steps = [run_.summary["steps_to_fraction"]["0.5"] or 400 for run_ in runs]
    assert comparison["agents"]["curious"]["steps_to_fraction"]["0.5"]["mean"] == pytest.approx(np.mean(steps))
    np.testing.assert_array_equal(curves["seed"], [0, 1, 2])
    for i, run_ in enumerate(runs):
        np.testing.assert_array_equal(curves["step"], run_.metrics["step"])
        np.testing.assert_array_equal(curves["curious/coverage"][i], run_.metrics["coverage"])
        for key in ("steps_to_fraction", "coverage_at_fraction"):
            by_level = np.array(list(run_.summary[key].values()), dtype=float)
            np.testing.assert_array_equal(curves[f"curious/{key}"][i], by_level)
        step = run_.summary["steps_to_fraction"]["0.5"]
        assert run_.summary["coverage_at_fraction"]["0.5"] == run_.trace["coverage"][step - 1]


def test_a_comparison_is_found_again(call, compared):
    status, lines, errors = call(compare, *COMPARE, "--out", compared.parent)
    assert status == 0
    assert lines[-1] == str(compared)
    assert any("ratio" in line for line in lines)
    assert len(errors) == 1
    assert "found the finished comparison" in errors[0]
    status, lines, _ = call(compare, "--config", compared / "config.json", "--out", compared.parent, "--quiet")
    assert (status, lines) == (0, [str(compared)])


def test_what_is_told_against_the_first_agent_is_of_the_stored_steps(compared):
    comparison, curves = storage.read_json(compared / "comparison.json"), storage.read_arrays(compared / "curves.npz")
    levels = list(comparison["agents"]["curious"]["steps_to_fraction"])
    p_values = []
    for i, level in enumerate(levels):
        own, first = (curves[f"{name}/steps_to_fraction"][:, i] for name in ("random", "curious"))
        difference, improvement, test = (
            comparison[figure]["random"][level] for figure in ("differences", "improvements", "logrank")
        )
        if np.isnan([own, first]).all():
            assert difference["mean"] is improvement["probability"] is test["p"] is None
            continue
        gap = np.nan_to_num(own, nan=400) - np.nan_to_num(first, nan=400)
        assert difference["mean"] == pytest.approx(gap.mean())
        assert improvement["probability"] == pytest.approx(np.mean((gap < 0) + (gap == 0) / 2))
        p_values.append(test["p"])
        assert test["p_holm"] >= test["p"]
    assert min(p_values) < 0.2  # something was tested


@pytest.mark.slow
def test_figures_for_print_are_drawn_on_demand(call, compared):
    """PDF and SVG beside PNG, of the finished result; equal figures have equal bytes."""
    folder, words = compared / "figures", (*COMPARE, "--out", compared.parent, "--quiet")
    assert call(compare, *words, "--figure-format", "pdf", "svg")[0] == 0
    drawn = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(drawn) == [f"{name}.{each}" for name in ("comparison", "survival") for each in ("pdf", "png", "svg")]
    assert drawn["survival.pdf"].startswith(b"%PDF")
    assert b"<svg" in drawn["survival.svg"]
    (folder / "survival.pdf").unlink()
    assert call(compare, *words, "--figure-format", "pdf", "svg")[0] == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == drawn
    status, _, (error,) = call(compare, *words, "--figure-format", "pfd")
    assert status == 2
    assert "unknown figure format 'pfd'. Did you mean 'pdf'?" in error
    (folder / "survival.svg").unlink()
    assert call(compare, *words)[0] == 0  # as by default
    assert sorted(path.name for path in folder.iterdir()) == ["comparison.png", "survival.png"]


def test_one_worker_gives_what_two_give(call, compared, tmp_path):
    status, lines, _ = call(compare, *COMPARE, "--workers", 1, "--out", tmp_path, "--quiet")
    assert status == 0
    assert Path(lines[-1]).name == compared.name
    assert (Path(lines[-1]) / "curves.npz").read_bytes() == (compared / "curves.npz").read_bytes()


def test_the_table_marks_bounds_and_significance(capsys):
    def summary(steps):
        return {
            "coverage": 0.5,
            "missing_information_fraction": 0.3,
            "steps_to_fraction": {"0.5": steps, "0.1": None},
            "coverage_at_fraction": {"0.5": None if steps is None else steps / 2000, "0.1": None},
        }

    steps = {"quick": [100, 110, 90, 105, 95], "alike": [110, 90, 105, 100, 95], "slow": [900, None, 800, 950, 850]}
    summaries = {name: [summary(step) for step in column] for name, column in steps.items()}
    tables.print_comparison(compare_agents("test", 1000, summaries))
    first, second = capsys.readouterr().out.split("└")[:2]
    rows, lines = (
        [line.split("│")[1:-1] for line in each.splitlines() if line.startswith("│")] for each in (first, second)
    )
    cells = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}
    assert len(rows) == len(cells) == 7
    _, difference, sooner, p_value = (cell.strip() for cell in lines[-1])  # of the table against the first
    assert [line[0].strip() for line in lines] == ["alike", "50", "slow", "50"]  # nobody got to the other level
    assert difference.startswith("800 (")  # 900 - 100
    assert sooner == "0 (0 to 52.2)"  # 1 - .025^(1/5)
    assert 0.001 < float(p_value) < 0.02
    assert cells["coverage (% of reachable pairs)"][0].startswith("50 (")
    quick, alike, slow = cells["steps to 50 % missing"]
    assert quick.startswith("100 (")  # (100 + 110 + 90 + 105 + 95) / 5
    assert slow.startswith(">= 900 (")  # (900 + 1000 + 800 + 950 + 850) / 5
    assert slow.endswith("80 % got there")
    quick, alike, slow = cells["coverage then (%)"]  # of the level that was reached: the other one has no such row
    assert quick.startswith("5 (")
    assert slow.startswith("43.8 (")  # (900 + 800 + 950 + 850) / 4 / 2000, of those that got there
    first, alike, slow = cells["ratio of steps to 50 % missing"]
    assert first == "1"
    assert alike.endswith("no significant difference")
    assert slow.startswith(">= 9 (")  # 900 / 100
    assert slow.endswith(", significant")
    assert cells["ratio of steps to 10 % missing"][1:] == ["unknown", "unknown"]


def test_a_table_of_two_agents_breaks_no_number_in_80_columns(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    figures = {"mean": 14354.0, "ci95": [12888.0, 25208.0]}
    agent = {
        "steps_to_fraction": {"0.005": figures | {"reached": 1.0}},
        "coverage_at_fraction": {"0.005": {"mean": 0.99, "median": 0.99, "ci95": [0.974, 0.998]}},
    }
    told = {"env": "test", "steps": 60_000, "seeds": 5, "agents": {"a": agent, "b": agent}}
    tables.print_comparison(told | {"ratios": {"b": {"0.005": {"mean": 1.02, "ci95": [0.147, 1.17]}}}})
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) == 80
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if line.startswith("│")]
    assert rows[0] == ["steps to 0.5 % missing", *["14 354 (12 888 to 25 208)"] * 2]
    assert rows[1] == ["coverage then (%)", *["99 (97.4 to 99.8)"] * 2]
    assert [row[2] for row in rows[2:]] == ["1.02 (0.147 to 1.17),", "no significant difference"]


def test_few_or_unvarying_seeds_have_no_verdict():
    def verdict(seeds, interval, reached=1.0, reached_first=1.0):
        return tables._verdict(seeds, {"mean": 1.5, "ci95": interval}, reached, reached_first)

    assert verdict(5, [1.1, 2.0]) == ", significant"
    assert verdict(5, [0.9, 2.0]) == ", no significant difference"
    assert verdict(4, [1.1, 2.0]) == ""
    assert verdict(4, [0.9, 2.0]) == ""
    assert verdict(5, [0.9, 2e9]) == ""  # which says nothing
    assert verdict(20, [10.0, 10.0], 0.0) == ""
    assert verdict(20, [None, None], 0.0, 0.0) == ""


def test_a_bound_proves_a_difference_only_in_its_own_direction():
    assert tables._differs([1.1, 2.0], 0.5, 1.0)  # at least 1.1
    assert not tables._differs([1.1, 2.0], 1.0, 0.5)  # at most something above 1
    assert tables._differs([0.2, 0.8], 1.0, 0.5)  # at most .8
    assert not tables._differs([0.2, 0.8], 0.5, 1.0)  # at least something below 1
    assert not tables._differs([0.9, 1.1], 1.0, 1.0)
    assert not tables._differs([None, None], 1.0, 1.0)


def test_a_comparison_of_an_earlier_version_is_found_and_told(call, compared, tmp_path):
    """As it was before anything was told against the first agent: means, medians and ratios."""
    copy = tmp_path / compared.name
    copy.mkdir()
    for name in ("config.json", "curves.npz"):
        (copy / name).write_bytes((compared / name).read_bytes())
    old = storage.read_json(compared / "comparison.json")
    for name in ("differences", "improvements", "logrank", "first_seed"):
        del old[name]
    for own in old["agents"].values():
        for entry in [*own.values(), *own["steps_to_fraction"].values(), *own["coverage_at_fraction"].values()]:
            for name in ("iqm", "iqm_ci95", "median_ci95"):
                entry.pop(name, None)
    storage.write_json(copy / "comparison.json", old)
    marks.seal(copy, "comparison.json")
    status, lines, (error,) = call(compare, *COMPARE, "--out", tmp_path)
    assert (status, lines[-1]) == (0, str(copy))
    assert "found the finished comparison" in error
    assert "river-swim, 400 steps, 3 seeds" in lines[0]
    assert any("ratio" in line for line in lines)
    assert len(load_results(copy)["seed"]) == 6
