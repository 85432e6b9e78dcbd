"""What a step costs under a structured prior, beside what it is to cost at most.

    python -m tests.benchmarks.rule_costs [NAME ...] [--steps 10000] [--lives 3] [--first-seed 0]

A curious agent with default options, microseconds a step in process time: the first 1000 steps, in which nearly all is
new and fits are frequent, and the whole life; the least of the lives, each played on seeds from the first on. Worlds
that are tables live in the compiled loop, all of it counted. Of the others `begin`, `act` and `observe` are, not the
world. No score is kept. Told is also what all tables take in the end, bytes a visited pair.
"""

import argparse
import gc
import time
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, NamedTuple

import envs
from agent import interact, make_agent
from agent.agents.rng import seed_streams
from agent.simulation.simulate import Simulation, can_simulate
from tests.benchmarks.timing import AgentSeconds, table

FIRST = 1_000
MOST = {
    "four-rooms": (120.0, 40.0),
    "flags": (120.0, 40.0),
    "noisy-tv": (120.0, 40.0),
    "Taxi-v4": (250.0, 60.0),
    "MiniGrid-DoorKey-5x5-v0": (250.0, 60.0),
    "MiniGrid-Empty-16x16-v0": (250.0, 60.0),
}
"""Microseconds a step at most, of the first steps and of 10 000, on an idle machine."""
COLUMNS = (
    ("world", 24), ("first 1000, us", 14), ("at most", 8), ("whole life, us", 14), ("at most", 8), ("states", 7),
    ("bytes a pair", 12),
)  # fmt: skip


class Cost(NamedTuple):
    """Microseconds a step; how many states were known at the end, and bytes of all tables a visited pair."""

    first: float
    whole: float
    states: int
    bytes_a_pair: float


def cost(world: str, num_steps: int, seed: int) -> Cost:
    """Live once."""
    env = envs.as_states(envs.make(world))
    world_seed, agent_seed = seed_streams(seed)
    agent: Any = make_agent("curious", env, agent_seed, prior="structured")
    stops = (min(FIRST, num_steps), num_steps)
    gc.collect()
    seconds = (simulated if can_simulate(env, agent) else walked)(env, agent, world_seed, stops)
    first, whole = (1e6 * spent / steps for spent, steps in zip(seconds, stops, strict=True))
    model = agent.model
    return Cost(first, whole, model.num_known_states, model.nbytes / model.num_visited_pairs)


def simulated(env: Any, agent: Any, seed: int, stops: tuple[int, int]) -> Iterator[float]:
    """Live in the compiled loop; yield the seconds that had been spent at each stop."""
    simulation, made, start = Simulation(env, agent, seed), 0, time.process_time()
    for stop in stops:
        while made < stop:
            made += simulation.advance(stop - made)
        yield time.process_time() - start


def walked(env: Any, agent: Any, seed: int, stops: tuple[int, int]) -> Iterator[float]:
    """Live in the Python loop; yield the seconds that the agent had spent at each stop."""
    agent_seconds = AgentSeconds(agent)
    for step, _ in enumerate(interact(env, agent, stops[-1], seed, tell=None), 1):
        for stop in stops:
            if step == stop:
                yield agent_seconds.spent


def main() -> None:
    """Print a row a world."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MOST))
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--lives", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()
    row = table(*COLUMNS)
    for world in options.names or MOST:
        if world.startswith("MiniGrid") and find_spec("minigrid") is None:
            continue
        cost(world, min(60, options.steps), options.first_seed)  # code is loaded, or compiled
        lives = [cost(world, options.steps, options.first_seed + k) for k in range(options.lives)]
        first, whole = (min(each[k] for each in lives) for k in range(2))
        most = [f"{bound:.0f}" for bound in MOST.get(world, ())] or ["-", "-"]
        memory = " to ".join(f"{end(each.bytes_a_pair for each in lives):.0f}" for end in (min, max))
        row(world, f"{first:.1f}", most[0], f"{whole:.1f}", most[1], str(lives[-1].states), memory)


if __name__ == "__main__":
    main()
