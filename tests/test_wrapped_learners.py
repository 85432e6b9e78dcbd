"""Learners of others that are paid by the wrapper: in vector worlds, in Stable-Baselines3, in a loop of one's own."""

import copy
import json
import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import RecordEpisodeStatistics, TimeLimit

import envs
from agent import CuriosityReward


def wrapped():
    return CuriosityReward(TimeLimit(envs.make("traps"), 20))


def alone(actions, seed, mode):
    """Rewards, intrinsic rewards and whether there were any, of one world played alone as a vector world plays it."""
    env, ended, rows = wrapped(), False, []
    env.reset(seed=seed)
    for action in actions:
        if ended and mode is AutoresetMode.NEXT_STEP:
            env.reset()
            rows.append((0.0, 0.0, False))
            ended = False
            continue
        _, reward, terminated, truncated, info = env.step(action)
        ended = terminated or truncated
        is_told = not (ended and mode is AutoresetMode.SAME_STEP)  # the reset's info is given in its place
        rows.append((reward, info["intrinsic_reward"] if is_told else 0.0, is_told))
        if ended and mode is not AutoresetMode.NEXT_STEP:
            env.reset()
    return np.array(rows), env.model


@pytest.mark.parametrize("mode", AutoresetMode)
@pytest.mark.parametrize("vector", [SyncVectorEnv, AsyncVectorEnv])
def test_a_vector_world_pays_what_each_world_pays_alone(vector, mode):
    vec = vector([wrapped] * 3, autoreset_mode=mode)
    actions = np.random.default_rng(0).integers(4, size=(150, 3))
    vec.reset(seed=[5, 6, 7])
    rows = []
    for action in actions:
        _, reward, terminated, truncated, infos = vec.step(action)
        nothing = np.zeros(3)
        intrinsic, is_told = infos.get("intrinsic_reward", nothing), infos.get("_intrinsic_reward", nothing)
        rows.append((reward, intrinsic * is_told, is_told))
        assert intrinsic.dtype == np.float64
        if "final_info" in infos:  # what is told of a last transition whose copy was reset in the same step
            told, ended = infos["final_info"], terminated | truncated
            sums = told["extrinsic_reward"] + told["intrinsic_reward"]
            assert (sums[ended] == reward[ended]).all()
        if mode is AutoresetMode.DISABLED and (terminated | truncated).any():
            vec.reset(options={"reset_mask": terminated | truncated})
    if vector is SyncVectorEnv:
        steps = [env.model.steps for env in vec.envs]
    vec.close()
    for i in range(3):
        expected, model = alone(actions[:, i].tolist(), 5 + i, mode)
        assert np.array(rows)[:, :, i].tolist() == expected.tolist()
        assert model.num_resets > 1  # episodes did end
        assert vector is AsyncVectorEnv or steps[i] == model.steps


def test_gymnasium_makes_vectors_of_it():
    vec = gymnasium.make_vec("blackswan/Traps-v0", 2, vectorization_mode="sync", wrappers=[CuriosityReward])
    vec.reset(seed=0)
    _, rewards, _, _, infos = vec.step(np.array([0, 1]))
    assert (rewards == infos["extrinsic_reward"] + infos["intrinsic_reward"]).all()


def test_statistics_inside_are_the_worlds_and_outside_the_learners():
    env = RecordEpisodeStatistics(TimeLimit(envs.make("river-swim"), 25), stats_key="extrinsic_episode")
    env = RecordEpisodeStatistics(CuriosityReward(env, weight=0.5, reward_weight=2.0))
    for episode in range(3):
        env.reset(seed=episode)
        rewards = []
        for step in range(25):
            *_, info = env.step(step % 2)
            rewards.append((info["extrinsic_reward"], info["intrinsic_reward"]))
        extrinsic, intrinsic = np.sum(rewards, axis=0)
        assert info["extrinsic_episode"]["r"] == pytest.approx(extrinsic)
        assert info["episode"]["r"] == pytest.approx(2.0 * extrinsic + 0.5 * intrinsic)


def states_reached(weight, seed, bonus, shared):
    """How many states a plain Q-learner meets in 500 steps of four river-swims, in the manner of CleanRL."""
    wrappers = []

    def make():
        env = RecordEpisodeStatistics(TimeLimit(envs.make("river-swim"), 50), stats_key="extrinsic_episode")
        first = wrappers[0] if wrappers and shared else None
        wrappers.append(CuriosityReward(env, weight, bonus=bonus, belief_of=first))
        return RecordEpisodeStatistics(wrappers[-1])

    vec, rng = SyncVectorEnv([make] * 4), np.random.default_rng(seed)
    q_values = np.zeros((vec.single_observation_space.n, vec.single_action_space.n))
    state, _ = vec.reset(seed=seed)
    seen, over = set(state.tolist()), np.zeros(4, dtype=bool)
    for _ in range(500):
        ties = 1e-9 * rng.random((4, 2))
        action = np.where(rng.random(4) < 0.1, rng.integers(2, size=4), (q_values[state] + ties).argmax(axis=1))
        next_state, reward, terminated, truncated, _ = vec.step(action)
        for i in np.flatnonzero(~over):
            target = reward[i] + 0.95 * ~terminated[i] * q_values[next_state[i]].max()
            q_values[state[i], action[i]] += 0.5 * (target - q_values[state[i], action[i]])
        state, over = next_state, terminated | truncated
        seen.update(state.tolist())
    return len(seen)


@pytest.mark.slow
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("bonus", ["bayesian-surprise", "expected-information-gain"])
def test_a_curious_learner_gets_further(bonus, shared):
    """Every one of ten curious seeds against every one of ten plain ones: by chance once in C(20, 10) = 184 756 times.

    Of the 20 states plain learners meet 2 to 4, mean 3.1; curious ones 6 to 12, mean 8.2 to 10.
    """
    plain = [states_reached(0.0, seed, bonus, shared) for seed in range(10)]
    curious = [states_reached(1.0, seed, bonus, shared) for seed in range(10)]
    assert min(curious) > max(plain)
    assert np.mean(curious) > 2 * np.mean(plain)


@pytest.fixture
def ppo():
    """Proximal policy optimisation of Stable-Baselines3."""
    sb3 = pytest.importorskip("stable_baselines3", reason="needs the extra [learners]")
    pytest.importorskip("torch").set_num_threads(1)  # the networks are small

    def make(env):
        return sb3.PPO("MlpPolicy", env, n_steps=128, batch_size=64, n_epochs=2, seed=0, device="cpu")

    return make


@pytest.mark.slow
def test_its_checker_finds_nothing(ppo):
    from stable_baselines3.common.env_checker import check_env

    check_env(CuriosityReward(envs.make("four-rooms")))  # warnings are errors here


@pytest.mark.slow
def test_it_learns_from_both_rewards_and_its_monitor_keeps_the_worlds(ppo):
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.monitor import Monitor

    class Log(BaseCallback):
        rows = []  # noqa: RUF012

        def _on_step(self):
            info = self.locals["infos"][0]
            self.rows.append((self.locals["rewards"][0], info["extrinsic_reward"], info["intrinsic_reward"]))
            return True

    monitor = Monitor(TimeLimit(envs.make("river-swim"), 64))
    env, log = CuriosityReward(monitor, weight=0.1, reward_weight=3.0), Log()
    learner = ppo(env)
    learner.learn(512, callback=log)
    learned, extrinsic, intrinsic = np.array(log.rows).T
    assert learned == pytest.approx(3.0 * extrinsic + 0.1 * intrinsic, rel=1e-6)  # it stores rewards in 32 bits
    assert env.model.steps == learned.size == 512
    assert intrinsic.sum() == pytest.approx(env.model.information_gain)
    assert monitor.get_episode_rewards() == pytest.approx(extrinsic.reshape(-1, 64).sum(axis=1), abs=1e-5)
    assert [episode["r"] for episode in learner.ep_info_buffer] == pytest.approx(monitor.get_episode_rewards())


@pytest.mark.slow
@pytest.mark.parametrize("reward_belief", ["empirical", "gaussian"])
def test_its_logger_is_told_what_was_paid_and_learned(ppo, tmp_path, reward_belief):
    from stable_baselines3.common.logger import configure
    from stable_baselines3.common.monitor import Monitor
    from stable_baselines3.common.vec_env import DummyVecEnv

    from agent.wrappers import CuriosityCallback

    rows, worlds = [], []

    class Keep(CuriosityReward):
        """Keeps what it told."""

        def step(self, action):
            *answer, info = super().step(action)
            rows.append((info["extrinsic_reward"], info["intrinsic_reward"], info.get("reward_gain", 0.0)))
            return *answer, info

    def make():
        worlds.append(Keep(TimeLimit(envs.make("river-swim"), 64), reward_belief=reward_belief))
        return Monitor(worlds[-1])

    learner = ppo(DummyVecEnv([make] * 2))
    learner.set_logger(configure(str(tmp_path), ["json"]))
    learner.learn(512, callback=CuriosityCallback())  # two rollouts of 128 steps in two worlds, each of them written
    learner.logger.close()
    written = [json.loads(line) for line in (tmp_path / "progress.json").read_text().splitlines()]
    assert len(written) == 2
    names = "extrinsic_reward", "intrinsic_reward", "reward_gain"
    for row, paid in zip(written, np.array(rows).reshape(2, 256, 3).mean(axis=1), strict=True):
        told = dict(zip(names if reward_belief == "gaussian" else names[:2], paid, strict=False))
        assert {name: row[f"curiosity/{name}"] for name in told} == pytest.approx(told, rel=1e-6)
        assert reward_belief == "gaussian" or "curiosity/reward_gain" not in row
    models = [world.model for world in worlds]
    last = {
        "pairs_visited": [model.num_visited_pairs for model in models],
        "information_gain": [model.information_gain for model in models],
        "expected_missing_information": [model.expected_missing_information for model in models],
    }
    for name, values in last.items():
        assert written[-1][f"curiosity/{name}"] == pytest.approx(np.mean(values), rel=1e-6)


@pytest.mark.slow
def test_its_callback_wants_curious_worlds(ppo):
    from agent.wrappers import CuriosityCallback

    with pytest.raises(ValueError, match=r"wrap each in agent\.CuriosityReward before"):
        ppo(TimeLimit(envs.make("river-swim"), 64)).learn(128, callback=CuriosityCallback())


def test_without_the_learner_a_line_says_what_to_install(monkeypatch):
    from agent import wrappers

    monkeypatch.delitem(sys.modules, "agent.wrappers.callback", raising=False)
    monkeypatch.setitem(sys.modules, "stable_baselines3.common.callbacks", None)
    monkeypatch.setitem(sys.modules, "stable_baselines3", None)
    with pytest.raises(ImportError, match=r"pip install 'blackswan-rl\[learners\]'"):
        _ = wrappers.CuriosityCallback


@pytest.mark.slow
def test_the_belief_is_kept_beside_the_learner(ppo, tmp_path):
    env = CuriosityReward(TimeLimit(envs.make("river-swim"), 64))
    learner = ppo(env)
    learner.learn(256)
    learner.save(tmp_path / "learner.zip")
    env.save(tmp_path / "belief.npz")
    same = CuriosityReward(TimeLimit(envs.make("river-swim"), 64))
    same.restore(tmp_path / "belief.npz")
    loaded = type(learner).load(tmp_path / "learner.zip", env=same)
    twins = (learner, copy.deepcopy(env)), (loaded, same)
    paid = []
    for who, world in twins:
        state, rewards = world.reset(seed=3)[0], []
        for _ in range(64):
            action, _ = who.predict(state, deterministic=True)
            state, reward, *_ = world.step(action)
            rewards.append(reward)
        paid.append(rewards)
    assert paid[0] == paid[1]
    loaded.learn(128, reset_num_timesteps=False)
    assert same.model.steps == 256 + 64 + 128
