"""How long a sweep would take, by short lives that are played to find out."""

from collections.abc import Callable, Iterable

from ..experiments.comparisons.many_seeds import Seeds
from ..experiments.single_run import play
from .playing import Comparison

STEPS = 1000
"""Steps of a short life; the first ones of a life cost the most."""


def seconds(comparison: Comparison, done: Callable[[str], None]) -> float:
    """Return the seconds that the missing lives of a comparison take one core, at most.

    Args:
        comparison: of the sweep.
        done: called with a remark whenever a short life was played.

    Raises:
        ValueError: a life cannot even begin.
    """
    config, missing = comparison.config, _missing(comparison)
    total = 0.0
    for name in config["agents"]:
        seeds = [seed for agent, seed in missing if agent == name]
        if seeds:
            life = play({**config, "steps": min(STEPS, config["steps"])}, name, seeds[0])
            each = (life.agent_seconds + life.env_seconds) / max(life.recorder.num_steps - 1, 1)
            total += each * config["steps"] * len(seeds)
        done(f"{name} in {config['env']}")
    return total


def _missing(comparison: Comparison) -> list[tuple[str, int]]:
    if comparison.is_finished:
        return []
    return [task for task in Seeds(comparison.config).tasks if not comparison.kept.has(*task)]


def num_short_lives(comparisons: Iterable[Comparison]) -> int:
    """Return how many short lives are played for an estimate, at most."""
    return sum(len(each.config["agents"]) for each in comparisons)
