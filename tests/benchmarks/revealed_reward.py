"""What a map is worth once a reward is revealed: of what was counted, and of what the belief itself predicts.

    python -m tests.benchmarks.revealed_reward [--seeds 48] [--first 1000] [--workers 2]

`curious` explores `open-grid` in episodes of 20 steps (Kaufmann et al. 2021, arXiv 2006.06294). Then all is planned for
the reward, 20 steps at a discount of .99, and compared with the best value on the true map: with the relative
frequencies of what was seen (the measure `value-error`, in which no prior has a part: a pair never taken leads
anywhere), and with what the belief predicts of each pair. Means over seeds, and their standard errors.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from agent import interact
from agent.agents.rng import seed_streams
from agent.experiments.options import CompareOptions
from agent.experiments.setup import make_player, make_world, resolve
from agent.reports.formatting import format_number, format_percent
from envs import FiniteMDP, true_mdp
from tests.benchmarks.priors import PRIORS

WORLD = CompareOptions(env="open-grid", env_kwargs=("max_episode_steps=20",), steps=31_623)
POINTS = (1_000, 3_162, 10_000, 31_623)
HORIZON, DISCOUNT = 20, 0.99


def best_value(transition: NDArray[np.float64], mdp: FiniteMDP) -> float:
    """Plan backwards in a map, `[S * A, S]`, for the true reward; return the value of the start."""
    value = np.zeros(mdp.num_states)
    for _ in range(HORIZON):
        value = (mdp.reward.ravel() + DISCOUNT * transition @ value).reshape(mdp.reward.shape).max(axis=1)
    return float(mdp.start @ value)


def life(prior: str, seed: int) -> NDArray[np.float64]:
    """Live once; return, at each of the points, the share of pairs taken and both value errors, `[points, 3]`."""
    config = resolve(replace(WORLD, prior=prior), ["curious"], seed)
    env, (world_seed, agent_seed) = make_world(config, seed), seed_streams(seed)
    agent, mdp = make_player(config, "curious", env, agent_seed), true_mdp(env)
    best, counts, told = best_value(mdp.transition.toarray(), mdp), np.zeros((mdp.reward.size, mdp.num_states)), []
    for step, seen in enumerate(interact(env, agent, config["steps"], seed=world_seed), 1):
        counts[seen.state * mdp.num_actions + seen.action, seen.next_state] += 1
        if step in POINTS:
            visits, anywhere = counts.sum(axis=1, keepdims=True), np.full_like(counts, 1 / mdp.num_states)
            predicted = anywhere.copy()
            for state, action in np.ndindex(mdp.reward.shape):
                if state in agent.model.known_states():
                    predicted[state * mdp.num_actions + action] = agent.model.predictive(state, action)
            counted = np.divide(counts, visits, out=anywhere, where=visits > 0)
            errors = (abs(best_value(each, mdp) - best) for each in (counted, predicted))
            told.append(((visits > 0).mean(), *errors))
    return np.array(told)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=48)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    print("| prior | steps | pairs taken | error of what was counted | of what is predicted |\n|---|---|---|---|---|")
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        for prior in PRIORS:
            told = np.array(list(pool.map(partial(life, prior), seeds)))
            means, errors = told.mean(axis=0), told.std(axis=0, ddof=1) / np.sqrt(len(told))
            for point, (taken, *mean), (_, *error) in zip(POINTS, means, errors, strict=True):
                cells = [format_number(point), f"{format_percent(taken)} %"]
                cells += [f"{value:.3f} ± {spread:.3f}" for value, spread in zip(mean, error, strict=True)]
                print(f"| {prior} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
