"""What a finished run goes on from if it is made longer: its trace, and beside it only what is not in that.

While a run goes on, its rows are in blocks, in which a step takes some 93 bytes. Once it is finished, `trace.npz` has
most of them, compressed. `NUMBER.rest`, an `.npz` file, has the columns that a trace has not, the checkpoint the
digests of all columns, a block at a time; the blocks go. What does not have these digests is no longer what was lived.
"""

import shutil
from contextlib import suppress
from typing import Any

from numpy.typing import NDArray

from ...checkpoints import files
from ...results import dropped_truth, storage
from ...results.recording.blocks import digest
from ...results.recording.streams import Arrays, Stream
from ...results.run_directory import Run
from ...results.schema import BESIDE_COLUMNS
from .saving import ROWS, SETTLED, Kept

REST = ".rest"
SMALL = 1 << 26
"""Bytes that are compressed at the end of a run."""


def settle(run: Run) -> None:
    """Let a finished run hold its steps once; where that is not possible, it holds them twice.

    Of a run that cannot be made longer, as its trace has not all columns, nothing is left to go on from. Where the
    trace is not what was recorded, as it has not every step, or nothing of a truth that was dropped, blocks stay.
    """
    folder = run.directory / files.FOLDER
    is_there = bool(files.names(folder)) if folder.is_dir() else False
    if not is_there or not run.complete:
        return
    with suppress(OSError, ValueError, MemoryError):
        if "trace_columns" in run.summary or run.summary.get("trace_every") == 0:
            shutil.rmtree(folder)
        else:
            kept = Kept(*files.read(files.names(folder)[0]))
            is_all = "trace_every" not in run.summary and not _is_dropped(run)
            (_settle if is_all else _compress)(kept)


def _is_dropped(run: Run) -> bool:
    return (dropped_truth.reason(run.summary) or "").startswith(dropped_truth.DROPPED)


def _settle(kept: Kept) -> None:
    if SETTLED in kept.life:
        return
    row, blocks = kept.row, kept.life["blocks"]

    def stream(name: str) -> Stream:
        return Stream(row[name], kept.num_steps, lambda: (part[name] for part in kept.columns(row)))

    rest = f"{kept.path.name.partition('-')[0]}{REST}"
    storage.write_file(kept.path.with_name(rest), Arrays({name: stream(name) for name in BESIDE_COLUMNS}).write)
    tail = kept.tail(row)
    of_tail, left = [digest(tail[name].data) for name in row.names or ()], len(tail["state"])
    settled = {
        "rest": rest,
        "sizes": [(kept.num_steps - left) // len(blocks)] * len(blocks) + [left] if blocks else [left],
        "digests": [*(digests for _, digests in blocks), of_tail],
    }
    arrays = {name: array for name, array in kept.arrays.items() if not name.startswith(ROWS)}
    _write(kept, {"blocks": [], SETTLED: settled}, arrays, rest)


def _compress(kept: Kept) -> None:
    _write(kept, {}, kept.arrays, *(name for name, _ in kept.life["blocks"]))


def _write(kept: Kept, changed: dict[str, Any], arrays: dict[str, NDArray[Any]], *others: str) -> None:
    is_small = sum(array.nbytes for array in arrays.values()) < SMALL
    files.write(kept.path.parent, kept.life | changed, arrays, is_small, others, is_first=True)
