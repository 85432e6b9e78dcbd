"""How much of the gain that was expected came true, by how many outcomes pairs have, and how often they were taken.

    python -m tests.benchmarks.calibration [NAME ...] [--seeds 20] [--first 500] [--workers 2] [--priors PRIOR ...]

The lives are those of `tests.benchmarks.priors`. A row stands for the pairs that have so many outcomes in truth: nats
that were expected and that were realised a life, realised over expected, and the same of the first visit, of the second
to the tenth, and of all later ones.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from agent import interact
from agent.agents.rng import seed_streams
from agent.experiments.options import CompareOptions
from agent.experiments.setup import make_player, make_world, resolve
from envs import true_mdp
from tests.benchmarks.priors import ALL, PRIORS

NAMES = ("river-swim", "one-two-three", "cliques")
VISITS = {"1st": (0, 1), "2nd to 10th": (1, 10), "later": (10, np.inf)}


def life(name: str, prior: str, seed: int) -> NDArray[np.float64]:
    """Live once; return a row a step: outcomes that the pair has, visits before, nats expected and realised."""
    config = resolve(CompareOptions(env=name, steps=ALL[name], prior=prior), ["curious"], seed)
    env, (world_seed, agent_seed) = make_world(config, seed), seed_streams(seed)
    agent, mdp = make_player(config, "curious", env, agent_seed), true_mdp(env)
    outcomes = np.diff(mdp.transition.indptr).reshape(-1, mdp.num_actions)
    visits, steps = np.zeros_like(outcomes), []
    for told in interact(env, agent, config["steps"], seed=world_seed):
        pair, model = (told.state, told.action), agent.model
        steps.append((outcomes[pair], visits[pair], model.last_expected_gain, model.last_surprise))
        visits[pair] += 1
    return np.array(steps, float)


def rows(name: str, prior: str, lives: list[NDArray[np.float64]]) -> Iterator[str]:
    """Lines of the table: all pairs, then those of each number of outcomes."""
    outcomes, visits, expected, realised = np.concatenate(lives).T
    for number in ("all", *np.unique(outcomes).astype(int)):
        here = np.full(len(outcomes), True) if number == "all" else outcomes == number
        cells = [f"{told[here].sum() / len(lives):.1f}" for told in (expected, realised)]
        for low, high in ((0, np.inf), *VISITS.values()):
            then = here & (low <= visits) & (visits < high)
            sought, found = expected[then].sum(), realised[then].sum()
            cells.append(f"{found / sought:.2f}" if sought > 0 else "-")
        yield f"| `{name}` | {prior} | {number} | {' | '.join(cells)} |"


def main() -> None:
    """Print the rows as worlds are done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", default=NAMES, help="as of tests.benchmarks.priors")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--priors", nargs="+", default=PRIORS, metavar="PRIOR")
    options = parser.parse_args()
    if unknown := set(options.names) - set(ALL):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(ALL)}")
    seeds = range(options.first, options.first + options.seeds)
    print(f"| world | prior | outcomes | expected | realised | ratio | {' | '.join(VISITS)} |\n|---|" + "---|" * 8)
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        for name in options.names:
            for prior in options.priors:
                for row in rows(name, prior, list(pool.map(partial(life, name, prior), seeds))):
                    print(row, flush=True)


if __name__ == "__main__":
    main()
