"""What structured priors learnt, and whether they led, as the commands show it: two columns, long texts wrapped."""

import itertools
import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from ..results.run_directory import Run
from .formatting import format_number

WIDEST = 100
OF_RULES = "in brackets: how likely; behind a clause: share of the visited pairs"
OF_GAINS = "information gained, or expected to be missing, is by an agent's own prior: under two it does not compare"
OF_LEAD = "nats: log probability of what happened, against that by the other prior"
_NO_BREAK = "\N{NO-BREAK SPACE}"
_TOGETHER = re.compile(r" (?=%)| (?=[-+=] )|(?<= [-+=]) ")
"""Spaces at which no line ends: before the sign of per cent, around signs."""
_HEAD = re.compile(r"(\w+ \d+ \(.*?\)|[^:(]*): (.*)", re.DOTALL)
"""An action, its number and its name, which may have colons itself; and what is said of it."""


def print_rules(runs: Mapping[str, Run]) -> None:
    """Print which prior led in each run of a structured one; the rules of the first run if they did; how to read it."""
    told = {name: run.summary["rules"] for name, run in runs.items() if "rules" in run.summary}
    rows, notes = [], [OF_LEAD] if told else []
    for name, rules in told.items():
        rows.append(("prior" if len(told) == 1 else f"prior of {name}", _lead(rules)))
        if name == next(iter(runs)) and rules["leader"] == "structured":
            rows += map(_parted, rules["words"])
            notes.insert(0, OF_RULES)
    for line in itertools.chain(_lines(rows), *(textwrap.wrap(note, _width()) for note in notes)):
        print(line)


def print_leaders(comparison: Mapping[str, Any]) -> None:
    """Print on how many seeds which prior led in the end, for each agent of a structured one; what does not compare."""
    told = {name: agent["rules"]["leaders"] for name, agent in comparison["agents"].items() if "rules" in agent}
    seeds = comparison["seeds"]
    for name, those in told.items():
        counts = [f"{leader} led on {number} of {seeds} seeds" for leader, number in those.items()]
        print(f"prior of {name}: {', '.join(counts)}")
    if 0 < len(told) < len(comparison["agents"]):
        print(textwrap.fill(OF_GAINS, _width()))


def _lead(rules: Mapping[str, Any]) -> str:
    since = f"from step {format_number(rules['led_since'])} on" if rules["led_since"] else "all along"
    nats = rules["lead_nats"]
    return f"{rules['leader']} led {since} ({format_number(abs(nats))} nats {'ahead' if nats >= 0 else 'behind'})"


def _parted(words: str) -> tuple[str, str]:
    found = _HEAD.fullmatch(words)
    return (found[1], found[2]) if found else (words, "")


def _width() -> int:
    return min(max(shutil.get_terminal_size().columns, 40), WIDEST)


def _lines(rows: list[tuple[str, str]]) -> Iterator[str]:
    """Lines no wider than the terminal: the texts one below the other, each clause of them on a line of its own."""
    width = _width()
    indent = 2 + max((len(head) for head, _ in rows if len(head) <= width // 2), default=0)
    for whole, text in rows:
        head = whole if len(whole) <= width // 2 else ""
        if head != whole:  # it has lines of its own
            yield from textwrap.wrap(whole, width)
        for k, clause in enumerate(text.split("; ")):
            lines = textwrap.wrap(
                _TOGETHER.sub(_NO_BREAK, clause), max(width - indent, 20), subsequent_indent="  ",
                break_on_hyphens=False, break_long_words=False,
            )  # fmt: skip
            for i, line in enumerate(lines):
                yield ("" if i or k else head).ljust(indent) + line.replace(_NO_BREAK, " ")
