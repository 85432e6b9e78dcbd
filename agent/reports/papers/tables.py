"""An experiment of the literature on a terminal, each number beside what was published."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from ..formatting import ALONE, format_number
from ..tabular.fitting import print_table, table_of
from ..terminal import of_ours
from .verdicts import best_published, ours, said


def print_reproduction(told: Mapping[str, Any]) -> None:
    """Print means with their 95 % intervals, a table a setting, and what they say of the claim and of us."""
    for name, setting in told["settings"].items():
        print_table(_table(told, name, setting))
    lines = f"{told['source']}.", f"Published numbers: {told['read']}.", f"There: {told['claim']}."
    for line in (*lines, f"Here: {told['differs']}.", said(told)):
        print(line)


def _table(told: Mapping[str, Any], name: str, setting: Mapping[str, Any]) -> Any:
    """A row a checkpoint; an arm has a column for ours, and one for what was published."""
    arms = setting["arms"]
    columns = [(label, mine) for label, row in arms.items() for mine in (True, False) if _is_told(row, mine)]
    heads = [label if mine else f"{label}, published" for label, mine in columns]
    has_rivals = any(best_published(setting, at) for at in next(iter(arms.values())))
    table = table_of(f"{told['experiment']}, {name}: {setting['label']}, {told['seeds']} seeds", heads)
    table.caption = f"mean (95 % interval);\n{ALONE}"
    if has_rivals:
        table.add_column(Text(f"{ours(setting)} is"))
    for at in next(iter(arms.values())):
        cells = [of_ours(arms[label][at]) if mine else _published(arms[label][at]) for label, mine in columns]
        rival = best_published(setting, at)
        verdict = f"{_PLACE[rival.verdict]} {rival.label}" if rival and rival.verdict else ""
        table.add_row(f"{format_number(int(at))} {setting['unit']}", *cells, *([verdict] if has_rivals else []))
    return table


def _is_told(row: Mapping[str, Any], mine: bool) -> bool:
    return any(cell["mean" if mine else "published"] is not None for cell in row.values())


def _published(cell: Mapping[str, Any]) -> str:
    return "" if cell["published"] is None else " ± ".join(format_number(number) for number in cell["published"])


_PLACE = {"ahead": "ahead of", "even": "even with", "behind": "behind"}
