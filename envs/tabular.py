"""A discrete world whose dynamics are known, as a Gymnasium world: the only one of this package that takes a step."""

from typing import Any, Protocol

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete
from numpy.typing import NDArray

from . import arguments
from .coordinates import Digits, Listable
from .drawing import Picture, arrange
from .mdp import FiniteMDP
from .successor_draws import Rows, draw

LARGEST_MDP = 250_000
"""States up to which the process of a world that steps by rule is also made as arrays, when it is asked for."""


class Rule(Protocol):
    """Dynamics that are not held as a whole."""

    def rows(self) -> Rows:
        """What is stepped."""
        ...

    def mdp(self) -> FiniteMDP:
        """The same as a whole."""
        ...


class TabularEnv(gymnasium.Env[Any, Any]):
    """Steps through a world's `Rows` in about a microsecond.

    Exactly one uniform number is drawn at every reset and every step, and the row's running sum is inverted at it (the
    last entry counts as 1): any other code that does the same with the same seed walks the same trajectory, whether the
    world is held as a whole or stepped by rule.

    Attributes:
        state: where the world is; may be set, to put it there.
        rows: the dynamics that are stepped.
        map_text: the text map the world was made from, if it was.
        picture: what `render` draws.
        coordinates: what the states are made of; of a world that tells nothing, the number alone.
        action_names: of the actions, where they have any.
    """

    action_names: tuple[str, ...] = ()

    metadata: dict[str, Any] = {  # noqa: RUF012  # gymnasium declares it so
        "render_modes": ["rgb_array", "ansi"],
        "render_fps": 10,
    }

    def __init__(
        self,
        process: FiniteMDP | Rule,
        render_mode: str | None = None,
        picture: Picture | None = None,
        map_text: str | None = None,
        coordinates: Listable | None = None,
    ) -> None:
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            known = f"one of {self.metadata['render_modes']} or None"
            raise ValueError(f"render_mode is {arguments.shown(render_mode)}, expected {known}")
        self.rows = process.rows()
        self.render_mode = render_mode
        self.map_text = map_text
        num_states = len(self.rows.code) - 2
        self.observation_space = Discrete(num_states)
        self.action_space = Discrete(self.rows.num_actions)
        self.state = num_states  # nowhere, until the first reset
        self._plain_rows: Any = tuple(self.rows)  # is unpacked faster than a named tuple
        self._start, self._num_actions = num_states + 1, self.rows.num_actions
        self._process = process
        self._picture = picture
        self.coordinates: Listable = Digits((num_states,)) if coordinates is None else coordinates

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Draw the first state of an episode."""
        super().reset(seed=seed)
        self.state, _, _ = draw(self.rows, self._start, 0, self.np_random.random())
        return self.state, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """Draw the next state; terminated where it is a terminal one, never truncated."""
        if not 0 <= action < self._num_actions:
            raise ValueError(f"action is {action}, expected 0 to {self._num_actions - 1}")
        try:
            uniform = self._np_random.random()  # pyright: ignore[reportOptionalMemberAccess]  # made by reset
        except AttributeError as error:
            raise gymnasium.error.ResetNeeded("call reset() before the first step()") from error
        state, reward, terminated = draw(self._plain_rows, self.state, int(action), uniform)
        if state < 0:
            raise gymnasium.error.ResetNeeded("no episode is under way: call reset() before the next step()")
        self.state = state
        return state, reward, terminated, False, {}

    def render(self) -> NDArray[np.uint8] | str | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The world as pixels or as text, by `render_mode`."""
        if self.render_mode == "rgb_array":
            return self.picture.frame(self.state)
        return self.picture.text(self.state) if self.render_mode == "ansi" else None

    @property
    def mdp(self) -> FiniteMDP | None:
        """The process as a whole; None where it is stepped by rule and has more than `LARGEST_MDP` states."""
        if not isinstance(self._process, FiniteMDP):
            if self._start > LARGEST_MDP + 1:
                return None
            self._process = self._process.mdp()
        return self._process

    @property
    def picture(self) -> Picture:
        """What `render` draws; made from the states' positions when first asked for, where none was given."""
        if self._picture is None:
            assert self.mdp is not None  # a rule comes with its picture
            self._picture = arrange(self.mdp.num_states, self.mdp.position)
        return self._picture
