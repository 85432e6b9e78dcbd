"""Where rules are read from: a run directory, or a saved belief."""

import os
from pathlib import Path

from ....results import storage
from ....results.run_directory import load_run
from ....validation import shown
from .rules import PREFIX, Rules


def rules_from(path: str | Path) -> Rules:
    """Read the rules that a structured belief left behind.

    Args:
        path: a run directory (`python -m agent.run --prior structured` prints it as its last line), or a file that
            `CuriosityReward.save` wrote.

    Raises:
        ValueError: one line: there is nothing, it is damaged or half-written, or it holds no rules.
    """
    place = Path(path)
    try:
        is_run, is_file = path != "" and os.path.isdir(place), os.path.isfile(place)
    except ValueError:  # a name that no file can have
        is_run = is_file = False
    if not is_run and not is_file:
        raise ValueError(f"{shown(str(path))}: there is no such run directory, and no such saved belief")
    found = load_run(place).trace if is_run else storage.read_arrays(place)
    arrays = {name.removeprefix(PREFIX): array for name, array in found.items() if name.startswith(PREFIX)}
    if not arrays:
        raise ValueError(
            f"{path}: it holds no rules, expected those of a structured belief: make it with --prior structured (what "
            "earlier versions wrote has none)"
        )
    try:
        return Rules(arrays)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
