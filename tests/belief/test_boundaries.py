"""What must not reach compiled code, which checks no bounds: refused in one line, and nothing has changed then."""

import copy
import pickle
import subprocess
import sys

import gymnasium
import numpy as np
import pytest
from scipy.sparse import bsr_array, coo_array, csc_array, csr_array

import envs
from agent import CuriosityReward, interact, make_agent
from agent.agents.explorer import Explorer
from agent.belief import serialization, tables
from agent.belief import world_model as world_models
from agent.belief.priors import Symmetric
from agent.belief.world_model import WorldModel
from agent.bonuses import expected_information_gain
from agent.compilation.handles import Pack
from agent.planners.finite_horizon import FiniteHorizon
from agent.planners.greedy import Greedy
from agent.planners.incremental.planner import Incremental
from agent.planners.value_iteration import ValueIteration
from agent.protocols import Transition
from agent.registry import AGENTS, PLANNERS
from agent.results import storage
from agent.simulation.scoring import Truth
from agent.simulation.simulate import Simulation
from envs import FiniteMDP, TabularEnv
from tests.support.scripted_world import Wandering

EVERY = [*({"name": name} for name in AGENTS), *({"name": "curious", "planner": planner} for planner in PLANNERS)]


def step(state, action, next_state, reward=0.0, terminated=False):
    return Transition(state, action, reward, next_state, terminated, False)


def content(model):
    """All that a model knows."""
    arrays = serialization.arrays_of(model)
    return {name: array.tolist() for name, array in arrays.items()}, bytes(model.numbers)


# after a refused step


@pytest.mark.parametrize("far", [2**40, 2**31, 2**30, 2**70])
def test_life_goes_on_after_a_state_that_is_too_far(far):
    model = WorldModel(2)
    model.begin(0)
    before = content(model)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"no room for state|no such transition"):
            model.observe(step(0, 0, far, reward=1.0))
        with pytest.raises(ValueError, match=r"no room for state|numbered from 0"):
            model.begin(far)
    assert content(model) == before
    model.observe(step(0, 0, 1, reward=1.0))
    assert model.steps == model.visits([0]).sum() == 1


def full_model():
    """Every table of it has to grow for a rewarded step into a new state."""
    model = WorldModel(1, None, Symmetric())
    model.begin(0)
    for _ in range(64):
        model.observe(step(0, 0, 0))
    for successor in range(1, 256):
        model.observe(step(successor % 50 + 1, 0, successor % 60))
        if model.num_edges == len(model.edges.pair):
            break
    while model.num_edges < len(model.edges.pair):
        model.observe(step(int(model.steps) % 60, 0, int(model.steps * 7) % 64))
    return model


ALLOCATING = ((np, "zeros"), (np, "concatenate"), (np, "zeros_like"), (np, "array"), (world_models, "Pack"))


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
def test_a_failure_at_any_allocation_changes_nothing(error, monkeypatch):
    failed = 0
    for allowed in range(200):
        model = full_model()
        before, room = content(model), len(model.states.kind)
        calls = 0

        def failing(function):
            def fail(*args, **kwargs):
                nonlocal calls
                calls += 1
                if calls > allowed:  # noqa: B023
                    raise error("as asked")
                return function(*args, **kwargs)

            return fail

        with monkeypatch.context() as patched:
            for module, name in ALLOCATING:
                patched.setattr(module, name, failing(getattr(module, name)))
            try:
                model.observe(step(0, 0, room + 5, reward=1.0))
            except error:
                failed += 1
            else:
                break
        assert content(model) == before
        again = WorldModel(1, None, Symmetric())
        serialization.restore(again, serialization.arrays_of(model))
        for one in (model, again):
            one.observe(step(0, 0, room + 5, reward=1.0))
            one.observe(step(3, 0, 2, reward=2.0))
        assert content(model)[0] == content(again)[0]
    assert failed > 20  # columns of three tables, and more


# states, actions and rewards of all kinds


@pytest.mark.parametrize("state", [10**7, -1, -(10**7), 2**31, 2**63, 2**64, -(2**63) - 1, 1.0, "0", None, [0], 7, 4])
@pytest.mark.parametrize("options", EVERY, ids=lambda options: "-".join(options.values()))
def test_agents_act_in_states_they_know(options, state):
    agent = make_agent(options["name"], gymnasium.make("FrozenLake-v1"), 0, planner=options.get("planner"))
    with pytest.raises(ValueError, match=r"is not known|a whole number"):
        agent.act(state)  # before anything is known
    agent.begin(0)
    agent.observe(step(0, 1, 4, terminated=True))
    with pytest.raises(ValueError, match=r"is not known|a whole number|state 4 is terminal"):
        agent.act(state)
    assert agent.act(0) in range(4)
    assert agent.act(np.int64(0)) in range(4)
    assert agent.act(False) in range(4)


@pytest.mark.parametrize(
    "planner", [Incremental(), ValueIteration(), FiniteHorizon(3), Greedy()], ids=lambda planner: type(planner).__name__
)
def test_planners_plan_in_states_that_are_known(planner):
    model = WorldModel(2, 10**6)
    for state in (0, 10**5, -1, 2**40, 0.5):
        with pytest.raises(ValueError, match=r"is not known|a whole number"):
            planner.plan(model, 1.0, state)
    model.begin(0)
    planner.plan(model, 1.0, 0)


@pytest.mark.parametrize(
    "transition",
    [
        step(0.5, 0, 1), step("0", 0, 1), step(0, 1.0, 1), step(0, 0, None), step(0, 0, 2**63), step(2**64, 0, 1),
        step(0, 0, -(2**70)), step(0, 2**63, 1), step(0, 0, 1, reward="1"), step(0, 0, 1, reward=None),
        step(0, 0, 1, reward=1e308), step(0, 0, 1, reward=10**400), step(0, 0, 1, reward=1j), step(0, 2, 1),
        step(0, 0, 1, reward=-np.inf), step(0, 0, 1, reward=np.float32("nan")),
    ],
)  # fmt: skip
def test_what_is_no_transition_is_refused(transition):
    model = WorldModel(2, 8)
    model.begin(0)
    before = content(model)
    with pytest.raises(ValueError, match=r"expected whole numbers|no such transition|must be finite"):
        model.observe(transition)
    assert content(model) == before


def test_numbers_of_other_kinds_are_taken_as_what_they_are():
    model, other = WorldModel(2, 8), WorldModel(2, 8)
    for one in (model, other):
        one.begin(np.uint8(0) if one is model else 0)
    model.observe(Transition(np.int32(0), np.int64(1), 2, np.uint16(3), np.bool_(False), False))
    other.observe(Transition(0, 1, 2.0, 3, False, False))
    assert content(model) == content(other)


# questions


def test_an_open_number_of_states_may_be_asked_beyond_it():
    model = WorldModel(1, None)
    model.begin(100)
    for successor in (100, 101, 100, 300):
        model.observe(step(100, 0, successor))
    assert model.num_outcomes == 64
    for state in (100, 101, 300, 5):
        assert model.predictive(state, 0).sum() == pytest.approx(1.0, rel=1e-12)
    predicted, weight = model.predictive(100, 0), 1 / (4 + model.concentration)
    anywhere = model.concentration / 64
    assert predicted.shape == (301,)
    assert predicted[[100, 101, 300]] == pytest.approx(weight * (np.array([2, 1, 1]) + anywhere))
    assert model.posterior(100, 0).sum() == pytest.approx(4 + model.concentration)
    for state in (64, 299, 10**6):
        with pytest.raises(ValueError, match="states are numbered from 0 to 63"):
            model.predictive(state, 0)
    with pytest.raises(ValueError, match="state is -1, expected a whole number: states are numbered from 0"):
        model.predictive(-1, 0)
    assert model.visits([5, 100]).tolist() == [[0], [4]]


def test_questions_reserve_nothing():
    model = WorldModel(4, 10**9)
    model.begin(0)
    assert model.visits([10**9 - 1]).tolist() == [[0] * 4]
    assert model.expected_gains([10**9 - 1])[0] == pytest.approx(model.expected_gains([0])[0], rel=1e-12)
    assert len(model.states.kind) == 1024


def test_values_of_one_state_and_of_many():
    env = envs.make("four-rooms")
    agent = make_agent("curious", env, 0)
    list(interact(env, agent, 200, seed=0))
    agent.act(int(agent.model.known_states()[0]))
    assert agent.q_values(7).shape == (4,)
    assert agent.q_values([7, 8]).tolist() == [agent.q_values(7).tolist(), agent.q_values(8).tolist()]
    assert agent.q_values(np.array([[7], [8]])).shape == (2, 1, 4)
    assert agent.value(7).shape == ()
    assert agent.value([7, 8]).tolist() == [agent.value(7), agent.value(8)]
    assert agent.model.visits(7).shape == agent.model.expected_gains(7).shape == (4,)
    assert agent.q_values([]).shape == (0, 4)
    for wrong in (-1, [-1], [0, -3], 10**9, 2.5, [0.0], "7", True):
        for ask in (agent.q_values, agent.value, agent.model.visits, agent.model.expected_gains):
            with pytest.raises(ValueError, match=r"numbered from 0 to|whole numbers"):
                ask(wrong)


# copies, and what does not belong together


def grow(model, num_states):
    """Let a model meet new states until its tables have grown."""
    model.begin(0)
    for state in range(num_states):
        model.observe(step(state, 0, state + 1))


TWINS = [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]


@pytest.mark.parametrize("twin_of", TWINS, ids=["copy", "deepcopy", "pickle"])
def test_a_copied_belief_shares_no_table(twin_of):
    model = WorldModel(2, None)
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
@pytest.mark.parametrize("options", EVERY, ids=lambda options: "-".join(options.values()))
def test_a_copied_agent_decides_as_the_first_would_have(options, twin_of):
    env = envs.make("traps")
    agent = make_agent(options["name"], env, 0, planner=options.get("planner"))
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


@pytest.mark.parametrize("planner", [*PLANNERS, None])
def test_an_agent_goes_on_with_a_restored_belief(planner):
    env = envs.make("four-rooms")
    first = make_agent("curious", env, 0, planner=planner)
    early = serialization.arrays_of(first.model)
    list(interact(env, first, 300, seed=0))
    late = serialization.arrays_of(first.model)
    truth = Truth(first.model, envs.true_mdp(env))
    for arrays in (early, late, early, late):
        serialization.restore(first.model, arrays)
        for _ in interact(env, first, 25, seed=1):
            truth.update()
        again = Truth(first.model, envs.true_mdp(env))
        assert truth.missing_information == pytest.approx(again.missing_information, rel=1e-9)
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


# worlds


def matrix(indices, indptr=None, form=csr_array):
    return form((np.ones(6), np.array(indices), np.arange(7) if indptr is None else np.array(indptr)), shape=(6, 3))


def tampered(form, name, place, value):
    transition = form(matrix([0, 1, 2, 0, 0, 1]))
    getattr(transition, name)[place] = value
    return transition


@pytest.mark.parametrize(
    "transition",
    [
        matrix([0, 1, 2, 10**9, 0, 1]),
        matrix([0, 1, 2, -1, 0, 1]),
        matrix([0, 1, 2, 3, 0, 1]),
        tampered(csr_array, "indptr", 2, 10**6),
        tampered(csr_array, "indptr", 2, -5),
        tampered(csr_array, "indptr", 6, 100),
        tampered(csr_array, "indptr", 3, 2),
        tampered(csc_array, "indices", 0, 10**7),
        tampered(bsr_array, "indices", 0, 10**7),
        tampered(coo_array, "row", 0, 10**7),
        matrix([0, 1, 2, 0, 0, 1]).astype(complex),
        "transitions",
        None,
    ],
)
@pytest.mark.parametrize("outcome_reward", [None, np.zeros(6)])
def test_entries_outside_the_matrix_are_refused(transition, outcome_reward):
    with pytest.raises(
        ValueError, match=r"transition is no matrix of probabilities|probabilities of state|needs a transition matrix"
    ):
        FiniteMDP(transition, np.zeros((3, 2)), [1, 0, 0], [0, 0, 0], outcome_reward=outcome_reward)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reward": np.zeros((3, 2, 1))}, r"reward has shape \(3, 2, 1\)"),
        ({"reward": np.zeros((3, 0))}, "at least one of each"),
        ({"reward": np.full((3, 2), 1e308)}, "beyond 1e"),
        ({"reward": [["a", "b"]] * 3}, "expected numbers"),
        ({"terminal": [0.5, 0, 0]}, "terminal has entries that are no bool"),
        ({"terminal": ["False"] * 3}, "terminal has entries of"),
        ({"position": [[0.5, 1]] * 3}, "position has entries that are no int64"),
        ({"position": [[np.nan, 1]] * 3}, "position has entries that are no int64"),
        ({"start": [1j, 0, 0]}, "start has entries of complex"),
        ({"start": [np.nan, 0, 0]}, "start sums to nan"),
    ],
)
def test_arrays_of_a_world_hold_what_they_say(changes, message):
    fields = {"reward": np.zeros((3, 2)), "start": [1, 0, 0], "terminal": [0, 0, 0]}
    with pytest.raises(ValueError, match=message):
        FiniteMDP(matrix([0, 1, 2, 0, 0, 1]), **(fields | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": 5}, "start is 5, expected a state from 0 to 1"),
        ({"start": -1}, "start is -1"),
        ({"transition": np.eye(2)}, r"transition has shape \(2, 2\)"),
        ({"reward": np.zeros(3)}, r"reward has shape \(3,\), expected \(2, 2\) or \(2, 2, 2\)"),
        ({"reward": np.full((2, 2, 2), np.inf)}, "infinite or undefined"),
    ],
)
def test_dense_worlds_are_checked(changes, message):
    with pytest.raises(ValueError, match=message):
        FiniteMDP.from_dense(**({"transition": np.tile(np.eye(2), (2, 1, 1))} | changes))


def test_a_world_of_entries_in_any_order_is_stepped_as_it_is_meant():
    """What a matrix says of its own order may be out of date."""
    transition = matrix([0, 1, 2, 0, 0, 1])
    assert transition.has_canonical_format
    transition.indices[:] = [2, 1, 0, 0, 1, 2]
    env = TabularEnv(FiniteMDP(transition, np.zeros((3, 2)), [1, 0, 0], [0, 0, 0]))
    env.reset(seed=0)
    assert env.step(0)[0] == 2


# files


def huge(arrays, name, value):
    changed = arrays[name].copy()
    changed[-1] = value
    return arrays | {name: changed}


def lived(model=None):
    model = WorldModel(1, None) if model is None else model
    model.begin(0)
    for state in range(5):
        model.observe(step(state, 0, state + 1, reward=1.0))
    return model


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on memory")
def test_a_small_file_asks_for_no_more_memory_than_there_is(tmp_path):
    """Of an address space of 8 GB: 2^31 - 1 visits would take 51, and a state numbered 2^30 more than 90."""
    code = f"""
import resource, sys
import numpy as np
from agent.belief import serialization
from tests.belief.test_boundaries import content, huge, lived
model = lived()
arrays, before = serialization.arrays_of(model), content(model)
resource.setrlimit(resource.RLIMIT_AS, ({8 * 10**9}, {8 * 10**9}))
far = arrays | {{"known_state": arrays["known_state"].copy(), "edge_successor": arrays["edge_successor"].copy()}}
far["known_state"][-1] = far["edge_successor"][-1] = 2**30
far["count"] = np.array([far["count"][0], *far["count"][1:4], 2**30])
for wrong in (huge(arrays, "edge_count", 2**31 - 1), far):
    try:
        serialization.restore(model, wrong)
    except ValueError as error:
        assert "memory" in str(error), error
    else:
        raise AssertionError("restored")
    assert content(model) == before
assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 10**6  # kB
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_visits_that_do_not_fit_are_refused():
    arrays = serialization.arrays_of(lived())
    twice = {name: np.append(arrays[name], extra) for name, extra in (("edge_pair", 0), ("edge_successor", 2))}
    counts = np.append(arrays["edge_count"], 2**31 - 1)
    with pytest.raises(ValueError, match="visits of one pair"):
        serialization.restore(WorldModel(1, None), arrays | twice | {"edge_count": counts})


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt, ValueError])
def test_a_restoration_that_fails_has_changed_nothing(error, tmp_path, monkeypatch):
    env = CuriosityReward(Wandering())
    env.reset(seed=0)
    env.step(0)
    env.save(tmp_path / "belief.npz")
    other = CuriosityReward(Wandering())
    other.reset(seed=1)
    before = content(other.model), {name: array.tolist() for name, array in other.states.numbering().items()}

    def fail(*_):
        raise error("as asked")

    for place in ("WorldModel.become", "WorldModel.make_room", "WorldModel.exceed"):
        with monkeypatch.context() as patched:
            patched.setattr(f"agent.belief.world_model.{place}", fail)
            with pytest.raises((error, ValueError)):
                other.restore(tmp_path / "belief.npz")
        numbering = {name: array.tolist() for name, array in other.states.numbering().items()}
        assert (content(other.model), numbering) == before
    other.restore(tmp_path / "belief.npz")
    assert content(other.model) == content(env.model)


def test_whoever_shares_a_restored_belief_must_be_reset(tmp_path):
    first = CuriosityReward(Wandering())
    second = CuriosityReward(Wandering(), belief_of=first)
    first.save(tmp_path / "belief.npz")
    second.reset(seed=0)
    first.restore(tmp_path / "belief.npz")
    for env in (first, second):
        with pytest.raises(gymnasium.error.ResetNeeded):
            env.step(0)
        env.reset(seed=0)
        env.step(0)


def test_a_file_is_named_where_it_asks_too_much(tmp_path, monkeypatch):
    env = CuriosityReward(Wandering())
    env.reset(seed=0)
    env.step(0)
    env.save(tmp_path / "belief.npz")
    arrays = storage.read_arrays(tmp_path / "belief.npz")
    storage.write_arrays(tmp_path / "belief.npz", huge(arrays, "edge_count", 2**31 - 1))
    monkeypatch.setattr(serialization, "_memory", lambda: 10**9)
    with pytest.raises(ValueError, match=r"belief.npz: edge_count speaks of 2147483647 visits.*51.5 GB of the 1 GB"):
        env.restore(tmp_path / "belief.npz")


@pytest.mark.parametrize("state", [[0], [], [0, 1], (0, 1), np.array([0]), "0", 0.5, None])
@pytest.mark.parametrize("ask", ["posterior", "predictive", "mean_reward"])
def test_what_is_asked_of_one_pair_is_asked_of_one_state(ask, state):
    model = WorldModel(2, 8)
    model.begin(0)
    with pytest.raises(ValueError, match="state"):
        getattr(model, ask)(state, 1)


def test_numbers_of_numpy_are_numbers_in_every_query():
    model = WorldModel(3, 200)
    model.begin(0)
    model.observe(Transition(100, 2, 1.0, 101, False, False))
    for kind in (np.int8, np.uint8, np.uint64, np.int64):  # a pair's number is beyond the smaller ones
        assert model.posterior(kind(100), kind(2))[101] > 1
        assert model.mean_reward(kind(100), kind(2))[0] == 1.0
        assert model.visits(kind(100)).tolist() == [0, 0, 1]


def test_truth_values_are_the_numbers_they_are():
    model = WorldModel(2, 8)
    model.begin(False)
    model.observe(Transition(False, True, 1.0, 1, False, False))
    assert model.visits([0]).tolist() == [[0, 1]]
