"""What is said of an error: our own refusals as they are; of other errors also where they were raised."""

import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import gymnasium
import numpy as np

from ..worlds import layers, place_of

_OURS = tuple(str(Path(__file__).parents[2] / name) for name in ("agent", "envs"))
_LIBRARIES = (*_OURS, *(str(Path(module.__file__ or "").parent) for module in (gymnasium, np)), "<frozen ")
_STANDARD, _INSTALLED = sysconfig.get_path("stdlib"), ("site-packages", "dist-packages")


def explained(error: BaseException) -> str:
    """Say in one line what went wrong, and in which line of which file, unless it is a refusal of our own.

    The file is the deepest one of the world's own code that the error came through; where Gymnasium could not handle
    what the world returned, that of the method which returned it.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f"SyntaxError: {error.msg} ({error.filename}, line {error.lineno})"
    text, place, last = " ".join(str(error).split()), _theirs(error), _last(error.__traceback__)
    if isinstance(error, ValueError) and _is_ours(error):
        return text if place is None else f"{text} ({place})"
    at_last = "nowhere" if last is None else f"{last.tb_frame.f_code.co_filename}, line {last.tb_lineno}"
    return f"{type(error).__name__}: {text} ({place or _given(last) or at_last})"


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Turn whatever goes wrong in this block, in anybody's code, into a refusal of one line.

    Raises:
        ValueError: `what` went wrong, and where.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        said = explained(error)
        is_refusal = isinstance(error, ValueError) and _is_ours(error)
        raise ValueError(said if is_refusal else f"{what}: {said}") from error


def _is_ours(error: BaseException) -> bool:
    """Whether an error was raised in code of ours."""
    last = _last(error.__traceback__)
    return last is not None and last.tb_frame.f_code.co_filename.startswith(_OURS)


def _theirs(error: BaseException) -> str | None:
    """The deepest line, on the way from us to an error or to its causes, of code neither ours nor of a library."""
    cause: BaseException | None = error
    while cause is not None:
        for frame in reversed(traceback.extract_tb(cause.__traceback__)):
            if frame.filename.startswith(_OURS):
                break  # who called us has nothing to do with it
            if not _is_library(frame.filename):
                return f"{frame.filename}, line {frame.lineno}"
        cause = cause.__cause__
    return None


def _is_library(name: str) -> bool:
    is_standard = name.startswith(_STANDARD) and not any(folder in name for folder in _INSTALLED)
    return is_standard or name.startswith(_LIBRARIES)


def _given(last: TracebackType | None) -> str | None:
    """The method of a world whose result makes a wrapper of Gymnasium fail."""
    if last is None or last.tb_frame.f_code.co_name not in ("step", "reset"):
        return None
    wrapper = last.tb_frame.f_locals.get("self")
    if not isinstance(wrapper, gymnasium.Wrapper):
        return None
    places = (place_of(layer, last.tb_frame.f_code.co_name) for layer in layers(wrapper.env))
    return next((place for place in places if place is not None and not _is_library(place)), None)


def _last(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace
