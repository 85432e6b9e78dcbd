"""Finished lives, each kept at once: asked for again, or for more seeds, a command plays what is new.

A life is kept under the digest of all that makes it what it is: its configuration, agent and seed, the versions of what
runs it, and the code of this package. So nothing stale is ever taken up; files that nobody asks for any more may be
deleted at any time, all of them.
"""

import hashlib
import json
import os
import struct
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..results import provenance, storage

FOLDER = ".lives"
"""Where they are, among the results."""
OF_ALL = ("agents", "seeds", "first_seed", "parts", "map")
"""What of a configuration is not of one life, or only says where something was read from."""
SECONDS_BETWEEN_LOOKS = 0.1
SIZE = struct.Struct("<q")
"""Bytes of the columns, which come behind it; what is JSON comes last. An `.npz` takes thrice the time to be read."""

Life = tuple[dict[str, Any], dict[str, np.ndarray]]
"""The summary of a life, and its columns."""


class Answer(Enum):
    """Instead of a life."""

    BUSY = "another process plays it"


@dataclass(frozen=True)
class KeptLives:
    """The lives of one configuration, by agent and seed.

    Attributes:
        folder: where they are.
        common: what all of them have in common.
        parts: what beside its name tells an agent, by agent.
        are_renewed: whether they are played again, whatever is there.
    """

    folder: Path
    common: str
    parts: Mapping[str, Any]
    are_renewed: bool = False

    @classmethod
    def of(cls, config: Mapping[str, Any], out: Path, are_renewed: bool) -> "KeptLives":
        """Return the lives of a resolved comparison, kept among the results in `out`."""
        own = {name: value for name, value in config.items() if name not in OF_ALL}
        return cls.known_by(own, config["parts"], out, are_renewed)

    @classmethod
    def known_by(cls, own: Mapping[str, Any], parts: Mapping[str, Any], out: Path, are_renewed: bool) -> "KeptLives":
        """Return the lives that have all of `own` in common, `env` among it, and of each name its part."""
        common = json.dumps([own, provenance.versions(own["env"]), digest_of_code()], sort_keys=True)
        return cls(out / FOLDER, hashlib.sha256(common.encode()).hexdigest(), parts, are_renewed)

    def digest(self, name: str, seed: int) -> str:
        """Return what a life is known by."""
        text = json.dumps([self.common, name, self.parts.get(name), seed], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def has(self, name: str, seed: int) -> bool:
        """Tell whether there is a life; it may be damaged."""
        return (self.folder / self.digest(name, seed)[:16]).is_file()

    def find(self, name: str, seed: int) -> Life | None:
        """Return a life that was kept; None where there is none, or what is there is damaged."""
        if self.are_renewed:
            return None
        if not self.has(name, seed):  # nor wait for a pipe
            return None
        digest = self.digest(name, seed)
        try:
            content = (self.folder / digest[:16]).read_bytes()
        except OSError:
            return None
        head, own, body = content[:64], content[64:128], content[128:]
        if own != digest.encode() or head != hashlib.sha256(content[64:]).hexdigest().encode():
            return None
        unpacked = bytearray(zlib.decompress(body))  # columns are of these bytes, and may be written to
        start, end = SIZE.size, SIZE.size + SIZE.unpack_from(unpacked)[0]
        told, columns = json.loads(unpacked[end:]), dict[str, np.ndarray]()
        for column, (dtype, length) in told["columns"].items():
            columns[column] = np.frombuffer(unpacked, dtype, length, start)
            start += columns[column].nbytes
        return told["summary"], columns

    def keep(self, name: str, seed: int, life: Life) -> None:
        """Keep a life; where that is not possible, it is played again another time."""
        summary, columns = life
        types = {column: (values.dtype.str, len(values)) for column, values in columns.items()}
        told = json.dumps({"summary": summary, "columns": types}).encode()
        body = b"".join(values.tobytes() for values in columns.values())
        digest = self.digest(name, seed)
        content = digest.encode() + zlib.compress(SIZE.pack(len(body)) + body + told)
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)  # it may be deleted at any time
            head = hashlib.sha256(content).hexdigest().encode()
            storage.write_bytes(self.folder / digest[:16], head + content, is_durable=False)

    @contextmanager
    def claimed(self, name: str, seed: int) -> Iterator[bool]:
        """Be the only process that plays a life; gives whether it is. A claim goes with the process that has it."""
        handle, place = _locks(self.folder), int(self.digest(name, seed)[:14], 16)
        if handle is None:
            yield True
            return
        import fcntl

        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except BlockingIOError:
            yield False
            return
        except OSError:  # a disk that has no locks
            yield True
            return
        try:
            yield True
        finally:
            fcntl.lockf(handle, fcntl.LOCK_UN, 1, place)

    def played(
        self, name: str, seed: int, play: Callable[[], Life | None], should_stop: Callable[[], bool], is_patient: bool
    ) -> Life | Answer | None:
        """Return a life: found, or played and kept; None if it was asked to stop.

        Args:
            name: of the agent.
            seed: of the life.
            play: plays it; gives None if it was asked to stop.
            should_stop: whether to.
            is_patient: whether to wait for another process that plays it.
        """
        while not should_stop():
            with self.claimed(name, seed) as is_ours:
                if is_ours:
                    if (found := self.find(name, seed)) is not None:
                        return found
                    if (life := play()) is not None:
                        self.keep(name, seed, life)
                    return life
            if not is_patient:
                return Answer.BUSY
            time.sleep(SECONDS_BETWEEN_LOOKS)
        return None


@cache
def _locks(folder: Path) -> int | None:
    """Open the file in which lives are claimed, a byte each; kept open, as closing it would give up all claims.

    None where there are no such claims (Windows, some network disks): a life may then be played twice, at no harm.
    """
    if find_spec("fcntl") is None:
        return None
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / "claims", os.O_RDWR | os.O_CREAT, 0o666)
    return None


@cache
def digest_of_code() -> str:
    """Return the digest of this package's files and those of its worlds: another version's lives are others."""
    import envs

    digest = hashlib.sha256()
    for package in (Path(__file__).parents[1], Path(str(envs.__file__)).parent):
        for path in sorted(path for path in package.rglob("*") if path.suffix in (".py", ".txt")):
            digest.update(str(path.relative_to(package)).encode() + path.read_bytes())
    return digest.hexdigest()
