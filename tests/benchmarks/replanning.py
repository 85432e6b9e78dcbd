"""The incremental planner against full solutions, in one run: what mending a plan costs, and what a whole step does.

    python -m tests.benchmarks.replanning [given] [warm] [step] [loop] [life] [--sides 20 100 300]

given: a given model (grid, three successors a pair, rewards) of which one pair changes; both solvers know the last
solution, both must bring every Bellman residual below 1e-6. quantecon plans by modified policy iteration, with the best
of its settings.
warm: an explored grid in which the agent walks by its plan, 1 % policy loss: the mean of a compiled step, world, belief
and all, against the mean of our own warm full solver (`--planner value-iteration`) on the same way.
step: the compiled step alone, the first 22 000 after the grid was explored (later ones cost more, when all is known
equally well and the best way changes all the time); its median is that of single steps less that of empty calls.
loop: the agent's share of a step in the Python loop: `act` and `observe`.
life: the mean of a compiled step from the first on, by an agent that knows nothing of the grid at first (empirical) or
only which cells can follow which (local), beside one that solves anew at every step: while a world is being explored
the best way changes all the time, and far away. Both live for ten steps a state, at most 200 000, or as long as the
latter comes in 20 seconds.

The prior is local (three cells a pair) or full (every cell is possible, which couples all states).
"""

import argparse
import copy
import time
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
import scipy.sparse as sp

import envs
from agent import Explorer, Transition, WorldModel, interact, make_agent
from agent.bonuses import expected_information_gain
from agent.planners.incremental.planner import Incremental
from agent.planners.value_iteration import ValueIteration
from agent.simulation.simulate import CHUNK, Simulation
from tests.benchmarks.explored import explored_grid
from tests.benchmarks.timing import once, spread, table

try:
    import quantecon
except ImportError:
    quantecon = None

TOLERANCE = 0.01  # of plans but those of given models: policy loss, a tenth of what the package allows
RESIDUAL = 1e-6
SWEEPS = (10, 20, 50, 100)  # settings of quantecon's modified policy iteration; its default is 20
SECONDS = 4.0  # spent on each figure of a given model, and of a full solver
NUM_STEPS = 20_000  # of each mean, after the first 2 000


class Given:
    """A given model in two forms: the tables of a belief, and quantecon's."""

    def __init__(self, side: int, discount: float) -> None:
        rng = np.random.default_rng(0)
        self.side, self.discount, self.num_states = side, discount, side * side
        self.model = explored_grid(side)
        self.reward = rng.random(4 * self.num_states)
        self.reward[rng.choice(4 * self.num_states, 5, replace=False)] += 10
        self.model.pairs.payoff[: self.reward.size] = self.reward
        edges, number = self.model.edges, self.model.num_edges
        entries = self._weight(np.arange(number)), (edges.pair[:number], edges.successor[:number])
        self.transition = sp.csr_matrix(entries, shape=(self.reward.size, self.num_states))
        states, actions = np.divmod(np.arange(self.reward.size), 4)
        self.partner = quantecon.markov.DiscreteDP(self.reward, self.transition, discount, states, actions)

    def change(self, pair: int, turn: int) -> None:
        """Observe one more transition of a pair."""
        row = slice(*self.transition.indptr[pair : pair + 2])
        successors = self.transition.indices[row]
        successor = int(successors[turn % len(successors)])
        self.model.observe(Transition(pair // 4, pair % 4, 0.0, successor, False, False))
        numbers = {int(self.model.edges.successor[edge]): edge for edge in self.model._edges_of(pair)}
        self.partner.Q.data[row] = self._weight(np.array([numbers[int(s)] for s in successors]))

    def solve(self, value: Any, epsilon: float, sweeps: int) -> Any:
        """Solve by quantecon from the values known before."""
        return self.partner.solve("mpi", v_init=value, epsilon=epsilon, k=sweeps).v

    def _weight(self, edge: Any) -> Any:
        edges, model = self.model.edges, self.model
        return (edges.count[edge] + edges.local[edge]) / (model.pairs.visits[edges.pair[edge]] + model.concentration)


def given(sides: list[int], discounts: list[float]) -> None:
    """One pair of a given model changes."""
    names = ("states", 9), ("discount", 8), ("ours, us", 18), ("quantecon, ms", 14), ("times", 12), ("difference", 10)
    row = table(*names)
    for side in sides:
        for discount in discounts:
            ours, theirs, difference = one_pair_changes(Given(side, discount))
            ratio = [1e3 * average(theirs) / average(ours) for average in (np.median, np.mean)]
            times = f"{ratio[0]:.0f} ({ratio[1]:.0f})"
            row(f"{side * side}", f"{discount:g}", spread(ours), spread(theirs), times, f"{difference:.1e}")


def one_pair_changes(problem: Given) -> tuple[Any, Any, float]:
    """Return our microseconds, quantecon's milliseconds and the largest difference of a value at the end."""
    model, discount = problem.model, problem.discount
    scale = discount / (1 - discount)
    value = problem.solve(None, 2 * RESIDUAL * scale, SWEEPS[1])  # its span of residuals; ours lie within +-1e-6
    planner = Incremental(discount, 2 * RESIDUAL * scale / value[0])
    planner.plan(model, 0.0, 0)
    best = min(SWEEPS, key=lambda k: once(problem.solve, value, 2 * RESIDUAL * scale, k)[0])
    rng, start = np.random.default_rng(1), time.perf_counter()
    ours: list[float] = []
    theirs: list[float] = []
    while time.perf_counter() - start < SECONDS or len(ours) < 20:
        problem.change(int(rng.integers(4 * problem.num_states)), int(rng.integers(3)))
        ours.append(1e3 * once(planner.plan, model, 0.0, 0)[0])
        if len(theirs) < len(ours) / 20 or len(theirs) < 5:
            milliseconds, value = once(problem.solve, value, 2 * RESIDUAL * scale, best)
            theirs.append(milliseconds)
    value = problem.solve(value, 2 * RESIDUAL * scale, best)
    return np.array(ours), np.array(theirs), float(np.abs(value - model.states.value[: problem.num_states]).max())


def walker(side: int, discount: float, is_local: bool) -> tuple[Any, Explorer]:
    """Return an open grid and an agent that has explored it."""
    env = envs.make("grid", size=side, kind="open")
    model = explored_grid(side, is_local=is_local)
    return env, Explorer(model, 0, expected_information_gain, Incremental(discount, TOLERANCE))


def steps_of(simulation: Simulation) -> tuple[float, float, float]:
    """Microseconds a step: the mean, the median and the largest of single steps."""
    for number in (1, CHUNK, CHUNK):
        simulation.advance(number)
    made, start = 0, time.perf_counter()
    while made < NUM_STEPS:
        made += simulation.advance(CHUNK)
    lived = time.perf_counter() - start
    single = [1e3 * once(simulation.advance, 1)[0] for _ in range(4000)]
    empty = [1e3 * once(simulation.advance, 0)[0] for _ in range(1000)]
    overhead = float(np.median(empty))
    return 1e6 * lived / made, float(np.median(single)) - overhead, max(single) - overhead


def step(sides: list[int], discounts: list[float]) -> None:
    """The compiled step, world and belief included."""
    row = table(
        ("states", 9), ("prior", 6), ("discount", 8), ("mean, us", 9), ("median, us", 10), ("worst of 4000, us", 17)
    )
    for is_local in (True, False):
        for discount in discounts:
            for side in sides:
                mean, median, worst = steps_of(Simulation(*walker(side, discount, is_local), 0))
                prior = "local" if is_local else "full"
                row(f"{side * side}", prior, f"{discount:g}", f"{mean:.2f}", f"{median:.2f}", f"{worst:.0f}")


def warm(sides: list[int], discounts: list[float]) -> None:
    """The compiled step against a warm full solution at every step of the same way."""
    row = table(("states", 9), ("prior", 6), ("discount", 8), ("step, us", 9), ("full solver, us", 18), ("times", 8))
    for is_local in (True, False):
        for discount in discounts:
            for side in sides:
                env, agent = walker(side, discount, is_local)
                follower = Explorer(copy.deepcopy(agent.model), 0, agent.bonus, ValueIteration(discount, TOLERANCE))
                full = full_solutions(follower, env)
                mean, _, _ = steps_of(Simulation(env, agent, 0))
                prior = "local" if is_local else "full"
                ratio = np.mean(full) / mean
                row(f"{side * side}", prior, f"{discount:g}", f"{mean:.2f}", spread(full), f"{ratio:.0f}")


def full_solutions(agent: Explorer, env: Any) -> list[float]:
    """Microseconds of each plan along a way, after the first few."""
    taken: list[float] = []
    plan = agent.planner.plan

    def timed(model: WorldModel, unvisited: float, state: int) -> float:
        milliseconds, bound = once(plan, model, unvisited, state)
        taken.append(1e3 * milliseconds)
        return bound

    agent.planner.plan = timed
    start = time.perf_counter()
    for _ in interact(env, agent, 10**6, 0):
        if time.perf_counter() - start > SECONDS and len(taken) >= 8:
            break
    return taken[3:]


def loop(sides: list[int], discounts: list[float]) -> None:
    """The agent's share of the Python loop."""
    row = table(("states", 9), ("discount", 8), ("act + observe, us", 17), ("world and loop, us", 18))
    for discount in discounts:
        for side in sides:
            env, agent = walker(side, discount, True)
            timed = Timed(agent)
            for _ in islice(interact(env, timed, 10**6, 0), 2000):
                pass
            timed.seconds, start = 0.0, time.perf_counter()
            for _ in islice(interact(env, timed, 10**6, 0), 20_000):
                pass
            others = time.perf_counter() - start - timed.seconds
            row(f"{side * side}", f"{discount:g}", f"{50 * timed.seconds:.2f}", f"{50 * others:.2f}")


class Timed:
    """An agent, and the time it takes."""

    def __init__(self, agent: Explorer) -> None:
        self.agent, self.seconds, self.begin = agent, 0.0, agent.begin

    def act(self, state: int) -> int:
        start = time.perf_counter()
        action = self.agent.act(state)
        self.seconds += time.perf_counter() - start
        return action

    def observe(self, transition: Transition) -> None:
        start = time.perf_counter()
        self.agent.observe(transition)
        self.seconds += time.perf_counter() - start


def life(sides: list[int], discounts: list[float]) -> None:
    """The compiled step while the grid is being explored, mended and solved anew."""
    names = ("states", 9), ("prior", 9), ("discount", 8), ("steps", 7), ("mended, us", 10), ("solved anew, us", 15)
    row = table(*names, ("times", 5))
    for prior in ("empirical-bayes", "local"):
        for discount in discounts:
            for side in sides:
                num_steps = min(10 * side**2, 200_000)
                solved, made = mean_of_life(side, discount, prior, "value-iteration", num_steps, 5 * SECONDS)
                mended, _ = mean_of_life(side, discount, prior, "incremental", made, 5 * SECONDS)
                cells = f"{side * side}", prior.partition("-")[0], f"{discount:g}", f"{made}"
                row(*cells, f"{mended:.2f}", f"{solved:.3g}", f"{solved / mended:.0f}")


def mean_of_life(
    side: int, discount: float, prior: str, planner: str, num_steps: int, seconds: float
) -> tuple[float, int]:
    """Microseconds of a step of a life that begins with nothing, and how many steps it lasted."""
    env = envs.make("grid", size=side, kind="open")
    agent = make_agent("curious", env, 0, prior=prior, planner=planner, discount=discount, tolerance=TOLERANCE)
    simulation = Simulation(env, agent, 0)
    made = simulation.advance(1)
    start = time.perf_counter()
    while made < num_steps and time.perf_counter() - start < seconds:
        made += simulation.advance(min(num_steps - made, 256))
    return 1e6 * (time.perf_counter() - start) / made, made


PARTS: dict[str, Callable[[list[int], list[float]], None]] = {
    "given": given, "warm": warm, "step": step, "loop": loop, "life": life,
}  # fmt: skip


def main() -> None:
    """Read the options, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="tables to print; all by default")
    parser.add_argument("--sides", type=int, nargs="*", default=[20, 100, 300], help="sides of the grids, cells")
    parser.add_argument("--discounts", type=float, nargs="*", default=[0.95, 0.99])
    options = parser.parse_args()
    print("times are mean, or median (mean)")
    for name in options.parts or PARTS:
        if name == "given" and quantecon is None:
            print("quantecon is not installed: `given` is left out (pip install -e '.[bench]')")
            continue
        PARTS[name](options.sides, options.discounts)


if __name__ == "__main__":
    main()
