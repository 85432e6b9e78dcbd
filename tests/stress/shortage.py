"""Commands that run short of memory or disk, in forks: `python -m tests.stress.shortage --times 300` (not on Windows).

Memory: a command may have so much more than it begins with. Disk: from some moment on nothing can be opened for
writing, made or renamed among the results, as it is full, read-only or somebody else's; or no file may be long. What
was finished is there after it, whole; nothing loads that is not; what went wrong is told in a line, and the exit status
says so. The same command finds its way once there is room.
"""

import argparse
import errno
import os
import random
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent import compare, replay, reproduce, run, sweep, table
from agent.experiments import command_line
from tests.stress import forks
from tests.stress.corruptions import same
from tests.stress.kills import Scenario, finished, partial_sizes

LOCK = "--env", "lock", "--steps", "3000"
SCENARIOS = [
    Scenario(run, LOCK, 1.0),
    Scenario(run, (*LOCK, "--agent", "random", "--baseline", "none", "--checkpoint-seconds", "0"), 1.0),
    Scenario(compare, (*LOCK, "--seeds", "6"), 1.0),
    Scenario(compare, ("--env", "FrozenLake-v1", "--steps", "200", "--seeds", "2"), 1.0),
    Scenario(reproduce, ("little-sommer-2013", "--seeds", "2"), 1.0),
    Scenario(sweep, (str(Path(__file__).with_name("kills.toml")),), 1.0),
]
READERS = replay, table
"""Commands that are given a finished run."""
WHYS = errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EIO
MOST_WRITES = 60
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
MEGABYTE = 1 << 20
OUTPUT = {"shortage of memory": 120 * MEGABYTE, "short files": 30_000}

Limit = Callable[[Path], None]


def refuse(number: int, why: int, is_lasting: bool, out: Path) -> None:
    """Refuse the so-manieth change among the results, and all that come after it where that is lasting."""
    met, place = 0, str(out)

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal met
        changes = event in ("os.mkdir", "os.rename") or (event == "open" and int(arguments[2] or 0) & WRITING)
        if not changes or not str(arguments[0]).startswith(place):
            return
        met += 1
        if met == number or (is_lasting and met > number):
            raise OSError(why, os.strerror(why), str(arguments[0]))

    sys.addaudithook(look)  # for as long as the fork lives


def memory(num_bytes: int, _: Path) -> None:
    """Allow so much memory beyond what there is."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + num_bytes
    command_line.LEAST_MEMORY = 0  # what it loads is there already
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def short_files(num_bytes: int, _: Path) -> None:
    """Let no file be longer."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, num_bytes))


def drawn(draw: random.Random, whole: bool) -> tuple[str, Limit]:
    """Draw what is short; gives its name and what makes it so."""
    kinds = ["refused writes"] * 3 + (["short files", "memory"] if whole else [])
    kind = draw.choice(kinds)
    if kind == "memory" and os.path.exists("/proc/self/statm"):
        num_bytes = int(OUTPUT["shortage of memory"] * draw.random() ** 2)
        return kind, lambda out: memory(num_bytes, out)
    if kind == "short files":
        num_bytes = int(OUTPUT["short files"] * draw.random() ** 2)
        return kind, lambda out: short_files(num_bytes, out)
    number, why, is_lasting = draw.randint(1, MOST_WRITES), draw.choice(WHYS), draw.random() < 0.7
    return "refused writes", lambda out: refuse(number, why, is_lasting, out)


def begun(command: Any, words: tuple[str, ...], out: Path, limit: Limit | None = None) -> tuple[int, list[str]]:
    """Run a command in a fork, short of something; gives its status and the lines of its errors."""
    errors = out.with_name("errors")

    def short() -> int:
        if limit is not None:
            limit(out)
        return command.main(list(words))

    return forks.end(forks.begin(short, errors)), errors.read_text().splitlines()


def examine(status: int, lines: list[str], before: Path, out: Path, whole: Any) -> str:
    """Look at what a shortage left; gives the outcome."""
    told = [line for line in lines if line.startswith("error: ")]
    assert status in (0, 1, 2), (status, lines)
    assert not any("Traceback" in line for line in lines), lines
    assert len(told) == (status != 0), (status, lines)
    assert not told or lines[-1] == told[0], lines
    assert len(lines) == len(set(lines)), lines
    was, now = finished(before), finished(out)
    assert was.keys() <= now.keys(), f"a finished result was lost: {lines}"
    assert all(same(found, whole[name]) for name, found in now.items()), f"a finished result is another: {lines}"
    partial_sizes(out)  # are whole
    assert status != 0 or now.keys() == whole.keys(), f"nothing was told of what is missing: {lines}"
    return "told" if status else "done, with a note" if lines else "done"


def punish(tally: forks.Tally, seed: int, is_whole: bool = True) -> None:
    """Run commands short of something, and count what comes of it.

    Args:
        tally: how often, and what came of it.
        seed: of what is drawn.
        is_whole: whether memory and the length of files run short too.
    """
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as directory:
        place, out = Path(directory), Path(directory, "out")
        wholes: dict[int, tuple[Path, Any]] = {}
        for _ in tally:
            which = draw.randrange(len(SCENARIOS))
            scenario = SCENARIOS[which]
            if which not in wholes:
                made = place / f"whole {which}"
                assert begun(scenario.command, (*scenario.arguments, "--quiet", "--out", str(made)), made) == (0, [])
                wholes[which] = made, finished(made)
            made, whole = wholes[which]
            before = draw.choice([made, None])
            shutil.copytree(before, out) if before else out.mkdir()
            force = ("--force",) if draw.random() < 0.7 else ()
            words = (*scenario.arguments, "--quiet", "--out", str(out), *force)
            kind, limit = drawn(draw, is_whole)
            status, lines = begun(scenario.command, words, out, limit)
            come = examine(status, lines, before or place / "none", out, whole)
            tally.outcomes.counts[f"{scenario.name}, {kind}: {come}"] += 1
            again = begun(scenario.command, (*scenario.arguments, "--quiet", "--out", str(out)), out)
            assert again[0] == 0, again
            assert same(dict(sorted(finished(out).items())), dict(sorted(whole.items()))), lines
            if scenario.command is run:
                _read(draw, out, tally, is_whole)
            shutil.rmtree(out)


def _read(draw: random.Random, out: Path, tally: forks.Tally, is_whole: bool) -> None:
    """Make a page and a table of a finished run, short of something."""
    command = draw.choice(READERS)
    name = command.__name__.rpartition(".")[2]
    (directory, *_) = sorted(str(path.parent) for path in out.glob("*/summary.json"))
    kind, limit = drawn(draw, is_whole)
    status, lines = begun(command, (directory,), out, limit)
    whole = finished(out)
    tally.outcomes.counts[f"{name}, {kind}: {examine(status, lines, out, out, whole)}"] += 1


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Let commands run short of memory and disk.")
    parser.add_argument("--times", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    tally = forks.Tally(options.times, "times")
    with tally.told_at_the_end():
        punish(tally, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
