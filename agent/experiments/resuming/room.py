"""How much disk a run takes, and refusing beforehand what does not fit, or was not meant."""

import math
import shutil
from pathlib import Path

from ...reports.formatting import format_number
from ...validation import shown
from ...worlds import memory
from ..options import RunOptions

STEP_BYTES = 130
"""Bytes of disk that a step takes at most: its row, and what of it is in the trace, which is compressed."""
UNASKED = 10_000_000_000
"""Bytes that are taken without asking."""
STEP_SECONDS = 1e-5
"""What a step takes that is simulated and planned for, about."""


def check_room(options: RunOptions) -> None:
    """Refuse a run that would not fit on the disk; ask about one that takes much of it.

    Raises:
        ValueError: one line with an estimate of what it takes.
    """
    if options.trace_every == 0 or options.steps is None or (takes := STEP_BYTES * options.steps) <= UNASKED:
        return
    out = Path(options.out).absolute()
    place = next(path for path in (out, *out.parents) if path.exists())
    free, needs = shutil.disk_usage(place).free, memory.gigabytes(takes)
    what = f"--steps: got {shown(options.steps)}; a step takes some {STEP_BYTES} bytes of disk, and a run some {needs}"
    if takes > free:
        raise ValueError(f"{what}, and {memory.gigabytes(free)} are free in {place}; ask for fewer steps")
    if not options.yes:
        minutes = format_number(math.ceil(STEP_SECONDS * options.steps / 60))
        raise ValueError(f"{what}, and {minutes} minutes or more; --yes does it")
