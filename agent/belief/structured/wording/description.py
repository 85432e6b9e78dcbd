"""What actions do, in words: "action 2 (down): row + 1 unless row = 4, 71 %; stays, 29 %"."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..tables import (
    ABSOLUTE,
    ADD,
    ADJACENT,
    CHAIN,
    FIRST_LEARNT,
    FIRST_SIBLING,
    LABEL_ROOM,
    MASS,
    PARTS,
    SET,
    SHARE,
    SYMMETRIC,
    TYPES,
    UNIFORM,
    Structured,
)
from .conditions import MOST_TOLD, called, condition, listed, ranges
from .vocabulary import UNNAMED, Vocabulary

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


class Clause(NamedTuple):
    """What an action does in some contexts.

    Attributes:
        types: of the action, which all do the same.
        what: in words.
        where: in words, empty where it is so in all contexts; None where that takes too many.
        share: of the action's pairs, visited by the latest fit, here and elsewhere.
    """

    types: tuple[int, ...]
    what: str
    where: str | None
    share: float


def describe(structure: Structured, names: Vocabulary = UNNAMED) -> list[str]:
    """Say what each action does, a text each; shares are of the pairs visited by the latest fit, here and elsewhere.

    What an action does is given clause by clause: the changes, each with its share of the clause where there are
    several; in which contexts; and the share of the pairs. A change leads no further than to the ends of a declared
    range.
    """
    return sentences(clauses(structure, names), names.actions)


def sentences(each: Sequence[Sequence[Clause]], own: Sequence[str] = ()) -> list[str]:
    """Write the clauses of each action as one text, those that are worth telling; actions have names, or numbers."""
    heads = [f"action {a}" + (f" ({own[a]})" if own else "") for a in range(len(each))]
    return [f"{head}: {_together(those)}" for head, those in zip(heads, each, strict=True)]


def clauses(structure: Structured, names: Vocabulary = UNNAMED) -> list[list[Clause]]:
    """Return all that each action does, the commonest first: of an action of which nothing is known, no clause."""
    numbers = structure.numbers
    features = names.features or [f"x{i}" for i in range(numbers.width)]
    actions = names.actions or [f"action {a}" for a in range(numbers.num_actions)]
    named = Vocabulary(features, names.values, actions)
    return [_clauses(structure, named, action) for action in range(numbers.num_actions)]


def _clauses(structure: Structured, names: Vocabulary, action: int) -> list[Clause]:
    num_types = int(structure.actions.num_types[action])
    shares = _weights(structure, action, action)[:num_types]
    total = float(shares.sum())
    if total == 0.0:
        return []
    staying, alike = _staying(structure, action), {}
    for z in range(num_types):
        what = "no rule" if z == SYMMETRIC else _mixture(structure, names, action, z, staying)
        alike.setdefault(what, []).append(z)
    where = _where(structure, names, action, list(alike.values()))
    found = [
        Clause(tuple(types), _plainly(what, there), there, float(shares[types].sum()) / total)
        for (what, types), there in zip(alike.items(), where, strict=True)
    ]
    return sorted(found, key=lambda clause: -clause.share)


def _plainly(what: str, where: str | None) -> str:
    """What is set to the value that it has stays."""
    name, sets, value = what.partition(" becomes ")
    given = (where or "").removeprefix("where ").split(" and ")
    return "stays" if sets and {f"{name} = {value}", f"{name} is {value}"} & set(given) else what


def _together(those: Sequence[Clause]) -> str:
    """Put clauses together that are worth it: the first of those of which nobody can say where has no place."""
    if not those:
        return "nothing is known"
    worth = [clause for clause in those if clause.share >= WORTH_TELLING][:MOST_CLAUSES]
    told, rest = [], 1.0 - sum(clause.share for clause in worth)
    for k, clause in enumerate(worth):
        where = clause.where if clause.where is not None else "elsewhere" if k else ""
        told.append((f"{clause.what} {where}".rstrip(), clause.share))
    told += [("other", rest)] if rest >= WORTH_TELLING else []
    if len(told) == 1:
        return told[0][0]
    return "; ".join(f"{text}, {_percent(share)}" for text, share in told)


def _staying(structure: Structured, action: int) -> set[int]:
    """Return the labels of types that set what was so before in the pairs they explain: type * LABEL_ROOM + label."""
    numbers, table = structure.numbers, structure.visited
    pairs = table.pair[: numbers.num_visited]
    own = np.flatnonzero(pairs % numbers.num_actions == action)
    is_part = np.arange(PARTS) < table.num_parts[own, None]
    entries = table.label.reshape(-1, PARTS)[own][is_part].astype(np.int64)
    masses = table.part.reshape(-1, PARTS)[own][is_part].astype(np.int64)
    states = np.repeat(pairs[own] // numbers.num_actions, is_part.sum(axis=1))
    found = set()
    for each in np.unique(entries).tolist():
        change = _change(structure, action, each % LABEL_ROOM) if each % LABEL_ROOM >= FIRST_LEARNT else None
        if change is not None and change[0][0] == SET:
            its = entries == each
            columns = np.array(change[0][1], np.int64)
            before = structure.names.features[states[its, None] * numbers.width + columns]
            stays = (before == np.array(change[1])).all(axis=1)
            if masses[its][stays].sum() > (1.0 - WORTH_NAMING) * masses[its].sum():
                found.add(each)
    return found


def _mixture(structure: Structured, names: Vocabulary, action: int, z: int, staying: Collection[int]) -> str:
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
            text = _label(structure, names.actions, action, label)
            words[text] = words.get(text, 0.0) + masses[label]
        else:
            change, amounts = known
            if z * LABEL_ROOM + label in staying:
                change, amounts = (ADD, (), change[2]), ()
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


def _where(structure: Structured, names: Vocabulary, action: int, groups: Sequence[Sequence[int]]) -> list[str | None]:
    """In which contexts more pairs are of one group of types than of any other, of each (`Clause.where`)."""
    length = int(structure.actions.chain_length[action])
    if length == 0:
        return [""] * len(groups)
    parents = structure.nodes.parent[: structure.numbers.num_nodes]
    contexts: dict[int, tuple[int, ...]] = {int(structure.actions.gate[action]): ()}
    for _ in range(length):
        links = np.flatnonzero(np.isin(parents, list(contexts)))
        links = links[links >= structure.numbers.num_actions].tolist()  # the first nodes are those of the actions
        contexts = {k: (*contexts[int(parents[k])], int(structure.nodes.value[k])) for k in links}
    leading: dict[int, list[tuple[int, ...]]] = {group: [] for group in range(len(groups))}
    for node, values in contexts.items():
        weight = [float(_weights(structure, action, node)[list(types)].sum()) for types in groups]
        if sum(weight) > 0:
            leading[int(np.argmax(weight))].append(values)
    chain = structure.actions.chain[action * CHAIN : action * CHAIN + length].tolist()
    label = chain[0] - structure.numbers.width
    asked = _change(structure, action, label) if label >= 0 else None
    if asked is not None:
        what = next(_changes(names, asked[0], {asked[1]: 1.0}, 0.0))[0]
        return [_led_to(what, set(inside), set().union(*leading.values())) for inside in leading.values()]
    order = sorted(range(length), key=lambda k: (names.features[chain[k]] != "row", chain[k]))
    whose, values_of = ([str(names.features[chain[k]]) for k in order], [names.values_of(chain[k]) for k in order])
    placed = [{tuple(values[k] for k in order) for values in those} for those in leading.values()]
    seen = set().union(*placed)
    return [condition(whose, inside, seen - inside, values_of) if inside else "here and there" for inside in placed]


def _led_to(what: str, inside: Collection[tuple[int, ...]], seen: Collection[tuple[int, ...]]) -> str:
    """Where something is so, by whether there is a state that a change leads to."""
    if not inside:
        return "here and there"
    return f"where {what} is {'a' if (1,) in inside else 'no'} state" if len(inside) < len(seen) else ""


def _weights(structure: Structured, action: int, node: int) -> NDArray[np.float64]:
    """Pairs of each type in a context, those elsewhere as far as they count, `[TYPES]`."""
    here = slice(node * TYPES, (node + 1) * TYPES)
    elsewhere = structure.carried.trust[action] * structure.carried.responsibility[here]
    return structure.nodes.weight[here] / SHARE + elsewhere


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
