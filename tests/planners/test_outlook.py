"""How far a plan looks: whether what is near is enough, where what is paid is used up."""

import copy

import numpy as np
import pytest

from agent import interact, make_agent
from agent.planners.incremental.outlook import LEAST_SHARE, MOST_SHARE, NEAR, enough
from agent.planners.incremental.planner import COARSE, Incremental
from agent.planners.value_iteration import ValueIteration
from agent.simulation.scoring import Truth
from envs import as_states, make, true_mdp


def shares(model):
    """The largest payoff, and the mean over nats that visited pairs pay, by the payoffs in the table."""
    known = [s for s in model.known_states() if model.states.kind[s] == 1]
    pairs = (np.array(known)[:, None] * model.num_actions + np.arange(model.num_actions)).ravel()
    payoff, is_visited = np.maximum(model.pairs.payoff[pairs], 0), model.pairs.visits[pairs] > 0
    visited = payoff[is_visited]
    return payoff.max(), np.average(visited, weights=visited) if visited.sum() else 0.0


def discounts(**options):
    """The discounts of all plans of a life."""
    env = as_states(make("four-rooms"))
    agent = make_agent("curious", env, 0, **{"prior": "structured"} | options)
    return {agent.planner.outlook(agent.model)[0] for _ in interact(env, agent, 300, 0)}


@pytest.mark.parametrize("world", ["four-rooms", "traps", "river-swim"])
def test_enough_is_a_share_of_the_largest_payoff(world):
    env = as_states(make(world))
    agent = make_agent("curious", env, 0, prior="structured")
    found = []
    for _ in interact(env, agent, 400, 0):
        largest, again = shares(agent.model)
        expected = min(LEAST_SHARE * largest + again, MOST_SHARE * largest)
        assert enough(agent.model.address) == pytest.approx(expected, rel=1e-12)
        found.append(expected / largest if largest else LEAST_SHARE)
    assert min(found) < 0.5 < max(found)


@pytest.mark.parametrize("world", ["four-rooms", "traps", "river-swim"])
def test_a_plan_looks_near_while_that_is_enough(world):
    """By a plan that is made apart, with the small discount, to the last digits."""
    env, found = as_states(make(world)), []
    agent = make_agent("curious", env, 0, prior="structured")
    for t, transition in enumerate(interact(env, agent, 900, 0)):
        if transition.terminated or t % 7:
            continue
        state, model = transition.next_state, agent.model
        agent.act(state)
        agent.planner.num_attempts = 0
        agent.planner._moment = None  # as if nothing had been solved at this step
        agent.planner.solve(model, agent.unvisited_payoff, state)
        wanted, other = enough(model.address), copy.deepcopy(model)
        ValueIteration(NEAR, 1e-6).plan(other, agent.unvisited_payoff, state)
        collected = (1 - NEAR) * other.states.value[state]
        if abs(collected / wanted - 1) > COARSE:
            found.append(agent.planner.outlook(model)[0])
            assert found[-1] == (NEAR if collected > wanted else 0.99)
    assert min(found.count(NEAR), found.count(0.99)) > 10


@pytest.mark.parametrize(
    "options",
    [
        {"prior": "empirical-bayes"},
        {"reward_weight": 0.1},
        {"planner": "incremental:near=.99"},
        {"planner": "value-iteration", "tolerance": 0.5},
        {"planner": "remaining-horizon", "steps": 10_000},
    ],
)
def test_a_plan_keeps_its_discount(options):
    """Without rules, where rewards are paid, which are not used up, and where it was told to."""
    assert discounts(**options) == {0.99}


def test_a_discount_below_the_near_one_is_kept():
    assert discounts(discount=0.8) == {0.8}


@pytest.mark.parametrize("near", [0, 1, -0.5, float("nan"), "0.9", None])
def test_near_is_a_discount(near):
    with pytest.raises(ValueError, match="near must be a number between 0 and 1"):
        Incremental(near=near)


def steps_to_know(near, seed):
    """Steps until 2 % of the missing information are left in the puzzle."""
    env = as_states(make("tests.support.puzzle:Puzzle-v0"))
    agent = make_agent("curious", env, seed, prior="structured", planner=f"incremental:near={near}")
    truth = Truth(agent.model, true_mdp(env))
    for _ in interact(env, agent, 4000, seed):
        truth.update()
        if truth.fraction <= 0.02:
            break
    return agent.model.steps


def test_what_is_used_up_is_collected_on_the_way():
    """In a puzzle a visit teaches all: a plan that always looks far passes by what is near, and comes back later."""
    steps = [[steps_to_know(near, seed) for seed in range(4)] for near in (NEAR, 0.99)]
    assert np.mean(steps[0]) < 0.85 * np.mean(steps[1])
