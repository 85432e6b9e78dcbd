"""Planning for the steps that remain of a run: nothing that is learnt after its end counts."""

import math
from typing import Any

from ..belief.world_model import WorldModel
from ..registry import DISCOUNT, TOLERANCE
from ..validation import is_whole_number
from .finite_horizon import FiniteHorizon
from .incremental.planner import MOST_SOLUTIONS, Incremental
from .incremental.residuals import Progress

WORK = 2500
"""Transitions that are looked at backwards for each step of the run, on average: some four microseconds of it."""


class RemainingHorizon:
    """Plans for the sum of payoffs until the run ends, by the steps that remain of it.

    Near the end it plans backwards from the last step at every step: V_0 = 0, and with r steps remaining

        Q_r(p) = payoff(p) + sum_s' predictive(s' | p) V_(r-1)(s'),     V_r(s) = max_a Q_r(s, a)

    Far from it, it mends a discounted plan, as `incremental` does. The end is near when no more than H steps remain:
    H = 1 / (1 - discount), as many as the discounted plan looks ahead, or fewer, where the known world is so large that
    all those sweeps would cost more than `WORK` for each step of the run. Both plans take the belief as it is: what
    they would learn on the way changes neither payoffs nor predictions. Where all is exact, in tiny worlds, it reaches
    99 % of the Bayes optimum and more (`agent.planners.bayes_optimum`).

    Its loss bound is 0 near the end, as the plan of the frozen belief is exact there, and the certificate of the
    discounted plan before. It says nothing of the Bayes optimum.

    Steps are counted by the belief, from the first plan on. After the last one each further step is planned for as if
    it were the last.

    Attributes:
        steps: of the run.
        discount: in (0, 1).
        tolerance: policy loss allowed far from the end, as a share of the value of the current state.
        num_attempts: full solutions so far for the step at hand.
        agent: whom it plans for, if it does for one.
    """

    compiled = "mending"
    agent: Any = None

    def __init__(self, steps: int | None = None, discount: float = DISCOUNT, tolerance: float = TOLERANCE) -> None:
        """Make a planner.

        Args:
            steps: of the run; the commands and `agent.simulate` give their own.
            discount: in (0, 1).
            tolerance: policy loss allowed far from the end, as a share of the value of the current state.

        Raises:
            ValueError: no positive whole number of steps; a discount or a tolerance out of range.
        """
        if steps is None or not (is_whole_number(steps) and steps >= 1):
            hint = "give steps= to what makes the agent, or write remaining-horizon:steps=1000"
            raise ValueError(f"steps must be a positive whole number, those of the run, got {steps!r}; {hint}")
        self.steps, self.discount, self.tolerance = int(steps), discount, tolerance
        self.num_attempts = 0
        self._begun: int | None = None  # steps of the belief at the first plan
        self._near_now = False  # whether the latest plan was made backwards from the end
        self._far, self._near = Incremental(discount, tolerance), FiniteHorizon(1)
        self._mend_until(0)  # it is not known yet when the end will be near

    @property
    def progress(self) -> Progress:
        """The discounted planner's."""
        return self._far.progress

    def forget(self, steps: int = 0) -> None:
        """Forget the discounted plan: it is of another belief, of so many steps, or was overwritten."""
        self._far.forget(steps)

    def remaining(self, model: WorldModel) -> int:
        """Steps that remain of the run, at least 1, the one at hand included."""
        if self._begun is None:
            self._begun = model.steps
        return max(1, min(self.steps, self.steps - (model.steps - self._begun)))

    def outlook(self, model: WorldModel) -> tuple[float, int | None]:
        """Discount of the latest plan, and how many steps it looks ahead; None: without end."""
        return (1.0, self.remaining(model)) if self._near_now else (self.discount, None)

    def plan(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Plan for the steps that remain; return the bound on the policy's loss, nats.

        Raises:
            ValueError: the state is not known, or terminal; the planner works for an agent with another belief.
        """
        with model.turn:
            model.check_acting(state)
            if self._is_near(model):
                return self._induct(model, unvisited_payoff, state)
            self._far.agent = self.agent
            return self._far.plan(model, unvisited_payoff, state)

    def solve(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Plan where the discounted plan is not mended: near the end, or where a full solution is cheaper."""
        with model.turn:
            is_due = model.steps >= self._far.until
            if self._is_near(model):
                self.num_attempts = MOST_SOLUTIONS  # there is nothing to mend
                return self._induct(model, unvisited_payoff, state)
            if is_due:  # the known world has grown, or this is the first step: it is to be mended for longer
                self.num_attempts = 0
                return math.nan
            bound = self._far.solve(model, unvisited_payoff, state)
            self.num_attempts = self._far.num_attempts
            return bound

    def _is_near(self, model: WorldModel) -> bool:
        """Whether to plan backwards from the end; if not, say until when the discounted plan is to be mended."""
        remaining = self.remaining(model)
        size = model.num_edges + model.num_known_states * model.num_actions
        affordable = math.sqrt(2.0 * WORK * self.steps / size)
        horizon = max(1, min(round(1.0 / (1.0 - self.discount)), int(affordable)))
        if remaining > horizon:
            self._mend_until(model.steps + remaining - horizon)
        self._near_now = remaining <= horizon
        return self._near_now

    def _mend_until(self, steps: int) -> None:
        self._far.until = self.progress.plan.until = steps

    def _induct(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        self._near.horizon = self.remaining(model)
        self.progress.plan.revision = -1  # the tables hold another plan from now on
        return self._near.plan(model, unvisited_payoff, state)
