import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

import envs
from envs import FiniteMDP


def valid(**changes):
    """State 0: action 0 stays, action 1 goes to 1 or ends in 2; state 1: back to 0, or ends; state 2 is terminal."""
    dense = np.array([[1, 0, 0], [0, 0.5, 0.5], [1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]])
    fields = {
        "transition": csr_array(dense),
        "reward": np.zeros((3, 2)),
        "start": np.array([1.0, 0, 0]),
        "terminal": np.array([False, False, True]),
    }
    return FiniteMDP(**(fields | changes))


def with_entry(row, column, value):
    dense = valid().transition.toarray()
    dense[row, column] = value
    return csr_array(dense)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reward": np.zeros((2, 2))}, r"transition has shape \(6, 3\), expected \(4, 2\)"),
        ({"start": np.ones(2) / 2}, r"start has shape \(2,\), expected \(3,\)"),
        ({"terminal": np.zeros(4)}, r"terminal has shape \(4,\)"),
        ({"position": np.zeros((3, 3))}, r"position has shape \(3, 3\), expected \(3, 2\)"),
        ({"outcome_reward": np.zeros(3)}, r"outcome_reward has shape \(3,\), expected \(5,\)"),
        ({"transition": with_entry(0, 0, 0.5)}, "state 0, action 0 sum to 0.5, expected 1"),
        ({"transition": with_entry(2, 1, -0.1)}, "negative or undefined"),
        ({"transition": with_entry(2, 1, np.nan)}, "negative or undefined"),
        ({"transition": with_entry(5, 1, 1)}, "state 2, action 1 sum to 1, expected 0, for the state is terminal"),
        ({"start": np.array([0.5, 0, 0])}, "start sums to 0.5"),
        ({"start": np.array([0, 0, 1.0])}, "state 2 is both start and terminal"),
        ({"reward": np.full((3, 2), np.inf)}, "infinite or undefined"),
        ({"reward": np.array([[0, 0], [0, 0], [0, 1]])}, "reward of a terminal state is not 0"),
        ({"outcome_reward": np.ones(5)}, "reward is not the mean of outcome_reward"),
    ],
)
def test_what_is_wrong_is_said(changes, message):
    with pytest.raises(ValueError, match=message):
        valid(**changes)


def test_outcome_rewards_need_a_canonical_matrix():
    unsorted = csr_array((np.ones(1) / 1, np.array([0]), np.array([0, 1])), shape=(1, 1))
    assert FiniteMDP(unsorted, [[1]], [1], [False], outcome_reward=[1.0]).num_states == 1
    double = csr_array((np.full(2, 0.5), np.array([0, 0]), np.array([0, 2])), shape=(1, 1))
    with pytest.raises(ValueError, match="sum_duplicates"):
        FiniteMDP(double, [[1]], [1], [False], outcome_reward=[1.0, 1.0])
    assert FiniteMDP(double, [[1]], [1], [False]).transition.nnz == 1  # without them it is put in order
    assert double.nnz == 2  # and the caller's matrix left alone


def test_with_resets_sends_every_ending_to_the_start():
    start = np.array([0.25, 0.75, 0])
    mdp = valid(start=start)
    expected = mdp.transition.toarray()
    expected = expected * ~mdp.terminal + np.outer(expected[:, 2], start)
    endless = mdp.with_resets()
    np.testing.assert_allclose(endless.transition.toarray(), expected)
    assert endless.transition[:, [2]].nnz == 0
    assert endless.num_states == 3


def test_with_resets_leaves_an_endless_world_as_it_is():
    mdp = envs.make("river-swim").unwrapped.mdp
    assert mdp.with_resets() is mdp


@st.composite
def random_mdps(draw):
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    num_states, num_actions = draw(st.integers(2, 8)), draw(st.integers(1, 3))
    terminal = rng.random(num_states) < 0.3
    terminal[0] = False
    dense = rng.random((num_states, num_actions, num_states)) * (
        rng.random((num_states, num_actions, num_states)) < 0.3
    )
    dense[:, :, 0] += dense.sum(axis=2) == 0
    dense /= dense.sum(axis=2, keepdims=True)
    dense[terminal] = 0
    start = np.eye(num_states)[0]
    rows = csr_array(dense.reshape(-1, num_states))
    return FiniteMDP(rows, np.zeros((num_states, num_actions)), start, terminal), dense


@given(random_mdps())
@settings(max_examples=60, deadline=None)
def test_reachable_states_are_those_of_the_closure_of_the_graph(drawn):
    mdp, dense = drawn
    one_step = np.eye(mdp.num_states) + (dense.sum(axis=1) > 0)
    closure = np.linalg.matrix_power((one_step > 0).astype(float), mdp.num_states)
    expected = closure[0] > 0
    assert (mdp.reachable_states() == expected).all()
    assert (mdp.reachable_pairs() == (expected & ~mdp.terminal)[:, None]).all()
    assert mdp.reachable_pairs().shape == (mdp.num_states, mdp.num_actions)


@given(random_mdps())
@settings(max_examples=60, deadline=None)
def test_cumulative_is_the_running_sum_of_each_row(drawn):
    mdp, _ = drawn
    rows = np.split(mdp.transition.data, mdp.transition.indptr[1:-1])
    assert mdp.cumulative().tolist() == [total for row in rows for total in np.cumsum(row).tolist()]


def test_from_dense():
    mdp = FiniteMDP.from_dense(np.full((2, 3, 2), 0.5), start=1)
    assert (mdp.num_states, mdp.num_actions) == (2, 3)
    assert mdp.start.tolist() == [0, 1]
    assert not mdp.terminal.any()
    assert mdp.position is None


def test_rewards_of_outcomes_and_a_distribution_of_starts_may_be_given_densely():
    transition = np.array([[[0.25, 0.75], [0, 1]], [[1, 0], [0.5, 0.5]]])
    reward = np.array([[[4, 8], [9, 2]], [[3, 9], [0, 6]]])  # the nines are of outcomes that never happen
    mdp = FiniteMDP.from_dense(transition, reward, start=[0.5, 0.5])
    assert mdp.reward.tolist() == [[7, 2], [3, 3]]
    assert mdp.outcome_reward.tolist() == [4, 8, 2, 3, 0, 6]
    assert mdp.start.tolist() == [0.5, 0.5]
