"""What a step of a world costs, and what its numbering adds: microseconds, medians of paired rounds.

    python -m tests.benchmarks.adapters

bare: a world that does nothing, in the wrappers that `gymnasium.make` puts around every world. Ours: `TabularEnv` in
the same. Adapters: the same walk through the world as it is, and as numbered states.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete

import envs
from envs import as_states
from tests.benchmarks.timing import print_row

NUM_STEPS, NUM_ROUNDS = 5_000, 15


class Nothing(gymnasium.Env[int, int]):
    """A world of one state, in which nothing happens."""

    observation_space, action_space = Discrete(1), Discrete(4)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[int, dict[str, Any]]:
        """Begin."""
        super().reset(seed=seed)
        return 0, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """Stay."""
        return 0, 0.0, False, False, {}


def microseconds(env: gymnasium.Env[Any, Any], actions: list[Any]) -> float:
    """Microseconds a step of one walk, its resets not counted."""
    env.reset(seed=0)
    clock, lived = time.perf_counter, 0.0
    start = clock()
    for action in actions:
        _, _, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            lived += clock() - start
            env.reset()
            start = clock()
    return 1e6 * (lived + clock() - start) / len(actions)


def paired(one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float, float]:
    """Medians of two figures taken in turn, and of their differences."""
    figures = np.array([(one(), other()) for _ in range(NUM_ROUNDS)])
    return *np.median(figures, axis=0), float(np.median(figures[:, 1] - figures[:, 0]))


def added(make: Callable[[], gymnasium.Env[Any, Any]]) -> tuple[float, float, float]:
    """Microseconds of a world, of the same as numbered states, and what these add."""
    world, states = make(), as_states(make())
    numbers = np.random.default_rng(0).integers(states.num_actions, size=NUM_STEPS).tolist()
    actions = [states.action_at(number) for number in numbers]
    return paired(lambda: microseconds(world, actions), lambda: microseconds(states, numbers))


def main() -> None:
    """Print the tables."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    gymnasium.register("bare/Nothing-v0", entry_point=Nothing)
    actions = np.random.default_rng(0).integers(4, size=NUM_STEPS).tolist()
    bare, grid = gymnasium.make("bare/Nothing-v0"), gymnasium.make("blackswan/Grid-v0", slip=0.1)
    unwrapped = Nothing(), grid.unwrapped
    widths = [36, 10, 10, 10]
    print_row(["", "bare, us", "ours, us", "adds, us"], widths)
    print_row(["-" * width for width in widths], widths)
    for name, (one, other) in {"as made by gymnasium": (bare, grid), "without its wrappers": unwrapped}.items():
        figures = paired(lambda one=one: microseconds(one, actions), lambda other=other: microseconds(other, actions))
        print_row([name, *(f"{figure:.2f}" for figure in figures)], widths)
    print()
    print_row(["", "world, us", "states, us", "adds, us"], widths)
    print_row(["-" * width for width in widths], widths)
    for name in ("blackswan/Grid-v0", "FrozenLake-v1", "Taxi-v4", "Blackjack-v1", "MiniGrid-DoorKey-8x8-v0"):
        try:
            figures = added(lambda name=name: envs.make(name))
        except ValueError as error:
            print_row([f"{name}: {error}"[:80]], [80])
            continue
        print_row([name, *(f"{figure:.2f}" for figure in figures)], widths)


if __name__ == "__main__":
    main()
