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
"""

import math

import numpy as np

from agent import belief
from agent.compiled import compiled
from agent.packing import unpacked
from agent.planners.compaction import CompactModel
from agent.planners.pushes import (
    centre,
    drain,
    push_terminal,
)
from agent.planners.residuals import (
    ALLOWED,
    CENTRED,
    CREDIT,
    DISCOUNT,
    DONE,
    EPS,
    FIRST,
    HEAD,
    HUB,
    LAST,
    LENGTH,
    MAX_POPS,
    NUM_CLASSES,
    NUM_LEVELS,
    NUM_MARKS,
    OVERRUN,
    PLANNED,
    POPS,
    RESETS,
    RESIDUAL,
    REVISION,
    SHARE,
    SIZE,
    STEPS,
    TERMINAL,
    TOLERANCE,
    TRAVEL,
    UNVISITED,
    VALUE_SUM,
    enqueue_if_due,
    leads_anywhere,
    measure,
    measure_starts,
    move_hub,
    row_value,
    touch,
)
from agent.planners.rounds import (
    in_force,
    join_round,
    pending,
    scrub,
    tighten,
    wanted_eps,
)
from agent.planners.rows import check_options, solve_rows
from agent.tables import SEEN
from agent.world_model import WorldModel


class Incremental:
    """Keeps the plan of a belief optimal to a share of the value of the state at hand, in microseconds a step.

    Attributes:
        discount: in (0, 1).
        tolerance: policy loss allowed, as a share of the value of the current state.
        max_pops: most states to look at in one step, 0 for as many as it takes; a capped plan's bound is honest, and
            larger.
    """

    def __init__(self, discount: float = 0.99, tolerance: float = 0.01, max_pops: int = 0) -> None:
        check_options(discount, tolerance)
        if max_pops < 0:
            raise ValueError(f"max_pops must be 0 (as many as it takes) or more, got {max_pops}")
        self.discount, self.tolerance = discount, tolerance
        self.marks = np.zeros(NUM_MARKS, dtype=np.int64)
        self.levels = np.zeros(NUM_LEVELS)
        self.marks[[REVISION, MAX_POPS]] = -1, max_pops
        self.levels[[DISCOUNT, TOLERANCE]] = discount, tolerance
        self._compact = CompactModel()

    @property
    def num_pops(self) -> int:
        """States looked at so far: the work done."""
        return int(self.marks[POPS])

    def plan(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Mend the plan; return the certified bound on the policy's loss, nats.

        `states.value` errs by at most eps / (1 - discount), and `pairs.q_value` of the state at hand is up to date.
        """
        self.levels[UNVISITED] = unvisited_payoff
        bound = math.nan
        for _ in range(MOST_SOLUTIONS):
            if _mend(model.pack, self.marks, self.levels, state) == DONE:
                return loss_bound(self.levels)
            bound = self._solve(model, unvisited_payoff, state)
        return bound  # a tolerance finer than numbers are: as good as it gets, and the bound says how good

    def _solve(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Solve anew what would take longer to mend; return the certified bound on the policy's loss."""
        compact = self._compact
        compact.rebuild(model, unvisited_payoff)
        span = self.levels[SHARE] * self.levels[EPS] * self.discount / (1 - self.discount)
        bound, _ = solve_rows(
            compact.rows, compact.value, compact.improved, compact.q_values, compact.policy,
            self.discount, span, 0.0, compact.position(state),
        )  # fmt: skip
        compact.write_back(model)
        self.marks[REVISION] = -1  # take everything over
        return bound


@compiled
def _mend(pack, marks, levels, state):
    known = unpacked(pack)
    return mend(known.states, known.pairs, known.edges, known.counts, known.sums, marks, levels, state)


@compiled
def loss_bound(levels):
    """Certified bound on the loss of the greedy policy in any state, nats."""
    return 2.0 * levels[DISCOUNT] * levels[RESIDUAL] / (1.0 - levels[DISCOUNT])


@compiled
def mend(states, pairs, edges, counts, sums, marks, levels, state):
    """Take over what was observed since the last call, and restore the tolerance; return DONE or OVERRUN."""
    if marks[REVISION] != counts[belief.REVISION] or counts[belief.STEPS] > marks[STEPS] + 1:
        _take_all(states, pairs, edges, counts, sums, marks, levels, state)
    else:
        _take_new(states, pairs, edges, counts, sums, marks, levels, state)
    marks[REVISION], marks[STEPS] = counts[belief.REVISION], counts[belief.STEPS]
    share = 1.0 - (0.25 if leads_anywhere(marks) else 0.0) - (0.25 if counts[belief.TERMINALS] > 0 else 0.0)
    if share < levels[SHARE]:  # the first terminal state, say: residuals have less of eps to themselves
        levels[SHARE] = share
        _take_all(states, pairs, edges, counts, sums, marks, levels, state)
    levels[SHARE] = share
    known = counts[belief.STATES]
    allowed = marks[MAX_POPS] if marks[MAX_POPS] > 0 else max(FEWEST_POPS, POPS_PER_STATE * known)
    marks[ALLOWED] = marks[POPS] + allowed
    while True:
        tighten(states, pairs, edges, counts, sums, marks, levels, state)
        if marks[POPS] >= marks[CENTRED] + counts[belief.STATES]:
            centre(states, pairs, edges, counts, sums, marks, levels)
        overrun = drain(states, pairs, edges, counts, sums, marks, levels) == OVERRUN
        if overrun and marks[MAX_POPS] == 0:
            return OVERRUN
        push_terminal(states, pairs, edges, counts, marks, levels)
        scrub(states, pairs, edges, counts, sums, marks, levels)
        if overrun or (marks[LENGTH] == 0 and not wanted_eps(states, levels, state) < in_force(marks, levels)):
            break
    levels[RESIDUAL] = in_force(marks, levels) if not overrun else pending(states, pairs, counts, marks, levels)
    touch(states, pairs, edges, counts, sums, levels, state)
    return DONE


FEWEST_POPS, POPS_PER_STATE = 200, 1
"""Work at which a full solution is the cheaper way out."""

MOST_SOLUTIONS = 3  # in one step


@compiled
def _take_all(states, pairs, edges, counts, sums, marks, levels, state):
    """Recompute every row from the values in the table: at the start, and after the prior or K has changed."""
    num_actions = counts[belief.ACTIONS]
    for k in range(marks[PLANNED], counts[belief.STATES]):  # first guess for states not planned for yet
        new = states.order[k]
        if states.kind[new] == SEEN:
            states.value[new] = levels[UNVISITED] + levels[DISCOUNT] * levels[HUB]
    measure(states, counts, levels)
    marks[HEAD] = marks[LENGTH] = 0
    for k in range(NUM_CLASSES):
        marks[FIRST + k] = marks[LAST + k] = marks[SIZE + k] = 0
        levels[CREDIT + k] = 0.0
    levels[TRAVEL] = 0.0
    for k in range(counts[belief.STATES]):
        known = states.order[k]
        if states.kind[known] == SEEN:
            for pair in range(known * num_actions, (known + 1) * num_actions):
                pairs.q_value[pair] = row_value(states, pairs, edges, sums, levels, pair)
            states.hub[known] = levels[HUB]
            states.queued[known] = 0
            join_round(states, pairs, edges, counts, sums, marks, known)
    for k in range(counts[belief.STATES]):
        known = states.order[k]
        if states.kind[known] == SEEN:
            enqueue_if_due(states, pairs, counts, marks, levels, known)
    marks[PLANNED] = counts[belief.STATES]
    marks[RESETS] = counts[belief.RESETS]


@compiled
def _take_new(states, pairs, edges, counts, sums, marks, levels, state):
    """Take over one transition, and the states and resets that came with it."""
    num_actions = counts[belief.ACTIONS]
    for k in range(marks[PLANNED], counts[belief.STATES]):
        new = states.order[k]
        if states.kind[new] == SEEN:  # worth what every state never seen is worth: the residual is zero
            states.value[new] = levels[UNVISITED] + levels[DISCOUNT] * levels[HUB]
            states.hub[new] = levels[HUB]
            levels[VALUE_SUM] += states.value[new]
            for pair in range(new * num_actions, (new + 1) * num_actions):
                pairs.q_value[pair] = states.value[new]
            join_round(states, pairs, edges, counts, sums, marks, new)
        else:
            first = states.terminal_order[0]
            states.value[new] = states.value[first] if first != new else levels[TERMINAL]
    marks[PLANNED] = counts[belief.STATES]
    if counts[belief.RESETS] > marks[RESETS]:
        if counts[belief.RESETS] == marks[RESETS] + 1:
            levels[TERMINAL] += (states.value[state] - levels[TERMINAL]) / counts[belief.RESETS]
        else:
            measure_starts(states, counts, levels)
        marks[RESETS] = counts[belief.RESETS]
    move_hub(counts, marks, levels)
    if counts[belief.STEPS] > marks[STEPS]:
        pair = counts[belief.LAST_PAIR]
        changed = pair // num_actions
        touch(states, pairs, edges, counts, sums, levels, changed)
        pairs.q_value[pair] = row_value(states, pairs, edges, sums, levels, pair)
        enqueue_if_due(states, pairs, counts, marks, levels, changed)
