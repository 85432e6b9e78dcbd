"""Maximum entropy of what is visited, by Frank-Wolfe: each plan goes where the life so far has been least.

Sources: Hazan, Kakade, Singh and Van Soest 2019, "Provably efficient maximum entropy exploration", arXiv 1812.02690;
Tarbouriech, Shekhar, Pirotta, Ghavamzadeh and Lazaric 2020, "Active model estimation in Markov decision processes",
arXiv 2003.03297.

With d(p) the share of all steps in which pair p was taken, weights w, and a smoothing sigma, both maximise

    H(d) = -sum_p w(p) d(p) ln(d(p) + sigma),      dH / dd(p) = -w(p) (ln(d(p) + sigma) + d(p) / (d(p) + sigma))

over the shares that some way of acting can have. A step of Frank-Wolfe plans for the gradient as the reward, and mixes
the shares of the new plan into those of all plans before. Here the life itself is that mixture: the newest plan acts
for an epoch of k steps, which after t steps has the weight k / (t + k): with equal epochs the steps of Frank-Wolfe are
1, 1/2, 1/3, ... What the gradient pays is counted
from its mean over the life: a plan is then worth the duality gap of Frank-Wolfe, which bounds how far H is from its
largest, and a share of that is what the planner may lose.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...belief.world_model import WorldModel
from ...bonuses import inverse_count
from ...compilation.compiled import compiled, part
from ...planners.policy_iteration import rows_at, solve_rows
from ...registry import DISCOUNT, TOLERANCE
from ...validation import is_finite_number
from ..explorer import Explorer
from ..occasions import Epoch
from .occasional import Occasional, epochs, visits_of

LEAST_GAP = 0.01
"""Duality gap, nats a step, of which a plan may lose its share even where the gap is smaller."""
PATIENCE = 0.25
"""Steps of an epoch for each known state."""


class FrankWolfe(Occasional):
    """Plans for the gradient of the entropy of all visits when an epoch begins, on the predicted map.

    Attributes:
        smoothing: sigma, as a share of 1 / number of pairs.
        is_weighted: whether pairs count by how noisy they are.
    """

    def __init__(self, discount: float, tolerance: float, epoch: Epoch, smoothing: float, is_weighted: bool) -> None:
        super().__init__(discount, tolerance, epoch)
        self.smoothing, self.is_weighted = smoothing, is_weighted

    def solve(self, model: WorldModel, address: Any, position: int) -> NDArray[np.float64]:
        """Plan for the gradient; pairs of states never seen are pairs never taken."""
        sigma = self.smoothing / (model.num_outcomes * model.num_actions)
        _pay_gradient(address, visits_of(model, self._live), sigma, self.is_weighted)
        absolute = self.tolerance * LEAST_GAP / (1.0 - self.discount)
        solve_rows(address, self.discount, absolute, self.tolerance, position)
        self.compact.write_back(model)
        return self.compact.rows.q_values


@compiled
def _pay_gradient(address, visits, sigma, is_weighted):
    """Let each row pay the gradient of the entropy, less its mean over the life."""
    rows = rows_at(address, 0, 0)
    sizes, payoff, num_visits = rows.sizes, rows.payoff, 0
    for row in range(len(visits)):
        num_visits += visits[row]
    mean, unseen_weight = 0.0, math.sqrt(max(1.0 - 1.0 / sizes.num_outcomes, 0.0)) if is_weighted else 1.0
    unseen = -unseen_weight * math.log(sigma)
    for row in range(sizes.num_states * sizes.num_actions):
        payoff[row] = unseen
        if row < len(visits):  # the others are of states that were never seen
            share = visits[row] / max(num_visits, 1)
            weight = _noise(rows, row) if is_weighted else 1.0
            payoff[row] = -weight * (math.log(share + sigma) + share / (share + sigma))
            mean += share * payoff[row]
    for row in range(sizes.num_states * sizes.num_actions):
        payoff[row] -= mean
    sizes.unseen_payoff = unseen - mean


@part
def _noise(rows, row):
    """Return the root of the sum over all outcomes of p (1 - p), p their predicted probabilities."""
    others = rows.sizes.num_outcomes - (rows.indptr[row + 1] - rows.indptr[row])
    anywhere = rows.rest[row] / rows.sizes.num_outcomes
    total = max(others, 0.0) * anywhere * (1.0 - anywhere)
    for k in range(rows.indptr[row], rows.indptr[row + 1]):
        p = min(rows.weight[k] + anywhere, 1.0)
        total += p * (1.0 - p)
    return math.sqrt(total)


def max_ent(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    discount: float = DISCOUNT,
    tolerance: float = TOLERANCE,
    smoothing: float = 0.01,
    patience: float = PATIENCE,
) -> Explorer:
    """Go where the life so far has been least: maximum entropy of the visits of pairs (Hazan et al. 2019).

    Unlike there, the entropy is that of pairs instead of states, as Tarbouriech et al. (2020) compare with; the shares
    of the mixture are those of the life instead of estimates from roll-outs, so the newest policy acts instead of one
    drawn from all; and pairs never taken lead where the belief predicts, instead of being worth the most there is.
    What pairs turned out to be like is no concern of it: it visits what is certain as often as what is noisy.

    Args:
        model: the belief, on whose predictions it plans.
        seed: of the agent's own stream.
        discount: per step, in (0, 1); shares of steps are undiscounted, so it should be near 1.
        tolerance: loss allowed, as a share of the duality gap.
        smoothing: sigma times the number of pairs; smaller ones draw more strongly to pairs never taken.
        patience: steps that a plan is acted by, for each known state; one at least.

    Raises:
        ValueError: a parameter out of range.
    """
    return _explorer(model, seed, discount, tolerance, smoothing, patience, False)


def weighted_max_ent(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    discount: float = DISCOUNT,
    tolerance: float = TOLERANCE,
    smoothing: float = 0.01,
    patience: float = PATIENCE,
) -> Explorer:
    """Go where the life so far has been least for how noisy it is (weighted MaxEnt, Tarbouriech et al. 2020).

    As `max-ent`, each pair weighted by sqrt(sum_s' p (1 - p)), p the predicted probability of s': of what is known well
    that is its noise, and of other pairs also what is not known yet. Noise is measured so that the shares of steps come
    near those that are best for the L1 errors of estimates, as the publication reports of its own. Unlike there, the
    prior's part in the prediction stands for the confidence width that is added to the noise.

    Args:
        model: the belief, on whose predictions it plans.
        seed: of the agent's own stream.
        discount: per step, in (0, 1); shares of steps are undiscounted, so it should be near 1.
        tolerance: loss allowed, as a share of the duality gap.
        smoothing: sigma times the number of pairs; smaller ones draw more strongly to pairs never taken.
        patience: steps that a plan is acted by, for each known state; one at least.

    Raises:
        ValueError: a parameter out of range.
    """
    return _explorer(model, seed, discount, tolerance, smoothing, patience, True)


def _explorer(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    discount: float,
    tolerance: float,
    smoothing: float,
    patience: float,
    is_weighted: bool,
) -> Explorer:
    if not (is_finite_number(smoothing) and smoothing > 0):
        raise ValueError(f"smoothing must be a positive number, got {smoothing!r}")
    planner = FrankWolfe(discount, tolerance, epochs(patience=patience, is_timed=True), float(smoothing), is_weighted)
    return Explorer(model, seed, inverse_count, planner, 0.0, 0.0)
