"""Text maps: from characters to a checked rectangle of cells.

| sign | meaning | sign | meaning |
|---|---|---|---|
| `#` | wall | `~` | ice: moves that start here slip twice as often |
| `.` | floor | `^ > v <` | one-way cell, entered only in that direction |
| `S` | start (several: one drawn uniformly) | `a a`, `b b`, ... | portal: stepping on one puts you on the other |
| `G` | goal: ends the episode, reward 1 | `T` | noisy television: adds the action `watch` |
| `X` | trap: ends the episode, reward -1 | | |

The letter `v` is always the one-way cell, never a portal. Short lines are filled up with walls, empty lines at the top
and at the bottom are left out, as are blanks at the end of a line and the byte order mark that some editors write.
"""

import os
import stat
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

from . import arguments

WALL, FLOOR, START, GOAL, TRAP, ICE, TELEVISION = "#.SGX~T"
ONE_WAY = "^>v<"  # in the order of the actions up, right, down, left
PORTALS = ascii_lowercase.replace("v", "")
SIGNS = WALL + FLOOR + START + GOAL + TRAP + ICE + TELEVISION + ONE_WAY + PORTALS
MAPS = Path(__file__).parent / "maps"
MOST_CELLS = 100_000_000
"""Of a map, and so bytes of its file: what is larger is no map, or none that fits into memory as a world."""
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, eq=False)
class Layout:
    """A rectangle of signs, a byte each.

    Attributes:
        codes: `[rows, columns]`, the signs' code points.
        portals: `[portals, 2, 2]`, row and column of both ends.
    """

    codes: NDArray[np.uint8]
    portals: NDArray[np.int64]

    @property
    def text(self) -> str:
        """The map as text, every line of the same length."""
        return text_of(self.codes)

    @property
    def is_open(self) -> NDArray[np.bool_]:
        """True where there is no wall, `[rows, columns]`."""
        return self.codes != ord(WALL)

    def where(self, sign: str) -> NDArray[np.bool_]:
        """True where a sign stands, `[rows, columns]`."""
        return self.codes == ord(sign)


def text_of(codes: NDArray[np.uint8]) -> str:
    """Lines of text from the code points of signs `[rows, columns]`."""
    return "".join(row.tobytes().decode("ascii") + "\n" for row in codes)


def parse(text: str, name: str = "map") -> Layout:
    """Read a text map.

    Args:
        text: the map, as the module's docstring describes it.
        name: what an error calls the map, such as its file name.

    Raises:
        ValueError: an unknown sign, no start, a portal letter that does not come twice, or nothing but walls; the
            message names line and column.
    """
    lines = [line.rstrip() for line in arguments.text(name, text).removeprefix(BYTE_ORDER_MARK).splitlines()]
    first = next((number for number, line in enumerate(lines) if line), len(lines))
    while lines and not lines[-1]:
        lines.pop()
    lines = lines[first:]
    _check_signs(lines, first, name)
    if not any(line.strip(WALL) for line in lines):
        raise ValueError(f"{name}, line 1, column 1: the map is empty; expected cells to walk on, such as 'S' and '.'")
    if not any(START in line for line in lines):
        raise ValueError(
            f"{name}, line {first + len(lines)}, column {len(lines[-1])}: the map ends without a start; "
            f"mark at least one cell with 'S'"
        )
    width = max(map(len, lines))
    if len(lines) * width > MOST_CELLS:  # one long line is enough: the others are filled up
        raise ValueError(
            f"{name}: the map has {len(lines)} lines, the longest of {width} cells; expected {MOST_CELLS} cells at most"
        )
    filled = "".join(line.ljust(width, WALL) for line in lines)
    codes = np.frombuffer(filled.encode("ascii"), dtype=np.uint8).reshape(len(lines), width)
    return Layout(codes, _pair_portals(codes, first, name))


def read(path: str | Path) -> Layout:
    """Read a text map from a file.

    Raises:
        ValueError: the file cannot be read, or its map has an error: see `parse`.
    """
    refused = f"cannot read the map file {arguments.shown(str(path) if isinstance(path, Path) else path)}"
    try:
        path = Path(path)  # not a number, which would be an open file
        if not stat.S_ISREG(os.stat(path).st_mode):  # a device may have no end, a pipe may never begin
            raise ValueError("it is no regular file")
        with open(path, "rb") as file:
            content = file.read(MOST_CELLS + 1)
        text = content.decode()
    except OSError as error:
        raise ValueError(f"{refused}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{refused}: it is not text in UTF-8, {_found(error.object)}") from error
    except (TypeError, ValueError) as error:  # a name that no file can have
        raise ValueError(f"{refused}: {error}; expected the name of a file") from error
    if len(content) > MOST_CELLS:
        raise ValueError(f"{refused}: it has more than {MOST_CELLS} bytes")
    return parse(text, Path(path).name)


def shipped(name: str) -> Layout:
    """Read one of the maps that come with the package, by its name without `.txt`.

    Raises:
        ValueError: there is no such map.
    """
    known = sorted(path.stem for path in MAPS.glob("*.txt"))
    return read(MAPS / f"{arguments.one_of('map_name', name, known)}.txt")


def _found(content: bytes) -> str:
    """Say what a file holds that is not text in UTF-8."""
    marks = BOM_UTF16_LE, BOM_UTF16_BE
    return "but in UTF-16: save it as UTF-8" if content.startswith(marks) else "but in another encoding, or no text"


def _check_signs(lines: list[str], first: int, name: str) -> None:
    for number, line in enumerate(lines, start=first + 1):
        unknown = line.lstrip(SIGNS)
        if unknown:
            raise ValueError(
                f"{name}, line {number}, column {len(line) - len(unknown) + 1}: unknown sign {unknown[0]!r}; "
                f"expected {WALL} wall, {FLOOR} floor, {START} start, {GOAL} goal, {TRAP} trap, {ICE} ice, "
                f"{' '.join(ONE_WAY)} one-way, {TELEVISION} television, or two equal lower-case letters, a portal"
            )


def _pair_portals(codes: NDArray[np.uint8], first: int, name: str) -> NDArray[np.int64]:
    pairs = []
    present = np.bincount(codes.ravel(), minlength=128)
    for letter in (letter for letter in PORTALS if present[ord(letter)]):
        ends = np.argwhere(codes == ord(letter))
        if len(ends) != 2:
            row, column = ends[2 if len(ends) > 2 else 0]
            raise ValueError(
                f"{name}, line {row + first + 1}, column {column + 1}: portal {letter!r} comes "
                f"{len(ends)} time{'s' if len(ends) > 1 else ''}; expected each letter exactly twice"
            )
        pairs.append(ends)
    return np.array(pairs, dtype=np.int64).reshape(-1, 2, 2)
