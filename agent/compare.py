"""Several agents over many seeds, with intervals: `python -m agent.compare --env grid --agents curious random`.

Parses, wires, and nothing else. What is heavy is imported once a comparison starts, so that `--help` answers at once.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import command_line, config, names
from agent.command_line import DONE, FAILED, INTERRUPTED, CommandError
from agent.options import CompareOptions, check_numbers

if TYPE_CHECKING:
    from agent.seeds import Seeds

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


FILES = "comparison.json", "curves.npz"
MARKS = "comparison.json", "partial.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives its exit status."""
    return command_line.guarded(lambda: _command(arguments))


def _command(arguments: Sequence[str] | None) -> int:
    options = command_line.parse(CompareOptions, arguments, "python -m agent.compare", DESCRIPTION)
    from agent.compiled import is_cold
    from agent.report import note_compilation

    must_compile = is_cold()
    with command_line.bad_input():
        resolved = prepare(options)
    directory = Path(options.out) / config.directory_name(resolved)
    command_line.make_writable(Path(options.out))
    note_compilation(must_compile, options.quiet)
    comparison = None if options.force else _finished(directory)
    if comparison is None:
        return execute(resolved, directory, options.workers, options.quiet)
    from agent import report

    report.note("found the finished comparison of this very configuration (--force: do it again)", options.quiet)
    return _tell(comparison, directory, options.quiet)


def prepare(options: CompareOptions) -> dict[str, Any]:
    """Check what was asked for, down to making the world and the agents, and resolve it.

    Raises:
        ValueError: Something about it is wrong.
    """
    check_numbers(options)
    if not options.agents:
        raise ValueError("--agents: got none, expected at least one agent")
    for name in options.agents:
        names.known("agent", name, names.AGENTS)
        if options.agents.count(name) > 1:
            raise ValueError(f"--agents: got {name!r} more than once, expected different agents")
    from agent.making import resolve

    parts = {name: names.parts(name, options.bonus, options.planner) for name in options.agents}
    return resolve(options, options.agents, options.first_seed) | {"parts": parts}


def execute(resolved: Mapping[str, Any], directory: Path, workers: int | None, quiet: bool) -> int:
    """Play every agent on every seed, then write, draw and print; gives the exit status."""
    from agent import report
    from agent.seeds import play_seeds

    num_runs = len(resolved["agents"]) * resolved["seeds"]
    with report.progress_of_runs(num_runs, quiet) as done, command_line.bad_input():
        seeds = play_seeds(resolved, workers, done)
    if seeds.failure is not None or not seeds.complete:
        return _keep(resolved, seeds, directory)
    with command_line.storing(directory):
        comparison = _write(resolved, seeds, directory)
    return _tell(comparison, directory, quiet)


def _finished(directory: Path) -> dict[str, Any] | None:
    """Return the finished comparison that is there, if it can be read."""
    from agent import report, storage

    try:
        return storage.read_finished(directory, *FILES)
    except ValueError as error:
        report.note(f"{error}; doing it again")
        return None


def _write(resolved: Mapping[str, Any], seeds: "Seeds", directory: Path) -> dict[str, Any]:
    """Write all of a comparison, `comparison.json` last: its presence means that the rest is there."""
    from agent import figures, metrics, storage

    storage.withdraw(directory, *MARKS)
    summaries = seeds.summaries()
    comparison = metrics.comparison(resolved["env"], resolved["steps"], summaries)
    storage.write_json(directory / "config.json", config.to_store(resolved))
    storage.write_arrays(directory / "curves.npz", seeds.curves())
    crossings = {name: [row["steps_to_fraction"] for row in rows] for name, rows in summaries.items()}
    figure = figures.comparison_curves(seeds.metrics(), crossings, resolved["steps"], resolved["env"])
    with storage.whole_directory(directory / "figures") as folder:
        figures.save(figure, folder / "comparison.png")
    storage.write_json(directory / "comparison.json", comparison)
    return comparison


def _keep(resolved: Mapping[str, Any], seeds: "Seeds", directory: Path) -> int:
    """Write what was finished before an interruption or a failure as `partial.json`."""
    from agent import report, storage

    summaries = seeds.summaries()
    num_runs = sum(map(len, summaries.values()))
    if num_runs == 0:
        place = "no run was finished, nothing was written"
    elif (directory / "comparison.json").is_file():
        place = f"the finished comparison in {directory} was left as it was"
    else:
        place = f"{num_runs} finished runs were kept in {directory / 'partial.json'}"
        with command_line.storing(directory):
            storage.withdraw(directory, *MARKS)
            storage.write_json(directory / "config.json", config.to_store(resolved))
            storage.write_json(directory / "partial.json", seeds.partial())
    if seeds.failure is not None:
        raise CommandError(f"{seeds.failure}: {place}", FAILED)
    report.note(f"interrupted: {place}")
    if num_runs > 0:
        print(directory)
    return INTERRUPTED


def _tell(comparison: Mapping[str, Any], directory: Path, quiet: bool) -> int:
    from agent import report

    if not quiet:
        report.print_comparison(comparison)
    print(directory)
    return DONE


if __name__ == "__main__":
    sys.exit(main())
