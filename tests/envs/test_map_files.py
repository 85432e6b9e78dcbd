"""Files that are no maps: without an end, without a writer, too large, too wide."""

import os
import sys

import pytest

from agent import run
from envs import layouts

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs devices and pipes")


@posix
@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "/dev/tty", "/", "pipe"])
def test_only_regular_files_are_read(name, tmp_path):
    path = tmp_path / name
    if name == "pipe":
        os.mkfifo(path)
    with pytest.raises(ValueError, match="it is no regular file") as error:
        layouts.read(path)
    assert path.name in str(error.value)


@posix
def test_the_command_refuses_a_device_in_one_line(capsys, tmp_path):
    assert run.main(["--map", "/dev/zero", "--out", str(tmp_path / "runs")]) == 2
    assert (
        capsys.readouterr().err
        == "error: cannot read the map file '/dev/zero': it is no regular file; expected the name of a file\n"
    )


def test_a_file_has_a_size_limit(tmp_path, monkeypatch):
    path = tmp_path / "map.txt"
    path.write_text("#S.#\n" * 10)
    assert layouts.read(path).codes.shape == (10, 4)
    monkeypatch.setattr(layouts, "MOST_CELLS", 49)
    with pytest.raises(ValueError, match="more than 49 bytes"):
        layouts.read(path)


@posix
def test_a_file_of_holes_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "holes.txt"
    with open(path, "wb") as file:
        file.truncate(10**12)
    with pytest.raises(ValueError, match="more than 100000000 bytes"):
        layouts.read(path)


def test_one_long_line_does_not_fill_the_memory():
    """Short lines are filled up with walls: a file of 40 kB would have become 400 million cells."""
    text = "S.\n" * 20_000 + "." * 20_000
    with pytest.raises(ValueError, match="20001 lines, the longest of 20000 cells; expected 100000000 cells at most"):
        layouts.parse(text)


@pytest.mark.parametrize(
    ("content", "expected"), [(b"\x00" * 99, "unknown sign"), (b"\xff\xfeS\x00", "not text in UTF-8")]
)
def test_binary_files_are_refused(content, expected, tmp_path):
    path = tmp_path / "map.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=expected):
        layouts.read(path)


def test_a_mark_of_byte_order_is_no_sign(tmp_path):
    path = tmp_path / "map.txt"
    path.write_bytes(b"\xef\xbb\xbf#S.#\n")
    assert layouts.read(path).text == "#S.#\n"
