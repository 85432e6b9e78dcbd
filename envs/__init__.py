"""Discrete worlds: text maps, reference worlds of the exploration literature, and adapters for everybody else's.

Importing the package registers its worlds with Gymnasium (`blackswan/Grid-v0`, ...). A world is one line of `WORLDS`
and one file; everything else, its modules too, is imported when it is first asked for.
"""

import importlib
from typing import TYPE_CHECKING, Any

from .worlds import WORLDS, World, make, register

if TYPE_CHECKING:
    from . import layouts
    from .adapters.binning import binned
    from .adapters.enumeration import enumerate_mdp
    from .adapters.state_env import StateEnv, as_states
    from .mdp import FiniteMDP
    from .tabular import TabularEnv
    from .truth import true_mdp

_EXPORTS = {
    "FiniteMDP": ".mdp",
    "StateEnv": ".adapters.state_env",
    "TabularEnv": ".tabular",
    "as_states": ".adapters.state_env",
    "binned": ".adapters.binning",
    "enumerate_mdp": ".adapters.enumeration",
    "true_mdp": ".truth",
}

__all__ = [
    "WORLDS",
    "FiniteMDP",
    "StateEnv",
    "TabularEnv",
    "World",
    "as_states",
    "binned",
    "enumerate_mdp",
    "layouts",
    "make",
    "true_mdp",
]

register()


def __getattr__(name: str) -> Any:
    """Import a public name, or a module of the package, when it is first used (PEP 562)."""
    if name in _EXPORTS:
        return getattr(importlib.import_module(_EXPORTS[name], __name__), name)
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


def __dir__() -> list[str]:
    return __all__
