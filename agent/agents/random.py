"""The random explorer: the baseline of every comparison."""

import math
from typing import Any

import numpy as np

from agent.agents.deciding import NOT_PLANNING, UNIFORM, Mind, simple_mind
from agent.protocols import Transition
from agent.streams import below, stream
from agent.world_model import WorldModel


class Random:
    """Takes every action equally often; holds the same belief as the others and is scored by it.

    Attributes:
        model: the belief.
        mind: its own numbers.
        loss_bound: nan, as nothing is planned.
        progress: none.
    """

    loss_bound = math.nan
    progress = NOT_PLANNING

    def __init__(self, model: WorldModel, seed: int | np.random.SeedSequence, **_options: Any) -> None:
        """Make the agent; options that only matter to planning agents are accepted and not used."""
        self.model = model
        self.mind: Mind = simple_mind(UNIFORM, stream(seed))

    def begin(self, state: int) -> None:
        """Take note of the state that a reset led to."""
        self.model.begin(state)

    def act(self, state: int) -> int:
        """Choose any action."""
        return int(below(self.mind.stream, self.model.num_actions))

    def observe(self, transition: Transition) -> None:
        """Learn from one transition."""
        self.model.observe(transition)
