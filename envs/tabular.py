"""A finite Markov decision process as a Gymnasium world: the only code of this package that takes a step."""

from array import array
from bisect import bisect_right
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete
from numpy.typing import NDArray

from envs.drawing import Picture, arrange
from envs.mdp import FiniteMDP


class TabularEnv(gymnasium.Env[Any, Any]):
    """Steps through a `FiniteMDP` in well under a microsecond of table look-up.

    Exactly one uniform number is drawn at every reset and every step, and the row's running sum is inverted at it (the
    last entry counts as 1): any other code that does the same, seeded alike, walks the same trajectory.

    Attributes:
        mdp: The process.
        state: Where the world is; may be set, to put it there.
        map_text: The text map the world was made from, if it was.
        picture: What `render` draws.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012  # gymnasium declares it so
        "render_modes": ["rgb_array", "ansi"],
        "render_fps": 10,
    }

    def __init__(
        self,
        mdp: FiniteMDP,
        render_mode: str | None = None,
        picture: Picture | None = None,
        map_text: str | None = None,
    ) -> None:
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise ValueError(f"render_mode is {render_mode!r}, expected one of {self.metadata['render_modes']} or None")
        self.mdp = mdp
        self.render_mode = render_mode
        self.map_text = map_text
        self.observation_space = Discrete(mdp.num_states)
        self.action_space = Discrete(mdp.num_actions)
        self.state = mdp.num_states  # nowhere, until the first reset
        self._picture = picture
        self._num_actions = mdp.num_actions
        self._fill_tables(mdp)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Draw the first state of an episode."""
        super().reset(seed=seed)
        drawn = bisect_right(self._start_cumulative, self.np_random.random(), 0, len(self._starts) - 1)
        self.state = self._starts[drawn]
        return self.state, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """Draw the next state; terminated where it is a terminal one, never truncated."""
        if not 0 <= action < self._num_actions:
            raise ValueError(f"action is {action}, expected 0 to {self._num_actions - 1}")
        row = self.state * self._num_actions + int(action)
        first, last = self._pointers[row], self._pointers[row + 1] - 1
        if last < first:
            raise gymnasium.error.ResetNeeded("no episode is under way: call reset() before the next step()")
        uniform = self._np_random.random()  # pyright: ignore[reportOptionalMemberAccess]  # made by reset
        drawn = bisect_right(self._cumulative, uniform, first, last)
        self.state = state = self._successors[drawn]
        return state, self._rewards[drawn], self._terminal[state] == 1, False, {}

    def render(self) -> NDArray[np.uint8] | str | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The world as pixels or as text, by `render_mode`."""
        if self.render_mode == "rgb_array":
            return self.picture.frame(self.state)
        return self.picture.text(self.state) if self.render_mode == "ansi" else None

    @property
    def picture(self) -> Picture:
        """What `render` draws; made from the states' positions when first asked for, where none was given."""
        if self._picture is None:
            self._picture = arrange(self.mdp.num_states, self.mdp.position)
        return self._picture

    def _fill_tables(self, mdp: FiniteMDP) -> None:
        """Copy the process into `array.array`s: reading one element is several times faster than NumPy's."""
        matrix = mdp.transition
        lengths = np.diff(matrix.indptr)
        rewards = mdp.outcome_reward
        if rewards is None:
            rewards = np.repeat(mdp.reward.ravel(), lengths)
        starts = np.flatnonzero(mdp.start)
        nowhere = np.full(mdp.num_actions, matrix.nnz)  # one more state without outcomes: before the first reset
        self._pointers = _array("q", np.concatenate([matrix.indptr, nowhere]))
        self._successors = _array("q", matrix.indices)
        self._cumulative = _array("d", mdp.cumulative())
        self._rewards = _array("d", rewards)
        self._terminal = mdp.terminal.astype(np.uint8).tobytes()
        self._starts = _array("q", starts)
        self._start_cumulative = _array("d", np.cumsum(mdp.start[starts]))


def _array(code: str, values: NDArray[Any]) -> "array[Any]":
    return array(code, values.astype(np.int64 if code == "q" else np.float64).tobytes())
