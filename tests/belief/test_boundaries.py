"""What must not reach compiled code, which checks no bounds: refused in one line, and nothing has changed then."""

import numpy as np
import pytest

import envs
from agent import interact, make_agent
from agent.belief import growing_tables, serialization
from agent.belief.priors import Symmetric
from agent.belief.world_model import WorldModel
from agent.planners.finite_horizon import FiniteHorizon
from agent.planners.greedy import Greedy
from agent.planners.incremental.planner import Incremental
from agent.planners.remaining_horizon import RemainingHorizon
from agent.planners.value_iteration import ValueIteration
from agent.protocols import Transition
from agent.registry import PLANNERS
from tests.support.every_agent import EVERY_AGENT

EVERY = [*EVERY_AGENT, *({"name": "curious", "planner": planner} for planner in PLANNERS)]


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


ALLOCATING = ((np, "zeros"), (np, "concatenate"), (np, "zeros_like"), (np, "array"), (growing_tables, "Pack"))


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
    world = "traps" if options["name"] == "unembodied" else "FrozenLake-v1"  # into the latter it cannot be put
    agent = make_agent(options["name"], envs.make(world), 0, planner=options.get("planner"), steps=9)
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
    "planner",
    [Incremental(), ValueIteration(), FiniteHorizon(3), RemainingHorizon(3), RemainingHorizon(1000), Greedy()],
    ids=lambda planner: type(planner).__name__,
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


# worlds


# files
