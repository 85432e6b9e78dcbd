"""A finite Markov decision process as arrays: what every world of this package is made of.

States are 0 .. S-1, actions 0 .. A-1, and row `state * A + action` of the transition matrix is P(next state | state,
action). A terminal state has no actions: its rows are empty, and after entering it the world starts again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, issparse
from scipy.sparse.csgraph import breadth_first_order

from .successor_draws import END, NUM_SHARED, OWN, Outcomes, Rows, pack, running_sums

PROBABILITY_TOLERANCE = 1e-9
LARGEST_REWARD = 1e100
"""Rewards are squared and added up: larger ones would not stay finite."""


@dataclass(frozen=True, eq=False)
class FiniteMDP:
    """A finite Markov decision process, checked once when it is made.

    Attributes:
        transition: `[S * A, S]`, canonical CSR: rows sum to one, those of terminal states are empty.
        reward: `[S, A]`, mean reward; zero in terminal states.
        start: `[S]`, distribution of the first state of an episode.
        terminal: `[S]`, true where entering the state ends the episode.
        position: `[S, 2]`, row and column on a map, (-1, -1) for a state that has none; None: a world without a map.
        outcome_reward: `[nnz]`, reward of each stored transition, where it depends on the next state; `reward` is then
            its mean.

    Raises:
        ValueError: a shape, a probability, or a reward that is not as stated above.
    """

    transition: csr_array
    reward: NDArray[np.float64]
    start: NDArray[np.float64]
    terminal: NDArray[np.bool_]
    position: NDArray[np.int64] | None = None
    outcome_reward: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        """Bring every array to its declared type, then check it."""
        self._set("transition", _canonical(self.transition, keep_order=self.outcome_reward is not None))
        self._set("reward", np.atleast_2d(_exactly("reward", self.reward, np.float64)))
        self._set("start", _exactly("start", self.start, np.float64))
        self._set("terminal", _exactly("terminal", self.terminal, np.bool_))
        if self.position is not None:
            self._set("position", _exactly("position", self.position, np.int64))
        if self.outcome_reward is not None:
            self._set("outcome_reward", _exactly("outcome_reward", self.outcome_reward, np.float64))
        self._check_shapes()
        self._check_probabilities()
        self._check_rewards()

    @classmethod
    def from_dense(
        cls,
        transition: ArrayLike,
        reward: ArrayLike | None = None,
        *,
        start: int | ArrayLike = 0,
        position: ArrayLike | None = None,
    ) -> "FiniteMDP":
        """Make a process without terminal states.

        Args:
            transition: `[S, A, S]`, probability of each next state.
            reward: `[S, A]`, or `[S, A, S]` where it depends on the next state; None: nothing is ever paid.
            start: the first state, or `[S]`, its distribution.
            position: `[S, 2]`.

        Raises:
            ValueError: a shape, a probability, or a reward that is not as stated.
        """
        dense = _exactly("transition", transition, np.float64)
        if dense.ndim != 3 or dense.shape[0] != dense.shape[2]:
            raise ValueError(f"transition has shape {dense.shape}, expected (states, actions, states)")
        num_states, num_actions, _ = dense.shape
        paid = np.zeros((num_states, num_actions)) if reward is None else _exactly("reward", reward, np.float64)
        if paid.shape not in (dense.shape[:2], dense.shape):
            raise ValueError(f"reward has shape {paid.shape}, expected {dense.shape[:2]} or {dense.shape}")
        if np.ndim(start) == 0 and not (isinstance(start, int | np.integer) and 0 <= start < num_states):
            raise ValueError(f"start is {start!r}, expected a state from 0 to {num_states - 1}, or their distribution")
        of_outcomes = paid.ndim == 3
        with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is refused below
            mean = (dense * paid).sum(axis=2) if of_outcomes else paid
        return cls(
            transition=csr_array(dense.reshape(num_states * num_actions, -1)),
            reward=mean,
            start=np.arange(num_states) == start if np.ndim(start) == 0 else np.asarray(start),
            terminal=np.zeros(num_states, dtype=np.bool_),
            position=None if position is None else np.asarray(position),
            outcome_reward=paid[dense != 0] if of_outcomes else None,
        )

    @property
    def num_states(self) -> int:
        """S, terminal states included."""
        return self.reward.shape[0]

    @property
    def num_actions(self) -> int:
        """A, the same in every state."""
        return self.reward.shape[1]

    def cumulative(self) -> NDArray[np.float64]:
        """Running sum of the probabilities within each row, `[nnz]`: what a uniform draw inverts."""
        return running_sums(self.transition.indptr, self.transition.data)

    def rows(self) -> Rows:
        """The process as `TabularEnv` and compiled code step it."""
        matrix, shared = self.transition, np.zeros(NUM_SHARED * self.num_actions, dtype=np.int64)
        lengths, starts = np.diff(matrix.indptr), np.flatnonzero(self.start)
        rewards = np.repeat(self.reward.ravel(), lengths) if self.outcome_reward is None else self.outcome_reward
        outcomes = Outcomes(np.append(shared, lengths), matrix.indices, matrix.data, rewards)
        code = np.where(self.terminal, END, OWN).astype(np.uint8)
        return pack(self.num_actions, code, outcomes, (starts, self.start[starts]))

    def with_resets(self) -> "FiniteMDP":
        """The endless process that an agent lives in: entering a terminal state is being put at the start.

        Every probability of entering a terminal state is redirected onto the start distribution, so that the value of
        ending is the mean value of starting. Terminal states keep their numbers and are never entered.
        """
        if not self.terminal.any():
            return self
        ending = csr_array((self.transition @ self.terminal.astype(np.float64))[:, None])
        going_on = self.transition.copy()
        going_on.data[self.terminal[going_on.indices]] = 0.0
        redirected = going_on + ending @ csr_array(self.start[None, :])
        return FiniteMDP(csr_array(redirected), self.reward, self.start, self.terminal, self.position)

    def reachable_states(self) -> NDArray[np.bool_]:
        """States that some policy meets with positive probability, terminal ones included, `[S]`."""
        pointers = self.transition.indptr[:: self.num_actions]  # the rows of a state follow each other
        shape = (self.num_states, self.num_states)
        return reached(csr_array((self.transition.data, self.transition.indices, pointers), shape=shape), self.start)

    def reachable_pairs(self) -> NDArray[np.bool_]:
        """Pairs of a reachable state that is not terminal and any action, `[S, A]`."""
        acting = self.reachable_states() & ~self.terminal
        return np.repeat(acting[:, None], self.num_actions, axis=1)

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _check_shapes(self) -> None:
        if self.reward.ndim != 2 or self.reward.size == 0:
            raise ValueError(f"reward has shape {self.reward.shape}, expected (states, actions), at least one of each")
        num_states, num_actions = self.reward.shape
        expected = {
            "transition": (num_states * num_actions, num_states),
            "start": (num_states,),
            "terminal": (num_states,),
            "position": (num_states, 2),
            "outcome_reward": (self.transition.nnz,),
        }
        for name, shape in expected.items():
            array = getattr(self, name)
            if array is not None and array.shape != shape:
                raise ValueError(
                    f"{name} has shape {array.shape}, expected {shape} for the {num_states} states and "
                    f"{num_actions} actions of reward"
                )

    def _check_probabilities(self) -> None:
        if not np.all(self.transition.data >= 0):  # also false for nan
            raise ValueError("transition has negative or undefined entries; expected probabilities")
        ends = np.repeat(self.terminal, self.num_actions)
        total = self.transition.sum(axis=1)
        wrong = np.flatnonzero(np.where(ends, total != 0, np.abs(total - 1) > PROBABILITY_TOLERANCE))
        if wrong.size:
            state, action = divmod(int(wrong[0]), self.num_actions)
            expected = "0, for the state is terminal: leave its rows empty" if ends[wrong[0]] else "1"
            raise ValueError(
                f"transition probabilities of state {state}, action {action} sum to {total[wrong[0]]:.12g}, "
                f"expected {expected} ({wrong.size} such rows)"
            )
        if not np.all(self.start >= 0) or abs(self.start.sum() - 1) > PROBABILITY_TOLERANCE:
            raise ValueError(f"start sums to {self.start.sum():.12g}, expected a distribution over states")
        if np.any(self.terminal & (self.start > 0)):
            state = int(np.flatnonzero(self.terminal & (self.start > 0))[0])
            raise ValueError(f"state {state} is both start and terminal; expected starts that can act")

    def _check_rewards(self) -> None:
        paid = self.reward if self.outcome_reward is None else np.append(self.reward, self.outcome_reward)
        if not np.all(np.isfinite(paid)):
            raise ValueError("reward has infinite or undefined entries; expected finite numbers")
        if np.abs(paid).max() > LARGEST_REWARD:
            raise ValueError(f"reward has entries beyond {LARGEST_REWARD:g}, which do not add up to finite numbers")
        if np.any(self.reward[self.terminal] != 0):
            raise ValueError("reward of a terminal state is not 0; pay it on the transition that enters the state")
        if self.outcome_reward is None:
            return
        row = np.repeat(np.arange(self.reward.size), np.diff(self.transition.indptr))
        mean = np.bincount(row, self.transition.data * self.outcome_reward, self.reward.size)
        if not np.allclose(mean, self.reward.ravel()):
            raise ValueError("reward is not the mean of outcome_reward under transition; make them agree")


def reached(graph: csr_array, start: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Nodes that some path of positive edges reaches from the support of `start`, themselves included, `[S]`."""
    starts = np.flatnonzero(start)
    successors = np.concatenate([graph.indices, starts])
    pointers = np.concatenate([graph.indptr, [successors.size]])  # one more node, which leads to the starts
    size = start.size + 1
    with_source = csr_array((np.ones(successors.size), successors, pointers), shape=(size, size))
    order = breadth_first_order(with_source, size - 1, return_predecessors=False)
    met = np.zeros(size, dtype=np.bool_)
    met[order] = True
    return met[:-1]


def _canonical(transition: csr_array, keep_order: bool) -> csr_array:
    """Sort a matrix's rows and merge duplicates; `keep_order`: refuse where that would move an entry."""
    matrix = _within_bounds(transition, copy=not keep_order)
    if keep_order:
        if not matrix.has_canonical_format or np.any(matrix.data == 0):
            raise ValueError(
                "outcome_reward needs a transition matrix without duplicates, zeros or unsorted rows; "
                "call sum_duplicates() and eliminate_zeros() before working out outcome_reward"
            )
        return matrix
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def _within_bounds(transition: csr_array, copy: bool) -> csr_array:
    """Check that all entries of a matrix lie within it: SciPy checks only when asked to, and would read beyond it."""
    try:
        dtype = transition.dtype if issparse(transition) else np.asarray(transition).dtype
        if np.dtype(dtype).kind not in "biuf":
            raise ValueError(f"entries of {dtype} are no probabilities")
        if issparse(transition):
            for check in ("check_format", "_check"):  # as the format has it; of a copy, for it may cut off spare room
                if transition.format != "csr" and hasattr(transition, check):
                    getattr(transition.copy(), check)()
        given = csr_array(transition, dtype=np.float64, copy=copy)
        matrix = csr_array((given.data, given.indices, given.indptr), shape=given.shape)  # has no order it claims
        matrix.check_format(full_check=True)
        if np.any(np.diff(matrix.indptr) < 0):  # which SciPy does not look for where nothing is stored
            raise ValueError("index pointer values must form a non-decreasing sequence")
    except (ValueError, TypeError, IndexError) as error:
        raise ValueError(f"transition is no matrix of probabilities: {error}") from error
    return matrix


def _exactly(name: str, values: ArrayLike, dtype: type) -> NDArray:
    """Return values as an array of a type that holds them as they are; fractions are no truth values, say.

    Raises:
        ValueError: some would change.
    """
    given = np.asarray(values)
    if given.dtype.kind not in "biuf":
        raise ValueError(f"{name} has entries of {given.dtype}, expected numbers")
    with np.errstate(invalid="ignore"):
        array = given.astype(dtype)
    if not np.array_equal(array, given, equal_nan=dtype is np.float64):
        raise ValueError(f"{name} has entries that are no {np.dtype(dtype).name}")
    return array
