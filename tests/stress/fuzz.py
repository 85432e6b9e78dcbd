"""Inputs of every kind, drawn by a seed: each gives a result that keeps its promises, or is refused in one line.

    python -m tests.stress.fuzz --inputs 20000             all kinds, on all cores
    python -m tests.stress.fuzz --kind maps worlds         some of them
    python -m tests.stress.fuzz --only worlds:17           one input again, in this process, with its traceback

Everything else is a finding: another exception, a number that is none, a promise that was broken, an interpreter that
died, an answer that did not come. Inputs are judged in processes of their own, which are started anew when they die.
Every input is drawn from `[seed, kind, number]` alone.
"""

import argparse
import contextlib
import faulthandler
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
SHARES = {
    "maps": 4,
    "configs": 2,
    "worlds": 4,
    "foreign": 2,
    "transitions": 4,
    "beliefs": 2,
    "files": 2,
    "command-lines": 1,
}
"""The kinds of input, each a module of this directory, and how many of each there are to one another."""

SECONDS = 120  # for an answer, in which much may have to be compiled
MEMORY = 3 * 2**30  # bytes that a process may ask for: more than any input needs
BATCH = 500  # inputs of a process


@dataclass(frozen=True)
class Finding:
    """An input that is not dealt with as promised.

    Attributes:
        kind, number: the input.
        what: one line, equal for findings of the same cause as far as can be told.
        detail: the input and the traceback.
    """

    kind: str
    number: int
    what: str
    detail: str


def judge(kind: str, number: int, seed: int) -> None:
    """Judge one input; raises what is found."""
    from tests.stress.kinds import judging

    check: Callable[[np.random.Generator, Path], None]
    check = import_module(f"tests.stress.kinds.{kind.replace('-', '_')}").check
    judging.forget()
    with tempfile.TemporaryDirectory() as directory, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RuntimeWarning)  # numpy's, of numbers that are none
        check(np.random.default_rng([seed, zlib.crc32(kind.encode()), number]), Path(directory))


def search(kind: str, numbers: Sequence[int], seed: int) -> Iterator[Finding | None]:
    """Judge inputs one after the other in processes of their own; gives a finding or None for each."""
    left = list(numbers)
    while left:
        with tempfile.TemporaryFile("w+") as errors:
            with _start(kind, left, seed, errors) as process:
                assert process.stdout is not None
                for line in process.stdout:
                    found = json.loads(line)
                    yield None if found is None else Finding(kind, left[0], *found)
                    left = left[1:]
            errors.seek(0)
            if left:
                yield Finding(kind, left[0], *_death(process.returncode, errors.read()))
                left = left[1:]


def _start(kind: str, numbers: Sequence[int], seed: int, errors: Any) -> "subprocess.Popen[str]":
    words = ["--seed", str(seed), "--kind", kind, "--numbers", *map(str, numbers)]
    command = [sys.executable, "-m", "tests.stress.fuzz", *words]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
    )


def work(kind: str, numbers: Sequence[int], seed: int) -> None:
    """Judge inputs in this process, and write a line about each where the standard output was."""
    _limit_memory()
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what commands print is no answer
    faulthandler.enable()
    for number in numbers:
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        try:
            judge(kind, number, seed)
        except BaseException as error:
            answers.write(json.dumps(_told(error)) + "\n")
        else:
            answers.write("null\n")
    faulthandler.cancel_dump_traceback_later()


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError):  # not on Windows, not above a lower limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _told(error: BaseException) -> tuple[str, str]:
    """What was found, in a line that is equal for the same cause, and at length."""
    from tests.stress.kinds.judging import BrokenPromiseError, described

    lines = traceback.extract_tb(error.__traceback__)
    ours = [line for line in lines if Path(line.filename).is_relative_to(ROOT) and "tests/stress" not in line.filename]
    place = f" ({Path(ours[-1].filename).relative_to(ROOT)}, {ours[-1].name})" if ours else ""
    text = " ".join(str(error).split())[:160]
    what = text if isinstance(error, BrokenPromiseError) else f"{type(error).__name__}{place}: {text}"
    return what, f"{described()}\n{''.join(traceback.format_exception(error))}"


def _death(status: int, errors: str) -> tuple[str, str]:
    """What is known of a process that ended without an answer."""
    frames = re.findall(r'File "([^"]+)", line \d+ in (\S+)', errors[errors.rfind("most recent call first") :])
    ours = [f"{Path(file).relative_to(ROOT)}, {name}" for file, name in frames if Path(file).is_relative_to(ROOT)]
    what = "no answer" if "Timeout" in errors else f"the interpreter died (status {status})"
    return f"{what} in {ours[0] if ours else 'nowhere'}", errors[-4000:]


def batches(kinds: Sequence[str], inputs: int) -> list[tuple[str, range]]:
    """Share inputs out among kinds, in pieces for a process each."""
    total = sum(SHARES[kind] for kind in kinds)
    numbers = {kind: -(-inputs * SHARES[kind] // total) for kind in kinds}
    pieces = [(kind, range(i, min(i + BATCH, n))) for kind, n in numbers.items() for i in range(0, n, BATCH)]
    return sorted(pieces, key=lambda piece: piece[1].start)


def run(kinds: Sequence[str], inputs: int, seed: int, workers: int) -> list[Finding]:
    """Judge inputs on several processes at once, telling how far that is."""
    found: list[Finding] = []
    done, start = Counter[str](), time.perf_counter()

    def piece(kind: str, numbers: range) -> None:
        for finding in search(kind, numbers, seed):
            done[kind] += 1
            if finding is not None:
                found.append(finding)
                print(f"{kind}:{finding.number}  {finding.what}", flush=True)

    with ThreadPoolExecutor(workers) as pool:
        for finished in [pool.submit(piece, *each) for each in batches(kinds, inputs)]:
            finished.result()
            told = ", ".join(f"{number} {kind}" for kind, number in done.items())
            print(f"[{time.perf_counter() - start:.0f} s] {told}: {len(found)} findings", file=sys.stderr, flush=True)
    return found


def summary(found: Sequence[Finding], seed: int) -> str:
    """The distinct findings, each with how to see its first input again."""
    first = {each.what: each for each in reversed(sorted(found, key=lambda each: each.number))}
    number = Counter(each.what for each in found)
    return "\n".join(
        f"{number[what]} x {what}\n    python -m tests.stress.fuzz --seed {seed} --only {each.kind}:{each.number}"
        for what, each in sorted(first.items(), key=lambda entry: (entry[1].kind, -number[entry[0]]))
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives its exit status: 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=20_000, metavar="N", help="how many, of all kinds together")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="draws them")
    parser.add_argument("--kind", nargs="+", default=list(SHARES), choices=SHARES, help="kinds of input")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), metavar="N", help="processes at once")
    parser.add_argument("--only", metavar="KIND:N", help="one input, in this process")
    parser.add_argument("--numbers", type=int, nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.only:
        kind, _, number = options.only.partition(":")
        return _again(kind, int(number), options.seed)
    if options.numbers:
        work(options.kind[0], options.numbers, options.seed)
        return 0
    found = run(options.kind, options.inputs, options.seed, options.workers)
    print(summary(found, options.seed) or "nothing was found")
    return int(bool(found))


def _again(kind: str, number: int, seed: int) -> int:
    from tests.stress.kinds.judging import described

    faulthandler.enable()
    try:
        judge(kind, number, seed)
    finally:
        print(described())
    print("nothing was found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
