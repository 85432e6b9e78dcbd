"""What an experiment of the literature is: plain data, nothing that is run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Arm:
    """One of the agents that an experiment compares.

    Attributes:
        agent: how one of ours is written; None: not among our agents, shown for what was published of it.
        options: of `agent.make_agent`.
        published: what was published: the measure at checkpoints, and its spread if that was reported.
        is_bound: whether it has what the others have not: the reward, the map, any pair for the asking.
    """

    agent: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    published: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    is_bound: bool = False


@dataclass(frozen=True)
class Finding:
    """What a publication found, as a comparison of two arms: ours where we have it, as published otherwise.

    Attributes:
        better: the arm that does better.
        worse: than this one.
        at: at this checkpoint.
        factor: up to which share the former may yet do worse: 1.1 is a tenth.
    """

    better: str
    worse: str
    at: int
    factor: float = 1.0


@dataclass(frozen=True)
class Setting:
    """A world of an experiment, and what is measured there.

    Attributes:
        env: a key of `envs.WORLDS`; if the world is drawn by a seed, each seed draws its own.
        measure: how a measure is written, see `agent.registry.MEASURES`.
        checkpoints: steps after which the measure is told; the last one ends a life.
        arms: by label; the first is ours.
        env_kwargs: arguments of the world.
        episodes: None; or steps of a life that has as many episodes as the last checkpoint, which then count episodes.
        is_logarithmic: whether the figure has logarithmic axes.
        findings: what is to be seen.
    """

    env: str
    measure: str
    checkpoints: tuple[int, ...]
    arms: Mapping[str, Arm]
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)
    episodes: int | None = None
    is_logarithmic: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Experiment:
    """An experiment of the literature.

    Attributes:
        source: the publication.
        read: where its numbers are from, and how they were read.
        claim: what it found.
        differs: in what our conditions are not those of the publication: there is always something.
        settings: by label.
        seeds: how many there are if none are asked for: as many as there, or so many that something can be told.
    """

    source: str
    read: str
    claim: str
    differs: str
    settings: Mapping[str, Setting]
    seeds: int = 20


def curve(steps: tuple[int, ...], *values: float | None) -> dict[int, tuple[float, ...]]:
    """Return what was published at some checkpoints, in their order; None where nothing was."""
    return {step: (value,) for step, value in zip(steps, values, strict=True) if value is not None}
