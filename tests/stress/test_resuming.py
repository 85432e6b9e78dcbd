"""A little of what `python -m tests.stress.resuming` does."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs os.fork")
def test_runs_that_are_killed_end_as_if_they_were_not():
    command = [sys.executable, "-m", "tests.stress.resuming", "--runs", "1", "--seed", "4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "'runs compared': 1" in done.stdout
