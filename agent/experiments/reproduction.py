"""An experiment of the literature lived through on many seeds: numbers and curves, before anything is shown.

Every arm lives through the same seeds, compiled, on threads; where the world is drawn by a seed, each seed draws its
own.
"""

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..interruption import INTERRUPTED, Interruption
from ..simulation.simulate import num_cores, simulate
from ..statistics import seed_statistics
from .executors import as_finished
from .papers import Experiment
from .setup import make_world

NUM_POINTS = 200  # of a curve

Columns = Mapping[str, NDArray[Any]]


class Measure(NamedTuple):
    """What an experiment tells of a life.

    Attributes:
        label: with its unit.
        of: columns of a simulated life -> its course, `[num_steps]`.
    """

    label: str
    of: Callable[[Columns], NDArray[np.float64]]


MEASURES: Mapping[str, Measure] = {
    "surprise": Measure("sum of Bayesian surprises (nats)", lambda steps: steps["information_gain_nats"].cumsum()),
    "missing": Measure("missing information (bits)", lambda steps: steps["missing_information_nats"] / math.log(2)),
    "reward": Measure("sum of rewards", lambda steps: steps["reward"].cumsum()),
}


@dataclass
class Reproduction:
    """What the arms of an experiment lived through.

    Attributes:
        experiment: the experiment.
        seeds: how many there are to be, counted from 0.
        curves: the measure after `points` steps of each finished life, by arm and seed.
        failure: why not all were finished, other than by an interruption.
        status: the exit status that an interruption asks for.
    """

    experiment: Experiment
    seeds: int
    curves: dict[tuple[str, int], NDArray[np.float64]] = field(default_factory=dict)
    failure: str | None = None
    status: int = INTERRUPTED

    @property
    def points(self) -> NDArray[np.int64]:
        """Steps after which curves are kept."""
        checkpoints = self.experiment.checkpoints
        spaced = np.linspace(1, checkpoints[-1], NUM_POINTS).round().astype(np.int64)
        return np.union1d(spaced, np.array(checkpoints, dtype=np.int64))

    @property
    def tasks(self) -> list[tuple[str, int]]:
        """Every arm of ours on every seed, seed by seed."""
        ours = [label for label, arm in self.experiment.arms.items() if arm.agent is not None]
        return [(label, seed) for seed in range(self.seeds) for label in ours]

    @property
    def complete(self) -> bool:
        """Whether every life was finished."""
        return len(self.curves) == len(self.tasks)

    def of(self, label: str) -> NDArray[np.float64]:
        """Curves of an arm's finished lives, `[seeds, N]`, in the order of the seeds."""
        rows = [curve for task, curve in sorted(self.curves.items(), key=lambda item: item[0][1]) if task[0] == label]
        return np.array(rows).reshape(len(rows), len(self.points))

    def statistics(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Mean, median and 95 % interval of each arm at each checkpoint, beside what was published."""
        places = np.searchsorted(self.points, self.experiment.checkpoints)
        arms: dict[str, dict[str, dict[str, Any]]] = {}
        for label, arm in self.experiment.arms.items():
            curves = self.of(label)
            arms[label] = {
                str(step): seed_statistics.describe(curves[:, place].tolist() if len(curves) else [None])
                | {"published": arm.published.get(step)}
                for step, place in zip(self.experiment.checkpoints, places, strict=True)
            }
        return arms


def reproduce(experiment: Experiment, seeds: int, workers: int | None, done: Callable[[str], None]) -> Reproduction:
    """Live through an experiment.

    Args:
        experiment: one of `agent.experiments.papers.EXPERIMENTS`.
        seeds: how many, counted from 0.
        workers: lives at once; None: one a core.
        done: called with a remark whenever a life is finished.

    Returns:
        what was lived through; not all of it after Ctrl-C, nor if a life could not go on, which leaves a `failure`.
    """
    reproduction = Reproduction(experiment, seeds)
    points = reproduction.points

    def live(label: str, seed: int) -> NDArray[np.float64]:
        arm, config = experiment.arms[label], {"env": experiment.env, "env_kwargs": experiment.env_kwargs}
        assert arm.agent is not None  # it is a task
        env = make_world(config | {"map": None, "bins": None}, seed)
        (life,) = simulate(env, arm.agent, experiment.checkpoints[-1], [seed], threads=1, **arm.options)
        return MEASURES[experiment.measure].of(life.steps)[points - 1]

    with Interruption() as interruption, ThreadPoolExecutor(workers or num_cores()) as pool:
        futures = {pool.submit(live, *task): task for task in reproduction.tasks}
        try:
            for future in as_finished(futures, interruption):
                reproduction.curves[futures[future]] = future.result()
                done("{} on seed {}".format(*futures[future]))
        except Exception as error:  # for want of memory, say: what was finished is kept
            reproduction.failure = f"{type(error).__name__}: {error}"
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    reproduction.status = interruption.status
    return reproduction
