"""A run that is interrupted goes on where it was: what is saved of it, and how it is taken up again."""

from typing import Any


def __getattr__(name: str) -> Any:
    """Import a module of this package when it is first used (PEP 562)."""
    from ... import module_of

    return module_of(__name__, name)
