import pytest

from envs import layouts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("S..\n.?.", "line 2, column 2: unknown sign '\\?'"),
        ("\n\nS..\n..Q", "line 4, column 3: unknown sign 'Q'"),
        ("S. .", "line 1, column 3: unknown sign ' '"),
        ("S\té", "line 1, column 2: unknown sign '\\\\t'"),
        ("...\n.G.", "line 2, column 3: the map ends without a start"),
        ("\n..\n..\n\n", "line 3, column 2: the map ends without a start"),
        ("S.a", "line 1, column 3: portal 'a' comes 1 time;"),
        ("S.b\nb..\n..b", "line 3, column 3: portal 'b' comes 3 times"),
        ("", "line 1, column 1: the map is empty"),
        ("\n  \n", "line 1, column 1: the map is empty"),
        ("###\n###", "line 1, column 1: the map is empty"),
    ],
)
def test_errors_name_line_and_column(text, message):
    with pytest.raises(ValueError, match="^mine.txt, " + message):
        layouts.parse(text, "mine.txt")


def test_short_lines_are_filled_up_with_walls_and_outer_empty_lines_left_out():
    layout = layouts.parse("\nS\n\n...  \n\n")
    assert layout.text == "S##\n###\n...\n"


def test_carriage_returns_are_no_signs():
    assert layouts.parse("S.\r\n..\r\n").text == "S.\n..\n"


def test_v_is_a_one_way_cell_however_often_it_comes():
    layout = layouts.parse("Svvv")
    assert layout.portals.shape == (0, 2, 2)


def test_portals_are_pairs_of_places():
    layout = layouts.parse("Sba\n..b\na..")
    assert layout.portals.tolist() == [[[0, 2], [2, 0]], [[0, 1], [1, 2]]]


def test_text_reads_back_as_itself():
    for path in layouts.MAPS.glob("*.txt"):
        layout = layouts.shipped(path.stem)
        assert layout.text == path.read_text()
        assert (layouts.parse(layout.text).codes == layout.codes).all()


def test_files_that_cannot_be_read(tmp_path):
    binary = tmp_path / "map.txt"
    binary.write_bytes(b"S\xff")
    with pytest.raises(ValueError, match="not text in UTF-8"):
        layouts.read(binary)
    with pytest.raises(ValueError, match="No such file"):
        layouts.read(tmp_path / "none.txt")
    with pytest.raises(ValueError, match="expected one of corridor, four-rooms"):
        layouts.shipped("nowhere")


def test_an_error_in_a_file_names_the_file(tmp_path):
    path = tmp_path / "wrong.txt"
    path.write_text("S.!\n")
    with pytest.raises(ValueError, match=r"wrong.txt, line 1, column 3: unknown sign '!'"):
        layouts.read(path)
