"""Stored configurations: options of any type and value, damaged files; what is accepted is lived for some steps."""

import json
from pathlib import Path
from typing import Any

from agent import run
from agent.experiments import config
from agent.experiments.comparisons import making
from agent.experiments.options import CompareOptions, RunOptions
from agent.experiments.single_run import play
from tests.stress.kinds.drawing import Rng, damaged, odd_json, one
from tests.stress.kinds.judging import Refused, attempt, check_columns, check_model, describe, expect
from tests.stress.kinds.maps import map_text

WORLDS = (
    "chain",
    "river-swim",
    "lock",
    "four-rooms",
    "storck",
    "trap",
    "double-loop",
    "grid",
    "FrozenLake-v1",
    "Taxi-v3",
)
NUM_STEPS = 30
ARGUMENTS = ({}, {}, {}, {"slip": 0.2}, {"size": 5}, {"world_seed": 3}, {"kind": "maze", "size": 9})


def check(rng: Rng, directory: Path) -> None:
    """Read a configuration, resolve it, and live a little as it says."""
    is_run = rng.random() < 0.7
    content = right(rng, is_run, directory)
    for _ in range(int(rng.integers(3))):
        content[one(rng, [*content, "steps", "evn", "schema", "map_text", "versions", "env_kwargs"])] = odd_json(rng)
    text = json.dumps(content, ensure_ascii=bool(rng.integers(2))).encode("utf-8", "surrogatepass")
    if rng.random() < 0.2:
        text = damaged(rng, text)
    describe(is_run=is_run, text=text)
    path = directory / "config.json"
    path.write_bytes(text)
    options = attempt(config.read, path, RunOptions if is_run else CompareOptions)
    if isinstance(options, Refused):
        return
    if not is_run:
        attempt(making.prepare, options)
    elif not isinstance(jobs := attempt(run.prepare, options), Refused):
        for job in jobs:
            live(job.config, job.name)


def live(resolved: dict[str, Any], name: str, num_steps: int = NUM_STEPS) -> Any:
    """Live some steps; returns the life, or the line in which it was refused."""
    asked = {**resolved, "steps": min(resolved["steps"], num_steps)}
    life = attempt(play, asked, name, resolved.get("seed", 0))
    if isinstance(life, Refused):
        expect(not life.startswith("MemoryError"), "a life takes more memory than there is")
    else:
        if life.failure is not None:
            attempt(_raise, life.failure)
        check_columns(life.recorder.steps())
        check_model(life.agent.model)
    return life


def _raise(line: str) -> None:
    raise ValueError(line)


def right(rng: Rng, is_run: bool, directory: Path) -> dict[str, Any]:
    """A configuration as it should be, any of its options left out."""
    content = {
        "schema": 1,
        "env": one(rng, WORLDS),
        "steps": one(rng, (1, 30, 10**6)),
        "map": None,
        "env_kwargs": one(rng, ARGUMENTS),
        "bins": None,
        "prior": one(rng, ("empirical-bayes", "symmetric:3", "local")),
        "bonus": one(rng, (None, "count", "predictive-entropy")),
        "planner": one(rng, (None, "greedy", "value-iteration", "finite-horizon:2")),
        "discount": one(rng, (0.5, 0.95, 0.99)),
        "tolerance": one(rng, (0.01, 0.1)),
        "curiosity_weight": one(rng, (1.0, 1, 0.3)),
        "reward_weight": one(rng, (0.0, 1.0)),
        "versions": {"python": "3.11"},
    }
    players = one(rng, ("curious", "count", "greedy", "random", "least-taken"))
    if is_run:
        content |= {"agent": players, "baseline": one(rng, ("none", "random")), "seed": one(rng, (0, 3))}
    else:
        content |= {"agents": [players], "seeds": one(rng, (1, 20)), "first_seed": 0}
    if rng.random() < 0.2:
        text = map_text(rng)
        (directory / "map.txt").write_text(text, encoding="utf-8")
        content |= {"env": "grid", "env_kwargs": {}, "map": str(directory / "map.txt"), "map_text": text}
    return {name: value for name, value in content.items() if rng.random() < 0.9}
