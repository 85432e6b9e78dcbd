"""Disks that are full or read-only: real ones, in memory, which only this process and its children see (Linux).

They need a namespace of mounts: a process that is started by `NAMESPACE` has one.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMESPACE = "unshare", "--mount", "--map-root-user"
LARGE = "1g"


def why_not() -> str | None:
    """Say why there can be no such disks here; None: there can."""
    try:
        command = [*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"]
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        return f"{NAMESPACE[0]}: {error.strerror}"
    return " ".join(done.stderr.split()) or None if done.returncode else None


@contextmanager
def disk(place: Path) -> Iterator[None]:
    """Have a large disk in a directory, which is made."""
    place.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={LARGE}", "none", place)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
        place.rmdir()


@contextmanager
def full(place: Path, num_bytes: int) -> Iterator[None]:
    """Have so much room left on the disk."""
    found = os.statvfs(place)
    used = (found.f_blocks - found.f_bfree) * found.f_frsize
    _mount("-o", f"remount,size={max(used + num_bytes, found.f_frsize)}", place)  # 0 would be no limit
    try:
        yield
    finally:
        _mount("-o", f"remount,size={LARGE}", place)


@contextmanager
def read_only(place: Path) -> Iterator[None]:
    """Let nothing be written on the disk."""
    _mount("-o", "remount,ro", place)
    try:
        yield
    finally:
        _mount("-o", "remount,rw", place)


def _mount(*words: object) -> None:
    subprocess.run(["mount", *map(str, words)], check=True)
