"""The page's table of strategies, from what `python -m agent.reproduce strategies` made: `... strategies RESULT`.

Keeps what the table shows of the result, and its figure, under `runs/reference/`, and prints the rows.
"""

import argparse
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.reports.comparisons.tables import ratio_of_first
from agent.reports.formatting import format_number, format_ratio

KEPT = Path(__file__).parents[2] / "runs" / "reference"
LEVEL = "0.1"


def excerpt(profiles: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the table shows of `profiles.json`."""
    worlds = {
        env: {
            "steps": world["steps"],
            "agents": {name: agent["steps_to_fraction"][LEVEL] for name, agent in world["agents"].items()},
        }
        for env, world in profiles["worlds"].items()
    }
    ratios = {name: ratio[LEVEL] for name, ratio in profiles["ratios"].items()}
    return {"seeds": profiles["seeds"], "first_seed": profiles["first_seed"], "worlds": worlds, "ratios": ratios}


def rows(kept: Mapping[str, Any]) -> list[str]:
    """Write the table, line by line."""
    worlds = kept["worlds"]
    head = ["agent", *(f"`{env}`, {format_number(world['steps'])}" for env, world in worlds.items()), "ratio"]
    lines = [head, ["---"] * len(head)]
    for name in next(iter(worlds.values()))["agents"]:
        ratio = kept["ratios"].get(name)
        means = [_mean(world["agents"][name]) for world in worlds.values()]
        reached = [world["agents"][name]["reached"] for world in worlds.values()]
        told = ratio_of_first(reached) if ratio is None else format_ratio(ratio, *ratio["reached"])
        lines.append([f"`{name}`", *means, told])
    return [f"| {' | '.join(line)} |" for line in lines]


def _mean(steps: Mapping[str, Any]) -> str:
    """Write the mean steps to the level; of how many seeds, where not all got there."""
    if steps["reached"] == 1:
        return format_number(steps["mean"])
    return f"{format_number(steps['mean'], '>=')} ({100 * steps['reached']:.0f} %)" if steps["reached"] else "-"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path, help="directory that holds profiles.json")
    result = parser.parse_args().result
    told = excerpt(json.loads((result / "profiles.json").read_text(encoding="utf-8")))
    (KEPT / "strategies.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    shutil.copyfile(result / "figures" / "profiles.png", KEPT / "strategies.png")
    print(*rows(told), sep="\n")
