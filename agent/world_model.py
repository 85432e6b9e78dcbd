"""The belief of an agent about its world: Dirichlet beliefs about the outcome of every action in every state."""

from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agent import belief
from agent.checks import LARGEST_PAID
from agent.compiled import compiled
from agent.packing import Pack
from agent.priors import EmpiricalBayes, Local, Prior
from agent.protocols import Transition
from agent.special import excess_drop
from agent.tables import SEEN, TERMINAL, Edges, Numbers, Pairs, States, grown, reserved, used_bytes, with_columns

if TYPE_CHECKING:
    from envs import FiniteMDP

MAX_PAIRS = 2**31  # pair numbers are stored in 32 bits


class WorldModel:
    """Sparse Dirichlet beliefs over the successors of every pair, updated in O(1), gains in O(seen successors).

    Attributes:
        num_states: states declared at the beginning, None where unknown; `num_outcomes` may grow beyond.
        states, pairs, edges: the three tables (see `agent.tables`).
        counts, sums: the belief's scalars, indexed by the names in `agent.belief`.
    """

    def __init__(self, num_actions: int, num_states: int | None = None, prior: Prior | None = None) -> None:
        """Make a belief that has seen nothing.

        Args:
            num_actions: actions in every state.
            num_states: K, over which "anywhere" is spread; None where unknown: then the next power of two that is at
                least twice the states known (at least 64).
            prior: empirical Bayes by default.

        Raises:
            ValueError: no action or no state.
        """
        if num_actions < 1 or (num_states is not None and num_states < 1):
            raise ValueError(f"a world has at least one action and state, got {num_actions} and {num_states}")
        self.prior = prior if prior is not None else EmpiricalBayes()
        self.num_actions = num_actions
        self.num_states = num_states
        room = min(num_states or 64, 1024)
        self.states = reserved(States, room)
        self.pairs = reserved(Pairs, room * num_actions)
        self.edges = reserved(Edges, 4 * room)
        self.exceeding = np.zeros((2, 64), dtype=np.int64)  # pairs and edges seen more than i times
        self.counts = np.zeros(belief.NUM_COUNTS, dtype=np.int64)
        self.sums = np.zeros(belief.NUM_SUMS)
        self.counts[belief.ACTIONS] = num_actions
        self.counts[belief.OUTCOMES] = num_states or 64
        self.counts[belief.OPEN] = num_states is None
        self.sums[belief.CONCENTRATION] = self.prior.concentration
        if isinstance(self.prior, EmpiricalBayes):
            self._fit_from_now_on(self.prior)
        self._pack: Pack | None = None
        if isinstance(self.prior, Local):
            self._expect(self.prior)
            _refresh(self.address)
        else:  # as `belief.refresh` does where nothing is known
            anywhere = self.concentration / self.num_outcomes
            self.sums[belief.UNVISITED_GAIN] = excess_drop(anywhere, self.concentration - anywhere)
            self.counts[belief.REVISION] = 1

    @property
    def address(self) -> Any:
        """The belief as compiled entries take it; good until it has grown."""
        if self._pack is None:
            room = len(self.states.kind), len(self.edges.pair), self.exceeding.shape[1]
            self.counts[[belief.STATE_ROOM, belief.EDGE_ROOM, belief.VISIT_ROOM]] = room
            self.counts[[belief.HAS_LOCAL, belief.HAS_REWARDS]] = self.edges.local.size, self.pairs.reward_sum.size
            numbers = Numbers(self.counts, self.sums, self.exceeding.reshape(-1))
            self._pack = Pack(self.states, self.pairs, self.edges, numbers)
        return self._pack.address

    def __getstate__(self) -> dict[str, Any]:
        """A copy owns other arrays: it must not inherit the addresses of these."""
        return self.__dict__ | {"_pack": None}

    def begin(self, state: int) -> None:
        """Learn that a reset led to a state: the start distribution, no edge, no gain.

        Raises:
            ValueError: the state is negative, or known as terminal.
        """
        state = index(state)
        while (answer := _begin(self.address, state)) == belief.FULL:
            self.make_room(state)
        if answer != 0.0:
            what = "is known as terminal" if answer == belief.CONFLICT else "is no state: they are numbered from 0"
            raise ValueError(f"a reset led to state {state}, which {what}")

    def observe(self, transition: Transition) -> float:
        """Learn from one transition; return its Bayesian surprise, nats (>= 0), felt before any refit of the prior.

        Raises:
            ValueError: no such state or action, or a reward that is not finite or too large; a local prior rules the
                outcome out; a state is both terminal and not (give it two numbers, as `envs.adapters.as_states` does).
                Nothing has changed then.
        """
        state, action, next_state = index(transition.state), index(transition.action), index(transition.next_state)
        reward = transition.reward
        terminated = bool(transition.terminated)
        while (surprise := _observe(self.address, state, action, reward, next_state, terminated)) == belief.FULL:
            self.make_room(max(state, next_state), reward != 0.0)
        if surprise < 0.0:
            raise ValueError(self.refusal(surprise, transition))
        return surprise

    @property
    def num_outcomes(self) -> int:
        """K: the number of states that a prediction is spread over."""
        return int(self.counts[belief.OUTCOMES])

    @property
    def num_known_states(self) -> int:
        """States known to exist, terminal ones included."""
        return int(self.counts[belief.STATES])

    @property
    def num_visited_pairs(self) -> int:
        """Pairs taken at least once."""
        return int(self.counts[belief.VISITED])

    @property
    def num_edges(self) -> int:
        """Edges in the table: observed transitions, counted once each."""
        return int(self.counts[belief.EDGES])

    @property
    def steps(self) -> int:
        """Transitions observed."""
        return int(self.counts[belief.STEPS])

    @property
    def revision(self) -> int:
        """How often every pair was refreshed, because the prior was refitted or the outcomes became more."""
        return int(self.counts[belief.REVISION])

    @property
    def concentration(self) -> float:
        """Total concentration of a pair's prior."""
        return float(self.sums[belief.CONCENTRATION])

    @property
    def last_surprise(self) -> float:
        """Bayesian surprise of the latest transition, nats."""
        return float(self.sums[belief.LAST_SURPRISE])

    @property
    def last_expected_gain(self) -> float:
        """Expected information gain of the latest pair just before it was taken, nats."""
        return float(self.sums[belief.LAST_EXPECTED])

    @property
    def information_gain(self) -> float:
        """Sum of the Bayesian surprises as they were felt, nats; on a single path not KL(final || first)."""
        return float(self.sums[belief.SURPRISES])

    @property
    def expected_information_gain(self) -> float:
        """Sum of the expected gains of the pairs taken, each just before, nats."""
        return float(self.sums[belief.EXPECTED])

    @property
    def calibration(self) -> float:
        """Realised over expected gain: about 1 where the prior is right, nan before the first step."""
        return self.information_gain / self.expected_information_gain if self.expected_information_gain else np.nan

    @property
    def expected_missing_information(self) -> float:
        """Expected KL(truth || prediction), summed over the pairs of all known states, nats; needs no truth."""
        return float(self.sums[belief.EXPECTED_MISSING])

    @property
    def nbytes(self) -> int:
        """Bytes of the tables in use (reserved, untouched room apart)."""
        states = int(self.known_states().max(initial=-1)) + 1
        used = ((self.states, states), (self.pairs, states * self.num_actions), (self.edges, self.num_edges))
        return sum(used_bytes(table, entries) for table, entries in used)

    def known_states(self) -> NDArray[np.int32]:
        """States known to exist, in order of first sight, `[n]`."""
        return self.states.order[: self.num_known_states]

    def visits(self, states: ArrayLike) -> NDArray[np.int64]:
        """How often each action was taken in the states given, `[n, num_actions]`."""
        return self.pairs.visits[self._pairs_of(states)].astype(np.int64)

    def expected_gains(self, states: ArrayLike) -> NDArray[np.float64]:
        """Expected information gain of each action in the states given, `[n, num_actions]`, nats; terminal: 0."""
        numbers = self._pairs_of(states)
        gains = np.zeros(numbers.shape)
        for place in np.ndindex(*numbers.shape):
            pair = int(numbers[place])
            if self.states.kind[pair // self.num_actions] != TERMINAL:
                gains[place] = _expected_gain(self.address, pair)
        return gains

    def predictive(self, state: int, action: int) -> NDArray[np.float64]:
        """Predicted distribution of the successor, `[K]`: for oracles and small worlds, as it is dense."""
        posterior = self.posterior(state, action)
        return posterior / (self.pairs.visits[self._pair(state, action)] + self.concentration)

    def posterior(self, state: int, action: int) -> NDArray[np.float64]:
        """Concentrations of the belief about one pair, `[K]`, dense."""
        pair = self._pair(state, action)
        free = _free_concentration(self.address, pair)
        dense = np.full(self.num_outcomes, free / self.num_outcomes)
        for edge in self._edges_of(pair):
            local = self.edges.local[edge] if self.edges.local.size else 0.0
            dense[self.edges.successor[edge]] += self.edges.count[edge] + local
        return dense

    def mean_reward(self, state: int, action: int) -> tuple[float, float]:
        """Mean reward of a pair and its standard error; (nan, nan) or (mean, nan) while there is too little to tell."""
        pair = self._pair(state, action)
        n = int(self.pairs.visits[pair])
        if n == 0:
            return np.nan, np.nan
        if self.pairs.reward_sum.size == 0:
            return 0.0, 0.0 if n > 1 else np.nan
        mean = float(self.pairs.reward_sum[pair]) / n
        if n == 1:
            return mean, np.nan
        variance = max(float(self.pairs.reward_square_sum[pair]) - n * mean * mean, 0.0) / (n - 1)
        return mean, float(np.sqrt(variance / n))

    def missing_information(self, true: "FiniteMDP") -> float:
        """Sum over the reachable, non-terminal pairs of KL(true || prediction), nats."""
        from agent.scoring import Truth

        return Truth(self, true).missing_information

    def _edges_of(self, pair: int) -> list[int]:
        found, link = [], int(self.pairs.first_out[pair])
        while link > 0:
            found.append(link - 1)
            link = int(self.edges.next_out[link - 1])
        return found

    def _pair(self, state: int, action: int) -> int:
        if not 0 <= action < self.num_actions:
            raise ValueError(f"actions are numbered from 0 to {self.num_actions - 1}, got {action}")
        return int(self._pairs_of([state])[0, action])

    def _pairs_of(self, states: ArrayLike) -> NDArray[np.int64]:
        numbers = np.asarray(states, dtype=np.int64)
        if numbers.size > 0:
            most = max(self.num_outcomes, len(self.states.kind) if self.num_states is None else 0)
            if numbers.min() < 0 or numbers.max() >= most:
                raise ValueError(f"states are numbered from 0 to {most - 1}, got {states}")
            self.make_room(int(numbers.max()))
        return numbers[:, None] * self.num_actions + np.arange(self.num_actions)

    def _fit_from_now_on(self, prior: EmpiricalBayes) -> None:
        lowest = min(self.num_outcomes, 100) / 1000
        self.sums[belief.CONCENTRATION] = min(max(prior.concentration, lowest), 5 * self.num_outcomes)
        self.sums[[belief.LOG_SIGMA, belief.GROWTH, belief.GAP]] = prior.log_sigma, prior.growth, prior.gap
        self.counts[belief.NEXT_REFIT] = prior.gap

    def _expect(self, prior: Local) -> None:
        """Enter the outcomes of a local prior as edges that have not been seen yet."""
        self.edges = with_columns(self.edges, "local")
        for pair, support in sorted(prior.support.items()):
            state = pair // self.num_actions
            for s in (state, *support):
                self.make_room(s)
                kind = TERMINAL if s in prior.terminal else SEEN
                add_state(self.address, s, kind)
            for successor in support:
                self.make_room(successor)
                edge = add_edge(self.address, pair, successor)
                self.edges.local[edge] = prior.concentration / len(support)

    def refusal(self, answer: float, transition: Transition) -> str:
        """Say why a transition was not learnt, by what `belief.observe` answered."""
        state, action, reward, next_state, *_ = transition
        if not abs(reward) <= LARGEST_PAID:
            return f"a reward must be finite, and at most {LARGEST_PAID:g}, up or down, got {reward}"
        if answer == belief.IMPOSSIBLE:
            return f"the prior rules out that action {action} in state {state} leads to state {next_state}"
        if answer == belief.CONFLICT:
            return f"transition {state} -> {next_state}: a state is met both as terminal and as not terminal"
        return (
            f"no such transition: state {state}, action {action}, next state {next_state}; states are numbered from 0, "
            f"actions from 0 to {self.num_actions - 1}"
        )

    def make_room(self, state: int, rewards: bool = False) -> None:
        """Grow every table that could not take another step into `state`; `rewards`: one that pays."""
        tables = self.states, self.pairs, self.edges, self.exceeding
        if rewards and self.pairs.reward_sum.size == 0:
            self.pairs = with_columns(self.pairs, "reward_sum", "reward_square_sum")
        room = self.states.kind.size
        if state >= room:
            larger = max(2 * room, state + 1)
            if larger * self.num_actions >= MAX_PAIRS:
                raise ValueError(f"{larger} states with {self.num_actions} actions are more than {MAX_PAIRS} pairs")
            self.pairs = grown(self.pairs, larger * self.num_actions, room * self.num_actions)
            self.states = grown(self.states, larger, room)
        if self.num_edges >= self.edges.pair.size:
            self.edges = grown(self.edges, 2 * self.num_edges, self.num_edges)
        if self.exceeding[0, -1] > 0:  # some pair was taken as often as there is room for
            self.exceeding = np.concatenate([self.exceeding, np.zeros_like(self.exceeding)], axis=1)
        new = self.states, self.pairs, self.edges, self.exceeding
        if any(one is not other for one, other in zip(tables, new, strict=True)):
            self._pack = None


@compiled
def _begin(address, state):
    return belief.begin(belief.belief_at(address), state)


@compiled
def _observe(address, state, action, reward, next_state, terminated):
    return belief.observe(belief.belief_at(address), state, action, reward, next_state, terminated)


@compiled
def _refresh(address):
    belief.refresh(belief.belief_at(address))


@compiled
def add_state(address, state, kind):
    """Take note that a state exists, where there is room for it."""
    belief.add_state(belief.belief_at(address), state, kind)


@compiled
def add_edge(address, pair, successor):
    """Append an edge without a count, where there is room for it; return its number."""
    return belief.add_edge(belief.belief_at(address), pair, successor)


@compiled
def _expected_gain(address, pair):
    return belief.expected_gain(belief.belief_at(address), pair)


@compiled
def _free_concentration(address, pair):
    return belief.free_concentration(belief.belief_at(address), pair)
