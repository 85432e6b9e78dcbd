"""What is shown of a run's progress: lines of a log, and as much as a narrow terminal has room for."""

import io

import pytest
from rich.console import Console

from agent.reports import terminal
from tests.support.synthetic_life import Life


@pytest.fixture(autouse=True)
def _ten_seconds(monkeypatch, _prints_the_same_everywhere):
    monkeypatch.setattr(terminal, "SECONDS_BETWEEN_LINES", 10.0)


def lines_of(num_steps, seconds_a_step):
    """What a log holds of a life, looked at after every step."""
    life, written, now = Life(num_steps), [], [0.0]
    recorder = life.recorder(steps=0)
    log = terminal.log_of_steps(written.append, lambda: now[0])
    log("curious", 3)  # states of the world, while they are counted
    log("curious", recorder)
    for _ in range(num_steps):
        transition = life.transition()
        life.t += 1
        recorder.record(transition)
        now[0] += seconds_a_step
        log("curious", recorder)
    return written


def test_a_log_has_a_line_at_every_5_percent():
    lines = lines_of(1000, 1.0)
    assert len(lines) == 20
    assert lines[0] == "curious: 50 of 1 000 steps, 5 %, 0:15:50 left"
    assert lines[9] == "curious: 500 of 1 000 steps, 50 %, 0:08:20 left"
    assert lines[-1] == "curious: 1 000 of 1 000 steps, 100 %, 0:00:00 left"


def test_lines_of_a_log_are_ten_seconds_apart():
    assert len(lines_of(1000, 0.1)) == 9
    assert lines_of(1000, 0.005) == []


@pytest.mark.parametrize("width", [80, 160])
def test_progress_fits_into_the_terminal(width, monkeypatch):
    screen = io.StringIO()
    console = Console(file=screen, width=width, force_terminal=True, color_system=None, legacy_windows=False)
    monkeypatch.setattr(terminal, "Console", lambda **_: console)
    life = Life(20_000_000)
    life.information_gain = 1234.5
    with terminal.progress_of_steps(False) as show:
        show("curious", life.recorder(steps=0))
        show("random", life.recorder(steps=20))
    last = [line for line in screen.getvalue().replace("\x1b", "\n").splitlines() if "20000000" in line][-2:]
    assert "missing 80 %" in last[0]
    assert "missing 3.81 %" in last[1]
    assert all(len(line) <= width for line in last)
    assert all(("steps/s" in line) == (width > 80) for line in last)


def test_runs_are_counted_in_a_log(monkeypatch, capsys):
    monkeypatch.setattr(terminal, "SECONDS_BETWEEN_LINES", 0.0)
    with terminal.progress_of_runs(40, quiet=False) as done:
        for _ in range(40):
            done("curious on seed 0")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in lines] == [f"{2 * k} of 40 runs" for k in range(1, 21)]
    with terminal.progress_of_runs(40, quiet=True) as done:
        done("curious on seed 0")
    assert capsys.readouterr().err == ""
