"""Discounted planning without a horizon: of a belief, warm-started at every step, and of a given world."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agent.planners.compaction import CompactModel
from agent.planners.rows import Rows, check_options, solve_rows
from agent.world_model import WorldModel

if TYPE_CHECKING:
    from envs import FiniteMDP


@dataclass(frozen=True)
class Plan:
    """Solution of a finite Markov decision problem.

    Attributes:
        value: `[S]`, of the optimal policy, up to the solver's tolerance.
        q_values: `[S, A]`; 0 in terminal states.
        policy: `[S]`, a greedy action (0 in terminal states).
        loss_bound: certified bound on V* - V_policy in every state.
        num_iterations: sweeps over all states.
    """

    value: NDArray[np.float64]
    q_values: NDArray[np.float64]
    policy: NDArray[np.int64]
    loss_bound: float
    num_iterations: int


class ValueIteration:
    """Keeps the plan of a belief optimal to a share of the value of the state at hand.

    Attributes:
        discount: in (0, 1).
        tolerance: policy loss allowed, as a share of the value of the current state.
    """

    def __init__(self, discount: float = 0.99, tolerance: float = 0.01) -> None:
        check_options(discount, tolerance)
        self.discount, self.tolerance = discount, tolerance
        self._compact = CompactModel()

    def plan(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Plan anew from the last plan; return the certified bound on the policy's loss, nats.

        Fills `states.value` and `pairs.q_value` of all known states.
        """
        compact = self._compact
        compact.rebuild(model, unvisited_payoff)
        position = compact.position(state)
        bound, _ = solve_rows(
            compact.rows, compact.value, compact.improved, compact.q_values, compact.policy,
            self.discount, 1e-12, self.tolerance, position,
        )  # fmt: skip
        compact.write_back(model)
        return bound


def solve(mdp: "FiniteMDP", discount: float, tolerance: float) -> Plan:
    """Solve a given world by modified policy iteration: sup |V - V*| <= tolerance.

    Terminal states are worth 0; to plan with restarts give `mdp.with_resets()`.

    Args:
        mdp: S states, A actions; its mean reward is what is maximised.
        discount: in (0, 1).
        tolerance: absolute, in units of reward.

    Raises:
        ValueError: discount or tolerance out of range.

    Source: Puterman 1994, "Markov Decision Processes", section 6.5; bounds of MacQueen 1966.
    """
    check_options(discount, tolerance)
    live = np.flatnonzero(~mdp.terminal)
    num_actions = mdp.num_actions
    value, q_values = np.zeros(mdp.num_states), np.zeros((mdp.num_states, num_actions))
    policy = np.zeros(mdp.num_states, dtype=np.int64)
    if live.size == 0:
        return Plan(value, q_values, policy, 0.0, 0)
    rows = _rows_of(mdp, live)
    compact, q = np.zeros(live.size + 2), np.zeros(live.size * num_actions)
    chosen = np.zeros(live.size, np.int32)
    bound, num_iterations = solve_rows(
        rows, compact, np.zeros_like(compact), q, chosen, discount, 2 * tolerance, 0.0, 0
    )
    value[live], q_values[live] = compact[:-2], q.reshape(-1, num_actions)
    policy[live] = chosen - np.arange(live.size) * num_actions
    return Plan(value, q_values, policy, bound, num_iterations)


def _rows_of(mdp: "FiniteMDP", live: NDArray[np.int64]) -> Rows:
    """Rows of a world, terminal states taken out."""
    index = np.full(mdp.num_states, live.size, np.int32)
    index[live] = np.arange(live.size)
    pairs = (live[:, None] * mdp.num_actions + np.arange(mdp.num_actions)).ravel()
    kept = mdp.transition[pairs]
    no_starts = np.zeros(0, np.int32), np.zeros(0)
    population = np.array([mdp.num_states - live.size, 0.0, 0.0])
    return Rows(
        kept.indptr.astype(np.int32), index[kept.indices], kept.data.astype(np.float64), np.zeros(len(pairs)),
        mdp.reward.ravel()[pairs].astype(np.float64), *no_starts, population, np.zeros(1),
    )  # fmt: skip
