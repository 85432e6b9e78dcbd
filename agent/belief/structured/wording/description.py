"""What actions do, in words: "action 2 (down): row + 1 unless row = 4, 71 %; stays, 29 %"."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..carrying import totals
from ..tables import (
    ADJACENT,
    CHAIN,
    FIRST_LEARNT,
    FIRST_SIBLING,
    LABEL_ROOM,
    SYMMETRIC,
    UNIFORM,
    Structured,
)
from . import changes
from .changes import WORTH_NAMING, Change
from .conditions import MOST_TOLD, SCATTERED, condition
from .vocabulary import UNNAMED, Vocabulary

WORTH_TELLING = 0.02
"""Share of an action's visited pairs below which a type is left out."""
WORTH_ITS_OWN = 0.25
"""Share of a type above which a label is told alone, however many others change the same."""
MOST_CLAUSES = 5
"""So many things that an action does are told: to go in four directions, and to stay, for one."""


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
    shares = totals.weights(structure, action, action)[:num_types]
    total = float(shares.sum())
    if total == 0.0:
        return []
    meant, alike = changes.meant(structure, names, action), {}
    for z in range(num_types):
        what = "no rule" if z == SYMMETRIC else _mixture(structure, names, action, z, meant)
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


def _mixture(structure: Structured, names: Vocabulary, action: int, z: int, meant: Mapping[int, changes.Told]) -> str:
    """The labels of a type, the commonest first, those that differ in amounts alone together if they are many."""
    masses = totals.masses(structure, action)[z]
    total = float(masses.sum())
    words: dict[str, float] = {}
    found: dict[Change, dict[tuple[int, ...], float]] = {}
    for label in np.flatnonzero(masses > 0.0).tolist():
        known = meant.get(z * LABEL_ROOM + label) or changes.change_of(structure, action, label)
        if known is None:
            text = _label(structure, names.actions, action, label)
            words[text] = words.get(text, 0.0) + masses[label]
        else:
            change, amounts = known
            alike = found.setdefault(change, {})
            alike[amounts] = alike.get(amounts, 0.0) + masses[label]
    for change, alike in found.items():
        for text, mass in changes.written(names, change, alike, WORTH_ITS_OWN * total):
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
        weight = [float(totals.weights(structure, action, node)[list(types)].sum()) for types in groups]
        if sum(weight) > 0:
            leading[int(np.argmax(weight))].append(values)
    chain = structure.actions.chain[action * CHAIN : action * CHAIN + length].tolist()
    label = chain[0] - structure.numbers.width
    asked = changes.change_of(structure, action, label) if label >= 0 else None
    if asked is not None:
        what = next(changes.written(names, asked[0], {asked[1]: 1.0}, 0.0))[0]
        return [_led_to(what, set(inside), set().union(*leading.values())) for inside in leading.values()]
    order = sorted(range(length), key=lambda k: (names.features[chain[k]] != "row", chain[k]))
    whose, values_of = ([str(names.features[chain[k]]) for k in order], [names.values_of(chain[k]) for k in order])
    placed = [{tuple(values[k] for k in order) for values in those} for those in leading.values()]
    seen = set().union(*placed)
    return [condition(whose, inside, seen - inside, values_of) if inside else SCATTERED for inside in placed]


def _led_to(what: str, inside: Collection[tuple[int, ...]], seen: Collection[tuple[int, ...]]) -> str:
    """Where something is so, by whether there is a state that a change leads to."""
    if not inside:
        return SCATTERED
    return f"where {what} is {'a' if (1,) in inside else 'no'} state" if len(inside) < len(seen) else ""


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
