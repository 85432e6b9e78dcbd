"""What whole lives cost, in which everything is new, and what planning anew would cost in them.

    python -m tests.benchmarks.lives [--worlds grid open-100] [--lives 5] [--tolerance 0.01] [--no-rivals] [--quick]

A curious agent that knows nothing explores a world; open-N is a grid of N x N cells without inner walls, which slips as
the default grid does. Three tables:

Lives: microseconds a step of `agent.simulate` on one thread, in process time, of world, belief, plan, choice and score
(there is none where the truth is too large: open-1000); the median of the lives, least and most. What a life of one
step takes, which makes the agent and its score, is taken off. "worst step" is the longest `act` and `observe`, without
world and score, of the first life, played once more in the Python loop: in time of the thread and, in brackets, of the
clock, which goes on while others have the core. Code is loaded before; the garbage collector leaves it alone.

Work: what was done in these lives, medians. States are those known at the end; pops are states that the planner looked
at; revisions are refreshes of all pairs; "made" is the life of one step. Full solutions are those of the first life,
with the time they took, spread over its steps.

Rivals: one `act` of ours against one solution of each rival, of the same belief at the same step, to the same policy
loss, from the values of the step before. Steps are drawn from the first life. Ours are timed in the midst of it; then
each rival, having solved the few steps before, uncounted. "full solver" is ours, `--planner value-iteration`, with
payoffs and choice as in `act`. quantecon plans by modified policy iteration for the posterior mean, its arrays made
before, in the form and with the setting that took least up to then. pymdp scores all sequences of four actions, as in
`tests.benchmarks.active_inference`, where there are few. Times are median (mean). Ratios are theirs / ours, with 95 %
intervals: the median of the pairs (quantile test), and that of the means (bootstrap-t).
"""

import argparse
import gc
import sys
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

import envs
from agent import Transition, interact, make_agent, simulate
from agent.agents.rng import seed_streams
from tests.benchmarks.rivals import RIVALS, WARM, catch_up, ratios
from tests.benchmarks.timing import once, spread, table

FIRST_SEED = 700
NUM_MOMENTS = 100  # at most, at which rivals solve
PATIENCE = 2.0  # seconds until it is said how far it is
PARTNERS = {"quantecon": "quantecon", "pymdp": "inferactively-pymdp"}  # packages of rivals, which are their modules
COST = ("world", 16), ("steps", 7), ("us a step", 19), ("at most", 11), ("worst step, ms", 14), ("at most", 9)
WORK = ("world", 16), ("states", 6), ("pops a step", 11), ("revisions", 9), ("full solutions", 14), ("us a step", 9)
CONTEST = ("world", 16), ("planner", 11), ("us", 15), ("ratio, medians", 21), ("ratio, means", 21)


class Life(NamedTuple):
    """A world, the steps of a life in it, and what these are to cost at most."""

    world: str
    num_steps: int
    most_us: float  # a step
    most_ms: float = np.inf  # the worst step
    options: Mapping[str, Any] = {}  # of the world
    rivals: tuple[str, ...] = ("full solver", "quantecon")


LIVES: Mapping[str, Life] = {
    "four-rooms": Life("four-rooms", 20_000, 2.5),
    "four-rooms-large": Life("four-rooms-large", 20_000, 3.5),
    "grid": Life("grid", 20_000, 3.5),
    "cliques": Life("cliques", 20_000, 3.5),
    "river-swim": Life("river-swim", 20_000, 3.0, rivals=tuple(RIVALS)),
    "lock": Life("lock", 20_000, 5.0, rivals=tuple(RIVALS)),
    "open-100": Life("grid", 60_000, 6.0, options={"kind": "open", "size": 100}),
    "open-300": Life("grid", 100_000, 8.0, 5.0, options={"kind": "open", "size": 300}, rivals=()),
    "open-1000": Life("grid", 300_000, 8.0, options={"kind": "open", "size": 1000}, rivals=()),
}


class Watch:
    """An agent, what it was told and asked lately, and what its steps and its full solutions take."""

    def __init__(self, agent: Any) -> None:
        self.agent = agent
        self.news: list[tuple[str, Any]] = []
        self.thread_ns: list[int] = []
        self.clock_ns: list[int] = []
        self.acting_us = 0.0  # the last time
        self.solving_us: list[float] = []
        self._solve, agent.planner.solve = agent.planner.solve, self._timed_solution

    def begin(self, state: int) -> None:
        self.news.append(("begin", state))
        self.agent.begin(state)

    def act(self, state: int) -> int:
        self.news.append(("act", state))
        self.thread_ns.append(0)
        self.clock_ns.append(0)
        action = self._timed(self.agent.act, state)
        self.acting_us = self.clock_ns[-1] / 1e3
        return action

    def observe(self, transition: Transition) -> None:
        self.news.append(("observe", transition))
        self._timed(self.agent.observe, transition)

    def _timed(self, function: Callable[[Any], Any], given: Any) -> Any:
        thread, clock = time.thread_time_ns(), time.perf_counter_ns()
        answer = function(given)
        self.clock_ns[-1] += time.perf_counter_ns() - clock
        self.thread_ns[-1] += time.thread_time_ns() - thread
        return answer

    def _timed_solution(self, *given: Any) -> float:
        milliseconds, bound = once(self._solve, *given)
        self.solving_us.append(1e3 * milliseconds)
        return bound


def simulated(env: Any, num_steps: int, seed: int, planning: Mapping[str, Any]) -> tuple[float, Any]:
    """Return the microseconds of process time that a life takes, and the agent as it is at the end."""
    start = time.process_time_ns()
    (lived,) = simulate(env, "curious", num_steps, [seed], 1, **planning)
    return 1e-3 * (time.process_time_ns() - start), lived.agent


def first_life(env: Any, planning: Mapping[str, Any]) -> tuple[Watch, int]:
    """Return the agent of the first life, watched, and the seed of its world."""
    world_seed, agent_seed = seed_streams(FIRST_SEED)
    return Watch(make_agent("curious", env, agent_seed, **planning)), world_seed


def watched(env: Any, num_steps: int, planning: Mapping[str, Any]) -> Watch:
    """Live the beginning of the first life in the Python loop."""
    watch, world_seed = first_life(env, planning)
    for _ in interact(env, watch, num_steps, world_seed):
        watch.news.clear()
    return watch


def warm_up(env: Any, planning: Mapping[str, Any]) -> None:
    """Load what is compiled, or compile it, and let the interpreter look for garbage elsewhere from now on."""
    _, agent = simulated(env, 1000, FIRST_SEED, planning)
    agent.planner.solve(agent.model, agent.unvisited_payoff, int(agent.model.known_states()[0]))
    watched(env, 1000, planning)
    gc.collect()
    gc.freeze()


def live(life: Life, num_lives: int, planning: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Live some lives, and the first of them once more; return what that cost and what was done, as cells."""
    env, num_steps = envs.make(life.world, **life.options), life.num_steps
    warm_up(env, planning)
    taken, done = [], []
    for seed in range(FIRST_SEED, FIRST_SEED + num_lives):
        made, _ = simulated(env, 1, seed, planning)
        lived, agent = simulated(env, num_steps, seed, planning)
        taken.append((lived - made) / num_steps)
        done.append((agent.model.num_known_states, agent.planner.num_pops / num_steps, agent.model.revision, made))
    watch = watched(env, num_steps, planning)
    step, worst = float(np.median(taken)), max(watch.thread_ns) / 1e6
    cost = f"{step:.3g} ({min(taken):.3g} to {max(taken):.3g})", limit(life.most_us, step)
    known, pops, revisions, made = np.median(done, axis=0)
    solved = f"{len(watch.solving_us)}", f"{sum(watch.solving_us) / num_steps:.2g}"
    return (
        [f"{num_steps}", *cost, f"{worst:.3g} ({max(watch.clock_ns) / 1e6:.3g})", limit(life.most_ms, worst)],
        [f"{known:.0f}", f"{pops:.3g}", f"{revisions:.0f}", *solved, f"{made / 1e3:.3g}"],
    )


def limit(most: float, got: float) -> str:
    """What was to be reached at most, and whether it was not."""
    return "" if most == np.inf else f"{most:g}" + ", missed" * (got > most)


def contest(life: Life, rivals: list[str], planning: Mapping[str, Any]) -> tuple[Any, dict[str, Any], float]:
    """Return what our `act` and each rival took at the same steps, us, and how far two rivals' values are apart."""
    env = envs.make(life.world, **life.options)
    watch, world_seed = first_life(env, planning)
    made = {name: make_agent("curious", env, planner="value-iteration", **planning) for name in rivals}
    followers: dict[str, Any] = {name: RIVALS[name](agent) for name, agent in made.items()}
    ours: list[float] = []
    theirs: dict[str, list[float]] = {name: [] for name in rivals}
    every = max(life.num_steps // NUM_MOMENTS, 100)
    begins = np.arange(0, life.num_steps - every + 1, every)
    moments = set((begins + np.random.default_rng(0).integers(WARM + 1, every, len(begins))).tolist())
    for step, _ in enumerate(interact(env, watch, life.num_steps, world_seed)):
        if step in moments:
            ours.append(watch.acting_us)
            for name, rival in followers.items():
                theirs[name].append(1e3 * catch_up(rival, watch.news))
            watch.news.clear()
    apart = followers["quantecon"].apart if "quantecon" in followers else 0.0
    return np.array(ours), {name: np.array(taken) for name, taken in theirs.items()}, apart


def main() -> None:
    """Read the options, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", nargs="+", default=[*LIVES], choices=LIVES, metavar="NAME", help=", ".join(LIVES))
    parser.add_argument("--lives", type=int, default=5, help="of each world")
    parser.add_argument("--tolerance", type=float, help="of the planners (default: the package's own)")
    parser.add_argument("--no-rivals", action="store_true", help="leave the rivals out")
    parser.add_argument("--quick", action="store_true", help="a tenth of the steps, for which the limits do not hold")
    options = parser.parse_args()
    if options.lives < 1:
        parser.error(f"--lives is {options.lives}, expected at least 1")
    planning = {} if options.tolerance is None else {"tolerance": options.tolerance}
    lives = {name: LIVES[name] for name in options.worlds}
    if options.quick:
        shorter = {"most_us": np.inf, "most_ms": np.inf}
        lives = {name: life._replace(num_steps=life.num_steps // 10, **shorter) for name, life in lives.items()}
    begin = time.perf_counter()

    def tell(progress: str) -> None:
        if time.perf_counter() - begin > PATIENCE:
            print(progress, file=sys.stderr, flush=True)

    planner = first_life(envs.make("lock"), planning)[0].agent.planner
    print(f"discount {planner.discount:g}, policy loss {planner.tolerance:g} of the value; seeds from {FIRST_SEED}")
    row, work = table(*COST), []
    for name, life in lives.items():
        tell(f"{name}: {options.lives} lives, and one step by step")
        cost, done = live(life, options.lives, planning)
        row(name, *cost)
        work.append((name, *done))
    row = table(*WORK, ("made, ms", 8))
    for cells in work:
        row(*cells)
    if not options.no_rivals and any(life.rivals for life in lives.values()):
        contests({name: life for name, life in lives.items() if life.rivals}, planning, tell)


def contests(lives: Mapping[str, Life], planning: Mapping[str, Any], tell: Callable[[str], None]) -> None:
    """Print the table of rivals."""
    absent = {rival: package for rival, package in PARTNERS.items() if find_spec(rival) is None}
    if absent:
        print(f"\nnot installed, left out: {', '.join(absent.values())} (pip install -e '.[bench]')")
    row, most = table(*CONTEST), 0.0
    for name, life in lives.items():
        tell(f"{name}: rivals")
        ours, theirs, apart = contest(life, [rival for rival in life.rivals if rival not in absent], planning)
        row(name, "ours", spread(ours), "", "")
        for rival, taken in theirs.items():
            row(name, rival, spread(taken), *ratios(taken, ours))
        most = max(most, apart)
    if "quantecon" not in absent:
        print(f"\nvalues of full solver and quantecon differ by at most {most:.2g} of that of the state at hand")


if __name__ == "__main__":
    main()
