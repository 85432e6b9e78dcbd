"""A result's directory: the old stays until the new is whole, and what was damaged since is noticed.

A result is a few files and a mark: `summary.json`, say, or `partial.json`. The mark holds the figures, and under
`sha256` the digest of every file that it stands for and of its own content.

A new result takes the old one's place in one step. Its files are written beside the old ones as `.NAME.incoming`; then
its mark takes the old mark's name, which is atomic, and from there on the new files are those that are meant; last,
they take the old ones' names. A reader takes of `NAME` and `.NAME.incoming` what the mark means, and whoever writes
next ends what a killed writer began. So a result is whole whenever a writer is killed: the old one, or the new.

Figures can be drawn again from the files. They come last, and the mark is told their digests then.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..experiments.config import SCHEMA, digest, maker
from ..interruption import undisturbed
from . import storage

PARTIAL = "partial.json"
"""The mark of what was interrupted."""

CONFIG, FIGURES, SEAL = "config.json", "figures", "sha256"


class ForeignError(ValueError):
    """A result that this version does not read, or of another configuration: nobody replaces it unasked."""


@dataclass(frozen=True)
class Stored:
    """A result as it was read: its files are parsed first, which tells best what is wrong, and checked at last.

    Attributes:
        directory: where it is.
        mark: the name of its mark.
        content: the figures in the mark.
        config: the configuration.
    """

    directory: Path
    mark: str
    content: dict[str, Any]
    config: dict[str, Any]
    _files: dict[str, bytes] = field(repr=False)
    _damaged: str | None

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        """Parse one of its files as arrays."""
        return self._parsed(name, storage.parse_arrays)

    def table(self, name: str, columns: Sequence[str]) -> dict[str, np.ndarray]:
        """Parse one of its files as a table."""
        return self._parsed(name, lambda content: storage.parse_table(content, columns))

    def _parsed(self, name: str, parse: Callable[[bytes], Any]) -> Any:
        return storage.understood(self.directory / name, self._files[name], parse)

    def check(self) -> None:
        """Refuse a result whose files are not, to the last byte, those that were written.

        Raises:
            ValueError: one line naming the file.
        """
        if self._damaged is not None:
            raise ValueError(f"{self.directory / self._damaged}: damaged: its SHA-256 is not the recorded one")


def is_there(directory: Path, mark: str) -> bool:
    """Tell whether a directory holds a marked result, whole or damaged."""
    return os.path.isfile(directory / mark)


def load(directory: Path, mark: str, *names: str) -> Stored:
    """Read a result.

    Args:
        directory: where it is.
        mark: the name of its mark.
        names: of the files to be read, beside `config.json`.

    Raises:
        ValueError: one line naming the file that is missing or unreadable, or the mark, if it is damaged.
        ForeignError: another version wrote it.
    """
    while True:
        marked = storage.read_bytes(directory / mark)
        stored = _load(directory, mark, marked, (CONFIG, *names))
        if stored._damaged is None or storage.read_bytes(directory / mark) == marked:  # not replaced meanwhile
            break
    if stored._damaged == mark:  # whose content says what is to be expected of the files
        stored.check()
    return stored


def _load(directory: Path, mark: str, marked: bytes, names: Sequence[str]) -> Stored:
    content: dict[str, Any] = storage.understood(directory / mark, marked, storage.parse_json)
    seal = content.pop(SEAL, None)
    digests = {name: text for name, text in seal.items() if name != mark} if isinstance(seal, dict) else {}
    files = {name: _meant(directory, name, digests.get(name)) for name in names}
    config = storage.understood(directory / CONFIG, files[CONFIG], storage.parse_json)
    _check_schema(directory / CONFIG, config)
    _check_name(directory, config)
    if not isinstance(seal, dict):
        raise ForeignError(f"{directory / mark}: it has no {SEAL} of its files: an earlier {maker(config)} wrote it")
    wrong = (name for name in names if hashlib.sha256(files[name]).hexdigest() != digests.get(name))
    own = None if seal.get(mark) == _own_digest(content, digests) else mark
    return Stored(directory, mark, content, config, files, own or next(wrong, None))


def _meant(directory: Path, name: str, expected: str | None) -> bytes:
    """Read the file that a mark means: there are two while a writer replaces the one by the other, or was killed."""
    for path in (directory / name, _new(directory, name), directory / name):
        with suppress(ValueError):
            if hashlib.sha256(content := storage.read_bytes(path)).hexdigest() == expected:
                return content
    return storage.read_bytes(directory / name)


def _check_schema(path: Path, config: Mapping[str, Any]) -> None:
    schema = config.get("schema")
    if type(schema) is not int:
        raise ForeignError(f"{path}: not a result's configuration: it has no schema number")
    if schema != SCHEMA:
        raise ForeignError(f"{path}: got schema {schema}, expected {SCHEMA}: {maker(config)} wrote it")


def _check_name(directory: Path, config: Mapping[str, Any]) -> None:
    """Refuse what lies in the directory of another configuration: such a directory's name ends in a digest."""
    named = re.search(r"-([0-9a-f]{8})$", os.path.abspath(directory))
    if named is not None and named[1] != digest(config):
        raise ForeignError(
            f"{directory}: it holds the result of another configuration, whose digest is {digest(config)}"
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
        The mark of what is better, None if nothing is: what cannot be read is worth nothing.
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
        """Write `config.json`, as `agent.experiments.config.to_store` has it."""
        self._digests[CONFIG] = storage.write_json(_new(self._directory, CONFIG), config)

    def table(self, name: str, columns: Mapping[str, Any]) -> None:
        """Write a table."""
        self._digests[name] = storage.write_table(_new(self._directory, name), columns)

    def arrays(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Write arrays."""
        self._digests[name] = storage.write_arrays(_new(self._directory, name), arrays)

    def commit(self, mark: str, content: Mapping[str, Any], *other_marks: str) -> None:
        """Put the mark in place; other marks go. From here on the new result is the one that is there."""
        _write_mark(self._directory, mark, content, self._digests)
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


def tidy(directory: Path, *marks: str) -> None:
    """End what a killed writer began, if one was, and remove what it left; arguments as of `replacing`."""
    if any(directory.glob(".*")):
        with suppress(OSError), replacing(directory, *marks):
            pass


def _settle(directory: Path, *marks: str) -> None:
    """Give new files that the mark means their names; new files that no mark means were never finished, and go."""
    new = list(directory.glob(f".*{_NEW}"))
    mark = next((mark for mark in marks if is_there(directory, mark)), None)
    digests = _digests(directory, mark) if new and mark is not None else {}
    for path in new:
        name = path.name.removeprefix(".").removesuffix(_NEW)
        if digests.get(name) == storage.digest(path):
            path.replace(directory / name)
        else:
            path.unlink()
    storage.sync_directory(directory)


def draw(directory: Path, mark: str, paint: Callable[[Path], object]) -> None:
    """Draw the figures of a result; `paint` fills the directory that it is given.

    Raises:
        OSError: they cannot be written.
    """
    with storage.held(directory):
        with storage.whole_directory(directory / FIGURES) as folder:
            paint(folder)
        _mark_figures(directory, mark)


def _mark_figures(directory: Path, mark: str) -> None:
    """Tell a mark of the figures; not one that was damaged meanwhile, which would then pass for whole."""
    with suppress(ValueError):
        content = storage.read_json(directory / mark)
        digests = content.pop(SEAL, {})
        if digests.pop(mark, None) == _own_digest(content, digests):
            data = {name: known for name, known in digests.items() if not name.startswith(FIGURES)}
            _write_mark(directory, mark, content, data | _figures(directory))


def is_drawn(directory: Path, mark: str) -> bool:
    """Tell whether the figures of a result are there, whole, and drawn from this very result."""
    drawn = {name: known for name, known in _digests(directory, mark).items() if name.startswith(FIGURES)}
    return bool(drawn) and drawn == _figures(directory)


def seal(directory: Path, mark: str) -> None:
    """Mark a result anew, over the files that are there: for results that were thinned out or edited on purpose."""
    content = storage.read_json(directory / mark)
    content.pop(SEAL, None)
    there = sorted(path for path in directory.rglob("[!.]*") if path.is_file() and path != directory / mark)
    digests = {path.relative_to(directory).as_posix(): storage.digest(path) for path in there}
    _write_mark(directory, mark, content, digests)


def _figures(directory: Path) -> dict[str, str]:
    paths = sorted(path for path in (directory / FIGURES).glob("*") if path.is_file())
    return {f"{FIGURES}/{path.name}": storage.digest(path) for path in paths}


def _digests(directory: Path, mark: str) -> dict[str, Any]:
    """Return the digests that a mark holds, none if it is damaged."""
    try:
        found = storage.read_json(directory / mark).get(SEAL)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _write_mark(directory: Path, mark: str, content: Mapping[str, Any], digests: Mapping[str, str]) -> None:
    content = dict(storage.plain(content))
    storage.write_json(directory / mark, content | {SEAL: {**digests, mark: _own_digest(content, digests)}})


def _own_digest(content: Mapping[str, Any], digests: Mapping[str, Any]) -> str:
    """Return the digest of a mark's content: keys in their order and values, whatever the space between them."""
    text = json.dumps([content, digests], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


_NEW = ".incoming"


def _new(directory: Path, name: str) -> Path:
    return directory / f".{name}{_NEW}"
