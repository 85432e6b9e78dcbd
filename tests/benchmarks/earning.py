"""What a nat is worth where it is paid by what is earned: `python -m tests.benchmarks.earning`.

In the worlds of `python -m agent.reproduce rl2-2016`, but others, from world 100 000 on: total rewards of `curious` by
weight of what is learnt, and without one of the two things that there are to learn, transitions and rewards.
"""

import argparse
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from agent.experiments.papers import EXPERIMENTS
from agent.experiments.papers.experiment import Arm
from agent.experiments.reproduction import lived, points_of

SETTING = EXPERIMENTS["rl2-2016"].settings["random-rewards"]
FIRST = 100_000
WEIGHTS = {"curious": (2.0, 2.5, 3.0, 3.5, 4.0), "curious, right prior": (1.0, 1.5, 2.0, 2.5)}
"""Weights to choose from, by arm."""
WITHOUT = {
    "curiosity about transitions": {"curiosity_weight": 0.0, "reward_gain_weight": 3.5},
    "curiosity about rewards": {"reward_gain_weight": 0.0},
    "a belief about rewards": {"reward_belief": "empirical"},
}


def arms() -> Mapping[str, Arm]:
    """What is measured, by label."""

    def changed(label: str, options: Mapping[str, Any]) -> Arm:
        arm = SETTING.arms[label]
        return replace(arm, options={**arm.options, **options})

    weighted = {f"{each}, w = {w:g}": changed(each, {"curiosity_weight": w}) for each in WEIGHTS for w in WEIGHTS[each]}
    return weighted | {f"curious without {what}": changed("curious", options) for what, options in WITHOUT.items()}


def earned(seed: int, arm: Arm) -> np.ndarray:
    """Total reward of the first episodes in one world, `[checkpoints]`."""
    return lived(SETTING, arm, seed)[np.searchsorted(points_of(SETTING), SETTING.checkpoints)]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=150)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    seeds = range(FIRST, FIRST + given.worlds)
    print(f"total reward of {SETTING.checkpoints} episodes, worlds {seeds[0]} to {seeds[-1]}")
    with ProcessPoolExecutor(given.workers) as pool:
        for name, arm in arms().items():
            total = np.array(list(pool.map(partial(earned, arm=arm), seeds, chunksize=10)))
            spread = 1.96 * total.std(axis=0, ddof=1) / np.sqrt(len(total))
            cells = (f"{mean:8.1f} ± {half:4.1f}" for mean, half in zip(total.mean(axis=0), spread, strict=True))
            print(f"{name:44}", *cells, flush=True)


if __name__ == "__main__":
    main()
