"""Figures as files, and those that belong to a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import backend  # noqa: F401  # before matplotlib

# isort: split
import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from . import palette
from .belief_maps import belief_maps
from .learning_curves import learning_curves
from .maps.fonts import add_fonts, unremarked

if TYPE_CHECKING:
    from ..results.run_directory import Run


_TIMELESS: Mapping[str, Any] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}
_WORDS: Any = {"pdf.fonttype": 42, "svg.fonttype": "path", "svg.hashsalt": "blackswan"}
"""Letters of a PDF can be edited, those of an SVG look alike everywhere; equal figures have equal bytes."""


def save(figure: Figure, path: Path | str, formats: Sequence[str] = (), dots_per_inch: int = 130) -> Path:
    """Write a figure as PNG, and in further formats; the folder is made if need be.

    Args:
        figure: the figure.
        path: of the PNG; the others are beside it.
        formats: beside png: pdf, svg.
        dots_per_inch: of the PNG.

    Returns:
        the path.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure)
    for text in figure.findobj(Text):
        add_fonts(text)  # pyright: ignore[reportArgumentType]
    for each in dict.fromkeys(("png", *formats)):
        with matplotlib.rc_context(_WORDS), unremarked():
            file = path.with_suffix(f".{each}")
            figure.savefig(file, dpi=dots_per_inch, facecolor=palette.PAPER, metadata=_TIMELESS.get(each))
    return path


def write_run_figures(
    runs: Mapping[str, Run], directory: Path | str, formats: Sequence[str] = (), has_maps: bool = True
) -> list[Path]:
    """Write `learning_curves.png` and `belief_maps.png` of one run and its baseline, by agent name.

    Args:
        runs: the runs.
        directory: where to.
        formats: beside png: pdf, svg.
        has_maps: whether there are maps, which are drawn from the whole trace.
    """
    directory = Path(directory)
    figures = {"learning_curves.png": learning_curves} | ({"belief_maps.png": belief_maps} if has_maps else {})
    return [save(draw(runs), directory / name, formats) for name, draw in figures.items()]
