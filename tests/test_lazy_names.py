"""`import agent` costs nothing, and everything that the README names is there when it is first used."""

import os
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
    "agent.statistics.seed_statistics", "agent.results.run_directory", "envs.make", "envs.TabularEnv", "envs.true_mdp",
    "envs.FiniteMDP", "agent.VectorCuriosityReward", "envs.layouts.parse", "envs.families.grid.Grid",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_there_after_one_import(name):
    code = (
        f"import sys, {name.partition('.')[0]}\n"
        "assert not {'numpy', 'numba'} & set(sys.modules) or 'gymnasium' in sys.modules\n"
        f"{name}\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)


def test_what_is_public_is_listed():
    assert {"dirichlet", "planners", "make_agent", "Truth"} <= set(dir(agent))
    assert {"layouts", "make", "TabularEnv"} <= set(dir(envs))


@pytest.mark.parametrize("package", [agent, envs])
def test_nothing_else_is_listed(package):
    assert dir(package) == sorted(package.__all__)
    assert all(hasattr(package, name) for name in dir(package))


def test_both_names_work_where_both_lie_side_by_side():
    """`blackswan` as it stands in a checkout, found beside the packages of the checkout."""
    code = (
        "import sys, blackswan\n"
        "assert not {'numpy', 'gymnasium'} & set(sys.modules)\n"
        "import gymnasium\n"
        "assert 'blackswan/Grid-v0' in gymnasium.registry\n"
        "import agent, envs, blackswan.agent.belief.world_model, blackswan.envs.families\n"
        "assert agent is blackswan.agent and envs is blackswan.envs\n"
        "assert agent.belief.world_model is blackswan.agent.belief.world_model\n"
        "assert blackswan.WorldModel is agent.WorldModel and blackswan.make is envs.make\n"
        "assert set(dir(blackswan)) == {'agent', 'envs', *dir(agent), *dir(envs)}\n"
        "assert not hasattr(blackswan, 'nothing') and blackswan.__version__ == agent.__version__\n"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "agent" / "distribution")])
    env = os.environ | {"PYTHONPATH": path}
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, env=env, check=True, timeout=120)


@pytest.mark.parametrize("module", [agent, agent.planners, agent.agents, envs])
@pytest.mark.parametrize("name", ["nothing", "a.b", "", "__wrapped__"])
def test_what_is_not_there_is_no_attribute(module, name):
    with pytest.raises(AttributeError, match=f"module '{module.__name__}' has no attribute '{name}'"):
        getattr(module, name)
