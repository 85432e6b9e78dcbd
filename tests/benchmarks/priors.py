"""Curious by rules beside curious by empirical Bayes: steps until 10, 2 and .5 % of the information are missing.

    python -m tests.benchmarks.priors [NAME ...] [--seeds 20] [--first 500] [--workers 2] [--out FILE] [--more]

Both live on the same seeds, to the end of the budget; each is scored by its own belief, against the same yardstick. A
seed that does not reach a level counts as the budget; `of` says how many did, and the ratio is then a bound. So does a
random walk that learns by rules: what it is short of is what steering is worth, the rest of the gain is estimation.
`seen` is how much of the world the first of the three had visited by then, `worst seed` the largest ratio of one seed;
in brackets what it is by chance, of empirical Bayes against itself on other seeds; `calibration` what of the gain that
was expected came true. `--more` lists the other worlds: in most of them lives are short, or rules are worth little.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from agent.experiments.options import CompareOptions
from agent.experiments.setup import resolve
from agent.experiments.single_run import play
from agent.reports import formatting
from agent.results import storage
from agent.results.comparison import compare_agents

WAYS = {
    "structured": ("curious", "structured"),
    "empirical-bayes": ("curious", "empirical-bayes"),
    "random": ("random", "structured"),
}
"""Agent and prior; the first two are compared."""
BLACKJACK = "tests.support.blackjack:Blackjack-v0"
PRIORS = ("structured", "empirical-bayes")
LEVELS = ("0.1", "0.02", "0.005")
FRONT = (
    "Taxi-v4",
    "FrozenLake8x8-v1",
    "MiniGrid-DoorKey-5x5-v0",
    "MiniGrid-FourRooms-v0",
    "grid",
    "noisy-tv",
    "river-swim",
    "dense",
)
"""Worlds of the table of the front page."""
SHUFFLES = 1_000
FIGURES = ("steps_to_fraction", "coverage_at_fraction")
BUDGETS = {
    "Taxi-v4": 6_000,
    "FrozenLake8x8-v1": 20_000,
    "CliffWalking-v1": 1_000,
    "MiniGrid-DoorKey-5x5-v0": 4_000,
    "MiniGrid-LavaCrossingS9N1-v0": 2_500,
    "MiniGrid-MultiRoom-N2-S4-v0": 1_500,
    "MiniGrid-FourRooms-v0": 15_000,
    "MiniGrid-Empty-16x16-v0": 8_000,
    "four-rooms": 12_000,
    "grid": 60_000,
    "flags": 40_000,
    "noisy-tv": 8_000,
    "river-swim": 2_500,
    "cliques": 8_000,
    "one-two-three": 3_000,
    "dense": 6_000,
    "six-arms": 12_000,
    BLACKJACK: 20_000,
}
MORE = {
    "four-rooms-large": 12_000,
    "labyrinth": 6_000,
    "corridor": 6_000,
    "ice": 8_000,
    "one-way": 6_000,
    "portals": 8_000,
    "traps": 6_000,
    "tv-rooms": 12_000,
    "chain": 500,
    "double-loop": 1_000,
    "lock": 4_000,
    "deep-sea": 6_000,
    "storck": 4_000,
    "stochastic-corridor": 6_000,
    "trap": 1_500,
    "one-way-trap": 1_500,
    "maze": 5_000,
    "random-mdp": 12_000,
    "room-graph": 15_000,
    "generalised-chain": 600,
    "generalised-double-loop": 1_000,
    "generalised-grid": 3_000,
    "caves": 40_000,
    "large-maze": 60_000,
    "wheel": 2_000,
    "double-chain": 3_000,
    "open-grid": 6_000,
    "shortest-path": 4_000,
    "noisy-river": 4_000,
    "random-rewards": 12_000,
}
ALL = BUDGETS | MORE
LEFT_OUT = {"changing-grid": "its map changes in mid-life, so that there is no truth by which to score"}
"""Worlds of `envs/` that are in neither list, and why."""

Life = tuple[dict[str, Any], float]


def life(name: str, way: str, seed: int) -> Life:
    """Live once; return the summary and how much of the expected gain came true."""
    agent, prior = WAYS[way]
    config = resolve(CompareOptions(env=name, steps=ALL[name], prior=prior), [agent], seed)
    lived = play(config, agent, seed)
    if lived.failure is not None:
        raise RuntimeError(f"{way} in {name} on seed {seed}: {lived.failure}")
    return lived.recorder.summary(), lived.recorder.agent.model.calibration


def lives(names: Sequence[str], seeds: range, workers: int) -> Iterator[tuple[str, dict[str, list[Life]]]]:
    """Live all lives in processes; yields each world when all of its are done."""
    tasks = [(name, way, seed) for name in names for way in WAYS for seed in seeds]
    done: dict[tuple[str, str, int], Life] = {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(life, *task): task for task in tasks}
        for future in as_completed(futures):
            name, *_ = futures[future]
            done[futures[future]] = future.result()
            if all((name, way, seed) in done for way in WAYS for seed in seeds):
                yield name, {way: [done[name, way, seed] for seed in seeds] for way in WAYS}


def compared(name: str, found: Mapping[str, list[Life]]) -> dict[str, Any]:
    """Put the lives of a world together, as `comparison.json` does."""
    comparison = compare_agents(name, ALL[name], {way: [each for each, _ in found[way]] for way in WAYS})
    steps = {
        way: {level: [each["steps_to_fraction"][level] for each, _ in found[way]] for level in LEVELS} for way in WAYS
    }
    worst = {}
    for level in LEVELS:
        ours, theirs = (np.array([step or ALL[name] for step in steps[prior][level]]) for prior in PRIORS)
        worst[level] = float((ours / theirs).max())
    return {
        "budget": ALL[name],
        "seeds": len(found[PRIORS[0]]),
        "agents": {way: {figure: comparison["agents"][way][figure] for figure in FIGURES} for way in WAYS},
        "ratios": comparison["ratios"]["empirical-bayes"],
        "worst": worst,
        "steps": steps,
        "calibration": {way: float(np.mean([told for _, told in found[way]])) for way in WAYS},
    }


def worst_by_chance(steps: Sequence[int | None], budget: int) -> float:
    """Return the largest ratio of one seed where there is no difference: of lives against the same ones, shuffled."""
    told, rng = np.array([step or budget for step in steps], float), np.random.default_rng(0)
    return float(np.median([(rng.permutation(told) / told).max() for _ in range(SHUFFLES)]))


def rows(name: str, result: Mapping[str, Any]) -> Iterator[str]:
    """Lines of the table, one a level."""
    for level in LEVELS:
        three, seeds = [result["agents"][way]["steps_to_fraction"][level] for way in WAYS], result["seeds"]
        ours, theirs, _ = three
        cells = [formatting.format_statistics(each) + formatting.got_there(each, seeds) for each in three]
        all_ours, all_theirs = (all(result["steps"][prior][level]) for prior in PRIORS)
        bound = ("" if all_theirs else "<= ") + ("" if all_ours else ">= ")
        cells.insert(2, f"{bound}{ours['mean'] / theirs['mean']:.3f}" if all_ours or all_theirs else "-")
        seen = result["agents"]["structured"]["coverage_at_fraction"][level]
        cells.append(f"{formatting.format_percent(seen['mean'])} %" if seen and seen["mean"] is not None else "-")
        by_chance = worst_by_chance(result["steps"]["empirical-bayes"][level], result["budget"])
        cells.append(f"{result['worst'][level]:.2f} ({by_chance:.2f})")
        cells.append(f"{result['calibration']['structured']:.2f}")
        yield f"| `{name}` | {100 * float(level):g} % | {' | '.join(cells)} |"


def front_row(name: str, result: Mapping[str, Any]) -> str:
    """Line of the table of the front page: means with rules and without, and at 2 % what is beside them."""

    def told(way: str, level: str) -> str:
        mean = result["agents"][way]["steps_to_fraction"][level]["mean"]
        return ("" if all(result["steps"][way][level]) else ">= ") + formatting.format_number(mean)

    cells = [" / ".join(told(prior, level) for prior in PRIORS) for level in LEVELS]
    seen = result["agents"]["structured"]["coverage_at_fraction"]["0.02"]
    cells.append(f"{formatting.format_percent(seen['mean'])} %" if seen and seen["mean"] is not None else "-")
    return f"| `{name}` | {' | '.join(cells)} | {told('random', '0.02')} |"


def main() -> None:
    """Print the rows as worlds are done, and keep the numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--more", action="store_true", help="other worlds than those of the table")
    options = parser.parse_args()
    if unknown := set(options.names) - set(ALL):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(ALL)}")
    names = options.names or list(MORE if options.more else BUDGETS)
    kept = json.loads(options.out.read_text(encoding="utf-8")) if options.out and options.out.exists() else {}
    print(
        "| world | missing | structured | empirical Bayes | ratio | random, structured | seen | worst seed |"
        " calibration |\n|---|" + "---|" * 8
    )
    for name, found in lives(names, range(options.first, options.first + options.seeds), options.workers):
        kept[name] = compared(name, found)
        if options.out:
            storage.write_json(options.out, kept)
        for row in rows(name, kept[name]):
            print(row, flush=True)


if __name__ == "__main__":
    main()
