"""Undiscounted planning a fixed number of steps ahead, by backward induction."""

from typing import Any

from ..belief.world_model import WorldModel
from ..validation import is_whole_number, shown
from .compact_rows import CompactModel
from .policy_iteration import induct

FARTHEST = 1_000_000
"""Steps ahead that can be meant: each costs a sweep over all known states, at every step of a life."""


class FiniteHorizon:
    """Plans, at every step, for the sum of the next `horizon` payoffs, or of those that remain of an episode.

    Attributes:
        horizon: steps ahead; 1 is greedy.
        episodic: whether these are the steps of an episode.
        agent: whom it plans for, if it does for one.
    """

    agent: Any = None

    def __init__(self, horizon: int = 30, episodic: bool = False) -> None:
        """Make a planner.

        Args:
            horizon: steps ahead; 1 is greedy.
            episodic: whether these are the steps of an episode, so that a plan ends with it: what comes after a reset
                counts for nothing. An episode that goes on for longer counts as several.

        Raises:
            ValueError: the horizon is no whole number from 1 to `FARTHEST`.
        """
        check_horizon(horizon)
        if not isinstance(episodic, bool):
            raise ValueError(f"episodic must be true or false, got {shown(episodic)}")
        self.horizon, self.episodic = int(horizon), episodic
        self._compact = CompactModel()
        self._resets, self._begun = -1, 0  # of the belief when the latest episode began, and its steps then

    def remaining(self, model: WorldModel) -> int:
        """Steps ahead that are planned for; in an episode, those that remain of it, the one at hand included."""
        if not self.episodic:
            return self.horizon
        if model.num_resets != self._resets:
            self._resets, self._begun = model.num_resets, model.steps
        return self.horizon - (model.steps - self._begun) % self.horizon

    def outlook(self, model: WorldModel) -> tuple[float, int | None]:
        """Discount of the latest plan, and how many steps it looks ahead; None: without end."""
        return 1.0, self.remaining(model)

    def plan(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Plan anew; return 0, as the plan is exact under the frozen prediction.

        Fills `states.value` and `pairs.q_value` of all known states with sums over the steps ahead.

        Raises:
            ValueError: the state is not known, or terminal.
        """
        with model.turn:
            model.check_acting(state)
            model.claim, compact = None, self._compact
            rows = compact.rebuild(model, unvisited_payoff)
            compact.rows.value[:] = 0.0
            if self.episodic:
                compact.rows.sizes.num_starts = 0  # an end is worth nothing: no reset is looked beyond
            induct(rows, self.remaining(model), model.num_edges + model.num_known_states * model.num_actions)
            compact.write_back(model)
            return 0.0


def check_horizon(horizon: Any) -> None:
    """Refuse a horizon that is no number of steps, or so far away that a single plan would take minutes or years.

    Raises:
        ValueError: no whole number from 1 to `FARTHEST`.
    """
    if not (is_whole_number(horizon) and 1 <= horizon <= FARTHEST):
        raise ValueError(
            f"horizon must be a whole number of steps from 1 to {FARTHEST}, got {horizon!r}: each step ahead takes a "
            f"sweep over all known states; to plan without an end, discount (value-iteration, incremental)"
        )
