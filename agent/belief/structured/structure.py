"""The tables of a structured belief as the belief keeps them: made, grown, told the features of states."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compilation.compiled import brief, compiled
from ..tables import Numbers as BeliefNumbers
from ..updates import FULL
from . import dictionary, rooms
from .carrying.keeping import carry
from .prior import Structured as Prior
from .tables import FIRST_LEARNT, LABEL_ROOM, LABELS, MOST_SIBLINGS, NAMELESS, Numbers, Structured, structure_at
from .visits import LISTED

UNLIMITED = 2**40
"""A coordinate without a declared range is not clipped."""
NEARLY, SPARE_ROWS = 0.8, 16
"""Tables that are as full as that grow along with one that is full: to put them in place takes as long as a fit. They
grow to what is needed, an eighth of it, and some more."""
LEARNT = 16
"""Labels of an action that there is room for at first."""
SPARE_COLUMNS = {"row_room": 1, "label_room": 4}
"""How many more of these, of which there is one for each state, or type, are made: fewer than of rows, and only once
there are too few."""


def made(prior: Prior, known: BeliefNumbers, width: int) -> Structured:
    """Return tables of a belief that has seen nothing; `name_listed` is to follow, once they are in place.

    Args:
        prior: with what it was told.
        known: numbers of the belief, its room among them.
        width: features and contexts of a state.

    Raises:
        ValueError: more ranges than features.
    """
    num_actions, num_states = known.num_actions, max(known.state_room, len(prior.listed))
    num_features = width - prior.num_contexts
    if len(prior.ranges) > num_features:
        raise ValueError(f"got the ranges of {len(prior.ranges)} features, expected at most {num_features}")
    numbers = Numbers(
        num_actions=num_actions,
        num_siblings=num_actions if num_actions <= MOST_SIBLINGS else 0,
        num_features=num_features,
        width=width,
        num_nodes=num_actions,
        num_carried=0 if prior.carried is None else len(prior.carried.arrays["context_action"]),
        num_listed=len(prior.listed),
        boost_from=LABEL_ROOM,
        concentration=known.concentration,
        next_refit=known.next_refit,
        growth=prior.growth,
        gap=prior.gap,
        log_sigma=prior.log_sigma,
        guard=prior.guard,
        name_slots=rooms.slots_for(num_states),
        **(rooms.ROOMS | {"state_room": num_states, "node_room": rooms.ROOMS["node_room"] + num_actions}),
        row_room=int((prior.listed != prior.listed[:1]).any(axis=0).sum()),
    )
    numbers.label_room = FIRST_LEARNT + LEARNT
    if prior.carried is not None:  # a change may be written as that of a label and as the commonest one
        numbers.label_room = max(numbers.label_room, FIRST_LEARNT + int(max(prior.carried.arrays["action_labels"])))
        numbers.change_room = max(numbers.change_room, 2 * len(prior.carried.arrays["change_amount"]))
    made = rooms.with_room(rooms.reserved(numbers))
    made.actions.new_from[:] = 1
    power = 1
    for i in range(num_features):
        made.names.power[i], power = power, power * 1000003 % dictionary.PRIME
    made.names.low[:], made.names.high[:] = -UNLIMITED, UNLIMITED
    for i, declared in enumerate(prior.ranges):
        if declared is not None:
            made.names.low[i], made.names.high[i] = np.clip(declared, -UNLIMITED, UNLIMITED)
    if prior.carried is not None:
        prior.carried.check_meaning((num_actions, num_features, prior.num_contexts))
        carry(prior.carried, made, is_closed=known.is_open == 0 and len(prior.listed) == known.num_outcomes)
    return grown(made, known.state_room, known.edge_room) or made


def grown(tables: Structured, state_room: int, edge_room: int) -> Structured | None:
    """Return larger tables where the next transition or fit might find no room; None where it will.

    Args:
        tables: as they are.
        state_room: of the belief, states.
        edge_room: likewise edges.
    """
    numbers = tables.numbers
    given = {"state_room": state_room, "pair_room": state_room * numbers.num_actions, "edge_room": edge_room}
    wanted = rooms.wanted(tables, state_room)
    if all(room <= getattr(numbers, name) for name, room in {**given, **wanted}.items()):
        return None
    new = {name: room for name, room in given.items() if room > getattr(numbers, name)}
    most = {
        "visited_room": given["pair_room"],
        "outcome_room": state_room,
        "trial_room": state_room,
        "row_room": numbers.width,
        "label_room": LABELS,
    }
    for name, room in wanted.items():
        if room > (1.0 if name in SPARE_COLUMNS else NEARLY) * getattr(numbers, name):
            larger = room + room // 8 + SPARE_COLUMNS.get(name, SPARE_ROWS)
            new[name] = min(larger, most.get(name, larger))
    contexts = rooms.planted(tables) + numbers.more_nodes  # they are planted anew: some were given up since
    new["node_room"] = contexts + contexts // 8 + SPARE_ROWS
    if "state_room" in new:
        new["name_slots"] = rooms.slots_for(new["state_room"])
    return rooms.with_room(tables, **new)


@compiled
def reenter(address):
    """Enter all that is found by its slot, after tables were made or have grown."""
    structure = structure_at(address)
    structure.numbers.counted = 0  # outcomes may stand in other places
    rooms.reenter(structure)


@brief
def admit(address, state, ended):
    """Give a state the features that were told; return FULL, before anything has changed, without room."""
    structure = structure_at(address)
    own = structure.numbers
    own.predicted = own.counted = own.is_short = 0  # what names a state may change what was written
    return dictionary.admit(structure, state, ended)


def tell(model: Any, state: int, row: NDArray[np.int32], ended: bool) -> None:
    """Let a model know the features and contexts of a state that there is room for, `[width]`."""
    model.rules.names.told[:] = row
    while admit(model.address, state, ended) == FULL:
        model.make_room(0)


@compiled
def name_listed(address, listed, ended):
    """Give the first states their features, `[n, width]`, where there is room for what they differ in."""
    structure = structure_at(address)
    for state in range(len(listed)):
        for i in range(structure.numbers.width):
            structure.names.told[i] = listed[state, i]
        dictionary.admit(structure, state, ended[state])
    for i in range(structure.numbers.num_features):
        structure.names.tells[i] = LISTED if structure.names.place[i] > 0 else 0


def is_named(tables: Structured, state: int) -> bool:
    """Whether the features of a state are known."""
    return state < tables.numbers.state_room and tables.names.named[state] != NAMELESS
