"""No planning: an action is worth what it pays at once."""

import math

from ..belief import updates
from ..belief.world_model import WorldModel
from ..compilation.compiled import compiled, part


class Greedy:
    """Values every action by its payoff alone."""

    compiled = "payoffs"

    def outlook(self, model: WorldModel) -> tuple[float, int | None]:
        """Discount of the latest plan, and how many steps it looks ahead; None: without end."""
        return 1.0, 1

    def plan(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Fill `pairs.q_value` and `states.value` of one state; no loss bound (nan), as nothing long-run is meant.

        Raises:
            ValueError: the state is not known, or terminal.
        """
        with model.turn:
            model.check_acting(state)
            model.claim = None
            _take_payoffs(model.address, state)
            return math.nan


@compiled
def _take_payoffs(belief_address, state):
    take_payoffs(updates.belief_at(belief_address), state)


@part
def take_payoffs(known, state):
    """Let the payoffs of a state's actions be their values."""
    pairs, num_actions = known.pairs, known.numbers.num_actions
    first = state * num_actions
    best = pairs.payoff[first]
    for pair in range(first, first + num_actions):
        pairs.q_value[pair] = pairs.payoff[pair]
        best = max(best, pairs.payoff[pair])
    known.states.value[state] = best
