"""Lives under beliefs about rewards: what planners see, what a wrapper pays, what is recorded."""

import json

import numpy as np
import pytest

import agent
import envs
from agent import CuriosityReward, run
from agent.results.schema import REWARD_COLUMNS
from tests.planners.test_incremental import true_residuals

OPTIONS = {"reward_belief": "gaussian:mean=.5,noise=.3", "reward_weight": 1.0, "reward_gain_weight": 2.0}


@pytest.mark.parametrize("world", ["traps", "river-swim", "four-rooms"])
@pytest.mark.parametrize("belief", ["gaussian:mean=.5,noise=.3", "normal-gamma:mean=-2", "gaussian:mean=-.4"])
def test_certificates_hold(world, belief):
    """Every residual of the mended plan is below its eps; its value is that of a full solution."""
    options = OPTIONS | {"reward_belief": belief, "tolerance": 0.01, "discount": 0.95}
    explorer = agent.make_agent("curious", envs.make(world), 0, **options)
    for t, step in enumerate(agent.interact(envs.make(world), explorer, 300, seed=0)):
        if step.terminated or t % 29:
            continue
        explorer.act(step.next_state)
        _, residuals, _ = true_residuals(explorer)
        largest = explorer.planner.progress.plan.largest_residual
        assert np.abs(residuals).max() <= largest * (1 + 1e-9) + 1e-12
        value = explorer.value([step.next_state])[0]
        exact = agent.make_agent("curious", envs.make(world), 0, **options, planner="value-iteration:tolerance=1e-9")
        exact.model = explorer.model
        exact.act(step.next_state)
        assert abs(exact.value([step.next_state])[0] - value) <= explorer.loss_bound + 1e-6
        explorer.settle()


def test_all_planners_are_paid_the_same():
    env = envs.make("traps")
    paid = []
    for planner in ("incremental", "value-iteration", "finite-horizon:4", "remaining-horizon", "greedy"):
        explorer = agent.make_agent("curious", env, 0, planner=planner, steps=500, **OPTIONS)
        scout = agent.make_agent("random", env, 1)
        for step in agent.interact(env, scout, 200, seed=3):
            explorer.observe(step)
        explorer.act(0)
        states = explorer.model.known_states()
        paid.append((explorer.unvisited_payoff, explorer.model.of_pairs("payoff", states).tolist()))
    assert all(each == paid[0] for each in paid)
    q = explorer.q_values([0])[0]
    assert q.tolist() == paid[0][1][list(states).index(0)]  # greedy: the payoffs themselves


def test_a_belief_that_rewards_are_high_makes_one_look_for_them():
    """Where pairs never taken are believed to pay 1, all of them are tried, though curiosity weighs nothing."""
    env = envs.make("four-rooms")
    options = {"curiosity_weight": 0.0, "reward_weight": 1.0, "prior": "symmetric:1"}
    hopeful, other = (
        agent.simulate(env, "curious", 3000, [0], reward_belief=belief, **options)[0]
        for belief in ("gaussian:mean=1,precision=1,noise=1", "empirical")
    )
    assert hopeful.steps["coverage"][-1] == 1.0
    assert other.steps["coverage"][-1] < 1.0


def test_a_wrapper_pays_what_the_reward_taught():
    weights = {"weight": 0.5, "reward_weight": 2.0, "reward_gain_weight": 3.0}
    belief = "normal-gamma:mean=.1"
    for bonus in ("bayesian-surprise", "expected-information-gain"):
        env = CuriosityReward(envs.make("river-swim"), **weights, reward_belief=belief, bonus=bonus)
        plain = CuriosityReward(envs.make("river-swim"), **weights, bonus=bonus)
        for each in (env, plain):
            each.reset(seed=0)
        total = 0.0
        for t in range(200):
            _, reward, _, _, info = env.step(t % 2)
            _, without, _, _, told = plain.step(t % 2)
            gain = info.pop("reward_gain")
            assert info == told
            assert reward == pytest.approx(without + 3.0 * gain, rel=1e-13)
            total += gain
        model = env.model
        is_realised = bonus == "bayesian-surprise"
        expected = model.reward_information_gain if is_realised else model.expected_reward_information_gain
        assert total == pytest.approx(expected)


def test_a_wrapper_keeps_its_belief_about_rewards(tmp_path):
    env = CuriosityReward(envs.make("river-swim"), reward_belief="gaussian")
    env.reset(seed=0)
    for t in range(50):
        env.step(t % 2)
    env.save(tmp_path / "kept.npz")
    other = CuriosityReward(envs.make("river-swim"), reward_belief="gaussian")
    other.restore(tmp_path / "kept.npz")
    assert other.model.reward_information_gain == env.model.reward_information_gain
    for wrong in ({}, {"reward_belief": "gaussian:noise=2"}):
        with pytest.raises(ValueError, match=r"reward_belief is Gaussian\(mean=0\.0"):
            CuriosityReward(envs.make("river-swim"), **wrong).restore(tmp_path / "kept.npz")
    plain = CuriosityReward(envs.make("river-swim"))
    plain.reset(seed=0)
    plain.step(0)
    plain.save(tmp_path / "plain.npz")
    with np.load(tmp_path / "plain.npz") as kept:
        assert not any(name.startswith("reward_belief") or name == "reward_gain_sum" for name in kept)


@pytest.mark.slow
def test_a_run_records_what_rewards_taught(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = ["--env", "river-swim", "--steps", "300", "--quiet", "--reward-weight", "1"]
    assert run.main([*command, "--reward-belief", "gaussian:noise=.2", "--reward-gain-weight", ".5"]) == 0
    told = agent.load_run(capsys.readouterr().out.strip())
    assert told.config["reward_belief"] == "gaussian:noise=.2"
    assert told.config["reward_gain_weight"] == 0.5
    told_of_rewards = told.summary
    assert told_of_rewards["reward_belief"] == "Gaussian(mean=0.0, precision=1.0, noise=0.2)"
    for name in REWARD_COLUMNS:
        assert told.trace[name].shape == (300,)
        assert (told.trace[name] >= 0).all()
        assert told.trace[name].sum() == pytest.approx(told_of_rewards[name])
    (life,) = agent.simulate(
        envs.make("river-swim"), "curious", 300, [0], reward_weight=1.0, reward_belief="gaussian:noise=.2",
        reward_gain_weight=0.5,
    )  # fmt: skip
    assert life.steps["action"].tolist() == told.trace["action"].tolist()
    assert all(life.steps[name].tobytes() == told.trace[name].tobytes() for name in REWARD_COLUMNS)
    assert run.main([*command, "--config", str(told.directory / "config.json")]) == 0  # found again
    assert capsys.readouterr().out.strip() == str(told.directory)
    assert run.main([*command]) == 0
    plain = agent.load_run(capsys.readouterr().out.strip())
    assert not {"reward_belief", "reward_gain_weight"} & set(json.loads((plain.directory / "config.json").read_text()))
    assert not set(REWARD_COLUMNS) & set(plain.trace)
    assert not {"reward_belief", *REWARD_COLUMNS} & set(plain.summary)
