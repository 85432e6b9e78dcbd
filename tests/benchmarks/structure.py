"""How soon a belief about features knows a world: steps until little information is missing.

    python -m tests.benchmarks.structure [--worlds taxi four-rooms] [--seeds 6] [--steer random curious] [--cost]

A random walk, or the curious agent on its own belief, plays; what it sees, a structured belief and the empirical-Bayes
one learn beside it. Missing information is the sum over reachable pairs of KL(true || predicted), nats; levels are
fractions of the yardstick, the uniform prediction over the world's states (`agent.simulation.scoring`). Steps are
looked at one by one up to 100, then 2 % apart. A seed that does not reach a level counts as the steps that were played,
and its mean is marked `>=`.

--cost: microseconds of a prediction, and of a refit per visited pair.
"""

import argparse
import math
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import envs
from agent import interact, make_agent
from agent.belief import updates
from agent.belief.structured import prediction
from agent.belief.structured.tables import structure_at
from agent.compilation.compiled import compiled
from agent.simulation.scoring import Truth
from envs.families import flags, noisy_tv
from tests.support.structure import Structure

LEVELS = (0.1, 0.02)


class Featured(NamedTuple):
    """A world in terms of features."""

    world: str
    features: Callable[[Any, int], NDArray[np.int64]]  # of the world and its number of states
    steps: int
    ranges: list[tuple[int, int]] | None = None


def _positions(env: Any, num_states: int) -> NDArray[np.int64]:
    return envs.true_mdp(env).position


def _rows(columns: int) -> Callable[[Any, int], NDArray[np.int64]]:
    return lambda env, num_states: np.column_stack(np.divmod(np.arange(num_states), columns))


def _taxi(env: Any, num_states: int) -> NDArray[np.int64]:
    return np.array([list(env.unwrapped.decode(state)) for state in range(num_states)])


def _televisions(env: Any, num_states: int) -> NDArray[np.int64]:
    position, cells = envs.true_mdp(env).position, noisy_tv.CELLS
    return np.column_stack([position, np.maximum(np.arange(num_states) - cells + 1, 0)])


def _flags(env: Any, num_states: int) -> NDArray[np.int64]:
    places = flags._places()
    return np.array([(p.row, p.column, p.flags & 1, p.flags >> 1 & 1, p.flags >> 2 & 1) for p in places])


WORLDS = {
    "taxi": Featured("Taxi-v4", _taxi, 6000, [(0, 4), (0, 4), (0, 4), (0, 3)]),
    "four-rooms": Featured("four-rooms", _positions, 8000),
    "noisy-tv": Featured("noisy-tv", _televisions, 6000),
    "flags": Featured("flags", _flags, 15000),
    "frozen": Featured("FrozenLake8x8-v1", _rows(8), 6000, [(0, 7), (0, 7)]),
    "cliff": Featured("CliffWalking-v1", _rows(12), 6000, [(0, 3), (0, 11)]),
}


def structure_for(name: str, env: Any) -> Structure:
    """Return a structured belief that has seen nothing of a world."""
    featured, mdp = WORLDS[name], envs.true_mdp(env)
    return Structure(
        featured.features(env, mdp.num_states), mdp.num_actions, ranges=featured.ranges, ended=mdp.terminal
    )


@compiled
def _missing(belief_address, address, pairs, indptr, indices, probabilities):
    """Sum over pairs of KL(true || predicted)."""
    known, structure = updates.belief_at(belief_address), structure_at(address)
    total = 0.0
    for pair in pairs:
        prediction.predict(known, structure, pair)
        for k in range(indptr[pair], indptr[pair + 1]):
            p = probabilities[k]
            total += p * math.log(p / prediction.probability(structure, indices[k]))
    return total


class Score:
    """Missing information of a structured belief."""

    def __init__(self, structure: Structure, mdp: Any) -> None:
        self.structure, transition = structure, mdp.transition
        self._truth = (
            np.flatnonzero(mdp.reachable_pairs().ravel()),
            transition.indptr.astype(np.int64),
            transition.indices.astype(np.int64),
            transition.data,
        )
        self.yardstick = Truth(structure.model, mdp).yardstick
        structure.predict(mdp.num_states - 1, 0)  # makes room for all states

    @property
    def fraction(self) -> float:
        """Share of the yardstick that is missing."""
        return _missing(self.structure.model.address, self.structure.address, *self._truth) / self.yardstick


def looked_at(steps: int) -> Iterator[int]:
    """Steps at which beliefs are scored."""
    step = 0
    while step < steps:
        step = max(step + 1, int(step * 1.02))
        yield step


def crossings(name: str, steer: str, seed: int) -> tuple[list[float], list[float], Structure]:
    """Play; return the steps to each level of the structured belief and of the empirical-Bayes one (inf: never)."""
    env = envs.make(WORLDS[name].world)
    mdp = envs.true_mdp(env)
    structure, steps = structure_for(name, env), WORLDS[name].steps
    score, truth = Score(structure, mdp), Truth(structure.model, mdp)
    found: list[list[float]] = [[math.inf] * len(LEVELS), [math.inf] * len(LEVELS)]
    agent, due, ended = make_agent(steer, env, seed), looked_at(steps), True
    now = next(due)
    for step, transition in enumerate(interact(env, agent, steps, seed, tell=None), 1):
        if ended:
            structure.begin(transition.state)
        structure.observe(transition.state, transition.action, transition.next_state, transition.terminated)
        ended = transition.terminated or transition.truncated
        if step < now:
            continue
        now = next(due, steps + 1)
        truth.update()
        fractions = score.fraction if found[0][-1] == math.inf else 0.0, truth.fraction
        for reached, fraction in zip(found, fractions, strict=True):
            for k, level in enumerate(LEVELS):
                if fraction <= level and reached[k] == math.inf:
                    reached[k] = step
        if max(found[0][-1], found[1][-1]) < math.inf:
            break
    return found[0], found[1], structure


def told(values: list[float], steps: int) -> str:
    """A mean, marked where some seeds did not reach the level."""
    counted = [min(value, steps) for value in values]
    return f"{'>=' if max(values) == math.inf else ''}{np.mean(counted):.0f}"


def cost(name: str, steps: int = 1000) -> None:
    """Print what a prediction and a refit cost after a random walk."""
    env = envs.make(WORLDS[name].world)
    structure = structure_for(name, env)
    score = Score(structure, envs.true_mdp(env))
    refits, ended = [], True
    for transition in interact(env, make_agent("random", env, 0), steps, 0, tell=None):
        if ended:
            structure.begin(transition.state)
        structure.observe(transition.state, transition.action, transition.next_state, transition.terminated)
        begin = time.perf_counter()
        if structure.refit_if_due():
            refits.append(1e6 * (time.perf_counter() - begin) / structure.numbers.num_visited)
        ended = transition.terminated or transition.truncated
    each = []
    for _ in range(20):
        begin = time.perf_counter()
        _ = score.fraction
        each.append(1e6 * (time.perf_counter() - begin) / len(score._truth[0]))
    print(
        f"{name}: prediction {np.median(each):.2f} us, refit {np.median(refits[1:]):.1f} us a visited pair, most "
        f"{max(refits[1:]):.1f} (last {refits[-1]:.1f}); {structure.numbers.num_visited} pairs visited"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", nargs="+", default=list(WORLDS), choices=WORLDS)
    parser.add_argument("--steer", nargs="+", default=["random", "curious"])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--describe", action="store_true")
    options = parser.parse_args()
    if options.cost:
        for name in options.worlds:
            cost(name)
        return
    for steer in options.steer:
        for name in options.worlds:
            lives = [crossings(name, steer, seed) for seed in range(options.seeds)]
            parts = []
            for k, level in enumerate(LEVELS):
                ours, theirs = [life[0][k] for life in lives], [life[1][k] for life in lives]
                steps = WORLDS[name].steps
                parts.append(f"{level:.0%}: {told(ours, steps)} (empirical Bayes {told(theirs, steps)})")
            print(f"{steer:8} {name:10} {'; '.join(parts)}", flush=True)
            if options.describe:
                print(*lives[0][2].describe(), sep="\n")


if __name__ == "__main__":
    main()
