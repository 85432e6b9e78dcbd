"""Commands, killed at random moments: `python -m tests.stress.kills --kills 200` (not on Windows).

Before each kill a finished result, an interrupted one, or none is there. After it, what was finished is there, whole;
nothing loads that is not; steps that were made before a signal to end are kept; the same command finds its way.
Commands run in forks of this process, so that a kill takes a moment; half of them hit while files are being written.
"""

import argparse
import contextlib
import io
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import compare, load_run, reproduce, run, sweep
from agent.experiments import study
from agent.experiments.comparisons import making
from agent.results import marks
from tests.stress.corruptions import same

SIGNALS = [signal.SIGKILL] * 3 + [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]
LONGEST = 120.0
"""Seconds after a kill by which a command must have ended."""


@dataclass(frozen=True)
class Scenario:
    """A command, and what it leaves.

    Attributes:
        command: its module.
        arguments: of the command.
        seconds: that it takes, or a little more.
    """

    command: Any
    arguments: tuple[str, ...]
    seconds: float


SCENARIOS = [
    Scenario(run, ("--env", "lock", "--steps", "60000"), 3.0),
    Scenario(run, ("--env", "lock", "--steps", "400000", "--agent", "random", "--baseline", "none"), 2.0),
    Scenario(compare, ("--env", "lock", "--steps", "3000", "--seeds", "30"), 2.0),
    Scenario(reproduce, ("little-sommer-2013", "--seeds", "20"), 1.5),
    Scenario(sweep, (str(Path(__file__).with_suffix(".toml")),), 2.0),
]


def call(scenario: Scenario, out: Path, *more: str) -> tuple[int, str]:
    """Run a command in this process; gives its status and its errors."""
    errors = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
        status = scenario.command.main([*scenario.arguments, "--out", str(out), *more])
    return status, errors.getvalue()


def finished(out: Path) -> dict[str, Any]:
    """Load every finished result, by the name of its directory.

    Raises:
        ValueError: one is damaged.
    """
    found = {}
    for directory in out.glob("[!.]*"):
        if (directory / "summary.json").exists():
            loaded = load_run(directory)
            found[directory.name] = loaded.config, loaded.metrics, loaded.trace
        for command in (making, reproduce):
            if (directory / command.KIND.mark).exists():
                loaded = study.load(command.KIND, directory)
                found[directory.name] = loaded.config, loaded.curves
    return found


def partial_sizes(out: Path) -> dict[str, int]:
    """How much the interrupted results hold, by the name of their directory.

    Raises:
        ValueError: one is damaged.
    """
    sizes = {}
    for path in out.glob("*/partial.json"):
        if any((path.parent / mark).exists() for mark in ("summary.json", making.KIND.mark, reproduce.KIND.mark)):
            continue
        stored = marks.load(path.parent, path.name)
        stored.check()
        content = stored.content
        if "finished" in content:
            sizes[path.parent.name] = sum(content["finished"].values())
        elif "agents" in content:
            sizes[path.parent.name] = sum(map(len, content["agents"].values()))
        else:
            sizes[path.parent.name] = load_run(path.parent).summary["steps"]
    return sizes


def kill(scenario: Scenario, out: Path, more: tuple[str, ...], draw: random.Random) -> tuple[signal.Signals, int, str]:
    """Run a command in a fork and kill it; gives the signal, the status it ended with, and its errors."""
    errors = out.with_name("errors")
    sys.stdout.flush()
    errors.touch()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # or the fork would end as this process does, tidying up
    process = os.fork()
    if process == 0:
        status = 128 + signal.SIGINT  # if a signal comes before the command listens to any
        try:
            with open(errors, "w") as file, open(os.devnull, "w") as nothing:
                os.dup2(file.fileno(), 2)
                os.dup2(nothing.fileno(), 1)
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
                status = scenario.command.main([*scenario.arguments, "--out", str(out), *more])
        finally:
            os._exit(status)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    number = draw.choice(SIGNALS)
    _wait_for_the_moment(process, scenario, out, draw)
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)
    return number, _end(process), errors.read_text()


def _wait_for_the_moment(process: int, scenario: Scenario, out: Path, draw: random.Random) -> None:
    """Wait for any moment of the command's time, or until it writes files and a little longer."""
    deadline = time.monotonic() + scenario.seconds * draw.random()
    if draw.random() < 0.5:
        deadline = time.monotonic() + scenario.seconds
        while time.monotonic() < deadline and not _is_writing(out):
            time.sleep(0.0005)
        deadline = time.monotonic() + draw.choice([0.0, 0.002, 0.01, 0.05]) * draw.random()
    while time.monotonic() < deadline:
        time.sleep(0.0005)


def _is_writing(out: Path) -> bool:
    with contextlib.suppress(OSError):
        return any(name.startswith(".") for directory in out.glob("[!.]*") for name in os.listdir(directory))
    return False


def _end(process: int) -> int:
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    raise AssertionError(f"it did not end within {LONGEST:.0f} s of a signal")


def examine(scenario: Scenario, before: Path, out: Path, killed: tuple[signal.Signals, int, str], whole: Any) -> str:
    """Look at what a kill left; gives the outcome.

    Raises:
        AssertionError: something was lost, or half of it loads, or an error is not one line.
    """
    number, status, errors = killed
    allowed = {0, -number} if number == signal.SIGKILL else {0, 128 + number}
    assert status in allowed, (number, status, errors)
    assert "Traceback" not in errors, errors
    was, now = finished(before), finished(out)
    assert was.keys() <= now.keys(), f"{number.name} lost a finished result: {errors}"
    assert all(same(found, whole[name]) for name, found in now.items()), "a finished result is another"
    held, holds = partial_sizes(before), partial_sizes(out)
    for name, size in held.items():
        assert name in now or holds.get(name, 0) >= size, f"{number.name} lost an interrupted result: {errors}"
    if "were kept" in errors:
        assert now.keys() | holds.keys(), errors
    if status == 0:
        assert len(now) == len(whole), "a command that ended left no finished result"
        return "had ended"
    if len(now) > len(was):
        return "finished one"
    return f"{number.name}: {'kept what was run' if holds.keys() - held.keys() else 'nothing new'}"


def check_again(scenario: Scenario, out: Path, whole: Any) -> None:
    """Ask for the same once more: all is there then, and nothing else."""
    status, errors = call(scenario, out, "--quiet")
    assert (status, errors) == (0, ""), (status, errors)
    assert same(dict(sorted(finished(out).items())), dict(sorted(whole.items())))
    strays = [path for path in out.rglob(".*") if path.parent in _touched(out)]
    assert not strays, strays


def _touched(out: Path) -> Iterator[Path]:
    return (path for path in out.glob("[!.]*") if not (path / "partial.json").exists())


def punish(kills: int, seed: int, again_every: int = 10) -> Counter[str]:
    """Kill commands; gives how often each outcome was met."""
    draw, outcomes = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        wholes, starts = zip(*(_starts(scenario, place / str(i)) for i, scenario in enumerate(SCENARIOS)), strict=True)
        for index in range(kills):
            which = draw.randrange(len(SCENARIOS))
            scenario, out = SCENARIOS[which], place / "out"
            before = draw.choice(starts[which])
            shutil.copytree(before, out)
            more = ("--quiet",) if draw.random() < 0.3 else ("--force", "--quiet")
            killed = kill(scenario, out, more, draw)
            outcomes[examine(scenario, before, out, killed, wholes[which])] += 1
            if index % again_every == again_every - 1:
                check_again(scenario, out, wholes[which])
            shutil.rmtree(out)
    return outcomes


def _starts(scenario: Scenario, place: Path) -> tuple[Any, list[Path]]:
    """Make what may be there before a kill: the finished result (twice as likely), an interrupted one, nothing."""
    whole, partial, nothing = place / "whole", place / "partial", place / "nothing"
    assert call(scenario, whole, "--quiet")[0] == 0
    nothing.mkdir()
    shutil.copytree(whole, partial)
    for directory in partial.glob("[!.]*"):
        for mark in ("summary.json", making.KIND.mark, reproduce.KIND.mark):
            if (directory / mark).exists():
                _interrupt(directory, mark)
    return finished(whole), [whole, whole, partial, nothing]


def _interrupt(directory: Path, mark: str) -> None:
    """Turn a small finished result into one that looks interrupted after its first seed, or is as long as can be."""
    from agent.results import storage

    content = storage.read_json(directory / mark)
    if mark == making.KIND.mark:
        content = {"agents": {name: {"0": {}} for name in content["agents"]}}
    elif mark == reproduce.KIND.mark:
        content["finished"] = {"curious": 1}
    (directory / mark).unlink()
    storage.write_json(directory / "partial.json", content | {"partial": True})
    marks.seal(directory, "partial.json")


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Kill commands at random moments.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--signals", nargs="+", default=[each.name for each in SIGNALS], help="drawn from; such as SIGKILL"
    )
    options = parser.parse_args(arguments)
    SIGNALS[:] = [signal.Signals[name] for name in options.signals]
    outcomes = punish(options.kills, options.seed)
    print(f"{options.kills} kills: {dict(outcomes)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
