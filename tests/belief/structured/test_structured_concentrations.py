"""How far pairs go by labels: of each type, of types by one another, and where types are mixed."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from agent.belief.structured.fitting import expectation
from agent.belief.structured.tables import FIRST_OWNED, TYPES, structure_at
from agent.compilation.compiled import compiled
from tests.belief.structured.test_structured_carried import rules_in
from tests.support.structure import Structure
from tests.support.structured_life import slippery_grid, walked


@compiled
def _owned_median(address):
    return expectation.owned_median(structure_at(address))


def test_the_common_median_is_the_likeliest_given_all_concentrations():
    """Of a log-normal about the symmetric one for the median, and another one about it, as wide, for each such type."""
    structure, _ = walked(300, world=slippery_grid())
    actions, types = structure.tables.actions, structure.tables.types.concentration.reshape(-1, TYPES)
    owned = [types[action, FIRST_OWNED : actions.num_types[action]] for action in range(4)]
    assert sum(map(len, owned)) > 4
    for scale, those in zip((0.01, 0.1, 1.0, 10.0), owned, strict=True):
        those[:] = scale * np.arange(1, len(those) + 1)
    logs = np.log(np.concatenate(owned))
    symmetric = np.log(structure.numbers.concentration)
    assert 0.02 < np.exp(symmetric) < 3.0

    def unlikely(median):
        return (median - symmetric) ** 2 + ((logs - median) ** 2).sum()

    assert np.log(_owned_median(structure.address)) == pytest.approx(minimize_scalar(unlikely).x, abs=1e-6)


def test_nothing_is_said_of_concentrations_where_no_pair_had_a_second_outcome():
    """The common median is then that of the generic type, whatever types have come to by themselves."""
    structure = Structure(np.arange(30)[:, None], 1)
    structure.begin(1)
    for cell in range(1, 20):
        structure.observe(cell, 0, cell + 1)
    kinds = structure.tables.types.concentration[FIRST_OWNED : structure.tables.actions.num_types[0]]
    kinds[:] = 50.0
    assert len(kinds) > 0
    assert _owned_median(structure.address) == pytest.approx(structure.numbers.concentration, rel=1e-12)
    structure.begin(1)
    structure.observe(1, 0, 3)
    kinds[:] = 50.0
    assert _owned_median(structure.address) > 2.0 * structure.numbers.concentration


def test_rules_from_elsewhere_say_something_of_it_as_long_as_they_are_trusted():
    line = Structure(np.arange(30)[:, None], 1)
    line.begin(1)
    for cell in range(1, 20):
        line.observe(cell, 0, cell + 1)
    structure = Structure(np.arange(30)[:, None], 1, carried=rules_in(line))
    types, trust = structure.tables.types.concentration, structure.tables.carried.trust
    num_types = structure.tables.actions.num_types[0]
    assert num_types > FIRST_OWNED
    types[FIRST_OWNED:num_types] = 50.0
    assert trust[0] > 0.0
    assert _owned_median(structure.address) > 2.0 * structure.numbers.concentration
    trust[0] = 0.0
    assert _owned_median(structure.address) == pytest.approx(structure.numbers.concentration, rel=1e-12)


def test_types_learn_from_each_other_how_far_labels_are_followed():
    """Action 0 goes either way wherever it is tried again: of action 1, taken once in a place, the same is believed."""
    size, rng = 60, np.random.default_rng(0)

    def beside(times):
        structure = Structure(np.arange(size)[:, None], 2)
        structure.begin(1)
        for action, repeats in ((0, times), (1, 1)):
            for cell in repeats * list(range(1, size - 1)):
                structure.observe(cell, action, cell + int(rng.choice((-1, 1))))
        num_types = structure.tables.actions.num_types[1]
        assert num_types > FIRST_OWNED
        return structure.tables.types.concentration[TYPES + FIRST_OWNED : TYPES + num_types]

    assert beside(12).min() > 5.0 > beside(0).max()


def _walked(chances, cells, seed=0):
    """Steps right, each with the cell's own chance, or else left."""
    rng, structure = np.random.default_rng(seed), Structure(np.arange(len(chances))[:, None], 1)
    structure.begin(1)
    for cell in cells:
        structure.observe(cell, 0, cell + (1 if rng.random() < chances[cell] else -1))
    return structure


def test_there_is_a_blend_of_types_once_a_pair_had_a_second_outcome():
    always = (np.random.default_rng(0).random(80) < 0.5).astype(float)
    structure = _walked(always, 3 * [*range(1, 79)])
    num_types = int(structure.tables.actions.num_types[0])
    assert num_types > FIRST_OWNED
    structure.predict(5, 0)
    assert not structure.numbers.is_blended
    assert structure.numbers.num_components == num_types
    structure = _walked(np.where(np.arange(80) == 40, 0.5, always), 6 * [*range(1, 79)])
    assert structure.numbers.most_outcomes == 2
    for cell in (5, 40):
        structure.predict(cell, 0)
        assert structure.numbers.is_blended
        assert structure.numbers.num_components == structure.tables.actions.num_types[0] + 1


def test_what_happened_once_may_happen_otherwise():
    """More is believed possible in a cell visited once than by types alone; in one never taken the same."""
    once = range(60, 79)
    structure = _walked(np.random.default_rng(1).random(80), [*(3 * list(range(1, 60))), *once])

    def otherwise(cell):
        predictive, _ = structure.predictive(cell, 0)
        return 1 - max(predictive[cell - 1], predictive[cell + 1])

    blended = [otherwise(cell) for cell in once]
    never, _ = structure.predictive(0, 0)
    structure.numbers.is_blended = 0
    assert np.all(np.array(blended) > [otherwise(cell) for cell in once])
    np.testing.assert_allclose(structure.predictive(0, 0)[0], never, rtol=1e-12)
