"""Bonuses: what an explorer is paid for taking a pair, as scalar functions of the belief about that pair.

A new bonus is one function and one line in `agent.names.BONUSES`. It is written in plain Python on floats and takes

    visits, concentration (total, prior and counts), expected_gain, predicted_gain, entropy        (nats)

where the last two are computed only for a `Bonus` that says it needs them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent import belief
from agent.compiled import call_scalar, compiled, part, scalar_handle
from agent.packing import handle
from agent.special import excess_drop, predicted_gain
from agent.tables import TERMINAL


@dataclass(frozen=True)
class Bonus:
    """A bonus and what it depends on.

    Attributes:
        function: the five numbers above -> bonus.
        needs_predicted_gain: whether `predicted_gain` must be computed.
        needs_entropy: whether `entropy` must be computed.
    """

    function: Callable[[float, float, float, float, float], float]
    needs_predicted_gain: bool = False
    needs_entropy: bool = False


def _expected_gain(visits, concentration, expected_gain, predicted_gain, entropy):
    return expected_gain


def _predicted_gain(visits, concentration, expected_gain, predicted_gain, entropy):
    return predicted_gain


def _entropy(visits, concentration, expected_gain, predicted_gain, entropy):
    return entropy


def _inverse_count(visits, concentration, expected_gain, predicted_gain, entropy):
    return 1.0 / (visits + 1.0)


def _inverse_root_count(visits, concentration, expected_gain, predicted_gain, entropy):
    return 1.0 / math.sqrt(visits + 1.0)


expected_information_gain = Bonus(_expected_gain)
"""Mutual information of the next outcome and the model, nats (Sun, Gomez and Schmidhuber 2011)."""

predicted_information_gain = Bonus(_predicted_gain, needs_predicted_gain=True)
"""Mutual information of the next two outcomes, nats (Little and Sommer 2013)."""

predictive_entropy = Bonus(_entropy, needs_entropy=True)
"""Expected surprisal of the next outcome, nats: never runs dry where the world is random (the noisy television)."""

inverse_count = Bonus(_inverse_count)
"""1 / (visits + 1), the Bayesian exploration bonus (Kolter and Ng 2009)."""

inverse_root_count = Bonus(_inverse_root_count)
"""1 / sqrt(visits + 1), as MBIE-EB (Strehl and Littman 2008)."""


@part
def entropy(known, pair):
    """Entropy of a pair's prediction, nats."""
    edges, num_outcomes, is_local = known.edges, known.counts[belief.OUTCOMES], known.counts[belief.HAS_LOCAL] != 0
    size = known.pairs.visits[pair] + known.sums[belief.CONCENTRATION]
    anywhere = belief.free_concentration(known, pair) / num_outcomes
    total = 0.0
    seen = 0
    link = known.pairs.first_out[pair]
    while link > 0:
        edge = link - 1
        p = (edges.count[edge] + anywhere + (edges.local[edge] if is_local else 0.0)) / size
        total -= p * math.log(p)
        seen += 1
        link = edges.next_out[edge]
    if anywhere > 0.0:
        total -= (num_outcomes - seen) * (anywhere / size) * math.log(anywhere / size)
    return total


# indices into the `flags` of what is paid: the first three describe the bonus, the others what was brought up to date
HANDLE, NEEDS_PREDICTED_GAIN, NEEDS_ENTROPY, PAID_STATES, PAID_STEPS, PAID_REVISION = range(6)
# indices into its `rates`: two weights, and the payoff of a pair that was never taken
CURIOSITY, REWARD, UNVISITED = range(3)


class Wage(NamedTuple):
    """What pairs pay, `curiosity_weight * bonus + reward_weight * mean reward`, and how far it was worked out."""

    flags: NDArray[np.int64]
    rates: NDArray[np.float64]


def wage(bonus: Bonus, curiosity_weight: float = 1.0, reward_weight: float = 0.0) -> Wage:
    """Return a wage of which nothing was worked out yet."""
    described = scalar_handle(bonus.function), bonus.needs_predicted_gain, bonus.needs_entropy
    return Wage(
        np.array([*described, 0, 0, -1], dtype=np.int64), np.array([curiosity_weight, reward_weight, 0.0], dtype=float)
    )


@part
def payoff(known, flags, rates, pair, expected_gain):
    """What a pair pays whose expected gain is known."""
    visits = known.pairs.visits[pair]
    bonus = call_scalar(
        flags[HANDLE],
        (
            float(visits),
            visits + known.sums[belief.CONCENTRATION],
            expected_gain,
            belief.predicted_information_gain(known, pair) if flags[NEEDS_PREDICTED_GAIN] else 0.0,
            entropy(known, pair) if flags[NEEDS_ENTROPY] else 0.0,
        ),
    )
    if rates[REWARD] == 0.0 or not known.counts[belief.HAS_REWARDS] or visits == 0:
        return rates[CURIOSITY] * bonus
    return rates[CURIOSITY] * bonus + rates[REWARD] * known.pairs.reward_sum[pair] / visits


@part
def pay(known, flags, rates):
    """Bring `pairs.payoff` up to date with the belief, all of it after a refit; return that of a pair never taken."""
    states, pairs, counts = known.states, known.pairs, known.counts
    num_actions, num_new = counts[belief.ACTIONS], counts[belief.STEPS] - flags[PAID_STEPS]
    if flags[PAID_REVISION] != counts[belief.REVISION] or num_new > 1:
        flags[PAID_REVISION], flags[PAID_STATES], num_new = counts[belief.REVISION], 0, 0
        rates[UNVISITED] = unvisited_payoff(known, flags, rates)
    for k in range(flags[PAID_STATES], counts[belief.STATES]):
        state = states.order[k]
        if states.kind[state] != TERMINAL:
            for pair in range(state * num_actions, (state + 1) * num_actions):
                is_new = pairs.first_out[pair] == 0
                gain = 0.0 if is_new else belief.expected_gain(known, pair)
                pairs.payoff[pair] = rates[UNVISITED] if is_new else payoff(known, flags, rates, pair, gain)
    if num_new == 1:
        pair, gain = counts[belief.LAST_PAIR], known.sums[belief.NEXT_EXPECTED]
        pairs.payoff[pair] = payoff(known, flags, rates, pair, gain)
    flags[PAID_STATES], flags[PAID_STEPS] = counts[belief.STATES], counts[belief.STEPS]
    return rates[UNVISITED]


@part
def unvisited_payoff(known, flags, rates):
    """Payoff of a pair of which nothing is known, as all pairs of a state never seen."""
    concentration, num_outcomes = known.sums[belief.CONCENTRATION], known.counts[belief.OUTCOMES]
    anywhere = concentration / num_outcomes
    others = concentration - anywhere
    bonus = call_scalar(
        flags[HANDLE],
        (
            0.0,
            concentration,
            excess_drop(anywhere, others),
            predicted_gain(anywhere, others) if flags[NEEDS_PREDICTED_GAIN] else 0.0,
            math.log(num_outcomes) if flags[NEEDS_ENTROPY] else 0.0,
        ),
    )
    return rates[CURIOSITY] * bonus


_wage_at = handle(Wage)


@compiled
def pay_all(belief_address, wage_address):
    """Bring `pairs.payoff` up to date, called from Python with what was packed."""
    due = _wage_at(wage_address, 0, 0)
    return pay(belief.belief_at(belief_address), due.flags, due.rates)


@compiled
def promised(belief_address, wage_address, state, action):
    """What a pair pays as the belief is, called from Python with what was packed; nan where there is no such pair."""
    known = belief.belief_at(belief_address)
    num_actions = known.counts[belief.ACTIONS]
    if min(state, action) < 0 or state >= known.counts[belief.STATE_ROOM] or action >= num_actions:
        return math.nan  # handles check no bounds
    due, pair = _wage_at(wage_address, 0, 0), state * num_actions + action
    return payoff(known, due.flags, due.rates, pair, belief.expected_gain(known, pair))
