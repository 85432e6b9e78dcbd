"""All agents by name, as parameters of a test; what the literature's need to be compiled is left to the slow part."""

import pytest

from agent.registry import AGENTS

EVERY_AGENT = [
    pytest.param({"name": name}, marks=[pytest.mark.slow] if ".published." in entry.path else [])
    for name, entry in AGENTS.items()
]
