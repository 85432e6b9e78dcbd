"""Replacing a result: the old one stays until the new one is whole.

A new result takes the old one's place in one step. Its files are written beside the old ones as `.NAME.incoming`; then
its mark takes the old mark's name, which is atomic, and from there on the new files are those that are meant; last,
they take the old ones' names. A reader takes whichever of `NAME` and `.NAME.incoming` has the digest in the mark, and
the next writer finishes what a killed one began. So a result is whole whenever a writer is killed: the old one, or the
new.

Figures can be drawn again from the files. They come last, and their digests are added to the mark then. Until then the
mark knows those of the old result, which go once there are new ones.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from ..interruption import undisturbed
from . import storage
from .marks import (
    CONFIG,
    FIGURES,
    FORMER,
    INCOMING,
    PARTIAL,
    SEAL,
    ForeignError,
    digests_of,
    figures_of,
    incoming,
    is_as_written,
    is_there,
    load,
    own_digest,
    write_mark,
)


def better(
    directory: Path, marks: Mapping[str, Sequence[str]], size: Callable[[Mapping[str, Any]], int], ours: int
) -> str | None:
    """Find what is worth more than an interrupted result: a finished one, or an interrupted one that is not smaller.

    Args:
        directory: of the result.
        marks: the mark of a finished result, then that of an interrupted one, each with the names of its files.
        size: how much a mark's content says was done.
        ours: how much was done now.

    Returns:
        the mark of what is better, None if nothing is: what cannot be read is worth nothing.
    """
    finished = next(iter(marks))
    for mark, names in marks.items():
        with suppress(ValueError):
            try:
                stored = load(directory, mark, *names)
                stored.check()
            except ForeignError:
                return mark
            if mark == finished or size(stored.content) >= ours:
                return mark
    return None


def left(kind: str, mark: str, directory: Path) -> str:
    """Say that what is `better` than an interrupted result stayed."""
    return f"the {'longer partial' if mark == PARTIAL else 'finished'} {kind} in {directory} was left as it was"


class Replacement:
    """A result that is being written beside the one that is there, if any, and takes its place by `commit`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._digests: dict[str, str] = {}

    def config(self, config: Mapping[str, Any]) -> None:
        """Write `config.json`, as `provenance.to_store` has it."""
        self._digests[CONFIG] = storage.write_json(incoming(self._directory, CONFIG), config)

    def table(self, name: str, columns: Mapping[str, Any]) -> None:
        """Write a table."""
        self._digests[name] = storage.write_table(incoming(self._directory, name), columns)

    def arrays(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Write arrays."""
        self._digests[name] = storage.write_arrays(incoming(self._directory, name), arrays)

    def commit(self, mark: str, content: Mapping[str, Any], *other_marks: str) -> None:
        """Put the mark in place; other marks go. From here on the new result is the one that is there."""
        former = [_ours(self._directory, each) for each in (*other_marks, mark)]
        figures = {f"{FORMER}/{name}": digest for each in former for name, digest in each.items()}
        write_mark(self._directory, mark, content, {**self._digests, **figures})
        for other in other_marks:
            (self._directory / other).unlink(missing_ok=True)
        _settle(self._directory, mark)


@contextmanager
def replacing(directory: Path, *marks: str) -> Iterator[Replacement]:
    """Write a new result, which takes the place of the old one if it is committed in this block.

    Args:
        directory: made if need be; other processes wait until this one is done with it.
        marks: that a result there may have, the one that counts first.
    """
    with storage.held(directory), undisturbed():
        _settle(directory, *marks)
        try:
            yield Replacement(directory)
        finally:
            _settle(directory, *marks)


def obstacle(directory: Path, *folders: str) -> str | None:
    """Say what is in the way of a result: a directory that has the name of a file of it, or a file in one's place.

    Args:
        directory: of the result.
        folders: in it, besides that of figures.
    """
    kinds = ".json", ".csv", ".npz", INCOMING
    in_the_way = (path for path in directory.glob("*") if path.suffix in kinds and not path.is_symlink())
    found = next((path for path in sorted(in_the_way) if path.is_dir()), None)
    if found is not None:
        return f"{found}: could not be written: a directory is in its place; move it away"
    for folder in (directory / name for name in (FIGURES, *folders)):
        if os.path.lexists(folder) and not folder.is_dir():
            return f"{folder}: could not be written: a file is in its place; move it away"
    return None


def tidy(directory: Path, *marks: str) -> None:
    """Finish what a killed writer began, if any, and remove what it left; arguments as of `replacing`."""
    if any(directory.glob(".*")):
        with suppress(OSError), replacing(directory, *marks):
            pass


def _settle(directory: Path, *marks: str) -> None:
    """Rename the new files whose digests are in the mark; remove the others, which were never finished."""
    new = list(directory.glob(f".*{INCOMING}"))
    mark = next((mark for mark in marks if is_there(directory, mark)), None)
    digests = digests_of(directory, mark) if new and mark is not None else {}
    for path in new:
        name = path.name.removeprefix(".").removesuffix(INCOMING)
        if digests.get(name) == storage.digest(path):
            path.replace(directory / name)
        else:
            path.unlink()
    storage.sync_directory(directory)


def draw(directory: Path, mark: str, paint: Callable[[Path], object]) -> None:
    """Draw the figures of a result; `paint` fills the directory that it is given.

    They take the places of earlier ones, each as a whole. What somebody else put beside them stays.

    Raises:
        OSError: they cannot be written.
    """
    with storage.held(directory):
        with storage.temporary_directory(directory / FIGURES) as new:
            paint(new)
            folder = directory / FIGURES
            folder.mkdir(exist_ok=True)
            drawn = {path.name: storage.digest(path) for path in sorted(new.iterdir())}
            for name in drawn:
                (new / name).replace(folder / name)
        for name, digest in _ours(directory, mark).items():
            if name not in drawn and is_as_written(folder / name, digest):  # or else somebody changed it
                (folder / name).unlink()
        storage.sync_directory(folder)
        _mark_figures(directory, mark, {f"{FIGURES}/{name}": digest for name, digest in drawn.items()})


def _ours(directory: Path, mark: str) -> dict[str, str]:
    """Return the names and digests of the figures that were drawn of a result, or of what was there before."""
    return figures_of(directory, mark, FORMER) | figures_of(directory, mark)


def _mark_figures(directory: Path, mark: str, figures: Mapping[str, str]) -> None:
    """Add the figures' digests to a mark, unless it was damaged meanwhile: it would then pass for whole."""
    with suppress(ValueError):
        content = storage.read_json(directory / mark)
        digests = content.pop(SEAL, {})
        if digests.pop(mark, None) == own_digest(content, digests):
            data = {name: known for name, known in digests.items() if not name.startswith((FIGURES, FORMER))}
            write_mark(directory, mark, content, {**data, **figures})


def is_drawn(directory: Path, mark: str, formats: Sequence[str] = ()) -> bool:
    """Tell whether the figures of a result are there, in these formats, whole, and drawn from this very result."""
    drawn = figures_of(directory, mark)
    there = {Path(name).suffix for name in drawn}
    are_whole = all(is_as_written(directory / FIGURES / name, digest) for name, digest in drawn.items())
    return bool(drawn) and are_whole and there >= {f".{each}" for each in formats}
