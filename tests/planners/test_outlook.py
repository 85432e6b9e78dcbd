"""How far a plan looks: whether what is near is enough, where what is paid is used up."""

import copy
import math

import numpy as np
import pytest

from agent import interact, make_agent
from agent.belief.serialization import arrays_of, restore
from agent.belief.tables import SEEN
from agent.planners.incremental.outlook import ENOUGH, NEAR, NEARER, is_used_up
from agent.planners.incremental.planner import COARSE, Incremental
from agent.planners.value_iteration import ValueIteration
from agent.simulation.scoring import Truth
from envs import as_states, make, true_mdp

WORLDS = ["deep-sea", "tests.support.puzzle:Puzzle-v0", "CliffWalking-v1"]
"""In which every pair has one outcome."""


def discounts(world="deep-sea", **options):
    """The discounts of all plans of a life."""
    env = as_states(make(world))
    agent = make_agent("curious", env, 0, **{"prior": "structured"} | options)
    return {agent.planner.outlook(agent.model)[0] for _ in interact(env, agent, 300, 0)}


@pytest.mark.parametrize("world", WORLDS)
def test_a_plan_looks_near_while_that_is_enough(world):
    """By plans that are made apart, with the small discounts, to the last digits."""
    env, found, nearer = as_states(make(world)), [], [NEAR**power for power in NEARER]
    agent = make_agent("curious", env, 0, prior="structured")
    for t, transition in enumerate(interact(env, agent, 900, 0)):
        if transition.terminated or t % 7:
            continue
        state, model = transition.next_state, agent.model
        agent.act(state)
        agent.planner.num_attempts = 0
        agent.planner._moment = None  # as if nothing had been solved at this step
        agent.planner.solve(model, agent.unvisited_payoff, state)
        acting = np.array([s for s in model.known_states() if model.states.kind[s] == SEEN])
        pairs = acting[:, None] * model.num_actions + np.arange(model.num_actions)
        wanted, other = ENOUGH * model.pairs.payoff[pairs].max(), copy.deepcopy(model)
        collected = {}
        for near in nearer:
            ValueIteration(near, 1e-6).plan(other, agent.unvisited_payoff, state)
            collected[near] = other.states.value[state]
        if all(abs(each / wanted - 1) > COARSE for each in collected.values()):
            found.append(agent.planner.outlook(model)[0])
            assert found[-1] == min(near for near, each in (collected | {0.99: math.inf}).items() if each > wanted)
    assert found.count(NEAR**2) > 10
    assert len(set(found)) > 1


@pytest.mark.parametrize(
    "options",
    [
        {"prior": "empirical-bayes"},
        {"reward_weight": 0.1},
        {"reward_belief": "gaussian"},
        {"bonus": "count"},
        {"planner": "incremental:near=.99"},
        {"planner": "value-iteration", "tolerance": 0.5},
        {"planner": "remaining-horizon", "steps": 10_000},
    ],
)
def test_a_plan_keeps_its_discount(options):
    """Without rules, where anything but information gain of transitions is paid, and where it was told to."""
    assert discounts(**options) == {0.99}


def test_a_plan_looks_far_once_a_pair_had_a_second_outcome():
    env, found = as_states(make("four-rooms")), []
    agent = make_agent("curious", env, 0, prior="structured")
    for _ in interact(env, agent, 600, 0):
        outcomes = np.bincount(agent.model.edges.pair[: agent.model.num_edges][seen(agent.model)])
        assert is_used_up(agent.model) == (outcomes.max() <= 1)
        found.append(is_used_up(agent.model))
    assert agent.planner.outlook(agent.model) == (0.99, None)
    assert found[0]
    assert not found[-1]


def seen(model):
    """Which edges were seen."""
    return model.edges.count[: model.num_edges] > 0


def test_what_one_visit_teaches_is_known_of_a_belief_that_was_restored():
    for world in ("deep-sea", "four-rooms"):
        env = as_states(make(world))
        agent = make_agent("curious", env, 0, prior="structured")
        for _ in interact(env, agent, 300, 0):
            pass
        other = copy.deepcopy(agent.model)
        restore(other, arrays_of(agent.model))
        assert is_used_up(other) == is_used_up(agent.model) == (world == "deep-sea")


@pytest.mark.parametrize("world_seed", [1708, 1723])
def test_a_plan_that_has_nothing_left_near_looks_far_again(world_seed):
    """In a lock one begins anew after every mistake: what is near is known soon, and the rest is all far away."""
    env = as_states(make("lock", world_seed=world_seed))
    agent, found = make_agent("curious", env, 0, prior="structured"), set()
    truth, model, planner = Truth(agent.model, true_mdp(env)), agent.model, agent.planner
    for transition in interact(env, agent, 400, 0):
        truth.update()
        assert model.states.value[transition.state] >= planner.progress.plan.least_value
        found.add(planner.outlook(model)[0])
        if truth.fraction <= 0.02:
            break
    assert truth.fraction <= 0.02
    assert min(found) < NEAR


def test_a_discount_below_the_near_one_is_kept():
    assert discounts(discount=0.8) == {0.8}


@pytest.mark.parametrize("near", [0, 1, -0.5, float("nan"), "0.9", None])
def test_near_is_a_discount(near):
    with pytest.raises(ValueError, match="near must be a number between 0 and 1"):
        Incremental(near=near)


def steps_to_know(puzzle, near, seed):
    """Steps until 2 % of the missing information are left in a puzzle."""
    env = as_states(make(f"tests.support.puzzle:{puzzle}-v0"))
    agent = make_agent("curious", env, seed, prior="structured", planner=f"incremental:near={near}")
    truth = Truth(agent.model, true_mdp(env))
    for _ in interact(env, agent, 4000, seed):
        truth.update()
        if truth.fraction <= 0.02:
            break
    return agent.model.steps


@pytest.mark.parametrize(
    ("puzzle", "num_listed", "num_reached"),
    [("Puzzle", 720, 360), ("Rings", 180, 180), ("Edges", 720, 360), ("Lamps", 512, 128)],
)
def test_puzzles_are_those_they_are_said_to_be(puzzle, num_listed, num_reached):
    """Half of all orders, all, half, and what seven of the nine switches reach: the other two follow from these."""
    mdp = true_mdp(as_states(make(f"tests.support.puzzle:{puzzle}-v0")))
    assert mdp.num_states == num_listed
    assert mdp.reachable_pairs().any(axis=1).sum() == num_reached


@pytest.mark.parametrize("puzzle", ["Puzzle", "Rings"])
def test_what_is_used_up_is_collected_on_the_way(puzzle):
    """In a puzzle a visit teaches all: a plan that always looks far passes by what is near, and comes back later."""
    steps = [[steps_to_know(puzzle, near, seed) for seed in range(4)] for near in (NEAR, 0.99)]
    assert np.mean(steps[0]) < 0.85 * np.mean(steps[1])
