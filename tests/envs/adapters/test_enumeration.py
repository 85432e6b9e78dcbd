"""Walking through deterministic worlds, our own first: the process found is the one they are made from."""

import random
import threading

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Discrete, MultiDiscrete

import envs
from envs import as_states, enumerate_mdp


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kwargs"), [("lock", {"num_states": 9}), ("labyrinth", {"slip": 0})])
def test_our_own_worlds_are_found_as_they_are(name, kwargs):
    env = envs.make(name, **kwargs)
    found, true = enumerate_mdp(Untold(env)), env.unwrapped.mdp
    assert (found.transition != true.transition).nnz == 0
    np.testing.assert_array_equal(found.terminal, true.terminal)
    np.testing.assert_array_equal(found.start, true.start)
    np.testing.assert_allclose(found.reward, true.reward)


class Untold(gymnasium.Env):
    """One of our worlds that draws no random number and does not tell what it is."""

    def __init__(self, env):
        self.inner = env.unwrapped
        self.observation_space, self.action_space = env.observation_space, env.action_space

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.inner.reset(seed=seed)

    def step(self, action):
        return self.inner.step(action)


class Counter(gymnasium.Env):
    """Two digits, the first of which is shown: everything else is hidden when `shown` is 1."""

    action_space = Discrete(2)

    def __init__(self, shown=2, start=0, noise=False):
        self.shown, self.first, self.noise = shown, start, noise
        self.observation_space = MultiDiscrete([3] * shown)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.digits = np.array([0, 0]) if self.first == 0 else self.np_random.integers(3, size=2)
        return self.digits[: self.shown].copy(), {}

    def step(self, action):
        if self.noise:
            self.np_random.random()
        self.digits[action] = (self.digits[action] + 1) % 3
        ended = bool((self.digits == 2).all())
        return self.digits[: self.shown].copy(), float(self.digits.sum()), ended, False, {}


def test_a_copied_world_is_walked_and_left_alone():
    env = Counter()
    states = as_states(env)
    states.reset(seed=0)
    states.step(0)
    mdp = enumerate_mdp(env)
    assert env.digits.tolist() == [1, 0]
    assert (mdp.num_states, int(mdp.terminal.sum())) == (9, 1)
    assert states.state_of(np.array([1, 0]), False) == 1  # numbers handed out before stay
    state = states.state_of(np.array([2, 1]), False)
    assert mdp.reward[state].tolist() == [1, 4]
    assert mdp.terminal[mdp.transition[[2 * state + 1]].indices[0]]


def test_numbers_given_by_the_walk_are_those_of_the_world_afterwards():
    env = as_states(Counter())
    mdp = enumerate_mdp(env)
    state, _ = env.reset(seed=0)
    for action in np.random.default_rng(0).integers(2, size=100).tolist():
        successor, _, terminated, _, _ = env.step(action)
        assert mdp.transition[[2 * state + action]].indices.tolist() == [successor]
        state = env.reset()[0] if terminated else successor
    assert max(env.state_of(np.array(divmod(k, 3)), False) for k in range(8)) < mdp.num_states


@pytest.mark.parametrize(
    ("world", "message"),
    [
        (Counter(shown=1), "more to it than is observed"),
        (Counter(start=1), "starts in different states"),
        (Counter(noise=True), "drew random numbers"),
    ],
)
def test_what_cannot_be_walked_through_is_refused(world, message):
    with pytest.raises(ValueError, match=message):
        enumerate_mdp(world)


class Lottery(gymnasium.Env):
    """Every episode is one draw, from a generator that Gymnasium does not know."""

    observation_space, action_space = Discrete(3), Discrete(1)

    def __init__(self, generator):
        self.generator = generator

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return 0, {}

    def step(self, action):
        return 1 + int(self.generator.random() < 0.5), 0.0, True, False, {}


class Everybodys:
    """The generators that a process shares."""

    def __init__(self, random):
        self.random = random


@pytest.mark.parametrize(
    "generator",
    [
        np.random.default_rng(0),
        np.random.RandomState(0),
        random.Random(0),
        Everybodys(lambda: random.random()),
        Everybodys(lambda: np.random.random()),  # noqa: NPY002
    ],
)
def test_draws_from_other_generators_are_noticed(generator):
    with pytest.raises(ValueError, match="drew random numbers"):
        enumerate_mdp(Lottery(generator))


class Tired(gymnasium.Env):
    """In state 2 the action depends on the way there; in every state, action 2 does nothing."""

    observation_space, action_space = Discrete(6), Discrete(3)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.state, self.way = 0, None
        return 0, {}

    def step(self, action):
        if action < 2:
            if self.state == 0:
                self.state = 1 + action  # to 2 by 1 and 5, or at once
                self.way = action
            elif self.state in (1, 5):
                self.state = 5 if self.state == 1 else 2
            elif self.state == 2:
                self.state = 3 + self.way
        return self.state, 0.0, False, False, {}


def test_an_action_that_does_nothing_does_not_use_up_the_second_look():
    with pytest.raises(ValueError, match="in state 2 led to state 4 once and to 3 then: the world has more to it"):
        enumerate_mdp(Tired())


def test_a_world_that_cannot_be_copied_is_refused():
    world = Counter()
    world.lock = threading.Lock()
    with pytest.raises(ValueError, match=r"the world cannot be copied: TypeError: cannot pickle '_thread.lock'"):
        enumerate_mdp(world)


@pytest.mark.slow
def test_it_gives_up_in_time():
    counts = []
    with pytest.raises(ValueError, match="more than 250 states can be reached; raise most_states"):
        enumerate_mdp(Untold(envs.make("grid", kind="open", size=20, slip=0)), most_states=250, show=counts.append)
    assert counts == [100, 200]
