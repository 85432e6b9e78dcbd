"""Any world of discrete observations and actions as numbered states.

Where observations are numbers, a state's number is its observation (counted from the space's first), unless there are
too many of them for tables by number (`MOST_DECLARED_PAIRS`) and the true process is not known. Those, and all other
observations (arrays of whole numbers, tuples, dictionaries, text), are told apart by their exact content and numbered
0, 1, 2, ... in order of first sight.

The same observation met both as the end of an episode and not is two states, twins: in the first way it was met it
keeps its number, the other way gets the next free one. Where the true process is known the twins are those of
`envs.true_mdp`, whatever is met first, as long as the world keeps to it.

What states are made of is in `envs.adapters.features`.

One seed fixes all that a world draws from its own generator and from its spaces: these are seeded with it.
"""

import math
from collections.abc import Hashable, Mapping
from operator import index
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete, MultiBinary
from numpy.typing import NDArray

from ..mdp import FiniteMDP
from .chance import seed_spaces, spaces_of
from .features import Featured
from .layers import layer_of, place_of
from .minigrid import LayoutGuard
from .saved_numbering import as_arrays, from_arrays, taken
from .spaces import actions_of, fitted, key_of, name_of, shown
from .toy_text import known_twins

MOST_STATES = 2**31 - 1
"""How many states can be numbered in order of first sight."""
MOST_DECLARED_PAIRS = 2**20
"""Up to so many pairs, the world's own numbers of its states are kept: beliefs are tables indexed by number, and one of
so many pairs takes up to 75 MB, however few of them are met."""


class StateEnv(Featured):
    """A world whose observations are state numbers and whose actions are 0 .. num_actions - 1.

    Attributes:
        num_states: number of states declared by the world, known twins included, or found by walking through it
            (`envs.enumerate_mdp`); None where it is not known. Of states numbered in order of first sight it says only
            among how many the next one is.
        num_actions: number of actions.
        walked: the process that `envs.enumerate_mdp` found, if it did.
    """

    keeps_dynamics = True
    num_states: int | None
    num_actions: int

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        """Wrap a world.

        Raises:
            ValueError: its observations or actions are not discrete.
        """
        self._key = key_of(env.observation_space, env)
        self._actions = actions_of(env.action_space, env)
        super().__init__(env)
        self._space: Any = env.observation_space  # as it is now: numbers are handed out for this one
        self.num_actions = len(self._actions)
        self.action_space = Discrete(self.num_actions)
        self._has_arrays = not isinstance(env.action_space, Discrete)
        self._number: dict[Hashable, int] = {}  # of observations met in mid-episode
        self._terminal_number: dict[Hashable, int] = {}  # of those met as an end
        self._guard = LayoutGuard(env)
        self._drawn_from: list[Any] = []  # the spaces of the world, once a seed is to fix them
        self._twins = None
        self.walked: FiniteMDP | None = None
        inner = layer_of(env, StateEnv)
        if inner is not None and inner.observation_space != self._space:
            inner = None  # its numbers are not what is seen
        self._first, self.num_states, self._next_free = None, None, 0
        self.observation_space = Discrete(MOST_STATES)
        if isinstance(self._space, Discrete):
            self._take_declared(env, inner)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Start an episode; gives its first state. A seed fixes the world's spaces, too."""
        if seed is not None:
            self._drawn_from = self._drawn_from or spaces_of(self.env, self)
            seed_spaces(self._drawn_from, seed)
        given = self.env.reset(seed=seed, options=options)
        if not isinstance(given, tuple) or len(given) != 2:
            raise self._no_answer("reset", given, "the two of Gymnasium: observation, info")
        observation, info = given
        self._guard.check()
        return self.state_of(observation, terminal=False), info

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """Take an action; a next state that ended the episode is the terminal twin.

        Raises:
            ValueError: what the world gives is not five things, no observation of its space, no finite reward, or
                neither true nor false.
        """
        given = self.env.step(self.action_at(action))
        try:
            observation, reward, terminated, truncated, info = given
        except (TypeError, ValueError):
            expected = "the five of Gymnasium: observation, reward, terminated, truncated, info"
            raise self._no_answer("step", given, expected) from None
        if type(terminated) is not bool or type(truncated) is not bool:
            terminated, truncated = self._truth_of(terminated, "terminated"), self._truth_of(truncated, "truncated")
        return self.state_of(observation, terminated), self._checked(reward), terminated, truncated, info

    def state_of(self, observation: Any, terminal: bool) -> int:
        """Return the number of what was observed, as the end of an episode or not.

        Raises:
            ValueError: it is no observation of the world's space.
        """
        try:
            key = self._key(observation)
        except (TypeError, ValueError, KeyError):
            raise self._garbage(observation) from None
        number = (self._terminal_number if terminal else self._number).get(key)
        return self._meet(key, observation, terminal) if number is None else number

    def action_at(self, number: int) -> Any:
        """Return the world's action of a number.

        Raises:
            ValueError: there is no such number.
        """
        if not 0 <= number < self.num_actions:
            raise ValueError(f"action is {number}, expected 0 to {self.num_actions - 1}")
        action = self._actions[number]
        return action.copy() if self._has_arrays else action

    def action_of(self, action: Any) -> int:
        """Return the number of one of the world's actions.

        Raises:
            ValueError: the world has no such action.
        """
        space: Any = self.env.action_space
        if not space.contains(fitted(space, action)):
            raise ValueError(f"action is {action!r}, expected one of {shown(space)}")
        if not self._has_arrays:
            return index(action) - self._actions[0]
        shape = (2,) * len(np.ravel(action)) if isinstance(space, MultiBinary) else space.nvec.ravel()
        entries = np.ravel(action).astype(np.int64) - np.ravel(self._actions[0])
        return int(np.ravel_multi_index(entries.tolist(), tuple(shape)))

    def declare(self, mdp: FiniteMDP) -> None:
        """Take note of the process that was found by walking through it, all states of which have been numbered."""
        self.walked, self.num_states = mdp, mdp.num_states
        self.observation_space = Discrete(mdp.num_states)

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
            ValueError: the arrays are no numbering of such a world.
        """
        number, terminal_number = from_arrays("state", arrays), from_arrays("terminal", arrays)
        free = taken(arrays, "next_free_number").tolist()
        given = {*number.values(), *terminal_number.values()}
        if isinstance(self._space, Discrete) and not all(isinstance(key, int) for key in (*number, *terminal_number)):
            raise ValueError("this world's observations are numbers, and others are numbered")
        if self._twins is None and len(given) < len(number) + len(terminal_number):
            raise ValueError("a number stands for two states")
        if self._twins is not None and not self._agrees(number, terminal_number):
            raise ValueError("this world's states are known, and they are numbered otherwise")
        if len(free) != 1 or free[0] <= max({-1 if self.is_open else (self.num_states or 0) - 1, *given}):
            raise ValueError("next_free_number is not free")
        self._number, self._terminal_number, self._next_free = number, terminal_number, free[0]
        self._renumbered()

    def _take_declared(self, env: gymnasium.Env[Any, Any], inner: "StateEnv | None") -> None:
        """Take over how many states the space declares, and their numbers where tables by number are small enough."""
        declared, twins = int(self._space.n), known_twins(env)
        if inner is None:
            is_open = twins is None and declared * self.num_actions > MOST_DECLARED_PAIRS
            self.num_states = declared + len(twins or {})
        else:
            is_open, self.num_states = inner.is_open, inner.num_states
        if is_open or self.num_states is None:
            return
        self._first, self._twins, self._next_free = int(self._space.start), twins, max(declared, self.num_states)
        self.observation_space = Discrete(self.num_states if twins is not None else 2 * declared)

    def _agrees(self, number: dict[Any, int], terminal_number: dict[Any, int]) -> bool:
        """Whether observations are numbered as the truth has it."""
        assert self._first is not None
        assert self._twins is not None
        assert self.num_states is not None
        twins, first = self._twins, self._first
        return (
            all(state == key - first for key, state in number.items())
            and all(state == twins.get(key - first, key - first) for key, state in terminal_number.items())
            and max([0, *number.values(), *terminal_number.values()]) < self.num_states
        )

    def _meet(self, key: Hashable, observation: Any, terminal: bool) -> int:
        """Number what is met in this way for the first time; only now is it checked against the world's space."""
        if not self._space.contains(fitted(self._space, observation)):
            raise self._garbage(observation)
        mine, others = self._number, self._terminal_number
        if terminal:
            mine, others = others, mine
        own = None if self._first is None else index(observation) - self._first
        if self._twins is not None and key in others and own not in self._twins:
            self._twins = None  # the world does not keep to what is known of it
            self.observation_space = Discrete(self._next_free + int(self._space.n))
        if own is not None and self._twins is not None:
            mine[key] = self._twins.get(own, own) if terminal else own
        elif own is not None and key not in others:
            mine[key] = own
        else:
            mine[key] = self._next_free
            self._next_free += 1
        return mine[key]

    def _no_answer(self, method: str, given: Any, expected: str) -> ValueError:
        number = f"{len(given)} values" if isinstance(given, tuple | list) else type(given).__name__
        place = place_of(self.unwrapped, method)
        return ValueError(f"{name_of(self.env)}'s {method} gave {number}, expected {expected} ({place})")

    def _truth_of(self, value: Any, name: str) -> bool:
        if isinstance(value, bool | np.bool_) or (isinstance(value, int | np.integer) and value in (0, 1)):
            return bool(value)
        raise ValueError(f"{name_of(self.env)} said {name}={value!r}, expected True or False")

    def _checked(self, reward: Any) -> float:
        try:
            if math.isfinite(number := float(reward)) and not isinstance(reward, str):
                return number
        except (TypeError, ValueError):
            pass
        raise ValueError(f"{name_of(self.env)} paid {reward!r}, expected a finite number")

    def _garbage(self, observation: Any) -> ValueError:
        given = shown(observation)
        given = given if len(given) <= 80 else f"{given[:80]}..."
        return ValueError(
            f"{name_of(self.env)} gave the observation {given}, expected one of its space {shown(self._space)}"
        )


def as_states(env: gymnasium.Env[Any, Any]) -> StateEnv:
    """Wrap a world so that it speaks in state numbers; one that already does is given back.

    The same world is given the same wrapper every time: numbers once handed out stay.

    Raises:
        ValueError: its observations or actions are not discrete.
    """
    if isinstance(env, StateEnv):
        return env
    if not isinstance(env, gymnasium.Env):
        raise ValueError(f"got {shown(env)}, expected a Gymnasium world: make it with envs.make or gymnasium.make")
    if _KEPT not in env.__dict__:
        env.__dict__[_KEPT] = StateEnv(env)
    return env.__dict__[_KEPT]


_KEPT = "_numbered_states"
