"""What values are made of, against dense linear solves, enumeration of stages, and the plan itself."""

import gymnasium
import numpy as np
import pytest

import envs
from agent import make_agent
from agent.simulation.interaction import interact
from tests.planners.test_incremental import hub_of
from tests.support.dense_problem import dense_problem

WEIGHTS = {"reward_weight": 2.0, "curiosity_weight": 0.5, "reward_gain_weight": 3.0}


def lived(world, num_steps=200, **options):
    """An explorer that has planned in a state, and the state."""
    env = envs.make(world)
    explorer = make_agent("curious", env, 0, **WEIGHTS | options)
    *_, step = interact(env, explorer, num_steps, seed=0)
    state = step.next_state if explorer.model.states.kind[step.next_state] == 1 else step.state
    explorer.act(state)
    return explorer, state


def parts_of_payoffs(explorer, live, shape):
    """[S, A, 3]; of states never seen those of the prior."""
    model = explorer.model
    parts = np.empty((*shape, 3))
    parts[..., 0] = 2.0 * model.reward_belief.prior_mean
    parts[..., 2] = 3.0 * model.prior_reward_gain
    parts[..., 1] = explorer.unvisited_payoff - parts[..., 0] - parts[..., 2]
    parts[live, :, 0] = 2.0 * model.expected_rewards(live)
    parts[live, :, 1] = 0.5 * model.expected_gains(live)
    parts[live, :, 2] = 3.0 * model.expected_reward_gains(live)
    return parts


@pytest.mark.parametrize("belief", ["gaussian:mean=.5,noise=.3", "normal-gamma", "empirical"])
@pytest.mark.parametrize("world", ["river-swim", "traps", "four-rooms"])
@pytest.mark.parametrize("planner", ["incremental", "value-iteration"])
def test_parts_are_those_of_a_dense_solve(world, belief, planner):
    explorer, state = lived(world, discount=0.9, tolerance=1e-4, reward_belief=belief, planner=planner)
    told = explorer.decompose(state)
    transition, payoff, live = dense_problem(explorer)
    parts = parts_of_payoffs(explorer, live, payoff.shape)
    assert parts.sum(axis=-1) == pytest.approx(payoff, rel=1e-9)
    planned = np.full(len(payoff), explorer.unvisited_payoff + 0.9 * hub_of(explorer))
    planned[live] = explorer.value(live)
    rows, policy = np.arange(len(payoff)), (payoff + 0.9 * transition @ planned).argmax(axis=1)
    value = np.linalg.solve(np.eye(len(payoff)) - 0.9 * transition[rows, policy], parts[rows, policy])
    expected = parts[state] + 0.9 * transition[state] @ value
    loss = explorer.loss_bound
    optimum = explorer.q_values([state])[0]
    assert (told.q_values <= optimum + 0.5 * loss + 1e-9).all()
    assert (told.q_values >= optimum - 1.5 * loss - 1e-9).all()
    for part, column in zip((told.reward, told.bonus, told.reward_gain), expected.T, strict=True):
        assert part == pytest.approx(column, abs=1e-9)
    if belief == "empirical":
        assert not told.reward_gain.any()


def test_parts_follow_the_policy_exactly():
    """With one action there is one policy: all parts to the last digits."""
    rng = np.random.default_rng(0)
    mdp = envs.FiniteMDP.from_dense(rng.dirichlet(np.ones(6), size=(6, 1)), rng.normal(size=(6, 1)))
    explorer = make_agent("curious", envs.TabularEnv(mdp), 0, reward_belief="gaussian", prior="symmetric:2", **WEIGHTS)
    *_, step = interact(envs.TabularEnv(mdp), explorer, 40, seed=0)
    explorer.act(step.next_state)
    told = explorer.decompose(step.next_state)
    transition, payoff, live = dense_problem(explorer)
    parts = parts_of_payoffs(explorer, live, payoff.shape)[:, 0]
    value = np.linalg.solve(np.eye(6) - 0.99 * transition[:, 0], parts)[step.next_state]
    assert [told.reward[0], told.bonus[0], told.reward_gain[0]] == pytest.approx(value.tolist(), rel=1e-9)


@pytest.mark.parametrize(
    "planner", ["finite-horizon:5", "finite-horizon:5,episodic=true", "greedy", "remaining-horizon"]
)
@pytest.mark.parametrize("world", ["river-swim", "traps"])
def test_plans_of_so_many_steps_are_divided_stage_by_stage(world, planner):
    env = envs.make(world)
    if "episodic" in planner:
        env = gymnasium.wrappers.TimeLimit(env, 5)
    explorer = make_agent("curious", env, 0, planner=planner, steps=130, reward_belief="normal-gamma", **WEIGHTS)
    checked = 0
    for t, step in enumerate(interact(env, explorer, 120, seed=0)):
        if step.terminated or step.truncated or t % 7:
            continue
        explorer.act(step.next_state)
        told = explorer.decompose(step.next_state)
        tolerance = explorer.loss_bound if np.isfinite(explorer.loss_bound) else 0.0
        q = explorer.q_values([step.next_state])[0]
        assert told.q_values == pytest.approx(q, rel=1e-9, abs=1.5 * tolerance + 1e-9)
        checked += 1
    assert checked > 5
    if planner == "greedy":
        model = explorer.model
        assert told.reward == pytest.approx(2.0 * model.expected_rewards(step.next_state))


def test_structured_predictions_are_divided_too():
    explorer, state = lived("four-rooms", 300, prior="structured", reward_belief="gaussian", discount=0.9)
    told, q = explorer.decompose(state), explorer.q_values([state])[0]
    assert told.q_values == pytest.approx(q, abs=1.5 * explorer.loss_bound + 1e-9)


def test_asking_changes_nothing():
    env = envs.make("traps")
    lives = []
    for is_asked in (False, True):
        explorer = make_agent("curious", env, 0, reward_belief="gaussian", **WEIGHTS)
        actions = []
        for step in interact(env, explorer, 150, seed=0):
            actions.append((step.action, explorer.loss_bound))
            if is_asked and not step.terminated:
                with pytest.raises(ValueError, match=r"call act\(state\) first"):
                    explorer.decompose(step.next_state)
        lives.append(actions)
    assert lives[0] == lives[1]


def test_what_cannot_be_divided_is_refused():
    explorer, _ = lived("traps")
    ended = next(s for s in explorer.model.known_states() if explorer.model.states.kind[s] == 2)
    with pytest.raises(ValueError, match="is terminal"):
        explorer.decompose(int(ended))
    with pytest.raises(ValueError, match="is not known"):
        explorer.decompose(10**6)
    sampler = make_agent("psrl", envs.make("traps"), 0)
    sampler.begin(0)
    sampler.act(0)
    with pytest.raises(ValueError, match="values are decomposed on the prediction"):
        sampler.decompose(0)
