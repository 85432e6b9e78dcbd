"""What notebooks show of runs, agents and beliefs."""

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import agent
import envs
from agent.notebooks import cards
from agent.replay import showing
from tests.support.replayed import lived
from tests.support.synthetic_run import synthetic_run


class Read(HTMLParser):
    """Reads a card: its rows, the cells of its map, and whether all that was opened was closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.cells, self.texts, self.attributes = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.attributes += [value for _, value in attrs]
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        if tag == "rect":
            self.cells.append(dict(attrs))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def card_of(run, directory="run"):
    run.summary.update(coverage=0.5, expected_missing_information_nats=12.0, information_gain_nats=1234.5)
    run.directory = Path(directory)
    return cards.of_run(run)


def test_a_run_has_a_map_a_curve_and_its_figures():
    run = synthetic_run("curious", 500, size=12)
    read = Read(card_of(run))
    assert read.open == []
    assert len(read.cells) == len(run.trace["world_position"])
    told = dict(zip(read.texts[1::2], read.texts[2::2], strict=True))
    assert told["steps"] == "500"
    assert told["information gained"] == "1\u202f234 nats"
    darkest = max(read.cells, key=lambda cell: float(cell["fill-opacity"]) if "2f86c8" in cell["fill"] else 0)
    most = run.trace["final_state"][run.trace["final_visits"].sum(axis=1).argmax()]
    assert (int(darkest["y"]), int(darkest["x"])) == tuple(run.trace["world_position"][most])


def test_a_large_map_is_drawn_in_blocks_and_one_of_bins_along_its_axes():
    assert len(Read(card_of(synthetic_run("curious", 500, size=100))).cells) <= cards.MOST_CELLS**2
    run = synthetic_run("curious", 500, without=["world_position"])
    assert Read(card_of(run)).cells == []
    trace = {"world_bins": np.array([3, 2]), "final_state": np.array([1]), "final_visits": np.array([[4, 0]])}
    read = Read(cards._map(trace))
    (seen,) = [(cell["x"], cell["y"]) for cell in read.cells if cell["fill"] != "currentColor"]
    assert seen == ("0", "0")  # the first number in its first bin, to the left; the second in its second, above
    assert len(read.cells) == 6


def test_televisions_are_framed():
    run = synthetic_run("curious", 500, size=12)
    run.trace["world_channel"] = np.zeros(len(run.trace["world_position"]), int)
    run.trace["world_channel"][3] = -1
    text = card_of(run)
    *_, frame = Read(text).cells
    assert (round(float(frame["y"])), round(float(frame["x"]))) == tuple(run.trace["world_position"][3])
    assert frame["stroke"] == cards.SCREEN
    assert "framed: televisions" in text


def test_names_from_outside_stay_text():
    hostile = "<script>alert(1)</script>"
    run = synthetic_run(f'"{hostile}', 50)
    run.config["map"] = f"somewhere/{hostile}.txt"
    text = card_of(run, directory=hostile)
    assert "<script" not in text
    assert hostile in html.unescape(text)
    assert not re.search(r"https?:", text)


def test_agents_and_beliefs_tell_what_they_know():
    (life,) = agent.simulate(envs.make("chain"), "curious", 200)
    model = life.agent.model
    for shown in (life, life.agent, model, agent.simulate(envs.make("chain"), "random", 20)[0].agent):
        read = Read(shown._repr_html_())
        assert read.open == []
        assert "known states" in read.texts
    steps, before = model.steps, model.revision
    assert str(steps) in Read(model._repr_html_()).texts
    assert (model.steps, model.revision) == (steps, before)
    fresh = agent.WorldModel(2)._repr_html_()
    assert "unknown" not in fresh


def test_an_agent_of_ones_own_is_told_by_its_name(tmp_path):
    first = SimpleNamespace(begin=lambda _: None, act=lambda _: 0, observe=lambda _: None)
    (life,) = agent.simulate(envs.make("chain"), lambda **_: first, 20)
    read = Read(life.agent._repr_html_())
    assert "known states" in read.texts


def test_a_map_of_ones_own_is_called_by_its_file(tmp_path):
    path = tmp_path / "my-rooms.txt"
    path.write_text("S..\n..G\n")
    run = lived(tmp_path, "--env", "grid", "--map", path, "--steps", 30)
    assert "curious in my-rooms.txt" in run._repr_html_()
    assert "in my-rooms.txt, seed 0" in repr(run)


def test_show_frames_the_page_in_a_notebook_and_else_names_a_file(tmp_path, monkeypatch, capsys):
    run = lived(tmp_path, "--env", "lock", "--steps", 30)
    agent.show(run)
    path = run.directory / "replay.html"
    assert capsys.readouterr().out == f"open it in a browser: {path}\n"
    page = path.read_text(encoding="utf-8")
    shell, displayed = SimpleNamespace(kernel=None), []
    python = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(showing.sys.modules, "IPython", python)
    monkeypatch.setitem(showing.sys.modules, "IPython.display", SimpleNamespace(display=displayed.append))
    path.unlink()
    agent.show(run.directory, height=500)
    assert not path.exists()
    (framed,) = displayed
    read = Read(framed._repr_html_())
    assert page in read.attributes
    assert "allow-scripts" in read.attributes
    with pytest.raises(ValueError, match="expected 1 to 4"):
        agent.show()
    with pytest.raises(ValueError, match="there is no such run directory"):
        agent.show(replace(run, directory=tmp_path / "none"))
