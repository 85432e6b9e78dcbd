"""The true transition probabilities of a world, where they can be known."""

from collections.abc import Callable
from typing import Any

import gymnasium

from .adapters.enumeration import enumerate_mdp
from .adapters.layers import UnknownTruthError, changing_layer, layer_of, might_change
from .adapters.minigrid import FullState
from .adapters.spaces import name_of
from .adapters.state_env import as_states
from .adapters.toy_text import OWN_CODE, is_tabular, table_of
from .mdp import FiniteMDP
from .tabular import TabularEnv


def true_mdp(env: gymnasium.Env[Any, Any], show: Callable[[int], None] = lambda number: None) -> FiniteMDP | None:
    """The process behind a world, its states numbered as `as_states(env)` numbers them; None where it is not known.

    Known are our own worlds, those with a `toy_text` table that step by Gymnasium's own code, and the deterministic
    ones of MiniGrid that `envs.make` makes, whose states are walked through once (`envs.enumerate_mdp`). Nothing is
    known of a world in a wrapper that might change what it does, nor of one whose class has its own `step` or `reset`,
    unless that class says `follows_table = True`: all that is done is what the table (`P`, or `mdp`) tells.

    Args:
        env: the world.
        show: called now and then with the number of states walked through.
    """
    try:
        return find_mdp(env, show)
    except UnknownTruthError:
        return None


def find_mdp(env: gymnasium.Env[Any, Any], show: Callable[[int], None] = lambda number: None) -> FiniteMDP:
    """Return what `true_mdp` does, or say why it is not known.

    Raises:
        UnknownTruthError: it is not known.
    """
    world, changing = env.unwrapped, changing_layer(env)
    if changing is not None:
        raise UnknownTruthError(might_change(changing, name_of(env)))
    if isinstance(world, TabularEnv):
        return _own(world)
    if layer_of(env, FullState) is not None:
        return as_states(env).walked or enumerate_mdp(env, show=show)
    try:
        return table_of(env).mdp()
    except UnknownTruthError:
        raise
    except ValueError as error:
        raise UnknownTruthError(f"the table P of {name_of(env)} is no process: {error}") from error


def _own(world: TabularEnv) -> FiniteMDP:
    if not is_tabular(world):
        raise UnknownTruthError(f"{name_of(world)} {OWN_CODE}")
    if world.mdp is None:
        raise UnknownTruthError(f"{name_of(world)} has too many states for its process to be held as a whole")
    return world.mdp
