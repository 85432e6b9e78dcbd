"""Surveys: comparisons by name, of many agents in many worlds."""

import dataclasses
import json
from pathlib import Path

import pytest

import envs
from agent import reproduce
from agent.experiments.comparisons import making, surveys
from agent.experiments.options import ReproduceOptions
from agent.experiments.setup import resolve

SMALL = {"river-swim": 120, "lock": 150}
AGENTS = ("curious", "curious:prior=structured", "count", "greedy", "least-taken", "random")


@pytest.mark.parametrize("name", surveys.SURVEYS)
def test_a_survey_is_data_that_fits(name):
    survey = surveys.SURVEYS[name]
    assert set(survey.worlds) <= set(envs.WORLDS)
    assert min(survey.worlds.values()) >= 1000
    options = surveys.options_of(survey, ReproduceOptions(experiment=name, seeds=3))
    for world, steps in list(survey.worlds.items())[:1]:
        resolved = resolve(dataclasses.replace(options, env=(world,), steps=steps), options.agents, options.first_seed)
        assert resolved["agents"] == list(survey.agents)  # each is different, and written as it is shown


@pytest.mark.slow
def test_a_survey_is_a_comparison_in_several_worlds_each_with_its_budget(call, tmp_path, monkeypatch):
    small = dataclasses.replace(surveys.SURVEYS["strategies"], worlds=SMALL, agents=AGENTS)
    monkeypatch.setitem(reproduce.SURVEYS, "strategies", small)
    status, lines, _ = call(reproduce, "strategies", "--seeds", 4, "--out", tmp_path)
    assert status == 0
    table = "\n".join(lines)
    assert "4 seeds (0 to 3): steps to 10 % missing" in table
    assert all(any(line.startswith(f"│{agent} ") for line in lines) for agent in AGENTS)
    joined = json.loads((Path(lines[-1]) / "profiles.json").read_text())
    assert {world: each["steps"] for world, each in joined["worlds"].items()} == SMALL
    assert (Path(lines[-1]) / "figures" / "profiles.png").exists()
    for path in map(Path, lines[:2]):
        one = json.loads((path / making.KIND.mark).read_text())
        assert (one["steps"], list(one["agents"])) == (SMALL[one["env"]], list(AGENTS))
    assert call(reproduce, "strategies", "--seeds", 4, "--out", tmp_path, "--quiet") == (0, [*lines[:2], lines[-1]], [])
