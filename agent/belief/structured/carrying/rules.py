"""Rules that can be carried elsewhere: what was learnt of actions, without the map, as arrays.

Kept are labels that change features (those that mean this very state are left out, with the types that they own), what
pairs contribute to labels of types, and the contexts of gates. Nothing in it is numbered by states.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..fitting.expectation import LEAST_CONCENTRATION, MOST_CONCENTRATION
from ..fitting.gates import LEAST_PULL, MOST_PULL
from ..tables import (
    ADD,
    ADJACENT,
    CHAIN,
    FIRST_LEARNT,
    FIRST_OWNED,
    FIRST_SIBLING,
    GENERIC,
    LABEL_ROOM,
    LABELS,
    MOST_CHANGES,
    MOST_LEARNT,
    MOST_SIBLINGS,
    SET,
    TYPES,
)

Arrays = Mapping[str, NDArray[Any]]

PREFIX = "rules_"
"""What the names of the arrays begin with, in files that hold others, too."""
MOST_CARRIED = {ADD: MOST_LEARNT[ADD] // 2, SET: MOST_LEARNT[SET] // 2}
"""Labels of a kind that an action brings along, those that most speaks for: the others' places are for new ones."""
MOST = 1e12
_FLOATS = "type_concentration", "type_mass", "action_pull", "context_weight"
_INTEGERS = (
    "shape", "action_labels", "action_commonest", "action_types", "action_chain_length", "action_chain", "label_kind",
    "label_ends", "label_changes", "change_coordinate", "change_amount", "type_owner", "context_action",
    "context_parent", "context_value",
)  # fmt: skip
_TEXTS = "names", "action_names"
NAMES = (*_TEXTS, *_INTEGERS, *_FLOATS)
_UNNAMED = re.compile(r"[xc]\d+")


@dataclass(frozen=True, eq=False)
class Rules:
    """What actions do, in worlds whose observations and actions mean the same.

    Attributes:
        arrays: by name. `shape` holds the numbers of actions, features and contexts; `action_*` have an entry an action
            (`action_chain` three: coordinates, or a label alone, `fitting.targets.looked_at`), `label_*` one a label,
            in order of actions, `change_*` one a coordinate that it changes, `type_*` one a type (`type_mass` one a
            label), `context_*` one a context of a gate (`context_weight` one a type), parents first. `names` and
            `action_names` may be empty.

    Raises:
        ValueError: they make no sense.
    """

    arrays: Arrays

    def __post_init__(self) -> None:
        wrong = next((name for name, holds in _senses(self.arrays) if not holds), None)
        if wrong is not None:
            raise ValueError(f"{PREFIX}{wrong} is missing, or damaged")

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that these rules are known by."""
        told = hashlib.sha256()
        for name in NAMES:
            array = self.arrays[name]
            told.update(f"{name}{array.tolist() if name in _TEXTS else array.shape}".encode())
            told.update(b"" if name in _TEXTS else array.tobytes())
        return told.hexdigest()[:16]

    def check_meaning(
        self, shape: tuple[int, int, int], names: Sequence[str] = (), action_names: Sequence[str] = ()
    ) -> None:
        """Refuse a world of which the rules say nothing.

        Args:
            shape: its numbers of actions, of features and of contexts.
            names: of features and contexts, where they have any.
            action_names: of its actions, likewise.

        Raises:
            ValueError: the rules are about other observations or actions.
        """
        for what, got, expected in zip(("actions", "features", "contexts"), self.shape, shape, strict=True):
            if got != expected:
                raise ValueError(
                    f"these rules are about {got} {what}, and this world has {expected}: rules carry over where "
                    "observations and actions mean the same (and `context` is set alike)"
                )
        for what, ours, theirs in (("features", "names", names), ("actions", "action_names", action_names)):
            for got, expected in zip(self.arrays[ours].tolist(), theirs, strict=False):
                if got != expected and not (_UNNAMED.fullmatch(got) or _UNNAMED.fullmatch(expected)):
                    raise ValueError(
                        f"these rules are about {what} among which is {got!r}, where this world has {expected!r}: "
                        "rules carry over where observations and actions mean the same"
                    )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of actions, of features and of contexts."""
        num_actions, num_features, num_contexts = self.arrays["shape"].tolist()
        return num_actions, num_features, num_contexts

    def labels_of(self, action: int) -> range:
        """Return the numbers of an action's labels among all."""
        return _of(self.arrays["action_labels"], action)

    def types_of(self, action: int) -> range:
        """Return the numbers of an action's types among all."""
        return _of(self.arrays["action_types"], action)


def labels_that_are(action: int, num_learnt: int, num_actions: int) -> NDArray[np.bool_]:
    """Return which labels an action has, `[LABEL_ROOM]`."""
    has = np.zeros(LABEL_ROOM, bool)
    has[:FIRST_SIBLING] = True
    if num_actions <= MOST_SIBLINGS:
        has[FIRST_SIBLING : FIRST_SIBLING + num_actions] = True
        has[FIRST_SIBLING + action] = False
    has[FIRST_LEARNT : FIRST_LEARNT + num_learnt] = True
    return has


def _of(numbers: NDArray[np.int64], at: int) -> range:
    first = int(numbers[:at].sum())
    return range(first, first + int(numbers[at]))


def _senses(arrays: Arrays) -> Iterator[tuple[str, bool]]:
    """Give the name of an array, and whether it makes sense: compiled code checks no bounds."""
    for names, kind in ((_INTEGERS, "i"), (_FLOATS, "f"), (_TEXTS, "U")):
        for name in names:
            array = arrays.get(name)
            yield name, array is not None and array.dtype.kind == kind and array.ndim == 1
    for name in _INTEGERS:
        yield name, arrays[name].dtype == np.int64 and _is_within(arrays[name], -(2**33), 2**33)
    for name in _FLOATS:
        yield name, arrays[name].dtype == np.float64 and _is_within(arrays[name], 0.0, MOST)
    yield "shape", arrays["shape"].size == 3 and arrays["shape"].min() >= 0 and arrays["shape"][:2].min() > 0
    num_actions, num_features, num_contexts = arrays["shape"].tolist()
    for name, *allowed in (("names", num_features + num_contexts), ("action_names", num_actions)):
        yield name, arrays[name].size in (0, *allowed)
    for name in ("action_labels", "action_commonest", "action_types", "action_chain_length", "action_pull"):
        yield name, arrays[name].size == num_actions
    yield from _of_labels(arrays, num_features)
    yield from _of_types(arrays, num_actions)
    yield from _of_contexts(arrays, num_actions, num_features + num_contexts)


def _of_labels(arrays: Arrays, num_features: int) -> Iterator[tuple[str, bool]]:
    kind, ends, changes, number = (
        arrays[name] for name in ("label_kind", "label_ends", "label_changes", "action_labels")
    )
    yield "action_labels", _is_within(number, 0, sum(MOST_CARRIED.values())) and number.sum() == kind.size
    yield "label_kind", bool(np.isin(kind, list(MOST_CARRIED)).all())
    whose = np.repeat(np.arange(number.size), number)
    for each, most in MOST_CARRIED.items():
        yield "label_kind", bool((np.bincount(whose[kind == each], minlength=1) <= most).all())
    yield "label_ends", ends.size == kind.size and _is_within(ends, 0, 1)
    yield "label_changes", changes.size == kind.size and _is_within(changes, 0, num_features)
    yield "label_changes", _is_within(changes[kind == SET], 1, MOST_CHANGES)
    coordinate, amount = arrays["change_coordinate"], arrays["change_amount"]
    yield "change_coordinate", coordinate.size == changes.sum() and _is_within(coordinate, 0, num_features - 1)
    of_label = np.repeat(np.arange(kind.size), changes)
    is_ordered = (np.diff(coordinate) > 0) | (np.diff(of_label) > 0)
    yield "change_coordinate", bool(is_ordered.all())
    yield "change_amount", amount.size == coordinate.size
    commonest = arrays["action_commonest"]
    yield "action_commonest", _is_within(commonest, 0, LABELS) and bool((commonest <= number).all())


def _of_types(arrays: Arrays, num_actions: int) -> Iterator[tuple[str, bool]]:
    number, learnt = arrays["action_types"], arrays["action_labels"]
    yield "action_types", _is_within(number, 0, TYPES) and not (number == 1).any()
    owner, concentration, mass = (arrays[f"type_{name}"] for name in ("owner", "concentration", "mass"))
    yield "type_owner", owner.size == number.sum() and _is_within(owner, 0, LABELS - 1)
    yield "type_concentration", concentration.size == owner.size
    yield "type_mass", mass.size == LABEL_ROOM * owner.size
    rows, at = mass.reshape(-1, LABEL_ROOM), 0
    for action, types in enumerate(number.tolist()):
        has = labels_that_are(action, int(learnt[action]), num_actions)
        for z in range(types):
            owns, size = int(owner[at]), float(concentration[at])
            yield "type_owner", owns > ADJACENT and bool(has[owns]) if z >= FIRST_OWNED else owns == 0
            is_size = LEAST_CONCENTRATION <= size <= MOST_CONCENTRATION
            yield "type_concentration", is_size if z >= GENERIC else size == 0.0
            yield "type_mass", not rows[at][~has].any() and (z >= GENERIC or not rows[at].any())
            at += 1


def _of_contexts(arrays: Arrays, num_actions: int, width: int) -> Iterator[tuple[str, bool]]:
    length, chain, pull = arrays["action_chain_length"], arrays["action_chain"], arrays["action_pull"]
    yield "action_chain_length", _is_within(length, 0, CHAIN)
    yield "action_chain", chain.size == CHAIN * num_actions and bool((chain >= 0).all())
    for k, own in enumerate(chain.reshape(-1, CHAIN).tolist()):
        yield "action_chain", len(set(own[: length[k]])) == length[k]
        is_label = 0 <= own[0] - width - FIRST_LEARNT < arrays["action_labels"][k] and length[k] == 1
        yield "action_chain", max(own[int(is_label) :]) < width
    yield "action_pull", _is_within(pull, 0.0, MOST_PULL) and bool((pull[length > 0] >= LEAST_PULL).all())
    action, parent, value = (arrays[f"context_{name}"] for name in ("action", "parent", "value"))
    yield "context_action", _is_within(action, 0, num_actions - 1)
    yield "context_parent", parent.size == value.size == action.size
    yield "context_weight", arrays["context_weight"].size == TYPES * action.size
    depth = np.zeros(action.size, np.int64)
    for k, above in enumerate(parent.tolist()):
        yield "context_parent", -1 <= above < k and (above < 0 or action[above] == action[k])
        depth[k] = 0 if above < 0 else depth[above] + 1
    yield "context_parent", bool((depth <= length[action]).all())
    is_type = np.arange(TYPES) < arrays["action_types"][action][:, None]
    yield "context_weight", not arrays["context_weight"].reshape(-1, TYPES)[~is_type].any()
    yield "context_value", _is_within(value, -(2**31), 2**31 - 1)


def _is_within(numbers: NDArray[Any], least: float, most: float) -> bool:
    return bool(((numbers >= least) & (numbers <= most)).all())
