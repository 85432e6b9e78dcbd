"""What plans anew on the belief of an agent: partners of `tests.benchmarks.lives`, each warm from its last solution.

A rival has an `agent` of its own, which is told everything and solves in full; the other rivals are to be as exact as
it, as a share of the value that it finds. Asked to `warm` up, then to `solve` in every state, it returns milliseconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.stats import quantile_test

from agent.planners.compact_rows import CompactModel
from agent.reports.formatting import format_statistics
from agent.statistics.intervals import ratio_of_means
from tests.benchmarks.timing import once

SWEEPS = (5, 10, 20, 50)  # settings of quantecon's modified policy iteration; its default is 20
MOST_DENSE = 1_000_000  # entries of a dense matrix that quantecon is given
POLICY_LENGTH = 4  # of pymdp's sequences
WARM = 5  # solutions before the one that counts: a cold one takes up to four times as long


class FullSolver:
    """This package's own full solutions, with the payoffs and the choice of an action."""

    def __init__(self, agent: Any) -> None:
        self.agent, self.warm = agent, agent.act
        self.solve = lambda state: once(agent.act, state)[0]


class Pymdp:
    """pymdp's scores of all sequences of actions; nothing is kept from one step to the next."""

    def __init__(self, agent: Any) -> None:
        from tests.benchmarks.active_inference import belief, decider  # JAX takes seconds, and starts threads

        self.agent, decide = agent, decider(agent.model, POLICY_LENGTH, False)
        self.warm = lambda state: decide(*belief(agent.model, state))
        self.solve = lambda state: once(decide, *belief(agent.model, state))[0]


class Quantecon:
    """quantecon's modified policy iteration, in the form and with the setting that took least up to then.

    The forms are dense, where that is not too large, and sparse with a share that is spread over all states.

    Attributes:
        value: of the states in order of sight; the last is that of all states never seen.
        taken: milliseconds by form and setting.
        apart: largest difference from the full solver's values, as a share of the value at hand.
    """

    def __init__(self, agent: Any) -> None:
        from quantecon.markov import DiscreteDP

        self.agent, self.compact = agent, CompactModel()
        self.make: Any = DiscreteDP
        self.value = np.zeros(1)
        self.taken: dict[tuple[str, int], float] = {}
        self.apart = 0.0

    def warm(self, state: int) -> None:
        """Solve in all forms with all settings."""
        self.agent.act(state)
        problems, value = self._problems(), self.value
        if not self.taken:
            for problem in problems.values():
                self._solve(problem, state, value, SWEEPS[0])  # compiles
        for form, sweeps in product(problems, SWEEPS):
            milliseconds = self._solve(problems[form], state, value, sweeps)
            self.taken[form, sweeps] = self.taken.get((form, sweeps), 0.0) + milliseconds

    def solve(self, state: int) -> float:
        self.agent.act(state)
        problems = self._problems()
        form, sweeps = min((each for each in self.taken if each[0] in problems), key=lambda each: self.taken[each])
        milliseconds = self._solve(problems[form], state, self.value, sweeps)
        n = len(self.value) - 1
        difference = np.abs(self.compact.rows.value[:n] - self.value[:n]).max()
        self.apart = max(self.apart, float(difference / self.agent.value(state)))
        return milliseconds

    def _solve(self, problem: Any, state: int, value: NDArray[np.float64], sweeps: int) -> float:
        start = np.append(value, np.full(problem.num_states - len(value), value[-1]))
        epsilon = self.agent.planner.tolerance * float(self.agent.value(state))
        milliseconds, solution = once(problem.solve, "mpi", start, epsilon, 10**5, sweeps)
        self.value = solution.v
        return milliseconds

    def _problems(self) -> dict[str, Any]:
        """Make quantecon's models: where an episode ends another begins, and states never seen are one."""
        model, unvisited = self.agent.model, self.agent.unvisited_payoff
        discount, _ = self.agent.planner.outlook(model)
        self.compact.rebuild(model, unvisited)
        given, sizes, m = self.compact.rows, self.compact.rows.sizes, model.num_actions
        n, starts = sizes.num_states, slice(sizes.num_starts)
        unseen = sp.coo_matrix(([1.0], ([1], [n])), shape=(2, n + 1))
        ends = sp.coo_matrix((given.start_weight[starts], (0 * given.start[starts], given.start[starts])), unseen.shape)
        merged = sp.vstack([sp.eye(n, n + 1), ends + unseen], format="csr")
        indptr = np.pad(given.indptr[: n * m + 1], (0, m), mode="edge")
        edges = given.weight[: indptr[-1]], given.successor[: indptr[-1]], indptr
        rows: Any = sp.csr_matrix(edges, shape=((n + 1) * m, n + 2)) @ merged
        hub = np.append(np.ones(n), [sizes.num_terminal, sizes.num_unseen]) / sizes.num_outcomes @ merged
        rest = np.append(given.rest[: n * m], np.ones(m))
        payoff = np.append(given.payoff[: n * m], np.full(m, unvisited))
        sparse = self.make(payoff, rows, discount, *np.divmod(np.arange(payoff.size), m))
        sparse.Q = Spread(rows, rest, hub)
        problems = {"sparse": sparse}
        if payoff.size * (n + 1) <= MOST_DENSE:
            dense = (rows.toarray() + np.outer(rest, hub)).reshape(n + 1, m, n + 1)
            problems["dense"] = self.make(payoff.reshape(n + 1, m), dense, discount)
        for problem in problems.values():
            problem.controlled_mc = lambda policy: None  # a chain that nobody asked for
        return problems


@dataclass(frozen=True)
class Spread:
    """Transition probabilities that quantecon can multiply by: sparse rows, and a share of each spread alike."""

    rows: Any
    rest: NDArray[np.float64]
    hub: NDArray[np.float64]

    def __matmul__(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.rows @ value + self.rest * (self.hub @ value)

    dot = __matmul__

    def __getitem__(self, chosen: Any) -> "Spread":
        return Spread(self.rows[chosen], self.rest[chosen], self.hub)


RIVALS: Mapping[str, Callable[[Any], Any]] = {"full solver": FullSolver, "quantecon": Quantecon, "pymdp": Pymdp}


def catch_up(rival: Any, news: list[tuple[str, Any]]) -> float:
    """Tell a rival what an agent was told and asked; let it solve the last few times, and return the very last's ms."""
    ahead, milliseconds = sum(what == "act" for what, _ in news), 0.0
    for what, given in news:
        if what != "act":
            getattr(rival.agent, what)(given)
        elif (ahead := ahead - 1) == WARM:
            rival.warm(given)
        elif ahead < WARM:
            milliseconds = rival.solve(given)
    return milliseconds


def ratios(theirs: NDArray[np.float64], ours: NDArray[np.float64]) -> list[str]:
    """Median of the ratios and ratio of the means, with 95 % intervals."""
    interval = quantile_test(theirs / ours, p=0.5).confidence_interval(0.95)
    known = (np.median(theirs / ours), interval.low, interval.high), ratio_of_means(theirs, ours)
    return [format_statistics({"mean": mean, "ci95": (low, high)}) for mean, low, high in known]
