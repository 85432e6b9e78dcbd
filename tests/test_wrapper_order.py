"""Which wrappers belong inside of `CuriosityReward`, which outside, and rules: the claims and numbers of its page."""

import re
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium import wrappers
from gymnasium.wrappers import TimeLimit

import agent.wrappers
import envs
from agent import CuriosityReward, VectorCuriosityReward

PAGE = (Path(agent.wrappers.__file__).parent / "README.md").read_text(encoding="utf-8")


def rooms():
    return TimeLimit(envs.make("four-rooms"), 100)


def river():
    return TimeLimit(envs.make("river-swim"), 50)


def lived(env, num_steps):
    """What a learner of random actions is paid and told, three rows of `[num_steps]`, and the wrapper."""
    actions = np.random.default_rng(0).integers(env.action_space.n, size=num_steps)
    env.reset(seed=0)
    rows = []
    for action in actions.tolist():
        _, reward, terminated, truncated, info = env.step(action)
        rows.append((reward, info["extrinsic_reward"], info["intrinsic_reward"]))
        if terminated or truncated:
            env.reset()
    while not isinstance(env, CuriosityReward):
        env = env.env
    return *np.array(rows).T, env


@pytest.mark.parametrize("add", [lambda env: wrappers.FrameStackObservation(env, 4), wrappers.TimeAwareObservation])
def test_what_adds_to_observations_inside_makes_new_states_of_them(add):
    *_, plain, outside = lived(add(CuriosityReward(rooms())), 3000)
    *_, added, inside = lived(CuriosityReward(add(rooms())), 3000)
    assert f"{outside.progress.pairs_visited} pairs" in PAGE
    assert f"{inside.progress.pairs_visited} pairs" in PAGE
    assert f"{plain[-500:].mean():.2g} nats a step" in PAGE
    assert f"{added[-500:].mean():.2g} nats a step" in PAGE
    *_, alone, _ = lived(CuriosityReward(rooms()), 3000)
    assert plain.tolist() == alone.tolist()  # outside it changes nothing of what is paid


def test_normalised_observations_inside_cannot_be_numbered_or_change_their_bins():
    def car():
        return gymnasium.make("MountainCar-v0")

    with pytest.raises(ValueError, match="divide real ones into bins"):
        CuriosityReward(wrappers.NormalizeObservation(car()))
    *_, outside = lived(wrappers.NormalizeObservation(CuriosityReward(car(), bins=20)), 4000)
    *_, inside = lived(CuriosityReward(wrappers.NormalizeObservation(car()), bins=20, bounds="-2:2,-2:2"), 4000)
    assert f"{outside.progress.pairs_visited} pairs" in PAGE
    assert f"{inside.progress.pairs_visited} pairs" in PAGE


def test_rewards_normalised_outside_keep_their_ratio_and_inside_they_drift():
    paid, extrinsic, intrinsic, _ = lived(wrappers.NormalizeReward(CuriosityReward(river())), 2000)
    scale = paid / (extrinsic + intrinsic)
    assert set(extrinsic) == {0.0, 0.005}  # those of the world
    assert len(set(np.round(scale, 12))) > 1900  # one factor for both, another at each step
    _, inside, _, _ = lived(CuriosityReward(wrappers.NormalizeReward(river())), 2000)
    of_the_left_end = inside[inside > 0]
    assert of_the_left_end[0] > 3 * of_the_left_end[-1]  # the same reward of the same pair


def test_rewards_clipped_outside_lose_what_is_most_surprising():
    paid, extrinsic, intrinsic, _ = lived(wrappers.ClipReward(CuriosityReward(river()), -1, 1), 500)
    assert f"{intrinsic.sum():.0f} nats" in PAGE
    assert f"{(paid - extrinsic).sum():.0f} are paid" in PAGE
    paid, extrinsic, intrinsic, _ = lived(CuriosityReward(wrappers.ClipReward(river(), -1, 1)), 500)
    assert paid == pytest.approx(extrinsic + intrinsic, rel=1e-12)


def test_a_time_limit_may_be_on_either_side():
    one = lived(CuriosityReward(TimeLimit(envs.make("traps"), 20)), 400)[0]
    other = lived(TimeLimit(CuriosityReward(envs.make("traps")), 20), 400)[0]
    assert one.tolist() == other.tolist()


def test_an_action_that_is_repeated_outside_is_paid_for_each_time():
    paid, _, intrinsic, outside = lived(wrappers.RepeatAction(CuriosityReward(river()), 4), 100)
    assert outside.progress.steps > 300
    assert paid.sum() > 2 * intrinsic.sum()  # what is told is of the last repetition alone
    *_, inside = lived(CuriosityReward(wrappers.RepeatAction(river(), 4)), 100)
    assert inside.progress.steps == 100


@pytest.mark.slow
def test_a_normaliser_of_stable_baselines_belongs_outside():
    vec = pytest.importorskip("stable_baselines3.common.vec_env", reason="needs the extra [learners]")
    env = vec.VecNormalize(vec.DummyVecEnv([lambda: CuriosityReward(river())] * 2), norm_obs=False)
    env.seed(0)
    env.reset()
    for action in np.random.default_rng(0).integers(2, size=(200, 2)):
        _, _, _, infos = env.step(action)
        both = [info["extrinsic_reward"] + info["intrinsic_reward"] for info in infos]
        assert env.get_original_reward() == pytest.approx(both, rel=1e-6)  # not the world's: that is in infos


@pytest.mark.slow
def test_under_rules_less_is_paid_and_they_carry_over_where_features_are_the_same(tmp_path, monkeypatch):
    pytest.importorskip("minigrid")
    monkeypatch.chdir(tmp_path)
    told, paid = {}, []
    exec(next(block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "SyncVectorEnv" in block), told)
    for env in (VectorCuriosityReward(told["copies"]), told["env"]):
        env.reset(seed=0)
        env.action_space.seed(0)
        each = [env.step(env.action_space.sample())[-1]["intrinsic_reward"].sum() for _ in range(500)]
        paid += [round(sum(each[:250])), round(sum(each[250:]))]
    usual, later, ruled, last = paid
    words = f"the first half pays {ruled} nats and the second {last}; under the default prior {usual} and {later}."
    assert words in " ".join(PAGE.split())
    assert "becomes open" in told["env"].model.rules_in_words()[5]
    told["env"].save("door.npz")
    VectorCuriosityReward(told["copies"], prior="structured:from=door.npz")
    larger = gymnasium.vector.SyncVectorEnv([lambda: envs.make("MiniGrid-DoorKey-6x6-v0")])
    with pytest.raises(ValueError, match="rules carry over where observations and actions mean the same"):
        VectorCuriosityReward(larger, prior="structured:from=door.npz")
