"""An experiment of the literature, beside what was published of it: `python -m agent.reproduce EXPERIMENT`.

Parses, wires, and nothing else. What is heavy is imported once an experiment starts, so that `--help` answers at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .experiments import command_line, study
from .experiments.command_line import DONE
from .experiments.comparisons.surveys import SURVEYS, Survey, options_of
from .experiments.config import check_counts
from .experiments.options import ReproduceOptions
from .experiments.papers import EXPERIMENTS
from .experiments.study import Kind, Study
from .interruption import end
from .results import directory_names, provenance
from .validation import known

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .experiments.reproduction import Reproduction

ALL, PAGE = "all", "literature.md"
QUICK, SURVEY_SEEDS = 2, 20
"""Seeds of a quick look, and of a survey if none are asked for."""
DESCRIPTION = """\
Live through an experiment of the literature, beside what was published of it.

  The last line printed is the directory of the result: config.json,
  reproduction.json, curves.npz and figures/. The same experiment again finds
  the finished result. The experiment `all` makes all those of papers, and
  writes a page of them.

  {prog} --list
  {prog} little-sommer-2013
  {prog} river-swim-2008 --seeds 100
  {prog} strategies --seeds 50
"""


def main(arguments: Sequence[str] | None = None, prog: str = "python -m agent.reproduce") -> int:
    """Run the command, which calls itself `prog`; gives its exit status."""
    return command_line.guarded(lambda: _command(arguments, prog))


def _command(arguments: Sequence[str] | None, prog: str) -> int:
    options = command_line.parse(ReproduceOptions, arguments, prog, DESCRIPTION)
    if options.list:
        print_experiments()
        return DONE
    with command_line.bad_input():
        known("experiment", options.experiment, {**EXPERIMENTS, **SURVEYS, ALL: None})
        check_counts(options)
        if options.quick and options.seeds is not None:
            raise ValueError(
                f"--quick: it takes {QUICK} seeds, and --seeds {options.seeds} was given; give one of them"
            )
        from .experiments.setup import check_memory

        check_memory(options)
    if survey := SURVEYS.get(options.experiment):
        return _survey(survey, replace(options, seeds=_num_seeds(options, SURVEY_SEEDS)))
    if options.experiment != ALL:
        return _paper(options.experiment, options)
    return _literature(options)


def _num_seeds(options: ReproduceOptions, otherwise: int) -> int:
    return QUICK if options.quick else otherwise if options.seeds is None else options.seeds


def _resolved(name: str, options: ReproduceOptions) -> dict[str, Any]:
    experiment = EXPERIMENTS[name]
    return {"experiment": name, **asdict(experiment), "seeds": _num_seeds(options, experiment.seeds)}


def _paper(name: str, options: ReproduceOptions) -> int:
    """Live through an experiment, or find it; gives the exit status."""
    resolved = _resolved(name, options)
    return study.make(KIND, resolved, options, lambda directory: execute(resolved, directory, options))


def _literature(options: ReproduceOptions) -> int:
    """Live through all experiments of papers, and write a page of what came of them; gives the exit status."""
    from .experiments.found_results import check_no_directory
    from .reports.papers.page import page
    from .results import storage

    target = Path(options.out) / PAGE
    check_no_directory(target, "out")
    for name in EXPERIMENTS:
        study.check(KIND, _resolved(name, options), options)
    for name in EXPERIMENTS:
        if (status := _paper(name, options)) != DONE:
            return status
    resolved = [_resolved(name, options) for name in EXPERIMENTS]
    found = [study.load(KIND, Path(options.out) / directory_names.directory_name(each)) for each in resolved]
    content = page([each.figures for each in found]).encode()
    if not target.is_file() or target.read_bytes() != content:
        with command_line.storing(target.parent):
            storage.write_bytes(target, content)
    print(target)
    return DONE


def _survey(survey: Survey, options: ReproduceOptions) -> int:
    """Compare the agents of a survey in its worlds; gives the exit status."""
    from .experiments.comparisons import making

    compared = options_of(survey, options)
    with command_line.bad_input():
        worlds = making.prepare(compared, survey.worlds)
    return making.make(worlds, compared)


def print_experiments() -> None:
    """Print every experiment: what it found, or is to find, and where it was published."""
    for name, experiment in EXPERIMENTS.items():
        print(f"{name}\n  {experiment.claim}\n  {experiment.source}")
    for name, survey in SURVEYS.items():
        print(f"{name}\n  {survey.question} {len(survey.agents)} strategies in {len(survey.worlds)} worlds")
        print(f"  {survey.source}")


def execute(resolved: Mapping[str, Any], directory: Path, options: ReproduceOptions) -> int:
    """Live through an experiment, then write, draw and print; gives the exit status."""
    from .experiments.reproduction import Reproduction, reproduce
    from .reports import terminal

    name, seeds = resolved["experiment"], resolved["seeds"]
    experiment = EXPERIMENTS[name]
    with (
        terminal.progress_of_runs(len(Reproduction(experiment, seeds).tasks), options.quiet) as done,
        command_line.bad_input(),
    ):
        reproduction = reproduce(experiment, seeds, options.workers, done, directory.parent, options.force)
    figures = _figures(name, reproduction)
    if not reproduction.complete:
        return study.keep(KIND, reproduction, resolved, figures | {"finished": reproduction.finished()}, directory)
    reproduced = Study(provenance.to_store(resolved), figures, reproduction.all_curves())
    study.write(KIND, reproduced, directory)
    return study.tell(KIND, reproduced, directory, options)


def _figures(name: str, reproduction: "Reproduction") -> dict[str, Any]:
    """Return what `reproduction.json` holds."""
    about = {key: getattr(reproduction.experiment, key) for key in ("source", "read", "claim", "differs")}
    return {"experiment": name, **about, "seeds": reproduction.seeds, "settings": reproduction.figures()}


def _draw(reproduced: Study) -> "dict[str, Figure]":
    from .reports.papers.curves import reproduction_curves

    return {"reproduction": reproduction_curves(reproduced.curves, reproduced.figures)}


def _show(figures: Mapping[str, Any]) -> None:
    from .reports.papers.tables import print_reproduction

    print_reproduction(figures)


KIND = Kind(
    name="reproduction",
    request="experiment",
    lives="lives",
    num_finished=lambda partial: sum(partial["finished"].values()),
    draw=_draw,
    show=_show,
)


if __name__ == "__main__":
    end(main())
