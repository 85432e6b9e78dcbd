"""`import agent` costs nothing, and everything that the README names is there when it is first used."""

import subprocess
import sys
from pathlib import Path

import pytest

import agent
import envs

ROOT = Path(__file__).parents[1]

NAMES = (
    "agent.dirichlet.bayesian_surprise", "agent.information.kl_divergence", "agent.WorldModel", "agent.Explorer",
    "agent.planners.value_iteration.solve", "agent.planners.incremental.planner.Incremental",
    "agent.agents.explorer.curious", "agent.interact", "agent.simulate", "agent.load_run", "agent.make_agent",
    "agent.CuriosityReward", "agent.bonuses.Bonus", "agent.simulation.scoring.Truth", "agent.agents.rng.seed_streams",
    "agent.results.seed_statistics", "agent.results.run_directory", "envs.make", "envs.TabularEnv", "envs.true_mdp",
    "envs.FiniteMDP", "envs.layouts.parse", "envs.families.grid.Grid",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_there_after_one_import(name):
    code = (
        f"import sys, {name.partition('.')[0]}\n"
        "assert not {'numpy', 'numba'} & set(sys.modules) or 'gymnasium' in sys.modules\n"
        f"{name}\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)


def test_modules_are_listed():
    assert {"dirichlet", "planners", "make_agent"} <= set(dir(agent))
    assert {"families", "layouts", "make"} <= set(dir(envs))


@pytest.mark.parametrize("module", [agent, agent.planners, agent.agents, envs])
@pytest.mark.parametrize("name", ["nothing", "a.b", "", "__wrapped__"])
def test_what_is_not_there_is_no_attribute(module, name):
    with pytest.raises(AttributeError, match=f"module '{module.__name__}' has no attribute '{name}'"):
        getattr(module, name)
