"""Arguments of worlds: whatever is given, the world is made or the argument is named in one line."""

import inspect
from fractions import Fraction
from importlib import import_module

import numpy as np
import pytest

import envs
from envs import WORLDS, arguments, memory
from envs.families import terrain
from envs.layouts import parse, read

HOSTILE = [
    None, True, False, "", "abc", "5", b"5", -1, 0, 0.5, 2.5, -0.0, 10**9, 10**20, 10**400, 10**5000, float("nan"),
    float("inf"), -float("inf"), 1e300, [], [1], {}, {"a": 1}, (), np.array([1, 2]), 1j, Fraction(1, 3), object(),
    "\0", "x" * 5000, "\ud800",
]  # fmt: skip

OTHERWISE = {"map_text": "map, line ", "map_file": "cannot read the map file "}
"""How else the refusal of an argument may begin."""


def parameters(name):
    module, _, attribute = WORLDS[name].entry_point.partition(":")
    return list(inspect.signature(getattr(import_module(module, "envs"), attribute)).parameters.values())


ARGUMENTS = [(name, parameter.name) for name in WORLDS for parameter in parameters(name)]
FAMILIES = {(WORLDS[name].entry_point, argument): (name, argument) for name, argument in reversed(ARGUMENTS)}.values()


@pytest.mark.parametrize(("name", "argument"), FAMILIES)
@pytest.mark.filterwarnings("ignore:.*render_mode")
def test_an_argument_is_accepted_or_named_in_one_line(name, argument):
    refused = 0
    for value in HOSTILE:
        try:
            envs.make(name, **{argument: value})
        except ValueError as error:
            line = str(error)
            refused += 1
            assert argument in line or line.startswith(OTHERWISE.get(argument, argument)), line
            assert len(line.splitlines()) == 1
            assert len(line) < 400
    assert refused > len(HOSTILE) // 2


@pytest.mark.parametrize(
    ("name", "kwargs", "message"),
    [
        ("grid", {"slip": "abc"}, "slip is 'abc', expected a probability of going to each side, 0 to 0.5"),
        ("grid", {"slip": True}, "slip is True, expected a probability"),
        ("grid", {"channels": 2.5}, "channels is 2.5, expected at least 1 channel for each television, a whole number"),
        ("grid", {"size": 10**9}, "size is 1000000000, expected 1 to 46340 cell a side"),
        ("grid", {"size": "5"}, "size is '5', expected at least 1 cell a side, a whole number"),
        ("grid", {"kind": ""}, "kind is '', expected one of caves, maze, rooms, open"),
        ("grid", {"kind": ["maze"]}, r"kind is \['maze'\], expected one of caves"),
        ("grid", {"world_seed": "abc"}, "world_seed is 'abc', expected at least 0, a whole number"),
        ("grid", {"map_text": 5}, "map_text is 5, expected text"),
        ("grid", {"map_file": 0}, "cannot read the map file 0: "),
        ("chain", {"num_states": 10**9}, "num_states is 1000000000, which would take some 1.44e.11 GB of memory"),
        ("chain", {"num_states": None}, "num_states is None, expected at least 2, a whole number"),
        ("lock", {"num_actions": 10**400}, "num_actions is 1000.*characters.*, expected 2 to 2147483647 of each"),
        ("storck", {"num_states": 10**5000}, "num_states is a number of some 5000 digits, expected 2 to"),
        ("deep-sea", {"stochastic": "abc"}, "stochastic is 'abc', expected True or False"),
        ("deep-sea", {"size": 10**8}, "size is 100000000, which would take some 2e.09 GB of memory, and .*available"),
        ("random-mdp", {"concentration": float("inf")}, "concentration is inf, expected a positive number"),
        ("room-graph", {"num_states": 10**9}, "num_states is 1000000000, expected 1 to 10000 states"),
        ("cliques", {"world_seed": None}, "world_seed is None"),
        ("cliques", {"world_seed": -1}, "world_seed is -1"),
    ],
)  # fmt: skip
def test_what_was_got_and_what_is_expected(name, kwargs, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        envs.make(name, **kwargs)


def test_whole_floats_are_whole_numbers():
    assert envs.make("chain", num_states=1e1).unwrapped.observation_space.n == 10
    assert envs.make("grid", size=np.float64(12), kind="open").unwrapped.observation_space.n == 144
    assert arguments.whole("size", np.int8(3), 1) == 3


def test_what_would_not_fit_into_memory_is_refused_before_it_is_made(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 4e8)
    with pytest.raises(ValueError, match=r"size is 4000, which would take some 0.512 GB of memory, and 0.4 GB are"):
        terrain.generate(4000)
    assert envs.make("grid", size=100).unwrapped.picture.codes.shape == (100, 100)


def test_memory_that_is_available():
    assert 0 < memory.available_bytes() < 1e15


ROOM = "#####\n#S..#\n#####\n"


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + ROOM.encode(),
        ROOM.replace("\n", "\r\n").encode(),
        ROOM.replace("\n", "\r").encode(),
        ROOM.replace("\n", " \t\n").encode(),
        ROOM.strip().encode() + b"\n\n  \n",
    ],
    ids=["byte order mark", "Windows", "old Mac", "trailing blanks", "empty lines"],
)
def test_maps_as_editors_write_them(content, tmp_path):
    (tmp_path / "map.txt").write_bytes(content)
    assert read(tmp_path / "map.txt").text == ROOM


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (ROOM.encode("utf-16"), "it is not text in UTF-8, but in UTF-16: save it as UTF-8"),
        (ROOM.encode("utf-16-le"), r"line 1, column 2: unknown sign '\\x00'"),
        ("#S\xe9\n".encode("latin-1"), "it is not text in UTF-8, but in another encoding, or no text"),
        (bytes(range(256)), "it is not text in UTF-8"),
        (b"#S\t.#\n", r"line 1, column 3: unknown sign '\\t'"),
        (b"  #S.#\n", "line 1, column 1: unknown sign ' '"),
        (b"\0" * 100, r"unknown sign '\\x00'"),
        (b"", "the map is empty"),
    ],
    ids=["UTF-16", "UTF-16 unmarked", "Latin-1", "bytes", "tab", "leading blanks", "zeros", "empty"],
)
def test_files_that_are_no_maps(content, message, tmp_path):
    (tmp_path / "map.txt").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read(tmp_path / "map.txt")


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "", "/", "nowhere/map.txt"])
def test_names_that_no_map_has(name):
    with pytest.raises(ValueError, match=r"^cannot read the map file ") as error:
        read(name)
    assert len(str(error.value)) < 300


def test_a_file_without_end_is_not_read_to_its_end():
    with pytest.raises(ValueError, match="it is no regular file"):
        read("/dev/zero")


def test_a_mark_at_the_beginning_of_a_text_is_no_sign():
    assert parse("\ufeff" + ROOM).text == ROOM
