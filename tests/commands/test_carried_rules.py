"""Rules that a run or a wrapper left are brought along by the next one: read whole, or refused in one line."""

import json
import pickle
import shutil

import numpy as np
import pytest

import envs
from agent import CuriosityReward, compare, interact, load_run, make_agent, run
from agent.belief import serialization
from agent.belief.structured.carrying.source import rules_from
from agent.belief.structured.prior import structured
from agent.results import storage
from agent.simulation.simulate import Simulation

SMALL = ("--env", "four-rooms", "--steps", 200, "--baseline", "none", "--quiet")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The directory of a run that left rules."""
    out = tmp_path_factory.mktemp("source")
    assert run.main([*map(str, SMALL), "--prior", "structured", "--out", str(out)]) == 0
    return next(out.iterdir())


@pytest.mark.slow
def test_a_run_brings_rules_along_and_leaves_its_own(source, call, tmp_path):
    arguments = [*SMALL, "--seed", 1, "--out", tmp_path, "--prior"]
    status, (first,), _ = call(run, *arguments, f"structured:from={source}")
    assert status == 0
    assert load_run(first).config["carried"] == {str(source): rules_from(source).digest}
    assert load_run(first).metrics["missing_information_nats"][10] < 0.5 * fresh_missing(call, arguments)
    status, (again,), _ = call(run, *arguments, f"structured:from={first}")  # it is a source itself
    assert status == 0
    assert again != first
    assert rules_from(again).digest != rules_from(first).digest != rules_from(source).digest


def fresh_missing(call, arguments):
    _, (fresh,), _ = call(run, *arguments, "structured")
    return load_run(fresh).metrics["missing_information_nats"][10]


@pytest.mark.slow
def test_other_rules_in_the_same_place_make_another_result(source, call, tmp_path):
    place = tmp_path / "rules"
    shutil.copytree(source, place)
    arguments = [*SMALL, "--out", tmp_path / "out", "--prior", f"structured:from={place}"]
    _, (first,), _ = call(run, *arguments)
    assert call(run, *arguments)[1] == [first]
    shutil.rmtree(place)
    _, (other,), _ = call(run, *SMALL, "--seed", 5, "--prior", "structured", "--out", tmp_path / "others")
    shutil.copytree(other, place)
    _, (second,), _ = call(run, *arguments)
    assert second != first


@pytest.mark.slow
def test_compare_brings_rules_along(source, call, tmp_path):
    prior = f"structured:from={source}"
    status, (directory,), _ = call(
        compare, "--env", "four-rooms", "--agents", "curious", f"random:prior='{prior}'", "--seeds", 2, "--steps", 60,
        "--out", tmp_path, "--quiet",
    )  # fmt: skip
    assert status == 0
    with open(f"{directory}/config.json") as file:
        assert list(json.load(file)["carried"]) == [str(source)]


def damaged(source, place):
    shutil.copytree(source, place)
    content = bytearray((place / "trace.npz").read_bytes())
    content[len(content) // 2] ^= 255
    (place / "trace.npz").write_bytes(content)


def half_written(source, place):
    shutil.copytree(source, place)
    (place / "summary.json").unlink()


def without_rules(source, place):
    storage.write_arrays(place, {"known_state": np.zeros(1)})


def of_other_features(source, place):
    arrays = {name: array for name, array in load_run(source).trace.items() if name.startswith("rules_")}
    storage.write_arrays(place, arrays | {"rules_names": np.array(["row", "line"])})


REFUSED = {
    "nothing": (lambda source, place: None, "there is no such run directory, and no such saved belief"),
    "damaged": (damaged, "trace.npz"),
    "half-written": (half_written, "no finished run"),
    "no rules": (without_rules, "it holds no rules, expected those of a structured belief"),
    "no file of arrays": (lambda source, place: place.write_text("hello"), "rules"),
    "other features": (of_other_features, "about features among which is 'line', where this world has 'column'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_holds_no_such_rules_is_refused_in_one_line(name, source, call, tmp_path):
    make, message = REFUSED[name]
    make(source, tmp_path / "rules.npz")
    prior = f"structured:from={tmp_path / 'rules.npz'}"
    status, lines, errors = call(run, *SMALL, "--prior", prior, "--out", tmp_path / "out")
    assert (status, lines, len(errors)) == (2, [], 1)
    assert message in errors[0]
    assert not (tmp_path / "out").exists()


def test_no_name_is_not_the_directory_at_hand(source, call, tmp_path, monkeypatch):
    monkeypatch.chdir(source)
    status, lines, errors = call(run, *SMALL, "--prior", "structured:from=", "--out", tmp_path / "out")
    assert (status, lines) == (2, [])
    assert "'': there is no such run directory" in errors[0]


def test_a_world_of_other_actions_is_refused(source, call, tmp_path):
    _, _, errors = call(run, "--env", "grid", "--steps", 10, "--prior", f"structured:from={source}", "--out", tmp_path)
    assert "about 4 actions, and this world has 5" in errors[0]


@pytest.mark.slow
def test_a_wrapper_brings_rules_along_is_saved_restored_and_a_source(source, tmp_path):
    prior = f"structured:from={source}"
    env, other = (CuriosityReward(envs.make("four-rooms"), prior=prior) for _ in range(2))
    wander(env, 120, 0)
    env.save(tmp_path / "belief.npz")
    other.restore(tmp_path / "belief.npz")
    twin = pickle.loads(pickle.dumps(env))
    assert wander(env, 80, 1) == wander(other, 80, 1) == wander(twin, 80, 1)
    assert rules_from(tmp_path / "belief.npz").shape == (4, 2, 0)
    wander(CuriosityReward(envs.make("four-rooms"), prior=f"structured:from={tmp_path / 'belief.npz'}"), 50, 2)


def wander(env, steps, seed):
    rng = np.random.default_rng(seed)
    env.reset(seed=seed)
    rewards = []
    for _ in range(steps):
        _, reward, terminated, truncated, _ = env.step(int(rng.integers(4)))
        rewards.append(reward)
        if terminated or truncated:
            env.reset()
    return rewards


@pytest.mark.slow
def test_simulated_and_step_by_step_it_is_the_same(source):
    beliefs = []
    for is_simulated in (True, False):
        env = envs.make("four-rooms")
        agent = make_agent("curious", env, 0, prior=structured(env, from_=str(source)))
        if is_simulated:
            Simulation(env, agent, 3).advance(300)
        else:
            for _ in interact(env, agent, 300, 3, tell=None):
                pass
        beliefs.append(serialization.arrays_of(agent.model))
    for name, array in beliefs[0].items():
        np.testing.assert_array_equal(array, beliefs[1][name], err_msg=name)
