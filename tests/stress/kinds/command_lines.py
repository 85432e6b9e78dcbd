"""Command lines of any words, read and resolved without being run."""

import contextlib
import io
import os
from dataclasses import fields
from pathlib import Path

from agent import run
from agent.experiments import command_line
from agent.experiments.comparisons import making
from agent.experiments.config import check_counts
from agent.experiments.options import CompareOptions, ReproduceOptions, RunOptions, flag
from agent.experiments.papers import EXPERIMENTS
from agent.validation import known
from tests.stress.kinds.drawing import ODD_FLOATS, ODD_INTEGERS, ODD_TEXTS, Rng, one
from tests.stress.kinds.judging import Refused, attempt, describe
from tests.stress.kinds.maps import map_text

WORDS = (
    *("chain", "grid", "lock", "four-rooms", "FrozenLake-v1", "CliffWalking-v1", "MountainCar-v0", "no_such:World-v0"),
    *(
        "curious",
        "random",
        "count",
        "none",
        "greedy",
        "empirical-bayes",
        "symmetric:2",
        "symmetric:",
        "local",
        "local:x",
    ),
    *("finite-horizon:3", "finite-horizon:-1", "finite-horizon:", "value-iteration", "predictive-entropy", "bayesian"),
    *("0.5", "1e6", "1_000", "٣", "0x10", "-5", "+3", "1e-3", "nan", "inf", "-inf", "1.", "--", "-", "-h", "9" * 250),
    *("slip=0.2", "slip=abc", "slip=", "=3", "size=5", "kind=maze", "size=[1]", "kind=None", "map_text=S", "a.b=1"),
)
PRINTS = ("--help", "-h")
FILES = ("map.txt", "map.txt", "config.json", "config.json", "nothing", ".", os.devnull, "/dev/zero")


def check(rng: Rng, directory: Path) -> None:
    """Read a command line; resolve what it asks for."""
    kind = one(rng, (RunOptions, RunOptions, RunOptions, CompareOptions, ReproduceOptions))
    (directory / "map.txt").write_text(map_text(rng), encoding="utf-8", errors="replace")
    (directory / "config.json").write_text(one(rng, ('{"env": "chain"}', '{"steps": 1e6}', "{", "[]", '{"seed": "x"}')))
    arguments = [word for _ in range(int(rng.integers(6))) for word in draw_option(rng, kind, directory)]
    describe(kind=kind.__name__, arguments=arguments)
    options = attempt(_parsed, kind, arguments)
    if options is None or isinstance(options, Refused):
        return
    if isinstance(options, ReproduceOptions):
        attempt(check_counts, options)
        attempt(known, "experiment", options.experiment, EXPERIMENTS)
    else:
        attempt(run.prepare if isinstance(options, RunOptions) else making.prepare, options)


def _parsed(kind, arguments):  # type: ignore[no-untyped-def]
    """The options, or None where help was asked for."""
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            return command_line.parse(kind, arguments, "command", "what it does")
        except SystemExit as stop:
            if stop.code in (None, 0):
                return None
            raise


def draw_option(rng: Rng, kind: type, directory: Path) -> list[str]:
    """A flag with some words, mostly of the kind that it takes."""
    name = one(rng, [field.name for field in fields(kind)])
    if name in ("map", "config") and rng.random() < 0.7:
        return [flag(name), str(directory / one(rng, FILES))]
    if name in ("force", "quiet", "list"):
        return [flag(name)]
    given = flag(name) if rng.random() < 0.9 else one(rng, (flag(name)[:-1], flag(name) + "x", "-" + name[0], name))
    words = [draw_word(rng, name) for _ in range(one(rng, (1, 1, 1, 1, 0, 2)))]
    return [f"{given}={words[0]}"] if words and rng.random() < 0.1 else [given, *words]


def draw_word(rng: Rng, name: str) -> str:
    """A word that fits an option, or any."""
    fitting = {
        "env": ("chain", "lock", "grid", "FrozenLake-v1"),
        "agent": ("curious", "random"),
        "agents": ("curious", "random", "count"),
        "steps": ("1", "100", "1e3"),
        "seed": ("0", "3", str(2**70)),
        "experiment": tuple(EXPERIMENTS),
    }
    if rng.random() < 0.5:
        return one(rng, fitting.get(name, WORDS))
    if rng.random() < 0.5:
        return one(rng, WORDS)
    return str(one(rng, (*ODD_TEXTS, *ODD_FLOATS, *ODD_INTEGERS, *PRINTS))).replace("\0", "")
