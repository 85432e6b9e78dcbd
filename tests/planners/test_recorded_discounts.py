"""What a run keeps of how far its plans look."""

import numpy as np
import pytest

import envs
from agent import interact, load_run, make_agent
from agent.agents.explorer import curious
from agent.agents.rng import seed_streams
from agent.planners.incremental.outlook import NEAR
from tests.support.replayed import discount_at, lived

ROOMS = "--env", "grid", "--env-kwargs", "size=11", "--steps", 300


def test_a_run_records_the_discount_in_force_at_every_step(tmp_path):
    run = load_run(lived(tmp_path, *ROOMS, "--prior", "structured").directory)
    env, (world_seed, agent_seed) = envs.make("grid", size=11), seed_streams(run.config["seed"])
    player = make_agent("curious", env, agent_seed, prior="structured")
    actions, found = [], []
    for step in interact(env, player, 300, world_seed):
        actions.append(step.action)
        found.append(player.planner.outlook(player.model)[0])
    assert actions == run.trace["action"].tolist()
    assert found == [discount_at(run, step) for step in range(300)]
    assert set(found) == {0.99, NEAR**4}
    since = run.trace["planning_discount_step"]
    assert since[0] == 0
    assert (np.diff(since) > 0).all()
    assert run.trace["planning_discount"][0] == run.config["discount"]


@pytest.mark.parametrize("words", [("--prior", "structured", "--reward-weight", 1), ("--prior", "empirical-bayes")])
def test_nothing_is_recorded_where_the_discount_is_the_same_all_along(words, tmp_path):
    run = lived(tmp_path, *ROOMS, *words)
    assert not [name for name in run.trace if "discount" in name]


def test_a_plan_that_is_forgotten_looks_far_again():
    env = envs.make("deep-sea")
    one = make_agent("curious", env, 0, prior="structured")
    for _ in interact(env, one, 100, 0):
        pass
    assert set(one.planner.discounts.values()) == {0.99, NEAR, NEAR**2, NEAR**4}
    one.planner.forget(one.model.steps)
    assert one.planner.outlook(one.model) == (0.99, None)
    assert [*one.planner.discounts.items()][-1] == (100, 0.99)


def test_a_plan_that_another_one_overwrote_looks_far_again_from_there_on():
    env = envs.make("deep-sea")
    one = make_agent("curious", env, 0, prior="structured")
    for _ in interact(env, one, 100, 0):
        pass
    assert [*one.planner.discounts.values()][-1] == NEAR**4
    state = int(one.model.known_states()[0])
    curious(one.model, 1).act(state)
    one.settle()
    assert [*one.planner.discounts.items()][-1] == (100, 0.99)
