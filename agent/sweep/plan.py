"""The plan of a sweep: a TOML file, read as the comparisons that it asks for.

Names are those of the options of `python -m agent.compare`. What stands at the top holds for all comparisons, and what
stands in a `[[comparison]]` for these. Where an option takes one value and a list is given, there is a comparison for
each of them; what takes a list, such as `agents`, may be given a list of lists.
"""

import itertools
import os
import tomllib
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..experiments import config
from ..experiments.comparisons import making
from ..experiments.options import CompareOptions, Words
from ..results import storage
from ..results.directory_names import directory_name
from ..validation import shown

TABLES = "comparison"


def read(path: str) -> list[CompareOptions]:
    """Read a plan; gives the options of every comparison.

    Raises:
        ValueError: one line naming the file and what is wrong with it.
    """
    if not os.path.isfile(path):
        raise ValueError(f"{shown(path)}: there is no such file; expected a plan in TOML, such as --help shows")
    content = storage.understood(Path(path), storage.read_bytes(Path(path)), _parsed)
    tables = content.pop(TABLES, [{}])
    if not (isinstance(tables, list) and tables and all(isinstance(table, dict) for table in tables)):
        raise ValueError(f"{path}: {TABLES}: got {shown(tables)}, expected tables, each headed [[{TABLES}]]")
    asked = [_named(path, content) | _named(path, table) for table in tables]
    return [config.options_from(path, each, CompareOptions) for table in asked for each in _combinations(table)]


def _parsed(content: bytes) -> dict[str, Any]:
    return tomllib.loads(content.decode("utf-8-sig"))


def prepare(asked: Sequence[CompareOptions]) -> list[dict[str, Any]]:
    """Resolve what a plan asks for; gives the configuration of every comparison, one in each world.

    Raises:
        ValueError: something about it is wrong, or it asks for the same comparison twice.
    """
    resolved = [config for each in asked for config in making.prepare(each)]
    names = [directory_name(each) for each in resolved]
    for name, each in zip(names, resolved, strict=True):
        if names.count(name) > 1:
            raise ValueError(f"the plan asks more than once for the same comparison in {each['env']}, {name}")
    return resolved


def _named(path: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """Spell the names of a table as options are called."""
    names = [name.replace("-", "_") for name in table]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"{path}: {twice[0]} comes more than once")
    return dict(zip(names, table.values(), strict=True))


def _combinations(table: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    hints = typing.get_type_hints(CompareOptions)
    choices = [_choices(name, value, hints.get(name) == Words) for name, value in table.items()]
    return (dict(zip(table, values, strict=True)) for values in itertools.product(*choices))


def _choices(name: str, value: Any, takes_many: bool) -> list[Any]:
    """Return the values that an option is to have, one after the other."""
    if not isinstance(value, list) or not value:
        return [value]
    several = list if takes_many and name != "env_kwargs" else dict if name == "env_kwargs" else object
    return value if all(isinstance(each, several) for each in value) else [value]
