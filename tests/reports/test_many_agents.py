"""Figures of few and of many agents: every name can be read, and nothing lies on anything else."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from agent.reports import palette
from agent.reports.axes import make_panels
from agent.reports.comparisons import profiles

pytestmark = pytest.mark.slow

LONG = "curious:bonus=predicted-information-gain"
SMALLEST = 7.5
"""Letters, in points."""


@pytest.mark.parametrize(
    ("names", "copies", "panels"),
    [(["curious", "random"], 1, 1), ([LONG], 6, 1), ([LONG, "random"], 4, 2), (["curious", "random", LONG], 7, 4)],
)
def test_names_are_legible_and_apart_from_title_and_panels(names: list[str], copies: int, panels: int) -> None:
    looks = palette.looks(f"{name}{i or ''}" for name in names for i in range(copies))
    title = "a world of a long name: 20 paired seeds, pointwise 95 % intervals; none: too few seeds"
    figure, axes = make_panels(1, panels, title, looks)
    (legend,) = figure.legends
    FigureCanvasAgg(figure).draw()
    assert [text.get_text() for text in legend.get_texts()] == list(looks)
    assert min(text.get_fontsize() for text in legend.get_texts()) >= SMALLEST
    box, (heading,) = legend.get_window_extent(), figure.texts
    assert box.x1 <= figure.bbox.x1
    assert heading.get_window_extent().x1 <= figure.bbox.x1
    assert heading.get_text().split() == title.split()
    assert box.y1 <= heading.get_window_extent().y0 + 1
    assert box.y0 >= max(each.get_window_extent().y1 for each in axes)
    boxes = [text.get_window_extent() for text in legend.get_texts()]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def _profiles(names: list[str], levels: tuple[str, ...] = ("0.5", "0.1", "0.02")) -> Figure:
    rng, points = np.random.default_rng(0), np.geomspace(1e-3, 1, 20)
    worlds = {"here": {"agents": dict.fromkeys(names), "steps": 100, "unknown": None}}
    told = {"worlds": worlds, "seeds": 4, "first_seed": 0, "levels": list(levels), "scored": ["here"]}
    rows = {f"{name}/profile": np.sort(rng.random((4, len(levels), len(points)))) for name in names}
    return profiles.profiles_over_worlds(told, {"share_of_budget": points, **rows})


def test_few_agents_share_a_panel_a_level() -> None:
    names = [f"agent {i}" for i in range(profiles.MOST_IN_A_PANEL)]
    figure = _profiles(names)
    assert [len(axes.lines) for axes in figure.axes] == [len(names)] * 3
    assert [text.get_text() for text in figure.legends[0].get_texts()] == names


def test_each_of_many_agents_has_a_panel() -> None:
    names = ["curious", *(f"agent:number={i}" for i in range(profiles.MOST_IN_A_PANEL))]
    figure = _profiles(names)
    FigureCanvasAgg(figure).draw()
    shown = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_title(loc="left").replace("\n", "") for axes in shown] == names
    for axes in shown[1:]:  # all others behind, the first dashed, its own on top
        assert len(axes.lines) == len(names) + 2
    titles = [axes.title.get_window_extent() for axes in shown]
    assert not any(one.overlaps(other) for one, other in combinations(titles, 2))
