"""Copies, and what does not belong together: beliefs, agents, planners and scores."""

import copy
import pickle

import numpy as np
import pytest

import envs
from agent import interact, make_agent
from agent.agents.explorer import Explorer
from agent.belief import serialization, tables
from agent.belief.world_model import WorldModel
from agent.bonuses import expected_information_gain
from agent.compilation.handles import Pack
from agent.planners.finite_horizon import FiniteHorizon
from agent.planners.greedy import Greedy
from agent.planners.incremental.planner import Incremental
from agent.planners.value_iteration import ValueIteration
from agent.registry import PLANNERS
from agent.simulation.scoring import Truth
from agent.simulation.simulate import Simulation
from tests.belief.test_boundaries import EVERY, content, step
from tests.belief.test_serialization import structured

RULED = {"name": "curious", "prior": "structured"}


def grow(model, num_states):
    """Let a model meet new states until its tables have grown."""
    model.begin(0)
    for state in range(num_states):
        model.observe(step(state, 0, state + 1))


TWINS = [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]


PRIORS = [None, structured(0)]


@pytest.mark.parametrize("prior", PRIORS, ids=["fitted", "structured"])
@pytest.mark.parametrize("twin_of", TWINS, ids=["copy", "deepcopy", "pickle"])
def test_a_copied_belief_shares_no_table(twin_of, prior):
    model = WorldModel(2, None, prior)
    grow(model, 10)
    twin = twin_of(model)
    before = content(twin)
    grow(model, 5000)
    assert content(twin) == before
    before = content(model)
    grow(twin, 9000)
    assert content(model) == before
    assert twin.steps == 9010


@pytest.mark.parametrize("twin_of", TWINS, ids=["copy", "deepcopy", "pickle"])
@pytest.mark.parametrize("options", [*EVERY, RULED], ids=lambda options: "-".join(options.values()))
def test_a_copied_agent_decides_as_the_first_would_have(options, twin_of):
    env = envs.make("traps")
    options = {"prior": "empirical-bayes", "planner": None} | options
    agent = make_agent(options["name"], env, 0, prior=options["prior"], planner=options["planner"], steps=200)
    list(interact(env, agent, 60, seed=0))
    twin = twin_of(agent)
    assert (twin.model is agent.model) == (twin_of is copy.copy)
    if twin_of is copy.copy:  # one belief, which each plans on as if the other one were not there
        for state in agent.model.known_states()[:10].tolist() * 2:
            if agent.model.states.kind[state] == tables.SEEN:
                assert 0 <= agent.act(state) < 4
                assert 0 <= twin.act(state) < 4
                grow(agent.model, 0)
    else:
        assert list(interact(env, agent, 60, seed=1)) == list(interact(env, twin, 60, seed=1))


def explorer(model, planner):
    return Explorer(model, 0, expected_information_gain, planner)


@pytest.mark.parametrize("make", [Incremental, ValueIteration, FiniteHorizon])
def test_a_planner_plans_for_one_agent(make):
    planner = make()
    explorer(WorldModel(2, 8), planner)
    with pytest.raises(ValueError, match="give each agent its own"):
        explorer(WorldModel(2, 8), planner)


def test_an_agent_may_be_given_another_belief():
    """Larger, smaller, of another number of actions: it plans anew, as an agent that never had another one."""
    small, large = WorldModel(2, None), WorldModel(3, None)
    grow(small, 3)
    grow(large, 3000)
    agent = explorer(large, Incremental())
    for model in (large, small, large, copy.deepcopy(large), small):
        agent.model = model
        state = int(model.known_states()[-1])
        fresh = explorer(copy.deepcopy(model), Incremental())
        assert 0 <= agent.act(state) < model.num_actions
        fresh.act(state)
        assert agent.q_values(state) == pytest.approx(fresh.q_values(state), rel=0.03)
    with pytest.raises(ValueError, match="is not known"):
        agent.act(2500)
    with pytest.raises(ValueError, match="another belief"):
        agent.planner.plan(large, 1.0, 0)


def test_agents_may_share_a_belief_and_plan_as_if_alone():
    env = envs.make("four-rooms")
    model = make_agent("random", env).model
    agents = [
        Explorer(model, k, expected_information_gain, planner)
        for k, planner in enumerate([Incremental(), Incremental(), ValueIteration(), Greedy()])
    ]
    for k in range(40):
        list(interact(env, agents[k % 4], 7, seed=k))
    assert model.steps == 280
    state = int(model.known_states()[5])
    agents[0].act(state)
    mine = agents[0].q_values(state)
    agents[3].act(state)
    agents[2].act(state)
    agents[0].act(state)
    assert agents[0].q_values(state) == pytest.approx(mine, rel=0.03)
    alone = explorer(copy.deepcopy(model), ValueIteration(0.99, 1e-6))
    alone.act(state)
    assert mine == pytest.approx(alone.q_values(state), rel=0.03)


@pytest.mark.parametrize("prior", ["empirical-bayes", "structured"])
@pytest.mark.parametrize("planner", [*PLANNERS, None])
def test_an_agent_goes_on_with_a_restored_belief(planner, prior):
    env = envs.make("four-rooms")
    first = make_agent("curious", env, 0, planner=planner, prior=prior, steps=400)
    early = serialization.arrays_of(first.model)
    list(interact(env, first, 300, seed=0))
    late = serialization.arrays_of(first.model)
    truth = Truth(first.model, envs.true_mdp(env))
    for arrays in (early, late, early, late):
        serialization.restore(first.model, arrays)
        for _ in interact(env, first, 25, seed=1):
            truth.update()
        again = Truth(first.model, envs.true_mdp(env))
        exact = 1e-9 if prior == "empirical-bayes" else 0.1  # of unseen states rules are scored at fits
        assert truth.missing_information == pytest.approx(again.missing_information, rel=exact)
        assert truth.coverage == again.coverage


def test_a_life_is_simulated_with_what_belongs_to_it():
    env, other = envs.make("four-rooms"), envs.make("river-swim")
    agent, mdp = make_agent("curious", env, 0), envs.true_mdp(env)
    with pytest.raises(ValueError, match="the world has 2 actions, the agent's model 4"):
        Simulation(other, agent, 0)
    with pytest.raises(ValueError, match="held against another model"):
        Simulation(env, agent, 0, Truth(make_agent("curious", env, 0).model, mdp))
    simulation = Simulation(env, agent, 0, Truth(agent.model, mdp))
    simulation.advance(50)
    agent.model = WorldModel(5)
    with pytest.raises(ValueError, match="the agent's model 5"):
        simulation.advance(50)
    agent.model = make_agent("curious", env, 0).model
    with pytest.raises(ValueError, match="held against another model"):
        simulation.advance(50)


def test_a_life_goes_on_when_the_belief_was_restored_under_it():
    env = envs.make("four-rooms")
    agent = make_agent("curious", env, 0)
    nothing = serialization.arrays_of(agent.model)
    simulation = Simulation(env, agent, 0, Truth(agent.model, envs.true_mdp(env)))
    simulation.advance(200)
    serialization.restore(agent.model, nothing)
    with pytest.raises(ValueError, match="is not known"):
        simulation.advance(200)


def test_a_copied_simulation_goes_on_by_itself():
    env = envs.make("traps")
    simulation = Simulation(env, make_agent("curious", env, 0), 0)
    simulation.advance(30)
    twin = copy.deepcopy(simulation)
    columns = [one.columns(one.advance(100)) for one in (simulation, twin)]
    assert all(columns[0][name].tobytes() == columns[1][name].tobytes() for name in columns[0])


def test_a_copied_score_is_kept_by_itself():
    env = envs.make("four-rooms")
    agent = make_agent("random", env, 0)
    truth = Truth(agent.model, envs.true_mdp(env))
    for _ in interact(env, agent, 50, seed=0):
        truth.update()
    twin = copy.copy(truth)
    for _ in interact(env, agent, 2000, seed=1):
        twin.update()
    assert twin.coverage > truth.coverage
    truth.update()
    assert truth.missing_information == pytest.approx(twin.missing_information)


def test_addresses_are_not_copied():
    column = np.arange(3.0)
    pack = Pack((column,))
    for twin_of in TWINS:
        twin = twin_of(pack)
        assert twin._addresses[0] == twin._tables[0][0].ctypes.data
