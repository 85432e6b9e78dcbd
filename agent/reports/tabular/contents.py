"""What is where: a row for each directory of results in a directory, also for what was interrupted or killed."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...results import marks, storage
from ...results.run_directory import FINISHED
from ..formatting import format_number
from ..results_tables import Row

KINDS = {
    FINISHED: "run",
    "comparison.json": "comparison",
    "profiles.json": "comparison of worlds",
    "reproduction.json": "reproduction",
    "sweep.json": "sweep",
}
"""What a result is, by its mark."""
MOST_NAMES = 3


def holds_results(path: Path) -> bool:
    """Tell whether a directory is no result itself, and may hold some."""
    return path.is_dir() and not any(marks.is_there(path, mark) for mark in (*KINDS, marks.PARTIAL))


def contents(path: Path) -> list[Row]:
    """Return what is in a directory: by directory what it is, in which worlds, of which agents, steps and seeds."""
    return list(_rows(path))


def _rows(path: Path) -> Iterator[Row]:
    for directory in sorted(path.iterdir()):
        if not directory.is_dir() or directory.name.startswith("."):
            continue
        mark = next((mark for mark in (*KINDS, marks.PARTIAL) if marks.is_there(directory, mark)), None)
        if mark is None:
            if any(directory.glob("checkpoints/*.npz")):
                yield {"result": directory.name, "what": "run that was killed: the same command goes on"}
            continue
        try:
            config, told = (storage.read_json(directory / name) for name in (marks.CONFIG, mark))
        except ValueError:
            yield {"result": directory.name, "what": "damaged: the same command makes it again"}
            continue
        row: Row = {"result": directory.name, "what": _kind(mark, config)}
        with suppress(AttributeError, KeyError, TypeError):  # of an earlier version, whose layout was another
            row |= dict(_about(config, told))
        yield row


def _kind(mark: str, config: Mapping[str, Any]) -> str:
    if mark in KINDS:
        return KINDS[mark]
    kind = "reproduction" if "experiment" in config else "comparison" if "agents" in config else "run"
    return f"{kind}, interrupted"


def _about(config: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "experiment" in config:
        yield "world", _some([setting["env"] for setting in config["settings"].values()])
        yield "agents", _some([arm for setting in config["settings"].values() for arm in setting["arms"]])
        yield "seeds", _seeds(0, config["seeds"])
    elif "sweep" in config:
        yield "world", _some([each["env"] for each in told["comparisons"]])
        yield "agents", _some([name for each in told["comparisons"] for name in each["agents"]])
        yield "steps", _some([format_number(each["steps"]) for each in told["comparisons"]])
        yield "seeds", _some([_seeds(each["first_seed"], each["seeds"]) for each in told["comparisons"]])
    else:
        steps = _some([format_number(each) for each in _all(config["steps"])])
        yield "world", _some(_all(config["env"]))
        yield "agents", _some(_all(config.get("agents", config.get("agent"))))
        done = told.get("steps", config["steps"])
        yield "steps", steps if done == config["steps"] else f"{format_number(done)} of {steps}"
        yield "seeds", _seeds(config["first_seed"], config["seeds"]) if "seeds" in config else str(config["seed"])


def _seeds(first: int, number: int) -> str:
    return str(first) if number == 1 else f"{first} to {first + number - 1}"


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _some(names: list[str]) -> str:
    """Write the first of several names, each once, and how many others there are."""
    once = list(dict.fromkeys(names))
    others = len(once) - MOST_NAMES
    return ", ".join(map(str, once if others <= 1 else [*once[:MOST_NAMES], f"{others} others"]))
