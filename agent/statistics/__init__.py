"""What may be said of numbers over seeds: estimates with intervals, pairs of agents, censored times.

Pure functions of arrays: they know neither agents nor files.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    """Import a module of this package when it is first used (PEP 562)."""
    from .. import module_of

    return module_of(__name__, name)
