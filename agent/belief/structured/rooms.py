"""How much room the tables of a structured belief take, and how it grows."""

from collections.abc import Mapping
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compilation.compiled import part
from ...compilation.records import dtypes
from ..tables import grown_column
from ..updates import add_edge
from . import dictionary, tables
from .carrying.table import WEIGHTS, Carried
from .fitting import candidates, gates
from .fitting.types import take_note
from .learning import NEW_CANDIDATES, SPARE
from .predicting.sizes import KEPT
from .tables import (
    CHAIN,
    FIRST_LEARNT,
    GENERIC,
    LABEL_ROOM,
    LABELS,
    LEADS,
    MOST_NEIGHBOURS,
    NAMELESS,
    PARTS,
    TABLES,
    TYPES,
    Numbers,
    Structured,
)

ROOMS = {
    "state_room": 64, "pair_room": 0, "edge_room": 0, "seen_room": 256, "visited_room": 128, "candidate_room": 128,
    "node_room": 64, "part_room": 1024, "change_room": 64, "outcome_room": 0, "trial_room": 32,
}  # fmt: skip
"""Rooms at first."""


def slots_for(entries: int) -> int:
    """Return a power of two that is at least twice the entries."""
    return 1 << max(2 * entries - 1, 1).bit_length()


def wanted(given: Structured, state_room: int) -> Mapping[str, int]:
    """Return the least rooms with which the next transition or phase of a fit is sure to find some.

    Args:
        given: the tables.
        state_room: how many states there will be room for.
    """
    numbers, num_of_action = given.numbers, int(given.actions.num_visited.max())
    return {
        "row_room": numbers.num_columns + numbers.more_columns,
        "visited_room": min(numbers.num_visited + 1, state_room * numbers.num_actions),
        "seen_room": numbers.num_seen + 1,
        "candidate_room": numbers.num_candidates + NEW_CANDIDATES,
        "change_room": numbers.num_changes + numbers.more_changes,
        "outcome_room": min(numbers.most_outcomes + SPARE, state_room),
        "trial_room": num_of_action,
        "part_room": numbers.num_parts - numbers.num_free + num_of_action + PARTS,
        "node_room": numbers.num_nodes + numbers.more_nodes,
        "label_room": min(FIRST_LEARNT + int(given.actions.num_learnt.max()) + 1, LABELS),
    }


def planted(given: Structured) -> int:
    """Return how many contexts there may be once those of all pairs and of what was carried here are planted anew."""
    numbers, visited, actions = given.numbers, given.visited, given.actions
    links = visited.node[: numbers.num_visited]
    lengths = actions.chain_length[visited.pair[: numbers.num_visited] % numbers.num_actions]
    nodes, num_used = links[links > 0] - 1, 0
    for _ in range(CHAIN if nodes.size else 0):
        is_used = np.zeros(numbers.num_nodes, bool)  # a fifth of the time of `np.unique`
        is_used[nodes] = True
        num_used += int(np.count_nonzero(is_used))
        nodes = given.nodes.parent[np.flatnonzero(is_used)]
        nodes = nodes[nodes >= 0]
    unsettled = int(lengths[links == 0].sum())
    return num_used + unsettled + 2 * numbers.num_actions + numbers.num_carried


def roomy(given: Structured) -> Structured:
    """Return the tables with room for whatever a fit may make of the pairs that were visited."""
    numbers = given.numbers
    return with_room(
        given,
        trial_room=max(int(given.actions.num_visited.max()), numbers.trial_room),
        part_room=numbers.num_parts + PARTS * (numbers.num_visited + 1),
        node_room=numbers.num_nodes + (CHAIN + 1) * (numbers.num_visited + numbers.num_actions) + numbers.num_carried,
    )


def sizes(numbers: Numbers) -> Mapping[Any, Mapping[str, int]]:
    """Return the sizes of all columns, by table."""
    n, labels = numbers, numbers.num_actions * LABEL_ROOM
    outcomes, types, is_carried = n.outcome_room, n.num_actions * TYPES, int(n.num_carried > 0)
    by_table: dict[Any, Any] = {
        tables.Names: {
            "features": n.state_room * n.row_room, "first": n.width, "told": n.width,
            "digest": n.state_room, "named": n.state_room, "slot": n.name_slots,
            "power": n.num_features, "low": n.num_features, "high": n.num_features, "key": n.row_room,
            "place": n.width, "varying": n.row_room, "tells": n.num_features,
        },
        tables.Labels: dict.fromkeys(("kind", "ends", "state", "num_changes", "first"), labels)
        | dict.fromkeys(("coordinate", "amount"), n.change_room),
        tables.Candidates: dict.fromkeys(tables.Candidates._fields, n.candidate_room) | {"slot": n.candidate_slots},
        tables.Actions: dict.fromkeys(tables.Actions._fields, n.num_actions)
        | {"num_of_kind": 4 * n.num_actions, "chain": CHAIN * n.num_actions}
        | dict.fromkeys(("lowest", "highest", "usual", "unusual"), n.num_actions * n.num_features),
        tables.Types: dict.fromkeys(tables.Types._fields, types) | {"mass": _mass_rows(n) * n.label_room},
        tables.Visited: dict.fromkeys(tables.Visited._fields, n.visited_room)
        | {"responsibility": n.visited_room * TYPES},
        tables.Parts: dict.fromkeys(tables.Parts._fields, n.part_room),
        tables.Marks: {"visited": n.pair_room, "order": n.edge_room, "hits": n.seen_room, "neighbours": n.seen_room},
        tables.Nodes: dict.fromkeys(("parent", "value"), n.node_room)
        | {"weight": n.node_room * TYPES, "slot": n.node_slots},
        Carried: dict.fromkeys(("trust", "num_labels", "is_planted"), n.num_actions)
        | dict.fromkeys(("median", "total"), types * is_carried)
        | dict.fromkeys(("action", "parent", "value", "node"), n.num_carried)
        | {
            "ahead": len(WEIGHTS) * n.num_actions, "mass": types * LABEL_ROOM * is_carried,
            "entry": n.node_room * is_carried, "weight": n.num_carried * TYPES,
        },
        tables.Scratch: dict.fromkeys(("outcome", "times", "mixed", "log_mixed", "local"), outcomes)
        | dict.fromkeys(("hits", "adjacent_share"), outcomes)
        | dict.fromkeys(("pointed", "label_place", "touched", "tally"), LABEL_ROOM)
        | dict.fromkeys(("trial_node", "trial_next", "trial_parent", "trial_value"), n.trial_room)
        | dict.fromkeys(("evidence", "trial_share", "trial_weight"), n.trial_room * TYPES)
        | dict.fromkeys(
            ("gate", "responsibility", "evidence_of", "normaliser", "anywhere", "unnamed", "concentration", "tables",
             "exposure", "log_now", "log_double", "log_half"), TYPES + 1
        )
        | dict.fromkeys(("size", "log_size", "excess", "mass", "others", "drop"), (types + 1) * KEPT)
        | {
            "place": n.state_room, "settled": n.state_room, "base": max(outcomes * (TYPES + 1), n.trial_room * TYPES),
            "neighbour": MOST_NEIGHBOURS + 1, "adjacent": MOST_NEIGHBOURS + 1, "origin": MOST_NEIGHBOURS + 1,
            "own": TYPES * LABEL_ROOM, "trial_total": TYPES, "beam": 5 * CHAIN, "trial_slot": n.trial_slots,
            "led": LEADS,
        },
    }  # fmt: skip
    return by_table


def _mass_rows(numbers: Numbers) -> int:
    return numbers.num_actions * (TYPES - GENERIC)


def reserved(numbers: Numbers) -> Structured:
    """Return empty tables with the room that the numbers say; these are among them."""
    rooms = sizes(numbers)
    made = [_enlarged(_empty(table), rooms[table]) for table in TABLES]
    return Structured._make([*made[:-1], made[-1]._replace(numbers=numbers), numbers])


def with_room(given: Structured, **rooms: int) -> Structured:
    """Return the tables with more room. What is found by its slot has to be entered anew, see `reenter`.

    Those given stay as they are, and good, until something is learnt by the new ones.

    Args:
        given: the tables.
        rooms: the new sizes of rooms, among the fields of `Numbers`; a `node_room` of 0 asks for the least.
    """
    former, numbers = given.numbers, copy(given.numbers)
    num_rows = _mass_rows(numbers)
    for name, room in rooms.items():
        setattr(numbers, name, room)
    if not rooms.get("node_room"):  # else there is enough
        numbers.node_room = max(numbers.node_room, planted(given))
    numbers.node_slots = slots_for(numbers.node_room)
    numbers.candidate_slots = slots_for(2 * numbers.candidate_room // 3 + 1)  # they are looked up rarely
    numbers.trial_slots = slots_for(2 * numbers.trial_room // 3 + 1)  # likewise
    wanted = sizes(numbers)
    larger = Structured._make([*(_enlarged(table, wanted[type(table)]) for table in given[:-1]), numbers])
    return larger._replace(
        names=larger.names._replace(
            features=_wider(
                given.names.features,
                (former.state_room, former.row_room),
                (numbers.state_room, numbers.row_room),
                former.num_rows,
            ),
            slot=_slots(numbers.name_slots),
        ),
        types=larger.types._replace(
            mass=_wider(given.types.mass, (num_rows, former.label_room), (num_rows, numbers.label_room), num_rows)
        ),
        candidates=larger.candidates._replace(slot=_slots(numbers.candidate_slots)),
        nodes=_enlarged(_empty(tables.Nodes), wanted[tables.Nodes]),
        actions=larger.actions._replace(gate=larger.actions.gate.copy()),
        visited=larger.visited._replace(node=larger.visited.node.copy()),
        carried=larger.carried._replace(
            node=larger.carried.node.copy(), entry=np.zeros(wanted[Carried]["entry"], np.int32)
        ),
        scratch=larger.scratch._replace(numbers=numbers),
    )


def _wider(column: NDArray[Any], former: tuple[int, int], shape: tuple[int, int], used: int) -> NDArray[Any]:
    """Return a table of rows with room for more of them, or wider ones; as it is if there is as much as before."""
    if former == shape:
        return column
    wider = np.zeros(shape, column.dtype)
    wider[:used, : former[1]] = column.reshape(former)[:used]
    return wider.ravel()


def _slots(num: int) -> NDArray[np.int32]:
    return np.zeros(num, np.int32)


@part
def reenter(structure):
    """Enter all that is found by its slot, after the tables have grown."""
    for state in range(structure.numbers.state_room):
        if structure.names.named[state] != NAMELESS:
            dictionary.enter(structure, state)
    for candidate in range(structure.numbers.num_candidates):
        candidates.enter(structure, candidate)
    gates.replant(structure)
    for action in range(structure.numbers.num_actions):
        take_note(structure, action)


@part
def drop_silent(known, structure):
    """Drop the edges that were never seen and that no prediction names any more; the others stay in order."""
    states, pairs, edges, order = known.states, known.pairs, known.edges, structure.marks.order
    num_former, known.numbers.num_edges = known.numbers.num_edges, 0
    for edge in range(num_former):
        pairs.first_out[edges.pair[edge]] = states.first_in[edges.successor[edge]] = 0
    for edge in range(num_former):
        pair, successor = edges.pair[edge], edges.successor[edge]
        count, local, place = edges.count[edge], edges.local[edge], order[edge]
        edges.count[edge], edges.local[edge], order[edge] = 0, 0.0, 0
        if count > 0 or local > 0.0:
            kept = add_edge(known, pair, successor)
            edges.count[kept], edges.local[kept], order[kept] = count, local, place


def _enlarged(table: Any, sizes: Mapping[str, int]) -> Any:
    """Return a table whose columns have at least the sizes given; a column not named stays as it is."""
    short = [name for name, size in sizes.items() if getattr(table, name).size < size]
    return table._replace(**{name: _longer(getattr(table, name), sizes[name]) for name in short}) if short else table


def _longer(column: NDArray[Any], size: int) -> NDArray[Any]:
    return grown_column(column, size, column.size)


def _empty(table: Any) -> Any:
    """Return a table without room."""
    return table._make(np.zeros(0, kind) if kind.names is None else Numbers() for kind in dtypes(table).values())
