"""Several agents over many seeds, with intervals: `python -m agent.compare --env grid --agents curious random`.

Parses, wires, and nothing else. What is heavy is imported once a comparison starts, so that `--help` answers at once.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .experiments import command_line, study
from .experiments.options import CompareOptions, check_numbers
from .experiments.study import Kind, Study
from .parts import own_parts
from .results import provenance

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure

DESCRIPTION = """\
Let several agents live through the same seeds: means with 95 % intervals.

  Every agent carries the same belief: what differs is where it goes. The last
  line printed is the directory of the result: config.json, comparison.json,
  curves.npz and figures/. The same configuration again finds the finished
  result.

  {prog} --env grid --agents curious random --seeds 20
  {prog} --env cliques --agents curious greedy count random
  {prog} --env lock --first-seed 100 --env-kwargs num_states=9
"""


def main(arguments: Sequence[str] | None = None, prog: str = "python -m agent.compare") -> int:
    """Run the command, which calls itself `prog`; gives its exit status."""
    return command_line.guarded(lambda: _command(arguments, prog))


def _command(arguments: Sequence[str] | None, prog: str) -> int:
    options = command_line.parse(CompareOptions, arguments, prog, DESCRIPTION)
    if options.list is not None:
        return command_line.print_lists(options.list)
    with command_line.bad_input():
        resolved = prepare(options)
    return study.make(
        KIND,
        resolved,
        options.out,
        options.force,
        options.quiet,
        lambda directory: execute(resolved, directory, options.workers, options.quiet),
    )


def prepare(options: CompareOptions) -> dict[str, Any]:
    """Check what was asked for, down to making the world and the agents, and resolve it.

    Raises:
        ValueError: something about it is wrong.
    """
    check_numbers(options)
    if not options.agents:
        raise ValueError("--agents: got none, expected at least one agent")
    from .experiments.setup import check_parts, resolve, with_own_files

    check_parts(options, {"agent": options.agents})
    for name in options.agents:
        if options.agents.count(name) > 1:
            raise ValueError(f"--agents: got {name!r} more than once, expected different agents")
    parts = {name: own_parts(name, options.bonus, options.planner) for name in options.agents}
    return with_own_files(resolve(options, options.agents, options.first_seed) | {"parts": parts})


def execute(resolved: Mapping[str, Any], directory: Path, workers: int | None, quiet: bool) -> int:
    """Play every agent on every seed, then write, draw and print; gives the exit status."""
    from .experiments.many_seeds import play_seeds
    from .reports import terminal
    from .results.comparison import compare_agents

    num_runs = len(resolved["agents"]) * resolved["seeds"]
    with terminal.progress_of_runs(num_runs, quiet) as done, command_line.bad_input():
        seeds = play_seeds(resolved, workers, done)
    for remark in seeds.remarks:
        terminal.note(remark, quiet)
    if seeds.failure is not None or not seeds.complete:
        return study.keep(KIND, seeds, resolved, seeds.partial(), directory)
    figures = compare_agents(resolved["env"], resolved["steps"], seeds.summaries())
    figures |= {"unknown": seeds.unknown, "remarks": seeds.remarks}
    comparison = Study(provenance.to_store(resolved), figures, seeds.curves())
    study.write(KIND, comparison, directory)
    return study.tell(KIND, comparison, directory, quiet)


def _draw(comparison: Study) -> "Figure":
    from .reports.learning_curves import comparison_curves

    figures = comparison.figures
    return comparison_curves(
        _columns(comparison), _crossings(comparison), figures["steps"], figures["env"], figures.get("unknown")
    )


def _show(figures: Mapping[str, Any]) -> None:
    from .reports.rules import print_leaders
    from .reports.terminal import print_comparison

    print_comparison(figures)
    print_leaders(figures)


def _columns(comparison: Study) -> "dict[str, list[dict[str, np.ndarray]]]":
    """Return each agent's metric columns of every seed."""
    from .results.schema import METRICS

    curves, columns = comparison.curves, METRICS[1:]
    return {
        name: [
            {"step": curves["step"]} | {column: curves[f"{name}/{column}"][i] for column in columns}
            for i in range(len(curves["seed"]))
        ]
        for name in comparison.figures["agents"]
    }


def _crossings(comparison: Study) -> dict[str, list[dict[str, int | None]]]:
    """Return each agent's steps to every level on every seed, None where it did not get there."""
    return {
        name: [
            {
                level: int(step) if step == step else None
                for level, step in zip(agent["steps_to_fraction"], row, strict=True)
            }
            for row in comparison.curves[f"{name}/steps_to_fraction"]
        ]
        for name, agent in comparison.figures["agents"].items()
    }


KIND = Kind(
    name="comparison",
    request="configuration",
    lives="runs",
    num_finished=lambda partial: sum(map(len, partial["agents"].values())),
    draw=_draw,
    show=_show,
)


if __name__ == "__main__":
    sys.exit(main())
