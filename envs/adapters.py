"""Any world of discrete observations and actions as numbered states.

A state's number is its observation (counted from the space's first). The same observation met both as the end of an
episode and not is two states, twins: in the first way it was met it keeps its number, the other way gets the next free
one. Where the true process is known the twins are those of `envs.true_mdp`, whatever is met first.
"""

from typing import Any

import gymnasium
from gymnasium.spaces import Discrete, Space

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
        return self._state(observation, terminal=False), info

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """Take an action; a next state that ended the episode is the terminal twin."""
        observation, reward, terminated, truncated, info = self.env.step(action + self._first_action)
        terminated = bool(terminated)
        return self._state(observation, terminated), float(reward), terminated, bool(truncated), info

    def _state(self, observation: Any, terminal: bool) -> int:
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
