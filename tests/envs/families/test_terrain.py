"""Generated maps: what each kind promises, at many sizes."""

import numpy as np
import pytest
from scipy.ndimage import label

import envs
from envs import layouts
from envs.families.terrain import ROOM_SIDE, TERRAINS, generate, largest_part

SIZES = [1, 2, 3, 9, 10, 11, 20, 30, 57]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", TERRAINS)
def test_every_cell_can_be_reached_from_the_one_start(kind, size):
    layout = generate(size, kind, world_seed=size)
    assert layout.codes.shape == (size, size)
    assert layout.where(layouts.START).sum() == 1
    assert label(layout.is_open)[1] == 1
    assert envs.make("grid", kind=kind, size=size, world_seed=size).unwrapped.mdp.reachable_states().all()


@pytest.mark.parametrize("kind", TERRAINS)
def test_a_map_is_drawn_by_its_seed(kind):
    one, again, other = (generate(40, kind, seed).codes for seed in (0, 0, 1))
    assert (one == again).all()
    assert (one == other).all() == (kind == "open")


@pytest.mark.parametrize("size", SIZES)
def test_a_maze_is_a_tree(size):
    """As many joints as cells but one, and all connected: no way round."""
    floor = generate(size, "maze").is_open
    joints = (floor[1:] & floor[:-1]).sum() + (floor[:, 1:] & floor[:, :-1]).sum()
    assert joints == floor.sum() - 1
    assert floor[::2, ::2].all()


def test_the_mazes_of_a_size_are_many():
    assert len({generate(5, "maze", seed).text for seed in range(100)}) > 50  # of 192 spanning trees, times no chance


def test_rooms_have_a_door_in_every_wall_between_two():
    floor = generate(3 * (ROOM_SIDE + 1) - 1, "rooms").is_open
    pitch = ROOM_SIDE + 1
    for cells in (floor, floor.T):
        for wall in (ROOM_SIDE, ROOM_SIDE + pitch):
            doors = cells[wall].reshape(1, -1)
            assert [int(doors[0, first : first + ROOM_SIDE].sum()) for first in (0, pitch, 2 * pitch)] == [1, 1, 1]


def test_caves_are_neither_full_nor_empty():
    share = [generate(100, "caves", seed).is_open.mean() for seed in range(5)]
    assert 0.5 < min(share) <= max(share) < 0.85


def test_an_open_field_has_no_walls():
    assert generate(7, "open").text == ".......\n" * 3 + "...S...\n" + ".......\n" * 3


def test_only_the_largest_part_is_kept_and_never_nothing():
    floor = np.array([[1, 1, 0, 1], [0, 0, 0, 1], [1, 0, 1, 1]], dtype=bool)
    assert largest_part(floor).astype(int).tolist() == [[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 1, 1]]
    assert largest_part(np.zeros((3, 3), dtype=bool)).astype(int).tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_a_generated_world_has_no_text_and_one_that_has_is_not_generated():
    assert envs.make("caves").unwrapped.map_text is None
    assert envs.make("caves", map_text="S.").unwrapped.map_text == "S.\n"
    assert envs.make("grid", size=12).unwrapped.picture.codes.shape == (12, 12)
    assert envs.make("grid", kind="maze").unwrapped.picture.codes.shape == (100, 100)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"kind": "cave"}, "kind is 'cave', expected one of caves, maze, rooms, open"),
        ({"size": 0}, "size is 0, expected at least 1 cell a side"),
        ({"size": 2.5}, "size is 2.5, expected at least 1"),
        ({"size": "big"}, "size is 'big', expected at least 1"),
    ],
)
def test_what_cannot_be_generated(kwargs, message):
    with pytest.raises(ValueError, match=message):
        envs.make("grid", **kwargs)
