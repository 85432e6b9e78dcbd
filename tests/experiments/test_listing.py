"""What `--list NAME` prints of a world or a part."""

import re

import pytest

import envs
from agent import compare, run


@pytest.mark.parametrize("name", ["curious", "symmetric", "count", "finite-horizon", "grid", "own_parts:Fixed"])
@pytest.mark.parametrize("main", [run.main, compare.main])
def test_names_are_described(own, capsys, monkeypatch, main, name):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["--list", name]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"{name}, a")
    assert max(map(len, told.splitlines())) <= 80


@pytest.mark.parametrize("name", envs.WORLDS)
def test_every_argument_of_a_world_is_explained(capsys, name):
    assert run.main(["--list", name]) == 0
    _, _, arguments = capsys.readouterr().out.partition("arguments (--env-kwargs)")
    meanings = re.findall(r"^    \w+ = .*\n        (.*)", arguments, re.MULTILINE)
    assert all(": " in meaning for meaning in meanings)
    assert len(meanings) == len(re.findall(r"^    \w", arguments, re.MULTILINE))


def test_a_description_has_types_defaults_and_meanings(own, capsys):
    assert run.main(["--list", "own_parts:Fixed", "river-swim", "count"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    for words in (
        "own_parts:Fixed, an agent (--agent)", "Takes one action.", "action = 0 a whole number: the one.",
        "mode = 'a' a or b", "limit = None a whole number or none", "variant = 'osband' text",
        "count, an agent (--agent)", "count, a bonus (--bonus)", "visits how often the pair was taken",
    ):  # fmt: skip
        assert words in told


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("riverswim", "unknown name 'riverswim'. Did you mean 'river-swim'?"),
        ("own_parts:Fixt", "Did you mean 'Fixed'?"),
        ("nowhere:Fixed", "no module 'nowhere'"),
        ("broken:x", "SyntaxError"),
        ("curious:discont=3", "no parameter 'discont'"),
    ],
)
def test_what_cannot_be_described_is_refused_in_one_line(own, capsys, name, message):
    assert run.main(["--list", name]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert message in err
