"""Values as people give them, typed or from Python: read exactly, or refused in a few words that say what was expected.

A number is neither text, nor true or false; what is not finite is refused where it has no meaning.
"""

import ast
import difflib
import inspect
import json
import math
import types
import typing
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

MOST_DIGITS = 300
LONGEST = 60
"""Characters of a value that are shown."""

LARGEST_PAID = 1e100
"""Largest reward or payoff, up or down: its square, sums over states and steps, and what it is worth if it is paid for
ever stay far below the largest number there is."""


def whole_number(text: str) -> int:
    """Read a whole number, such as 1000000, 1_000_000, 1e6 or 2.5e3.

    Raises:
        ValueError: anything else, or too many digits.
    """
    from decimal import Decimal, InvalidOperation

    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("nan")
    if value.is_finite() and value.adjusted() >= MOST_DIGITS:
        raise ValueError(f"got {shown(text)}, expected a whole number of at most {MOST_DIGITS} digits")
    if not value.is_finite() or value != int(value):
        raise ValueError(f"got {shown(text)}, expected a whole number")
    return int(value)


def number(text: str) -> float:
    """Read a number; nan and inf are numbers here, and refused where they make no sense.

    Raises:
        ValueError: anything else.
    """
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"got {shown(text)}, expected a number") from None


def shown(value: Any) -> str:
    """Return how a value is written, on one line, in the middle shortened where it is long."""
    try:
        line = " ".join(repr(value).split())
    except ValueError:  # Python writes no integer of more than 4300 digits
        return f"a number of some {int(value.bit_length() * math.log10(2))} digits"
    keep = LONGEST // 2
    return line if len(line) <= LONGEST else f"{line[:keep]}...{line[-keep:]} ({len(line)} characters)"


def is_finite_number(value: Any) -> bool:
    """Return whether a value is a real number, and finite."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def is_whole_number(value: Any) -> bool:
    """Return whether a value is an integer, of Python or of NumPy."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def literal(text: str) -> Any:
    """Read a value as JSON, as a Python literal, or else as the text that it is."""
    for parse in (json.loads, ast.literal_eval):
        try:
            return json.loads(json.dumps(parse(text), allow_nan=False))
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    return text


def as_typed(parameter: inspect.Parameter, text: str) -> Any:
    """Read the value of a parameter, typed by its annotation, or else by its default.

    Raises:
        ValueError: a value of another type: a few words that say what was expected.
    """
    return _read(type_of(parameter), text)


def type_of(parameter: inspect.Parameter) -> Any:
    """Return the type of a parameter by its annotation, or else by its default; `Any` where neither tells."""
    annotation, default = parameter.annotation, parameter.default
    if annotation is not parameter.empty and not isinstance(annotation, str):
        return annotation
    return Any if default is parameter.empty or default is None else type(default)


def spelled(kind: Any) -> str:
    """Say in words which values are of a type."""
    if typing.get_origin(kind) is typing.Literal:
        return " or ".join(map(str, typing.get_args(kind)))
    if typing.get_origin(kind) in _UNIONS:
        return " or ".join(spelled(arm) for arm in typing.get_args(kind))
    return _SPELLED.get(kind) or getattr(kind, "__name__", str(kind))


_UNIONS = (typing.Union, types.UnionType)
_SPELLED = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
    type(None): "none",
    Any: "any value",
}
_CONSTANTS = {"true": True, "false": False, "none": None}


def _read(kind: Any, text: str) -> Any:
    if kind is int or kind is float:
        return (whole_number if kind is int else number)(text)
    if kind is str:
        is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
        return text[1:-1] if is_quoted else text
    if typing.get_origin(kind) in _UNIONS:
        return _read_one_of(sorted(typing.get_args(kind), key=lambda arm: arm is str), kind, text)
    if typing.get_origin(kind) is typing.Literal:
        arms = {str(arm): arm for arm in typing.get_args(kind)}
        if text in arms:
            return arms[text]
    elif kind is bool or kind is type(None):
        if type(value := _CONSTANTS.get(text.lower(), text)) is kind:
            return value
    else:
        value, expected = literal(text), typing.get_origin(kind) or kind
        value = tuple(value) if expected is tuple and isinstance(value, list) else value
        if kind is Any or not isinstance(expected, type) or isinstance(value, expected):
            return value
    raise ValueError(f"got {shown(text)}, expected {spelled(kind)}")


def _read_one_of(arms: Iterable[Any], kind: Any, text: str) -> Any:
    for arm in arms:
        try:
            return _read(arm, text)
        except ValueError:
            continue
    raise ValueError(f"got {shown(text)}, expected {spelled(kind)}")


def known(kind: str, name: str, names: Iterable[str]) -> str:
    """Return a name that is known, or raise what lists the known ones and the nearest match.

    Raises:
        ValueError: unknown.
    """
    names = list(names)
    if name in names:
        return name
    raise ValueError(f"unknown {kind} {shown(name)}.{nearest(name, names)} Known: {', '.join(names)}.")


def nearest(name: str, names: Iterable[str]) -> str:
    """Return a question after the most similar name, with a blank before it; nothing where none is similar."""
    near = difflib.get_close_matches(name, list(names), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def check_weights(**weights: float) -> None:
    """Refuse weights that are not finite numbers.

    Raises:
        ValueError: one of them is not; it is named.
    """
    for name, weight in weights.items():
        if not is_finite_number(weight):
            raise ValueError(f"{name} must be finite, got {weight!r}; expected a number")
