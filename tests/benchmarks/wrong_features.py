"""What do wrong features cost? Steps until 10 and 2 % of the information are missing, beside empirical Bayes.

    python -m tests.benchmarks.wrong_features [NAME ...] [--seeds 20] [--first 2400] [--workers 2]

*Permuted*: each state is told the features of another one, drawn by the seed. *Random*: one number, of as many as there
are states, in an order drawn by the seed. What is left to rules is what actions of the same state have in common, where
actions lead back to, and how sure their outcomes are. All live on the same seeds, on their own beliefs. A seed that
does not get there counts as the budget, and its mean is marked as a bound. In brackets: 95 % intervals of the ratios.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import product
from multiprocessing import get_context
from typing import Any

import numpy as np

import envs
from agent import make_agent
from agent.agents.rng import seed_streams
from agent.belief.structured.prior import structured
from agent.simulation.scoring import Truth
from tests.benchmarks.steering import LEVELS, compared, live

BUDGETS = {
    "grid": 60_000,
    "four-rooms": 20_000,
    "noisy-tv": 20_000,
    "cliques": 8_000,
    "river-swim": 2_500,
    "CliffWalking-v1": 1_000,
    "storck": 4_000,
    "generalised-grid": 3_000,
    "dense": 10_000,
    "FrozenLake-v1": 20_000,
    "FrozenLake8x8-v1": 40_000,
}
FEATURES = ("permuted", "random")


def prior_of(env: Any, features: str, seed: int) -> Any:
    """Return a structured prior that is told the wrong features; empirical Bayes where these are "none"."""
    if features == "none":
        return "empirical-bayes"
    prior = structured(env)
    order = np.random.default_rng(seed).permutation(len(prior.listed))
    if features == "permuted":
        return replace(prior, listed=prior.listed[order], ended=prior.ended[order])
    numbers, none_ends = order[:, None].astype(np.int32), np.zeros(len(order), bool)
    told = {"names": ("number",), "value_names": ((),), "ranges": (), "num_contexts": 0, "width": 1}
    return replace(prior, listed=numbers, ended=none_ends, **told)


def steps_to_levels(name: str, features: str, seed: int) -> list[int]:
    """Return the steps of one life until each level; the budget where it is not reached."""
    env = envs.as_states(envs.make(name))
    mdp = envs.true_mdp(env)
    world_seed, agent_seed = seed_streams(seed)
    agent = make_agent("curious", env, agent_seed, prior=prior_of(env, features, seed))
    return live(env, agent, Truth(agent.model, mdp), BUDGETS[name], world_seed)


def main() -> None:
    """Print the rows as worlds are done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BUDGETS))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=2_400)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    if unknown := set(options.names) - set(BUDGETS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(BUDGETS)}")
    seeds = range(options.first, options.first + options.seeds)
    columns = " | ".join(f"{100 * level:g} %: rules | empirical Bayes | ratio" for level in LEVELS)
    print(f"| world | features | {columns} |\n{'|---' * (2 + 3 * len(LEVELS))}|")
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        for name in options.names or BUDGETS:
            tasks = zip(*product(("none", *FEATURES), seeds), strict=True)
            lives = np.array(list(pool.map(partial(steps_to_levels, name), *tasks)))
            theirs, *ours = lives.reshape(1 + len(FEATURES), len(seeds), len(LEVELS))
            for features, steps in zip(FEATURES, ours, strict=True):
                cells = [compared(told, others, BUDGETS[name]) for told, others in zip(steps.T, theirs.T, strict=True)]
                print(f"| `{name}` | {features} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
