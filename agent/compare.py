"""Several agents over many seeds, with intervals: `python -m agent.compare --env grid --agents curious random`.

Parses, wires, and nothing else. What is heavy is imported once a comparison starts, so that `--help` answers at once.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .experiments import command_line, config
from .experiments.command_line import DONE, FAILED, CommandError
from .experiments.options import CompareOptions, check_numbers
from .parts import own_parts

if TYPE_CHECKING:
    import numpy as np

    from .experiments.many_seeds import Seeds

DESCRIPTION = """\
Let several agents live through the same seeds: means with 95 % intervals.

  Every agent carries the same belief: what differs is where it goes. The last
  line printed is the directory of the result: config.json, comparison.json,
  curves.npz and figures/. The same configuration again finds the finished
  result.

  python -m agent.compare --env grid --agents curious random --seeds 20
  python -m agent.compare --env cliques --agents curious greedy count random
  python -m agent.compare --env lock --first-seed 100 --env-kwargs num_states=9
"""


FINISHED, CURVES = "comparison.json", "curves.npz"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives its exit status."""
    return command_line.guarded(lambda: _command(arguments))


def _command(arguments: Sequence[str] | None) -> int:
    options = command_line.parse(CompareOptions, arguments, "python -m agent.compare", DESCRIPTION)
    if options.list is not None:
        return command_line.print_lists(options.list)
    from .compilation.compiled import is_cold
    from .reports.terminal import note_compilation

    must_compile = is_cold()
    with command_line.bad_input():
        resolved = prepare(options)
    directory = Path(options.out) / config.directory_name(resolved)
    command_line.make_writable(Path(options.out))
    note_compilation(must_compile, options.quiet)
    from .reports import terminal

    found = None if options.force else terminal.found(directory, FINISHED, lambda: load(directory))
    if found is None:
        return execute(resolved, directory, options.workers, options.quiet)
    terminal.note_found("comparison", "configuration", [found.config], options.quiet)
    return _tell(found, directory, options.quiet)


def prepare(options: CompareOptions) -> dict[str, Any]:
    """Check what was asked for, down to making the world and the agents, and resolve it.

    Raises:
        ValueError: Something about it is wrong.
    """
    check_numbers(options)
    if not options.agents:
        raise ValueError("--agents: got none, expected at least one agent")
    from .experiments.setup import check_parts, resolve

    check_parts(options, {"agent": options.agents})
    for name in options.agents:
        if options.agents.count(name) > 1:
            raise ValueError(f"--agents: got {name!r} more than once, expected different agents")
    parts = {name: own_parts(name, options.bonus, options.planner) for name in options.agents}
    return resolve(options, options.agents, options.first_seed) | {"parts": parts}


@dataclass(frozen=True)
class Comparison:
    """What is stored of a comparison.

    Attributes:
        config: what was asked for.
        figures: what `comparison.json` holds.
        curves: the arrays of `curves.npz`.
    """

    config: Mapping[str, Any]
    figures: Mapping[str, Any]
    curves: "Mapping[str, np.ndarray]"


def execute(resolved: Mapping[str, Any], directory: Path, workers: int | None, quiet: bool) -> int:
    """Play every agent on every seed, then write, draw and print; gives the exit status."""
    from .experiments.many_seeds import play_seeds
    from .reports import terminal

    num_runs = len(resolved["agents"]) * resolved["seeds"]
    with terminal.progress_of_runs(num_runs, quiet) as done, command_line.bad_input():
        seeds = play_seeds(resolved, workers, done)
    for remark in seeds.remarks:
        terminal.note(remark, quiet)
    if seeds.failure is not None or not seeds.complete:
        return _keep(resolved, seeds, directory)
    with command_line.storing(directory):
        comparison = _write(resolved, seeds, directory)
    return _tell(comparison, directory, quiet)


def load(directory: Path) -> Comparison:
    """Read a finished comparison.

    Raises:
        ValueError: one line naming the file and what is wrong with it.
    """
    from .results import marks

    stored = marks.load(directory, FINISHED, CURVES)
    curves = stored.arrays(CURVES)
    stored.check()
    return Comparison(stored.config, stored.content, curves)


def _write(resolved: Mapping[str, Any], seeds: "Seeds", directory: Path) -> Comparison:
    from .results import marks, seed_statistics

    stored = config.to_store(resolved)
    comparison = seed_statistics.comparison(resolved["env"], resolved["steps"], seeds.summaries())
    comparison |= {"unknown": seeds.unknown, "remarks": seeds.remarks}
    curves = seeds.curves()
    with marks.replacing(directory, FINISHED, marks.PARTIAL) as new:
        new.config(stored)
        new.arrays(CURVES, curves)
        new.commit(FINISHED, comparison, marks.PARTIAL)
    return Comparison(stored, comparison, curves)


def _keep(resolved: Mapping[str, Any], seeds: "Seeds", directory: Path) -> int:
    """Keep what was finished before an interruption or a failure as `partial.json`, unless there is more."""
    from .reports import terminal

    num_runs = _num_runs(seeds.partial())
    place = "no run was finished, nothing was written"
    if num_runs > 0:
        with command_line.storing(directory):
            place = _kept(resolved, seeds.partial(), directory)
    if seeds.failure is not None:
        raise CommandError(f"{seeds.failure}: {place}", FAILED)
    terminal.note(f"interrupted: {place}")
    if num_runs > 0:
        print(directory)
    return seeds.status


def _kept(resolved: Mapping[str, Any], partial: Mapping[str, Any], directory: Path) -> str:
    """Store the finished runs of an interrupted comparison, unless there is more; say where they are."""
    from .results import marks

    num_runs, marks = _num_runs(partial), {FINISHED: (CURVES,), marks.PARTIAL: ()}
    with marks.replacing(directory, *marks) as new:
        if mark := marks.better(directory, marks, _num_runs, num_runs):
            return marks.left("comparison", mark, directory)
        new.config(config.to_store(resolved))
        new.commit(marks.PARTIAL, partial, FINISHED)
    return f"{num_runs} finished runs were kept in {directory / marks.PARTIAL}"


def _num_runs(partial: Mapping[str, Any]) -> int:
    return sum(map(len, partial["agents"].values()))


def _tell(comparison: Comparison, directory: Path, quiet: bool) -> int:
    """Draw the figures, where they are not there, and print."""
    from .reports import learning_curves, terminal
    from .results import marks

    if not marks.is_drawn(directory, FINISHED):
        budget, env = comparison.figures["steps"], comparison.figures["env"]
        figure = learning_curves.comparison_curves(
            _columns(comparison), _crossings(comparison), budget, env, comparison.figures.get("unknown")
        )
        with command_line.storing(directory):
            marks.draw(directory, FINISHED, lambda folder: learning_curves.save(figure, folder / "comparison.png"))
    if not quiet:
        terminal.print_comparison(comparison.figures)
    print(directory)
    return DONE


def _columns(comparison: Comparison) -> "dict[str, list[dict[str, np.ndarray]]]":
    """Return each agent's metric columns of every seed."""
    from .results.run_directory import METRICS

    curves, columns = comparison.curves, METRICS[1:]
    return {
        name: [
            {"step": curves["step"]} | {column: curves[f"{name}/{column}"][i] for column in columns}
            for i in range(len(curves["seed"]))
        ]
        for name in comparison.figures["agents"]
    }


def _crossings(comparison: Comparison) -> dict[str, list[dict[str, int | None]]]:
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


if __name__ == "__main__":
    sys.exit(main())
