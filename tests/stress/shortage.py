"""Commands that run short of memory or disk, in forks: `python -m tests.stress.shortage --rounds 3` (on Linux).

Memory: a command may address so much more than it begins with. Files: from some moment on nothing can be opened for
writing, made or renamed among the results, or no file may be long. Disks: a real one that is full, or read-only, where
such can be mounted. Workers: some are killed, or have little memory. What was finished is there after it, whole;
nothing loads that is not; what went wrong is told in a line, and the exit status says so. The same command finds its
way once there is room. How much a command needs is measured first: of that it gets a part.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from agent import compare, replay, reproduce, run, sweep, table
from agent.experiments import command_line
from tests.stress import forks
from tests.stress.corruptions import same
from tests.stress.kills import Scenario, call, finished, partial_sizes
from tests.stress.limits import disks, inside, workers

LOCK = "--env", "lock", "--steps", "3000"
LAKE = "--env", "FrozenLake-v1", "--steps", "200", "--seeds", "2"
RUN = Scenario(run, LOCK, 1.0)
WALKED = [
    Scenario(compare, LAKE, 4.0),
    Scenario(sweep, (str(Path(__file__).with_name("limits") / "walked.toml"),), 4.0),
]
"""What has workers."""
SCENARIOS = [
    RUN,
    Scenario(run, (*LOCK, "--agent", "random", "--baseline", "none", "--checkpoint-seconds", "0"), 1.0),
    Scenario(compare, (*LOCK, "--seeds", "6"), 1.0),
    Scenario(reproduce, ("little-sommer-2013", "--seeds", "2"), 1.0),
    Scenario(sweep, (str(Path(__file__).with_name("kills.toml")),), 1.0),
    Scenario(replay, (), 1.0),
    Scenario(table, (), 1.0),
    *WALKED,
]
READERS = replay, table
"""Commands that are given a finished run."""
SURE = "short files", "full disk", "read-only disk"
"""Kinds of shortage that a command which stores something cannot help to notice."""
OF_DISKS = "full disk", "read-only disk"
OF_WORKERS = "killed workers", "workers short of memory"
MEETABLE = "refused changes", "killed workers"
"""Kinds that a command may happen to miss, which is counted."""
KINDS = "refused changes", "memory", *SURE, *OF_WORKERS
COMPILER_ABORTS = "LLVM ERROR: ", "terminate called after throwing an instance of 'std::bad_alloc'"
"""How begins what a compiler says that finds no memory, and ends the process: nobody can catch that."""
ENOUGH = 0.9
"""Share of what a command needs below which it surely has too little."""
BESIDE = ".lives", "checkpoints"
"""What a result is whole without."""
WORKER = command_line.LEAST_MEMORY, 1_200_000_000
"""Bytes that a worker may address: from where a command begins at all to where it has enough."""


class Needs(NamedTuple):
    """What a command takes that has all it wants: changes to files, bytes of memory, bytes of its longest file."""

    changes: int
    memory: int
    longest: int


@dataclass(frozen=True)
class Limit:
    """What is short: set in the fork, around it on the disk, or beside it."""

    inside: Callable[[], object] = lambda: None
    around: Callable[[], AbstractContextManager[None]] = nullcontext
    beside: Callable[[int], AbstractContextManager[None]] = lambda _: nullcontext()


def drawn(draw: random.Random, kind: str, out: Path, needs: Needs) -> Limit:
    """Draw how much of what a command needs it gets."""
    share, met = ENOUGH * draw.random(), out.with_name("met")
    if kind == "refused changes":
        number, why = 1 + int(share * needs.changes), draw.choice(inside.WHYS)
        return Limit(inside=partial(inside.refuse, out, number, why, draw.random() < 0.7, met))
    if kind == "memory":
        return Limit(inside=partial(inside.memory, int(share * needs.memory)))
    if kind == "short files":
        return Limit(inside=partial(inside.short_files, int(share * needs.longest)))
    if kind == "full disk":
        return Limit(around=lambda: disks.full(out, int(share * needs.longest)))
    if kind == "read-only disk":
        return Limit(around=lambda: disks.read_only(out))
    if kind == "killed workers":
        return Limit(beside=partial(workers.met, act=workers.killed(draw.choice([1, 2, 100]), draw, met)))
    least, most = WORKER
    return Limit(beside=partial(workers.met, act=workers.limited(least + int(share**2 * (most - least)))))


def begun(command: Callable[[], int], errors: Path, limit: Limit | None = None) -> tuple[int, list[str]]:
    """Run a command in a fork, short of something; gives its status and the lines of its errors."""
    limit = limit or Limit()

    def short() -> int:
        limit.inside()
        return command()

    with limit.around():
        process = forks.begin(short, errors)
        with limit.beside(process):
            status = forks.end(process)
    return status, errors.read_text().splitlines()


def measured(command: Callable[[], int], out: Path) -> Needs:
    """Run a command that has all it wants; gives what it takes."""
    told, were = out.with_name("needs"), {each.stat().st_ino for each in out.rglob("*")}

    def counted() -> int:
        changes, before = inside.count(out), inside.most_memory()
        status = command()
        told.write_text(json.dumps([changes[0], inside.most_memory() - before]))
        return status

    status, lines = begun(counted, out.with_name("errors"))
    assert status == 0, lines
    files = [path.stat() for path in out.rglob("*") if path.is_file() and not set(BESIDE) & set(path.parts)]
    sizes = [each.st_size for each in files if each.st_ino not in were]
    return Needs(*json.loads(told.read_text()), max(sizes, default=0))


def examine(status: int, lines: list[str], before: dict[str, Any], out: Path, whole: Any) -> str:
    """Look at what a shortage left; gives the outcome."""
    aborted = status == -signal.SIGABRT and any(line.startswith(COMPILER_ABORTS) for line in lines)
    told = [line for line in lines if line.startswith("error: ")]
    assert status in (0, 1, 2) or aborted, (status, lines)
    assert not any("Traceback" in line for line in lines), lines
    assert len(told) == (status != 0) or aborted, (status, lines)
    assert not told or lines[-1] == told[0], lines
    assert len(lines) == len(set(lines)), lines
    now = finished(out)
    assert before.keys() <= now.keys(), f"a finished result was lost: {lines}"
    assert all(same(found, whole[name]) for name, found in now.items()), f"a finished result is another: {lines}"
    partial_sizes(out)  # are whole
    assert status != 0 or now.keys() == whole.keys(), f"nothing was told of what is missing: {lines}"
    return "aborted by a compiler" if aborted else "told" if status else "done, with a note" if lines else "done"


@dataclass
class Trials:
    """Commands that are let run short, and what they leave when they do not.

    Attributes:
        place: where everything is.
        draw: draws how short.
        have_disks: whether real disks can be mounted.
    """

    place: Path
    draw: random.Random
    have_disks: bool

    def __post_init__(self) -> None:
        assert call(RUN, self.place / "loaded", "--quiet") == (0, "")  # some libraries hang that find no memory to load
        self._wholes: dict[Scenario, tuple[Path, Any]] = {}
        self._needs: dict[tuple[Scenario, bool], Needs] = {}

    def run_short(self, scenario: Scenario, kind: str) -> str:
        """Let a command run short of something, and then not; gives what came of it.

        Raises:
            AssertionError: something was lost, was not told, or did no harm at all although it must have.
        """
        out, is_new = self.place / "out", scenario.command not in READERS and self.draw.random() < 0.6
        made, whole = self._whole(RUN if scenario.command in READERS else scenario)
        needs = self._needed(scenario, is_new, made)
        with disks.disk(out) if self.have_disks else tempfile.TemporaryDirectory(prefix="out", dir=self.place) as plain:
            out = out if plain is None else Path(plain)
            if not is_new:
                shutil.copytree(made, out, dirs_exist_ok=True)
            before = finished(out)
            status, lines = begun(
                self._command(scenario, out, not is_new), self._errors, drawn(self.draw, kind, out, needs)
            )
            come = examine(status, lines, before, out, whole)
            changes = scenario.command is not table
            assert status or kind not in SURE or not changes, f"{kind}: nothing was told of it: {lines}"
            if kind in MEETABLE and changes:
                met = out.with_name("met")
                come = come if met.exists() else f"{come}, as it was not met"
                met.unlink(missing_ok=True)
            status, lines = begun(self._command(scenario, out, False), self._errors)
            assert status == 0, lines
            assert same(dict(sorted(finished(out).items())), dict(sorted(whole.items()))), lines
        return f"{scenario.name}, {kind}: {come}"

    @property
    def _errors(self) -> Path:
        return self.place / "errors"

    def _whole(self, scenario: Scenario) -> tuple[Path, Any]:
        """Return what a command leaves that has all it wants, and all of that."""
        if scenario not in self._wholes:
            made = self.place / f"whole {len(self._wholes)}"
            made.mkdir()
            self._needs[scenario, True] = measured(self._command(scenario, made, False), made)
            self._wholes[scenario] = made, finished(made)
        return self._wholes[scenario]

    def _needed(self, scenario: Scenario, is_new: bool, made: Path) -> Needs:
        if (scenario, is_new) not in self._needs:
            with tempfile.TemporaryDirectory(dir=self.place) as directory:
                out = shutil.copytree(made, Path(directory, "out"))
                self._needs[scenario, is_new] = measured(self._command(scenario, out, True), out)
        return self._needs[scenario, is_new]

    def _command(self, scenario: Scenario, out: Path, force: bool) -> Callable[[], int]:
        words = [*scenario.arguments, "--quiet", "--out", str(out), *(["--force"] if force else [])]
        if scenario.command in READERS:
            words = [str(min(path.parent for path in out.glob("*/summary.json")))]
        return lambda: scenario.command.main(words)


def pairs(draw: random.Random, kinds: Sequence[str], names: Sequence[str]) -> list[tuple[Scenario, str]]:
    """Return every command with every shortage that it can have, in some order."""
    chosen = [scenario for scenario in SCENARIOS if scenario.name in names]
    found = [(each, kind) for each, kind in product(chosen, kinds) if kind not in OF_WORKERS or each in WALKED]
    draw.shuffle(found)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Let commands run short of memory and disk.")
    names = sorted({scenario.name for scenario in SCENARIOS})
    parser.add_argument("--rounds", type=int, default=3, help="of all commands with all shortages")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--commands", nargs="+", choices=names, default=names)
    parser.add_argument("--mounted", action="store_true", help="this process has mounts of its own")
    options = parser.parse_args(arguments)
    reason = None if options.mounted else disks.why_not()
    if reason is not None:
        print(f"without {' and '.join(OF_DISKS)}: {reason}", file=sys.stderr)
    elif not options.mounted:
        given = sys.argv[1:] if arguments is None else arguments
        command = [*disks.NAMESPACE, sys.executable, "-m", "tests.stress.shortage", *given, "--mounted"]
        os.execvp(command[0], command)
    kinds = [kind for kind in options.kinds if options.mounted or kind not in OF_DISKS]
    draw = random.Random(options.seed)
    trials = [pair for _ in range(options.rounds) for pair in pairs(draw, kinds, options.commands)]
    tally = forks.Tally(len(trials), "trials")
    with tally.told_at_the_end(), tempfile.TemporaryDirectory() as directory:
        place = Trials(Path(directory), draw, options.mounted)
        for number in tally:
            tally.outcomes.counts[place.run_short(*trials[number])] += 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
