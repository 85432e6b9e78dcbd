"""Worlds whose arrays were tampered with: nothing outside them is read."""

import numpy as np
import pytest
from scipy.sparse import bsr_array, coo_array, csc_array, csr_array

from envs import FiniteMDP, TabularEnv


def matrix(indices, indptr=None, form=csr_array):
    return form((np.ones(6), np.array(indices), np.arange(7) if indptr is None else np.array(indptr)), shape=(6, 3))


def tampered(form, name, place, value):
    transition = form(matrix([0, 1, 2, 0, 0, 1]))
    getattr(transition, name)[place] = value
    return transition


@pytest.mark.parametrize(
    "transition",
    [
        matrix([0, 1, 2, 10**9, 0, 1]),
        matrix([0, 1, 2, -1, 0, 1]),
        matrix([0, 1, 2, 3, 0, 1]),
        tampered(csr_array, "indptr", 2, 10**6),
        tampered(csr_array, "indptr", 2, -5),
        tampered(csr_array, "indptr", 6, 100),
        tampered(csr_array, "indptr", 3, 2),
        tampered(csc_array, "indices", 0, 10**7),
        tampered(bsr_array, "indices", 0, 10**7),
        tampered(coo_array, "row", 0, 10**7),
        matrix([0, 1, 2, 0, 0, 1]).astype(complex),
        "transitions",
        None,
    ],
)
@pytest.mark.parametrize("outcome_reward", [None, np.zeros(6)])
def test_entries_outside_the_matrix_are_refused(transition, outcome_reward):
    with pytest.raises(
        ValueError, match=r"transition is no matrix of probabilities|probabilities of state|needs a transition matrix"
    ):
        FiniteMDP(transition, np.zeros((3, 2)), [1, 0, 0], [0, 0, 0], outcome_reward=outcome_reward)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reward": np.zeros((3, 2, 1))}, r"reward has shape \(3, 2, 1\)"),
        ({"reward": np.zeros((3, 0))}, "at least one of each"),
        ({"reward": np.full((3, 2), 1e308)}, "beyond 1e"),
        ({"reward": [["a", "b"]] * 3}, "expected numbers"),
        ({"terminal": [0.5, 0, 0]}, "terminal has entries that are no bool"),
        ({"terminal": ["False"] * 3}, "terminal has entries of"),
        ({"position": [[0.5, 1]] * 3}, "position has entries that are no int64"),
        ({"position": [[np.nan, 1]] * 3}, "position has entries that are no int64"),
        ({"start": [1j, 0, 0]}, "start has entries of complex"),
        ({"start": [np.nan, 0, 0]}, "start sums to nan"),
    ],
)
def test_arrays_of_a_world_hold_what_they_say(changes, message):
    fields = {"reward": np.zeros((3, 2)), "start": [1, 0, 0], "terminal": [0, 0, 0]}
    with pytest.raises(ValueError, match=message):
        FiniteMDP(matrix([0, 1, 2, 0, 0, 1]), **(fields | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": 5}, "start is 5, expected a state from 0 to 1"),
        ({"start": -1}, "start is -1"),
        ({"transition": np.eye(2)}, r"transition has shape \(2, 2\)"),
        ({"reward": np.zeros(3)}, r"reward has shape \(3,\), expected \(2, 2\) or \(2, 2, 2\)"),
        ({"reward": np.full((2, 2, 2), np.inf)}, "infinite or undefined"),
    ],
)
def test_dense_worlds_are_checked(changes, message):
    with pytest.raises(ValueError, match=message):
        FiniteMDP.from_dense(**({"transition": np.tile(np.eye(2), (2, 1, 1))} | changes))


def test_a_world_of_entries_in_any_order_is_stepped_as_it_is_meant():
    """What a matrix says of its own order may be out of date."""
    transition = matrix([0, 1, 2, 0, 0, 1])
    assert transition.has_canonical_format
    transition.indices[:] = [2, 1, 0, 0, 1, 2]
    env = TabularEnv(FiniteMDP(transition, np.zeros((3, 2)), [1, 0, 0], [0, 0, 0]))
    env.reset(seed=0)
    assert env.step(0)[0] == 2
