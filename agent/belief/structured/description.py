"""What actions do, in words: "action 2: (row, column) + (1, 0) where direction = 0, 71 %; stays, 22 %"."""

from collections.abc import Sequence

import numpy as np

from .tables import (
    ABSOLUTE,
    ADD,
    ADJACENT,
    CHAIN,
    FIRST_LEARNT,
    FIRST_SIBLING,
    LABEL_ROOM,
    MASS,
    SHARE,
    SYMMETRIC,
    TYPES,
    UNIFORM,
    Numbers,
    Structured,
)

WORTH_TELLING = 0.02
"""Share of an action's visited pairs below which a type is left out, and of a type below which a label is."""
MOST_CONTEXTS = 3
"""So many contexts are told one by one."""


def describe(structure: Structured, names: Sequence[str] | None = None) -> str:
    """Say what each action does, a line each; shares are of the pairs visited by the latest fit.

    Args:
        structure: the tables themselves.
        names: of features and contexts; x0, x1, ... by default.
    """
    numbers = structure.numbers
    told = names or [f"x{i}" for i in range(numbers.width)]
    return "\n".join(f"action {a}: {_action(structure, told, a)}" for a in range(numbers.num_actions))


def _action(structure: Structured, names: Sequence[str], action: int) -> str:
    num_types = int(structure.actions.num_types[action])
    shares = structure.nodes.weight[action * TYPES : action * TYPES + num_types] / SHARE
    total = float(shares.sum())
    clauses: dict[str, float] = {}
    for z in sorted(range(num_types), key=lambda z: (-shares[z], z)):
        if total > 0.0 and shares[z] >= WORTH_TELLING * total:
            what = "anything" if z == SYMMETRIC else _mixture(structure, names, action, z)
            clause = f"{what}{_where(structure, names, action, z)}"
            clauses[clause] = clauses.get(clause, 0.0) + shares[z] / total
    return "; ".join(f"{clause}, {100 * share:.0f} %" for clause, share in clauses.items()) or "nothing is known"


def _mixture(structure: Structured, names: Sequence[str], action: int, z: int) -> str:
    """The labels of a type, the commonest first."""
    first = (action * TYPES + z) * LABEL_ROOM
    masses = structure.types.mass[first : first + LABEL_ROOM] / MASS
    total = max(float(masses.sum()), 1e-300)
    told = [int(label) for label in np.argsort(-masses, kind="stable") if masses[label] >= WORTH_TELLING * total]
    words = [_label(structure, names, action, label) for label in told if masses[label] > 0.0]
    if len(words) == 1:
        return words[0]
    shares = [f"{word} ({100 * masses[label] / total:.0f} %)" for word, label in zip(words, told, strict=False)]
    return " or ".join(shares) or "anything"


def _label(structure: Structured, names: Sequence[str], action: int, label: int) -> str:
    if label == UNIFORM:
        return "anywhere"
    if label == ADJACENT:
        return "to a neighbour"
    if label < FIRST_LEARNT:
        return f"as action {label - FIRST_SIBLING}"
    labels, entry, num_features = structure.labels, action * LABEL_ROOM + label, structure.numbers.num_features
    if labels.kind[entry] == ABSOLUTE:
        return f"to state {labels.state[entry]}"
    changed = range(entry * num_features, entry * num_features + int(labels.num_changes[entry]))
    ends = " and ends" if labels.ends[entry] else ""
    if not changed:
        return f"stays{ends}"
    whose, amounts = [names[int(labels.coordinate[k])] for k in changed], [int(labels.amount[k]) for k in changed]
    if labels.kind[entry] == ADD and len(amounts) == 1:
        return f"{whose[0]} {'-' if amounts[0] < 0 else '+'} {abs(amounts[0])}{ends}"
    sign = "+" if labels.kind[entry] == ADD else ":="
    return f"{_listed(whose)} {sign} {_listed([str(amount) for amount in amounts])}{ends}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"({', '.join(words)})"


def _where(structure: Structured, names: Sequence[str], action: int, z: int) -> str:
    """In which contexts most pairs are of a type; nothing where that is so in all of them."""
    length = int(structure.actions.chain_length[action])
    contexts = [((), int(structure.actions.gate[action]))]
    for _ in range(length):
        contexts = [
            ((*values, int(structure.nodes.value[child])), child)
            for values, node in contexts
            for child in _children(structure, node)
        ]
    weights = [structure.nodes.weight[node * TYPES : (node + 1) * TYPES] for _, node in contexts]
    held = [values for (values, _), weight in zip(contexts, weights, strict=True) if 2 * weight[z] > weight.sum() > 0]
    if length == 0 or len(held) == len(contexts):
        return ""
    chain = structure.actions.chain[action * CHAIN : action * CHAIN + length]
    whose = _listed([names[int(coordinate)] for coordinate in chain])
    if not held:
        return " here and there"
    if len(held) > MOST_CONTEXTS:
        return f" in {len(held)} of {len(contexts)} contexts of {whose}"
    return f" where {whose} = {' or '.join(_listed([str(value) for value in values]) for values in sorted(held))}"


def _children(structure: Structured, node: int) -> list[int]:
    numbers: Numbers = structure.numbers
    parents = structure.nodes.parent[numbers.num_actions : numbers.num_nodes]
    return [int(k) + numbers.num_actions for k in np.flatnonzero(parents == node)]
