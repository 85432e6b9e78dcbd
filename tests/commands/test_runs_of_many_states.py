"""Worlds of more states than could be laid out, from the command line."""

import numpy as np
import pytest

from agent import load_run, run

BOXED = "tests.support.scattered_world:Boxed-v0"


@pytest.mark.slow
@pytest.mark.parametrize("n", [10**7, 2**62])
def test_four_visited_states_of_many(n, played, tmp_path):
    arguments = ("--env", "tests.support.scattered_world:Scattered-v0", "--env-kwargs", f"n={n}", "--steps", 300)
    directory = played(tmp_path / "one", *arguments)
    lived = load_run(directory)
    assert sorted(lived.trace["final_state"].tolist()) == [0, 1, 2, 3, 4]
    assert lived.summary["model_bytes"] < 20_000
    assert {path.name for path in (directory / "figures").iterdir()} == {
        "belief_maps.png",
        "exploration.gif",
        "learning_curves.png",
    }
    again = played(tmp_path / "other", *arguments)
    for name, array in load_run(again).trace.items():
        np.testing.assert_array_equal(array, lived.trace[name])


@pytest.mark.slow
@pytest.mark.parametrize("bins", [3, 1000])
def test_bins_make_as_many_states_as_they_like(bins, played, tmp_path):
    lived = load_run(played(tmp_path, "--env", BOXED, "--bins", bins, "--steps", 60, "--baseline", "none"))
    assert lived.summary["known_states"] == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("numbers=7", 1000), "1000 bins for each of the 7 numbers of an observation make 1000**7 states"),
        (("numbers=7", 512), "expected at most 511 bins"),
        (("numbers=200000", 2), "2**200000 states; expected a world of fewer numbers"),
        (("numbers=1", 10**9), "expected at most 1000000 bins"),
        (
            ("actions=6", 10),
            "10 bins for each of the 6 numbers of an action make 10**6 actions; expected at most 6 bins",
        ),
    ],
)
def test_bins_that_make_too_many_name_themselves(arguments, message, call, tmp_path):
    keyword, bins = arguments
    status, lines, errors = call(
        run, "--env", BOXED, "--env-kwargs", keyword, "--bins", bins, "--steps", 10, "--out", tmp_path
    )
    assert (status, lines, len(errors)) == (2, [], 1)
    assert errors[0].startswith("error: --bins: ")
    assert message in errors[0]


@pytest.mark.slow
@pytest.mark.parametrize(("bins", "is_kept"), [(20, True), (1000, False)])
def test_bins_that_number_the_states_are_kept_for_their_map(bins, is_kept, played, tmp_path):
    lived = load_run(played(tmp_path, "--env", "MountainCar-v0", "--bins", bins, "--steps", 300, "--baseline", "none"))
    assert ("world_bins" in lived.trace) == is_kept
    if is_kept:
        assert lived.trace["world_bins"].tolist() == [bins, bins]
