"""What a reward does to a belief, and what a pair pays for it: compiled entries, loaded only where there is a belief.

The belief's numbers say which family it is, and its parameters (`agent.belief.tables.Numbers.reward_prior`):

    Gaussian        mean, precision, noise
    normal-gamma    mean, precision, shape, rate
    Beta            alpha, beta
"""

from functools import cache

from ...compilation.compiled import compiled, entry_handle, part
from ...information.special import excess_drop
from .. import updates
from ..tables import BETA, GAUSSIAN
from . import gains


@part
def mean_reward(numbers, visits, total):
    """Posterior mean of a pair's reward."""
    prior = numbers.reward_prior
    if numbers.reward_kind == BETA:
        return (prior[0] + total) / (prior[0] + prior[1] + visits)
    return (prior[1] * prior[0] + total) / (prior[1] + visits)


@part
def expected_gain(numbers, visits, total):
    """What one more reward of a pair is expected to teach, nats."""
    prior = numbers.reward_prior
    if numbers.reward_kind == GAUSSIAN:
        return gains.gaussian_expected_gain(prior[1] + visits)
    if numbers.reward_kind == BETA:
        return gains.beta_expected_gain(prior[0] + total, prior[1] + (visits - total))
    return gains.normal_gamma_expected_gain(prior[1] + visits, prior[2] + 0.5 * visits)


@part
def realised_gain(numbers, visits, total, square_total, reward):
    """What a reward teaches, KL(posterior || prior), nats; it is not among the sums yet."""
    prior = numbers.reward_prior
    if numbers.reward_kind == BETA:
        ones, zeros = prior[0] + total, prior[1] + (visits - total)
        return excess_drop(ones, zeros) if reward == 1.0 else excess_drop(zeros, ones)
    precision = prior[1] + visits
    deviation = reward - mean_reward(numbers, visits, total)
    if numbers.reward_kind == GAUSSIAN:
        return gains.gaussian_realised_gain(precision, deviation / prior[2])
    rate = noise_rate(numbers, visits, total, square_total)
    growth = 0.5 * precision / (precision + 1.0) * deviation * deviation / rate
    return gains.normal_gamma_realised_gain(precision, prior[2] + 0.5 * visits, growth)


@part
def noise_rate(numbers, visits, total, square_total):
    """Rate of the normal-gamma posterior: half the squared deviations that it counts as."""
    prior = numbers.reward_prior
    rate = prior[3]
    if visits > 0:
        mean = total / visits
        shift = mean - prior[0]
        spread = max(square_total - total * mean, 0.0) + prior[1] * visits / (prior[1] + visits) * shift * shift
        rate += 0.5 * spread
    return rate


@compiled
def learn(address, pair, reward):
    """Account for what a reward of a pair teaches, before it is added to the sums; return it, nats."""
    known = updates.belief_at(address)
    numbers, pairs = known.numbers, known.pairs
    visits, total = pairs.visits[pair], pairs.reward_sum[pair]
    expected = expected_gain(numbers, visits, total)
    realised = realised_gain(numbers, visits, total, pairs.reward_square_sum[pair], reward)
    numbers.last_reward_gain, numbers.last_expected_reward_gain = realised, expected
    numbers.reward_gain += realised
    numbers.expected_reward_gain += expected
    return realised


@compiled
def pay(address, pair, reward_weight, gain_weight):
    """What a pair pays for its reward and for what that teaches; pair -1: one that was never taken."""
    known = updates.belief_at(address)
    numbers, visits, total = known.numbers, 0, 0.0
    if pair >= 0:
        visits, total = known.pairs.visits[pair], known.pairs.reward_sum[pair]
    paid = 0.0
    if reward_weight != 0.0:
        paid += reward_weight * mean_reward(numbers, visits, total)
    if gain_weight != 0.0:
        paid += gain_weight * expected_gain(numbers, visits, total)
    return paid


@cache
def handles():
    """Handles of the two, good for this process."""
    return entry_handle(learn, int, int, float), entry_handle(pay, int, int, float, float)
