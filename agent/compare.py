"""Several agents over many seeds, with intervals: `python -m agent.compare --env grid --agents curious random`.

Parses, wires, and nothing else. What is heavy is imported once a comparison starts, so that `--help` answers at once.
"""

from collections.abc import Sequence
from pathlib import Path

from .experiments import command_line
from .experiments.comparisons import making
from .experiments.options import CompareOptions
from .interruption import end

KIND = making.KIND
"""What sort of study this command makes in one world."""
DESCRIPTION = """\
Let several agents live through the same seeds: means with 95 % intervals.

  Every agent carries the same belief, unless it has a prior of its own: what
  differs is where it goes. The last line printed is the directory of the
  result: config.json, comparison.json, curves.npz and figures/. The same
  configuration again finds the finished result. Of several worlds each has its
  comparison, and all have one table and one figure: profiles.json. Fix the
  seeds first: to look, and to go on until a difference shows, finds one where
  there is none.

  {prog} --env grid --agents curious random --seeds 20
  {prog} --env lock --agents curious curious:discount=.95 count
  {prog} --env flags --agents curious curious:prior=structured
  {prog} --env lock four-rooms river-swim --first-seed 100
"""


def main(arguments: Sequence[str] | None = None, prog: str = "python -m agent.compare") -> int:
    """Run the command, which calls itself `prog`; gives its exit status."""
    return command_line.guarded(lambda: _command(arguments, prog))


def _command(arguments: Sequence[str] | None, prog: str) -> int:
    options = command_line.parse(CompareOptions, arguments, prog, DESCRIPTION)
    if options.list is not None:
        return command_line.print_lists(options.list)
    with command_line.bad_input():
        worlds = making.prepare(options)
        if options.tensorboard is not None:
            from .reports.events.tensorboard import check_installed

            check_installed()
    if options.tensorboard is not None:
        making.check_events(worlds, Path(options.tensorboard))
    return making.make(worlds, options)


if __name__ == "__main__":
    end(main())
