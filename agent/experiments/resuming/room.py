"""How much disk a run takes, and refusing beforehand what does not fit, or was not meant."""

import math
import shutil
from pathlib import Path

import numpy as np

from ...registry import EMPIRICAL
from ...reports.formatting import format_number
from ...results.schema import REWARD_COLUMNS, STEP_COLUMNS
from ...validation import known, shown
from ...worlds import memory
from ..options import RunOptions

STEP_BYTES = 130
"""Bytes of disk that a step takes at most: its row, and what of it is in the trace, which is compressed."""
WALK_BYTES = 22
"""Bytes of what a world is walked through again by."""
UNASKED = 10_000_000_000
"""Bytes that are taken without asking."""
STEP_SECONDS = 1e-5
"""What a step takes that is simulated and planned for, about."""


def check_kept(options: RunOptions) -> None:
    """Refuse what cannot be kept of a run.

    Raises:
        ValueError: one line: what was got and what was expected.
    """
    if not options.checkpoint_seconds >= 0:
        raise ValueError(f"--checkpoint-seconds: got {options.checkpoint_seconds}, expected a number, 0 or more")
    has_gain = options.reward_belief != EMPIRICAL
    for name in options.trace_columns:
        if name in REWARD_COLUMNS and not has_gain:
            raise ValueError(f"--trace-columns: got {name}, but rewards teach nothing; expected a --reward-belief")
        known("column of --trace-columns", name, STEP_COLUMNS | (REWARD_COLUMNS if has_gain else {}))
    if options.trace_columns and options.trace_every == 0:
        raise ValueError("--trace-columns: got some, but --trace-every 0 keeps no step; expected one of the two")


def _step_bytes(options: RunOptions) -> int:
    sizes = [np.dtype((STEP_COLUMNS | REWARD_COLUMNS)[name]).itemsize for name in options.trace_columns]
    return min(STEP_BYTES, 2 * sum(sizes) + WALK_BYTES) if sizes else STEP_BYTES


def check_room(options: RunOptions) -> None:
    """Refuse a run that would not fit on the disk; ask about one that takes much of it.

    Raises:
        ValueError: one line with an estimate of what it takes.
    """
    each = _step_bytes(options)
    if options.trace_every == 0 or options.steps is None or (takes := each * options.steps) <= UNASKED:
        return
    out = Path(options.out).absolute()
    place = next(path for path in (out, *out.parents) if path.exists())
    free, needs = shutil.disk_usage(place).free, memory.gigabytes(takes)
    what = f"--steps: got {shown(options.steps)}; a step takes some {each} bytes of disk, and a run some {needs}"
    if takes > free:
        raise ValueError(f"{what}, and {memory.gigabytes(free)} are free in {place}; ask for fewer steps")
    if not options.yes:
        minutes = format_number(math.ceil(STEP_SECONDS * options.steps / 60))
        raise ValueError(f"{what}, and {minutes} minutes or more; --yes does it")
