"""An experiment of the literature, beside what was published of it: `python -m agent.reproduce EXPERIMENT`.

Parses, wires, and nothing else. What is heavy is imported once an experiment starts, so that `--help` answers at once.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import registry
from .experiments import command_line, config
from .experiments.command_line import DONE, FAILED, CommandError
from .experiments.options import ReproduceOptions, check_counts
from .experiments.papers import EXPERIMENTS

if TYPE_CHECKING:
    import numpy as np

    from .experiments.reproduction import Reproduction

DESCRIPTION = """\
Live through an experiment of the literature, beside what was published of it.

  The last line printed is the directory of the result: config.json,
  reproduction.json, curves.npz and figures/. The same experiment again finds
  the finished result.

  {prog} --list
  {prog} little-sommer-2013
  {prog} river-swim-2008 --seeds 100
"""

FINISHED, CURVES = "reproduction.json", "curves.npz"


def main(arguments: Sequence[str] | None = None, prog: str = "python -m agent.reproduce") -> int:
    """Run the command, which calls itself `prog`; gives its exit status."""
    return command_line.guarded(lambda: _command(arguments, prog))


def _command(arguments: Sequence[str] | None, prog: str) -> int:
    options = command_line.parse(ReproduceOptions, arguments, prog, DESCRIPTION)
    if options.list:
        print_experiments()
        return DONE
    with command_line.bad_input():
        registry.known("experiment", options.experiment, EXPERIMENTS)
        check_counts(options)
        from .experiments.setup import check_memory

        check_memory(options)
    from .compilation.compiled import is_cold
    from .reports.terminal import found, note_compilation, note_found

    must_compile = is_cold()
    resolved = {"experiment": options.experiment, "seeds": options.seeds, **asdict(EXPERIMENTS[options.experiment])}
    directory = Path(options.out) / config.directory_name(resolved)
    command_line.make_writable(Path(options.out))
    stored = None if options.force else found(directory, FINISHED, lambda: load(directory))
    if stored is not None:
        note_found("result", "experiment", [stored.config], options.quiet)
        return _tell(stored, directory, options.quiet)
    note_compilation(must_compile, options.quiet)
    return execute(resolved, directory, options.workers, options.quiet)


def print_experiments() -> None:
    """Print every experiment: what it found, and where it was published."""
    for name, experiment in EXPERIMENTS.items():
        print(f"{name}\n  {experiment.claim}\n  {experiment.source}")


@dataclass(frozen=True)
class Reproduced:
    """What is stored of a reproduction.

    Attributes:
        config: what was asked for.
        told: what `reproduction.json` holds.
        curves: the arrays of `curves.npz`.
    """

    config: Mapping[str, Any]
    told: Mapping[str, Any]
    curves: "Mapping[str, np.ndarray]"


def execute(resolved: Mapping[str, Any], directory: Path, workers: int | None, quiet: bool) -> int:
    """Live through an experiment, then write, draw and print; gives the exit status."""
    from .experiments.reproduction import Reproduction, reproduce
    from .reports import terminal

    name, seeds = resolved["experiment"], resolved["seeds"]
    experiment = EXPERIMENTS[name]
    with terminal.progress_of_runs(len(Reproduction(experiment, seeds).tasks), quiet) as done, command_line.bad_input():
        reproduction = reproduce(experiment, seeds, workers, done)
    with command_line.storing(directory):
        reproduced = _write(resolved, reproduction, directory) if reproduction.complete else None
        place = _keep(resolved, reproduction, directory) if reproduction.curves and reproduced is None else None
    if reproduced is not None:
        return _tell(reproduced, directory, quiet)
    told = place or "nothing was written"
    if reproduction.failure is not None:
        raise CommandError(f"{reproduction.failure}: {told}", FAILED)
    terminal.note(f"interrupted: {told}")
    if place is not None:
        print(directory)
    return reproduction.status


def load(directory: Path) -> Reproduced:
    """Read a finished reproduction.

    Raises:
        ValueError: one line naming the file and what is wrong with it.
    """
    from .results import marks

    stored = marks.load(directory, FINISHED, CURVES)
    curves = stored.arrays(CURVES)
    stored.check()
    return Reproduced(stored.config, stored.content, curves)


def _told(name: str, reproduction: "Reproduction") -> dict[str, Any]:
    """Return what `reproduction.json` holds."""
    from .experiments.reproduction import MEASURES

    experiment = reproduction.experiment
    about = {key: getattr(experiment, key) for key in ("source", "claim", "differs")}
    measure = MEASURES[experiment.measure].label
    return {"experiment": name, **about, "seeds": reproduction.seeds, "measure": measure, "arms": reproduction.told()}


def _write(resolved: Mapping[str, Any], reproduction: "Reproduction", directory: Path) -> Reproduced:
    from .results import marks

    stored, told = config.to_store(resolved), _told(resolved["experiment"], reproduction)
    curves = {label: reproduction.of(label) for label in dict(reproduction.tasks)}
    curves = {"step": reproduction.points, **curves}
    with marks.replacing(directory, FINISHED, marks.PARTIAL) as new:
        new.config(stored)
        new.arrays(CURVES, curves)
        new.commit(FINISHED, told, marks.PARTIAL)
    return Reproduced(stored, told, curves)


def _keep(resolved: Mapping[str, Any], reproduction: "Reproduction", directory: Path) -> str | None:
    """Store the finished lives of an interrupted reproduction and say where; None where there is more already."""
    from .results import marks

    finished = {label: len(reproduction.of(label)) for label in dict(reproduction.tasks)}
    marks = {FINISHED: (CURVES,), marks.PARTIAL: ()}
    with marks.replacing(directory, *marks) as new:
        if marks.better(directory, marks, lambda there: sum(there["finished"].values()), len(reproduction.curves)):
            return None
        new.config(config.to_store(resolved))
        told = _told(resolved["experiment"], reproduction)
        new.commit(marks.PARTIAL, told | {"partial": True, "finished": finished}, FINISHED)
    return f"{len(reproduction.curves)} finished lives were kept in {directory / marks.PARTIAL}"


def _tell(reproduced: Reproduced, directory: Path, quiet: bool) -> int:
    """Draw the figures, where they are not there, and print."""
    from .reports import learning_curves, terminal
    from .results import marks

    if not marks.is_drawn(directory, FINISHED):
        curves = dict(reproduced.curves)
        figure = learning_curves.reproduction_curves(curves.pop("step"), curves, reproduced.told)
        with command_line.storing(directory):
            marks.draw(directory, FINISHED, lambda folder: learning_curves.save(figure, folder / "reproduction.png"))
    if not quiet:
        terminal.print_reproduction(reproduced.told)
    print(directory)
    return DONE


if __name__ == "__main__":
    sys.exit(main())
