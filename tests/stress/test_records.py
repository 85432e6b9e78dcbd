"""A little of what `python -m tests.stress` does to stored results."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.stress import corruptions

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def test_no_corruption_loads():
    outcomes = corruptions.corrupt(150, seed=2, redo_every=75)
    assert outcomes["refused"] > 100


@pytest.mark.skipif(sys.platform == "win32", reason="needs os.fork")
def test_no_kill_loses_what_was_finished():
    command = [sys.executable, "-m", "tests.stress.kills", "--kills", "3", "--seed", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("3 kills: ")
