"""Records: single numbers by name, the same ones in Python and in compiled code."""

import copy
import pickle
from typing import Annotated, NamedTuple

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from agent.belief import serialization
from agent.belief.world_model import WorldModel
from agent.compilation.compiled import INTERPRETED, compiled
from agent.compilation.handles import Pack, handle
from agent.compilation.records import Record, dtypes, record, zeros
from agent.protocols import Transition


@record
class Purse(Record):
    """Some of each kind."""

    coins: int
    weight: float
    found: Annotated[list[int], 3]
    share: Annotated[list[float], 2]
    owner: int


class Walk(NamedTuple):
    """A record between two columns."""

    step: NDArray[np.int32]
    purse: Purse
    height: NDArray[np.float64]


walk_at = handle(Walk)


@compiled
def go_on(address):
    """Read and write every kind of field; return one that was written before."""
    walk = walk_at(address, 0, 0)
    purse, before = walk.purse, walk.purse.coins
    purse.coins += walk.step[1]
    purse.weight = 0.5 * purse.coins  # whole numbers become others, and not the other way round
    purse.found[1], purse.found[2] = before, purse.found[1]
    purse.share[1] += purse.weight
    walk.height[0] = purse.share[1]
    return before


def new_walk():
    walk = zeros(Walk, {"step": 4, "height": 2})
    walk.step[:] = 1, 2, 3, 4
    walk.purse.coins, walk.purse.found[1], walk.purse.owner = 5, 8, -(2**62)
    return walk


def test_compiled_code_reads_and_writes_the_numbers_that_python_does():
    walk = new_walk()
    pack = Pack(walk)
    assert go_on(pack.address) == 5
    walk.purse.coins += 1
    assert go_on(pack.address) == 8
    purse = walk.purse
    assert (purse.coins, purse.weight, purse.owner) == (10, 5.0, -(2**62))
    assert (list(purse.found), list(purse.share)) == ([0, 8, 5], [0.0, 8.5])
    assert walk.step.tolist() == [1, 2, 3, 4]
    assert walk.height.tolist() == [8.5, 0.0]


def test_numbers_are_of_pythons_own_kinds():
    purse = Purse(coins=np.int32(3), weight=np.float64(0.1))
    assert (type(purse.coins), type(purse.weight)) == (int, float)
    with pytest.raises(TypeError):
        purse.coins = 1.5


def test_records_can_be_cleared_in_place():
    walk = new_walk()
    pack = Pack(walk)
    walk.purse.clear()
    assert bytes(walk.purse) == bytes(Purse())
    assert go_on(pack.address) == 0


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda both: pickle.loads(pickle.dumps(both))])
def test_a_copy_has_numbers_of_its_own_and_shares_them_within(twin_of):
    walk = new_walk()
    twin, pack = twin_of((walk, Pack(walk)))
    go_on(pack.address)
    assert (twin.purse.coins, twin.height[0]) == (7, 3.5)
    assert (walk.purse.coins, walk.height[0]) == (5, 0.0)


def test_zeros_take_the_types_that_were_declared():
    walk = zeros(Walk, {"step": 4})
    assert [kind.names is not None for kind in dtypes(Walk).values()] == [False, True, False]
    assert (walk.step.dtype, walk.step.size, walk.height.size) == (np.int32, 4, 0)
    assert bytes(walk.purse) == bytes(Purse())


@pytest.mark.skipif(INTERPRETED, reason="names are looked up when a function is compiled")
@pytest.mark.parametrize("name", ["coin", "found"])
def test_what_is_no_number_of_a_record_cannot_be_written(name):
    written = {}
    exec(f"def write(address):\n walk_at(address, 0, 0).purse.{name} = 1\n", {"walk_at": walk_at}, written)
    with pytest.raises(numba.TypingError):
        numba.njit(written["write"])(Pack(new_walk()).address)


def test_files_hold_a_beliefs_numbers_in_one_order_for_ever():
    """Beliefs were saved by this order before the numbers had names."""
    model = WorldModel(2, 3)
    model.begin(0)
    for number in range(25):
        model.observe(Transition(number % 3, number % 2, 0.0, (number + 1) % 3, False, False))
    numbers, arrays = model.numbers, serialization.arrays_of(model)
    assert arrays["count"].tolist() == [3, model.revision, numbers.next_refit, 0, 1, 0, 0]
    assert arrays["sum"].tolist() == [
        model.concentration, numbers.unvisited_gain, model.expected_missing_information, model.last_surprise,
        model.last_expected_gain, model.information_gain, model.expected_information_gain,
        2.0, 0.05, 20.0, numbers.next_expected_gain, numbers.former_concentration, numbers.former_unvisited_gain,
    ]  # fmt: skip
