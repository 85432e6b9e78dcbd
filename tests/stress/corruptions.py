"""Stored results, damaged in the ways of disks and of people: `python -m tests.stress.corruptions --corruptions 3000`.

Each damaged result must be refused in one line, or give exactly what was stored. All is drawn by the seed.
"""

import argparse
import contextlib
import io
import json
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from agent import compare, load_run, reproduce, run
from agent.results import marks, storage

LOCK = ("--env", "lock", "--steps", "150", "--quiet")
COMMANDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "run": (run, (*LOCK, "--baseline", "none")),
    "other": (run, (*LOCK, "--baseline", "none", "--seed", "1")),
    "comparison": (compare, (*LOCK, "--seeds", "2")),
    "other comparison": (compare, (*LOCK, "--seeds", "2", "--first-seed", "2")),
    "reproduction": (reproduce, ("little-sommer-2013", "--seeds", "1", "--quiet")),
}


@dataclass(frozen=True)
class Result:
    """A stored result: its directory, what reads it, and what is in it."""

    directory: Path
    load: Callable[[Path], Any]
    truth: Any
    arguments: tuple[str, ...]
    command: Any

    @property
    def files(self) -> list[Path]:
        return sorted(path for path in self.directory.iterdir() if path.is_file())


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
        found = command.load(directory)
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


# Kinds of damage to a file's bytes.


def flip(draw: random.Random, content: bytearray) -> None:
    for _ in range(draw.choice([1, 1, 1, 2, 8])):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)


def overwrite(draw: random.Random, content: bytearray) -> None:
    content[draw.randrange(len(content))] = draw.choice(b'0123456789.,-+eE{}[]": \n\x00\xff')


def truncate(draw: random.Random, content: bytearray) -> None:
    del content[draw.randrange(len(content)) :]


def zero(draw: random.Random, content: bytearray) -> None:
    at, length = draw.randrange(len(content)), draw.choice([1, 16, 512, 4096])
    content[at : at + length] = bytes(len(content[at : at + length]))


def cut(draw: random.Random, content: bytearray) -> None:
    at = draw.randrange(len(content))
    del content[at : at + draw.choice([1, 3, 64, 512])]


def repeat(draw: random.Random, content: bytearray) -> None:
    at, length = draw.randrange(len(content)), draw.choice([1, 16, 512])
    content[at:at] = content[at : at + length]


def append(draw: random.Random, content: bytearray) -> None:
    content += draw.choice([b"\n", b"}", b"0", bytes(100), content[-50:]])


def digit(draw: random.Random, content: bytearray) -> None:
    places = [at for at, byte in enumerate(content) if chr(byte).isdigit()]
    if places:
        content[draw.choice(places)] = draw.choice(b"0123456789")


def line(draw: random.Random, content: bytearray) -> None:
    lines = bytes(content).splitlines(keepends=True)
    first, second = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    content[:] = b"".join(lines)


BYTES = [flip, overwrite, truncate, zero, cut, repeat, append, digit, line]


def damage_bytes(draw: random.Random, result: Result, _: dict[str, Result]) -> str:
    path, kind = draw.choice(result.files), draw.choice(BYTES)
    content = bytearray(path.read_bytes())
    kind(draw, content)
    path.write_bytes(content)
    return f"{kind.__name__} in {path.name}"


# Kinds of damage to what a file means.


def edit_json(draw: random.Random, result: Result, _: dict[str, Result]) -> str:
    path = draw.choice([path for path in result.files if path.suffix == ".json"])
    content = json.loads(path.read_text())
    place: Any = content
    while isinstance(inner := place[draw.choice(list(place))], dict) and inner and draw.random() < 0.8:
        place = inner
    key = draw.choice(list(place))
    kind = draw.choice(["delete", "rename", "add", "order", "value"])
    if kind == "delete":
        del place[key]
    elif kind == "rename":
        place[f"{key}_"] = place.pop(key)
    elif kind == "add":
        place["added"] = 1
    elif kind == "order":
        place[key] = place.pop(key)
    else:
        place[key] = _changed(draw, place[key])
    path.write_text(draw.choice([json.dumps(content), json.dumps(content, indent=2)]))
    return f"{kind} of {key!r} in {path.name}"


def _changed(draw: random.Random, value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return draw.choice([value + 1, -value, float(value), value * (1 + 1e-15), None, str(value), 10**400, [value]])
    return draw.choice([None, 0, "", "x", [], {}, True, "NaN"])


def odd_json(draw: random.Random, result: Result, _: dict[str, Result]) -> str:
    path = draw.choice([path for path in result.files if path.suffix == ".json"])
    text = path.read_text()
    odd = {
        "NaN": text.replace(": 1", ": NaN", 1),
        "a mark of byte order": "\ufeff" + text,
        "a key twice": text.replace("{", '{"steps": 1,', 1),
        "depth": "[" * 100_000 + "]" * 100_000,
        "a list": f"[{text}]",
        "a long number": text.replace(": 1", ": " + "1" * 10_000, 1),
        "a lone surrogate": text.replace(": ", ': "\\ud800", "x": ', 1),
        "other ends of lines": text.replace("\n", "\r\n"),
        "other encoding": None,
    }
    kind = draw.choice(list(odd))
    new = odd[kind]
    path.write_bytes(text.encode("utf-16") if new is None else new.encode(errors="surrogatepass"))
    return f"{kind} in {path.name}"


def edit_arrays(draw: random.Random, result: Result, _: dict[str, Result]) -> str:
    path = draw.choice([path for path in result.files if path.suffix == ".npz"])
    arrays = storage.read_arrays(path)
    name = draw.choice(list(arrays))
    kind = draw.choice(["without", "with", "element", "type", "shape", "scalar", "objects"])
    if kind == "without":
        del arrays[name]
    elif kind == "with":
        arrays["added"] = np.zeros(3)
    elif kind == "element" and arrays[name].size:
        arrays[name] = arrays[name].copy()
        arrays[name].flat[draw.randrange(arrays[name].size)] += 1 if arrays[name].dtype != bool else True
    elif kind == "type":
        arrays[name] = arrays[name].astype(draw.choice([np.float32, np.complex128, "S4"]))
    elif kind == "shape":
        arrays[name] = arrays[name][None] if draw.random() < 0.5 else arrays[name][:-1]
    elif kind == "scalar":
        arrays[name] = np.array(1)
    else:
        np.savez(path, **(arrays | {name: np.array([None], dtype=object)}))
        return f"{kind} in {path.name}"
    np.savez(path, **arrays)
    return f"{kind} of {name} in {path.name}"


def swap_file(draw: random.Random, result: Result, made: dict[str, Result]) -> str:
    others = [other for other in made.values() if other.directory != result.directory]
    path = draw.choice(draw.choice(others).files)
    shutil.copy(path, result.directory / path.name)
    return f"{path.name} of another"


def swap_all(draw: random.Random, result: Result, made: dict[str, Result]) -> str:
    others = [other for name, other in made.items() if other.directory.name != result.directory.name]
    shutil.rmtree(result.directory)
    shutil.copytree(draw.choice(others).directory, result.directory)
    return "all files of another"


def misplace(draw: random.Random, result: Result, _: dict[str, Result]) -> str:
    path = draw.choice(result.files)
    kind = draw.choice(["none", "a directory", "a link to itself", "a link to nowhere", "a pipe", "empty"])
    path.unlink()
    if kind == "a directory":
        path.mkdir()
    elif kind.startswith("a link"):
        path.symlink_to(path if kind == "a link to itself" else path.with_name("nowhere"))
    elif kind == "a pipe":
        os.mkfifo(path)
    elif kind == "empty":
        path.touch()
    return f"{kind} as {path.name}"


RARE = [odd_json, edit_arrays, edit_arrays, swap_file, swap_file, swap_all, misplace]
KINDS = [damage_bytes] * 12 + [edit_json] * 6 + RARE


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
    assert len(errors.getvalue().splitlines()) <= 1, f"{kind}: {errors.getvalue()}"
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
