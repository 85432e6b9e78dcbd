"""A comparison from its options to its result: in one world, or in several and joined."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...results import directory_names, provenance
from .. import command_line, study
from ..command_line import DONE
from ..config import check_numbers, own_parts
from ..options import CompareOptions
from ..study import Kind, Study

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure


def make(worlds: Sequence[Mapping[str, Any]], options: CompareOptions) -> int:
    """Find the comparisons that were prepared, or make them, and join them; gives the exit status."""
    status, several = DONE, len(worlds) > 1
    if several:
        _check_places(worlds, options)
    for resolved in worlds:
        if status == DONE:
            status = _compare(resolved, options, several)
    return _join(worlds, options) if several and status == DONE else status


def _check_places(worlds: Sequence[Mapping[str, Any]], options: CompareOptions) -> None:
    """Refuse, before anything is played, what is in the way of any of the results that are not there yet."""
    for kind, config in (*((KIND, each) for each in worlds), (PROFILES, _joined(worlds))):
        study.check(kind, config, options)


def prepare(options: CompareOptions, steps: Mapping[str, int] | None = None) -> list[dict[str, Any]]:
    """Check what was asked for, down to making the worlds and the agents, and resolve it; gives a comparison a world.

    Args:
        options: what was asked for.
        steps: of the worlds whose lives are longer or shorter than all others.

    Raises:
        ValueError: something about it is wrong.
    """
    check_numbers(options)
    if not options.agents:
        raise ValueError("--agents: got none, expected at least one agent")
    names = (options.env,) if isinstance(options.env, str) else options.env
    if not names:
        raise ValueError("--env: got none, expected at least one world")
    from ..setup import check_parts, id_of, resolve, with_own_files

    check_parts(options, {"agent": options.agents})
    _check_different("--measures", "measures", options.measures)
    _check_different("--agents", "agents", options.agents)
    _check_different("--env", "worlds", list(map(id_of, names)))
    worlds = []
    for name in names:
        in_world = replace(options, env=(name,), steps=(steps or {}).get(name, options.steps))
        resolved = resolve(in_world, options.agents, options.first_seed)
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

    status = study.make(kind, resolved, options, play)
    if options.tensorboard is not None and status == DONE:
        _write_events(Path(options.out) / directory_names.directory_name(resolved), options)
    return status


def check_events(worlds: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Refuse a folder for TensorBoard where not all that is to be in it could be made.

    Raises:
        CommandError: it cannot be written to, or something is in the way.
    """
    from ...reports.events.tensorboard import folders_of
    from ..found_results import check_place

    command_line.make_writable(folder, "tensorboard")
    for each in worlds:
        seeds = range(each["first_seed"], each["first_seed"] + each["seeds"])
        own = folder / directory_names.directory_name(each)
        for path in folders_of(each["agents"], seeds, own).values() if os.path.lexists(own) else ():
            check_place(path, "tensorboard")


def _write_events(directory: Path, options: CompareOptions) -> None:
    """Write the events of a finished comparison."""
    from ...reports import terminal
    from ...reports.events.tensorboard import write_lives

    made, folder = study.load(KIND, directory), Path(options.tensorboard or "") / directory.name
    agents = list(made.figures["agents"])
    with (
        terminal.progress_of_runs(len(agents) * len(made.curves["seed"]), options.quiet) as done,
        command_line.storing(folder),
    ):
        write_lives(agents, made.curves, folder, done)


def _join(worlds: Sequence[Mapping[str, Any]], options: CompareOptions) -> int:
    """Join the comparisons in several worlds; gives the exit status."""
    config = _joined(worlds)

    def execute(directory: Path) -> int:
        from .profiles import join

        compared = [study.load(KIND, Path(options.out) / name) for name in config["worlds"]]
        by_world = {each["env"]: (found.figures, found.curves) for each, found in zip(worlds, compared, strict=True)}
        joined = Study(provenance.to_store(config), *join(by_world))
        study.write(PROFILES, joined, directory)
        return study.tell(PROFILES, joined, directory, options)

    return study.make(PROFILES, config, options, execute)


def _joined(worlds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the configuration of the comparisons in several worlds, joined."""
    common = {key: value for key, value in worlds[0].items() if all(each.get(key) == value for each in worlds)}
    steps = [each["steps"] for each in worlds]
    return common | {
        "env": [each["env"] for each in worlds],
        "worlds": [directory_names.directory_name(each) for each in worlds],
        "steps": steps[0] if len(set(steps)) == 1 else steps,
    }


def execute(resolved: Mapping[str, Any], directory: Path, options: CompareOptions, kind: Kind) -> int:
    """Play every agent on every seed, then write, draw and print; gives the exit status."""
    made = stored(resolved, directory, options, kind)
    return made if isinstance(made, int) else study.tell(kind, made, directory, options)


def stored(resolved: Mapping[str, Any], directory: Path, options: CompareOptions, kind: Kind) -> Study | int:
    """Play every agent on every seed, and store what came of it; or give the exit status of an interruption.

    Raises:
        CommandError: a life could not go on, or the result could not be stored.
    """
    from ...reports import terminal
    from ...results.comparison import compare_agents
    from ..kept_lives import KeptLives
    from .many_seeds import play_seeds

    num_runs = len(resolved["agents"]) * resolved["seeds"]
    with terminal.progress_of_runs(num_runs, options.quiet) as done, command_line.bad_input():
        kept = KeptLives.of(resolved, directory.parent, options.force)
        seeds = play_seeds(resolved, options.workers, done, kept)
    for remark in seeds.remarks:
        terminal.note(remark, options.quiet)
    if seeds.failure is not None or not seeds.complete:
        return study.keep(kind, seeds, resolved, seeds.partial(), directory)
    figures = compare_agents(resolved["env"], resolved["steps"], seeds.summaries())
    figures |= {"first_seed": resolved["first_seed"], "unknown": seeds.unknown, "remarks": seeds.remarks}
    if "measures" in resolved:
        figures["measures"] = resolved["measures"]
    comparison = Study(provenance.to_store(resolved), figures, seeds.curves())
    study.write(kind, comparison, directory)
    return comparison


def _draw(comparison: Study) -> "dict[str, Figure]":
    from ...reports.comparisons.measures import measure_curves
    from ...reports.comparisons.survival import survival_curves
    from ...reports.learning_curves import comparison_curves

    figures, unknown = comparison.figures, comparison.figures.get("unknown")
    columns, crossings = _columns(comparison), _crossings(comparison)
    drawn = {"comparison": comparison_curves(columns, crossings, figures["steps"], figures["env"], unknown)}
    if "measures" in figures:
        drawn["measures"] = measure_curves(figures, comparison.curves)
    if unknown is not None:
        return drawn
    steps = {name: comparison.curves[f"{name}/steps_to_fraction"] for name in figures["agents"]}
    return drawn | {"survival": survival_curves(figures, steps)}


def _show(figures: Mapping[str, Any]) -> None:
    from ...reports.comparisons.tables import print_comparison
    from ...reports.rules import print_leaders

    print_comparison(figures)
    print_leaders(figures)


def _columns(comparison: Study) -> "dict[str, list[dict[str, np.ndarray]]]":
    """Return each agent's metric columns of every seed."""
    from ...results.schema import METRICS

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
    from ...reports.comparisons.profiles import profiles_over_worlds

    return {"profiles": profiles_over_worlds(joined.figures, joined.curves)}


def _show_profiles(figures: Mapping[str, Any]) -> None:
    from ...reports.comparisons.profiles import print_profiles

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
