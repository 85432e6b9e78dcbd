"""A little of what `python -m tests.stress.shortage` does."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.stress.limits import disks

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "tests.stress.shortage", "--rounds", "1", "--commands", "reproduce"]
KINDS = "short files", "full disk", "read-only disk"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and namespaces")
def test_a_command_that_runs_short_tells_it_and_finds_its_way():
    done = subprocess.run([*COMMAND, "--kinds", *KINDS], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "reproduce, short files: told': 1" in done.stdout
    if reason := disks.why_not():
        pytest.skip(f"real disks were left out: {reason}")
    assert "reproduce, full disk: told': 1, 'reproduce, read-only disk: told': 1" in done.stdout
    assert done.stdout.startswith("3 trials")
