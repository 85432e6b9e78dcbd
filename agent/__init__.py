"""An agent that plans to be surprised: exact Bayesian curiosity for discrete Gymnasium worlds.

The names below, and the modules of this package, are imported when they are first used, so that `import agent` costs
nothing and `agent.dirichlet` is there.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import bonuses, dirichlet, information, planners, protocols, registry
    from .agents.explorer import Explorer
    from .agents.make_agent import make_agent
    from .belief.world_model import WorldModel
    from .protocols import Transition
    from .replay.showing import show
    from .results.lives import load_results
    from .results.run_directory import load_run
    from .simulation.interaction import interact
    from .simulation.scoring import Truth
    from .simulation.simulate import simulate
    from .wrappers import CuriosityReward, VectorCuriosityReward

    __version__: str

_EXPORTS = {
    "CuriosityReward": ".wrappers",
    "Explorer": ".agents.explorer",
    "Transition": ".protocols",
    "Truth": ".simulation.scoring",
    "VectorCuriosityReward": ".wrappers",
    "WorldModel": ".belief.world_model",
    "interact": ".simulation.interaction",
    "load_results": ".results.lives",
    "load_run": ".results.run_directory",
    "make_agent": ".agents.make_agent",
    "show": ".replay.showing",
    "simulate": ".simulation.simulate",
}

__all__ = [
    "CuriosityReward",
    "Explorer",
    "Transition",
    "Truth",
    "VectorCuriosityReward",
    "WorldModel",
    "bonuses",
    "dirichlet",
    "information",
    "interact",
    "load_results",
    "load_run",
    "make_agent",
    "planners",
    "protocols",
    "registry",
    "show",
    "simulate",
]


def __getattr__(name: str) -> Any:
    """Import a public name, or a module of the package, when it is first used (PEP 562)."""
    if name in _EXPORTS:
        return getattr(importlib.import_module(_EXPORTS[name], __name__), name)
    if name == "__version__":
        return _version()
    return module_of(__name__, name)


def module_of(package: str, name: str) -> Any:
    """Import a module of a package when it is first used.

    Raises:
        AttributeError: there is no such module.
    """
    module = f"{package}.{name}"
    if name.isidentifier():
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module:  # it is there, and what it needs is not
                raise
    raise AttributeError(f"module {package!r} has no attribute {name!r}")


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("blackswan-rl")
    except metadata.PackageNotFoundError:  # a checkout that was never installed
        return "unknown"


def __dir__() -> list[str]:
    return __all__
