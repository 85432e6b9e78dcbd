"""Functions whose machine code is kept, who is asked for it, and what would be noticed if it were executed."""

import os

import numba
import pytest

from agent.compilation import code_cache
from agent.compilation.code_cache import CodeCache

is_root = hasattr(os, "geteuid") and os.geteuid() == 0
owned = pytest.mark.skipif(not code_cache.HAS_OWNERS, reason="the system tells no owners")
needs_root = pytest.mark.skipif(not is_root, reason="only root can give a file to another user")
STRANGER = 54321


class Planted:
    """Unpickled, it makes a directory."""

    def __init__(self, mark):
        self.mark = str(mark)

    def __reduce__(self):
        return os.mkdir, (self.mark,)


def tripled(x):
    return 3.0 * x


def halved(x):
    return 0.5 * x


def dispatcher(function, directory):
    """The function as a process would have it that has not compiled it so far."""
    made = numba.njit(function)
    made._cache = CodeCache(function, directory)
    return made


def hits(function, directory, expected=6.0):
    """How many signatures were loaded rather than compiled; the result is right in any case."""
    made = dispatcher(function, directory)
    assert made(2.0) == expected
    return sum(made.stats.cache_hits.values())


def noted(capsys):
    """The lines of the notes so far."""
    code_cache._note.cache_clear()
    return capsys.readouterr().err.splitlines()
