"""How soon a belief about features knows a world: steps until little information is missing.

    python -m tests.benchmarks.structure [--worlds taxi four-rooms] [--seeds 6] [--first 0] [--steer random curious]
        [--features true permuted random] [--cost] [--describe]

A random walk, or the curious agent on its own belief, plays; what it sees, a structured belief and the empirical-Bayes
one learn beside it. Missing information is the sum over reachable pairs of KL(true || predicted), nats; levels are
fractions of the yardstick, the uniform prediction over the world's states (`agent.simulation.scoring`). Steps are
looked at one by one up to 100, then 2 % apart. A seed that does not reach a level counts as the steps that were played,
and its mean is marked `>=`. The guarded belief is that of the two which has predicted better by now: ln P of every
transition is summed before it is learnt, and the lead changes where the other is three nats ahead. Told are, of the
structured, the guarded and the empirical-Bayes belief, the steps to each level, and what is missing where a life ends.

--features: as they are; dealt out to other states; or one arbitrary number for each state.
--cost: microseconds of a prediction, and of a refit per visited pair.
"""

import argparse
import itertools
import math
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import envs
from agent import WorldModel, interact, make_agent
from agent.belief import updates
from agent.belief.structured.predicting import prediction
from agent.belief.structured.tables import structure_at
from agent.compilation.compiled import compiled
from agent.simulation.scoring import Truth
from envs.families import flags, noisy_tv
from tests.support.structure import Structure

LEVELS = (0.1, 0.02)
AHEAD = 3.0
"""Nats by which the guard must be wrong before it changes its mind."""


class Featured(NamedTuple):
    """A world in terms of features."""

    world: str
    features: Callable[[Any, int], NDArray[np.int64]]  # of the world and its number of states
    steps: int
    ranges: list[tuple[int, int]] | None = None
    is_drawn: bool = False  # another world for each seed


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


def _number(env: Any, num_states: int) -> NDArray[np.int64]:
    return np.arange(num_states)[:, None]


WORLDS = {
    "taxi": Featured("Taxi-v4", _taxi, 6000, [(0, 4), (0, 4), (0, 4), (0, 3)]),
    "four-rooms": Featured("four-rooms", _positions, 8000),
    "noisy-tv": Featured("noisy-tv", _televisions, 6000),
    "flags": Featured("flags", _flags, 15000),
    "frozen": Featured("FrozenLake8x8-v1", _rows(8), 6000, [(0, 7), (0, 7)]),
    "cliff": Featured("CliffWalking-v1", _rows(12), 6000, [(0, 3), (0, 11)]),
    "river": Featured("river-swim", _number, 1500),
    "cliques": Featured("cliques", _number, 5000, is_drawn=True),
    "one-two-three": Featured("one-two-three", _number, 1500, is_drawn=True),
    "dense": Featured("dense", _number, 3000, is_drawn=True),
    "random-mdp": Featured("random-mdp", _number, 3000, is_drawn=True),
    "room-graph": Featured("room-graph", _number, 4000, is_drawn=True),
}
USUAL = list(WORLDS)[:6]


def world_of(name: str, seed: int) -> Any:
    """Return a world, and what is drawn of it, by the seed."""
    return envs.make(WORLDS[name].world, **({"world_seed": seed} if WORLDS[name].is_drawn else {}))


def structure_for(name: str, env: Any, features: str = "true", seed: int = 0, **options: Any) -> Structure:
    """Return a structured belief that has seen nothing of a world; see `--features`."""
    featured, mdp = WORLDS[name], envs.true_mdp(env)
    table, ranges, order = featured.features(env, mdp.num_states), featured.ranges, np.random.default_rng(seed)
    if features == "permuted":
        table, ranges = table[order.permutation(mdp.num_states)], None
    elif features == "random":
        table, ranges = order.permutation(mdp.num_states)[:, None], None
    return Structure(table, mdp.num_actions, ranges=ranges, ended=mdp.terminal, **options)


@compiled
def _predict_all(address, pairs):
    """Predict pairs; return the sum of what they are expected to teach."""
    known, structure, total = updates.belief_at(address), structure_at(address), 0.0
    for pair in pairs:
        total += prediction.predict(known, structure, pair)
    return total


def looked_at(steps: int) -> Iterator[int]:
    """Steps at which beliefs are scored."""
    step = 0
    while step < steps:
        step = max(step + 1, int(step * 1.02))
        yield step


class Life(NamedTuple):
    """What came of one life: of the structured, the guarded and the empirical-Bayes belief."""

    reached: list[list[float]]  # steps to each level (inf: never)
    missing: list[float]  # at its end
    structure: Structure


def live(name: str, steer: str, seed: int, features: str) -> Life:
    """Play until all levels are reached."""
    env = world_of(name, seed)
    mdp = envs.true_mdp(env)
    structure, steps = structure_for(name, env, features, seed), WORLDS[name].steps
    guarded = structure_for(name, env, features, seed, guard=AHEAD)
    models = structure.model, guarded.model, WorldModel(mdp.num_actions, mdp.num_states)
    truths = [Truth(model, mdp) for model in models]
    reached: list[list[float]] = [[math.inf] * len(LEVELS) for _ in range(3)]
    agent, due, ended = make_agent(steer, env, seed), looked_at(steps), True
    now, fractions = next(due), [1.0] * 3
    for step, transition in enumerate(interact(env, agent, steps, seed, tell=None), 1):
        for model in models:
            if ended:
                model.begin(transition.state)
            model.observe(transition)
        ended = transition.terminated or transition.truncated
        if step < now:
            continue
        now = next(due, steps + 1)
        for truth in truths:
            truth.update()
        fractions = [truth.fraction for truth in truths]
        for levels, fraction in zip(reached, fractions, strict=True):
            for k, level in enumerate(LEVELS):
                if fraction <= level and levels[k] == math.inf:
                    levels[k] = step
        if max(levels[-1] for levels in reached) < math.inf:
            break
    return Life(reached, fractions, structure)


def told(values: list[float], steps: int) -> str:
    """A mean, marked where some seeds did not reach the level."""
    counted = [min(value, steps) for value in values]
    return f"{'>=' if max(values) == math.inf else ''}{np.mean(counted):.0f}"


def cost(name: str, steps: int = 1000) -> None:
    """Print what a prediction and a refit cost after a random walk."""
    env = world_of(name, 0)
    structure = structure_for(name, env)
    pairs = np.flatnonzero(envs.true_mdp(env).reachable_pairs().ravel())
    refits, ended = [], True
    for transition in interact(env, make_agent("random", env, 0), steps, 0, tell=None):
        if ended:
            structure.begin(transition.state)
        begin, num_refits = time.perf_counter(), structure.numbers.num_refits
        structure.model.observe(transition)
        if structure.numbers.num_refits > num_refits:  # with the predictions that are brought up to date
            refits.append(1e6 * (time.perf_counter() - begin) / structure.numbers.num_visited)
        ended = transition.terminated or transition.truncated
    each = []
    for _ in range(20):
        begin = time.perf_counter()
        _predict_all(structure.address, pairs)
        each.append(1e6 * (time.perf_counter() - begin) / len(pairs))
    print(
        f"{name}: prediction {np.median(each):.2f} us, refit {np.median(refits[1:]):.1f} us a visited pair, most "
        f"{max(refits[1:]):.1f} (last {refits[-1]:.1f}); {structure.numbers.num_visited} pairs visited"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", nargs="+", default=USUAL, choices=WORLDS)
    parser.add_argument("--steer", nargs="+", default=["random", "curious"])
    parser.add_argument("--features", nargs="+", default=["true"], choices=["true", "permuted", "random"])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--describe", action="store_true")
    options = parser.parse_args()
    if options.cost:
        for name in options.worlds:
            cost(name)
        return
    for steer, features, name in itertools.product(options.steer, options.features, options.worlds):
        seeds = range(options.first, options.first + options.seeds)
        lives = [live(name, steer, seed, features) for seed in seeds]
        parts = []
        for k, level in enumerate(LEVELS):
            means = [told([life.reached[b][k] for life in lives], WORLDS[name].steps) for b in range(3)]
            parts.append(f"{level:.0%}: {means[0]}, guarded {means[1]}, empirical Bayes {means[2]}")
        ends = [100.0 * float(np.mean([life.missing[b] for life in lives])) for b in range(3)]
        parts.append("end: " + ", ".join(f"{end:.2f}" for end in ends) + " %")
        print(f"{steer:8} {name:13} {features:8} {'; '.join(parts)}", flush=True)
        if options.describe:
            print(*lives[0].structure.describe(), sep="\n")


if __name__ == "__main__":
    main()
