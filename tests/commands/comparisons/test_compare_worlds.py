"""Several worlds in one comparison: each has its own, found again, and all have one table and one figure."""

import json
from pathlib import Path

import numpy as np
import pytest

from agent import compare
from agent.experiments.comparisons.profiles import join
from agent.results import storage

WORLDS = ("--env", "lock", "river-swim", "--agents", "curious", "random", "--seeds", 4, "--first-seed", 7)


@pytest.mark.slow
def test_several_worlds_are_compared_and_joined(call, tmp_path):
    arguments = [*WORLDS, "--steps", 400, "--out", tmp_path]
    status, lines, _ = call(compare, *arguments)
    assert status == 0
    directory = Path(lines[-1])
    assert directory.name.startswith("compare-2-worlds-")
    own = {path.name.split("-")[1]: path for path in map(Path, lines[:2])}
    assert sorted(own) == ["lock", "river"]
    assert "2 worlds, 4 seeds (7 to 10): steps to 10 % missing" in "\n".join(lines)
    told = json.loads((directory / "profiles.json").read_text())
    assert (told["seeds"], told["first_seed"], told["scored"]) == (4, 7, ["lock", "river-swim"])
    curves = storage.read_arrays(directory / "curves.npz")
    points = curves["share_of_budget"]
    for name in ("curious", "random"):
        counted = np.zeros((4, len(told["levels"]), len(points)))
        for path in own.values():
            steps = storage.read_arrays(path / "curves.npz")[f"{name}/steps_to_fraction"]
            for seed, level in np.ndindex(*steps.shape):
                counted[seed, level] += [steps[seed, level] <= 400 * point for point in points]
        np.testing.assert_array_equal(curves[f"{name}/profile"], counted / 2)
    alone = json.loads((own["lock"] / "comparison.json").read_text())
    assert told["worlds"]["lock"]["agents"] == alone["agents"]
    again = call(compare, *arguments, "--quiet")
    assert again == (0, lines[:2] + lines[-1:], [])
    by_config = call(compare, "--config", directory / "config.json", "--out", tmp_path, "--quiet")
    assert by_config == again
    one = call(compare, *WORLDS[:2], *WORLDS[3:], "--steps", 400, "--out", tmp_path, "--quiet")
    assert one == (0, [str(own["lock"])], [])


@pytest.mark.parametrize(
    ("worlds", "message"),
    [
        (["lock", "lock"], "got 'blackswan/Lock-v0' more than once, expected different worlds"),
        (["lock", "blackswan/Lock-v0"], "got 'blackswan/Lock-v0' more than once, expected different worlds"),
        (["lock", "riverswim"], "riverswim"),
        ([], "--env: got none, expected at least one world"),
    ],
)
def test_worlds_that_cannot_be_compared_are_refused_before_anything_is_run(call, tmp_path, worlds, message):
    status, lines, errors = call(compare, "--env", *worlds, "--seeds", 2, "--out", tmp_path)
    assert (status, lines, len(errors)) == (2, [], 1)
    assert message in errors[0]
    assert list(tmp_path.iterdir()) == []


def comparison(steps, unknown=None):
    agents = {
        name: {"steps_to_fraction": {"0.5": {"mean": 1.0, "median": 1.0, "ci95": [1.0, 1.0], "reached": 1.0}}}
        for name in steps
    }
    curves = {f"{name}/steps_to_fraction": np.array(column)[:, None] for name, column in steps.items()}
    told = {"steps": 100, "seeds": 4, "agents": agents, "unknown": unknown}
    return told, curves | {"seed": np.arange(4)}


def test_a_world_in_which_none_got_there_leaves_no_ratio_and_one_of_unknown_truth_is_left_out():
    some = comparison({"a": [10.0, 20, 30, 40], "b": [20.0, 40, 60, 80]})
    none = comparison({"a": [np.nan] * 4, "b": [np.nan] * 4})
    figures, _ = join({"x": some, "y": some})
    assert figures["ratios"]["b"]["0.5"]["mean"] == pytest.approx(2)
    figures, _ = join({"x": some, "y": none})
    assert figures["ratios"]["b"]["0.5"] == {"mean": None, "ci95": [None, None], "reached": [0.5, 0.5]}
    figures, curves = join({"x": some, "y": (none[0] | {"unknown": "it is"}, none[1])})
    assert figures["scored"] == ["x"]
    assert figures["ratios"]["b"]["0.5"]["mean"] == pytest.approx(2)
    assert curves["a/profile"][:, 0, -1].tolist() == [1, 1, 1, 1]
    figures, curves = join({"y": (none[0] | {"unknown": "it is"}, none[1])})
    assert (figures["scored"], figures["ratios"]) == ([], {})
