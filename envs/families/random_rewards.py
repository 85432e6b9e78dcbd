"""Random transitions and rewards, paid with noise: exploring pays off by what is earned.

Isolates: exploring against earning. Every action may lead anywhere, as in a dense world, and each pair has a mean
reward of its own, which is seen through noise: which pairs are worth returning to takes many visits to tell. Source:
the tabular decision processes of Duan, Schulman, Chen, Bartlett, Sutskever and Abbeel 2016, "RL^2: Fast reinforcement
learning via slow reinforcement learning", arXiv 1611.02779, section 3.2, after Osband, Russo and Van Roy 2013,
arXiv 1306.0940. There episodes have 10 steps; here they have no end, and the argument `max_episode_steps=10`, which
Gymnasium gives to all worlds, cuts them. A step draws one number, from which the noise is read off in levels that are
equally likely: the means of a normal variable within so many quantiles, scaled to its variance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from .. import arguments, memory
from ..mdp import FiniteMDP
from ..successor_draws import NUM_SHARED, OWN, Outcomes, Rows, pack
from ..tabular import TabularEnv
from .dense import dense

LEVELS = 100
OUTCOME_BYTES = 120.0  # of an outcome at a level of noise, while the world is made


class RandomRewards(TabularEnv):
    """10 states, 5 actions; rows of a flat Dirichlet, mean rewards that are normal, and normal noise."""

    def __init__(
        self,
        world_seed: int = 0,
        num_states: int = 10,
        num_actions: int = 5,
        mean: float = 1.0,
        spread: float = 1.0,
        noise: float = 1.0,
        render_mode: str | None = None,
    ) -> None:
        """Draw the world from `world_seed`."""
        super().__init__(random_rewards(world_seed, num_states, num_actions, mean, spread, noise), render_mode)


@dataclass(frozen=True, eq=False)
class NoisyRewards:
    """A process whose rewards vary, whatever the next state.

    Attributes:
        process: its transitions and mean rewards; the start is one state, none is terminal.
        noise: standard deviation of a reward around its mean.
    """

    process: FiniteMDP
    noise: float

    def rows(self) -> Rows:
        """What is stepped: each transition once for every level of noise."""
        matrix, num_actions = self.process.transition, self.process.num_actions
        levels = self.noise * normal_levels(LEVELS if self.noise else 1)
        lengths, number = np.diff(matrix.indptr), levels.size
        rewards = np.repeat(self.process.reward.ravel(), lengths)
        outcomes = Outcomes(
            np.append(np.zeros(NUM_SHARED * num_actions, dtype=np.int64), lengths * number),
            np.repeat(matrix.indices, number),
            np.repeat(matrix.data / number, number),
            (rewards[:, None] + levels).ravel(),
        )
        code, starts = np.full(self.process.num_states, OWN, np.uint8), np.flatnonzero(self.process.start)
        return pack(num_actions, code, outcomes, (starts, self.process.start[starts]))

    def mdp(self) -> FiniteMDP:
        """The process of mean rewards."""
        return self.process


def normal_levels(number: int) -> NDArray[np.float64]:
    """Return equally likely levels of mean 0 and variance 1, `[number]`: a standard normal variable by quantiles.

    Args:
        number: of levels; of one, 0.
    """
    edges = ndtri(np.linspace(0, 1, number + 1))
    density = np.exp(-0.5 * edges**2) / np.sqrt(2 * np.pi)
    means = number * (density[:-1] - density[1:])
    means = 0.5 * (means - means[::-1])  # symmetric to the last digit
    return means / max(np.sqrt(np.mean(means**2)), 1e-300)


def random_rewards(
    world_seed: int = 0,
    num_states: int = 10,
    num_actions: int = 5,
    mean: float = 1.0,
    spread: float = 1.0,
    noise: float = 1.0,
) -> NoisyRewards:
    """Draw every row from Dirichlet(1, ..., 1), as `dense` does, and then the mean rewards.

    Args:
        world_seed: draws the world.
        num_states: states, at least 1; episodes start in the first.
        num_actions: actions, at least 1.
        mean: of the pairs' mean rewards.
        spread: standard deviation of the pairs' mean rewards.
        noise: standard deviation of a reward around its pair's mean.

    Raises:
        ValueError: fewer than 1 state or action, or a number out of range.
    """
    num_states = arguments.whole("num_states", num_states, 1, what="of each, states and actions")
    num_actions = arguments.whole("num_actions", num_actions, 1, what="of each, states and actions")
    mean = arguments.real("mean", mean, -1e9, 1e9, "a number, -1e9 to 1e9")
    spread = arguments.real("spread", spread, 0, 1e9, "a number, 0 to 1e9")
    noise = arguments.real("noise", noise, 0, 1e9, "a number, 0 to 1e9")
    size = f"num_states is {num_states} and num_actions is {num_actions}, which"
    memory.require(OUTCOME_BYTES * LEVELS * num_states**2 * num_actions, size, "use a smaller world")
    world = dense(world_seed, num_states, num_actions)
    rng = np.random.default_rng(np.random.SeedSequence(entropy=int(world_seed), spawn_key=(1,)))
    reward = rng.normal(mean, spread, size=(num_states, num_actions))
    return NoisyRewards(FiniteMDP(world.transition, reward, world.start, world.terminal), noise)
