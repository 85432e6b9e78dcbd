"""The belief of an agent about its world: Dirichlet beliefs about the outcome of every action in every state."""

import copy
import math
import operator
from collections.abc import Mapping
from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..compilation.compiled import brief, compiled
from ..compilation.handles import Pack
from ..information.special import excess_drop
from ..protocols import Prior, Transition
from ..validation import LARGEST_PAID, shown
from . import updates
from .priors import EmpiricalBayes, checked
from .tables import (
    SEEN,
    TERMINAL,
    UNSEEN,
    Edges,
    Numbers,
    Pairs,
    States,
    Totals,
    grown,
    reserved,
    used_bytes,
    with_columns,
)
from .turns import Turn

MAX_PAIRS = 2**31  # pair and edge numbers are stored in 32 bits
LARGEST_STATE = 2**31 - 1
MAX_OUTCOMES = LAST_STEP = 2**63 - 1  # outcomes and steps are counted in 64 bits
TABLES = ("states", "pairs", "edges", "exceeding")


class WorldModel:
    """Sparse Dirichlet beliefs over the successors of every pair, updated in O(1), gains in O(seen successors).

    Threads may share it: each method is as if it were alone. `turn` makes several of them so (`with model.turn:`), and
    is to be held around compiled code that is given the address, and to copy or pickle an agent that another thread
    uses. A copy of any kind is a belief of its own.

    Attributes:
        num_states: states declared at the beginning, None where unknown; `num_outcomes` may grow beyond.
        states, pairs, edges: the three tables (see `agent.belief.tables`).
        numbers: the belief's single numbers, likewise.
        address: the belief as compiled entries take it; good until it has grown.
        turn: the lock.
        identity: replaced when `agent.belief.serialization.restore` replaces the content.
        claim: set by whoever planned on it last; None: nobody did.
    """

    address: Any
    _pack: Pack

    def __init__(self, num_actions: int, num_states: int | None = None, prior: Prior | None = None) -> None:
        """Make a belief that has seen nothing.

        Args:
            num_actions: actions in every state.
            num_states: K, over which "anywhere" is spread; None where unknown: then the next power of two that is at
                least twice the states known (at least 64).
            prior: empirical Bayes by default.

        Raises:
            ValueError: no action, no state, or more of them than can be counted.
        """
        if num_actions < 1 or (num_states is not None and num_states < 1):
            raise ValueError(f"a world has at least one action and state, got {num_actions} and {num_states}")
        if num_states is not None and num_states > MAX_OUTCOMES:
            raise ValueError(f"num_states is {num_states}, expected at most {MAX_OUTCOMES}")
        self.prior: Any = EmpiricalBayes() if prior is None else checked(prior, shown(prior))
        self.num_actions = num_actions
        self.num_states = num_states
        room = min(num_states or 64, 1024)
        self.states = reserved(States, room)
        self.pairs = reserved(Pairs, room * num_actions)
        self.edges = reserved(Edges, 4 * room)
        self.exceeding = np.zeros((2, 64), dtype=np.int64)  # pairs and edges seen more than i times
        self.turn, self.identity = Turn(), object()
        self.claim: object = None
        self.numbers = Numbers(num_actions=num_actions, num_outcomes=num_states or 64, is_open=num_states is None)
        self.numbers.concentration = self.prior.concentration
        if getattr(self.prior, "is_fitted", False):
            self._fit_from_now_on(self.prior)
        self._put()
        if hasattr(self.prior, "local"):
            self._expect(self.prior)
            _refresh(self.address)
        else:  # as `updates.refresh` does where nothing is known
            anywhere = self.concentration / self.num_outcomes
            self.numbers.unvisited_gain = excess_drop(anywhere, self.concentration - anywhere)
            self.numbers.revision = 1

    def __getstate__(self) -> dict[str, Any]:
        """All but the addresses; the tables as they are at one moment."""
        with self.turn:
            state = {name: value for name, value in vars(self).items() if name not in ("address", "_pack")}
            return state | {name: copy.deepcopy(state[name]) for name in (*TABLES, "numbers")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._put()

    def __copy__(self) -> "WorldModel":
        """No belief shares tables with another: they would grow in one of them only."""
        return copy.deepcopy(self)

    def __repr__(self) -> str:
        with self.turn:
            seen = f"{self.num_visited_pairs} pairs of {self.num_known_states} known states taken in {self.steps} steps"
            return f"<WorldModel: {seen}, {self.information_gain:.6g} nats gained, {type(self.prior).__name__} prior>"

    def begin(self, state: int) -> None:
        """Learn that a reset led to a state: the start distribution, no edge, no gain.

        Raises:
            ValueError: the state is no whole number from 0, or known as terminal, or there is no room for so many.
        """
        number = whole(state, "state")
        turn = self.turn
        try:
            del turn.free
        except AttributeError:
            turn = turn.take()
        try:
            answer = _begin(self.address, number)
            if answer == updates.FULL:
                self.make_room(number)
                answer = _begin(self.address, number)
        finally:
            turn.free = True
        if answer != 0.0:
            raise ValueError(f"a reset led to state {state}, which is known as terminal")

    def observe(self, transition: Transition, promise: Any = None) -> float:
        """Learn from one transition; return its Bayesian surprise, nats (>= 0), computed before any refit of the prior.

        Args:
            transition: what happened.
            promise: of the belief's address, the state and the action, compiled: return what it gave just before; where
                that is not finite, nothing is learnt.

        Raises:
            ValueError: no such state or action, or a reward that is not finite or too large; a local prior rules the
                outcome out; a state is both terminal and not (give it two numbers, as
                `envs.adapters.state_env.as_states` does). Nothing has changed then.
        """
        state, action, reward, next_state, terminated, _ = transition
        try:
            numbers = state | action | next_state
        except TypeError:
            numbers = None
        if type(numbers) is not int or type(reward) is not float:  # rarely: each question costs as much as a lock
            state, action, reward, next_state = _plain(transition)
            numbers = state | action | next_state
        if numbers >> 31 or not -LARGEST_PAID <= reward <= LARGEST_PAID:  # negative, or never numbered; nan
            raise ValueError(self.refusal(updates.INVALID, transition))
        terminated = True if terminated else False  # noqa: SIM210  # a call costs more than all of this
        turn = self.turn
        try:
            del turn.free
        except AttributeError:
            turn = turn.take()
        try:
            promised = None if promise is None else promise(self.address, state, action)
            if promised is not None and not math.isfinite(promised):
                return promised
            answer = _observe(self.address, state, action, reward, next_state, terminated)
            if answer == updates.FULL:
                self.make_room(max(state, next_state), reward != 0.0)
                answer = _observe(self.address, state, action, reward, next_state, terminated)
        finally:
            turn.free = True
        if answer < 0.0:
            raise ValueError(self.refusal(answer, transition))
        return answer if promised is None else promised

    @property
    def num_outcomes(self) -> int:
        """K: the number of states that a prediction is spread over."""
        return self.numbers.num_outcomes

    @property
    def num_known_states(self) -> int:
        """States known to exist, terminal ones included."""
        return self.numbers.num_known_states

    @property
    def num_visited_pairs(self) -> int:
        """Pairs taken at least once."""
        return self.numbers.num_visited_pairs

    @property
    def num_edges(self) -> int:
        """Edges in the table: observed transitions, counted once each."""
        return self.numbers.num_edges

    @property
    def steps(self) -> int:
        """Transitions observed."""
        return self.numbers.num_steps

    @property
    def num_resets(self) -> int:
        """Resets learnt of."""
        return self.numbers.num_resets

    @property
    def revision(self) -> int:
        """How often every pair was refreshed, because the prior was refitted or the outcomes became more."""
        return self.numbers.revision

    @property
    def concentration(self) -> float:
        """Total concentration of a pair's prior."""
        return self.numbers.concentration

    @property
    def last_surprise(self) -> float:
        """Bayesian surprise of the latest transition, nats."""
        return self.numbers.last_surprise

    @property
    def last_expected_gain(self) -> float:
        """Expected information gain of the latest pair just before it was taken, nats."""
        return self.numbers.last_expected_gain

    @property
    def information_gain(self) -> float:
        """Sum of the Bayesian surprises as they occurred, nats; on a single path not KL(final || first)."""
        return self.numbers.information_gain

    @property
    def expected_information_gain(self) -> float:
        """Sum of the expected gains of the pairs taken, each just before, nats."""
        return self.numbers.expected_information_gain

    @property
    def calibration(self) -> float:
        """Realised over expected gain: about 1 where the prior is right, nan before the first step."""
        with self.turn:
            return self.information_gain / self.expected_information_gain if self.expected_information_gain else np.nan

    @property
    def expected_missing_information(self) -> float:
        """Expected KL(truth || prediction), summed over the pairs of all known states, nats; needs no truth."""
        return self.numbers.expected_missing_information

    @property
    def nbytes(self) -> int:
        """Bytes of the tables in use (reserved, untouched room apart)."""
        with self.turn:
            states = int(self.known_states().max(initial=-1)) + 1
            used = ((self.states, states), (self.pairs, states * self.num_actions), (self.edges, self.num_edges))
            return sum(used_bytes(table, entries) for table, entries in used)

    def known_states(self) -> NDArray[np.int32]:
        """States known to exist, in order of first sight, `[n]`."""
        with self.turn:
            return self.states.order[: self.num_known_states]

    def visits(self, states: ArrayLike) -> NDArray[np.int64]:
        """How often each action was taken in the states given, `[..., num_actions]`."""
        with self.turn:
            return self.of_pairs("visits", states).astype(np.int64)

    def expected_gains(self, states: ArrayLike) -> NDArray[np.float64]:
        """Expected information gain of each action in the states given, `[..., num_actions]`, nats; terminal: 0."""
        with self.turn:
            terminal = self.of_states("kind", states) == TERMINAL
            numbers, room = self._pairs_of(states), len(self.pairs.visits)
            gains = np.zeros(numbers.shape)
            for place in np.ndindex(*numbers.shape):
                pair, unvisited = int(numbers[place]), self.numbers.unvisited_gain
                if not terminal[place[:-1]]:
                    gains[place] = _expected_gain(self.address, pair) if pair < room else unvisited
            return gains

    def predictive(self, state: int, action: int) -> NDArray[np.float64]:
        """Predicted distribution of the successor, as `posterior`: for oracles and small worlds, as it is dense."""
        with self.turn:
            posterior = self.posterior(state, action)
            return posterior / (self._of_pair("visits", state, action) + self.concentration)

    def posterior(self, state: int, action: int) -> NDArray[np.float64]:
        """Concentrations of the belief about one pair, dense: `[K]`.

        Where K is open, states may be numbered beyond it. The array then reaches to the largest of them, and what is
        meant for the states never seen is spread evenly over all numbers that stand for none.
        """
        with self.turn:
            is_new = self._of_pair("first_out", state, action) == 0
            pair, known = index(state) * self.num_actions + index(action), self.known_states()
            free = self.concentration if is_new else _free_concentration(self.address, pair)
            anywhere, size = free / self.num_outcomes, max(self.num_outcomes, int(known.max(initial=-1)) + 1)
            dense = np.full(size, anywhere)
            if size > self.num_outcomes:
                dense *= (self.num_outcomes - len(known)) / (size - len(known))
                dense[known] = anywhere
            for edge in () if is_new else self._edges_of(pair):
                local = self.edges.local[edge] if self.edges.local.size else 0.0
                dense[self.edges.successor[edge]] += self.edges.count[edge] + local
            return dense

    def mean_reward(self, state: int, action: int) -> tuple[float, float]:
        """Mean reward of a pair and its standard error; (nan, nan) or (mean, nan) while there is too little to tell."""
        with self.turn:
            n = int(self._of_pair("visits", state, action))
            if n == 0:
                return np.nan, np.nan
            if self.pairs.reward_sum.size == 0:
                return 0.0, 0.0 if n > 1 else np.nan
            mean = float(self._of_pair("reward_sum", state, action)) / n
            if n == 1:
                return mean, np.nan
            variance = float(self._of_pair("reward_square_sum", state, action)) - n * mean * mean
            return mean, float(np.sqrt(max(variance, 0.0) / (n - 1) / n))

    def _edges_of(self, pair: int) -> list[int]:
        found, link = [], int(self.pairs.first_out[pair])
        while link > 0:
            found.append(link - 1)
            link = int(self.edges.next_out[link - 1])
        return found

    def _pairs_of(self, states: ArrayLike) -> NDArray[np.int64]:
        return np.asarray(states, dtype=np.int64)[..., None] * self.num_actions + np.arange(self.num_actions)

    def of_states(self, column: str, states: ArrayLike) -> NDArray[Any]:
        """Return a column of the states table for some states, `[...]`; what was never seen has 0.

        Raises:
            ValueError: numbers that cannot be states.
        """
        numbers = np.asarray(states)
        if numbers.dtype.kind not in "iu" and numbers.size > 0:
            raise ValueError(f"states are whole numbers, got {states!r}")
        numbers = numbers.astype(np.int64)
        kinds = _entries(self.states.kind, np.maximum(numbers, 0))
        wrong = numbers[(numbers < 0) | ((numbers >= self.num_outcomes) & (kinds == UNSEEN))]
        if wrong.size > 0:
            raise ValueError(f"states are numbered from 0 to {self.num_outcomes - 1}, got {wrong[0]}")
        return kinds if column == "kind" else _entries(getattr(self.states, column), numbers)

    def of_pairs(self, column: str, states: ArrayLike) -> NDArray[Any]:
        """Return a column of the pairs table for all actions of some states, `[..., num_actions]`.

        Raises:
            ValueError: numbers that cannot be states.
        """
        self.of_states("kind", states)
        return _entries(getattr(self.pairs, column), self._pairs_of(states))

    def _of_pair(self, column: str, state: int, action: int) -> Any:
        if not isinstance(action, int | np.integer) or not 0 <= action < self.num_actions:
            raise ValueError(f"actions are numbered from 0 to {self.num_actions - 1}, got {action!r}")
        return self.of_pairs(column, whole(state, "state"))[action]

    def check_acting(self, state: int) -> None:
        """Refuse a state that nothing can be planned in.

        Raises:
            ValueError: it is not known, or terminal.
        """
        number = whole(state, "state")
        if number >= self.states.kind.size or self.states.kind[number] != SEEN:
            raise ValueError(self.why_not_acting(number))

    def why_not_acting(self, state: int) -> str:
        """Say why nothing can be planned or done in a state."""
        if state < self.states.kind.size and self.states.kind[state] == TERMINAL:
            return f"state {state} is terminal: there are no actions in it"
        return f"state {state} is not known: tell of it (begin, observe) before asking for an action in it"

    def _fit_from_now_on(self, prior: Any) -> None:
        lowest = min(self.num_outcomes, 100) / 1000
        numbers = self.numbers
        numbers.concentration = min(max(prior.concentration, lowest), 5 * self.num_outcomes)
        numbers.log_sigma, numbers.growth, numbers.gap = prior.log_sigma, prior.growth, prior.gap
        numbers.next_refit = min(int(prior.gap), LAST_STEP)

    def _expect(self, prior: Any) -> None:
        """Enter the outcomes of a local prior as edges that have not been seen yet."""
        self._put(edges=with_columns(self.edges, "local"))
        terminal = getattr(prior, "terminal", ())
        for pair, support in prior.local():
            self._check_local(pair, support)
            for s in (pair // self.num_actions, *support):
                self.make_room(s)
                add_state(self.address, s, TERMINAL if s in terminal else SEEN)
            for successor, concentration in support.items():
                self.make_room(successor)
                self.edges.local[add_edge(self.address, pair, successor)] = concentration

    def _check_local(self, pair: int, support: Mapping[int, float]) -> None:
        states, masses, total = (pair // self.num_actions, *support), support.values(), self.concentration
        for s in states:
            if self.num_states is not None and s >= self.num_states:
                raise ValueError(f"the prior names state {s} among {self.num_states} that are numbered from 0")
        if min(states) < 0 or not all(mass > 0 for mass in masses) or not sum(masses) <= total * (1 + 1e-9):
            raise ValueError(
                f"the prior has {shown(support)} for pair {pair}, expected {{state: concentration > 0}}, "
                f"numbered from 0, of {total:g} in all"
            )

    def refusal(self, answer: float, transition: Transition) -> str:
        """Say why a transition was not learnt, by what `updates.observe` answered."""
        state, action, reward, next_state, *_ = transition
        if not abs(float(reward)) <= LARGEST_PAID:
            return f"a reward must be finite, and at most {LARGEST_PAID:g}, up or down, got {reward}"
        if answer == updates.IMPOSSIBLE:
            return f"the prior rules out that action {action} in state {state} leads to state {next_state}"
        if answer == updates.CONFLICT:
            return f"transition {state} -> {next_state}: a state is met both as terminal and as not terminal"
        return (
            f"no such transition: state {state}, action {action}, next state {next_state}; states are numbered from 0, "
            f"actions from 0 to {self.num_actions - 1}"
        )

    def make_room(self, state: int, rewards: bool = False) -> None:
        """Grow every table that could not take another step into `state`; `rewards`: one that pays.

        All larger tables are made before the first is put in place: whatever fails, nothing has changed.

        Raises:
            ValueError: more states or edges than can be numbered.
        """
        new: dict[str, Any] = {}
        room, most = self.states.kind.size, (MAX_PAIRS - 1) // self.num_actions
        if state >= most or self.num_edges >= MAX_PAIRS - 1:
            raise ValueError(
                f"no room for state {state} beside {self.num_edges} edges: with {self.num_actions} actions there can "
                f"be {most} states, numbered from 0, and {MAX_PAIRS - 1} edges"
            )
        pairs, larger = self.pairs, min(max(2 * room, state + 1), most)
        if rewards and pairs.reward_sum.size == 0:
            new["pairs"] = pairs = with_columns(pairs, "reward_sum", "reward_square_sum")
        if state >= room:
            new["pairs"] = grown(pairs, larger * self.num_actions, room * self.num_actions)
            new["states"] = grown(self.states, larger, room)
        if self.num_edges >= self.edges.pair.size:
            new["edges"] = grown(self.edges, min(2 * self.num_edges, MAX_PAIRS - 1), self.num_edges)
        if self.exceeding[0, -1] > 0:  # some pair was taken as often as there is room for
            new["exceeding"] = np.concatenate([self.exceeding, np.zeros_like(self.exceeding)], axis=1)
        if new:
            self._put(**new)

    def become(self, other: "WorldModel") -> None:
        """Believe what another one does, which is not to be used any more; both are of the same kind."""
        content = {name: value for name, value in vars(other).items() if name != "turn"}
        with self.turn:
            vars(self).update(content)

    def exceed(self, exceeding: NDArray[np.int64]) -> None:
        """Take over how many pairs and edges were seen more than i times, `[2, room]`."""
        self._put(exceeding=exceeding)

    def _put(self, **new: Any) -> None:
        """Put tables in place, and their room among the numbers: all at once, so that no interruption comes between."""
        states, pairs, edges, exceeding = (new.get(name, getattr(self, name)) for name in TABLES)
        numbers = copy.copy(self.numbers)
        numbers.state_room, numbers.edge_room = len(states.kind), len(edges.pair)
        numbers.visit_room = exceeding.shape[1]
        numbers.has_local, numbers.has_rewards = edges.local.size, pairs.reward_sum.size
        pack = Pack(states, pairs, edges, Totals(numbers, exceeding.reshape(-1)))
        vars(self).update(new, numbers=numbers, _pack=pack, address=pack.address)


def whole(number: Any, name: str) -> int:
    """Return the number of a state.

    Raises:
        ValueError: it is none.
    """
    try:
        value = index(number)
    except TypeError:
        value = -1
    if value >> 31:  # negative, or larger than is ever numbered
        raise ValueError(f"{name} is {number!r}, expected a whole number: states are numbered from 0")
    return value


def _plain(transition: Transition) -> tuple[int, int, float, int]:
    """Return state, action, reward and next state as Python's own numbers.

    Raises:
        ValueError: they are none.
    """
    state, action, reward, next_state, *_ = transition
    try:
        return index(state), index(action), float(operator.pos(reward)), index(next_state)
    except (TypeError, OverflowError):
        raise ValueError(f"{transition}: expected whole numbers as states and action, and a reward") from None


def _entries(column: NDArray[Any], numbers: NDArray[np.int64]) -> NDArray[Any]:
    """Entries of a column; 0 beyond its end, as in room that was never touched."""
    if numbers.max(initial=0) < column.size:
        return column[numbers]
    within = numbers < column.size
    return np.where(within, column[np.where(within, numbers, 0)], column.dtype.type(0))


@brief
def _begin(address, state):
    return updates.begin(updates.belief_at(address), state)


@brief
def _observe(address, state, action, reward, next_state, terminated):
    numbers = int(state), int(action), int(next_state)  # also of a bool, which compiled code takes for no number
    return updates.observe(updates.belief_at(address), numbers[0], numbers[1], reward, numbers[2], terminated)


@compiled
def _refresh(address):
    updates.refresh(updates.belief_at(address))


@compiled
def add_state(address, state, kind):
    """Take note that a state exists, where there is room for it."""
    updates.add_state(updates.belief_at(address), state, kind)


@compiled
def add_edge(address, pair, successor):
    """Append an edge without a count, where there is room for it; return its number."""
    return updates.add_edge(updates.belief_at(address), pair, successor)


@compiled
def _expected_gain(address, pair):
    return updates.expected_gain(updates.belief_at(address), pair)


@compiled
def _free_concentration(address, pair):
    return updates.free_concentration(updates.belief_at(address), pair)
