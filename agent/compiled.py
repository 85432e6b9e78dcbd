"""Compilation of the hot scalar code: one decorator, one cache, the same functions uncompiled.

`compiled` is numba's `njit` with a disk cache that is safe to rely on:

- numba does not notice an edit in a *callee* of a cached function, so the cache directory carries a digest of every
  source file that has to do with compilation: any edit there starts a new cache.
- the cache lives in the user's cache directory (or `NUMBA_CACHE_DIR`), then in the temporary directory, so that a
  read-only installation works; where nothing can be written functions are compiled anew in each process.

With `NUMBA_DISABLE_JIT=1` the decorator returns the plain Python function: the slow oracle of the tests.
"""

import hashlib
import inspect
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from llvmlite import ir
from numba.core import config as numba_config
from numba.core import event, types
from numba.extending import intrinsic

from agent import linked_parts

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
    directory = _cache_directory()
    if directory is None:
        return numba.njit(nogil=True, error_model="numpy")(function)  # type: ignore[return-value]
    previous = config.CACHE_DIR
    config.CACHE_DIR = directory
    try:
        return numba.njit(nogil=True, error_model="numpy", cache=True)(function)  # type: ignore[return-value]
    finally:
        config.CACHE_DIR = previous


def part(function: F) -> F:
    """Compile a function as part of others only: it cannot be called from Python, and so compiles in half the time."""
    if INTERPRETED:
        return function
    return numba.njit(nogil=True, error_model="numpy", **linked_parts.options())(function)  # type: ignore[return-value]


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
    """Return whether compiled code would have to be made first: nothing of this version was kept so far."""
    directory = _cache_directory()
    return not INTERPRETED and (directory is None or not any(Path(directory).rglob("*.nbi")))


def compile_seconds() -> float:
    """Return the time that this process has spent compiling so far: what is no part of what it measures."""
    return _clock.duration if _clock.done else 0.0


_clock = event.TimingListener()
event.register("numba:compile", _clock)


@cache
def _cache_directory() -> str | None:
    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    packages = Path(__file__).parent, Path(__file__).parents[1] / "envs"  # worlds are drawn from in compiled code, too
    for source in sorted(path for package in packages for path in package.rglob("*.py")):
        text = source.read_bytes()
        if b"compiled" in text:
            digest.update(text)
    for root in _cache_roots():
        directory = Path(root) / "blackswan-rl" / digest.hexdigest()[:16]
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=directory):
                return str(directory)
        except OSError:
            continue
    return None


def _cache_roots() -> list[str]:
    user = "nobody" if not hasattr(os, "getuid") else str(os.getuid())
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA", home)
    roots = [os.environ.get("NUMBA_CACHE_DIR", ""), home, os.path.join(tempfile.gettempdir(), f"cache-{user}")]
    return [root for root in roots if root and not root.startswith("~")]


@intrinsic
def _call_address(typingctx, address, arguments):  # type: ignore[no-untyped-def]
    """Call the C function of doubles at an address: `double (*)(double, ...)`."""
    signature = types.float64(types.int64, arguments)

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        pointer, packed = values
        double = ir.DoubleType()
        function_type = ir.FunctionType(double, [double] * len(arguments))
        function = builder.inttoptr(pointer, function_type.as_pointer())
        return builder.call(function, [builder.extract_value(packed, i) for i in range(len(arguments))])

    return signature, generate


def _call_python(handle: int, arguments: tuple[float, ...]) -> float:
    return _interpreted[handle](*arguments)


_interpreted: list[Callable[..., float]] = []  # where compilation is off, a handle is a place in this list

call_scalar: Any = _call_python if INTERPRETED else _call_address
"""`call_scalar(handle, (x, y, ...))`: call, from compiled code, the function behind a `scalar_handle`."""


def scalar_handle(function: Callable[..., float]) -> int:
    """Return what compiled code needs to call a function of floats that is chosen at run time.

    A compiled function that took another as argument would be compiled anew in every process; an address is data.

    Args:
        function: plain Python, `n` floats -> float, written in numba's subset. Kept alive for the process.

    Returns:
        A number, for `call_scalar`.
    """
    if not INTERPRETED:
        return _native(function).address
    if function not in _interpreted:
        _interpreted.append(function)
    return _interpreted.index(function)


@cache
def _native(function: Callable[..., float]) -> Any:
    arity = len(inspect.signature(function).parameters)
    return numba.cfunc(types.float64(*[types.float64] * arity), error_model="numpy")(function)
