"""A page that replays what agents did and believed, step by step: `python -m agent.replay RUN`.

Parses, wires, and nothing else. What is heavy is imported once a page is made, so that `--help` answers at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from ..experiments import command_line
from ..experiments.command_line import DONE, CommandError
from ..experiments.options import WORD, OptionalStr, Switch, Words, otherwise, words_of

DESCRIPTION = """\
Write a page that replays runs: what each agent did, what it believed, and why.

  RUN is a directory that agent.run printed. The page is one file, replay.html
  in the first of them, and needs nothing else: open it in any browser, keep it,
  send it. One to four runs are shown side by side, on the same clock. Click a
  place: what is every action believed to do there, what would it teach, and
  what is it worth, as the sum that it is? Keys are listed on the page.

  {prog} runs/grid-curious-s0-4c61fb1d --open
  {prog} runs/grid-*-s0-* --out grid.html
"""

PAGE = "replay.html"


@dataclass(frozen=True, kw_only=True)
class ReplayOptions:
    """Options of `python -m agent.replay`."""

    runs: Annotated[tyro.conf.Positional[Words], words_of("RUN ..."), tyro.conf.arg(help_behavior_hint="")] = ()
    """Directories of one to four runs."""
    out: Annotated[OptionalStr, WORD, otherwise("replay.html in the first run", "FILE")] = None
    """The file that is written."""
    open: Switch = False
    """Show the page in a browser."""
    quiet: Switch = False
    """Print the name of the file alone."""
    version: Switch = False
    """Print the version, and do nothing."""


def main(arguments: Sequence[str] | None = None, prog: str = "python -m agent.replay") -> int:
    """Run the command, which calls itself `prog`; gives its exit status."""
    return command_line.guarded(lambda: _command(arguments, prog))


def _command(arguments: Sequence[str] | None, prog: str) -> int:
    options = command_line.parse(ReplayOptions, arguments, prog, DESCRIPTION)
    if not options.runs:
        raise CommandError("got no run, expected the directory of one, as `agent.run` prints it; --help explains")
    from ..experiments.found_results import check_file
    from ..reports.terminal import note
    from .making import make_page
    from .page import save

    path = Path(options.runs[0], PAGE) if options.out is None else Path(options.out)
    if options.out is not None or Path(options.runs[0]).is_dir():  # or else there is no run, which is told below
        check_file(path, "out")
    with command_line.bad_input():
        page = make_page(options.runs, lambda told: note(told, options.quiet))
    with command_line.storing(path):
        save(page, path)
    if options.open:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
    print(path)
    return DONE
