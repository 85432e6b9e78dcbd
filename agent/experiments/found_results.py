"""Finished results that are there already: the same command again finds them instead of doing it again."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ..reports.terminal import note
from ..results import marks, replacement
from ..results.provenance import made_otherwise
from .command_line import FAILED, CommandError, make_writable
from .options import flag

Found = TypeVar("Found")


def find(
    directory: Path, mark: str, load: Callable[[], Found], is_renewed: bool, folders: Iterable[str] = ()
) -> Found | None:
    """Return the finished result that is in a directory; a damaged one is reported, and is to be made again.

    What could not be stored in the end is refused here, before anything is played.

    Args:
        directory: of the result.
        mark: of a finished one.
        load: reads it.
        is_renewed: whether it is to be made again, whatever is there.
        folders: that are made in the directory, besides that of figures.

    Raises:
        CommandError: it is another version's or another configuration's, which only `--force` replaces; or there is no
            way to write a new one.
    """
    if not os.path.lexists(directory):
        return None
    _check_place(directory, *folders)
    if not is_renewed and marks.is_there(directory, mark):
        replacement.tidy(directory, mark, marks.PARTIAL)
        try:
            return load()
        except marks.ForeignError as error:
            raise CommandError(f"{error}; --force replaces it", FAILED) from error
        except ValueError as damage:
            note(f"{damage}; doing it again")
    make_writable(directory)
    return None


def check(directory: Path) -> None:
    """Refuse a directory in which no result could be stored in the end.

    Raises:
        CommandError: it cannot be written to, is a file, or something is in the place of a result's file.
    """
    if os.path.lexists(directory):
        _check_place(directory)
        make_writable(directory)


def _check_place(directory: Path, *folders: str) -> None:
    if (obstacle := replacement.obstacle(directory, *folders)) is not None:
        raise CommandError(obstacle, FAILED)


def check_place(path: Path, option: str) -> None:
    """Refuse a directory that could not be made in the end, or not be written to; nothing is made.

    Raises:
        CommandError: a file is in the way, or what it is to be made in cannot be written to.
    """
    make_writable(next((place for place in (path, *path.parents) if os.path.lexists(place)), path.parent), option)


def check_no_directory(path: Path, option: str) -> None:
    """Refuse a directory in the place of a file.

    Raises:
        CommandError: it is one.
    """
    if path.is_dir():
        raise CommandError(f"{flag(option)}: got {str(path)!r}, a directory; expected the name of a file")


def check_file(path: Path, option: str) -> None:
    """Refuse a file that could not be written in the end; nothing is made.

    Raises:
        CommandError: it is a directory, or what it is to be in is none, or cannot be written to.
    """
    check_no_directory(path, option)
    if path.is_file() or not path.exists():  # or else it is a pipe, such as /dev/stdout
        if not path.parent.is_dir():
            what = f"{str(path)!r} could not be written: {str(path.parent)!r} is no directory"
            raise CommandError(f"{flag(option)}: {what}")
        make_writable(path.parent, option)


def tell(kind: str, of: str, configs: Iterable[Mapping[str, Any]], quiet: bool) -> None:
    """Say that the result was there already; also when quiet, if it was made with other versions."""
    others = next(filter(None, map(made_otherwise, configs)), None)
    if others is None:
        note(f"found the finished {kind} of this very {of} (--force: do it again)", quiet)
    else:
        note(f"found the finished {kind} of this {of}, made with {others}; --force: do it again with what is here")
