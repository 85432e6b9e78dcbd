"""Tables on narrow terminals: columns go below each other, and no number is broken."""

import io
import re

import pytest

from agent.reports.tabular import fitting

CELLS = "14 354 (12 888 to 25 208)", ">= 2 000, none got there", "0.279 (0.2 to 0.566), no significant difference"
NAMES = [f"curious:discount=0.{i},prior=structured" for i in range(10, 18)]


def _printed(capsys, names, cells=CELLS):
    table = fitting.table_of("a title", names)
    for i, cell in enumerate(cells):
        table.add_row(f"steps to {i} % missing", *[cell] * len(names))
    table.caption = "a caption"
    fitting.print_table(table)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("number", [1, 2, 8])
def test_columns_go_below_each_other_and_no_number_is_broken(monkeypatch, capsys, number, width):
    monkeypatch.setenv("COLUMNS", str(width))
    lines = _printed(capsys, NAMES[:number])
    assert max(map(len, lines)) <= width
    told = [cell.strip() for line in lines for cell in line.split("│")[2:-1] if line.startswith("│")]
    for part in ("14 354 (12 888 to 25 208)", ">= 2 000, none got there", "no significant difference"):
        assert sum(part in cell for cell in told) == number
    heads = " ".join(lines)
    assert [len(re.findall(f"discount=0.{i},", heads)) for i in range(10, 10 + number)] == [1] * number
    assert sum("a title" in line for line in lines) == sum("a caption" in line for line in lines) == 1
    assert sum(line.startswith("┏") for line in lines) == -(-number // ((width - 24) // 27))


def test_two_columns_stay_beside_each_other_if_intervals_may_be_on_lines_of_their_own(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    lines = _printed(capsys, ["a", "b"], [">= 1 234 567 (1 234 000 to 1 235 000)"])
    cells = [[cell.strip() for cell in line.split("│")[2:-1]] for line in lines if line.startswith("│")]
    assert cells == [[">= 1 234 567"] * 2, ["(1 234 000 to 1 235 000)"] * 2]


def test_a_table_with_room_is_left_as_it_is(monkeypatch, capsys):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert fitting.Console(file=io.StringIO()).is_terminal is False
    lines = _printed(capsys, ["a", "b"])
    assert any("0.279 (0.2 to 0.566), no significant difference" in line for line in lines)
    assert sum(line.startswith("┏") for line in lines) == 1
