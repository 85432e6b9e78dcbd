"""R-max: what is not known yet is believed to be best.

Source: Brafman and Tennenholtz 2002, "R-max: a general polynomial time algorithm for near-optimal reinforcement
learning", JMLR 3; discounted, as Strehl, Li and Littman 2009.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...belief.world_model import WorldModel
from ...bonuses import knownness
from ...planners.policy_iteration import solve_rows
from ...registry import DISCOUNT, TOLERANCE
from ...validation import is_finite_number, is_whole_number
from ..explorer import Explorer
from ..occasions import Epoch
from .empirical import fill_as_seen
from .occasional import Occasional, OtherMap, visits_of


class Optimistic(Occasional):
    """Plans on the map as it was seen, unknown pairs leading to where every step pays the most, whenever one is known.

    Attributes:
        largest_reward: what every step pays there.
        doubles: whether `enough` doubles whenever all pairs of all known states are known.
        seen: the map of the latest plan.
    """

    def __init__(self, discount: float, tolerance: float, enough: int, largest_reward: float, doubles: bool) -> None:
        super().__init__(discount, tolerance, Epoch(enough=enough))
        self.largest_reward, self.doubles = largest_reward, doubles
        self.seen = OtherMap(1, False)

    def solve(self, model: WorldModel, address: Any, position: int) -> NDArray[np.float64]:
        """Plan on what is known."""
        predicted, visits = self.compact.rows, visits_of(model, self._live)
        if self.doubles:
            while (visits >= self.epoch.enough).all():
                self.epoch.enough *= 2
        is_known = visits >= self.epoch.enough
        paid = np.full(predicted.sizes.num_states * predicted.sizes.num_actions, self.largest_reward)
        paid[: len(visits)][is_known] = predicted.payoff[: len(visits)][is_known]
        best = self.largest_reward / (1.0 - self.discount)
        fill_as_seen(self.seen, predicted, address, is_known, paid, best)
        solve_rows(self.seen.address, self.discount, 1e-12, self.tolerance, position)
        return self.seen.rows.q_values


def r_max(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    discount: float = DISCOUNT,
    tolerance: float = TOLERANCE,
    reward_weight: float = 0.0,
    enough: int = 5,
    largest_reward: float = 1.0,
    doubles: bool = True,
) -> Explorer:
    """Plan for reward on what is known, as if all else were best (Brafman and Tennenholtz 2002).

    A pair is known once it was taken `enough` times; then it leads where it was seen to lead, and pays its mean reward.
    Unlike there, the threshold may double when all is known, so that exploring never ends, and plans are discounted.
    The map is what was seen, whatever the prior; the belief only scores.

    Args:
        model: the belief, whose counts are planned on.
        seed: of the agent's own stream.
        discount: per step, in (0, 1).
        tolerance: loss allowed on the map that is planned on.
        reward_weight: weight of the world's mean reward; 0 leaves exploring alone, 1 is the publication's.
        enough: visits that make a pair known.
        largest_reward: what a step may pay at most, weighted.
        doubles: whether `enough` doubles whenever all pairs of all known states are known.

    Raises:
        ValueError: `enough` is no whole number from 1, or `largest_reward` is not positive.
    """
    if not (is_whole_number(enough) and enough >= 1):
        raise ValueError(f"enough must be a whole number of visits, at least 1, got {enough!r}")
    if not (is_finite_number(largest_reward) and largest_reward > 0):
        raise ValueError(f"largest_reward must be a positive number, got {largest_reward!r}")
    planner = Optimistic(discount, tolerance, int(enough), float(largest_reward), doubles)
    return Explorer(model, seed, knownness, planner, 0.0, reward_weight)
