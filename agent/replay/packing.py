"""Arrays and texts as one compressed text that a page can hold, and unpacks without a library.

    number of bytes of the header, 4 bytes | header, JSON | arrays, each on a multiple of 8 bytes

all little-endian, deflated (zlib), in base64. In the header an array is `{"at": first byte, "type": ..., "size": ...}`.
"""

import base64
import json
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 8
LEVEL = 9  # of compression; the slowest takes a tenth of a second for a megabyte


def packed(content: Any) -> str:
    """Return nested dicts and lists, with arrays among them, as text; floats and whole numbers from 0 are exact.

    Raises:
        ValueError: an array of a type that a page has no array for.
    """
    arrays: list[bytes] = []
    header = json.dumps(_placed(content, arrays), allow_nan=False).encode()
    first = len(header).to_bytes(4, "little") + header
    whole = b"".join([first, b"\0" * (-len(first) % ALIGNMENT), *arrays])
    return base64.b64encode(zlib.compress(whole, LEVEL)).decode()


def _placed(content: Any, arrays: list[bytes]) -> Any:
    """Replace arrays by where they are among `arrays`, to which they are added."""
    if isinstance(content, dict):
        return {str(name): _placed(value, arrays) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_placed(value, arrays) for value in content]
    if not isinstance(content, np.ndarray):
        return content
    array = np.ascontiguousarray(smallest(content))
    at = sum(map(len, arrays))
    data = array.astype(array.dtype.newbyteorder("<")).tobytes()
    arrays.append(data + b"\0" * (-len(data) % ALIGNMENT))
    return {"at": at, "type": array.dtype.name, "size": array.size}


def smallest(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array in the smallest type that holds it: uint8, uint16, uint32, int32, float32 or float64.

    Raises:
        ValueError: it holds something else, or larger whole numbers.
    """
    if array.dtype in (np.float32, np.float64):
        return array
    if array.dtype.kind not in "iub":
        raise ValueError(f"got an array of {array.dtype}, expected numbers")
    low, high = int(array.min(initial=0)), int(array.max(initial=0))
    for kind in (np.uint8, np.uint16, np.uint32, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return array.astype(kind)
    raise ValueError(f"got whole numbers from {low} to {high}, expected at most {np.iinfo(np.uint32).max}")


def differences(rows: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Return the bits of each row by which it differs from the row before: what stays is zero, and costs nothing.

    Args:
        rows: `[m, n]`.
    """
    bits = np.ascontiguousarray(rows, "<f8").view("<u4").reshape(len(rows), -1)
    changed = bits.copy()
    changed[1:] ^= bits[:-1]
    return changed
