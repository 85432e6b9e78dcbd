"""`run --decompose`: the same life, and at each step what `Explorer.decompose` says of the action taken."""

import numpy as np
import pytest

import envs
from agent import interact, load_run, make_agent, run
from agent.agents.rng import seed_streams
from agent.experiments import command_line

OPTIONS = {
    "reward_belief": "gaussian:mean=0.5", "reward_weight": 2.0, "curiosity_weight": 0.5, "reward_gain_weight": 3.0,
}  # fmt: skip
STEPS, SEED = 120, 3


def flags(**options):
    return [str(word) for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The same run with and without."""
    found = []
    for more in ([], ["--decompose"]):
        out = tmp_path_factory.mktemp("runs")
        told = flags(env="river-swim", steps=STEPS, seed=SEED, out=out, **OPTIONS)
        assert run.main([*told, "--quiet", *more]) == 0
        (directory,) = out.glob("river-swim-curious-*")
        (baseline,) = out.glob("river-swim-random-*")
        found.append((load_run(directory), baseline.name))
    return found


@pytest.mark.slow
def test_the_life_is_the_same(runs):
    (plain, baseline), (divided, other) = runs
    assert baseline == other  # which plans nothing
    assert plain.directory.name != divided.directory.name
    assert "decompose" not in plain.config
    for name, column in plain.trace.items():
        np.testing.assert_array_equal(column, divided.trace[name])
    assert set(divided.trace) - set(plain.trace) == {"q_by_reward", "q_by_bonus", "q_by_reward_gain"}


@pytest.mark.slow
def test_each_step_is_what_the_explorer_says(runs):
    trace = runs[1][0].trace
    env, (world_seed, agent_seed) = envs.make("river-swim"), seed_streams(SEED)
    explorer, told = make_agent("curious", env, agent_seed, steps=STEPS, **OPTIONS), []

    class Asked:
        """Asks beforehand, by another plan of the same belief."""

        begin, observe, model = explorer.begin, explorer.observe, explorer.model

        def act(self, state):
            action = explorer.act(state)
            parts = explorer.decompose(state)
            told.append([parts.reward[action], parts.bonus[action], parts.reward_gain[action]])
            loss = explorer.loss_bound
            assert abs(parts.q_values[action] - explorer.q_values(state)[action]) <= 1.5 * loss + 1e-9
            return action

    steps = list(interact(env, Asked(), STEPS, world_seed))
    assert [step.action for step in steps] == trace["action"].tolist()
    columns = [trace[name] for name in ("q_by_reward", "q_by_bonus", "q_by_reward_gain")]
    np.testing.assert_array_equal(np.array(told).T, columns)
    assert all(np.any(column != 0) for column in columns)


@pytest.mark.parametrize(
    ("agent", "message"), [("random", "there is none"), ("psrl", "values are decomposed on the prediction")]
)
def test_who_plans_nothing_that_can_be_divided_is_refused(call, tmp_path, agent, message):
    asked = flags(env="river-swim", steps=20, agent=agent, baseline="none", out=tmp_path)
    status, lines, errors = call(run, *asked, "--decompose")
    assert (status, lines) == (command_line.BAD_INPUT, [])
    assert message in errors[-1]
