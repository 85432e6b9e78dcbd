"""Undiscounted planning a fixed number of steps ahead, by backward induction."""

from typing import Any

from agent.planners.compaction import CompactModel
from agent.planners.rows import induct
from agent.world_model import WorldModel


class FiniteHorizon:
    """Plans, at every step, for the sum of the next `horizon` payoffs.

    Attributes:
        horizon: steps ahead; 1 is greedy.
        agent: whom it plans for, if it does for one.
    """

    agent: Any = None

    def __init__(self, horizon: int = 30) -> None:
        if horizon < 1:
            raise ValueError(f"horizon must be at least 1 step, got {horizon}")
        self.horizon = horizon
        self._compact = CompactModel()

    def plan(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Plan anew; return 0, as the plan is exact under the frozen prediction.

        Fills `states.value` and `pairs.q_value` of all known states with sums over the horizon.

        Raises:
            ValueError: the state is not known, or terminal.
        """
        with model.turn:
            model.check_acting(state)
            model.claim, compact = None, self._compact
            rows = compact.rebuild(model, unvisited_payoff)
            compact.rows.value[:] = 0.0
            induct(rows, self.horizon)
            compact.write_back(model)
            return 0.0
