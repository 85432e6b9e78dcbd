"""No planning: an action is worth what it pays at once."""

import math

from agent.compiled import compiled
from agent.world_model import WorldModel


class Greedy:
    """Values every action by its payoff alone."""

    def plan(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Fill `pairs.q_value` and `states.value` of one state; no loss bound (nan), as nothing long-run is meant."""
        _take_payoffs(model.states, model.pairs, state, model.num_actions)
        return math.nan


@compiled
def _take_payoffs(states, pairs, state, num_actions):
    first = state * num_actions
    best = pairs.payoff[first]
    for pair in range(first, first + num_actions):
        pairs.q_value[pair] = pairs.payoff[pair]
        best = max(best, pairs.payoff[pair])
    states.value[state] = best
