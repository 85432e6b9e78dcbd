"""Mean rewards drawn from a belief about them, for a map that is drawn.

With the posterior's parameters, each after n rewards of a pair (`agent.belief.rewards.beliefs`):

    Gaussian        N(m, noise^2 / (precision + n))
    normal-gamma    m + x / sqrt(lambda (precision + n)),   x ~ N(0, 1),   lambda ~ Gamma(shape + n/2, rate)
    Beta            g / (g + h),   g ~ Gamma(alpha + ones, 1),   h ~ Gamma(beta + zeros, 1)

Source: Bernardo and Smith 1994, "Bayesian Theory", appendix A.
"""

import math

from ...belief import updates
from ...belief.rewards.learning import mean_reward, noise_rate
from ...belief.tables import BETA, GAUSSIAN, TERMINAL
from ...compilation.compiled import compiled, part
from ..rng import gamma, normal
from .occasional import other_map_at


@compiled
def draw_rewards(belief_address, drawn_address, reward_weight):
    """Let each pair of a drawn map pay a mean reward that is drawn instead of the expected one.

    States never seen, which count as one, pay the best of as many draws as there are actions.

    Args:
        belief_address: of the belief, by which rewards teach something.
        drawn_address: of the map, which pays what the belief expects; rows are in the order of first sight of states.
        reward_weight: weight of the mean reward in what is paid.
    """
    known, (drawn, notes) = updates.belief_at(belief_address), other_map_at(drawn_address)
    states, pairs, numbers, stream = known.states, known.pairs, known.numbers, notes.stream
    num_actions, row = numbers.num_actions, 0
    for k in range(numbers.num_known_states):
        state = states.order[k]
        if states.kind[state] != TERMINAL:
            for pair in range(state * num_actions, (state + 1) * num_actions):
                visits, total = pairs.visits[pair], pairs.reward_sum[pair]
                mean = _mean(numbers, visits, total, pairs.reward_square_sum[pair], stream)
                drawn.payoff[row] += reward_weight * (mean - mean_reward(numbers, visits, total))
                row += 1
    best = -math.inf
    for _ in range(num_actions):
        best = max(best, _mean(numbers, 0, 0.0, 0.0, stream))
    drawn.sizes.unseen_payoff += reward_weight * (best - mean_reward(numbers, 0, 0.0))
    for beyond in range(row, drawn.sizes.num_states * num_actions):
        drawn.payoff[beyond] = drawn.sizes.unseen_payoff


@part
def _mean(numbers, visits, total, square_total, stream):
    """Draw the mean reward of a pair."""
    prior = numbers.reward_prior
    if numbers.reward_kind == BETA:
        ones, zeros = gamma(prior[0] + total, stream), gamma(prior[1] + (visits - total), stream)
        return ones / (ones + zeros) if ones + zeros > 0.0 else mean_reward(numbers, visits, total)
    scale = prior[2]
    if numbers.reward_kind != GAUSSIAN:
        precision = gamma(prior[2] + 0.5 * visits, stream)
        scale = math.sqrt(noise_rate(numbers, visits, total, square_total) / max(precision, 1e-300))
    return mean_reward(numbers, visits, total) + scale * normal(stream) / math.sqrt(prior[1] + visits)
