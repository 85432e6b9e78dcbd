"""Where a rule holds, in words: "where row = 1 to 3", "unless (row, column) = (0, 2)"."""

from collections.abc import Collection, Sequence
from itertools import combinations, pairwise

Values = tuple[int, ...]

MOST_TOLD = 3
"""So many values, ranges or contexts are told one by one."""


def condition(names: Sequence[str], inside: Collection[Values], outside: Collection[Values]) -> str:
    """Say what tells some contexts from others, as shortly as what was seen allows.

    Args:
        names: of the coordinates.
        inside: contexts in which a rule holds, a value for each coordinate.
        outside: those that were seen, too, in which it does not.

    Returns:
        nothing where it holds in all.
    """
    if not outside:
        return ""
    for size in range(1, len(names) + 1):
        for chosen in combinations(range(len(names)), size):
            here, there = ({tuple(values[i] for i in chosen) for values in each} for each in (inside, outside))
            if not here & there:
                return _told([names[i] for i in chosen], here, there)
    return "here and there"


def listed(words: Sequence[str]) -> str:
    """Write a row of words: `a`, or `(a, b)`."""
    return words[0] if len(words) == 1 else f"({', '.join(words)})"


def ranges(values: Collection[int]) -> list[str]:
    """Write whole numbers in order, three neighbours and more together: `1`, `3 to 5`; none is left out."""
    ordered = sorted(set(values))
    cuts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(ordered)) if b > a + 1), len(ordered)]
    runs = [ordered[a:b] for a, b in pairwise(cuts)]
    together = [[f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(value) for value in run] for run in runs]
    return [text for texts in together for text in texts]


def _told(names: Sequence[str], here: set[Values], there: set[Values]) -> str:
    found = []
    for word, those, others in (("where", here, there), ("unless", there, here)):
        text = _box(names, those, others) or _one_by_one(names, those)
        if text:
            found.append(f"{word} {text}")
    few = f"at {len(here)} of {len(here) + len(there)} values of {listed(names)}"
    return min(found, key=len, default=few)


def _box(names: Sequence[str], those: set[Values], others: set[Values]) -> str:
    """Say it coordinate by coordinate, if no other context that was seen lies within all of their values."""
    columns = [set(column) for column in zip(*those, strict=True)]
    if any(all(value in column for value, column in zip(values, columns, strict=True)) for values in others):
        return ""
    told = [ranges(column) for column in columns]
    if any(len(pieces) > MOST_TOLD for pieces in told):
        return ""
    return " and ".join(f"{name} = {' or '.join(pieces)}" for name, pieces in zip(names, told, strict=True))


def _one_by_one(names: Sequence[str], those: set[Values]) -> str:
    if len(those) > MOST_TOLD:
        return ""
    return f"{listed(names)} = {' or '.join(listed([str(value) for value in values]) for values in sorted(those))}"
