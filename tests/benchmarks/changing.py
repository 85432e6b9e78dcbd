"""What forgetting is worth in a world that changes: `python -m tests.benchmarks.changing`.

`changing-grid`: the way to the goal is shut in mid-life, and another one opens that was shut before. `curious`
with a reward weight of 1 and a curiosity weight of .03 under each prior, on the same seeds: how long the new way takes
to be found, what is earned before and after, and how wrong the belief is in the end. Half-lives and the weight were
looked at on seeds from 1000 on.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

import envs
from agent.simulation.measures import optimal_gain
from agent.statistics.seed_statistics import describe
from tests.support.changed_doors import Life, live

PRIORS = "symmetric", "forgetting:10000", "forgetting:3000", "forgetting:1000", "forgetting:300", "empirical-bayes"
CHANGE_AT, STEPS, WEIGHT = 10_000, 20_000, 0.03


def told(values: np.ndarray, digits: int) -> str:
    """Write a mean with its 95 % interval."""
    numbers = describe(values.tolist())
    low, high = numbers["ci95"]
    return f"{numbers['mean']:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    best = 100 * optimal_gain(envs.make("changing-grid").unwrapped.after)
    print(f"{given.seeds} seeds; change after {CHANGE_AT} steps of {STEPS}; the most that can be earned: {best:.2f}")
    print("| prior | steps to the new way | sooner than `symmetric` | earned before | after | wrong, nats |")
    print("|---|---|---|---|---|---|")
    seeds, first = range(given.first_seed, given.first_seed + given.seeds), None
    with ProcessPoolExecutor(given.workers) as pool:
        for prior in PRIORS:
            one = partial(live, change_at=CHANGE_AT, steps=STEPS, prior=prior, curiosity_weight=WEIGHT)
            lives = Life(*np.array(list(pool.map(one, seeds))).T)
            first = lives if first is None else first
            sooner = "" if lives is first else f"{np.mean(lives.found < first.found):.0%}"
            earned = told(100 * lives.before, 2), told(100 * lives.after, 2)
            cells = f"`{prior}`", told(lives.found, 0), sooner, *earned, told(lives.wrong, 0)
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
