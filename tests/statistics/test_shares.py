"""Shares in percent: nothing rounds up to all, nor down to nothing."""

import json
import math
import subprocess
from pathlib import Path

import pytest

from agent.notebooks import cards
from agent.replay.reliving import NEARLY_ALL
from agent.reports import belief_maps, formatting, results_tables, terminal
from agent.statistics.shares import in_percent
from tests.support.replayed import NODE

WORDS = Path(belief_maps.__file__).parents[1] / "replay" / "sources" / "words.js"


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (1, "100"),
        (1 - 2**-53, "> 99.9"),
        (999_999 / 1_000_000, "> 99.9"),
        (0.9995, "> 99.9"),
        (0.99949, "99.9"),
        (0.98, "98"),
        (0.000173, "0.0173"),
        (0.00001, "0.001"),
        (1e-17, "< 0.001"),
        (0, "0"),
        (1.34, "134"),  # missing information may be more than at first
        (None, "unknown"),
        (math.nan, "unknown"),
    ],
)
def test_only_all_reads_as_all_and_only_nothing_as_nothing(share, told):
    assert formatting.format_percent(share) == told
    assert in_percent(share, cards.number) == told


def test_tables_say_so():
    nearly = {"mean": 0.99997, "median": 1.0, "ci95": [0.9991, 1.0], "median_ci95": [None] * 2, "iqm": 1.0}
    assert formatting.format_statistics(nearly, formatting.format_percent) == "> 99.9 (99.9 to 100)"
    assert results_tables.as_text("coverage (%)", nearly) == "> 99.9 (99.9 to 100)"
    assert [written(0.9999) for _, key, written in terminal.FIGURES if key == "coverage"] == ["> 99.9"]
    columns = dict(results_tables._numbers("coverage (%)", nearly | {"iqm_ci95": [0.5, None]}))
    assert columns["coverage (%): mean"] == pytest.approx(99.997)  # files have the number as it is
    assert columns["coverage (%): iqm, 95 % high"] is None


class Ended:
    """A run at its end."""

    def __init__(self, coverage):
        self.summary = {"missing_information_fraction": 1e-7, "coverage": coverage}


@pytest.mark.parametrize(("coverage", "told"), [(1.0, "100"), (68_999 / 69_000, "> 99.9")])
def test_titles_of_maps_say_so(coverage, told):
    title = belief_maps._row_title("curious", Ended(coverage))
    assert title == f"curious: < 0.001 % still unknown\n{told} % of pairs tried"


@pytest.mark.skipif(NODE is None, reason="node, which runs the page's own sources, is not on this machine")
def test_the_page_says_so():
    shares = [1, 1 - 2**-53, NEARLY_ALL, 0.9995, 0.9994, 0.5, 0.001, 0.0009, 0]
    asked = f"{WORDS.read_text(encoding='utf-8')}\nconsole.log(JSON.stringify({json.dumps(shares)}.map(share)));"
    told = subprocess.run([str(NODE), "-"], input=asked, capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == [
        "100 %", "> 99.9 %", "> 99.9 %", "> 99.9 %", "99.9 %", "50.0 %", "0.1 %", "< 0.1 %", "0 %"
    ]  # fmt: skip
