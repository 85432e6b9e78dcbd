"""How parts are written: names, parameters, `module:attribute`, and what is refused in one line."""

import copy
import json
import re

import numpy as np
import pytest

import agent
import envs
from agent import compare, run
from agent.experiments.config import own_parts
from agent.parts import AGENT, BONUS, KINDS, PLANNER, PRIOR, chosen, settable
from agent.registry import AGENTS, OWN_PARTS
from agent.results import provenance
from tests.support.own_parts import MODULE


def test_every_entry_can_be_written_with_its_defaults_set():
    for kind in KINDS:
        for name in kind.table:
            own = settable(kind, chosen(kind, name).factory)
            words = [f"{key}={each.default}" for key, each in own.items() if each.default not in (each.empty, None)]
            assert chosen(kind, ":".join([name, ",".join(words)]) if words else name).name == name


@pytest.mark.parametrize(
    ("kind", "text", "settings"),
    [
        (PRIOR, "symmetric:10", {"concentration": 10.0}),
        (PRIOR, "empirical-bayes:2,gap=1e2", {"concentration": 2.0, "gap": 100}),
        (PRIOR, "local:concentration=.5", {"concentration": 0.5}),
        (PLANNER, "finite-horizon:30", {"horizon": 30}),
        (PLANNER, "incremental:tolerance=.1,max_pops=5", {"tolerance": 0.1, "max_pops": 5}),
        (AGENT, "curious:discount=.95,prior=symmetric:3", {"discount": 0.95, "prior": "symmetric:3"}),
        (AGENT, "curious:count", {"bonus": "count"}),
        (AGENT, "curious:planner='value-iteration:discount=.9,tolerance=.1'",
         {"planner": "value-iteration:discount=.9,tolerance=.1"}),
        (AGENT, "random:prior=symmetric", {"prior": "symmetric"}),
        (AGENT, "own_parts:Fixed", {}),
        (AGENT, "own_parts:Fixed:1,share=.5,mode=b,limit=3,is_on=true",
         {"action": 1, "share": 0.5, "mode": "b", "limit": 3, "is_on": True}),
        (AGENT, 'own_parts:Fixed:name="a,b:c=d",limit=none,sizes=[1, 2],anything=(3,4)',
         {"name": "a,b:c=d", "limit": None, "sizes": [1, 2], "anything": [3, 4]}),
        (AGENT, "own_parts:Fixed:name=a=b", {"name": "a=b"}),
        (BONUS, "own_parts:fading:power=3", {"power": 3}),
    ],
)  # fmt: skip
def test_values_are_read_as_their_parameters_type_them(own, kind, text, settings):
    assert chosen(kind, text).settings == settings


REFUSED = [
    (AGENT, "curius", "unknown agent 'curius'. Did you mean 'curious'? Known: curious, greedy"),
    (AGENT, "curius:discount=.9", "Did you mean 'curious'?"),
    (AGENT, "own_parts:Fixt", "own_parts has no 'Fixt'. Did you mean 'Fixed'?"),
    (AGENT, "own_part:Fixed", "no module 'own_part'"),
    (AGENT, "own_parts.py:Fixed", "no module 'own_parts.py'. Write own_parts:Fixed."),
    (AGENT, "own_parts:constant", "got 3, expected a class or a function"),
    (AGENT, "math:sqrt", "takes x by position"),
    (AGENT, "curious:discont=.9", "no parameter 'discont'. Did you mean 'discount'? Its parameters: bonus=expected"),
    (AGENT, "curious:model=3", "has no parameter 'model'"),
    (AGENT, "curious:count,count", "got 'count', expected name=value"),
    (AGENT, "curious:bonus=count,bonus=count", "got bonus more than once"),
    (AGENT, "curious:discount=x", ": got 'x', expected a number"),
    (AGENT, "own_parts:Fixed:action=.5", ": got '.5', expected a whole number"),
    (AGENT, "own_parts:Fixed:limit=x", ": got 'x', expected a whole number or none"),
    (AGENT, "own_parts:Fixed:is_on=1", ": got '1', expected true or false"),
    (AGENT, "own_parts:Fixed:mode=c", ": got 'c', expected a or b"),
    (AGENT, "own_parts:Fixed:sizes=3", ": got '3', expected list"),
    (AGENT, "own_parts:Fixed:more=3", "has no parameter 'more'"),
    (AGENT, "curious:a\tb", "expected letters and signs that can be printed"),
    (AGENT, "::", "unknown agent '::'"),
    (PLANNER, "greedy:3", "planner greedy has no parameters, got '3'"),
    (PLANNER, "finite-horizon:0.5", ": got '0.5', expected a whole number"),
    (PRIOR, "symmetric:", ": got '', expected a number; write for example symmetric:concentration=1.0"),
    (BONUS, "cuont", "Did you mean 'count'?"),
    (BONUS, "own_parts:fading:powr=1", "Did you mean 'power'? Its parameters: power=2"),
]


@pytest.mark.parametrize(("kind", "text", "message"), REFUSED)
def test_what_cannot_be_read_is_refused_in_one_line(own, kind, text, message):
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        chosen(kind, text)
    assert "\n" not in str(error.value)


def command(main, arguments, capsys):
    status = main([*arguments.split(), "--out", "runs", "--quiet"])
    out, err = capsys.readouterr()
    return status, out, err


FAILING = {
    "--agent own_parts:Unready": "without begin, observe, expected an object with the methods begin, act and observe",
    "--agent own_parts:Text": "agent own_parts:Text chose 'left' in state 0, expected an action, a whole number from 0",
    "--agent own_parts:Fixed:action=7": "chose 7 in state 0, expected an action",
    "--agent own_parts:Raises": "KeyError: 'nothing' (",
    "--agent own_parts:Needs": "needs rate: write own_parts:Needs:rate=..., or give it a default",
    "--agent own_parts:Breaks": "cannot make agent own_parts:Breaks: FileNotFoundError",
    "--agent own_parts:Bounded": "bounds its loss by 'small', expected a number",
    "--agent own_parts:nothing": "got None without begin, act, observe",
    "--agent broken:x": "SyntaxError: invalid syntax (",
    "--agent needy:x": "No module named 'nothing_of_this_name' (",
    "--baseline own_parts:Fixt": "baseline 'own_parts:Fixt': own_parts has no 'Fixt'",
    "--planner own_parts:NoPlan": "an object with a method `plan`",
    "--planner own_parts:NanPlan": "planned no finite q-values for state 0",
    "--planner own_parts:Lazy": "planned no finite q-values for state 0",
    "--planner own_parts:TextPlan": "bounds its loss by 'small'",
    "--prior own_parts:nothing": "got None, expected an object with a number `concentration`",
    "--prior own_parts:Negative": "must be positive",
    "--prior own_parts:Massive": "the prior has {0: 2.0} for pair 0",
    "--bonus own_parts:misspelt": "misspelt takes (visit). Did you mean 'visits'?",
    "--agent random --bonus own_parts:Fixed": "bonus must be",
}


@pytest.mark.parametrize("arguments", FAILING)
def test_a_part_that_fails_is_told_in_one_line_and_nothing_is_written(own, capsys, arguments):
    status, out, err = command(run.main, f"--env lock --steps 30 {arguments}", capsys)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert FAILING[arguments] in err
    assert not list(own.glob("runs/*"))


def test_the_steps_before_a_failure_are_kept(own, capsys):
    status, _, err = command(run.main, "--env lock --steps 30 --baseline none --agent own_parts:Tired", capsys)
    assert status == 1
    assert "SystemExit: 3 (" in err
    assert "19 steps were kept as a partial run" in err


@pytest.mark.parametrize("name", ["own_parts:Believes", "own_parts:Reads", "own_parts:Fixed"])
def test_the_belief_learns_every_step_once(own, name):
    """Whether the agent tells it or not."""
    player = agent.make_agent(name, envs.make("lock"), 0)
    assert len(list(agent.interact(envs.make("lock"), player, 50, seed=0))) == 50
    assert player.model.steps == 50
    other = agent.make_agent("own_parts:Fixed", envs.make("lock"), 0)
    list(agent.interact(envs.make("lock"), other, 50, seed=0))
    assert player.model.information_gain == other.model.information_gain


def test_an_agent_of_ones_own_can_be_copied(own):
    player = agent.make_agent("own_parts:Reads", envs.make("lock"), 0)
    list(agent.interact(envs.make("lock"), player, 20, seed=0))
    twin = copy.deepcopy(player)
    list(agent.interact(envs.make("lock"), twin, 20, seed=0))
    assert twin.agent.model is twin.model
    assert (player.model.steps, twin.model.steps) == (20, 40)


def test_an_agent_may_be_a_class_and_a_bonus_a_function(own):
    import own_parts  # pyright: ignore[reportMissingImports]

    player = agent.make_agent(own_parts.Fixed, envs.make("lock"))
    assert isinstance(player.agent, own_parts.Fixed)
    paid = agent.make_agent("curious", envs.make("lock"), bonus=own_parts.fading)
    assert paid.bonus.name == "fading"


def test_a_bonus_is_compiled_with_its_numbers(own):
    lives = [
        agent.simulate(envs.make("lock"), "curious", 200, 1, bonus=bonus)[0].steps["action"]
        for bonus in ("count", "own_parts:fading:power=1", "own_parts:fading:power=0")
    ]
    assert np.array_equal(lives[0], lives[1])
    assert not np.array_equal(lives[0], lives[2])


def test_parameters_behind_the_colon_are_those_of_the_options():
    env = envs.make("lock")
    options = {"discount": 0.9, "prior": "symmetric:3", "bonus": "count", "planner": "value-iteration"}
    by_colon = agent.simulate(env, "curious:" + ",".join(f"{k}={v}" for k, v in options.items()), 300, 1)[0]
    by_option = agent.simulate(env, "curious", 300, 1, **options)[0]
    for column, values in by_option.steps.items():
        np.testing.assert_array_equal(by_colon.steps[column], values)


def test_own_parts_of_agents_are_those_of_the_table(own):
    assert {name: own_parts(name, None, None) for name in AGENTS} == {**{name: {} for name in AGENTS}, **OWN_PARTS}
    assert own_parts("curious:planner=greedy", "count", "incremental") == {"bonus": "count", "planner": "greedy"}
    assert own_parts("own_parts:Fixed", "count", "greedy") == {}


@pytest.mark.slow
def test_a_configuration_keeps_what_was_written_and_can_be_given_back(own, capsys):
    words = "--env lock --steps 40 --baseline none --agent own_parts:Fixed:action=1,name='a/b'"
    status, out, _ = command(run.main, words, capsys)
    directory = own / out.split()[-1]
    config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    assert status == 0
    assert directory.name.startswith("lock-own_parts-Fixed-action=1,name=-a-b--s0-")
    assert config["agent"] == "own_parts:Fixed:action=1,name='a/b'"
    assert command(run.main, f"--config {directory}", capsys) == (0, out, "")
    assert provenance.made_otherwise(config) == ""
    assert "own_parts" in config["own_files"]
    (own / "own_parts.py").write_text(MODULE + "\n# changed\n", encoding="utf-8")
    assert command(run.main, f"--config {directory}", capsys)[1] != out  # another file, another result


def test_a_planner_of_ones_own_lives_everywhere_the_same(own):
    """In the compiled loop, which asks it for plans, and in the Python loop."""
    env = envs.make("lock")
    (life,) = agent.simulate(env, "curious", 60, [3], planner="own_parts:Idle")
    world_seed, agent_seed = agent.agents.rng.seed_streams(3)
    player = agent.make_agent("curious", env, agent_seed, planner="own_parts:Idle")
    walked = [step.action for step in agent.interact(env, player, 60, world_seed)]
    assert life.steps["action"].tolist() == walked


def test_a_life_that_is_not_compiled_has_the_same_columns(own, monkeypatch):
    """`simulate` walks what it cannot compile: here an agent of ours that hides that it could be."""
    env = envs.make("four-rooms")  # its episodes are not cut
    compiled = agent.simulate(env, "greedy", 300, 2)
    monkeypatch.setattr("agent.simulation.simulate.can_simulate", lambda *_: False)
    for walked, life in zip(agent.simulate(env, "greedy", 300, 2), compiled, strict=True):
        assert list(walked.steps) == list(life.steps)
        for name, column in life.steps.items():
            assert walked.steps[name].dtype == column.dtype
            np.testing.assert_array_equal(walked.steps[name], column)


@pytest.mark.slow
def test_agents_that_live_in_workers_are_made_there(own, capsys):
    words = "--env lock --steps 40 --agents random own_parts:Fixed:action=1 --seeds 2 --workers 2"
    status, out, err = command(compare.main, words, capsys)
    assert (status, err) == (0, "")
    comparison = json.loads((own / out.split()[-1] / "comparison.json").read_text(encoding="utf-8"))
    assert list(comparison["agents"]) == ["random", "own_parts:Fixed:action=1"]


def test_an_agent_of_ones_own_is_an_arm_of_an_experiment(own, monkeypatch):
    from dataclasses import replace

    from agent.experiments.papers import EXPERIMENTS
    from agent.experiments.papers.experiment import Arm
    from agent.experiments.reproduction import reproduce

    arms = {"ours": Arm("random"), "own": Arm("own_parts:Fixed:action=1", {"prior": "symmetric"})}
    setting = replace(EXPERIMENTS["sun-2011"].settings["cliques"], arms=arms, checkpoints=(40,))
    experiment = replace(EXPERIMENTS["sun-2011"], settings={"cliques": setting})
    reproduction = reproduce(experiment, 2, 2, lambda _: None, own)
    assert (reproduction.failure, reproduction.complete) == (None, True)


@pytest.mark.slow
def test_a_name_is_no_markup_and_no_formula(own, capsys):
    words = ["--env", "lock", "--steps", "20", "--seeds", "2", "--out", "runs", "--workers", "1", "--agents"]
    agents = ["own_parts:Fixed:name=[red]:ok:", r"own_parts:Fixed:name=$\frac$"]
    assert compare.main([*words, *agents]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in agents)
