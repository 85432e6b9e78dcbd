"""Columns of a life in blocks of equal length: in memory, or in files that are written once and never changed.

A file holds the columns of its block one after the other, so that one of them is read without the others. Each has a
digest of its own.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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

    A file is written by a thread while life goes on, one block at a time; until it is there, its block is in memory.

    Attributes:
        folder: where the files are; None: blocks are held in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._files: list[Block] = []
        self._held: list[Columns] = []
        self._writer: ThreadPoolExecutor | None = None
        self._under_way: tuple[Columns, Future[Block]] | None = None

    def __len__(self) -> int:
        return len(self._files) + len(self._held) + (self._under_way is not None)

    @property
    def files(self) -> list[Block]:
        """The files of all blocks in a folder, once they are written.

        Raises:
            OSError: one cannot be written, and its block is still in memory.
        """
        self._wait()
        return self._files

    def go_on_after(self, files: Sequence[Block]) -> None:
        """Take up blocks that are in a folder."""
        self._files = list(files)

    def add(self, rows: NDArray[Any]) -> None:
        """Keep the rows of a block, records whose fields are the columns.

        Raises:
            OSError: the file of the block before cannot be written; these rows are not taken.
        """
        if self.folder is None:
            self._held.append(_columns(rows))
            return
        self._wait()
        self._writer = self._writer or ThreadPoolExecutor(1)
        columns = _columns(rows)
        self._under_way = columns, self._writer.submit(_written, self._next_path(self.folder), columns)

    def _next_path(self, folder: Path) -> Path:
        return folder / f"{len(self._files):06d}.rows"

    def _wait(self) -> None:
        """Wait for the file that is being written; if that failed, try again: there may be room now."""
        if self._under_way is None or self.folder is None:
            return
        columns, writing = self._under_way
        try:
            file = writing.result()
        except (OSError, MemoryError):
            file = _written(self._next_path(self.folder), columns)
        self._files.append(file)
        self._under_way = None

    def columns(self, row: np.dtype[Any], *names: str) -> Iterator[Columns]:
        """Yield columns of each block, all of them if none is named.

        Raises:
            ValueError: a file is missing, or is not what was written.
        """
        if self.folder is not None:
            yield from columns_of(self.folder, self._files, row, *names)
        for held in self._held if self._under_way is None else [self._under_way[0]]:
            yield {name: held[name] for name in names or held}


def _columns(rows: NDArray[Any]) -> Columns:
    return {name: rows[name].copy() for name in rows.dtype.names or ()}


def _written(path: Path, columns: Columns) -> Block:
    """Write the file of a block, in place of one that a killed process may have left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with storage.whole_file(path) as file:
        for column in columns.values():
            file.write(column.data)
    return path.name, [digest(column.data) for column in columns.values()]


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


def digest(content: bytes | memoryview) -> str:
    """Return what the SHA-256 of a column begins with."""
    return hashlib.sha256(content).hexdigest()[:DIGITS]
