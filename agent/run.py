"""One agent in one world, beside a baseline on the same seed: `python -m agent.run --env grid`.

Parses, wires, and nothing else. What is heavy is imported once a run starts, so that `--help` answers at once.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .experiments import command_line
from .experiments.command_line import DONE, FAILED, CommandError, Interruption
from .experiments.config import check_numbers, own_parts
from .experiments.options import NO_BASELINE, VIDEO, RunOptions
from .interruption import end
from .results import directory_names, provenance

if TYPE_CHECKING:
    from .experiments.resuming.saving import Saving
    from .experiments.single_run import RunOutcome
    from .results.recorder import Recorder
    from .results.run_directory import Run

DESCRIPTION = """\
Let an agent explore a world, beside a baseline on the same seed; record both.

  The last line printed is the directory of the result: config.json,
  metrics.csv, trace.npz, figures/, summary.json (agent.load_run reads them).
  The same configuration again finds the finished run. Ctrl-C keeps what was
  run, and --force keeps the old run until the new one is whole.

  {prog} --env grid                      curious beside random
  {prog} --env river-swim --agent count  others, elsewhere
  {prog} --env four-rooms --prior structured    learns rules
  {prog} --map my-map.txt --env-kwargs slip=0.2
  {prog} --env FrozenLake-v1 --reward-weight 1 --steps 5000
  {prog} --config runs/DIRECTORY --seed 1
  {prog} --list                          all there is to choose
  {prog} --list river-swim count         what these are, and take
  {prog} --agent my_module:Sweeper:rate=0.5   an agent of yours
"""


MOST_ANIMATED = 4_000_000
"""Steps of the longest run that is animated: all of them are looked at at once."""

MAPPED = "state", "action", "next_state", "terminated", "truncated"
"""Columns of the trace that maps and the animation are drawn from."""


@dataclass(frozen=True)
class Job:
    """One agent's run: its resolved configuration, and where it belongs."""

    config: dict[str, Any]
    directory: Path

    @property
    def name(self) -> str:
        """The agent's name."""
        return self.config["agent"]


def main(arguments: Sequence[str] | None = None, prog: str = "python -m agent.run") -> int:
    """Run the command, which calls itself `prog`; gives its exit status."""
    return command_line.guarded(lambda: _command(arguments, prog))


def _command(arguments: Sequence[str] | None, prog: str) -> int:
    options = command_line.parse(RunOptions, arguments, prog, DESCRIPTION)
    if options.list is not None:
        return command_line.print_lists(options.list)
    from .compilation.compiled import is_cold
    from .reports.terminal import note_compilation

    must_compile = is_cold()
    events = None if options.tensorboard is None else Path(options.tensorboard)
    with command_line.bad_input():
        jobs = prepare(options)
        if VIDEO in options.figure_format:
            from .reports.films.files import find_ffmpeg

            find_ffmpeg()
        if events is not None:
            from .reports.events.tensorboard import check_installed

            check_installed()
    found = {job.name: run for job in jobs if (run := _finished(job, options.force)) is not None}
    if events is not None:
        from .experiments.found_results import check_place

        for job in jobs:
            check_place(events / job.directory.name, "tensorboard")
    if len(found) < len(jobs):
        command_line.make_writable(Path(options.out))
    if events is not None:
        command_line.make_writable(events, "tensorboard")
    note_compilation(must_compile, options.quiet)
    seconds = options.checkpoint_seconds
    return execute(jobs, found, options.force, options.quiet, options.figure_format, seconds, events, options.live)


def prepare(options: RunOptions) -> list[Job]:
    """Check what was asked for, down to making the world and the agents; gives the agent's job, then its baseline's.

    Raises:
        ValueError: something about it is wrong.
    """
    check_numbers(options)
    from .experiments.resuming.room import check_kept
    from .experiments.setup import check_parts, resolve, with_own_files

    check_kept(options)
    check_parts(options, {"agent": [options.agent], "baseline": [options.baseline]})
    baseline = NO_BASELINE if options.baseline == options.agent else options.baseline
    players = [options.agent] if baseline == NO_BASELINE else [options.agent, baseline]
    asked = resolve(options, players, options.seed) | {"baseline": baseline}
    other = {name: value for name, value in asked.items() if name != "decompose"}
    configs = [asked, other | {"agent": baseline, "baseline": NO_BASELINE}][: len(players)]
    configs = [each | {"parts": own_parts(each["agent"], options.bonus, options.planner)} for each in configs]
    configs = [with_own_files(each) for each in configs]
    return [Job(each, Path(options.out) / directory_names.directory_name(each)) for each in configs]


def execute(
    jobs: Sequence[Job],
    found: "Mapping[str, Run]",
    force: bool,
    quiet: bool,
    formats: Sequence[str] = (),
    seconds: float = math.inf,
    events: Path | None = None,
    live: bool = False,
) -> int:
    """Play what was not found, with a checkpoint every so many seconds, print, and draw; gives the status."""
    from .experiments import found_results
    from .experiments.resuming.saving import Saving
    from .experiments.resuming.settled import settle
    from .reports import rules, terminal
    from .results import dropped_truth, replacement, run_directory

    with Interruption() as interruption:
        new = [job for job in jobs if job.name not in found]
        saving = [Saving(job.directory, job.config, seconds, force, terminal.note, quiet) for job in new]
        played = _play(list(zip(new, saving, strict=True)), interruption, quiet, events, live)
    directory = jobs[0].directory
    if interruption.requested:
        print(directory)
        return interruption.status
    runs = dropped_truth.agreeing({job.name: {**found, **played}[job.name] for job in jobs})
    for name in played:
        if runs[name] is not played[name]:  # what the other one met is not true here either
            with command_line.storing(runs[name].directory):
                run_directory.keep(runs[name])
    if events is not None:
        _write_events(found.values(), events)
    must_draw = bool(played) or not replacement.is_drawn(directory, run_directory.FINISHED, formats)
    found_results.tell("run", "configuration", (run.config for run in found.values()), quiet or must_draw)
    if not quiet:
        terminal.print_runs(runs)
        rules.print_rules(runs)
    if must_draw:
        _draw(runs, directory, formats, quiet)
    for run in runs.values():
        settle(run)  # once nothing reads what was recorded any more
    print(directory)
    return DONE


def _finished(job: Job, force: bool) -> "Run | None":
    """Return the finished run that is there, if it can be used."""
    from .checkpoints.files import FOLDER
    from .experiments.found_results import find
    from .results import run_directory

    directory = job.directory
    return find(directory, run_directory.FINISHED, lambda: run_directory.load_run(directory), force, [FOLDER])


def _write_events(runs: "Iterable[Run]", folder: Path) -> None:
    """Write the events of runs that were found finished."""
    from .reports.events.tensorboard import Events, curves_of

    for run in runs:
        with command_line.storing(folder), Events(folder / run.directory.name) as events:
            events.write(curves_of(run))


def _play(
    jobs: "Sequence[tuple[Job, Saving]]", interruption: Interruption, quiet: bool, events: Path | None, live: bool
) -> "dict[str, Run]":
    """Play the jobs one after the other, and store each as soon as it was played."""
    from .experiments.single_run import play
    from .reports import terminal
    from .reports.events.tensorboard import watching
    from .reports.views.live import live_view
    from .results import dropped_truth

    runs, remarks = {}, []
    with (live_view if live else terminal.progress_of_steps)(quiet) as show:
        for job, saving in jobs:
            folder = None if events is None else events / job.directory.name
            writing = nullcontext() if folder is None else command_line.storing(folder)
            with command_line.bad_input(), writing, watching(folder, show) as look, interruption.at_once() as begun:
                seen = _told_of_steps(begun, look)
                life = play(job.config, job.name, job.config["seed"], seen, lambda: interruption.requested, saving)
            remarks += life.remarks
            runs[job.name], told = _stored(job, life)
            if interruption.requested:
                terminal.note(f"interrupted: {told}")
                break
    for remark in dropped_truth.distinct(remarks):
        terminal.note(remark, quiet)
    return runs


def _told_of_steps(
    begun: Callable[[], None], look: "Callable[[str, Recorder | int], None]"
) -> "Callable[[str, Recorder | int], None]":
    """Return `look`, which says when the first step was made: from there on there is something to be kept."""

    def seen(name: str, recorder: "Recorder | int") -> None:
        if not isinstance(recorder, int) and recorder.num_steps > 0:
            begun()
        look(name, recorder)

    return seen


def _stored(job: Job, life: "RunOutcome") -> "tuple[Run, str]":
    """Store a life as what it is, complete or partial; gives it, and says where it is.

    Raises:
        CommandError: it was ended by a failure, or could not be stored.
    """
    from .experiments.single_run import costs, final_arrays
    from .reports.formatting import format_number
    from .results import replacement, run_directory

    arrays, failure = final_arrays(job.config, life)
    entries = costs(life) | {"arrays": arrays}
    run = life.recorder.run(
        job.directory, job.config | {"versions": provenance.versions(job.config["env"])}, entries, life.complete
    )
    with command_line.storing(job.directory):
        better = run_directory.keep(run)
    if better is None:
        kind = "finished" if run.complete else "partial"
        steps = format_number(run.summary["steps"])
        told = f"{steps} steps were kept as a {kind} run in {run.directory}"
    else:
        told = replacement.left("run", better, run.directory)
    if failure := life.failure or failure:
        raise CommandError(f"{failure}; {told}", FAILED)
    return run, told


def _draw(runs: "Mapping[str, Run]", directory: Path, formats: Sequence[str], quiet: bool) -> None:
    from .reports.animation import write_animation
    from .reports.figures import write_run_figures
    from .reports.formatting import format_number
    from .reports.terminal import note
    from .results import replacement, run_directory

    longest = max(run.summary["steps"] for run in runs.values())
    every = max(run.summary.get("trace_every", 1) for run in runs.values())
    lacking = sorted({name for run in runs.values() for name in MAPPED if name not in run.trace})
    if lacking and every == 1:
        note(f"no maps and no animation: they need {', '.join(lacking)}, which --trace-columns leaves out", quiet)
    is_whole = every == 1 and not lacking
    is_animated = is_whole and longest <= MOST_ANIMATED
    if VIDEO in formats and not is_animated:
        note(f"no video: it takes every step in the trace, of {format_number(MOST_ANIMATED)} at most", quiet)

    def paint(folder: Path) -> None:
        write_run_figures(runs, folder, [each for each in formats if each != VIDEO], is_whole)
        if is_animated:
            write_animation(runs, folder / "exploration.gif")
            if VIDEO in formats:
                _film(runs, folder / f"exploration.{VIDEO}")

    with command_line.storing(directory):
        replacement.draw(directory, run_directory.FINISHED, paint)


def _film(runs: "Mapping[str, Run]", path: Path) -> None:
    from .reports.animation import write_animation

    try:
        write_animation(runs, path)
    except ValueError as error:
        raise CommandError(f"{error}; without --figure-format {VIDEO} the figures are drawn", FAILED) from error


if __name__ == "__main__":
    end(main())
