"""Random decision processes: every action leads to a few states, any of all.

Isolates: sparse structure without geometry. All states are alike and a few steps apart, but unlike in a dense world an
action can be told from the others by the few states it leads to. Source: the Garnet problems of Archibald, McKinnon and
Thomas 1995, "On the generation of Markov decision processes", doi 10.1057/jors.1995.50, as defined by Bhatnagar,
Sutton, Ghavamzadeh and Lee 2009, "Natural actor-critic algorithms", doi 10.1016/j.automatica.2009.07.008. There
probabilities are the pieces of the unit interval cut at uniform points, that is, Dirichlet(1, ..., 1), and rewards are
drawn too; here the concentration is a parameter, nothing is rewarded, and worlds in which some state cannot reach some
other are drawn anew.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from .. import arguments, memory
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

MOST_DRAWS = 100
ENTRY_BYTES = 80.0  # of a successor, while the world is made


class RandomMDP(TabularEnv):
    """A random decision process of any size, sparse."""

    def __init__(
        self,
        world_seed: int = 0,
        num_states: int = 100,
        num_actions: int = 4,
        branching: int = 5,
        concentration: float = 1.0,
        render_mode: str | None = None,
    ) -> None:
        """Draw the world from `world_seed`; each pair has `branching` successors."""
        super().__init__(random_mdp(world_seed, num_states, num_actions, branching, concentration), render_mode)


def random_mdp(
    world_seed: int = 0, num_states: int = 100, num_actions: int = 4, branching: int = 5, concentration: float = 1.0
) -> FiniteMDP:
    """Draw worlds until every state can reach every other.

    A pair's successors are drawn uniformly among the sets of `branching` states, their probabilities from
    Dirichlet(concentration, ..., concentration).

    Args:
        world_seed: draws the world.
        num_states: states, at least 1.
        num_actions: actions, at least 1.
        branching: successors of every pair, at most `num_states`.
        concentration: of the Dirichlet that draws the probabilities of each: the larger, the more even.

    Raises:
        ValueError: fewer than 1 state or action, `branching` outside 1 .. num_states, a concentration that is not
            positive, or no connected world in 100 draws.
    """
    num_states = arguments.whole("num_states", num_states, 1, what="of each, states and actions")
    num_actions = arguments.whole("num_actions", num_actions, 1, what="of each, states and actions")
    branching = arguments.whole("branching", branching, 1, num_states, "successors, as many as there are states")
    concentration = arguments.real("concentration", concentration, 1e-9, 1e9, "a positive number, 1e-9 to 1e9")
    size = f"num_states is {num_states}, num_actions is {num_actions} and branching is {branching}, which"
    memory.require(ENTRY_BYTES * num_states * num_actions * branching, size, "use a smaller world")
    rng, num_pairs = arguments.generator(world_seed), num_states * num_actions
    for _ in range(MOST_DRAWS):
        successors = _subsets(rng, num_pairs, num_states, branching)
        if _is_connected(successors, num_states):
            probability = rng.dirichlet(np.full(branching, concentration), size=num_pairs)
            pointers = np.arange(num_pairs + 1) * branching
            matrix = csr_array((probability.ravel(), successors.ravel(), pointers), shape=(num_pairs, num_states))
            start, terminal = np.arange(num_states) == 0, np.zeros(num_states, dtype=np.bool_)
            return FiniteMDP(matrix, np.zeros((num_states, num_actions)), start, terminal)
    raise ValueError(
        f"none of {MOST_DRAWS} worlds of num_states {num_states}, num_actions {num_actions} and branching {branching} "
        f"let every state reach every other; use more actions or a larger branching"
    )


def _subsets(rng: np.random.Generator, num_subsets: int, size: int, num_members: int) -> NDArray[np.int64]:
    """Draw subsets of 0 .. size - 1, each equally likely, `[num_subsets, num_members]`.

    Floyd's algorithm: the next member is drawn from 0 .. last, and is `last` itself where that was a member already
    (Bentley and Floyd 1987, doi 10.1145/30401.315746).
    """
    members = np.empty((num_subsets, num_members), dtype=np.int64)
    for column, last in enumerate(range(size - num_members, size)):
        drawn = rng.integers(last + 1, size=num_subsets)
        known = (members[:, :column] == drawn[:, None]).any(axis=1)
        members[:, column] = np.where(known, last, drawn)
    return members


def _is_connected(successors: NDArray[np.int64], num_states: int) -> bool:
    """Whether every state can reach every other."""
    pointers = np.linspace(0, successors.size, num_states + 1, dtype=np.int64)
    graph = csr_array((np.ones(successors.size), successors.flatten(), pointers), shape=(num_states, num_states))
    graph.sum_duplicates()  # duplicates keep the search for components busy for minutes
    return connected_components(graph, connection="strong", return_labels=False) == 1
