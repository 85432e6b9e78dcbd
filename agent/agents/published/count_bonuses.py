"""MBIE-EB and BEB: the reward and a bonus that counts, planned for after every step.

Sources: Strehl and Littman 2008, "An analysis of model-based interval estimation for Markov decision processes";
Kolter and Ng 2009, "Near-Bayesian exploration in polynomial time".
"""

from typing import Any

import numpy as np

from ...belief.world_model import WorldModel
from ...bonuses import Bonus, inverse_count, inverse_root_count
from ...registry import DISCOUNT, OWN_PARTS, TOLERANCE
from ..explorer import Explorer, make_planner


def mbie_eb(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    planner: Any = OWN_PARTS["mbie-eb"]["planner"],
    discount: float = DISCOUNT,
    tolerance: float = TOLERANCE,
    reward_weight: float = 0.0,
    beta: float = 1.0,
    steps: int | None = None,
) -> Explorer:
    """Plan for reward + beta / sqrt(visits + 1) (MBIE-EB, Strehl and Littman 2008).

    Unlike there, transitions are the posterior mean instead of relative frequencies, one visit is added so that a pair
    never taken pays beta instead of being worth the most there is, and the plan is mended instead of made anew.

    Args:
        model: the belief to plan on.
        seed: of the agent's own stream.
        planner: how it plans.
        discount: per step, in (0, 1).
        tolerance: loss allowed to the planner.
        reward_weight: weight of the world's mean reward; 0 leaves exploring alone, 1 is the publication's.
        beta: weight of the bonus; the guarantee asks for the largest reward / (1 - discount), times a logarithm.
        steps: of the run, for a planner that asks for them.
    """
    return _paid(inverse_root_count, model, seed, planner, discount, tolerance, reward_weight, beta, steps)


def beb(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    planner: Any = OWN_PARTS["beb"]["planner"],
    discount: float = DISCOUNT,
    tolerance: float = TOLERANCE,
    reward_weight: float = 0.0,
    beta: float = 1.0,
    steps: int | None = None,
) -> Explorer:
    """Plan for reward + beta / (visits + 1) on the posterior mean (BEB, Kolter and Ng 2009).

    There the total concentration stands for visits + 1: the same under a prior of total 1 for each pair. The
    publication plans undiscounted for a fixed horizon, and does not update its belief while it does; nor does this.

    Args:
        model: the belief to plan on.
        seed: of the agent's own stream.
        planner: how it plans (`finite-horizon:30` as there).
        discount: per step, in (0, 1).
        tolerance: loss allowed to the planner.
        reward_weight: weight of the world's mean reward; 0 leaves exploring alone, 1 is the publication's.
        beta: weight of the bonus; the guarantee asks for twice the horizon squared, times the largest reward.
        steps: of the run, for a planner that asks for them.
    """
    return _paid(inverse_count, model, seed, planner, discount, tolerance, reward_weight, beta, steps)


def _paid(
    bonus: Bonus,
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    planner: Any,
    discount: float,
    tolerance: float,
    reward_weight: float,
    beta: float,
    steps: int | None,
) -> Explorer:
    return Explorer(model, seed, bonus, make_planner(planner, discount, tolerance, steps), beta, reward_weight, 0.0)
