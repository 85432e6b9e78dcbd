"""The true process of Gymnasium's `toy_text` worlds, read from their tables.

They have a table `P[state][action]` of (probability, next state, reward, terminated); a state that is entered both
terminally and not becomes two, as `envs.adapters` says.
"""

from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from envs.layers import keeps_dynamics
from envs.mdp import FiniteMDP, reached
from envs.tabular import TabularEnv


def known_twins(env: gymnasium.Env[Any, Any]) -> dict[int, int] | None:
    """The number of each state's terminal twin, for the states that have one; None where the truth is not known."""
    if isinstance(env.unwrapped, TabularEnv) and keeps_dynamics(env):
        return {}  # a state is terminal or it is not
    table = table_of(env)
    return None if table is None else table.twins


@dataclass(frozen=True, eq=False)
class Table:
    """A `toy_text` table by columns, one entry for each possible outcome of a pair.

    Attributes:
        row: state * num_actions + action.
        twins: number of the terminal form of each state that some path from the start enters in both ways.
        terminal: `[S]`, states that are entered terminally only.
    """

    row: NDArray[np.int64]
    probability: NDArray[np.float64]
    successor: NDArray[np.int64]
    reward: NDArray[np.float64]
    start: NDArray[np.float64]
    terminal: NDArray[np.bool_]
    twins: dict[int, int]
    num_actions: int

    def mdp(self) -> FiniteMDP:
        """Add up duplicate outcomes and renormalise the rows: the tables are exact to a few roundings only."""
        num_states = self.start.size + len(self.twins)
        shape = (num_states * self.num_actions, num_states)
        transition = _sparse(self.probability, self.row, self.successor, shape)
        paid = _sparse(self.probability * self.reward, self.row, self.successor, shape)
        outcome_reward = np.divide(paid.data, transition.data, dtype=np.float64)
        total = transition.sum(axis=1)
        transition.data /= np.repeat(total, np.diff(transition.indptr))
        reward = paid.sum(axis=1) / np.where(total > 0, total, 1)
        extra = len(self.twins)
        return FiniteMDP(
            transition=transition,
            reward=reward.reshape(num_states, -1),
            start=np.append(self.start, np.zeros(extra)),
            terminal=np.append(self.terminal, np.ones(extra, dtype=np.bool_)),
            outcome_reward=outcome_reward,
        )


def table_of(env: gymnasium.Env[Any, Any]) -> Table | None:
    """The table of a world, unless the world does more than it says, or a wrapper might change what it does."""
    world: Any = env.unwrapped
    spaces = (world.observation_space, world.action_space)
    known = isinstance(getattr(world, "P", None), dict) and hasattr(world, "initial_state_distrib")
    if not known or not all(isinstance(space, Discrete) and space.start == 0 for space in spaces):
        return None
    if getattr(world, "fickle_passenger", False) or not keeps_dynamics(env):
        return None  # Taxi's fickle passenger changes its mind outside the table
    return _read(world.P, np.asarray(world.initial_state_distrib, dtype=np.float64), int(world.action_space.n))


def _read(table: dict[int, Any], start: NDArray[np.float64], num_actions: int) -> Table:
    columns = np.array(
        [
            (state, action, *outcome)
            for state, actions in table.items()
            for action, outcomes in actions.items()
            for outcome in outcomes
            if outcome[0] > 0
        ],
        dtype=np.float64,
    )
    state, action, successor = columns[:, [0, 1, 3]].astype(np.int64).T
    ended = columns[:, 5] > 0
    ones = np.ones_like(columns[~ended, 2])
    going_on = reached(_sparse(ones, state[~ended], successor[~ended], (start.size, start.size)), start)
    ended_in = np.zeros(start.size, dtype=np.bool_)
    ended_in[successor[ended & going_on[state]]] = True
    both = np.flatnonzero(going_on & ended_in)
    terminal = ended_in & ~going_on
    number = np.arange(start.size)
    number[both] = start.size + np.arange(both.size)
    acts = ~terminal[state]  # what the table says of a state where an episode has ended never happens
    return Table(
        row=(state * num_actions + action)[acts],
        probability=columns[acts, 2],
        successor=np.where(ended, number[successor], successor)[acts],
        reward=columns[acts, 4],
        start=start,
        terminal=terminal,
        twins={int(known): int(number[known]) for known in both},
        num_actions=num_actions,
    )


def _sparse(
    values: NDArray[np.float64], rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]
) -> csr_array:
    matrix = csr_array(coo_array((values, (rows, columns)), shape=shape))  # adds duplicates up
    matrix.sort_indices()
    return matrix
