"""One command of each kind that takes a moment, and the mark of what it stores."""

from agent import compare, reproduce, run

LOCK = ("--env", "lock", "--steps", 60, "--baseline", "none")
COMPARE = ("--env", "lock", "--steps", 60, "--seeds", 2)
REPRODUCE = ("little-sommer-2013", "--seeds", 1)
COMMANDS = {run: LOCK, compare: COMPARE, reproduce: REPRODUCE}


def mark_of(command):
    return "summary.json" if command is run else command.KIND.mark
