"""The resolved configuration: what a command was asked for, with every default filled in, as a plain dictionary.

It is stored as `config.json`, can be given back as `--config`, and its digest names the directory of the result.
"""

import hashlib
import json
import os
import re
import sys
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from .. import parts, registry
from ..validation import literal, shown

if typing.TYPE_CHECKING:
    from .options import Options

SCHEMA = 1
"""Version of the layout of a result's directory; a reader refuses any other."""

DISTRIBUTION = "blackswan-rl"

LONGEST_NAME = 100
"""Characters of an agent, with its parameters, in the name of a directory."""

TRANSIENT = frozenset({"out", "force", "quiet", "list", "config", "workers"})
"""Options that change where and how a result is made, not the result."""

BESIDE_OPTIONS = frozenset({"schema", "versions", "map_text", "parts"})
"""What a stored configuration holds that is not an option."""

AnyOptions = TypeVar("AnyOptions")


def resolved(options: "Options", steps: int, map_text: str | None) -> dict[str, Any]:
    """Fill in what the options left open.

    Args:
        options: What was asked for.
        steps: How many steps an agent makes.
        map_text: The world's text map, if it has one.
    """
    config = {name: value for name, value in asdict(options).items() if name not in TRANSIENT}
    config |= {"steps": steps, "env_kwargs": keyword_arguments(options.env_kwargs), "map_text": map_text}
    if "agents" in config:
        config["agents"] = list(config["agents"])
    return config


def digest(config: Mapping[str, Any]) -> str:
    """Return the eight hexadecimal digits that a resolved configuration, with its map's content, is known by."""
    relevant = {name: value for name, value in config.items() if name not in {"schema", "versions", "map"}}
    as_stored = json.loads(json.dumps(relevant))  # keys that are numbers become text, which sorts otherwise
    text = json.dumps(as_stored, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def directory_name(config: Mapping[str, Any]) -> str:
    """Return the name of the directory of a result; slashes, colons and what else no file is named by become dashes."""
    if "experiment" in config:
        name = f"reproduce-{config['experiment']}-{digest(config)}"
    elif "agents" in config:
        name = f"compare-{config['env']}-{digest(config)}"
    else:
        name = f"{config['env']}-{config['agent'][:LONGEST_NAME]}-s{config['seed']}-{digest(config)}"
    return re.sub(r"[/\\:*?\"'<>|\s]", "-", name)


def to_store(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `config.json` holds of a resolved configuration."""
    return {"schema": SCHEMA, **config, "versions": made_with(config)}


def made_with(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the versions of what a result is computed with, and digests of the files of a user's own parts."""
    return versions(str(config.get("env"))) | _own_files(config)


def _own_files(config: Mapping[str, Any]) -> dict[str, str]:
    digests = {}
    for kind, written in parts.written_in(config):
        module = parts.module_of(kind, written)
        file = getattr(sys.modules.get(module), "__file__", None)
        if file is not None and os.path.isfile(file):
            digests[module] = hashlib.sha256(Path(file).read_bytes()).hexdigest()[:8]
    return digests


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
    here = made_with(config).items()
    others = (f"{name} {recorded.get(name, '?')} (here {one})" for name, one in here if recorded.get(name) != one)
    return ", ".join(others)


def _recorded_versions(config: Mapping[str, Any]) -> Mapping[str, Any]:
    found = config.get("versions")
    return found if isinstance(found, dict) else {}


def keyword_arguments(words: Iterable[str]) -> dict[str, Any]:
    """Read `name=value` words, the value as JSON, as a Python literal, or else as text.

    Raises:
        ValueError: A word has no `=` or no name before it, or a name comes twice.
    """
    arguments = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name.isidentifier():
            raise ValueError(f"--env-kwargs: got {shown(word)}, expected name=value, such as slip=0.2")
        if name in arguments:
            raise ValueError(f"--env-kwargs: got {name} more than once, expected each argument once")
        arguments[name] = literal(text)
    return arguments


def overridden(words: Iterable[str], by: Sequence[str]) -> tuple[str, ...]:
    """Return `name=value` words, those of a name that is among the others left out, and then the others."""
    names = {word.partition("=")[0] for word in by}
    return (*(word for word in words if word.partition("=")[0] not in names), *by)


def read(path: str | Path, kind: type[AnyOptions]) -> AnyOptions:
    """Read a stored configuration back as options.

    Raises:
        ValueError: One line naming the file and what is wrong with it.
    """
    content = stored(path)
    hints = typing.get_type_hints(kind)
    known = {field.name for field in fields(kind)} - TRANSIENT  # pyright: ignore[reportArgumentType]
    for name in content:
        if name not in known | BESIDE_OPTIONS:
            hint = registry.nearest(name, known)
            raise ValueError(f"{path}: unknown option {shown(name)}: not a configuration of this command.{hint}")
    values = {name: _typed(path, name, content[name], hints[name]) for name in known & set(content)}
    return kind(**values)


def stored(path: str | Path) -> dict[str, Any]:
    """Read a `config.json` as it is; a directory stands for the one in it.

    Raises:
        ValueError: One line naming the file and what is wrong with it.
    """
    from ..results import storage

    path = Path(path)
    path = path / "config.json" if os.path.isdir(path) else path
    if not os.path.isfile(path):
        raise ValueError(f"{shown(str(path))}: there is no such file")
    content = storage.read_json(path)
    if (schema := content.get("schema", SCHEMA)) != SCHEMA or type(schema) is not int:
        raise ValueError(f"{path}: got schema {shown(schema)}, expected {SCHEMA}: another version wrote it")
    return content


def map_text_of(options: "Options") -> str | None:
    """Return the text of the map that the options ask for: the one stored beside its name, or the file's.

    Raises:
        ValueError: The file is missing or its map malformed; the line and the column are named.
    """
    if options.map is None:
        return None
    if options.config is not None:
        content = stored(options.config)
        if content.get("map") == options.map and isinstance(content.get("map_text"), str):
            return content["map_text"]
    from envs import layouts

    return layouts.read(options.map).text


def _typed(path: str | Path, name: str, value: Any, hint: Any) -> Any:
    """Check a stored value against its option's type; JSON's lists and objects become what is typed at a shell."""
    if name == "env_kwargs" and isinstance(value, dict):
        if wrong := [key for key in value if not key.isidentifier()]:
            raise ValueError(f"{path}: env_kwargs: got {shown(wrong[0])}, expected the name of an argument")
        return tuple(f"{key}={json.dumps(item)}" for key, item in value.items())
    if int in (typing.get_args(hint) or (hint,)) and type(value) is float and value.is_integer():
        value = int(value)  # 1e6
    if typing.get_origin(hint) is tuple and isinstance(value, list):
        value = tuple(value)
    if not _fits(value, hint):
        raise ValueError(f"{path}: {name}: got {shown(value)}, expected {_spelled(hint)}")
    return float(value) if hint is float else value


def _fits(value: Any, hint: Any) -> bool:
    if typing.get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(isinstance(item, str) for item in value)
    if arms := typing.get_args(hint):
        return any(_fits(value, arm) for arm in arms)
    if hint is float:
        return type(value) is float or (type(value) is int and abs(value) <= sys.float_info.max)
    return type(value) is hint


def _spelled(hint: Any) -> str:
    words = {int: "a whole number", float: "a number", str: "text", type(None): "null", bool: "true or false"}
    if typing.get_origin(hint) is tuple:
        return "a list of texts"
    return " or ".join(words[arm] for arm in typing.get_args(hint) or (hint,))
