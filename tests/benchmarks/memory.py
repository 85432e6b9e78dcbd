"""What the belief's tables take, and what a process holds that plans on them.

    python -m tests.benchmarks.memory [--sides 1000 3162] [--successors 2 3] [--prior full]

A square is explored, ten visits a pair, and planned for. Each line is a process of its own (Linux):

tables: bytes of the tables' entries in use, by their types; a pair: the same for each visited pair.
resident: what the process holds more than before it made the tables, with payoffs and a plan in them: columns that
nothing needed (starts, terminal states) take no memory.
peak: the most that the process ever held, interpreter, compiled code and the first full solution included.
"""

import argparse
import multiprocessing
import resource
from pathlib import Path
from typing import Any

from agent.planners.incremental.planner import Incremental
from tests.benchmarks.explored import explored_grid
from tests.benchmarks.timing import table


def measure(pipe: Any, side: int, successors: int, is_local: bool) -> None:
    """Send the bytes of the tables, the visited pairs, the bytes resident and at the peak."""
    for number in (20, side):  # the first loads what is compiled
        before = resident_bytes()
        model = explored_grid(number, is_local=is_local, successors=successors)
        model.pairs.payoff[:] = 1e-3
        Incremental(0.95, max_pops=1).plan(model, 1e-3, 0)  # capped: nothing is solved
        resident = resident_bytes() - before
        Incremental(0.95).plan(model, 1e-3, 0)
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pipe.send((model.nbytes, model.num_visited_pairs, resident, peak))


def resident_bytes() -> int:
    """Memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main() -> None:
    """Read the options, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sides", type=int, nargs="*", default=[1000, 3162], help="sides of the squares, cells")
    parser.add_argument("--successors", type=int, nargs="*", default=[2, 3], choices=[2, 3], help="of a pair")
    parser.add_argument("--prior", choices=["full", "local"], default="full", help="local: 8 bytes more an edge")
    options = parser.parse_args()
    spawning = multiprocessing.get_context("spawn")
    row = table(
        ("states", 9), ("successors", 10), ("tables, GB", 10), ("a pair, B", 9), ("resident, GB", 12), ("peak, GB", 8)
    )
    for side in options.sides:
        for successors in options.successors:
            here, there = spawning.Pipe()
            process = spawning.Process(target=measure, args=(there, side, successors, options.prior == "local"))
            process.start()
            tables, pairs, resident, peak = here.recv()
            process.join()
            billions = [f"{number / 1e9:.3g}" for number in (tables, resident, peak)]
            row(f"{side * side}", f"{successors}", billions[0], f"{tables / pairs:.1f}", *billions[1:])


if __name__ == "__main__":
    main()
