"""Tables of results to take away: `python -m agent.table runs/compare-* --format latex`.

Parses, wires, and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from .experiments import command_line
from .experiments.command_line import DONE
from .experiments.options import Switch, Words, words_of
from .interruption import end
from .validation import known

FORMATS = "markdown", "latex", "csv"

DESCRIPTION = """\
Print a table of finished results: means over seeds with 95 % intervals.

  A row is an agent in a world. Runs of several seeds are taken together, and a
  life that is in two results counts once. csv has every number in a column of
  its own, medians and interquartile means as well. Of a directory that holds
  results, markdown first tells what is where.

  {prog} runs
  {prog} runs/compare-* --format latex --levels 0.1 0.02
"""


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """Options of `python -m agent.table`."""

    results: Annotated[tyro.conf.Positional[Words], words_of("DIR ..."), tyro.conf.arg(help_behavior_hint="")] = ()
    """Directories of results, or directories that hold some; none: runs."""
    format: Annotated[str, tyro.conf.arg(metavar="NAME")] = "markdown"
    """How the table is written: markdown, latex, csv."""
    levels: Annotated[Words, words_of("X ...")] = ("0.1",)
    """Fractions of the information that is missing, the steps to which are shown."""
    version: Switch = False
    """Print the version, and do nothing."""


def main(arguments: Sequence[str] | None = None, prog: str = "python -m agent.table") -> int:
    """Run the command, which calls itself `prog`; gives its exit status."""
    return command_line.guarded(lambda: _command(arguments, prog))


def _command(arguments: Sequence[str] | None, prog: str) -> int:
    options = command_line.parse(TableOptions, arguments, prog, DESCRIPTION)
    with command_line.bad_input():
        known("format", options.format, FORMATS)
        from .reports import results_tables
        from .results.lives import load_results

        paths = options.results or ("runs",)
        rows = results_tables.rows_of(load_results(paths), options.levels)
        first = _contents(paths) if options.format == "markdown" else ""
    print(first, results_tables.FORMATS[options.format](rows), sep="", end="")
    return DONE


def _contents(paths: Sequence[str]) -> str:
    """Write what is in the directories that hold results."""
    from .reports.results_tables import markdown
    from .reports.tabular.contents import contents, holds_results

    holding = filter(holds_results, map(Path, paths))
    return "".join(f"{path}:\n\n{markdown(contents(path))}\n" for path in holding)


if __name__ == "__main__":
    end(main())
