"""Sequences of calls of a belief and of agents, right and wrong: after a refusal nothing has changed."""

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np

import agent
from agent import Transition, WorldModel
from agent.belief.priors import EmpiricalBayes, Local, Symmetric
from agent.belief.rewards.beliefs import Beta, Gaussian, NormalGamma
from agent.belief.structured.prior import Structured
from tests.stress.kinds.drawing import ODD_FLOATS, ODD_INTEGERS, Rng, odd_value, one
from tests.stress.kinds.judging import Refused, attempt, check_model, describe, expect, expect_equal, state_of

NUM_CALLS = 40
UNFIT = (TypeError, MemoryError)  # refusals of what is no number at all, and of more states than there is memory


def check(rng: Rng, directory: Path) -> None:
    """Call a belief, alone or an agent's, many times."""
    num_states = one(rng, (None, 1, 2, 5, 70))
    made = attempt(make, rng, num_states)
    if isinstance(made, Refused):
        return
    model, explorer = made
    describe(num_actions=model.num_actions, num_states=num_states, agent=explorer, prior=model.prior)
    calls: list[Any] = []
    describe(calls=calls)
    for _ in range(NUM_CALLS):
        name, arguments = draw_call(rng, model, explorer)
        calls.append((name, arguments))
        before = state_of(model)
        owner = explorer if explorer is not None and hasattr(explorer, name) else model
        answer = attempt(getattr(owner, name), *arguments, also=UNFIT)
        if isinstance(answer, Refused):
            expect_equal(state_of(model), before, f"a refused {name} has changed the belief")
        elif name not in ("begin", "observe", "act"):
            check_answer(model, name, answer)
        if name in ("begin", "observe"):
            check_model(model)
        if rng.random() < 0.03:
            model, explorer = check_copy(rng, model), None
    check_goes_on(model)


def make(rng: Rng, num_states: int | None) -> tuple[Any, Any]:
    """A belief, and sometimes an agent that holds it."""
    num_actions = one(rng, (1, 2, 4))
    prior = one(rng, (None, EmpiricalBayes(gap=1), EmpiricalBayes(7.0), Symmetric(), Symmetric(1e-3), Symmetric(1e6)))
    if rng.random() < 0.15:
        prior = structured(one(rng, (0, min(num_states or 4, 4))), gap=one(rng, (1, 10)), guard=one(rng, (0.0, 3.0)))
    elif rng.random() < 0.15:
        pairs = int(rng.integers(1, 4)) * num_actions
        top = one(rng, (2, 4, num_states or 80))
        support = {pair: tuple(map(int, np.unique(rng.integers(top, size=3)))) for pair in range(pairs)}
        prior = Local(support, one(rng, (0.25, 1.0, 9.0)))
    rewards = one(rng, (None, None, Gaussian(), NormalGamma(1e6, 1e-9, 1e-9), Beta()))
    model = WorldModel(num_actions, num_states, prior, rewards)
    if rng.random() < 0.5:
        return model, None
    from agent.parts import AGENT, chosen

    planner = one(rng, (None, "greedy", "value-iteration", "finite-horizon:2"))
    options = {"discount": 0.95, "tolerance": 0.01, "curiosity_weight": 1.0, "reward_weight": 0.5}
    options |= {} if planner is None else {"planner": planner}
    return model, chosen(AGENT, one(rng, list(AGENT.table))).make(model=model, seed=0, **options)


def structured(num_listed: int, **options: Any) -> Structured:
    """A structured prior that is told the features of some states beforehand, and those of others when they are met."""
    listed = np.array([features_of(state) for state in range(num_listed)], np.int32).reshape(-1, 2)
    return Structured(listed=listed, ended=np.zeros(num_listed, bool), tell=features_of, **options)


def features_of(state: int) -> tuple[int, int]:
    """Two coordinates of a state; some states share theirs."""
    return state // 5 % 1000, state % 4


def draw_call(rng: Rng, model: Any, explorer: Any) -> tuple[str, tuple[Any, ...]]:
    """A method and its arguments, mostly as they should be."""
    most = model.num_states or 60
    state, following = (int(n) for n in rng.integers(min(most, 12), size=2))
    action, ends = int(rng.integers(model.num_actions)), rng.random() < 0.1
    following = min(most, 12) - 1 if ends else following
    step: list[Any] = [state, action, one(rng, (0.0, 0.0, 1.0, -0.5)), following, ends, False]
    kind = rng.random()
    if rng.random() < 0.2:
        place = int(rng.integers(6))
        odd = ODD_FLOATS if place == 2 else (*ODD_INTEGERS, most, most + 1, 10 * most)
        step[place] = odd_value(rng) if rng.random() < 0.3 and kind < 0.8 else one(rng, odd)
    if kind < 0.6:
        return "observe", (Transition(*step),)
    if kind < 0.7:
        return "begin", (step[0],)
    if kind < 0.8 and explorer is not None:
        return "act", (step[0],)
    if kind < 0.9:
        return one(rng, ("predictive", "posterior", "mean_reward")), (step[0], step[1])
    return one(rng, ("visits", "expected_gains", "expected_reward_gains")), (
        one(rng, ([step[0]], [state, step[0]], [])),
    )


def check_answer(model: Any, name: str, answer: Any) -> None:
    """What was asked for is made of numbers, and predictions are distributions."""
    if name == "mean_reward":
        return
    expect(np.isfinite(answer).all() and (np.asarray(answer) >= 0).all(), f"{name} is not finite, or negative")
    if name == "predictive":
        is_whole = model.rules is None  # else the rest is for states that have no number yet
        expect(abs(answer.sum() - 1) < 1e-9 or (not is_whole and answer.sum() < 1), "a prediction does not sum to 1")


def check_copy(rng: Rng, model: Any) -> Any:
    """A copy is equal, and lives apart from the original, whichever of them grows."""
    duplicate = one(rng, (copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))))
    twin = duplicate(model)
    kept = state_of(twin)
    expect_equal(kept, state_of(model), "a copy differs")
    far = (model.num_states or 3000) - 1
    attempt(model.observe, Transition(0, 0, 1.0, far, False, False))
    attempt(model.observe, Transition(far, 0, 1.0, 0, False, False))
    expect_equal(state_of(twin), kept, "a copy follows its original")
    check_model(model)
    return twin


def check_goes_on(model: Any) -> None:
    """After all that, steps that are right are learnt."""
    steps = model.steps
    for state in model.known_states().tolist()[:5]:
        step = Transition(state, 0, 0.0, state, False, False)
        if not isinstance(attempt(model.observe, step), Refused):  # a terminal state has no steps
            steps += 1
    check_model(model)
    expect(model.steps == steps, "steps were lost")
    fresh = agent.WorldModel(model.num_actions)
    fresh.observe(Transition(0, 0, 0.0, 1, False, False))
