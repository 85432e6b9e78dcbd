"""Sparse Bellman rows, and sweeps over them that improve a plan."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...compilation.compiled import part
from ...compilation.records import Record, record


@record
class Sizes(Record):
    """How large a decision problem is."""

    num_states: int  # n: states with actions
    num_in_hub: int  # the first of them, which something may spread over
    num_actions: int  # of each
    num_starts: int  # states a reset leads to; none: terminal states are worth nothing
    has_hub: int  # whether some probability is spread over all states: not 0
    in_order: int  # whether policies are evaluated in the order of their ways: not 0
    num_cyclic: int  # states that are first in such an order: those in cycles
    num_terminal: float  # terminal states
    num_unseen: float  # states never seen
    num_outcomes: float  # all states
    unseen_payoff: float  # of every pair never seen
    shift: float  # that was added to all values in the end


class Rows(NamedTuple):
    """A sparse decision problem and its plan: n states, row = state * num_actions + action; see `policy_iteration`.

    All arrays may have room to spare: `sizes` says how much is used.
    """

    sizes: Sizes
    indptr: NDArray[np.int32]  # [rows + 1]
    successor: NDArray[np.int32]  # [nonzeros], n = terminal, n + 1 = never seen
    weight: NDArray[np.float64]  # [nonzeros]
    rest: NDArray[np.float64]  # [rows]: probability that is spread over all states; unused without a hub
    payoff: NDArray[np.float64]  # [rows]
    start: NDArray[np.int32]  # states a reset leads to
    start_weight: NDArray[np.float64]  # sums to one
    value: NDArray[np.float64]  # [n + 2]
    improved: NDArray[np.float64]  # [n + 2]
    q_values: NDArray[np.float64]  # [rows]
    policy: NDArray[np.int32]  # [n]: the greedy row of each state
    chosen_indptr: NDArray[np.int32]  # [n + 1]: the rows of a policy, discounted and contiguous, to stream through
    chosen_successor: NDArray[np.int32]  # [nonzeros]
    chosen_weight: NDArray[np.float64]  # [nonzeros]
    chosen_rest: NDArray[np.float64]  # [n]
    chosen_payoff: NDArray[np.float64]  # [n]
    chosen_end: NDArray[np.int32]  # [n], of an evaluation in order: rows have room for the longest one of their state
    chosen_row: NDArray[np.int32]  # [n], likewise which row it is
    earlier: NDArray[np.float64]  # [n + 2], scratch of the extrapolation
    change: NDArray[np.float64]  # [n + 2], likewise
    main: NDArray[np.int32]  # [n], of an evaluation in order: place of each state's commonest other successor, or -1
    order: NDArray[np.int32]  # [n]: the states; -1 - state at the end of a cycle
    waiting: NDArray[np.int32]  # [n], scratch of that, and of whoever fills in rows


@part
def lumped_values(rows, value):
    """Set the value of terminal states from the start distribution; return the hub.

    Args:
        rows: the problem.
        value: `rows.value`, or others that are as long.
    """
    num_states = rows.sizes.num_states
    if rows.sizes.num_starts > 0:
        total = 0.0
        for k in range(rows.sizes.num_starts):
            total += rows.start_weight[k] * value[rows.start[k]]
        value[num_states] = total
    if not rows.sizes.has_hub:
        return 0.0
    total = rows.sizes.num_terminal * value[num_states] + rows.sizes.num_unseen * value[num_states + 1]
    num, begin = rows.sizes.num_in_hub, 0
    if rows.sizes.in_order:  # four sums: each addition waits for the one before
        second = third = fourth = 0.0
        for state in range(0, num - 3, 4):
            total += value[state]
            second += value[state + 1]
            third += value[state + 2]
            fourth += value[state + 3]
        total, begin = total + second + (third + fourth), num - num % 4
    for state in range(begin, num):
        total += value[state]
    return total / rows.sizes.num_outcomes


@part
def backup(rows, discount):
    """One sweep of value iteration from `rows.value` into `rows.improved`.

    Fills `q_values` and the greedy `policy`. Returns the least and the largest change, and how many states changed
    their action.
    """
    num_states, num_actions, has_hub = rows.sizes.num_states, rows.sizes.num_actions, rows.sizes.has_hub != 0
    indptr, successor, weight, rest, payoff = rows.indptr, rows.successor, rows.weight, rows.rest, rows.payoff
    value, improved, q_values, policy = rows.value, rows.improved, rows.q_values, rows.policy
    hub = lumped_values(rows, value)
    low, high = math.inf, -math.inf
    num_changed = 0
    if rows.sizes.num_unseen > 0.0:
        improved[num_states + 1] = rows.sizes.unseen_payoff + discount * hub
        low = high = improved[num_states + 1] - value[num_states + 1]
    if (
        rows.sizes.num_starts == 0 and rows.sizes.num_terminal > 0.0
    ):  # an absorbing state that pays nothing and never changes
        low, high = min(low, 0.0), max(high, 0.0)
    row = begin = 0
    for state in range(num_states):
        best, chosen = -math.inf, 0
        for _ in range(num_actions):
            end = indptr[row + 1]
            total = rest[row] * hub if has_hub else 0.0
            if begin < end:  # most rows have a single transition: it costs no loop
                total += weight[begin] * value[successor[begin]]
                for k in range(begin + 1, end):
                    total += weight[k] * value[successor[k]]
            q = payoff[row] + discount * total
            q_values[row] = q
            if q > best:
                best, chosen = q, row
            row, begin = row + 1, end
        improved[state] = best
        num_changed += policy[state] != chosen
        policy[state] = chosen
        change = best - value[state]
        if change > high:  # predictable branches: `max` would make every state wait for the one before
            high = change
        if change < low:
            low = change
    improved[num_states] = value[num_states]
    return low, high, num_changed


@part
def improve_in_place(rows, discount, backwards):
    """One sweep of Gauss-Seidel value iteration, which also leaves the greedy `policy`."""
    num_states, num_actions, has_hub = rows.sizes.num_states, rows.sizes.num_actions, rows.sizes.has_hub != 0
    indptr, successor, weight, rest, payoff = rows.indptr, rows.successor, rows.weight, rows.rest, rows.payoff
    value, policy = rows.value, rows.policy
    hub = lumped_values(rows, value)
    if rows.sizes.num_unseen > 0.0:
        value[num_states + 1] = rows.sizes.unseen_payoff + discount * hub
    for k in range(num_states):
        state = num_states - 1 - k if backwards else k
        best, chosen = -math.inf, 0
        for row in range(state * num_actions, (state + 1) * num_actions):
            total = rest[row] * hub if has_hub else 0.0
            for position in range(indptr[row], indptr[row + 1]):
                total += weight[position] * value[successor[position]]
            q = payoff[row] + discount * total
            if q > best:
                best, chosen = q, row
        value[state] = best
        policy[state] = chosen
