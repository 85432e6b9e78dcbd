"""What structured priors learnt, as the commands store and print it."""

import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

import agent
from agent import compare, run
from agent.reports import rules
from agent.results.comparison import compare_agents

WORDS = [
    "action 0 (up): row - 1 (78 %) or as left (11 %) or as right (11 %) unless row = 1 or 6, 76 %; stays, 24 %",
    "action 1 (push the long lever): nothing is known",
]
TOLD = {"leader": "structured", "led_since": 1200, "lead_nats": 2009.4, "words": WORDS}


def printed(capsys, **told):
    """Print; give back the lines, without those that say how to read them."""
    rules.print_rules({name: SimpleNamespace(summary=summary) for name, summary in told.items()})
    lines = capsys.readouterr().out.splitlines()
    return list(itertools.takewhile(lambda line: not line.startswith(("in brackets: ", "nats: ")), lines))


def test_clauses_have_lines_of_their_own_and_long_ones_are_wrapped(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "64")
    assert printed(capsys, curious={"rules": TOLD}) == [
        "prior                           structured led from step 1 200",
        "                                  on (2 009 nats ahead)",
        "action 0 (up)                   row - 1 (78 %) or as left (11 %)",
        "                                  or as right (11 %) unless",
        "                                  row = 1 or 6, 76 %",
        "                                stays, 24 %",
        "action 1 (push the long lever)  nothing is known",
    ]


def test_a_long_name_of_an_action_has_a_line_of_its_own(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    words = [f"action 0 ({'long ' * 8}name): row - 1", "action 1: stays"]
    assert printed(capsys, curious={"rules": TOLD | {"words": words}})[-3:] == [
        f"action 0 ({'long ' * 8}name)",
        "          row - 1",
        "action 1  stays",
    ]


def test_names_of_actions_may_have_colons_and_brackets(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = ["action 0 (a: (b)): row - 1: 3", "action 1: stays"]
    assert printed(capsys, curious={"rules": TOLD | {"words": words}})[-2:] == [
        "action 0 (a: (b))  row - 1: 3",
        "action 1           stays",
    ]


def test_how_to_read_it_is_told_last(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    told = {"curious": SimpleNamespace(summary={"rules": TOLD})}
    rules.print_rules(told)
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "in brackets: how likely; behind a clause: share of the visited pairs",
        "nats: log probability of what happened, against that by the other prior",
    ]
    told["curious"].summary["rules"] = TOLD | {"leader": "empirical-bayes"}
    rules.print_rules(told)
    assert "in brackets" not in capsys.readouterr().out


@pytest.mark.parametrize("columns", [1, 40, 80, 500])
def test_no_line_is_wider_than_the_terminal(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = printed(capsys, curious={"rules": TOLD})
    assert max(map(len, lines)) <= max(min(columns, 100), 60)
    assert " ".join(" ".join(lines).split()).count("78 %") == 1


def test_of_the_baseline_only_the_leader_is_told(capsys):
    lines = printed(capsys, curious={"rules": TOLD}, random={"rules": TOLD | {"led_since": 0, "lead_nats": -1.5}})
    assert lines[-1] == "prior of random                 structured led all along (1.5 nats behind)"
    assert sum("row - 1" in line for line in lines) == 1


def test_rules_that_do_not_lead_are_not_printed(capsys):
    lines = printed(capsys, curious={"rules": TOLD | {"leader": "empirical-bayes", "led_since": 0}})
    assert lines == ["prior  empirical-bayes led all along (2 009 nats ahead)"]


def test_results_of_other_priors_and_of_earlier_versions_have_no_rules(capsys):
    assert printed(capsys, curious={}, random={}) == []
    rules.print_leaders({"seeds": 3, "agents": {"curious": {}}})
    assert capsys.readouterr().out == ""


def test_leaders_are_counted_over_the_seeds(capsys):
    row = {"steps_to_fraction": {"0.1": 5}, "coverage_at_fraction": {"0.1": 0.5}, "missing_information_fraction": 0.1}
    led = [
        row | {"rules": TOLD | {"leader": leader, "words": [leader]}} for leader in ("structured", "empirical-bayes")
    ]
    told = compare_agents("world", 10, {"a": [*led, led[0]], "b": [row] * 3})
    assert told["agents"]["a"]["rules"] == {"leaders": {"empirical-bayes": 1, "structured": 2}, "words": ["structured"]}
    assert "rules" not in told["agents"]["b"]
    rules.print_leaders(told)
    line = "prior of a: empirical-bayes led on 1 of 3 seeds, structured led on 2 of 3 seeds"
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == line
    assert " ".join(lines[1:]) == rules.OF_GAINS  # of two priors
    del told["agents"]["b"]
    rules.print_leaders(told)
    assert capsys.readouterr().out.splitlines() == [line]


@pytest.mark.slow
def test_a_run_and_a_comparison_keep_what_was_learnt(capsys, tmp_path):
    arguments = ("--env", "four-rooms", "--prior", "structured", "--steps", "300", "--out", str(tmp_path))
    assert run.main([*arguments, "--baseline", "none"]) == 0
    lines = capsys.readouterr().out.splitlines()
    kept = agent.load_run(lines[-1]).summary["rules"]
    assert list(kept) == ["leader", "led_since", "lead_nats", "lead_changes", "words"]
    assert kept["lead_changes"][-1] == kept["led_since"]
    assert kept["leader"] == "structured"
    assert [text.split(":")[0] for text in kept["words"]] == [
        f"action {a} ({name})" for a, name in enumerate(("up", "right", "down", "left"))
    ]
    assert lines[-4].startswith(" ") or lines[-4].startswith("action 3 (left)")
    assert compare.main([*arguments, "--agents", "curious", "--seeds", "2", "--workers", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == "prior of curious: structured led on 2 of 2 seeds"
    compared = json.loads((Path(lines[-1]) / "comparison.json").read_text(encoding="utf-8"))
    assert compared["agents"]["curious"]["rules"]["leaders"] == {"structured": 2}


def test_worlds_without_listed_states_have_rules(tmp_path, capsys):
    """Blackjack's observations are tuples: their features are known once they are met."""
    arguments = ("--env", "Blackjack-v1", "--prior", "structured", "--steps", "200", "--baseline", "none")
    assert run.main([*arguments, "--out", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("x0 + " in line for line in lines)
