"""Worlds that draw from anywhere: none is taken for certain, and one seed fixes what can be fixed."""

import os
import random
import warnings
from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.toy_text import FrozenLakeEnv
from gymnasium.spaces import Dict, Discrete, MultiBinary, Tuple

import agent
from envs import as_states, enumerate_mdp, true_mdp
from envs.adapters.chance import sources
from envs.adapters.minigrid import FullState

MODULES = Discrete(10)
OWN = np.random.default_rng(0)


class Coin(gymnasium.Env):
    """Ten rooms in a ring; one time in ten, or so, a step goes the other way."""

    observation_space, action_space = Discrete(10), Discrete(2)
    shared = Discrete(10)

    def __init__(self, toss, **held):
        self.toss = toss
        vars(self).update(held)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.room = 0
        return 0, {}

    def step(self, action):
        forward = bool(action) != (self.toss(self) == 0)
        self.room = (self.room + (1 if forward else -1)) % 10
        return self.room, 0.0, False, False, {}


class Sides:
    __slots__ = ("space",)

    def __init__(self):
        self.space = Discrete(10)


TOSSES = {
    "a space": lambda: Coin(lambda self: self.luck.sample(), luck=Discrete(10)),
    "a seeded space": lambda: Coin(lambda self: self.luck.sample(), luck=Discrete(10, seed=3)),
    "the action space": lambda: Coin(lambda self: sum(self.action_space.sample() for _ in range(3))),
    "the observation space": lambda: Coin(lambda self: self.observation_space.sample()),
    "a space in a list": lambda: Coin(lambda self: self.luck[1].sample(), luck=[1, Discrete(10)]),
    "a space in a space": lambda: Coin(lambda self: self.luck["a"][0].sample(), luck=Dict(a=Tuple([Discrete(10)]))),
    "a space of spaces": lambda: Coin(lambda self: self.luck.sample()["a"][0], luck=Dict(a=Tuple([Discrete(10)]))),
    "a space of bits": lambda: Coin(lambda self: self.luck.sample().sum(), luck=MultiBinary(3)),
    "a space of a part": lambda: Coin(lambda self: self.luck.deep.sample(), luck=SimpleNamespace(deep=Discrete(10))),
    "a space in a slot": lambda: Coin(lambda self: self.luck.space.sample(), luck=Sides()),
    "a space of the class": lambda: Coin(lambda self: self.shared.sample()),
    "a space of the module": lambda: Coin(lambda self: MODULES.sample()),
    "a generator": lambda: Coin(lambda self: self.rng.integers(10), rng=np.random.default_rng(0)),
    "a generator in a list": lambda: Coin(lambda self: self.rng[0].integers(10), rng=[np.random.default_rng(0)]),
    "a generator of a part": lambda: Coin(
        lambda self: self.rng.own.integers(10), rng=SimpleNamespace(own=np.random.default_rng(0))
    ),
    "a generator of the module": lambda: Coin(lambda self: OWN.integers(10)),
    "an enclosed generator": lambda: Coin((lambda rng: lambda self: rng.integers(10))(np.random.default_rng(0))),
    "an old generator": lambda: Coin(lambda self: self.rng.randint(10), rng=np.random.RandomState(0)),
    "Python's generator": lambda: Coin(lambda self: self.rng.randrange(10), rng=random.Random(0)),
    "the system's generator": lambda: Coin(lambda self: self.rng.randrange(10), rng=random.SystemRandom()),
    "everybody's": lambda: Coin(lambda self: np.random.randint(10)),  # noqa: NPY002
    "everybody's in Python": lambda: Coin(lambda self: random.randrange(10)),
    "a new generator": lambda: Coin(lambda self: np.random.default_rng().integers(10)),
    "the system": lambda: Coin(lambda self: os.urandom(1)[0] % 10),
    "its own": lambda: Coin(lambda self: self.np_random.integers(10)),
}


@pytest.mark.parametrize("toss", TOSSES)
def test_a_random_world_is_never_taken_for_certain(toss):
    for _ in range(3):
        with pytest.raises(ValueError, match=r"drew random numbers|led to state|cannot be copied"):
            enumerate_mdp(TOSSES[toss]())


class Hidden(Coin):
    """What is drawn at a reset, and not shown, decides where a step leads."""

    def reset(self, **kwargs):
        super().reset(**kwargs)
        self.turned = bool(self.np_random.integers(2))
        return 0, {}


class Anywhere(Coin):
    """Starts where its space says, one time in ten in another room."""

    def reset(self, **kwargs):
        super().reset(**kwargs)
        self.room = int(self.luck.sample() == 0)
        return self.room, {}


def test_what_a_reset_draws_is_no_certain_world():
    for _ in range(5):
        with pytest.raises(ValueError, match="led to state"):
            enumerate_mdp(Hidden(lambda self: 0 if self.turned else 1))
        with pytest.raises(ValueError, match="an episode starts in different states"):
            enumerate_mdp(Anywhere(lambda self: 1, luck=Discrete(10)))


def test_a_certain_world_is_found_whatever_it_holds():
    held = {"luck": Discrete(10, seed=0), "rng": random.Random(0), "more": {"of": [np.random.default_rng(0)]}}
    mdp = enumerate_mdp(Coin(lambda self: 1, **held))
    assert mdp.num_states == 10
    assert (mdp.transition.data == 1).all()


FIXED = ("a space", "a seeded space", "the action space", "the observation space", "a space in a list",
         "a space in a space", "a space of spaces", "a space of a part", "a space in a slot", "a space of the class",
         "a space of the module", "its own")  # fmt: skip


def life(world, seed=0, wrap=lambda env: env):
    env = wrap(world())
    return [step.next_state for step in agent.interact(env, agent.make_agent("curious", env, seed=0), 200, seed=seed)]


@pytest.mark.slow
@pytest.mark.parametrize("toss", FIXED)
def test_one_seed_fixes_all_that_is_drawn_from_spaces(toss):
    assert life(TOSSES[toss]) == life(TOSSES[toss]) != life(TOSSES[toss], seed=1)


def test_one_seed_fixes_the_spaces_of_every_layer():
    class Fumbling(gymnasium.ActionWrapper):
        def __init__(self, env):
            super().__init__(env)
            self.action_space = Discrete(2)

        def action(self, action):
            return self.action_space.sample()

    def wrapped(env):
        return gymnasium.wrappers.TimeLimit(Fumbling(env), 50)

    assert life(FrozenLakeEnv, wrap=wrapped) == life(FrozenLakeEnv, wrap=wrapped) != life(FrozenLakeEnv, 1, wrapped)


def test_a_seed_leaves_alone_what_others_draw_from_their_spaces():
    env = as_states(FrozenLakeEnv())
    env.action_space.seed(5)
    expected = [Discrete(4, seed=5).sample() for _ in range(1)]
    env.reset(seed=0)
    assert [env.action_space.sample()] == expected


@pytest.mark.parametrize(
    ("toss", "name"), [("everybody's", "NumPy's global generator"), ("everybody's in Python", "the module random")]
)
def test_what_no_seed_fixes_is_told_once(toss, name):
    with pytest.warns(UserWarning, match=f"Coin draws from {name}: a seed does not fix") as told:
        life(TOSSES[toss])
    assert len(told) == 1
    env, said = TOSSES[toss](), []
    list(agent.interact(env, agent.make_agent("random", env, seed=0), 20, seed=0, tell=said.append))
    assert len(said) == 1


def test_nothing_is_told_of_others_who_draw():
    """The agent and whoever looks on may draw: it is the world that a seed is to fix."""
    env = TOSSES["its own"]()
    player = agent.make_agent("random", env, seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in agent.interact(env, player, 20, seed=0):
            random.random()
            np.random.random()  # noqa: NPY002
    assert player.model.steps == 20


def test_sources_are_found_in_whatever_holds_itself():
    world = Coin(lambda self: 0, luck=Discrete(10))
    world.itself = [world, {"again": world}]
    assert [source is world.luck for source in sources(world)].count(True) == 1


def test_a_world_that_draws_from_a_space_is_not_taken_for_certain():
    empty = pytest.importorskip("minigrid.envs.empty", reason="needs the extra [minigrid]")

    class Slippery(empty.EmptyEnv):
        def step(self, action):
            return super().step(self.luck.sample() if self.luck.sample() else action)

    for _ in range(5):
        world = Slippery(size=5)
        world.luck = Discrete(2)
        assert true_mdp(FullState(world)) is None
