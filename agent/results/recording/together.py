"""Columns that are in several `.npz` files, each of all steps, read together a block at a time."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import digest
from .streams import Arrays, OpenFile, Stream, regrouped, unread


def columns_together(
    paths: Sequence[Path], row: np.dtype[Any], sizes: Sequence[int], digests: Sequence[Sequence[str]]
) -> Iterator[Mapping[str, NDArray[Any]]]:
    """Yield columns of files.

    Args:
        paths: of the files.
        row: the type of a row.
        sizes: rows of each block.
        digests: of each block, what the SHA-256 of each of its columns begins with.

    Raises:
        ValueError: a file is missing, or is not what was written.
    """
    names = row.names or ()
    try:
        held = _columns(paths)
        grouped = {name: regrouped(held[name].parts(), sizes) for name in names}
        for expected in digests:
            block = {name: next(grouped[name]) for name in names}
            for name, known in zip(names, expected, strict=True):
                if block[name].dtype != row[name] or digest(block[name].data) != known:
                    raise ValueError(f"the SHA-256 of {name} is not the recorded one")
            yield block
    except Exception as error:  # damaged bytes make the readers of zip and npy raise anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{paths[0]} or {paths[-1].name}: damaged: {reason}") from error


def _columns(paths: Sequence[Path]) -> dict[str, Stream]:
    files: list[Arrays] = [unread(OpenFile(path)) for path in paths]
    columns = ((name, arrays.held(name)) for arrays in files for name in arrays)
    return {name: column for name, column in columns if isinstance(column, Stream)}
