"""The most that can be learnt in so many steps: planning on beliefs, exact, for tiny worlds.

A plan on the belief as it is, frozen, does not know that what it is paid falls as it learns. The Bayes optimum does:
its states are beliefs (Duff 2002, "Optimal learning", PhD thesis, University of Massachusetts). With
independent Dirichlet beliefs b, one for each pair,

    V_0 = 0,   Q_r(b, s, a) = I(b_sa) + sum_s' predictive_b(s' | s, a) V_(r-1)(b + one count of (s, a, s'), s')
    V_r(b, s) = max_a Q_r(b, s, a)

where I is the expected information gain. Gains add up in expectation: V_T is the mutual information of all that is seen
in T steps and the world, under the best policy (Sun, Gomez and Schmidhuber 2011, arXiv 1103.5708). With the
actions of a given policy instead of the maximum it is what that policy learns.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..dirichlet import expected_information_gain
from ..validation import is_whole_number

MOST_STEPS = 100
MOST_BELIEFS = 300_000
"""Beliefs that are looked at: some ten seconds, and half a gigabyte in worlds of a few states."""

Policy = Callable[[NDArray[np.float64], int, int], ArrayLike]
"""Of a belief's concentrations `[S, A, S]`, a state and the steps that remain: probabilities of the actions, `[A]`."""

_Row = tuple[float, ...]


def bayes_optimum(concentration: ArrayLike, state: int, steps: int) -> float:
    """Largest expected information gain of so many steps, nats, by the full tree of beliefs.

        max over policies of I(outcomes of the steps; theta)

    Exact, if the belief is right: the world is drawn from it, and it stays as it is but for counts. So neither are
    fitted concentrations meant, nor rules, nor worlds with terminal states or resets.

    Args:
        concentration: `[S, A, S]`, of the Dirichlet belief about each pair, prior and counts; 0: ruled out.
        state: to start from.
        steps: how many; 0: nothing is gained.

    Raises:
        ValueError: a belief of another shape, no such state, no number of steps; or the tree has more than
            `MOST_BELIEFS` beliefs, which grow with (actions x possible outcomes) to the power of the steps.

    Source: Duff 2002; Sun, Gomez and Schmidhuber 2011.
    """
    return _Tree(concentration, state, steps, None).value


def policy_gain(concentration: ArrayLike, state: int, steps: int, policy: Policy) -> float:
    """Expected information gain of so many steps of a policy, nats: the expectation over the tree, not a simulation.

    Args:
        concentration: as for `bayes_optimum`.
        state: to start from.
        steps: how many.
        policy: asked in each belief that it can come to, once for each state in it.

    Raises:
        ValueError: as for `bayes_optimum`, or the policy gives no probabilities.
    """
    return _Tree(concentration, state, steps, policy).value


class _Tree:
    """Beliefs that can be come to, each looked at once: the order of what was seen does not matter.

    Attributes:
        value: of the first one, nats.
    """

    def __init__(self, concentration: ArrayLike, state: int, steps: int, policy: Policy | None) -> None:
        belief = np.asarray(concentration, dtype=np.float64)
        _check(belief, state, steps)
        self._num_states, self._num_actions, _ = belief.shape
        self._policy = policy
        self._steps = steps
        self._known: dict[tuple[tuple[_Row, ...], int], float] = {}
        self._rows: dict[_Row, tuple[float, list[tuple[int, float]]]] = {}
        self.value = self._value(tuple(map(tuple, belief.reshape(-1, self._num_states).tolist())), int(state), steps)

    def _value(self, rows: tuple[_Row, ...], state: int, remaining: int) -> float:
        if remaining == 0:
            return 0.0
        found = self._known.get((rows, state))  # how many remain follows from the counts
        if found is not None:
            return found
        if len(self._known) >= MOST_BELIEFS:
            raise ValueError(
                f"the tree of {self._steps} steps has more than {MOST_BELIEFS} beliefs in a world of "
                f"{self._num_states} states and {self._num_actions} actions: ask for fewer steps, states or outcomes"
            )
        self._known[rows, state] = value = self._best(rows, state, remaining)
        return value

    def _best(self, rows: tuple[_Row, ...], state: int, remaining: int) -> float:
        """Return the value of the best action, or the mean over the policy's."""
        if self._policy is None:
            return max(self._q_value(rows, state, action, remaining) for action in range(self._num_actions))
        belief = np.array(rows).reshape(self._num_states, self._num_actions, self._num_states)
        chances = np.asarray(self._policy(belief, state, remaining), dtype=np.float64)
        if chances.shape != (self._num_actions,) or not (chances >= 0).all() or abs(chances.sum() - 1.0) > 1e-9:
            raise ValueError(f"the policy gave {chances}, expected probabilities of {self._num_actions} actions")
        taken = np.flatnonzero(chances).tolist()
        return sum(float(chances[action]) * self._q_value(rows, state, action, remaining) for action in taken)

    def _q_value(self, rows: tuple[_Row, ...], state: int, action: int, remaining: int) -> float:
        pair = state * self._num_actions + action
        row = rows[pair]
        if row not in self._rows:
            self._rows[row] = _outlook(row)
        value, outcomes = self._rows[row]
        for successor, chance in outcomes if remaining > 1 else ():
            counted = (*row[:successor], row[successor] + 1.0, *row[successor + 1 :])
            value += chance * self._value((*rows[:pair], counted, *rows[pair + 1 :]), successor, remaining - 1)
        return value


def _outlook(row: _Row) -> tuple[float, list[tuple[int, float]]]:
    """Return the expected gain of a pair, nats, and the probability of each outcome that is possible."""
    total = sum(row)
    possible = [each for each in row if each > 0.0]
    gain = float(expected_information_gain(np.array(possible)))
    return gain, [(successor, each / total) for successor, each in enumerate(row) if each > 0.0]


def _check(belief: NDArray[np.float64], state: int, steps: int) -> None:
    if belief.ndim != 3 or belief.shape[0] != belief.shape[2] or belief.size == 0:
        raise ValueError(f"concentration has shape {belief.shape}, expected (states, actions, states)")
    if not (np.isfinite(belief).all() and (belief >= 0).all() and (belief.sum(axis=2) > 0).all()):
        raise ValueError("concentrations must be finite, not negative, and some of each pair positive")
    if not (is_whole_number(state) and 0 <= state < len(belief)):
        raise ValueError(f"state is {state!r}, expected one from 0 to {len(belief) - 1}")
    if not (is_whole_number(steps) and 0 <= steps <= MOST_STEPS):
        raise ValueError(f"steps is {steps!r}, expected a whole number from 0 to {MOST_STEPS}")
