"""Gates that are found although what pairs were taken for does not show them."""

import numpy as np
import pytest

from agent.belief import updates
from agent.belief.structured.fitting import gate_search, refits
from agent.belief.structured.fitting.expectation import owned_median
from agent.belief.structured.fitting.labels import hits_of, modal_edge
from agent.belief.structured.fitting.types import contribute, withdraw
from agent.belief.structured.tables import FIRST_LEARNT, FIRST_OWNED, LABEL_ROOM, MASS, TYPES, structure_at
from agent.compilation.compiled import compiled
from tests.support.structure import Structure

SIZE = 8
STEPS = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])


def number(column, row, direction):
    return (column * SIZE + row) * 4 + direction


PLACES = np.array([(column, row, d) for column in range(SIZE) for row in range(SIZE) for d in range(4)])


def forward(place):
    """Where a step leads in the direction that one looks."""
    column, row = np.asarray(place[:2]) + STEPS[place[2]]
    inside = 0 <= column < SIZE and 0 <= row < SIZE
    return number(column, row, place[2]) if inside else number(*place)


@compiled
def _lump(address):
    """Let a single type hold all pairs of action 0, and its gate look at nothing, as a life of bad luck leaves it."""
    known, structure = updates.belief_at(address), structure_at(address)
    table, scratch, actions = structure.visited, structure.scratch, structure.actions
    for visited in range(structure.numbers.num_visited):
        withdraw(structure, 0, visited)
    actions.chain_length[0] = 0
    for visited in range(structure.numbers.num_visited):
        table.node[visited] = 0
        hits = hits_of(known, structure, modal_edge(known, structure, int(table.pair[visited])) - 1)
        for z in range(TYPES):
            scratch.responsibility[z] = 1.0 if z == FIRST_OWNED else 0.0
        structure.numbers.num_touched = 0
        for label in range(FIRST_LEARNT, LABEL_ROOM):
            if hits & (1 << label) and structure.numbers.num_touched == 0:
                scratch.touched[0], structure.numbers.num_touched = label, 1
                scratch.own[FIRST_OWNED * LABEL_ROOM + label] = MASS
        contribute(structure, 0, visited, int(actions.num_types[0]))


def fit(structure, is_search_due):
    while _fit(structure.address, is_search_due) == updates.FULL:
        structure.model.make_room(0)


@compiled
def _fit(address, is_search_due):
    known, structure = updates.belief_at(address), structure_at(address)
    structure.actions.next_search[0] = 0.0 if is_search_due else 1e9
    return refits.fit(known, structure, 0, owned_median(structure))


@compiled
def _starts_again(address):
    structure = structure_at(address)
    return gate_search.search(structure, 0) == 1.0 and gate_search.search_again(structure, 0) == 1.0


@pytest.mark.parametrize("seed", range(4))
def test_a_type_that_holds_everything_is_parted_where_a_coordinate_tells(seed):
    structure = Structure(PLACES, 1)
    structure.begin(0)
    rng = np.random.default_rng(seed)
    seen, unseen = np.split(rng.permutation(len(PLACES)), [100])
    for state in seen:
        structure.observe(int(state), 0, forward(PLACES[state]))

    def sure():
        inner = [s for s in unseen if forward(PLACES[s]) != s]
        return np.mean([structure.predictive(int(s), 0)[0][forward(PLACES[s])] for s in inner])

    assert sure() > 0.8
    _lump(structure.address)
    fit(structure, False)
    assert sure() < 0.4
    fit(structure, True)
    assert sure() > 0.8


@pytest.mark.parametrize("seed", range(4))
def test_a_type_is_left_alone_where_chance_tells(seed):
    """Any of four steps, once from each place: no coordinate says which, and by itself each looks like a type."""
    rng = np.random.default_rng(seed)
    structure = Structure(PLACES, 1)
    structure.begin(0)
    for state in rng.permutation(len(PLACES))[:100]:
        column, row, _ = PLACES[state]
        structure.observe(int(state), 0, forward((column, row, int(rng.integers(4)))) // 4 * 4 + int(state) % 4)
    _lump(structure.address)
    fit(structure, False)
    assert not _starts_again(structure.address)
