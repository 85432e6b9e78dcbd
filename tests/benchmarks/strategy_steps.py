"""What a step of each strategy costs in a world of 400 states, and a draw of posterior sampling.

Whole lives in an open map of 20 x 20 cells, simulated on one thread; the least process time of some lives.
"""

import argparse
import time
from statistics import median
from typing import Any

import envs
from agent import interact, make_agent, simulate
from agent.registry import AGENTS

SIDE = 20
MAP = "\n".join(
    ["#" * (SIDE + 2), "#S" + "." * (SIDE - 1) + "#", *["#" + "." * SIDE + "#"] * (SIDE - 1), "#" * (SIDE + 2)]
)
BOUNDS = ("unembodied", "true-map")
"""They are no strategies: one need not walk, the other solves the whole true map at every step."""


def microseconds(name: str, steps: int, lives: int) -> float:
    """Return the least process time of a step over some lives, the score included."""
    world, options = envs.make("grid", map_text=MAP), {"reward_weight": 1.0} if name == "r-max" else {}
    simulate(world, name, 500, [0], threads=1, **options)  # compiles
    spent = []
    for seed in range(lives):
        before = time.process_time()
        simulate(world, name, steps, [seed], threads=1, **options)
        spent.append(time.process_time() - before)
    return 1e6 * min(spent) / steps


def seconds_of_draws(steps: int) -> list[float]:
    """Return how long each draw of a map took in a life, once all states are known."""
    world = envs.make("grid", map_text=MAP)
    agent = make_agent("psrl", world, 0)
    for _ in interact(world, agent, steps, 0):
        pass
    planner: Any = agent.planner
    draw, spent = planner.draw, []

    def timed(*arguments: Any) -> None:
        before = time.perf_counter()
        draw(*arguments)
        spent.append(time.perf_counter() - before)

    planner.draw = timed
    for _ in interact(world, agent, steps, 1):
        pass
    return spent


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--lives", type=int, default=3)
    asked = parser.parse_args()
    print("| strategy | us a step |\n|---|---|")
    for name in AGENTS:
        if name not in BOUNDS:
            print(f"| `{name}` | {microseconds(name, asked.steps, asked.lives):.1f} |", flush=True)
    draws = seconds_of_draws(asked.steps)
    print(f"\na draw of psrl: median {1e3 * median(draws):.2f} ms, largest {1e3 * max(draws):.2f} ms, of {len(draws)}")
