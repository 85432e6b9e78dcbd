"""What a process can be short of by itself: changes to files that are refused, memory, the length of files."""

import errno
import os
import resource
import sys
from pathlib import Path
from typing import Any

from agent.experiments import command_line

WHYS = errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EIO
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def is_change(event: str, arguments: tuple[Any, ...], place: str) -> bool:
    """Whether an event is one that makes, renames or opens for writing what is in a place."""
    changes = event in ("os.mkdir", "os.rename") or (event == "open" and int(arguments[2] or 0) & WRITING)
    return bool(changes) and str(arguments[0]).startswith(place)


def count(place: Path) -> list[int]:
    """Count changes in a place from here on; gives the number, in a list."""
    number = [0]

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        number[0] += is_change(event, arguments, f"{place}")

    sys.addaudithook(look)
    return number


def refuse(place: Path, number: int, why: int, is_lasting: bool, met: Path) -> None:
    """Refuse the so-manieth change in a place, and all that come after it where that is lasting; `met` is made then."""
    found = 0

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal found
        if not is_change(event, arguments, f"{place}"):
            return
        found += 1
        if found == number or (is_lasting and found > number):
            met.touch()
            raise OSError(why, os.strerror(why), str(arguments[0]))

    sys.addaudithook(look)  # for as long as the process lives


def memory(num_bytes: int) -> None:
    """Allow so much memory beyond what there is; what a command loads is to be there already."""
    command_line.LEAST_MEMORY = 0
    most = _status("VmSize") + num_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def most_memory() -> int:
    """Return the most bytes that this process has addressed so far, beyond those that it does now."""
    return _status("VmPeak")


def short_files(num_bytes: int) -> None:
    """Let no file be longer."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, num_bytes))


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(name))
