"""`agent.run` in worlds from maps, with arguments, drawn by a seed, and of other packages."""

import json
from pathlib import Path

import numpy as np
import pytest

import envs
from agent import compare, load_run, run, sweep
from agent.experiments.options import RunOptions

SMALL = ("--env", "four-rooms", "--steps", "150")
MAP = "#####\n#S..#\n#.#.#\n#..T#\n#####\n"


@pytest.mark.slow
def test_a_map_is_known_by_its_content(played, tmp_path):
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text(MAP)
    two.write_text(MAP)
    arguments = ("--steps", 20, "--baseline", "none", "--map")
    directory = played(tmp_path / "runs", *arguments, one)
    assert played(tmp_path / "runs", *arguments, two) == directory
    stored = json.loads((directory / "config.json").read_text())
    assert stored["map"] == str(one)
    assert stored["map_text"] == MAP
    two.write_text(MAP.replace("T", "."))
    assert played(tmp_path / "runs", *arguments, two) != directory
    one.unlink()  # the stored text is enough
    assert played(tmp_path / "runs", "--config", directory / "config.json") == directory
    again = load_run(played(tmp_path / "runs", "--config", directory / "config.json", "--seed", 3))
    assert again.config["map_text"] == MAP


def test_arguments_of_the_world(played, tmp_path):
    arguments = (*SMALL[:2], "--steps", 20, "--baseline", "none", "--env-kwargs")
    directory = played(tmp_path, *arguments, "slip=0")
    assert load_run(directory).config["env_kwargs"] == {"slip": 0}
    assert played(tmp_path, "--config", directory / "config.json") == directory
    assert played(tmp_path, *arguments, "slip=0.3") != directory


def test_a_drawn_world_is_drawn_by_the_seed_unless_told():
    def world(*arguments):
        from agent.experiments.setup import make_world, resolve

        options = RunOptions(env="dense", env_kwargs=arguments)
        return envs.true_mdp(make_world(resolve(options, [], 3), 3))

    drawn, told = world(), world("world_seed=4")
    for mdp, world_seed in ((drawn, 3), (told, 4)):
        expected = envs.true_mdp(envs.make("dense", world_seed=world_seed))
        assert mdp is not None
        assert expected is not None
        np.testing.assert_array_equal(mdp.transition.toarray(), expected.transition.toarray())


def test_a_foreign_world_with_and_without_a_known_truth(played, tmp_path):
    lake = load_run(played(tmp_path, "--env", "FrozenLake-v1", "--steps", 300, "--baseline", "none"))
    assert lake.directory.name.startswith("FrozenLake-v1-curious-s0-")
    assert 0 < lake.summary["coverage"] <= 1
    assert lake.summary["episodes"] > 0
    cards = load_run(played(tmp_path, "--env", "Blackjack-v1", "--steps", 300))
    assert cards.summary["coverage"] is None
    assert cards.summary["steps_to_fraction"] is None or cards.summary["steps_to_fraction"]["0.1"] is None
    assert cards.summary["information_gain_nats"] > 0


def test_real_numbers_in_bins(played, tmp_path):
    directory = played(tmp_path, "--env", "MountainCarContinuous-v0", "--bins", 4, "--steps", 60)
    run = load_run(directory)
    assert run.config["bins"] == 4
    assert run.trace["action"].max() == 3
    assert played(tmp_path, "--config", directory / "config.json") == directory


BOUNDS = "-2.4:2.4,-4:4,-.21:.21,-4:4"


def test_numbers_without_limits_in_bins_with_bounds(played, tmp_path):
    """Typed otherwise, or read back from a file, it is the same run."""
    cart = ("--env", "CartPole-v1", "--bins", "3,3,6,6", "--steps", 60, "--baseline", "none")
    directory = played(tmp_path, *cart, "--bounds", BOUNDS)
    run = load_run(directory)
    assert (run.config["bins"], run.config["bounds"]) == ("3,3,6,6", "-2.4:2.4,-4.0:4.0,-0.21:0.21,-4.0:4.0")
    assert run.trace["world_bins"].tolist() == [3, 3, 6, 6]
    assert played(tmp_path, *cart, "--bounds= -2.4:2.4, -4:4, -0.21:0.21, -4:4") == directory
    assert played(tmp_path, "--config", directory) == directory


@pytest.mark.slow
def test_bounds_in_a_plan_are_those_of_a_comparison(call, tmp_path):
    (tmp_path / "plan.toml").write_text(
        f'env = "CartPole-v1"\nbins = 4\nbounds = "{BOUNDS}"\nsteps = 40\nseeds = 2\nagents = ["curious", "random"]\n'
    )
    out = ("--out", tmp_path / "many", "--quiet")
    assert call(sweep, tmp_path / "plan.toml", *out, "--workers", 1)[0] == 0
    (compared,) = (tmp_path / "many").glob("compare-*")
    asked = ("--env", "CartPole-v1", "--bins", 4, "--bounds", BOUNDS, "--steps", 40, "--seeds", 2)
    assert call(compare, *asked, *out)[1:] == ([str(compared)], [])  # found


def test_minigrid_is_shown_as_a_whole_and_scored(played, tmp_path):
    pytest.importorskip("minigrid", reason="needs the extra [minigrid]")
    directory = played(tmp_path, "--env", "MiniGrid-Empty-5x5-v0", "--steps", 600, "--baseline", "none")
    run = load_run(directory)
    assert run.summary["coverage"] > 0.9
    assert run.trace["world_position"].shape == (34, 2)
    assert (directory / "figures" / "belief_maps.png").is_file()


FAILING = """
import gymnasium
from gymnasium.spaces import Discrete

class Failing(gymnasium.Env):
    observation_space, action_space, lives = Discrete(5), Discrete(2), 0

    def __init__(self, fails="with garbage"):
        self.fails = fails

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        if self.fails == "at once":
            raise RuntimeError("never\\nstarts")
        Failing.lives += 1
        self.left = 10 if self.fails == "in the third life" and Failing.lives == 3 else 40
        return 0, {}

    def step(self, action):
        self.left -= 1
        if self.left == 0 and self.fails == "with an error":
            raise RuntimeError("out of order")
        if self.left == 0 and self.fails == "by going home":
            raise SystemExit(3)
        return (77 if self.left == 0 else self.left % 5), 0.0, False, False, {}

gymnasium.register("own/Failing-v0", "failing:Failing")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fails", "told"),
    [
        (
            "with garbage",
            "own/Failing-v0 gave the observation 77, expected one of its space Discrete(5); 39 steps were",
        ),
        ("with an error", "RuntimeError: out of order ("),
        ("by going home", "SystemExit: 3 ("),
    ],
)
def test_a_world_that_fails_loses_nothing(call, tmp_path, monkeypatch, fails, told):
    (tmp_path / "failing.py").write_text(FAILING)
    monkeypatch.syspath_prepend(tmp_path)
    arguments = ("--env", "failing:own/Failing-v0", "--steps", 100, "--out", tmp_path / "runs", "--env-kwargs")
    status, output, (error,) = call(run, "--quiet", *arguments, f"fails={fails}")
    assert (status, output) == (1, [])
    assert told in error
    directory = Path(error.rpartition(" ")[2])
    assert f"39 steps were kept as a partial run in {directory}" in error
    kept = load_run(directory)
    assert not kept.complete
    assert kept.trace["state"].shape == (39,)
    assert not (directory / "summary.json").exists()


def test_a_world_that_never_starts_is_told_in_one_line(call, tmp_path, monkeypatch):
    (tmp_path / "failing.py").write_text(FAILING)
    monkeypatch.syspath_prepend(tmp_path)
    arguments = ("--env", "failing:own/Failing-v0", "--out", tmp_path / "runs", "--env-kwargs", "fails=at once")
    status, output, (error,) = call(run, "--quiet", *arguments)
    assert (status, output) == (2, [])
    assert error.startswith("error: RuntimeError: never starts (")


def test_a_world_that_fails_while_it_is_walked_through_is_told_in_one_line(call, tmp_path, monkeypatch):
    empty = pytest.importorskip("minigrid.envs.empty", reason="needs the extra [minigrid]")

    def fail(*_):
        raise RuntimeError("nothing\nto draw with")

    monkeypatch.setattr(empty.EmptyEnv, "_gen_grid", fail)
    status, output, (error,) = call(run, "--quiet", "--env", "MiniGrid-Empty-5x5-v0", "--out", tmp_path / "runs")
    assert (status, output) == (2, [])
    assert error.startswith("error: RuntimeError: nothing to draw with (")


@pytest.mark.slow
def test_a_comparison_keeps_what_is_finished_beside_a_world_that_fails(call, tmp_path, monkeypatch):
    (tmp_path / "failing.py").write_text(FAILING)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    arguments = ("--env", "failing:own/Failing-v0", "--steps", 39, "--seeds", 4, "--workers", 1, "--agents", "random")
    status, output, errors = call(
        compare, *arguments, "--out", tmp_path / "runs", "--env-kwargs", "fails=in the third life", "--quiet"
    )
    assert (status, output) == (1, [])
    assert "random on seed 2: own/Failing-v0 gave the observation 77" in errors[-1]
    assert "3 of the runs were finished, and kept in" in errors[-1]  # the fourth, too
    kept = json.loads(Path(errors[-1].rpartition(" ")[2]).read_text(encoding="utf-8"))
    assert kept["partial"]
    assert {seed: row["steps"] for seed, row in kept["agents"]["random"].items()} == {"0": 39, "1": 39, "3": 39}


def test_a_namespaced_world_is_named_by_dashes(played, tmp_path):
    directory = played(tmp_path, "--env", "envs:blackswan/Lock-v0", "--steps", 10, "--baseline", "none")
    assert directory.name.startswith("envs-blackswan-Lock-v0-curious-s0-")
