"""A world in the cells of a terminal: shades of visits on its map, or bars where it has none."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, ConsoleOptions
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from .. import palette
from ..formatting import format_number
from ..state_layout import FloorPlan, coarsened

SHADES = 12
WALL, UNSEEN, AGENT, NOTHING = SHADES, SHADES + 1, SHADES + 2, SHADES + 3
COLOURS = [
    *(tuple(shade) for shade in palette.ramp(palette.VISITS, SHADES)),
    (38, 43, 51),
    (120, 124, 130),
    (213, 94, 0),
]
"""Red, green and blue of shades, walls, places never seen, and the agent."""

LETTERS = ".:-=+*oxsOX%" + "#" + " " + "@" + " "
"""The same where there are no colours."""

POINTERS = {(-1, 0): "^", (0, 1): ">", (1, 0): "v", (0, -1): "<"}
"""Beside the agent: where it looks."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Painted:
    """A map, as rich draws it.

    Attributes:
        level: `[rows, columns]`, a shade, or what stands there.
        is_halved: whether cells are one letter wide, and with colours half a letter high.
        signs: `[rows, columns]`, up to two letters that are written where cells are two letters wide.
    """

    level: NDArray[np.uint8]
    is_halved: bool
    signs: NDArray[np.str_]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """Draw line by line; neighbours that look the same are one piece."""
        wide = 1 if self.is_halved else 2
        names = self.signs if wide == 2 else np.full_like(self.signs, "")
        if not has_colours(console):
            for row in zip(self.level.tolist(), names.tolist(), strict=True):
                yield Segment("".join(name.ljust(wide, LETTERS[level]) for level, name in zip(*row, strict=True)))
                yield Segment.line()
            return
        rows = self.level.tolist()
        pairs = list(itertools.zip_longest(rows[::2], rows[1::2])) if self.is_halved else [(row, row) for row in rows]
        for (upper, lower), named in zip(pairs, names[:: 3 - wide].tolist(), strict=True):
            line = zip(upper, lower or [NOTHING] * len(upper), named, strict=True)
            for look, same in itertools.groupby(line):
                sign = look[2].ljust(wide) if look[2] else _half(*look[:2]) * wide
                yield Segment(sign * len(list(same)), _style(*look[:2]))
            yield Segment.line()


def has_colours(console: Console) -> bool:
    """Whether a terminal shows them."""
    return console.color_system is not None and not console.no_color


@cache
def _style(upper: int, lower: int) -> Style:
    if upper == lower:  # something may be written there
        return Style(color=_colour(WALL if upper < SHADES // 2 else 0), bgcolor=_colour(upper), bold=True)
    if upper == NOTHING:
        return Style(color=_colour(lower))
    return Style(color=_colour(upper), bgcolor=_colour(lower))


def _half(upper: int, lower: int) -> str:
    """Return the letter that shows two cells, in the style of both: a half is filled, the other one background."""
    if upper == lower:
        return " "
    return "\u2584" if upper == NOTHING else "\u2580"  # nothing is never filled


def _colour(level: int) -> str:
    return "default" if level == NOTHING else "#{:02x}{:02x}{:02x}".format(*COLOURS[level])


def fitted(plan: FloorPlan, columns: int, lines: int, has_colours: bool = True) -> tuple[FloorPlan, bool]:
    """Return a plan that fits into a terminal, coarser if need be, and whether its cells are one letter wide.

    With colours two of these stand in a letter, one above the other.
    """
    if 2 * plan.shape[1] <= columns and plan.shape[0] <= lines:
        return plan, False
    block = max(ceil(plan.shape[1] / columns), ceil(plan.shape[0] / (2 * lines if has_colours else lines)))
    return (coarsened(plan, block) if block > 1 else plan), True


def painted(
    plan: FloorPlan,
    states: Numbers,
    visits: Numbers,
    here: int | None,
    is_halved: bool,
    way: tuple[int, int] | None = None,
) -> Painted:
    """Paint visits in shades, on a logarithmic scale.

    Args:
        plan: where states are.
        states: `[n]`, those that are known.
        visits: `[n]`, of each.
        here: where the agent is.
        is_halved: whether a letter shows two cells.
        way: where it looks, as a step of rows and columns; None: there is no such thing.
    """
    level = np.where(plan.wall, WALL, UNSEEN).astype(np.uint8)
    level.flat[np.setdiff1d(np.flatnonzero(~plan.wall), plan.cell[plan.cell >= 0])] = NOTHING
    shown = plan.paint(states, visits, add=True)
    is_seen = np.isfinite(shown)
    logarithm = np.log(np.maximum(shown[is_seen], 1))
    low, span = logarithm.min(initial=np.inf), max(np.ptp(logarithm), 1e-9) if is_seen.any() else 1.0
    level[is_seen] = np.rint((SHADES - 1) * (logarithm - low) / span)
    signs = np.full(level.size, "", "<U2")
    signs[plan.televisions] = "TV"
    for cell, letter in plan.things:
        signs[cell] = letter
    if here is not None and (cell := int(plan.cells([here])[0])) >= 0:
        level.flat[cell] = AGENT
        signs[cell] = "" if way is None else f"@{POINTERS[way]}"
    return Painted(level, is_halved, signs.reshape(level.shape))


def bars(states: Numbers, visits: Numbers, here: int | None, columns: int, lines: int) -> Text:
    """Draw bars of the states that were visited most, in the order of their numbers."""
    chosen = np.sort(np.argsort(-visits, kind="stable")[:lines])
    chosen = chosen[np.argsort(states[chosen])]
    label = max([len(str(state)) for state in states[chosen].tolist()], default=1)
    number = max([len(format_number(count)) for count in visits[chosen].tolist()], default=1)
    room, most = max(columns - label - number - 12, 1), max(int(visits.max(initial=1)), 1)
    text = Text()
    for state, count in zip(states[chosen].tolist(), visits[chosen].tolist(), strict=True):
        mark, length = "@" if state == here else " ", ceil(room * count / most)
        text.append(f"{mark} state {state:>{label}} ")
        text.append("\u2588" * length, style="#2C6BA3")
        text.append(f" {format_number(count)}\n")
    if others := len(states) - len(chosen):
        text.append(f"  and {format_number(others)} other state{'s' * (others > 1)}\n", style="dim")
    text.append("bars: visits, those of the most visited states; @: the agent", style="dim")
    return text
