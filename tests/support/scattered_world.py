"""Worlds that declare many states and have few, for tests of what is paid for states that are never met."""

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete


class Scattered(gymnasium.Env):
    """A ring of four observations, the first and the last of the space among them; the way back may end an episode."""

    def __init__(self, n, start=0, num_actions=2):
        self.observation_space, self.action_space = Discrete(n, start=start), Discrete(num_actions)
        self.observations = [start, start + n // 3, start + n // 2, start + n - 1]

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place = 0
        return self.observations[0], {}

    def step(self, action):
        self.place = (self.place + (1 if action == 0 else -1)) % 4
        ends = action == 1 and self.place == 2
        return self.observations[self.place], float(ends), ends, False, {}


class Boxed(gymnasium.Env):
    """Real numbers that are all 0, or all 1/2."""

    def __init__(self, numbers=4, actions=0):
        self.observation_space = Box(-1, 1, (numbers,), np.float32)
        self.action_space = Box(-1, 1, (actions,), np.float32) if actions else Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.state = np.zeros(self.observation_space.shape, np.float32)
        return self.state.copy(), {}

    def step(self, action):
        self.state = np.float32(0.5) - self.state
        return self.state.copy(), 0.0, False, False, {}


gymnasium.register("Boxed-v0", entry_point="tests.support.scattered_world:Boxed")
gymnasium.register("Scattered-v0", entry_point="tests.support.scattered_world:Scattered")
