"""What a life is worth, told of its recorded steps and of the true process: exact functions of counts and truth.

A measure is a function of columns of one entry a step, of increasing numbers of steps after which it is told, and of
the process; it takes what it names. n(s, a, s') are counts, and the empirical model is

    p^(s' | s, a) = n(s, a, s') / n(s, a),   1 / S for every s' where (s, a) was never taken

S counts all states, terminal ones too. It knows nothing of a prior: agents are compared by where they went alone.

Sources: Kaufmann, Menard, Domingues, Jonsson, Leurent and Valko 2021, "Adaptive reward-free exploration",
arXiv 2006.06294 (value error); Tarbouriech, Shekhar, Pirotta, Ghavamzadeh and Lazaric 2020, "Active model estimation in
Markov decision processes", arXiv 2003.03297 (model error); Puterman 1994, "Markov decision processes", theorem 8.5.3
(gain).
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ..validation import is_finite_number, is_whole_number
from ..worlds import FiniteMDP

Columns = Mapping[str, NDArray[Any]]
Points = NDArray[np.int64]
Floats = NDArray[np.float64]

PRECISION, MOST_SWEEPS = 1e-11, 200_000
"""Up to which share of the largest reward a gain is worked out, and sweeps after which there is thought to be none."""


def reward(steps: Columns, points: Points) -> Floats:
    """Sum of rewards after so many steps, `[N]`."""
    return np.append(0.0, steps["reward"].cumsum())[points]


def surprise(steps: Columns, points: Points) -> Floats:
    """Sum of Bayesian surprises after so many steps, `[N]`, nats."""
    return np.append(0.0, steps["information_gain_nats"].cumsum())[points]


def missing(steps: Columns, points: Points) -> Floats:
    """Missing information after so many steps, `[N]`, nats; nan before the first, and where the truth is not known."""
    return np.append(math.nan, steps["missing_information_nats"])[points]


def missing_bits(steps: Columns, points: Points) -> Floats:
    """Missing information after so many steps, `[N]`, bits; nan likewise."""
    return missing(steps, points) / math.log(2)


def states_left(steps: Columns, points: Points, mdp: FiniteMDP) -> Floats:
    """Number of states not yet met, of those that can be, after so many steps, `[N]`; of no steps, all."""
    can_be, last = mdp.reachable_states(), int(points.max(initial=0))
    met, first = np.unique(np.ravel([steps["state"][:last], steps["next_state"][:last]], "F"), return_index=True)
    return can_be.sum() - np.searchsorted(np.sort(first[can_be[met]]), 2 * points).astype(np.float64)


def model_error(steps: Columns, points: Points, mdp: FiniteMDP) -> Floats:
    """Mean over all pairs of the L1 distance of the empirical model from the truth.

        E = 1 / (S A) sum_(s, a) || p^(. | s, a) - p(. | s, a) ||_1

    Between 0, all is known, and 2. Pairs of terminal states are left out: there are none.

    Args:
        steps: columns `state`, `action` and `next_state`, `[num_steps]`.
        points: `[N]`, increasing numbers of steps.
        mdp: the true process.

    Returns:
        `[N]`.

    Raises:
        ValueError: the steps are not of this process.
    """
    return np.array([errors.mean() for errors in _pair_errors(steps, points, mdp)])


def largest_model_error(steps: Columns, points: Points, mdp: FiniteMDP) -> Floats:
    """Maximum over all pairs of the L1 distance of the empirical model from the truth; see `model_error`."""
    return np.array([errors.max() for errors in _pair_errors(steps, points, mdp)])


def value_error(steps: Columns, points: Points, mdp: FiniteMDP, horizon: int = 20, discount: float = 0.99) -> Floats:
    """How wrong the empirical model is about the best value of a reward that is revealed afterwards.

        | V^_0 - V_0 |,   V_h(s) = max_a (r(s, a) + discount * sum_s' p(s' | s, a) V_{h+1}(s')),   V_horizon = 0

    V^ is the same with p^, and both with the true mean rewards r. A terminal state is worth 0, and values are means
    over the first states of episodes. What is wrong where nobody would go does not count.

    Args:
        steps: columns `state`, `action` and `next_state`, `[num_steps]`.
        points: `[N]`, increasing numbers of steps.
        mdp: the true process, which pays the reward.
        horizon: steps that are planned for.
        discount: of a step, above 0 and at most 1.

    Returns:
        `[N]`, in units of the reward.

    Raises:
        ValueError: a parameter out of range, or steps that are not of this process.
    """
    if not (is_whole_number(horizon) and horizon >= 1):
        raise ValueError(f"horizon must be a whole number of steps, at least 1, got {horizon!r}")
    if not (is_finite_number(discount) and 0 < discount <= 1):
        raise ValueError(f"discount must be a number above 0, at most 1, got {discount!r}")
    never = np.zeros(mdp.reward.size, np.bool_)
    best = _planned(mdp, mdp.transition, never, int(horizon), discount)
    models = _empirical_models(steps, points, mdp)
    return np.array([abs(_planned(mdp, p, visits == 0, int(horizon), discount) - best) for visits, p in models])


def regret(steps: Columns, points: Points, mdp: FiniteMDP) -> Floats:
    """How much reward was lost against who earns the most in the long run.

        T g* - sum of rewards,   g* the optimal gain

    A terminal state is followed by the next episode. Of a single life it may be below 0.

    Args:
        steps: columns `reward` and `truncated`, `[num_steps]`.
        points: `[N]`, numbers of steps T.
        mdp: the true process.

    Returns:
        `[N]`, in units of the reward.

    Raises:
        ValueError: episodes were cut short, or the process has no single gain.
    """
    _check_endless(steps)
    return points * optimal_gain(mdp) - reward(steps, points)


def steps_lost(steps: Columns, points: Points, mdp: FiniteMDP) -> Floats:
    """How many steps were made beyond those in which the best strategy earns as much: regret / optimal gain.

    Where reaching the goal pays 1, and nothing else does, T - K / g* after K episodes is the regret of a shortest path
    of which each step costs 1: g* is then one over the fewest steps that an episode takes in the mean.

    Args:
        steps: columns `reward` and `truncated`, `[num_steps]`.
        points: `[N]`, numbers of steps T.
        mdp: the true process.

    Returns:
        `[N]`, steps.

    Raises:
        ValueError: as `regret`, or nothing can be earned.
    """
    _check_endless(steps)
    if (gain := optimal_gain(mdp)) <= 0:
        raise ValueError(f"steps are lost where something can be earned: the best strategy earns {gain:.3g} a step")
    return points - reward(steps, points) / gain


def optimal_gain(mdp: FiniteMDP) -> float:
    """The most that can be earned a step in the long run, by relative value iteration.

        min_s (T h - h)(s) <= g* <= max_s (T h - h)(s)   for any h,   T the optimality operator

    Every step stays with probability 1/2 in T, which halves the gain and lets the bounds meet in periodic worlds too.

    Raises:
        ValueError: the bounds do not meet: how much can be earned depends on where one is.
    """
    endless = mdp.with_resets()
    states = np.flatnonzero(mdp.reachable_states() & ~mdp.terminal)
    pairs = (states[:, None] * mdp.num_actions + np.arange(mdp.num_actions)).ravel()
    transition, paid = endless.transition[pairs][:, states], mdp.reward.ravel()[pairs]
    bias, scale = np.zeros(len(states)), max(float(np.abs(paid).max(initial=0.0)), 1e-300)
    low = high = 0.0
    for _ in range(MOST_SWEEPS):
        gains = (paid + transition @ bias).reshape(len(states), -1).max(axis=1) - bias
        low, high = gains.min(), gains.max()
        if high - low <= PRECISION * scale:
            return float(low + high) / 2
        bias += gains / 2
        bias -= bias[0]
    raise ValueError(
        f"the most that can be earned a step depends on where one is: it is {low:.3g} to {high:.3g}; expected a world "
        f"in which the best states can be reached from all others"
    )


def _check_endless(steps: Columns) -> None:
    if steps["truncated"].any():
        raise ValueError("regret is that of an endless life: got episodes cut short, expected no limit on their steps")


def _planned(mdp: FiniteMDP, transition: csr_array, unknown: NDArray[np.bool_], horizon: int, discount: float) -> float:
    """Plan backwards, pairs that are unknown leading anywhere; return the value of the start."""
    paid, value = mdp.reward.ravel(), np.zeros(mdp.num_states)
    for _ in range(horizon):
        q_values = paid + discount * (transition @ value + unknown * value.mean())
        value = np.where(mdp.terminal, 0.0, q_values.reshape(mdp.reward.shape).max(axis=1))
    return float(mdp.start @ value)


def _pair_errors(steps: Columns, points: Points, mdp: FiniteMDP) -> Iterator[Floats]:
    """Yield the L1 distances of the pairs of all states that have actions."""
    truth, num_states = mdp.transition, mdp.num_states
    beyond = csr_array((np.abs(truth.data - 1 / num_states) - 1 / num_states, truth.indices, truth.indptr), truth.shape)
    at_first, has_actions = 1 + beyond.sum(axis=1), np.repeat(~mdp.terminal, mdp.num_actions)
    for visits, frequencies in _empirical_models(steps, points, mdp):
        seen = abs(frequencies - truth).sum(axis=1)
        yield np.where(visits > 0, seen, at_first)[has_actions]


def _empirical_models(steps: Columns, points: Points, mdp: FiniteMDP) -> Iterator[tuple[Floats, csr_array]]:
    """Yield visits, `[S * A]`, and frequencies, `[S * A, S]`, empty rows where there were none, after so many steps."""
    last, shape = int(points.max(initial=0)), (mdp.reward.size, mdp.num_states)
    state, action, successor = (steps[name][:last].astype(np.int64) for name in ("state", "action", "next_state"))
    inside = (np.minimum(state, successor) >= 0) & (np.maximum(state, successor) < shape[1])
    if last > len(steps["state"]) or not inside.all() or action.max(initial=0) >= mdp.num_actions:
        raise ValueError(f"the steps are not {last} of a process of {shape[1]} states and {mdp.num_actions} actions")
    edge, which = np.unique((state * mdp.num_actions + action) * shape[1] + successor, return_inverse=True)
    first = np.searchsorted(edge, np.arange(shape[0] + 1) * shape[1])
    successors, counts, made = edge % shape[1], np.zeros(len(edge)), 0
    for point in points.tolist():
        counts += np.bincount(which[made:point], minlength=len(edge))
        made = point
        visits = np.diff(np.append(0.0, counts.cumsum())[first])
        frequencies = counts / np.repeat(np.maximum(visits, 1), np.diff(first))
        yield visits, csr_array((frequencies, successors, first), shape)
