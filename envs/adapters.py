"""Any world of discrete observations and actions as numbered states.

A state's number is its observation (counted from the space's first). The same observation met both as the end of an
episode and not is two states, twins: in the first way it was met it keeps its number, the other way gets the next free
one. Where the true process is known the twins are those of `envs.true_mdp`, whatever is met first.
"""

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete, Space
from numpy.typing import NDArray

from envs.numbering import as_arrays, from_arrays, taken
from envs.truth import known_twins


class StateEnv(gymnasium.Wrapper[Any, Any, Any, Any]):
    """A world whose observations are state numbers and whose actions are 0 .. num_actions - 1.

    Attributes:
        num_states: Number of states declared by the world, known twins included; None where it is not declared.
        num_actions: Number of actions.
    """

    keeps_dynamics = True
    num_states: int | None
    num_actions: int

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        """Wrap a world.

        Raises:
            ValueError: Its observations or actions are not from a Discrete space.
        """
        observations = _discrete(env.observation_space, "observation", env)
        actions = _discrete(env.action_space, "action", env)
        super().__init__(env)
        known = known_twins(env)
        self.num_states = int(observations.n) + len(known or {})
        self.num_actions = int(actions.n)
        self._first_observation, self._first_action = int(observations.start), int(actions.start)
        self._terminal_number: dict[int, int] = dict(known or {})  # of observations met as an end
        self._number: dict[int, int] = {}  # of observations met in mid-episode
        self._next_free = self.num_states
        self._is_known = known is not None
        most = self.num_states if self._is_known else 2 * self.num_states
        self.observation_space = Discrete(most)
        self.action_space = Discrete(self.num_actions)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Start an episode; gives its first state."""
        observation, info = self.env.reset(seed=seed, options=options)
        return self.state_of(observation, terminal=False), info

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """Take an action; a next state that ended the episode is the terminal twin."""
        observation, reward, terminated, truncated, info = self.env.step(action + self._first_action)
        terminated = bool(terminated)
        return self.state_of(observation, terminated), float(reward), terminated, bool(truncated), info

    def state_of(self, observation: Any, terminal: bool) -> int:
        """Number of the world's own observation, met as the end of an episode (`terminal`) or not; takes no step.

        An observation that was never met is given the next free number.
        """
        key = int(observation) - self._first_observation
        if self._is_known:
            return self._terminal_number.get(key, key) if terminal else key
        mine, others = self._number, self._terminal_number
        if terminal:
            mine, others = others, mine
        if key not in mine:
            mine[key] = key if key not in others else self._next_free
            self._next_free += key in others
        return mine[key]

    def action_of(self, action: Any) -> int:
        """Number of one of the world's own actions; takes no step.

        Raises:
            ValueError: There is no such action.
        """
        number = int(action) - self._first_action
        if not 0 <= number < self.num_actions:
            raise ValueError(f"action is {action}, expected one of {self.env.action_space}")
        return number

    def numbering(self) -> dict[str, NDArray[Any]]:
        """Return the numbers handed out so far, as arrays that `renumber` takes."""
        free = np.array([self._next_free], dtype=np.int64)
        return {
            **as_arrays("state", self._number),
            **as_arrays("terminal", self._terminal_number),
            "next_free_number": free,
        }

    def renumber(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Number observations as another wrapper of such a world did; nothing has changed if that is refused.

        Raises:
            ValueError: The arrays are no numbering of such a world.
        """
        number, terminal_number = from_arrays("state", arrays), from_arrays("terminal", arrays)
        free = taken(arrays, "next_free_number").tolist()
        given = {*number.values(), *terminal_number.values()}
        if self._is_known and (number or terminal_number != self._terminal_number):
            raise ValueError("this world's terminal states are known, and they are others")
        if not self._is_known and len(given) < len(number) + len(terminal_number):
            raise ValueError("a number stands for two states")
        if len(free) != 1 or free[0] <= max({(self.num_states or 0) - 1, *given}):
            raise ValueError("next_free_number is not free")
        self._number, self._terminal_number, self._next_free = number, terminal_number, free[0]


def as_states(env: gymnasium.Env[Any, Any]) -> StateEnv:
    """Wrap a world so that it speaks in state numbers; one that already does is given back.

    The same world is given the same wrapper every time: numbers once handed out stay.

    Raises:
        ValueError: Its observations or actions are not from a Discrete space.
    """
    if isinstance(env, StateEnv):
        return env
    if _KEPT not in env.__dict__:
        env.__dict__[_KEPT] = StateEnv(env)
    return env.__dict__[_KEPT]


_KEPT = "_numbered_states"


def _discrete(space: Space[Any], what: str, env: gymnasium.Env[Any, Any]) -> Discrete:
    if isinstance(space, Discrete):
        return space
    name = env.spec.id if env.spec is not None else type(env.unwrapped).__name__
    raise ValueError(
        f"{name} has {what}s of {space}; expected a Discrete {what} space: choose a world with numbered {what}s, "
        f"or wrap this one so that it has"
    )
