"""Colours of agents and quantities, the same in every picture; no drawing library is imported here.

Agents: the palette of Okabe & Ito, told apart by people with every common form of colour blindness. Quantities:
sequential ramps after ColorBrewer, whose lightness falls steadily, so that they also read in grey.

Source: Wong 2011, Points of view: Color blindness, doi:10.1038/nmeth.1618; Brewer 2003, colorbrewer2.org.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

AGENTS = {
    "curious": "#D55E00",
    "random": "#0072B2",
    "greedy": "#009E73",
    "least-taken": "#CC79A7",
    "count": "#E69F00",
}
SPARE = ("#56B4E9", "#5B4A9B", "#6B6B6B", "#8C6D31", "#000000")

STYLES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.4, 1.2, 1.4)), (0, (2.5, 1)))
"""Styles of lines, in matplotlib's words."""

VISITS = ("#D9EFC9", "#A9D9C3", "#6FC0BE", "#3A97B5", "#2C6BA3", "#27407F")
GAIN = ("#FFF0BF", "#FDD98B", "#F9AE55", "#EA7836", "#C5471F", "#8A2A12")
VALUE = ("#DCD0F0", "#C2B0E2", "#A58FD1", "#8468BB", "#63439C", "#40206C")
ERROR = ("#FBDDE8", "#F5B5CE", "#E986B0", "#D1568D", "#A62D69", "#6E1244")

INK = "#262B33"
FAINT_INK = "#6A717C"
LINE = "#D9DCE1"
PAPER = "#FFFFFF"
WALL = "#4A505B"
UNSEEN = "#E9EAEC"
TELEVISION = "#C5471F"


def agent_colours(labels: Iterable[str]) -> dict[str, str]:
    """Give every label its colour: the agent's own (by the label's first word), else the next that fewest have."""
    chosen: dict[str, str] = {}
    for label in labels:
        own = AGENTS.get(label.split(" ")[0])
        candidates = [*([own] if own else []), *SPARE, *AGENTS.values()]
        used = list(chosen.values())
        chosen[label] = min(candidates, key=used.count)
    return chosen


def looks(labels: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Give every label the look of its curve: its colour, and a style so that grey print tells it too.

    The first is solid. No two look the same, up to as many labels as there are colours times styles.
    """
    chosen: dict[str, dict[str, Any]] = {}
    for i, (label, colour) in enumerate(agent_colours(labels).items()):
        used = [look["linestyle"] for look in chosen.values() if look["color"] == colour]
        styles = [*STYLES[i % len(STYLES) :], *STYLES[: i % len(STYLES)]]
        chosen[label] = {"color": colour, "linestyle": min(styles, key=used.count)}
    return chosen


def rgb(colour: str) -> NDArray[np.float64]:
    """Return `[3]` in 0..255 of `"#RRGGBB"`."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=float)


def ramp(anchors: Sequence[str], num_colours: int) -> NDArray[np.uint8]:
    """Interpolate evenly spaced anchor colours linearly: `[num_colours, 3]` in 0..255."""
    corners = np.stack([rgb(anchor) for anchor in anchors])
    at = np.linspace(0, len(anchors) - 1, num_colours)
    channels = [np.interp(at, np.arange(len(anchors)), corners[:, i]) for i in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)
