"""What people see of the project's objects, of its version, and of what its commands say they do."""

from importlib import metadata

import pytest

import agent
import envs
from agent import compare, registry, replay, reproduce, run, sweep, table
from agent.results import run_directory

BELIEF = "<WorldModel: {} pairs of {} known states taken in 20 steps, {:.6g} nats gained, EmpiricalBayes prior>"


def explorer(name, **options):
    world = envs.make("lock")
    player = agent.make_agent(name, world, seed=0, **options)
    for _ in agent.interact(world, player, num_steps=20, seed=0):
        pass
    return player


@pytest.mark.parametrize("name", registry.AGENTS)
def test_an_agent_tells_in_one_line_what_it_is_and_knows(name):
    player = explorer(name)
    model = player.model
    told = BELIEF.format(model.num_visited_pairs, model.num_known_states, model.information_gain)
    assert repr(model) == told
    assert repr(player).endswith(f"{told}>")
    assert "\n" not in repr(player)


def test_an_explorer_tells_what_it_is_paid_and_how_it_plans():
    assert repr(explorer("curious")).startswith("<Explorer: expected_gain by Incremental, <WorldModel: ")
    assert repr(explorer("count", planner="finite-horizon:3")).startswith("<Explorer: inverse_count by FiniteHorizon, ")
    assert repr(explorer("least-taken")).startswith("<Unplanned: least-taken, <WorldModel: ")


def test_a_life_and_a_run_tell_in_one_line_what_they_are():
    (life,) = agent.simulate(envs.make("lock"), num_steps=20, seeds=[7])
    assert repr(life) == f"<Simulated: seed 7, 20 steps, {life.agent!r}>"
    config, summary = {"agent": "curious", "env": "lock", "seed": 3}, {"steps": 20}
    for complete, partial in ((True, ""), (False, ", partial")):
        recorded = run_directory.Run("runs/there", config, summary, complete, {}, {})
        assert repr(recorded) == f"<Run: curious in lock, seed 3, 20 steps{partial}, runs/there>"


def test_a_truth_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match=r"the truth is None; expected an envs\.FiniteMDP"):
        agent.Truth(agent.WorldModel(2), None)


@pytest.mark.parametrize("command", [run, compare, reproduce])
def test_the_version_is_told(command, capsys):
    assert command.main(["--version"]) == 0
    assert capsys.readouterr().out == f"blackswan-rl {agent.__version__}\n"


def test_the_version_is_that_of_the_distribution_or_unknown(monkeypatch):
    assert agent.__version__ == metadata.version("blackswan-rl")

    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert agent.__version__ == "unknown"


@pytest.mark.parametrize("command", [compare, replay, reproduce, run, sweep, table])
def test_what_help_says_fits_a_terminal_of_80_columns(command):
    told = command.DESCRIPTION.format(prog=f"python -m {command.__name__}")
    assert max(map(len, told.splitlines())) <= 80
