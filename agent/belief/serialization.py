"""A belief as named arrays, and back: what was learned, without what follows from it.

Kept are the states in order of sight, the edges with their counts, the starts, the rewards and the belief's numbers.
Links, visits and histograms are rebuilt by the functions that build them while learning. So no file can lead compiled
code, which checks no bounds, outside a table; and a restored belief goes on as it would have, to the last bit. Plans
are not kept: agents that used the model plan anew, and scores are computed anew.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import history, saved_size
from .forgetting import saving as forgetting
from .rewards import saving as rewards
from .saved_size import MOST, exceeding
from .tables import SEEN, TERMINAL
from .world_model import WorldModel, add_edge, add_state

Arrays = dict[str, NDArray[Any]]

SCHEMA = 2
COUNTS = ("num_outcomes", "revision", "next_refit", "last_pair", "last_successor", "spread_to", "spread_end")
OPTIONS = ("log_sigma", "growth", "gap")
SUMS = (
    "concentration", "unvisited_gain", "expected_missing_information", "last_surprise", "last_expected_gain",
    "information_gain", "expected_information_gain", *OPTIONS, "next_expected_gain",
    "former_concentration", "former_unvisited_gain",
)  # fmt: skip
"""The belief's numbers that do not follow from the tables, in the order in which files hold them: whole ones, and the
others, among them the options of its prior."""

_TYPES = {
    "schema": np.int64,
    "num_actions": np.int64,
    "num_states": np.int64,
    "known_state": np.int64,
    "known_kind": np.int8,
    "start_state": np.int64,
    "start_count": np.int64,
    "edge_pair": np.int64,
    "edge_successor": np.int64,
    "edge_count": np.int64,
    "reward_pair": np.int64,
    "reward_sum": np.float64,
    "reward_square_sum": np.float64,
    "count": np.int64,
    "sum": np.float64,
}

_TOGETHER = (  # have as many entries as the first of each line
    ("known_state", "known_kind"),
    ("start_state", "start_count"),
    ("edge_pair", "edge_successor", "edge_count"),
    ("reward_pair", "reward_sum", "reward_square_sum"),
)


def arrays_of(model: WorldModel) -> Arrays:
    """Return what a model has learned as arrays of one dimension, for `restore`.

    By name, `known_*` have an entry a known state, `start_*` a start state, `edge_*` an edge, all in order of sight;
    `reward_*` one a pair that was ever paid; `count` and `sum` hold numbers (`tables.Numbers`), gains in nats. Under a
    structured prior there are those of `agent.belief.structured.saving.arrays_of`, and where a bonus remembers
    (`agent.belief.history`) the columns it does, as well.
    """
    with model.turn:
        model.catch_up()
        arrays = _arrays_of(model) | history.arrays_of(model) | rewards.arrays_of(model) | forgetting.arrays_of(model)
        return arrays if model.rules is None else arrays | _rules().arrays_of(model)


def _arrays_of(model: WorldModel) -> Arrays:
    known = model.known_states().astype(np.int64)
    starts = model.states.start_order[: model.numbers.num_starts]
    edges = slice(model.num_edges)
    paid = np.unique(model.edges.pair[edges]) if model.pairs.reward_sum.size else np.zeros(0, dtype=np.int64)
    paid = paid[(model.pairs.reward_sum[paid] != 0) | (model.pairs.reward_square_sum[paid] != 0)]
    columns = {
        "schema": [SCHEMA],
        "num_actions": [model.num_actions],
        "num_states": [-1 if model.num_states is None else model.num_states],
        "known_state": known,
        "known_kind": model.states.kind[known],
        "start_state": starts,
        "start_count": model.states.starts[starts],
        "edge_pair": model.edges.pair[edges],
        "edge_successor": model.edges.successor[edges],
        "edge_count": model.edges.count[edges],
        "reward_pair": paid,
        "reward_sum": model.pairs.reward_sum[paid],
        "reward_square_sum": model.pairs.reward_square_sum[paid],
        "count": [getattr(model.numbers, name) for name in COUNTS],
        "sum": [getattr(model.numbers, name) for name in SUMS],
    }
    arrays = {name: np.array(column, dtype=_TYPES[name]) for name, column in columns.items()}
    return {"prior": np.array([_described(model.prior)]), **arrays}


def restore(model: WorldModel, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Let a model believe what another one of the same kind believed; refused arrays leave it as it was.

    Args:
        model: made with the same numbers of actions and states and the same prior; what it knows is forgotten.
        arrays: as `arrays_of` gave them; others among them are passed over.

    Raises:
        ValueError: the arrays are incomplete, contradict themselves, are of a belief of another kind, or describe one
            that needs more memory than there is.
    """
    model.become(restored(model, arrays))


def restored(model: WorldModel, arrays: Mapping[str, NDArray[Any]]) -> WorldModel:
    """Return a model of the same kind as another that believes what the arrays say; raises as `restore`."""
    _check_types(model, arrays)
    _check_kind(model, arrays)
    fresh = WorldModel(model.num_actions, model.num_states, model.prior, model.reward_belief)
    _check_sense(fresh, arrays)
    rewards.check(model.reward_belief, arrays)
    forgetting.check(model, arrays)
    saved_size.check_visits(arrays["edge_pair"], arrays["edge_count"])
    if fresh.rules is not None:
        names = ("known_state", "edge_successor", "named_state")
        largest = max(int(arrays[name].max(initial=0)) for name in names)
        saved_size.check_states(largest, fresh.rules.numbers.width)
    try:
        _add_states(fresh, arrays)
        _add_edges(fresh, arrays)
        if fresh.rules is not None:
            _rules().restore(fresh, arrays)
        history.restore(fresh, model, arrays)
    except MemoryError as error:
        raise ValueError(f"it is of a belief that needs more memory than there is: {error}") from error
    _add_numbers(fresh, arrays)
    fresh.predict_anew()
    rewards.restore(fresh, arrays)
    forgetting.restore(fresh, arrays)
    return fresh


def _described(prior: Any) -> str:
    """A prior's name and its numbers; the support of a local one is in the first edges."""
    names = [field.name for field in fields(prior)] if is_dataclass(prior) else [*vars(prior)]
    told = {name: getattr(prior, name) for name in names}
    told = {name: value for name, value in told.items() if isinstance(value, (int, float)) or name == "targets"}
    return f"{type(prior).__name__}({', '.join(f'{name}={value!r}' for name, value in told.items())})"


def _rules() -> Any:
    from .structured import saving

    return saving


def _check_types(model: WorldModel, arrays: Mapping[str, NDArray[Any]]) -> None:
    types = _TYPES if model.rules is None else _TYPES | _rules().types_of_arrays(model.prior)
    kind = {"prior"} if model.rules is None else {"prior", "listed"}
    if missing := sorted({*kind, *types} - set(arrays)):
        raise ValueError(f"it lacks {', '.join(missing)}")
    for name, dtype in types.items():
        if arrays[name].dtype != dtype or arrays[name].ndim != 1:
            got = f"{arrays[name].dtype} of shape {arrays[name].shape}"
            raise ValueError(f"{name} is {got}, expected a row of {np.dtype(dtype)}")
    lengths = {"schema": 1, "num_actions": 1, "num_states": 1, "count": len(COUNTS), "sum": len(SUMS)}
    for first, *others in _TOGETHER:
        lengths |= dict.fromkeys(others, arrays[first].size)
    if model.rules is not None:
        lengths |= _rules().lengths(arrays, model.num_actions, model.rules.numbers.width)
    for name, length in lengths.items():
        if arrays[name].size != length:
            raise ValueError(f"{name} has {arrays[name].size} entries, expected {length}{MEANT.get(name, '')}")


MEANT: dict[str, str] = dict.fromkeys(("rule_count", "rule_sum"), ": another version of this package saved it")
MEANT["listed"] = ": the features of states, their ranges, or the rules brought along are others here"
"""What is added to names that do not say what they are."""


def _check_kind(model: WorldModel, arrays: Mapping[str, NDArray[Any]]) -> None:
    expected = {
        "schema": SCHEMA,
        "num_actions": model.num_actions,
        "num_states": -1 if model.num_states is None else model.num_states,
        "prior": _described(model.prior),
    }
    if model.rules is not None:
        expected["listed"] = _rules().fingerprint(model.prior)
    for name, value in expected.items():
        got = arrays[name].item() if arrays[name].size == 1 else arrays[name].tolist()
        if got != value:
            raise ValueError(f"{name} is {got}, expected {value}{MEANT.get(name, '')}")


def _check_sense(fresh: WorldModel, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Refuse what no life can have led to, if it would lead compiled code beyond a table or spoil later learning."""
    known, kind, starts = arrays["known_state"], arrays["known_kind"], arrays["start_state"]
    pair, successor, count = (arrays[f"edge_{part}"] for part in ("pair", "successor", "count"))
    acting, expected, is_ruled = known[kind == SEEN], fresh.num_edges, fresh.rules is not None
    sense = {
        "known_state": _is_distinct(known) and known.min(initial=0) >= 0,
        "known_kind": np.isin(kind, (SEEN, TERMINAL)).all(),
        "start_state": _is_distinct(starts) and np.isin(starts, acting).all(),
        "start_count": _all_within(arrays["start_count"], 1),
        "edge_pair": np.isin(pair // fresh.num_actions, acting).all(),
        "edge_successor": np.isin(successor[count > 0], known).all() and np.isin(successor[:expected], known).all(),
        "edge_pair, edge_successor": _is_distinct(np.stack([pair, successor], axis=1)),
        "edge_count": _all_within(count, 0) and (is_ruled or _all_within(count[expected:], 1)),
        "edge_pair, of so few targets,": saved_size.have_few(pair, fresh.targets),
        "reward_pair": _is_distinct(arrays["reward_pair"]) and np.isin(arrays["reward_pair"], pair).all(),
        "reward_sum": not np.isnan(arrays["reward_sum"]).any(),
        "count": _counts_make_sense(fresh, arrays),
        "sum": _sums_make_sense(fresh, arrays["sum"], arrays["count"][-2] < arrays["count"][-1]),
        "the prior's support": (
            _begins_with(known, fresh.known_states())
            and _begins_with(kind, fresh.states.kind[fresh.known_states()])
            and _begins_with(pair, fresh.edges.pair[:expected])
            and _begins_with(successor, fresh.edges.successor[:expected])
        ),
    }
    told = _rules().senses(fresh.rules, fresh.prior, arrays) if is_ruled else ()
    for name, holds in chain(sense.items(), told):
        if not holds:
            raise ValueError(f"{name} is damaged, or of a belief of another kind")


def _counts_make_sense(fresh: WorldModel, arrays: Mapping[str, NDArray[Any]]) -> bool:
    """Outcomes as many as the states ask for; the last edge among the edges; a fit as soon as in life."""
    outcomes, revision, next_refit, *last, reached, end = arrays["count"].tolist()
    known, steps = arrays["known_state"], int(arrays["edge_count"].sum())
    more = 2 if fresh.numbers.has_rules else 0  # of states that are met at once
    most = 4 * (known.size + more) if fresh.num_states is None else int(known.max(initial=0)) + 1
    edges = np.stack([arrays["edge_pair"], arrays["edge_successor"]], axis=1)
    is_edge = (edges == last).all(axis=1).any() if steps else last == [0, 0]
    is_room = fresh.num_outcomes <= outcomes <= max(fresh.num_outcomes, most)
    return is_room and revision > 0 and next_refit >= 0 and 0 <= reached <= end <= known.size and bool(is_edge)


def _sums_make_sense(fresh: WorldModel, sums: NDArray[np.float64], is_spreading: bool) -> bool:
    """All of them finite, and the prior's own numbers as they are; while a fit spreads, one before it."""
    is_fitted, kept = getattr(fresh.prior, "is_fitted", False), dict(zip(SUMS, sums.tolist(), strict=True))
    return (
        bool(np.isfinite(sums).all())
        and all(kept[name] == getattr(fresh.numbers, name) for name in OPTIONS)
        and (kept["concentration"] > 0 if is_fitted else kept["concentration"] == fresh.concentration)
        and kept["former_concentration"] >= 0
        and ((is_fitted and kept["former_concentration"] > 0) or not is_spreading)
    )


def _all_within(counts: NDArray[np.int64], least: int) -> bool:
    return bool(((counts >= least) & (counts < MOST)).all())


def _begins_with(column: NDArray[Any], first: NDArray[Any]) -> bool:
    return np.array_equal(column[: first.size], first)


def _is_distinct(rows: NDArray[np.int64]) -> bool:
    return len(np.unique(rows, axis=0)) == len(rows)


def _add_states(model: WorldModel, arrays: Mapping[str, NDArray[Any]]) -> None:
    model.make_room(int(arrays["known_state"].max(initial=0)))
    for state, kind in zip(arrays["known_state"].tolist(), arrays["known_kind"].tolist(), strict=True):
        add_state(model.address, state, kind)
    starts, counts = arrays["start_state"], arrays["start_count"]
    model.states.start_order[: starts.size] = starts
    model.states.starts[starts] = counts
    model.numbers.num_starts, model.numbers.num_resets = starts.size, counts.sum()


def _add_edges(model: WorldModel, arrays: Mapping[str, NDArray[Any]]) -> None:
    expected = model.num_edges
    for pair, successor in zip(
        arrays["edge_pair"][expected:].tolist(), arrays["edge_successor"][expected:].tolist(), strict=True
    ):
        model.make_room(successor)
        add_edge(model.address, pair, successor)
    counts = arrays["edge_count"]
    model.edges.count[: counts.size] = counts
    np.add.at(model.pairs.visits, arrays["edge_pair"], counts)
    model.exceed(exceeding(model.pairs.visits[np.unique(arrays["edge_pair"])], counts))


def _add_numbers(model: WorldModel, arrays: Mapping[str, NDArray[Any]]) -> None:
    for names, kept in ((COUNTS, "count"), (SUMS, "sum")):
        for name, value in zip(names, arrays[kept].tolist(), strict=True):
            setattr(model.numbers, name, value)
    reached, end = model.numbers.spread_to, model.numbers.spread_end
    if reached < end:
        model.numbers.is_uniform = 0
    model.states.is_former[model.states.order[reached:end]] = 1
    model.numbers.num_steps = arrays["edge_count"].sum()
    model.numbers.num_visited_pairs = int(np.count_nonzero(model.pairs.visits))
