"""What the commands share: reading the command line, errors of one line, exit statuses, Ctrl-C.

Exit status 0: done; 1: the result could not be stored; 2: bad input (one line on the standard error stream, nothing
written); 130: interrupted (128 + the signal: 143 by SIGTERM, 129 by SIGHUP); 141: the output was not read to its end.
"""

import contextlib
import errno
import io
import itertools
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import tyro

from agent import config
from agent.interruption import INTERRUPTED, Interruption, interrupt, signals_sent_to
from agent.options import CompareOptions, ConfiguredOptions, ReproduceOptions, RunOptions

__all__ = ["INTERRUPTED", "Interruption"]  # handed on

DONE, FAILED, BAD_INPUT, NOT_READ = 0, 1, 2, 141

SomeOptions = TypeVar("SomeOptions", RunOptions, CompareOptions, ReproduceOptions)


class CommandError(Exception):
    """A failure to be told in one line, with the exit status that it ends in."""

    def __init__(self, message: object, status: int = BAD_INPUT) -> None:
        super().__init__(" ".join(str(message).split()))
        self.status = status


def parse(kind: type[SomeOptions], arguments: Sequence[str] | None, prog: str, description: str) -> SomeOptions:
    """Turn the command line into options; a stored configuration, if given, replaces the defaults.

    Raises:
        CommandError: The command line or the stored configuration is wrong.
        SystemExit: Help was asked for.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parse(kind, arguments, prog, description, kind())
    if not isinstance(options, ConfiguredOptions):
        return options
    _check_files(options)
    if options.config is not None:
        with bad_input():
            defaults = config.read(options.config, kind)
        options = _parse(kind, arguments, prog, description, defaults)
    return options


def _parse(
    kind: type[SomeOptions], arguments: Sequence[str], prog: str, description: str, defaults: SomeOptions
) -> SomeOptions:
    errors = io.StringIO()
    try:
        with contextlib.redirect_stderr(errors):
            return tyro.cli(kind, args=arguments, prog=prog, description=description, default=defaults)
    except SystemExit as stop:
        if stop.code in (None, 0):
            raise
        raise CommandError(_one_line(errors.getvalue())) from None


def _check_files(options: RunOptions | CompareOptions) -> None:
    for flag, name in {"--map": options.map, "--config": options.config}.items():
        if name == "":
            raise CommandError(f"{flag}: got '', no name; expected the name of a file")
    if options.map is not None and Path(options.map).is_dir():
        raise CommandError(f"--map: got {options.map!r}, a directory; expected the name of a file")


def _one_line(boxed: str) -> str:
    """Take the message, and the flag that was probably meant, out of tyro's box: title, message, advice."""
    rows = [row.strip("│╰╯ ") for row in boxed.replace("╭─", "").replace("╮", "\n─").splitlines()]
    rows = [row.strip("─ ") if row.strip("─- ") else "" for row in rows]  # a rule of dashes, drawn or typed, separates
    blocks = [list(block) for filled, block in itertools.groupby(rows, bool) if filled]
    message, *advice = blocks[1:] if len(blocks) > 1 else blocks or [["the command line cannot be read"]]
    meant = [row for block in advice for row in block if row.startswith("--") and "Unrecognized" in boxed]
    hint = f"perhaps you meant {meant[0]}" if meant else "--help shows all options"
    return f"{' '.join(message).removeprefix('Error parsing ').rstrip('.')}; {hint}"


def guarded(command: Callable[[], int]) -> int:
    """Run a command and turn its failures into one line and an exit status."""
    try:
        with signals_sent_to(interrupt):
            status = command()
            sys.stdout.flush()
    except CommandError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.status
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EIO):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # `--list | head`, or the terminal was closed
        return NOT_READ
    except KeyboardInterrupt as error:
        with contextlib.suppress(OSError):  # of a terminal that was closed
            print("interrupted", file=sys.stderr)
        return error.args[0] if error.args else INTERRUPTED
    return status


@contextlib.contextmanager
def bad_input() -> Iterator[None]:
    """Blame the input for errors in this block."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise CommandError(error) from error


@contextlib.contextmanager
def storing(directory: Path) -> Iterator[None]:
    """Word the error of a result that could not be stored."""
    try:
        yield
    except OSError as error:
        raise CommandError(f"{directory}: could not be written: {error.strerror or error}", FAILED) from error


def make_writable(out: Path) -> None:
    """Make the directory of results, and be sure that it can be written to.

    Raises:
        CommandError: It cannot.
    """
    import tempfile

    if out.exists() and not out.is_dir():
        raise CommandError(f"--out: got {str(out)!r}, a file; expected a directory, which is made if need be")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise CommandError(f"--out: cannot write to {str(out)!r}: {error.strerror or error}") from error
