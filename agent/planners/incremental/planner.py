"""Replanning at a cost that follows the change: every state's Bellman residual is kept below a tolerance, always.

    residual_of(s) = max_a Q(s, a) - V(s),   |residual| <= eps at every state
    =>  V* - V_policy <= 2 discount eps / (1 - discount)                    (certificate; Puterman 1994, 6.3.1)

Q is kept exact for the present V: a changed pair is recomputed from its successors, and a change of V(s) is pushed
along the edges into s ("small backups": van Seijen and Sutton 2013; prioritized sweeping: Moore and Atkeson 1993). Work
stops where the residual is below eps, so that its cost does not depend on the number of states.

Two quantities couple all states, and are let run stale within bounds that are part of eps. The *hub*, the mean value of
all states, on which "anywhere" of a prior leads: every state remembers the hub its q-values were computed with, and is
brought up to date when touched, or in a round that is paced by the hub's own movement. The value of a *terminal* state,
the mean over the start distribution. States never seen are alike, and solved for exactly:

    V_unseen = unvisited payoff + discount hub,   hub = (sum of V + terminals V_terminal + unseen V_unseen) / K

Where they play a part, a quarter of eps is set apart for each. eps follows the value of the state at hand down: before
a smaller one is in force, all states are looked through again, a few at each step.

Q-values are added to, and so they round off: by no more than `round_off` since all rows were last worked out, which the
certificate allows for. Once that is a share of eps worth speaking of, they are worked out again.
"""

import math
from typing import Any

from ...belief import updates
from ...belief.tables import SEEN
from ...belief.world_model import WorldModel
from ...compilation.compiled import compiled, part
from ...compilation.handles import Pack, handle
from ..compaction import CompactModel
from ..policy_iteration import check_options, solve_rows
from .backups import centre, drain, plan_centring, push_terminal
from .patches import dissolve
from .residuals import (
    ALLOWED,
    BEFORE,
    CENTRED,
    COUPLED,
    CREDIT,
    DISCOUNT,
    DONE,
    EPS,
    ERROR,
    FIRST,
    HEAD,
    HUB,
    LARGEST,
    LAST,
    LENGTH,
    LOOSENED,
    MAX_POPS,
    NEXT_CENTRE,
    NUM_CLASSES,
    OVERRUN,
    PLANNED,
    POPS,
    RESETS,
    RESIDUAL,
    REVISION,
    RING,
    SHARE,
    SIZE,
    STEPS,
    TAKEN,
    TERMINAL,
    TOLERANCE,
    TRAVEL,
    UNVISITED,
    VALUE_SUM,
    Progress,
    enqueue_if_due,
    leads_anywhere,
    measure,
    measure_starts,
    move_hub,
    no_progress,
    row_value,
    touch,
)
from .rounds import in_force, join_round, pending, scrub, tighten, wanted_eps


class Incremental:
    """Keeps the plan of a belief optimal to a share of the value of the state at hand, in microseconds a step.

    Attributes:
        discount: in (0, 1).
        tolerance: policy loss allowed, as a share of the value of the current state.
        max_pops: most states to look at in one step, 0 for as many as it takes; a capped plan's bound is honest, and
            larger.
        num_attempts: full solutions so far for the step at hand.
        agent: whom it plans for, if it does for one.
    """

    compiled = "mending"
    agent: Any = None

    def __init__(self, discount: float = 0.99, tolerance: float = 0.01, max_pops: int = 0) -> None:
        check_options(discount, tolerance)
        if max_pops < 0:
            raise ValueError(f"max_pops must be 0 (as many as it takes) or more, got {max_pops}")
        self.discount, self.tolerance = discount, tolerance
        self.max_pops = max_pops
        self.progress = no_progress()
        self.marks, self.levels = self.progress.marks, self.progress.levels
        self.forget()
        self.num_attempts = 0
        self._claim = object()
        self._moment = (-1, -1)
        self._compact = CompactModel()
        self._pack: Pack | None = None

    def forget(self) -> None:
        """Forget what was planned so far: it is of another belief, or was overwritten."""
        num_pops = self.num_pops
        self.marks[:], self.levels[:] = 0, 0.0
        self.marks[[REVISION, MAX_POPS]] = -1, self.max_pops
        self.marks[[POPS, CENTRED, LOOSENED]] = num_pops
        self.levels[[DISCOUNT, TOLERANCE]] = self.discount, self.tolerance

    @property
    def num_pops(self) -> int:
        """States looked at so far: the work done."""
        return int(self.marks[POPS])

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
                self.forget()
                self._claim = model.claim = object()
            self.levels[UNVISITED] = unvisited_payoff
            bound = math.nan
            while _mend(model.address, self._address(), state) != DONE:
                bound = self.solve(model, unvisited_payoff, state)
                if self.num_attempts >= MOST_SOLUTIONS:
                    return bound  # a tolerance finer than numbers are: as good as it gets, and the bound says how good
            return loss_bound(self.levels)

    def solve(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Solve anew what would take longer to mend; return the certified bound on the policy's loss, nats.

        What was solved is to be mended still: it is taken over, and may be too coarse for the state at hand.
        """
        with model.turn:
            return self._solve(model, unvisited_payoff, state)

    def _solve(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        moment = model.steps, int(model.counts[updates.RESETS])
        self.num_attempts = 1 if moment != self._moment else self.num_attempts + 1
        self._moment = moment
        compact = self._compact
        rows = compact.rebuild(model, unvisited_payoff)
        span = self.levels[SHARE] * self.levels[EPS] * self.discount / (1 - self.discount)
        bound, _ = solve_rows(rows, self.discount, span, 0.0, compact.position(state))
        compact.write_back(model)
        self.marks[REVISION] = -1  # take everything over
        return bound

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


@compiled
def loss_bound(levels):
    """Certified bound on the loss of the greedy policy in any state, nats.

    Where q-values are off by ERROR, so is the best of them, and an action may be taken for the best that is worse by
    twice that.
    """
    return 2.0 * (levels[DISCOUNT] * levels[RESIDUAL] + levels[ERROR]) / (1.0 - levels[DISCOUNT])


@part
def round_off(known, marks, levels):
    """Bound on what rounding has made of any q-value since all rows were worked out.

    A row's sum, and the mean that is its hub, have no more terms than there are states. Then every backup adds to a
    q-value at most once, and the hub's move, by a backup or by what was observed, at most once more: each rounds what
    was there, no more than three times the largest value (or it will never be the best), and what is added, no more
    than twice that value and the result of five operations.
    """
    return HALF_ULP * levels[LARGEST] * (4 * known.counts[updates.STATES] + 32 * (1 + _age(known, marks)))


@part
def _age(known, marks):
    """How often the hub may have moved, and any q-value been pushed, since all rows were worked out."""
    return marks[POPS] + 2 * known.counts[updates.STEPS] - marks[TAKEN]


@part
def mend(known, progress, state):
    """Take over what was observed since the last call, and restore the tolerance; return DONE or OVERRUN.

    It ends: each time around the loop some states are backed up, as many as are allowed in all, or none is waiting; and
    then the next eps is the one in force.
    """
    counts, marks, levels = known.counts, progress.marks, progress.levels
    is_worn = _age(known, marks) > WORN * counts[updates.STATES] and levels[ERROR] > WORTH * levels[EPS]
    is_next = marks[REVISION] == counts[updates.REVISION] and 0 <= counts[updates.STEPS] - marks[STEPS] <= 1
    is_rearranged = marks[LENGTH] > 0 and marks[RING] != counts[updates.STATE_ROOM]  # the queue is a ring of that size
    if is_worn or is_rearranged or not is_next:
        _take_all(known, marks, levels, state)
    else:
        _take_new(known, marks, levels, state)
    marks[REVISION], marks[STEPS], marks[RING] = (
        counts[updates.REVISION],
        counts[updates.STEPS],
        counts[updates.STATE_ROOM],
    )
    share = 1.0 - (0.25 if leads_anywhere(marks) else 0.0) - (0.25 if counts[updates.TERMINALS] > 0 else 0.0)
    if share < levels[SHARE]:  # the first terminal state, say: residuals have less of eps to themselves
        levels[SHARE] = share
        _take_all(known, marks, levels, state)
    levels[SHARE] = share
    allowed = marks[MAX_POPS] if marks[MAX_POPS] > 0 else max(FEWEST_POPS, POPS_PER_STATE * counts[updates.STATES])
    marks[BEFORE], marks[ALLOWED] = marks[POPS], marks[POPS] + allowed
    plan_centring(known, marks)
    while True:
        tighten(known, marks, levels, state)
        if marks[POPS] >= marks[NEXT_CENTRE]:
            centre(known, marks, levels)
        overrun = drain(known, progress) == OVERRUN
        if overrun and marks[MAX_POPS] == 0:
            dissolve(known, progress)
            return OVERRUN
        push_terminal(known, marks, levels)
        scrub(known, marks, levels)
        if overrun or (marks[LENGTH] == 0 and not wanted_eps(known, levels, state) < in_force(marks, levels)):
            break
    levels[ERROR] = round_off(known, marks, levels)
    levels[RESIDUAL] = levels[ERROR] + (in_force(marks, levels) if not overrun else pending(known, marks, levels))
    touch(known, levels, state)
    return DONE


FEWEST_POPS, POPS_PER_STATE = 300, 8
"""Work at which a full solution is the cheaper way out, if it was not found out sooner (`centre`)."""

MOST_SOLUTIONS = 3  # in one step

WORN, WORTH = 16, 0.1
"""After so many backups a state, rows are worked out again if rounding may have come to this share of eps."""

HALF_ULP = 2.0**-53


@part
def _take_all(known, marks, levels, state):
    """Recompute every row from the values in the table: at the start, and after the prior or K has changed."""
    states, pairs, counts = known.states, known.pairs, known.counts
    num_actions = counts[updates.ACTIONS]
    for k in range(marks[PLANNED], counts[updates.STATES]):  # first guess for states not planned for yet
        new = states.order[k]
        if states.kind[new] == SEEN:
            states.value[new] = levels[UNVISITED] + levels[DISCOUNT] * levels[HUB]
    measure(known, levels)
    marks[HEAD] = marks[LENGTH] = marks[COUPLED] = 0
    for k in range(NUM_CLASSES):
        marks[FIRST + k] = marks[LAST + k] = marks[SIZE + k] = 0
        levels[CREDIT + k] = 0.0
    levels[TRAVEL] = 0.0
    largest = abs(levels[UNVISITED] + levels[DISCOUNT] * levels[HUB])
    for k in range(counts[updates.STATES]):
        other = states.order[k]
        if states.kind[other] == SEEN:
            largest = max(largest, abs(states.value[other]))
            for pair in range(other * num_actions, (other + 1) * num_actions):
                pairs.q_value[pair] = row_value(known, levels, pair)
            states.hub[other] = levels[HUB]
            states.queued[other] = 0
            join_round(known, marks, other)
    for k in range(counts[updates.STATES]):
        other = states.order[k]
        if states.kind[other] == SEEN:
            enqueue_if_due(known, marks, levels, other)
    levels[LARGEST] = largest
    marks[TAKEN] += _age(known, marks)
    marks[PLANNED] = counts[updates.STATES]
    marks[RESETS] = counts[updates.RESETS]


@part
def _take_new(known, marks, levels, state):
    """Take over one transition, and the states and resets that came with it."""
    states, pairs, counts = known.states, known.pairs, known.counts
    num_actions = counts[updates.ACTIONS]
    for k in range(marks[PLANNED], counts[updates.STATES]):
        new = states.order[k]
        if states.kind[new] == SEEN:  # worth what every state never seen is worth: the residual is zero
            states.value[new] = levels[UNVISITED] + levels[DISCOUNT] * levels[HUB]
            states.hub[new] = levels[HUB]
            levels[VALUE_SUM] += states.value[new]
            levels[LARGEST] = max(levels[LARGEST], abs(states.value[new]))
            for pair in range(new * num_actions, (new + 1) * num_actions):
                pairs.q_value[pair] = states.value[new]
            join_round(known, marks, new)
        else:
            first = states.terminal_order[0]
            states.value[new] = states.value[first] if first != new else levels[TERMINAL]
    marks[PLANNED] = counts[updates.STATES]
    if counts[updates.RESETS] > marks[RESETS]:
        if counts[updates.RESETS] == marks[RESETS] + 1:
            levels[TERMINAL] += (states.value[state] - levels[TERMINAL]) / counts[updates.RESETS]
        else:
            measure_starts(known, levels)
        marks[RESETS] = counts[updates.RESETS]
    move_hub(known, marks, levels)
    levels[LARGEST] = max(levels[LARGEST], abs(levels[UNVISITED] + levels[DISCOUNT] * levels[HUB]))
    if counts[updates.STEPS] > marks[STEPS]:
        pair = counts[updates.LAST_PAIR]
        changed = pair // num_actions
        touch(known, levels, changed)
        pairs.q_value[pair] = row_value(known, levels, pair)
        enqueue_if_due(known, marks, levels, changed)
