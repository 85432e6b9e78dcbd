"""Bellman residuals of a belief's states: exact rows, what couples all states, and the queue of those that are due.

The planner's scalars are `marks`, `[NUM_MARKS]` int64, and `levels`, `[NUM_LEVELS]` float64, under the names below. See
`agent.planners.incremental.planner` for what is done with them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...belief import updates
from ...belief.tables import SEEN, Floats, Ints, dtypes
from ...compilation.compiled import part

# indices into `marks`, int64
HEAD, LENGTH, PLANNED, REVISION, STEPS, RESETS, TIGHTENING, CHECKED, POPS, MAX_POPS, ALLOWED, CENTRED = range(12)
FIRST, LAST, SIZE = 12, 21, 30  # of the rounds, one for each class
NEXT_CENTRE, BEFORE, MEMBERS, COUPLED, LOOSENED, TAKEN, RING = 39, 40, 41, 42, 43, 44, 45
NUM_MARKS = 46
# indices into `levels`, float64
DISCOUNT, TOLERANCE, EPS, PROGRESS, VALUE_SUM, HUB, TERMINAL, UNVISITED, TRAVEL, RESIDUAL, SHARE = range(11)
CREDIT = 11  # of the rounds, one for each class
LARGEST, ERROR = 20, 21  # largest |V| since all rows were worked out; what rounding may have made of a q-value since
NUM_LEVELS = 22

SHRINK = 0.9  # one eps to the next
TINY = 1e-300  # below it numbers lose their digits: the least eps, and the least product that is divided by

NUM_CLASSES = 9  # a state is in class k if at most 2^-k of its predictions lead anywhere; the last: nothing does


class Progress(NamedTuple):
    """The planner's own numbers, as named above."""

    marks: NDArray[np.int64]
    levels: NDArray[np.float64]
    member: Ints  # [MOST_MEMBERS], the patch: see `agent.planners.incremental.patches`
    residual: Floats
    change: Floats
    step: Floats
    first_link: Ints
    neighbour: Ints  # [MOST_LINKS]
    weight: Floats


MOST_MEMBERS, MOST_LINKS = 1 << 15, 1 << 17  # of a patch


def no_progress() -> Progress:
    """Return the numbers of a planner that has not planned yet; untouched room costs nothing."""
    room = {"marks": NUM_MARKS, "levels": NUM_LEVELS, "neighbour": MOST_LINKS, "weight": MOST_LINKS}
    return Progress(**{name: np.zeros(room.get(name, MOST_MEMBERS + 1), t) for name, t in dtypes(Progress).items()})


DONE, OVERRUN = 0, 1
"""How mending ended: all residuals below eps, or more work than a full solution (or the cap) was met first."""


@part
def measure(known, levels):
    """Sum up the values in the table: of the start distribution, of all states, the hub."""
    states, counts = known.states, known.counts
    measure_starts(known, levels)
    for k in range(counts[updates.TERMINALS]):
        states.value[states.terminal_order[k]] = levels[TERMINAL]
    total = 0.0
    for k in range(counts[updates.STATES]):
        if states.kind[states.order[k]] == SEEN:
            total += states.value[states.order[k]]
    levels[VALUE_SUM] = total
    levels[HUB] = mean_value(known, levels)


@part
def measure_starts(known, levels):
    """Take the mean value of the start distribution from the table: what terminal states are worth."""
    states, counts = known.states, known.counts
    total = 0.0
    for k in range(counts[updates.STARTS]):
        start = states.start_order[k]
        total += states.starts[start] * states.value[start]
    levels[TERMINAL] = total / max(counts[updates.RESETS], 1)


@part
def mean_value(known, levels):
    """Mean value of all K states, those never seen solved for."""
    counts = known.counts
    unseen = max(counts[updates.OUTCOMES] - counts[updates.STATES], 0)
    total = levels[VALUE_SUM] + counts[updates.TERMINALS] * levels[TERMINAL] + unseen * levels[UNVISITED]
    return total / (max(counts[updates.OUTCOMES], counts[updates.STATES]) - levels[DISCOUNT] * unseen)


@part
def leads_anywhere(marks):
    """Whether any state's predictions lead anywhere at all; under a local prior none may, and no hub matters."""
    return marks[COUPLED] > 0


@part
def move_hub(known, marks, levels):
    """Let the hub follow the sums, and add up how far it went."""
    if leads_anywhere(marks):
        moved = mean_value(known, levels)
        levels[TRAVEL] += abs(moved - levels[HUB])
        levels[HUB] = moved


@part
def rest_of(known, pair):
    """Probability that a pair's prediction spreads anywhere."""
    return updates.free_concentration(known, pair) * updates.count_weight(known, pair)


@part
def row_value(known, levels, pair):
    """Q of a pair from the values of its successors and the present hub."""
    pairs, edges, value, is_local = known.pairs, known.edges, known.states.value, known.counts[updates.HAS_LOCAL] != 0
    total = 0.0
    link = pairs.first_out[pair]
    while link > 0:
        edge = link - 1
        mass = edges.count[edge] + (edges.local[edge] if is_local else 0.0)
        total += mass * value[edges.successor[edge]]
        link = edges.next_out[edge]
    expected = updates.count_weight(known, pair) * total + rest_of(known, pair) * levels[HUB]
    return pairs.payoff[pair] + levels[DISCOUNT] * expected


@part
def touch(known, levels, state):
    """Bring the q-values of a state up to the present hub."""
    states, pairs, counts = known.states, known.pairs, known.counts
    moved = levels[HUB] - states.hub[state]
    if moved != 0.0:
        step = levels[DISCOUNT] * moved
        for pair in range(state * counts[updates.ACTIONS], (state + 1) * counts[updates.ACTIONS]):
            pairs.q_value[pair] += step * rest_of(known, pair)
        states.hub[state] = levels[HUB]


@part
def residual_of(q_value, value, num_actions, state):
    """Bellman residual of a state."""
    first = state * num_actions
    best = q_value[first]
    for pair in range(first + 1, first + num_actions):
        best = max(best, q_value[pair])
    return best - value[state]


@part
def enqueue(known, marks, state):
    """Put a state at the end of the queue, unless it is there."""
    queue, queued, room = known.states.queue, known.states.queued, known.counts[updates.STATE_ROOM]
    if queued[state] == 0:
        queued[state] = 1
        position = marks[HEAD] + marks[LENGTH]
        queue[position if position < room else position - room] = state
        marks[LENGTH] += 1


@part
def enqueue_if_due(known, marks, levels, state):
    """Queue a state whose residual is above its share of eps."""
    residual = residual_of(known.pairs.q_value, known.states.value, known.counts[updates.ACTIONS], state)
    if abs(residual) > levels[SHARE] * levels[EPS]:
        enqueue(known, marks, state)


@part
def share_of_hub(known, marks, levels):
    """By how much the hub moves for each nat that a state's value does."""
    counts = known.counts
    unseen = max(counts[updates.OUTCOMES] - counts[updates.STATES], 0)
    population = max(counts[updates.OUTCOMES], counts[updates.STATES]) - levels[DISCOUNT] * unseen
    return 1.0 / population if leads_anywhere(marks) else 0.0


@part
def move(known, levels, state, change, per_state):
    """Change the value of a state, and the hub and the value of terminal states with it."""
    counts, starts = known.counts, known.states.starts
    value = known.states.value[state] + change
    known.states.value[state] = value
    levels[LARGEST] = max(levels[LARGEST], abs(value))
    levels[VALUE_SUM] += change
    moved = change * per_state
    if starts[state] > 0:
        terminal = change * starts[state] / counts[updates.RESETS]
        levels[TERMINAL] += terminal
        moved += counts[updates.TERMINALS] * terminal * per_state
    levels[HUB] += moved
    levels[TRAVEL] += abs(moved)


@part
def push(known, marks, levels, state, change):
    """Push a change of a state's value to the pairs that lead there, and queue the states it makes due.

    The hottest loop there is: some ten nanoseconds for each edge into the state.
    """
    states, pairs, edges, counts = known.states, known.pairs, known.edges, known.counts
    value, queued, q_value, visits = states.value, states.queued, pairs.q_value, pairs.visits
    edge_pair, edge_count, edge_local, next_in = edges.pair, edges.count, edges.local, edges.next_in
    num_actions, is_local = counts[updates.ACTIONS], counts[updates.HAS_LOCAL] != 0
    concentration = known.sums[updates.CONCENTRATION]
    per_action = 1.0 / num_actions  # (pair + .5) * per_action: an exact division at a third of its cost
    step, threshold = levels[DISCOUNT] * change, levels[SHARE] * levels[EPS]
    margin = levels[EPS] / SHRINK  # no residual is larger that is not in the queue, even where eps has just shrunk
    link = states.first_in[state]
    while link > 0:
        edge = link - 1
        pair = edge_pair[edge]
        mass = edge_count[edge] + (edge_local[edge] if is_local else 0.0)
        before = q_value[pair]
        after = before + step * mass / (visits[pair] + concentration)
        q_value[pair] = after
        source = int((pair + 0.5) * per_action)
        if queued[source] == 0:
            base = value[source]  # the maximum over actions moved only if this action was, or is, near it
            if after > base + threshold or (
                before >= base - margin and abs(residual_of(q_value, value, num_actions, source)) > threshold
            ):
                enqueue(known, marks, source)
        link = next_in[edge]
