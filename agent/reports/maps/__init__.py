"""What is written on the cells of a map, beside their colours, and at its edges."""

from typing import Any


def __getattr__(name: str) -> Any:
    """Import a module of this package when it is first used (PEP 562)."""
    from ... import module_of

    return module_of(__name__, name)
