"""Terminals, streams, encodings and variables of every kind: a result, or one line, and never a traceback."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent import compare, reproduce, run
from agent.experiments import command_line
from agent.experiments.options import RunOptions

ROOT = Path(__file__).parents[2]
SMALL = "-m agent.run --env chain --steps 20 --baseline none"


def shell(command, directory, **variables):
    """Run `command`, in which PYTHON stands for the interpreter: gives status, output and errors."""
    environment = {name: value for name, value in os.environ.items() if name not in variables}
    environment |= {name: value for name, value in variables.items() if value is not None}
    command = command.replace("PYTHON", f"{sys.executable} {SMALL} --out {directory / 'runs'}")
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, timeout=300)
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    return done.returncode, done.stdout, done.stderr.decode().splitlines()


@pytest.mark.slow
def test_a_backend_that_is_none_is_none_of_our_business(tmp_path):
    status, _, errors = shell("PYTHON --quiet", tmp_path, MPLBACKEND="bogus")
    assert (status, errors) == (0, [])
    assert len(list(tmp_path.glob("runs/*/figures/learning_curves.png"))) == 1


def test_a_backend_that_is_one_is_kept():
    code = (
        "import agent.reports.backend, matplotlib, os; print(matplotlib.rcParams['backend'], os.environ['MPLBACKEND'])"
    )
    environment = os.environ | {"MPLBACKEND": "svg"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["svg", "svg"]


@pytest.mark.parametrize("command", ["PYTHON --list", "PYTHON --help"])
def test_output_that_cannot_be_written(command, tmp_path):
    status, _, errors = shell(f"{command} >/dev/full", tmp_path)
    assert (status, errors) == (1, ["error: the output cannot be written: No space left on device"])


def test_help_that_nobody_reads(tmp_path):
    _, output, errors = shell("PYTHON --help | true; echo ${PIPESTATUS[0]}", tmp_path)
    assert int(output) in (0, 141)
    assert errors == []


@pytest.mark.slow
def test_streams_that_are_closed(tmp_path):
    assert shell("PYTHON --list >&-", tmp_path) == (0, b"", [])
    assert shell("PYTHON --seed -1 >&- 2>&-", tmp_path) == (2, b"", [])
    assert shell("PYTHON --seed -1 2>/dev/full", tmp_path) == (2, b"", [])


@pytest.mark.slow
@pytest.mark.parametrize(
    "variables", [{"PYTHONIOENCODING": "ascii"}, {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "20"}]
)
def test_plain_terminals(variables, tmp_path):
    status, output, errors = shell("PYTHON", tmp_path, **variables)
    assert (status, errors) == (0, [])
    assert b"chain, 20 steps, seed 0" in b" ".join(output.split())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="file names that are no text")
def test_the_name_of_a_result_is_printed_as_it_is(tmp_path):
    command = f"PYTHON --quiet --out $(printf '{tmp_path}/\\xff')"
    status, output, errors = shell(command, tmp_path)
    assert (status, errors) == (0, [])
    assert output.startswith(os.fsencode(tmp_path) + b"/\xff/chain-curious-s0-")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "cp1252"])
def test_letters_that_an_encoding_lacks_are_escaped(encoding, monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    assert command_line.guarded(lambda: print("a ≥ b \udcff") or 0) == 0
    assert written.getvalue().rstrip() in (b"a \\u2265 b \xff", "a ≥ b ".encode() + b"\xff")


@pytest.mark.parametrize("columns", ["1", "20", "0", "-5", "much", "100000"])
def test_terminals_of_any_width(columns, call, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    status, output, errors = call(run, "--curiosity-weight", "abc")
    expected = "error: --curiosity-weight: got 'abc', expected a number; --help shows all options"
    assert (status, output, errors) == (2, [], [expected])
    status, output, errors = call(run, "--help")
    assert (status, errors) == (0, [])
    assert output[0].startswith("usage: ")
    assert os.environ["COLUMNS"] == columns


@pytest.mark.parametrize("command", [run, compare, reproduce])
def test_descriptions_fit_into_eighty_columns(command):
    assert max(map(len, command.DESCRIPTION.splitlines())) <= 80


@pytest.mark.parametrize("colour", ["FORCE_COLOR", "NO_COLOR", "CLICOLOR_FORCE"])
def test_errors_have_no_colours(colour, call, monkeypatch):
    monkeypatch.setenv(colour, "1")
    _, _, errors = call(run, "--stps", "3")
    assert errors == ["error: Unrecognized options: --stps, 3; perhaps you meant --steps N"]


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (MemoryError(), 1, "error: out of memory; ask for fewer steps"),
        (OSError(28, "No space left on device", "trace.npz"), 1, "No space left on device: 'trace.npz'"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ImportError("libx.so: failed to map segment from shared object"), 1, "error: out of memory; ask for fewer"),
        (RuntimeError("can't start new thread"), 1, "error: out of memory; ask for fewer"),
        (ImportError("libx.so.0: cannot open shared object file: Cannot allocate memory"), 1, "error: out of memory;"),
    ],
)
def test_failures_become_one_line_and_a_status(error, status, line, capsys, monkeypatch):
    monkeypatch.setattr(command_line, "_drop_output", lambda: None)

    def fail():
        raise error

    assert command_line.guarded(fail) == status
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1
    assert line in errors[0]


@pytest.mark.parametrize("kind", [ImportError, RuntimeError])
def test_other_failures_are_faults_of_ours(kind):
    def fail():
        raise kind("no module of that name")

    with pytest.raises(kind, match="no module of that name"):
        command_line.guarded(fail)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
@pytest.mark.parametrize("command", [run, compare, reproduce])
def test_with_too_little_memory_to_load_anything_nothing_is_begun(command, call, monkeypatch, tmp_path):
    import resource

    limits = [450_000_000, resource.RLIM_INFINITY]
    monkeypatch.setattr(resource, "getrlimit", lambda which: limits if which == resource.RLIMIT_AS else None)
    status, output, errors = call(command, "--out", tmp_path / "runs")
    told = "this process may address 450 MB (ulimit -v); expected 900 or more"
    assert (status, output, errors) == (1, [], [f"error: out of memory: {told}"])
    assert not list(tmp_path.iterdir())
    for enough in (900_000_000, resource.RLIM_INFINITY):
        limits[0] = enough
        assert command_line.parse(RunOptions, [], "run", "") == RunOptions()
