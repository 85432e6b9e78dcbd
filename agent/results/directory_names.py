"""How the directory of a result is called: after its configuration, and the digest of all of it."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

LONGEST_NAME = 100
"""Characters of an agent, with its parameters, in the name of a directory."""


def digest(config: Mapping[str, Any]) -> str:
    """Return the eight hexadecimal digits that a resolved configuration, with its map's content, is known by."""
    relevant = {name: value for name, value in config.items() if name not in {"schema", "versions", "map"}}
    as_stored = json.loads(json.dumps(relevant))  # keys that are numbers become text, which sorts otherwise
    text = json.dumps(as_stored, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def directory_name(config: Mapping[str, Any]) -> str:
    """Return the name of the directory of a result; slashes, colons, quotes and blanks in it become dashes."""
    if "experiment" in config:
        name = f"reproduce-{config['experiment']}-{digest(config)}"
    elif "sweep" in config:
        name = f"sweep-{config['sweep']}-{digest(config)}"
    elif "worlds" in config:
        name = f"compare-{len(config['worlds'])}-worlds-{digest(config)}"
    elif "agents" in config:
        name = f"compare-{config['env']}-{digest(config)}"
    else:
        name = f"{config['env']}-{config['agent'][:LONGEST_NAME]}-s{config['seed']}-{digest(config)}"
    return re.sub(r"[/\\:*?\"'<>|\s]", "-", name)
