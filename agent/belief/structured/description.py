"""What actions do, in words: "action 2 (down): row + 1 unless row = 4, 71 %; stays, 29 %"."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .conditions import MOST_TOLD, condition, listed, ranges
from .tables import (
    ABSOLUTE,
    ADD,
    ADJACENT,
    CHAIN,
    FIRST_LEARNT,
    FIRST_SIBLING,
    LABEL_ROOM,
    MASS,
    SET,
    SHARE,
    SYMMETRIC,
    TYPES,
    UNIFORM,
    Structured,
)

WORTH_TELLING = 0.02
"""Share of an action's visited pairs below which a type is left out."""
WORTH_NAMING = 0.05
"""Share of a type below which a label is."""
WORTH_ITS_OWN = 0.25
"""Share of a type above which a label is told alone, however many others change the same."""
MOST_CLAUSES = 5
"""So many things that an action does are told: to go in four directions, and to stay, for one."""
FEW_FEATURES = 4
"""With more features than this, a state that is meant as such is told by its number."""
MOST_CHANGED = 3
"""Of changes of more coordinates than this, only the first two are told."""

Change = tuple[int, tuple[int, ...], bool]
"""What labels may have in common: kind, coordinates, and whether the episode ends."""


def describe(structure: Structured, names: Sequence[str] = (), action_names: Sequence[str] = ()) -> list[str]:
    """Say what each action does, a text each; shares are of the pairs visited by the latest fit, here and elsewhere.

    What an action does is given type by type: the changes, each with its share of the type where there are several; in
    which contexts; and the share of the pairs. A change leads no further than to the ends of a declared range.

    Args:
        structure: the tables themselves.
        names: of features and contexts; x0, x1, ... by default.
        action_names: of the actions; by default they have numbers alone.
    """
    numbers = structure.numbers
    told = names or [f"x{i}" for i in range(numbers.width)]
    actions = action_names or [f"action {a}" for a in range(numbers.num_actions)]
    heads = [f"action {a}" + (f" ({action_names[a]})" if action_names else "") for a in range(numbers.num_actions)]
    return [f"{head}: {_action(structure, told, actions, a)}" for a, head in enumerate(heads)]


def _action(structure: Structured, names: Sequence[str], actions: Sequence[str], action: int) -> str:
    num_types = int(structure.actions.num_types[action])
    shares = _weights(structure, action, action)[:num_types]
    total = float(shares.sum())
    if total == 0.0:
        return "nothing is known"
    clauses: dict[str, float] = {}
    for z in sorted(range(num_types), key=lambda z: (-shares[z], z)):
        if shares[z] >= WORTH_TELLING * total:
            what = "no rule" if z == SYMMETRIC else _mixture(structure, names, actions, action, z)
            clause = _plainly(what, _where(structure, names, action, z))
            clauses[clause] = clauses.get(clause, 0.0) + shares[z] / total
    told = sorted(clauses.items(), key=lambda each: -each[1])[:MOST_CLAUSES]
    rest = 1.0 - sum(share for _, share in told)
    told += [("other", rest)] if rest >= WORTH_TELLING else []
    if len(told) == 1:
        return told[0][0]
    return "; ".join(f"{clause}, {_percent(share)}" for clause, share in told)


def _plainly(what: str, where: str) -> str:
    """Put a clause together; what is set to the value that it has stays."""
    name, sets, value = what.partition(" becomes ")
    stays = sets and where.startswith("where ") and f"{name} = {value}" in where.removeprefix("where ").split(" and ")
    return f"{'stays' if stays else what} {where}".rstrip()


def _mixture(structure: Structured, names: Sequence[str], actions: Sequence[str], action: int, z: int) -> str:
    """The labels of a type, the commonest first, those that differ in amounts alone together if they are many."""
    first = (action * TYPES + z) * LABEL_ROOM
    masses = structure.types.mass[first : first + LABEL_ROOM] / MASS
    masses = masses + structure.carried.trust[action] * structure.carried.mass[first : first + LABEL_ROOM]
    total = float(masses.sum())
    words: dict[str, float] = {}
    changes: dict[Change, dict[tuple[int, ...], float]] = {}
    for label in np.flatnonzero(masses > 0.0).tolist():
        known = _change(structure, action, label) if label >= FIRST_LEARNT else None
        if known is None:
            text = _label(structure, actions, action, label)
            words[text] = words.get(text, 0.0) + masses[label]
        else:
            change, amounts = known
            alike = changes.setdefault(change, {})
            alike[amounts] = alike.get(amounts, 0.0) + masses[label]
    for change, alike in changes.items():
        for text, mass in _changes(names, change, alike, WORTH_ITS_OWN * total):
            words[text] = words.get(text, 0.0) + mass
    ordered = sorted(words.items(), key=lambda each: -each[1])
    told = [each for each in ordered if each[1] >= WORTH_NAMING * total][:MOST_TOLD] or ordered[:1]
    if not told:
        return "anywhere"
    rest = total - sum(mass for _, mass in told)
    if len(told) == 1 and rest < WORTH_NAMING * total:
        return told[0][0]
    told += [("else", rest)] if rest >= WORTH_NAMING * total else []
    return " or ".join(f"{text} ({_percent(mass / total)})" for text, mass in told)


def _label(structure: Structured, actions: Sequence[str], action: int, label: int) -> str:
    """A label that is no change of features."""
    if label == UNIFORM:
        return "anywhere"
    if label == ADJACENT:
        return "to a neighbour"
    if label < FIRST_LEARNT:
        return f"as {actions[label - FIRST_SIBLING]}"
    return f"to state {structure.labels.state[action * LABEL_ROOM + label]}"


def _change(structure: Structured, action: int, label: int) -> tuple[Change, tuple[int, ...]] | None:
    """What a learnt label changes, and by how much or to what; None of a state of many features."""
    labels, entry, num_features = structure.labels, action * LABEL_ROOM + label, structure.numbers.num_features
    kind, ends = int(labels.kind[entry]), bool(labels.ends[entry])
    if kind == ABSOLUTE:
        if num_features > FEW_FEATURES:
            return None
        first = int(labels.state[entry]) * structure.numbers.width
        amounts = structure.names.features[first : first + num_features]
        return (SET, tuple(range(num_features)), ends), tuple(amounts.tolist())
    changed = slice(entry * num_features, entry * num_features + int(labels.num_changes[entry]))
    return (kind, tuple(labels.coordinate[changed].tolist()), ends), tuple(labels.amount[changed].tolist())


def _changes(
    names: Sequence[str], change: Change, alike: Mapping[tuple[int, ...], float], much: float
) -> Iterator[tuple[str, float]]:
    """Write changes of the same coordinates, with the mass of each; those of little mass together if they are many."""
    kind, coordinates, ends = change
    alone = [amounts for amounts, mass in alike.items() if mass >= much]
    others = [amounts for amounts in alike if amounts not in alone]
    groups = [others] if len(others) > MOST_TOLD else [[amounts] for amounts in others]
    for those in [*groups, *([amounts] for amounts in alone)]:
        columns = list(zip(*those, strict=True))
        text = _written(kind, [names[i] for i in coordinates], columns)
        yield text + " and ends" * ends, sum(alike[amounts] for amounts in those)


def _written(kind: int, whose: Sequence[str], columns: Sequence[Sequence[int]]) -> str:
    """Write changes: of each coordinate by how much or to what, in all of them."""
    if not whose:
        return "stays"
    is_long = len(whose) > MOST_CHANGED
    told = list(zip(whose, columns, strict=True))[: 2 if is_long else None]
    if kind == ADD:
        return " and ".join([*(_added(name, column) for name, column in told), *["..."] * is_long])
    left, right = ([*each, *["..."] * is_long] for each in ([n for n, _ in told], [_pieces(c) for _, c in told]))
    return f"{listed(left)} becomes {listed(right)}"


def _added(name: str, amounts: Sequence[int]) -> str:
    if min(amounts) > 0:
        return f"{name} + {_pieces(amounts)}"
    if max(amounts) < 0:
        return f"{name} - {_pieces([-amount for amount in amounts])}"
    return f"{name} changes by at most {max(map(abs, amounts))}"


def _pieces(values: Sequence[int]) -> str:
    """Write numbers as a range where they are many; `...` where some are missing."""
    pieces = ranges(values)
    return pieces[0] if len(pieces) == 1 else f"{min(values)} ... {max(values)}"


def _where(structure: Structured, names: Sequence[str], action: int, z: int) -> str:
    """In which contexts most pairs are of a type; nothing where that is so in all of them."""
    length = int(structure.actions.chain_length[action])
    parents = structure.nodes.parent[: structure.numbers.num_nodes]
    contexts: dict[int, tuple[int, ...]] = {int(structure.actions.gate[action]): ()}
    for _ in range(length):
        links = np.flatnonzero(np.isin(parents, list(contexts)))
        links = links[links >= structure.numbers.num_actions].tolist()  # the first nodes are those of the actions
        contexts = {k: (*contexts[int(parents[k])], int(structure.nodes.value[k])) for k in links}
    inside, outside = [], []
    for node, values in contexts.items():
        weight = _weights(structure, action, node)
        if weight.sum() > 0:
            (inside if 2 * weight[z] > weight.sum() else outside).append(values)
    if length == 0 or not inside:
        return "here and there" if length else ""
    chain = structure.actions.chain[action * CHAIN : action * CHAIN + length]
    label = int(chain[0]) - structure.numbers.width
    change = _change(structure, action, label) if label >= 0 else None
    if change is None:
        return condition([names[int(coordinate)] for coordinate in chain], inside, outside)
    what = next(_changes(names, change[0], {change[1]: 1.0}, 0.0))[0]
    return f"where {what} is {'a' if (1,) in inside else 'no'} state" if outside else ""


def _weights(structure: Structured, action: int, node: int) -> NDArray[np.float64]:
    """Pairs of each type in a context, those elsewhere as far as they count, `[TYPES]`."""
    here = slice(node * TYPES, (node + 1) * TYPES)
    elsewhere = structure.carried.trust[action] * structure.carried.responsibility[here]
    return structure.nodes.weight[here] / SHARE + elsewhere


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
