"""Columns of a comparison: called by what differs, and refused where two would live the same life."""

import json

import numpy as np
import pytest

from agent import compare
from agent.experiments.comparisons import making
from agent.experiments.options import CompareOptions
from agent.parts import AGENT, chosen
from agent.results import storage


def resolved(*agents, **options):
    (found,) = making.prepare(CompareOptions(env=("lock",), steps=50, agents=agents, **options))
    return found["agents"]


@pytest.mark.parametrize(
    ("agents", "options", "expected"),
    [
        (["curious", "random"], {}, ["curious", "random"]),
        (["curious", "curious:discount=.95"], {}, ["curious", "curious:discount=0.95"]),
        (["curious:discount=.99", "random"], {}, ["curious", "random"]),
        (["curious:discount=.99", "curious"], {"discount": 0.9}, ["curious:discount=0.99", "curious"]),
        (["curious:prior=symmetric:1.0", "curious"], {"prior": "symmetric"}, None),
        (["random:prior=symmetric:1", "curious"], {"prior": "symmetric"}, ["random", "curious"]),
        (["curious:tolerance=.2,bonus=count", "random"], {}, ["curious:bonus=count,tolerance=0.2", "random"]),
        (["curious", "curious:planner='incremental:tolerance=.1,discount=.9'"], {},
         ["curious", "curious:planner='incremental:tolerance=.1,discount=.9'"]),
        (["curious:curiosity_weight=2", "curious:reward_weight=1"], {},
         ["curious:curiosity_weight=2", "curious:reward_weight=1"]),
        (["curious:reward_belief=gaussian:mean=1.", "curious"], {},
         ["curious:reward_belief=gaussian:mean=1.", "curious"]),
        (["curious:reward_gain_weight=.5", "curious"], {"reward_belief": "gaussian"},
         ["curious:reward_gain_weight=0.5", "curious"]),
        (["own_parts:Fixed:action=0", "own_parts:Fixed:1"], {}, ["own_parts:Fixed", "own_parts:Fixed:action=1"]),
        (["own_parts:Fixed:sizes=[1,2]", "random"], {}, ["own_parts:Fixed:sizes=[1, 2]", "random"]),
        (["own_parts:Fixed:name='a,b',limit=3", "random"], {}, ["own_parts:Fixed:limit=3,name='a,b'", "random"]),
    ],
)  # fmt: skip
def test_a_column_is_called_by_what_differs_from_the_common_options(own, agents, options, expected):
    if expected is None:
        with pytest.raises(ValueError, match="the same life"):
            resolved(*agents, **options)
        return
    labels = resolved(*agents, **options)
    assert labels == expected
    assert resolved(*labels, **options) == labels  # a label is an agent as one writes it
    for text, label in zip(agents, labels, strict=True):
        said = chosen(AGENT, text).settings
        assert {**said, **chosen(AGENT, label).settings} == said


@pytest.mark.parametrize(
    ("agents", "options"),
    [
        (["curious", "count"], {"bonus": "count"}),
        (["count", "curious:bonus=count"], {}),
        (["greedy", "curious:planner=greedy"], {}),
        (["greedy", "greedy:discount=.5"], {}),  # who does not look ahead has no discount
        (["curious", "agent.agents.explorer:curious"], {}),
        (["curious", "curious:discount=0.9900"], {}),
        (["curious", "curious:bonus=agent.bonuses:expected_information_gain"], {}),
        (["curious:planner=incremental:discount=.9", "curious:discount=.9"], {}),
        (["random", "random:prior=empirical-bayes:1"], {}),
        (["random", "random:reward_belief=empirical"], {}),
        (["curious", "curious:reward_gain_weight=2"], {}),  # by the default belief rewards teach nothing
        (["curious", "curious:reward_gain_weight=1"], {"reward_belief": "gaussian"}),
        (["curious:reward_belief=gaussian:0", "curious:reward_belief=gaussian:noise=1"], {}),
        (["own_parts:Fixed", "own_parts:Fixed:0"], {}),
    ],
)
def test_the_same_life_under_two_names_is_refused(own, agents, options):
    with pytest.raises(ValueError, match=r"--agents: .* would live the same life as") as refused:
        resolved(*agents, **options)
    assert all(repr(name) in str(refused.value) for name in agents)


@pytest.mark.parametrize(
    "agents",
    [
        ["random", "least-taken"],
        ["curious", "greedy", "count", "curious:bonus=root-count"],
        ["curious", "curious:prior=symmetric:2", "curious:prior=symmetric"],
        ["curious:planner=finite-horizon:3", "curious:planner=finite-horizon:4"],
        ["own_parts:Fixed", "own_parts:Text"],
    ],
)
def test_different_lives_are_not(own, agents):
    assert len(set(resolved(*agents))) == len(agents)


@pytest.mark.slow
def test_a_setting_makes_what_the_common_option_makes(tmp_path):
    """The column `curious:discount=.6,bonus=count` has the very curves of a comparison with these for all."""
    common = ["--env", "lock", "--steps", "300", "--seeds", "2", "--quiet", "--out", str(tmp_path)]
    assert compare.main([*common, "--agents", "random", "curious:discount=.6,bonus=count"]) == 0
    assert compare.main([*common, "--agents", "curious", "--discount", ".6", "--bonus", "count"]) == 0
    found = {}
    for path in tmp_path.glob("compare-*"):
        assert json.loads((path / "comparison.json").read_text())["first_seed"] == 0
        found |= storage.read_arrays(path / "curves.npz")
    columns = [name.removeprefix("curious/") for name in found if name.startswith("curious/")]
    assert len(columns) == 11  # all but the step, and two by level
    for column in columns:
        pair = (found[f"{name}/{column}"] for name in ("curious", "curious:bonus=count,discount=0.6"))
        np.testing.assert_array_equal(*pair)
