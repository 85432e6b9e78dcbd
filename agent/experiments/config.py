"""The resolved configuration: what a command was asked for, with every default filled in, as a plain dictionary.

It is stored as `config.json`, can be given back as `--config`, and its digest names the directory of the result.
"""

import json
import math
import os
import sys
import typing
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

from ..parts import AGENT, chosen, parameters
from ..registry import EMPIRICAL
from ..results.schema import SCHEMA
from ..validation import known, literal, nearest, shown, whole_number
from .options import FIGURE_FORMATS, MOST_SEED, MOST_WORKERS, VIDEO, CompareOptions, RunOptions, Words, flag, world_of

if typing.TYPE_CHECKING:
    from .options import Options, ResultOptions


TRANSIENT = frozenset(
    {
        "out",
        "force",
        "quiet",
        "version",
        "list",
        "config",
        "workers",
        "figure_format",
        "checkpoint_seconds",
        "yes",
        "live",
        "tensorboard",
    }
)
"""Options that change where and how a result is made, not the result."""

BESIDE_OPTIONS = frozenset({"schema", "versions", "map_text", "parts", "own_files", "carried", "worlds"})
"""What a stored configuration holds that is not an option."""

AnyOptions = TypeVar("AnyOptions")


_LIMITS = {
    "steps": (1, math.inf),
    "seed": (0, MOST_SEED),
    "seeds": (1, math.inf),
    "first_seed": (0, MOST_SEED),
    "workers": (1, MOST_WORKERS),
    "bins": (2, 2**31 - 1),
    "trace_every": (0, math.inf),
}
"""The smallest and the largest value of each count; where memory is the limit, `agent.experiments.setup` finds it."""


def check_counts(options: "ResultOptions") -> None:
    """Refuse counts that make no sense.

    Raises:
        ValueError: one line: what was got and what was expected.
    """
    for name in options.figure_format:
        known("figure format", name, (*FIGURE_FORMATS, VIDEO) if isinstance(options, RunOptions) else FIGURE_FORMATS)
    for name, (least, most) in _LIMITS.items():
        for value in _numbers_of(name, getattr(options, name, None)):
            if not least <= value <= most:
                expected = f"at least {least}" if value < least else f"{least} to {most}"
                raise ValueError(f"{flag(name)}: got {shown(value)}, expected {expected}")
    if isinstance(options, CompareOptions) and options.first_seed + options.seeds - 1 > MOST_SEED:
        raise ValueError(f"--seeds: got {shown(options.seeds)}, which leads beyond the last seed, {MOST_SEED}")


def check_numbers(options: "Options") -> None:
    """Refuse numbers that make no sense.

    Raises:
        ValueError: one line: what was got and what was expected.
    """
    check_counts(options)
    if options.bounds is not None and options.bins is None:
        raise ValueError(f"--bounds: got {shown(options.bounds)} without --bins, which they are divided into")
    if not 0 < options.discount < 1:
        raise ValueError(f"--discount: got {options.discount}, expected a number between 0 and 1, both excluded")
    if not 0 < options.tolerance < math.inf:
        raise ValueError(f"--tolerance: got {options.tolerance}, expected a positive number")
    for name in ("curiosity_weight", "reward_weight", "reward_gain_weight"):
        if not math.isfinite(value := getattr(options, name) or 0.0):
            raise ValueError(f"{flag(name)}: got {value}, expected a finite number")
    if isinstance(options, RunOptions) and not options.checkpoint_seconds >= 0:
        raise ValueError(f"--checkpoint-seconds: got {options.checkpoint_seconds}, expected a number, 0 or more")


def bins_of(given: int | str) -> int | tuple[int, ...]:
    """Return the bins of all numbers, or, of text such as `6,6,12`, those of each.

    Raises:
        ValueError: other text.
    """
    return given if isinstance(given, int) else tuple(map(whole_number, given.split(",")))


def _numbers_of(name: str, value: int | str | None) -> Iterable[int]:
    if not isinstance(value, str):
        return () if value is None else (value,)
    try:
        found = bins_of(value)
        return (found,) if isinstance(found, int) else found
    except ValueError as error:
        raise ValueError(f"{flag(name)}: {error}") from None


def resolved(options: "Options", steps: int, map_text: str | None) -> dict[str, Any]:
    """Fill in what the options left open.

    Args:
        options: what was asked for.
        steps: how many steps an agent makes.
        map_text: the world's text map, if it has one.
    """
    config = {name: value for name, value in asdict(options).items() if name not in TRANSIENT}
    config |= {
        "env": world_of(options),
        "steps": steps,
        "env_kwargs": keyword_arguments(options.env_kwargs),
        "map_text": map_text,
    }
    for name in ("score_states", "measures"):
        if name in config:
            config[name] = list(config[name])
    if config.get("bounds") is not None:
        config["bounds"] = _as_written(config["bounds"])
    if "trace_columns" in config:
        config["trace_columns"] = sorted(set(config["trace_columns"]))
    defaults = {
        "score_states": [],
        "measures": [],
        "bounds": None,
        "reward_belief": EMPIRICAL,
        "reward_gain_weight": None,
        "trace_every": 1,
        "trace_columns": [],
        "decompose": False,
    }
    for name, default in defaults.items():
        if name in config and config[name] == default:
            del config[name]  # as in results of earlier versions, which have the same names
    if "agents" in config:
        config["agents"] = list(config["agents"])
    return config


def _as_written(bounds: str) -> str:
    """Return the same bounds, however they were typed, as the same text."""
    from ..worlds import bounds_of

    try:
        return ",".join(f"{low}:{high}" for low, high in bounds_of(bounds))
    except ValueError as error:
        raise ValueError(f"--{error}") from None


def keyword_arguments(words: Iterable[str]) -> dict[str, Any]:
    """Read `name=value` words, the value as JSON, as a Python literal, or else as text.

    Raises:
        ValueError: a word has no `=` or no name before it, or a name comes twice.
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
    """Return `name=value` words without those whose name `by` sets again, followed by the words of `by`."""
    names = {word.partition("=")[0] for word in by}
    return (*(word for word in words if word.partition("=")[0] not in names), *by)


def read(path: str | Path, kind: type[AnyOptions]) -> AnyOptions:
    """Read a stored configuration back as options.

    Raises:
        ValueError: one line naming the file and what is wrong with it.
    """
    return options_from(path, stored(path), kind)


def options_from(path: str | Path, content: dict[str, Any], kind: type[AnyOptions]) -> AnyOptions:
    """Read options by their names; a file's `path` is told in errors.

    Raises:
        ValueError: one line naming the file and what is wrong with it.
    """
    hints = {name: tuple[str, ...] if hint == Words else hint for name, hint in typing.get_type_hints(kind).items()}
    known = {field.name for field in fields(kind)} - TRANSIENT  # pyright: ignore[reportArgumentType]
    for name in content:
        if name not in known | BESIDE_OPTIONS:
            hint = nearest(name, known)
            raise ValueError(f"{path}: unknown option {shown(name)}: not a configuration of this command.{hint}")
    if not known & set(content):
        raise ValueError(f"{path}: got no option, expected some by name, such as env and steps; --help shows them")
    values = {name: _typed(path, name, content[name], hints[name]) for name in known & set(content)}
    return kind(**values)


def stored(path: str | Path) -> dict[str, Any]:
    """Read a `config.json` as it is; a directory stands for the one in it.

    Raises:
        ValueError: one line naming the file and what is wrong with it.
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
        ValueError: the file is missing or its map malformed; the line and the column are named.
    """
    if options.map is None:
        return None
    if options.config is not None:
        content = stored(options.config)
        if content.get("map") == options.map and isinstance(content.get("map_text"), str):
            return content["map_text"]
    from ..worlds import layouts

    return layouts.read(options.map).text


def _typed(path: str | Path, name: str, value: Any, hint: Any) -> Any:
    """Check a stored value against its option's type; JSON's lists and objects become what is typed at a shell."""
    if name == "env_kwargs" and isinstance(value, dict):
        if wrong := [key for key in value if not key.isidentifier()]:
            raise ValueError(f"{path}: env_kwargs: got {shown(wrong[0])}, expected the name of an argument")
        return tuple(f"{key}={json.dumps(item)}" for key, item in value.items())
    if int in (typing.get_args(hint) or (hint,)) and type(value) is float and value.is_integer():
        value = int(value)  # 1e6
    if typing.get_origin(hint) is tuple:
        value = tuple(value) if isinstance(value, list) else (value,) if name == "env" else value
    if not _fits(value, hint):
        raise ValueError(f"{path}: {name}: got {shown(value)}, expected {_spelled(hint)}")
    return float(value) if float in (typing.get_args(hint) or (hint,)) and value is not None else value


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


def own_parts(agent: str, bonus: str | None, planner: str | None) -> dict[str, str]:
    """Return the bonus and the planner that an agent has, asked for or its own; nothing for one that has neither."""
    found, asked = chosen(AGENT, agent), {"bonus": bonus, "planner": planner}
    own = {name: each.default for name, each in parameters(AGENT, found.factory).items() if name in asked}
    named = {name: found.settings.get(name) or asked[name] or default for name, default in own.items()}
    return {name: value for name, value in named.items() if isinstance(value, str)}
