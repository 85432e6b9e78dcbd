"""Processor time until the rules of a large world are known: by rules, and by empirical Bayes.

    python -m tests.benchmarks.until_known [--env MiniGrid-DoorKey-8x8-v0] [--lives 2] [--first-seed 500]
        [--steps 150000]

A curious agent with default options lives until 2 % of the information is missing. Counted are its steps, and the time
that `begin`, `act` and `observe` take, not the world's nor the score's, which is looked at every fifth step under rules
and every 500 steps without them.
"""

import argparse
from typing import Any

import envs
from agent import interact, make_agent
from agent.agents.rng import seed_streams
from agent.simulation.scoring import Truth
from agent.worlds import find_mdp
from tests.benchmarks.timing import AgentSeconds, table

LEVEL = 0.02
EVERY = {"structured": 5, "empirical-bayes": 500}
"""Steps between two looks at the score."""


def until_known(world: str, prior: str, seed: int, most: int) -> tuple[int | None, float]:
    """Live until little is missing; return the steps, None if they did not suffice, and seconds."""
    env = envs.as_states(envs.make(world))
    world_seed, agent_seed = seed_streams(seed)
    mdp = find_mdp(env)
    agent: Any = make_agent("curious", env, agent_seed, prior=prior)
    truth, agent_seconds = Truth(agent.model, mdp, lambda _: None, None), AgentSeconds(agent)
    for step, _ in enumerate(interact(env, agent, most, world_seed, tell=None), 1):
        if step % EVERY[prior] == 0:
            truth.update()
            if truth.fraction <= LEVEL:
                return step, agent_seconds.spent
    return None, agent_seconds.spent


def main() -> None:
    """Print a row a life."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", default="MiniGrid-DoorKey-8x8-v0")
    parser.add_argument("--lives", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=500)
    parser.add_argument("--steps", type=int, default=150_000)
    options = parser.parse_args()
    row = table(("prior", 16), ("seed", 6), ("steps to 2 %", 14), ("seconds", 10), ("us a step", 10))
    for prior in EVERY:
        until_known(options.env, prior, options.first_seed, 60)  # code is loaded, or compiled
        for seed in range(options.first_seed, options.first_seed + options.lives):
            steps, seconds = until_known(options.env, prior, seed, options.steps)
            each = 1e6 * seconds / (steps or options.steps)
            row(prior, str(seed), str(steps or "never"), f"{seconds:.3f}", f"{each:.0f}")


if __name__ == "__main__":
    main()
