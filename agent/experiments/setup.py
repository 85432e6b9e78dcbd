"""Worlds and agents as a configuration asks for them: what is wrong with it is found out before anything is run."""

import inspect
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import gymnasium
import numpy as np

from .. import make_agent
from ..agents.explorer import make_planner
from ..bonuses import make_bonus
from ..parts import AGENT, PRIOR, chosen
from ..planners.payoffs import payoffs
from ..simulation.scored_states import check_words
from ..simulation.simulate import num_cores
from ..validation import known, shown
from ..worlds import ENVS, WORLDS, StateEnv, World, as_states, binned, is_minigrid, make, memory, true_mdp
from . import config as config_of
from .comparisons.columns import labels
from .error_origin import explained, refusing
from .measuring import check_measures
from .options import NO_BASELINE, Options, ReproduceOptions, RunOptions, world_of
from .resuming.room import check_room

FOREIGN_STEPS = 10_000
"""Steps of a run in a world that is not ours, if nothing else is asked for."""
EPISODE_LIMIT = "max_episode_steps"
"""Gymnasium's own argument of every world: after so many steps an episode is cut short."""
STEP_BYTES = 300
"""Bytes of memory that a step takes at most, while it is recorded and when it is written."""
RESULT_BYTES = 100_000
"""Bytes of memory that the figures and the curves of a finished life take."""
_AGENT_OPTIONS = (
    "prior", "bonus", "planner", "discount", "tolerance", "curiosity_weight", "reward_weight", "steps",
    "reward_belief", "reward_gain_weight",
)  # fmt: skip


def resolve(options: Options, players: Sequence[str], seed: int) -> dict[str, Any]:
    """Check what was asked for, down to making the world and its players, and fill in what was left open.

    Raises:
        ValueError: something about it is wrong.
    """
    check_memory(options)
    check_words(options.score_states)
    map_text = config_of.map_text_of(options)
    config = config_of.resolved(options, options.steps or default_steps(world_of(options)), map_text)
    env = make_world(config, seed)
    made = {name: make_player(config, name, env, seed) for name in players}
    if "measures" in config:
        check_measures(config["measures"], true_mdp(env))
    env.close()
    named = {"agents": labels(config, made)} if config.get("agents") == list(players) else {}
    return config | named | {"map_text": getattr(env.unwrapped, "map_text", None)}


def check_parts(options: Options, agents: Mapping[str, Sequence[str]]) -> None:
    """Refuse parts that cannot be read, also those that no player has, and so none would notice.

    Args:
        options: what was asked for.
        agents: how agents are written, by what they are called.

    Raises:
        ValueError: one line about the first of them.
    """
    for word, names in agents.items():
        for name in names:
            if (word, name) != ("baseline", NO_BASELINE):
                with refusing(f"{word} {name}"):
                    chosen(AGENT._replace(word=word), name)
    if options.bonus is not None:
        with refusing(f"bonus {options.bonus}"):
            payoffs(make_bonus(options.bonus))
    if options.planner is not None:
        with refusing(f"planner {options.planner}"):
            make_planner(options.planner, options.discount, options.tolerance, options.steps or 1)


def with_own_files(config: dict[str, Any]) -> dict[str, Any]:
    """Add the digests of files of a user's own parts, and of rules brought along: others make another result."""
    from ..results.provenance import own_files

    found = {"own_files": own_files(config), "carried": carried_rules(config)}
    return config | {name: digests for name, digests in found.items() if digests}


def carried_rules(config: Mapping[str, Any]) -> dict[str, str]:
    """Return digests of the rules that priors bring along, by where they are read from."""
    from ..belief.structured.carrying.source import rules_from
    from ..belief.structured.prior import structured

    players = [config.get("agent"), config.get("baseline"), *config.get("agents", ())]
    own = [chosen(AGENT, name).settings.get("prior") for name in players if name not in (None, NO_BASELINE)]
    priors = [chosen(PRIOR, prior) for prior in sorted({config["prior"], *own} - {None})]
    sources = {prior.settings["from_"] for prior in priors if prior.factory is structured and "from_" in prior.settings}
    return {source: rules_from(source).digest for source in sorted(sources)}


def check_memory(options: Options | ReproduceOptions) -> None:
    """Refuse what would not fit: the steps of lives that run at once, the results of finished ones; of a run, on disk.

    Raises:
        ValueError: one line with an estimate of what it takes and what is available.
    """
    steps, seeds = getattr(options, "steps", None), getattr(options, "seeds", None)
    if isinstance(options, RunOptions):
        check_room(options)
        return
    if seeds is not None:
        num_lives = (len(getattr(options, "agents", ())) or 1) * seeds
        each = f"the results of a life take some {RESULT_BYTES // 1000} kB"
        memory.require(RESULT_BYTES * num_lives, f"--seeds: got {shown(seeds)}; {each}, and all", "ask for fewer seeds")
    if steps is not None:
        at_once = 1 if seeds is None else min(getattr(options, "workers", None) or num_cores(), seeds)
        lives = "a life" if at_once == 1 else f"{at_once} lives at once"
        what = f"--steps: got {shown(steps)}; a step takes some {STEP_BYTES} bytes, and {lives}"
        memory.require(STEP_BYTES * at_once * steps, what, "ask for fewer steps" + " or --workers" * (at_once > 1))


def make_world(config: Mapping[str, Any], seed: int) -> StateEnv:
    """Make the world of a configuration; one that is drawn at random is drawn by this seed, unless it is given its own.

    Raises:
        ValueError: there is no such world, not with these arguments, or not with numbered states.
    """
    arguments, accepted = dict(config["env_kwargs"]), _parameters(config["env"])
    for argument in arguments if accepted else ():
        known(f"argument of {config['env']}", argument, (*accepted, EPISODE_LIMIT))
    if "world_seed" in accepted or is_minigrid(config["env"]):
        arguments.setdefault("world_seed", seed)
    if config["map"] is not None:
        if "map_text" not in accepted:
            raise ValueError(
                f"--map: {shown(config['env'])} is not made from a map; expected a world that is, such as grid"
            )
        arguments["map_text"] = config["map_text"]
    env = _made(config["env"], arguments)
    if config["bins"] is None:
        return as_states(env)
    try:
        return as_states(binned(env, config_of.bins_of(config["bins"]), config.get("bounds")))
    except ValueError as error:
        raise ValueError(f"--{error}" if str(error).startswith(("bins:", "bounds:")) else str(error)) from error


def default_steps(name: str) -> int:
    """Return how many steps a run takes in a world if nothing else is asked for."""
    world = _own_world(name)
    return FOREIGN_STEPS if world is None else world.default_steps


def make_player(config: Mapping[str, Any], name: str, env: StateEnv, seed: int | np.random.SeedSequence) -> Any:
    """Make an agent with the beliefs and weights of a configuration.

    Raises:
        ValueError: one of its parts does not exist, or they do not go together.
    """
    with refusing(f"cannot make agent {name}"):
        return make_agent(name, env, seed, **{option: config[option] for option in _AGENT_OPTIONS if option in config})


def _made(name: str, arguments: Mapping[str, Any]) -> gymnasium.Env[Any, Any]:
    given = ", ".join(f"{key}={shown(value)}" for key, value in arguments.items() if key != "map_text")
    given = f" (arguments: {given})" if given else ""
    try:
        return make(name, **arguments)
    except (Exception, SystemExit) as error:  # the code of somebody else's world: it may fail in any way
        said = explained(error)
        said = said if said.startswith(str(error)) else f"cannot make world {name!r}: {said}"
        raise ValueError(said if given and said.endswith(given) else f"{said}{given}") from error


def id_of(name: str) -> str:
    """Return the name of a world, of one of ours that by which Gymnasium knows it."""
    world = _own_world(name)
    return name if world is None else world.id


def _own_world(name: str) -> World | None:
    return WORLDS.get(name) or next((world for world in WORLDS.values() if world.id == name), None)


def _parameters(name: str) -> list[str]:
    """Return the names of the arguments of one of our worlds; none for others."""
    world = _own_world(name)
    if world is None:
        return []
    module, _, attribute = world.entry_point.partition(":")
    return list(inspect.signature(getattr(import_module(module, ENVS), attribute)).parameters)
