"""Whose word is taken for the truth: a table is believed where the code that goes by it is known to."""

import copy
from decimal import Decimal

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.toy_text import CliffWalkingEnv, FrozenLakeEnv, TaxiEnv
from gymnasium.spaces import Discrete

import envs
from agent import interact, make_agent
from envs import as_states, true_mdp
from envs.adapters.layers import UnknownTruthError
from envs.truth import find_mdp


class Drunk(CliffWalkingEnv):
    """Takes another action one time in five."""

    def step(self, action):
        return super().step(self.np_random.integers(4) if self.np_random.random() < 0.2 else action)


class Renumbered(FrozenLakeEnv):
    """Counts its cells from the end."""

    def reset(self, **kwargs):
        state, info = super().reset(**kwargs)
        return 15 - state, info

    def step(self, action):
        state, *rest = super().step(action)
        return 15 - state, *rest


class Elsewhere(TaxiEnv):
    """Starts in another state than its table says."""

    def reset(self, **kwargs):
        _, info = super().reset(**kwargs)
        self.s = 479
        return self.s, info


class Ending(FrozenLakeEnv):
    """Ends an episode, now and then, where the table goes on."""

    def step(self, action):
        state, reward, terminated, truncated, info = super().step(action)
        return state, reward, terminated or self.np_random.random() < 0.05, truncated, info


class Bright(FrozenLakeEnv):
    """Only looks different."""

    def render(self):
        return None


class Brighter(Bright):
    """Has nothing of its own."""


class Vouching(Drunk):
    """Says that it goes by its table, which is not true; but it is its word."""

    follows_table = True


class Inheriting(Vouching):
    """Its word was given for another step."""

    def step(self, action):
        return super().step(action)


class Grid(type(envs.make("grid").unwrapped)):
    """One of our worlds with steps of its own."""

    def step(self, action):
        return super().step(0)


class Slow(gymnasium.wrappers.TimeLimit):
    """A known wrapper with steps of its own."""

    def step(self, action):
        return super().step(0)


class Plain(gymnasium.Wrapper):
    """A wrapper that changes neither steps nor resets."""


class Counting(gymnasium.Wrapper):
    """A wrapper that says of itself that it changes nothing."""

    keeps_dynamics = True

    def step(self, action):
        return super().step(action)


class Uncounting(Counting):
    """Its parent's word is not its own."""

    def reset(self, **kwargs):
        return super().reset(**kwargs)


def patched(make, name, value=None):
    env = make()
    setattr(env, name, value or (lambda *args, **kwargs: getattr(type(env), name)(env, *args, **kwargs)))
    return env


BELIEVED = {
    "Gymnasium's own": FrozenLakeEnv,
    "by its id": lambda: gymnasium.make("Taxi-v4"),
    "another look": Bright,
    "nothing of its own": Brighter,
    "its word": Vouching,
    "an object's word": lambda: patched(Drunk, "follows_table", True),
    "a wrapper without methods": lambda: Plain(FrozenLakeEnv()),
    "a wrapper's word": lambda: Counting(FrozenLakeEnv()),
    "one of ours": lambda: envs.make("grid"),
}
NOT_BELIEVED = {
    "another step": Drunk,
    "other numbers": Renumbered,
    "another reset": Elsewhere,
    "other ends": Ending,
    "somebody else's word": Inheriting,
    "a step of the object's own": lambda: patched(FrozenLakeEnv, "step"),
    "a reset of the object's own": lambda: patched(TaxiEnv, "reset"),
    "a word that is none": lambda: patched(Vouching, "follows_table", "no"),
    "one of ours with another step": Grid,
    "one of ours with a step of its own": lambda: patched(lambda: envs.make("grid").unwrapped, "step"),
    "a known wrapper with another step": lambda: Slow(FrozenLakeEnv(), 100),
    "a known wrapper with a step of its own": lambda: patched(
        lambda: gymnasium.wrappers.TimeLimit(FrozenLakeEnv(), 9), "step"
    ),
    "a wrapper whose parent gave its word": lambda: Uncounting(FrozenLakeEnv()),
    "a wrapper of rewards": lambda: gymnasium.wrappers.TransformAction(FrozenLakeEnv(), lambda a: a, Discrete(4)),
}


@pytest.mark.parametrize("case", BELIEVED)
def test_a_truth_that_is_believed(case):
    assert true_mdp(BELIEVED[case]()) is not None


@pytest.mark.parametrize("case", NOT_BELIEVED)
def test_a_truth_that_is_not(case):
    env = NOT_BELIEVED[case]()
    assert true_mdp(env) is true_mdp(as_states(env)) is None
    with pytest.raises(UnknownTruthError, match=r"might change what|steps or resets by code of its own"):
        find_mdp(env)


def test_a_class_that_was_given_another_step_is_not_believed(monkeypatch):
    monkeypatch.setattr(CliffWalkingEnv, "step", Drunk.step)
    assert true_mdp(gymnasium.make("CliffWalking-v1")) is None


@pytest.mark.parametrize("world", [Drunk, Renumbered, Elsewhere, Ending, Grid])
def test_the_numbers_of_states_do_not_depend_on_a_table_that_is_not_believed(world):
    """A state met both as an end and not is two states, also where the table knows of one."""
    env = as_states(world())
    agent = make_agent("random", env, seed=0)
    ended = {step.next_state for step in interact(env, agent, 3000, seed=0) if step.terminated}
    assert agent.model.steps == 3000
    assert ended.isdisjoint(agent.model.known_states()[agent.model.states.kind[agent.model.known_states()] == 1])


def test_numbers_follow_the_world_where_it_does_not_keep_to_a_table_that_is_believed():
    class Lying(FrozenLakeEnv):
        follows_table = True

        def step(self, action):
            state, reward, _, truncated, info = super().step(action)
            return state, reward, self.np_random.random() < 0.1, truncated, info

    env = as_states(Lying())
    agent = make_agent("random", env, seed=0)
    steps = list(interact(env, agent, 2000, seed=0))
    assert env.observation_space.contains(max(step.next_state for step in steps))
    assert len({step.next_state for step in steps if step.terminated}) > 1


def spoilt(change):
    env = FrozenLakeEnv()
    table = copy.deepcopy(env.P)
    changed = change(table)
    env.P = table if changed is None else changed
    return env


def without(*keys):
    def change(table):
        *path, last = keys
        for key in path:
            table = table[key]
        del table[last]

    return change


def outcome(*values):
    def change(table):
        table[0][0] = [values]

    return change


SPOILT = {
    "three things": outcome(1.0, 0, 0.0),
    "five things": outcome(1.0, 0, 0.0, False, {}),
    "a list for a state": lambda table: table.update({3: list(table[3].values())}),
    "lists": lambda table: [list(table[state].values()) for state in table],
    "names": lambda table: {f"cell {state}": table[state] for state in table},
    "names of actions": lambda table: table.update({0: dict(zip("abcd", table[0].values(), strict=True))}),
    "nothing": lambda table: table.clear(),
    "a missing state": without(15),
    "a missing action": without(7, 2),
    "an unknown state": lambda table: table.update({16: table[0]}),
    "another state beyond": outcome(1.0, 16, 0.0, False),
    "a negative state": outcome(1.0, -1, 0.0, False),
    "half a state": outcome(1.0, 1.5, 0.0, False),
    "a named state": outcome(1.0, "1", 0.0, False),
    "no chance": lambda table: table[0].update({0: []}),
    "half a chance": outcome(0.5, 1, 0.0, False),
    "chances that do not add up": lambda table: table[0].update({0: [(0.5, 1, 0.0, False), (0.500001, 2, 0.0, False)]}),
    "a negative chance": lambda table: table[0].update({0: [(-0.5, 1, 0.0, False), (1.5, 2, 0.0, False)]}),
    "nan for a chance": outcome(float("nan"), 1, 0.0, False),
    "a chance in words": outcome("1.0", 1, 0.0, False),
    "a chance of another kind": outcome(Decimal(1), 1, 0.0, False),
    "no reward": outcome(1.0, 1, None, False),
    "endless reward": outcome(1.0, 1, float("inf"), False),
    "a reward too large": outcome(1.0, 1, 10**400, False),
    "no end and no none": outcome(1.0, 1, 0.0, None),
    "an end in words": outcome(1.0, 1, 0.0, "False"),
    "no outcomes": lambda table: table[0].update({0: None}),
    "an array": lambda table: np.ones((16, 4, 16)) / 16,
    "a method": lambda table: table.get,
    "a number": lambda table: 7,
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_table_that_is_not_well_formed_is_no_truth(case):
    env = spoilt(SPOILT[case])
    assert true_mdp(env) is None
    with pytest.raises(UnknownTruthError) as error:
        find_mdp(env)
    assert "\n" not in str(error.value)
    assert as_states(env).num_states == 16  # and the world is as good as any other


@pytest.mark.parametrize("start", [None, "0", [1.0], np.full(16, 0.1), np.full(16, np.nan), -np.eye(16)[0]])
def test_a_start_that_is_no_distribution_is_no_truth(start):
    env = FrozenLakeEnv()
    env.initial_state_distrib = start
    assert true_mdp(env) is None


def test_an_attribute_that_cannot_be_read_is_no_truth(monkeypatch):
    env = Bright()
    monkeypatch.setattr(Bright, "P", property(lambda self: {}["P"], lambda self, value: None), raising=False)
    with pytest.raises(KeyError):
        env.P  # noqa: B018
    assert true_mdp(env) is None


def test_a_table_may_be_exact_to_a_few_roundings():
    env = spoilt(lambda table: table[0].update({0: [(0.1, k, 0.0, False) for k in range(10)]}))
    np.testing.assert_allclose(true_mdp(env).transition[[0]].toarray()[0, :10], 0.1, rtol=1e-15)
