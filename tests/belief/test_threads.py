"""Beliefs and agents on several threads, and in several processes."""

import copy
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv

from agent import CuriosityReward, make_agent
from agent.belief.lock import Turn
from agent.belief.world_model import WorldModel
from agent.protocols import Transition
from tests.stress.threads import Far
from tests.support.scripted_world import Wandering


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["wrappers", "ruled", "agents"])
def test_threads_lose_nothing_and_break_nothing(kind):
    """More on demand: `python -m tests.stress.threads wrappers 8 1000000`."""
    done = subprocess.run([sys.executable, "-W", "error", "-m", "tests.stress.threads", kind], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_a_turn_is_had_by_one_thread_which_may_take_it_again():
    turn, order = Turn(), []

    def other():
        with turn:
            order.append("other")

    thread = threading.Thread(target=other)
    with turn, turn:
        thread.start()
        time.sleep(0.05)
        order.append("first")
    thread.join()
    assert order == ["first", "other"]
    assert turn.free


@pytest.mark.slow
def test_whoever_waits_is_served_before_who_had_the_turn():
    """A thread that takes the turn again and again, in line, does not keep it from the others."""
    model, stop, waited = WorldModel(2, None), threading.Event(), []
    model.begin(0)

    def work():
        while not stop.is_set():
            model.observe(Transition(0, 0, 0.0, model.steps % 3000, False, False))

    thread = threading.Thread(target=work)
    model.observe(Transition(0, 0, 0.0, 1, False, False))  # compiled code is loaded
    thread.start()
    for _ in range(100):
        start = time.perf_counter()
        with model.turn:
            waited.append(time.perf_counter() - start)
    stop.set()
    thread.join()
    assert np.median(waited) < 0.1
    assert model.turn.free
    assert type(model.turn) is Turn


def test_a_turn_taken_in_line_is_waited_for():
    turn = Turn()
    del turn.free
    with pytest.raises(TimeoutError):
        turn.take(patience=0.01)
    turn.free = True
    taken = turn.take()
    assert not hasattr(turn, "free")
    taken.free = True
    assert turn.free


@pytest.mark.parametrize("twin_of", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_has_its_own_turn(twin_of):
    model = WorldModel(2, 8)
    with model.turn:
        twin = twin_of(model)
        assert twin.turn is not model.turn
        assert twin.turn.free
    del model.turn.free
    twin.begin(0)
    twin.turn.take().free = True


def test_no_refusal_keeps_the_turn():
    agent = make_agent("curious", Wandering(), 0)
    agent.begin(0)
    refused = [
        lambda: agent.act(99), lambda: agent.observe(Transition(0, 9, 0.0, 1, False, False)),
        lambda: agent.model.begin(2**40), lambda: agent.model.predictive(0, 7), lambda: agent.q_values(-1),
        lambda: agent.observe(Transition(0, 0, 0.0, 2**30, False, False)),
    ]  # fmt: skip
    for call in refused:
        with pytest.raises(ValueError, match=r"."):
            call()
        assert agent.model.turn.free
    assert agent.act(0) in (0, 1)


class Interruption(Exception):  # noqa: N818  # is none
    """What the timer raises, as Ctrl-C does."""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer that interrupts")
def test_interruptions_lose_no_turn_and_no_step():
    def interrupt(*_):
        raise Interruption

    agent, counted, interrupted, at_least = make_agent("greedy", Far(), 0), 2000, 0, 2000
    agent.begin(0)
    for successor in range(1, 2001):  # compiled code is loaded before: that must not be interrupted
        agent.observe(Transition(0, agent.act(0), 0.0, successor, False, False))
    previous = signal.signal(signal.SIGALRM, interrupt)
    end = time.monotonic() + 2.0
    try:
        while time.monotonic() < end:
            try:
                agent.begin(0)
                signal.setitimer(signal.ITIMER_REAL, 1e-3 * (1 + interrupted % 7), 0)
                while True:
                    counted += 1  # may be interrupted before it is learned, or after
                    agent.observe(Transition(0, agent.act(0), 0.0, counted, False, False))
                    at_least += 1
            except Interruption:
                interrupted += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert interrupted > 50
    assert agent.model.turn.free
    assert at_least <= agent.model.steps <= counted
    assert agent.model.pairs.visits.sum() == agent.model.steps == agent.model.edges.count.sum()
    assert agent.act(0) in (0, 1)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_finds_every_belief_whole_and_free():
    """While another thread is at work on it, the process is forked twenty times."""
    model, stop = WorldModel(2, None), threading.Event()
    model.begin(0)

    def work():
        successor = 0
        while not stop.is_set():
            successor += 1
            model.observe(Transition(0, successor % 2, 0.0, successor % 5000, False, False))

    thread = threading.Thread(target=work)
    thread.start()
    statuses = []
    for _ in range(20):
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            steps = model.steps
            model.observe(Transition(0, 0, 0.0, 6000, False, False))
            whole = model.steps == steps + 1 == model.pairs.visits.sum() == model.edges.count.sum()
            os._exit(0 if whole else 1)
        statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    stop.set()
    thread.join()
    assert statuses == [0] * 20
    assert model.turn.free


ELSEWHERE = "worlds share a belief within one process"


def sharing():
    """Functions that make worlds of one belief, as one would write it."""
    made = []

    def make():
        made.append(CuriosityReward(Wandering(), belief_of=made[0] if made else None))
        return made[-1]

    return [make] * 2


APART = """
import sys
from gymnasium.vector import AsyncVectorEnv
from tests.belief.test_threads import sharing
if __name__ == "__main__":
    AsyncVectorEnv(sharing(), context=sys.argv[1]).reset(seed=0)
"""


@pytest.mark.slow
@pytest.mark.parametrize("context", ["fork", "forkserver", "spawn"])
def test_vectors_of_processes_refuse_to_share(context, tmp_path):
    (tmp_path / "apart.py").write_text(APART)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, str(tmp_path / "apart.py"), context]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert ELSEWHERE in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_belief_that_came_from_another_process_is_not_shared():
    sent = pickle.dumps(CuriosityReward(Wandering()))
    child = os.fork()
    if child == 0:
        first = pickle.loads(sent)
        first.reset(seed=0)  # alone it may be used
        try:
            CuriosityReward(Wandering(), belief_of=first)
        except ValueError as error:
            os._exit(0 if ELSEWHERE in str(error) else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_worlds_that_share_do_not_go_apart_in_other_processes():
    first = CuriosityReward(Wandering())
    second = CuriosityReward(Wandering(), belief_of=first)
    second.reset(seed=0)
    vec = AsyncVectorEnv([lambda: first, lambda: second], context="fork")
    with pytest.raises(ValueError, match=ELSEWHERE):
        vec.reset(seed=0)
    vec.close(terminate=True)
    second.step(0)  # here they go on


def test_vectors_in_one_process_share():
    vec = SyncVectorEnv(sharing())
    vec.reset(seed=0)
    for _ in range(20):
        vec.step(np.zeros(2, dtype=np.int64))
    assert vec.envs[0].model is vec.envs[1].model


def test_a_wrapper_alone_may_move_to_another_process():
    env = CuriosityReward(Wandering())
    env.reset(seed=0)
    vec = AsyncVectorEnv([lambda: env], context="fork")
    vec.reset(seed=0)
    _, paid, _, _, info = vec.step(np.zeros(1, dtype=np.int64))
    vec.close()
    assert paid[0] == info["intrinsic_reward"][0] + info["extrinsic_reward"][0]
    assert paid[0] > 0
    assert env.model.steps == 0  # what was learnt is in the other process


def test_shared_wrappers_are_copied_together():
    first = CuriosityReward(Wandering())
    second = CuriosityReward(Wandering(), bonus="count", belief_of=first)
    twins = copy.deepcopy((first, second))
    assert twins[0].model is twins[1].model is not first.model
    for twin in twins:
        twin.reset(seed=0)
        twin.step(0)
    assert (twins[0].model.steps, first.model.steps) == (2, 0)
    assert isinstance(twins[0], gymnasium.Wrapper)
