"""Columns of a life in blocks of equal length: in memory, or in files that are written once and never changed.

A file holds the columns of its block one after the other, so that one of them is read without the others. Each has a
digest of its own.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import storage

BLOCK = 1 << 18
"""Rows of a block: some 24 million bytes."""
DIGITS = 32

Columns = Mapping[str, NDArray[Any]]
Block = tuple[str, list[str]]
"""The name of a file, and what the SHA-256 of each of its columns begins with."""


class Blocks:
    """Whole blocks, in the order they were made.

    Attributes:
        folder: where the files are; None: they are held in memory.
        files: of a folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.files: list[Block] = []
        self._held: list[Columns] = []

    def __len__(self) -> int:
        return len(self.files) if self.folder is not None else len(self._held)

    def add(self, rows: NDArray[Any]) -> None:
        """Keep the rows of a block, records whose fields are the columns.

        Raises:
            OSError: its file cannot be written.
        """
        columns = {name: rows[name].copy() for name in rows.dtype.names or ()}
        if self.folder is None:
            self._held.append(columns)
            return
        name, content = f"{len(self.files):06d}.rows", b"".join(column.tobytes() for column in columns.values())
        path = self.folder / name
        is_there = path.is_file() and path.stat().st_size == len(content)
        if not is_there or storage.digest(path) != hashlib.sha256(content).hexdigest():
            self.folder.mkdir(parents=True, exist_ok=True)
            storage.write_bytes(path, content)
        self.files.append((name, [digest(column.tobytes()) for column in columns.values()]))

    def columns(self, row: np.dtype[Any], *names: str) -> Iterator[Columns]:
        """Yield columns of each block, all of them if none is named.

        Raises:
            ValueError: a file is missing, or is not what was written.
        """
        if self.folder is not None:
            yield from columns_of(self.folder, self.files, row, *names)
        for held in self._held:
            yield {name: held[name] for name in names or held}


def columns_of(folder: Path, files: Sequence[Block], row: np.dtype[Any], *names: str) -> Iterator[Columns]:
    """Yield columns of files.

    Args:
        folder: where they are.
        files: which.
        row: the type of a row.
        names: of the columns; none: all of them.

    Raises:
        ValueError: a file is missing, or is not what was written.
    """
    fields = row.names or ()
    for name, digests in files:
        path = folder / name
        if not path.is_file():  # a pipe would be waited for
            raise ValueError(f"{path}: there is no such file")
        try:
            with open(path, "rb") as file:
                number = path.stat().st_size // sum(row[field].itemsize for field in fields)
                found, start = {}, 0
                for field, expected in zip(fields, digests, strict=True):
                    size = number * row[field].itemsize
                    if field in names or not names:
                        file.seek(start)
                        content = file.read(size)
                        if digest(content) != expected:
                            raise ValueError(f"{path}: damaged: the SHA-256 of {field} is not the recorded one")
                        found[field] = np.frombuffer(content, row[field])
                    start += size
        except OSError as error:
            raise ValueError(f"{path}: cannot be read: {error.strerror or error}") from error
        yield found


def digest(content: bytes) -> str:
    """Return what the SHA-256 of a column begins with."""
    return hashlib.sha256(content).hexdigest()[:DIGITS]
