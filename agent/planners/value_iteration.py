"""Discounted planning without a horizon: of a belief, warm-started at every step, and of a given world."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..belief.world_model import WorldModel
from ..compilation.handles import Pack
from ..registry import DISCOUNT, TOLERANCE
from .compact_rows import CompactModel
from .dense import solve_dense
from .policy_iteration import MAX_SWEEPS, check_options, rows_of, solve_rows

if TYPE_CHECKING:
    from ..worlds import FiniteMDP


DENSE = 0.25  # share of non-zero transitions from which a matrix product beats sparse rows


@dataclass(frozen=True)
class Plan:
    """Solution of a finite Markov decision problem.

    Attributes:
        value: `[S]`, of the optimal policy, up to the solver's tolerance.
        q_values: `[S, A]`; 0 in terminal states.
        policy: `[S]`, a greedy action (0 in terminal states).
        loss_bound: certified bound on V* - V_policy in every state, rounding included; `value` errs by half of it.
        num_iterations: sweeps over all states; a system of linear equations solved counts as one.
        shortfall: why the tolerance was not met; empty where it was.
    """

    value: NDArray[np.float64]
    q_values: NDArray[np.float64]
    policy: NDArray[np.int64]
    loss_bound: float
    num_iterations: int
    shortfall: str = ""

    @property
    def tolerance_met(self) -> bool:
        """Whether `value` is certain to err by no more than what was allowed."""
        return not self.shortfall


class ValueIteration:
    """Keeps the plan of a belief optimal to a share of the value of the state at hand.

    Attributes:
        discount: in (0, 1).
        tolerance: policy loss allowed, as a share of the value of the current state.
        agent: whom it plans for, if it does for one.
    """

    agent: Any = None

    def __init__(self, discount: float = DISCOUNT, tolerance: float = TOLERANCE) -> None:
        check_options(discount, tolerance)
        self.discount, self.tolerance = discount, tolerance
        self._compact = CompactModel()

    def outlook(self, model: WorldModel) -> tuple[float, int | None]:
        """Discount of the latest plan, and how many steps it looks ahead; None: without end."""
        return self.discount, None

    def plan(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Plan anew from the last plan; return the certified bound on the policy's loss, nats.

        Fills `states.value` and `pairs.q_value` of all known states.

        Raises:
            ValueError: the state is not known, or terminal.
        """
        with model.turn:
            model.check_acting(state)
            model.claim, compact = None, self._compact
            rows = compact.rebuild(model, unvisited_payoff)
            bound, _ = solve_rows(rows, self.discount, 1e-12, self.tolerance, compact.position(state))
            compact.write_back(model)
            return bound


def solve(mdp: "FiniteMDP", discount: float, tolerance: float) -> Plan:
    """Solve a given world: sup |V - V*| <= tolerance, or the plan says why that is not certain (`Plan.shortfall`).

    Sparse rows by modified policy iteration, dense ones by value iteration through BLAS. Terminal states are worth 0;
    to plan with restarts give `mdp.with_resets()`. Numbers have 16 digits: what values of v lose to rounding is about
    1e-16 v / (1 - discount) times the successors of a pair, which no solver can do better than.

    Args:
        mdp: S states, A actions; its mean reward is what is maximised.
        discount: in (0, 1).
        tolerance: absolute, in units of reward.

    Raises:
        ValueError: discount or tolerance out of range.

    Source: Puterman 1994, "Markov Decision Processes", section 6.5; bounds of MacQueen 1966.
    """
    check_options(discount, tolerance)
    num_states, num_actions = mdp.reward.shape
    num_terms, sums = int(np.diff(mdp.transition.indptr).max()), mdp.transition @ np.ones(num_states)
    deviation = float(np.abs(sums - 1.0).max(initial=0.0, where=np.repeat(~mdp.terminal, num_actions)))
    if mdp.transition.data.size >= DENSE * num_actions * num_states**2:
        value, q_values, policy = (
            np.zeros(num_states),
            np.empty(num_states * num_actions),
            np.full(num_states, -1, np.int32),
        )
        bound, num_sweeps = solve_dense(
            _dense(mdp), mdp.reward.ravel(), value, q_values, policy, discount, 2 * tolerance, num_terms, deviation
        )
    else:
        rows = rows_of(mdp)
        pack = Pack(rows)
        bound, num_sweeps = solve_rows(pack.address, discount, 2 * tolerance, 0.0, 0, deviation)
        value, q_values, policy = rows.value[:num_states], rows.q_values, rows.policy
    q_values = q_values.reshape(num_states, num_actions)
    if mdp.terminal.any():
        value[mdp.terminal], q_values[mdp.terminal] = 0.0, 0.0
    policy = policy - np.arange(0, q_values.size, num_actions)
    return Plan(value, q_values, policy, bound, num_sweeps, _shortfall(bound, num_sweeps, tolerance))


def _shortfall(bound: float, num_sweeps: int, tolerance: float) -> str:
    if bound <= 2 * tolerance:
        return ""
    why = "rounding leaves no more certain" if num_sweeps < MAX_SWEEPS else "the values converge too slowly"
    return f"values are certain to {bound / 2:.2g}, not to {tolerance:g}: after {num_sweeps} sweeps {why}"


def _dense(mdp: "FiniteMDP") -> NDArray[np.float64]:
    """`[S * A, S]`, without a copy where no entry is zero: the rows of the world are sorted."""
    shape = (mdp.reward.size, mdp.num_states)
    if mdp.transition.data.size == shape[0] * shape[1]:
        return np.asarray(mdp.transition.data, np.float64).reshape(shape)
    return np.asarray(mdp.transition.toarray(), np.float64)
