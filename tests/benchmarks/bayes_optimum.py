"""What agents reach of the Bayes optimum in tiny worlds: `python -m tests.benchmarks.bayes_optimum`.

Thirty beliefs about random worlds of three states and two actions, after a short walk, and five about corridors that
are known but for a decoy on the way, taken twice so far, and what is at their end; five more where the decoy is fresh.
Of each, the largest expected information gain of a few steps, and what every agent gains in expectation: both exact,
over the whole tree of beliefs, under the agents' own prior of a fixed concentration. Agents plan anew in each belief;
ties among actions count evenly.
"""

import argparse
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from agent import Transition, WorldModel
from agent.belief.priors import Local, Symmetric
from agent.parts import AGENT, chosen
from agent.planners.bayes_optimum import bayes_optimum, policy_gain

AGENTS = ("curious:planner=remaining-horizon", "curious", "curious:discount=.9", "greedy", "count", "random")
RANDOM, CORRIDORS = range(100, 130), range(100, 105)
"""Seeds of what is reported; 0 to 9 are those of tests."""


class Tiny(NamedTuple):
    """A belief about a tiny world, and how long there is to learn."""

    prior: Symmetric | Local
    num_states: int
    num_actions: int
    seen: list[Transition]
    state: int
    steps: int

    def model(self, seen: list[Transition]) -> WorldModel:
        """Make the belief that has seen some transitions."""
        model = WorldModel(self.num_actions, self.num_states, self.prior)
        for transition in seen:
            model.observe(transition)
        return model

    def concentration(self) -> np.ndarray:
        """Concentrations of the belief, `[S, A, S]`."""
        return _dense(self.model(self.seen), self)


def random_world(seed: int, steps: int = 5) -> Tiny:
    """Three states whose rows are Dir(1/2, 1/2, 1/2), and a walk of up to eight steps."""
    rng = np.random.default_rng(seed)
    rows = rng.dirichlet(np.full(3, 0.5), (3, 2))
    seen, state = [], 0
    for _ in range(rng.integers(9)):
        action = int(rng.integers(2))
        successor = int(rng.choice(3, p=rows[state, action]))
        seen.append(Transition(state, action, 0.0, successor, False, False))
        state = successor
    return Tiny(Symmetric(float(rng.choice([0.5, 1.0, 3.0]))), 3, 2, seen, state, steps)


def corridor(seed: int, looks: int = 2) -> Tiny:
    """A corridor of four or five states whose moves are known, a decoy at its second, and a treasure at its end.

    Left and right stay in place now and then. Right in the last state may lead anywhere, and was never taken; left in
    the second state may lead to two states, and was taken `looks` times. There is time for the end, and little more.
    """
    rng = np.random.default_rng(seed)
    size, spare = int(rng.integers(4, 6)), int(rng.integers(1, 4))
    support, seen = {}, []
    for state in range(size):
        for action, target in enumerate((max(state - 1, 0), min(state + 1, size - 1))):
            pair = 2 * state + action
            support[pair] = tuple({state, target})
            if pair == 2 * size - 1:
                support[pair] = tuple(range(size))
            elif pair == 2:
                seen += [Transition(1, 0, 0.0, look % 2, False, False) for look in range(looks)]
            elif target != state:
                seen += [Transition(state, action, 0.0, target, False, False)] * 27
                seen += [Transition(state, action, 0.0, state, False, False)] * 3
    return Tiny(Local(support, 1.0), size, 2, seen, 0, size - 1 + spare)


def gain_of(name: str, world: Tiny) -> float:
    """Expected information gain of an agent, nats, exact."""
    return policy_gain(world.concentration(), world.state, world.steps, policy_of(name, world))


def policy_of(name: str, world: Tiny) -> Callable[[np.ndarray, int, int], np.ndarray]:
    """Return what an agent does in a belief: probabilities of the actions."""
    before, factory = world.concentration(), chosen(AGENT, name)

    def policy(concentration: np.ndarray, state: int, remaining: int) -> np.ndarray:
        if factory.name == "random":
            return np.full(world.num_actions, 1 / world.num_actions)
        more = np.rint(concentration - before).astype(int)
        path = [Transition(int(s), int(a), 0.0, int(t), False, False) for s, a, t in np.argwhere(more)]
        model = world.model(
            world.seen + [step for step in path for _ in range(more[step.state, step.action, step.next_state])]
        )
        model.begin(state)
        agent = factory.make(model=model, seed=0, steps=remaining)
        agent.act(state)
        values = agent.q_values(state)
        best = values == values.max()
        return best / best.sum()

    return policy


def _dense(model: WorldModel, world: Tiny) -> np.ndarray:
    pairs = np.ndindex(world.num_states, world.num_actions)
    rows = np.array([model.posterior(*pair) for pair in pairs])
    return rows.reshape(world.num_states, world.num_actions, world.num_states)


def shares(worlds: Iterator[Tiny]) -> dict[str, np.ndarray]:
    """Return the share of the optimum that each agent reaches, `[worlds]`."""
    found: dict[str, list[float]] = {name: [] for name in AGENTS}
    for world in worlds:
        most = bayes_optimum(world.concentration(), world.state, world.steps)
        for name in AGENTS:
            found[name].append(gain_of(name, world) / most)
    return {name: np.array(each) for name, each in found.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="every fifth world")
    each = 5 if parser.parse_args().quick else 1
    found = {
        "30 random worlds": shares(map(random_world, RANDOM[::each])),
        "5 corridors": shares(map(corridor, CORRIDORS[::each])),
        "5 of a fresh decoy": shares(corridor(seed, 0) for seed in CORRIDORS[::each]),
    }
    print("| agent | " + " | ".join(f"{name}: mean | worst" for name in found) + " |")
    print("|---|" + "---|---|" * len(found))
    for name in AGENTS:
        cells = [f"{100 * each[name].mean():.2f} % | {100 * each[name].min():.2f} %" for each in found.values()]
        print(f"| `{name}` | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
