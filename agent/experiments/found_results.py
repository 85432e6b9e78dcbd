"""Finished results that are there already: the same command again finds them instead of doing it again."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ..reports.terminal import note
from ..results import marks, replacement
from ..results.provenance import made_otherwise
from .command_line import FAILED, CommandError

Found = TypeVar("Found")


def find(directory: Path, mark: str, load: Callable[[], Found]) -> Found | None:
    """Return the finished result that is in a directory; a damaged one is reported, and is to be made again.

    Args:
        directory: of the result.
        mark: of a finished one.
        load: reads it.

    Raises:
        CommandError: it is another version's or another configuration's, which only `--force` replaces.
    """
    if not marks.is_there(directory, mark):
        return None
    replacement.tidy(directory, mark, marks.PARTIAL)
    try:
        return load()
    except marks.ForeignError as error:
        raise CommandError(f"{error}; --force replaces it", FAILED) from error
    except ValueError as error:
        note(f"{error}; doing it again")
        return None


def tell(kind: str, of: str, configs: Iterable[Mapping[str, Any]], quiet: bool) -> None:
    """Say that the result was there already; also when quiet, if it was made with other versions."""
    others = next(filter(None, map(made_otherwise, configs)), None)
    if others is None:
        note(f"found the finished {kind} of this very {of} (--force: do it again)", quiet)
    else:
        note(f"found the finished {kind} of this {of}, made with {others}; --force: do it again with what is here")
