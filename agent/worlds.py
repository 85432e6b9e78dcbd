"""What agents know of worlds: the one module of `agent` that imports from `envs`, whatever that is called.

It lies beside this package: `envs` beside `agent` in a checkout, `blackswan.envs` beside `blackswan.agent` where it is
installed. There, an `envs` in the directory that a program is started from is somebody else's.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..envs import (
        WORLDS,
        FiniteMDP,
        StateEnv,
        TabularEnv,
        World,
        as_states,
        binned,
        layouts,
        make,
        memory,
        true_mdp,
    )
    from ..envs.adapters.binning import Bins, bounds_of
    from ..envs.adapters.chance import drawn_by_all
    from ..envs.adapters.layers import UnknownTruthError, layer_of, layers, place_of
    from ..envs.adapters.placing import placer
    from ..envs.adapters.spaces import name_of
    from ..envs.successor_draws import draw
    from ..envs.truth import find_mdp
    from ..envs.worlds import is_minigrid

ENVS = __name__.removesuffix("agent.worlds") + "envs"
"""The name of the package of worlds."""

_MODULES = {
    "Bins": ".adapters.binning",
    "UnknownTruthError": ".adapters.layers",
    "bounds_of": ".adapters.binning",
    "draw": ".successor_draws",
    "drawn_by_all": ".adapters.chance",
    "find_mdp": ".truth",
    "is_minigrid": ".worlds",
    "layer_of": ".adapters.layers",
    "layers": ".adapters.layers",
    "name_of": ".adapters.spaces",
    "place_of": ".adapters.layers",
    "placer": ".adapters.placing",
}
"""Where a name is that the package itself does not export."""

__all__ = [
    "ENVS",
    "WORLDS",
    "Bins",
    "FiniteMDP",
    "StateEnv",
    "TabularEnv",
    "UnknownTruthError",
    "World",
    "as_states",
    "binned",
    "bounds_of",
    "draw",
    "drawn_by_all",
    "find_mdp",
    "is_minigrid",
    "layer_of",
    "layers",
    "layouts",
    "make",
    "memory",
    "name_of",
    "place_of",
    "placer",
    "true_mdp",
]


def __getattr__(name: str) -> Any:
    """Import what is named above when it is first used (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(ENVS + _MODULES.get(name, "")), name)
