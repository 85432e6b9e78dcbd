"""Replanning at a cost that follows the change: every state's Bellman residual is kept below a tolerance, always.

    residual_of(s) = max_a Q(s, a) - V(s),   |residual| <= eps at every state
    =>  V* - V_policy <= 2 discount eps / (1 - discount)                    (certificate; Puterman 1994, 6.3.1)

Q is kept exact for the present V: a changed pair is recomputed from its successors, and a change of V(s) is pushed
along the edges into s ("small backups": van Seijen and Sutton 2013; prioritized sweeping: Moore and Atkeson 1993). Work
stops where the residual is below eps, so that its cost does not depend on the number of states.

Two quantities couple all states. Both may lag behind, within bounds that are part of eps. The *hub* is the mean value
of all states, which is what the "anywhere" of a prior is worth: every state remembers the hub that its q-values were
computed with, and is brought up to date when it is touched, or in rounds that keep pace with the hub. The value of a
*terminal* state is the mean over the start distribution. States never seen are alike, and solved for exactly:

    V_unseen = unvisited payoff + discount hub,   hub = (sum of V + terminals V_terminal + unseen V_unseen) / K

Where they matter, a quarter of eps is reserved for each. eps shrinks with the value of the state at hand. Before a
smaller eps is in force, all states are checked against it, a few at each step.

Q-values are updated by additions, so rounding errors accumulate: at most `round_off` since all rows were last computed,
which the certificate allows for. Once that is a noticeable share of eps, all rows are computed again.
"""

import math
from typing import Any

from ...belief import updates
from ...belief.growing_tables import LAST_STEP
from ...belief.world_model import WorldModel
from ...compilation.compiled import compiled, part
from ...compilation.handles import Pack, handle
from ...registry import DISCOUNT, TOLERANCE
from ...validation import is_finite_number
from ..compact_rows import CompactModel
from ..policy_iteration import check_options, solve_rows
from .backups import centre, drain, plan_centring, push_terminal
from .eps import in_force, pending, residual_share, tighten, wanted_eps
from .intake import age, can_take_solution, take_all, take_new, take_solution
from .outlook import ENOUGH, NEAR, NEARER, is_used_up, largest_payoff
from .patches import dissolve
from .residuals import (
    Progress,
    no_progress,
    touch,
)
from .rounds import scrub


class Incremental:
    """Keeps the plan of a belief optimal to a share of the value of the state at hand, in microseconds a step.

    Under rules, where one visit teaches all and nothing else is paid, it looks no farther than it has to (`outlook`):
    whenever it is solved anew, its discount is the first of `near` to the powers `outlook.NEARER` that will do, or
    else `discount`; once that no longer does, it is solved anew.

    Attributes:
        discount: in (0, 1).
        near: a smaller discount.
        discounts: those in force so far, each by the steps of the belief from which on it was.
        tolerance: policy loss allowed, as a share of the value of the current state.
        max_pops: most states to look at in one step, 0 for as many as it takes; the bound of a capped plan is valid,
            and larger.
        until: steps of the belief from which on the plan is not mended: another one is wanted then.
        num_attempts: full solutions so far for the step at hand.
        agent: whom it plans for, if it does for one.
        pays_once: whether information gain alone is paid, which one visit may use up; else no discount changes.
    """

    compiled = "mending"
    agent: Any = None
    pays_once = False

    def __init__(
        self, discount: float = DISCOUNT, tolerance: float = TOLERANCE, max_pops: int = 0, near: float = NEAR
    ) -> None:
        check_options(discount, tolerance)
        if not (is_finite_number(near) and 0 < near < 1):
            raise ValueError(f"near must be a number between 0 and 1, both excluded, got {near!r}")
        if max_pops < 0:
            raise ValueError(f"max_pops must be 0 (as many as it takes) or more, got {max_pops}")
        self.discount, self.tolerance, self.near = discount, tolerance, near
        self.discounts: dict[int, float] = {}
        self.max_pops = max_pops
        self.until = LAST_STEP
        self.progress = no_progress()
        self.forget()
        self.num_attempts = 0
        self._claim = object()
        self._moment = (-1, -1)
        self._compact = CompactModel()
        self._pack: Pack | None = None

    def forget(self, steps: int = 0) -> None:
        """Forget what was planned so far: it is of another belief, or was overwritten.

        Args:
            steps: of the belief that is planned on from now on.
        """
        plan = self.progress.plan
        num_pops, discount = plan.num_pops, plan.discount
        plan.clear()
        plan.revision, plan.max_pops, plan.until = -1, self.max_pops, self.until
        plan.num_pops = plan.centred_at = plan.loosened_at = num_pops
        plan.discount, plan.tolerance = discount, self.tolerance
        self._look_ahead(self.discount, steps)

    def _look_ahead(self, discount: float, steps: int) -> None:
        """Have another discount in force from a step of the belief on, or the same."""
        if discount != self.progress.plan.discount:
            self.progress.plan.discount = self.discounts[steps] = discount

    @property
    def num_pops(self) -> int:
        """States looked at so far: the work done."""
        return self.progress.plan.num_pops

    def outlook(self, model: WorldModel) -> tuple[float, int | None]:
        """Discount of the latest plan, and how many steps it looks ahead; None: without end."""
        return self.progress.plan.discount, None

    def plan(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Mend the plan; return the certified bound on the policy's loss, nats.

        `states.value` errs by at most eps / (1 - discount), and `pairs.q_value` of the state at hand is up to date.

        Raises:
            ValueError: the state is not known, or terminal; the planner works for an agent with another belief.
        """
        with model.turn:
            model.check_acting(state)
            if self.agent is not None and self.agent.model is not model:
                raise ValueError("this planner plans for an agent with another belief: make one of your own")
            if self._claim is not model.claim:
                self.forget(model.steps)
                self._claim = model.claim = object()
            self.progress.plan.unvisited_payoff = unvisited_payoff
            bound = math.nan
            while _mend(model.address, self._address(), state):
                bound = self.solve(model, unvisited_payoff, state)
                if self.num_attempts >= MOST_SOLUTIONS:
                    return bound  # the tolerance is below rounding: the bound says how good the plan is
            return self.progress.plan.loss_bound

    def solve(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Solve anew what would take longer to mend; return the certified bound on the policy's loss, nats.

        Mend the plan afterwards: the solution is only taken over then, and it may be too coarse for the state at hand.
        """
        with model.turn:
            return self._solve(model, unvisited_payoff, state)

    def _solve(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        moment = model.steps, model.numbers.num_resets
        self.num_attempts = 1 if moment != self._moment else self.num_attempts + 1
        self._moment = moment
        compact, plan = self._compact, self.progress.plan
        rows = compact.rebuild(model, unvisited_payoff)
        if self.num_attempts == 1:
            self._choose_discount(model, rows, compact.position(state))
        discount = plan.discount
        span = plan.residual_share * plan.eps * discount / (1 - discount)
        bound, _ = solve_rows(rows, discount, span, 0.0, compact.position(state))
        if model.numbers.has_rules:
            compact.write_consistent(model, discount)
            plan.is_solved = 1
        else:
            compact.write_back(model)
            plan.revision = -1  # take everything over
        return bound

    def _choose_discount(self, model: WorldModel, rows: Any, position: int) -> None:
        """Have the first discount in force with which the plan collects enough from the state at hand on."""
        chosen, least = self.discount, 0.0
        if self.pays_once and self.near < self.discount and is_used_up(model):
            enough = ENOUGH * largest_payoff(model.address)
            for near in (self.near**power for power in NEARER):
                solve_rows(rows, near, 0.0, COARSE, position)
                if self._compact.rows.value[position] >= enough:
                    chosen, least = near, enough / 2
                    break
        self._look_ahead(chosen, model.steps)
        self.progress.plan.least_value = least

    def __getstate__(self) -> dict[str, Any]:
        """A copy owns other arrays: it must not inherit the addresses of these."""
        return self.__dict__ | {"_pack": None}

    def _address(self) -> Any:
        if self._pack is None:
            self._pack = Pack(self.progress)
        return self._pack.address


progress_at = handle(Progress)


@compiled
def _mend(belief_address, progress_address, state):
    return mend(updates.belief_at(belief_address), progress_at(progress_address, 0, 0), state)


@part
def _loss_bound(plan):
    """Certified bound on the loss of the greedy policy in any state, nats.

    Where q-values are off by the rounding error, so is the best of them, and an action may be taken for the best that
    is worse by twice that.
    """
    return 2.0 * (plan.discount * plan.largest_residual + plan.rounding_error) / (1.0 - plan.discount)


@part
def round_off(known, plan):
    """Bound on what rounding has made of any q-value since all rows were worked out.

    A row's sum, and the mean that is its hub, have no more terms than there are states. Then every backup adds to a
    q-value at most once, and the hub's move, by a backup or by what was observed, at most once more: each rounds what
    was there, no more than three times the largest value (or it will never be the best), and what is added, no more
    than twice that value and the result of five operations. Under rules a backup adds to its own state's q-values, too.
    """
    adds = 48 if known.numbers.has_rules else 32
    return HALF_ULP * plan.largest_value * (4 * known.numbers.num_known_states + adds * (1 + age(known, plan)))


@part
def mend(known, progress, state):
    """Take over what was observed since the last call, and restore the tolerance; return whether to solve anew.

    That is wanted where this was too much work, where a plan that looks near has too little left to collect, and from
    `until` on, where nothing is done. It ends: each pass of the loop backs up some states, of which only so many are
    allowed, or finds none waiting; then the next eps comes into force.
    """
    numbers, plan = known.numbers, progress.plan
    if numbers.num_steps >= plan.until:
        return True
    is_worn = age(known, plan) > WORN * numbers.num_known_states and plan.rounding_error > WORTH * plan.eps
    is_next = plan.revision == numbers.revision and 0 <= numbers.num_steps - plan.num_steps <= 1
    is_rearranged = plan.queue_length > 0 and plan.queue_room != numbers.state_room  # the queue is a ring of that size
    is_regrouped = not numbers.has_rules and numbers.concentration > MOST_GROWTH * plan.least_concentration
    if is_worn or is_rearranged or is_regrouped or not is_next:
        take_all(known, plan, state)
    elif plan.is_solved:
        if can_take_solution(known, plan):
            take_solution(known, plan)
        else:
            take_all(known, plan, state)
    else:
        take_new(known, plan, state)
    plan.is_solved = 0
    plan.revision, plan.num_steps, plan.queue_room = numbers.revision, numbers.num_steps, numbers.state_room
    share = residual_share(known, plan)
    if share < plan.residual_share:  # the first terminal state, say: residuals have less of eps to themselves
        plan.residual_share = share
        take_all(known, plan, state)
    plan.residual_share = share
    per_state = POPS_UNDER_RULES if numbers.has_rules else POPS_PER_STATE
    allowed = plan.max_pops if plan.max_pops > 0 else max(FEWEST_POPS, per_state * numbers.num_known_states)
    plan.pops_before, plan.last_pop = plan.num_pops, plan.num_pops + allowed
    plan_centring(known, plan)
    while True:
        tighten(known, plan, state)
        if plan.num_pops >= plan.next_centring:
            centre(known, plan)
        overrun = drain(known, progress)
        if overrun and plan.max_pops == 0:
            dissolve(known, progress)
            return True
        push_terminal(known, plan)
        scrub(known, plan)
        if overrun or (plan.queue_length == 0 and not wanted_eps(known, plan, state) < in_force(plan)):
            break
    plan.rounding_error = round_off(known, plan)
    plan.largest_residual = plan.rounding_error + (in_force(plan) if not overrun else pending(known, plan))
    plan.loss_bound = _loss_bound(plan)
    touch(known, plan, state)
    return bool(known.states.value[state] < plan.least_value)


FEWEST_POPS, POPS_PER_STATE, POPS_UNDER_RULES = 300, 8, 1
"""Pops after which a full solution is the cheaper way out. Under rules most of what is planned on is nearly certain,
and a policy is evaluated in the order of its ways."""

MOST_SOLUTIONS = 3  # in one step

COARSE = 0.05  # loss of a plan, as a share of its value, that does for telling whether it looks far enough

WORN, WORTH = 16, 0.1
"""After so many backups a state, rows are worked out again if rounding may have come to this share of eps."""

MOST_GROWTH = 2.0
"""Of the prior's concentration since all rows were worked out: from there on states are put in rounds anew."""

HALF_ULP = 2.0**-53
