"""Bellman residuals of a belief's states: exact rows, what couples all states, and the queue of those that are due.

The planner's scalars are `marks`, `[NUM_MARKS]` int64, and `levels`, `[NUM_LEVELS]` float64, under the names below. See
`agent.planners.incremental` for what is done with them.
"""

from agent import belief
from agent.compiled import compiled, inlined
from agent.tables import SEEN

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


@compiled
def measure(states, counts, levels):
    """Sum up the values in the table: of the start distribution, of all states, the hub."""
    measure_starts(states, counts, levels)
    for k in range(counts[belief.TERMINALS]):
        states.value[states.terminal_order[k]] = levels[TERMINAL]
    total = 0.0
    for k in range(counts[belief.STATES]):
        if states.kind[states.order[k]] == SEEN:
            total += states.value[states.order[k]]
    levels[VALUE_SUM] = total
    levels[HUB] = mean_value(counts, levels)


@compiled
def measure_starts(states, counts, levels):
    """Take the mean value of the start distribution from the table: what terminal states are worth."""
    total = 0.0
    for k in range(counts[belief.STARTS]):
        start = states.start_order[k]
        total += states.starts[start] * states.value[start]
    levels[TERMINAL] = total / max(counts[belief.RESETS], 1)


@compiled
def mean_value(counts, levels):
    """Mean value of all K states, those never seen solved for."""
    unseen = max(counts[belief.OUTCOMES] - counts[belief.STATES], 0)
    total = levels[VALUE_SUM] + counts[belief.TERMINALS] * levels[TERMINAL] + unseen * levels[UNVISITED]
    return total / (max(counts[belief.OUTCOMES], counts[belief.STATES]) - levels[DISCOUNT] * unseen)


@compiled
def leads_anywhere(marks):
    """Whether any state's predictions lead anywhere at all; under a local prior none may, and no hub matters."""
    num_coupled = 0
    for k in range(NUM_CLASSES - 1):
        num_coupled += marks[SIZE + k]
    return num_coupled > 0


@compiled
def move_hub(counts, marks, levels):
    """Let the hub follow the sums, and add up how far it went."""
    if leads_anywhere(marks):
        moved = mean_value(counts, levels)
        levels[TRAVEL] += abs(moved - levels[HUB])
        levels[HUB] = moved


@inlined
def rest_of(pairs, edges, sums, pair):
    """Probability that a pair's prediction spreads anywhere."""
    concentration = sums[belief.CONCENTRATION]
    if edges.local.size == 0:
        return concentration * pairs.count_weight[pair]
    return belief.free_concentration(pairs, edges, pair, concentration) * pairs.count_weight[pair]


@compiled
def row_value(states, pairs, edges, sums, levels, pair):
    """Q of a pair from the values of its successors and the present hub."""
    total = 0.0
    link = pairs.first_out[pair]
    while link > 0:
        edge = link - 1
        mass = edges.count[edge] + (edges.local[edge] if edges.local.size > 0 else 0.0)
        total += mass * states.value[edges.successor[edge]]
        link = edges.next_out[edge]
    expected = pairs.count_weight[pair] * total + rest_of(pairs, edges, sums, pair) * levels[HUB]
    return pairs.payoff[pair] + levels[DISCOUNT] * expected


@inlined
def touch(states, pairs, edges, counts, sums, levels, state):
    """Bring the q-values of a state up to the present hub."""
    moved = levels[HUB] - states.hub[state]
    if moved != 0.0:
        first = state * counts[belief.ACTIONS]
        if edges.local.size == 0:
            scale = levels[DISCOUNT] * moved * sums[belief.CONCENTRATION]
            _add_scaled(pairs.q_value, pairs.count_weight, first, first + counts[belief.ACTIONS], scale)
        else:
            for pair in range(first, first + counts[belief.ACTIONS]):
                pairs.q_value[pair] += levels[DISCOUNT] * moved * rest_of(pairs, edges, sums, pair)
        states.hub[state] = levels[HUB]


@inlined
def _add_scaled(target, source, first, last, scale):
    for k in range(first, last):
        target[k] += scale * source[k]


@inlined
def residual_of(q_value, value, num_actions, state):
    """Bellman residual of a state."""
    first = state * num_actions
    best = q_value[first]
    for pair in range(first + 1, first + num_actions):
        best = max(best, q_value[pair])
    return best - value[state]


@inlined
def enqueue(queue, queued, marks, state):
    """Put a state at the end of the queue, unless it is there."""
    if queued[state] == 0:
        queued[state] = 1
        position = marks[HEAD] + marks[LENGTH]
        queue[position if position < queue.size else position - queue.size] = state
        marks[LENGTH] += 1


@inlined
def enqueue_if_due(states, pairs, counts, marks, levels, state):
    """Queue a state whose residual is above its share of eps."""
    if abs(residual_of(pairs.q_value, states.value, counts[belief.ACTIONS], state)) > levels[SHARE] * levels[EPS]:
        enqueue(states.queue, states.queued, marks, state)
