"""Sparse Bellman rows and their solution by modified policy iteration, stopped on the span.

A row is what a planner knows of a pair (Puterman 1994, chapter 6):

    Q(pair) = payoff + discount * (sum_j weight_j V(successor_j) + rest * hub)

with `hub` the mean value of all states. Values are `[n + 2]`: n states with actions, then one value for all terminal
states and one for all states never seen, which are all alike. The sweeps are in `bellman/`.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..compilation.compiled import compiled, part
from ..compilation.handles import handle
from ..compilation.records import zeros
from ..interruption import pause
from ..validation import is_finite_number
from .bellman.evaluation import evaluate
from .bellman.ordered_evaluation import evaluate_in_order
from .bellman.rows import Rows, Sizes, backup, improve_in_place

if TYPE_CHECKING:
    from ..worlds import FiniteMDP


def check_options(discount: float, tolerance: float) -> None:
    """Refuse a discount or a tolerance that no planner could use.

    Raises:
        ValueError: out of range, or no number.
    """
    if not (is_finite_number(discount) and 0 < discount < 1):
        raise ValueError(f"discount must be a number between 0 and 1, both excluded, got {discount!r}")
    if not (is_finite_number(tolerance) and tolerance > 0):
        raise ValueError(f"tolerance must be a positive and finite number, got {tolerance!r}")


def room_for(num_states: int, num_actions: int, num_edges: int, num_starts: int, has_hub: bool) -> Rows:
    """Return rows of nothing yet; what is not filled in is not touched and costs nothing."""
    num_rows = num_states * num_actions
    room = {name: num_states for name in ("policy", "chosen_payoff", "chosen_end", "chosen_row")}
    room |= {name: num_states for name in ("main", "order", "waiting")}
    room |= {name: num_states + 2 for name in ("value", "improved", "earlier", "change")}
    room |= {name: num_edges for name in ("successor", "weight", "chosen_successor", "chosen_weight")}
    room |= {"indptr": num_rows + 1, "payoff": num_rows, "q_values": num_rows, "chosen_indptr": num_states + 1}
    room |= {"rest": num_rows * has_hub, "chosen_rest": num_states * has_hub}
    room |= {"start": num_starts, "start_weight": num_starts}
    sizes = Sizes(num_states=num_states, num_actions=num_actions, num_starts=num_starts, has_hub=has_hub)
    return zeros(Rows, room)._replace(sizes=sizes)


def rows_of(mdp: "FiniteMDP") -> Rows:
    """Return the rows of a world. Those of terminal states are empty and pay nothing: worth 0, they never change."""
    transition = mdp.transition
    rows = room_for(mdp.num_states, mdp.num_actions, transition.nnz, 0, has_hub=False)
    rows.policy[:] = -1
    return rows._replace(
        indptr=transition.indptr.astype(np.int32, copy=False),
        successor=transition.indices.astype(np.int32, copy=False),
        weight=np.ascontiguousarray(transition.data, np.float64),
        payoff=np.ascontiguousarray(mdp.reward.ravel(), np.float64),
    )


MAX_SWEEPS = 1_000_000
HALF_ULP = 2.0**-53
FEW = 12  # roundings of a backup besides those of its sum: of the payoff, the discount, the change, the shift
SPREADING_SWEEPS = 10  # of value iteration in place, where the policy is mostly new: they carry news across the world
EVALUATED_ROUNDS, EXTRAPOLATED_ROUNDS = 1000, 200  # from then on what is proven to converge, whatever happened before
PIECE = 20_000_000  # transitions to look at before signals are served: a tenth of a second

PATIENT_SWEEPS, MOST_SOLVED, MOST_SYSTEMS = 20_000, 3_000, 50
"""After so many sweeps a policy's linear equations are solved, where there are no more of them, which takes a second
in which no signal is served; and how often they are."""

rows_at = handle(Rows)


def solve_rows(
    address: Any, discount: float, absolute: float, relative: float, state: int, deviation: float = 0.0
) -> tuple[float, int]:
    """Solve what was packed to a policy loss of `absolute` nats, or of `relative` times the value of `state`.

    The loss of the greedy policy, V* - V_policy, is at most discount/(1 - discount) * span(TV - V) (Puterman 1994,
    theorem 6.6.6); `value` and `q_values` are centred, so that they err by at most half of that. It holds for whatever
    V the sweeps in between left behind. `improved` holds the V before the last backup: raised by
    `sizes.shift` / discount, it is what `q_values` follow from. Where no backup errs by more than `error`, the bound is
    larger by 2 error / (1 - discount). It ends when the bound is as small as was asked for, when the span is no larger
    than the error, so that the bound could at best shrink by a third, and after `MAX_SWEEPS`.

    Args:
        address: of `Rows`, packed first.
        discount: in (0, 1).
        absolute: loss allowed, nats.
        relative: loss allowed, as a share of the value of `state`.
        state: a row's number.
        deviation: by how much the probabilities of a row may sum to other than one.

    Returns:
        the bound and the number of sweeps.

    Raises:
        CalledOff: the solution is not wanted any more.
    """
    num_sweeps = num_rounds = num_systems = 0
    while True:
        is_over, bound, num_sweeps, num_rounds = _go_on(
            address, discount, absolute, relative, state, deviation, num_sweeps, num_rounds, num_systems > 0
        )
        if is_over:
            return bound, num_sweeps
        pause()
        if num_sweeps >= PATIENT_SWEEPS and num_systems < MOST_SYSTEMS and _solve_policy(address, discount):
            num_sweeps, num_systems = num_sweeps + 1, num_systems + 1


@compiled
def _go_on(address, discount, absolute, relative, state, deviation, num_sweeps, num_rounds, once):
    """Make rounds of improvement and evaluation, one or some `PIECE`; return (is over, bound, sweeps, rounds)."""
    rows = rows_at(address, 0, 0)
    num_states, num_rows = rows.sizes.num_states, rows.sizes.num_states * rows.sizes.num_actions
    precision = HALF_ULP * (_longest_sum(rows) + FEW)
    last = num_sweeps + PIECE // (rows.indptr[num_rows] + num_rows + 1)
    if once or num_sweeps < PATIENT_SWEEPS:
        last = num_sweeps if once else min(last, PATIENT_SWEEPS)
    while True:
        low, high, num_changed = backup(rows, discount)
        num_sweeps += 1
        largest = _take_over(rows)
        shift = 0.5 * discount / (1.0 - discount) * (high + low)
        error = precision * (largest + max(abs(low), abs(high))) + deviation * (largest + abs(shift))
        bound = (discount * (high - low) + 2.0 * error) / (1.0 - discount)
        allowed = max(absolute, relative * abs(rows.value[state] + shift))
        if bound <= allowed or high - low <= error or num_sweeps >= MAX_SWEEPS:
            _shift(rows, shift)
            return True, bound, num_sweeps, num_rounds
        num_rounds += 1
        if rows.sizes.in_order and num_rounds <= EVALUATED_ROUNDS:
            num_sweeps += evaluate_in_order(rows, discount, 0.1 * (high - low), num_rounds == 1, num_changed == 0)
        elif num_rounds == 1 and 4 * num_changed > num_states:
            for k in range(SPREADING_SWEEPS):
                improve_in_place(rows, discount, k % 2 == 0)
            num_sweeps += SPREADING_SWEEPS
        elif num_rounds <= EVALUATED_ROUNDS:
            enough = 0.1 * (high - low)
            num_sweeps += evaluate(rows, discount, enough, num_rounds <= EXTRAPOLATED_ROUNDS)
        if num_sweeps > last:
            return False, bound, num_sweeps, num_rounds


@part
def _longest_sum(rows):
    """Most terms that are added up for one q-value, those of the means it takes part in included."""
    longest = rows.sizes.num_states + 2 if rows.sizes.has_hub else 0
    terms = 0
    for row in range(rows.sizes.num_states * rows.sizes.num_actions):
        terms = max(terms, rows.indptr[row + 1] - rows.indptr[row])
    return longest + terms + rows.sizes.num_starts


@compiled
def _solve_policy(address, discount):
    """Solve the linear equations of the policy as it is; return whether they are few enough, and none has a hub."""
    rows = rows_at(address, 0, 0)
    num_states = rows.sizes.num_states
    if num_states > MOST_SOLVED or rows.sizes.has_hub:
        return False
    matrix, payoff = np.zeros((num_states, num_states)), np.empty(num_states)
    for state in range(num_states):
        row = rows.policy[state]
        payoff[state] = rows.payoff[row]
        matrix[state, state] = 1.0
        for k in range(rows.indptr[row], rows.indptr[row + 1]):
            matrix[state, rows.successor[k]] -= discount * rows.weight[k]
    value = np.linalg.solve(matrix, payoff)
    for state in range(num_states):
        rows.value[state] = value[state]
    return True


@part
def _take_over(rows):
    """Let the improved values be the values, and keep those that they come from in their place; return the largest."""
    largest = 0.0
    for k in range(rows.sizes.num_states + 2):
        rows.value[k], rows.improved[k] = rows.improved[k], rows.value[k]
        largest = max(largest, abs(rows.value[k]))
    return largest


@part
def _shift(rows, shift):
    """Add a constant to the values that follow from others, and to all q-values."""
    num_states, rows.sizes.shift = rows.sizes.num_states, shift
    for k in range(num_states):
        rows.value[k] += shift
    if rows.sizes.num_unseen > 0.0:
        rows.value[num_states + 1] += shift
    if rows.sizes.num_starts > 0:
        rows.value[num_states] += shift
    for row in range(num_states * rows.sizes.num_actions):
        rows.q_values[row] += shift


def induct(address: Any, num_steps: int, size: int) -> None:
    """Plan `num_steps` ahead, undiscounted, from values that are zero.

    Args:
        address: of `Rows`, packed first.
        num_steps: how many.
        size: of one sweep, in transitions.

    Raises:
        CalledOff: the plan is not wanted any more.
    """
    piece = 1 + PIECE // (size + 1)
    for done in range(0, num_steps, piece):
        if done:
            pause()
        _induct(address, min(piece, num_steps - done))


@compiled
def _induct(address, num_steps):
    rows = rows_at(address, 0, 0)
    for _ in range(num_steps):
        backup(rows, 1.0)
        _take_over(rows)
