"""How much memory there is, and refusing beforehand what would not fit into it."""

import os
from contextlib import suppress
from pathlib import Path

ALWAYS_THERE = 2**28
"""Bytes that are never refused: what takes no more is let through."""


def require(num_bytes: float, what: str, remedy: str) -> None:
    """Refuse what needs more memory than there is.

    Args:
        num_bytes: what it would take, about.
        what: what is to be held, with the number that makes it so large.
        remedy: what to do instead.

    Raises:
        ValueError: one line with what it would take and what is available.
    """
    if num_bytes <= ALWAYS_THERE:
        return
    available = available_bytes()
    if num_bytes > available:
        there = f"and {gigabytes(available)} are available"
        raise ValueError(f"{what} would take some {gigabytes(num_bytes)} of memory, {there}; {remedy}")


def available_bytes() -> float:
    """Return how many bytes this process may still take; infinity where the system does not tell."""
    return min(_in_system(), _within_limit(), _within_group())


def gigabytes(num_bytes: float) -> str:
    """Write a number of bytes, as in `1.24 GB`."""
    return f"{float(min(num_bytes, 10**300)) / 1e9:.3g} GB"


def _in_system() -> float:
    with suppress(OSError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024.0 * int(line.split()[1])
    with suppress(AttributeError, ValueError, OSError):  # macOS: all there is
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return float("inf")


def _within_limit() -> float:
    """What `ulimit -v` leaves."""
    with suppress(ImportError, OSError):
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
            return float(max(limit - taken, 0))
    return float("inf")


def _within_group() -> float:
    """What a container allows in all."""
    with suppress(OSError, ValueError):  # "max" where there is no limit
        return float(int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return float("inf")
