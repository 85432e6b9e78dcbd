"""Ctrl-C loses nothing that was done, and nothing half done passes for finished."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent import load_run, run
from agent.experiments import command_line

ROOT = Path(__file__).parents[2]


def interrupted(module, arguments, sign):
    """Run a command on a terminal, press Ctrl-C once it shows a pattern; gives status, output and its text."""
    import pty

    terminal, side = pty.openpty()
    command = [sys.executable, "-m", module, *map(str, arguments)]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "160"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=side) as process:
        os.close(side)
        seen, deadline = "", time.monotonic() + 120
        while not re.search(sign, seen):
            assert time.monotonic() < deadline, seen[-2000:]
            seen += shown(terminal)
        process.send_signal(signal.SIGINT)
        while process.poll() is None:
            assert time.monotonic() < deadline, seen[-2000:]
            seen += shown(terminal)
        assert process.stdout is not None
        output = process.stdout.read().decode().splitlines()
        while rest := shown(terminal):
            seen += rest
    os.close(terminal)
    return process.returncode, output, seen


def shown(terminal):
    """What a terminal shows within a moment; nothing if nobody writes to it any more."""
    try:
        return os.read(terminal, 65536).decode(errors="replace") if select.select([terminal], [], [], 0.05)[0] else ""
    except OSError:
        return ""


posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


@pytest.mark.slow
@posix
def test_ctrl_c_keeps_a_readable_partial_run(tmp_path):
    arguments = ("--env", "lock", "--agent", "random", "--baseline", "curious", "--out", tmp_path)
    status, output, seen = interrupted("agent.run", [*arguments, "--steps", 2 * 10**7], "coverage [1-9]")
    assert status == 130
    assert "Traceback" not in seen
    assert "coverage" in seen  # the bar shows what matters
    directory = Path(output[-1])
    assert f"kept as a partial run in {directory}" in " ".join(seen.split())
    assert not (directory / "summary.json").exists()
    partial = load_run(directory)
    assert not partial.complete
    assert partial.summary["partial"] is True
    assert 0 < partial.summary["steps"] == len(partial.trace["state"]) < 10**9
    assert partial.trace["final_visits"].sum() == partial.summary["steps"]
    assert [path.name for path in tmp_path.iterdir()] == [directory.name]  # the baseline was not begun


@posix
def test_a_partial_run_is_not_taken_for_a_finished_one(call, played, tmp_path, monkeypatch):
    arguments = ("--env", "lock", "--steps", 40, "--baseline", "none")
    monkeypatch.setattr(command_line.Interruption, "requested", True, raising=False)
    monkeypatch.setattr(command_line.Interruption, "__init__", lambda self: setattr(self, "_previous", None))
    status, lines, errors = call(run, *arguments, "--out", tmp_path)
    assert status == 130
    assert "interrupted: 1 steps were kept as a partial run" in errors[-1]
    assert not load_run(lines[-1]).complete
    monkeypatch.undo()
    assert str(played(tmp_path, *arguments)) == lines[-1]
    assert load_run(lines[-1]).complete
    assert not (Path(lines[-1]) / "partial.json").exists()


def test_ctrl_c_while_drawing_loses_nothing(call, played, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    arguments = ("--env", "lock", "--steps", 40)
    monkeypatch.setattr("agent.reports.figures.write_run_figures", interrupted)
    status, _, errors = call(run, *arguments, "--out", tmp_path)
    assert (status, errors) == (130, ["interrupted"])
    directories = list(tmp_path.iterdir())
    assert [load_run(directory).complete for directory in directories] == [True, True]
    assert not any((directory / "figures").exists() for directory in directories)
    monkeypatch.undo()
    assert (played(tmp_path, *arguments) / "figures" / "belief_maps.png").is_file()


@posix
def test_ctrl_c_does_not_spoil_a_finished_run(call, played, tmp_path, monkeypatch):
    arguments = ("--env", "lock", "--steps", 40, "--baseline", "none")
    directory = played(tmp_path, *arguments)
    monkeypatch.setattr(command_line.Interruption, "requested", True, raising=False)
    monkeypatch.setattr(command_line.Interruption, "__init__", lambda self: setattr(self, "_previous", None))
    status, _, errors = call(run, *arguments, "--force", "--out", tmp_path)
    assert status == 130
    assert "left as it was" in errors[-1]
    assert load_run(directory).complete


@pytest.mark.slow
@posix
def test_ctrl_c_stops_the_workers_and_keeps_finished_seeds(tmp_path):
    arguments = ("--env", "lock", "--agents", "random", "--seeds", 1000, "--steps", 5000, "--out", tmp_path)
    status, output, seen = interrupted("agent.compare", arguments, "on seed")
    assert status == 130
    assert "Traceback" not in seen
    directory = Path(output[-1])
    assert sorted(path.name for path in directory.iterdir()) == ["config.json", "partial.json"]
    partial = json.loads((directory / "partial.json").read_text())
    assert partial["partial"] is True
    assert 0 < len(partial["agents"]["random"]) < 1000
    assert all(summary["steps"] == 5000 for summary in partial["agents"]["random"].values())


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "compare"])
def test_the_first_command_of_all_says_that_it_compiles(command, tmp_path):
    options = ["--env", "river-swim", "--steps", "100", "--out", str(tmp_path / "out")]
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    line = [sys.executable, "-m", f"agent.{command}", *options]
    with subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment) as first:
        told = first.stderr.readline()
        first.kill()
    assert told == "compiling for the first time: some ten seconds, kept for later runs\n"
