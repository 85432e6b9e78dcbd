"""Drawing hostile values: numbers at the edges, values of other types, damaged bytes."""

import math
from typing import Any

import numpy as np

Rng = np.random.Generator

ODD_INTEGERS = (-(2**63), -1, 0, 1, 2, 3, 127, 128, 255, 256, 2**31 - 1, 2**31, 2**32, 2**40, 2**63 - 1, 2**63, 10**30)
ODD_FLOATS = (-math.inf, -1e308, -1.0, -1e-300, -0.0, 0.0, 5e-324, 1e-9, 0.1, 0.5, 0.99, 1.0, 1.5, 1e6, 1e308, math.inf)
ODD_TEXTS = ("", " ", "abc", "1", "1e6", "nan", "\0", "é", "\u2028", "'", "a\nb", "true", "x" * 300)


def one(rng: Rng, values: Any) -> Any:
    """One of some values, as it is."""
    return values[int(rng.integers(len(values)))]


def odd_json(rng: Rng, depth: int = 0) -> Any:
    """A value that JSON can hold, as it should not be."""
    kind = int(rng.integers(8 if depth < 2 else 6))
    if kind < 5:
        return one(rng, [*ODD_INTEGERS, *ODD_FLOATS, math.nan] if kind < 3 else ODD_TEXTS)
    if kind == 5:
        return one(rng, (None, True, False))
    entries = [odd_json(rng, depth + 1) for _ in range(int(rng.integers(3)))]
    return entries if kind == 6 else {one(rng, ODD_TEXTS): entry for entry in entries}


def odd_value(rng: Rng) -> Any:
    """Anything that a caller from Python may hand over."""
    others = (
        np.int64(3),
        np.float64(0.5),
        np.float32("nan"),
        np.array(1),
        np.array([1, 2]),
        b"x",
        1j,
        object(),
        np.True_,
    )
    return one(rng, others) if rng.random() < 0.3 else odd_json(rng)


def damaged(rng: Rng, content: bytes) -> bytes:
    """Content with one damage of a kind that disks, editors and people do."""
    place = int(rng.integers(max(len(content), 1)))
    length = int(rng.integers(1, 40))
    stretch = slice(place, place + length)
    kind = int(rng.integers(9))
    if kind == 0:  # a bit flips
        flipped = bytearray(content or b"\0")
        flipped[place] ^= 1 << int(rng.integers(8))
        return bytes(flipped)
    if kind == 1:
        return content[:place]
    if kind == 2:
        return content[:place] + bytes(len(content[stretch])) + content[place + length :]
    if kind == 3:
        return content[:place] + content[place + length :]
    if kind == 4:
        return content[:place] + rng.bytes(length) + content[place:]
    if kind == 5:
        return content[:place] + content[stretch] + content[place:]
    if kind == 6:  # a figure for another
        figures = [at for at, byte in enumerate(content) if 48 <= byte < 58]
        if not figures:
            return b""
        at = one(rng, figures)
        return content[:at] + b"%d" % rng.integers(10) + content[at + 1 :]
    if kind == 7:
        return one(rng, (b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"\r\n")) + content
    return one(rng, (b"", b"\0" * 64, b"[]", b"{}", b"null", b"PK\x05\x06" + bytes(18), rng.bytes(64)))
