"""Curiosity for learners of any kind: a bonus that their worlds pay, one world or many at once."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .belief import REALISED
    from .callback import CuriosityCallback
    from .single import CuriosityReward
    from .vector import VectorCuriosityReward

_EXPORTS = {
    "REALISED": ".belief",
    "CuriosityCallback": ".callback",
    "CuriosityReward": ".single",
    "VectorCuriosityReward": ".vector",
}

__all__ = ["REALISED", "CuriosityCallback", "CuriosityReward", "VectorCuriosityReward"]


def __getattr__(name: str) -> Any:
    """Import a public name, or a module of this package, when it is first used (PEP 562)."""
    if name in _EXPORTS:
        return getattr(importlib.import_module(_EXPORTS[name], __name__), name)
    from .. import module_of

    return module_of(__name__, name)
