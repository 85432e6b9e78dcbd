"""Worlds and agents as a configuration asks for them: what is wrong with it is found out before anything is run."""

import inspect
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import gymnasium
import numpy as np

import envs
from agent import config as config_of
from agent import make_agent, names
from agent.blame import told
from agent.options import Options

FOREIGN_STEPS = 10_000
"""Steps of a run in a world that is not ours, if nothing else is asked for."""
_AGENT_OPTIONS = ("prior", "bonus", "planner", "discount", "tolerance", "curiosity_weight", "reward_weight")


def resolve(options: Options, players: Sequence[str], seed: int) -> dict[str, Any]:
    """Check what was asked for, down to making the world and its players, and fill in what was left open.

    Raises:
        ValueError: Something about it is wrong.
    """
    if options.bonus is not None:  # also where no player plans, and so none would notice
        names.known("bonus", options.bonus, names.BONUSES)
    if options.planner is not None:
        names.known("planner", options.planner.partition(":")[0], names.PLANNERS)
    map_text = config_of.map_text_of(options)
    config = config_of.resolved(options, options.steps or default_steps(options.env), map_text)
    env = make_world(config, seed)
    for name in players:
        make_player(config, name, env, seed)
    env.close()
    return config | {"map_text": getattr(env.unwrapped, "map_text", None)}


def make_world(config: Mapping[str, Any], seed: int) -> envs.StateEnv:
    """Make the world of a configuration; one that is drawn by a seed is drawn by this one, unless it is told which.

    Raises:
        ValueError: There is no such world, not with these arguments, or not with numbered states.
    """
    arguments, accepted = dict(config["env_kwargs"]), _parameters(config["env"])
    for argument in arguments if accepted else ():
        names.known(f"argument of {config['env']}", argument, accepted)
    if "world_seed" in accepted or envs.worlds.is_minigrid(config["env"]):
        arguments.setdefault("world_seed", seed)
    if config["map"] is not None:
        if "map_text" not in accepted:
            raise ValueError(f"--map: {config['env']} is not made from a map; expected a world that is, such as grid")
        arguments["map_text"] = config["map_text"]
    env = _made(config["env"], arguments)
    return envs.as_states(env if config["bins"] is None else _binned(env, config["bins"]))


def default_steps(name: str) -> int:
    """Return how many steps a run takes in a world if nothing else is asked for."""
    world = _own_world(name)
    return FOREIGN_STEPS if world is None else world.default_steps


def make_player(config: Mapping[str, Any], name: str, env: envs.StateEnv, seed: int | np.random.SeedSequence) -> Any:
    """Make an agent with the beliefs and weights of a configuration.

    Raises:
        ValueError: One of its parts does not exist, or they do not go together.
    """
    return make_agent(name, env, seed, **{option: config[option] for option in _AGENT_OPTIONS})


def _made(name: str, arguments: Mapping[str, Any]) -> gymnasium.Env[Any, Any]:
    given = ", ".join(f"{key}={value!r}" for key, value in arguments.items() if key != "map_text")
    given = f" (arguments: {given})" if given else ""
    try:
        return envs.make(name, **arguments)
    except (Exception, SystemExit) as error:  # the code of somebody else's world: it may fail in any way
        said = told(error)
        said = said if said.startswith(str(error)) else f"cannot make world {name!r}: {said}"
        raise ValueError(f"{said}{given}") from error


def _binned(env: gymnasium.Env[Any, Any], bins: int) -> gymnasium.Env[Any, Any]:
    """Divide the real numbers of a world's observations into bins, and of its actions if they are real too."""
    from gymnasium.spaces import Box
    from gymnasium.wrappers import DiscretizeAction, DiscretizeObservation

    if not isinstance(env.observation_space, Box):
        raise ValueError(
            f"--bins: {env.spec and env.spec.id} has observations of {env.observation_space}, not real ones"
        )
    try:
        env = DiscretizeObservation(env, bins)
        return DiscretizeAction(env, bins) if isinstance(env.action_space, Box) else env
    except ValueError as error:
        raise ValueError(f"--bins: {error}; expected observations and actions within finite limits") from error


def _own_world(name: str) -> envs.World | None:
    return envs.WORLDS.get(name) or next((world for world in envs.WORLDS.values() if world.id == name), None)


def _parameters(name: str) -> list[str]:
    """Return the names of the arguments of one of our worlds; none for others."""
    world = _own_world(name)
    if world is None:
        return []
    module, _, attribute = world.entry_point.partition(":")
    return list(inspect.signature(getattr(import_module(module), attribute)).parameters)
