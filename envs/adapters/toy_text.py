"""The true process of Gymnasium's `toy_text` worlds, read from their tables.

They have a table `P[state][action]` of (probability, next state, reward, terminated); a state that is entered both
terminally and not becomes two, as `envs.adapters.state_env` says. A table is believed where the `step` and `reset` that
use it are Gymnasium's own; another world says that it follows its table by an attribute, `follows_table = True`, in the
class that defines these methods.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from numbers import Real
from operator import index
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from ..mdp import PROBABILITY_TOLERANCE, FiniteMDP, reached
from ..tabular import TabularEnv
from .layers import UnknownTruthError, changing_layer, does_as_known, keeps_dynamics, might_change
from .spaces import name_of

CLAIM = "follows_table"

REMEDY = (
    "a world does by a table P, initial_state_distrib and follows_table = True, or as an envs.TabularEnv; "
    "envs.enumerate_mdp walks through one without chance"
)
"""How a world comes to have a truth."""
OWN_CODE = (
    "steps or resets by code of its own, which need not follow its table; "
    f"{CLAIM} = True, in the class that defines them, says that they do"
)


def known_twins(env: gymnasium.Env[Any, Any]) -> dict[int, int] | None:
    """The number of each state's terminal twin, for the states that have one; None where the truth is not known."""
    if is_tabular(env.unwrapped) and keeps_dynamics(env):
        return {}  # a state is terminal or it is not
    try:
        return table_of(env).twins
    except UnknownTruthError:
        return None


def is_tabular(world: gymnasium.Env[Any, Any]) -> bool:
    """Tell whether a world is a `TabularEnv` that steps as one, or says that it follows its process all the same."""
    return isinstance(world, TabularEnv) and does_as_known(world, CLAIM, lambda owner: owner is TabularEnv)


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


def table_of(env: gymnasium.Env[Any, Any]) -> Table:
    """Read the table of a world.

    Raises:
        UnknownTruthError: it has none, or none that can be read; it might do more than the table says, or a wrapper
            might change what it does.
    """
    world: Any = env.unwrapped
    name, changing = name_of(env), changing_layer(env)
    table, start = (_told(world, each) for each in ("P", "initial_state_distrib"))
    if not isinstance(table, Mapping):
        raise UnknownTruthError(f"{name} does not tell its transition probabilities; {REMEDY}")
    if start is None:
        raise UnknownTruthError(f"{name} has a table P, but no initial_state_distrib: where episodes start, `[states]`")
    if changing is not None:
        raise UnknownTruthError(might_change(changing, name))
    if _told(world, "fickle_passenger"):
        raise UnknownTruthError(f"the passenger of {name} changes its mind outside the table")
    if not does_as_known(world, CLAIM, lambda owner: owner.__module__.startswith("gymnasium.envs.toy_text.")):
        raise UnknownTruthError(f"{name} {OWN_CODE}")
    try:
        return _read(table, start, world.observation_space, world.action_space)
    except Exception as error:  # a table may hold anything
        raise UnknownTruthError(f"the table P of {name} cannot be read: {error}") from error


def _told(world: Any, name: str) -> Any:
    """Return what a world has by a name, whatever it does when it is asked; None: nothing."""
    try:
        return getattr(world, name, None)
    except Exception:
        return None


def _read(table: Mapping[Any, Any], start: Any, states: Any, actions: Any) -> Table:
    if not all(isinstance(space, Discrete) and space.start == 0 for space in (states, actions)):
        raise ValueError("states and actions are not numbered from 0")
    num_states, num_actions = int(states.n), int(actions.n)
    columns = np.array(list(_outcomes(table, num_states, num_actions)), dtype=np.float64).reshape(-1, 6)
    start = np.asarray(start, dtype=np.float64)
    if start.shape != (num_states,) or not _is_distribution(start):
        raise ValueError("initial_state_distrib is no distribution over the states")
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
    row, probability = (state * num_actions + action)[acts], columns[acts, 2]
    total = np.bincount(row, probability, num_states * num_actions)
    if not np.allclose(total[np.repeat(~terminal, num_actions)], 1, rtol=0, atol=PROBABILITY_TOLERANCE):
        raise ValueError("the probabilities of a pair do not sum to 1")
    return Table(
        row=row,
        probability=probability,
        successor=np.where(ended, number[successor], successor)[acts],
        reward=columns[acts, 4],
        start=start,
        terminal=terminal,
        twins={int(known): int(number[known]) for known in both},
        num_actions=num_actions,
    )


def _outcomes(table: Mapping[Any, Any], num_states: int, num_actions: int) -> Iterator[tuple[float, ...]]:
    """Give every possible outcome as (state, action, probability, next state, reward, terminated)."""
    if len(table) != num_states:
        raise ValueError(f"it has {len(table)} states, not {num_states}")
    for state in range(num_states):
        of_state = table[state]
        if not isinstance(of_state, Mapping) or len(of_state) != num_actions:
            raise ValueError(f"state {state} does not have the {num_actions} actions")
        for action in range(num_actions):
            for probability, successor, reward, terminated in of_state[action]:
                if not isinstance(probability, Real) or not isinstance(reward, Real):
                    raise ValueError(f"state {state}, action {action}: a probability or a reward is no number")
                chance, paid = float(probability), float(reward)
                if not 0 <= chance <= 1 + PROBABILITY_TOLERANCE or not math.isfinite(paid):
                    raise ValueError(f"state {state}, action {action}: no probability, or no finite reward")
                if not 0 <= index(successor) < num_states or terminated not in (0, 1):
                    raise ValueError(f"state {state}, action {action}: no next state, or neither an end nor none")
                if chance > 0:
                    yield state, action, chance, successor, paid, bool(terminated)


def _is_distribution(probabilities: NDArray[np.float64]) -> bool:
    return bool((probabilities >= 0).all()) and abs(probabilities.sum() - 1) <= PROBABILITY_TOLERANCE


def _sparse(
    values: NDArray[np.float64], rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]
) -> csr_array:
    matrix = csr_array(coo_array((values, (rows, columns)), shape=shape))  # adds duplicates up
    matrix.sort_indices()
    return matrix
