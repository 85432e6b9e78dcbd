"""Cold solutions of given worlds, side by side with quantecon and mdpsolver (extra `[bench]`).

    python -m tests.benchmarks.solvers [--sides 100 300] [--pairs 5] [--tolerance 1e-6]

Every solver gets the same model and the same tolerance, sup |V - V*|, starts without knowledge and is timed from its
own model in memory to values and policy; compilation and the making of that model are left out. quantecon is given the
best of its methods and settings, found in a trial of each. The last column is the largest difference of two values
anywhere; where it exceeds twice the tolerance the solvers do not agree, which is said.
"""

import argparse
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp

from agent.planners.value_iteration import solve
from envs import FiniteMDP
from tests.benchmarks.models import dense, grid
from tests.benchmarks.timing import duel, once, print_row, spread

try:
    import quantecon
except ImportError:
    quantecon = None
try:
    import mdpsolver
except ImportError:
    mdpsolver = None

HEADER = ("world", "discount", "ours, ms", "partner", "partner, ms", "times ours", "max difference")
WIDTHS = (14, 8, 16, 24, 16, 10, 14)
SWEEPS = (10, 20, 50, 100, 200)  # settings of quantecon's modified policy iteration; its default is 20
LARGE = 20_000  # states from which only modified policy iteration is tried: the others take minutes


def worlds(sides: list[int]) -> Iterator[tuple[str, FiniteMDP]]:
    """The worlds in order of size, made one at a time."""
    for num_states in (60, 1000):
        yield f"dense {num_states} x 4", dense(num_states)
    for side in sides:
        yield f"grid {side} x {side}", grid(side)


def best_of_quantecon(mdp: FiniteMDP, discount: float, tolerance: float) -> tuple[str, Callable[[], Any]]:
    """Return the fastest of quantecon's methods, by one trial of each after one that compiles."""
    num_states, num_actions = mdp.reward.shape
    if mdp.transition.nnz == mdp.transition.shape[0] * num_states:
        transition = mdp.transition.toarray().reshape(num_states, num_actions, num_states)
        model = quantecon.markov.DiscreteDP(mdp.reward, transition, discount)
    else:
        pairs = np.arange(num_states * num_actions)
        states, actions = np.divmod(pairs, num_actions)
        model = quantecon.markov.DiscreteDP(
            mdp.reward.ravel(), sp.csr_matrix(mdp.transition), discount, states, actions
        )
    tries: dict[str, Callable[[], Any]] = {}
    for k in SWEEPS:
        tries[f"quantecon mpi, k={k}"] = lambda k=k: model.solve("mpi", epsilon=2 * tolerance, k=k)
    if num_states < LARGE:
        tries["quantecon pi"] = lambda: model.solve("pi")
        tries["quantecon vi"] = lambda: model.solve("vi", epsilon=2 * tolerance, max_iter=100_000)
    model.solve("mpi", epsilon=2 * tolerance)
    name = min(tries, key=lambda name: once(tries[name])[0])
    return name, tries[name]


def mdpsolver_model(mdp: FiniteMDP, discount: float) -> Any:
    """Make a model of mdpsolver: nested lists of the non-zero probabilities and of their columns."""
    indptr, num_actions = mdp.transition.indptr, mdp.num_actions
    rows = [slice(begin, end) for begin, end in pairwise(indptr)]
    probabilities = [mdp.transition.data[row].tolist() for row in rows]
    columns = [mdp.transition.indices[row].tolist() for row in rows]

    def by_state(given: list[Any]) -> list[Any]:
        return [given[first : first + num_actions] for first in range(0, len(given), num_actions)]

    model = mdpsolver.model()
    model.mdp(
        discount=discount,
        rewards=mdp.reward.tolist(),
        tranMatProbs=by_state(probabilities),
        tranMatColumns=by_state(columns),
    )
    return model


def compare(name: str, mdp: FiniteMDP, discount: float, tolerance: float, num_pairs: int) -> None:
    """Print a line for each partner that is installed."""

    def ours() -> Any:
        return solve(mdp, discount, tolerance)

    contests = []
    if quantecon is not None:
        method, run = best_of_quantecon(mdp, discount, tolerance)
        contests.append((method, run, tuple, lambda answer: answer.v))
    if mdpsolver is not None:

        def run_mdpsolver(model: Any) -> Any:
            model.solve(algorithm="mpi", tolerance=tolerance, parallel=False, makeFinalCheck=False)
            return model

        def prepare() -> tuple[Any, ...]:
            return (mdpsolver_model(mdp, discount),)

        contests.append(("mdpsolver mpi, 1 thread", run_mdpsolver, prepare, lambda model: model.getValueVector()))
    for partner, run, prepare, value_of in contests:
        result = duel(ours, run, num_pairs if mdp.num_states > 100 else 10 * num_pairs, prepare)
        difference = np.abs(result.first.value - np.array(value_of(result.second))).max()
        agreement = f"{difference:.1e}" + ("" if difference <= 2 * tolerance else " DISAGREE")
        times = spread(result.first_ms), partner, spread(result.second_ms), f"{result.ratio:.1f}"
        print_row((name, f"{discount:g}", *times, agreement), WIDTHS)


def main() -> None:
    """Read the options, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sides", type=int, nargs="*", default=[100, 300], help="sides of the grids, cells")
    parser.add_argument("--discounts", type=float, nargs="*", default=[0.95, 0.99])
    parser.add_argument("--tolerance", type=float, default=1e-6, help="sup |V - V*|, rewards are in [0, 11)")
    parser.add_argument("--pairs", type=int, default=5, help="counted runs of each solver (ten times that if small)")
    options = parser.parse_args()
    absent = [name for name, module in (("quantecon", quantecon), ("mdpsolver", mdpsolver)) if module is None]
    if absent:
        print(f"not installed, left out: {', '.join(absent)} (pip install -e '.[bench]')")
    print(f"tolerance {options.tolerance:g}; times are median (mean); 'times ours' is the median of paired runs\n")
    print_row(HEADER, WIDTHS)
    print_row(["-" * width for width in WIDTHS], WIDTHS)
    for name, mdp in worlds(options.sides):
        for discount in options.discounts:
            compare(name, mdp, discount, options.tolerance, options.pairs)


if __name__ == "__main__":
    main()
