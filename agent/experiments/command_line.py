"""What the commands share: reading the command line, errors of one line, exit statuses, Ctrl-C.

Exit status 0: done; 1: the result could not be stored or told; 2: bad input (one line on the standard error stream,
nothing written); 130: interrupted (128 + the signal: 143 by SIGTERM, 129 by SIGHUP); 141: the output was not read to
its end.
"""

import codecs
import contextlib
import errno
import io
import itertools
import os
import shutil
import sys
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import tyro

from ..interruption import INTERRUPTED, Interruption, interruptible
from ..results import provenance
from . import config
from .options import ConfiguredOptions, WorldOptions, flag, flags_of_many

__all__ = ["INTERRUPTED", "Interruption"]  # handed on

DONE, FAILED, BAD_INPUT, NOT_READ = 0, 1, 2, 141

LONGEST = 600
"""Characters of an error's line: longer ones are shortened in the middle."""

COLUMNS = 80
"""Width of the parser's errors, which are read by `_one_line`: a narrow box splits words."""
FEWEST_COLUMNS = 40
"""Width of help in a terminal that is narrower still, for which the parser looks for room without end."""

UNPRINTABLE = "blackswan.unprintable"
"""Name of the handler of letters that the output's encoding lacks."""

VALUES = tuple("0123456789.")
"""What follows a minus that begins a value."""

OUT_OF_MEMORY = "error: out of memory; ask for fewer steps, seeds or workers, or for a smaller world"
OF_NO_MEMORY = "failed to map segment", "annot allocate memory", "can't start new thread"
"""What is said where there is no memory for a shared library, or for a thread."""
LEAST_MEMORY = 900_000_000
"""Bytes that a small run addresses, and a quarter: with less, libraries hang or abort while they are loaded."""

ON_REPETITION = "  Of an option that is given twice the last one counts; lists add up.\n"

SomeOptions = TypeVar("SomeOptions")


class CommandError(Exception):
    """A failure to be told in one line, with the exit status that it ends in."""

    def __init__(self, message: object, status: int = BAD_INPUT) -> None:
        line, half = " ".join(str(message).split()), LONGEST // 2
        super().__init__(line if len(line) <= LONGEST else f"{line[:half]} ... {line[-half:]}")
        self.status = status


def parse(kind: type[SomeOptions], arguments: Sequence[str] | None, prog: str, description: str) -> SomeOptions:
    """Turn the command line into options; a stored configuration, if given, replaces the defaults.

    Args:
        kind: the options of the command.
        arguments: its words; None: those that this process was started with.
        prog: what the command calls itself.
        description: what it does, in which `{prog}` stands for that.

    Raises:
        CommandError: the command line or the stored configuration is wrong.
        SystemExit: help or the version was asked for.
    """
    arguments = _gathered(sys.argv[1:] if arguments is None else arguments, flags_of_many(kind))
    options: Any = _parse(kind, arguments, prog, description, kind())
    if options.version:
        from .. import __version__

        print(f"{provenance.DISTRIBUTION} {__version__}")
        raise SystemExit(DONE)
    _check_names(options)
    if issubclass(kind, ConfiguredOptions) and options.config is not None:
        with bad_input():
            defaults = config.read(options.config, kind)
        given, options = options, _parse(kind, arguments, prog, description, defaults)
        if isinstance(given, WorldOptions) and isinstance(defaults, WorldOptions) and given.env_kwargs:
            options = replace(options, env_kwargs=config.overridden(defaults.env_kwargs, given.env_kwargs))
        _check_names(options)
    _check_memory()
    return options


def _check_memory() -> None:
    """Refuse to begin where a limit on memory leaves too little to load what every command needs."""
    with contextlib.suppress(ImportError):  # Windows
        import resource

        most, _ = resource.getrlimit(resource.RLIMIT_AS)
        if most != resource.RLIM_INFINITY and most < LEAST_MEMORY:
            got = f"this process may address {most / 1e6:.0f} MB (ulimit -v)"
            raise CommandError(f"out of memory: {got}; expected {LEAST_MEMORY / 1e6:.0f} or more", FAILED)


def _gathered(arguments: Sequence[str], of_many: Container[str]) -> list[str]:
    """Put all words of a flag that takes many behind its first occurrence: the parser keeps those of the last."""
    groups: list[list[str]] = [[]]  # a flag and its words each; the first one has no flag
    group_of: dict[str, list[str]] = {}
    current = groups[0]
    for word in arguments:
        name, equals, value = word.partition("=")
        name = name.replace("_", "-")
        if name in of_many:
            if name not in group_of:
                groups.append(group_of.setdefault(name, [name]))
            current = group_of[name]
            current += [value] if equals else []
        elif word.startswith("-") and word[1:2] in VALUES and len(current) == 1:  # no flag: a number, or bounds
            current[0] = f"{current[0]}={word}"
        elif word.startswith("-"):
            groups.append(current := [word])
        else:
            current.append(word)
    return [word for group in groups for word in group]


def _parse(
    kind: type[SomeOptions], arguments: Sequence[str], prog: str, description: str, defaults: SomeOptions
) -> SomeOptions:
    errors, description = io.StringIO(), f"{description.format(prog=prog)}\n{ON_REPETITION}"
    wants_help = not {"-h", "--help"}.isdisjoint(arguments)
    columns = max(shutil.get_terminal_size().columns, FEWEST_COLUMNS) if wants_help else COLUMNS
    try:
        with contextlib.redirect_stderr(errors), _width(columns):
            return tyro.cli(kind, args=arguments, prog=prog, description=description, default=defaults)
    except SystemExit as stop:
        if stop.code in (None, 0):
            raise
        raise CommandError(_one_line(errors.getvalue())) from None


@contextlib.contextmanager
def _width(columns: int) -> Iterator[None]:
    """Let the parser believe that the terminal has this width."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(columns)
    try:
        yield
    finally:
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before


def _check_names(options: Any) -> None:
    for name, kind in {"map": "file", "config": "file", "out": "directory", "tensorboard": "directory"}.items():
        if getattr(options, name, None) == "":
            raise CommandError(f"{flag(name)}: got '', no name; expected the name of a {kind}")
    name = getattr(options, "map", None)
    if name is not None and os.path.isdir(name):
        raise CommandError(f"--map: got {name!r}, a directory; expected the name of a file")


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
    """Run a command and turn its failures into one line and an exit status.

    The current directory is importable, behind all else: worlds and parts of a user's own are found there.
    """
    _prepare_output()
    with contextlib.suppress(OSError):  # a directory that was deleted
        if not {"", os.getcwd()} & set(sys.path):
            sys.path.append(os.getcwd())
    try:
        with interruptible():
            status = _status_of(command)
            sys.stdout.flush()
    except CommandError as error:
        return _told(f"error: {error}", error.status)
    except KeyboardInterrupt as error:
        return _told("interrupted", error.args[0] if error.args else INTERRUPTED)
    except MemoryError:
        return _told(OUT_OF_MEMORY, FAILED)
    except (ImportError, RuntimeError) as error:
        if not any(words in str(error) for words in OF_NO_MEMORY):
            raise
        return _told(OUT_OF_MEMORY, FAILED)
    except OSError as error:
        _drop_output()
        if error.errno in (errno.EPIPE, errno.EIO):  # nobody reads on, or the terminal was closed
            return NOT_READ
        return _told(f"error: {error if error.filename else f'the output cannot be written: {error.strerror}'}", FAILED)
    return status


def _status_of(command: Callable[[], int]) -> int:
    try:
        return command()
    except SystemExit as stop:  # help was printed; or nobody reads what `rich` prints
        return NOT_READ if stop.code else DONE


def _prepare_output() -> None:
    """Make all output printable: streams may be closed, and texts may have letters that an encoding lacks."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # for as long as we live
    if isinstance(sys.stdout, io.TextIOWrapper):
        codecs.register_error(UNPRINTABLE, _printable)
        sys.stdout.reconfigure(errors=UNPRINTABLE)


def _printable(error: UnicodeError) -> tuple[str | bytes, int]:
    """Print the bytes of a file's name that are no text as they are, and write other letters as in a program."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


def _drop_output() -> None:
    """Drop what could not be printed: Python would try again at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _told(line: str, status: int) -> int:
    with contextlib.suppress(OSError):
        print(line, file=sys.stderr)
    return status


def print_lists(names: Sequence[str]) -> int:
    """Print what there is to choose from, or what is known of some of it; gives the exit status."""
    from ..reports.listing import describe, print_names

    if not names:
        print_names()
        return DONE
    from .error_origin import refusing

    with bad_input(), refusing(f"--list {' '.join(names)}"):
        described = list(map(describe, names))
    print(*described, sep="\n\n")
    return DONE


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


def make_writable(out: Path, name: str = "out") -> None:
    """Make a directory that an option names, and be sure that it can be written to.

    Raises:
        CommandError: it cannot.
    """
    import tempfile

    if os.path.exists(out) and not out.is_dir():
        raise CommandError(f"{flag(name)}: got {str(out)!r}, a file; expected a directory, which is made if need be")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise CommandError(
            f"{flag(name)}: cannot write to {str(out)!r}: {getattr(error, 'strerror', error)}"
        ) from error
