"""Files of checkpoints: each whole, known by its digest, and followed by the next; the two newest stay.

`NUMBER-DIGEST.npz` holds arrays, and `life`, what is JSON. A file whose SHA-256 does not begin with what its name says
was damaged, and the one before it is taken.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..results import storage

FOLDER = "checkpoints"
"""Where they are, in the directory of a run."""
LIFE = "life"
"""The array of bytes that is JSON."""
KEPT = 2
OWN = ".npz", ".rows", ".rest", ".new"
DIGITS = 32
_NAME = re.compile(rf"(\d{{6,}})-([0-9a-f]{{{DIGITS}}})\.npz")


class Checkpoint(NamedTuple):
    """What a file holds."""

    path: Path
    life: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def names(folder: Path) -> list[Path]:
    """Return the files of checkpoints in a folder, the newest first."""
    there = [path for path in folder.glob("*.npz") if _NAME.fullmatch(path.name)]
    return sorted(there, key=_number, reverse=True)


def newest(folder: Path, tell: Callable[[str], None]) -> Checkpoint | None:
    """Read the newest checkpoint that is whole.

    Args:
        folder: where they are.
        tell: called with a sentence about each that is damaged.
    """
    for path in names(folder):
        try:
            return read(path)
        except ValueError as error:
            tell(f"{error}; it is left out")
    return None


def read(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        ValueError: one line naming the file, if it is damaged.
    """
    content = storage.read_bytes(path)
    if not path.name.endswith(f"-{hashlib.sha256(content).hexdigest()[:DIGITS]}.npz"):
        raise ValueError(f"{path}: damaged: its SHA-256 is not the one in its name")
    arrays = storage.understood(path, content, storage.parse_arrays)
    return Checkpoint(path, json.loads(arrays.pop(LIFE).tobytes()), arrays)


def write(
    folder: Path,
    life: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    is_compressed: bool = False,
    others: Collection[str] = (),
    is_first: bool = False,
) -> Path:
    """Write a checkpoint; those before the last but one go, and what killed writers left.

    Args:
        folder: made if need be.
        life: what is JSON.
        arrays: what is not.
        is_compressed: whether it is to be small rather than written soon.
        others: names of further files in the folder that belong to it.
        is_first: whether nothing that is there belongs to it.

    Raises:
        OSError: it cannot be written; those that were there still are.
    """
    save = np.savez_compressed if is_compressed else np.savez
    told = {LIFE: np.frombuffer(json.dumps(life).encode(), np.uint8)}
    with storage.held(folder):
        there = names(folder)
        number = 1 + (_number(there[0]) if there else 0)
        new = folder / f".{number:06d}.new"
        digest = storage.write_file(new, lambda file: save(file, allow_pickle=False, **told, **arrays))
        path = folder / f"{number:06d}-{digest[:DIGITS]}.npz"
        os.replace(new, path)
        storage.sync_directory(folder)
        stays = {path.name, *others, *(each.name for each in there[: 0 if is_first else KEPT - 1])}
        for each in folder.iterdir():
            if each.name not in stays and each.suffix in OWN:
                with suppress(OSError):
                    each.unlink()
    return path


def _number(path: Path) -> int:
    return int(path.name.partition("-")[0])
