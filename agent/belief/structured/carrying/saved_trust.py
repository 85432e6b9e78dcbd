"""How much rules from elsewhere are trusted, as a saved belief says it."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tables import Structured
from .table import WEIGHTS

TYPES_OF_ARRAYS = {"carried_trust": np.float64, "carried_is_planted": np.int8, "carried_ahead": np.float64}


def lengths(num_actions: int) -> Mapping[str, int]:
    """Return how many entries the arrays have."""
    return {
        "carried_trust": num_actions,
        "carried_is_planted": num_actions,
        "carried_ahead": len(WEIGHTS) * num_actions,
    }


def senses(fresh: Structured, arrays: Mapping[str, NDArray[Any]]) -> Iterator[tuple[str, bool]]:
    """Give the name of an array, and whether it makes sense: only what was carried here is trusted.

    Args:
        fresh: tables of a structured belief of the same kind that has learnt nothing.
        arrays: of the right types and lengths.
    """
    trust, is_planted = arrays["carried_trust"], arrays["carried_is_planted"]
    yield "carried_trust", bool(np.isin(trust, (0.0, *WEIGHTS)).all()) and not trust[fresh.carried.trust == 0].any()
    may_be = (trust > 0) & (fresh.carried.is_planted > 0)
    yield "carried_is_planted", bool(np.isin(is_planted, (0, 1)).all()) and not is_planted[~may_be].any()
    for name in ("chain_length", "chain"):
        kept, first = arrays[f"action_{name}"].reshape(len(trust), -1), getattr(fresh.actions, name)
        yield f"action_{name}", np.array_equal(kept[is_planted > 0], first.reshape(len(trust), -1)[is_planted > 0])
    yield "carried_ahead", bool(np.isfinite(arrays["carried_ahead"]).all())
