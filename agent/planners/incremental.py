"""Replanning at a cost that follows the change: every state's Bellman residual is kept below a tolerance, always.

    residual(s) = max_a Q(s, a) - V(s),   |residual| <= eps at every state
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
from agent.compiled import compiled, inlined
from agent.packing import unpacked
from agent.planners.compaction import CompactModel
from agent.planners.rows import check_options, solve_rows
from agent.tables import SEEN
from agent.world_model import WorldModel

# indices into `marks`, int64
HEAD, LENGTH, PLANNED, REVISION, STEPS, RESETS, TIGHTENING, CHECKED, POPS, MAX_POPS, ALLOWED, CENTRED = range(12)
FIRST, LAST, SIZE = 12, 21, 30  # of the rounds, one for each class
NUM_MARKS = 39
# indices into `levels`, float64
DISCOUNT, TOLERANCE, EPS, PROGRESS, VALUE_SUM, HUB, TERMINAL, UNVISITED, TRAVEL, RESIDUAL, SHARE = range(11)
CREDIT = 11
NUM_LEVELS = 20

NUM_CLASSES = 9  # a state is in class k if at most 2^-k of its predictions lead anywhere; the last: nothing does

DONE, OVERRUN = 0, 1
"""How mending ended: all residuals below eps, or more work than a full solution (or the cap) was met first."""


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
        while _mend(model.pack, self.marks, self.levels, state) == OVERRUN:
            self._solve(model, unvisited_payoff, state)
        return loss_bound(self.levels)

    def _solve(self, model: WorldModel, unvisited_payoff: float, state: int) -> None:
        """Solve anew what would take longer to mend."""
        compact = self._compact
        compact.rebuild(model, unvisited_payoff)
        span = self.levels[SHARE] * self.levels[EPS] * self.discount / (1 - self.discount)
        solve_rows(
            compact.rows, compact.value, compact.improved, compact.q_values, compact.policy,
            self.discount, span, 0.0, compact.position(state),
        )  # fmt: skip
        compact.write_back(model)
        self.marks[REVISION] = -1  # take everything over


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
    share = 1.0 - (0.25 if _is_coupled(marks) else 0.0) - (0.25 if counts[belief.TERMINALS] > 0 else 0.0)
    if share < levels[SHARE]:  # the first terminal state, say: residuals have less of eps to themselves
        levels[SHARE] = share
        _take_all(states, pairs, edges, counts, sums, marks, levels, state)
    levels[SHARE] = share
    known = counts[belief.STATES]
    allowed = marks[MAX_POPS] if marks[MAX_POPS] > 0 else max(FEWEST_POPS, POPS_PER_STATE * known)
    marks[ALLOWED] = marks[POPS] + allowed
    while True:
        _tighten(states, pairs, edges, counts, sums, marks, levels, state)
        if marks[POPS] >= marks[CENTRED] + counts[belief.STATES]:
            _centre(states, pairs, edges, counts, sums, marks, levels)
        overrun = _drain(states, pairs, edges, counts, sums, marks, levels) == OVERRUN
        if overrun and marks[MAX_POPS] == 0:
            return OVERRUN
        _push_terminal(states, pairs, edges, counts, marks, levels)
        _scrub(states, pairs, edges, counts, sums, marks, levels)
        if overrun or (marks[LENGTH] == 0 and _target(states, levels, state) >= _in_force(marks, levels)):
            break
    levels[RESIDUAL] = _in_force(marks, levels) if not overrun else _pending(states, pairs, counts, marks, levels)
    _touch(states, pairs, edges, counts, sums, levels, state)
    return DONE


FEWEST_POPS, POPS_PER_STATE = 200, 1
"""Work at which a full solution is the cheaper way out."""

SHRINK = 0.9  # one eps to the next
FLOOR = 1e-7  # of the payoff of an unvisited pair: the smallest eps


@compiled
def _take_all(states, pairs, edges, counts, sums, marks, levels, state):
    """Recompute every row from the values in the table: at the start, and after the prior or K has changed."""
    num_actions = counts[belief.ACTIONS]
    for k in range(marks[PLANNED], counts[belief.STATES]):  # first guess for states not planned for yet
        new = states.order[k]
        if states.kind[new] == SEEN:
            states.value[new] = levels[UNVISITED] + levels[DISCOUNT] * levels[HUB]
    _measure(states, counts, levels)
    marks[HEAD] = marks[LENGTH] = 0
    for k in range(NUM_CLASSES):
        marks[FIRST + k] = marks[LAST + k] = marks[SIZE + k] = 0
        levels[CREDIT + k] = 0.0
    levels[TRAVEL] = 0.0
    for k in range(counts[belief.STATES]):
        known = states.order[k]
        if states.kind[known] == SEEN:
            for pair in range(known * num_actions, (known + 1) * num_actions):
                pairs.q_value[pair] = _row_value(states, pairs, edges, sums, levels, pair)
            states.hub[known] = levels[HUB]
            states.queued[known] = 0
            _join_round(states, pairs, edges, counts, sums, marks, known)
    for k in range(counts[belief.STATES]):
        known = states.order[k]
        if states.kind[known] == SEEN:
            _enqueue_if_due(states, pairs, counts, marks, levels, known)
    marks[PLANNED] = counts[belief.STATES]
    marks[RESETS] = counts[belief.RESETS]


@compiled
def _measure(states, counts, levels):
    """Sum up the values in the table: of the start distribution, of all states, the hub."""
    _measure_starts(states, counts, levels)
    for k in range(counts[belief.TERMINALS]):
        states.value[states.terminal_order[k]] = levels[TERMINAL]
    total = 0.0
    for k in range(counts[belief.STATES]):
        if states.kind[states.order[k]] == SEEN:
            total += states.value[states.order[k]]
    levels[VALUE_SUM] = total
    levels[HUB] = _hub(counts, levels)


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
            _join_round(states, pairs, edges, counts, sums, marks, new)
        else:
            first = states.terminal_order[0]
            states.value[new] = states.value[first] if first != new else levels[TERMINAL]
    marks[PLANNED] = counts[belief.STATES]
    if counts[belief.RESETS] > marks[RESETS]:
        if counts[belief.RESETS] == marks[RESETS] + 1:
            levels[TERMINAL] += (states.value[state] - levels[TERMINAL]) / counts[belief.RESETS]
        else:
            _measure_starts(states, counts, levels)
        marks[RESETS] = counts[belief.RESETS]
    _move_hub(counts, marks, levels)
    if counts[belief.STEPS] > marks[STEPS]:
        pair = counts[belief.LAST_PAIR]
        changed = pair // num_actions
        _touch(states, pairs, edges, counts, sums, levels, changed)
        pairs.q_value[pair] = _row_value(states, pairs, edges, sums, levels, pair)
        _enqueue_if_due(states, pairs, counts, marks, levels, changed)


@compiled
def _measure_starts(states, counts, levels):
    total = 0.0
    for k in range(counts[belief.STARTS]):
        start = states.start_order[k]
        total += states.starts[start] * states.value[start]
    levels[TERMINAL] = total / max(counts[belief.RESETS], 1)


@compiled
def _hub(counts, levels):
    """Mean value of all K states, those never seen solved for."""
    unseen = max(counts[belief.OUTCOMES] - counts[belief.STATES], 0)
    total = levels[VALUE_SUM] + counts[belief.TERMINALS] * levels[TERMINAL] + unseen * levels[UNVISITED]
    return total / (max(counts[belief.OUTCOMES], counts[belief.STATES]) - levels[DISCOUNT] * unseen)


@compiled
def _is_coupled(marks):
    """Whether any state's predictions lead anywhere at all; under a local prior none may, and no hub matters."""
    num_coupled = 0
    for k in range(NUM_CLASSES - 1):
        num_coupled += marks[SIZE + k]
    return num_coupled > 0


@compiled
def _move_hub(counts, marks, levels):
    if _is_coupled(marks):
        moved = _hub(counts, levels)
        levels[TRAVEL] += abs(moved - levels[HUB])
        levels[HUB] = moved


@inlined
def _rest(pairs, edges, sums, pair):
    """Probability that a pair's prediction spreads anywhere."""
    concentration = sums[belief.CONCENTRATION]
    if edges.local.size == 0:
        return concentration * pairs.count_weight[pair]
    return belief.free_concentration(pairs, edges, pair, concentration) * pairs.count_weight[pair]


@compiled
def _row_value(states, pairs, edges, sums, levels, pair):
    """Q of a pair from the values of its successors and the present hub."""
    total = 0.0
    link = pairs.first_out[pair]
    while link > 0:
        edge = link - 1
        mass = edges.count[edge] + (edges.local[edge] if edges.local.size > 0 else 0.0)
        total += mass * states.value[edges.successor[edge]]
        link = edges.next_out[edge]
    expected = pairs.count_weight[pair] * total + _rest(pairs, edges, sums, pair) * levels[HUB]
    return pairs.payoff[pair] + levels[DISCOUNT] * expected


@inlined
def _touch(states, pairs, edges, counts, sums, levels, state):
    """Bring the q-values of a state up to the present hub."""
    moved = levels[HUB] - states.hub[state]
    if moved != 0.0:
        first = state * counts[belief.ACTIONS]
        if edges.local.size == 0:
            scale = levels[DISCOUNT] * moved * sums[belief.CONCENTRATION]
            _add_scaled(pairs.q_value, pairs.count_weight, first, first + counts[belief.ACTIONS], scale)
        else:
            for pair in range(first, first + counts[belief.ACTIONS]):
                pairs.q_value[pair] += levels[DISCOUNT] * moved * _rest(pairs, edges, sums, pair)
        states.hub[state] = levels[HUB]


@inlined
def _add_scaled(target, source, first, last, scale):
    for k in range(first, last):
        target[k] += scale * source[k]


@inlined
def _residual(q_value, value, num_actions, state):
    """Bellman residual of a state."""
    first = state * num_actions
    best = q_value[first]
    for pair in range(first + 1, first + num_actions):
        best = max(best, q_value[pair])
    return best - value[state]


@inlined
def _enqueue(queue, queued, marks, state):
    """Put a state at the end of the queue, unless it is there."""
    if queued[state] == 0:
        queued[state] = 1
        position = marks[HEAD] + marks[LENGTH]
        queue[position if position < queue.size else position - queue.size] = state
        marks[LENGTH] += 1


@inlined
def _enqueue_if_due(states, pairs, counts, marks, levels, state):
    if abs(_residual(pairs.q_value, states.value, counts[belief.ACTIONS], state)) > levels[SHARE] * levels[EPS]:
        _enqueue(states.queue, states.queued, marks, state)


@compiled
def _drain(states, pairs, edges, counts, sums, marks, levels):
    """Back up queued states, first in, first out, until none has a residual above its share of eps.

    The one hot loop, written out on plain arrays: handed to helpers, the tables made a pop thirty times slower.
    """
    value, queue, queued, starts, first_in = states.value, states.queue, states.queued, states.starts, states.first_in
    q_value, count_weight = pairs.q_value, pairs.count_weight
    edge_pair, edge_count, edge_local, next_in = edges.pair, edges.count, edges.local, edges.next_in
    num_actions, discount, threshold = counts[belief.ACTIONS], levels[DISCOUNT], levels[SHARE] * levels[EPS]
    unseen = max(counts[belief.OUTCOMES] - counts[belief.STATES], 0)
    population = max(counts[belief.OUTCOMES], counts[belief.STATES]) - discount * unseen
    per_state = 1.0 / population if _is_coupled(marks) else 0.0
    per_action = 1.0 / num_actions  # (pair + .5) * per_action: an exact division at a third of its cost
    is_local = edge_local.size > 0
    while marks[LENGTH] > 0:
        if marks[POPS] >= marks[ALLOWED]:
            return OVERRUN
        if marks[POPS] >= marks[CENTRED] + counts[belief.STATES]:
            return DONE
        state = queue[marks[HEAD]]
        marks[HEAD] = marks[HEAD] + 1 if marks[HEAD] + 1 < queue.size else 0
        marks[LENGTH] -= 1
        marks[POPS] += 1
        queued[state] = 0
        _touch(states, pairs, edges, counts, sums, levels, state)
        change = _residual(q_value, value, num_actions, state)
        if abs(change) <= threshold:
            continue
        value[state] += change
        levels[VALUE_SUM] += change
        moved = change * per_state
        if starts[state] > 0:
            terminal = change * starts[state] / counts[belief.RESETS]
            levels[TERMINAL] += terminal
            moved += counts[belief.TERMINALS] * terminal * per_state
        levels[HUB] += moved
        levels[TRAVEL] += abs(moved)
        step = discount * change
        link = first_in[state]
        while link > 0:  # push the change to the pairs that lead here
            edge = link - 1
            pair = edge_pair[edge]
            mass = edge_count[edge] + (edge_local[edge] if is_local else 0.0)
            before = q_value[pair]
            after = before + step * count_weight[pair] * mass
            q_value[pair] = after
            source = int((pair + 0.5) * per_action)
            if queued[source] == 0:
                base = value[source]  # the maximum over actions moved only if this action was, or is, near it
                if after > base + threshold or (
                    before >= base - threshold and abs(_residual(q_value, value, num_actions, source)) > threshold
                ):
                    _enqueue(queue, queued, marks, source)
            link = next_in[edge]
    return DONE


@compiled
def _centre(states, pairs, edges, counts, sums, marks, levels):
    """Shift all values alike, so that the residuals lie evenly about zero; once for as many pops as there are states.

    Where everything loses its novelty together, pushes would lower the level in steps of eps and 1/(1 - discount)
    sweeps: a shift by c changes every residual by about (discount - 1) c at once, and the policy not at all.
    """
    low, high = math.inf, -math.inf
    value, q_value, num_actions = states.value, pairs.q_value, counts[belief.ACTIONS]
    for k in range(counts[belief.STATES]):
        state = states.order[k]
        if states.kind[state] == SEEN:
            residual = _residual(q_value, value, num_actions, state)
            low, high = min(low, residual), max(high, residual)
    unseen = max(counts[belief.OUTCOMES] - counts[belief.STATES], 0)  # these follow the hub, and hold it back
    known = max(counts[belief.STATES], 1)
    shift = 0.5 * (low + high) / (1.0 - levels[DISCOUNT] * known / (known + (1.0 - levels[DISCOUNT]) * unseen))
    marks[CENTRED] = marks[POPS]
    if abs(shift) * (1.0 - levels[DISCOUNT]) > 0.05 * levels[EPS]:
        _shift(states, pairs, edges, counts, sums, marks, levels, shift)


@compiled
def _shift(states, pairs, edges, counts, sums, marks, levels, shift):
    """Add a constant to all values, and what follows from it to all q-values."""
    levels[VALUE_SUM] += shift * (counts[belief.STATES] - counts[belief.TERMINALS])
    if counts[belief.RESETS] > 0:
        levels[TERMINAL] += shift
        for k in range(counts[belief.TERMINALS]):
            states.value[states.terminal_order[k]] += shift
    levels[HUB] = _hub(counts, levels)
    levels[TRAVEL] = 0.0
    discount, concentration, hub = levels[DISCOUNT], sums[belief.CONCENTRATION], levels[HUB]
    q_value, count_weight, num_actions = pairs.q_value, pairs.count_weight, counts[belief.ACTIONS]
    is_local, is_coupled = edges.local.size > 0, _is_coupled(marks)
    for k in range(counts[belief.STATES]):
        state = states.order[k]
        if states.kind[state] == SEEN:
            moved = hub - states.hub[state] - shift
            for pair in range(state * num_actions, (state + 1) * num_actions):
                rest = concentration * count_weight[pair]
                if is_local:
                    rest = _rest(pairs, edges, sums, pair) if is_coupled else 0.0
                q_value[pair] += discount * (shift + rest * moved)
            states.hub[state] = hub
            states.value[state] += shift
            if abs(_residual(q_value, states.value, num_actions, state)) > levels[SHARE] * levels[EPS]:
                _enqueue(states.queue, states.queued, marks, state)


@compiled
def _push(states, pairs, edges, counts, marks, levels, state, change):
    """Add a change of a terminal state's value to the q-values of all pairs that lead to it."""
    step = levels[DISCOUNT] * change
    link = states.first_in[state]
    while link > 0:
        edge = link - 1
        pair = edges.pair[edge]
        mass = edges.count[edge] + (edges.local[edge] if edges.local.size > 0 else 0.0)
        pairs.q_value[pair] += step * pairs.count_weight[pair] * mass
        _enqueue_if_due(states, pairs, counts, marks, levels, pair // counts[belief.ACTIONS])
        link = edges.next_in[edge]


@compiled
def _push_terminal(states, pairs, edges, counts, marks, levels):
    """Let terminal states follow the value of the start, once it has moved by eps / 4."""
    if counts[belief.TERMINALS] == 0:
        return
    change = levels[TERMINAL] - states.value[states.terminal_order[0]]
    if abs(change) > 0.25 * levels[EPS]:
        for k in range(counts[belief.TERMINALS]):
            state = states.terminal_order[k]
            states.value[state] += change
            _push(states, pairs, edges, counts, marks, levels, state, change)


@compiled
def _class_of(largest_rest):
    """Class of a state whose predictions lead anywhere with at most this probability."""
    k, bound = 0, 0.5
    while k < NUM_CLASSES - 2 and largest_rest <= bound:
        k += 1
        bound *= 0.5
    return k if largest_rest > 0.0 else NUM_CLASSES - 1


@compiled
def _largest(values, first, last):
    largest = values[first]
    for k in range(first + 1, last):
        largest = max(largest, values[k])
    return largest


@compiled
def _append(next_scrub, marks, k, state):
    """Put a state at the end of the round of class k."""
    next_scrub[state] = 0
    if marks[SIZE + k] == 0:
        marks[FIRST + k] = state + 1
    else:
        next_scrub[marks[LAST + k] - 1] = state + 1
    marks[LAST + k] = state + 1
    marks[SIZE + k] += 1


@compiled
def _join_round(states, pairs, edges, counts, sums, marks, state):
    """Put a state in the round of its class: the more of its predictions is known, the rarer it is visited."""
    first, last = state * counts[belief.ACTIONS], (state + 1) * counts[belief.ACTIONS]
    rest = 0.0
    if edges.local.size == 0:
        rest = sums[belief.CONCENTRATION] * _largest(pairs.count_weight, first, last)
    else:
        for pair in range(first, last):
            rest = max(rest, _rest(pairs, edges, sums, pair))
    _append(states.next_scrub, marks, _class_of(rest), state)


@compiled
def _scrub(states, pairs, edges, counts, sums, marks, levels):
    """Bring states up to the hub in rounds, fast enough that no residual is off by more than eps / 4 for its sake."""
    travel, reach = levels[TRAVEL], 0.25 * levels[EPS] / levels[DISCOUNT]
    levels[TRAVEL] = 0.0
    count_weight, next_scrub, num_actions = pairs.count_weight, states.next_scrub, counts[belief.ACTIONS]
    is_local, concentration = edges.local.size > 0, sums[belief.CONCENTRATION]
    for k in range(NUM_CLASSES - 1):
        size = marks[SIZE + k]
        if size > 0:
            levels[CREDIT + k] = min(levels[CREDIT + k] + travel / reach * size, float(size))
            while levels[CREDIT + k] >= 1.0:
                levels[CREDIT + k] -= 1.0
                state = marks[FIRST + k] - 1
                marks[FIRST + k] = next_scrub[state]
                marks[SIZE + k] -= 1
                if is_local:
                    _join_round(states, pairs, edges, counts, sums, marks, state)
                else:
                    rest = concentration * _largest(count_weight, state * num_actions, (state + 1) * num_actions)
                    _append(next_scrub, marks, _class_of(rest), state)
                _touch(states, pairs, edges, counts, sums, levels, state)
                _enqueue_if_due(states, pairs, counts, marks, levels, state)
        reach *= 2.0


@compiled
def _in_force(marks, levels):
    """The eps that every residual is known to be below: the last one, while a smaller one is on its way."""
    return levels[EPS] / SHRINK if marks[TIGHTENING] else levels[EPS]


@compiled
def _target(states, levels, state):
    """The eps that the tolerance asks for at a state."""
    share = 0.5 * levels[TOLERANCE] * (1.0 - levels[DISCOUNT]) / levels[DISCOUNT]
    return max(share * abs(states.value[state]), FLOOR * abs(levels[UNVISITED]))


@compiled
def _tighten(states, pairs, edges, counts, sums, marks, levels, state):
    """Let eps follow the value of the state at hand, and look all states through before a smaller one is in force.

    Half of the looking is done by the time that the target has covered half of its way, and all of it when it arrives.
    """
    target = _target(states, levels, state)
    if levels[EPS] == 0.0 or target > 8.0 * levels[EPS]:  # the first, or much looser: nothing to look through
        levels[EPS], marks[TIGHTENING] = target, 0
    while marks[TIGHTENING] or SHRINK * target < levels[EPS]:
        if not marks[TIGHTENING]:
            levels[EPS] *= SHRINK
            levels[PROGRESS], marks[CHECKED], marks[TIGHTENING] = 0.0, 0, 1
        covered = math.log(levels[EPS] / (SHRINK * SHRINK * target)) / math.log(1.0 / SHRINK)
        levels[PROGRESS] = max(levels[PROGRESS], min(covered, 1.0))
        goal = math.ceil(levels[PROGRESS] * counts[belief.STATES])
        while marks[CHECKED] < goal:
            known = states.order[marks[CHECKED]]
            marks[CHECKED] += 1
            if states.kind[known] == SEEN:
                _touch(states, pairs, edges, counts, sums, levels, known)
                _enqueue_if_due(states, pairs, counts, marks, levels, known)
        if levels[PROGRESS] < 1.0:
            break
        marks[TIGHTENING] = 0


@compiled
def _pending(states, pairs, counts, marks, levels):
    """Largest residual there may be while states are waiting in the queue."""
    largest = _in_force(marks, levels)
    position = marks[HEAD]
    for _ in range(marks[LENGTH]):
        waiting = (
            abs(_residual(pairs.q_value, states.value, counts[belief.ACTIONS], states.queue[position]))
            + (1.0 - levels[SHARE]) * levels[EPS]
        )
        largest = max(largest, waiting)
        position = position + 1 if position + 1 < states.queue.size else 0
    return largest
