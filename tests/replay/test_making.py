"""How a page is made: what is packed, which moments are kept, and what is refused."""

import base64
import json
import re
import shutil
import zlib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from agent.agents.rng import seed_streams
from agent.replay import main, making, recording
from agent.replay.packing import differences, packed, smallest
from agent.replay.page import SOURCES, save, script
from agent.replay.recording import Payment
from agent.replay.reliving import Moment, OtherLifeError, relive, transitions
from agent.results.run_directory import keep
from tests.support.replayed import lived


def test_what_is_packed_comes_back():
    told = {"a": [np.arange(300), {"b": np.array([0.1, -2.5])}], "c": None, "d": "</script>", "e": np.zeros(0)}
    whole = zlib.decompress(base64.b64decode(packed(told)))
    size = int.from_bytes(whole[:4], "little")
    header, first = json.loads(whole[4 : 4 + size]), -(-(4 + size) // 8) * 8

    def array(place):
        return np.frombuffer(whole, place["type"], place["size"], first + place["at"])

    np.testing.assert_array_equal(array(header["a"][0]), np.arange(300))
    np.testing.assert_array_equal(array(header["a"][1]["b"]), [0.1, -2.5])
    assert (header["c"], header["d"], header["e"]["size"]) == (None, "</script>", 0)
    assert header["a"][0]["type"] == "uint16"


@pytest.mark.parametrize(
    ("values", "kind"),
    [([0, 255], "uint8"), ([256], "uint16"), ([70_000], "uint32"), ([-1, 3], "int32"), ([True], "uint8")],
)
def test_whole_numbers_take_the_smallest_type(values, kind):
    array = smallest(np.array(values))
    assert array.dtype.name == kind
    assert array.tolist() == values


@pytest.mark.parametrize("array", [np.array([2**40]), np.array(["a"]), np.array([-(2**40)])])
def test_what_no_page_has_an_array_for_is_refused(array):
    with pytest.raises(ValueError, match="expected"):
        smallest(array)


def test_differences_of_rows_are_zero_where_nothing_changes():
    rows = np.random.default_rng(0).normal(size=(5, 7))
    rows[2] = rows[1]
    bits = differences(rows)
    assert not bits[2].any()
    again = np.bitwise_xor.accumulate(bits, axis=0).view("<f8")
    np.testing.assert_array_equal(again, rows)


@pytest.mark.slow
def test_moments_are_relived_as_they_were(tmp_path):
    """What is kept beside counts: prior and outcomes at every step are those of a belief that lives step by step."""
    run = lived(tmp_path, "--env", "FrozenLake-v1", "--steps", 150)
    fresh, watched = (making.make_player(run.config, "curious", making.make_world(run.config, 0), 0) for _ in range(2))
    life = relive(
        run, fresh.model, making.make_world(run.config, 0), 0, Payment(fresh, run.config).fresh(), np.zeros(0, int)
    )
    resets = dict(zip(run.trace["reset_step"].tolist(), run.trace["reset_state"].tolist(), strict=True))
    for step, transition in enumerate(transitions(run)):
        if step in resets:
            watched.model.begin(resets[step])
        row = life.revised[np.searchsorted(life.revised_at, step, side="right") - 1]
        numbers = watched.model.numbers
        assert row[0] == numbers.concentration
        assert row[4] == numbers.num_outcomes
        assert (life.seen_at <= step).sum() == watched.model.num_known_states
        edge = life.taken[step]
        assert life.state[life.edge_successor[edge]] == transition.next_state
        assert life.edge_pair[edge] % 4 == transition.action
        watched.model.observe(transition)


def test_moments_tell_edges_that_a_belief_has_numbered_anew_since(tmp_path):
    run = lived(tmp_path, "--env", "four-rooms", "--steps", 600, "--prior", "structured")
    fresh, watched = (making.make_player(run.config, "curious", making.make_world(run.config, 0), 0) for _ in range(2))
    times, (seed, _), model = np.arange(0, 601, 20), seed_streams(run.config["seed"]), watched.model
    life = relive(run, fresh.model, making.make_world(run.config, 0), seed, Payment(fresh, run.config).fresh(), times)
    place, action = np.divmod(life.edge_pair, model.num_actions)
    pair, successor = life.state[place] * model.num_actions + action, life.state[life.edge_successor]
    model.begin(run.trace["reset_state"][0])
    for step, transition in enumerate([*transitions(run), None]):
        if step in times:
            local = life.moments[step // 20].local
            told = zip(pair.tolist(), successor.tolist(), local.tolist(), strict=False)
            columns = model.edges.pair, model.edges.successor, model.edges.local
            named = zip(*(column[: model.num_edges].tolist() for column in columns), strict=True)
            assert {edge for edge in told if edge[2]} == {edge for edge in named if edge[2]}
        if transition:
            model.observe(transition)
    assert model.num_edges < len(pair)


def test_a_world_that_does_other_things_now_is_told(tmp_path):
    run = lived(tmp_path, "--env", "four-rooms", "--steps", 40, "--prior", "structured")
    wrong = replace(run, trace={**run.trace, "state": np.roll(run.trace["state"], 7)})
    player = making.make_player(run.config, "curious", env := making.make_world(run.config, 0), 0)
    with pytest.raises((OtherLifeError, ValueError), match=r"run it anew|was met|known"):
        relive(wrong, player.model, env, 0, Payment(player, run.config).fresh(), np.zeros(0, int))


def test_bad_input_gets_one_line(tmp_path, capsys):
    run = lived(tmp_path / "runs", "--env", "lock", "--steps", 30)
    for words, expected in (
        ([], "got no run"),
        ([str(tmp_path)], "no finished run"),
        ([str(tmp_path / "none")], "there is no such run directory"),
        ([str(run.directory)] * 5, "expected 1 to 4"),
        ([str(run.directory), "--out", str(tmp_path / "no" / "page.html")], "could not be written"),
        (["--steps"], "--steps"),
    ):
        assert main([*words, "--quiet"]) in (1, 2)
        told = capsys.readouterr().err
        assert told.count("\n") == 1
        assert expected in told


def test_interrupted_runs_and_equal_agents_can_be_told_apart(tmp_path):
    runs = [lived(tmp_path, "--env", "lock", "--steps", 30, "--seed", seed) for seed in (0, 1)]
    partial = replace(runs[1], complete=False, directory=tmp_path / "partial")
    keep(partial)
    assert making._labels(runs) == ["curious seed 0", "curious seed 1"]
    assert making._labels([runs[0], runs[0]]) == ["curious 1", "curious 2"]
    other = replace(runs[0], config={**runs[0].config, "bonus": "count"})
    assert making._labels([runs[0], other]) == ["curious own bonus", "curious count"]
    assert "<title>curious in lock</title>" in making.make_page([run.directory for run in runs])


@pytest.mark.slow
def test_twenty_thousand_steps_take_less_than_two_megabytes(tmp_path):
    words = ("--env", "grid", "--steps", 20_000)
    runs = [lived(tmp_path, *words, "--agent", agent) for agent in ("curious", "random")]
    assert len(making.make_page([run.directory for run in runs])) < 400_000


def test_moments_that_take_too_much_room_are_thinned():
    zeros, size = np.zeros(0), 5_000
    noise = np.random.default_rng(0).normal(size=(40, size))
    row_size = len(zlib.compress(noise.tobytes(), 1)) / 40  # noise stays noise in the bits that change
    moments = tuple(Moment(10 * k, 0.0, 0.0, row, zeros) for k, row in enumerate(noise))
    numbers = SimpleNamespace(has_rules=0)
    life = SimpleNamespace(
        moments=moments, state=np.arange(size), model=SimpleNamespace(numbers=numbers), edge_pair=zeros
    )
    told = recording._moments(life, 1, 500_000)
    assert (told["step"][0], told["step"][-1]) == (0, 390)
    assert 500_000 / row_size - 2 <= len(told["step"]) <= 500_000 / row_size
    assert len(told["payoff"]) == len(told["step"])
    assert np.ptp(np.diff(told["step"])) <= 10


def test_a_page_that_cannot_be_written_whole_leaves_the_one_before(tmp_path):
    path = tmp_path / "page.html"
    save("the first", path)
    with pytest.raises(UnicodeEncodeError):
        save("half of it \udc80", path)
    assert path.read_text(encoding="utf-8") == "the first"
    assert list(tmp_path.iterdir()) == [path]
    save("the second", path)
    assert path.read_text(encoding="utf-8") == "the second"


def test_sources_are_joined_and_short():
    names = sorted(path.name for path in SOURCES.glob("*.js"))
    assert sum(script([name]).count("\n") for name in names) == script().count("\n")
    assert all((SOURCES / name).read_text(encoding="utf-8").count("\n") <= 300 for name in names)
    assert all(word not in script() for word in ("http:", "eval(", "innerHTML", "fetch("))


def test_rules_that_are_gone_are_told_of_the_run_that_needs_them(tmp_path):
    source = lived(tmp_path / "source", "--env", "lock", "--prior", "structured", "--steps", 20)
    run = lived(tmp_path / "runs", "--env", "lock", "--prior", f"structured:from={source.directory}", "--steps", 20)
    shutil.rmtree(source.directory)
    gone = "no replay: its agent cannot be made again: .*there is no such run directory"
    with pytest.raises(ValueError, match=f"{re.escape(str(run.directory))}: {gone}"):
        making.make_page([run.directory])
