import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.quiver import Quiver

from agent.reports import belief_maps, figures, learning_curves, palette
from agent.results.crossings import LEVELS
from tests.support.synthetic_run import four_rooms, synthetic_run


@pytest.fixture(scope="module")
def runs() -> dict[str, Any]:
    return {name: synthetic_run(name, 1500, num_channels=5) for name in ("curious", "random")}


@pytest.fixture(scope="module")
def maps(runs: dict[str, Any]) -> Figure:
    return belief_maps.belief_maps(runs)


def _line(axes: Axes, i: int) -> np.ndarray:
    return np.asarray(axes.lines[i].get_xydata())


def _png_size(path: Path) -> tuple[int, int]:
    header = path.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", header[16:24])


def test_saved_png_has_the_size_of_the_figure(runs: dict[str, Any], tmp_path: Path) -> None:
    figure = learning_curves.learning_curves(runs)
    path = figures.save(figure, tmp_path / "made" / "curves.png", dots_per_inch=100)
    width, height = figure.get_size_inches()
    assert _png_size(path) == (round(100 * width), round(100 * height))


def test_run_figures_are_written_under_their_names(runs: dict[str, Any], tmp_path: Path) -> None:
    paths = figures.write_run_figures(runs, tmp_path)
    assert [path.name for path in paths] == ["learning_curves.png", "belief_maps.png"]
    assert all(min(_png_size(path)) > 300 for path in paths)


def test_learning_curves_plot_the_recorded_columns(runs: dict[str, Any]) -> None:
    missing, coverage, gain = learning_curves.learning_curves(runs).axes
    for i, (name, run) in enumerate(runs.items()):
        step = run.metrics["step"]
        expected = [
            (missing.lines[i], run.metrics["missing_information_fraction"]),
            (coverage.lines[i], 100 * run.metrics["coverage"]),
            (gain.lines[2 * i], run.metrics["information_gain_nats"]),
            (gain.lines[2 * i + 1], run.metrics["expected_information_gain_nats"]),
        ]
        for line, column in expected:
            assert line.get_color() == palette.AGENTS[name]
            np.testing.assert_array_equal(line.get_xydata(), np.column_stack([step, column]))
    assert missing.get_yscale() == "log"
    levels = [np.asarray(line.get_ydata())[0] for line in missing.lines[2:]]
    assert levels == list(LEVELS)
    assert "nats" in gain.get_ylabel()
    assert all(axes.get_xlabel() == "steps" for axes in (missing, coverage, gain))


def test_the_legend_shows_agents_as_their_curves_are_drawn(runs: dict[str, Any]) -> None:
    figure = learning_curves.learning_curves(runs)
    (legend,) = figure.legends
    for axes in figure.axes[:2]:
        for key, line in zip(legend.get_lines(), axes.lines[: len(runs)], strict=True):
            assert (key.get_color(), key.get_linestyle()) == (line.get_color(), line.get_linestyle())


def test_changes_of_the_leading_prior_are_marked_and_explained() -> None:
    runs = {name: synthetic_run(name, 200) for name in ("curious", "random")}
    assert learning_curves.learning_curves(runs).axes[0].get_legend() is None
    runs["curious"].summary["rules"] = {"lead_changes": [15, 104, 111]}
    runs["random"].summary["rules"] = {"lead_changes": []}
    missing = learning_curves.learning_curves(runs).axes[0]
    marks = [line for line in missing.lines if list(line.get_ydata()) == [0, 1]]
    assert [np.asarray(line.get_xdata())[0] for line in marks] == [15, 104, 111]
    assert {line.get_color() for line in marks} == {missing.lines[0].get_color()}
    legend = missing.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["rules take the lead, or lose it"]


def test_maps_say_how_much_was_tried_beside_what_is_unknown(runs: dict[str, Any], maps: Figure) -> None:
    run = runs["curious"]
    run.summary["coverage"] = 0.372
    told = f"curious: {100 * run.summary['missing_information_fraction']:.3g} % still unknown\n37.2 % of pairs tried"
    assert belief_maps._row_title("curious", run) == told


def test_more_missing_than_the_yardstick_stays_in_sight() -> None:
    run = synthetic_run("curious", 200)
    run.metrics["missing_information_fraction"][0] = 3.0
    assert learning_curves.learning_curves({"curious": run}).axes[0].get_ylim()[1] > 3


@pytest.mark.parametrize("lowest", [0.7, 0.01, 0.0007, 1e-4, 2e-5, 3e-7, 1e-12])
def test_curves_stay_on_the_axis_however_little_is_missing(lowest: float) -> None:
    run = synthetic_run("curious", 200)
    run.metrics["missing_information_fraction"][:] = np.geomspace(1, lowest, len(run.metrics["step"]))
    axes = learning_curves.learning_curves({"curious": run}).axes[0]
    bottom, top = axes.get_ylim()
    assert bottom < lowest
    ticks = [tick for tick in axes.get_yticks() if bottom <= tick <= top]
    assert ticks[-1] == bottom
    assert 2 <= len(ticks) <= 17  # labels of 8.5 points on an axis of 2.3 inches


def test_learning_curves_without_a_truth_show_what_the_agent_expects() -> None:
    run = synthetic_run("curious", 200)
    for name in ("missing_information_nats", "missing_information_fraction", "coverage"):
        run.metrics[name][:] = np.nan
    expected, gain = learning_curves.learning_curves({"curious": run}).axes
    np.testing.assert_array_equal(_line(expected, 0)[:, 1], run.metrics["expected_missing_information_nats"])
    assert "expects" in expected.get_title(loc="left")
    assert "learned" in gain.get_title(loc="left")


def test_an_interrupted_run_is_drawn_and_says_so() -> None:
    for num_steps in (0, 1, 3):
        run = synthetic_run("curious", num_steps, complete=False)
        for figure in (
            learning_curves.learning_curves({"curious": run}),
            belief_maps.belief_maps({"curious": run}),
        ):
            figure.canvas.draw()
            assert any("interrupted" in text.get_text() for text in figure.texts)


def test_maps_show_what_was_recorded_where_it_belongs(runs: dict[str, Any], maps: Figure) -> None:
    free = [(r, c) for r, line in enumerate(four_rooms(12).splitlines()) for c, sign in enumerate(line) if sign != "#"]
    for row, run in enumerate(runs.values()):
        visits, gain, value = (axes.images[1].get_array() for axes in maps.axes[3 * row : 3 * row + 3])
        assert visits is not None
        assert gain is not None
        assert value is not None
        assert visits.sum() == 1500
        for i, state in enumerate(run.trace["final_state"]):
            assert visits[free[state]] is np.ma.masked or visits[free[state]] == run.trace["final_visits"][i].sum()
            assert gain[free[state]] == pytest.approx(run.trace["final_expected_gain_nats"][i].mean())
            assert value[free[state]] == run.trace["final_value_nats"][i]
        assert np.ma.count(gain) == len(run.trace["final_state"])


def test_maps_of_a_quantity_share_their_colours(maps: Figure) -> None:
    labels = [axes.get_xlabel() for axes in maps.axes[6:9]]
    assert ["visits" in labels[0], "nats" in labels[1], "nats" in labels[2]] == [True] * 3
    for column in range(3):
        first, second = maps.axes[column].images[1], maps.axes[3 + column].images[1]
        assert first.norm is second.norm
        assert first.cmap == second.cmap


def test_arrows_follow_what_the_actions_did(runs: dict[str, Any], maps: Figure) -> None:
    run = runs["curious"]
    (arrows,) = [child for child in maps.axes[2].collections if isinstance(child, Quiver)]
    right_up = {0: (0, 1), 1: (1, 0), 2: (0, -1), 3: (-1, 0)}  # of actions up, right, down, left; up is positive
    greedy = dict(zip(run.trace["final_state"], run.trace["final_q_nats"].argmax(axis=1), strict=True))
    place = {tuple(cell): state for state, cell in enumerate(run.trace["world_position"].tolist())}
    drawn = np.column_stack([arrows.X, arrows.Y, arrows.U, arrows.V])
    assert len(drawn) == len(greedy)
    for x, y, u, v in drawn:
        assert (u, v) == right_up[greedy[place[int(y), int(x)]]]


def test_ends_of_episodes_have_neither_gain_nor_action() -> None:
    run = synthetic_run("random", 300)
    end = int(run.trace["next_state"][-1])
    run.trace["terminated"][-1] = True
    cell = tuple(run.trace["world_position"][end])
    _, gain, value = (axes.images[1].get_array() for axes in belief_maps.belief_maps({"random": run}).axes[:3])
    assert gain is not None
    assert value is not None
    assert gain[cell] is np.ma.masked
    assert value[cell] is np.ma.masked
    assert np.ma.count(gain) == len(run.trace["final_state"]) - 1


def test_states_off_the_map_are_shown_without_arrows() -> None:
    run = synthetic_run("random", 300)
    off = int(run.trace["final_state"][-1])
    run.trace["world_position"][off] = -1
    axes = belief_maps.belief_maps({"random": run}).axes
    (arrows,) = [child for child in axes[2].collections if isinstance(child, Quiver)]
    assert len(np.asarray(arrows.X)) == len(run.trace["final_state"]) - 1
    gain = axes[1].images[1].get_array()
    assert gain is not None
    assert gain[13, 0] == run.trace["final_expected_gain_nats"][-1].mean()  # 12 rows of map, a gap, the strip


def test_a_flat_world_has_the_names_of_agents_above_its_maps() -> None:
    run = synthetic_run("random", 300, size=7)
    run.trace["world_position"] = np.stack([np.zeros(25, int), np.arange(25)], axis=1)
    run.config["map_text"] = None
    axes = belief_maps.belief_maps({"random": run}).axes[0]
    assert axes.get_ylabel() == ""
    assert any(text.get_text().startswith("random") for text in axes.texts)


def test_a_small_world_without_a_map_shows_numbers_of_actions() -> None:
    run = synthetic_run("random", 300, size=7, without=["world_position"])
    figure = belief_maps.belief_maps({"random": run})
    shown = [text.get_text() for text in figure.axes[2].texts]
    assert shown == [
        str(action) for action in run.trace["final_q_nats"][np.argsort(run.trace["final_value_nats"])].argmax(1)
    ]
    assert any("no map" in text.get_text() for text in figure.texts)


def test_actions_are_explained_only_where_they_are_drawn(runs: dict[str, Any], maps: Figure) -> None:
    small = synthetic_run("random", 300, size=7, without=["world_position"])
    large = synthetic_run("random", 300, size=20, without=["world_position"])
    notes = [
        figure.texts[0].get_text() for figure in (maps, *(belief_maps.belief_maps({"a": r}) for r in (small, large)))
    ]
    assert ["arrow: " in note for note in notes] == [True, False, False]
    assert ["number: " in note for note in notes] == [False, True, False]
    assert not any("action" in axes.get_xlabel() for axes in maps.axes[8:9])
    assert maps.axes[2].get_title() == "Where curiosity would go"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("low", "high"), [(98, 103), (100, 100), (1, 1), (3, 4), (110, 190), (1, 700), (10_000, 10_001), (1, 20_000)]
)
def test_colour_bars_have_two_ticks_however_narrow(low: int, high: int) -> None:
    run = synthetic_run("random", 300)
    known = len(run.trace["final_state"])
    run.trace["final_visits"] = np.zeros((known, 4), dtype=np.int64)
    run.trace["final_visits"][:, 0] = np.linspace(low, high, known).astype(int)
    run.trace["final_expected_gain_nats"] = np.linspace(0.15 + low / 1e6, 0.15 + high / 1e6, known)[:, None].repeat(
        4, 1
    )
    run.trace["final_value_nats"] = np.linspace(1000 + low / 1e5, 1000 + high / 1e5, known)
    figure = belief_maps.belief_maps({"random": run})
    figure.canvas.draw()
    for column, axes in enumerate(figure.axes[3:6]):
        left, right = axes.get_xlim()
        ticks = [(at, text) for at, text in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)]
        shown = [text.get_text() for at, text in ticks if left <= at <= right]
        assert len(set(shown)) == len(shown) >= 2
        assert column > 0 or all(label.replace(" ", "").isdigit() for label in shown)


@pytest.mark.slow
def test_no_global_state_of_pyplot_is_touched() -> None:
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, agent.reports.learning_curves; sys.exit('matplotlib.pyplot' in sys.modules)",
        ],
        check=True,
    )


def test_no_arrows_where_several_states_share_a_cell() -> None:
    """An arrow would be that of one state among them, whose direction another does not share."""
    run = synthetic_run("random", 300, size=7)
    run.trace["world_position"] = run.trace["world_position"] // 2
    figure = belief_maps.belief_maps({"random": run})
    assert not [child for child in figure.axes[2].collections if isinstance(child, Quiver)]
    assert "of the states in a cell the largest shows" in figure.texts[0].get_text()
