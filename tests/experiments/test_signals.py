"""Signals that ask a process to end, wherever they come."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from agent import interruption
from agent.interruption import Interruption, interruptible

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals of POSIX")


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_while_an_object_is_finalised_is_served(number):
    """What is raised there is ignored by Python: without a second try the command would go on."""

    class Finalised:
        def __del__(self):
            signal.raise_signal(number)

    def go_on():
        with interruptible():
            Finalised()
            time.sleep(10)

    hook = sys.unraisablehook
    with pytest.raises(KeyboardInterrupt) as raised:
        go_on()
    assert raised.value.args == (128 + number,)
    assert sys.unraisablehook is hook


def test_other_errors_of_finalisers_are_told_as_ever(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: told.append(unraisable.exc_type))

    class Faulty:
        def __del__(self):
            raise RuntimeError("as ever")

    with interruptible():
        Faulty()
    assert told == [RuntimeError]


@posix
def test_an_interruption_that_is_taken_for_a_fault_is_one_nevertheless():
    """Extensions written in C++ ask for an array, and clear whatever error there was on the way."""

    def draw():
        with interruptible():
            try:
                signal.raise_signal(signal.SIGTERM)
            except BaseException:
                raise ValueError("Invalid affine transformation matrix") from None

    def fail():
        with interruptible():
            raise ValueError("of its own")

    with pytest.raises(KeyboardInterrupt) as raised:
        draw()
    assert raised.value.args == (128 + signal.SIGTERM,)
    with pytest.raises(ValueError, match="of its own"):
        fail()


IN_MACHINE_CODE = """
import hashlib, sys
from agent.experiments.command_line import Interruption, guarded

def command():
    with Interruption() as interruption, interruption.at_once():
        print("begun", flush=True)
        hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)  # minutes in which no handler is called, as in a compiler

sys.exit(guarded(command))
"""


@posix
@pytest.mark.slow
def test_a_signal_ends_what_stays_in_machine_code_and_has_nothing_to_keep():
    process = subprocess.Popen(
        [sys.executable, "-c", IN_MACHINE_CODE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.1)  # or it may be served before that begins, and ends alike
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60)[1] == "interrupted\n"
    assert process.returncode == 128 + signal.SIGTERM


@posix
@pytest.mark.slow
def test_a_signal_waits_for_machine_code_whose_result_is_to_be_kept():
    with interruptible(), Interruption() as interruption:
        with interruption.at_once() as begun:
            begun()
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
            started, rounds = time.monotonic(), 1_000_000
            while time.monotonic() < started + 1.5:  # until one took longer than a signal would wait
                hashlib.pbkdf2_hmac("sha256", b"", b"", rounds)
                rounds *= 2
        assert interruption.requested
        assert interruption.status == 128 + signal.SIGTERM


@posix
def test_until_there_is_something_to_keep_a_signal_interrupts():
    with Interruption() as interruption:
        with pytest.raises(KeyboardInterrupt), interruption.at_once():
            signal.raise_signal(signal.SIGTERM)
        assert not interruption.requested
        with interruption.at_once() as begun:
            begun()
            signal.raise_signal(signal.SIGTERM)
        assert interruption.requested


@posix
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # it has another thread
def test_a_signal_to_a_fork_is_none_to_its_parent():
    with interruptible():
        process = os.fork()
        if process == 0:
            os._exit(int(signal.set_wakeup_fd(-1) != -1))
        assert os.waitpid(process, 0)[1] == 0


@posix
@pytest.mark.parametrize(
    ("was_served", "is_over", "ended"), [(False, False, [130]), (True, False, []), (False, True, [])]
)
def test_only_a_signal_that_is_not_served_in_its_block_ends_the_process(was_served, is_over, ended, monkeypatch):
    found, over, (reader, writer) = [], threading.Event(), os.pipe()
    monkeypatch.setattr(interruption, "PATIENCE", 0.0)
    monkeypatch.setattr(os, "_exit", found.append)
    monkeypatch.setattr(os, "write", lambda *_: None)
    monkeypatch.setattr(interruption, "_served", 2.0 if was_served else 0.0)
    with open(writer, "wb", buffering=0) as signals:
        signals.write(bytes([signal.SIGINT]))
    if is_over:
        over.set()
    with interruption.signals_sent_to(interruption.interrupt):
        interruption._watch(reader, 1.0, over)
    assert found == ended
