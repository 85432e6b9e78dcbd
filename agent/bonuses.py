"""Bonuses: what an explorer is paid for taking a pair, as scalar functions of the belief about that pair.

A new bonus is one function and one line in `agent.names.BONUSES`. It is written in plain Python on floats and takes

    visits, concentration (total, prior and counts), expected_gain, predicted_gain, entropy        (nats)

where the last two are computed only for a `Bonus` that says it needs them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from agent import belief
from agent.compiled import call_scalar, compiled
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


@compiled
def entropy(pairs, edges, pair, concentration, num_outcomes):
    """Entropy of a pair's prediction, nats."""
    size = pairs.visits[pair] + concentration
    anywhere = belief.free_concentration(pairs, edges, pair, concentration) / num_outcomes
    total = 0.0
    seen = 0
    link = pairs.first_out[pair]
    while link > 0:
        edge = link - 1
        p = (edges.count[edge] + anywhere + (edges.local[edge] if edges.local.size > 0 else 0.0)) / size
        total -= p * math.log(p)
        seen += 1
        link = edges.next_out[edge]
    if anywhere > 0.0:
        total -= (num_outcomes - seen) * (anywhere / size) * math.log(anywhere / size)
    return total


@compiled
def payoff(pairs, edges, pair, concentration, num_outcomes, terms):
    """What a pair pays: curiosity_weight * bonus + reward_weight * mean reward.

    `terms` is (handle, needs_predicted_gain, needs_entropy, curiosity_weight, reward_weight).
    """
    handle, needs_predicted_gain, needs_entropy, curiosity_weight, reward_weight = terms
    visits = pairs.visits[pair]
    bonus = call_scalar(
        handle,
        (
            float(visits),
            visits + concentration,
            belief.expected_gain(pairs, edges, pair, concentration, num_outcomes),
            belief.predicted_information_gain(pairs, edges, pair, concentration, num_outcomes)
            if needs_predicted_gain
            else 0.0,
            entropy(pairs, edges, pair, concentration, num_outcomes) if needs_entropy else 0.0,
        ),
    )
    if reward_weight == 0.0 or pairs.reward_sum.size == 0 or visits == 0:
        return curiosity_weight * bonus
    return curiosity_weight * bonus + reward_weight * pairs.reward_sum[pair] / visits


@compiled
def pay(states, pairs, edges, counts, sums, terms, known_before, pair):
    """Bring the payoffs up to date: of the pairs of states known since `known_before`, and of one pair (-1: none).

    With `known_before` = 0 every payoff is recomputed. Returns the payoff of a pair that was never taken.
    """
    concentration, num_outcomes = sums[belief.CONCENTRATION], counts[belief.OUTCOMES]
    unvisited = unvisited_payoff(concentration, num_outcomes, terms)
    for k in range(known_before, counts[belief.STATES]):
        state = states.order[k]
        if states.kind[state] != TERMINAL:
            first = state * counts[belief.ACTIONS]
            for p in range(first, first + counts[belief.ACTIONS]):
                if pairs.first_out[p] == 0:
                    pairs.payoff[p] = unvisited
                else:
                    pairs.payoff[p] = payoff(pairs, edges, p, concentration, num_outcomes, terms)
    if pair >= 0:
        pairs.payoff[pair] = payoff(pairs, edges, pair, concentration, num_outcomes, terms)
    return unvisited


@compiled
def unvisited_payoff(concentration, num_outcomes, terms):
    """Payoff of a pair of which nothing is known, as all pairs of a state never seen."""
    handle, needs_predicted_gain, needs_entropy, curiosity_weight, _ = terms
    anywhere = concentration / num_outcomes
    others = concentration - anywhere
    bonus = call_scalar(
        handle,
        (
            0.0,
            concentration,
            excess_drop(anywhere, others),
            predicted_gain(anywhere, others) if needs_predicted_gain else 0.0,
            math.log(num_outcomes) if needs_entropy else 0.0,
        ),
    )
    return curiosity_weight * bonus
