"""Timing in pairs: two solvers take turns, so that whatever else the machine does falls on both."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Duel:
    """What two contestants took, run for run, and what each returned last."""

    first_ms: NDArray[np.float64]
    second_ms: NDArray[np.float64]
    first: Any
    second: Any

    @property
    def ratio(self) -> float:
        """Median over the pairs of second / first: above 1, the first is faster."""
        return float(np.median(self.second_ms / self.first_ms))


def duel(
    first: Callable[[], Any],
    second: Callable[..., Any],
    num_pairs: int,
    prepare: Callable[[], tuple[Any, ...]] = tuple,
) -> Duel:
    """Let two contestants run in turns, after a first run of each that compiles and is not counted.

    Args:
        first: Called without arguments.
        second: Called with what `prepare` made anew for each run, outside of the timing.
        num_pairs: Counted runs of each.
        prepare: Makes the second's arguments.
    """
    once(first)
    once(second, *prepare())
    milliseconds = np.zeros((2, num_pairs))
    answers: list[Any] = [None, None]
    for pair in range(num_pairs):
        given = prepare()
        milliseconds[0, pair], answers[0] = once(first)
        milliseconds[1, pair], answers[1] = once(second, *given)
    return Duel(milliseconds[0], milliseconds[1], *answers)


def once(function: Callable[..., Any], *given: Any) -> tuple[float, Any]:
    """Return the milliseconds of one call and what it returned."""
    begin = time.perf_counter()
    answer = function(*given)
    return 1e3 * (time.perf_counter() - begin), answer


def spread(milliseconds: NDArray[np.float64]) -> str:
    """Median and, in brackets, mean."""
    return f"{np.median(milliseconds):.3g} ({np.mean(milliseconds):.3g})"


def print_row(cells: Sequence[str], widths: Sequence[int]) -> None:
    """Print one line of a Markdown table, at once."""
    print("| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |", flush=True)


class AgentSeconds:
    """Process time that an agent spends in `begin`, `act` and `observe`; the world's is not counted.

    Attributes:
        spent: seconds so far.
    """

    def __init__(self, agent: Any) -> None:
        self.spent = 0.0
        for name in ("begin", "act", "observe"):
            setattr(agent, name, self._timed(getattr(agent, name)))

    def _timed(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def call(given: Any) -> Any:
            start = time.process_time()
            answer = function(given)
            self.spent += time.process_time() - start
            return answer

        return call


def table(*columns: tuple[str, int]) -> Callable[..., None]:
    """Print the head of a Markdown table; return what prints its rows."""
    names, widths = [name for name, _ in columns], [max(len(name), width) for name, width in columns]
    print()
    print_row(names, widths)
    print_row(["-" * width for width in widths], widths)
    return lambda *cells: print_row(cells, widths)
