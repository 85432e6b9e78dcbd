"""A life drawn in the terminal while it goes on."""

import io
import os
import pty
import select
import signal
import subprocess
import sys

import numpy as np
import pytest
from rich.console import Console

from agent.experiments.config import TRANSIENT
from agent.reports.state_layout import on_map
from agent.reports.views import live
from agent.reports.views.drawing import AGENT, SHADES, UNSEEN, WALL, bars, fitted, painted
from tests.support.synthetic_life import Life


def screen(width=80, height=30, **options):
    file = io.StringIO()
    return Console(file=file, width=width, height=height, force_terminal=True, legacy_windows=False, **options), file


class Watched(Life):
    """A life of which visits are asked as well: of the three known states, 1, 2 and 3 times the steps made."""

    num_known_states = 3
    information_gain = 1234.5

    def visits(self, states):
        return self.t * np.array([[1, 0], [2, 0], [3, 0]])


def test_shades_are_those_of_visits_and_the_agent_stands_out():
    plan = on_map(np.array([[0, 0], [0, 2], [1, 0], [1, 1]]))
    level = painted(plan, np.array([0, 1, 2]), np.array([1, 10, 100]), 0, False).level
    assert level.tolist() == [[AGENT, WALL, round((SHADES - 1) / 2)], [SHADES - 1, UNSEEN, WALL]]


def test_large_maps_are_halved_and_coarsened():
    rows, columns = np.divmod(np.arange(90 * 200), 200)
    plan = on_map(np.stack([rows, columns], axis=1))
    small, is_halved = fitted(plan, 80, 20)
    assert is_halved
    assert small.shape == (30, 67)  # blocks of 3: 200 columns are to fit into 80, 90 rows into 2 * 20
    assert fitted(on_map(np.array([[9, 39]])), 80, 20)[1] is False
    assert fitted(plan, 80, 20, has_colours=False)[0].shape == (18, 40)  # without colours a letter shows one cell


def test_a_television_has_its_name_and_what_is_no_part_of_the_map_is_empty():
    plan = on_map(np.array([[0, 0], [0, 2], [-1, -1]]), channel=np.array([-1, 0, 1]))
    looks = {}
    for colours in (None, "truecolor"):
        console, file = screen(color_system=colours)
        console.print(painted(plan, np.array([0, 1, 2]), np.array([9, 1, 3]), 1, False))
        looks[colours] = file.getvalue()
    letters = [line.rstrip() for line in looks[None].splitlines()]
    assert letters == ["TV##@@", "", "oo"]  # log 3 is half of log 9: the shade in the middle, of twelve the seventh
    assert "TV" in looks["truecolor"]
    assert looks["truecolor"].count("48;2;") == 4  # backgrounds: television, wall, agent and channel
    console, file = screen(color_system="truecolor")
    console.print(painted(plan, np.array([0, 1, 2]), np.array([9, 1, 3]), 1, True))
    assert "TV" not in file.getvalue()
    assert [line.count("\u2580") for line in file.getvalue().splitlines()] == [3, 1]


def test_things_are_written_where_nobody_was_and_the_agent_looks_somewhere():
    things = np.array([["", "wall", "key"], ["goal", "", ""]])
    places = {
        "world_position": np.array([[0, 0], [0, 2], [1, 0], [1, 1]]),
        "world_things": things,
        "world_facing": np.array([[0, 1], [1, 0], [0, -1], [-1, 0]]),
    }
    scene, looks = live._scene_of(places), {}
    for colours in (None, "truecolor"):
        console, file = screen(color_system=colours)
        visits = np.array([1, 3, 9])
        console.print(painted(scene.plan, np.arange(3), visits, 1, False, scene.way(1)))
        looks[colours] = file.getvalue()
    assert looks[None].splitlines() == ["..##@v", "G%  ##"]
    assert "@v" in looks["truecolor"]
    assert "G " in looks["truecolor"]
    assert scene.way(4) is None  # a state beyond those that are listed


def test_maps_side_by_side_are_named():
    names = np.array([["passenger at red", "passenger aboard", ""], ["day one", "night", "dusk"]])
    scene = live._scene_of({"world_position": np.array([[0, 0], [2, 2]]), "world_maps": names})
    assert scene.names == ["to the right: passenger at red, aboard", "downwards: day one, night, dusk"]


def test_bars_are_as_long_as_visits_are_many():
    states, visits = np.array([7, 3, 5]), np.array([40, 10, 0])
    lines = bars(states, visits, 3, 40, 2).plain.splitlines()
    room = 40 - 1 - 2 - 12
    assert [line.count("\u2588") for line in lines] == [-(-room // 4), room, 0, 0]
    assert lines[0].startswith("@ state 3")
    assert lines[2] == "  and 1 other state"
    assert lines[3].startswith("bars: visits")


@pytest.mark.parametrize("colours", [None, "truecolor"])
def test_a_frame_fits_into_the_terminal(colours):
    console, file = screen(color_system=colours)
    life = Watched(20_000_000)
    recorder, view = life.recorder(steps=20), live.View(console)
    position = np.argwhere(np.ones((12, 34)))
    recorder.places = lambda: {"world_position": position}
    console.print(view.look("curious", recorder))
    recorder.places = dict
    console.print(view.look("random", recorder))
    console.print(view.look("another", 12_345))
    plain = Console(file=io.StringIO(), width=200, record=True)
    plain.print(view.look("curious", recorder))
    assert all(len(line) <= 80 for line in plain.export_text().splitlines())
    assert "curious: 20 of 20 000 000 steps, 0 %" in file.getvalue()
    assert "missing 3.81 %, seen 50 %, gain 1 234 nats, 3 states" in file.getvalue()
    assert "12 345 states of the world" in file.getvalue()


def test_frames_are_few_and_the_last_is_the_end(monkeypatch):
    console, file = screen()
    monkeypatch.setattr(live, "Console", lambda **_: console)
    now, drawn = [0.0], []
    monkeypatch.setattr(live.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(live.View, "look", lambda _, label, recorder: drawn.append((label, recorder)) or label)
    with live.live_view(False) as show:
        for step in range(1000):
            now[0] += 0.001
            show("curious", step)
    assert len(drawn) == 11  # one at once, one every tenth of a second (ten in all), one at the end
    assert drawn[-1] == ("curious", 999)
    assert file.getvalue().rstrip().endswith("\x1b[?25h")  # the cursor is shown again


def test_where_there_is_no_terminal_a_line_says_so(capsys):
    with live.live_view(False) as show:
        show("curious", Life(10).recorder(steps=3))
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "no terminal" in told
    with live.live_view(True) as show:
        show("curious", Life(10).recorder(steps=3))
    assert capsys.readouterr().err == ""


def test_it_is_not_in_a_runs_name():
    assert "live" in TRANSIENT


@pytest.mark.slow
def test_an_interrupted_life_leaves_the_terminal_as_it_was(tmp_path):
    words = ["--env", "four-rooms", "--steps", "100000000", "--live", "--out", str(tmp_path), "--trace-every", "0"]
    parent, child = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "30"}
    command = [sys.executable, "-m", "agent.run", *words]
    with subprocess.Popen(command, stdin=child, stdout=child, stderr=child, env=environment) as process:
        os.close(child)
        seen, is_sent = b"", False
        while select.select([parent], [], [], 120)[0]:
            try:
                seen += os.read(parent, 65536)
            except OSError:  # closed at the other end
                break
            if not is_sent and seen.count(b"steps/s") >= 3:
                process.send_signal(signal.SIGINT)
                is_sent = True
        assert process.wait(60) == 130
    os.close(parent)
    assert seen.rfind(b"\x1b[?25h") > seen.rfind(b"\x1b[?25l") >= 0
    assert b"interrupted: " in seen
    assert str(tmp_path).encode() in seen.rstrip().splitlines()[-1]
