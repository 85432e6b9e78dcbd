"""What a result was made from: the configuration, known by its digest, and the versions of what ran."""

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import parts
from .schema import SCHEMA

DISTRIBUTION = "blackswan-rl"


def to_store(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `config.json` holds of a resolved configuration."""
    return {"schema": SCHEMA, **config, "versions": versions(*_worlds(config))}


def own_files(config: Mapping[str, Any]) -> dict[str, str]:
    """Return digests of the files of a user's own parts and world, and of what they imported from beside them.

    What was edited since makes another result.
    """
    modules = (sys.modules.get(name) for name in parts.modules_in(config) if not _package_of(name))
    folders = {Path(file).parent for module in modules if (file := getattr(module, "__file__", None))}
    files = {(name, getattr(module, "__file__", None)) for name, module in list(sys.modules.items())}
    own = {name: Path(file) for name, file in files if file and Path(file).parent in folders and os.path.isfile(file)}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest()[:8] for name, path in sorted(own.items())}


def versions(*envs: str) -> dict[str, str]:
    """Return the versions of what a result is computed with, the packages of its worlds among them."""
    import platform
    from importlib import metadata

    found = {"python": platform.python_version()}
    of_worlds = dict.fromkeys(name for env in envs for name in _distributions(env))
    for distribution in (DISTRIBUTION, "gymnasium", "numpy", "scipy", "numba", *of_worlds):
        try:
            found[distribution] = metadata.version(distribution)
        except metadata.PackageNotFoundError:
            found[distribution] = "not installed"
    return found


def _worlds(config: Mapping[str, Any]) -> list[str]:
    """Return the worlds of a configuration: one, or several that are compared."""
    env = config.get("env")
    return list(map(str, env)) if isinstance(env, list) else [str(env)]


def _distributions(env: str) -> list[str]:
    """Return the names of the distributions that a world of others is part of."""
    if env.startswith(("MiniGrid-", "BabyAI-")):
        return ["minigrid"]
    module, colon, _ = env.partition(":")
    return _package_of(module) if colon else []


def _package_of(module: str) -> list[str]:
    from importlib import metadata  # only when it is needed: --help is as fast as the imports are few

    return metadata.packages_distributions().get(module.partition(".")[0], [])


def maker(config: Mapping[str, Any]) -> str:
    """Tell which version of this package a stored configuration was made by."""
    return f"{DISTRIBUTION} {_recorded_versions(config).get(DISTRIBUTION, 'of unknown version')}"


def made_otherwise(config: Mapping[str, Any]) -> str:
    """Say with which other versions than those installed a stored configuration was run; empty if none."""
    recorded = _recorded_versions(config)
    here = versions(*_worlds(config)).items()
    others = (f"{name} {recorded.get(name, '?')} (here {one})" for name, one in here if recorded.get(name) != one)
    return ", ".join(others)


def _recorded_versions(config: Mapping[str, Any]) -> Mapping[str, Any]:
    found = config.get("versions")
    return found if isinstance(found, dict) else {}
