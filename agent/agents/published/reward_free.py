"""RF-UCRL and RF-Express: learn a map so well that any reward can be planned for, in episodes of a fixed length.

Sources: Kaufmann, Menard, Domingues, Jonsson, Leurent and Valko 2021, "Adaptive reward-free exploration",
arXiv 2006.06294; Menard, Domingues, Jonsson, Kaufmann, Leurent and Valko 2021, "Fast active learning for pure
exploration in reinforcement learning", arXiv 2007.13442.

With N visits of a pair, H steps to an episode, and b = ln(3 S A H / delta) + S ln(8 e (N + 1)), both bound by how much
a plan's value can be off, from the last step of the episode to the first, E_H = 0:

    RF-UCRL     E_h(p) = min(H - h, H sqrt(2 b / N) + sum_s' frequency(s' | p) max_a E_{h+1}(s', a))
    RF-Express  W_h(p) = min(H - h, 15 H^2 b / N + (1 + 1/H) sum_s' frequency(s' | p) max_a W_{h+1}(s', a))

for h = 0, ..., H - 1, and act greedily on it. A pair never taken has the bound H - h. The publications write H for it:
both hold where no step pays more than 1, but under H all ways by which a pair never taken can be reached within the
episode look alike, also those that are long.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...belief.world_model import WorldModel
from ...bonuses import inverse_count, inverse_root_count
from ...compilation.compiled import compiled
from ...registry import DISCOUNT, TOLERANCE
from ...validation import is_finite_number, is_whole_number
from ..explorer import Explorer
from ..occasions import Epoch
from .empirical import fill_as_seen
from .occasional import Occasional, OtherMap, other_map_at, visits_of


class RewardFree(Occasional):
    """Plans, when an episode begins, for what is least certain within it.

    Attributes:
        horizon: H, steps to an episode.
        delta: probability with which the bounds may not hold.
        scale: factor of the bonus.
        is_express: whether it plans as RF-Express, or as RF-UCRL.
    """

    def __init__(self, horizon: int, delta: float, scale: float, is_express: bool) -> None:
        super().__init__(DISCOUNT, TOLERANCE, Epoch(length=horizon, at_resets=1))  # neither is used
        self.horizon, self.delta, self.scale, self.is_express = horizon, delta, scale, is_express
        self.seen = OtherMap(1, False)

    def solve(self, model: WorldModel, address: Any, position: int) -> NDArray[np.float64]:
        """Work out the bounds of all steps of an episode; return them."""
        predicted, visits, horizon = self.compact.rows, visits_of(model, self._live), self.horizon
        size = model.num_outcomes * model.num_actions * horizon
        threshold = math.log(3.0 * size / self.delta) + model.num_outcomes * np.log(8.0 * math.e * (visits + 1.0))
        share = threshold / np.maximum(visits, 1)
        bonus = 15.0 * horizon**2 * share if self.is_express else horizon * np.sqrt(2.0 * share)
        paid = np.full(predicted.sizes.num_states * predicted.sizes.num_actions, float(horizon))
        paid[: len(visits)] = np.where(visits > 0, self.scale * bonus, horizon)
        fill_as_seen(self.seen, predicted, address, visits > 0, paid, 0.0)
        stages = np.zeros((horizon, len(paid)))
        _induct(self.seen.address, stages, 1.0 + 1.0 / horizon if self.is_express else 1.0)
        return stages


@compiled
def _induct(address, stages, growth):
    """Work out the bounds of all steps, the last one first; an end of the episode is worth 0."""
    rows, _ = other_map_at(address)
    num_states, num_actions, value = rows.sizes.num_states, rows.sizes.num_actions, rows.value
    for state in range(num_states + 2):
        value[state] = 0.0
    for stage in range(len(stages) - 1, -1, -1):
        most = float(len(stages) - stage)
        for row in range(num_states * num_actions):
            total = 0.0
            for k in range(rows.indptr[row], rows.indptr[row + 1]):
                total += rows.weight[k] * value[rows.successor[k]]
            stages[stage, row] = min(most, rows.payoff[row] + growth * total)
        for state in range(num_states):
            best = stages[stage, state * num_actions]
            for row in range(state * num_actions, (state + 1) * num_actions):
                best = max(best, stages[stage, row])
            value[state] = best


def rf_ucrl(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    horizon: int = 30,
    delta: float = 0.1,
    scale: float = 0.001,
) -> Explorer:
    """Go where plans of an episode's length are least certain, by sqrt(1 / visits) (RF-UCRL, Kaufmann et al. 2021).

    Frequencies are those seen, whatever the prior; one map serves all steps of an episode. In worlds without episodes
    one begins every `horizon` steps, wherever the agent is. It never stops exploring by itself.

    Args:
        model: the belief, whose counts are planned on.
        seed: of the agent's own stream.
        horizon: H, steps to an episode; the world's own may be shorter.
        delta: probability with which the bounds may not hold, between 0 and 1.
        scale: factor of the bonus. With 1, the publication's, all bounds are the largest for thousands of visits of a
            pair, and all actions alike for as long; smaller ones tell pairs apart, and give the guarantee up.

    Raises:
        ValueError: a parameter out of range.
    """
    planner = _planner(horizon, delta, scale, False)
    return Explorer(model, seed, inverse_root_count, planner, 0.0, 0.0)


def rf_express(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    horizon: int = 30,
    delta: float = 0.1,
    scale: float = 1e-6,
) -> Explorer:
    """Go where plans of an episode's length are least certain, by 1 / visits (RF-Express, Menard et al. 2021).

    As `rf-ucrl`, with a bonus that falls faster.

    Args:
        model: the belief, whose counts are planned on.
        seed: of the agent's own stream.
        horizon: H, steps to an episode; the world's own may be shorter.
        delta: probability with which the bounds may not hold, between 0 and 1.
        scale: factor of the bonus, as of `rf-ucrl`.

    Raises:
        ValueError: a parameter out of range.
    """
    return Explorer(model, seed, inverse_count, _planner(horizon, delta, scale, True), 0.0, 0.0)


def _planner(horizon: int, delta: float, scale: float, is_express: bool) -> RewardFree:
    if not (is_whole_number(horizon) and 1 <= horizon <= 10_000):
        raise ValueError(f"horizon must be a whole number of steps from 1 to 10000, got {horizon!r}")
    if not (is_finite_number(delta) and 0 < delta < 1):
        raise ValueError(f"delta must be a number between 0 and 1, both excluded, got {delta!r}")
    if not (is_finite_number(scale) and scale > 0):
        raise ValueError(f"scale must be a positive number, got {scale!r}")
    return RewardFree(int(horizon), float(delta), float(scale), is_express)
