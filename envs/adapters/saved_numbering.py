"""Numbers handed out to observations, as arrays: a file of arrays can hold them, and nothing is pickled.

Observations are known by a key, a whole number or text, bytes and tuples of such; what is kept is a mapping from key to
number.
"""

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]


def as_arrays(name: str, numbers: Mapping[Any, int]) -> Arrays:
    """Return a mapping as arrays: whole numbers as they are, other keys as literals, one behind the other.

    Args:
        name: of the mapping, the first part of the arrays' names.
        numbers: all keys whole numbers, or none of them.
    """
    given = np.fromiter(numbers.values(), dtype=np.int64, count=len(numbers))
    if not all(isinstance(key, int) for key in numbers):
        literals = [repr(key).encode() for key in numbers]
        lengths = np.array([len(literal) for literal in literals], dtype=np.int64)
        keys = np.frombuffer(b"".join(literals), dtype=np.uint8)
    else:
        keys, lengths = np.fromiter(numbers, dtype=np.int64, count=len(numbers)), np.zeros(0, dtype=np.int64)
    return {f"{name}_key": keys, f"{name}_length": lengths, f"{name}_number": given}


def from_arrays(name: str, arrays: Mapping[str, NDArray[Any]]) -> dict[Any, int]:
    """Return the mapping that `as_arrays` wrote.

    Raises:
        ValueError: an array is missing, of another type, or does not belong to the others; a key or a number is given
            twice, a number is negative.
    """
    keys, lengths, given = (taken(arrays, f"{name}_{part}") for part in ("key", "length", "number"))
    if keys.dtype == np.uint8:
        ends = np.cumsum(lengths)
        if lengths.min(initial=0) < 0 or (ends[-1] if ends.size else 0) != keys.size:
            raise ValueError(f"{name}_length does not add up to {name}_key")
        content = keys.tobytes()
        found: list[Any] = [
            _literal(content[end - length : end], name) for end, length in zip(ends, lengths, strict=True)
        ]
    else:
        found = keys.tolist()
    numbers = given.tolist()
    if len(found) != len(numbers):
        raise ValueError(f"{len(found)} keys in {name}_key, but {len(numbers)} numbers in {name}_number")
    if len(set(found)) < len(found) or len(set(numbers)) < len(numbers) or min(numbers, default=0) < 0:
        raise ValueError(f"{name}_key and {name}_number must be distinct, and no number negative")
    return dict(zip(found, numbers, strict=True))


def _literal(content: bytes, name: str) -> Any:
    try:
        key = ast.literal_eval(content.decode())
        hash(key)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise ValueError(f"{name}_key holds something that is no key") from None
    return key


def taken(arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    """Return one array of whole numbers, `[n]`.

    Raises:
        ValueError: it is missing or something else.
    """
    if name not in arrays:
        raise ValueError(f"it lacks {name}")
    array = arrays[name]
    if array.ndim != 1 or array.dtype not in (np.int64, np.uint8):
        raise ValueError(f"{name} is {array.dtype} of shape {array.shape}, expected a row of whole numbers")
    return array
