"""Tables that fit: where there is little room, columns go below each other, and no number is broken.

A table has a column of labels, and further ones of cells such as `353 (302 to 472), 90 % got there`. Labels are broken
between words, cells and heads at the ends of what they say.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH = 200
"""Columns of what is no terminal, unless COLUMNS tells."""
NARROW_LABEL = len("steps to 0.5 % missing")
_WIDEST_HEAD = 24
_ANY_WIDTH = 10_000  # columns of a terminal that is wide enough for every table
_SETTING = re.compile(r"(?<=:)(?=\w+=)|(?<=,)(?=\w+=)|(?<=, )")
"""Places in a head where a line may begin: before a setting of an agent as it is written, and behind a comma."""
_ENDS = re.compile(r"(?<=, )"), re.compile(r"(?<=, )|(?<= )(?=\()")
"""Places in a cell where a line may begin: behind a comma; if need be, before an interval, too."""


def console() -> Console:
    """Return what is printed on: a terminal; or a file, in which lines are as long as COLUMNS allows."""
    console = Console()
    is_told = console.is_terminal or os.environ.get("COLUMNS", "").isdecimal()
    return console if is_told else Console(width=WIDTH)


def table_of(title: str, names: Sequence[str], labels: str = "") -> Table:
    """Begin a table with a column of labels, and one for each name."""
    table = Table(title=Text(title), title_justify="left", caption_justify="left")
    table.add_column(labels)
    for name in names:
        # as Text: a name such as own:ok:sizes=[1] is no markup, and no emoji
        table.add_column(Text(name), justify="right", overflow="fold")
    return table


def print_table(table: Table) -> None:
    """Print a table, as several with the same labels where its columns do not fit beside each other."""
    screen = console()
    for part in _parts(table, screen):
        screen.print(part)


def _parts(table: Table, screen: Console) -> Iterator[Table]:
    if _width(table, screen) <= screen.width:
        yield table
        return

    def worth(way: tuple[re.Pattern[str], list[list[int]]]) -> tuple[bool, bool]:
        ends, blocks = way
        fit = all(_width(_part(table, block, ends), screen) <= screen.width for block in blocks)
        return fit, all(len(block) > 1 for block in blocks[:-1] or blocks)

    ends, blocks = max(((ends, _blocks(table, screen, ends)) for ends in _ENDS), key=worth)
    for number, block in enumerate(blocks):
        part = _part(table, block, ends)
        part.title = table.title if number == 0 else None
        part.caption = table.caption if number == len(blocks) - 1 else None
        yield part


def _blocks(table: Table, screen: Console, ends: re.Pattern[str]) -> list[list[int]]:
    """Divide the columns behind the labels so that each part fits, if a single column does."""
    blocks: list[list[int]] = []
    for place in range(1, len(table.columns)):
        if blocks and _width(_part(table, [*blocks[-1], place], ends), screen) <= screen.width:
            blocks[-1].append(place)
        else:
            blocks.append([place])
    return blocks


def _part(table: Table, places: Sequence[int], ends: re.Pattern[str]) -> Table:
    """Return a table of the labels and some columns, with lines as short as they can be."""
    part = Table(title_justify="left", caption_justify="left", collapse_padding=True)
    label, columns = table.columns[0], [table.columns[place] for place in places]
    labels = [_lines(str(cell), _SETTING, NARROW_LABEL) for cell in label.cells]
    width = min(NARROW_LABEL, max(_longest(labels, re.compile("\n")), len(str(label.header))))
    part.add_column(label.header, width=width + 1, overflow="fold")  # and a blank, which was collapsed
    rows = [labels]
    for column in columns:
        cells = list(map(str, column.cells))
        widest = max(_longest(cells, ends), min(_WIDEST_HEAD, _longest([str(column.header)], _SETTING)))
        head = Text(_lines(str(column.header), _SETTING, widest))
        part.add_column(head, justify=column.justify, width=widest, overflow="fold")
        rows.append([_lines(cell, ends, widest) for cell in cells])
    for row, cells in zip(table.rows, zip(*rows, strict=True), strict=True):
        part.add_row(*map(Text, cells), end_section=row.end_section)
    return part


def _lines(text: str, ends: re.Pattern[str], width: int) -> str:
    """Break a text at some of its ends, so that no line is wider than need be."""
    first, *others = ends.split(text)
    lines = [first]
    for piece in others:
        if len(lines[-1]) + len(piece.rstrip()) <= width:
            lines[-1] += piece
        else:
            lines.append(piece)
    return "\n".join(map(str.rstrip, lines))


def _longest(texts: Iterable[str], ends: re.Pattern[str]) -> int:
    return max((len(piece.rstrip()) for text in texts for piece in ends.split(text)), default=0)


def _width(table: Table, screen: Console) -> int:
    return screen.measure(table, options=screen.options.update(width=_ANY_WIDTH)).maximum
