"""Curious by rules beside curious by empirical Bayes: steps until 10, 2 and .5 % of the information are missing.

    python -m tests.benchmarks.priors [NAME ...] [--seeds 20] [--first 500] [--workers 2] [--out FILE]

Both live on the same seeds, to the end of the budget; each is scored by its own belief, against the same yardstick. A
seed that does not reach a level counts as the budget; `of` says how many did, and the ratio is then a bound. Behind the
steps of the structured prior stands how much of the world had been visited by then, and at the end what of the gain
that it expected came true (`model.calibration`).
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

PRIORS = ("structured", "empirical-bayes")
LEVELS = ("0.1", "0.02", "0.005")
BUDGETS = {
    "Taxi-v4": 6_000,
    "FrozenLake8x8-v1": 20_000,
    "CliffWalking-v1": 1_000,
    "MiniGrid-DoorKey-5x5-v0": 4_000,
    "MiniGrid-LavaCrossingS9N1-v0": 2_500,
    "MiniGrid-MultiRoom-N2-S4-v0": 1_500,
    "four-rooms": 12_000,
    "grid": 15_000,
    "flags": 15_000,
    "noisy-tv": 8_000,
    "river-swim": 2_500,
    "cliques": 8_000,
    "one-two-three": 3_000,
    "dense": 6_000,
    "six-arms": 12_000,
}

Life = tuple[dict[str, Any], float]


def life(name: str, prior: str, seed: int) -> Life:
    """Live once; return the summary and how much of the expected gain came true."""
    config = resolve(CompareOptions(env=name, steps=BUDGETS[name], prior=prior), ["curious"], seed)
    lived = play(config, "curious", seed)
    if lived.failure is not None:
        raise RuntimeError(f"{prior} in {name} on seed {seed}: {lived.failure}")
    return lived.recorder.summary(), lived.recorder.agent.model.calibration


def lives(names: Sequence[str], seeds: range, workers: int) -> Iterator[tuple[str, dict[str, list[Life]]]]:
    """Live all lives in processes; yields each world when all of its are done."""
    tasks = [(name, prior, seed) for name in names for prior in PRIORS for seed in seeds]
    done: dict[tuple[str, str, int], Life] = {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(life, *task): task for task in tasks}
        for future in as_completed(futures):
            name, *_ = futures[future]
            done[futures[future]] = future.result()
            if all((name, prior, seed) in done for prior in PRIORS for seed in seeds):
                yield name, {prior: [done[name, prior, seed] for seed in seeds] for prior in PRIORS}


def compared(name: str, found: Mapping[str, list[Life]]) -> dict[str, Any]:
    """Put the lives of a world together, as `comparison.json` does."""
    comparison = compare_agents(name, BUDGETS[name], {prior: [each for each, _ in found[prior]] for prior in PRIORS})
    steps = {
        prior: {level: [each["steps_to_fraction"][level] for each, _ in found[prior]] for level in LEVELS}
        for prior in PRIORS
    }
    worst = {}
    for level in LEVELS:
        ours, theirs = (np.array([step or BUDGETS[name] for step in steps[prior][level]]) for prior in PRIORS)
        worst[level] = float((ours / theirs).max())
    return {
        "budget": BUDGETS[name],
        "seeds": len(found[PRIORS[0]]),
        "agents": {prior: comparison["agents"][prior] for prior in PRIORS},
        "ratios": comparison["ratios"]["empirical-bayes"],
        "worst": worst,
        "steps": steps,
        "calibration": {prior: float(np.mean([told for _, told in found[prior]])) for prior in PRIORS},
    }


def rows(name: str, result: Mapping[str, Any]) -> Iterator[str]:
    """Lines of the table, one a level."""
    for level in LEVELS:
        ours, theirs = (result["agents"][prior]["steps_to_fraction"][level] for prior in PRIORS)
        both, seeds = (ours, theirs), result["seeds"]
        cells = [formatting.format_statistics(each) + formatting.got_there(each, seeds) for each in both]
        all_ours, all_theirs = (all(result["steps"][prior][level]) for prior in PRIORS)
        bound = ("" if all_theirs else "<= ") + ("" if all_ours else ">= ")
        cells.append(f"{bound}{ours['mean'] / theirs['mean']:.3f}" if all_ours or all_theirs else "-")
        seen = result["agents"]["structured"]["coverage_at_fraction"][level]
        cells.append(f"{100 * seen['mean']:.0f} %" if seen and seen["mean"] is not None else "-")
        cells.append(f"{result['worst'][level]:.2f}")
        cells.append(f"{result['calibration']['structured']:.2f}")
        yield f"| `{name}` | {100 * float(level):g} % | {' | '.join(cells)} |"


def main() -> None:
    """Print the rows as worlds are done, and keep the numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(BUDGETS), metavar="NAME", help=", ".join(BUDGETS))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if unknown := set(options.names) - set(BUDGETS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(BUDGETS)}")
    kept = json.loads(options.out.read_text(encoding="utf-8")) if options.out and options.out.exists() else {}
    print(
        "| world | missing | structured | empirical Bayes | ratio | seen | worst seed | calibration |\n|---|"
        + "---|" * 7
    )
    for name, found in lives(options.names, range(options.first, options.first + options.seeds), options.workers):
        kept[name] = compared(name, found)
        if options.out:
            storage.write_json(options.out, kept)
        for row in rows(name, kept[name]):
            print(row, flush=True)


if __name__ == "__main__":
    main()
