"""Where a rule holds, in words: "where row = 1 to 3", "unless (row, column) = (0, 2)", "where ahead is a door"."""

from collections.abc import Collection, Sequence
from itertools import combinations, pairwise

Values = tuple[int, ...]

STATE = "state "
"""What the name of a coordinate begins with that tells the state of another one."""

SCATTERED = "here and there"
"""Where something holds that no coordinate tells."""

MOST_TOLD = 3
"""So many values, ranges or contexts are told one by one."""
MOST_BESIDE, MOST_CONTEXTS = 8, 5
"""Where nothing shorter can be said: so many values and ranges of a coordinate, or so many contexts."""


def condition(
    names: Sequence[str],
    inside: Collection[Values],
    outside: Collection[Values],
    words: Sequence[Sequence[str]] = (),
) -> str | None:
    """Say what tells some contexts from others, as shortly as what was seen allows.

    Args:
        names: of the coordinates.
        inside: contexts in which a rule holds, a value for each coordinate.
        outside: those that were seen, too, in which it does not.
        words: what the values 0, 1, ... of each coordinate are called; those without a name are told by their number.

    Returns:
        nothing where it holds in all; None where it takes too many words.
    """
    if not outside:
        return ""
    told = _told_apart(names, inside, outside, words)
    joined = _joined(names, inside, outside, words)
    if joined is not None and (told is None or STATE in told):
        told = _told_apart(*joined) or told
    return told


def _told_apart(
    names: Sequence[str], inside: Collection[Values], outside: Collection[Values], words: Sequence[Sequence[str]]
) -> str | None:
    """Say it by as few coordinates as tell inside from outside."""
    for size in range(1, len(names) + 1):
        for chosen in combinations(range(len(names)), size):
            here, there = ({tuple(values[i] for i in chosen) for values in each} for each in (inside, outside))
            if not here & there:
                told = [words[i] if i < len(words) else () for i in chosen]
                return _told([names[i] for i in chosen], here, there, told)
    return SCATTERED


def _joined(
    names: Sequence[str], inside: Collection[Values], outside: Collection[Values], words: Sequence[Sequence[str]]
) -> tuple[list[str], list[Values], list[Values], list[Sequence[str]]] | None:
    """Make one coordinate of a thing and of its state, `state x` beside `x`, as "a locked door"; None: there are none.

    The state is told of things that were seen in several.
    """
    states = [k for k, name in enumerate(names) if name.startswith(STATE) and name.removeprefix(STATE) in names]
    if not states or not words:
        return None
    state, thing = states[0], names.index(names[states[0]].removeprefix(STATE))
    if not words[thing] or not words[state]:
        return None
    seen = sorted({(values[thing], values[state]) for values in (*inside, *outside)})
    several = {kind for (kind, _), (other, _) in pairwise(seen) if kind == other}
    texts = [
        _in_state(called(kind, words[thing]), called(how, words[state]) if kind in several else "")
        for kind, how in seen
    ]

    def one(values: Values) -> Values:
        pair = seen.index((values[thing], values[state]))
        return tuple(pair if k == thing else value for k, value in enumerate(values) if k != state)

    rest = [k for k in range(len(names)) if k != state]
    own = [texts if k == thing else words[k] for k in rest]
    return [names[k] for k in rest], list(map(one, inside)), list(map(one, outside)), own


def _in_state(thing: str, state: str) -> str:
    """Say in which state a thing is: "a door" and "open" are "an open door"."""
    if not state:
        return thing
    if state.lstrip("-").isdigit():
        return f"{thing} in state {state}"
    article, _, what = thing.rpartition(" ")
    if article in ("a", "an"):
        article = "an" if state[0] in "aeiou" else "a"
    return f"{article} {state} {what}".lstrip()


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


def called(value: int, words: Sequence[str]) -> str:
    """Return what a value is called: its name, or its number."""
    return words[value] if 0 <= value < len(words) else str(value)


def _told(names: Sequence[str], here: set[Values], there: set[Values], words: Sequence[Sequence[str]]) -> str | None:
    for most, most_contexts in ((MOST_TOLD, MOST_TOLD), (MOST_BESIDE, MOST_CONTEXTS)):
        found = []
        for word, those, others in (("where", here, there), ("unless", there, here)):
            text = _box(names, those, others, words, most) or _one_by_one(names, those, words, most_contexts)
            if text:
                found.append(f"{word} {text}")
        if found:
            return min(found, key=len)
    return None


def _box(
    names: Sequence[str], those: set[Values], others: set[Values], words: Sequence[Sequence[str]], most: int
) -> str:
    """Say it coordinate by coordinate, if no other context that was seen lies within all of their values."""
    columns = [set(column) for column in zip(*those, strict=True)]
    if any(all(value in column for value, column in zip(values, columns, strict=True)) for values in others):
        return ""
    told = [
        [called(value, own) for value in sorted(column)] if own else ranges(column)
        for column, own in zip(columns, words, strict=True)
    ]
    if any(len(pieces) > most for pieces in told):
        return ""
    sides = zip(names, ("is" if own else "=" for own in words), (" or ".join(pieces) for pieces in told), strict=True)
    return " and ".join(map(" ".join, sides))


def _one_by_one(names: Sequence[str], those: set[Values], words: Sequence[Sequence[str]], most: int) -> str:
    if len(those) > most:
        return ""
    told = [listed([called(value, own) for value, own in zip(values, words, strict=True)]) for values in sorted(those)]
    return f"{listed(names)} = {' or '.join(told)}"
