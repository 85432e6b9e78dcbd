"""The commands by one name: `blackswan run`, `compare`, `reproduce`, `sweep`, `table`, `replay`."""

import sys
from collections.abc import Sequence
from importlib import import_module

from . import __version__

COMMANDS = {
    "run": "one agent in one world, beside a baseline on the same seed",
    "compare": "several agents over many seeds, with intervals",
    "reproduce": "an experiment of the literature, beside what was published of it",
    "sweep": "many comparisons, written as data, on one machine or many",
    "table": "a table of finished results, to take away",
    "replay": "a page that replays runs: what was done and believed, and why",
}
HELP = f"""\
usage: blackswan {{{",".join(COMMANDS)}}} ...

An agent that plans to be surprised.

{"".join(f"  {name:<11}{summary}{chr(10)}" for name, summary in COMMANDS.items())}
  -h, --help  show this help; `blackswan COMMAND --help` shows that of a command
  --version   show the version
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives its exit status."""
    if not sys.flags.safe_path and "" not in sys.path:
        sys.path.insert(0, "")  # parts and worlds may be modules in the directory at hand, as for `python -m`
    command, *rest = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if command in COMMANDS:
        return import_module(f"{__package__}.agent.{command}").main(rest, f"blackswan {command}")
    if command in ("-h", "--help"):
        print(HELP, end="")
        return 0
    if command == "--version":
        print(f"blackswan-rl {__version__}")
        return 0
    print(f"error: unknown command {command!r}; expected one of {', '.join(COMMANDS)}, or --help", file=sys.stderr)
    return 2


def script() -> None:
    """Run the command of this process's own command line, and end the process."""
    import_module(f"{__package__}.agent.interruption").end(main())


if __name__ == "__main__":
    script()
