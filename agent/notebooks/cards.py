"""Small cards of HTML: a picture, where there is one, and the figures that matter.

They ask for nothing from anywhere, and take their ink from the page, so that they can be read on light and on dark. All
is read from what is there: nothing is worked out anew.
"""

import html
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..registry import world_name
from ..statistics.shares import in_percent

MOST_CELLS = 40
"""Rows, or columns, of a map; one with more is drawn in blocks."""

PIXELS, WIDTH, HEIGHT = 180, 180, 48
"""The longer side of a map; a curve."""

MOST_POINTS = 120

SCREEN = "#c5471f"
"""The frame of a television."""

Rows = Sequence[tuple[str, str]]


def of_run(run: Any) -> str:
    """Draw where an agent has been and how what is missing fell, beside the figures of the end.

    Args:
        run: an `agent.results.run_directory.Run`.
    """
    config, summary = run.config, run.summary
    steps = f"{number(summary.get('steps'))}{'' if run.complete else ', interrupted'}"
    rows = [("seed", str(config.get("seed"))), ("steps", steps)]
    if (missing := summary.get("missing_information_fraction")) is not None:
        rows.append(("information missing", f"{in_percent(missing, number)} %"))
        rows.append(("pairs seen", f"{in_percent(summary['coverage'], number)} %"))
    rows.append(("expected to be missing", f"{number(summary.get('expected_missing_information_nats'))} nats"))
    rows.append(("information gained", f"{number(summary.get('information_gain_nats'))} nats"))
    if summary.get("reward"):
        rows.append(("reward", number(summary["reward"])))
    rows.append(("known states", number(summary.get("known_states"))))
    rows.append(("stored in", str(run.directory)))
    known = np.isfinite(run.metrics["missing_information_fraction"]).any()
    column = "missing_information_fraction" if known else "expected_missing_information_nats"
    told = "information missing" if known else "information expected to be missing"
    pictures = _map(run.trace) + _curve(run.metrics["step"], run.metrics[column], f"{told}, by steps")
    return card(f"{config['agent']} in {world_name(config)}", rows, pictures)


def of_model(model: Any) -> str:
    """Tell what a belief knows.

    Args:
        model: an `agent.WorldModel`.
    """
    return card("belief about a world", rows_of_model(model))


def of_agent(agent: Any, title: str, rows: Rows = ()) -> str:
    """Tell what an agent does, and what it knows.

    Args:
        agent: has a `model`.
        title: what it is.
        rows: what is to be told besides.
    """
    return card(title, [*rows, *rows_of_model(agent.model)])


def rows_of_model(model: Any) -> Rows:
    """Return the figures of a belief."""
    with model.turn:
        return [
            ("prior", f"{type(model.prior).__name__}, concentration {number(model.concentration)}"),
            ("steps", number(model.steps)),
            ("known states", number(model.num_known_states)),
            ("pairs taken", number(model.num_visited_pairs)),
            ("information gained", f"{number(model.information_gain)} nats"),
            ("expected to be missing", f"{number(model.expected_missing_information)} nats"),
            ("memory", f"{number(model.nbytes / 1000)} kB"),
        ]


def card(title: str, rows: Rows, pictures: str = "") -> str:
    """Return a card: plain texts, which are escaped, and pictures as they are."""
    cell = "padding:1px 10px 1px 0;border:0;text-align:left;vertical-align:top;color:inherit;background:none"
    faint = f"{cell};white-space:nowrap;font-weight:normal;opacity:.7"
    lined_up = f"{cell};font-variant-numeric:tabular-nums"
    told = "".join(
        f'<tr style="background:none"><th scope="row" style="{faint}">{html.escape(name)}</th>'
        f'<td style="{lined_up}">{html.escape(value)}</td></tr>'
        for name, value in rows
    )
    shown = f"<div>{pictures}</div>" if pictures else ""
    return (
        f'<div style="font:13px/1.45 system-ui,sans-serif"><div style="font-weight:600">{html.escape(title)}</div>'
        f'<div style="display:flex;flex-wrap:wrap;gap:6px 18px;align-items:flex-start;margin-top:4px">{shown}'
        f'<div style="flex:1 1 300px;overflow-wrap:anywhere"><table style="border-collapse:collapse;margin:0;border:0">'
        f"{told}</table></div></div></div>"
    )


def words(name: str) -> str:
    """Write the name of a function as words."""
    return name.strip("_").replace("_", " ")


def number(value: float | None) -> str:
    """Write a number with three digits that count, or whole in thousands."""
    if value is None or not np.isfinite(value):
        return "unknown"
    return f"{value:,.0f}".replace(",", "\u202f") if abs(value) >= 999.5 else f"{value:.3g}"


def _map(trace: Mapping[str, NDArray[Any]]) -> str:
    """Draw the places of a world, darker where an agent was more often; nothing if it has no map."""
    at = _places(trace)
    if at is None:
        return ""
    placed, states = np.asarray((at >= 0).all(axis=1)), np.asarray(trace["final_state"], np.int64)
    if not placed.any():
        return ""
    rows, columns = np.maximum(at[placed].max(axis=0) + 1, np.shape(trace.get("world_things", [[]]))).tolist()
    block = ceil(max(rows, columns) / MOST_CELLS)
    shape = ceil(rows / block), ceil(columns / block)
    visits, is_there = np.zeros(shape), np.zeros(shape, bool)
    is_there[tuple(at[placed].T // block)] = True
    known = states[(states < len(at)) & placed[np.minimum(states, len(at) - 1)]]
    seen = np.asarray(trace["final_visits"]).sum(axis=1)[np.isin(states, known)]
    np.add.at(visits, tuple(at[known].T // block), seen)
    strength = np.log1p(visits) / max(np.log1p(visits).max(), 1.0)
    cells = "".join(
        f'<rect x="{column}" y="{row}" width=".94" height=".94" '
        + (f'fill="#2f86c8" fill-opacity="{0.15 + 0.85 * strength[row, column]:.2f}"/>' if visits[row, column]
           else 'fill="currentColor" fill-opacity=".12"/>')
        for row, column in np.argwhere(is_there).tolist()
    )  # fmt: skip
    screens = placed & (np.asarray(trace.get("world_channel", np.zeros(len(at), int))) < 0)
    cells += "".join(
        f'<rect x="{column + 0.04:g}" y="{row + 0.04:g}" width=".86" height=".86" fill="none" '
        f'stroke="{SCREEN}" stroke-width=".14"/>'
        for row, column in np.unique(at[screens] // block, axis=0).tolist()
    )
    size = PIXELS / max(shape)
    told = "; framed: televisions" if screens.any() else ""
    label = f'role="img" aria-label="visits, at most {number(float(visits.max()))} in a place{told}"'
    width, height = round(size * shape[1]), round(size * shape[0])
    return f'<svg {label} width="{width}" height="{height}" viewBox="0 0 {shape[1]} {shape[0]}">{cells}</svg>'


def _places(trace: Mapping[str, NDArray[Any]]) -> NDArray[np.int64] | None:
    """Return row and column of states by number, `[n, 2]`, -1 -1 nowhere; None for a world without a map."""
    if "world_position" in trace:
        return np.asarray(trace["world_position"], np.int64)
    if "world_bins" not in trace or len(trace["world_bins"]) != 2:
        return None
    across, upwards = (int(number) for number in trace["world_bins"])
    first, second = np.divmod(np.arange(across * upwards), upwards)
    return np.stack([upwards - 1 - second, first], axis=1)


def _curve(steps: NDArray[Any], values: NDArray[Any], label: str) -> str:
    """Draw how a figure went with the steps, from 0 up; the label is for those who cannot see it."""
    kept = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), MOST_POINTS)).astype(int))
    x, y = np.asarray(steps, float)[kept], np.asarray(values, float)[kept]
    x, y = x[np.isfinite(y)], y[np.isfinite(y)]
    if len(x) < 2 or x[-1] <= 0:
        return ""
    points = zip(WIDTH * x / x[-1], HEIGHT - (HEIGHT - 3) * y / max(float(y.max()), 1e-12) - 1, strict=True)
    line = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
    return (
        f'<svg role="img" aria-label="{label}" width="{WIDTH}" height="{HEIGHT}" '
        f'style="display:block;margin-top:6px"><path d="M0 {HEIGHT - 0.5}H{WIDTH}" stroke="currentColor" '
        f'stroke-opacity=".3"/><polyline points="{line}" fill="none" stroke="#d55e00" stroke-width="1.5"/></svg>'
    )
