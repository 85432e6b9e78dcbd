"""The least-taken explorer: counts without a plan."""

from typing import Any

import numpy as np

from agent.agents.deciding import RAREST, Mind, rarest, simple_mind
from agent.agents.random import Random
from agent.compiled import compiled
from agent.streams import stream
from agent.world_model import WorldModel


class LeastTaken(Random):
    """Takes the action it took least often in the state at hand; ties at random."""

    def __init__(self, model: WorldModel, seed: int | np.random.SeedSequence, **_options: Any) -> None:
        """Make the agent; options that only matter to planning agents are accepted and not used."""
        self.model = model
        self.mind: Mind = simple_mind(RAREST, stream(seed))

    def act(self, state: int) -> int:
        """Choose an action that was taken least often here."""
        num_actions = self.model.num_actions
        return int(_rarest(self.model.pairs.visits, state * num_actions, num_actions, self.mind.stream))


@compiled
def _rarest(visits, first, num_actions, stream):
    return rarest(visits, first, num_actions, stream)
