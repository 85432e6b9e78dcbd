"""Files that are either whole or absent, and readers that say in one line why a file is refused.

A writer that is killed in mid-write leaves at most a temporary file: the content goes to a temporary file in the same
directory, is forced to disk, and takes its name by `os.replace`, which is atomic. Arrays are stored as `.npz`, whose
checksums detect damage (a plain `.npy` loads wrong numbers silently); nothing is ever pickled. Every writer returns the
SHA-256 of what it wrote.
"""

import csv
import hashlib
import io
import json
import math
import os
import secrets
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np

from .recording.streams import Arrays

TEMPORARY_SUFFIX = ".tmp"
STRAY_SECONDS = 600.0
"""Where directories cannot be locked, a temporary file older than this was left by a killed process."""


def write_bytes(path: Path, content: bytes, is_durable: bool = True) -> str:
    """Write a file as `write_file` does."""
    return write_file(path, lambda file: file.write(content), is_durable)


def write_json(path: Path, content: Mapping[str, Any]) -> str:
    """Write JSON atomically; numbers that are not finite become null."""
    text = json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False)
    return write_bytes(path, (text + "\n").encode(errors="backslashreplace"))


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> str:
    """Write named arrays as `.npz` atomically; equal arrays give equal bytes."""
    return write_file(path, Arrays.of(arrays).write)


def write_table(path: Path, columns: Mapping[str, Sequence[Any] | np.ndarray]) -> str:
    """Write columns of numbers as CSV with a header, atomically; floats keep every digit."""
    (writer := csv.writer(buffer := io.StringIO(), lineterminator="\n")).writerow(columns)
    writer.writerows(zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True))
    return write_bytes(path, buffer.getvalue().encode())


def write_file(path: Path, write: Callable[[BinaryIO], Any], is_durable: bool = True) -> str:
    """Write a file atomically; `write` fills it. One that need not be durable may be damaged when the power fails."""
    with whole_file(path, is_durable) as file:
        write(file)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return digest


@contextmanager
def whole_file(path: Path, is_durable: bool = True) -> Iterator[io.BufferedRandom]:
    """Fill a file under a temporary name; it takes its own, in place of an older one, if nothing went wrong."""
    temporary = _temporary(path)
    try:
        with open(temporary, "x+b") as file:
            yield file
            file.flush()
            if is_durable:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if is_durable:
        sync_directory(path.parent)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def plain(value: Any) -> Any:
    """Return what JSON has of a value: NumPy's numbers and arrays become Python's, numbers that are not finite None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Make a directory, and be the only process that writes a result in it; what killed writers left is removed.

    The lock goes with the process that holds it. Where the system has no such locks (Windows, some network disks),
    every file is whole nevertheless, and what was left is removed once it is old.
    """
    directory.mkdir(parents=True, exist_ok=True)
    handle = _locked(directory)
    try:
        for path in directory.glob(f".*.*-*{TEMPORARY_SUFFIX}"):
            with suppress(OSError):
                if time.time() - path.lstat().st_mtime >= (0.0 if handle is not None else STRAY_SECONDS):
                    _discard(path)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _locked(directory: Path) -> int | None:
    """Lock a directory; gives what holds the lock until it is closed, None where there are no locks."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:  # a disk that has none
        os.close(handle)
        return None
    except BaseException:
        os.close(handle)
        raise
    return handle


def _discard(path: Path) -> None:
    """Remove a file, a link or a whole directory, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def temporary_directory(path: Path) -> Iterator[Path]:
    """Make a directory beside one, in which files of it are written first; it goes with whatever is left in it."""
    temporary = _temporary(path)
    temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


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
    return understood(path, read_bytes(path), parse_json)


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read every array of an `.npz` file, without pickle.

    Raises:
        ValueError: one line naming the file and what is wrong with it.
    """
    return understood(path, read_bytes(path), parse_arrays)


def read_bytes(path: Path) -> bytes:
    """Read a file.

    Raises:
        ValueError: one line naming it and the reason.
    """
    if not os.path.lexists(path):
        raise ValueError(f"{path}: there is no such file")
    if os.path.exists(path) and not os.path.isfile(path):
        raise ValueError(f"{path}: expected a file, got a directory or a device")
    return understood(path, path, _bytes_of)


def _bytes_of(path: Path) -> bytes:
    _check_memory(path.stat().st_size)
    return path.read_bytes()


def understood(path: Path, content: Any, parse: Callable[[Any], Any]) -> Any:
    """Parse a file's content.

    Raises:
        ValueError: one line naming the file and what is wrong with it.
    """
    try:
        return parse(content)
    except MemoryError:  # it says nothing of the file
        raise
    except Exception as error:  # damaged and foreign bytes make the readers of zip, npy, JSON and CSV raise anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{path}: cannot be read: {reason}") from error


def parse_json(content: bytes) -> dict[str, Any]:
    """Parse a JSON object; a key that is there twice and numbers that are not finite are refused."""
    found = json.loads(
        content.decode("utf-8-sig"), object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refused
    )
    if not isinstance(found, dict):
        raise ValueError(f"expected a JSON object, got {type(found).__name__}")
    return found


def parse_arrays(content: bytes) -> dict[str, np.ndarray]:
    """Parse an `.npz` file, once the sizes that it claims were found to be true and to fit."""
    file = io.BytesIO(content)
    if not zipfile.is_zipfile(file):
        raise ValueError("not an .npz file")
    with zipfile.ZipFile(file) as archive:
        _check_claims(archive)
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return {name: np.asarray(arrays[name]) for name in arrays.files}


def parse_table(content: bytes, columns: Sequence[str]) -> dict[str, np.ndarray]:
    """Parse CSV of numbers whose header is known."""
    header, *rows = list(csv.reader(io.StringIO(content.decode(), newline=""))) or [[]]
    if header != list(columns):
        raise ValueError(f"expected the columns {','.join(columns)}")
    if any(len(row) != len(columns) for row in rows):
        raise ValueError("a row is incomplete")
    values = np.array(rows, dtype=np.float64).reshape(len(rows), len(columns))
    return {name: values[:, i].copy() for i, name in enumerate(columns)}


def _check_claims(archive: zipfile.ZipFile) -> None:
    """Refuse an archive before anything is allocated for it: names twice, shapes without the bytes, too many bytes."""
    members = archive.infolist()
    if len({member.filename for member in members}) < len(members):
        raise ValueError("it holds an array twice")
    _check_memory(sum(member.file_size for member in members))
    for member in members:
        with archive.open(member) as file:
            version = np.lib.format.read_magic(file)
            if version not in _HEADERS:
                raise ValueError(f"{member.filename} is of an unknown version {version}")
            shape, _, dtype = _HEADERS[version](file)
            claimed, there = math.prod(shape) * dtype.itemsize, member.file_size - file.tell()
        if not dtype.hasobject and claimed != there:
            raise ValueError(f"{member.filename} claims {claimed} bytes and has {there}")


_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def _check_memory(num_bytes: int) -> None:
    memory = 0
    with suppress(AttributeError, ValueError, OSError):  # the system does not tell
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if num_bytes > memory > 0:
        raise ValueError(f"{num_bytes} bytes, more than the {memory} of this machine's memory")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} comes more than once")
    return found


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refused(text)


def _refused(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
