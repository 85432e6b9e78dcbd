"""An agent that plans to be surprised: exact Bayesian curiosity for discrete Gymnasium worlds.

The names below are imported when they are first used, so that `import agent` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.agents import make_agent
    from agent.agents.explorer import Explorer
    from agent.interaction import interact
    from agent.protocols import Transition
    from agent.recording import load_run
    from agent.simulation import simulate
    from agent.world_model import WorldModel
    from agent.wrappers import CuriosityReward

_EXPORTS = {
    "CuriosityReward": "agent.wrappers",
    "Explorer": "agent.agents.explorer",
    "Transition": "agent.protocols",
    "WorldModel": "agent.world_model",
    "interact": "agent.interaction",
    "load_run": "agent.recording",
    "make_agent": "agent.agents",
    "simulate": "agent.simulation",
}

__all__ = ["CuriosityReward", "Explorer", "Transition", "WorldModel", "interact", "load_run", "make_agent", "simulate"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    if name in _EXPORTS:
        return getattr(importlib.import_module(_EXPORTS[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
