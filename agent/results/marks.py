"""A result's directory: its files, and the mark that says what they are and that they are whole.

A result is a few files and a mark: `summary.json`, say, or `partial.json`. The mark holds the figures, and under
`sha256` the digest of every file that it stands for and of its own content. How an old result is replaced by a new one
is in `replacement`.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from . import storage
from .directory_names import digest
from .provenance import maker
from .recording.streams import OpenFile, unread
from .schema import SCHEMA

PARTIAL = "partial.json"
"""The mark of what was interrupted."""

LARGE = 1 << 26
"""Bytes of a file of arrays from which on it is not read as a whole."""

CONFIG, FIGURES, FORMER, SEAL = "config.json", "figures", "former figures", "sha256"


class ForeignError(ValueError):
    """A result that this version does not read, or of another configuration: only `--force` replaces it."""


@dataclass(frozen=True)
class Stored:
    """A result as it was read: its files are parsed first, which gives the most helpful errors, and checked last.

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
    _files: dict[str, bytes | BinaryIO] = field(repr=False)
    _damaged: str | None

    def arrays(self, name: str) -> Mapping[str, np.ndarray]:
        """Parse one of its files as arrays; those of a large one are read when they are asked for."""
        return self._parsed(name, lambda file: storage.parse_arrays(file) if isinstance(file, bytes) else unread(file))

    def table(self, name: str, columns: Sequence[str]) -> dict[str, np.ndarray]:
        """Parse one of its files as a table."""
        return self._parsed(name, lambda content: storage.parse_table(content, columns))

    def _parsed(self, name: str, parse: Callable[[Any], Any]) -> Any:
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
    if stored._damaged in (mark, CONFIG):  # which say what is to be expected of the files
        stored.check()
    return stored


def _load(directory: Path, mark: str, marked: bytes, names: Sequence[str]) -> Stored:
    content: dict[str, Any] = storage.understood(directory / mark, marked, storage.parse_json)
    seal = content.pop(SEAL, None)
    digests = {name: text for name, text in seal.items() if name != mark} if isinstance(seal, dict) else {}
    files = {name: _meant(directory, name, digests.get(name)) for name in names}
    config = storage.understood(directory / CONFIG, files[CONFIG][0], storage.parse_json)
    own = None if isinstance(seal, dict) and seal.get(mark) == own_digest(content, digests) else mark
    wrong = own or next((name for name, (_, digest) in files.items() if digest != digests.get(name)), None)
    _check_schema(directory / CONFIG, config)  # first: the digests of another version may be others
    if wrong != CONFIG:
        _check_name(directory, config)
    if not isinstance(seal, dict):
        raise ForeignError(f"{directory / mark}: it has no {SEAL} of its files: an earlier {maker(config)} wrote it")
    contents = {name: each for name, (each, _) in files.items()}
    return Stored(directory, mark, content, config, contents, wrong)


def _meant(directory: Path, name: str, expected: str | None) -> tuple[bytes | BinaryIO, str]:
    """Read the file that a mark means, there are two while a writer replaces the one by the other, or was killed."""
    for path in (directory / name, incoming(directory, name), directory / name):
        with suppress(ValueError):
            content, digest = _read(path)
            if digest == expected:
                return content, digest
    return _read(directory / name)


def _read(path: Path) -> tuple[bytes | BinaryIO, str]:
    """Read a file, or open it where it is large; gives its digest, too."""
    with suppress(OSError):
        if path.suffix == ".npz" and path.is_file() and path.stat().st_size > LARGE:
            file = OpenFile(path)
            return file, hashlib.file_digest(file, "sha256").hexdigest()
    content = storage.read_bytes(path)
    return content, hashlib.sha256(content).hexdigest()


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


def seal(directory: Path, mark: str) -> None:
    """Mark a result anew, over the files that are there: for results that were thinned out or edited on purpose."""
    content = storage.read_json(directory / mark)
    content.pop(SEAL, None)
    there = sorted(path for path in directory.rglob("[!.]*") if path.is_file() and path != directory / mark)
    digests = {path.relative_to(directory).as_posix(): storage.digest(path) for path in there}
    write_mark(directory, mark, content, digests)


def figures_of(directory: Path, mark: str, which: str = FIGURES) -> dict[str, str]:
    """Return the names of the figures that a mark knows, and their digests; whatever else is there is not ours.

    Args:
        directory: of the result.
        mark: the name of its mark.
        which: `FIGURES`, drawn of this very result, or `FORMER`, drawn of what was there before.
    """
    known = digests_of(directory, mark)
    return {Path(name).name: known[name] for name in known if name.startswith(f"{which}/")}


def is_as_written(path: Path, digest: str) -> bool:
    """Tell whether a file is there, and as its digest says."""
    return path.is_file() and storage.digest(path) == digest


def digests_of(directory: Path, mark: str) -> dict[str, Any]:
    """Return the digests that a mark holds, none if it is damaged."""
    try:
        found = storage.read_json(directory / mark).get(SEAL)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def write_mark(directory: Path, mark: str, content: Mapping[str, Any], digests: Mapping[str, str]) -> None:
    """Put a mark in place, atomically: its content, and the digests of the files that it stands for."""
    content = dict(storage.plain(content))
    storage.write_json(directory / mark, content | {SEAL: {**digests, mark: own_digest(content, digests)}})


def own_digest(content: Mapping[str, Any], digests: Mapping[str, Any]) -> str:
    """Return the digest of a mark's content: keys in their order and values, whatever the space between them."""
    text = json.dumps([content, digests], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


INCOMING = ".incoming"


def incoming(directory: Path, name: str) -> Path:
    """Return where a new file waits for its name."""
    return directory / f".{name}{INCOMING}"
