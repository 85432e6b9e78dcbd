"""Commands run in this process."""

from pathlib import Path

import pytest

from agent import run


@pytest.fixture
def call(capsys):
    """Run a command: gives its status, the lines of its output, and those of its errors."""

    def call(command, *arguments):
        status = command.main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return status, printed.out.splitlines(), printed.err.splitlines()

    return call


@pytest.fixture
def played(call):
    """Run `agent.run` quietly: gives the directory."""

    def played(out, *arguments):
        status, lines, errors = call(run, "--out", out, "--quiet", *arguments)
        assert (status, len(lines), errors) == (0, 1, [])
        return Path(lines[0])

    return played
