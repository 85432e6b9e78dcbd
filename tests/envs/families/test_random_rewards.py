"""Random rewards: drawn as the source says, paid with noise of the right moments by one number a step."""

import numpy as np
import pytest
from scipy import stats

import envs
from agent import simulate
from envs.families.random_rewards import LEVELS, normal_levels


def test_levels_are_a_normal_variable_by_quantiles():
    for number in (2, 3, 100, 1001):
        levels = normal_levels(number)
        assert levels.mean() == pytest.approx(0, abs=1e-15)
        assert (levels**2).mean() == pytest.approx(1)
        assert np.all(np.diff(levels) > 0)
    assert normal_levels(1).tolist() == [0.0]
    middles = stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    binned = middles.reshape(LEVELS, -1).mean(axis=1)
    assert normal_levels(LEVELS) == pytest.approx(binned / binned.std(), abs=1e-4)
    assert (normal_levels(LEVELS) ** 4).mean() == pytest.approx(3, abs=0.15)  # kurtosis of a normal variable


def test_worlds_are_drawn_as_the_source_says():
    """Mean rewards N(1, 1), 5000 of them: four standard errors of their mean and variance; rows Dir(1, ..., 1)."""
    worlds = [envs.make("random-rewards", world_seed=seed).unwrapped.mdp for seed in range(100)]
    means = np.stack([mdp.reward for mdp in worlds])
    assert means.shape == (100, 10, 5)
    assert means.mean() == pytest.approx(1, abs=4 / np.sqrt(5000))
    assert means.var() == pytest.approx(1, abs=4 * np.sqrt(2 / 5000))
    assert stats.kstest(means.ravel(), stats.norm(1, 1).cdf).pvalue > 1e-3
    pieces = np.concatenate([mdp.transition.toarray().ravel() for mdp in worlds])
    assert stats.kstest(pieces[:5000], stats.beta(1, 9).cdf).pvalue > 1e-3
    assert all(mdp.start[0] == 1 and not mdp.terminal.any() for mdp in worlds)
    dense = envs.make("dense", world_seed=7, num_actions=5).unwrapped.mdp.transition
    assert np.array_equal(dense.toarray(), worlds[7].transition.toarray())


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_rewards_vary_by_the_noise_whatever_follows(noise):
    """Of 60 000 steps by chance: standardised rewards of each pair, and their correlation with what follows."""
    env = envs.make("random-rewards", noise=noise)
    (life,) = simulate(env, "random", 60_000, [1])
    mean = env.unwrapped.mdp.reward[life.steps["state"], life.steps["action"]]
    rest = life.steps["reward"] - mean
    if not noise:
        assert np.abs(rest).max() == 0
        return
    assert rest.mean() == pytest.approx(0, abs=4 * noise / np.sqrt(60_000))
    assert rest.std() == pytest.approx(noise, rel=0.02)
    for state in range(10):
        among = rest[life.steps["next_state"] == state]
        assert among.mean() == pytest.approx(0, abs=4 * noise / np.sqrt(among.size))


def test_episodes_may_be_cut():
    env = envs.make("random-rewards", max_episode_steps=10)
    (life,) = simulate(env, "random", 100, [0])
    assert np.flatnonzero(life.steps["truncated"]).tolist() == list(range(9, 100, 10))
    assert (life.steps["state"][::10] == 0).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"noise": -1}, "noise is -1, expected a number, 0 to 1e9"),
        ({"spread": float("nan")}, "spread is nan"),
        ({"mean": "much"}, "mean is 'much'"),
        ({"num_states": 0}, "num_states is 0"),
        ({"num_states": 10**6}, "use a smaller world"),
    ],
)
def test_other_numbers_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        envs.make("random-rewards", **arguments)
