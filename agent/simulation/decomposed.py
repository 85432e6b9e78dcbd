"""What the actions of a life were worth when they were taken, and what for: columns of one entry a step."""

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..validation import shown

COLUMNS = ("q_by_reward", "q_by_bonus", "q_by_reward_gain")
"""Parts of the q-value of the action taken, weighted as they are paid: `agent.planners.decomposition.Decomposition`."""


class Decomposed:
    """An agent that does what it would have done, while what it does is divided; all else is the agent's own."""

    agent_state = None  # it is not simulated: every step is divided in Python

    def __init__(self, agent: Any) -> None:
        """Begin to divide what an agent does.

        Raises:
            ValueError: it does not plan, or is one of a user's own.
        """
        if not callable(getattr(agent, "decompose", None)):
            raise ValueError(f"--decompose divides what a plan expects, and there is none: got {shown(agent)}")
        self._agent = agent
        self._parts = array("d")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._agent, name)

    def act(self, state: int) -> int:
        """Choose as the agent does, and divide what it chose.

        Raises:
            ValueError: as `Explorer.decompose`.
        """
        action = self._agent.act(state)
        told = self._agent.decompose(state)
        self._parts.extend((told.reward[action], told.bonus[action], told.reward_gain[action]))
        return action

    def columns(self, num_steps: int) -> dict[str, NDArray[np.float64]]:
        """Return the parts of the first steps, each `[num_steps]`, in the units of what is paid."""
        rows = np.array(self._parts).reshape(-1, len(COLUMNS))[:num_steps]
        return {name: rows[:, place].copy() for place, name in enumerate(COLUMNS)}
