"""What `comparison.json` holds: the statistics of every agent over the seeds, and paired ratios to the first agent."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..statistics.intervals import ratio_of_means
from ..statistics.seed_statistics import Censored, censor, describe, known
from .against_first import AGAINST_FIRST, against_first

COVERAGE = 1.0
"""The greatest there is."""


def compare_agents(
    env: str, steps: int, summaries: Mapping[str, Sequence[Mapping[str, Any]]], *, seed: int = 0
) -> dict[str, Any]:
    """Build what `comparison.json` holds from every seed's `summary.json`.

    A number that is null in any seed is null for the agent. Ratios are mean steps to a level over those of the
    first agent, null where neither reached it on any seed (budget / budget says nothing).

    Args:
        env: name of the world.
        steps: the budget of every run.
        summaries: for each agent, the summaries in the order of the seeds; the same seeds for all.
        seed: of the bootstrap.

    Raises:
        ValueError: no agents, or agents with different numbers of seeds.
    """
    counts = {name: len(rows) for name, rows in summaries.items()}
    if len(set(counts.values())) != 1 or 0 in counts.values():
        needed = "A comparison needs the same seeds, at least one, for every agent"
        raise ValueError(f"{needed}; got {counts}. Run the missing seeds first.")
    first, *others = summaries
    agents = {name: _agent_statistics(rows, steps, seed) for name, rows in summaries.items()}
    return {
        "env": env,
        "steps": steps,
        "seeds": counts[first],
        "agents": agents,
        **{figure: against_first(summaries, steps, figure) for figure in AGAINST_FIRST},
        "ratios": {
            name: {
                level: _ratio(
                    [_censored(summaries[agent], level, steps) for agent in (name, first)],
                    all(agents[agent]["steps_to_fraction"][level]["ci95"][0] is not None for agent in (name, first)),
                    seed,
                )
                for level in agents[first]["steps_to_fraction"]
            }
            for name in others
        },
    }


def _agent_statistics(rows: Sequence[Mapping[str, Any]], budget: int, seed: int) -> dict[str, Any]:
    scalars = [key for key, value in rows[0].items() if _is_scalar(value)]
    statistics: dict[str, Any] = {
        key: describe([row.get(key) for row in rows], _most(key, rows, budget), seed) for key in scalars
    }
    truthknown = all(row.get("missing_information_fraction") is not None for row in rows)
    statistics["steps_to_fraction"] = {
        level: describe_crossings(_censored(rows, level, budget), budget, truthknown, seed)
        for level in rows[0]["steps_to_fraction"]
    }
    statistics["coverage_at_fraction"] = {
        level: _describe_coverage([row["coverage_at_fraction"][level] for row in rows], seed)
        for level in rows[0]["coverage_at_fraction"]
    }
    learnt = [row["rules"] for row in rows if "rules" in row]
    return statistics | ({"rules": _count_leaders(learnt)} if learnt else {})


def _most(key: str, rows: Sequence[Mapping[str, Any]], budget: int) -> float:
    """Return what a figure of a summary cannot exceed, if it is known.

    Each step shows one state at most, and each reset; a step tries one pair, and ends at most one episode.
    """
    if key == "known_states":
        shown = (budget + row.get("episodes", budget) + 1 for row in rows)
        return max(min(row.get("num_states") or np.inf, each) for row, each in zip(rows, shown, strict=True))
    if key in ("visited_pairs", "episodes"):
        return budget
    return COVERAGE if key == "coverage" else np.inf


def _count_leaders(learnt: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Count on how many seeds which prior led in the end; what was learnt is that of the first seed."""
    leaders = Counter(each["leader"] for each in learnt)
    return {"leaders": dict(sorted(leaders.items())), "words": learnt[0]["words"]}


def _censored(rows: Sequence[Mapping[str, Any]], level: str, budget: int) -> Censored:
    return censor([row["steps_to_fraction"][level] for row in rows], budget)


def describe_crossings(crossings: Censored, budget: int, truthknown: bool, seed: int = 0) -> dict[str, Any]:
    """Describe the steps to a level over seeds, and which share of them got there; null where the truth is unknown."""
    if not truthknown:
        return describe([None]) | {"reached": None}
    described = describe(crossings.steps.tolist(), budget, seed) | {"reached": crossings.reached}
    if crossings.reached > 0:
        return described
    return described | {key: [None, None] for key in ("ci95", "median_ci95", "iqm_ci95")}


def _describe_coverage(at_crossings: Sequence[float | None], seed: int) -> dict[str, Any]:
    """Describe the coverage at a level over the seeds that got there; null if none did."""
    return describe([seen for seen in at_crossings if seen is not None] or [None], COVERAGE, seed)


def _ratio(pair: Sequence[Censored], have_intervals: bool, seed: int) -> dict[str, Any]:
    if all(crossings.reached == 0 for crossings in pair):
        return {"mean": None, "ci95": [None, None]}
    mean, low, high = ratio_of_means(*(crossings.steps for crossings in pair), seed=seed)
    return {"mean": known(mean), "ci95": [known(low), known(high)] if have_intervals else [None, None]}


def _is_scalar(value: object) -> bool:
    return value is None or (isinstance(value, int | float | np.number) and not isinstance(value, bool))
