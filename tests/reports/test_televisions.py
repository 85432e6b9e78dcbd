"""Televisions and their channels, in the figures and the animation of a run."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from PIL import Image

import envs
from agent.reports import animation, belief_maps, palette
from agent.reports.state_layout import coarsened, floor_plan, on_map
from agent.reports.views.world_maps import channels_of
from envs import as_states, true_mdp
from tests.support.synthetic_run import synthetic_run


@pytest.fixture
def run() -> Any:
    """Four rooms with a television in the corner, where state 0 is, whose seven channels come last."""
    run = synthetic_run("curious", 300, num_channels=7)
    run.trace["world_channel"] = np.zeros(len(run.trace["world_position"]), np.int32)
    run.trace["world_channel"][0], run.trace["world_channel"][-7:] = -1, np.arange(1, 8)
    return run


def channels(name: str, **kwargs: Any) -> list[int] | None:
    world = as_states(envs.make(name, **kwargs))
    mdp = true_mdp(world)
    assert mdp is not None
    found = channels_of(world, mdp)
    return None if found is None else found.tolist()


def test_a_world_tells_where_televisions_and_channels_are() -> None:
    corner = [-1, -1, 0, 0, 0, 0, 0, -1, *[0] * 41]  # cells 0, 1 and 7 of the room share the channels
    assert channels("noisy-tv", channels=3) == [*corner, 1, 2, 3]
    own = [0, 0, -1, 0, -1, 0, 0]  # of a text map each has its own, in the order of the televisions
    assert channels("grid", map_text="S.T\n#.#\nT..\n", channels=2) == [*own, 1, 2, 1, 2]
    assert channels("four-rooms") is None
    assert channels("river-swim") is None


def test_channels_of_another_television_begin_a_row_of_the_strip() -> None:
    position = np.array([(0, 0), (0, 1), (0, 2), (1, 0), (2, 2), *[(-1, -1)] * 4])
    channel = np.array([-1, -1, 0, 0, 0, 1, 2, 1, 2])
    plan = on_map(position, channel=channel)
    assert plan.televisions.tolist() == [0, 1]
    assert plan.channels.tolist() == [[12, 1], [13, 2], [15, 1], [16, 2]]  # below three rows and a gap, three in a row
    many = on_map(np.append(position, [(-1, -1)] * 2, axis=0), channel=np.append(channel, [1, 2]))
    assert many.channels[:, 0].tolist() == [12, 13, 15, 16, 18, 19]
    narrow = on_map(np.append(position, [(-1, -1)] * 4, axis=0), channel=np.append(channel, [1, 2, 1, 2]))
    assert narrow.channels[:, 0].tolist() == list(range(12, 20))  # four rows would be more than the map has
    assert coarsened(plan, 2).televisions.tolist() == [0]


def test_figures_frame_televisions_and_number_channels(run: Any) -> None:
    figure = belief_maps.belief_maps({"curious": run})
    for axes in figure.axes[:3]:
        inks = [each for each in axes.collections if isinstance(each, PolyCollection) and len(each.get_edgecolor())]
        _paper, frame = inks
        assert np.asarray(frame.get_edgecolor())[0, :3] * 255 == pytest.approx(palette.rgb(palette.TELEVISION))
        (corners,) = (np.asarray(path.vertices) for path in frame.get_paths())
        assert corners.mean(axis=0) == pytest.approx(run.trace["world_position"][0, ::-1], abs=0.2)
        assert [text.get_text() for text in axes.texts] == list("1234567")
    assert "orange frame: a television" in figure.texts[0].get_text()
    del run.trace["world_channel"]
    assert "television" not in belief_maps.belief_maps({"curious": run}).axes[0].figure.texts[0].get_text()


def test_the_animation_frames_televisions(run: Any, tmp_path: Path) -> None:
    def frame(run: Any) -> Any:
        with Image.open(animation.write_animation({"curious": run}, tmp_path / "x.gif", num_frames=3)) as image:
            return np.asarray(image.convert("RGB"))

    colour = palette.rgb(palette.TELEVISION)
    at = np.argwhere((frame(run) == colour).all(axis=2))
    size = np.ptp(at, axis=0) + 1
    assert size[0] == size[1]  # a cell
    (row, column), plan = run.trace["world_position"][0], floor_plan([run])
    assert plan.televisions.tolist() == [row * plan.shape[1] + column]
    assert at[:, 0].min() == 58 + row * size[0]  # pixels below the head
    del run.trace["world_channel"]
    assert not (frame(run) == colour).all(axis=2).any()
