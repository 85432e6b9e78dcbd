"""Compilation of the hot scalar code: one decorator, one cache, the same functions uncompiled.

`compiled` is numba's `njit` with the disk cache of `agent.compilation.code_cache`, which is safe to rely on.
With `NUMBA_DISABLE_JIT=1` the decorator returns the plain Python function: the slow oracle of the tests.
"""

import math
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any, TypeVar

import numba
from llvmlite import ir
from numba.core import config as numba_config
from numba.core import event, types
from numba.extending import intrinsic

from . import code_cache, part_compiler

F = TypeVar("F", bound=Callable[..., Any])

config: Any = numba_config
INTERPRETED = bool(config.DISABLE_JIT)


def compiled(function: F) -> F:
    """Compile a function on first use, release the GIL while it runs, and keep the machine code on disk.

    Compiled functions may call each other and take arrays, scalars and named tuples of arrays. No fast-math: equal
    inputs give equal bits, and infinities keep their meaning.
    """
    if INTERPRETED:
        return function
    dispatcher: Any = numba.njit(nogil=True, error_model="numpy")(function)
    kept = code_cache.cache_of(function)
    if kept is not None:
        dispatcher._cache = kept
    return dispatcher


def part(function: F) -> F:
    """Compile a function as part of others only: it cannot be called from Python, and so compiles in half the time.

    Raises:
        ValueError: two functions that a function made have the same qualified name. Kept code finds what it calls by
            that name and a number counted in each process: the one could be taken for the other.
    """
    if INTERPRETED:
        return function
    if function.__closure__:
        made = f"{function.__module__}.{function.__qualname__}"
        if made in _named:
            raise ValueError(f"{made} is made more than once: give each its own __qualname__")
        _named.add(made)
    return numba.njit(nogil=True, error_model="numpy", **part_compiler.options())(function)  # type: ignore[return-value]


_named: set[str] = set()


def brief(function: F) -> F:
    """Compile a function as `compiled` does, but keep the GIL while it runs.

    For what takes microseconds: to give the GIL up and ask for it again costs 50 nanoseconds, and where threads are
    many, other threads take it meanwhile.
    """
    dispatcher: Any = compiled(function)
    if not INTERPRETED:
        dispatcher.targetoptions["nogil"] = False
    return dispatcher


def is_cold() -> bool:
    """Return whether nearly everything must be compiled yet: the cache held nothing of this version at first."""
    return _BEGAN_COLD and compile_seconds() < HARDLY_ANYTHING


def compile_seconds() -> float:
    """Return the seconds that this process has spent compiling so far: measurements leave them out."""
    return _clock.duration if _clock.done else 0.0


_AGENT = __name__.removesuffix("compilation.compiled")
"""What the names of our own modules begin with."""

_BEGAN_COLD = not INTERPRETED and code_cache.is_empty()
HARDLY_ANYTHING = 1.0
"""Seconds of compiling in which little was done: to check what was asked for takes a tenth."""

_clock = event.TimingListener()
event.register("numba:compile", _clock)


@intrinsic
def _call_address(typingctx, address, arguments):  # type: ignore[no-untyped-def]
    """Call the C function at an address, of doubles and 64-bit integers: `double (*)(...)`."""
    kinds = [types.float64 if kind == types.float64 else types.int64 for kind in arguments]
    signature = types.float64(types.int64, arguments)

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        pointer, packed = values
        function_type = ir.FunctionType(ir.DoubleType(), [context.get_value_type(kind) for kind in kinds])
        function = builder.inttoptr(pointer, function_type.as_pointer())
        given = [builder.extract_value(packed, i) for i in range(len(arguments))]
        cast = [context.cast(builder, *each) for each in zip(given, arguments, kinds, strict=True)]
        return builder.call(function, cast)

    return signature, generate


def _call_python(handle: int, arguments: tuple[Any, ...]) -> float:
    return _interpreted[handle](*arguments)


_interpreted: list[Callable[..., float]] = []  # where compilation is off, a handle is a place in this list

call_scalar: Any = _call_python if INTERPRETED else _call_address
"""`call_scalar(handle, (x, y, ...))`: call, from compiled code, the function behind a handle."""


def entry_handle(function: Any, *taken: Any) -> int:
    """Return what compiled code needs to call a compiled function that is not to be compiled into it.

    What only some beliefs need is loaded, or compiled, only for them.

    Args:
        function: `compiled`; it returns a float, and raises nothing.
        taken: types of its arguments, `int` or `float`; an address is an `int`.

    Returns:
        a number, for `call_scalar`, good for this process.
    """
    if INTERPRETED:
        if function not in _interpreted:
            _interpreted.append(function)
        return _interpreted.index(function)
    arguments = tuple(types.float64 if kind is float else types.int64 for kind in taken)
    function.compile(types.float64(*arguments))
    made = function.overloads[arguments]
    return made.library.get_pointer_to_function(made.fndesc.llvm_cfunc_wrapper_name)


Settings = tuple[tuple[str, float], ...]


def scalar_handle(
    function: Callable[..., float], given: tuple[str, ...], taken: tuple[str, ...], settings: Settings = ()
) -> int:
    """Return what compiled code needs to call a function of floats that is chosen at run time.

    A compiled function that took another as argument would be compiled anew in every process; an address is data.
    Whatever the function raises, it answers nan: nothing can be raised from there.

    Args:
        function: plain Python on floats, written in numba's subset. Kept alive for the process.
        given: names of the numbers that are handed to `call_scalar`.
        taken: names of those that the function takes, in its own order.
        settings: names and values of its other parameters.

    Returns:
        a number, for `call_scalar`.

    Raises:
        ValueError: the function cannot be compiled.
    """
    if not INTERPRETED:
        return _native(function, given, taken, settings).address
    adapted = _adapted(function, given, taken, settings)
    if adapted not in _interpreted:
        _interpreted.append(adapted)
    return _interpreted.index(adapted)


@cache
def _adapted(
    function: Callable[..., float], given: tuple[str, ...], taken: tuple[str, ...], settings: Settings
) -> Callable[..., float]:
    """Return a function of all that is given, which hands on what is taken, and what was set."""
    call = f"function({', '.join([*taken, *(f'{name}={value!r}' for name, value in settings)])})"
    guarded = f"try:\n  return float({call})\n except Exception:\n  return nan"  # a third of a second to compile
    is_own = (function.__module__ or "").startswith(_AGENT)  # raises nothing
    body = f"return {call}" if is_own and not INTERPRETED else guarded
    namespace = {"function": function if INTERPRETED else part(_by_place(function)), "nan": math.nan, "inf": math.inf}
    exec(f"def adapted({', '.join(given)}):\n {body}\n", namespace)  # numba must see the names, it takes no *arguments
    return namespace["adapted"]


def _by_place(function: Callable[..., float]) -> Callable[..., float]:
    """Return a function whose parameters can all be given by place: numba cannot bind those that are keyword-only."""
    code = function.__code__
    if code.co_kwonlyargcount == 0:
        return function
    flat = code.replace(co_argcount=code.co_argcount + code.co_kwonlyargcount, co_kwonlyargcount=0)
    return FunctionType(flat, function.__globals__, function.__name__, None, function.__closure__)


@cache
def _native(function: Callable[..., float], given: tuple[str, ...], taken: tuple[str, ...], settings: Settings) -> Any:
    compile_function = numba.cfunc(types.float64(*[types.float64] * len(given)), error_model="numpy")
    try:
        return compile_function(_adapted(function, given, taken, settings))
    except Exception as error:  # numba's own, and of any other kind from what it calls
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        told = next((line for line in lines if not line.startswith("Failed in")), type(error).__name__)
        raise ValueError(
            f"{function.__name__} cannot be compiled: {told}; expected plain arithmetic on floats that returns one"
        ) from error
