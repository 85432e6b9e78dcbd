"""Kinds of damage: to the bytes of a file, and to what it means."""

import json
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agent.results import storage


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
