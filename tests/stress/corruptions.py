"""Stored results, damaged in the ways of disks and of people: `python -m tests.stress.corruptions --corruptions 3000`.

Each damaged result must be refused in one line, or give exactly what was stored. All is drawn by the seed.
"""

import argparse
import contextlib
import io
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from agent import compare, load_run, reproduce, run
from agent.experiments import study
from agent.results import marks
from tests.stress.damage import KINDS, Result

LOCK = ("--env", "lock", "--steps", "150", "--quiet")
COMMANDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "run": (run, (*LOCK, "--baseline", "none")),
    "other": (run, (*LOCK, "--baseline", "none", "--seed", "1")),
    "comparison": (compare, (*LOCK, "--seeds", "2")),
    "other comparison": (compare, (*LOCK, "--seeds", "2", "--first-seed", "2")),
    "reproduction": (reproduce, ("little-sommer-2013", "--seeds", "1", "--quiet")),
}


OF_CHECKPOINTS = "an earlier checkpoint is taken, if there is one"
"""What a line ends with that tells of a checkpoint, which is refused beside the result."""


def make(out: Path) -> dict[str, Result]:
    """Make the results that are to be damaged, a partial run among them."""
    made = {
        name: _made(command, (*arguments, "--out", str(out / name))) for name, (command, arguments) in COMMANDS.items()
    }
    finished = _made(run, (*LOCK, "--baseline", "none", "--seed", "2", "--out", str(out / "partial")))
    (finished.directory / "summary.json").rename(finished.directory / "partial.json")
    marks.seal(finished.directory, "partial.json")
    return made | {"partial": replace(finished, truth=_read_run(finished.directory))}


def _made(command: Any, arguments: tuple[str, ...]) -> Result:
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        assert command.main(list(arguments)) == 0
    load, directory = _read_run if command is run else _read(command), Path(told.getvalue().split("\n")[-2])
    return Result(directory, load, load(directory), arguments, command)


def _read_run(directory: Path) -> Any:
    found = load_run(directory)
    return found.config, found.summary, found.complete, found.metrics, found.trace


def _read(command: Any) -> Callable[[Path], Any]:
    def read(directory: Path) -> Any:
        found = study.load(command.KIND, directory)
        return tuple(vars(found).values())

    return read


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal down to types, the order of keys, and the bits of numbers."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    return one == other


def corrupt(corruptions: int, seed: int, redo_every: int = 100) -> Counter[str]:
    """Damage results, and see what becomes of it; gives how often each outcome was met.

    Raises:
        AssertionError: something loaded that is not what was stored, or an error that is not one line.
    """
    draw, outcomes = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as place:
        out = Path(place)
        made = make(out)
        spare = out / "spare"
        for number in range(corruptions):
            result = made[draw.choice(list(made))]
            shutil.copytree(result.directory, spare)
            try:
                kind = draw.choice(KINDS)(draw, result, made)
                outcome = look(result, kind)
                if number % redo_every == redo_every - 1 and "partial" not in result.directory.parts:
                    outcome += ", " + redo(result, kind)
                outcomes[outcome] += 1
            finally:
                shutil.rmtree(result.directory)
                spare.rename(result.directory)
    return outcomes


def look(result: Result, kind: str) -> str:
    """Load a damaged result."""
    try:
        found = result.load(result.directory)
    except ValueError as error:
        told = str(error)
        if "\n" in told or str(result.directory) not in told:
            raise AssertionError(f"{kind}: {told}") from error
        return "refused"
    assert same(found, result.truth), f"{kind}: loaded what was not stored"
    return "unharmed"


def redo(result: Result, kind: str) -> str:
    """Ask for the same result again; it is made again, found unharmed, or refused in one line."""
    told, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(errors):
        status = result.command.main(list(result.arguments))
    assert status in (0, 1), f"{kind}: {status}"
    lines = [line for line in errors.getvalue().splitlines() if not line.endswith(OF_CHECKPOINTS)]
    assert len(lines) <= 1, f"{kind}: {errors.getvalue()}"
    if status == 1:
        assert "--force replaces it" in errors.getvalue() or "could not be written" in errors.getvalue(), (
            errors.getvalue()
        )
        return "left"
    result.load(result.directory)
    return "done again" if errors.getvalue() else "found"


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Damage stored results.")
    parser.add_argument("--corruptions", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    outcomes = corrupt(options.corruptions, options.seed)
    print(f"{options.corruptions} corruptions: {dict(outcomes)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
