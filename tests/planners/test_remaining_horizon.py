"""The planner that knows how many steps remain, against dense backward induction and the discounted planner."""

import numpy as np
import pytest

import agent as package
from agent import make_agent, simulate
from agent.planners import remaining_horizon
from agent.planners.remaining_horizon import RemainingHorizon
from agent.simulation.interaction import interact
from envs import make
from tests.support.dense_problem import dense_problem

PLANNER = "remaining-horizon"


@pytest.mark.parametrize(
    ("world", "prior"), [("four-rooms", "symmetric"), ("traps", "empirical-bayes"), ("lock", "local")]
)
@pytest.mark.parametrize("remaining", [1, 2, 9])
def test_near_the_end_it_is_backward_induction(world, prior, remaining):
    env = make(world)
    agent = make_agent("curious", env, 0, prior=prior, planner=PLANNER, steps=60 + remaining)
    path = list(interact(env, agent, 60, seed=0))
    state = path[-1].next_state if not path[-1].terminated else path[0].state
    agent.act(state)
    transition, payoff, live = dense_problem(agent)
    value = np.zeros(len(payoff))
    for _ in range(remaining):
        q = payoff + transition @ value
        value = q.max(axis=1)
    assert agent.q_values(live) == pytest.approx(q[live], rel=1e-9)
    assert agent.loss_bound == 0


def test_far_from_the_end_it_is_the_discounted_plan():
    env, steps = make("four-rooms"), 400
    near = 20  # 1 / (1 - .95)
    (plain,) = simulate(env, "curious", steps, planner="incremental", discount=0.95)
    (knowing,) = simulate(env, "curious", steps, planner=PLANNER, discount=0.95)
    for column in ("state", "action", "planning_loss_bound_nats"):
        assert (plain.steps[column] == knowing.steps[column])[: steps - near].all(), column
    assert (knowing.steps["planning_loss_bound_nats"][-near:] == 0).all()
    assert (plain.steps["planning_loss_bound_nats"] > 0).all()


@pytest.mark.parametrize("world", ["four-rooms", "traps"])
def test_compiled_lives_are_those_of_the_loop(world):
    env = make(world)
    (life,) = simulate(env, "curious", 250, planner=PLANNER)
    world_seed, agent_seed = package.agents.rng.seed_streams(0)
    agent = make_agent("curious", env, agent_seed, planner=PLANNER, steps=250)
    path = list(interact(env, agent, 250, world_seed))
    assert [(s.state, s.action, s.next_state) for s in path] == list(
        zip(*(life.steps[name].tolist() for name in ("state", "action", "next_state")), strict=True)
    )


def test_plans_by_itself_are_those_made_for_an_agent():
    env = make("four-rooms")
    agent = make_agent("curious", env, 0, planner=PLANNER, steps=250)
    alone = RemainingHorizon(250)
    assert alone.remaining(agent.model) == 250
    for transition in interact(env, agent, 249, seed=0):
        state = transition.next_state
        agent.act(state)
        wanted = agent.q_values([state]).copy()
        bound = alone.plan(agent.model, agent.unvisited_payoff, state)
        assert agent.q_values([state]) == pytest.approx(wanted, abs=2 * max(bound, agent.loss_bound) + 1e-9)


def test_after_the_end_each_step_is_the_last():
    env = make("lock")
    agent = make_agent("curious", env, 0, planner=PLANNER, steps=20)
    state = list(interact(env, agent, 30, seed=0))[-1].next_state
    agent.act(state)
    assert agent.q_values([state]) == pytest.approx(agent.model.expected_gains([state]))


def test_a_belief_that_has_seen_steps_before_has_as_many_to_go():
    env = make("lock")
    first = make_agent("curious", env, 0)
    list(interact(env, first, 50, seed=0))
    planner = RemainingHorizon(20)
    assert planner.remaining(first.model) == 20
    list(interact(env, first, 5, seed=1))
    assert planner.remaining(first.model) == 15


def test_where_sweeps_cost_much_the_end_is_near_later(monkeypatch):
    monkeypatch.setattr(remaining_horizon, "WORK", 10)
    env = make("four-rooms")
    (life,) = simulate(env, "curious", 500, planner=PLANNER)
    model = life.agent.model
    size = model.num_edges + model.num_known_states * model.num_actions
    assert (life.steps["planning_loss_bound_nats"] == 0).sum() == int((2 * 10 * 500 / size) ** 0.5)


@pytest.mark.parametrize("steps", [0, -3, 1.5, "9", None, True])
def test_steps_are_checked(steps):
    with pytest.raises(ValueError, match="steps must be a positive whole number, those of the run, got"):
        RemainingHorizon(steps)


def test_steps_are_asked_for():
    with pytest.raises(
        ValueError, match="those of the run, got None; give steps= to what makes the agent, or write remaining-horizon"
    ):
        make_agent("curious", make("lock"), 0, planner=PLANNER)
    assert make_agent("curious", make("lock"), 0, planner=f"{PLANNER}:30").planner.steps == 30
    assert make_agent("mbie-eb", make("lock"), 0, planner=PLANNER, steps=31).planner.steps == 31


@pytest.mark.slow
def test_commands_give_their_own_steps(tmp_path):
    from agent import run

    words = f"--env lock --steps 40 --baseline none --planner {PLANNER} --quiet --out {tmp_path}"
    assert run.main(words.split()) == 0
    (directory,) = tmp_path.iterdir()
    bounds = package.load_run(directory).trace["planning_loss_bound_nats"]
    assert (bounds == 0).all()  # forty steps are near
