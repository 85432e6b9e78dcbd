"""Machine code that is kept on disk between processes: checked before it is loaded, and never taken from others.

What numba keeps is a pickle with machine code in it. To load it is to run it, and numba's own cache loads whatever lies
in its directory. This one, for `agent.compilation.compiled`, differs in three points:

- *Edits.* Numba does not notice an edit in a callee of a kept function. Here the directory's name is a digest of every
  source file that has to do with compilation: any edit there starts a new directory.
- *Damage.* A file, one for each function and signature, takes its name only when it is whole, and begins with the
  SHA-256 of the function it belongs to and of its content. What does not agree is put aside and compiled anew. No
  failure to read or to write is more than a note: the function is compiled in memory. Processes that write the same
  file at once write the same content, and the last one stays.
- *Ownership.* Code is loaded from a file that is ours, in directories that are ours, all the way down from
  `blackswan-rl`: of our own user, no link, and no group or other may write. That is looked at after they were made, so
  that nobody can have made them for us. What lies above may be shared (`/tmp`, a cache directory of a group): whoever
  can write there can take our directory away, but what he puts in its place is his, and is refused. Root is no
  exception: in the home of another user it refuses that user's directory. A file system that reports all files as
  writable by all (some mounts of foreign disks) gets no cache.

The directory lies in `NUMBA_CACHE_DIR`, else in the user's cache directory, else in the temporary one, so that a
read-only installation works. Where the system has no user numbers (Windows) the temporary one is left out, and the
others are taken to be the user's. Where there is no place, every process compiles in memory.
"""

import hashlib
import os
import pickle
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

HAS_OWNERS = hasattr(os, "geteuid")
DIGEST_SIZE = hashlib.sha256().digest_size
SUFFIX = ".nbc"


class CodeCache(NullCache):
    """What numba asks for the kept code of one function, and gives what it compiled."""

    def __init__(self, function: Callable[..., Any], directory: Path) -> None:
        self._directory = directory
        self._name = function.__name__.strip("<>")
        code = function.__code__
        source = hashlib.sha256(Path(code.co_filename).read_bytes()).hexdigest()
        self._function = f"{function.__module__} {function.__qualname__} {code.co_firstlineno} {source}"

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code for a signature, or None: it is not there, or not as it was written."""
        target_context.refresh()
        key = self._key(sig, target_context.codegen())
        path = self._path(key)
        try:
            content = _read(path)
            kept, payload = content[:DIGEST_SIZE], content[DIGEST_SIZE:]
            if kept != _digest(key, payload):
                raise ValueError("damaged")
            return CompileResult._rebuild(target_context, *pickle.loads(payload))
        except FileNotFoundError:
            return None
        except Exception:  # whatever is wrong with it, it can be made anew
            _note(f"compiled code in {self._directory} is damaged or not ours: put aside, compiling anew")
            with suppress(OSError):
                path.replace(path.with_suffix(".damaged"))
            return None

    def save_overload(self, sig: Any, cres: Any) -> None:
        """Keep the code for a signature, unless addresses of this process are part of it."""
        if cres.library.has_dynamic_globals:
            return
        key = self._key(sig, cres.library.codegen)
        try:
            payload = dumps(cres._reduce())
            _write(self._path(key), _digest(key, payload) + payload)
        except Exception as error:  # it works without
            _note(f"compiled code cannot be kept in {self._directory}: {error or type(error).__name__}")

    def _key(self, sig: Any, codegen: Any) -> bytes:
        return f"{self._function} {sig} {codegen.magic_tuple()}".encode()

    def _path(self, key: bytes) -> Path:
        return self._directory / f"{self._name}-{hashlib.sha256(key).hexdigest()[:16]}{SUFFIX}"


def cache_of(function: Callable[..., Any]) -> CodeCache | None:
    """Return the cache of a function's code; None: there is none, or the code depends on more than its source file."""
    place = directory()
    if place is None or function.__closure__:
        return None
    try:
        return CodeCache(function, place)
    except OSError:  # typed in: its source is not a file
        return None


def is_empty() -> bool:
    """Return whether nothing of this version was kept so far."""
    place = directory()
    return place is None or not any(place.glob(f"*{SUFFIX}"))


@cache
def directory() -> Path | None:
    """Return the directory of this version's code, which is ours and can be written; None: there is none."""
    version = _version()
    for parent in _parents():
        with suppress(OSError):
            parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if all(_is_made(path) for path in (parent, parent / version)):
                with tempfile.TemporaryFile(dir=parent / version):
                    return parent / version
    return None


def _version() -> str:
    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    agent = Path(__file__).parents[1]
    packages = agent, agent.parent / "envs"  # worlds are drawn from in compiled code, too
    for source in sorted(path for package in packages for path in package.rglob("*.py") if path.is_file()):
        text = source.read_bytes()
        if b"compiled" in text.lower():
            digest.update(text)
    return digest.hexdigest()[:16]


def _parents() -> Iterator[Path]:
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA", home)
    for root in (os.environ.get("NUMBA_CACHE_DIR"), home):
        if root and not root.startswith("~"):
            yield Path(root) / "blackswan-rl"
    if HAS_OWNERS:
        with suppress(OSError):  # no directory at all can be written
            yield Path(tempfile.gettempdir()) / f"blackswan-rl-{os.geteuid()}"


def _is_made(path: Path) -> bool:
    """Make a directory for us alone, if it is not there, and return whether it is one."""
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    status = path.lstat()
    if stat.S_ISDIR(status.st_mode) and _is_ours(status):
        return True
    _note(
        f"compiled code is not kept in {path}: expected a directory of our own user that no others may write"
        " (remove it, or set NUMBA_CACHE_DIR)"
    )
    return False


def _is_ours(status: os.stat_result) -> bool:
    return not HAS_OWNERS or (status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def _read(path: Path) -> bytes:
    """Read a regular file that is ours; a pipe is not waited for, a link not followed."""
    flags = ("O_BINARY", "O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK")  # each where the system has it
    handle = os.open(path, os.O_RDONLY | sum(getattr(os, flag, 0) for flag in flags))
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or not _is_ours(status):
            raise PermissionError("not a file of ours")
        return file.read()


def _write(path: Path, content: bytes) -> None:
    """Write a file, for us alone to read and write, that takes its name when it is whole."""
    handle, temporary = tempfile.mkstemp(".tmp", f"{path.stem}-", path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _digest(key: bytes, payload: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(key).digest() + payload).digest()


@cache
def _note(text: str) -> None:
    """Say something once; of several processes, the one that was started by a person."""
    from multiprocessing import parent_process

    if parent_process() is None:
        with suppress(Exception):
            print(text, file=sys.stderr)
