"""What is saved of a belief that forgets, beside counts: what they weigh, and as of when."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .entries import predict_restored

SLACK = 1e-6
"""Rounding of weights that were taken apart into counts and what was forgotten of them."""


def arrays_of(model: Any) -> dict[str, NDArray[Any]]:
    """Return what was forgotten of each edge, and as of when; nothing where nothing is forgotten.

    `edge_forgotten` is weight less count, never above 0; `pair_faded_at` the step as of which pairs weigh that have
    edges, in the order of pairs; `next_faded` one number.
    """
    if not model.numbers.half_life:
        return {}
    visited, edges = np.unique(model.edges.pair[: model.num_edges]), slice(model.num_edges)
    return {
        "edge_forgotten": model.edges.local[edges].copy(),
        "pair_faded_at": model.pairs.faded_at[visited],
        "next_faded": np.array([model.numbers.next_faded]),
    }


def check(model: Any, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Refuse arrays of a belief that forgets which no life can have led to; those of others were checked before.

    Raises:
        ValueError: they are incomplete, or contradict themselves.
    """
    if not model.numbers.half_life:
        return
    count, known = arrays["edge_count"], arrays["known_state"].size
    types = {"edge_forgotten": np.float64, "pair_faded_at": np.float64, "next_faded": np.int64}
    sizes = {"edge_forgotten": count.size, "pair_faded_at": np.unique(arrays["edge_pair"]).size, "next_faded": 1}
    for name, dtype in types.items():
        column = arrays.get(name)
        if column is None or column.dtype != dtype or column.shape != (sizes[name],):
            raise ValueError(f"{name} is damaged, or missing")
    weight, faded_at = arrays["edge_forgotten"] + count, arrays["pair_faded_at"]
    sense = {
        "edge_forgotten": (weight >= -SLACK * count) & (arrays["edge_forgotten"] <= 0),
        "pair_faded_at": (faded_at >= 0) & (faded_at <= count.sum()) & (faded_at == np.floor(faded_at)),
        "next_faded": (arrays["next_faded"] >= 0) & (arrays["next_faded"] < max(known, 1)),
    }
    for name, holds in sense.items():  # nan holds nothing
        if not holds.all():
            raise ValueError(f"{name} is damaged, or of a belief of another kind")


def restore(model: Any, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Take over what counts weigh, which was checked; edges and numbers are there already."""
    if model.numbers.half_life:
        visited = np.unique(arrays["edge_pair"])
        model.edges.local[: arrays["edge_forgotten"].size] = arrays["edge_forgotten"]
        model.pairs.faded_at[visited] = arrays["pair_faded_at"]
        model.numbers.next_faded = int(arrays["next_faded"][0])
        predict_restored(model.address)
