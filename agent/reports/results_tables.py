"""Tables to take away, in Markdown, LaTeX and CSV: a row is an agent in a world, over the seeds that there are."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..results.comparison import describe_crossings
from ..results.lives import OPTIONS
from ..statistics.seed_statistics import censor, describe
from .formatting import ALONE, format_number, format_percent, format_statistics, got_there, is_alone
from .terminal import level_words

SAME_LIFE = ("experiment", "env", "env_kwargs", "map", "score_states", "steps", "agent", "seed")
_SHARES = {"coverage (%)": "coverage", "missing (% of yardstick)": "missing_information_fraction"}
"""What is told in percent, by the head of its column."""

Columns = Mapping[str, np.ndarray]
Row = dict[str, Any]
"""What stands in a row: text, whole numbers, or statistics, by the head of the column."""


def rows_of(lives: Columns, levels: Sequence[str]) -> list[Row]:
    """Return what a table of lives says, a row for each agent in each world.

    The same life, as one run and in a comparison, counts once. Lives under different options or arguments of the world
    are different agents, or worlds: what is not alike in all lives is named, unless
    the name of the agent says it.

    Args:
        lives: what `agent.load_results` gives.
        levels: of missing information, whose steps are shown.

    Raises:
        ValueError: a level that the results do not have.
    """
    known = [name.removeprefix("steps_to_fraction_") for name in lives if name.startswith("steps_to_fraction_")]
    for level in levels:
        if known and level not in known:
            raise ValueError(f"--levels: got {level!r}, expected some of {', '.join(known)}, those of the results")
    keys = [tuple(str(lives[name][i]) for name in (*SAME_LIFE, *OPTIONS)) for i in range(len(lives["seed"]))]
    once = sorted({key: i for i, key in reversed(list(enumerate(keys)))}.values())
    asked = [i for i in once if lives["command"][i] != "reproduce"]  # whose arms have options of their own
    differing = [name for name in OPTIONS if len({str(lives[name][i]) for i in asked}) > 1]
    groups: dict[tuple[str, str, int], list[int]] = {}
    for i in once:
        world = " ".join(
            str(lives[name][i]) for name in ("experiment", "env", "map", "env_kwargs", "score_states") if lives[name][i]
        )
        options = ", ".join(
            f"{name} {_plain(lives[name][i])}"
            for name in differing
            if str(lives[name][i]) not in ("", "nan") and f"{name}=" not in lives["agent"][i]
        )
        agent = f"{lives['agent'][i]}{f' ({options})' if options else ''}"
        groups.setdefault((world, agent, int(lives["steps"][i])), []).append(i)
    return [
        _row(*key, {name: column[members] for name, column in lives.items()}, levels) for key, members in groups.items()
    ]


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _row(world: str, agent: str, steps: int, lives: Columns, levels: Sequence[str]) -> Row:
    row: Row = {"world": world, "agent": agent, "steps": steps, "seeds": _seeds(lives["seed"])}
    if lives["measure"][0]:
        return row | {str(lives["measure"][0]): describe(lives["value"].tolist())}
    is_known = bool(np.isfinite(lives["missing_information_fraction"]).all())
    for level in levels:
        crossings = [None if np.isnan(step) else int(step) for step in lives[f"steps_to_fraction_{level}"]]
        told = describe_crossings(censor(crossings, steps), steps, is_known)
        row[level_words(level)] = told | {"number": len(crossings)}
    for head, name in _SHARES.items():
        row[head] = describe(lives[name].tolist(), 1.0 if name == "coverage" else np.inf)
    return row


def _seeds(seeds: np.ndarray) -> str:
    """Write which seeds there are: `0 to 19` where none is left out."""
    own = sorted(map(int, seeds))
    if len(own) > 1 and own == list(range(own[0], own[-1] + 1)):
        return f"{own[0]} to {own[-1]}"
    return " ".join(map(str, own))


def as_text(head: str, value: Any) -> str:
    """Write a cell of a column for a person."""
    if isinstance(value, Mapping):
        if value["mean"] is None:
            return ""
        written = format_statistics(value, format_percent if head in _SHARES else format_number)
        return written + (got_there(value, value["number"]) if "reached" in value else "")
    return format_number(value) if isinstance(value, int) else str(value)


def _heads(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(head for row in rows for head in row))


def markdown(rows: Sequence[Row]) -> str:
    """Write rows as a table of Markdown."""
    heads = _heads(rows)
    lines = [heads, ["---"] * len(heads), *([as_text(head, row.get(head, "")) for head in heads] for row in rows)]
    table = "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
    return f"{table}\n{ALONE.capitalize()}.\n" if _has_lone_means(rows) else table


def _has_lone_means(rows: Sequence[Row]) -> bool:
    return any(isinstance(cell, Mapping) and is_alone(cell) for row in rows for cell in row.values())


_OF_LATEX = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


def _latex_words(text: str) -> str:
    return "".join(_OF_LATEX.get(sign, sign) for sign in text).replace(r"\textgreater{}=", r"$\geq$")


def latex(rows: Sequence[Row]) -> str:
    """Write rows as a `tabular` of LaTeX, with the rules of the package booktabs."""
    heads = _heads(rows)
    shape = "".join("l" if head in ("world", "agent") else "r" for head in heads)
    lines = [
        " & ".join(_latex_words(as_text(head, row.get(head, ""))) for head in heads)
        for row in ({head: head for head in heads}, *rows)
    ]
    body = "".join(f"{line} \\\\\n" for line in lines[1:])
    below = f"\\multicolumn{{{len(heads)}}}{{l}}{{{ALONE.capitalize()}.}} \\\\\n" if _has_lone_means(rows) else ""
    head = f"\\begin{{tabular}}{{{shape}}}\n\\toprule\n{lines[0]} \\\\\n\\midrule\n"
    return f"{head}{body}\\bottomrule\n{below}\\end{{tabular}}\n"


def comma_separated(rows: Sequence[Row]) -> str:
    """Write rows as CSV, every statistic as numbers in columns of their own; what is unknown is empty."""
    flat = [dict(pair for head, value in row.items() for pair in _numbers(head, value)) for row in rows]
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, _heads(flat), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return buffer.getvalue()


def _numbers(head: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        return [(head, value)]
    found: list[tuple[str, Any]] = []
    for name, ends in (("mean", "ci95"), ("median", "median_ci95"), ("iqm", "iqm_ci95")):
        found += [(f"{head}: {name}", value[name])]
        found += [(f"{head}: {name}, 95 % {end}", each) for end, each in zip(("low", "high"), value[ends], strict=True)]
    if head in _SHARES:
        found = [(name, None if share is None else 100 * share) for name, share in found]
    return found + ([(f"{head}: reached", value["reached"])] if "reached" in value else [])


FORMATS: Mapping[str, Callable[[Sequence[Row]], str]] = {
    "markdown": markdown,
    "latex": latex,
    "csv": comma_separated,
}
"""How a table is written."""
