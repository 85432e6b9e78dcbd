"""Measures of a life, each by a second derivation that is dense and plain, and by worlds worked out by hand."""

import itertools

import numpy as np
import pytest
import scipy.optimize

import agent
import envs
from agent.simulation import measures
from agent.simulation.measures import largest_model_error, model_error, optimal_gain, regret, steps_lost, value_error
from envs import FiniteMDP

POINTS = np.array([1, 2, 7, 30, 400])


def lived(env, num_steps=400, name="random"):
    (life,) = agent.simulate(env, name, num_steps, [3])
    return life.steps


def drawn(seed, num_states=4, num_actions=2, has_end=False):
    rng = np.random.default_rng(seed)
    transition = rng.dirichlet(np.full(num_states, 0.5), (num_states, num_actions))
    mdp = FiniteMDP.from_dense(transition, rng.normal(size=(num_states, num_actions)))
    if not has_end:
        return mdp
    transition[-1], reward = 0, mdp.reward.copy()
    reward[-1] = 0
    rows = transition.reshape(-1, num_states)
    return FiniteMDP(rows, reward, mdp.start, np.arange(num_states) == num_states - 1)


def table(steps, point, mdp):
    """Frequencies `[S, A, S]` of the first steps, counted one by one."""
    counts = np.zeros((mdp.num_states, mdp.num_actions, mdp.num_states))
    for state, action, successor in itertools.islice(
        zip(steps["state"], steps["action"], steps["next_state"], strict=True), point
    ):
        counts[state, action, successor] += 1
    visits = counts.sum(axis=2, keepdims=True)
    return np.where(visits > 0, counts / np.maximum(visits, 1), 1 / mdp.num_states)


def best_value(p, mdp, state, horizon, discount):
    """By recursion over all that may happen, from the first step on."""
    if horizon == 0 or mdp.terminal[state]:
        return 0.0
    return max(
        mdp.reward[state, action]
        + discount
        * sum(
            p[state, action, successor] * best_value(p, mdp, successor, horizon - 1, discount)
            for successor in np.flatnonzero(p[state, action])
        )
        for action in range(mdp.num_actions)
    )


@pytest.mark.parametrize(("seed", "has_end"), [(0, False), (1, False), (2, True)])
def test_they_are_those_of_a_table_that_is_counted_by_hand(seed, has_end):
    mdp = drawn(seed, has_end=has_end)
    steps, live = lived(envs.TabularEnv(mdp)), ~mdp.terminal
    truth = mdp.transition.toarray().reshape(mdp.num_states, mdp.num_actions, -1)
    first = np.flatnonzero(mdp.start)[0]
    means, largest = model_error(steps, POINTS, mdp), largest_model_error(steps, POINTS, mdp)
    values = value_error(steps, POINTS, mdp, horizon=4, discount=0.9)
    for i, point in enumerate(POINTS):
        p = table(steps, point, mdp)
        errors = [np.abs(p[s, a] - truth[s, a]).sum() for s in np.flatnonzero(live) for a in range(mdp.num_actions)]
        assert means[i] == pytest.approx(np.mean(errors), abs=1e-12)
        assert largest[i] == pytest.approx(np.max(errors), abs=1e-12)
        found, best = (best_value(each, mdp, first, 4, 0.9) for each in (p, truth))
        assert values[i] == pytest.approx(abs(found - best), abs=1e-12)


def test_who_knows_the_frequencies_errs_in_nothing():
    """A certain world, every pair taken once."""
    env = envs.make("lock")
    steps = lived(env, 20_000, "unembodied")
    mdp = envs.true_mdp(env)
    assert model_error(steps, np.array([20_000]), mdp).tolist() == [0]
    assert value_error(steps, np.array([20_000]), mdp, horizon=40).tolist() == [0]


def test_value_error_counts_what_matters_for_the_reward_alone():
    """Two rooms; what leads away from the paid one is never tried, and would not be."""
    p = np.zeros((2, 2, 2))
    p[:, 0, 0] = p[:, 1, 1] = 1
    mdp = FiniteMDP.from_dense(p, [[1.0, 0], [0, 0]])
    stays = {name: np.zeros(5, int) for name in ("state", "action", "next_state")}
    assert value_error(stays, np.array([5]), mdp, horizon=3, discount=1).tolist() == [0]
    assert model_error(stays, np.array([5]), mdp).tolist() == [0.75]  # three pairs of four, each at distance 1


@pytest.mark.parametrize("seed", range(5))
def test_the_gain_is_that_of_the_best_policy_and_of_the_linear_programme(seed):
    mdp = drawn(seed, has_end=seed % 2 == 1)
    endless = mdp.with_resets()
    p = endless.transition.toarray().reshape(mdp.num_states, mdp.num_actions, -1)
    live = np.flatnonzero(~mdp.terminal)
    best = -np.inf
    for policy in itertools.product(range(mdp.num_actions), repeat=len(live)):
        chain = p[live, policy][:, live]
        system = np.vstack([chain.T - np.eye(len(live)), np.ones(len(live))])
        stationary = np.linalg.lstsq(system, np.eye(len(live) + 1)[-1], rcond=None)[0]
        best = max(best, stationary @ mdp.reward[live, policy])
    assert optimal_gain(mdp) == pytest.approx(best, abs=1e-9)
    rows = [
        np.append(p[s, a][live] - (live == s), -1.0) for s in live for a in range(mdp.num_actions)
    ]  # r + p h - h <= g
    programme = scipy.optimize.linprog(
        np.append(np.zeros(len(live)), 1.0), np.array(rows), -mdp.reward[live].ravel(), bounds=(None, None)
    )
    assert optimal_gain(mdp) == pytest.approx(programme.fun, abs=1e-7)


def test_who_is_best_regrets_nothing_in_the_long_run():
    """A ring that pays 3 at every third step: a period of three."""
    p = np.zeros((3, 2, 3))
    p[:, 0] = np.roll(np.eye(3), 1, axis=1)
    p[:, 1] = np.eye(3)
    mdp = FiniteMDP.from_dense(p, [[0, 0], [0, 0], [3.0, 0]])
    assert optimal_gain(mdp) == pytest.approx(1, abs=1e-10)
    steps = {"reward": np.tile([0.0, 0, 3], 4), "truncated": np.zeros(12, bool)}
    np.testing.assert_allclose(regret(steps, np.arange(1, 13), mdp), np.tile([1, 2, 0], 4), atol=1e-9)
    np.testing.assert_allclose(steps_lost(steps, np.array([3, 5]), mdp), [0, 2], atol=1e-9)


def test_where_the_goal_pays_steps_lost_are_those_beyond_the_shortest_path():
    """One step of two reaches the goal with 1/2: an episode takes two steps at best."""
    rows = np.array([[0.5, 0.5], [0.9, 0.1], [0, 0], [0, 0]])
    mdp = FiniteMDP(rows, np.array([[0.5, 0.1], [0, 0]]), np.array([1.0, 0]), np.array([False, True]))
    assert optimal_gain(mdp) == pytest.approx(0.5, abs=1e-10)
    steps = {"reward": np.array([0.0, 0, 0, 1]), "truncated": np.zeros(4, bool)}
    assert steps_lost(steps, np.array([4]), mdp)[0] == pytest.approx(2, abs=1e-9)


def test_sums_are_those_of_the_columns():
    steps = lived(envs.make("river-swim"))
    for point in POINTS:
        assert measures.reward(steps, np.array([point]))[0] == pytest.approx(steps["reward"][:point].sum())
        assert measures.surprise(steps, np.array([point]))[0] == pytest.approx(
            steps["information_gain_nats"][:point].sum()
        )
        missing = steps["missing_information_nats"][point - 1]
        assert measures.missing(steps, np.array([point]))[0] == missing
        assert measures.missing_bits(steps, np.array([point]))[0] * np.log(2) == pytest.approx(missing)


def test_states_left_are_those_that_no_step_began_or_ended_in():
    env = envs.make("maze", world_seed=1)
    mdp, steps = envs.true_mdp(env), lived(env)
    for point, left in zip(POINTS, measures.states_left(steps, POINTS, mdp), strict=True):
        met = {*steps["state"][:point].tolist(), *steps["next_state"][:point].tolist()}
        assert left == len(set(range(mdp.num_states)) - met)
    assert measures.states_left(steps, np.array([0]), mdp).tolist() == [mdp.num_states]


@pytest.mark.slow
def test_what_cannot_be_measured_is_refused():
    mdp = drawn(0)
    steps = lived(envs.TabularEnv(mdp))
    with pytest.raises(ValueError, match="not 500 of a process of 4 states and 2 actions"):
        model_error(steps, np.array([500]), mdp)
    with pytest.raises(ValueError, match="not 400 of a process of 3 states"):
        value_error(steps, np.array([400]), drawn(0, num_states=3))
    with pytest.raises(ValueError, match="at least 1, got 0"):
        value_error(steps, POINTS, mdp, horizon=0)
    with pytest.raises(ValueError, match="at most 1, got nan"):
        value_error(steps, POINTS, mdp, discount=float("nan"))
    with pytest.raises(ValueError, match="episodes cut short"):
        regret(steps | {"truncated": np.ones(400, bool)}, POINTS, mdp)
    with pytest.raises(ValueError, match=r"the best strategy earns 0 a step"):
        steps_lost(steps, POINTS, FiniteMDP.from_dense(mdp.transition.toarray().reshape(4, 2, 4)))
    apart = FiniteMDP.from_dense([[[0, 0.5, 0.5]], [[0, 1, 0]], [[0, 0, 1]]], [[0], [0], [1]])
    with pytest.raises(ValueError, match="depends on where one is: it is 0 to 1"):
        optimal_gain(apart)
