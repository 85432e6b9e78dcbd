"""What may be asked of a belief about rewards."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..queries import Queries
from ..tables import TERMINAL
from .beliefs import RewardBelief


class RewardQueries(Queries):
    """Questions about rewards; each is answered as if no other thread were there."""

    reward_belief: RewardBelief

    @property
    def last_reward_gain(self) -> float:
        """What the latest reward taught, KL(posterior || prior), nats; 0 where rewards teach nothing."""
        return self.numbers.last_reward_gain

    @property
    def last_expected_reward_gain(self) -> float:
        """What it was expected to teach just before, nats."""
        return self.numbers.last_expected_reward_gain

    @property
    def reward_information_gain(self) -> float:
        """Sum of what rewards taught, nats."""
        return self.numbers.reward_gain

    @property
    def expected_reward_information_gain(self) -> float:
        """Sum of what they were expected to teach, each just before, nats."""
        return self.numbers.expected_reward_gain

    @property
    def prior_reward_gain(self) -> float:
        """What the first reward of a pair is expected to teach, nats."""
        if not self.reward_belief.has_gain:
            return 0.0
        from .learning import pay

        return pay(self.address, -1, 0.0, 1.0)

    def mean_reward(self, state: int, action: int) -> tuple[float, float]:
        """Mean of what a pair was paid and its standard error, whatever is believed of it.

        (nan, nan) or (mean, nan) while there is too little to tell.
        """
        with self.turn:
            n = int(self._of_pair("visits", state, action))
            if n == 0:
                return np.nan, np.nan
            if self.pairs.reward_sum.size == 0:
                return 0.0, 0.0 if n > 1 else np.nan
            mean = float(self._of_pair("reward_sum", state, action)) / n
            if n == 1:
                return mean, np.nan
            variance = float(self._of_pair("reward_square_sum", state, action)) - n * mean * mean
            return mean, float(np.sqrt(max(variance, 0.0) / (n - 1) / n))

    def expected_rewards(self, states: ArrayLike) -> NDArray[np.float64]:
        """Posterior mean reward of each action in the states given, `[..., num_actions]`; terminal: 0."""
        return self._paid(states, 1.0, 0.0)

    def expected_reward_gains(self, states: ArrayLike) -> NDArray[np.float64]:
        """What the next reward is expected to teach, likewise, nats; terminal: 0."""
        return self._paid(states, 0.0, 1.0)

    def _paid(self, states: ArrayLike, reward_weight: float, gain_weight: float) -> NDArray[np.float64]:
        with self.turn:
            kind, numbers = self.of_states("kind", states), self._pairs_of(states)
            if not self.reward_belief.has_gain:
                if not reward_weight or not self.pairs.reward_sum.size:
                    return np.zeros(numbers.shape)
                return self.of_pairs("reward_sum", states) / np.maximum(self.of_pairs("visits", states), 1)
            from .learning import pay

            paid, room = np.zeros(numbers.shape), len(self.pairs.visits)
            for place in np.ndindex(*numbers.shape):
                pair: Any = int(numbers[place])
                if kind[place[:-1]] != TERMINAL:
                    paid[place] = pay(self.address, pair if pair < room else -1, reward_weight, gain_weight)
            return paid
