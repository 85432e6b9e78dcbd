"""What exploring earns, where it is paid by what is earned: `python -m tests.benchmarks.earning`.

The tabular decision processes of RL^2 (arXiv 1611.02779, table 2): 10 states, 5 actions, transitions Dir(1, ..., 1),
mean rewards N(1, 1), noise N(0, 1), episodes of 10 steps; the total reward of n episodes, mean over drawn worlds. As
published, rewards are believed to be N(0, 1) beforehand, which is wrong by 1; beside that, what the right belief earns.
`curious` plans for the mean reward and w times what a step is expected to teach, of transitions and of rewards, to the
end of the episode. w was chosen by `--choose`, on worlds from 100000 on; what is reported are worlds 0 to 999.
"""

import argparse
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import numpy as np

import envs
from agent import simulate

EPISODES, LENGTH = (10, 25, 50, 75, 100), 10
FIRST_CHOSEN_ON = 100_000
PUBLISHED = {
    "random": (100.1, 250.2, 499.7, 749.9, 999.4),
    "PSRL": (138.1, 408.8, 904.4, 1417.1, 1939.5),
    "OPSRL, best of 20 tunings": (144.1, 425.2, 930.7, 1449.2, 1973.9),
    "BEB, best of 20 tunings": (150.2, 427.8, 917.8, 1422.6, 1935.1),
    "RL^2": (156.2, 445.7, 936.1, 1428.8, 1913.7),
}
WEIGHTS = {0.0: (2.0, 2.5, 3.0, 3.5, 4.0), 1.0: (1.0, 1.5, 2.0, 2.5)}
"""Weights to choose from, by the mean reward that is believed in beforehand."""
CHOSEN = {0.0: 3.5, 1.0: 1.5}


def curious(mean: float, weight: float) -> dict[str, Any]:
    """Options of the agent that is measured."""
    return {
        "agent": "curious",
        "prior": "symmetric:10",
        "reward_belief": f"gaussian:mean={mean},precision=1,noise=1",
        "planner": f"finite-horizon:{LENGTH},episodic=true",
        "reward_weight": 1.0,
        "curiosity_weight": weight,
    }


def earned(seed: int, options: Mapping[str, Any]) -> np.ndarray:
    """Total reward of the first episodes in one world, `[len(EPISODES)]`."""
    env = envs.make("random-rewards", world_seed=seed, max_episode_steps=LENGTH)
    (life,) = simulate(env, num_steps=LENGTH * EPISODES[-1], seeds=[seed], threads=1, **options)
    return life.steps["reward"].cumsum()[np.array(EPISODES) * LENGTH - 1]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--choose", action="store_true", help="earnings of all weights, on other worlds")
    given = parser.parse_args()
    first = FIRST_CHOSEN_ON if given.choose else 0
    pairs = [(m, w) for m in WEIGHTS for w in WEIGHTS[m]] if given.choose else list(CHOSEN.items())
    arms = {f"curious, prior mean {m:g}, w = {w:g}": curious(m, w) for m, w in pairs}
    if not given.choose:
        arms = {"random": {"agent": "random"}} | arms
    print(f"total reward of {EPISODES} episodes, worlds {first} to {first + given.worlds - 1}")
    for name, row in ({} if given.choose else PUBLISHED).items():
        print(f"{name + ' (published)':44}", *(f"{value:14.1f}" for value in row))
    with ProcessPoolExecutor(given.workers) as pool:
        for name, options in arms.items():
            seeds = range(first, first + given.worlds)
            total = np.array(list(pool.map(partial(earned, options=options), seeds, chunksize=10)))
            spread = 1.96 * total.std(axis=0, ddof=1) / np.sqrt(len(total))
            cells = (f"{mean:8.1f} ± {half:4.1f}" for mean, half in zip(total.mean(axis=0), spread, strict=True))
            print(f"{name:44}", *cells, f"  a step: {(total / EPISODES / LENGTH).mean():.4f}", flush=True)


if __name__ == "__main__":
    main()
