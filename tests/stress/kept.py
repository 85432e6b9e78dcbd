"""Checkpoints and kept lives, damaged as disks and people do: `python -m tests.stress.kept --corruptions 10000`.

What is damaged is never taken for what it was: a run goes on from a checkpoint that is whole, to the last bit, or from
nothing; a life is found as it was kept, or not at all. What is told of it is one line a file. All is drawn by the seed.
"""

import argparse
import hashlib
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.experiments.kept_lives import KeptLives
from agent.experiments.resuming import living
from agent.experiments.resuming.saving import Kept, Saving
from agent.experiments.resuming.settled import settle
from agent.experiments.single_run import costs, final_arrays
from agent.results import recorder, run_directory
from tests.stress.damage import Result, damage_bytes, edit_arrays, misplace, swap_file
from tests.support.cut_lives import job, lived

GRID = "--env", "grid", "--env-kwargs", "size=9"
BLOCK = 64
RARE = misplace, swap_file, edit_arrays


@dataclass(frozen=True)
class Place:
    """A folder that is damaged, and what finds something in it: bytes, or None; a sentence a file is told."""

    result: Result
    find: Callable[[], tuple[bytes | None, list[str]]]
    true: frozenset[bytes]


def checkpoints(out: Path, seed: int, is_finished: bool) -> Place:
    """Make a run with two checkpoints and blocks; or a finished one, which goes on from its trace."""
    asked = job(out, *GRID, "--steps", "300", "--seed", seed)
    true = set()

    def find() -> tuple[bytes | None, list[str]]:
        told: list[str] = []
        kept = Saving(asked.directory, asked.config, float("inf"), False, told.append).found()
        return None if kept is None else _bytes(kept), told

    for cut in (None,) if is_finished else (140, 200):
        life = lived(asked, cut)
        if cut is None:
            arrays, _ = final_arrays(asked.config, life)
            run_directory.keep(life.recorder.run(asked.directory, asked.config, {"arrays": arrays} | costs(life)))
            settle(run_directory.load_run(asked.directory))
        true.add(find()[0])
    return Place(_result(asked.directory / "checkpoints"), find, frozenset(true))


def _bytes(kept: Kept) -> bytes:
    """Return the digest of all that a run goes on from."""
    digest = hashlib.sha256(repr((kept.num_steps, kept.life["structure"])).encode())
    arrays = [kept.arrays[name] for name in sorted(kept.arrays)]
    for array in arrays + [column for part in kept.columns(kept.row) for column in part.values()]:
        digest.update(array.tobytes())
    return digest.digest()


def lives(out: Path, seed: int) -> Place:
    """Keep the lives of an agent."""
    asked = job(out, *GRID, "--steps", "100", "--seed", seed)
    kept = KeptLives.known_by({"env": "grid"}, {}, out, False)
    life = lived(asked)
    kept.keep("curious", seed, (life.recorder.summary(), life.recorder.metrics()))

    def find() -> tuple[bytes | None, list[str]]:
        found = kept.find("curious", seed)
        if found is None:
            return None, []
        parts = [repr(found[0]).encode(), *(found[1][name].tobytes() for name in sorted(found[1]))]
        return b"".join(parts), []

    (true, _) = find()
    assert true is not None
    return Place(_result(kept.folder), find, frozenset([true]))


def _result(directory: Path) -> Result:
    return Result(directory, lambda _: None, None, (), None)


def corrupt(corruptions: int, seed: int) -> Counter[str]:
    """Damage files, and see what is found; gives how often each outcome was met.

    Raises:
        AssertionError: something was taken for what it is not, or told in more than a line.
    """
    draw, outcomes = random.Random(seed), Counter[str]()
    recorder.BLOCK = BLOCK
    living.CHUNK = living.FEWEST = 1  # lives may be cut anywhere
    with tempfile.TemporaryDirectory() as place:
        out = Path(place)
        places: dict[str, Place] = {}
        for number in range(2):
            places[f"a run {number}"] = checkpoints(out / f"run {number}", number, False)
            places[f"a finished run {number}"] = checkpoints(out / f"finished {number}", number, True)
            places[f"a life {number}"] = lives(out / f"life {number}", number)
        results: dict[str, Any] = {name: each.result for name, each in places.items()}
        for _ in range(corruptions):
            name = draw.choice(list(places))
            chosen = places[name]
            spare = out / "spare"
            shutil.copytree(chosen.result.directory, spare)
            try:
                kind = draw.choice([damage_bytes] * 12 + [each for each in RARE if _fits(each, chosen.result)])
                done = kind(draw, chosen.result, results)
                outcomes[f"{name[:-2]}: {_look(chosen, done)}"] += 1
            finally:
                shutil.rmtree(chosen.result.directory)
                spare.rename(chosen.result.directory)
    return outcomes


def _fits(kind: Any, result: Result) -> bool:
    return kind is not edit_arrays or any(path.suffix == ".npz" for path in result.files)


def _look(place: Place, done: str) -> str:
    found, told = place.find()
    assert all("\n" not in line for line in told), f"{done}: {told}"
    assert found is None or found in place.true, f"{done}: something else was found: {told}"
    return "nothing" if found is None else "found, after a line" if told else "found"


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Damage checkpoints and kept lives.")
    parser.add_argument("--corruptions", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    print(f"{options.corruptions} corruptions: {dict(sorted(corrupt(options.corruptions, options.seed).items()))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
