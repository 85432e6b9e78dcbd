"""One self-contained page: its sources, joined in order, and what it shows, packed.

The page asks for nothing from anywhere. Its policy allows the one script and the one style whose digests it names,
and nothing else.
"""

import base64
import hashlib
import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..reports import palette
from ..results import storage
from .packing import packed
from .places import Places

SOURCES = Path(__file__).parent / "sources"

COMPUTING = (
    "special.js", "unpacking.js", "life.js", "belief.js", "turns.js", "elimination.js", "plan.js", "why.js",
)  # fmt: skip
"""What works out numbers: it needs no browser."""

SHOWING = (
    "words.js", "numbers.js", "colours.js", "marks.js", "mind.js", "graph.js", "ways.js", "map.js",
    "curve.js", "sentences.js", "panel.js", "clock.js", "controls.js", "main.js",
)  # fmt: skip
"""What shows them."""

RAMPS = {"visits": palette.VISITS, "gain": palette.GAIN, "value": palette.VALUE, "error": palette.ERROR}


def script(names: Sequence[str] = (*COMPUTING, *SHOWING)) -> str:
    """Return sources of the page, joined."""
    return "".join((SOURCES / name).read_text(encoding="utf-8") for name in names)


def page_of(title: str, lives: Sequence[dict[str, Any]], places: Sequence[Places], notes: Sequence[str]) -> str:
    """Return a page as text.

    Args:
        title: of the page, plain text.
        lives: what is told of each life (`agent.replay.recording`).
        places: where its states are drawn.
        notes: sentences that a reader has to know.
    """
    colours = list(palette.agent_colours([life["label"] for life in lives]).values())
    content = {
        "title": title,
        "notes": list(notes),
        "ramps": {name: list(ramp) for name, ramp in RAMPS.items()},
        "lives": [life | {"colour": colour} for life, colour in zip(lives, colours, strict=True)],
        "places": [_told(each) for each in places],
    }
    code, style = f'"use strict";\n{script()}', (SOURCES / "style.css").read_text(encoding="utf-8")
    parts = {
        "title": html.escape(title),
        "policy": f"default-src 'none'; script-src '{_digest(code)}'; style-src '{_digest(style)}'; base-uri 'none'; "
        "form-action 'none'",
        "style": style,
        "data": packed(content),
        "script": code,
    }
    page = (SOURCES / "page.html").read_text(encoding="utf-8")
    for name, text in parts.items():
        page = page.replace(f"<!--{name}-->", text)
    return page


def save(page: str, path: Path) -> None:
    """Write a page: one that is there stays until the new one is whole.

    Raises:
        OSError: it cannot be written.
    """
    if path.exists() and not path.is_file():  # as /dev/stdout: nothing that is to be replaced
        path.write_text(page, encoding="utf-8")
    else:
        storage.write_bytes(path, page.encode())


def _told(places: Places) -> dict[str, Any]:
    return {
        "is_graph": places.is_graph,
        "shape": places.shape,
        "row": places.row.astype(np.float32),
        "column": places.column.astype(np.float32),
        "wall": places.wall,
        "caption": places.caption,
        "row_number": places.row_number,
        "column_number": places.column_number,
        "television": places.has_television.astype(np.uint8),
        "things": [list(thing) for thing in places.things],
        "heads": [[list(head) for head in line] for line in places.heads],
    }


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
