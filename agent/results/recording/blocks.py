"""Rows of a life in blocks of equal length: in memory, or in files that are written once and never changed."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import storage

BLOCK = 1 << 18
"""Rows of a block: some 24 million bytes."""

Block = tuple[str, str]
"""The name of a file and its SHA-256."""


class Blocks:
    """Whole blocks, in the order they were made.

    Attributes:
        folder: where the files are; None: they are held in memory.
        files: of a folder: names and digests.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.files: list[Block] = []
        self._held: list[bytes] = []

    def __len__(self) -> int:
        return len(self.files) if self.folder is not None else len(self._held)

    def add(self, rows: bytes) -> None:
        """Keep the rows of a block.

        Raises:
            OSError: its file cannot be written.
        """
        if self.folder is None:
            self._held.append(rows)
            return
        name = f"{len(self.files):06d}.rows"
        path, digest = self.folder / name, hashlib.sha256(rows).hexdigest()
        if not path.is_file() or path.stat().st_size != len(rows) or storage.digest(path) != digest:
            self.folder.mkdir(parents=True, exist_ok=True)
            storage.write_bytes(path, rows)
        self.files.append((name, digest))

    def rows(self, dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
        """Yield the rows of each block.

        Raises:
            ValueError: a file is missing, or is not what was written.
        """
        if self.folder is None:
            yield from (np.frombuffer(rows, dtype) for rows in self._held)
        else:
            yield from rows_of(self.folder, self.files, dtype)


def rows_of(folder: Path, files: Sequence[Block], dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
    """Yield the rows of files.

    Raises:
        ValueError: one is missing, or is not what was written.
    """
    for name, digest in files:
        content = storage.read_bytes(folder / name)
        if hashlib.sha256(content).hexdigest() != digest:
            raise ValueError(f"{folder / name}: damaged: its SHA-256 is not the recorded one")
        yield np.frombuffer(content, dtype)
