"""One belief for all copies of a world: what each is paid, across episodes, and how copies may be reset."""

import copy
import pickle
import re
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv
from gymnasium.wrappers import TimeLimit
from gymnasium.wrappers.vector import RecordEpisodeStatistics

import agent
import envs
from agent import CuriosityReward, Transition, VectorCuriosityReward
from agent.belief.world_model import WorldModel
from tests.support.scripted_world import Scripted, Wandering

COPIES = 3
NEXT, SAME, DISABLED = AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP, AutoresetMode.DISABLED
BOUNDS = "-2.4:2.4,-4:4,-.21:.21,-4:4"


def traps():
    return TimeLimit(envs.make("traps"), 20)


def lived(env, num_steps, seed=5):
    """What a vector world pays for actions drawn beforehand, resetting by hand where nothing else does."""
    actions, mode = np.random.default_rng(0).integers(4, size=(num_steps, COPIES)), env.metadata["autoreset_mode"]
    env.reset(seed=seed)
    rows = []
    for action in actions:
        _, reward, terminated, truncated, infos = env.step(action)
        made, ended = infos["_intrinsic_reward"], terminated | truncated
        rows.append((reward, infos["extrinsic_reward"], infos["intrinsic_reward"], made, ended))
        if mode is DISABLED and ended.any():
            env.reset(options={"reset_mask": ended})
    return np.array(rows)


def by_hand(num_steps, mode, seed=5):
    """The same of worlds that are stepped one by one here, and one belief that is told of it, in the same order."""
    actions = np.random.default_rng(0).integers(4, size=(num_steps, COPIES))
    worlds = [envs.as_states(traps()) for _ in range(COPIES)]
    model = WorldModel(4, worlds[0].num_states)
    states: list[int | None] = [world.reset(seed=seed + i)[0] for i, world in enumerate(worlds)]
    for state in states:
        assert state is not None
        model.begin(state)
    rows = []
    for action in actions:
        row, again = np.zeros((5, COPIES)), []
        for i, world in enumerate(worlds):
            state = states[i]
            if state is None:
                states[i] = begun = world.reset()[0]
                model.begin(begun)
                continue
            after, reward, terminated, truncated, _ = world.step(int(action[i]))
            gain = model.observe(Transition(state, int(action[i]), reward, after, terminated, truncated))
            ended = terminated or truncated
            row[:, i] = reward + gain, reward, gain, True, ended
            states[i] = None if ended else after
            if ended and mode is SAME:
                states[i] = begun = world.reset()[0]
                model.begin(begun)
            elif ended and mode is DISABLED:
                again.append(i)
        for i in again:
            states[i] = begun = worlds[i].reset()[0]
            model.begin(begun)
        rows.append(row)
    return np.array(rows), model


@pytest.mark.parametrize("mode", AutoresetMode)
@pytest.mark.parametrize("vector", [SyncVectorEnv, AsyncVectorEnv])
def test_it_pays_what_one_belief_is_taught_copy_by_copy(vector, mode):
    env = VectorCuriosityReward(RecordEpisodeStatistics(vector([traps] * COPIES, autoreset_mode=mode)))
    rows = lived(env, 150)
    expected, model = by_hand(150, mode)
    np.testing.assert_array_equal(rows, expected)
    assert expected[:, 4].sum() > 0  # episodes did end
    assert env.model.steps == model.steps == expected[:, 3].sum()
    assert env.progress.pairs_visited == model.num_visited_pairs
    assert env.model.states.starts.sum() == model.states.starts.sum()
    edges = env.model.num_edges
    assert edges == model.num_edges
    for name in ("pair", "count"):
        np.testing.assert_array_equal(getattr(env.model.edges, name)[:edges], getattr(model.edges, name)[:edges])
    env.close()


@pytest.mark.parametrize("mode", AutoresetMode)
def test_no_transition_crosses_the_border_of_an_episode(mode):
    """An episode goes 0, 1, 2 and is cut; the next begins in 3. Nothing ever leads from 2 to 3."""
    script = [0, (1, False, False), (2, False, True), 3, (4, True, False), 0, (1, False, False), (2, False, True), 3]

    def make():
        return Scripted(script, Discrete(5))

    env = VectorCuriosityReward(SyncVectorEnv([make, make], autoreset_mode=mode))
    env.reset()
    done, made, paid = 0, [], []
    while done < 5:
        _, rewards, terminated, truncated, infos = env.step(np.zeros(2, np.int64))
        done += int(infos["_intrinsic_reward"][0])
        made.append(infos["_intrinsic_reward"].tolist())
        paid.append(rewards.tolist())
        if mode is DISABLED and (terminated | truncated).any():
            env.reset(options={"reset_mask": terminated | truncated})
    edges, end = env.model.edges, env.state_of(4, terminal=True)
    counted = zip(
        *(column[: env.model.num_edges].tolist() for column in (edges.pair, edges.successor, edges.count)), strict=True
    )
    assert {(pair // 2, successor): count for pair, successor, count in counted} == {(0, 1): 4, (1, 2): 4, (3, end): 2}
    assert env.model.visits([0, 1, 2, 3])[:, 0].tolist() == [4, 4, 0, 2]
    resets = [row for row, is_made in zip(paid, made, strict=True) if not is_made[0]]
    assert resets == ([[0.0, 0.0]] * 2 if mode is NEXT else [])


def test_one_copy_alone_is_paid_as_a_single_world_is():
    """Also by a promised bonus, and what rewards teach; and each reads what the other has saved."""
    options = {"weight": 0.5, "reward_weight": 2.0, "bonus": "expected-information-gain", "reward_belief": "gaussian"}
    vector = VectorCuriosityReward(SyncVectorEnv([traps], autoreset_mode=SAME), **options)
    single = CuriosityReward(traps(), **options)
    vector.reset(seed=3)
    single.reset(seed=3)
    for action in np.random.default_rng(1).integers(4, size=100).tolist():
        _, rewards, _, _, infos = vector.step(np.array([action]))
        _, reward, terminated, truncated, info = single.step(action)
        told = {name: infos[name][0] for name in ("extrinsic_reward", "intrinsic_reward", "reward_gain")}
        assert (rewards[0], told) == (reward, {name: info[name] for name in told})
        if terminated or truncated:
            single.reset()


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_a_copy_lives_on_its_own(twin_of):
    env = VectorCuriosityReward(SyncVectorEnv([Wandering] * 2))
    env.reset(seed=0)
    twin = twin_of(env)
    actions = np.array([0, 1])
    assert twin.step(actions)[1].tolist() == env.step(actions)[1].tolist()
    assert twin.model is not env.model
    assert (twin.model.steps, env.model.steps) == (2, 2)


def test_it_goes_on_as_it_was_saved_to_the_last_bit(tmp_path):
    env = VectorCuriosityReward(SyncVectorEnv([traps] * COPIES))
    lived(env, 60)
    env.save(tmp_path / "belief.npz")
    other = VectorCuriosityReward(SyncVectorEnv([traps] * COPIES))
    other.reset(seed=0)
    other.restore(tmp_path / "belief.npz")
    with pytest.raises(gymnasium.error.ResetNeeded, match=r"in \[0, 1, 2\] of the 3 copies"):
        other.step(np.zeros(COPIES, np.int64))
    np.testing.assert_array_equal(lived(env, 60, seed=9), lived(other, 60, seed=9))
    single = CuriosityReward(traps())
    single.restore(tmp_path / "belief.npz")
    steps = single.progress.steps
    assert 0 < steps < env.progress.steps == other.progress.steps


def test_a_belief_is_shared_with_a_single_world():
    env = VectorCuriosityReward(SyncVectorEnv([traps] * COPIES))
    single = CuriosityReward(traps(), weight=0.0, belief_of=env)
    single.reset(seed=0)
    single.step(0)
    assert env.model is single.model
    assert VectorCuriosityReward(SyncVectorEnv([traps]), belief_of=single).model is env.model
    assert env.progress.steps == 1


class Counting(VectorEnv):
    """Two copies of a world that counts the steps of an episode up to three, as a program without copies makes them."""

    num_envs = 2
    single_observation_space = observation_space = Discrete(4)
    single_action_space = Discrete(2)

    def __init__(self, **metadata):
        self.metadata = metadata
        self.observation_space = gymnasium.vector.utils.batch_space(Discrete(4), 2)
        self.action_space = gymnasium.vector.utils.batch_space(Discrete(2), 2)

    def reset(self, *, seed=None, options=None):
        self.time = np.zeros(2, np.int64)
        return self.time.copy(), {}

    def step(self, actions):
        self.time += 1
        ended = self.time == 3
        self.time[ended] = 0
        return self.time.copy(), np.ones(2, np.float32), ended, np.zeros(2, bool), {}


def test_worlds_that_do_not_tell_what_is_needed_are_refused():
    with pytest.raises(ValueError, match=r"metadata.'autoreset_mode'. of .* is None, expected one of gymnasium.vector"):
        VectorCuriosityReward(Counting())
    env = VectorCuriosityReward(Counting(autoreset_mode=SAME))
    env.reset()
    for _ in range(2):
        _, rewards, *_ = env.step(np.zeros(2, np.int64))
        assert rewards.dtype == np.float64
    with pytest.raises(
        ValueError, match=r"copy 0 has ended and was reset in the same step, and infos.'final_obs'. does"
    ):
        env.step(np.zeros(2, np.int64))
    with pytest.raises(gymnasium.error.ResetNeeded, match=r"in \[0, 1\] of"):  # the second has moved, too
        env.step(np.zeros(2, np.int64))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: VectorCuriosityReward(SyncVectorEnv([traps]), weight=np.nan), "weight must be finite"),
        (lambda: VectorCuriosityReward(SyncVectorEnv([lambda: envs.as_states(traps())])), "their numbered states"),
        (lambda: VectorCuriosityReward(gymnasium.make_vec("CartPole-v1", 2)), "CartPole-v1 has observations of Box"),
        (
            lambda: VectorCuriosityReward(SyncVectorEnv([traps]), belief_of=CuriosityReward(Scripted([]))),
            "a belief is shared by equal worlds only",
        ),
    ],
)
def test_misuse_is_explained(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("how", ["sync", "vector_entry_point"])
def test_bins_are_the_beliefs_alone(how):
    """The learner sees real numbers; CartPole's own vector world has no copies that could be asked."""
    env = gymnasium.make_vec("CartPole-v1", COPIES, vectorization_mode=how)
    env = VectorCuriosityReward(env, bins=(3, 5, 4, 6), bounds=BOUNDS)
    observations, _ = env.reset(seed=0)
    assert env.single_observation_space == gymnasium.make("CartPole-v1").observation_space
    edges = [np.linspace(*each) for each in ((-2.4, 2.4, 4), (-4, 4, 6), (-0.21, 0.21, 5), (-4, 4, 7))]
    seen = [observations]
    for action in np.random.default_rng(0).integers(2, size=(60, COPIES)):
        observations, _, terminated, _, _ = env.step(action)
        seen.append(observations[~terminated])
    assert isinstance(env.single_observation_space, Box)
    rows = np.concatenate(seen)
    bins = [np.clip(np.searchsorted(edge[1:-1], rows[:, k], side="right"), 0, None) for k, edge in enumerate(edges)]
    expected = np.ravel_multi_index(bins, (3, 5, 4, 6))
    numbers = np.array([env.state_of(row) for row in rows])
    as_declared = numbers < 3 * 5 * 4 * 6  # but for bins that were met as an end at first
    assert (numbers == expected)[as_declared].all()
    assert as_declared.mean() > 0.9
    assert len(set(numbers)) == len(set(expected)) == len(set(zip(numbers, expected, strict=True)))
    assert set(numbers) <= set(env.model.known_states().tolist())
    assert env.model.states.starts.sum() == env.model.num_resets > COPIES


def test_gymnasium_and_the_package_have_it():
    env = VectorCuriosityReward(gymnasium.make_vec("blackswan/Traps-v0", 2, vectorization_mode="sync"))
    env.reset(seed=0)
    _, rewards, _, _, infos = env.step(np.array([0, 1]))
    assert (rewards == infos["extrinsic_reward"] + infos["intrinsic_reward"]).all()
    assert agent.wrappers.VectorCuriosityReward is VectorCuriosityReward


def test_a_loop_of_ones_own_logs_it_as_the_page_says():
    page = (Path(agent.wrappers.__file__).parent / "README.md").read_text(encoding="utf-8")
    block = next(block for block in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL) if "writer" in block)
    env = VectorCuriosityReward(SyncVectorEnv([traps] * COPIES))
    env.reset(seed=0)
    _, rewards, _, _, infos = env.step(np.zeros(COPIES, np.int64))
    written = {}

    class Writer:
        def add_scalar(self, *told):
            written[told[0]] = told[1:]

    exec(block, {"envs": env, "infos": infos, "writer": Writer(), "global_step": 3})
    paid = written["curiosity/extrinsic_reward"][0] + written["curiosity/intrinsic_reward"][0]
    assert paid == pytest.approx(rewards.mean())
    assert written["curiosity/pairs_visited"] == (env.model.num_visited_pairs, 3)
