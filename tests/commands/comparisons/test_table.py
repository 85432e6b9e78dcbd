"""Tables to take away, and results as columns: the very numbers that are stored, whatever command made them."""

import csv
import io
import shutil

import numpy as np
import pytest

import agent
from agent import compare, reproduce, run, table
from agent.reports import formatting, results_tables
from agent.reports.tabular import contents
from agent.results import marks, storage


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A comparison, a run of one of its lives, a run under another prior, and a reproduction; by name."""
    out = tmp_path_factory.mktemp("results")
    words = ["--env", "river-swim", "--steps", "300", "--quiet", "--out", str(out)]
    assert compare.main([*words, "--seeds", "4"]) == 0
    assert run.main([*words, "--seed", "2", "--baseline", "none"]) == 0
    assert run.main([*words, "--seed", "2", "--baseline", "none", "--prior", "symmetric"]) == 0
    return out


@pytest.fixture(scope="module")
def lives(results):
    return agent.load_results(results)


def test_lives_are_those_that_are_stored(results, lives):
    (stored,) = results.glob("compare-*")
    curves = storage.read_arrays(stored / "curves.npz")
    assert len(lives["seed"]) == 2 * 4 + 2
    for name in ("curious", "random"):
        own = (lives["command"] == "compare") & (lives["agent"] == name)
        assert lives["seed"][own].tolist() == [0, 1, 2, 3]
        np.testing.assert_array_equal(lives["coverage"][own], curves[f"{name}/coverage"][:, -1])
        np.testing.assert_array_equal(lives["steps_to_fraction_0.5"][own], curves[f"{name}/steps_to_fraction"][:, 0])
    (alone,) = np.flatnonzero((lives["command"] == "run") & (lives["prior"] == "empirical-bayes"))
    of_two = (lives["command"] == "compare") & (lives["agent"] == "curious") & (lives["seed"] == 2)
    for column in ("missing_information_nats", "information_gain_nats", "steps_to_fraction_0.5", "discount"):
        assert lives[column][alone] == lives[column][of_two]  # it is the same life
    kept = agent.load_run(lives["directory"][alone])
    assert lives["information_gain_nats"][alone] == kept.metrics["information_gain_nats"][-1]
    assert {len(column) for column in lives.values()} == {10}
    assert {column.dtype.kind for column in lives.values()} <= set("Ufi")


def test_a_directory_may_be_given_alone_or_twice(results, lives):
    (stored,) = results.glob("compare-*")
    assert len(agent.load_results(stored)["seed"]) == 8
    assert len(agent.load_results([stored, results, stored])["seed"]) == 10


def test_a_life_counts_once_and_what_differs_is_named(lives):
    rows = results_tables.rows_of(lives, ["0.5"])
    told = [(row["agent"], row["seeds"]) for row in rows]
    assert told == [
        ("curious (prior empirical-bayes)", "0 to 3"),
        ("random (prior empirical-bayes)", "0 to 3"),
        ("curious (prior symmetric)", "2"),
    ]


def test_what_is_set_behind_an_agent_is_its_own_and_told_once(tmp_path, capsys):
    words = ["--env", "river-swim", "--steps", "100", "--seeds", "2", "--quiet", "--out", str(tmp_path)]
    own = 'curious:prior="symmetric:10",discount=.9'
    assert compare.main([*words, "--agents", "curious", own]) == 0
    lives = agent.load_results(capsys.readouterr().out.split())
    assert dict(zip(lives["prior"], lives["discount"], strict=True)) == {"empirical-bayes": 0.99, "symmetric:10": 0.9}
    told = [row["agent"] for row in results_tables.rows_of(lives, ["0.5"])]
    assert told == ["curious (prior empirical-bayes, discount 0.99)", lives["agent"][-1]]


def test_csv_has_the_numbers_of_the_comparison(results, capsys):
    (stored,) = results.glob("compare-*")
    comparison = storage.read_json(stored / "comparison.json")
    assert table.main([str(stored), "--format", "csv", "--levels", "0.5", "0.1"]) == 0
    curious, random = csv.DictReader(io.StringIO(capsys.readouterr().out))
    for row, name in ((curious, "curious"), (random, "random")):
        own = comparison["agents"][name]
        for level, words in (("0.5", "steps to 50 % missing"), ("0.1", "steps to 10 % missing")):
            entry = own["steps_to_fraction"][level]
            assert float(row[f"{words}: mean"]) == entry["mean"]
            assert float(row[f"{words}: iqm"]) == entry["iqm"]
            assert float(row[f"{words}: reached"]) == entry["reached"]
            low = row[f"{words}: mean, 95 % low"]
            assert low == "" if entry["ci95"][0] is None else float(low) == entry["ci95"][0]
        assert float(row["coverage (%): mean"]) == pytest.approx(100 * own["coverage"]["mean"])


def test_markdown_and_latex_say_what_the_commands_print(results, capsys):
    (stored,) = results.glob("compare-*")
    assert compare.main(["--config", str(stored / "config.json"), "--out", str(results)]) == 0
    printed = capsys.readouterr().out
    assert table.main([str(stored)]) == 0
    heads, rule, *rows, empty, below = capsys.readouterr().out.splitlines()
    assert (heads.count("|"), rule.count("|"), len(rows)) == (8, 8, 2)
    assert (empty, below) == ("", f"{formatting.ALONE.capitalize()}.")  # four seeds are few
    for row in rows:
        assert all(cell.strip() in printed for cell in row.strip("|").split("|")[4:])
    assert table.main([str(stored), "--format", "latex"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == r"\begin{tabular}{llrrrrr}"
    assert lines[-1] == r"\end{tabular}"
    assert [line.count(" & ") for line in lines if line.endswith(r"\\")] == [6, 6, 6, 0]
    assert lines[-2] == rf"\multicolumn{{7}}{{l}}{{{formatting.ALONE.capitalize()}.}} \\"
    assert r"coverage (\%)" in lines[2]


def test_signs_of_latex_and_markdown_are_words():
    row = {"agent": "own:f:name=a_b|c&d~^\\{<$#%", "steps": ">= 3"}
    assert r"a\_b|c\&d\textasciitilde{}\textasciicircum{}\textbackslash{}\{\textless{}\$\#\%" in results_tables.latex(
        [row]
    )
    assert r"$\geq$ 3" in results_tables.latex([row])
    assert r"a_b\|c&d" in results_tables.markdown([row])


@pytest.mark.slow
def test_a_reproduction_is_a_table_too(tmp_path, capsys):
    words = ["little-sommer-2013", "--seeds", "2", "--quiet", "--out", str(tmp_path)]
    assert reproduce.main(words) == 0
    (stored,) = tmp_path.glob("[!.]*")
    mark, curves = storage.read_json(stored / "reproduction.json"), storage.read_arrays(stored / "curves.npz")
    lives = agent.load_results(tmp_path)
    told, setting = mark["settings"]["one-two-three"], "one-two-three/"
    assert {setting + name for name in lives["agent"]} == curves.keys() - {"one-two-three/step"}
    assert set(lives["env"]) == {"one-two-three"}
    for name in set(lives["agent"]):
        np.testing.assert_array_equal(lives["value"][lives["agent"] == name], curves[setting + name][:, -1])
    capsys.readouterr()
    assert table.main([str(stored)]) == 0
    assert told["label"] in capsys.readouterr().out
    earlier = {name.removeprefix(setting): rows for name, rows in curves.items()}
    storage.write_arrays(stored / "curves.npz", earlier)
    storage.write_json(stored / "reproduction.json", {"measure": told["label"], "arms": told["arms"]})
    marks.seal(stored, "reproduction.json")
    former = agent.load_results(tmp_path)
    for column in ("agent", "seed", "value", "measure", "steps"):
        np.testing.assert_array_equal(former[column], lives[column])


def test_columns_are_a_data_frame(lives):
    pandas = pytest.importorskip("pandas", reason="the extra [tables] is not installed")
    frame = pandas.DataFrame(lives)
    assert frame.shape == (10, len(lives))
    mean = lives["coverage"][lives["agent"] == "random"].mean()
    assert frame.groupby("agent")["coverage"].mean()["random"] == pytest.approx(mean)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "nowhere: there is no such directory"),
        (["."], ".: no finished result"),
        ([], "runs: there is no such directory"),
        ([".", "--format", "latec"], "unknown format 'latec'. Did you mean 'latex'?"),
        (["{}", "--levels", "0.3"], "--levels: got '0.3', expected some of 0.5, 0.25"),
        (["{}", "--level", "0.3"], "perhaps you meant --levels"),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_line(results, call, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    status, lines, errors = call(table, *(word.format(results) for word in words))
    assert (status, lines, len(errors)) == (2, [], 1)
    assert message in errors[0]


def test_a_damaged_result_is_refused(results, call, tmp_path):
    (stored,) = results.glob("compare-*")
    copy = tmp_path / stored.name
    copy.mkdir()
    for file in ("comparison.json", "config.json"):
        (copy / file).write_bytes((stored / file).read_bytes())
    (copy / "curves.npz").write_bytes((stored / "curves.npz").read_bytes()[:-9])
    status, _, (error,) = call(table, copy)
    assert status == 2
    assert "curves.npz" in error


def test_a_directory_of_results_is_told_first_what_is_where(results, tmp_path, capsys):
    (run_there,) = results.glob("river-swim-curious-s2-symmetric-*")
    (compared,) = results.glob("compare-*")
    copy = tmp_path / "all"
    for directory in (run_there, compared):
        shutil.copytree(directory, copy / directory.name)
    partial = copy / "partial"
    shutil.copytree(run_there, partial)
    (partial / "summary.json").rename(partial / "partial.json")
    config = storage.read_json(partial / "config.json") | {"steps": 5000}
    storage.write_json(partial / "config.json", config)
    content = storage.read_json(partial / "partial.json")
    storage.write_json(partial / "partial.json", content | {"partial": True})
    (copy / "damaged").mkdir()
    (copy / "damaged" / "summary.json").write_text("{")
    (copy / "killed" / "checkpoints").mkdir(parents=True)
    (copy / "killed" / "checkpoints" / "000001-0.npz").touch()
    (copy / "nothing").mkdir()
    rows = {row["result"]: row for row in contents.contents(copy)}
    about = {"world": "river-swim", "agents": "curious", "steps": "300", "seeds": "2"}
    assert rows == {
        run_there.name: {"result": run_there.name, "what": "run"} | about,
        compared.name: {"result": compared.name, "what": "comparison"}
        | {**about, "agents": "curious, random", "seeds": "0 to 3"},
        "partial": {"result": "partial", "what": "run, interrupted"} | about | {"steps": "300 of 5 000"},
        "damaged": {"result": "damaged", "what": "damaged: the same command makes it again"},
        "killed": {"result": "killed", "what": "run that was killed: the same command goes on"},
    }
    assert table.main([str(results)]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"{results}:\n\n| result | what | world | agents | steps | seeds |\n")
    assert table.main([str(compared)]) == 0
    assert "| result |" not in capsys.readouterr().out
