"""A structured belief as named arrays, and back: what was learned of actions, without what follows from it.

Kept are the features of states that the prior does not list, labels and the transitions that showed them, what each
visited pair contributes to types, and the predictions in force. Sums over pairs, contexts, ranges, links and slots are
rebuilt; sums are exact, as contributions are whole units.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compilation.compiled import brief, compiled
from ..pair_gains import weigh
from ..tables import SEEN
from ..updates import FULL, belief_at
from . import columns, rooms, structure, visits
from .carrying import trust
from .dictionary import rows
from .fitting import labels, parts
from .fitting.types import take_note
from .saved_sense import COUNTS, SUMS, Arrays, labels_of_action, lengths, senses, types_of_arrays
from .tables import (
    ABSOLUTE,
    ADD,
    CHAIN,
    COMMONEST,
    ENDED,
    FIRST_LEARNT,
    GENERIC,
    LABEL_ROOM,
    NAMELESS,
    TYPES,
    Structured,
    structure_at,
)

__all__ = ["arrays_of", "fingerprint", "lengths", "restore", "senses", "types_of_arrays"]


def arrays_of(model: Any) -> dict[str, NDArray[Any]]:
    """Return what a settled model with a structured prior has learned of actions, as arrays of one dimension.

    By name, `named_*` have an entry a state that is not listed (`named_features` one a feature and context), `edge_*`
    an edge, `pair_*` a pair of a known state that is no end, in order of sight, `candidate_*` a label that was shown,
    `action_*` an action, `label_candidate` a label that was learnt, `type_*` a type, `visited_*` a visited pair, in
    order of the first visit, and `part_*` a contribution to a label, in whole units.
    """
    rules: Structured = model.rules
    own, known, listed = rules.numbers, model.known_states(), len(model.prior.listed)
    edges, told = slice(model.num_edges), np.flatnonzero(rules.names.named[listed:] != NAMELESS) + listed
    acting = known[model.states.kind[known] == SEEN].astype(np.int64)
    pairs = (acting[:, None] * model.num_actions + np.arange(model.num_actions)).ravel()
    is_seen, order = model.edges.count[edges] > 0, rules.marks.order[edges]
    shown, visited, actions = slice(own.num_candidates), slice(own.num_visited), rules.actions
    of_labels = labels_of_action(actions.num_learnt - rules.carried.num_labels, rules.carried.num_labels)
    lengths, num_types = actions.chain_length, actions.num_types
    in_chain = np.arange(CHAIN) < lengths[:, None]
    is_type = (np.arange(TYPES) < num_types[:, None]).ravel()
    whose, label, mass = parts.listed(rules, np.arange(own.num_visited))
    content: Mapping[str, Any] = {
        "named_state": told,
        "named_ended": rules.names.named[told] == ENDED,
        "named_features": rows(rules, told).ravel(),
        "edge_local": model.edges.local[edges],
        "edge_hits": np.where(is_seen, rules.marks.hits[order], 0),
        "edge_order": order,
        "edge_neighbours": np.where(is_seen, rules.marks.neighbours[order], 0),
        **{f"pair_{name}": getattr(model.pairs, name)[pairs] for name in ("concentration", "gain", "free", "unnamed")},
        "candidate_kind": rules.candidates.kind[shown],
        "candidate_ends": rules.candidates.ends[shown],
        "candidate_varied": rules.candidates.is_varied[shown],
        "candidate_action": rules.candidates.pair[shown] % own.num_actions,
        "candidate_state": rules.candidates.pair[shown] // own.num_actions,
        "candidate_successor": rules.candidates.successor[shown],
        "candidate_pairs": rules.candidates.num_pairs[shown],
        "action_learnt": actions.num_learnt - rules.carried.num_labels,
        "action_commonest": [_candidate_of(rules, action, COMMONEST) + 1 for action in range(own.num_actions)],
        "action_types": num_types,
        "action_new_from": actions.new_from,
        "action_version": actions.version,
        "action_next_search": actions.next_search,
        "action_chain_length": lengths,
        "action_chain": np.where(in_chain, actions.chain.reshape(-1, CHAIN), 0).ravel(),
        "action_pull": actions.pull,
        "action_least": actions.least,
        "label_candidate": [_candidate_of(rules, action, label) for action, label in of_labels],
        "type_concentration": rules.types.concentration[is_type],
        "type_owner": rules.types.owner[is_type],
        "visited_pair": rules.visited.pair[visited],
        "visited_invalid": rules.visited.invalid[visited],
        "visited_strays": rules.visited.strays[visited],
        "visited_exposure": rules.visited.exposure[visited],
        "visited_responsibility": rules.visited.responsibility[: own.num_visited * TYPES],
        "visited_parts": np.bincount(whose, minlength=own.num_visited),
        "part_label": label,
        "part_mass": mass,
        "rule_count": [getattr(own, name) for name in COUNTS],
        "rule_sum": [getattr(own, name) for name in SUMS],
        **{f"carried_{name}": getattr(rules.carried, name) for name in ("trust", "is_planted", "ahead")},
    }
    types = types_of_arrays(model.prior)
    arrays = {name: np.array(content[name], dtype=dtype) for name, dtype in types.items()}
    return {"listed": np.array([fingerprint(model.prior)]), **arrays}


def fingerprint(prior: Any) -> str:
    """Digest of what a prior says of the states it lists, of the ranges of features, and of rules from elsewhere."""
    ends, ranges = np.asarray(prior.ended, np.int8), [None if each is None else tuple(each) for each in prior.ranges]
    told = [str(prior.listed.shape).encode(), prior.listed.tobytes(), ends.tobytes(), repr(ranges).encode()]
    told += [] if prior.carried is None else [prior.carried.digest.encode()]
    return hashlib.sha256(b"/".join(told)).hexdigest()


def _candidate_of(rules: Structured, action: int, label: int) -> int:
    """Return the candidate that a label was written from, -1 where there is none: no label, or one of elsewhere."""
    table, entry, own = rules.candidates, action * LABEL_ROOM + label, rules.numbers
    kind = rules.labels.kind[entry]
    if kind == 0:
        return -1
    shown = slice(own.num_candidates)
    is_alike = (table.kind[shown] == kind) & (table.pair[shown] % own.num_actions == action)
    found = np.flatnonzero(is_alike & (table.ends[shown] == rules.labels.ends[entry]))
    if kind == ABSOLUTE:
        return int(found[table.successor[found] == rules.labels.state[entry]][0])
    states = table.pair[found] // own.num_actions, table.successor[found]
    before, after = (rows(rules, each)[:, : own.num_features].astype(np.int64) for each in states)
    first = int(rules.labels.first[entry])
    changed = slice(first, first + int(rules.labels.num_changes[entry]))
    coordinates = rules.labels.coordinate[changed]
    differs, expected = before != after, np.zeros(own.num_features, bool)
    expected[coordinates] = True
    amounts = after - (before if kind == ADD else 0)
    is_same = (differs == expected).all(axis=1)
    is_same &= (amounts[:, coordinates] == rules.labels.amount[changed]).all(axis=1)
    return int(found[is_same][0]) if is_same.any() else -1


def restore(model: Any, arrays: Arrays) -> None:
    """Let a fresh model, whose states and edges were restored, know what the arrays say of actions.

    They were checked (`agent.belief.structured.saved_sense`).
    """
    _name(model, arrays)
    _predict(model, arrays)
    own, num_shown, num_visited = model.rules.numbers, arrays["candidate_kind"].size, arrays["visited_pair"].size
    num_seen = int((arrays["edge_count"] > 0).sum())
    least = {
        "visited_room": num_visited,
        "candidate_room": num_shown,
        "seen_room": num_seen,
        "part_room": arrays["part_mass"].size,
    }
    short = {name: 2 * room for name, room in least.items() if room > getattr(own, name)}
    learnt = int((arrays["action_learnt"] + model.rules.carried.num_labels).max())
    short["label_room"] = max(own.label_room, FIRST_LEARNT + learnt)
    model._put(rules=rooms.with_room(model.rules, **short))
    model.rules.numbers.num_candidates, model.rules.numbers.num_visited = num_shown, num_visited
    _fill(model.rules, model, arrays)
    _link(model.address)
    _write_labels(model, arrays)
    grown = structure.grown(model.rules, len(model.states.kind), len(model.edges.pair))
    model._put(rules=grown or rooms.with_room(model.rules))
    model._put(rules=rooms.with_room(model.rules, node_room=0))  # contexts are planted: there are fewer than might be


def _name(model: Any, arrays: Arrays) -> None:
    """Name the states that are not listed."""
    named, width = arrays["named_state"], model.rules.numbers.width
    model.make_room(int(named.max(initial=0)))
    told = arrays["named_features"].reshape(-1, width)
    for state, ended, row in zip(named.tolist(), arrays["named_ended"].tolist(), told, strict=True):
        structure.tell(model, state, row, bool(ended))


def _predict(model: Any, arrays: Arrays) -> None:
    """Write the predictions in force, but for what `_link` sums up."""
    known = model.known_states()
    acting = known[model.states.kind[known] == SEEN].astype(np.int64)
    pairs = (acting[:, None] * model.num_actions + np.arange(model.num_actions)).ravel()
    for name in ("concentration", "gain", "free", "unnamed"):
        getattr(model.pairs, name)[pairs] = arrays[f"pair_{name}"]
    model.edges.local[: model.num_edges] = arrays["edge_local"]


def _fill(rules: Structured, model: Any, arrays: Arrays) -> None:
    """Write what is not worked out from other tables, where there is room for it."""
    if model.prior.carried is not None:
        for action in np.flatnonzero(arrays["carried_trust"] == 0).tolist():
            _forget(model.address, action)
        for name in ("trust", "is_planted", "ahead"):
            getattr(rules.carried, name)[:] = arrays[f"carried_{name}"]
    own, edges, shown = rules.numbers, model.num_edges, arrays["candidate_kind"].size
    is_seen, order = arrays["edge_count"] > 0, arrays["edge_order"]
    rules.marks.order[:edges] = order
    for name in ("hits", "neighbours"):
        getattr(rules.marks, name)[order[is_seen]] = arrays[f"edge_{name}"][is_seen]
    rules.candidates.pair[:shown] = arrays["candidate_state"] * own.num_actions + arrays["candidate_action"]
    for name in ("kind", "ends", "successor"):
        getattr(rules.candidates, name)[:shown] = arrays[f"candidate_{name}"]
    rules.candidates.num_pairs[:shown] = arrays["candidate_pairs"]
    rules.candidates.is_varied[:shown] = arrays["candidate_varied"]
    rules.candidates.is_learnt[arrays["label_candidate"]] = 1
    actions = rules.actions
    for name in ("new_from", "version", "next_search", "chain_length", "chain", "pull", "least"):
        getattr(actions, name)[:] = arrays[f"action_{name}"]
    actions.num_learnt[:] = arrays["action_learnt"] + rules.carried.num_labels
    actions.num_types[:] = arrays["action_types"]
    is_type = (np.arange(TYPES) < actions.num_types[:, None]).ravel()
    rules.types.concentration[is_type], rules.types.owner[is_type] = arrays["type_concentration"], arrays["type_owner"]
    visited = slice(own.num_visited)
    rules.visited.pair[visited] = arrays["visited_pair"]
    for name in ("invalid", "strays", "exposure"):
        getattr(rules.visited, name)[visited] = arrays[f"visited_{name}"]
    rules.visited.responsibility[: own.num_visited * TYPES] = arrays["visited_responsibility"]
    parts.write(rules, arrays["visited_parts"], arrays["part_label"], arrays["part_mass"])
    action = np.repeat(arrays["visited_pair"] % own.num_actions, arrays["visited_parts"])
    z, label = np.divmod(arrays["part_label"], LABEL_ROOM)
    place = (action * (TYPES - GENERIC) + z - GENERIC) * own.label_room + label  # as `mass_place`
    np.add.at(rules.types.mass, place, arrays["part_mass"])
    np.add.at(rules.types.total, action * TYPES + z, arrays["part_mass"])
    _, outcomes = np.unique(arrays["edge_pair"][is_seen], return_counts=True)
    own.most_outcomes, own.num_seen = int(outcomes.max(initial=0)), int(is_seen.sum())
    told = (*arrays["rule_count"].tolist(), *arrays["rule_sum"].tolist())
    for name, value in zip((*COUNTS, *SUMS), told, strict=True):
        setattr(own, name, value)
    rules.scratch.led[0], own.num_leads = own.led_since, int(own.led_since > 0)  # of the changes, the latest is kept
    own.num_settled, own.settled_at = model.num_known_states, int(arrays["edge_count"].sum())
    own.concentration = arrays["sum"][0].item()


def _write_labels(model: Any, arrays: Arrays) -> None:
    """Write the labels that were learnt from the transitions that showed them."""
    carried, by_label = model.rules.carried.num_labels, arrays["label_candidate"]
    of_labels = labels_of_action(arrays["action_learnt"], carried)
    for (action, label), candidate in zip(of_labels, by_label.tolist(), strict=True):
        _write_label(model, action, label, candidate)
    for action, candidate in enumerate((arrays["action_commonest"] - 1).tolist()):
        if candidate >= 0:
            _write_label(model, action, COMMONEST, candidate)
    learnt = arrays["candidate_action"][by_label] * 4 + arrays["candidate_kind"][by_label]
    np.add.at(model.rules.actions.num_of_kind, learnt, 1)


def _write_label(model: Any, action: int, label: int, candidate: int) -> None:
    while _write(model.address, action, label, candidate) == FULL:
        model.make_room(0)


@brief
def _write(address, action, label, candidate):
    return labels.write_label(structure_at(address), action, label, candidate)


@compiled
def _forget(address, action):
    trust.forget(belief_at(address), structure_at(address), action)


@compiled
def _link(address):
    """Link the visited pairs and the candidates of each action; work out what follows from the predictions of pairs."""
    known, told = belief_at(address), structure_at(address)
    numbers, actions, table = told.numbers, told.actions, told.candidates
    for visited in range(numbers.num_visited):
        visits.link(told, visited)
    visits.hold(told)
    for candidate in range(numbers.num_candidates):
        action = int(table.pair[candidate] % numbers.num_actions)
        table.following[candidate] = actions.first_candidate[action]
        actions.first_candidate[action] = candidate + 1
    for action in range(numbers.num_actions):
        take_note(told, action)
    told.numbers.mistrust = trust.mistrust_of_others(told)
    for k in range(known.numbers.num_known_states):
        state = int(known.states.order[k])
        if known.states.kind[state] == SEEN:
            for pair in range(state * numbers.num_actions, (state + 1) * numbers.num_actions):
                weigh(known, pair)
                columns.measure_beyond(known, pair)
