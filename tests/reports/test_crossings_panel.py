"""The panel of level crossings has room for every agent at every level."""

from itertools import pairwise

import numpy as np
import pytest

from agent.reports import learning_curves
from agent.results.crossings import LEVELS

HEIGHT_OF_DIGITS = 0.75  # of the font's size


@pytest.mark.parametrize("num_agents", [1, 2, 3, 5, 8])
def test_counts_of_neighbouring_lines_do_not_overlap(num_agents: int) -> None:
    step, names = np.arange(20), [f"agent {i}" for i in range(num_agents)]
    columns = "missing_information_fraction", "coverage", "information_gain_nats"
    curves = {name: [{"step": step} | {column: np.linspace(1, 0.7, 20) for column in columns}] for name in names}
    nowhere = dict.fromkeys((f"{level:g}" for level in LEVELS), None)
    figure = learning_curves.comparison_curves(curves, {name: [nowhere] for name in names}, 20)
    figure.canvas.draw()
    axes = figure.axes[3]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["50", "25", "10", "5", "2", "1", "0.5"]
    assert len(axes.texts) == num_agents * len(LEVELS)
    at = sorted(axes.transData.transform((1, text.xy[1]))[1] * 72 / figure.dpi for text in axes.texts)
    size = {text.get_fontsize() for text in axes.texts}
    assert len(size) == 1
    assert min(above - below for below, above in pairwise(at)) > HEIGHT_OF_DIGITS * min(size)
    assert min(size) > 4  # points: it can be read
    assert max(text.get_window_extent().x1 for text in axes.texts) <= figure.bbox.x1
