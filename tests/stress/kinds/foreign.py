"""Worlds of others: any spaces, a table that is right, wrong or none, and steps that give anything."""

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Sequence, Text, Tuple

import agent
from agent import run
from agent.experiments.options import RunOptions
from tests.stress.kinds.configs import live
from tests.stress.kinds.drawing import Rng, odd_value, one
from tests.stress.kinds.judging import Refused, attempt, describe, expect

ID = "stress/Foreign-v0"
AGENTS = ("curious", "curious", "greedy", "count", "least-taken", "random")
NUM_STEPS = 40


class Foreign(gymnasium.Env[Any, Any]):
    """A world that is made up, down to its faults, from some numbers."""

    metadata = {"render_modes": []}  # noqa: RUF012  # gymnasium declares it so

    def __init__(self, recipe: Any = (0,)) -> None:
        rng = self._rng = np.random.default_rng([int(number) for number in recipe])
        self.observation_space, self.action_space = space(rng), action_space(rng)
        self.observation_space.seed(int(rng.integers(1000)))
        self._num_actions = int(getattr(self.action_space, "n", 3)) if isinstance(self.action_space, Discrete) else 3
        self._num_states = int(rng.integers(1, 7))
        if isinstance(self.observation_space, Discrete):
            self._num_states = min(self._num_states, int(self.observation_space.n))
            first = int(self.observation_space.start)
            self._observations: list[Any] = list(range(first, first + self._num_states))
        else:
            self._observations = [self.observation_space.sample() for _ in range(self._num_states)]
        self._next = rng.integers(self._num_states, size=(self._num_states, self._num_actions))
        self._ends = rng.random(self._num_states) < 0.2
        self._faults = rng.random() < 0.4
        if rng.random() < 0.5:
            self.P = table(rng, self._next, self._ends, self._num_actions)
            start = np.zeros(self._num_states)
            start[0] = 1.0
            self.initial_state_distrib = one(rng, (start, start, start, start[:-1], start * np.nan, None, [1]))
        self._state = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        super().reset(seed=seed)
        self._state = 0
        if self._faults and self._rng.random() < 0.1:
            return odd_return(self._rng, self._observations[0])
        return self._observations[0], {}

    def step(self, action: Any) -> Any:
        number = int(np.ravel(action).sum()) % self._num_actions
        self._state = int(self._next[self._state, number])
        if self.np_random.random() < 0.1:
            self._state = int(self.np_random.integers(self._num_states))
        answer = [self._observations[self._state], float(self._state), bool(self._ends[self._state]), False, {}]
        if self._faults and self._rng.random() < 0.1:
            place = int(self._rng.integers(6))
            if place == 5:
                return odd_return(self._rng, answer[0])
            answer[place] = odd_value(self._rng)
        return tuple(answer)


def odd_return(rng: Rng, observation: Any) -> Any:
    """What no step and no reset should give, or an error of the world's own."""
    kind = int(rng.integers(6))
    if kind == 0:
        raise one(rng, (KeyError("lost"), RuntimeError("several\nlines"), IndexError(), ZeroDivisionError("by zero")))
    return (observation, (observation, 0.0, False, {}), None, [observation], (observation, 1.0, False, False))[kind - 1]


def space(rng: Rng, depth: int = 0) -> Any:
    """Any space of observations."""
    kind = int(rng.integers(12 if depth < 2 else 8))
    if kind < 4:
        return Discrete(one(rng, (1, 2, 6, 7, 100)), start=one(rng, (0, 0, 0, -3, 5)))
    if kind == 4:
        return MultiDiscrete(one(rng, ([2], [3, 4], [[2, 2], [1, 3]])))
    if kind == 5:
        return one(rng, (MultiBinary(3), MultiBinary([2, 2]), Text(4), Text(1, min_length=1)))
    if kind == 6:
        dtype = one(rng, (np.int8, np.uint8, np.int32, np.int64, np.bool_, np.float32))
        return Box(0, 1, shape=one(rng, ((), (1,), (2, 3))), dtype=dtype)
    if kind == 7:
        return one(rng, (Discrete(10**9), Discrete(2**31), Discrete(2**62), Sequence(Discrete(2)), Box(-1, 1, (2,))))
    parts = [space(rng, depth + 1) for _ in range(int(rng.integers(3)))]
    return Tuple(parts) if kind < 10 else Dict({one(rng, ("a", "b", "é")) + str(n): p for n, p in enumerate(parts)})


def action_space(rng: Rng) -> Any:
    """Any space of actions, mostly numbers."""
    if rng.random() < 0.7:
        return Discrete(int(rng.integers(1, 5)), start=one(rng, (0, 0, 0, 2, -1)))
    return one(
        rng, (MultiDiscrete([2, 3]), MultiBinary(2), Box(-1, 1, (1,)), Tuple([Discrete(2)]), Discrete(10**9), Text(3))
    )


def table(rng: Rng, following: Any, ends: Any, num_actions: int) -> Any:
    """A table of outcomes as `toy_text` has them, right or of any other shape."""
    num_states = len(following)

    def outcome(state: int, action: int) -> Any:
        successor = int(following[state, action])
        return 1.0, successor, float(successor), bool(ends[successor])

    right = {s: {a: [outcome(s, a)] for a in range(num_actions)} for s in range(num_states)}
    state, action = int(rng.integers(num_states)), int(rng.integers(num_actions))
    kind = int(rng.integers(12))
    if kind == 0:
        right[state][action] = one(
            rng, ([outcome(state, action)[:3]], [(*outcome(state, action), 1)], [], None, 3, "abcd")
        )
    elif kind == 1:
        del right[state][action]
    elif kind == 2:
        del right[state]
    elif kind == 3:
        place = int(rng.integers(4))
        entry = list(outcome(state, action))
        entry[place] = one(rng, (odd_value(rng), -1, 10**6, np.nan, 0.5))
        right[state][action] = [tuple(entry)]
    elif kind == 4:
        return one(rng, ({}, None, 3, "P", [], np.zeros((2, 2)), [list(row.values()) for row in right.values()]))
    elif kind == 5:
        return {f"room {s}": row for s, row in right.items()}
    elif kind == 6:
        return {s: list(row.values()) for s, row in right.items()}
    return right


def check(rng: Rng, directory: Path) -> None:
    """Live in a world of somebody else, by a command's way and in the wrapper."""
    if ID not in gymnasium.registry:
        gymnasium.register(ID, entry_point=Foreign)
    recipe = rng.integers(2**31, size=2).tolist()
    prior = one(rng, ("empirical-bayes", "symmetric", "local"))
    bins = one(rng, (None, None, None, 3))
    describe(recipe=recipe, prior=prior, bins=bins)
    chosen = {"agent": one(rng, AGENTS), "baseline": "none", "prior": prior, "steps": NUM_STEPS, "bins": bins}
    options = RunOptions(env=ID, env_kwargs=(f"recipe={recipe}",), **chosen)
    jobs = attempt(run.prepare, options)
    if isinstance(jobs, Refused):
        return
    life = live(jobs[0].config, jobs[0].name, NUM_STEPS)
    if isinstance(life, Refused):
        return
    again = live(jobs[0].config, jobs[0].name, NUM_STEPS)
    expect(not isinstance(again, Refused), "the same life is refused the second time")
    for name in ("state", "action", "next_state", "reward"):
        same = np.array_equal(life.recorder.steps()[name], again.recorder.steps()[name])
        expect(same, f"the same seed gives another {name}")
    check_wrapper(rng, recipe)


def check_wrapper(rng: Rng, recipe: list[int]) -> None:
    """The wrapper refuses in a line what the world should not give, and hands on the world's own errors."""
    env = attempt(lambda: agent.CuriosityReward(Foreign(recipe)))
    if isinstance(env, Refused):
        return
    env.action_space.seed(0)
    try:
        env.reset(seed=0)
        for _ in range(NUM_STEPS):
            _, reward, terminated, truncated, _ = env.step(env.action_space.sample())
            expect(np.isfinite(reward), "a reward that is not finite")
            if terminated or truncated:
                env.reset()
    except (KeyError, RuntimeError, IndexError, ZeroDivisionError, TypeError, ValueError):
        expect(env.unwrapped._faults, "an error in a world without faults")
