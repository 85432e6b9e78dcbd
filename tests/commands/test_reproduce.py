"""`agent.reproduce`: experiments as data, lived through as the Python loop would, beside what was published."""

import inspect
import json
import math
from pathlib import Path

import numpy as np
import pytest

from agent import interact, make_agent, registry, reproduce
from agent.agents.rng import seed_streams
from agent.experiments import command_line
from agent.experiments.comparisons.surveys import SURVEYS
from agent.experiments.papers import EXPERIMENTS
from agent.experiments.reproduction import MEASURES, Reproduction
from agent.experiments.setup import make_world
from agent.results import storage
from agent.simulation.scoring import Truth
from agent.statistics import seed_statistics
from envs import WORLDS, true_mdp

NAME, SEEDS = "little-sommer-2013", 3


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory):
    out = tmp_path_factory.mktemp("reproductions")
    assert reproduce.main([NAME, "--seeds", str(SEEDS), "--out", str(out), "--quiet"]) == 0
    (directory,) = out.iterdir()
    return directory


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_is_data_that_fits(name):
    experiment = EXPERIMENTS[name]
    assert experiment.env in WORLDS
    assert experiment.measure in MEASURES
    assert list(experiment.checkpoints) == sorted(set(experiment.checkpoints))
    assert experiment.checkpoints[0] > 0
    env = make_world({"env": experiment.env, "env_kwargs": experiment.env_kwargs, "map": None, "bins": None}, 0)
    for arm in experiment.arms.values():
        assert set(arm.published) <= set(experiment.checkpoints)
        assert all(len(numbers) in (1, 2) for numbers in arm.published.values())
        assert arm.agent in registry.AGENTS or (arm.agent is None and arm.published and not arm.options)
        assert set(arm.options) <= set(inspect.signature(make_agent).parameters)
        if arm.agent is not None:
            make_agent(arm.agent, env, 0, **arm.options)
    points = Reproduction(experiment, 1).points
    assert set(experiment.checkpoints) <= set(points.tolist())
    assert points[-1] == experiment.checkpoints[-1]


def test_a_result_has_the_promised_form(reproduced):
    assert reproduced.name.startswith(f"reproduce-{NAME}-")
    assert sorted(path.name for path in reproduced.iterdir()) == [
        "config.json", "curves.npz", "figures", "reproduction.json",
    ]  # fmt: skip
    assert max(reproduced.iterdir(), key=lambda path: path.stat().st_mtime_ns).name == "reproduction.json"
    assert (reproduced / "figures" / "reproduction.png").is_file()
    told = json.loads((reproduced / "reproduction.json").read_text())
    assert (told["experiment"], told["seeds"], told["measure"]) == (NAME, SEEDS, "missing information (bits)")
    assert list(told["arms"]) == list(EXPERIMENTS[NAME].arms)
    for label, row in told["arms"].items():
        assert list(row) == ["100", "200", "1000"]
        for statistics in row.values():
            assert set(statistics) >= {"mean", "median", "ci95", "published"}
            assert (statistics["mean"] is None) == (EXPERIMENTS[NAME].arms[label].agent is None)
    assert told["arms"]["curious"]["200"]["published"] == [19.7]


def test_its_numbers_are_those_of_its_curves(reproduced):
    told, curves = (
        storage.read_json(reproduced / "reproduction.json"),
        storage.read_arrays(reproduced / "curves.npz"),
    )
    for label in ("curious", "greedy", "random"):
        assert curves[label].shape == (SEEDS, len(curves["step"]))
        for step in (100, 200, 1000):
            (place,) = np.flatnonzero(curves["step"] == step)
            described = seed_statistics.describe(curves[label][:, place].tolist())
            assert {key: told["arms"][label][str(step)][key] for key in described} == described


@pytest.mark.parametrize(("label", "seed"), [("curious", 1), ("greedy", 2), ("random", 0)])
def test_a_life_is_that_of_the_python_loop(reproduced, label, seed):
    experiment = EXPERIMENTS[NAME]
    arm = experiment.arms[label]
    env = make_world({"env": experiment.env, "env_kwargs": {"world_seed": seed}, "map": None, "bins": None}, seed)
    world_seed, agent_seed = seed_streams(seed)
    agent = make_agent(arm.agent, env, agent_seed, **arm.options)
    truth, mdp = [], true_mdp(env)
    scored = Truth(agent.model, mdp)
    for _ in interact(env, agent, 1000, world_seed):
        scored.update()
        truth.append(scored.missing_information / math.log(2))
    curves = storage.read_arrays(reproduced / "curves.npz")
    assert curves[label][seed].tolist() == np.array(truth)[curves["step"] - 1].tolist()


def test_planning_earns_what_was_published_in_river_swim(tmp_path):
    """MBIE-EB: 3.079 +- .142 millions there; ours are within 15 % on ten seeds, and a random walk earns a hundredth."""
    assert reproduce.main(["river-swim-2008", "--seeds", "10", "--out", str(tmp_path), "--quiet"]) == 0
    (directory,) = tmp_path.iterdir()
    arms = storage.read_json(directory / "reproduction.json")["arms"]
    for label in ("curious", "root-count (MBIE-EB)"):
        assert arms[label]["5000"]["mean"] == pytest.approx(3_079_000, rel=0.15)
    assert arms["random"]["5000"]["mean"] < 50_000


def test_a_finished_result_is_found_and_a_damaged_one_done_again(call, reproduced):
    arguments = NAME, "--seeds", SEEDS, "--out", reproduced.parent
    status, lines, errors = call(reproduce, *arguments)
    assert (status, lines[-1]) == (0, str(reproduced))
    assert errors == ["found the finished reproduction of this very experiment (--force: do it again)"]
    assert any("published" in line for line in lines)
    before = storage.read_arrays(reproduced / "curves.npz")
    (reproduced / "curves.npz").write_bytes(b"no archive")
    status, lines, errors = call(reproduce, *arguments, "--quiet")
    assert (status, lines) == (0, [str(reproduced)])
    assert "cannot be read" in errors[0]
    after = storage.read_arrays(reproduced / "curves.npz")
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_ctrl_c_keeps_what_was_finished(call, tmp_path, monkeypatch):
    monkeypatch.setattr("agent.experiments.reproduction.as_finished", lambda futures, _: list(futures)[:2])
    status, lines, errors = call(reproduce, NAME, "--seeds", 2, "--out", tmp_path)
    assert status == 130
    assert "2 of the lives were finished, and kept in" in errors[-1]
    directory = Path(lines[-1])
    assert sorted(path.name for path in directory.iterdir()) == ["config.json", "partial.json"]
    partial = storage.read_json(directory / "partial.json")
    assert partial["partial"] is True
    assert partial["finished"] == {"curious": 1, "greedy": 1, "random": 0}
    assert partial["arms"]["random"]["100"]["mean"] is None
    monkeypatch.undo()
    status, lines, _ = call(reproduce, NAME, "--seeds", 2, "--out", tmp_path, "--quiet")
    assert (status, lines) == (0, [str(directory)])
    assert not (directory / "partial.json").exists()


def test_ctrl_c_does_not_spoil_a_finished_result(call, reproduced, monkeypatch):
    monkeypatch.setattr("agent.experiments.reproduction.as_finished", lambda *_: [])
    status, lines, errors = call(reproduce, NAME, "--seeds", SEEDS, "--out", reproduced.parent, "--force")
    assert (status, lines, errors[-1]) == (130, [], "interrupted: none of the lives was finished, nothing was written")
    assert (reproduced / "reproduction.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "unknown experiment ''. Known: sun-2011"),
        (["sun-2012"], "Did you mean 'sun-2011'?"),
        ([NAME, "--seeds", "0"], "--seeds: got 0, expected at least 1"),
        ([NAME, "--workers", "0"], "--workers: got 0, expected at least 1"),
        ([NAME, "--env", "grid"], "--env"),
    ],
)
def test_bad_input_is_told_in_one_line(call, tmp_path, arguments, message):
    status, lines, errors = call(reproduce, *arguments, "--out", tmp_path / "new")
    assert (status, lines, len(errors)) == (command_line.BAD_INPUT, [], 1)
    assert message in errors[0]
    assert not (tmp_path / "new").exists()


def test_the_list_names_all(call):
    status, lines, _ = call(reproduce, "--list")
    assert status == 0
    assert [line for line in lines if not line.startswith(" ")] == [*EXPERIMENTS, *SURVEYS]
