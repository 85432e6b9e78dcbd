"""Planning on the true map, for what a belief is still to learn: what not knowing the way costs."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..belief.tables import SEEN
from ..belief.world_model import WorldModel
from ..compilation.handles import Pack
from ..registry import DISCOUNT, TOLERANCE
from .policy_iteration import check_options, rows_of, solve_rows

if TYPE_CHECKING:
    from ..worlds import FiniteMDP


class TrueMap:
    """Keeps a plan optimal on the true transition probabilities, whatever the belief predicts.

        Q(p) = payoff(p) + discount * sum_s' true(s' | p) V(s'),     payoff by the belief

    An end of an episode is worth the mean over the start distribution. Pairs of states never seen pay what a pair never
    taken does. Solved anew at every step, from the last plan.

    Attributes:
        discount: in (0, 1).
        tolerance: policy loss allowed, as a share of the value of the current state.
        agent: whom it plans for, if it does for one.
    """

    agent: Any = None

    def __init__(self, mdp: "FiniteMDP", discount: float = DISCOUNT, tolerance: float = TOLERANCE) -> None:
        """Make a planner.

        Args:
            mdp: the truth, its states numbered as those of the belief.
            discount: in (0, 1).
            tolerance: policy loss allowed, as a share of the value of the current state.

        Raises:
            ValueError: a discount or a tolerance out of range.
        """
        check_options(discount, tolerance)
        self.discount, self.tolerance = discount, tolerance
        endless = mdp.with_resets()
        self._acting = np.flatnonzero(~mdp.terminal)
        sums = np.asarray(endless.transition.sum(axis=1)).reshape(mdp.reward.shape)[self._acting]
        self._deviation = float(np.abs(sums - 1.0).max())
        self._rows, self._pack = rows_of(endless), None

    def plan(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Plan anew from the last plan; return the certified bound on the policy's loss on the true map, nats.

        Fills `states.value` and `pairs.q_value` of all known states.

        Raises:
            ValueError: the state is not known, or terminal.
        """
        with model.turn:
            model.check_acting(state)
            model.claim, rows, acting = None, self._rows, self._acting
            num_actions = rows.sizes.num_actions
            rows.payoff.reshape(-1, num_actions)[acting] = payoffs_of(model, acting, unvisited_payoff)
            if self._pack is None:
                self._pack = Pack(rows)
            bound, _ = solve_rows(self._pack.address, self.discount, 1e-12, self.tolerance, state, self._deviation)
            known = acting[model.of_states("kind", acting) == SEEN]
            pairs = (known[:, None] * num_actions + np.arange(num_actions)).ravel()
            model.states.value[known] = rows.value[known]
            model.pairs.q_value[pairs] = rows.q_values[pairs]
            return bound

    def __getstate__(self) -> dict[str, Any]:
        """A copy owns other arrays: it must not inherit the addresses of these."""
        return self.__dict__ | {"_pack": None}


def payoffs_of(model: "WorldModel", states: NDArray[np.int64], unvisited_payoff: float) -> NDArray[np.float64]:
    """Return what the actions of some states pay, `[n, num_actions]`; of states never seen, as a pair never taken.

    Args:
        model: the belief, whose payoffs are up to date.
        states: `[n]`, none of them terminal.
        unvisited_payoff: of a pair of which nothing is known.
    """
    is_seen = model.of_states("kind", states) == SEEN
    return np.where(is_seen[:, None], model.of_pairs("payoff", states), unvisited_payoff)
