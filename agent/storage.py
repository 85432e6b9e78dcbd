"""Files that are either whole or absent, and readers that say in one line why a file is refused.

A writer that is killed in mid-write leaves at most a temporary file: the content goes to a temporary file in the same
directory, is forced to disk, and takes its name by `os.replace`, which is atomic. Arrays are stored as `.npz`, whose
checksums detect damage (a plain `.npy` loads wrong numbers silently); nothing is ever pickled.
"""

import csv
import io
import json
import math
import os
import secrets
import shutil
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

TEMPORARY_SUFFIX = ".tmp"
STRAY_SECONDS = 600.0
"""A temporary file older than this was left by a killed process: no write takes as long."""

DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    IndexError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    NotImplementedError,
    MemoryError,
    RuntimeError,
    SyntaxError,
)
"""What the readers of JSON, CSV, zip and npy raise on damaged or foreign bytes."""


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically and durably: after a crash it holds the old content or the new, never a mixture."""
    temporary = _temporary(path)
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON atomically; numbers that are not finite become null."""
    text = json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False)
    write_bytes(path, (text + "\n").encode())


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as `.npz` atomically; equal arrays give equal bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_bytes(path, buffer.getvalue())


def write_table(path: Path, columns: Mapping[str, Sequence[Any] | np.ndarray]) -> None:
    """Write columns of numbers as CSV with a header, atomically; floats keep every digit."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True))
    write_bytes(path, buffer.getvalue().encode())


def remove(path: Path) -> None:
    """Remove a file, if it is there, durably."""
    path.unlink(missing_ok=True)
    sync_directory(path.parent)


def withdraw(directory: Path, *marks: str) -> None:
    """Take back the marks of an earlier result before its files are replaced; the directory is made if need be."""
    directory.mkdir(parents=True, exist_ok=True)
    remove_strays(directory)
    for mark in marks:
        remove(directory / mark)


def read_finished(directory: Path, mark: str, arrays: str) -> dict[str, Any] | None:
    """Read the mark of a finished result, None where there is none; the arrays beside it must be readable.

    Raises:
        ValueError: one line naming the file that is damaged and what is wrong with it.
    """
    if not (directory / mark).is_file():
        return None
    read_arrays(directory / arrays)
    return read_json(directory / mark)


def remove_strays(directory: Path) -> None:
    """Remove the temporary files and directories that killed writers left in a directory."""
    for path in directory.glob(f".*{TEMPORARY_SUFFIX}"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > STRAY_SECONDS:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def whole_directory(path: Path) -> Iterator[Path]:
    """Fill a directory under a temporary name; it takes its own, in place of an older one, if nothing went wrong."""
    temporary = _temporary(path)
    temporary.mkdir()
    try:
        yield temporary
        shutil.rmtree(path, ignore_errors=True)
        os.replace(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Force a directory's entries to disk, where the system can (not on Windows)."""
    with suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        ValueError: one line naming the file and what is wrong with it.
    """

    def load() -> Any:
        text = path.read_text(encoding="utf-8-sig")  # some editors write a byte order mark
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)

    content = _read(path, load)
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected a JSON object, got {type(content).__name__}")
    return content


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read every array of an `.npz` file, without pickle.

    Raises:
        ValueError: one line naming the file and what is wrong with it.
    """

    def load() -> dict[str, np.ndarray]:
        if not zipfile.is_zipfile(path):
            raise ValueError("not an .npz file")
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: np.asarray(archive[name]) for name in archive.files}

    return _read(path, load)


def read_table(path: Path, columns: Sequence[str]) -> dict[str, np.ndarray]:
    """Read a CSV file of numbers whose header is known.

    Raises:
        ValueError: one line naming the file and what is wrong with it.
    """

    def load() -> dict[str, np.ndarray]:
        with open(path, newline="", encoding="utf-8") as file:
            header, *rows = list(csv.reader(file)) or [[]]
        if header != list(columns):
            raise ValueError(f"expected the columns {','.join(columns)}")
        if any(len(row) != len(columns) for row in rows):
            raise ValueError("a row is incomplete")
        values = np.array(rows, dtype=np.float64).reshape(len(rows), len(columns))
        return {name: values[:, i].copy() for i, name in enumerate(columns)}

    return _read(path, load)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of JSON, which may name nothing twice: what is meant would be a guess."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} comes more than once")
    return content


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")


def _read(path: Path, load: Callable[[], Any]) -> Any:
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    try:
        return load()
    except DAMAGED as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{path}: cannot be read: {reason}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
