"""Signals that ask a process to end, wherever they come."""

import signal
import sys
import time

import pytest

from agent.interruption import interruptible

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
