"""The true transition probabilities of a world, where they can be known."""

from collections.abc import Callable
from typing import Any

import gymnasium

from envs.adapters import as_states
from envs.enumeration import NotEnumerableError, enumerate_mdp
from envs.layers import keeps_dynamics, layer_of
from envs.mdp import FiniteMDP
from envs.minigrid_worlds import FullState
from envs.tabular import TabularEnv
from envs.toy_text import table_of


def true_mdp(env: gymnasium.Env[Any, Any], show: Callable[[int], None] = lambda number: None) -> FiniteMDP | None:
    """The process behind a world, its states numbered as `as_states(env)` numbers them; None where it is not known.

    Known are our own worlds, those with a `toy_text` table unless they do more than it says, and the deterministic ones
    of MiniGrid that `envs.make` makes, whose states are walked through once (`envs.enumerate_mdp`); nothing is known of
    a world in a wrapper that might change what it does.

    Args:
        env: The world.
        show: Called now and then with the number of states walked through.
    """
    world = env.unwrapped
    if isinstance(world, TabularEnv):
        return world.mdp if keeps_dynamics(env) else None
    if layer_of(env, FullState) is not None and keeps_dynamics(env):
        try:
            return as_states(env).walked or enumerate_mdp(env, show=show)
        except NotEnumerableError:
            return None
    table = table_of(env)
    return None if table is None else table.mdp()
