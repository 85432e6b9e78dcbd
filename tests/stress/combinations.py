"""Lives cut short and gone on with, in combinations drawn at random: `python -m tests.stress.combinations`.

Each is an agent with a prior, a planner, a bonus and a belief about rewards, in a world; some columns of its trace are
kept, in blocks of some length. Its life is cut once or twice, or made longer once it is finished. What it leaves is
compared, byte for byte, with what the same life leaves in one piece. What does not go together is refused in one line.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from agent.experiments.resuming import living
from agent.experiments.resuming.settled import settle
from agent.experiments.single_run import final_arrays
from agent.registry import AGENTS, BONUSES, PLANNERS, PRIORS, REWARD_BELIEFS
from agent.results import recorder, run_directory
from tests.support.cut_lives import job, lived, written

WORLDS: tuple[tuple[str, ...], ...] = (
    ("grid", "size=9"),
    ("grid", "kind=maze", "size=9"),
    ("river-swim",),
    ("lock",),
    ("tv-rooms",),
    ("flags",),
    ("changing-grid",),
    ("random-mdp",),
    ("random-rewards",),
    ("one-two-three",),
    ("deep-sea",),
    ("FrozenLake-v1",),
    ("Blackjack-v1",),
    ("Taxi-v4",),
    ("CartPole-v1",),
    ("MiniGrid-Empty-5x5-v0",),
)
SETTINGS = {"symmetric": ":2", "equal-targets": ":5", "finite-horizon": ":5"}
"""What makes a part quick, or another than that of no name."""
STEPS = 30, 160
BLOCKS = 8, 32, 1000
COLUMNS = (), ("--trace-columns", "state", "coverage"), ("--trace-every", 7), ("--trace-every", 0)


def drawn(draw: random.Random) -> tuple[list[str], int]:
    """Draw what is asked for on a command line, and how many steps."""

    def part(table: Any) -> str:
        name = draw.choice(list(table))
        return name + SETTINGS.get(name, "")

    (world, *kwargs), steps = draw.choice(WORLDS), draw.randint(*STEPS)
    words = ["--env", world, "--agent", part(AGENTS), "--prior", part(PRIORS), "--seed", str(draw.randrange(100))]
    words += ["--bins", "6"] if world == "CartPole-v1" else []
    words += ["--env-kwargs", *kwargs] if kwargs else []
    for flag, table, share in (
        ("planner", PLANNERS, 0.5),
        ("bonus", BONUSES, 0.3),
        ("reward-belief", REWARD_BELIEFS, 0.3),
    ):
        words += [f"--{flag}", part(table)] if draw.random() < share else []
    words += ["--reward-weight", "1"] if draw.random() < 0.3 else []
    return words + list(draw.choice(COLUMNS) if draw.random() < 0.4 else ()), steps


def cut(words: list[str], steps: int, out: Path, draw: random.Random) -> tuple[Any, list[str]]:
    """Lead a life in pieces; gives what it leaves, and what was told."""
    told: list[str] = []
    if draw.random() < 0.3:
        shorter = job(out, *words, "--steps", draw.randint(1, steps - 1))
        life = lived(shorter, tell=told.append)
        arrays, _ = final_arrays(shorter.config, life)
        run_directory.keep(life.recorder.run(shorter.directory, shorter.config, {"arrays": arrays}))
        settle(run_directory.load_run(shorter.directory))
    asked = job(out, *words, "--steps", steps)
    for at in sorted(draw.sample(range(1, steps), draw.randint(0, 2))):
        lived(asked, at, seconds=draw.choice([0.0, float("inf")]), tell=told.append)
    return written(asked, lived(asked, tell=told.append), out / "left"), told


def compare(combinations: int, seed: int) -> Counter[str]:
    """Compare lives in pieces with lives in one; gives how often each outcome was met.

    Raises:
        AssertionError: they differ; the message has the command line.
    """
    outcomes, begun = Counter[str](), time.monotonic()
    living.CHUNK = living.FEWEST = 1  # they may be cut anywhere
    for number in range(combinations):
        draw = random.Random(f"{seed} {number}")
        words, steps = drawn(draw)
        recorder.BLOCK = draw.choice(BLOCKS)
        with tempfile.TemporaryDirectory() as place:
            try:
                whole = job(Path(place, "whole"), *words, "--steps", steps)
                life = lived(whole)
            except ValueError as error:
                outcomes["refused" if "\n" not in str(error) else f"refused in lines: {error}"] += 1
                continue
            if life.failure is not None:  # by a reward that a belief does not take, which comes again
                outcomes[life.failure.partition(",")[0]] += 1
            expected = written(whole, life, Path(place, "whole", "left"))
            got, told = cut(words, steps, Path(place, "cut"), draw)
        for one, other, name in zip(expected, got, ("trace", "metrics", "summary"), strict=True):
            assert one == other, f"{number}: the {name} of {' '.join(words)} --steps {steps} differs: {told}"
        outcomes["equal"] += 1
        outcomes["gone on with"] += any("going on from" in line for line in told)
        outcomes["lived again"] += any("living again" in line for line in told)
        if number % 20 == 19:
            print(f"{number + 1} of {combinations}, {time.monotonic() - begun:.0f} s: {dict(outcomes)}", flush=True)
    return outcomes


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Cut lives short in combinations drawn at random.")
    parser.add_argument("--combinations", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    print(dict(compare(options.combinations, options.seed)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
