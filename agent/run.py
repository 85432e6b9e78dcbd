"""One agent in one world, beside a baseline on the same seed: `python -m agent.run --env grid`.

Parses, wires, and nothing else. What is heavy is imported once a run starts, so that `--help` answers at once.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import command_line, config, names
from agent.command_line import DONE, FAILED, INTERRUPTED, CommandError, Interruption
from agent.options import NO_BASELINE, RunOptions, check_numbers

if TYPE_CHECKING:
    from agent.playing import Life
    from agent.recording import Run

DESCRIPTION = """\
Let an agent explore a world, beside a baseline on the same seed; record both.

  The last line printed is the directory of the result: config.json,
  metrics.csv, trace.npz, figures/, summary.json (agent.load_run reads them).
  The same configuration again finds the finished run; Ctrl-C keeps what was
  run.

  python -m agent.run --env grid                      curious beside random
  python -m agent.run --env river-swim --agent count  others, elsewhere
  python -m agent.run --map my-map.txt --env-kwargs slip=0.2
  python -m agent.run --env FrozenLake-v1 --reward-weight 1 --steps 5000
  python -m agent.run --config runs/DIRECTORY --seed 1
  python -m agent.run --list                          all there is to choose
"""


@dataclass(frozen=True)
class Job:
    """One agent's run: its resolved configuration, and where it belongs."""

    config: dict[str, Any]
    directory: Path

    @property
    def name(self) -> str:
        """The agent's name."""
        return self.config["agent"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives its exit status."""
    return command_line.guarded(lambda: _command(arguments))


def _command(arguments: Sequence[str] | None) -> int:
    options = command_line.parse(RunOptions, arguments, "python -m agent.run", DESCRIPTION)
    if options.list:
        print_names()
        return DONE
    from agent.compiled import is_cold
    from agent.report import note_compilation

    must_compile = is_cold()
    with command_line.bad_input():
        jobs = prepare(options)
    command_line.make_writable(Path(options.out))
    note_compilation(must_compile, options.quiet)
    return execute(jobs, options.force, options.quiet)


def prepare(options: RunOptions) -> list[Job]:
    """Check what was asked for, down to making the world and the agents; gives the agent's job, then its baseline's.

    Raises:
        ValueError: Something about it is wrong.
    """
    check_numbers(options)
    names.known("agent", options.agent, names.AGENTS)
    names.known("baseline", options.baseline, [*names.AGENTS, NO_BASELINE])
    baseline = NO_BASELINE if options.baseline == options.agent else options.baseline
    from agent.making import resolve

    players = [options.agent] if baseline == NO_BASELINE else [options.agent, baseline]
    asked = resolve(options, players, options.seed) | {"baseline": baseline}
    configs = [asked, asked | {"agent": baseline, "baseline": NO_BASELINE}][: len(players)]
    configs = [each | {"parts": names.parts(each["agent"], options.bonus, options.planner)} for each in configs]
    return [Job(each, Path(options.out) / config.directory_name(each)) for each in configs]


def execute(jobs: Sequence[Job], force: bool, quiet: bool) -> int:
    """Play what was not played before, draw, and print; gives the exit status."""
    from agent import recording, report

    found = {} if force else {job.name: run for job in jobs if (run := _finished(job)) is not None}
    with Interruption() as interruption:
        played = _play([job for job in jobs if job.name not in found], interruption, quiet)
    if interruption.requested:
        return _keep(played.values(), jobs[0].directory)
    runs = {job.name: (found | played)[job.name] for job in jobs}
    figures = jobs[0].directory / "figures"
    try:
        if played or not figures.is_dir():
            _draw(runs, figures)
        else:
            report.note("found the finished run of this very configuration (--force: do it again)", quiet)
    finally:  # a run is complete without its figures too: they can be drawn again
        for run in played.values():
            with command_line.storing(run.directory):
                recording.finish(run)
    if not quiet:
        report.print_runs(runs)
    print(jobs[0].directory)
    return DONE


def _finished(job: Job) -> "Run | None":
    """Return the finished run that is there, if it can be read."""
    from agent import recording, report

    if not recording.is_complete(job.directory):
        return None
    try:
        return recording.load_run(job.directory)
    except ValueError as error:
        report.note(f"{error}; doing it again")
        return None


def _play(jobs: Sequence[Job], interruption: Interruption, quiet: bool) -> "dict[str, Run]":
    """Play the jobs one after the other and write all but their marks of completion."""
    from agent import recording, report
    from agent.playing import play

    runs = {}
    with report.progress_of_steps(quiet) as show:
        for job in jobs:
            with command_line.bad_input():
                life = play(job.config, job.name, job.config["seed"], show, lambda: interruption.requested)
            runs[job.name] = run = _recorded(job, life)
            if run.complete or not recording.is_complete(job.directory):
                with command_line.storing(job.directory):
                    recording.write_data(run)
            if life.failure is not None:
                raise CommandError(f"{life.failure}; {_kept(run)}", FAILED)
            if interruption.requested:
                break
    return runs


def _recorded(job: Job, life: "Life") -> "Run":
    from agent.playing import costs, final_arrays

    entries = costs(life) | {"arrays": final_arrays(job.config, life)}
    return life.recorder.run(job.directory, job.config | {"versions": config.versions()}, entries, life.complete)


def _keep(runs: "Iterable[Run]", directory: Path) -> int:
    """Mark what was played before an interruption: complete or partial."""
    from agent import report

    for run in runs:
        report.note(f"interrupted: {_kept(run)}")
    print(directory)
    return INTERRUPTED


def _kept(run: "Run") -> str:
    """Mark a run that was cut short, or finished before that, as what it is; say where it is."""
    from agent import metrics, recording

    if not run.complete and recording.is_complete(run.directory):
        return f"the finished run in {run.directory} was left as it was"
    with command_line.storing(run.directory):
        recording.finish(run)
    kind = "a finished run" if run.complete else "a partial run"
    return f"{metrics.format_number(run.summary['steps'])} steps were kept as {kind} in {run.directory}"


def _draw(runs: "Mapping[str, Run]", directory: Path) -> None:
    from agent import storage
    from agent.animation import write_animation
    from agent.figures import write_run_figures

    with command_line.storing(directory), storage.whole_directory(directory) as figures:
        write_run_figures(runs, figures)
        write_animation(runs, figures / "exploration.gif")


def print_names() -> None:
    """Print everything that can be chosen by name, with a line about each."""
    from envs import WORLDS

    groups = {"worlds (--env), and any Gymnasium id": {name: world.summary for name, world in WORLDS.items()}}
    tables = {"agents (--agent)": names.AGENTS, "priors (--prior)": names.PRIORS}
    tables |= {"bonuses (--bonus)": names.BONUSES, "planners (--planner)": names.PLANNERS}
    groups |= {title: {name: entry.summary for name, entry in table.items()} for title, table in tables.items()}
    for name, own in names.OWN_PARTS.items():
        groups["agents (--agent)"][name] += f" ({own['bonus']}, {own['planner']})"
    width = max(len(name) for rows in groups.values() for name in rows)
    for title, rows in groups.items():
        print(title)
        for name, summary in rows.items():
            print(f"  {name.ljust(width)}  {summary}".rstrip())


if __name__ == "__main__":
    sys.exit(main())
