"""The true process of a deterministic world that can be copied: every state is walked through once."""

import copy
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from scipy.sparse import csr_array

from ..mdp import FiniteMDP
from .chance import drawn, drawn_by_all, sources
from .layers import UnknownTruthError, layer_of
from .minigrid import FullState
from .state_env import StateEnv, as_states

MOST_STATES = 20_000


MOST_STEPS, MOST_EPISODES, LONGEST_EPISODE = 2000, 256, 250
"""How far a process that was found is tried by walking at random."""


class NotEnumerableError(UnknownTruthError):
    """A world whose process cannot be found by walking through it."""


def enumerate_mdp(
    env: gymnasium.Env[Any, Any], most_states: int = MOST_STATES, show: Callable[[int], None] = lambda number: None
) -> FiniteMDP:
    """Find a deterministic world's process by trying every action in every state that can be reached.

    Breadth first from the start, in copies of the world; time limits are ignored. States are numbered as
    `as_states(env)` numbers them from then on, and how many there are is known to agents made after that. A state that
    is reached a second time, from itself and by another pair from elsewhere, is tried again from there, and must lead
    where it led before: what looks the same must be the same. What differs only when it is reached in a third way goes
    unnoticed. Rewards are those of the first time, and right only where they depend on the state and the action alone.

    Args:
        env: the world; a MiniGrid world of `envs.make` is reset, others are left as they are.
        most_states: give up beyond so many.
        show: called with the number of states found, every hundred.

    Raises:
        NotEnumerableError: the world is random, has too many states, or more to it than is observed, or it cannot be
            copied.
    """
    states = as_states(env)
    walk = _Walk(states, _copies(states))
    start, state = walk.start()
    held = sources(states.env, states)
    before = drawn(held), drawn_by_all()
    waiting, found, tried_again = deque([(start, state)]), {start}, set()
    while waiting:
        number, saved = waiting.popleft()
        for action in range(states.num_actions):
            is_known = walk.knows(number, action)
            successor, terminated, reached = walk.step(number, saved, action)
            if terminated:
                continue
            if successor not in found:
                found.add(successor)
                if not len(found) % 100:
                    show(len(found))
                if len(found) > most_states:
                    raise NotEnumerableError(f"more than {most_states} states can be reached; raise most_states")
                waiting.append((successor, reached()))
            elif not is_known and (successor, successor == number) not in tried_again:
                tried_again.add((successor, successor == number))
                waiting.append((successor, reached()))
    if (drawn(held), drawn_by_all()) != before:
        raise NotEnumerableError("the world drew random numbers, if not of its own generator: it is not certain")
    walk.try_out(start)
    mdp = walk.mdp(start)
    states.declare(mdp)
    return mdp


@dataclass(frozen=True)
class _Copies:
    """How a world is copied: `save` gives a state, `load` a world that is in it, with the observations of `states`.

    `chance` gives what a world could draw from in a step. Resets cost so much that a world is tried in `episodes` only.
    """

    reset: Callable[[], Any]
    save: Callable[[Any], Any]
    load: Callable[[Any], Any]
    chance: Callable[[Any], list[Any]]
    episodes: int
    place: Callable[[], tuple[int, int]] | None = None


def _copies(states: StateEnv) -> _Copies:
    full = layer_of(states, FullState)
    if full is None:

        def copied(world: Any) -> Any:
            try:
                return copy.deepcopy(world, {id(states): states})  # its numbers are not its own
            except Exception as error:  # anything may be kept in a world: windows, locks, files
                raise NotEnumerableError(f"the world cannot be copied: {type(error).__name__}: {error}") from error

        return _Copies(lambda: copied(states.env), copied, copied, lambda world: sources(world, states), MOST_EPISODES)

    def load(saved: Any) -> Any:
        full.restore(saved)
        return states.env

    def start() -> Any:
        full.reset()
        if full.remembers:
            raise NotEnumerableError("its instruction has several parts: which of them are done is not observed")
        return states.env

    def chance(world: Any) -> list[Any]:
        return [world.unwrapped.np_random]  # it stays the same world: all else is looked at in the end

    return _Copies(start, lambda _: full.save(), load, chance, MOST_EPISODES // 32, full.place)


class _Walk:
    """What was found so far: where each pair leads, and what it pays."""

    def __init__(self, states: StateEnv, copies: _Copies) -> None:
        self._states, self._copies = states, copies
        self._successor: dict[tuple[int, int], tuple[int, float]] = {}
        self._terminal: set[int] = set()
        self._place: dict[int, tuple[int, int]] = {}

    def start(self) -> tuple[int, Any]:
        """Return the state of a reset, which must always be the same."""
        world = self._copies.reset()
        numbers = {self._states.state_of(world.reset(seed=seed)[0], terminal=False) for seed in (0, 1)}
        if len(numbers) > 1:
            raise NotEnumerableError("an episode starts in different states")
        number = numbers.pop()
        self._note_place(number)
        return number, self._copies.save(world)

    def knows(self, number: int, action: int) -> bool:
        """Tell whether a pair was tried before."""
        return (number, action) in self._successor

    def step(self, number: int, saved: Any, action: int) -> tuple[int, bool, Callable[[], Any]]:
        """Try an action; return the next state, whether it is terminal, and what saves it."""
        world = self._copies.load(saved)
        chance = self._copies.chance(world)
        before = drawn(chance)
        observation, reward, terminated, _, _ = world.step(self._states.action_at(action))
        if drawn(chance) != before:
            raise NotEnumerableError(
                f"action {action} in state {number} drew random numbers: its outcome is not certain"
            )
        successor = self._states.state_of(observation, bool(terminated))
        self._successor.setdefault((number, action), (successor, float(reward)))
        self._compare(number, action, successor)
        if terminated:
            self._terminal.add(successor)
        self._note_place(successor)
        return successor, bool(terminated), lambda: self._copies.save(world)

    def try_out(self, start: int) -> None:
        """Walk at random, from several resets: all must be as it was found."""
        states, world, rng, steps = self._states, self._copies.reset(), np.random.default_rng(0), 0
        for episode in range(self._copies.episodes):
            number, ended, age = states.state_of(world.reset(seed=episode)[0], terminal=False), False, 0
            if number != start:
                raise NotEnumerableError("an episode starts in different states")
            while not ended and age < LONGEST_EPISODE and steps < MOST_STEPS:
                action = int(rng.integers(states.num_actions))
                observation, _, terminated, truncated, _ = world.step(states.action_at(action))
                successor = states.state_of(observation, bool(terminated))
                self._compare(number, action, successor)
                number, ended, age, steps = successor, terminated or truncated, age + 1, steps + 1

    def _compare(self, number: int, action: int, successor: int) -> None:
        known, _ = self._successor[number, action]
        if known != successor:
            raise NotEnumerableError(
                f"action {action} in state {number} led to state {known} once and to {successor} then: the world "
                f"has more to it than is observed, or is random"
            )

    def mdp(self, start: int) -> FiniteMDP:
        """Return all of it; states that cannot be reached stay where they are."""
        num_actions = self._states.num_actions
        numbers = [start, *(successor for successor, _ in self._successor.values())]
        declared = 0 if self._states.is_open else self._states.num_states or 0
        num_states = max([*numbers, declared - 1]) + 1
        successor = np.repeat(np.arange(num_states), num_actions)
        reward = np.zeros((num_states, num_actions))
        for (state, action), (reached, paid) in self._successor.items():
            successor[state * num_actions + action] = reached
            reward[state, action] = paid
        terminal = np.isin(np.arange(num_states), list(self._terminal))
        acts = np.repeat(~terminal, num_actions)
        pointer = np.append(0, np.cumsum(acts))
        transition = csr_array((np.ones(acts.sum()), successor[acts], pointer), shape=(acts.size, num_states))
        return FiniteMDP(transition, reward, np.arange(num_states) == start, terminal, self._positions(num_states))

    def _note_place(self, number: int) -> None:
        if self._copies.place is not None:
            self._place.setdefault(number, self._copies.place())

    def _positions(self, num_states: int) -> Any:
        if self._copies.place is None:
            return None
        return np.array([self._place.get(state, (-1, -1)) for state in range(num_states)])
