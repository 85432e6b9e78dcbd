"""What is remembered of a pair's past beside its counts: optional columns, made when a bonus asks for them.

    last_gain           Bayesian surprise of the latest visit, nats
    last_surprisal      -ln of what had been predicted for its outcome, nats
    recent_surprisal,   two exponential means of the surprisals of all visits, the second of a longer memory: after n
    former_surprisal    visits the newest one weighs max(1 / n, rate), with a rate of 1/4 and of 1/16

Where the columns are made late, memory begins then. Nothing here is worked out, or takes room, unless it is named.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compilation.compiled import part
from .pair_gains import concentration_of, free_concentration
from .tables import HISTORY, UNSEEN, with_columns

RECENT, FORMER = 0.25, 0.0625
"""Least weight of the newest surprisal in the two means."""


@part
def surprisal(known, pair, link, successor):
    """-ln of what is predicted for a successor, nats, before it is learnt.

    Args:
        known: the belief.
        pair: what was taken, in a known state.
        link: of the pair's edge to the successor, 0 where there is none.
        successor: where it led.
    """
    numbers, edges = known.numbers, known.edges
    concentration, visits = concentration_of(known, pair), known.pairs.visits[pair]
    mass = free_concentration(known, pair) / numbers.num_outcomes
    if link > 0:
        mass += edges.count[link - 1]
        if numbers.has_local:
            mass += edges.local[link - 1]
    if numbers.has_rules and known.states.kind[successor] == UNSEEN:
        mass += known.pairs.unnamed[pair]
    return math.log((visits + concentration) / mass) if mass > 0.0 else 0.0


@part
def remember(known, pair, gain, surprisal):
    """Take note of a visit that was just counted.

    Args:
        known: the belief.
        pair: what was taken.
        gain: Bayesian surprise, nats.
        surprisal: of the outcome, nats.
    """
    pairs, numbers = known.pairs, known.numbers
    if numbers.has_last_gain:
        pairs.last_gain[pair] = gain
    if numbers.has_last_surprisal:
        pairs.last_surprisal[pair] = surprisal
    newest = 1.0 / pairs.visits[pair]
    if numbers.has_recent_surprisal:
        pairs.recent_surprisal[pair] += max(newest, RECENT) * (surprisal - pairs.recent_surprisal[pair])
    if numbers.has_former_surprisal:
        pairs.former_surprisal[pair] += max(newest, FORMER) * (surprisal - pairs.former_surprisal[pair])


def remember_from_now_on(model: Any, names: Iterable[str]) -> None:
    """Make those of the columns of `HISTORY` that are named and not there yet; other names are passed over."""
    with model.turn:
        missing = [name for name in names if name in HISTORY and getattr(model.pairs, name).size == 0]
        if missing:
            model._put(pairs=with_columns(model.pairs, *missing))


def remembered(model: Any) -> list[str]:
    """Return the columns that a model has."""
    return [name for name in HISTORY if getattr(model.pairs, name).size]


def arrays_of(model: Any) -> dict[str, NDArray[np.float64]]:
    """Return what is remembered, one entry a visited pair, in the order of pairs."""
    visited = np.unique(model.edges.pair[: model.num_edges])
    return {name: getattr(model.pairs, name)[visited] for name in remembered(model)}


def restore(model: Any, like: Any, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Let a model whose edges were restored remember what another one of its kind does; others are passed over.

    Raises:
        ValueError: something that is to be remembered is not among the arrays, or is damaged.
    """
    names, visited = remembered(like), np.unique(model.edges.pair[: model.num_edges])
    remember_from_now_on(model, names)
    for name in names:
        column = arrays.get(name)
        if column is None:
            raise ValueError(f"it lacks {name}, which the bonus asks for: it was saved beside another bonus")
        if (
            column.dtype != np.float64
            or column.shape != visited.shape
            or not (np.isfinite(column) & (column >= 0)).all()
        ):
            raise ValueError(f"{name} is damaged, or of a belief of another kind")
        getattr(model.pairs, name)[visited] = column
