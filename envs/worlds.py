"""The table of this package's worlds, and `make`, which knows everybody else's too."""

import difflib
import importlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium

from . import arguments
from .adapters.minigrid import PACKAGE, PREFIXES, FullState


@dataclass(frozen=True)
class World:
    """How a world is found and run.

    Attributes:
        id: its Gymnasium id.
        entry_point: dotted path of its class in this package.
        summary: one line about it.
        default_steps: how many steps a run takes if not told otherwise.
        kwargs: arguments of its class.
    """

    id: str
    entry_point: str
    summary: str
    default_steps: int
    kwargs: Mapping[str, Any] = field(default_factory=dict)


def _map(name: str, map_name: str, summary: str, default_steps: int) -> World:
    return World(f"blackswan/{name}-v0", ".families.grid:Grid", summary, default_steps, {"map_name": map_name})


WORLDS: Mapping[str, World] = {
    "grid": _map("Grid", "grid", "four rooms, two noisy televisions, a corridor with portals, and a vault", 20_000),
    "four-rooms": _map("FourRooms", "four-rooms", "four rooms of 4 x 4 cells, 68 states", 5_000),
    "four-rooms-large": _map("FourRoomsLarge", "four-rooms-large", "four rooms of 9 x 9 cells, 328 states", 20_000),
    "labyrinth": _map("Labyrinth", "labyrinth", "a maze of narrow ways with one goal", 10_000),
    "corridor": _map("Corridor", "corridor", "a long corridor between two rooms", 5_000),
    "ice": _map("Ice", "ice", "a frozen lake between two shores", 10_000),
    "one-way": _map("OneWay", "one-way", "rooms joined by one-way doors in a circle", 5_000),
    "portals": _map("Portals", "portals", "six closed rooms joined by portals", 5_000),
    "traps": _map("Traps", "traps", "a narrow path along traps to a goal", 5_000),
    "tv-rooms": _map("TVRooms", "tv-rooms", "four rooms with a noisy television in each", 10_000),
    "caves": World(
        "blackswan/Caves-v0",
        ".families.grid:Grid",
        "caverns drawn by a seed, 40 x 40 cells, or `size` a side",
        20_000,
        {"kind": "caves", "size": 40},
    ),
    "large-maze": World(
        "blackswan/LargeMaze-v0",
        ".families.grid:Grid",
        "a maze drawn by a seed, 61 x 61 cells, or `size` a side",
        60_000,
        {"kind": "maze", "size": 61},
    ),
    "river-swim": World(
        "blackswan/RiverSwim-v0", ".families.river:RiverSwim", "swimming up against the current", 2_000
    ),
    "chain": World("blackswan/Chain-v0", ".families.chain:Chain", "a slippery chain with a tempting way back", 1_000),
    "double-loop": World(
        "blackswan/DoubleLoop-v0",
        ".families.double_loop:DoubleLoop",
        "two loops: the better one is easily left",
        1_000,
    ),
    "six-arms": World(
        "blackswan/SixArms-v0", ".families.six_arms:SixArms", "the best arms are the rarest to open", 5_000
    ),
    "lock": World(
        "blackswan/Lock-v0", ".families.lock:Lock", "a combination lock: one wrong action, all is lost", 1_000
    ),
    "deep-sea": World(
        "blackswan/DeepSea-v0", ".families.deep_sea:DeepSea", "a dive: one way of many finds treasure", 2_000
    ),
    "storck": World("blackswan/Storck-v0", ".families.storck:Storck", "a certain chain that ends in noise", 3_000),
    "cliques": World("blackswan/Cliques-v0", ".families.cliques:Cliques", "two cliques and a long corridor", 3_000),
    "stochastic-corridor": World(
        "blackswan/StochasticCorridor-v0",
        ".families.stochastic_corridor:StochasticCorridor",
        "a noisy way past niches where all is certain",
        3_000,
    ),
    "changing-grid": World(
        "blackswan/ChangingGrid-v0",
        ".families.changing_grid:ChangingGrid",
        "two rooms whose one-way doors swap directions in mid-life",
        40_000,
    ),
    "noisy-tv": World("blackswan/NoisyTV-v0", ".families.noisy_tv:NoisyTV", "a room with noisy televisions", 3_000),
    "double-chain": World(
        "blackswan/DoubleChain-v0",
        ".families.double_chain:DoubleChain",
        "two ways from the middle, one paid at its end",
        10_000,
    ),
    "open-grid": World(
        "blackswan/OpenGrid-v0", ".families.open_grid:OpenGrid", "an open field with one cell that pays", 20_000
    ),
    "shortest-path": World(
        "blackswan/ShortestPath-v0",
        ".families.shortest_path:ShortestPath",
        "from one corner of a small field to the other, again and again",
        5_000,
    ),
    "wheel": World("blackswan/Wheel-v0", ".families.wheel:Wheel", "a hub and a ring, with some noisy actions", 5_000),
    "noisy-river": World(
        "blackswan/NoisyRiver-v0",
        ".families.noisy_river:NoisyRiverSwim",
        "a river with noise along its banks",
        10_000,
    ),
    "trap": World(
        "blackswan/Trap-v0",
        ".families.trap:Trap",
        "half of all steps lead into traps, and back to the start",
        1_000,
    ),
    "one-way-trap": World(
        "blackswan/OneWayTrap-v0",
        ".families.trap:Trap",
        "traps that let go one time in fifty",
        5_000,
        {"escape": 0.02},
    ),
    "maze": World("blackswan/Maze-v0", ".families.maze:Maze", "a maze with transporters back to one room", 5_000),
    "flags": World("blackswan/Flags-v0", ".families.flags:FlagMaze", "a maze with three flags to collect", 20_000),
    "dense": World("blackswan/Dense-v0", ".families.dense:Dense", "every action may lead anywhere", 6_000),
    "one-two-three": World(
        "blackswan/OneTwoThree-v0",
        ".families.one_two_three:OneTwoThree",
        "actions of one, two and three targets",
        2_000,
    ),
    "random-mdp": World(
        "blackswan/RandomMDP-v0",
        ".families.random_mdp:RandomMDP",
        "every action leads to five states, any of all",
        20_000,
    ),
    "random-rewards": World(
        "blackswan/RandomRewards-v0",
        ".families.random_rewards:RandomRewards",
        "every action may lead anywhere, and pays with noise",
        5_000,
    ),
    "room-graph": World(
        "blackswan/RoomGraph-v0",
        ".families.room_graphs:RoomGraph",
        "rooms on a branching way: a sink, a source, a stochastic one",
        10_000,
    ),
    "generalised-chain": World(
        "blackswan/GeneralisedChain-v0",
        ".families.bbrl:GeneralisedChain",
        "a chain with odds drawn by a seed",
        1_000,
    ),
    "generalised-double-loop": World(
        "blackswan/GeneralisedDoubleLoop-v0",
        ".families.bbrl:GeneralisedDoubleLoop",
        "two loops, odds drawn by a seed",
        1_000,
    ),
    "generalised-grid": World(
        "blackswan/GeneralisedGrid-v0",
        ".families.bbrl:GeneralisedGrid",
        "a 5 x 5 grid whose moves fail at drawn odds",
        2_000,
    ),
}


EXTRAS = (PACKAGE,)  # packages that are extras of this one
_TOLD = ("disable_env_checker", "map_text", "render_mode")  # what an error does not show among the arguments


def register() -> None:
    """Tell Gymnasium about every world of the table; again does no harm."""
    for world in WORLDS.values():
        if world.id not in gymnasium.registry:
            gymnasium.register(world.id, entry_point=f"{__package__}{world.entry_point}", kwargs=dict(world.kwargs))


def is_minigrid(name: str) -> bool:
    """Tell whether a world is one of the MiniGrid package."""
    return name.rpartition(":")[2].startswith(PREFIXES)


def make(name: str, **kwargs: Any) -> gymnasium.Env[Any, Any]:
    """Make a world; one of MiniGrid is shown as a whole, its layout drawn once, by the argument `world_seed` (0).

    Args:
        name: a short name of `WORLDS`, any Gymnasium id, or "module:Namespace/Name-v0".
        kwargs: arguments of the world.

    Raises:
        ValueError: no such world, or not with these arguments.
    """
    known = WORLDS[name].id if name in WORLDS else name
    is_own = known in {world.id for world in WORLDS.values()}
    if is_own:
        kwargs = {"disable_env_checker": True} | kwargs  # ours are checked by the tests
    if (mode := kwargs.get("render_mode")) is not None:
        arguments.text("render_mode", mode)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*is out of date")  # said again by the error, if it is one
            return _minigrid(name, **kwargs) if is_minigrid(name) else gymnasium.make(known, **kwargs)
    except gymnasium.error.UnregisteredEnv as error:
        raise ValueError(_unknown(name)) from error
    except ModuleNotFoundError as error:
        raise ValueError(f"cannot make world {name!r}: {_missing(name, error)}") from error
    except Exception as error:  # the code of a world: it may fail in any way
        if not is_own and not isinstance(error, gymnasium.error.Error | TypeError):
            raise  # whoever knows the world knows this
        raise ValueError(_refusal(name, error, kwargs)) from error


def _minigrid(name: str, world_seed: int = 0, **kwargs: Any) -> FullState:
    """Import the package, which registers its ids, and make one of its worlds."""
    importlib.import_module(PACKAGE)
    return FullState(gymnasium.make(name, disable_env_checker=True, **kwargs), world_seed)


def _refusal(name: str, error: Exception, kwargs: Mapping[str, Any]) -> str:
    """Say in one line that a world cannot be made, and of what arguments, unless that is said already."""
    reason = " ".join(str(error).partition(" was raised from the environment creator")[0].split())
    if isinstance(error, ValueError):
        reason = reason if reason else type(error).__name__
    else:
        kind = "" if isinstance(error, gymnasium.error.Error | TypeError) else f"{type(error).__name__}: "
        reason = f"cannot make world {name!r}: {kind}{reason}"
    told = {key: arguments.shown(value) for key, value in kwargs.items() if key not in _TOLD and key not in reason}
    return f"{reason} (arguments: {', '.join(f'{key}={value}' for key, value in told.items())})" if told else reason


def _missing(name: str, error: ModuleNotFoundError) -> str:
    """Say which module is missing, and what to do; Gymnasium's own error has the import's as its cause."""
    missing = error.name or getattr(error.__cause__, "name", None) or name.partition(":")[0]
    if missing in EXTRAS:
        return f"the module {missing} is missing; in a clone: pip install -e '.[{missing}]'"
    is_named = f"{name.rpartition(':')[0]}.".startswith(f"{missing}.")
    return f"the module {missing} is missing; install what provides it" + ", or correct the name" * is_named


def _unknown(name: str) -> str:
    module, colon, own = name.rpartition(":")
    near = difflib.get_close_matches(own, [*gymnasium.registry] if colon else [*WORLDS, *gymnasium.registry], n=1)
    hint = f"did you mean {module + colon + near[0]!r}? " if near else ""
    return f"there is no world {name!r}; {hint}known are {', '.join(WORLDS)}, and every Gymnasium id"
