"""Changes of features: what labels mean, and how that is written."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..dictionary import rows
from ..fitting.parts import listed as listed_parts
from ..tables import ABSOLUTE, ADD, FIRST_LEARNT, LABEL_ROOM, SET, Structured
from .conditions import MOST_TOLD, called, listed, ranges
from .vocabulary import Vocabulary

WORTH_NAMING = 0.05
"""Share of a type below which a label is left out."""
FEW_FEATURES = 4
"""With more features than this, a state that is meant as such is told by its number."""
MOST_CHANGED = 3
"""Of changes of more coordinates than this, only the first two are told."""

Change = tuple[int, tuple[int, ...], bool]
"""What labels may have in common: kind, coordinates, and whether the episode ends."""
Told = tuple[Change, tuple[int, ...]]
"""The same, and by how much each coordinate changes, or to what."""


def change_of(structure: Structured, action: int, label: int) -> Told | None:
    """What a label changes, and by how much or to what; None if it is no change, or a state of many features."""
    if label < FIRST_LEARNT:
        return None
    labels, entry, num_features = structure.labels, action * LABEL_ROOM + label, structure.numbers.num_features
    kind, ends = int(labels.kind[entry]), bool(labels.ends[entry])
    if kind == ABSOLUTE:
        if num_features > FEW_FEATURES:
            return None
        amounts = rows(structure, labels.state[entry])[:num_features]
        return (SET, tuple(range(num_features)), ends), tuple(amounts.tolist())
    changed = slice(int(labels.first[entry]), int(labels.first[entry]) + int(labels.num_changes[entry]))
    return (kind, tuple(labels.coordinate[changed].tolist()), ends), tuple(labels.amount[changed].tolist())


def meant(structure: Structured, names: Vocabulary, action: int) -> dict[int, Told]:
    """Return what labels of types come to in the pairs that they explain, where that is told otherwise than as it is.

    What was set, and was so before, stays. What is added to values that have names, and comes to the same wherever it
    was, is told by what it becomes, if the action was also taken where these values were others.

    Returns:
        type * LABEL_ROOM + label, and what is told of it.
    """
    numbers = structure.numbers
    pairs = structure.visited.pair[: numbers.num_visited]
    own = np.flatnonzero(pairs % numbers.num_actions == action)
    whose, entries, masses = listed_parts(structure, own)
    taken = pairs[own] // numbers.num_actions
    states = taken[whose]
    found: dict[int, Told] = {}
    for each in np.unique(entries).tolist():
        known = change_of(structure, action, each % LABEL_ROOM)
        if known is None:
            continue
        (kind, coordinates, ends), amounts = known
        its, columns = entries == each, np.array(coordinates, np.int64)
        before, mass = rows(structure, states[its])[:, columns], masses[its]
        if kind == SET and _share(before, np.array(amounts), mass) > 1.0 - WORTH_NAMING:
            found[each] = (ADD, (), ends), ()
        elif kind == ADD and coordinates and all(names.values_of(i) for i in coordinates):
            after, likeliest = before + np.array(amounts), int(mass.argmax())
            commonest, anywhere = after[likeliest], rows(structure, taken)[:, columns]
            if (anywhere != before[likeliest]).any() and _share(after, commonest, mass) > 1.0 - WORTH_NAMING:
                found[each] = (SET, coordinates, ends), tuple(commonest.tolist())
    return found


def _share(rows: NDArray[np.integer], row: NDArray[np.integer], mass: NDArray[np.int64]) -> float:
    """Return which share of the mass is that of rows like one."""
    return float(mass[(rows == row).all(axis=1)].sum()) / max(float(mass.sum()), 1.0)


def written(
    names: Vocabulary, change: Change, alike: Mapping[tuple[int, ...], float], much: float
) -> Iterator[tuple[str, float]]:
    """Write changes of the same coordinates, with the mass of each; those of little mass together if they are many."""
    kind, coordinates, ends = change
    alone = [amounts for amounts, mass in alike.items() if mass >= much]
    others = [amounts for amounts in alike if amounts not in alone]
    groups = [others] if len(others) > MOST_TOLD else [[amounts] for amounts in others]
    for those in [*groups, *([amounts] for amounts in alone)]:
        columns = list(zip(*those, strict=True))
        values = [names.values_of(i) for i in coordinates]
        text = _written(kind, [names.features[i] for i in coordinates], columns, values)
        yield text + " and ends" * ends, sum(alike[amounts] for amounts in those)


def _written(kind: int, whose: Sequence[str], columns: Sequence[Sequence[int]], values: Sequence[Sequence[str]]) -> str:
    """Write changes: of each coordinate by how much or to what, in all of them."""
    if not whose:
        return "stays"
    is_long = len(whose) > MOST_CHANGED
    told = list(zip(whose, columns, strict=True))[: 2 if is_long else None]
    if kind == ADD:
        return " and ".join([*(_added(name, column) for name, column in told), *["..."] * is_long])
    pieces = [_pieces(column, own) for (_, column), own in zip(told, values, strict=False)]
    left, right = ([*each, *["..."] * is_long] for each in ([name for name, _ in told], pieces))
    return f"{listed(left)} becomes {listed(right)}"


def _added(name: str, amounts: Sequence[int]) -> str:
    if min(amounts) > 0:
        return f"{name} + {_pieces(amounts)}"
    if max(amounts) < 0:
        return f"{name} - {_pieces([-amount for amount in amounts])}"
    return f"{name} changes by at most {max(map(abs, amounts))}"


def _pieces(values: Sequence[int], words: Sequence[str] = ()) -> str:
    """Write numbers as a range where they are many, `...` where some are missing; names, where there are, as a list."""
    if words:
        return " or ".join(called(value, words) for value in sorted(set(values)))
    pieces = ranges(values)
    return pieces[0] if len(pieces) == 1 else f"{min(values)} ... {max(values)}"
