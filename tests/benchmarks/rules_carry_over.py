"""How much sooner a world is known whose rules were learnt in another one: the table of runs/README.md, by one command.

    python -m tests.benchmarks.rules_carry_over [NAME ...] [--layouts 200] [--first 1000] [--workers 2] [--each]

A life in a source world leaves its rules. Then, in a layout that was never met, the curious agent starts from nothing
(`structured`), from these rules (`structured:from=...`), and from rules that were changed on purpose: learnt in the
source world with its first two actions swapped, or all of them permuted. Counted are the steps until 2 % of the
information is missing, on the same seed; a life that does not get there counts as its budget, and its mean is marked
`>=`. Each layout has source lives of its own, so that a standard error covers what one of them happens to leave, too.
A ratio is that of mean steps, with that error; in brackets those of single layouts, from the least to the largest.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import gymnasium
import numpy as np

import envs
from agent import interact, make_agent
from agent.belief.structured.carrying.keeping import kept_rules
from agent.results import storage
from agent.simulation.scoring import Truth

LEVEL = 0.02
KINDS = ("rooms", "caves", "maze", "open")
NAMES = {
    "FourRooms": "MiniGrid-FourRooms-v0",
    "DoorKey-6x6": "MiniGrid-DoorKey-6x6-v0",
    "LavaCrossingS9N1": "MiniGrid-LavaCrossingS9N1-v0",
    "four-rooms to grid": "four-rooms",
}
BUDGET = {"four-rooms to grid": 8_000}  # steps; 4 000 elsewhere
SOURCE = {"FourRooms": 400, "DoorKey-6x6": 2_000, "LavaCrossingS9N1": 600, "four-rooms to grid": 4_000}
"""Steps of the life that leaves its rules."""
SOURCES_APART = 50_000
"""Seeds between a life and the source life that leaves its rules: no layout is met twice."""


class Changed(gymnasium.ActionWrapper[Any, Any, Any]):
    """A world in which actions do what others did: the first two each other's, or every one that of the next one."""

    def __init__(self, env: gymnasium.Env[Any, Any], is_permuted: bool) -> None:
        super().__init__(env)
        last = int(env.action_space.n)  # pyright: ignore[reportAttributeAccessIssue]
        self.done = [*range(1, last), 0] if is_permuted else [1, 0, *range(2, last)]

    def action(self, action: Any) -> Any:
        """Return what is done instead."""
        return self.done[int(action)]


class Lives(NamedTuple):
    """Steps to the level, of one layout, by what was known before."""

    fresh: int | None
    carried: int | None
    swapped: int | None
    permuted: int | None


def source_of(name: str, seed: int) -> gymnasium.Env[Any, Any]:
    """Return the world in which rules are learnt."""
    return envs.make(NAMES[name], **({} if name == "four-rooms to grid" else {"world_seed": seed}))


def target_of(name: str, layout: int) -> gymnasium.Env[Any, Any]:
    """Return one of the worlds that they are carried to."""
    if name == "four-rooms to grid":
        return envs.make("grid", size=12, kind=KINDS[layout % len(KINDS)], world_seed=layout)
    return envs.make(NAMES[name], world_seed=layout)


def leave_rules(env: gymnasium.Env[Any, Any], num_steps: int, path: Path, seed: int) -> None:
    """Live in a world, and leave its rules in a file."""
    agent = make_agent("curious", env, seed, prior="structured")
    for _ in interact(env, agent, num_steps, seed, tell=None):
        pass
    storage.write_arrays(path, kept_rules(agent.model))


def steps_to_level(name: str, layout: int, prior: str) -> int | None:
    """Return how many steps it takes until little is missing, None if more than the budget."""
    env = target_of(name, layout)
    mdp = envs.true_mdp(env)
    agent = make_agent("curious", env, layout, prior=prior)
    truth = Truth(agent.model, mdp)
    for step, _ in enumerate(interact(env, agent, BUDGET.get(name, 4_000), layout, tell=None), start=1):
        truth.update()
        if truth.missing_information <= LEVEL * truth.yardstick:
            return step
    return None


def live(name: str, layout: int) -> Lives:
    """Return the steps of four lives in one layout, on one seed."""
    seed = layout + SOURCES_APART
    source = source_of(name, seed)
    sources = {"carried": source, "swapped": Changed(source, False), "permuted": Changed(source, True)}
    with tempfile.TemporaryDirectory() as folder:
        priors = ["structured"]
        for which, world in sources.items():
            path = Path(folder, f"{which}.npz")
            leave_rules(world, SOURCE[name], path, seed)
            priors.append(f"structured:from={path}")
        return Lives(*(steps_to_level(name, layout, prior) for prior in priors))


def told(name: str, lives: Sequence[Lives]) -> Iterator[str]:
    """Give the cells of a row: means, and ratios."""
    budget = BUDGET.get(name, 4_000)
    steps = np.array([[budget if each is None else each for each in life] for life in lives], float)
    means = steps.mean(axis=0)
    for k in range(len(Lives._fields)):
        mark = ">= " if any(life[k] is None for life in lives) else ""
        yield f"{mark}{means[k]:.0f}"
    for k in range(1, len(Lives._fields)):
        each, ratio = steps[:, k] / steps[:, 0], means[k] / means[0]
        error = (steps[:, k] - ratio * steps[:, 0]).std(ddof=1) / len(steps) ** 0.5 / means[0]
        yield f"{ratio:.2f} ± {error:.2f} ({each.min():.2f} to {each.max():.2f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--layouts", type=int, default=200)
    parser.add_argument("--first", type=int, default=1_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--each", action="store_true", help="print the steps of every life, too")
    options = parser.parse_args()
    known_before = "rules", "swapped", "permuted"
    columns = "world", "from nothing", *known_before, "ratio: rules", *known_before[1:]
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    layouts = range(options.first, options.first + options.layouts)
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        for name in options.names or NAMES:
            lives = list(pool.map(partial(live, name), layouts))
            print(f"| {name} | {' | '.join(told(name, lives))} |", flush=True)
            if options.each:
                print(*lives, sep="\n", flush=True)


if __name__ == "__main__":
    main()
