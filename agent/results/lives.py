"""Results read back as one table of lives: a row is one agent on one seed, whatever command made it."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from . import marks
from .schema import METRICS

WORDS = (
    "command",
    "directory",
    "experiment",
    "env",
    "env_kwargs",
    "map",
    "score_states",
    "agent",
    "prior",
    "reward_belief",
    "bonus",
    "planner",
    "measure",
)
"""Columns of text; empty where there is nothing to tell."""
NUMBERS = (
    "discount", "tolerance", "curiosity_weight", "reward_weight", "reward_gain_weight", "steps", "seed", "value",
    *METRICS[1:],
)  # fmt: skip
"""Columns of numbers; nan where there is nothing to tell. The metrics are those after the last step."""
OPTIONS = (
    "prior", "reward_belief", "bonus", "planner", "discount", "tolerance", "curiosity_weight", "reward_weight",
    "reward_gain_weight",
)  # fmt: skip
"""Columns that tell how an agent was set."""
BY_LEVEL = ("steps_to_fraction", "coverage_at_fraction")
"""What is told of every level, in columns such as `steps_to_fraction_0.1`; nan where it was not reached."""
JOINED = "sweep.json", "profiles.json"
"""Marks of results that name others beside them."""
_SETTING = re.compile(r"""[:,](\w+)=('[^']*'|"[^"]*"|[^,]*)""")
"""A parameter of an agent, and its value, which stands in quotes where it has a comma."""

Life = dict[str, Any]


def load_results(paths: str | Path | Iterable[str | Path]) -> dict[str, np.ndarray]:
    """Read the finished lives of runs, comparisons and reproductions as columns; `pandas.DataFrame` takes them.

    Args:
        paths: directories of results, or directories that hold some, such as `runs`.

    Returns:
        columns `[N]`, by name, with a row a life: `command` (run, compare, reproduce), `directory`, `env`, `agent`,
        `seed`, `steps`, the options in force for the agent, the metrics after the last step, and for each level
        `steps_to_fraction_<level>` and `coverage_at_fraction_<level>`. Of a reproduction, `value` is what it measures
        after the last step, in the unit that `measure` names.

    Raises:
        ValueError: one line naming the directory and what is wrong with it; no finished result is there.
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    directories = dict.fromkeys(found for path in given for found in _results_at(Path(path)))
    lives = [life for directory in directories for life in _lives(directory)]
    if not lives:
        raise ValueError(f"no finished result in {', '.join(map(str, given)) or 'no directory'}")
    levels = sorted({name for life in lives for name in life if name.startswith(BY_LEVEL)}, key=_place)
    words = {name: np.array([life.get(name, "") for life in lives], dtype=str) for name in WORDS}
    numbers = {name: np.array([_number(life.get(name)) for life in lives]) for name in (*NUMBERS, *levels)}
    whole = {name: numbers[name].astype(np.int64) for name in ("steps", "seed")}
    return words | numbers | whole


def _results_at(path: Path) -> Iterator[Path]:
    """Yield the results at a path: itself, those that it joins, or those in it."""
    if not os.path.isdir(path):
        raise ValueError(f"{path}: there is no such directory")
    if any(marks.is_there(path, mark) for mark in _READERS):
        yield path
    elif joined := [mark for mark in JOINED if marks.is_there(path, mark)]:
        yield from (path.parent / name for name in marks.load(path, joined[0]).config["worlds"])
    else:
        inside = [each for each in sorted(path.iterdir()) if any(marks.is_there(each, mark) for mark in _READERS)]
        if not inside:
            raise ValueError(
                f"{path}: no finished result: it has none of {', '.join(_READERS)}, nor directories with one"
            )
        yield from inside


def _lives(directory: Path) -> Iterator[Life]:
    mark = next((mark for mark in _READERS if marks.is_there(directory, mark)), None)
    if mark is None:
        raise ValueError(f"{directory}: no finished result: it has none of {', '.join(_READERS)}")
    command, file, read = _READERS[mark]
    stored = marks.load(directory, mark, file)
    about = {"command": command, "directory": str(directory)} | _about(stored.config)
    lives = list(read(stored))
    stored.check()
    return (told | _own(told["agent"]) for told in (about | life for life in lives))


def _own(agent: str) -> Life:
    """Return the options that are set behind an agent's name, which are its own: `curious:prior=structured`."""
    return {name: value.strip("'\"") for name, value in _SETTING.findall(agent) if name in OPTIONS}


def _about(config: Mapping[str, Any]) -> Life:
    told = {name: config[name] for name in (*WORDS, *NUMBERS) if config.get(name) is not None}
    kwargs = json.dumps(config["env_kwargs"], sort_keys=True) if config.get("env_kwargs") else ""
    return told | {"env_kwargs": kwargs, "score_states": " ".join(config.get("score_states", ()))}


def _run(stored: marks.Stored) -> Iterator[Life]:
    metrics = stored.table("metrics.csv", METRICS)
    by_level = {
        f"{figure}_{level}": value for figure in BY_LEVEL for level, value in stored.content.get(figure, {}).items()
    }
    yield {"steps": stored.content["steps"]} | {name: metrics[name][-1] for name in METRICS[1:]} | by_level


def _comparison(stored: marks.Stored) -> Iterator[Life]:
    curves = stored.arrays("curves.npz")
    for name, agent in stored.content["agents"].items():
        columns = {column: curves[f"{name}/{column}"][:, -1] for column in METRICS[1:] if f"{name}/{column}" in curves}
        for figure in BY_LEVEL:
            by_level = curves.get(f"{name}/{figure}")
            if by_level is not None:
                columns |= {f"{figure}_{level}": by_level[:, i] for i, level in enumerate(agent[figure])}
        for i, seed in enumerate(curves["seed"]):
            yield {"agent": name, "seed": seed} | {column: values[i] for column, values in columns.items()}


def _reproduction(stored: marks.Stored) -> Iterator[Life]:
    curves, settings = dict(stored.arrays("curves.npz")), stored.content.get("settings", {})
    for name, setting in settings.items():
        asked = stored.config["settings"][name]
        told = _about({"env": setting["env"], "env_kwargs": asked["env_kwargs"]}) | {"measure": setting["label"]}
        last = curves[f"{name}/step"][-1]
        for arm in setting["arms"]:
            for seed, row in enumerate(curves.get(f"{name}/{arm}", ())):
                yield told | {"agent": arm, "seed": seed, "steps": last, "value": row[-1]}
    if not settings:  # of 0.6.0 and earlier: one world
        steps, told = curves.pop("step"), {"measure": stored.content["measure"]}
        for arm, rows in curves.items():
            for seed, row in enumerate(rows):
                yield told | {"agent": arm, "seed": seed, "steps": steps[-1], "value": row[-1]}


_READERS = {
    "summary.json": ("run", "metrics.csv", _run),
    "comparison.json": ("compare", "curves.npz", _comparison),
    "reproduction.json": ("reproduce", "curves.npz", _reproduction),
}
"""By the mark of a result: the command that makes it, the file that its lives are read from, and how."""


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)


def _place(column: str) -> tuple[int, float]:
    """Order columns by what they tell, and from the first level to the last."""
    figure, level = column.rsplit("_", 1)
    return BY_LEVEL.index(figure), -float(level)
