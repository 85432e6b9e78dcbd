"""A study: many lives, stored as one result; found again, kept when interrupted, drawn and told.

`python -m agent.compare` and `python -m agent.reproduce` make studies. They differ in which lives they play, what their
mark holds, and how that is drawn and printed: a `Kind` says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..results import directory_names, provenance
from .command_line import DONE, FAILED, CommandError, make_writable, storing
from .options import ResultOptions

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure

CURVES = "curves.npz"


@dataclass(frozen=True)
class Study:
    """What is stored of many lives.

    Attributes:
        config: what was asked for.
        figures: what the mark holds.
        curves: the arrays of `curves.npz`.
    """

    config: Mapping[str, Any]
    figures: Mapping[str, Any]
    curves: "Mapping[str, np.ndarray]"


class Lives(Protocol):
    """Lives that were played: all that were asked for, unless there was a failure or an interruption."""

    failure: str | None
    status: int

    @property
    def complete(self) -> bool:
        """Whether every life was finished."""
        ...


@dataclass(frozen=True)
class Kind:
    """What sort of study a command makes.

    Attributes:
        name: of the result, in messages.
        request: what the result is found again by, in messages: a configuration, an experiment.
        lives: what its lives are called, in messages.
        num_finished: number of finished lives, from the content of a partial mark.
        draw: makes the figures, by name.
        show: prints the figures of a mark; None: nothing is printed of them.
    """

    name: str
    request: str
    lives: str
    num_finished: Callable[[Mapping[str, Any]], int]
    draw: "Callable[[Study], Mapping[str, Figure]]"
    show: Callable[[Mapping[str, Any]], None] | None

    @property
    def mark(self) -> str:
        """The file that marks a finished one."""
        return f"{self.name}.json"


def make(kind: Kind, config: Mapping[str, Any], options: ResultOptions, play: Callable[[Path], int]) -> int:
    """Find a study that was made before, or make it; gives the exit status.

    Args:
        kind: which sort it is.
        config: what is asked for, resolved.
        options: where it goes, whether it is made again, what is drawn and printed.
        play: makes it, in the directory given; gives the exit status.
    """
    from ..compilation.compiled import is_cold
    from ..reports.terminal import note_compilation
    from . import found_results

    must_compile = is_cold()
    directory = Path(options.out) / directory_names.directory_name(config)
    found = found_results.find(directory, kind.mark, lambda: load(kind, directory), options.force)
    if found is not None:
        found_results.tell(kind.name, kind.request, [found.config], options.quiet)
        return tell(kind, found, directory, options)
    make_writable(Path(options.out))
    note_compilation(must_compile, options.quiet)
    return play(directory)


def check(kind: Kind, config: Mapping[str, Any], options: ResultOptions) -> None:
    """Refuse what is in the way of a study that is still to be made, before others are.

    Raises:
        CommandError: it could not be stored in the end.
    """
    from ..results import marks
    from . import found_results

    directory = Path(options.out) / directory_names.directory_name(config)
    if options.force or not marks.is_there(directory, kind.mark):
        found_results.check(directory)


def load(kind: Kind, directory: Path) -> Study:
    """Read a finished study.

    Raises:
        ValueError: one line naming the file and what is wrong with it.
    """
    from ..results import marks

    stored = marks.load(directory, kind.mark, CURVES)
    curves = stored.arrays(CURVES)
    stored.check()
    return Study(stored.config, stored.content, curves)


def write(kind: Kind, study: Study, directory: Path) -> None:
    """Store a finished study."""
    from ..results import marks, replacement

    with storing(directory), replacement.replacing(directory, kind.mark, marks.PARTIAL) as new:
        new.config(study.config)
        new.arrays(CURVES, study.curves)
        new.commit(kind.mark, study.figures, marks.PARTIAL)


def keep(kind: Kind, lives: Lives, config: Mapping[str, Any], partial: Mapping[str, Any], directory: Path) -> int:
    """Keep what was finished before an interruption or a failure, unless there is more; gives the exit status.

    Args:
        kind: which sort of study it was to be.
        lives: what was played.
        config: the resolved configuration.
        partial: what its mark is to hold.
        directory: of the result.

    Raises:
        CommandError: a life failed.
    """
    from ..reports.terminal import note

    num_finished = kind.num_finished(partial)
    place = f"none of the {kind.lives} was finished, nothing was written"
    if num_finished > 0:
        with storing(directory):
            place = _kept(kind, config, partial, directory)
    if lives.failure is not None:
        raise CommandError(f"{lives.failure}: {place}", FAILED)
    note(f"interrupted: {place}")
    if num_finished > 0:
        print(directory)
    return lives.status


def _kept(kind: Kind, config: Mapping[str, Any], partial: Mapping[str, Any], directory: Path) -> str:
    """Store finished lives, unless there is more; say where they are."""
    from ..results import marks, replacement

    num_finished, files = kind.num_finished(partial), {kind.mark: (CURVES,), marks.PARTIAL: ()}
    with replacement.replacing(directory, *files) as new:
        if mark := replacement.better(directory, files, kind.num_finished, num_finished):
            return replacement.left(kind.name, mark, directory)
        new.config(provenance.to_store(config))
        new.commit(marks.PARTIAL, {**partial, "partial": True}, kind.mark)
    were = "was" if num_finished == 1 else "were"
    return f"{num_finished} of the {kind.lives} {were} finished, and kept in {directory / marks.PARTIAL}"


def draw(kind: Kind, study: Study, directory: Path, formats: Sequence[str]) -> None:
    """Draw the figures, where they are not there."""
    from ..reports.figures import save
    from ..results import replacement

    if replacement.is_drawn(directory, kind.mark, formats):
        return
    figures = kind.draw(study)

    def paint(folder: Path) -> None:
        for name, figure in figures.items():
            save(figure, folder / f"{name}.png", formats)

    with storing(directory):
        replacement.draw(directory, kind.mark, paint)


def tell(kind: Kind, study: Study, directory: Path, options: ResultOptions) -> int:
    """Print, and draw the figures, where they are not there; gives the exit status."""
    if not options.quiet and kind.show is not None:
        kind.show(study.figures)
    draw(kind, study, directory, options.figure_format)
    print(directory)
    return DONE
