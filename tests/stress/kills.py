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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import compare, load_run, reproduce, run, sweep
from agent.experiments import study
from agent.experiments.comparisons import making
from agent.results import marks
from tests.stress import forks
from tests.stress.corruptions import same


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

    @property
    def name(self) -> str:
        """The command's."""
        return self.command.__name__.rpartition(".")[2]


@dataclass(frozen=True)
class Killed:
    """How a command ended: the signal it was sent, its status, its errors, and the seconds from one to the other."""

    number: signal.Signals
    status: int
    errors: str
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


def kill(scenario: Scenario, out: Path, more: tuple[str, ...], draw: random.Random, number: int) -> Killed:
    """Run a command in a fork and send it a signal; gives how it ended."""
    errors = out.with_name("errors")
    process = forks.begin(lambda: scenario.command.main([*scenario.arguments, "--out", str(out), *more]), errors)
    _wait_for_the_moment(process, scenario, out, draw)
    asked = time.monotonic()
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)
    status = forks.end(process)
    return Killed(signal.Signals(number), status, errors.read_text(), time.monotonic() - asked)


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


def examine(before: Path, out: Path, killed: Killed, whole: Any) -> str:
    """Look at what a kill left; gives the outcome.

    Raises:
        AssertionError: something was lost, or half of it loads, or an error is not one line.
    """
    number, status, errors = killed.number, killed.status, killed.errors
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


def punish(tally: forks.Tally, seed: int, signals: list[int], again_every: int = 10) -> None:
    """Kill commands, and count what comes of it."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        wholes, starts = zip(*(_starts(scenario, place / str(i)) for i, scenario in enumerate(SCENARIOS)), strict=True)
        for index in tally:
            which = draw.randrange(len(SCENARIOS))
            scenario, out = SCENARIOS[which], place / "out"
            before = draw.choice(starts[which])
            shutil.copytree(before, out)
            more = ("--quiet",) if draw.random() < 0.3 else ("--force", "--quiet")
            killed = kill(scenario, out, more, draw, draw.choice(signals))
            tally.outcomes.counts[examine(before, out, killed, wholes[which])] += 1
            if killed.status > 0:  # it heard the signal
                tally.outcomes.ended(scenario.name, killed.seconds)
            if index % again_every == again_every - 1:
                check_again(scenario, out, wholes[which])
            shutil.rmtree(out)


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
    names = sorted({signal.Signals(number).name for number in forks.SIGNALS})
    parser.add_argument("--signals", nargs="+", choices=names, help="drawn from; half of all are SIGKILL if not given")
    options = parser.parse_args(arguments)
    signals = [signal.Signals[name] for name in options.signals] if options.signals else forks.SIGNALS
    tally = forks.Tally(options.kills, "kills")
    with tally.told_at_the_end():
        punish(tally, options.seed, signals)
    return 0


if __name__ == "__main__":
    sys.exit(main())
