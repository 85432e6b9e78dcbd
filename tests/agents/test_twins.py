"""An observation that is met both as an end and not is two states, also when interaction goes on."""

import gymnasium

from agent import make_agent
from agent.simulation.interaction import interact


class Twins(gymnasium.Env):
    """Four states without a known truth; any step may end the episode, in whatever state it leads to."""

    observation_space = gymnasium.spaces.Discrete(4)
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return int(self.np_random.integers(4)), {}

    def step(self, action):
        state = int(self.np_random.integers(4))
        return state, 0.0, bool(self.np_random.random() < 0.3), False, {}


def test_numbers_of_twins_stay_when_interaction_goes_on():
    for seed in range(10):
        env = Twins()
        agent = make_agent("curious", env, seed)
        for round_ in range(4):
            list(interact(env, agent, 40, seed=round_))
        assert agent.model.steps == 160
        assert agent.model.num_known_states == 8
        assert (agent.model.states.kind[agent.model.known_states()] == 2).sum() == 4
