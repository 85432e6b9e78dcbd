"""A truth that is not true is dropped at the first step that it rules out, and every figure that needed it says why."""

import copy
import json
import math
import pickle
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.toy_text import FrozenLakeEnv
from scipy.sparse import csr_array

import agent
import envs
from agent import CuriosityReward, Transition, WorldModel, compare, load_run, run
from agent.belief.priors import make_prior
from agent.results import dropped_truth
from agent.simulation.scoring import Truth
from agent.simulation.simulate import Simulation
from envs import FiniteMDP
from envs.adapters.toy_text import REMEDY
from tests.support.oracles import missing_information

RING = np.roll(np.eye(4), 1, axis=1)
"""From each of four states to the next; state 3 ends an episode."""


def ring(start=0, terminal=3):
    transition = np.repeat(RING, 2, axis=0)
    transition[2 * terminal : 2 * terminal + 2] = 0
    ends = np.arange(4) == terminal
    return FiniteMDP(csr_array(transition), np.zeros((4, 2)), np.arange(4) == start, ends)


def step(state, next_state, terminated=False, action=0):
    return Transition(state, action, 0.0, next_state, terminated, False)


RULED_OUT = {
    "a step that leads elsewhere": ([step(0, 2)], "action 0 led from state 0 to state 2 in mid-episode"),
    "a step that stays": ([step(0, 1), step(1, 1)], "action 0 led from state 1 to state 1 in mid-episode"),
    "a state beyond": ([step(0, 9)], "action 0 led from state 0 to state 9 in mid-episode"),
    "a step from beyond": ([step(0, 1), step(7, 1)], "action 0 led from state 7 to state 1 in mid-episode"),
    "an end that is none": ([step(0, 1, True)], "action 0 led from state 0 to state 1 as its end"),
    "none that is an end": (
        [step(0, 1), step(1, 2), step(2, 3)],
        "action 0 led from state 2 to state 3 in mid-episode",
    ),
}


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("case", RULED_OUT)
def test_a_step_that_is_ruled_out(case, at_once):
    """Whether the truth is told of every step, or of all of them at last."""
    steps, seen = RULED_OUT[case]
    model, said = WorldModel(2, 4), []
    truth = Truth(model, ring(), tell=said.append)
    model.begin(0)
    for k, each in enumerate(steps):
        model.observe(each)
        if not at_once:
            truth.update()
            assert (truth.disproof is None) == (k < len(steps) - 1)
    truth.update()
    assert said == [truth.disproof] == [f"the truth was dropped: {seen}, which it rules out"]
    assert math.isnan(truth.missing_information)
    assert math.isnan(truth.fraction)
    assert math.isnan(truth.coverage)
    model.observe(step(0, 2, action=1))
    truth.update()
    assert len(said) == 1
    assert math.isnan(truth.fraction)


def test_an_episode_that_starts_elsewhere_is_ruled_out():
    model = WorldModel(2, 4)
    truth = Truth(model, ring(), tell=lambda _: None)
    for state in (0, 1):
        model.begin(state)
        model.observe(step(state, state + 1))
        truth.update()
    assert truth.disproof == "the truth was dropped: an episode started in state 1, which it rules out"


def test_what_a_prior_expects_was_not_seen():
    model = WorldModel(2, 4, make_prior("local", envs.TabularEnv(ring())))
    true = FiniteMDP(csr_array(np.repeat(RING[[0, 2, 1, 3]], 2, axis=0)), np.zeros((4, 2)), np.eye(4)[0], np.zeros(4))
    model.begin(0)
    model.observe(step(0, 1))
    assert Truth(model, true).disproof is None


def test_an_end_that_a_prior_expects_and_that_is_none_is_ruled_out():
    """Told at first by a score that finds the transition among those that the prior expects."""
    endless = FiniteMDP(csr_array(np.repeat(RING, 2, axis=0)), np.zeros((4, 2)), np.eye(4)[0], np.zeros(4))
    model = WorldModel(2, 4, make_prior("local", envs.TabularEnv(endless)))
    model.begin(0)
    model.observe(step(0, 1))
    model.observe(step(1, 2))
    truth = Truth(model, ring(), tell=lambda _: None)
    assert truth.disproof is None
    model.observe(step(2, 3))
    truth.update()
    assert truth.disproof == (
        "the truth was dropped: action 0 led from state 2 to state 3 in mid-episode, which it rules out"
    )


def test_by_hand_it_is_a_warning_once():
    model = WorldModel(2, 4)
    truth = Truth(model, ring())
    model.begin(0)
    model.observe(step(0, 2))
    with pytest.warns(UserWarning, match="the truth was dropped: action 0 led from state 0 to state 2"):
        truth.update()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        truth.update()
        model.observe(step(2, 0))
        truth.update()


def test_copies_know_as_much():
    model = WorldModel(2, 4)
    truth = Truth(model, ring(), tell=print)
    model.begin(0)
    model.observe(step(0, 1))
    truth.update()
    for other_model, other in (copy.deepcopy((model, truth)), pickle.loads(pickle.dumps((model, truth)))):
        other_model.observe(step(1, 2))
        other.update()
        assert other.missing_information == pytest.approx(missing_information(other_model, ring()), rel=1e-12)


def test_a_simulated_life_is_scored_up_to_the_first_step_that_is_ruled_out():
    env = envs.as_states(envs.make("river-swim"))
    other = envs.make("river-swim").unwrapped.mdp
    dense = other.transition.toarray()
    dense[1] = np.eye(other.num_states)[1]  # action 1 of the first state cannot stay
    other = FiniteMDP(csr_array(dense), other.reward, other.start, other.terminal)
    player = agent.make_agent("random", env, seed=0)
    simulation = Simulation(env, player, 0, Truth(player.model, other))
    columns = simulation.columns(simulation.advance(500))
    wrong = (columns["state"] == 0) & (columns["action"] == 1) & (columns["next_state"] != 1)
    first = int(np.argmax(wrong))
    assert np.isfinite(columns["coverage"][:first]).all()
    assert np.isnan(columns["coverage"][first:]).all()
    assert np.isnan(columns["missing_information_nats"][first:]).all()


@pytest.mark.slow
def test_a_truth_that_holds_is_not_dropped():
    for name in ("FrozenLake-v1", "CliffWalking-v1", "Taxi-v4", "MiniGrid-DoorKey-5x5-v0"):
        if name.startswith("MiniGrid"):
            pytest.importorskip("minigrid", reason="needs the extra [minigrid]")
        env = envs.as_states(envs.make(name))
        mdp = envs.true_mdp(env)
        player = agent.make_agent("random", env, seed=0)
        truth = Truth(player.model, mdp)
        for _ in agent.interact(env, player, 3000, seed=0):
            truth.update()
        assert truth.disproof is None
        assert truth.missing_information == pytest.approx(missing_information(player.model, mdp), rel=1e-9)


@pytest.mark.slow
def test_a_truth_is_kept_when_a_belief_is_given_back(tmp_path):
    """Given back to an earlier, a later, an equal and another belief: scored as if it had always been that."""
    env = gymnasium.make("FrozenLake-v1", is_slippery=True)
    wrapper = CuriosityReward(env)
    mdp = envs.true_mdp(wrapper.env)
    truth = Truth(wrapper.model, mdp)
    for k, wanted in enumerate((0, 1, 300, 301, 40)):
        fresh = CuriosityReward(gymnasium.make("FrozenLake-v1", is_slippery=True))
        live(fresh, wanted, seed=k)
        fresh.save(tmp_path / f"{k}.npz")
    for k in (2, 0, 1, 3, 2, 3, 2, 2, 4, 1, 0):
        wrapper.restore(tmp_path / f"{k}.npz")
        truth.update()
        assert truth.missing_information == pytest.approx(missing_information(wrapper.model, mdp), rel=1e-12)
        for steps in (1, 1, 30):
            live(wrapper, steps, seed=k, truth=truth)
            assert truth.missing_information == pytest.approx(missing_information(wrapper.model, mdp), rel=1e-9)
            visited = np.count_nonzero(wrapper.model.pairs.visits)
            assert truth.coverage == pytest.approx(visited / truth.num_pairs)


def live(wrapper, steps, seed, truth=None):
    rng, ended = np.random.default_rng(seed), True
    for _ in range(steps):
        if ended:
            wrapper.reset(seed=int(rng.integers(1000)))
        _, _, terminated, truncated, _ = wrapper.step(int(rng.integers(4)))
        ended = terminated or truncated
        if truth is not None:
            truth.update()


class Turning(FrozenLakeEnv):
    """Gymnasium's own steps by a table that turns, after a while, into another one than was read."""

    def __init__(self, after=200, **kwargs):
        super().__init__(**kwargs)
        self.P = Turned(self.P, after)


class Turned(dict):
    def __init__(self, table, after):
        super().__init__(table)
        self.left = after

    def __getitem__(self, state):
        self.left -= 1
        if self.left < 0 and state != 15:
            return {action: [(1.0, 14, 0.0, False)] for action in range(4)}
        return super().__getitem__(state)


gymnasium.register("own/Turning-v0", Turning, max_episode_steps=100)
NEEDING = ("coverage", "missing_information_nats", "missing_information_fraction", "missing_information_yardstick_nats")


def arguments(out, after, *more):
    return [
        *map(str, ("--env", "own/Turning-v0", "--steps", 600, "--out", out, "--env-kwargs", f"after={after}", *more))
    ]


def unknown(directory):
    summary = json.loads((directory / "summary.json").read_text())
    assert [summary[name] for name in NEEDING] == [None] * 4
    assert set(summary["steps_to_fraction"].values()) == set(summary["coverage_at_fraction"].values()) == {None}
    assert summary["truth"].startswith("the truth was dropped: action ")
    back = load_run(directory)
    for columns in (back.metrics, back.trace):
        assert all(np.isnan(columns[name]).all() for name in NEEDING if name in columns)
    assert np.isfinite(back.metrics["expected_missing_information_nats"]).all()
    return summary


@pytest.mark.slow
def test_a_run_says_so_in_one_line_and_keeps_no_figure_that_is_not_true(tmp_path, capsys):
    assert run.main(arguments(tmp_path, 200)) == 0
    printed = capsys.readouterr()
    assert printed.err.count("the truth was dropped") == 1
    assert "unknown: the truth was dropped: action " in " ".join(printed.out.split())
    for directory in tmp_path.glob("[!.]*"):
        summary = unknown(directory)
        assert summary["remarks"] == [summary["truth"]]
        assert summary["reproducible"]


@pytest.mark.slow
def test_what_one_life_met_is_not_true_of_the_other(tmp_path, monkeypatch):
    """Only the second world turns; the figures of the first one, which is the same, needed the truth too."""
    worlds = iter([10**9, 10**9, 200])

    class Second(Turning):
        def __init__(self, **kwargs):
            super().__init__(next(worlds), **kwargs)

    monkeypatch.setitem(gymnasium.registry, "own/Turning-v0", copy.copy(gymnasium.spec("own/Turning-v0")))
    gymnasium.registry["own/Turning-v0"].entry_point = Second
    assert run.main([*map(str, ("--env", "own/Turning-v0", "--steps", 600, "--out", tmp_path, "--quiet"))]) == 0
    reasons = {unknown(directory)["truth"] for directory in tmp_path.glob("[!.]*")}
    assert len(reasons) == 1


@pytest.mark.slow
def test_a_comparison_says_why(tmp_path, capsys):
    command = ["--agents", "random", "--seeds", 2, "--workers", 1]
    monkey = [*map(str, ("--env", "test_dropped_truth:own/Turning-v0", "--steps", 400, "--out", tmp_path, *command))]
    assert compare.main(monkey) == 0
    (directory,) = tmp_path.glob("[!.]*")
    printed, comparison = capsys.readouterr(), json.loads((directory / "comparison.json").read_text())
    assert printed.err.count("the truth was dropped") == 1
    assert comparison["unknown"].startswith("the truth was dropped: action ")
    assert comparison["remarks"] == [comparison["unknown"]]
    assert comparison["agents"]["random"]["coverage"]["mean"] is None
    with np.load(directory / "curves.npz") as curves:
        for name in ("missing_information_fraction", "steps_to_fraction", "coverage_at_fraction"):
            assert np.isnan(curves[f"random/{name}"]).all()


def test_a_world_that_tells_nothing_says_that_and_what_to_do(tmp_path, capsys):
    told = f"Blackjack-v1 does not tell its transition probabilities; {REMEDY}"
    assert run.main([*map(str, ("--env", "Blackjack-v1", "--steps", 50, "--baseline", "none", "--out", tmp_path))]) == 0
    assert f"unknown: {told}" in " ".join(capsys.readouterr().out.split())
    (directory,) = tmp_path.glob("[!.]*")
    assert load_run(directory).summary["truth"] == told


def test_a_known_truth_is_said_to_be_known(tmp_path):
    assert run.main([*map(str, ("--env", "lock", "--steps", 50, "--quiet", "--out", tmp_path))]) == 0
    assert {load_run(directory).summary["truth"] for directory in tmp_path.glob("[!.]*")} == {dropped_truth.KNOWN}
