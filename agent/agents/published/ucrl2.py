"""UCRL2: the best of all maps that what was seen does not rule out.

Source: Jaksch, Ortner and Auer 2010, "Near-optimal regret bounds for reinforcement learning", JMLR 11, figures 1 and 2.

With N visits of a pair among t steps, S states and A actions, plausible maps are all with

    |p - frequencies|_1 <= sqrt(14 S ln(2 A t / delta) / max(1, N))
    |r - mean reward|   <= sqrt(7 ln(2 S A t / delta) / (2 max(1, N))) * largest reward

and extended value iteration, u <- max_a (r + max over p of p . u), undiscounted, finds the best policy on the best map.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...belief.world_model import WorldModel
from ...bonuses import inverse_root_count
from ...compilation.compiled import compiled, part
from ...interruption import pause
from ...registry import DISCOUNT, TOLERANCE
from ...validation import is_finite_number
from ..explorer import Explorer
from ..occasions import Epoch
from .empirical import fill_as_seen
from .occasional import PATIENCE, Occasional, OtherMap, epochs, other_map_at, visits_of

SWEEPS_AT_ONCE, MOST_SWEEPS = 200, 20_000
"""Sweeps between two moments in which signals are served, and after which a plan is taken as it is."""


class ExtendedValueIteration(Occasional):
    """Plans on the best plausible map when an epoch begins.

    Attributes:
        delta: probability with which the world may be no plausible map.
        largest_reward: what a step may pay at most; the least is 0.
        seen: the map as it was seen; its values are those of the best one.
        num_sweeps: of the latest plan.
    """

    def __init__(self, delta: float, largest_reward: float, epoch: Epoch) -> None:
        super().__init__(DISCOUNT, TOLERANCE, epoch)  # neither is used
        self.delta, self.largest_reward = delta, largest_reward
        self.seen = OtherMap(1, False)
        self.num_sweeps = 0

    def solve(self, model: WorldModel, address: Any, position: int) -> NDArray[np.float64]:
        """Plan until the values of all states change by as much, but for 1 / sqrt(steps)."""
        predicted, visits, steps = self.compact.rows, visits_of(model, self._live), max(model.steps, 1)
        num_states, num_actions, num_rows = model.num_outcomes, model.num_actions, len(visits)
        least = np.maximum(visits, 1)
        radius = np.sqrt(14.0 * num_states * math.log(2.0 * num_actions * steps / self.delta) / least)
        scale = math.log(2.0 * num_states * num_actions * steps / self.delta)
        margin = self.largest_reward * np.sqrt(3.5 * scale / least)
        unseen = predicted.sizes.num_unseen
        paid = np.zeros(predicted.sizes.num_states * num_actions)
        paid[:num_rows] = margin + np.where(visits > 0, predicted.payoff[:num_rows], 0.0)
        paid[num_rows:] = at_first = self.largest_reward * math.sqrt(3.5 * scale)
        fill_as_seen(self.seen, predicted, address, visits > 0, paid, self.seen.rows.value[self._last])
        self.seen.rows.sizes.num_unseen, self.seen.rows.sizes.unseen_payoff = unseen, at_first
        self.seen.notes.told[:num_rows] = radius
        self.seen.notes.told[num_rows : len(paid)] = 2.0
        precision, self.num_sweeps = self.largest_reward / math.sqrt(steps), 0
        while self.num_sweeps < MOST_SWEEPS:
            done, is_over = _sweep(self.seen.address, precision, SWEEPS_AT_ONCE)
            self.num_sweeps += done
            if is_over:
                break
            pause()
        return self.seen.rows.q_values

    @property
    def _last(self) -> int:
        """Where the value of states never seen was in the latest plan."""
        return self.seen.rows.sizes.num_states + 1


@compiled
def _sweep(address, precision, most):
    """Make sweeps of extended value iteration, values kept at 0 and above; return how many, and whether it is over."""
    rows, notes = other_map_at(address)
    sizes, value, improved, policy = rows.sizes, rows.value, rows.improved, rows.policy
    num_states, num_actions = sizes.num_states, sizes.num_actions
    for done in range(most):
        total = 0.0
        for k in range(sizes.num_starts):
            total += rows.start_weight[k] * value[rows.start[k]]
        value[num_states] = total
        best = num_states + 1 if sizes.num_unseen > 0.0 else 0
        for state in range(num_states):
            if value[state] > value[best]:
                best = state
        low, high = math.inf, -math.inf
        if sizes.num_unseen > 0.0:
            improved[num_states + 1] = sizes.unseen_payoff + value[best]
            low = high = improved[num_states + 1] - value[num_states + 1]
        for state in range(num_states):
            largest = -math.inf
            for row in range(state * num_actions, (state + 1) * num_actions):
                q = rows.payoff[row] + _best_expectation(rows, notes.told[row], row, best)
                rows.q_values[row] = q
                if q > largest:
                    largest, policy[state] = q, row
            improved[state] = largest
            low, high = min(low, largest - value[state]), max(high, largest - value[state])
        least = improved[num_states + 1] if sizes.num_unseen > 0.0 else improved[0]
        for state in range(num_states):
            least = min(least, improved[state])
        for state in range(num_states):
            value[state] = improved[state] - least
        if sizes.num_unseen > 0.0:
            value[num_states + 1] = improved[num_states + 1] - least
        if high - low < precision:
            return done + 1, True
    return most, False


@part
def _best_expectation(rows, radius, row, best):
    """Return the largest p . u over all p within an L1 distance of a row: mass goes from the worst to the best state.

    It ends: each round of the inner loop takes all that is left to take, or all of one successor.
    """
    first, last, value, left = rows.indptr[row], rows.indptr[row + 1], rows.value, rows.chosen_weight
    at_best, total = 0.0, 0.0
    for k in range(first, last):
        if rows.successor[k] == best:
            at_best += rows.weight[k]
        left[k] = rows.weight[k]
        total += rows.weight[k] * value[rows.successor[k]]
    moved = min(0.5 * radius, 1.0 - at_best)
    if moved <= 0.0:
        return total
    total += moved * value[best]
    for _ in range(first, last):
        worst, lowest = -1, math.inf
        for k in range(first, last):
            if left[k] > 0.0 and rows.successor[k] != best and value[rows.successor[k]] < lowest:
                worst, lowest = k, value[rows.successor[k]]
        if worst < 0 or moved <= 0.0:
            break
        taken = min(moved, left[worst])
        left[worst] -= taken
        moved -= taken
        total -= taken * lowest
    return total


def ucrl2(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    reward_weight: float = 0.0,
    delta: float = 0.05,
    largest_reward: float = 1.0,
    patience: float = PATIENCE,
) -> Explorer:
    """Act by the best policy on the best plausible map, for an epoch (Jaksch, Ortner and Auer 2010).

    Frequencies and mean rewards are those that were seen, whatever the prior; the belief only scores. K, the number of
    states, is the declared one, or what the belief takes it for. Unlike there, epochs have a least length, and after an
    end the next episode begins in the same step. The bounds hold for all maps: they are wide, and exploring is slow to
    become selective.

    Args:
        model: the belief, whose counts are planned on.
        seed: of the agent's own stream.
        reward_weight: weight of the world's mean reward; 0 leaves exploring alone, 1 is the publication's.
        delta: probability with which the world may be no plausible map, between 0 and 1.
        largest_reward: what a step may pay at most, weighted; the least is 0.
        patience: steps for each known state that an epoch lasts at least; 0 is the publication's.

    Raises:
        ValueError: a parameter out of range.
    """
    if not (is_finite_number(delta) and 0 < delta < 1):
        raise ValueError(f"delta must be a number between 0 and 1, both excluded, got {delta!r}")
    if not (is_finite_number(largest_reward) and largest_reward > 0):
        raise ValueError(f"largest_reward must be a positive number, got {largest_reward!r}")
    planner = ExtendedValueIteration(float(delta), float(largest_reward), epochs(patience=patience))
    return Explorer(model, seed, inverse_root_count, planner, 0.0, reward_weight)
