from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agent.reports import palette
from agent.reports.state_layout import coarsened, floor_plan, on_map
from tests.support.synthetic_run import four_rooms, synthetic_run


def _run(position: list[tuple[int, int]] | None, states: list[int], map_text: str = "") -> Any:
    trace = {"state": states, "next_state": states, "reset_state": states[:1], "final_state": states}
    trace = {name: np.array(values, dtype=np.int32) for name, values in trace.items()}
    if position is not None:
        trace["world_position"] = np.array(position, dtype=np.int32)
    return SimpleNamespace(trace=trace, config={"map_text": map_text})


def test_a_map_has_walls_where_its_text_has_them() -> None:
    plan = floor_plan([synthetic_run("random", 10, size=12)])
    expected = np.array([[sign == "#" for sign in line] for line in four_rooms(12).splitlines()])
    assert np.array_equal(plan.wall, expected)
    assert plan.shape == (12, 12)
    assert sorted(plan.cell) == np.flatnonzero(~expected).tolist()


def test_states_without_a_place_follow_below_a_gap() -> None:
    plan = floor_plan([_run([(0, 0), (0, 2), (-1, -1), (-1, -1)], [0], "...")])
    assert plan.shape == (3, 3)
    assert plan.cell.tolist() == [0, 2, 6, 7]
    assert plan.wall.tolist() == [[False, True, False], [False] * 3, [False] * 3]
    assert "without a place" in plan.caption


def test_too_many_states_without_a_place_are_left_out_and_that_is_said() -> None:
    plan = floor_plan([_run([(0, 0), (0, 1), *[(-1, -1)] * 50], [0])])
    assert plan.shape == (1, 2)
    assert plan.cell[2:].tolist() == [-1] * 50
    assert "50 states without a place are not shown" in plan.caption


def test_a_world_without_a_map_is_nearly_square_and_says_so() -> None:
    plan = floor_plan([_run(None, [0, 6]), _run(None, [0, 4])])
    assert plan.shape == (3, 3)
    assert plan.cell.tolist() == list(range(7))
    assert not plan.wall.any()
    assert "no map" in plan.caption


def test_bins_of_two_numbers_are_drawn_along_their_axes() -> None:
    run = _run(None, [0, 7])
    run.trace["world_bins"] = np.array([3, 2])  # states are first * 2 + second; two more are ends of episodes
    plan = floor_plan([run])
    assert plan.paint(range(6), range(6))[:2].tolist() == [[1, 3, 5], [0, 2, 4]]
    assert (plan.row_number.tolist(), plan.column_number.tolist()) == ([1, 0, -1], [0, 1, 2])
    assert plan.cells([6, 7]).tolist() == [6, 7]
    assert "below them: the ends of episodes" in plan.caption


def test_paint_takes_the_sum_or_the_largest_of_states_in_one_cell() -> None:
    plan = floor_plan([_run([(0, 0), (0, 0), (0, 1), (0, 2)], [0])])
    states, values = [0, 1, 2], [3.0, -4.0, -1.0]
    assert plan.paint(states, values) == pytest.approx(np.array([[3, -1, np.nan]]), nan_ok=True)
    assert plan.paint(states, values, add=True) == pytest.approx(np.array([[-1, -1, np.nan]]), nan_ok=True)


def test_states_unknown_to_the_plan_are_not_drawn() -> None:
    plan = floor_plan([_run([(0, 0), (0, 1)], [0])])
    assert plan.cells([0, 1, 2, 99, -1]).tolist() == [0, 1, -1, -1, -1]


def test_large_plans_are_coarsened_to_blocks() -> None:
    plan = floor_plan([_run([(r, c) for r in range(5) for c in range(8)], [0])], most_cells=4)
    assert plan.shape == (3, 4)
    assert plan.cell[[0, 1, 8, 9]].tolist() == [0, 0, 0, 0]
    assert plan.cell[-1] == 11
    assert plan.paint(range(40), np.ones(40), add=True).tolist() == [[4] * 4, [4] * 4, [2] * 4]
    assert "2 x 2 cells" in plan.caption


def test_every_label_has_a_colour_of_its_own() -> None:
    labels = ["curious", "random", "curious (1/n)", "greedy", "mine", "yours", "least-taken", "count"]
    colours = palette.agent_colours(labels)
    assert list(colours) == labels
    assert len(set(colours.values())) == len(labels)
    assert palette.agent_colours(["random", "curious"])["curious"] == colours["curious"] == palette.AGENTS["curious"]


def test_no_two_of_many_labels_look_the_same() -> None:
    looks = palette.looks(f"agent {i}" for i in range(len(palette.STYLES) * 10))
    assert len({(look["color"], look["linestyle"]) for look in looks.values()}) == len(looks)


@pytest.mark.parametrize("anchors", [palette.VISITS, palette.GAIN, palette.VALUE])
def test_ramps_darken_steadily(anchors: tuple[str, ...]) -> None:
    luminance = palette.ramp(anchors, 64) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance) < 0).all()
    assert np.array_equal(palette.ramp(anchors, len(anchors))[1], palette.rgb(anchors[1]))


def test_curious_and_random_differ_for_the_commonest_colour_blindness() -> None:
    # Full deuteranopia in linear RGB: Machado, Oliveira & Fernandes 2009, doi:10.1109/TVCG.2009.113, table 1.
    machado = np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    )
    seen = [
        (machado @ (palette.rgb(palette.AGENTS[name]) / 255) ** 2.2).clip(0, 1) ** (1 / 2.2)
        for name in ("curious", "random")
    ]
    assert np.abs(seen[0] - seen[1]).max() > 0.4


def test_a_grid_of_which_a_world_tells_what_stands_there_is_drawn_whole() -> None:
    things = np.array([["wall"] * 4, ["wall", "key", "", "wall"], ["wall", "", "door", "wall"], ["wall"] * 4])
    plan = on_map(np.array([(1, 1), (1, 2), (2, 1), (-1, -1)]), things=things)
    assert plan.shape == (6, 4)  # and a row for the state without a place, below a gap
    assert plan.wall[:4].sum() == 13
    assert plan.things == ((5, "K"), (10, "D"))
    assert plan.caption.endswith("; K: key; D: door")
    assert coarsened(plan, 2).things == ()
    assert floor_plan([_run([(1, 1), (1, 2)], [0])]).shape == (2, 3)
