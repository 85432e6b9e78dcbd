"""Dense textbook versions of published strategies, on counts of their own: slow, plain, and written independently."""

import functools
import math

import numpy as np


class Counts:
    """What was seen of a small world, dense."""

    def __init__(self, num_states, num_actions):
        self.successors = np.zeros((num_states, num_actions, num_states))
        self.rewards = np.zeros((num_states, num_actions))
        self.starts, self.terminal = np.zeros(num_states), np.zeros(num_states, bool)
        self.steps = 0

    def begin(self, state):
        self.starts[state] += 1

    def add(self, step):
        self.successors[step.state, step.action, step.next_state] += 1
        self.rewards[step.state, step.action] += step.reward
        self.terminal[step.next_state] |= step.terminated
        self.steps += 1

    @property
    def visits(self):
        return self.successors.sum(axis=2)

    @property
    def mean_reward(self):
        return self.rewards / np.maximum(self.visits, 1)

    @property
    def frequencies(self):
        return self.successors / np.maximum(self.visits, 1)[..., None]


def with_restarts(value, counts):
    """Values where a terminal state is worth the mean of the states that episodes began in."""
    value = value.copy()
    if counts.terminal.any():
        value[counts.terminal] = counts.starts @ value / counts.starts.sum()
    return value


def solved(transition, payoff, discount, counts, best=None):
    """Optimal q-values `[S, A]` by value iteration; `best[s, a]`, where it is not nan, is the value itself."""
    value, q_values = np.zeros(len(transition)), np.zeros(payoff.shape)
    for _ in range(100_000):
        q_values = payoff + discount * transition @ with_restarts(value, counts)
        if best is not None:
            q_values = np.where(np.isnan(best), q_values, best)
        new = q_values.max(axis=1)
        if np.abs(new - value).max() < 1e-13 * max(np.abs(new).max(), 1):
            break
        value = new
    return q_values


def r_max(counts, discount, enough, largest_reward):
    """Q-values of R-max: an unknown pair is worth the most there is."""
    is_known = counts.visits >= enough
    best = np.where(is_known, np.nan, largest_reward / (1 - discount))
    return solved(counts.frequencies, counts.mean_reward, discount, counts, best)


def best_distribution(frequencies, radius, order):
    """The inner maximum of UCRL2, figure 2 of the publication: `order` lists the states, the best first."""
    p = frequencies.copy()
    p[order[0]] = min(1.0, frequencies[order[0]] + radius / 2)
    worst = len(p) - 1
    while p.sum() > 1 + 1e-12:
        p[order[worst]] = max(0.0, 1 - (p.sum() - p[order[worst]]))
        worst -= 1
    return p


def ucrl2(counts, delta, largest_reward, value):
    """Q-values of extended value iteration from some values, and how many sweeps it took."""
    num_states, num_actions = counts.visits.shape
    steps, least = max(counts.steps, 1), np.maximum(counts.visits, 1)
    radius = np.sqrt(14 * num_states * np.log(2 * num_actions * steps / delta) / least)
    margin = largest_reward * np.sqrt(7 * np.log(2 * num_states * num_actions * steps / delta) / (2 * least))
    live = ~counts.terminal
    for sweep in range(1, 100_000):
        value = with_restarts(value, counts)
        order = np.argsort(np.where(live, -value, np.inf), kind="stable")
        expected = np.array(
            [
                [best_distribution(counts.frequencies[s, a], radius[s, a], order) @ value for a in range(num_actions)]
                for s in range(num_states)
            ]
        )
        q_values = counts.mean_reward + margin + expected
        change = (q_values.max(axis=1) - value)[live]
        value = q_values.max(axis=1)
        if change.max() - change.min() < largest_reward / np.sqrt(steps):
            return q_values, value, sweep
    raise AssertionError


def entropy(shares, weights, sigma):
    """Weighted entropy of shares, smoothed."""
    return -float((weights * shares * np.log(shares + sigma)).sum())


def max_ent(counts, predicted, sigma, discount, is_weighted):
    """Optimal q-values for the gradient of the entropy of visits, by differences of the entropy itself.

    Payoffs are counted from their mean over the visits. `predicted` is `[S, A, S]`.
    """
    visits = counts.visits
    shares, weights = visits / max(visits.sum(), 1), np.ones(visits.shape)
    if is_weighted:
        covariances = np.array([[np.diag(row) - np.outer(row, row) for row in rows] for rows in predicted])
        weights = np.sqrt(np.trace(covariances, axis1=2, axis2=3))
    gradient, change = np.zeros(visits.shape), 1e-4 * sigma
    for pair in np.ndindex(*visits.shape):
        sides = [shares.copy(), shares.copy()]
        for side, sign in zip(sides, (1, -1), strict=True):
            side[pair] += sign * change
        gradient[pair] = (entropy(sides[0], weights, sigma) - entropy(sides[1], weights, sigma)) / (2 * change)
    return solved(predicted, gradient - (shares * gradient).sum(), discount, counts)


def gains_ahead(counts, predicted, gain, horizon):
    """Largest expected gains of the steps left, `[horizon, S, A]`, the first entry with all of them left."""
    stages, value = np.zeros((horizon, *gain.shape)), np.zeros(len(gain))
    for left in range(1, horizon + 1):
        stages[horizon - left] = gain + predicted @ with_restarts(value, counts)
        value = stages[horizon - left].max(axis=1)
    return stages


def reward_free(counts, length, delta, scale, is_express):
    """Return the bound at (step of the episode, state, action), worked out by recursion on these counts."""
    visits, frequencies, ends = counts.visits.copy(), counts.frequencies.copy(), counts.terminal.copy()
    num_states, num_actions = visits.shape

    @functools.cache
    def bound(step, state, action):
        n, remaining = visits[state, action], length - step
        if n == 0:
            return float(remaining)
        threshold = math.log(3 * num_states * num_actions * length / delta)
        threshold += num_states * math.log(8 * math.e * (n + 1))
        later = 0.0
        for successor in np.flatnonzero(frequencies[state, action]):
            if step + 1 < length and not ends[successor]:
                best = max(bound(step + 1, int(successor), each) for each in range(num_actions))
                later += frequencies[state, action, successor] * best
        if is_express:
            return min(remaining, scale * 15 * length**2 * threshold / n + (1 + 1 / length) * later)
        return min(remaining, scale * length * math.sqrt(2 * threshold / n) + later)

    return bound
