"""What arrays must be like to be taken for a structured belief: compiled code checks no bounds.

Whatever may stand in a file, links, slots and sums are made from what was checked here, so that none leads beyond a
table. What only makes no sense (contributions that no life could have led to) may pass where it cannot spoil a sum.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tables import SEEN
from . import visits
from .carrying import saved_trust
from .fitting.expectation import LEAST_CONCENTRATION, MOST_CONCENTRATION
from .fitting.gates import LEAST_PULL, MOST_PULL
from .fitting.types import MOST_MASS
from .tables import (
    ABSOLUTE,
    ADD,
    ADJACENT,
    CHAIN,
    FIRST_LEARNT,
    FIRST_OWNED,
    FIRST_SIBLING,
    GENERIC,
    LABEL_ROOM,
    LABELS,
    MOST_LEARNT,
    MOST_NEIGHBOURS,
    PARTS,
    SHARE,
    TYPES,
    UNIFORM,
    Numbers,
    Structured,
)

Arrays = Mapping[str, NDArray[Any]]

COUNTS = ("next_refit", "num_refits", "is_blended", "is_leading", "led_since")
SUMS = ("lead", "recent_lead", "unforeseen", "num_first", "doubt")
"""Single numbers of a structured belief that do not follow from its tables: whole ones, and others."""

_OF_FLOATS = (
    "edge_local", "pair_concentration", "pair_gain", "pair_free", "pair_unnamed", "action_next_search", "action_pull",
    "action_least", "type_concentration", "visited_strays", "visited_exposure", "rule_sum",
)  # fmt: skip
_OF_INTEGERS = (
    "named_state", "edge_hits", "edge_order", "candidate_action", "candidate_state", "candidate_successor",
    "candidate_pairs", "action_learnt", "action_commonest", "action_types", "action_new_from", "action_version",
    "action_chain_length", "action_chain", "label_candidate", "type_owner", "visited_pair", "visited_invalid",
    "visited_parts", "part_label", "part_mass", "rule_count",
)  # fmt: skip
TYPES_OF_ARRAYS: Mapping[str, Any] = (
    dict.fromkeys(_OF_FLOATS, np.float64)
    | dict.fromkeys(_OF_INTEGERS, np.int64)
    | dict.fromkeys(("named_ended", "edge_neighbours", "candidate_kind", "candidate_ends", "candidate_varied"), np.int8)
    | {"named_features": np.int32, "visited_responsibility": np.int16}
)

MOST, MOST_CONCENTRATED, _ROUNDING = 2**31, 1e16, 1e-6  # tables count in 32 bits


def types_of_arrays(prior: Any) -> Mapping[str, Any]:
    """Return the types of the arrays of a belief with this prior, by name."""
    return {**TYPES_OF_ARRAYS, **({} if prior.carried is None else saved_trust.TYPES_OF_ARRAYS)}


def labels_of_action(num_learnt: NDArray[Any], num_carried: NDArray[Any]) -> Iterator[tuple[int, int]]:
    """Give the action and the number of each label that was learnt; those that were carried here come before."""
    for action, (number, carried) in enumerate(zip(num_learnt.tolist(), num_carried.tolist(), strict=True)):
        yield from ((action, FIRST_LEARNT + carried + k) for k in range(number))


def lengths(arrays: Arrays, num_actions: int, width: int) -> Mapping[str, int]:
    """Return how many entries the arrays must have, by what others say; these have the right type.

    Args:
        arrays: all of them.
        num_actions: of the belief.
        width: features and contexts of a state.
    """
    size = {name: array.size for name, array in arrays.items()}
    acting, visited = int((arrays["known_kind"] == SEEN).sum()), size["visited_pair"]
    expected = {"named_ended": size["named_state"], "named_features": size["named_state"] * width}
    expected |= dict.fromkeys(("edge_local", "edge_hits", "edge_order", "edge_neighbours"), size["edge_pair"])
    expected |= {f"pair_{name}": acting * num_actions for name in ("concentration", "gain", "free", "unnamed")}
    for table, length in (("candidate", size["candidate_kind"]), ("action", num_actions)):
        expected |= {name: length for name in TYPES_OF_ARRAYS if name.startswith(f"{table}_")}
    if "carried_trust" in arrays:
        expected |= saved_trust.lengths(num_actions)
    return expected | {
        "action_chain": CHAIN * num_actions,
        "label_candidate": _sum(arrays["action_learnt"], LABELS),
        **dict.fromkeys(("type_concentration", "type_owner"), _sum(arrays["action_types"], TYPES)),
        **dict.fromkeys(("visited_invalid", "visited_strays", "visited_exposure"), visited),
        "visited_responsibility": visited * TYPES,
        "visited_parts": visited,
        "part_label": _sum(arrays["visited_parts"], PARTS),
        "part_mass": _sum(arrays["visited_parts"], PARTS),
        "rule_count": len(COUNTS),
        "rule_sum": len(SUMS),
        "listed": 1,
    }


def senses(fresh: Structured, prior: Any, arrays: Arrays) -> Iterator[tuple[str, bool]]:
    """Give the name of an array, and whether it makes sense; each is only looked at once those before it do.

    Args:
        fresh: tables of a structured belief of the same kind that has learnt nothing.
        prior: its own.
        arrays: of the right types and lengths; those that all beliefs have make sense, but for where edges lead.
    """
    own, listed, is_trusted = fresh.numbers, prior.listed, np.zeros(fresh.numbers.num_actions, bool)
    if prior.carried is not None:
        yield from saved_trust.senses(fresh, arrays)
        is_trusted = arrays["carried_trust"] > 0
    before = fresh.actions.num_of_kind.reshape(-1, 4) * is_trusted[:, None]
    learnt = arrays["action_learnt"] + before.sum(axis=1)
    known, kind, named = arrays["known_state"], arrays["known_kind"], arrays["named_state"]
    pair, count, successor = arrays["edge_pair"], arrays["edge_count"], arrays["edge_successor"]
    seen, steps, num_listed = count > 0, int(count.sum()), len(listed)
    yield "named_state", _is_within(named, num_listed, MOST) and _is_distinct(named)
    yield "named_ended", _is_within(arrays["named_ended"], 0, 2)

    def are_named(states: NDArray[Any]) -> bool:
        return bool(((states >= 0) & ((states < num_listed) | np.isin(states, named))).all())

    yield "known_state", are_named(known)
    yield "edge_successor", bool(np.isin(successor[seen], known).all()) and are_named(successor)
    order = arrays["edge_order"]
    yield "edge_order", np.array_equal(np.sort(order[seen]), np.arange(seen.sum())) and not order[~seen].any()
    yield from _of_predictions(own, arrays, known[kind == SEEN])
    yield from _of_candidates(own, arrays, are_named, seen)
    yield "candidate_successor", _are_different(own, listed, arrays)
    yield from _of_actions(own, arrays, steps, before)
    yield from _of_labels(own, arrays, seen, learnt)
    yield from _of_visited(own, arrays, np.unique(pair[seen]), learnt)


def _of_predictions(own: Numbers, arrays: Arrays, acting: NDArray[np.int64]) -> Iterator[tuple[str, bool]]:
    """Of each pair all that it is predicted by adds up."""
    local, pair = arrays["edge_local"], arrays["edge_pair"]
    yield "edge_local", _is_finite(local, 0.0, MOST_CONCENTRATED)
    for name in ("concentration", "free", "unnamed"):
        yield f"pair_{name}", _is_finite(arrays[f"pair_{name}"], 0.0, MOST_CONCENTRATED)
    yield "pair_gain", _is_finite(arrays["pair_gain"], -_ROUNDING, MOST_CONCENTRATED)
    in_order = np.argsort(acting)
    place = in_order[np.searchsorted(acting, pair // own.num_actions, sorter=in_order)] if pair.size else pair
    at, size = place * own.num_actions + pair % own.num_actions, acting.size * own.num_actions
    local_mass, visits = np.bincount(at, local, size), np.bincount(at, arrays["edge_count"], size)
    total, named = arrays["pair_concentration"], local_mass + arrays["pair_unnamed"] + arrays["pair_free"]
    yield "pair_concentration", bool((total > 0).all())
    yield "pair_free", bool((np.abs(total - named) <= _ROUNDING * (total + visits)).all())


def _of_candidates(own: Numbers, arrays: Arrays, are_named: Any, seen: NDArray[np.bool_]) -> Iterator[tuple[str, bool]]:
    """Labels that were shown: each outcome of a pair has shown what it adds, and itself."""
    kind, action, shown = arrays["candidate_kind"], arrays["candidate_action"], arrays["candidate_pairs"]
    yield "candidate_kind", _is_within(kind, ADD, ABSOLUTE + 1)
    for name in ("candidate_ends", "candidate_varied"):
        yield name, _is_within(arrays[name], 0, 2)
    yield "candidate_action", _is_within(action, 0, own.num_actions)
    yield "candidate_state", are_named(arrays["candidate_state"])
    yield "candidate_successor", are_named(arrays["candidate_successor"])
    yield "candidate_pairs", _is_within(shown, 1, MOST)
    outcomes = np.bincount(arrays["edge_pair"][seen] % own.num_actions, minlength=own.num_actions)
    for each in (ADD, ABSOLUTE):
        sums = np.bincount(action[kind == each], shown[kind == each], own.num_actions)
        yield "candidate_pairs", np.array_equal(sums, outcomes)


def _are_different(own: Numbers, listed: NDArray[np.int32], arrays: Arrays) -> bool:
    """Whether no label is there twice."""
    named, kind = arrays["named_state"], arrays["candidate_kind"]
    in_order, told = np.argsort(named), arrays["named_features"].reshape(-1, own.width)
    features = np.concatenate([listed.reshape(-1, own.width), told[in_order]])[:, : own.num_features].astype(np.int64)
    before, after = (
        features[np.where(state < len(listed), state, len(listed) + np.searchsorted(named[in_order], state))]
        for state in (arrays["candidate_state"], arrays["candidate_successor"])
    )
    differs = before != after
    content = np.where(kind[:, None] == ADD, after - before, after) * differs
    is_state = kind == ABSOLUTE
    differs[is_state], content[is_state] = False, 0
    number = np.where(is_state, arrays["candidate_successor"], 0)
    which = np.stack([kind, arrays["candidate_ends"], arrays["candidate_action"], number], axis=1)
    return _is_distinct(np.concatenate([which, differs, content], axis=1))


def _of_actions(own: Numbers, arrays: Arrays, steps: int, before: NDArray[Any]) -> Iterator[tuple[str, bool]]:
    """The labels that actions have learnt, types and gates."""
    num_shown, num_actions = arrays["candidate_kind"].size, own.num_actions
    kind, action, learnt = arrays["candidate_kind"], arrays["candidate_action"], arrays["action_learnt"]
    yield "action_learnt", _is_within(learnt, 0, sum(MOST_LEARNT.values()) + 1)
    label, owners = arrays["label_candidate"], np.repeat(np.arange(num_actions), learnt)
    yield "label_candidate", _is_within(label, 0, num_shown) and _is_distinct(label)
    yield "label_candidate", np.array_equal(action[label], owners)
    for each, most in MOST_LEARNT.items():
        alike = np.bincount(owners[kind[label] == each], minlength=num_actions)
        yield "label_candidate", bool((alike + before[:, each] <= most).all())
    commonest = arrays["action_commonest"] - 1
    yield "action_commonest", _is_within(commonest, -1, num_shown)
    has = commonest >= 0
    chosen = commonest[has]
    yield "action_commonest", bool((kind[chosen] == ADD).all() and np.array_equal(action[chosen], np.flatnonzero(has)))
    num_types = arrays["action_types"]
    yield "action_types", _is_within(num_types, 0, TYPES + 1) and not (num_types == 1).any()
    yield "action_new_from", _is_within(arrays["action_new_from"], 1, LABELS + 1)
    yield "action_version", _is_within(arrays["action_version"], 0, MOST)
    yield "action_next_search", _is_finite(arrays["action_next_search"], 0.0, float(MOST) ** 2)
    length, chain = arrays["action_chain_length"], arrays["action_chain"].reshape(-1, CHAIN)
    yield "action_chain_length", _is_within(length, 0, CHAIN + 1)
    is_used = np.arange(CHAIN) < length[:, None]
    is_found = arrays.get("carried_is_planted", np.zeros_like(length)) == 0  # others are those that were carried here
    yield "action_chain", _is_within(chain[is_found], 0, own.width) and not (chain[~is_used]).any()
    yield "action_chain", all(len(set(c[:n])) == n for c, n in zip(chain.tolist(), length.tolist(), strict=True))
    yield "action_least", _is_finite(arrays["action_least"], 0.0, 0.5)
    pull = arrays["action_pull"]
    yield "action_pull", _is_finite(pull, 0.0, MOST_PULL) and bool((pull[length > 0] >= LEAST_PULL).all())
    next_refit, num_refits, is_blended, is_leading, led_since = arrays["rule_count"].tolist()
    yield "rule_count", next_refit >= 0 and 0 <= num_refits < MOST and 0 <= led_since <= steps
    yield "rule_count", is_blended in (0, 1) and is_leading in (0, 1)
    yield "rule_sum", bool(np.isfinite(arrays["rule_sum"]).all()) and visits.is_sensible(*arrays["rule_sum"][2:])


def _of_labels(
    own: Numbers, arrays: Arrays, seen: NDArray[np.bool_], learnt: NDArray[Any]
) -> Iterator[tuple[str, bool]]:
    """What outcomes agree with, and what owns types."""
    actions, hits, neighbours = arrays["edge_pair"] % own.num_actions, arrays["edge_hits"], arrays["edge_neighbours"]
    allowed = _allowed(own, learnt)
    yield "edge_hits", bool(((hits & ~(allowed[actions] & ~(1 << UNIFORM))) == 0).all()) and not hits[~seen].any()
    adjacent = (hits & (1 << ADJACENT)) != 0
    yield "edge_neighbours", _is_within(neighbours, 0, MOST_NEIGHBOURS + 1) and bool((neighbours[adjacent] > 0).all())
    number = np.concatenate([np.arange(n) for n in arrays["action_types"].tolist()] or [np.zeros(0, np.int64)])
    owner, whose = arrays["type_owner"], np.repeat(np.arange(own.num_actions), arrays["action_types"])
    is_owned, concentration = number >= FIRST_OWNED, arrays["type_concentration"]
    is_owner = _is_within(owner, 0, LABELS) and not owner[~is_owned].any()
    yield "type_owner", is_owner and bool((owner[is_owned] > ADJACENT).all())
    yield "type_owner", bool((allowed[whose] >> owner & 1 == 1).all())
    is_positive = _is_finite(concentration[number >= GENERIC], LEAST_CONCENTRATION, MOST_CONCENTRATION)
    yield "type_concentration", is_positive and not concentration[number < GENERIC].any()


def _of_visited(
    own: Numbers, arrays: Arrays, visited: NDArray[np.int64], learnt: NDArray[Any]
) -> Iterator[tuple[str, bool]]:
    """The pairs that were visited, and what each contributes."""
    pair, num_parts = arrays["visited_pair"], arrays["visited_parts"]
    yield "visited_pair", np.array_equal(np.sort(pair), visited)
    actions = pair % own.num_actions
    allowed, num_types = _allowed(own, learnt), arrays["action_types"]
    may_be_invalid = 1 << ADJACENT | ((1 << own.num_siblings) - 1) << FIRST_SIBLING
    yield "visited_invalid", not (arrays["visited_invalid"] & ~may_be_invalid).any()
    for name in ("visited_strays", "visited_exposure"):
        yield name, _is_finite(arrays[name], 0.0, float(MOST))
    share = arrays["visited_responsibility"].reshape(-1, TYPES)
    is_type = np.arange(TYPES) < num_types[actions][:, None]
    yield "visited_responsibility", _is_within(share, 0, SHARE + 1) and not share[~is_type].any()
    yield "visited_parts", _is_within(num_parts, 0, PARTS + 1)
    place, of_pair = arrays["part_label"], np.repeat(np.arange(pair.size), num_parts)
    yield "part_label", _is_within(place, GENERIC * LABEL_ROOM, TYPES * LABEL_ROOM)
    label, whose = place % LABEL_ROOM, actions[of_pair]
    has_label = allowed[whose] >> label & 1 == 1
    yield "part_label", bool((has_label & (place // LABEL_ROOM < num_types[whose])).all())
    yield "part_label", _is_distinct(np.stack([of_pair, place], axis=1))
    yield "part_mass", _is_within(arrays["part_mass"], 1, MOST_MASS + 1)


def _allowed(own: Numbers, learnt: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bits of the labels that each action has."""
    siblings = [1 << FIRST_SIBLING + other for other in range(own.num_siblings)]
    both = 1 << UNIFORM | 1 << ADJACENT
    bits = [
        both | sum(siblings) & ~(siblings[action] if siblings else 0) | ((1 << number) - 1) << FIRST_LEARNT
        for action, number in enumerate(learnt.tolist())
    ]
    return np.array(bits, np.int64)


def _sum(numbers: NDArray[np.int64], most: int) -> int:
    """Their sum, had none of them been out of range, which is found later."""
    return int(np.clip(numbers, 0, most).sum())


def _is_within(numbers: NDArray[Any], least: int, end: int) -> bool:
    return bool(((numbers >= least) & (numbers < end)).all())


def _is_finite(numbers: NDArray[Any], least: float, most: float) -> bool:
    return bool(((numbers >= least) & (numbers <= most)).all())


def _is_distinct(rows: NDArray[np.int64]) -> bool:
    return len(np.unique(rows, axis=0)) == len(rows)
