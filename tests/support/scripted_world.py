"""A world that does as it is told, for tests of what is learned from it."""

import gymnasium
from gymnasium.spaces import Discrete


class Scripted(gymnasium.Env):
    """Gives what it is told to: a reset's observation, or a step's (observation, terminated, truncated)."""

    def __init__(self, script, observations=Discrete(3), actions=Discrete(2), rewards=(0.0,)):  # noqa: B008
        self.script, self.taken, self.rewards = list(script), [], rewards
        self.observation_space, self.action_space = observations, actions

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.script.pop(0), {"at": "reset"}

    def step(self, action):
        reward = self.rewards[len(self.taken) % len(self.rewards)]
        self.taken.append(action)
        observation, terminated, truncated = self.script.pop(0)
        return observation, reward, terminated, truncated, {"at": "step"}


class Wandering(gymnasium.Env):
    """Six observations drawn at random, whatever is done; each ends the episode now and then, and is met both ways."""

    def __init__(self, observation_space=Discrete(6), action_space=Discrete(2)):  # noqa: B008
        self.observation_space, self.action_space = observation_space, action_space

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return int(self.np_random.integers(6)), {}

    def step(self, action):
        observation, luck = int(self.np_random.integers(6)), self.np_random.random()
        return observation, float(observation == 5), bool(luck < 0.1), bool(luck > 0.95), {}
