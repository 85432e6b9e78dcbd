import itertools

import numpy as np
import pytest

import envs
from envs import drawing, layouts


def test_every_sign_looks_different():
    """Also without colour: some pixels differ by a tenth of full brightness."""
    signs = layouts.SIGNS.rstrip(layouts.PORTALS) + "a"
    grey = {sign: drawing.tile(sign, 24) @ np.array([0.2126, 0.7152, 0.0722]) for sign in signs}
    for one, other in itertools.combinations(signs, 2):
        assert np.mean(np.abs(grey[one] - grey[other]) > 25) > 0.03, (one, other)


def test_a_frame_has_a_square_for_each_cell_and_the_agent_in_one():
    picture = envs.make("four-rooms").unwrapped.picture
    empty = drawing.paint(picture.codes, 24)
    for state in (0, 30, 67):
        frame = picture.frame(state)
        assert frame.shape == (11 * 24, 11 * 24, 3)
        assert frame.dtype == np.uint8
        changed = np.argwhere((frame != empty).any(axis=2))
        assert set(map(tuple, changed // 24)) == {picture.places.place(state)}


def test_frames_do_not_share_their_pixels():
    picture = envs.make("four-rooms").unwrapped.picture
    picture.frame(0)[:] = 0
    assert picture.frame(0).any()


def test_text_marks_the_agent():
    env = envs.make("grid", map_text="ST\n#.", channels=2).unwrapped
    assert [env.picture.text(state) for state in range(5)] == [
        "@T\n#.\n",
        "S@\n#.\n",
        "ST\n#@\n",
        "S%\n#.\n",
        "S%\n#.\n",
    ]


def test_an_agent_that_watches_is_drawn_on_its_television():
    picture = envs.make("grid", map_text="ST.T", channels=2).unwrapped.picture
    assert [picture.places.place(state) for state in range(4, 8)] == [(0, 1), (0, 1), (0, 3), (0, 3)]
    assert (picture.frame(1) != picture.frame(4)).any()


def test_large_maps_have_small_cells_and_a_marker_that_shows():
    text = "\n".join(["S" + "." * 699] + ["." * 700] * 20)
    picture = envs.make("grid", map_text=text).unwrapped.picture
    corner, middle = picture.frame(0), picture.frame(7350)
    assert corner.shape == (21, 700, 3)
    assert (corner != middle).any(axis=2).sum() > 40


@pytest.mark.parametrize("num_cells", range(1, 40))
def test_a_ring_is_a_chain_of_neighbouring_cells(num_cells):
    cells = drawing.ring(num_cells)
    assert cells.shape == (num_cells, 2)
    assert len(set(map(tuple, cells))) == num_cells
    assert np.all(np.abs(np.diff(cells, axis=0)).sum(axis=1) == 1)
    if num_cells >= 4:
        assert np.abs(cells[0] - cells[-1]).sum() <= 2  # all but closed


def test_worlds_without_a_map_are_drawn_as_strips_and_rings():
    assert envs.make("river-swim").unwrapped.picture.codes.shape == (1, 20)
    assert envs.make("dense").unwrapped.picture.codes.shape == (3, 4)


@pytest.mark.parametrize("num_states", [41, 99, 100, 101, 2000])
def test_worlds_of_many_states_without_a_map_fill_a_near_square_row_by_row(num_states):
    picture = drawing.arrange(num_states, None)
    rows, columns = picture.codes.shape
    assert 0 <= columns - rows <= 1
    assert (picture.codes == ord(layouts.FLOOR)).sum() == num_states
    assert [picture.places.place(state) for state in (0, columns - 1, columns)] == [(0, 0), (0, columns - 1), (1, 0)]


def test_of_a_huge_map_the_surroundings_of_the_agent_are_drawn():
    env = envs.make("grid", kind="open", size=1001, render_mode="ansi").unwrapped
    side, cell = drawing.WINDOW, 640 // drawing.WINDOW
    for state, place in ((0, (0, 0)), (1001 * 500 + 500, (64, 64)), (1001**2 - 1, (side - 1, side - 1))):
        env.state = state
        lines = env.render().splitlines()
        assert (len(lines), len(lines[0])) == (side, side)
        assert lines[place[0]][place[1]] == "@"
        frame = env.picture.frame(state)
        assert frame.shape == (side * cell, side * cell, 3)
        assert tuple(frame[place[0] * cell + cell // 2, place[1] * cell + cell // 2]) == drawing.AGENT


def test_a_long_map_is_cut_along_its_length_only():
    picture = envs.make("grid", map_text="S" + "." * 1500 + "\n" + "." * 1501).unwrapped.picture
    assert picture.text(0).splitlines() == ["@" + "." * 127, "." * 128]
    assert picture.text(1500).splitlines()[0] == "." * 127 + "@"
