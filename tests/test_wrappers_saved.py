"""What a curious wrapper learned, in a file: training goes on to the last bit, and other files are refused."""

import copy
import pickle

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiDiscrete, Text

import envs
from agent import CuriosityReward
from agent.registry import BONUSES
from agent.results import storage
from tests.support.scripted_world import Wandering


def train(env, num_steps, seed):
    """Learn action values from the rewards; returns these, bit for bit."""
    rng = np.random.default_rng(seed)
    q_values = np.zeros((env.observation_space.n, env.action_space.n))
    state, rewards = env.reset(seed=seed)[0], []
    for _ in range(num_steps):
        action = int(rng.integers(2)) if rng.random() < 0.3 else int(q_values[state].argmax())
        next_state, reward, terminated, truncated, _ = env.step(action)
        q_values[state, action] += 0.1 * (reward + 0.9 * q_values[next_state].max() - q_values[state, action])
        rewards.append(reward)
        state = env.reset()[0] if terminated or truncated else next_state
    return rewards


@pytest.mark.slow
@pytest.mark.parametrize("make", [Wandering, lambda: envs.make("traps")], ids=["unknown truth", "known truth"])
@pytest.mark.parametrize("prior", ["empirical-bayes", "symmetric:2", "structured"])
@pytest.mark.parametrize("bonus", ["bayesian-surprise", *BONUSES])
def test_training_goes_on_to_the_last_bit(make, prior, bonus, tmp_path):
    env = CuriosityReward(make(), bonus=bonus, prior=prior)
    train(env, 150, seed=0)
    env.save(tmp_path / "belief.npz")
    other = CuriosityReward(make(), bonus=bonus, prior=prior)
    other.restore(str(tmp_path / "belief.npz"))
    assert train(env, 300, seed=1) == train(other, 300, seed=1)
    env.save(tmp_path / "one.npz")
    other.save(tmp_path / "other.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()
    assert {path.suffix for path in tmp_path.iterdir()} == {".npz"}  # no temporary file is left


OBSERVED = {
    "cards": lambda: gymnasium.make("Blackjack-v1"),
    "arrays and text": lambda: Told(envs.make("traps")),
    "arrays of actions": lambda: Armed(gymnasium.make("FrozenLake-v1")),
    "features of its own": lambda: Featured(envs.make("traps")),
}
TWINS = [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]


class Told(gymnasium.ObservationWrapper):
    """Tells its state as a dictionary of an array and a text."""

    observation_space = Dict({"place": Box(0, 99, (2,), np.int16), "name": Text(4)})

    def observation(self, observation):
        return {"place": np.array(divmod(observation, 7), dtype=np.int16), "name": f"{observation:b}"[:4]}


class Armed(gymnasium.ActionWrapper):
    """Takes actions as two bits."""

    action_space = MultiDiscrete([2, 2])

    def action(self, action):
        return int(2 * action[0] + action[1])


class Featured(gymnasium.ObservationWrapper):
    """Tells its state as a text, and what that is made of by methods of its own; it is numbered as it is met."""

    observation_space = Text(4, charset="0123456789")
    feature_ranges = ((0, 99), (0, 6))
    context_names = ("third",)

    def observation(self, observation):
        return f"{observation}"

    def features(self, observation):
        return divmod(int(observation), 7)

    def context(self, observation):
        return int(observation) % 3


def wander(env, seed):
    env.action_space.seed(seed)
    env.reset(seed=seed)
    paid = []
    for _ in range(300):
        _, reward, terminated, truncated, info = env.step(env.action_space.sample())
        paid.append((reward, info["intrinsic_reward"]))
        if terminated or truncated:
            env.reset()
    return paid


@pytest.mark.parametrize("prior", ["empirical-bayes", "structured"])
@pytest.mark.parametrize("world", OBSERVED)
def test_observations_and_actions_of_any_kind_are_kept(world, prior, tmp_path):
    env, other = (CuriosityReward(OBSERVED[world](), prior=prior) for _ in range(2))
    wander(env, 0)
    env.save(tmp_path / "belief.npz")
    other.restore(tmp_path / "belief.npz")
    assert wander(env, 1) == wander(other, 1)
    assert other.model.steps == 600


@pytest.mark.parametrize("prior", ["empirical-bayes", "structured"])
@pytest.mark.parametrize("twin_of", TWINS, ids=["deepcopy", "pickle"])
@pytest.mark.parametrize("world", OBSERVED)
def test_a_copied_wrapper_goes_on_by_itself(world, twin_of, prior):
    """The copy numbers what it meets, and asks for the features of these states, by itself."""
    env = CuriosityReward(OBSERVED[world](), prior=prior)
    wander(env, 0)
    twin, same = twin_of(env), copy.deepcopy(env)
    wander(env, 2)  # meets other states than the copy
    assert wander(twin, 1) == wander(same, 1)
    before = twin.model.steps
    wander(env, 3)
    assert twin.model.steps == before
    twin.model.check_features()
    if prior == "structured":
        assert twin.model.prior.tell.states is twin.states is not env.states


def test_features_of_another_world_are_refused(tmp_path):
    """The spaces and the numbers of the observations are the same, but what they are made of is not."""

    class Otherwise(Featured):
        def features(self, observation):
            return divmod(int(observation), 6)

    class Wider(Featured):
        feature_ranges = ((0, 99), (0, 99))

    path = tmp_path / "belief.npz"
    env = CuriosityReward(Featured(envs.make("traps")), prior="structured")
    wander(env, 0)
    env.save(path)
    options = {"prior": "structured"}
    refuse(path, r"state \d+ has features \[.*\], expected \[", env=Otherwise(envs.make("traps")), **options)
    refuse(path, "listed is .*: the features of states, .* are others here", env=Wider(envs.make("traps")), **options)
    listed = CuriosityReward(envs.make("traps"), prior="structured")
    train(listed, 50, seed=0)
    listed.save(path)
    refuse(path, "prior is Structured.*expected EmpiricalBayes", env=envs.make("traps"))


def test_whoever_shares_the_belief_shares_what_is_restored(tmp_path):
    old = CuriosityReward(Wandering())
    train(old, 100, seed=0)
    old.save(tmp_path / "belief.npz")
    first = CuriosityReward(Wandering())
    second = CuriosityReward(Wandering(), belief_of=first)
    first.restore(tmp_path / "belief.npz")
    assert second.model.steps == 100
    assert train(second, 100, seed=1) == train(old, 100, seed=1)


@pytest.fixture
def kept(tmp_path):
    """A file, and the arrays in it."""
    env = CuriosityReward(Wandering())
    train(env, 100, seed=0)
    env.save(tmp_path / "belief.npz")
    return tmp_path / "belief.npz", storage.read_arrays(tmp_path / "belief.npz")


def refuse(path, message, **options):
    env = CuriosityReward(**({"env": Wandering()} | options))
    wander(env, 2)
    model, numbering = bytes(env.model.numbers), {n: a.tolist() for n, a in env.states.numbering().items()}
    with pytest.raises(ValueError, match=message) as refusal:
        env.restore(path)
    assert str(refusal.value).startswith(str(path))
    assert "\n" not in str(refusal.value)
    assert bytes(env.model.numbers) == model
    assert {n: a.tolist() for n, a in env.states.numbering().items()} == numbering


def test_files_for_other_worlds_are_refused(kept):
    path, _ = kept
    refuse(
        path, r"actions is \['Discrete\(2\)'\], expected \['Discrete\(3\)'\]", env=Wandering(Discrete(6), Discrete(3))
    )
    refuse(path, r"observations is \['Discrete\(6\)'\]", env=Wandering(Discrete(7)))
    refuse(path, "prior is EmpiricalBayes.*expected Symmetric", prior="symmetric")
    refuse(path, r"prior is EmpiricalBayes\(concentration=1.0.*expected.*=3.0", prior="empirical-bayes:3")
    refuse(path.with_name("nothing.npz"), "no such file")


def test_damaged_and_foreign_files_are_refused(kept):
    path, arrays = kept
    whole = path.read_bytes()
    for content in (b"", b"not a belief", whole[:100], whole[: len(whole) // 2], whole[:200] + b"?" + whole[201:]):
        path.write_bytes(content)
        refuse(path, "cannot be read|lacks")
    storage.write_arrays(path, {"state": np.arange(3)})
    refuse(path, "not a belief of a CuriosityReward: it lacks observations")
    np.savez(path, **(arrays | {"edge_pair": np.array([{}])}), allow_pickle=True)
    refuse(path, "cannot be read: Object arrays cannot be loaded")
    for name, content in arrays.items():
        storage.write_arrays(path, {key: array for key, array in arrays.items() if key != name})
        refuse(path, f"lacks {name}")
        if content.dtype.kind == "i" and content.size:
            storage.write_arrays(path, arrays | {name: content + 0.5})
            refuse(path, name)


def test_a_numbering_that_contradicts_itself_is_refused(kept):
    path, arrays = kept
    for name, content, message in (
        ("state_number", arrays["state_number"] * 0, "distinct"),
        ("state_number", arrays["state_number"] - 100, "distinct, and no number negative"),
        ("state_number", arrays["state_number"][:-1], "keys in state_key, but"),
        ("state_number", arrays["terminal_number"], "keys in|stands for two states"),
        ("next_free_number", np.array([6]), "not free"),
        ("next_free_number", np.array([6, 7]), "not free"),
        ("next_free_number", np.array([[6]]), "a row of whole numbers"),
    ):
        storage.write_arrays(path, arrays | {name: content})
        refuse(path, message)


def test_known_ends_must_be_those_of_the_world(tmp_path):
    env = CuriosityReward(envs.make("traps"))
    env.save(tmp_path / "belief.npz")
    arrays = storage.read_arrays(tmp_path / "belief.npz")
    storage.write_arrays(tmp_path / "belief.npz", arrays | {"state_key": np.array([0]), "state_number": np.array([1])})
    with pytest.raises(ValueError, match="states are known, and they are numbered otherwise"):
        env.restore(tmp_path / "belief.npz")
