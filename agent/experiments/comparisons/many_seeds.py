"""Many lives of several agents on the same seeds, spread over the cores, and what they left.

Every life is a task of its own, fixed by configuration, agent and seed: where it is played makes no difference.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from ...interruption import INTERRUPTED, Interruption
from ...results import dropped_truth
from .. import executors
from ..executors import Columns, Executor, Work, in_processes, on_threads, played, told
from ..kept_lives import KeptLives


@dataclass
class Seeds:
    """What the lives of several agents left, by agent and seed.

    Attributes:
        config: the resolved configuration.
        results: summary and metric columns of each finished life.
        failure: why not all were finished, other than by an interruption.
        status: the exit status that an interruption asks for.
    """

    config: Mapping[str, Any]
    results: dict[tuple[str, int], tuple[dict[str, Any], Columns]] = field(default_factory=dict)
    failure: str | None = None
    status: int = INTERRUPTED

    @property
    def tasks(self) -> list[tuple[str, int]]:
        """Every agent on every seed, seed by seed: what is finished early can be compared early."""
        first, number = self.config["first_seed"], self.config["seeds"]
        return [(name, seed) for seed in range(first, first + number) for name in self.config["agents"]]

    @property
    def complete(self) -> bool:
        """Whether every life was finished."""
        return len(self.results) == len(self.tasks)

    @property
    def disproof(self) -> str | None:
        """Why the truth was dropped, if it was in any life: it then counts in none."""
        return dropped_truth.disproof([summary for summary, _ in self.results.values()])

    @property
    def unknown(self) -> str | None:
        """Why figures that need the truth are not known, if they are not."""
        reasons = (dropped_truth.reason(summary) for summary, _ in self.results.values())
        return self.disproof or next(filter(None, reasons), None)

    @property
    def remarks(self) -> list[str]:
        """Notes on the lives for the user, each once."""
        return dropped_truth.distinct(remark for summary, _ in self.results.values() for remark in summary["remarks"])

    def summaries(self) -> dict[str, list[dict[str, Any]]]:
        """Return each agent's summaries, in the order of the seeds."""
        return {name: [summary for summary, _ in self._of(name)] for name in self.config["agents"]}

    def metrics(self) -> dict[str, list[Columns]]:
        """Return each agent's metric columns, in the order of the seeds."""
        return {name: [columns for _, columns in self._of(name)] for name in self.config["agents"]}

    def curves(self) -> Columns:
        """Return the metrics as arrays `agent/column`, `[seeds, rows]`, on the shared `step`, `[rows]`.

        `agent/steps_to_fraction` and `agent/coverage_at_fraction`, `[seeds, levels]`, are the steps to each level and
        the coverage there; nan where it was not reached.
        """
        first, number = self.config["first_seed"], self.config["seeds"]
        metrics = self.metrics()
        step = next(iter(metrics.values()))[0]["step"]
        curves = {"step": step, "seed": np.arange(first, first + number)}
        for name, rows in metrics.items():
            for column in rows[0].keys() - {"step"}:
                curves[f"{name}/{column}"] = np.stack([row[column] for row in rows])
        for name, summaries in self.summaries().items():
            for figure in dropped_truth.BY_LEVEL:
                by_level = [list(summary[figure].values()) for summary in summaries]
                curves[f"{name}/{figure}"] = np.array(by_level, dtype=np.float64)  # None becomes nan
        return dict(sorted(curves.items()))

    def partial(self) -> dict[str, Any]:
        """Return the summaries of the finished lives by agent and seed."""
        agents: dict[str, dict[str, Any]] = {name: {} for name in self.config["agents"]}
        for name, seed in self.tasks:
            if (name, seed) in self.results:
                agents[name][str(seed)], _ = self._result(name, seed)
        return {key: self.config[key] for key in ("env", "steps", "seeds", "first_seed")} | {"agents": agents}

    def _of(self, name: str) -> Iterator[tuple[dict[str, Any], Columns]]:
        return (self._result(*task) for task in self.tasks if task[0] == name and task in self.results)

    def _result(self, name: str, seed: int) -> tuple[dict[str, Any], Columns]:
        """What a life left, without what needs the truth if that was dropped in any."""
        (summary, columns), why = self.results[name, seed], self.disproof
        if why is None:
            return summary, columns
        return dropped_truth.summary_without(summary, why), dropped_truth.columns_without(columns)


def play_seeds(config: Mapping[str, Any], workers: int | None, done: Callable[[str], None], kept: KeptLives) -> Seeds:
    """Play every agent of a configuration on every seed, but for the lives that were kept.

    Args:
        config: the resolved configuration.
        workers: how many threads (in tabular worlds) or processes share the work; None: one a core.
        done: called with a remark whenever a life is finished.
        kept: the lives that were finished before, to which those that are finished now are added.

    Returns:
        the lives; not all of them after Ctrl-C, nor if a life could not go on, which leaves a `failure`: the others are
        played nevertheless.
    """
    seeds, work = Seeds(config), work_of(config, kept)
    for task in seeds.tasks:
        if (life := kept.find(*task)) is not None:
            seeds.results[task] = life
            done("{} on seed {}, kept".format(*task))
    left = [(work, *task) for task in seeds.tasks if task not in seeds.results]
    if not left:
        return seeds
    executor = executor_for([config])  # which may compile
    with Interruption() as interruption:
        for place, outcome in played(left, executor, workers, interruption):
            if isinstance(outcome, Exception):
                seeds.failure = seeds.failure or failure_of(outcome)
            else:
                seeds.results[left[place][1:]] = outcome
                done(told(left[place]))
    seeds.status = interruption.status
    return seeds


def work_of(config: Mapping[str, Any], kept: KeptLives) -> Work:
    """Return what the lives of a resolved comparison have in common."""
    return Work(partial(executors.play_one, config), kept)


def failure_of(error: Exception) -> str:
    """Say why a life could not go on."""
    return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"


def executor_for(configs: Iterable[Mapping[str, Any]]) -> Executor:
    """Return what plays the lives of resolved comparisons on this machine."""
    return on_threads if all(map(_are_tabular, configs)) else in_processes


def _are_tabular(config: Mapping[str, Any]) -> bool:
    """Tell whether all lives can be simulated: compiled code leaves the interpreter to the other threads."""
    from ...simulation.simulate import can_simulate
    from ..setup import make_player, make_world

    seed = config["first_seed"]
    env = make_world(config, seed)
    return all(can_simulate(env, make_player(config, name, env, seed)) for name in config["agents"])
