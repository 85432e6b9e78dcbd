"""Beliefs about rewards in a belief about a world: posteriors, what is paid, what is refused, what is kept."""

import copy
import math
import pickle
import re

import numpy as np
import pytest
from scipy import integrate, special, stats

import agent
import envs
from agent.belief import serialization
from agent.belief.rewards.beliefs import Beta, Empirical, Gaussian, NormalGamma, make_reward_belief
from agent.belief.rewards.learning import learn
from agent.belief.world_model import WorldModel
from agent.protocols import Transition

BELIEFS = {
    "gaussian": Gaussian(0.5, 2.0, 0.7),
    "normal-gamma": NormalGamma(0.5, 2.0, 1.5, 0.8),
    "beta": Beta(0.7, 2.0),
}


def told(belief, rewards, prior=None):
    """A model that was paid so in pair 0."""
    model = WorldModel(2, 3, prior, belief)
    model.begin(0)
    for reward in rewards:
        model.observe(Transition(0, 0, float(reward), 0, False, False))
    return model


def rewards_for(name, number, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(2, size=number) if name == "beta" else rng.normal(1.0, 0.7, size=number)


def log_likelihood(rewards, mean, noise):
    """Of all rewards, `[...]`."""
    return stats.norm.logpdf(np.asarray(rewards), mean[..., None], noise[..., None]).sum(axis=-1)


def grid_mean(name, rewards):
    """The posterior mean of the mean reward, by Bayes' rule on a grid: no conjugacy."""
    if name == "beta":
        p = np.linspace(0, 1, 200_001)[1:-1]
        weight = stats.beta.pdf(p, 0.7, 2.0) * p ** np.sum(rewards) * (1 - p) ** np.sum(1 - np.asarray(rewards))
        return (p * weight).sum() / weight.sum()
    mean = np.linspace(-6, 7, 2001)
    if name == "gaussian":
        logs = stats.norm.logpdf(mean, 0.5, 0.7 / math.sqrt(2)) + log_likelihood(rewards, mean, np.full(2001, 0.7))
        weight = np.exp(logs - logs.max())
        return (mean * weight).sum() / weight.sum()
    mean, precision = np.meshgrid(np.linspace(-6, 7, 401), np.linspace(0.01, 12, 300))
    noise = precision**-0.5
    logs = stats.gamma.logpdf(precision, 1.5, scale=1 / 0.8) + stats.norm.logpdf(mean, 0.5, noise / math.sqrt(2))
    logs = logs + log_likelihood(rewards, mean, noise)
    weight = np.exp(logs - logs.max())
    return (mean * weight).sum() / weight.sum()


@pytest.mark.parametrize("name", BELIEFS)
def test_the_posterior_mean_is_that_of_bayes_rule(name):
    rewards = rewards_for(name, 5)
    model = told(BELIEFS[name], rewards)
    assert model.expected_rewards(0)[0] == pytest.approx(grid_mean(name, rewards), abs=2e-3)
    assert model.expected_rewards([0, 1]).tolist()[1] == [BELIEFS[name].prior_mean] * 2
    assert model.expected_rewards(0)[1] == BELIEFS[name].prior_mean


def evidence(name, rewards):
    """ln p(rewards): of a Beta-binomial, a normal or a Student t of as many dimensions."""
    if name == "beta":
        ones = int(np.sum(rewards))
        zeros = len(rewards) - ones
        return float(special.betaln(0.7 + ones, 2.0 + zeros) - special.betaln(0.7, 2.0))
    n = len(rewards)
    ones = np.ones((n, n)) / 2
    if name == "gaussian":
        return stats.multivariate_normal(np.full(n, 0.5), 0.49 * (np.eye(n) + ones)).logpdf(rewards)
    return stats.multivariate_t(np.full(n, 0.5), 0.8 / 1.5 * (np.eye(n) + ones), df=3.0).logpdf(rewards)


@pytest.mark.parametrize("name", BELIEFS)
def test_gains_are_those_of_what_was_paid_before(name):
    """Mean realised gain over the prediction = expected gain; the prediction by the evidence of one reward more."""
    rewards = rewards_for(name, 4, seed=3)
    before = evidence(name, rewards)

    def realised(reward):
        model = told(BELIEFS[name], [*rewards, reward])
        return math.exp(evidence(name, [*rewards, reward]) - before) * model.last_reward_gain

    if name == "beta":
        mean = realised(0.0) + realised(1.0)
    else:
        points = np.linspace(-20, 21, 821) if name == "normal-gamma" else np.linspace(-5, 6, 221)
        mean = integrate.simpson([realised(point) for point in points], x=points)
    model = told(BELIEFS[name], rewards)
    assert mean == pytest.approx(model.expected_reward_gains(0)[0], rel=2e-3 if name == "normal-gamma" else 1e-6)


@pytest.mark.parametrize("prior", [None, "structured"])
@pytest.mark.parametrize("name", BELIEFS)
def test_what_was_gained_is_the_sum_of_the_gains(name, prior):
    env = envs.make("lock")
    explorer = agent.make_agent("curious", env, 0, reward_belief=BELIEFS[name], prior=prior or "symmetric")
    model, realised, expected = explorer.model, 0.0, 0.0
    for step in agent.interact(env, explorer, 200, seed=1):
        assert model.last_reward_gain >= 0
        realised += model.last_reward_gain
        expected += model.last_expected_reward_gain
        assert model.last_expected_reward_gain > model.expected_reward_gains(step.state)[step.action] or name == "beta"
    assert model.reward_information_gain == realised
    assert model.expected_reward_information_gain == expected


@pytest.mark.parametrize("name", BELIEFS)
def test_nothing_is_ever_negative_or_undefined(name):
    """A billion rewards, sums that have lost their digits, and rewards as large as may be."""
    model = WorldModel(1, 1, None, BELIEFS[name])
    model.begin(0)
    rng = np.random.default_rng(5)
    scales = (0.0,) if name == "beta" else (0.0, 1.0, 1e6, 1e50, 1e100)
    for scale in scales:
        for visits in (0, 1, 2, 17, 10**6, 10**9, 2**31 - 2):
            model.pairs.visits[0] = visits
            ones = visits // 3
            model.pairs.reward_sum[0] = ones if name == "beta" else visits * scale
            model.pairs.reward_square_sum[0] = ones if name == "beta" else visits * scale**2 * (1 - 1e-15)
            for reward in (0.0, 1.0, *([] if name == "beta" else [scale, -scale, scale * rng.normal() % 1e100])):
                realised = learn(model.address, 0, reward)
                expected = model.last_expected_reward_gain
                assert realised >= 0
                assert math.isfinite(realised)
                assert expected > 0
                assert math.isfinite(expected)
                assert math.isfinite(model.expected_rewards(0)[0])


def test_what_is_paid_has_three_parts():
    env = envs.make("river-swim")
    weights = {"curiosity_weight": 0.5, "reward_weight": 2.0, "reward_gain_weight": 3.0}
    explorer = agent.make_agent("curious", env, 0, reward_belief="gaussian:mean=.3,precision=2,noise=.1", **weights)
    list(agent.interact(env, explorer, 300, seed=0))
    explorer.act(0)
    model = explorer.model
    states = model.known_states()
    gain = 0.5 * np.log1p(1 / (2 + model.visits(states)))
    mean = (2 * 0.3 + model.of_pairs("reward_sum", states)) / (2 + model.visits(states))
    paid = 0.5 * model.expected_gains(states) + 3.0 * gain + 2.0 * mean
    assert model.of_pairs("payoff", states) == pytest.approx(paid, rel=1e-12)
    unvisited = 0.5 * model.numbers.unvisited_gain + 3.0 * 0.5 * math.log1p(1 / 2) + 2.0 * 0.3
    assert explorer.unvisited_payoff == pytest.approx(unvisited, rel=1e-12)


def test_a_nat_about_rewards_is_worth_a_nat_unless_it_is_said_otherwise():
    env = envs.make("river-swim")
    options = {"reward_belief": "gaussian", "curiosity_weight": 0.25}
    same, other = ({}, {"reward_gain_weight": 0.25}), ({}, {"reward_gain_weight": 0.0})
    for pair, is_equal in ((same, True), (other, False)):
        lives = [agent.simulate(env, "curious", 300, [2], **options, **more)[0] for more in pair]
        actions = [life.steps["action"].tolist() for life in lives]
        assert (actions[0] == actions[1]) == is_equal
    for name in ("mbie-eb", "beb", "r-max"):  # bonuses of their own, in other units
        explorer = agent.make_agent(name, env, 0, reward_belief="gaussian")
        assert explorer.agent_state.terms.reward_gain_weight == 0.0


def test_the_default_belief_changes_nothing():
    env = envs.make("river-swim")
    explorer = agent.make_agent("curious", env, 0, reward_weight=1.0)
    for _ in agent.interact(env, explorer, 200, seed=0):
        pass
    model = explorer.model
    assert model.reward_belief == Empirical()
    assert model.reward_information_gain == model.last_reward_gain == 0.0
    assert not model.expected_reward_gains(model.known_states()).any()
    seen = model.pairs.visits > 0
    size = len(model.known_states())
    means = np.where(seen, model.pairs.reward_sum / np.maximum(model.pairs.visits, 1), 0.0)[: 2 * size]
    assert model.expected_rewards(np.arange(size)).ravel() == pytest.approx(means)


REFUSED = [
    ("gausian", "unknown reward-belief 'gausian'. Did you mean 'gaussian'?"),
    ("gaussian:noise=0", "noise must be positive"),
    ("gaussian:precision=-1", "precision must be positive"),
    ("gaussian:mean=nan", "mean must be a number"),
    ("normal-gamma:shape=inf", "shape must be positive"),
    ("beta:gamma=1", "has no parameter 'gamma'. Its parameters: alpha=1.0, beta=1.0"),
    ("empirical:1", "reward-belief empirical has no parameters"),
    (3, "a belief about rewards: got 3, expected one of"),
    (Gaussian, "expected one of"),
]


@pytest.mark.parametrize(("belief", "message"), REFUSED)
def test_no_other_belief_is_taken(belief, message):
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        make_reward_belief(belief)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("reward", [0.5, -1.0, 1e-300, 2.0])
def test_beta_takes_rewards_of_0_and_1(reward):
    model = told(Beta(), [0, 1, 1])
    before = serialization.arrays_of(model)
    with pytest.raises(ValueError, match=re.escape(f"takes rewards of 0 and 1, got {reward}")):
        model.observe(Transition(0, 1, reward, 0, False, False))
    after = serialization.arrays_of(model)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    with pytest.raises(ValueError, match=r"takes rewards of 0 and 1, got 0\.005"):
        agent.simulate(envs.make("river-swim"), "random", 500, [0], reward_belief="beta")


@pytest.mark.parametrize("name", BELIEFS)
def test_a_saved_belief_goes_on_to_the_last_bit(name):
    model = told(BELIEFS[name], rewards_for(name, 30))
    again = WorldModel(2, 3, None, BELIEFS[name])
    serialization.restore(again, serialization.arrays_of(model))
    others = (again, copy.copy(model), pickle.loads(pickle.dumps(model)))
    for reward in rewards_for(name, 20, seed=9):
        for each in (model, *others):
            each.observe(Transition(0, 0, float(reward), 1, False, False))
        gains = {(each.last_reward_gain, each.reward_information_gain) for each in (model, *others)}
        assert len(gains) == 1


def test_only_what_belongs_is_restored():
    arrays = serialization.arrays_of(told(Beta(), [0, 1, 1]))
    for other in (None, Gaussian(), Beta(2.0)):
        with pytest.raises(ValueError, match="reward_belief is Beta"):
            serialization.restore(WorldModel(2, 3, None, other), arrays)
    plain = serialization.arrays_of(told(None, [0, 1, 1]))
    assert not {"reward_belief", "reward_gain_sum"} & set(plain)
    with pytest.raises(ValueError, match="reward_belief is Empirical"):
        serialization.restore(WorldModel(2, 3, None, Beta()), plain)
    damages = {
        "reward_sum": [[-1e300], [0.5], [7.0], [math.inf]],
        "reward_square_sum": [[math.nan]],
        "reward_gain_sum": [[0.0], [math.nan] * 4, [-1.0] * 4],
        "reward_belief": [["Beta(alpha=1.0, beta=1.0)"] * 2],
    }
    for name, values in damages.items():
        for value in values:
            with pytest.raises(ValueError, match=r"damaged|reward_belief is"):
                serialization.restore(WorldModel(2, 3, None, Beta()), arrays | {name: np.array(value)})
    missing = {name: value for name, value in arrays.items() if name != "reward_gain_sum"}
    with pytest.raises(ValueError, match="reward_gain_sum is damaged"):
        serialization.restore(WorldModel(2, 3, None, Beta()), missing)
