"""Putting a world into a state, for whoever is no part of it: what is only possible where dynamics are a table."""

from collections.abc import Callable
from typing import Any

import gymnasium

from ..tabular import TabularEnv
from .layers import changing_layer
from .spaces import name_of
from .state_env import StateEnv, as_states
from .toy_text import is_tabular


def placer(env: gymnasium.Env[Any, Any]) -> Callable[[int], int]:
    """Return what puts a world into the state of a number, from which it then takes its next step, and gives it back.

    Raises:
        ValueError: the world cannot be put anywhere: it is none of `envs`, steps by code of its own, is in a wrapper
            that might change what it does, or has too many states to be told apart by their own numbers.
    """
    world: Any = env.unwrapped
    below = env.env if isinstance(env, StateEnv) else env  # whoever times the steps of ours changes nothing
    if not isinstance(world, TabularEnv) or not is_tabular(world) or changing_layer(below) is not None:
        raise ValueError(
            f"{name_of(env)} cannot be put into any state, expected a world of envs without other wrappers"
        )
    mdp, states = world.mdp, as_states(env)
    if mdp is None or states.num_states != mdp.num_states:
        raise ValueError(f"{name_of(env)} has too many states to be put into any, expected a smaller one")
    can_act = (~mdp.terminal).tolist()

    def put(state: int) -> int:
        if not 0 <= state < len(can_act) or not can_act[state]:
            raise ValueError(f"state is {state}, expected one of {len(can_act)} that has actions")
        world.state = state
        return state

    return put
