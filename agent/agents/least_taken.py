"""The least-taken explorer: counts without a plan."""

import numpy as np

from agent.agents.random import Random
from agent.streams import choose


class LeastTaken(Random):
    """Takes the action it took least often in the state at hand; ties at random."""

    def act(self, state: int) -> int:
        """Choose an action that was taken least often here."""
        first = state * self.model.num_actions
        visits = self.model.pairs.visits[first : first + self.model.num_actions]
        return int(choose(-visits.astype(np.float64), 0, self.model.num_actions, self._stream))
