"""Several agents over many seeds, with intervals: `python -m agent.compare --env grid --agents curious random`.

Parses, wires, and nothing else. What is heavy is imported once a comparison starts, so that `--help` answers at once.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .experiments import command_line, study
from .experiments.command_line import DONE
from .experiments.options import CompareOptions, check_numbers
from .experiments.study import Kind, Study
from .parts import own_parts
from .results import directory_names, provenance

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure

DESCRIPTION = """\
Let several agents live through the same seeds: means with 95 % intervals.

  Every agent carries the same belief: what differs is where it goes. The last
  line printed is the directory of the result: config.json, comparison.json,
  curves.npz and figures/. The same configuration again finds the finished
  result. Of several worlds each has its comparison, and all have one table and
  one figure: profiles.json. Fix the seeds first: to look, and to go on until a
  difference shows, finds one where there is none.

  {prog} --env grid --agents curious random --seeds 20
  {prog} --env cliques --agents curious curious:discount=.95 count random
  {prog} --env lock four-rooms river-swim --seeds 20 --first-seed 100
"""


def main(arguments: Sequence[str] | None = None, prog: str = "python -m agent.compare") -> int:
    """Run the command, which calls itself `prog`; gives its exit status."""
    return command_line.guarded(lambda: _command(arguments, prog))


def _command(arguments: Sequence[str] | None, prog: str) -> int:
    options = command_line.parse(CompareOptions, arguments, prog, DESCRIPTION)
    if options.list is not None:
        return command_line.print_lists(options.list)
    with command_line.bad_input():
        worlds = prepare(options)
    status, several = DONE, len(worlds) > 1
    for resolved in worlds:
        if status == DONE:
            status = _compare(resolved, options, several)
    return _join(worlds, options) if several and status == DONE else status


def prepare(options: CompareOptions) -> list[dict[str, Any]]:
    """Check what was asked for, down to making the worlds and the agents, and resolve it; gives a comparison a world.

    Raises:
        ValueError: something about it is wrong.
    """
    check_numbers(options)
    if not options.agents:
        raise ValueError("--agents: got none, expected at least one agent")
    names = (options.env,) if isinstance(options.env, str) else options.env
    if not names:
        raise ValueError("--env: got none, expected at least one world")
    from .experiments.setup import check_parts, id_of, resolve, with_own_files

    check_parts(options, {"agent": options.agents})
    _check_different("--agents", "agents", options.agents)
    _check_different("--env", "worlds", list(map(id_of, names)))
    worlds = []
    for name in names:
        resolved = resolve(replace(options, env=(name,)), options.agents, options.first_seed)
        parts = {text: own_parts(text, options.bonus, options.planner) for text in resolved["agents"]}
        worlds.append(with_own_files(resolved | {"parts": parts}))
    return worlds


def _check_different(flag: str, kind: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{flag}: got {name!r} more than once, expected different {kind}")


def _compare(resolved: Mapping[str, Any], options: CompareOptions, is_one_of_several: bool) -> int:
    """Find the comparison in one world, or make it; gives the exit status."""
    kind = replace(KIND, show=None) if is_one_of_several else KIND

    def play(directory: Path) -> int:
        return execute(resolved, directory, options, kind)

    return study.make(kind, resolved, options, play)


def _join(worlds: Sequence[Mapping[str, Any]], options: CompareOptions) -> int:
    """Join the comparisons in several worlds; gives the exit status."""
    names = [directory_names.directory_name(each) for each in worlds]
    common = {key: value for key, value in worlds[0].items() if all(each.get(key) == value for each in worlds)}
    asked = {"env": [each["env"] for each in worlds], "steps": options.steps, "worlds": names}

    def execute(directory: Path) -> int:
        from .experiments.comparisons.profiles import join

        compared = [study.load(KIND, Path(options.out) / name) for name in names]
        by_world = {each["env"]: (found.figures, found.curves) for each, found in zip(worlds, compared, strict=True)}
        joined = Study(provenance.to_store(config), *join(by_world))
        study.write(PROFILES, joined, directory)
        return study.tell(PROFILES, joined, directory, options)

    config = common | asked
    return study.make(PROFILES, config, options, execute)


def execute(resolved: Mapping[str, Any], directory: Path, options: CompareOptions, kind: Kind) -> int:
    """Play every agent on every seed, then write, draw and print; gives the exit status."""
    from .experiments.many_seeds import play_seeds
    from .reports import terminal
    from .results.comparison import compare_agents

    num_runs = len(resolved["agents"]) * resolved["seeds"]
    with terminal.progress_of_runs(num_runs, options.quiet) as done, command_line.bad_input():
        seeds = play_seeds(resolved, options.workers, done)
    for remark in seeds.remarks:
        terminal.note(remark, options.quiet)
    if seeds.failure is not None or not seeds.complete:
        return study.keep(kind, seeds, resolved, seeds.partial(), directory)
    figures = compare_agents(resolved["env"], resolved["steps"], seeds.summaries())
    figures |= {"first_seed": resolved["first_seed"], "unknown": seeds.unknown, "remarks": seeds.remarks}
    comparison = Study(provenance.to_store(resolved), figures, seeds.curves())
    study.write(kind, comparison, directory)
    return study.tell(kind, comparison, directory, options)


def _draw(comparison: Study) -> "dict[str, Figure]":
    from .reports.comparisons.survival import survival_curves
    from .reports.learning_curves import comparison_curves

    figures, unknown = comparison.figures, comparison.figures.get("unknown")
    columns, crossings = _columns(comparison), _crossings(comparison)
    drawn = {"comparison": comparison_curves(columns, crossings, figures["steps"], figures["env"], unknown)}
    if unknown is not None:
        return drawn
    steps = {name: comparison.curves[f"{name}/steps_to_fraction"] for name in figures["agents"]}
    return drawn | {"survival": survival_curves(figures, steps)}


def _show(figures: Mapping[str, Any]) -> None:
    from .reports.comparisons.tables import print_comparison
    from .reports.rules import print_leaders

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


def _draw_profiles(joined: Study) -> "dict[str, Figure]":
    from .reports.comparisons.profiles import profiles_over_worlds

    return {"profiles": profiles_over_worlds(joined.figures, joined.curves)}


def _show_profiles(figures: Mapping[str, Any]) -> None:
    from .reports.comparisons.profiles import print_profiles

    print_profiles(figures)


KIND = Kind(
    name="comparison",
    request="configuration",
    lives="runs",
    num_finished=lambda partial: sum(map(len, partial["agents"].values())),
    draw=_draw,
    show=_show,
)

PROFILES = Kind(
    name="profiles",
    request="configuration",
    lives="comparisons",
    num_finished=lambda partial: len(partial["worlds"]),
    draw=_draw_profiles,
    show=_show_profiles,
)


if __name__ == "__main__":
    sys.exit(main())
