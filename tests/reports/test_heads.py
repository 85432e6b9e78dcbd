"""Maps that stand side by side are called by what tells them apart."""

from typing import Any

import numpy as np
import pytest

from agent.reports import animation, belief_maps
from agent.reports.maps.heads import Head, shortened
from agent.reports.state_layout import coarsened, floor_plan
from tests.support.synthetic_run import synthetic_run


@pytest.fixture
def run() -> Any:
    """A world of 13 x 13 cells, taken for two maps of 6 columns, one below the other of each."""
    run = synthetic_run("curious", 60, size=13)
    run.trace["world_maps"] = np.array([["at home", "left behind"], ["day", "night"]])
    return run


def test_they_have_as_many_rows_and_columns_each_and_one_between_them(run: Any) -> None:
    plan = floor_plan([run])
    assert plan.heads == ((("at home", 0, 6), ("left behind", 7, 13)), (("day", 0, 6), ("night", 7, 13)))
    assert coarsened(plan, 2).heads[0][1] == Head("left behind", 3.5, 6.5)
    del run.trace["world_maps"]
    assert floor_plan([run]).heads == ((), ())


def test_the_end_of_a_name_tells_it_from_its_neighbours() -> None:
    name = "passenger at yellow"
    assert [shortened(name, lambda text, most=most: len(text) <= most) for most in (19, 18, 9, 7, 6)] == [
        name, "…at yellow", "…yellow", "…yellow", "",
    ]  # fmt: skip


def test_figures_name_every_map(run: Any) -> None:
    figure = belief_maps.belief_maps({"curious": run})
    for axes in figure.axes[:3]:
        names = [text for text in axes.texts if text.get_text() in ("at home", "left behind", "day", "night")]
        assert [text.get_rotation() for text in names] == [0, 0, 90, 90]
        assert [text.xy for text in names[:2]] == [(2.5, -0.5), (9.5, -0.5)]


def test_animations_name_every_map_beside_the_world(run: Any) -> None:
    frame = next(iter(animation._paint_frames({"curious": run}, 2)))
    del run.trace["world_maps"]
    plain = next(iter(animation._paint_frames({"curious": run}, 2)))
    room = animation._HEAD
    assert frame.shape == (plain.shape[0] + room, plain.shape[1] + room)
    top, left = animation._HEADER, 2 * animation._MARGIN  # of the frame and of the panel
    np.testing.assert_array_equal(frame[top + room :, left + room :], plain[top:, left:])
    assert (frame[top : top + room, left + room :] != 0).any()
    assert (frame[top + room :, left : left + room] != 0).any()
