"""A structured belief that fails in the middle of learning settles before it goes on, as if nothing had happened."""

import copy

import numpy as np
import pytest

from agent import make_agent
from agent.agents.explorer import Explorer
from agent.belief import growing_tables, serialization
from agent.belief.world_model import WorldModel
from agent.bonuses import expected_information_gain
from agent.planners.incremental.planner import Incremental
from agent.planners.value_iteration import ValueIteration
from agent.protocols import Transition
from tests.belief.test_boundaries import ALLOCATING
from tests.belief.test_serialization import features_of, structured


def content(model):
    return {name: array.tolist() for name, array in serialization.arrays_of(model).items()}


def life(num_steps):
    """Resets, and transitions that mostly lead to states that are new."""
    rng = np.random.default_rng(0)
    state, events, ends = 0, [0], set()
    for k in range(num_steps):
        following = k + 1 if rng.random() < 0.7 else int(rng.integers(k + 1))
        following = 0 if following in ends else following
        ended = bool(rng.random() < 0.1) and following == k + 1
        ends |= {following} if ended else set()
        events.append(Transition(state, int(rng.integers(2)), 1.0, following, ended, False))
        state = following
        if ended:
            state = int(events[-1].state)
            events.append(state)
    return events


def learn(model, event):
    return model.observe(event) if isinstance(event, Transition) else model.begin(event)


def learnt(model):
    return model.steps, model.num_resets


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
def test_after_a_failure_at_any_allocation_life_goes_on_as_it_would_have(error, monkeypatch):
    """64 states fill the tables that there are at first: the next one needs larger ones, of all kinds."""
    events, start = life(75), 60
    base = WorldModel(2, None, structured(0, gap=7, guard=0.1))
    for event in events[:start]:
        learn(base, event)
    whole = copy.deepcopy(base)
    for event in events[start:]:
        learn(whole, event)
    expected, failed = content(whole), 0
    for allowed in range(1, 2000, 3):
        model, calls, num_failures = copy.deepcopy(base), 0, 0

        def failing(function):
            def fail(*args, **kwargs):
                nonlocal calls
                calls += 1
                if calls == allowed:  # noqa: B023
                    raise error("as asked")
                return function(*args, **kwargs)

            return fail

        for event in events[start:]:
            before = learnt(model)
            with monkeypatch.context() as patched:
                for module, name in ALLOCATING:
                    patched.setattr(module, name, failing(getattr(module, name)))
                try:
                    learn(model, event)
                except error:
                    num_failures += 1
                    is_learnt = learnt(model) != before
                else:
                    is_learnt = True
            if not is_learnt:
                learn(model, event)
        failed += num_failures
        assert content(model) == expected
        if num_failures == 0:
            break
    assert failed > 10


def between(model, monkeypatch, event, error=KeyboardInterrupt):
    """Learn, and be interrupted before predictions are brought up to date, or fail to make room for them."""

    def fail(_):
        raise error("as asked")

    with monkeypatch.context() as patched:
        patched.setattr(growing_tables, "_settle", fail)
        with pytest.raises(error):
            learn(model, event)


NEXT = {
    "nothing": lambda model: None,
    "a question": lambda model: model.expected_gains(model.known_states()),
    "a prediction": lambda model: model.predictive(0, 1),
    "a plan": lambda model: ValueIteration().plan(model, 1.0, 0),
    "an action": lambda model: Explorer(model, 0, expected_information_gain, Incremental()).act(0),
    "a copy": lambda model: copy.deepcopy(model),
}


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("ask", NEXT)
def test_an_interruption_before_it_has_settled_is_made_good_by_the_next_call(ask, error, monkeypatch):
    events = life(80)
    one, other = (WorldModel(2, None, structured(0, gap=7, guard=0.1)) for _ in range(2))
    for k, event in enumerate(events):
        learn(one, event)
        NEXT[ask](one)
        if k % 2 == 0:
            between(other, monkeypatch, event, error)
        else:
            learn(other, event)
        NEXT[ask](other)
        if ask not in ("nothing", "a copy"):
            assert other.expected_missing_information == one.expected_missing_information
    other.catch_up()
    assert content(other) == content(one)


def told_once(told):
    """A prior whose world tells the features of some states only."""

    def tell(state):
        if state not in told:
            raise ValueError(f"nobody knows state {state}")
        return features_of(state)

    prior = structured(0)
    object.__setattr__(prior, "tell", tell)
    return prior


def test_features_that_are_not_told_change_nothing():
    told = {0, 1, 2}
    model = WorldModel(2, None, told_once(told))
    for state in (0, 2):
        model.begin(state)
    model.observe(Transition(0, 1, 0.0, 1, False, False))
    before = content(model)
    for wrong in (3, Transition(0, 0, 0.0, 3, False, False), Transition(3, 0, 0.0, 1, False, False)):
        with pytest.raises(ValueError, match="nobody knows state 3"):
            learn(model, wrong)
        assert content(model) == before
    told.add(4)
    with pytest.raises(ValueError, match="nobody knows state 3"):
        model.observe(Transition(4, 0, 0.0, 3, False, False))
    model.observe(Transition(1, 1, 0.0, 2, False, False))
    assert content(model)["named_state"] == [0, 1, 2]
    told.add(3)
    model.begin(3)
    model.observe(Transition(0, 0, 0.0, 3, False, False))
    assert (model.steps, model.num_resets, model.num_known_states) == (3, 3, 4)


def test_what_is_refused_names_no_state():
    """Else a state would be known as an end, by its features, that was never met as one."""
    model = WorldModel(2, None, structured(0))
    model.begin(0)
    model.observe(Transition(0, 1, 0.0, 1, True, False))
    before = content(model)
    with pytest.raises(ValueError, match="both as terminal and as not terminal"):
        model.observe(Transition(1, 1, 0.0, 2, True, False))
    assert content(model) == before
    model.observe(Transition(0, 1, 0.0, 2, False, False))
    assert content(model)["named_ended"] == [0, 1, 0]


def test_a_world_that_tells_too_few_features_is_refused_before_anything_is_learnt():
    model = WorldModel(2, None, structured(0))
    object.__setattr__(model.prior, "tell", lambda state: (state,))
    for _ in range(2):
        with pytest.raises(ValueError, match="state 5 has 1 features and contexts, expected 2"):
            model.begin(5)
    assert model.num_known_states == 0


def test_agents_of_the_same_name_act_on_after_an_interruption(monkeypatch):
    import envs

    env = envs.make("traps")
    agent = make_agent("curious", env, 0, prior="structured")
    state, _ = env.reset(seed=0)
    agent.begin(state)
    for k in range(30):
        action = agent.act(state)
        following, reward, terminated, truncated, _ = env.step(action)
        event = Transition(state, action, float(reward), following, terminated, truncated)
        if k % 3 == 0:
            between(agent.model, monkeypatch, event)
        else:
            agent.observe(event)
        state = following
        if terminated or truncated:
            state, _ = env.reset()
            agent.begin(state)
    assert agent.model.steps == 30


def test_a_reset_may_lead_beyond_the_states_that_were_declared():
    model = WorldModel(2, 2, structured(2))
    for state in (0, 1, 7):
        model.begin(state)
        assert model.predictive(0, 1).sum() == pytest.approx(1.0)
    assert model.num_outcomes == 8
    other = WorldModel(2, 2, structured(2))
    serialization.restore(other, serialization.arrays_of(model))
    assert content(other) == content(model)
