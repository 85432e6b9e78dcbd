"""Comparisons on a terminal: means over seeds with intervals, ratios, what differs for certain."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from ...statistics.seed_statistics import no_significant_difference
from ..formatting import (
    ALONE,
    format_number,
    format_percent,
    format_ratio,
    format_statistics,
    got_there,
    says_nothing,
)
from ..tabular.fitting import print_table, table_of
from ..terminal import FIGURES, ONLY_WHERE_ANY, add_coverages, coverage_then, level_words, of_ours, say_why

FEWEST_SEEDS = 5
"""With fewer seeds the bootstrap has too few different resamples to call a difference significant."""


def print_comparison(comparison: Mapping[str, Any]) -> None:
    """Print means over seeds with their 95 % intervals, and the ratios against the first agent."""
    agents = comparison["agents"]
    first = next(iter(agents))
    title = f"{comparison['env']}, {format_number(comparison['steps'])} steps, {seeds_in_words(comparison)}"
    table = table_of(title, list(agents))
    is_scored = any(
        entry["reached"] is not None for agent in agents.values() for entry in agent["steps_to_fraction"].values()
    )
    table.caption = f"mean (95 % interval);\n{ALONE}"
    if is_scored:
        table.caption += (
            ";\n>= where a seed did not get there: it counts as the budget;\n"
            "coverage then: at those steps, of the seeds that got there"
        )
    for label, key, written in FIGURES:
        is_told = all(key in agent for agent in agents.values())
        if is_told and (key not in ONLY_WHERE_ANY or any(agent[key]["mean"] for agent in agents.values())):
            table.add_row(label, *(format_statistics(agent[key], written) for agent in agents.values()))
    for name in comparison.get("measures", ()):
        table.add_row(Text(name), *(of_ours(agent[name]) for agent in agents.values()))
    table.add_section()
    levels = list(agents[first]["steps_to_fraction"]) if is_scored else []
    for level in levels:
        told = (agent["steps_to_fraction"][level] for agent in agents.values())
        table.add_row(level_words(level), *(crossings(entry, comparison["seeds"]) for entry in told))
        coverages = (coverage_then(agent, level) for agent in agents.values())
        add_coverages(table, ["" if seen is None else of_ours(seen, format_percent) for seen in coverages])
    if len(agents) > 1:
        table.add_section()
        for level in levels:
            table.add_row(f"ratio of {level_words(level)}", *(_ratio(comparison, name, level) for name in agents))
    print_table(table)
    _print_against_first(comparison)
    say_why(comparison.get("unknown"))


def _print_against_first(comparison: Mapping[str, Any]) -> None:
    """Print how each agent differs from the first at every level that was reached; earlier results do not tell."""
    tested = {
        (name, level): entry
        for name, levels in comparison.get("logrank", {}).items()
        for level, entry in levels.items()
        if entry["p"] is not None
    }
    if not tested:
        return
    heads = ["steps more", "sooner on, % of seeds", "p"]
    table = table_of(f"against {next(iter(comparison['agents']))}", heads, "% missing")
    table.caption = (
        "mean difference, and share of seeds on which it gets there first (95 % intervals);\n"
        "p: two-sided log-rank test, with Holm's correction for all tests of this table"
    )
    last = None
    for (name, level), test in tested.items():
        if name != last:
            table.add_section()
            table.add_row(Text(name))
        last = name
        difference = format_statistics(comparison["differences"][name][level])
        improvement = comparison["improvements"][name][level]
        share = format_statistics({"mean": improvement["probability"], "ci95": improvement["ci95"]}, format_percent)
        table.add_row(f"  {100 * float(level):g}", difference, share, _p_value(test["p_holm"]))
    print_table(table)


def _p_value(p: float) -> str:
    return "< 0.0001" if p < 1e-4 else f"{p:.2g}"


def seeds_in_words(told: Mapping[str, Any]) -> str:
    """Write how many seeds there were, and which: results of earlier versions do not tell."""
    seeds, first = told["seeds"], told.get("first_seed")
    if first is None:
        return f"{seeds} seeds"
    return f"seed {first}" if seeds == 1 else f"{seeds} seeds ({first} to {first + seeds - 1})"


def crossings(statistics: Mapping[str, Any], seeds: int) -> str:
    """Write steps to a level, and how many got there."""
    return format_statistics(statistics) + got_there(statistics, seeds)


def _ratio(comparison: Mapping[str, Any], name: str, level: str) -> str:
    agents = comparison["agents"]
    first = next(iter(agents))
    reached = [agents[agent]["steps_to_fraction"][level]["reached"] for agent in (name, first)]
    if name == first:
        return ratio_of_first(reached)
    ratio = comparison["ratios"][name][level]
    return format_ratio(ratio, *reached) + _verdict(comparison["seeds"], ratio, *reached)


def ratio_of_first(reached: Sequence[float | None]) -> str:
    """Write the ratio of the first agent to itself.

    Args:
        reached: share of seeds on which it got there, in every world: where none did, budget / budget says nothing;
            None where the truth is not known.
    """
    return "1" if reached and all(reached) else format_number(None)


def _verdict(seeds: int, ratio: Mapping[str, Any], reached: float | None, reached_first: float | None) -> str:
    interval = ratio["ci95"]
    if seeds < FEWEST_SEEDS or says_nothing(ratio, reached, reached_first):
        return ""
    if no_significant_difference(interval):
        return ", no significant difference"
    return ", significant" if _differs(interval, reached, reached_first) else ""


def _differs(interval: Sequence[float | None], reached: float | None, reached_first: float | None) -> bool:
    """Whether a ratio differs from 1, whatever the seeds that did not get there would have taken."""
    if no_significant_difference(interval) is not False or interval[0] is None:
        return False
    return reached_first == 1 if interval[0] > 1 else reached == 1
