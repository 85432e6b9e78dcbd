"""Beliefs from files: what does not fit is refused and changes nothing; what is asked of one pair and of many."""

import subprocess
import sys

import gymnasium
import numpy as np
import pytest

from agent import CuriosityReward
from agent.belief import saved_size, serialization
from agent.belief.world_model import WorldModel
from agent.protocols import Transition
from agent.results import storage
from tests.belief.test_boundaries import content, step
from tests.support.scripted_world import Wandering


def huge(arrays, name, value):
    changed = arrays[name].copy()
    changed[-1] = value
    return arrays | {name: changed}


def lived(model=None):
    model = WorldModel(1, None) if model is None else model
    model.begin(0)
    for state in range(5):
        model.observe(step(state, 0, state + 1, reward=1.0))
    return model


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on memory")
def test_a_small_file_asks_for_no_more_memory_than_there_is(tmp_path):
    """Of an address space of 8 GB: 2^31 - 1 visits would take 51, and a state numbered 2^30 more than 90."""
    code = f"""
import resource, sys
import numpy as np
from agent.belief import saved_size, serialization
from tests.belief.test_boundaries import content
from tests.belief.test_restored import huge, lived
model = lived()
arrays, before = serialization.arrays_of(model), content(model)
resource.setrlimit(resource.RLIMIT_AS, ({8 * 10**9}, {8 * 10**9}))
far = arrays | {{"known_state": arrays["known_state"].copy(), "edge_successor": arrays["edge_successor"].copy()}}
far["known_state"][-1] = far["edge_successor"][-1] = 2**30
far["count"] = arrays["count"].copy()
far["count"][serialization.COUNTS.index("last_successor")] = 2**30
for wrong in (huge(arrays, "edge_count", 2**31 - 1), far):
    try:
        serialization.restore(model, wrong)
    except ValueError as error:
        assert "memory" in str(error), error
    else:
        raise AssertionError("restored")
    assert content(model) == before
assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 10**6  # kB
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_visits_that_do_not_fit_are_refused():
    arrays = serialization.arrays_of(lived())
    twice = {name: np.append(arrays[name], extra) for name, extra in (("edge_pair", 0), ("edge_successor", 2))}
    counts = np.append(arrays["edge_count"], 2**31 - 1)
    with pytest.raises(ValueError, match="visits of one pair"):
        serialization.restore(WorldModel(1, None), arrays | twice | {"edge_count": counts})


@pytest.mark.parametrize("prior", ["empirical-bayes", pytest.param("structured", marks=pytest.mark.slow)])
@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt, ValueError])
def test_a_restoration_that_fails_has_changed_nothing(error, prior, tmp_path, monkeypatch):
    env = CuriosityReward(Wandering(), prior=prior)
    env.reset(seed=0)
    env.step(0)
    env.save(tmp_path / "belief.npz")
    other = CuriosityReward(Wandering(), prior=prior)
    other.reset(seed=1)
    before = content(other.model), {name: array.tolist() for name, array in other.states.numbering().items()}

    def fail(*_):
        raise error("as asked")

    for place in ("WorldModel.become", "WorldModel.make_room", "WorldModel.exceed"):
        with monkeypatch.context() as patched:
            patched.setattr(f"agent.belief.world_model.{place}", fail)
            with pytest.raises((error, ValueError)):
                other.restore(tmp_path / "belief.npz")
        numbering = {name: array.tolist() for name, array in other.states.numbering().items()}
        assert (content(other.model), numbering) == before
    other.restore(tmp_path / "belief.npz")
    assert content(other.model)[0] == content(env.model)[0]


def test_whoever_shares_a_restored_belief_must_be_reset(tmp_path):
    first = CuriosityReward(Wandering())
    second = CuriosityReward(Wandering(), belief_of=first)
    first.save(tmp_path / "belief.npz")
    second.reset(seed=0)
    first.restore(tmp_path / "belief.npz")
    for env in (first, second):
        with pytest.raises(gymnasium.error.ResetNeeded):
            env.step(0)
        env.reset(seed=0)
        env.step(0)


def test_a_file_is_named_where_it_asks_too_much(tmp_path, monkeypatch):
    env = CuriosityReward(Wandering())
    env.reset(seed=0)
    env.step(0)
    env.save(tmp_path / "belief.npz")
    arrays = storage.read_arrays(tmp_path / "belief.npz")
    storage.write_arrays(tmp_path / "belief.npz", huge(arrays, "edge_count", 2**31 - 1))
    monkeypatch.setattr(saved_size, "memory", lambda: 10**9)
    with pytest.raises(ValueError, match=r"belief.npz: edge_count speaks of 2147483647 visits.*68.7 GB of the 1 GB"):
        env.restore(tmp_path / "belief.npz")


@pytest.mark.parametrize("state", [[0], [], [0, 1], (0, 1), np.array([0]), "0", 0.5, None])
@pytest.mark.parametrize("ask", ["posterior", "predictive", "mean_reward"])
def test_what_is_asked_of_one_pair_is_asked_of_one_state(ask, state):
    model = WorldModel(2, 8)
    model.begin(0)
    with pytest.raises(ValueError, match="state"):
        getattr(model, ask)(state, 1)


def test_numbers_of_numpy_are_numbers_in_every_query():
    model = WorldModel(3, 200)
    model.begin(0)
    model.observe(Transition(100, 2, 1.0, 101, False, False))
    for kind in (np.int8, np.uint8, np.uint64, np.int64):  # a pair's number is beyond the smaller ones
        assert model.posterior(kind(100), kind(2))[101] > 1
        assert model.mean_reward(kind(100), kind(2))[0] == 1.0
        assert model.visits(kind(100)).tolist() == [0, 0, 1]


def test_truth_values_are_the_numbers_they_are():
    model = WorldModel(2, 8)
    model.begin(False)
    model.observe(Transition(False, True, 1.0, 1, False, False))
    assert model.visits([0]).tolist() == [[0, 1]]
