"""BayesExp: earn, and explore for a while whenever that would teach more than a falling threshold.

Sources: Lattimore and Hutter 2014, "Bayesian reinforcement learning with exploration", ALT, algorithm 1; Lattimore
2013, "Theory of general reinforcement learning", thesis, chapter 5.

With I(s) the largest expected gain of the next H steps from state s, nats, and eps_t = threshold * H / sqrt(t):

    I(s) > eps_t:   explore, by the plan for these gains, for H steps
    otherwise:      act by the best plan for reward

H eps_t / t -> 0 keeps what exploring costs in the long run negligible, while eps_t -> 0 lets nothing stay unknown.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...belief.world_model import WorldModel
from ...bonuses import expected_information_gain, make_bonus
from ...planners.policy_iteration import solve_rows
from ...registry import DISCOUNT, TOLERANCE
from ...validation import is_finite_number, is_whole_number
from ..explorer import Explorer
from ..occasions import Epoch
from .occasional import PATIENCE, Occasional, epochs, plan_stages


class Phases(Occasional):
    """Plans for reward, and for gains over a horizon; says for how long which of the two is acted by.

    Attributes:
        horizon: H, steps that an exploration lasts.
        threshold: nats a step, at the first step.
        reward_weight: of the world's mean reward.
        is_exploring: whether the latest plan is one for gains.
        stages: `[H, rows]`, expected gains over the rest of an exploration, as of the latest plan.
    """

    def __init__(
        self, discount: float, tolerance: float, epoch: Epoch, horizon: int, threshold: float, reward_weight: float
    ) -> None:
        super().__init__(discount, tolerance, epoch)
        self.horizon, self.threshold, self.reward_weight = horizon, threshold, reward_weight
        self.is_exploring, self.stages = False, np.zeros((horizon, 0))
        self.epoch.first_worth = threshold * horizon

    def worth(self) -> NDArray[np.float64]:
        """Return the expected gain of an exploration from each state of the latest plan, nats."""
        num_states = len(self._live)
        return self.stages[0].reshape(-1, self.compact.rows.sizes.num_actions)[:num_states].max(axis=1)

    def solve(self, model: WorldModel, address: Any, position: int) -> NDArray[np.float64]:
        """Plan for gains, and for reward if they are not worth while."""
        rows, num_actions = self.compact.rows, model.num_actions
        num_rows = rows.sizes.num_states * num_actions
        value = rows.value[: rows.sizes.num_states + 2].copy()
        self.stages = np.zeros((self.horizon, num_rows))
        plan_stages(address, self.stages)
        worth = self.worth()[position]
        least = self.threshold * self.horizon / math.sqrt(max(model.steps, 1))
        self.is_exploring = bool(worth > least)
        self.epoch.length = self.horizon * self.is_exploring
        self.epoch.at_resets = self.is_exploring
        if self.is_exploring:
            return self.stages
        rows.value[: len(value)], rows.payoff[:num_rows], rows.sizes.unseen_payoff = value, 0.0, 0.0
        if model.numbers.has_rewards:
            earned = model.expected_rewards(self._live).ravel()
            rows.payoff[: len(earned)] = self.reward_weight * earned
            rows.sizes.unseen_payoff = self.reward_weight * model.reward_belief.prior_mean
        solve_rows(address, self.discount, 1e-12, self.tolerance, position)
        self.compact.write_back(model)
        return rows.q_values


def bayes_exp(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    discount: float = DISCOUNT,
    tolerance: float = TOLERANCE,
    reward_weight: float = 0.0,
    horizon: int = 30,
    threshold: float = 1.0,
    patience: float = PATIENCE,
) -> Explorer:
    """Act for reward, and explore for a horizon whenever that is worth enough (BayesExp, Lattimore and Hutter 2014).

    Unlike there, both plans are made on the prediction as if nothing were learnt meanwhile: gains are the expected ones
    of each step, which overstate what repeated visits teach, and the plan for reward is best for the mean map instead
    of Bayes-optimal. Information is the mutual information of outcome and world, as in the thesis. An exploration ends
    with its episode, and an exploration is considered at every step, by what the latest plan says.

    Args:
        model: the belief.
        seed: of the agent's own stream.
        discount: per step, of the plan for reward, in (0, 1).
        tolerance: loss allowed to it.
        reward_weight: weight of the world's mean reward; 1 is the publication's. With 0 there is nothing to earn, and
            between explorations all actions are alike.
        horizon: H, steps that an exploration lasts.
        threshold: nats a step that exploring must be worth at first; it falls as 1 / sqrt(steps).
        patience: steps that a plan for reward lasts at least, for each known state; then it ends when a pair's visits
            have doubled.

    Raises:
        ValueError: a parameter out of range.
    """
    if not (is_whole_number(horizon) and 1 <= horizon <= 10_000):
        raise ValueError(f"horizon must be a whole number of steps from 1 to 10000, got {horizon!r}")
    if not (is_finite_number(threshold) and threshold > 0):
        raise ValueError(f"threshold must be a positive number of nats a step, got {threshold!r}")
    planner = Phases(
        discount, tolerance, epochs(patience=patience), int(horizon), float(threshold), float(reward_weight)
    )
    return Explorer(model, seed, make_bonus(expected_information_gain), planner, 1.0, 0.0)
