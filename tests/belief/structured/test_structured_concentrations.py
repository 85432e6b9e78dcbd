"""How far pairs go by labels, told of each type, and of all types that labels own by one another."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from agent.belief.structured.fitting import expectation
from agent.belief.structured.tables import FIRST_OWNED, TYPES, structure_at
from agent.compilation.compiled import compiled
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
