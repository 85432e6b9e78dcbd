"""What it is worth to look near where one visit teaches all: steps until 10, 2 and .5 % of the information are missing.

    python -m tests.benchmarks.outlook [NAME ...] [--seeds 40] [--first 1700] [--workers 2]

Worlds in which every pair has one outcome. *Near* lives are those of `--prior structured`, whose plans look three, five
or ten steps ahead as long as that is enough; *far* ones always look a hundred (`--planner incremental:near=.99`). A
ratio below one says that looking near is worth it; in brackets 95 % intervals of paired ratios. *Empirical Bayes* is
the default prior. A seed that does not get there counts as the budget, and its mean is marked as a bound.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from multiprocessing import get_context
from typing import Any

import numpy as np

from agent.experiments.options import CompareOptions
from agent.experiments.setup import resolve
from agent.experiments.single_run import play
from tests.benchmarks.steering import bounded, compared

LEVELS = ("0.1", "0.02", "0.005")
WAYS: dict[str, dict[str, Any]] = {
    "near": {"prior": "structured"},
    "far": {"prior": "structured", "planner": "incremental:near=.99"},
    "empirical Bayes": {},
}
BUDGETS = {
    "tests.support.puzzle:Puzzle-v0": 5_000,
    "tests.support.puzzle:Rings-v0": 5_000,
    "tests.support.puzzle:Edges-v0": 12_000,
    "tests.support.puzzle:Lamps-v0": 5_000,
    "deep-sea": 600,
    "lock": 1_000,
    "CliffWalking-v1": 1_000,
    "Taxi-v4": 4_000,
    "MiniGrid-DoorKey-5x5-v0": 4_000,
    "MiniGrid-LavaCrossingS9N1-v0": 2_500,
    "MiniGrid-MultiRoom-N2-S4-v0": 1_500,
}


def steps_to_levels(name: str, way: str, seed: int) -> list[int]:
    """Return the steps of one life until each level; the budget where it is not reached."""
    config = resolve(CompareOptions(env=name, steps=BUDGETS[name], **WAYS[way]), ["curious"], seed)
    found = play(config, "curious", seed).recorder.summary()["steps_to_fraction"]
    return [found[level] or BUDGETS[name] for level in LEVELS]


def main() -> None:
    """Print the rows as worlds are done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BUDGETS))
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--first", type=int, default=1_700)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    if unknown := set(options.names) - set(BUDGETS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(BUDGETS)}")
    seeds = range(options.first, options.first + options.seeds)
    print("| world | missing | near | far | ratio | empirical Bayes |\n|---|---|---|---|---|---|")
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        for name in options.names or BUDGETS:
            lives = pool.map(partial(steps_to_levels, name), *zip(*product(WAYS, seeds), strict=True))
            for level, steps in zip(LEVELS, np.array(list(lives)).T, strict=True):
                near, far, default = steps.reshape(len(WAYS), -1)
                cells = f"{compared(near, far, BUDGETS[name])} | {bounded(default, BUDGETS[name])}"
                print(f"| `{name}` | {100 * float(level):g} % | {cells} |", flush=True)


if __name__ == "__main__":
    main()
