"""Maps that stand side by side are called by what tells them apart."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure

from agent.reports import animation, belief_maps, figures
from agent.reports.films.letters import letters
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


def test_letters_come_from_fonts_that_have_them_and_nothing_is_remarked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A frown is in the font for listings that matplotlib brings, not in its usual one; Chinese may be in none."""
    figure = Figure(figsize=(2, 1))
    plain, frown, chinese = (figure.text(0, 0.2 * i, text) for i, text in enumerate(("ascii ±", "⌒ red", "目的地")))
    usual = plain.get_fontfamily()
    figures.save(figure, tmp_path / "names.png", ["pdf", "svg"])
    assert plain.get_fontfamily() == usual
    assert frown.get_fontfamily()[: len(usual)] == usual
    file = font_manager.findfont(frown.get_fontfamily()[-1])
    assert font_manager.get_font(file).get_char_index(ord("⌒"))
    assert chinese.get_text() == "目的地"
    assert caplog.text == ""


def test_films_write_letters_that_their_font_lacks() -> None:
    box = letters("\U0010ffff", 20)
    for letter in "éß→⌒":
        assert not np.array_equal(letters(letter, 20)[:, : box.shape[1]], box[:, : letters(letter, 20).shape[1]])
