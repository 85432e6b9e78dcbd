"""An experiment of the literature, beside what was published of it: `python -m agent.reproduce EXPERIMENT`.

Parses, wires, and nothing else. What is heavy is imported once an experiment starts, so that `--help` answers at once.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import command_line, config, names
from agent.command_line import DONE, INTERRUPTED
from agent.experiments import EXPERIMENTS
from agent.options import ReproduceOptions, check_counts

if TYPE_CHECKING:
    from agent.reproducing import Reproduction

DESCRIPTION = """\
Live through an experiment of the literature, beside what was published of it.

  The last line printed is the directory of the result: config.json,
  reproduction.json, curves.npz and figures/. The same experiment again finds
  the finished result.

  python -m agent.reproduce --list
  python -m agent.reproduce little-sommer-2013
  python -m agent.reproduce river-swim-2008 --seeds 100
"""

FILES = "reproduction.json", "curves.npz"
MARKS = "reproduction.json", "partial.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives its exit status."""
    return command_line.guarded(lambda: _command(arguments))


def _command(arguments: Sequence[str] | None) -> int:
    options = command_line.parse(ReproduceOptions, arguments, "python -m agent.reproduce", DESCRIPTION)
    if options.list:
        print_experiments()
        return DONE
    with command_line.bad_input():
        names.known("experiment", options.experiment, EXPERIMENTS)
        check_counts(options)
        from agent.making import check_memory

        check_memory(options)
    from agent.compiled import is_cold
    from agent.report import note, note_compilation

    must_compile = is_cold()
    resolved = {"experiment": options.experiment, "seeds": options.seeds, **asdict(EXPERIMENTS[options.experiment])}
    directory = Path(options.out) / config.directory_name(resolved)
    command_line.make_writable(Path(options.out))
    told = None if options.force else _finished(directory)
    if told is not None:
        note("found the finished result of this very experiment (--force: do it again)", options.quiet)
        return _tell(told, directory, options.quiet)
    note_compilation(must_compile, options.quiet)
    return execute(resolved, directory, options.workers, options.quiet)


def print_experiments() -> None:
    """Print every experiment: what it found, and where it was published."""
    for name, experiment in EXPERIMENTS.items():
        print(f"{name}\n  {experiment.claim}\n  {experiment.source}")


def execute(resolved: Mapping[str, Any], directory: Path, workers: int | None, quiet: bool) -> int:
    """Live through an experiment, then write, draw and print; gives the exit status."""
    from agent import report, storage
    from agent.reproducing import Reproduction, reproduce

    name, seeds = resolved["experiment"], resolved["seeds"]
    experiment = EXPERIMENTS[name]
    with report.progress_of_runs(len(Reproduction(experiment, seeds).tasks), quiet) as done, command_line.bad_input():
        reproduction = reproduce(experiment, seeds, workers, done)
    told = _told(name, reproduction)
    if reproduction.complete:
        with command_line.storing(directory):
            _write(resolved, told, reproduction, directory)
        return _tell(told, directory, quiet)
    if not reproduction.curves or (directory / FILES[0]).is_file():
        report.note("interrupted: nothing was written")
        return INTERRUPTED
    with command_line.storing(directory):
        storage.withdraw(directory, *MARKS)
        storage.write_json(directory / "config.json", config.to_store(resolved))
        finished = {label: len(reproduction.of(label)) for label in dict(reproduction.tasks)}
        storage.write_json(directory / "partial.json", told | {"partial": True, "finished": finished})
    report.note(f"interrupted: {len(reproduction.curves)} finished lives were kept in {directory / 'partial.json'}")
    print(directory)
    return INTERRUPTED


def _finished(directory: Path) -> dict[str, Any] | None:
    """Return the finished result that is there, if it can be read."""
    from agent import report, storage

    try:
        return storage.read_finished(directory, *FILES)
    except ValueError as error:
        report.note(f"{error}; doing it again")
        return None


def _told(name: str, reproduction: "Reproduction") -> dict[str, Any]:
    """Return what `reproduction.json` holds."""
    from agent.reproducing import MEASURES

    experiment = reproduction.experiment
    about = {key: getattr(experiment, key) for key in ("source", "claim", "differs")}
    measure = MEASURES[experiment.measure].label
    return {"experiment": name, **about, "seeds": reproduction.seeds, "measure": measure, "arms": reproduction.told()}


def _write(resolved: Mapping[str, Any], told: Mapping[str, Any], reproduction: "Reproduction", directory: Path) -> None:
    """Write all of a result, `reproduction.json` last: its presence means that the rest is there."""
    from agent import figures, storage

    storage.withdraw(directory, *MARKS)
    storage.write_json(directory / "config.json", config.to_store(resolved))
    curves = {label: reproduction.of(label) for label in dict(reproduction.tasks)}
    storage.write_arrays(directory / "curves.npz", {"step": reproduction.points, **curves})
    figure = figures.reproduction_curves(reproduction.points, curves, told)
    with storage.whole_directory(directory / "figures") as folder:
        figures.save(figure, folder / "reproduction.png")
    storage.write_json(directory / FILES[0], told)


def _tell(told: Mapping[str, Any], directory: Path, quiet: bool) -> int:
    from agent import report

    if not quiet:
        report.print_reproduction(told)
    print(directory)
    return DONE


if __name__ == "__main__":
    sys.exit(main())
