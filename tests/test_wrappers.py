"""The bonus that any learner can be paid: that it is right, what is learned from, what is kept."""

import copy
import itertools
import math
import pickle

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import Autoreset, TimeLimit
from scipy.special import digamma, gammaln

import envs
from agent import CuriosityReward
from agent.bonuses import Bonus
from envs import as_states, binned
from tests.support.scripted_world import Scripted, Wandering

K, LENGTH, ACTIONS = 3, 5, (0, 1, 1, 0, 1)
ENDINGS = {  # what an outcome at a time does to the episode
    "never": lambda time, outcome: (False, False),
    "in state 2": lambda time, outcome: (outcome == 2, False),
    "cut every other step": lambda time, outcome: (False, time % 2 == 1),
}


def scripts(ending):
    """All sequences of outcomes of a fixed sequence of actions, episodes beginning in state 0."""
    for outcomes in itertools.product(range(K), repeat=LENGTH):
        script, pairs, state = [0], [], 0
        for time, (action, outcome) in enumerate(zip(ACTIONS, outcomes, strict=True)):
            ends = ENDINGS[ending](time, outcome)
            script.append((outcome, *ends))
            pairs.append((state, action))
            state = outcome
            if any(ends):
                script.append(0)
                state = 0
        yield outcomes, pairs, script


def log_probability(counts, total):
    """Of a sequence under Dirichlet-multinomial rows, by Gamma functions."""
    prior = total / K
    rows = gammaln(total) - gammaln(total + counts.sum(axis=-1))
    return float(rows.sum() + (gammaln(prior + counts) - gammaln(prior)).sum())


def expected_log_likelihood(counts, total):
    """E[ln p(sequence | theta)] over the posterior of theta."""
    posterior = counts + total / K
    return float((counts * (digamma(posterior) - digamma(posterior.sum(axis=-1, keepdims=True)))).sum())


def divergence(counts, total):
    """KL(posterior || prior) of all rows, by the textbook's formula."""
    prior, posterior = np.full(K, total / K), counts + total / K
    log_ratio = gammaln(posterior.sum(axis=-1)) - gammaln(total) - (gammaln(posterior) - gammaln(prior)).sum(axis=-1)
    means = digamma(posterior) - digamma(posterior.sum(axis=-1, keepdims=True))
    return float((log_ratio + (counts * means).sum(axis=-1)).sum())


def played(script, prior, bonus):
    """Intrinsic rewards of a script, through the wrapper as a learner meets it."""
    env = CuriosityReward(Scripted(script), prior=prior, bonus=bonus)
    env.reset()
    paid = []
    for action in ACTIONS:
        _, reward, terminated, truncated, info = env.step(action)
        assert reward == info["intrinsic_reward"]
        paid.append(reward)
        if terminated or truncated:
            env.reset()
    return paid


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("total", [0.6, 3.0])
def test_in_expectation_the_rewards_sum_to_the_mutual_information(ending, total):
    """Over all 243 futures, after each number of steps: realised = expected = H(x) - H(x | theta) = E KL.

    The right sides are worked out from Gamma functions alone; that they agree at every length is the chain rule.
    """
    realised, expected = np.zeros(LENGTH), np.zeros(LENGTH)
    entropy, conditional, moved, mass = (np.zeros(LENGTH) for _ in range(4))
    for outcomes, pairs, script in scripts(ending):
        counts, log_p, told, far = np.zeros((K, 2, K)), [], [], []
        for pair, outcome in zip(pairs, outcomes, strict=True):
            counts[pair][outcome] += 1
            log_p.append(log_probability(counts, total))
            told.append(expected_log_likelihood(counts, total))
            far.append(divergence(counts, total))
        weight = math.exp(log_p[-1])
        mass += weight
        entropy -= weight * np.array(log_p)
        conditional -= weight * np.array(told)
        moved += weight * np.array(far)
        realised += weight * np.cumsum(played(script, f"symmetric:{total}", "bayesian-surprise"))
        expected += weight * np.cumsum(played(script, f"symmetric:{total}", "expected-information-gain"))
    assert mass == pytest.approx(np.ones(LENGTH), rel=1e-12)
    mutual_information = entropy - conditional
    assert moved == pytest.approx(mutual_information, rel=1e-11)  # the two oracles agree
    assert realised == pytest.approx(mutual_information, rel=1e-11)
    assert expected == pytest.approx(mutual_information, rel=1e-11)


def test_a_bonus_of_ones_own_is_paid_and_must_be_finite():
    env = CuriosityReward(Scripted([0, (1, False, False), (0, False, False)]), bonus=Bonus(lambda n, a, i, p, h: n + a))
    env.reset()
    assert [env.step(0)[1] for _ in range(2)] == [1.0, 1.0]  # no visit yet, concentration 1
    env = CuriosityReward(Scripted([0, (1, False, False)]), bonus=Bonus(lambda n, a, i, p, h: math.inf))
    env.reset()
    with pytest.raises(ValueError, match="bonus of action 0 in state 0 must be finite, got inf"):
        env.step(0)


def test_a_truncated_step_is_learned_and_the_jump_after_it_is_not():
    env = CuriosityReward(Scripted([0, (1, False, True), 2, (1, False, False)]))
    env.reset()
    env.step(0)
    env.reset()
    env.step(1)
    model = env.model
    assert model.num_edges == model.steps == 2
    assert model.edges.pair[:2].tolist() == [0, 5]  # (0, 0) and (2, 1): none from 1, where the first was cut
    assert model.states.starts[:3].tolist() == [1, 0, 1]


def test_an_end_is_another_state_than_the_same_observation_on_the_way():
    env = CuriosityReward(Scripted([0, (1, False, False), (1, True, False), 0, (1, False, False)]))
    for actions in ((0, 0), (0,)):
        env.reset()
        for action in actions:
            assert env.step(action)[0] == 1  # the learner sees what the world says
    end = env.states.state_of(1, terminal=True)
    assert end == 3
    assert env.states.state_of(1, terminal=False) == 1
    assert env.model.visits([0, 1])[:, 0].tolist() == [2, 1]
    assert env.model.known_states().tolist() == [0, 1, 3]
    assert env.model.expected_gains([end]).tolist() == [[0, 0]]


def test_the_learner_sees_the_world_as_it_is():
    world = Scripted([-2, (1, False, False)], Discrete(4, start=-2), Discrete(3, start=5), rewards=(2,))
    env = CuriosityReward(world)
    assert (env.observation_space, env.action_space) == (world.observation_space, world.action_space)
    assert env.reset() == (-2, {"at": "reset"})
    observation, reward, _, _, info = env.step(np.int64(7))
    assert (observation, world.taken) == (1, [7])
    assert info == {"at": "step", "extrinsic_reward": 2.0, "intrinsic_reward": pytest.approx(reward - 2.0)}
    assert env.model.visits([0]).tolist() == [[0, 0, 1]]


def test_the_bonus_of_a_world_of_numbered_states_is_the_same():
    plain, numbered = CuriosityReward(Wandering()), CuriosityReward(as_states(Wandering()))
    paid = []
    for env in (plain, numbered):
        rewards, ended = [], True
        for step in range(200):
            if ended:
                env.reset(seed=step)
            _, reward, terminated, truncated, _ = env.step(step % 2)
            rewards.append(reward)
            ended = terminated or truncated
        paid.append(rewards)
    assert paid[0] == paid[1]


@pytest.mark.parametrize("ends", [None, (1, True, False), (1, False, True)])
def test_a_step_needs_an_episode(ends):
    env = CuriosityReward(Scripted([0, ends, (0, False, False)]))
    if ends is not None:
        env.reset()
        env.step(0)
    with pytest.raises(gymnasium.error.ResetNeeded, match="call reset"):
        env.step(0)
    assert env.model.steps == (ends is not None)


def test_a_reset_inside_is_refused_instead_of_learned():
    env = CuriosityReward(Autoreset(TimeLimit(envs.make("lock"), 3)))
    env.reset(seed=0)
    for _ in range(3):
        env.step(0)
    with pytest.raises(gymnasium.error.ResetNeeded, match="belong outside"):
        env.step(0)


SPEAKS = as_states(Scripted([]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weight": math.nan}, "weight must be finite, got nan"),
        ({"reward_weight": math.inf}, "reward_weight must be finite, got inf"),
        ({"bonus": "bayesian-suprise"}, "Did you mean 'bayesian-surprise'.*Known: bayesian-surprise, expected-info"),
        ({"prior": "flat"}, "unknown prior 'flat'.*Known: empirical-bayes"),
        ({"prior": "local"}, "true transitions are known"),
        ({"env": Scripted([], Box(0, 1))}, "Scripted has observations of Box"),
        ({"belief_of": CuriosityReward(Scripted([], Discrete(4)))}, r"is Discrete\(3\), there it is Discrete\(4\)"),
        ({"env": SPEAKS, "belief_of": CuriosityReward(SPEAKS)}, "wrap them, not their numbered states"),
    ],
)
def test_misuse_is_explained(options, message):
    with pytest.raises(ValueError, match=message):
        CuriosityReward(**({"env": Scripted([])} | options))


@pytest.mark.parametrize("action", [-1, 2])
@pytest.mark.parametrize("bonus", ["bayesian-surprise", "expected-information-gain"])
def test_an_action_that_the_world_let_pass_is_refused(action, bonus):
    env = CuriosityReward(Scripted([0, (1, False, False)]), bonus=bonus)
    env.reset()
    with pytest.raises(ValueError, match=f"action is {action}, expected one of Discrete"):
        env.step(action)
    assert env.model.steps == 0


@pytest.mark.parametrize("bonus", ["bayesian-surprise", "expected-information-gain"])
@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_a_copy_lives_on_its_own(bonus, twin_of):
    env = CuriosityReward(Wandering(), bonus=bonus)
    env.reset(seed=0)
    env.step(0)
    twin = twin_of(env)
    before = bytes(env.model.numbers)
    told = twin.step(1)
    assert bytes(env.model.numbers) == before
    assert env.step(1) == told
    assert twin.model is not env.model


def test_a_shared_belief_numbers_alike():
    first = CuriosityReward(Wandering())
    second = CuriosityReward(Wandering(), bonus="count", belief_of=first)
    for env, seed in ((first, 0), (second, 1)):
        for episode in range(20):
            env.reset(seed=100 * seed + episode)
            ended = False
            while not ended:
                _, _, terminated, truncated, _ = env.step(0)
                ended = terminated or truncated
    assert second.model is first.model
    assert first.model.states.starts.sum() == 40
    assert set(first.model.known_states()) == set(range(12))  # each observation met both ways, numbered once


def test_it_is_a_clean_gymnasium_world():
    env = CuriosityReward(envs.make("traps"))
    assert env.spec.nondeterministic  # a second life is paid less
    with pytest.warns(UserWarning, match="different from the unwrapped version") as told:
        check_env(env)
    assert len(told) == 1  # what is said of every wrapper
    again = gymnasium.make(env.spec)
    assert isinstance(again, CuriosityReward)
    assert again.model.steps == 0


BOUNDS = "-2.4:2.4,-4:4,-.21:.21,-4:4"


@pytest.mark.parametrize(
    ("name", "how"),
    [("CartPole-v1", {"bins": (3, 4, 5, 6), "bounds": BOUNDS}), ("MountainCarContinuous-v0", {"bins": 7})],
)
def test_bins_are_of_the_belief_and_real_numbers_are_the_learners(name, how):
    """It pays what it would in the world in bins, for the same steps."""
    env, other = CuriosityReward(gymnasium.make(name), **how), CuriosityReward(binned(gymnasium.make(name), **how))
    assert env.observation_space == gymnasium.make(name).observation_space
    assert gymnasium.make(env.spec).unwrapped.spec.id == name
    env.reset(seed=0)
    other.reset(seed=0)
    for action in np.random.default_rng(0).integers(other.action_space.n, size=150).tolist():
        own = other.env.action(action) if isinstance(env.action_space, Box) else action
        observation, reward, terminated, truncated, _ = env.step(own)
        number, expected, *_ = other.step(action)
        assert observation in env.observation_space
        assert (env.state_of(observation, terminated), reward) == (other.state_of(number, terminated), expected)
        if terminated or truncated:
            env.reset(seed=1)
            other.reset(seed=1)
    assert env.progress == other.progress


def test_a_belief_in_bins_is_shared_and_kept_by_those_of_the_same_bins(tmp_path):
    def cart():
        return gymnasium.make("CartPole-v1")

    env = CuriosityReward(cart(), bins=3, bounds=BOUNDS)
    env.reset(seed=0)
    env.step(0)
    env.save(tmp_path / "belief.npz")
    same = CuriosityReward(cart(), bins=(3, 3, 3, 3), bounds=[(-2.4, 2.4), (-4, 4), (-0.21, 0.21), (-4, 4)])
    same.restore(tmp_path / "belief.npz")
    assert same.progress == env.progress
    observation, _ = same.reset(seed=0)
    assert CuriosityReward(cart(), belief_of=env).state_of(observation) == same.state_of(observation)
    with pytest.raises(ValueError, match=r"belief.npz: bins is \['3 -2\.4:2.*, expected \['3 -2\.3:2"):
        CuriosityReward(cart(), bins=3, bounds=BOUNDS.replace("2.4", "2.3")).restore(tmp_path / "belief.npz")
    with pytest.raises(ValueError, match="bins: got some beside belief_of"):
        CuriosityReward(cart(), belief_of=env, bins=3)
    with pytest.raises(ValueError, match="bounds: got some without bins"):
        CuriosityReward(cart(), bounds=BOUNDS)


def test_how_far_a_belief_has_come():
    env = CuriosityReward(Scripted([0, (1, False, False), (0, False, False), (1, False, False)]), prior="symmetric:3")
    env.reset()
    for action in (0, 1, 0):
        env.step(action)
    progress = env.progress
    assert (progress.steps, progress.pairs_visited) == (3, 2)  # (0, 0) twice, (1, 1)
    assert progress.information_gain == env.model.information_gain > 0
    assert progress.expected_missing_information == env.model.expected_missing_information > 0
