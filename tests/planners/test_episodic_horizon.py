"""Plans that end with the episode, against backward induction on dense matrices."""

import gymnasium
import numpy as np
import pytest

import envs
from agent import make_agent
from agent.planners.finite_horizon import FiniteHorizon
from agent.simulation.interaction import interact
from tests.support.dense_problem import dense_problem


def inducted(agent, num_steps):
    """q-values of so many steps, an end worth nothing."""
    transition, payoff, live = dense_problem(agent)
    acting = np.zeros(len(payoff), dtype=bool)
    acting[live] = True
    known = agent.model.known_states()
    ended = known[agent.model.states.kind[known] == 2]
    value = np.zeros(len(payoff))
    for _ in range(num_steps):
        q = payoff + transition @ value
        value = q.max(axis=1)
        value[ended] = 0.0
    return q[live], live


@pytest.mark.parametrize("world", ["river-swim", "four-rooms"])
def test_a_plan_looks_no_further_than_the_end_of_the_episode(world):
    env = gymnasium.wrappers.TimeLimit(envs.make(world), 6)
    agent = make_agent("curious", env, 0, planner="finite-horizon:6,episodic=true", reward_weight=1.0)
    for t, step in enumerate(interact(env, agent, 60, seed=0)):
        left = 6 - t % 6  # when the action was chosen; the next one, unless it ended the episode, has one less
        assert agent.planner.remaining(agent.model) == (left - 1 if left > 1 else 6)
        if not step.truncated:
            agent.act(step.next_state)
            q, live = inducted(agent, left - 1)
            assert agent.q_values(live) == pytest.approx(q, rel=1e-9)


def test_an_episode_that_goes_on_counts_as_several():
    env = envs.make("river-swim")
    agent = make_agent("curious", env, 0, planner="finite-horizon:4,episodic=true")
    told = [agent.planner.remaining(agent.model) for _ in interact(env, agent, 9, seed=0)]
    assert told == [3, 2, 1, 4, 3, 2, 1, 4, 3]


def test_an_end_is_worth_nothing():
    env = envs.make("traps")
    plain, episodic = (
        make_agent("curious", env, 0, planner=planner)
        for planner in ("finite-horizon:9", "finite-horizon:9,episodic=true")
    )
    for step in interact(env, make_agent("random", env, 1), 300, seed=0):
        for each in (plain, episodic):
            each.observe(step)
    for each in (plain, episodic):
        each.model.begin(0)
        each.act(0)
    known = plain.model.known_states()
    ended = known[plain.model.states.kind[known] == 2]
    assert (plain.value(ended) > 0).all()
    assert (episodic.value(ended) == 0).all()


@pytest.mark.parametrize("episodic", [1, "true", None])
def test_what_is_no_switch_is_refused(episodic):
    with pytest.raises(ValueError, match="episodic must be true or false"):
        FiniteHorizon(3, episodic)
