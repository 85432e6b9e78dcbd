"""Runs, killed at random moments and gone on with, beside the same in one piece: `python -m tests.stress.resuming`.

Each run is ended a few times, by SIGKILL or by a signal to end, while it steps or while it writes; between two times a
file of its checkpoints may be damaged, or the disk full. Then it is let end, and what it leaves is compared byte for
byte. Commands run in forks of this process (not on Windows).
"""

import argparse
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from agent import run
from agent.checkpoints import files
from agent.results import recorder
from tests.stress import forks
from tests.support.cut_lives import TIMES

SCENARIOS = [
    (("--env", "grid", "--steps", "60000"), 1.5),
    (("--env", "grid", "--agent", "psrl", "--steps", "20000"), 1.5),
    (("--env", "flags", "--prior", "structured", "--steps", "6000"), 2.0),
    (("--env", "FrozenLake-v1", "--steps", "8000"), 2.0),
    (("--env", "lock", "--agent", "random", "--steps", "300000"), 1.0),
]
"""Arguments, and the seconds within which a run is ended."""
BLOCK = 20_000
"""Rows of a block, so that there are many."""


def begun(arguments: tuple[str, ...], out: Path, limit: int | None = None) -> int:
    """Begin a run in a fork; gives its process. Files may be `limit` bytes long."""

    def command() -> int:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        return run.main([*arguments, "--baseline", "none", "--out", str(out)])

    return forks.begin(command, out.with_name("errors"))


def left(out: Path) -> tuple[bytes, bytes, str]:
    """What a finished run leaves: bytes, and what of its summary is not measured."""
    (directory,) = out.glob("[!.]*")
    summary = json.loads((directory / "summary.json").read_text())
    told = {name: value for name, value in summary.items() if name not in TIMES | {"sha256"}}
    return (directory / "trace.npz").read_bytes(), (directory / "metrics.csv").read_bytes(), repr(told)


def damaged(out: Path, draw: random.Random) -> bool:
    """Flip a bit of a file of the checkpoints, or cut it; gives whether there was one."""
    there = sorted(out.glob(f"*/{files.FOLDER}/[!.]*"))
    if not there:
        return False
    path = draw.choice(there)
    content = bytearray(path.read_bytes())
    if draw.random() < 0.5:
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    else:
        del content[draw.randrange(len(content)) :]
    path.write_bytes(content)
    return True


def steps_kept(out: Path) -> int | None:
    """Steps of the newest checkpoint; None where there is none."""
    folders = list(out.glob(f"*/{files.FOLDER}"))
    newest = [kept for folder in folders if (kept := files.newest(folder, lambda _: None))]
    return newest[0].life["steps"] if newest else None


def ended(arguments: tuple[str, ...], seconds: float, out: Path, draw: random.Random, outcomes: forks.Outcomes) -> None:
    """Begin a command, end it at some moment, and look at what it left."""
    before, number = steps_kept(out), draw.choice(forks.SIGNALS)
    process = begun((*arguments, "--checkpoint-seconds", draw.choice(["0", "0.05", "0.3"])), out)
    time.sleep(seconds * draw.random())
    asked = time.monotonic()
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)
    status, errors = forks.end(process), out.with_name("errors").read_text()
    seconds_to_end = time.monotonic() - asked
    assert "Traceback" not in errors, errors
    assert status in {0, -number, 128 + number}, (status, errors)
    outcomes.counts[f"ended by {number.name}" if status else "had ended"] += 1
    outcomes.counts["went on"] += "going on from step" in errors
    if number == signal.SIGKILL or status <= 0:
        return
    outcomes.ended("run", seconds_to_end)
    kept = steps_kept(out)
    for path in out.glob("*/partial.json") if "were kept as a partial run" in errors else ():
        steps = json.loads(path.read_text())["steps"]
        assert steps == kept, f"{steps} steps were made, and {kept} kept: {errors}"
    assert before is None or kept is None or kept >= before or "damaged" in errors, (before, kept, errors)


def punish(tally: forks.Tally, seed: int) -> None:
    """End runs, go on with them, and compare them; counts what comes of it.

    Raises:
        AssertionError: a run is another one, something was lost, or an error is not one line.
    """
    draw, outcomes = random.Random(seed), tally.outcomes
    recorder.BLOCK = BLOCK
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        wholes = {}
        for index in tally:
            which = index % len(SCENARIOS)
            arguments, seconds = SCENARIOS[which]
            if which not in wholes:
                assert run.main([*arguments, "--baseline", "none", "--quiet", "--out", str(place / f"{which}")]) == 0
                wholes[which] = left(place / f"{which}")
            out = place / "out"
            out.mkdir()
            for _ in range(draw.randint(1, 6)):
                ended(arguments, seconds, out, draw, outcomes)
                if draw.random() < 0.3 and damaged(out, draw):
                    outcomes.counts["damaged"] += 1
            if draw.random() < 0.3:
                status = forks.end(begun((*arguments, "--checkpoint-seconds", "0.05"), out, limit=30_000))
                errors = out.with_name("errors").read_text().splitlines()
                assert status in (0, 1), (status, errors)
                assert len([line for line in errors if "no checkpoint can be written" in line]) <= 1, errors
                outcomes.counts["full disk"] += 1
            status, errors = forks.end(begun(arguments, out)), out.with_name("errors").read_text()
            assert status == 0, (status, errors)
            lines = errors.splitlines()
            assert len([line for line in lines if "damaged" in line]) <= len(set(lines)), errors
            assert left(out) == wholes[which], f"{arguments} is another run: {errors}"
            outcomes.counts["runs compared"] += 1
            shutil.rmtree(out)


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="End runs at random moments, and go on with them.")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    tally = forks.Tally(options.runs, "runs")
    with tally.told_at_the_end():
        punish(tally, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
