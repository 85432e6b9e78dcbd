"""A world in the cells of a terminal: shades of visits on its map, or bars where it has none."""

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
WALL, UNSEEN, AGENT = SHADES, SHADES + 1, SHADES + 2
COLOURS = [
    *(tuple(shade) for shade in palette.ramp(palette.VISITS, SHADES)),
    (38, 43, 51),
    (120, 124, 130),
    (213, 94, 0),
]
"""Red, green and blue of shades, walls, places never seen, and the agent."""

LETTERS = ".:-=+*oxsOX%" + "#" + " " + "@"
"""The same where there are no colours."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Painted:
    """A map, as rich draws it.

    Attributes:
        level: `[rows, columns]`, a shade, or what stands there.
        is_halved: whether a letter shows two cells, one above the other.
    """

    level: NDArray[np.uint8]
    is_halved: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """Draw line by line; neighbours that look the same are one piece."""
        if console.color_system is None or console.no_color:
            for row in self.level:
                yield Segment("".join(LETTERS[level] * (1 if self.is_halved else 2) for level in row))
                yield Segment.line()
            return
        upper = self.level[:: 2 if self.is_halved else 1].tolist()
        lower = self.level[1::2].tolist() if self.is_halved else upper
        lower += [[-1] * self.level.shape[1]] * (len(upper) - len(lower))
        for line in zip(upper, lower, strict=True):
            pairs, first = list(zip(*line, strict=True)), 0
            for k in range(1, len(pairs) + 1):
                if k == len(pairs) or pairs[k] != pairs[first]:
                    yield Segment(("\u2580" if self.is_halved else "  ") * (k - first), _style(*pairs[first]))
                    first = k
            yield Segment.line()


@cache
def _style(upper: int, lower: int) -> Style:
    colours = ["default" if level < 0 else "#{:02x}{:02x}{:02x}".format(*COLOURS[level]) for level in (upper, lower)]
    return Style.parse(f"{colours[0]} on {colours[1]}")


def fitted(plan: FloorPlan, columns: int, lines: int) -> tuple[FloorPlan, bool]:
    """Return a plan that fits into a terminal, coarser if need be, and whether a letter shows two of its cells."""
    if 2 * plan.shape[1] <= columns and plan.shape[0] <= lines:
        return plan, False
    block = max(ceil(plan.shape[1] / columns), ceil(plan.shape[0] / (2 * lines)))
    return (coarsened(plan, block) if block > 1 else plan), True


def painted(plan: FloorPlan, states: Numbers, visits: Numbers, here: int | None, is_halved: bool) -> Painted:
    """Paint visits in shades, on a logarithmic scale.

    Args:
        plan: where states are.
        states: `[n]`, those that are known.
        visits: `[n]`, of each.
        here: where the agent is.
        is_halved: whether a letter shows two cells.
    """
    level = np.where(plan.wall, WALL, UNSEEN).astype(np.uint8)
    level.flat[np.setdiff1d(np.arange(level.size), plan.cell[plan.cell >= 0])] = WALL
    shown = plan.paint(states, visits, add=True)
    is_seen = np.isfinite(shown)
    logarithm = np.log(np.maximum(shown[is_seen], 1))
    low, span = logarithm.min(initial=np.inf), max(np.ptp(logarithm), 1e-9) if is_seen.any() else 1.0
    level[is_seen] = np.rint((SHADES - 1) * (logarithm - low) / span)
    if here is not None and (cell := int(plan.cells([here])[0])) >= 0:
        level.flat[cell] = AGENT
    return Painted(level, is_halved)


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
    if len(states) > len(chosen):
        text.append(f"  and {format_number(len(states) - len(chosen))} other states\n", style="dim")
    return text
