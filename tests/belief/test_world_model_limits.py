"""What a belief refuses, and what it answers of states never seen."""

import copy
import math

import numpy as np
import pytest

from agent import dirichlet
from agent.belief.priors import Local, Symmetric, make_prior
from agent.belief.world_model import WorldModel
from tests.belief.test_world_model import step, wander


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("empirical", "Did you mean 'empirical-bayes'"),
        ("symmetric:x", "expected a number"),
        ("symmetric:-1", "positive"),
    ],
)
def test_priors_are_checked(name, message):
    with pytest.raises(ValueError, match=message):
        make_prior(name)


def test_a_world_has_actions_and_states():
    with pytest.raises(ValueError, match="at least one"):
        WorldModel(0, 3)


def test_a_copy_lives_on_its_own():
    model = WorldModel(2, 8, Symmetric())
    wander(model, 50, 8)
    twin = copy.deepcopy(model)
    before = bytes(model.numbers)
    wander(twin, 50, 8, seed=1)
    assert bytes(model.numbers) == before
    assert twin.steps == 100


@pytest.mark.parametrize(
    ("transition", "message"),
    [
        (step(0, 5, 1), "actions from 0 to 1"),
        (step(-1, 0, 1), "numbered from 0"),
        (step(0, 0, -1), "numbered from 0"),
        (step(0, 10**8, 1), "actions from 0 to 1"),
        (step(0, 0, 1, reward=math.inf), "finite"),
        (step(0, 0, 1, reward=math.nan), "finite"),
        (step(1, 0, 9), "terminal"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(transition, message):
    model = WorldModel(2, 4)
    model.begin(0)
    model.observe(step(0, 0, 1, terminated=True))
    before = copy.copy(model.numbers)
    with pytest.raises(ValueError, match=message):
        model.observe(transition)
    before.state_room, before.edge_room = model.numbers.state_room, model.numbers.edge_room  # may have been made
    before.has_rewards = model.numbers.has_rewards
    assert bytes(model.numbers) == bytes(before)
    with pytest.raises(ValueError, match="numbered from 0"):
        model.begin(-1)


def test_states_never_seen_can_be_asked_for():
    model = WorldModel(4, 2000, Symmetric(2.0))
    assert model.predictive(1500, 3) == pytest.approx(np.full(2000, 1 / 2000))
    assert model.visits([1999]).tolist() == [[0, 0, 0, 0]]
    prior = dirichlet.expected_information_gain(np.full(2000, 0.001))
    assert model.expected_gains([1999])[0] == pytest.approx(np.full(4, prior))
    assert math.isnan(model.mean_reward(1999, 0)[0])
    for state, action in ((-1, 0), (2000, 0), (0, 4), (0, -1)):
        with pytest.raises(ValueError, match="numbered from 0"):
            model.predictive(state, action)


def test_a_local_support_may_be_wide():
    support = {pair: tuple(range(200)) for pair in range(400)}
    model = WorldModel(2, 200, Local(support))
    assert model.num_edges == 80_000
    assert model.predictive(150, 1) == pytest.approx(np.full(200, 1 / 200))
