"""Parts: compiled as LLVM code for their callers alone, on the versions of numba that were tried with it."""

import numba
import numpy as np
import pytest

from agent.compilation import part_compiler
from agent.compilation.compiled import INTERPRETED, compiled, part

pytestmark = pytest.mark.skipif(INTERPRETED, reason="there are no parts where compilation is off")


def chain():
    """A part that calls a part, and what Python calls."""
    part = numba.njit(error_model="numpy", **part_compiler.options())

    @part
    def halved(x):
        return 0.5 * x

    @part
    def sum_of_halves(values):
        total = 0.0
        for value in values:
            total += halved(value)
        return total

    @numba.njit
    def entry(values, number):
        return sum_of_halves(values) + halved(number)  # of whole numbers, too: another signature

    return entry


def test_parts_are_linked_into_their_callers():
    entry = chain()
    assert entry(np.array([1.0, 2.0, 5.0]), 3) == 5.5
    assert entry(np.array([4]), 1.0) == 2.5


def test_other_versions_of_numba_compile_parts_as_any_function(monkeypatch):
    assert "pipeline_class" in part_compiler.options()  # the one installed was tried
    for untried in ("0.60.1", "0.69.0", "1.0.0rc1"):
        monkeypatch.setattr(numba, "__version__", untried)
        assert "pipeline_class" not in part_compiler.options()
    entry = chain()
    assert entry(np.array([1.0, 2.0, 5.0]), 3) == 5.5


def test_what_the_caller_gets_is_as_exact_as_without():
    """The same operations in the same order: no bit differs, as nothing is compiled with fast-math."""
    from agent.information.special import excess_drop

    part = numba.njit(error_model="numpy", **part_compiler.options())(excess_drop.py_func)

    @numba.njit(error_model="numpy")
    def entry(a, d):
        return part(a, d)

    @compiled
    def other(a, d):
        return excess_drop(a, d)

    rng = np.random.default_rng(0)
    for a, d in np.exp(rng.uniform(-20, 20, (200, 2))):
        assert entry(a, d) == other(a, d)


def test_parts_that_a_function_makes_have_names_of_their_own():
    """Kept code finds what it calls by name: of two functions of one name it might find the other."""

    def made(k, name):
        def shifted(x):
            return x + k

        shifted.__qualname__ = name
        return part(shifted)

    made(1.0, "shifted_by_one")
    made(2.0, "shifted_by_two")
    with pytest.raises(ValueError, match="made more than once: give each its own __qualname__"):
        made(3.0, "shifted_by_two")
