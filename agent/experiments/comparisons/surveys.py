"""Comparisons by name: strategies of exploration in worlds that ask different things of them, bounds beside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..options import CompareOptions, ReproduceOptions


@dataclass(frozen=True)
class Survey:
    """Many agents in many worlds.

    Attributes:
        question: what it is to answer.
        source: where the strategies are from.
        worlds: steps of a life in each, by name.
        agents: as `python -m agent.compare --agents` takes them; the first is what others are compared with.
        options: of the comparison, where they are not the defaults.
    """

    question: str
    source: str
    worlds: Mapping[str, int]
    agents: tuple[str, ...]
    options: Mapping[str, Any]


SURVEYS: Mapping[str, Survey] = {
    "strategies": Survey(
        question="which curiosity learns a world soonest? The last two are bounds: one has the map, one goes nowhere.",
        source="the agents and the bonuses of --list say where each is from",
        worlds={
            "river-swim": 2_000,
            "cliques": 4_000,
            "one-two-three": 2_000,
            "lock": 4_000,
            "maze": 6_000,
            "noisy-tv": 4_000,
            "deep-sea": 2_000,
            "four-rooms": 6_000,
        },
        agents=(
            "curious",
            "curious:prior=structured",
            "curious:bonus=predicted-information-gain",
            "curious:bonus=posterior-variance",
            "curious:bonus=learning-progress",
            "curious:bonus=predictive-entropy",
            "count",
            "count:bonus=root-count",
            "greedy",
            "psrl",
            "r-max",
            "ucrl2",
            "max-ent",
            "weighted-max-ent",
            "q-learning",
            "counter-based",
            "least-taken",
            "random",
            "true-map",
            "unembodied",
        ),
        options={},
    ),
}


def options_of(survey: Survey, asked: ReproduceOptions) -> CompareOptions:
    """Return the options of a comparison that answers a survey's question.

    Args:
        survey: the survey.
        asked: its seeds, and where and how the result is made.
    """
    same = ("seeds", "workers", "out", "force", "quiet", "figure_format")
    return CompareOptions(
        env=tuple(survey.worlds),
        agents=survey.agents,
        **{name: getattr(asked, name) for name in same},
        **survey.options,
    )
