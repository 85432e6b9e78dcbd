"""An experiment of the literature, beside what was published of it: `python -m agent.reproduce EXPERIMENT`.

Parses, wires, and nothing else. What is heavy is imported once an experiment starts, so that `--help` answers at once.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .experiments import command_line, study
from .experiments.command_line import DONE
from .experiments.comparisons.surveys import SURVEYS, Survey, options_of
from .experiments.options import ReproduceOptions, check_counts
from .experiments.papers import EXPERIMENTS
from .experiments.study import Kind, Study
from .results import provenance
from .validation import known

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .experiments.reproduction import Reproduction

DESCRIPTION = """\
Live through an experiment of the literature, beside what was published of it.

  The last line printed is the directory of the result: config.json,
  reproduction.json, curves.npz and figures/. The same experiment again finds
  the finished result.

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
        known("experiment", options.experiment, {**EXPERIMENTS, **SURVEYS})
        check_counts(options)
        from .experiments.setup import check_memory

        check_memory(options)
    if survey := SURVEYS.get(options.experiment):
        return _survey(survey, options)
    resolved = {"experiment": options.experiment, "seeds": options.seeds, **asdict(EXPERIMENTS[options.experiment])}
    return study.make(KIND, resolved, options, lambda directory: execute(resolved, directory, options))


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
        reproduction = reproduce(experiment, seeds, options.workers, done)
    figures, labels = _figures(name, reproduction), list(dict(reproduction.tasks))
    if not reproduction.complete:
        finished = {label: len(reproduction.of(label)) for label in labels}
        return study.keep(KIND, reproduction, resolved, figures | {"finished": finished}, directory)
    curves = {"step": reproduction.points} | {label: reproduction.of(label) for label in labels}
    reproduced = Study(provenance.to_store(resolved), figures, curves)
    study.write(KIND, reproduced, directory)
    return study.tell(KIND, reproduced, directory, options)


def _figures(name: str, reproduction: "Reproduction") -> dict[str, Any]:
    """Return what `reproduction.json` holds."""
    from .experiments.reproduction import MEASURES

    experiment = reproduction.experiment
    about = {key: getattr(experiment, key) for key in ("source", "claim", "differs")}
    measure = MEASURES[experiment.measure].label
    return {
        "experiment": name,
        **about,
        "seeds": reproduction.seeds,
        "measure": measure,
        "arms": reproduction.statistics(),
    }


def _draw(reproduced: Study) -> "dict[str, Figure]":
    from .reports.learning_curves import reproduction_curves

    curves = dict(reproduced.curves)
    return {"reproduction": reproduction_curves(curves.pop("step"), curves, reproduced.figures)}


def _show(figures: Mapping[str, Any]) -> None:
    from .reports.terminal import print_reproduction

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
    sys.exit(main())
