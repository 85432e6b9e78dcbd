"""An experiment of the literature lived through on many seeds: numbers and curves, before anything is shown.

Every arm lives through the same seeds, compiled, on threads; where the world is drawn by a seed, each seed draws its
own. Lives are kept as they are finished.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..interruption import INTERRUPTED, Interruption
from ..registry import MEASURES
from ..simulation.simulate import simulate
from ..statistics import seed_statistics
from ..worlds import true_mdp
from .executors import Work, on_threads, played
from .kept_lives import KeptLives, Life
from .measuring import measured
from .papers.experiment import Arm, Experiment, Setting
from .setup import make_world

NUM_POINTS = 100  # of a curve, evenly spaced, and as many in the logarithm
MORE_IS_BETTER = frozenset({"reward", "surprise"})
"""Measures of which more is better."""


class Task(NamedTuple):
    """An arm of a setting on a seed."""

    setting: str
    arm: str
    seed: int


@dataclass
class Reproduction:
    """What the arms of an experiment lived through.

    Attributes:
        experiment: the experiment.
        seeds: how many there are to be, counted from 0.
        curves: the measure at the `points` of its setting, of each finished life.
        failure: why not all were finished, other than by an interruption.
        status: the exit status that an interruption asks for.
    """

    experiment: Experiment
    seeds: int
    curves: dict[Task, NDArray[np.float64]] = field(default_factory=dict)
    failure: str | None = None
    status: int = INTERRUPTED

    @property
    def tasks(self) -> list[Task]:
        """Every arm of ours in every setting on every seed, seed by seed."""
        settings = self.experiment.settings
        ours = [(name, label) for name, each in settings.items() for label, arm in each.arms.items() if arm.agent]
        return [Task(*task, seed) for seed in range(self.seeds) for task in ours]

    @property
    def complete(self) -> bool:
        """Whether every life was finished."""
        return len(self.curves) == len(self.tasks)

    def of(self, setting: str, label: str) -> NDArray[np.float64]:
        """Curves of an arm's finished lives, `[seeds, N]`, in the order of the seeds."""
        finished = sorted(task for task in self.curves if task[:2] == (setting, label))
        points = points_of(self.experiment.settings[setting])
        return np.array([self.curves[task] for task in finished]).reshape(len(finished), len(points))

    def finished(self) -> dict[str, int]:
        """Number of finished lives by setting."""
        return {name: sum(task.setting == name for task in self.curves) for name in self.experiment.settings}

    def all_curves(self) -> dict[str, NDArray[Any]]:
        """Curves of all lives, `setting/arm`, `[seeds, N]`, at the points `setting/step`, `[N]`."""
        told: dict[str, NDArray[Any]] = {f"{name}/step": points_of(each) for name, each in self._settings}
        return told | {f"{name}/{label}": self.of(name, label) for name, label, _ in self.tasks}

    def figures(self) -> dict[str, dict[str, Any]]:
        """What was measured in each setting: each arm at each checkpoint, beside what was published."""
        return {
            name: {
                "env": each.env,
                "measure": each.measure,
                "label": MEASURES[each.measure.partition(":")[0]].summary,
                "more_is_better": each.measure in MORE_IS_BETTER,
                "unit": "steps" if each.episodes is None else "episodes",
                "is_logarithmic": each.is_logarithmic,
                "findings": [asdict(finding) for finding in each.findings],
                "bounds": [label for label, arm in each.arms.items() if arm.is_bound],
                "arms": {label: self._statistics(name, label, arm) for label, arm in each.arms.items()},
            }
            for name, each in self._settings
        }

    @property
    def _settings(self) -> list[tuple[str, Setting]]:
        return list(self.experiment.settings.items())

    def _statistics(self, setting: str, label: str, arm: Arm) -> dict[str, dict[str, Any]]:
        """Mean, median and 95 % interval at each checkpoint, beside what was published."""
        own, unknown = self.experiment.settings[setting], {"mean": None, "median": None, "ci95": [None, None]}
        curves, places = self.of(setting, label), np.searchsorted(points_of(own), own.checkpoints)
        return {
            str(at): (seed_statistics.describe(curves[:, place].tolist()) if len(curves) else unknown)
            | {"published": arm.published.get(at)}
            for at, place in zip(own.checkpoints, places, strict=True)
        }


def points_of(setting: Setting) -> NDArray[np.int64]:
    """Steps, or episodes, after which curves are kept, `[N]`."""
    last = setting.checkpoints[-1]
    spaced = np.concatenate([np.linspace(1, last, NUM_POINTS), np.geomspace(1, last, NUM_POINTS)])
    return np.union1d(spaced.round().astype(np.int64), np.array(setting.checkpoints, dtype=np.int64))


def lived(setting: Setting, arm: Arm, seed: int) -> NDArray[np.float64]:
    """Live through a setting; return its measure at its points, `[N]`.

    Raises:
        ValueError: a life of so many steps has too few episodes.
    """
    config: Mapping[str, Any] = {"env": setting.env, "env_kwargs": setting.env_kwargs, "map": None, "bins": None}
    env, points = make_world(config, seed), points_of(setting)
    num_steps = setting.checkpoints[-1] if setting.episodes is None else setting.episodes
    assert arm.agent is not None  # it is a task
    (life,) = simulate(env, arm.agent, num_steps, [seed], threads=1, **arm.options)
    if setting.episodes is not None:
        ends = np.flatnonzero(life.steps["terminated"] | life.steps["truncated"]) + 1
        if len(ends) < points[-1]:
            raise ValueError(f"{arm.agent} on seed {seed}: {len(ends)} episodes in {num_steps} steps, not {points[-1]}")
        points = ends[points - 1]
    return measured(setting.measure, life.steps, points, true_mdp(env))


def reproduce(
    experiment: Experiment,
    seeds: int,
    workers: int | None,
    done: Callable[[str], None],
    out: Path,
    are_renewed: bool = False,
) -> Reproduction:
    """Live through an experiment, but for the lives that were kept.

    Args:
        experiment: one of `agent.experiments.papers.EXPERIMENTS`.
        seeds: how many, counted from 0.
        workers: lives at once; None: one a core.
        done: called with a remark whenever a life is finished.
        out: among which results lives are kept.
        are_renewed: whether they are played again, whatever is there.

    Returns:
        what was lived through; not all of it after Ctrl-C, nor if a life could not go on, which leaves a `failure`.
    """
    reproduction = Reproduction(experiment, seeds)
    works = {name: _work(setting, out, are_renewed) for name, setting in experiment.settings.items()}
    lives = [(works[task.setting], task.arm, task.seed) for task in reproduction.tasks]
    with Interruption() as interruption:
        for place, outcome in played(lives, on_threads, workers, interruption):
            task = reproduction.tasks[place]
            remark = "{1} in {0} on seed {2}".format(*task)
            if isinstance(outcome, Exception):
                failure = f"{remark}: {type(outcome).__name__}: {outcome}"
                reproduction.failure = reproduction.failure or failure
                continue
            reproduction.curves[task] = outcome[1]["curve"]
            done(remark)
    reproduction.status = interruption.status
    return reproduction


def _work(setting: Setting, out: Path, are_renewed: bool) -> Work:
    """Return what the lives of a setting have in common."""
    world = ("env", "env_kwargs", "measure", "checkpoints", "episodes")
    own = {name: getattr(setting, name) for name in world} | {"measured": NUM_POINTS}
    arms = {label: [arm.agent, dict(arm.options)] for label, arm in setting.arms.items()}

    def play(label: str, seed: int, _: Callable[[], bool]) -> Life:
        return {}, {"curve": lived(setting, setting.arms[label], seed)}

    return Work(play, KeptLives.known_by(own, arms, out, are_renewed))
