"""From a belief to the rules that can be carried elsewhere, and from these into the tables of a fresh one."""

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....compilation.compiled import compiled
from ...updates import belief_at
from ..fitting.expectation import owned_median, sweep
from ..fitting.gate_search import search_targets
from ..rooms import roomy
from ..tables import (
    ADD,
    CHAIN,
    COMMONEST,
    FIRST_LEARNT,
    FIRST_OWNED,
    LABEL_ROOM,
    LABELS,
    TYPES,
    Structured,
    structure_at,
)
from . import totals
from .rules import MOST_CARRIED, PREFIX, Rules, labels_that_are
from .trust import LEAST_SYMMETRIC

Columns = dict[str, list[Any]]


def kept_rules(model: Any) -> dict[str, NDArray[Any]]:
    """Return what a model has learned of actions, without the map, for `structured(env, from_=...)`.

    By name all begin with `rules_` (`carrying.rules.Rules`); there are none under other priors.
    """
    if model.rules is None:
        return {}
    with model.turn:
        model.catch_up()
        own = model.rules.numbers
        if model.numbers.is_open == 0 and own.num_listed == model.num_outcomes and own.num_visited > 0:
            model = copy.deepcopy(model)
            model._put(rules=roomy(model.rules))
            _look_at_targets(model.address)
        return rules_of(model)


@compiled
def _look_at_targets(address):
    """Fit once more, each gate by whether there is a state where a label leads, if it tells more by that.

    So rules say where they hold without saying where that was. It takes a world all of whose states are listed.
    """
    known, structure = belief_at(address), structure_at(address)
    common = owned_median(structure)
    for action in range(structure.numbers.num_actions):
        if structure.actions.num_types[action] > 0:
            sweep(known, structure, action, common)
            if search_targets(structure, action):
                sweep(known, structure, action, common)


def rules_of(model: Any) -> dict[str, NDArray[Any]]:
    """Return the rules of a settled model with a structured prior, as arrays for a file (`carrying.rules.Rules`).

    What was carried into this belief itself is part of them, as far as it is trusted.
    """
    rules: Structured = model.rules
    own, prior = rules.numbers, model.prior
    found: Columns = {name: [] for name in (
        "action_labels", "action_commonest", "action_types", "label_kind", "label_ends", "label_changes",
        "change_coordinate", "change_amount", "type_owner", "type_concentration", "type_mass", "context_action",
        "context_parent", "context_value", "context_weight", "action_chain",
    )}  # fmt: skip
    for action in range(own.num_actions):
        _add_action(found, rules, action)
    num_contexts = own.width - own.num_features
    floats = "type_concentration", "type_mass", "context_weight"
    arrays = {name: np.array(column, np.float64 if name in floats else np.int64) for name, column in found.items()}
    arrays |= {
        "shape": np.array([own.num_actions, own.num_features, num_contexts], np.int64),
        "action_chain_length": rules.actions.chain_length.astype(np.int64),
        "action_pull": rules.actions.pull.copy(),
        "names": np.array(prior.names, np.str_),
        "action_names": np.array(prior.action_names, np.str_),
    }
    return {PREFIX + name: array for name, array in Rules(arrays).arrays.items()}


def _add_action(found: Columns, rules: Structured, action: int) -> None:
    num_types, first = int(rules.actions.num_types[action]), action * TYPES
    masses = totals.masses(rules, action)[:num_types]
    new = _labels_to_carry(rules, action, masses)
    _add_labels(found, rules, action, list(new))
    new |= {label: label for label in range(FIRST_LEARNT)}
    owners = rules.types.owner[first : first + num_types].tolist()
    types = [z for z in range(num_types) if z < FIRST_OWNED or owners[z] in new]
    has = labels_that_are(action, len(new) - FIRST_LEARNT, rules.numbers.num_actions)
    for z in types:
        row = np.zeros(LABEL_ROOM)
        row[list(new.values())] = masses[z, list(new)]
        found["type_owner"].append(new[owners[z]])
        found["type_concentration"].append(float(rules.types.concentration[first + z]))
        found["type_mass"].extend((row * has).tolist())
    found["action_types"].append(len(types))
    _add_contexts(found, rules, action, types)
    for coordinate in _chain(rules, action):
        label = coordinate - rules.numbers.width
        found["action_chain"].append(coordinate if label < 0 else rules.numbers.width + new[label])


def _chain(rules: Structured, action: int) -> list[int]:
    """Return what the action's gate looks at, and noughts behind."""
    length = int(rules.actions.chain_length[action])
    return rules.actions.chain[action * CHAIN : action * CHAIN + length].tolist() + [0] * (CHAIN - length)


def _labels_to_carry(rules: Structured, action: int, masses: NDArray[np.float64]) -> dict[int, int]:
    """Return the numbers that the learnt labels to be carried have, and those that they get."""
    entry, learnt = action * LABEL_ROOM, int(rules.actions.num_learnt[action])
    looked_at, kept = {x - rules.numbers.width for x in _chain(rules, action)}, []
    for kind, most in MOST_CARRIED.items():
        alike = [k for k in range(FIRST_LEARNT, FIRST_LEARNT + learnt) if rules.labels.kind[entry + k] == kind]
        speaks = {k: float(masses[:, k].sum()) for k in alike}
        spoken_for = [k for k in alike if speaks[k] > 0.0 or k in looked_at]
        kept += sorted(spoken_for, key=lambda k: (k not in looked_at, -speaks[k], k))[:most]
    return {label: FIRST_LEARNT + place for place, label in enumerate(sorted(kept))}


def _content(rules: Structured, entry: int) -> tuple[int, int, list[int], list[int]]:
    labels, first = rules.labels, int(rules.labels.first[entry])
    changed = slice(first, first + int(labels.num_changes[entry]))
    whose, amounts = labels.coordinate[changed].tolist(), labels.amount[changed].tolist()
    return int(labels.kind[entry]), int(labels.ends[entry]), whose, amounts


def _add_labels(found: Columns, rules: Structured, action: int, carried: list[int]) -> None:
    entry, commonest = action * LABEL_ROOM, 0
    for place, label in enumerate(carried):
        kind, ends, coordinates, amounts = _content(rules, entry + label)
        found["label_kind"].append(kind)
        found["label_ends"].append(ends)
        found["label_changes"].append(len(coordinates))
        found["change_coordinate"] += coordinates
        found["change_amount"] += amounts
        if (kind, ends, coordinates, amounts) == _content(rules, entry + COMMONEST):
            commonest = place + 1
    found["action_labels"].append(len(carried))
    found["action_commonest"].append(commonest)


def _add_contexts(found: Columns, rules: Structured, action: int, types: list[int]) -> None:
    """Add the action's own context, and those below it, each behind the one above it, in order of values."""
    if not types:
        return
    num = rules.numbers.num_nodes
    parents, gate = rules.nodes.parent[:num], int(rules.actions.gate[action])
    above = {gate: _add_context(found, action, -1, 0, totals.weights(rules, action, action), types)}
    for _ in range(int(rules.actions.chain_length[action])):
        nodes = np.flatnonzero(np.isin(parents, list(above)))
        nodes = nodes[nodes >= rules.numbers.num_actions]  # the first nodes are those of the actions
        places = [(above[int(parents[node])], int(rules.nodes.value[node]), int(node)) for node in nodes]
        below = {}
        for parent, value, node in sorted(places):
            if (weights := totals.weights(rules, action, node)).any():
                below[node] = _add_context(found, action, parent, value, weights, types)
        above = below


def _add_context(
    found: Columns, action: int, parent: int, value: int, weights: NDArray[np.float64], types: list[int]
) -> int:
    found["context_action"].append(action)
    found["context_parent"].append(parent)
    found["context_value"].append(value)
    found["context_weight"] += [float(weights[z]) for z in types] + [0.0] * (TYPES - len(types))
    return len(found["context_action"]) - 1


def carry(given: Rules, tables: Structured, is_closed: bool) -> None:
    """Write rules into the tables of a belief that has seen nothing; contexts are still to be planted.

    Args:
        given: about as many actions, features and contexts as the tables are.
        tables: with room for all contexts and changes.
        is_closed: whether all states there are were listed; else no gate is carried that looks at whether one is there.
    """
    arrays, carried, actions = given.arrays, tables.carried, tables.actions
    for name in ("action", "parent", "value", "weight"):
        getattr(carried, name)[:] = arrays[f"context_{name}"]
    own = {int(arrays["context_action"][k]): k for k in np.flatnonzero(arrays["context_parent"] < 0).tolist()}
    for action in range(given.shape[0]):
        types = given.types_of(action)
        if not len(types) or action not in own:
            continue
        carried.trust[action] = 1.0
        _write_labels(given, tables, action)
        _write_types(given, tables, action)
        chain = slice(action * CHAIN, (action + 1) * CHAIN)
        actions.chain[chain], length = arrays["action_chain"][chain], int(arrays["action_chain_length"][action])
        if not is_closed and actions.chain[chain].max() >= tables.numbers.width:
            actions.chain[chain] = length = 0
        actions.chain_length[action], actions.pull[action] = length, arrays["action_pull"][action]
        carried.is_planted[action] = length > 0
        root = arrays["context_weight"].reshape(-1, TYPES)[own[action]]
        actions.least[action], actions.new_from[action] = max(LEAST_SYMMETRIC, 1.0 / (2.0 + float(root.sum()))), LABELS


def _write_labels(given: Rules, tables: Structured, action: int) -> None:
    arrays, labels, own = given.arrays, tables.labels, tables.numbers
    ends = np.concatenate([[0], arrays["label_changes"].cumsum()])
    commonest = int(arrays["action_commonest"][action]) - 1
    for place, k in enumerate(given.labels_of(action)):
        changed = slice(int(ends[k]), int(ends[k + 1]))
        kind, num = int(arrays["label_kind"][k]), changed.stop - changed.start
        for label in (FIRST_LEARNT + place, *[COMMONEST] * (place == commonest and kind == ADD and num > 0)):
            entry = action * LABEL_ROOM + label
            labels.kind[entry], labels.ends[entry], labels.num_changes[entry] = kind, arrays["label_ends"][k], num
            written = slice(own.num_changes, own.num_changes + num)
            labels.coordinate[written] = arrays["change_coordinate"][changed]
            labels.amount[written] = arrays["change_amount"][changed]
            labels.first[entry], own.num_changes = written.start, written.stop
            if label == COMMONEST:
                tables.actions.commonest_room[action] = num
        tables.actions.num_of_kind[action * 4 + kind] += 1
    tables.actions.num_learnt[action] = tables.carried.num_labels[action] = len(given.labels_of(action))


def _write_types(given: Rules, tables: Structured, action: int) -> None:
    arrays, carried = given.arrays, tables.carried
    masses = arrays["type_mass"].reshape(-1, LABEL_ROOM)
    for z, k in enumerate(given.types_of(action)):
        at = action * TYPES + z
        tables.types.owner[at] = arrays["type_owner"][k]
        tables.types.concentration[at] = carried.median[at] = arrays["type_concentration"][k]
        carried.mass[at * LABEL_ROOM : (at + 1) * LABEL_ROOM] = masses[k]
        carried.total[at] = masses[k].sum()
    tables.actions.num_types[action] = len(given.types_of(action))
