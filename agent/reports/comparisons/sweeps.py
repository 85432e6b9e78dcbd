"""What a sweep says on a terminal: what it would play, and what came of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from ...results.lives import load_results
from .. import results_tables
from ..formatting import format_number
from ..tabular.fitting import print_table, table_of

LEVEL = "0.1"
"""Of missing information, the steps to which are told."""
LEAST_SECONDS = 6.0
"""Less is told as less than a tenth of a minute."""


def print_plan(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print what would be played.

    Args:
        rows: of each comparison what `agent.sweep.playing.about` says, what differs in it, how many lives
            are missing, and the seconds that they take one core.
    """
    table = table_of(f"{len(rows)} comparisons", ["agents", "seeds", "steps", "lives to play", "minutes of a core"])
    table.columns[1].justify = "left"
    for row in rows:
        about = f"{row['env']} {row['differing']}".strip()
        numbers = (format_number(row[name]) for name in ("seeds", "steps", "missing"))
        table.add_row(Text(about), Text(" ".join(row["agents"])), *numbers, _minutes(row["seconds"]))
    print_table(table)
    lives, minutes = sum(row["missing"] for row in rows), _minutes(sum(row["seconds"] for row in rows))
    print(f"{format_number(lives)} lives to play, {minutes} minutes of a core at most")


def _minutes(seconds: float) -> str:
    return "< 0.1" if 0 < seconds < LEAST_SECONDS else format_number(round(seconds / 60, 1))


def print_results(directory: Path) -> None:
    """Print the table of a sweep's lives."""
    print(results_tables.FORMATS["markdown"](results_tables.rows_of(load_results(directory), [LEVEL])), end="")
