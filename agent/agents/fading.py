"""The agent that earns in the end: as curious as `curious` at first, and less and less as less is left to learn."""

from typing import Any

import numpy as np

from ..belief.world_model import WorldModel
from ..registry import DISCOUNT, OWN_PARTS, TOLERANCE
from .explorer import Explorer, curious
from .saturation import let_fade


def fading(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    bonus: Any = OWN_PARTS["fading"]["bonus"],
    planner: Any = OWN_PARTS["fading"]["planner"],
    discount: float = DISCOUNT,
    tolerance: float = TOLERANCE,
    curiosity_weight: float = 1.0,
    reward_weight: float = 0.0,
    steps: int | None = None,
    reward_gain_weight: float | None = None,
) -> Explorer:
    """Plan as `curious` does, with weights of what may be learnt that follow the share of it that is left.

    `agent.agents.saturation` has the definition, and why: what curiosity costs in a life then has an end.
    """
    agent = curious(
        model, seed, bonus, planner, discount, tolerance, curiosity_weight, reward_weight, steps, reward_gain_weight
    )
    let_fade(agent.agent_state.terms)
    return agent
