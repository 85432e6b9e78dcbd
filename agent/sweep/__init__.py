"""Comparisons of many configurations in many worlds, written as data: `python -m agent.sweep FILE.toml`.

Parses, wires, and nothing else. What is heavy is imported once a sweep starts, so that `--help` answers at once.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..experiments import command_line
from ..experiments.command_line import DONE, FAILED, CommandError
from ..experiments.config import check_counts
from .asked import SweepOptions

if TYPE_CHECKING:
    from .playing import Comparison, Outcome, Share

DESCRIPTION = """\
Make many comparisons: worlds x configurations x seeds, written as data.

  {prog} FILE.toml --dry-run      what would be played, how long
  {prog} FILE.toml                on the cores of this machine
  {prog} FILE.toml --shard 3/16   a share, one job of an array
  {prog} FILE.toml --cluster tcp://127.0.0.1:8786

  FILE.toml has the options of agent.compare. What is at the top holds for all;
  where one value is expected and a list is given, each has its comparison:

    seeds = 20
    agents = ["curious", "count", "random"]
    [[comparison]]
    env = ["grid", "lock"]
    discount = [0.9, 0.99]

  Every life is kept as it is finished: the same command goes on after a kill,
  and what another sweep or comparison has played is not played again. The last
  line printed is the directory of the result, which agent.table and
  agent.load_results read. Figures of a comparison are drawn here if formats are
  named, or later: python -m agent.compare --config DIRECTORY.
"""


def main(arguments: Sequence[str] | None = None, prog: str = "python -m agent.sweep") -> int:
    """Run the command, which calls itself `prog`; gives its exit status."""
    return command_line.guarded(lambda: _command(arguments, prog))


def _command(arguments: Sequence[str] | None, prog: str) -> int:
    options = command_line.parse(SweepOptions, arguments, prog, DESCRIPTION)
    with command_line.bad_input():
        check_counts(options)
        if not options.plan:
            raise ValueError("got no plan, expected a file in TOML; --help shows one")
        if options.shard and options.cluster:
            raise ValueError("--shard and --cluster: got both, expected one of them")
        from . import plan
        from .playing import Share, comparison

        share = Share() if options.shard is None else Share.parse(options.shard)
        resolved = plan.prepare(plan.read(options.plan))
        comparisons = [comparison(config, Path(options.out), options.force) for config in resolved]
    if options.dry_run:
        return _list(comparisons, options)
    return _execute(comparisons, share, options)


def _list(comparisons: "Sequence[Comparison]", options: SweepOptions) -> int:
    """Print what would be played, and how long it would take; gives the exit status."""
    from ..reports import terminal
    from ..reports.comparisons.sweeps import print_plan
    from . import estimate

    with (
        command_line.bad_input(),
        terminal.progress_of_runs(estimate.num_short_lives(comparisons), options.quiet) as done,
    ):
        seconds = [estimate.seconds(each, done) for each in comparisons]
    from .playing import about, differing

    rows = [
        about(each) | {"differing": difference, "missing": each.missing(), "seconds": cost}
        for each, difference, cost in zip(comparisons, differing(comparisons), seconds, strict=True)
    ]
    print_plan(rows)
    return DONE


def _execute(comparisons: "Sequence[Comparison]", share: "Share", options: SweepOptions) -> int:
    """Play the lives that are missing, and make the comparisons of them; gives the exit status."""
    from ..compilation.compiled import is_cold
    from ..experiments import found_results
    from ..experiments.executors import LostError
    from ..experiments.kept_lives import FOLDER
    from ..reports import terminal
    from . import playing

    out, name = Path(options.out), Path(options.plan).stem
    directory, _ = playing.place(comparisons, name, out)
    if playing.is_stored(comparisons, name, out):  # nothing is to be written, perhaps nothing can be
        return _show(directory, options)
    command_line.make_writable(out)
    found_results.check_place(out / FOLDER, "out")
    found_results.check(directory)
    terminal.note_compilation(is_cold(), options.quiet)
    with command_line.bad_input():
        try:
            outcome = playing.play(
                comparisons,
                share,
                _cluster(options),
                options.workers,
                lambda number: terminal.progress_of_runs(number, options.quiet),
            )
        except LostError as error:
            raise CommandError(error, FAILED) from error
    if outcome.status is not None:
        terminal.note(f"interrupted: {_kept(comparisons)}; the same command goes on")
        return outcome.status
    if share == playing.Share() and not outcome.failures and any(each.missing() for each in comparisons):
        raise CommandError(
            f"lives could not be kept in {options.out}/{FOLDER}: is there room? {_kept(comparisons)}", FAILED
        )
    return _finish(comparisons, outcome, options)


def _cluster(options: SweepOptions) -> "Callable[[], AbstractContextManager[Any]] | None":
    if (address := options.cluster) is None:
        return None
    from ..reports.terminal import note
    from .cluster import on_cluster

    return lambda: on_cluster(address, options.workers, note)


def _finish(comparisons: "Sequence[Comparison]", outcome: "Outcome", options: SweepOptions) -> int:
    """Make the comparisons whose lives are all there, and then the sweep; gives the exit status."""
    from ..reports import terminal
    from . import playing

    for comparison in comparisons:
        if not comparison.is_finished and not comparison.missing():
            playing.make(comparison, options)
    if outcome.failures:
        more = f" (and {len(outcome.failures) - 1} more)" if len(outcome.failures) > 1 else ""
        raise CommandError(f"{outcome.failures[0]}{more}; {_kept(comparisons)}", FAILED)
    if not all(comparison.is_finished for comparison in comparisons):  # other shares are not yet
        terminal.note(f"this share is finished: {_kept(comparisons)}", options.quiet)
        print(options.out)
        return DONE
    return _show(playing.store(comparisons, Path(options.plan).stem, Path(options.out)), options)


def _show(directory: Path, options: SweepOptions) -> int:
    """Print what came of a sweep that is stored; gives the exit status."""
    if not options.quiet:
        from ..reports.comparisons.sweeps import print_results

        print_results(directory)
    print(directory)
    return DONE


def _kept(comparisons: "Sequence[Comparison]") -> str:
    """Say how much there is."""
    lives = sum(len(each.config["agents"]) * each.config["seeds"] for each in comparisons)
    missing = sum(each.missing() for each in comparisons)
    finished = sum(each.is_finished for each in comparisons)
    return f"{lives - missing} of {lives} lives are kept, {finished} of {len(comparisons)} comparisons are finished"
