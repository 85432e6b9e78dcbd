"""From a command line to stored results: options, the worlds and agents they name, runs of one seed and of many."""

from typing import Any


def __getattr__(name: str) -> Any:
    """Import a module of this package when it is first used (PEP 562)."""
    from .. import module_of

    return module_of(__name__, name)
