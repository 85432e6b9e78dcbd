"""Is who is steered by rules later than who only learns them? Steps until 10 and 2 % of the information are missing.

    python -m tests.benchmarks.steering [NAME ...] [--seeds 20] [--first 1500] [--workers 2]

*Steered* lives plan on rules (`--prior structured`). *Scored* lives plan on empirical Bayes, on the same seeds, while
rules learn from the same transitions beside it; both are scored by the rules. A ratio above one says that rules know
more than steering by them shows. A seed that does not get there counts as the budget, and its mean is marked as a
bound. In brackets: 95 % intervals of paired ratios (`agent.statistics.intervals`).
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

import envs
from agent import Transition, WorldModel, interact, make_agent
from agent.agents.rng import seed_streams
from agent.belief.structured.prior import structured
from agent.reports.formatting import format_ratio, format_statistics
from agent.simulation.scoring import Truth
from agent.statistics.intervals import ratio_of_means
from agent.statistics.seed_statistics import known

LEVELS = (0.1, 0.02)
BUDGETS = {
    "grid": 20_000,
    "tv-rooms": 8_000,
    "deep-sea": 600,
    "generalised-grid": 3_000,
    "four-rooms": 4_000,
    "noisy-tv": 3_000,
    "flags": 6_000,
    "six-arms": 12_000,
    "FrozenLake8x8-v1": 3_000,
    "Taxi-v4": 3_000,
    "tests.support.puzzle:Lamps-v0": 5_000,
}


class Beside:
    """An agent, and a belief that learns beside it."""

    def __init__(self, agent, model) -> None:
        self.agent, self.model = agent, model

    def begin(self, state: int) -> None:
        """Begin an episode."""
        self.agent.begin(state)
        self.model.begin(state)

    def act(self, state: int) -> int:
        """Choose as the agent does."""
        return self.agent.act(state)

    def observe(self, transition: Transition) -> None:
        """Let both learn."""
        self.agent.observe(transition)
        self.model.observe(transition)


def steps_to_levels(name: str, is_steered: bool, seed: int) -> list[int]:
    """Return the steps of one life until each level; the budget where it is not reached."""
    env = envs.as_states(envs.make(name))
    mdp = envs.true_mdp(env)
    world_seed, agent_seed = seed_streams(seed)
    agent = make_agent("curious", env, agent_seed, prior="structured" if is_steered else "empirical-bayes")
    model = agent.model
    if not is_steered:
        model = WorldModel(env.num_actions, env.num_states, structured(env))
        agent = Beside(agent, model)
    return live(env, agent, Truth(model, mdp), BUDGETS[name], world_seed)


def live(env: Any, agent: Any, truth: Truth, budget: int, world_seed: int) -> list[int]:
    """Live until little is missing; return the steps until each level, the budget where it is not reached."""
    found: list[int] = []
    for step, _ in enumerate(interact(env, agent, budget, world_seed, tell=None), start=1):
        truth.update()
        while len(found) < len(LEVELS) and truth.fraction <= LEVELS[len(found)]:
            found.append(step)
        if len(found) == len(LEVELS):
            break
    return found + [budget] * (len(LEVELS) - len(found))


def bounded(steps: NDArray[np.int64], budget: int) -> str:
    """Write a mean, as a bound where a seed did not get there within the budget."""
    mean = {"mean": float(steps.mean()), "ci95": (None, None), "reached": float((steps < budget).mean())}
    return format_statistics(mean)


def compared(ours: NDArray[np.int64], theirs: NDArray[np.int64], budget: int) -> str:
    """Write both means, and their ratio with its interval, as bounds where seeds did not get there."""
    ratio = ratio_of_means(ours, theirs)
    told = {"mean": ratio.estimate, "ci95": (known(ratio.low), known(ratio.high))}
    shares = (float((steps < budget).mean()) for steps in (ours, theirs))
    return " | ".join([bounded(ours, budget), bounded(theirs, budget), format_ratio(told, *shares)])


def main() -> None:
    """Print the rows as worlds are done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BUDGETS))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1_500)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    if unknown := set(options.names) - set(BUDGETS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(BUDGETS)}")
    seeds = range(options.first, options.first + options.seeds)
    print("| world | missing | steered | scored | ratio |\n|---|---|---|---|---|")
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        for name in options.names or BUDGETS:
            lives = list(pool.map(partial(steps_to_levels, name), *zip(*product((True, False), seeds), strict=True)))
            for level, steps in zip(LEVELS, np.array(lives).T, strict=True):
                cells = compared(steps[: len(seeds)], steps[len(seeds) :], BUDGETS[name])
                print(f"| `{name}` | {100 * level:g} % | {cells} |", flush=True)


if __name__ == "__main__":
    main()
