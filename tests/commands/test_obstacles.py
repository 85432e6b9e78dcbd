"""What is in the way of an output is told before anything is played, and nothing is left."""

import pytest

from agent import compare, replay, reproduce, run, sweep
from agent.experiments.comparisons import making
from agent.experiments.options import CompareOptions, RunOptions
from agent.replay import showing
from agent.results import directory_names

A_FILE = "{}, a file; expected a directory, which is made if need be"


@pytest.fixture(autouse=True)
def nothing_is_played(monkeypatch):
    """Let every life fail that is led."""
    for place in ("single_run.play", "executors.play_one", "reproduction.lived"):
        monkeypatch.setattr(f"agent.experiments.{place}", None)


def refused(call, command, *words):
    status, output, (error,) = call(command, *words)
    assert output == []
    assert status in (1, 2)
    return error


def compared(*worlds):
    return making.prepare(CompareOptions(env=worlds, agents=("curious", "random"), seeds=2, steps=50))


@pytest.mark.parametrize("below", ["", "events", "of the life"])
def test_events_of_a_run(call, tmp_path, below):
    pytest.importorskip("tensorboardX", reason="needs the extra [tensorboard]")
    (job, *_) = run.prepare(RunOptions(env="lock", steps=50, baseline="none"))
    events, words = tmp_path / "events", ("--env", "lock", "--steps", 50, "--baseline", "none")
    obstacle = {"": events, "events": events, "of the life": events / job.directory.name}[below]
    obstacle.parent.mkdir(exist_ok=True)
    obstacle.touch()
    asked = events / "deeper" if below == "events" else events
    error = refused(call, run, *words, "--out", tmp_path / "runs", "--tensorboard", asked)
    assert error == f"error: --tensorboard: got {A_FILE.format(repr(str(obstacle)))}"
    assert not (tmp_path / "runs").exists()


def test_checkpoints_of_a_run(call, tmp_path):
    words = ("--env", "lock", "--steps", 50, "--baseline", "none", "--out", tmp_path)
    (job,) = run.prepare(RunOptions(env="lock", steps=50, baseline="none", out=str(tmp_path)))
    job.directory.mkdir()
    folder = job.directory / "checkpoints"
    folder.touch()
    error = refused(call, run, *words)
    assert error == f"error: {folder}: could not be written: a file is in its place; move it away"
    assert list(job.directory.iterdir()) == [folder]


@pytest.mark.parametrize("below", ["", "random", "random/seed-1"])
def test_events_of_a_comparison(call, tmp_path, below):
    pytest.importorskip("tensorboardX", reason="needs the extra [tensorboard]")
    (config,) = compared("lock")
    obstacle = tmp_path / "events" / directory_names.directory_name(config) / below
    obstacle.parent.mkdir(parents=True)
    obstacle.touch()
    words = ("--env", "lock", "--agents", "curious", "random", "--seeds", 2, "--steps", 50, "--out", tmp_path / "runs")
    error = refused(call, compare, *words, "--tensorboard", tmp_path / "events")
    assert error == f"error: --tensorboard: got {A_FILE.format(repr(str(obstacle)))}"
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("which", [0, 1, 2])
def test_any_result_of_several_worlds(call, tmp_path, which):
    """The last one joins the two; nothing is made of the first before that is looked at."""
    worlds = compared("lock", "river-swim")
    places = [tmp_path / directory_names.directory_name(each) for each in (*worlds, making._joined(worlds))]
    places[which].touch()
    words = ("--env", "lock", "river-swim", "--agents", "curious", "random", "--seeds", 2, "--steps", 50)
    error = refused(call, compare, *words, "--out", tmp_path)
    assert error == f"error: --out: got {A_FILE.format(repr(str(places[which])))}"
    assert list(tmp_path.iterdir()) == [places[which]]


def test_lives_of_a_sweep(call, tmp_path):
    (tmp_path / "plan.toml").write_text('env = "lock"\nsteps = 50\nseeds = 2\n', encoding="utf-8")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / ".lives").touch()
    error = refused(call, sweep, tmp_path / "plan.toml", "--out", tmp_path / "runs")
    assert error == f"error: --out: got {A_FILE.format(repr(str(tmp_path / 'runs' / '.lives')))}"


def test_the_page_of_all_experiments(call, tmp_path):
    page = tmp_path / reproduce.PAGE
    page.mkdir()
    error = refused(call, reproduce, "all", "--quick", "--out", tmp_path)
    assert error == f"error: --out: got {str(page)!r}, a directory; expected the name of a file"


def test_the_page_that_is_shown(tmp_path, monkeypatch):
    monkeypatch.setattr("agent.replay.making.make_page", None)
    (tmp_path / replay.PAGE).mkdir()
    with pytest.raises(ValueError, match=r"replay\.html', a directory; expected the name of a file"):
        showing.show(tmp_path)
    with pytest.raises(ValueError, match=r"got 3 as a run, expected what load_run gives, or a directory"):
        showing.show(3)
    with pytest.raises(ValueError, match="got the height 'tall', expected a whole number of pixels"):
        showing.show(tmp_path, height="tall")


def test_the_page_of_a_replay(call, tmp_path, monkeypatch):
    monkeypatch.setattr("agent.replay.making.make_page", None)
    directory = tmp_path / "run"
    (directory / replay.PAGE).mkdir(parents=True)
    (tmp_path / "file").touch()
    is_directory, is_none = "got {!r}, a directory; expected", "could not be written: {!r} is no directory"
    for words, told in (
        ([], is_directory.format(str(directory / replay.PAGE))),
        (["--out", tmp_path], is_directory.format(str(tmp_path))),
        (["--out", tmp_path / "file" / "page.html"], is_none.format(str(tmp_path / "file"))),
        (["--out", tmp_path / "no" / "page.html"], is_none.format(str(tmp_path / "no"))),
    ):
        assert told in refused(call, replay, directory, *words)
