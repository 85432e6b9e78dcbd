"""What a result was made from: the configuration, known by its digest, and the versions of what ran."""

import hashlib
import json
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from .schema import SCHEMA

DISTRIBUTION = "blackswan-rl"


def digest(config: Mapping[str, Any]) -> str:
    """Return the eight hexadecimal digits that a resolved configuration, with its map's content, is known by."""
    relevant = {name: value for name, value in config.items() if name not in {"schema", "versions", "map"}}
    as_stored = json.loads(json.dumps(relevant))  # keys that are numbers become text, which sorts otherwise
    text = json.dumps(as_stored, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def directory_name(config: Mapping[str, Any]) -> str:
    """Return the name of the directory of a result; slashes and colons become dashes."""
    if "experiment" in config:
        name = f"reproduce-{config['experiment']}-{digest(config)}"
    elif "agents" in config:
        name = f"compare-{config['env']}-{digest(config)}"
    else:
        name = f"{config['env']}-{config['agent']}-s{config['seed']}-{digest(config)}"
    return name.replace("/", "-").replace("\\", "-").replace(":", "-")


def to_store(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `config.json` holds of a resolved configuration."""
    return {"schema": SCHEMA, **config, "versions": versions(config["env"])}


def versions(env: str) -> dict[str, str]:
    """Return the versions of what a result is computed with, the package of its world among them."""
    import platform

    found = {"python": platform.python_version()}
    for distribution in (DISTRIBUTION, "gymnasium", "numpy", "scipy", "numba", *_distributions(env)):
        try:
            found[distribution] = metadata.version(distribution)
        except metadata.PackageNotFoundError:
            found[distribution] = "not installed"
    return found


def _distributions(env: str) -> list[str]:
    """Return the names of the distributions that a world of others is part of."""
    if env.startswith(("MiniGrid-", "BabyAI-")):
        return ["minigrid"]
    module, colon, _ = env.partition(":")
    return metadata.packages_distributions().get(module.partition(".")[0], []) if colon else []


def maker(config: Mapping[str, Any]) -> str:
    """Tell which version of this package a stored configuration was made by."""
    return f"{DISTRIBUTION} {_recorded_versions(config).get(DISTRIBUTION, 'of unknown version')}"


def made_otherwise(config: Mapping[str, Any]) -> str:
    """Tell with which versions, other than those that are here, a stored configuration was run; nothing if none."""
    recorded = _recorded_versions(config)
    here = versions(str(config.get("env"))).items()
    others = (f"{name} {recorded.get(name, '?')} (here {one})" for name, one in here if recorded.get(name) != one)
    return ", ".join(others)


def _recorded_versions(config: Mapping[str, Any]) -> Mapping[str, Any]:
    found = config.get("versions")
    return found if isinstance(found, dict) else {}
