"""BayesExp against a dense textbook version, and what it is said to do."""

import math
from typing import Any

import numpy as np
import pytest

import agent
import envs
from tests.support import textbook
from tests.support.small_world import STATES, lives, small_world

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("with_end", [False, True])
def test_bayes_exp_acts_as_the_textbook_does(with_end):
    """Explorations begin when they should, last as long, and both plans have the right values."""
    length, threshold, explored, earned = 4, 3.0, 0, 0
    written = f"bayes-exp:prior=symmetric:2,patience=0,discount=.9,tolerance=1e-12,reward_weight=1,horizon={length}"
    plans, begun, resets, is_exploring, stages, q_values = 0, 0, 0, False, np.zeros(0), np.zeros(0)
    for explorer, counts, state, action in lives(f"{written},threshold={threshold}", small_world(with_end), 300):
        least = threshold * length / math.sqrt(max(counts.steps, 1))
        is_new, plans = explorer.planner.num_plans > plans, explorer.planner.num_plans
        if is_exploring:
            assert is_new == (counts.steps - begun == length or counts.starts.sum() > resets)
        if is_new:
            posterior = counts.successors + 2 / STATES
            predicted = posterior / posterior.sum(axis=2, keepdims=True)
            stages = textbook.gains_ahead(
                counts, predicted, agent.dirichlet.expected_information_gain(posterior), length
            )
            q_values = textbook.solved(predicted, counts.mean_reward, 0.9, counts)
            begun, resets, is_exploring = counts.steps, counts.starts.sum(), stages[0, state].max() > least
        if not is_exploring and explorer.q_values(state).any():
            assert stages[0, state].max() <= least
        right = stages[counts.steps - begun, state] if is_exploring else q_values[state]
        ours = explorer.q_values(state)
        assert ours == pytest.approx(right, rel=1e-8, abs=1e-9) or not ours.any()  # of a state met since the plan
        assert right[action] >= right.max() - 1e-8
        explored, earned = explored + is_exploring, earned + (not is_exploring)
    assert min(explored, earned) > 30


def test_it_comes_to_earn_and_explores_ever_less():
    """Between two loops it earns late nearly what the best policy does, and the share of exploring falls."""
    env, exploring, rewards = envs.make("double-loop"), [], []
    explorer: Any = agent.make_agent("bayes-exp", env, 3, reward_weight=1.0)
    for step in agent.interact(env, explorer, 6_000, 5):
        exploring.append(explorer.planner.is_exploring)
        rewards.append(step.reward)
    mdp: Any = envs.true_mdp(env)
    best = agent.planners.value_iteration.solve(mdp, 0.9999, 1e-3).value.max() * 1e-4
    shares = [float(np.mean(exploring[first : first + 2000])) for first in (0, 2000, 4000)]
    assert shares[0] > shares[2]
    assert np.mean(rewards[-2000:]) > 0.8 * best
