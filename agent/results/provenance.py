"""What a result was made from: the configuration, known by its digest, and the versions of what ran."""

import hashlib
import os
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from .. import parts
from .schema import SCHEMA

DISTRIBUTION = "blackswan-rl"


def to_store(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `config.json` holds of a resolved configuration."""
    return {"schema": SCHEMA, **config, "versions": made_with(config)}


def made_with(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the versions of what a result is computed with, and digests of the files of a user's own parts."""
    return versions(str(config.get("env"))) | _own_files(config)


def _own_files(config: Mapping[str, Any]) -> dict[str, str]:
    """Return digests of the modules that a configuration names, if they were imported and are part of no package."""
    files = {module: getattr(sys.modules.get(module), "__file__", None) for module in parts.modules_in(config)}
    own = {module: file for module, file in files.items() if file and not _package_of(module) and os.path.isfile(file)}
    return {module: hashlib.sha256(Path(file).read_bytes()).hexdigest()[:8] for module, file in sorted(own.items())}


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
    return _package_of(module) if colon else []


def _package_of(module: str) -> list[str]:
    return metadata.packages_distributions().get(module.partition(".")[0], [])


def maker(config: Mapping[str, Any]) -> str:
    """Tell which version of this package a stored configuration was made by."""
    return f"{DISTRIBUTION} {_recorded_versions(config).get(DISTRIBUTION, 'of unknown version')}"


def made_otherwise(config: Mapping[str, Any]) -> str:
    """Say with which other versions than those installed a stored configuration was run; empty if none."""
    recorded = _recorded_versions(config)
    here = made_with(config).items()
    others = (f"{name} {recorded.get(name, '?')} (here {one})" for name, one in here if recorded.get(name) != one)
    return ", ".join(others)


def _recorded_versions(config: Mapping[str, Any]) -> Mapping[str, Any]:
    found = config.get("versions")
    return found if isinstance(found, dict) else {}
