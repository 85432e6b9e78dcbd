"""Curious beside random in other people's worlds and in five of ours: the table of runs/README.md, by one command.

    python -m tests.benchmarks.real_worlds [NAME ...] [--seeds N] [--workers N] [--out FILE]

Counted are the steps until 10 % of the information is missing. Blackjack does not tell its truth: there it is the steps
until 90 % of the states are met that any of all the lives met. Each seed draws what is drawn at random: the layout of a
MiniGrid world, the truth of which is found by walking through it. The results go to `runs/reference/real-worlds.json`.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import gymnasium

from agent import interact, make_agent
from agent.agents.rng import seed_streams
from agent.experiments.options import CompareOptions
from agent.experiments.setup import resolve
from agent.experiments.single_run import play
from agent.reports import formatting
from agent.results import storage
from agent.results.comparison import compare_agents
from envs import as_states

AGENTS = ("curious", "random")
LEVEL = "0.1"
BUDGETS = {  # steps, some three to ten times what curious needs
    "FrozenLake-v1": 12_000,
    "FrozenLake8x8-v1": 120_000,
    "CliffWalking-v1": 10_000,
    "Taxi-v4": 40_000,
    "Blackjack-v1": 30_000,
    "MiniGrid-Empty-16x16-v0": 60_000,
    "MiniGrid-FourRooms-v0": 60_000,
    "MiniGrid-DoorKey-5x5-v0": 25_000,
    "MiniGrid-DoorKey-8x8-v0": 300_000,
    "MiniGrid-LavaCrossingS9N1-v0": 25_000,
    "MiniGrid-MultiRoom-N2-S4-v0": 10_000,
    "deep-sea": 20_000,
    "flags": 60_000,
    "six-arms": 60_000,
    "stochastic-corridor": 20_000,
    "room-graph": 60_000,
}
SEEDS = {"MiniGrid-DoorKey-8x8-v0": 10, "six-arms": 100}  # 20 elsewhere; in six-arms steps scatter widely
UNTOLD = frozenset({"Blackjack-v1"})  # worlds without a known truth
KEPT = Path(__file__).parents[2] / "runs" / "reference" / "real-worlds.json"

Met = dict[tuple[Any, bool], int]


class Diary(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Notes at which step each observation was met first, as the end of an episode and not."""

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        super().__init__(env)
        self.met: Met = {}
        self._step = 0

    def reset(self, **given: Any) -> tuple[Any, dict[str, Any]]:
        """Start an episode."""
        observation, info = self.env.reset(**given)
        self.met.setdefault((observation, False), self._step)
        return observation, info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take an action."""
        self._step += 1
        observation, reward, terminated, truncated, info = self.env.step(action)
        self.met.setdefault((observation, bool(terminated)), self._step)
        return observation, float(reward), terminated, truncated, info


def scored_life(name: str, agent: str, seed: int) -> int | None:
    """Return the steps to the level, None where it was not reached."""
    config = resolve(CompareOptions(env=name, steps=BUDGETS[name]), [agent], seed)
    life = play(config, agent, seed)
    if life.failure is not None:
        raise RuntimeError(f"{agent} in {name} on seed {seed}: {life.failure}")
    return life.recorder.summary()["steps_to_fraction"][LEVEL]


def noted_life(name: str, agent: str, seed: int) -> Met:
    """Return when each state was met first."""
    diary, (world_seed, agent_seed) = Diary(gymnasium.make(name)), seed_streams(seed)
    env = as_states(diary)
    for _ in interact(env, make_agent(agent, env, agent_seed), BUDGETS[name], world_seed):
        pass
    return diary.met


def steps_to_states(lives: Sequence[Met]) -> list[int | None]:
    """First step at which each life has met 90 % of the states that any of them met."""
    wanted = -(-9 * len(set().union(*lives)) // 10)
    return [sorted(met.values())[wanted - 1] if len(met) >= wanted else None for met in lives]


def compared(name: str, lives: Mapping[tuple[str, int], Any]) -> dict[str, Any]:
    """Put the lives of a world together, as `comparison.json` does, for one level."""
    seeds = sorted({seed for _, seed in lives})
    results = [lives[agent, seed] for agent in AGENTS for seed in seeds]
    crossings = steps_to_states(results) if name in UNTOLD else results
    rows = [
        {"steps_to_fraction": {LEVEL: step}, "coverage_at_fraction": {}, "missing_information_fraction": 0.0}
        for step in crossings
    ]
    halves = dict(zip(AGENTS, (rows[: len(seeds)], rows[len(seeds) :]), strict=True))
    comparison = compare_agents(name, BUDGETS[name], halves)
    agents = {agent: comparison["agents"][agent]["steps_to_fraction"][LEVEL] for agent in AGENTS}
    return {
        "steps": BUDGETS[name],
        "seeds": len(seeds),
        "agents": agents,
        "ratio": comparison["ratios"]["random"][LEVEL],
        "crossings": {agent: [row["steps_to_fraction"][LEVEL] for row in half] for agent, half in halves.items()},
    }


def lived(names: Sequence[str], seeds: int | None, workers: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Live all lives in processes; yields each world when all of its are done."""
    tasks = [(name, agent, seed) for name in names for seed in range(seeds or SEEDS.get(name, 20)) for agent in AGENTS]
    waiting = {name: {task[1:] for task in tasks if task[0] == name} for name in names}
    lives: dict[str, dict[tuple[str, int], Any]] = {name: {} for name in names}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(noted_life if task[0] in UNTOLD else scored_life, *task): task for task in tasks}
        for number, future in enumerate(as_completed(futures)):
            name, *life = futures[future]
            lives[name][tuple(life)] = future.result()
            show(f"\r{number + 1} of {len(tasks)} lives ")
            if lives[name].keys() == waiting[name]:
                yield name, compared(name, lives[name])


def show(progress: str) -> None:
    """Tell whoever watches how far it is."""
    if sys.stderr.isatty():
        print(progress, end="", file=sys.stderr, flush=True)


def row(name: str, result: Mapping[str, Any]) -> str:
    """One line of the table."""
    curious, random = (result["agents"][agent] for agent in AGENTS)
    ratio = formatting.format_ratio(result["ratio"], random["reached"], curious["reached"])
    budget = formatting.format_number(result["steps"])
    cells = (told(steps, result["seeds"]) for steps in (curious, random))
    return f"| `{name}` | {result['seeds']} | {budget} | {' | '.join(cells)} | {ratio} |"


def told(steps: Mapping[str, Any], seeds: int) -> str:
    """Mean steps with their interval, and how many seeds got there if not all did."""
    return formatting.format_statistics(steps) + formatting.got_there(steps, seeds)


def main() -> None:
    """Run what was asked for, print the rows, and keep the results beside those of before."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(BUDGETS), metavar="NAME", help=", ".join(BUDGETS))
    parser.add_argument("--seeds", type=int, help="of every world (default: 20, or as the table has it)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=KEPT)
    options = parser.parse_args()
    if unknown := set(options.names) - set(BUDGETS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(BUDGETS)}")
    kept = json.loads(options.out.read_text(encoding="utf-8")) if options.out.exists() else {}
    for name, result in lived(options.names, options.seeds, options.workers):
        kept[name] = result
        storage.write_json(options.out, {known: kept[known] for known in BUDGETS if known in kept})
        show("\r")
        print(row(name, result), flush=True)


if __name__ == "__main__":
    main()
