"""Commands run in this process."""

import shutil
from pathlib import Path

import pytest

from agent import run
from tests.support.small_commands import COMMANDS


@pytest.fixture
def call(capsys):
    """Run a command: gives its status, the lines of its output, and those of its errors, whatever was compiled."""

    def call(command, *arguments):
        status = command.main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        errors = [line for line in printed.err.splitlines() if not line.startswith("compiling for the first time")]
        return status, printed.out.splitlines(), errors

    return call


@pytest.fixture
def played(call):
    """Run `agent.run` quietly: gives the directory."""

    def played(out, *arguments):
        status, lines, errors = call(run, "--out", out, "--quiet", *arguments)
        assert (status, len(lines), errors) == (0, 1, [])
        return Path(lines[0])

    return played


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """One small finished result of each command, to be copied."""
    out = tmp_path_factory.mktemp("kept")
    for command, arguments in COMMANDS.items():
        assert command.main([*map(str, arguments), "--out", str(out / command.__name__), "--quiet"]) == 0
    return out


@pytest.fixture
def result(kept, tmp_path):
    """Copy the result of a command: gives its directory."""

    def result(command):
        shutil.copytree(kept / command.__name__, tmp_path / "runs")
        (directory,) = (tmp_path / "runs").glob("[!.]*")
        return directory

    return result
