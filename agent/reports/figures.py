"""Figures as files, and those that belong to a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from . import backend  # noqa: F401  # before matplotlib

# isort: split
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from . import palette
from .belief_maps import belief_maps
from .learning_curves import learning_curves

if TYPE_CHECKING:
    from ..results.run_directory import Run


def save(figure: Figure, path: Path | str, dots_per_inch: int = 130) -> Path:
    """Write a figure as PNG and return its path; the folder is made if need be."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=dots_per_inch, facecolor=palette.PAPER)
    return path


def write_run_figures(runs: Mapping[str, Run], directory: Path | str) -> list[Path]:
    """Write `learning_curves.png` and `belief_maps.png` of one run and its baseline, by agent name."""
    directory = Path(directory)
    return [
        save(learning_curves(runs), directory / "learning_curves.png"),
        save(belief_maps(runs), directory / "belief_maps.png"),
    ]
