"""How the directory of a result is called: after its configuration, and the digest of all of it."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..registry import DISCOUNT, TOLERANCE

LONGEST_NAME = 100
"""Characters of an agent, with its parameters, in the name of a directory."""
LONGEST_WORDS = 60
"""Characters of what else differs from the defaults."""

DEFAULTS: Mapping[str, Any] = {
    "env_kwargs": {},
    "map": None,
    "bins": None,
    "agents": ["curious", "random"],
    "baseline": "random",
    "seeds": 20,
    "first_seed": 0,
    "prior": "empirical-bayes",
    "bonus": None,
    "planner": None,
    "discount": DISCOUNT,
    "tolerance": TOLERANCE,
    "curiosity_weight": 1.0,
    "reward_weight": 0.0,
}
"""Options that are in every configuration; others are there only where they differ."""
NOT_NAMED = frozenset(
    {"schema", "versions", "env", "agent", "seed", "steps", "map_text", "parts", "own_files", "carried", "worlds"}
)
"""What a name begins with, what a longer life has otherwise, and what follows from the options."""


def digest(config: Mapping[str, Any]) -> str:
    """Return the eight hexadecimal digits that a resolved configuration, with its map's content, is known by."""
    relevant = {name: value for name, value in config.items() if name not in {"schema", "versions", "map"}}
    as_stored = json.loads(json.dumps(relevant))  # keys that are numbers become text, which sorts otherwise
    text = json.dumps(as_stored, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def directory_name(config: Mapping[str, Any]) -> str:
    """Return the name of the directory of a result; slashes, colons, quotes and blanks in it become dashes.

    A run and a comparison are called after what differs from the defaults, too, such as `discount-0.9`.
    """
    if "experiment" in config:
        name = f"reproduce-{config['experiment']}"
    elif "sweep" in config:
        name = f"sweep-{config['sweep']}"
    elif "worlds" in config:
        name = f"compare-{len(config['worlds'])}-worlds{_words(config)}"
    elif "agents" in config:
        name = f"compare-{config['env']}{_words(config)}"
    else:
        name = f"{config['env']}-{config['agent'][:LONGEST_NAME]}-s{config['seed']}{_words(config)}"
    return _clean(f"{name}-{digest(config)}")


def folder_names(agents: Sequence[str]) -> dict[str, str]:
    """Return what the folders of agents are called, no two alike."""
    names: dict[str, str] = {}
    for agent in agents:
        name = _clean(agent)[:LONGEST_NAME]
        names[agent] = f"{name}-{len(names) + 1}" if name in names.values() else name
    return names


def _clean(name: str) -> str:
    return re.sub(r"[/\\:*?\"'<>|\s]", "-", name)


def _words(config: Mapping[str, Any]) -> str:
    """Write what differs from the defaults, each with a dash before it."""
    differing = {name: value for name, value in config.items() if name not in NOT_NAMED}
    words = [
        re.sub(r"[^A-Za-z0-9_.,=+]+", "-", word).strip("-.")
        for name, value in differing.items()
        if name not in DEFAULTS or value != DEFAULTS[name]
        for word in _said(name, value)
    ]
    return "".join(f"-{word}" for word in words if word)[:LONGEST_WORDS].rstrip("-.,=+")


def _said(name: str, value: Any) -> Iterator[str]:
    if name == "map" or value is True:
        yield name  # of a map, wherever it was read from
    elif name == "baseline":
        yield "" if value == "none" else f"beside-{value}"  # as that of a baseline itself
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _said(key, each)
    elif isinstance(value, list):
        yield "+".join(map(str, value))
    elif isinstance(value, str):
        yield value
    else:
        yield f"{name.replace('_', '-')}-{value}"
