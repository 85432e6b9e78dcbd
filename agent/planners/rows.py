"""Sparse Bellman rows and their solution by modified policy iteration, stopped on the span.

A row is what a planner knows of a pair (Puterman 1994, chapter 6):

    Q(pair) = payoff + discount * (sum_j weight_j V(successor_j) + rest * hub)

with `hub` the mean value of all states. Values are `[n + 2]`: n states with actions, then one value for all terminal
states and one for all states never seen, which are all alike. The sweeps are in `sweeps.py`.
"""

import numpy as np

from agent.compiled import compiled, part
from agent.packing import handle
from agent.planners.sweeps import (
    HAS_HUB,
    NUM_ACTIONS,
    NUM_STARTS,
    NUM_STATES,
    Rows,
    backup,
    evaluate,
    improve_in_place,
)
from agent.tables import dtypes


def check_options(discount: float, tolerance: float) -> None:
    """Refuse a discount or a tolerance that no planner could use.

    Raises:
        ValueError: out of range.
    """
    if not 0 < discount < 1:
        raise ValueError(f"discount must lie between 0 and 1, got {discount}")
    if not tolerance > 0:
        raise ValueError(f"tolerance must be positive, got {tolerance}")


def room_for(num_states: int, num_actions: int, num_edges: int, num_starts: int, has_hub: bool) -> Rows:
    """Return rows of nothing yet; what is not filled in is not touched and costs nothing."""
    num_rows = num_states * num_actions
    room = {name: num_states for name in ("policy", "chosen_payoff")}
    room |= {name: num_states + 2 for name in ("value", "improved", "earlier", "change")}
    room |= {name: num_edges for name in ("successor", "weight", "chosen_successor", "chosen_weight")}
    room |= {"indptr": num_rows + 1, "payoff": num_rows, "q_values": num_rows, "chosen_indptr": num_states + 1}
    room |= {"rest": num_rows * has_hub, "chosen_rest": num_states * has_hub, "population": 3, "unseen_payoff": 1}
    room |= {"start": num_starts, "start_weight": num_starts, "sizes": 4}
    rows = Rows(**{name: np.zeros(room[name], dtype) for name, dtype in dtypes(Rows).items()})
    rows.sizes[[NUM_STATES, NUM_ACTIONS, NUM_STARTS, HAS_HUB]] = num_states, num_actions, num_starts, has_hub
    return rows


MAX_SWEEPS = 1_000_000
ROUNDING = 1e-15
SPREADING_SWEEPS = 10  # of value iteration in place, where the policy is mostly new: they carry news across the world
EVALUATED_ROUNDS, EXTRAPOLATED_ROUNDS = 1000, 200  # from then on what is proven to converge, whatever happened before

rows_at = handle(Rows)


@compiled
def solve_rows(address, discount, absolute, relative, state):
    """Solve what was packed to a policy loss of `absolute` nats, or of `relative` times the value of `state`.

    The loss of the greedy policy, V* - V_policy, is at most discount/(1 - discount) * span(TV - V) (Puterman 1994,
    theorem 6.6.6); `value` and `q_values` are centred, so that they err by at most half of that. It holds for whatever
    V the sweeps in between left behind.

    Returns:
        The bound and the number of sweeps.
    """
    rows = rows_at(address, 0, 0)
    scale, num_states = discount / (1.0 - discount), rows.sizes[NUM_STATES]
    num_sweeps, num_rounds = 0, 0
    while True:
        low, high, num_changed = backup(rows, discount)
        num_sweeps += 1
        largest = _take_over(rows)
        bound = scale * (high - low)
        shift = 0.5 * scale * (high + low)
        if bound <= max(absolute, relative * abs(rows.value[state] + shift)) or num_sweeps >= MAX_SWEEPS:
            break
        if high - low <= ROUNDING * largest:
            break  # as exact as numbers are: the bound stays what it is
        num_rounds += 1
        if num_rounds == 1 and 4 * num_changed > num_states:
            for k in range(SPREADING_SWEEPS):
                improve_in_place(rows, discount, k % 2 == 0)
            num_sweeps += SPREADING_SWEEPS
        elif num_rounds <= EVALUATED_ROUNDS:
            enough = 0.1 * (high - low)
            num_sweeps += evaluate(rows, discount, enough, num_rounds <= EXTRAPOLATED_ROUNDS)
    _shift(rows, shift)
    return bound, num_sweeps


@part
def _take_over(rows):
    """Let the improved values be the values; return the largest."""
    largest = 0.0
    for k in range(rows.sizes[NUM_STATES] + 2):
        rows.value[k] = rows.improved[k]
        largest = max(largest, abs(rows.value[k]))
    return largest


@part
def _shift(rows, shift):
    """Add a constant to the values that follow from others, and to all q-values."""
    num_states = rows.sizes[NUM_STATES]
    for k in range(num_states):
        rows.value[k] += shift
    if rows.population[1] > 0.0:
        rows.value[num_states + 1] += shift
    if rows.sizes[NUM_STARTS] > 0:
        rows.value[num_states] += shift
    for row in range(num_states * rows.sizes[NUM_ACTIONS]):
        rows.q_values[row] += shift


@compiled
def induct(address, num_steps):
    """Plan `num_steps` ahead, undiscounted, from values that are zero."""
    rows = rows_at(address, 0, 0)
    for _ in range(num_steps):
        backup(rows, 1.0)
        _take_over(rows)
