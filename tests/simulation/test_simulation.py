"""The compiled loop against the loop in Python, step by step and bit by bit."""

import hashlib
import os
import subprocess
import sys

import gymnasium
import numpy as np
import pytest

import envs
from agent import interact, make_agent, simulate
from agent.agents.rng import seed_streams
from agent.belief.priors import Local
from agent.planners.incremental.outlook import NEAR
from agent.simulation.scoring import Truth
from agent.simulation.simulate import CHUNK, Simulation, can_simulate

LIVES = [
    ("four-rooms", "curious", {}),
    ("four-rooms", "curious", {"prior": "local", "discount": 0.95}),
    ("grid", "curious", {"prior": "symmetric:5", "tolerance": 0.1}),
    ("traps", "curious", {"curiosity_weight": 0.5, "reward_weight": 1.0}),
    ("portals", "count", {}),
    ("lock", "curious", {"bonus": "predicted-information-gain"}),
    ("noisy-tv", "curious", {"bonus": "predictive-entropy"}),
    ("river-swim", "curious", {"planner": "value-iteration"}),
    ("river-swim", "curious", {"planner": "finite-horizon:5"}),
    ("cliques", "greedy", {}),
    ("dense", "least-taken", {}),
    ("ice", "random", {}),
    ("four-rooms", "curious", {"prior": "structured"}),
    ("deep-sea", "curious", {"prior": "structured"}),
    ("traps", "curious", {"prior": "structured", "reward_weight": 1.0}),
    ("noisy-tv", "greedy", {"prior": "structured:guard=0"}),
    ("one-two-three", "curious", {"prior": "equal-targets"}),
    ("lock", "curious", {"prior": "equal-targets:1", "bonus": "predicted-information-gain"}),
    ("river-swim", "curious", {"reward_belief": "gaussian:noise=.1", "reward_weight": 1.0}),
    ("traps", "curious", {"reward_belief": "normal-gamma", "reward_gain_weight": 0.5}),
    ("lock", "random", {"reward_belief": "beta", "prior": "structured"}),
]
STEPS = CHUNK + 200


def walked(world, agent, num_steps, seed, options):
    """The columns of a life as the loop in Python makes them."""
    env = envs.make(world)
    world_seed, agent_seed = seed_streams(seed)
    player = make_agent(agent, env, agent_seed, **options)
    model, truth = player.model, Truth(player.model, envs.true_mdp(env))
    rows = []
    for step in interact(env, player, num_steps, world_seed):
        truth.update()
        rows.append(
            (
                step.state, step.action, step.next_state, step.reward, step.terminated, step.truncated,
                model.last_surprise, model.last_expected_gain, truth.missing_information, truth.coverage,
                player.loss_bound, model.expected_missing_information, model.concentration,
                *((model.last_reward_gain, model.last_expected_reward_gain) if "reward_belief" in options else ()),
            )
        )  # fmt: skip
    return [np.array(column) for column in zip(*rows, strict=True)], player


@pytest.mark.parametrize(("world", "agent", "options"), LIVES)
def test_a_simulated_life_is_the_walked_one(world, agent, options):
    num_steps = STEPS if options.get("planner") is None else 300
    columns, player = walked(world, agent, num_steps, 7, options)
    (life,) = simulate(envs.make(world), agent, num_steps, [7], **options)
    for (name, simulated), expected in zip(life.steps.items(), columns, strict=True):
        np.testing.assert_array_equal(simulated, expected, err_msg=name)
    for table in ("states", "pairs", "edges"):
        for mine, others in zip(getattr(life.agent.model, table), getattr(player.model, table), strict=True):
            size = min(len(mine), len(others))
            np.testing.assert_array_equal(mine[:size], others[:size])
    mine, others = (getattr(getattr(each, "planner", None), "discounts", {}) for each in (life.agent, player))
    assert list(mine.items()) == list(others.items())
    if world == "deep-sea":
        assert set(mine.values()) == {0.99, NEAR, NEAR**2, NEAR**4}


def test_threads_change_nothing():
    env = envs.make("four-rooms")
    together = simulate(env, "curious", 500, 5, threads=3)
    assert [life.seed for life in together] == [0, 1, 2, 3, 4]
    assert len({life.steps["action"].tobytes() for life in together}) == 5
    for life in together:
        (alone,) = simulate(env, "curious", 500, [life.seed])
        assert all(alone.steps[name].tobytes() == column.tobytes() for name, column in life.steps.items())


def digest():
    """A digest of two short lives."""
    total = hashlib.sha256()
    gaussian, unknown, beta = ({"reward_belief": name} for name in ("gaussian", "normal-gamma", "beta"))
    players = [("four-rooms", "curious", {}), ("traps", "least-taken", {})]
    players += [("traps", "curious", gaussian), ("river-swim", "curious", unknown), ("lock", "count", beta)]
    for world, agent, options in players:
        for life in simulate(envs.make(world), agent, 60, 2, **options):
            for column in life.steps.values():
                total.update(column.tobytes())
    return total.hexdigest()


@pytest.mark.slow
def test_compilation_changes_nothing():
    command = "from tests.simulation.test_simulation import digest; print(digest())"
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    plain = subprocess.run([sys.executable, "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert plain.stdout.strip() == digest()


def test_episodes_cut_short_are_followed_as_in_the_loop():
    env = gymnasium.wrappers.TimeLimit(envs.make("four-rooms"), 7)
    world_seed, agent_seed = seed_streams(3)
    steps = list(interact(env, make_agent("curious", env, agent_seed), 100, world_seed))
    (life,) = simulate(env, "curious", 100, [3])
    assert life.steps["truncated"].tolist() == [step.truncated for step in steps]
    assert life.steps["next_state"].tolist() == [step.next_state for step in steps]
    assert life.steps["truncated"].sum() == 14


def test_a_life_goes_on_where_it_stood():
    env = envs.make("cliques")
    (whole,) = simulate(env, "curious", 90, [5])
    world_seed, agent_seed = seed_streams(5)
    agent = make_agent("curious", env, agent_seed)
    simulation = Simulation(env, agent, world_seed)
    parts = [simulation.columns(simulation.advance(number)) for number in (1, 40, 0, 49)]
    assert np.concatenate([part["next_state"] for part in parts]).tolist() == whole.steps["next_state"].tolist()


def test_what_cannot_be_simulated_is_refused():
    env = gymnasium.make("FrozenLake-v1")
    assert not can_simulate(env, make_agent("random", env))
    with pytest.raises(ValueError, match="tabular"):
        simulate(env, "random", 10)
    rewarded = gymnasium.wrappers.TransformReward(envs.make("four-rooms"), lambda reward: 2 * reward)
    with pytest.raises(ValueError, match="tabular"):
        simulate(rewarded, "random", 10)
    with pytest.raises(ValueError, match="num_steps"):
        simulate(envs.make("four-rooms"), "random", 0)
    with pytest.raises(ValueError, match="Known: curious"):
        simulate(envs.make("four-rooms"), "curios", 10)


def test_errors_are_those_of_the_loop():
    env = envs.make("four-rooms")
    nothing_moves = Local({pair: (pair // 4,) for pair in range(4 * envs.as_states(env).num_states)})
    agent = make_agent("curious", env, 0, prior=nothing_moves)
    with pytest.raises(ValueError, match="rules out that action"):
        Simulation(env, agent, 0).advance(50)
