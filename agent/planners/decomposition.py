"""What a plan's values are made of: reward, what transitions teach, and what rewards teach.

A payoff is a sum of parts, and under a fixed policy values are linear in payoffs. So each part has a value of its own,

    V_k(s) = r_k(s, pi(s)) + discount * sum_s' predictive(s' | s, pi(s)) V_k(s'),   sum_k V_k = V,

by one linear system with a right-hand side for each part, and q-values are the same sum. The policy is the greedy one
of the plan, of which its certificate bounds the loss. A plan for so many steps has one for each of them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, eye_array, vstack
from scipy.sparse.linalg import splu

from ..belief.tables import TERMINAL
from ..validation import shown
from .compact_rows import CompactModel
from .payoffs import PayoffTerms

if TYPE_CHECKING:
    from ..belief.world_model import WorldModel

PARTS = 3  # reward, bonus, what rewards teach
Parts = NDArray[np.float64]


@dataclass(frozen=True)
class Decomposition:
    """What the actions of a state are worth, and what for; each `[num_actions]`, weighted as it is paid.

    Attributes:
        reward: by the world's reward.
        bonus: by the bonus, which is what transitions teach where that is the information gain.
        reward_gain: by what rewards teach.
    """

    reward: NDArray[np.float64]
    bonus: NDArray[np.float64]
    reward_gain: NDArray[np.float64]

    @property
    def q_values(self) -> NDArray[np.float64]:
        """Their sum: q-values of the plan's greedy policy."""
        return self.reward + self.bonus + self.reward_gain


def decompose(model: "WorldModel", terms: PayoffTerms, planner: Any, state: int) -> Decomposition:
    """Divide the values of a state's actions, under the plan that was made last.

    Args:
        model: the belief; its tables hold the payoffs and the plan.
        terms: what pairs pay, up to date.
        planner: who made the plan: it has `outlook(model)`, its discount and the steps ahead (None: without end).
        state: known, and not terminal.

    Raises:
        ValueError: the state is not known, or terminal; the plan is of before the latest transition; the planner plans
            on another map than the prediction, or does not tell how far it looks ahead.
    """
    outlook = getattr(planner, "outlook", None)
    if outlook is None:
        expected = "incremental, value-iteration, finite-horizon, remaining-horizon or greedy"
        raise ValueError(
            f"values are decomposed on the prediction, which {shown(planner)} does not tell: use {expected}"
        )
    with model.turn:
        model.check_acting(state)
        numbers = model.numbers
        if terms.num_steps != numbers.num_steps or terms.revision != numbers.revision:
            raise ValueError("the plan is of before the latest transition: call act(state) first")
        discount, num_steps = outlook(model)
        rows = _Rows(model, terms, getattr(planner, "episodic", False))
        value = rows.evaluated(discount) if num_steps is None else rows.inducted(num_steps - 1)
        first = rows.position(state) * model.num_actions
        q = rows.backed_up(value, discount)[first : first + model.num_actions]
        return Decomposition(*q.T.copy())


class _Rows:
    """A belief's predictions as sparse rows, and the parts of their payoffs.

    Values are those of n states, then of all terminal ones, of any never seen, and the hub, the mean of all: `[n + 3]`.
    """

    def __init__(self, model: "WorldModel", terms: PayoffTerms, is_episodic: bool) -> None:
        compact = CompactModel()
        compact.rebuild(model, terms.unvisited_payoff)
        rows, sizes, self.position = compact.rows, compact.rows.sizes, compact.position
        n, self.num_actions, self.num_known = sizes.num_states, sizes.num_actions, sizes.num_in_hub
        num_rows, starts = n * self.num_actions, 0 if is_episodic else sizes.num_starts
        indptr = rows.indptr[: num_rows + 1]
        shape, every = (num_rows, n + 3), np.arange(num_rows)
        named = csr_array((rows.weight[: indptr[-1]], rows.successor[: indptr[-1]], indptr), shape=shape)
        anywhere = csr_array((rows.rest[:num_rows], (every, np.full(num_rows, n + 2))), shape=shape)
        self.transition = csr_array(named + anywhere)
        self.planned = rows.value[:n].copy()
        self.terminal, self.hub = np.zeros(n + 3), np.zeros(n + 3)  # means of the other values
        np.add.at(self.terminal, rows.start[:starts], rows.start_weight[:starts])
        self.hub[: self.num_known], self.hub[n], self.hub[n + 1] = 1.0, sizes.num_terminal, sizes.num_unseen
        self.hub /= sizes.num_outcomes
        self.unseen = _parts(
            np.array([terms.unvisited_payoff]), terms, model.reward_belief.prior_mean, model.prior_reward_gain
        )
        known = model.known_states()
        live = known[model.states.kind[known] != TERMINAL]
        of_rewards = model.expected_rewards(live).ravel(), model.expected_reward_gains(live).ravel()
        self.paid = np.tile(self.unseen, (num_rows, 1))  # those behind the known states pay as pairs never taken
        self.paid[: of_rewards[0].size] = _parts(rows.payoff[: of_rewards[0].size], terms, *of_rewards)

    def backed_up(self, value: Parts, discount: float) -> Parts:
        """Return the q-values of all rows, by the values that follow: `[rows, ...]` by `[n + 3, ...]`."""
        paid = self.paid if value.ndim > 1 else self.paid.sum(axis=1)
        return paid + discount * (self.transition @ value)

    def best(self, q_values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the best row of each state, `[n]`."""
        choices = q_values.reshape(-1, self.num_actions)
        return choices.argmax(axis=1) + np.arange(0, q_values.size, self.num_actions)

    def evaluated(self, discount: float) -> Parts:
        """Return the parts of the values of the greedy policy of the planned values, `[n + 3, PARTS]`."""
        policy = self.best(self.backed_up(self._completed(discount), discount))
        n = len(policy)
        of_unseen = np.zeros(n + 3)
        of_unseen[n + 2] = discount
        lumps = csr_array(np.stack([self.terminal, of_unseen, self.hub]))
        system = eye_array(n + 3) - vstack([discount * self.transition[policy], lumps])
        nothing = np.zeros((1, PARTS))
        return splu(csc_array(system)).solve(np.concatenate([self.paid[policy], nothing, self.unseen, nothing]))

    def _completed(self, discount: float) -> NDArray[np.float64]:
        """Return the planned values, and what follows from them, `[n + 3]`."""
        n, unseen = len(self.planned), self.unseen.sum()
        value = np.concatenate([self.planned, np.zeros(3)])
        value[n] = self.terminal @ value
        value[n + 2] = (self.hub @ value + self.hub[n + 1] * unseen) / (1.0 - discount * self.hub[n + 1])
        value[n + 1] = unseen + discount * value[n + 2]
        beyond = self.num_known * self.num_actions
        value[self.num_known : n] = self.backed_up(value, discount)[beyond :: self.num_actions]
        return value

    def inducted(self, num_steps: int) -> Parts:
        """Return the parts of the values of the best plan for so many steps, undiscounted, `[n + 3, PARTS]`."""
        n = len(self.planned)
        value = np.zeros((n + 3, PARTS))
        for _ in range(num_steps):
            q_values = self.backed_up(value, 1.0)
            value[n + 1] = self.unseen + value[n + 2]
            value[:n] = q_values[self.best(q_values.sum(axis=1))]
            value[n] = self.terminal @ value
            value[n + 2] = self.hub @ value
        return value


def _parts(payoff: NDArray[np.float64], terms: PayoffTerms, reward: Any, reward_gain: Any) -> Parts:
    """Divide what pairs pay, `[n]`, into parts, `[n, PARTS]`, which sum to it."""
    parts = np.empty((len(payoff), PARTS))
    parts[:, 0], parts[:, 2] = terms.reward_weight * reward, terms.reward_gain_weight * reward_gain
    parts[:, 1] = payoff - parts[:, 0] - parts[:, 2]
    return parts
