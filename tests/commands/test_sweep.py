"""`python -m agent.sweep`: the same bytes as comparisons, however the lives are shared out."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from agent import compare, load_results, sweep
from agent.results import marks

ROOT = Path(__file__).parents[2]
PLAN = """
seeds = 3
steps = 60
agents = ["curious", "random"]
env = ["lock", "river-swim"]
discount = [0.9, 0.95]
"""


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def curves(out):
    return {path.parent.name: path.read_bytes() for path in Path(out).glob("compare-*/curves.npz")}


def test_a_sweep_is_its_comparisons(call, plan, tmp_path):
    status, lines, errors = call(sweep, plan, "--out", tmp_path / "sweep", "--workers", 1)
    assert (status, errors) == (0, [])
    directory = Path(lines[-1])
    assert directory.name.startswith("sweep-small-")
    told = marks.load(directory, "sweep.json")
    told.check()
    words = ("--env", "lock", "--seeds", 3, "--steps", 60, "--discount", "0.95", "--workers", 1)
    assert call(compare, *words, "--out", tmp_path / "compare")[0] == 0
    ((name, content),) = curves(tmp_path / "compare").items()
    assert curves(tmp_path / "sweep")[name] == content
    assert [each["directory"] for each in told.content["comparisons"]] == told.config["worlds"]
    lives = load_results(directory)
    assert len(lives["seed"]) == 4 * 2 * 3
    assert set(np.round(lives["discount"], 2)) == {0.9, 0.95}
    assert sum(line.startswith("| lock | curious") for line in lines) == 2
    again = call(sweep, plan, "--out", tmp_path / "sweep", "--quiet")
    assert again == (0, [str(directory)], [])
    (directory / "sweep.json").unlink()
    (directory / "sweep.json").mkdir()
    told = f"error: {directory / 'sweep.json'}: could not be written: a directory is in its place; move it away"
    assert call(sweep, plan, "--out", tmp_path / "sweep", "--workers", 1) == (1, [], [told])


@pytest.mark.slow
def test_shares_make_the_same(call, plan, tmp_path):
    for k in (1, 2, 3):
        status, lines, _ = call(sweep, plan, "--out", tmp_path / "shares", "--shard", f"{k}/3", "--workers", 1)
        assert status == 0
        assert (Path(lines[-1]) == tmp_path / "shares") is (k < 3)
    assert Path(lines[-1]).name.startswith("sweep-small-")
    assert call(sweep, plan, "--out", tmp_path / "whole", "--workers", 1)[0] == 0
    assert curves(tmp_path / "shares") == curves(tmp_path / "whole")


def test_what_would_be_played_is_listed_and_nothing_is_done(call, plan, tmp_path):
    status, lines, _ = call(sweep, plan, "--out", tmp_path / "none", "--dry-run")
    assert status == 0
    assert lines[-1].startswith("24 lives to play, ")
    assert sum("river-swim discount 0.95" in line for line in lines) == 1
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_a_life_that_fails_is_named_and_the_other_comparisons_are_made(call, plan, tmp_path, monkeypatch):
    from agent.experiments import executors

    real = executors.play_one

    def failing(config, name, seed, should_stop):
        if (config["env"], config["discount"], name, seed) == ("lock", 0.9, "random", 1):
            raise MemoryError("no room")
        return real(config, name, seed, should_stop)

    with monkeypatch.context() as patch:
        patch.setattr(executors, "play_one", failing)
        status, _, errors = call(sweep, plan, "--out", tmp_path / "runs", "--workers", 1)
    assert status == 1
    assert errors == ["error: MemoryError: no room; 23 of 24 lives are kept, 3 of 4 comparisons are finished"]
    assert call(sweep, plan, "--out", tmp_path / "runs")[0] == 0
    assert len(curves(tmp_path / "runs")) == 4


@pytest.mark.slow
def test_lives_that_cannot_be_kept_are_told(call, plan, tmp_path, monkeypatch):
    from agent.results import storage

    def full(*_, **__):
        raise OSError("no space left on device")

    monkeypatch.setattr(storage, "write_bytes", full)
    status, _, errors = call(sweep, plan, "--out", tmp_path / "runs", "--workers", 1)
    assert (status, len(errors)) == (1, 1)
    assert "lives could not be kept in" in errors[0]
    assert "0 of 24 lives are kept" in errors[0]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "got no plan, expected a file in TOML"),
        (("PLAN", "--shard", "4/3"), "--shard: got '4/3', expected k/n"),
        (("PLAN", "--shard", "x"), "--shard: got 'x', expected k/n"),
        (("PLAN", "--shard", "1/2", "--cluster", "local"), "got both, expected one of them"),
        (("PLAN", "--workers", "0"), "--workers: got 0"),
    ],
)
def test_bad_input_is_one_line(call, plan, tmp_path, words, reason):
    arguments = [str(plan) if word == "PLAN" else word for word in words]
    status, lines, errors = call(sweep, *arguments, "--out", tmp_path / "none")
    assert (status, lines, len(errors)) == (2, [], 1)
    assert reason in errors[0]
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "text", ["", "# seeds = 3\n", "\ufeff\n", "[[comparison]]\n", '[[comparison]]\nenv = "lock"\n[[comparison]]\n']
)
def test_a_plan_that_asks_for_nothing_is_refused(call, plan, tmp_path, text):
    plan.write_text(text, encoding="utf-8")
    told = f"error: {plan}: got no option, expected some by name, such as env and steps; --help shows them"
    assert call(sweep, plan, "--out", tmp_path / "none") == (2, [], [told])
    assert not (tmp_path / "none").exists()


def test_an_empty_comparison_is_what_stands_at_the_top(call, plan, tmp_path):
    plan.write_text('seeds = 3\nenv = "lock"\n[[comparison]]\n[[comparison]]\nsteps = 60\n', encoding="utf-8")
    status, lines, _ = call(sweep, plan, "--out", tmp_path / "none", "--dry-run")
    assert (status, lines[-1].split(",")[0]) == (0, "12 lives to play")


@pytest.mark.slow
def test_force_plays_all_again(call, plan, tmp_path):
    out = ("--out", tmp_path / "runs", "--workers", 1, "--quiet")
    assert call(sweep, plan, *out)[0] == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").glob(".lives/*") if len(path.name) == 16}
    assert call(sweep, plan, *out, "--force")[0] == 0
    assert len(before) == 24
    assert all(path.stat().st_mtime_ns > then for path, then in before.items())


@pytest.mark.slow
def test_a_killed_sweep_goes_on_where_it_was(call, plan, tmp_path):
    plan.write_text(PLAN.replace("steps = 60", "steps = 4000").replace("seeds = 3", "seeds = 8"), encoding="utf-8")
    command = [sys.executable, "-m", "agent.sweep", str(plan), "--out", str(tmp_path / "runs"), "--workers", "1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while len(list((tmp_path / "runs").glob(".lives/*"))) < 6 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").glob(".lives/[0-9a-f]*")}
    assert 4 <= len(before) < 64
    assert call(sweep, plan, "--out", tmp_path / "runs")[0] == 0
    assert all(path.stat().st_mtime_ns == then for path, then in before.items() if len(path.name) == 16)
    assert call(sweep, plan, "--out", tmp_path / "whole")[0] == 0
    assert curves(tmp_path / "runs") == curves(tmp_path / "whole")


@pytest.mark.slow
def test_a_cluster_makes_the_same_bytes(call, plan, tmp_path):
    pytest.importorskip("distributed")
    command = [sys.executable, "-m", "agent.sweep", str(plan), "--out", str(tmp_path / "cluster"), "--quiet"]
    done = subprocess.run([*command, "--cluster", "local"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert call(sweep, plan, "--out", tmp_path / "local", "--workers", 1)[0] == 0
    assert curves(tmp_path / "cluster") == curves(tmp_path / "local")
    status, _, errors = call(sweep, plan, "--out", tmp_path / "other", "--cluster", "tcp://127.0.0.1:9")
    assert (status, len(errors)) == (2, 1)
    assert "no scheduler of Dask answers" in errors[0]
