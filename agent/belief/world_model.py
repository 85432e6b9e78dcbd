"""The belief of an agent about its world: Dirichlet beliefs about the outcome of every action in every state."""

import copy
import math
import operator
from collections.abc import Mapping
from operator import index
from typing import Any

from ..compilation.compiled import brief, compiled
from ..information.special import excess_drop
from ..notebooks import cards
from ..protocols import Prior, Transition
from ..validation import LARGEST_PAID, shown
from . import updates
from .growing_tables import LAST_STEP, MAX_OUTCOMES
from .priors import EmpiricalBayes, checked
from .queries import whole
from .rewards.beliefs import Empirical, RewardBelief, make_reward_belief
from .rewards.queries import RewardQueries
from .tables import REWARDS, SEEN, TERMINAL, with_columns


class WorldModel(RewardQueries):
    """Sparse Dirichlet beliefs over the successors of every pair, updated in O(1), gains in O(seen successors).

    Threads may share it: each method is as if it were alone. `turn` makes several of them so (`with model.turn:`), and
    is to be held around compiled code that is given the address, and to copy or pickle an agent that another thread
    uses. A copy of any kind is a belief of its own.

    Attributes:
        num_states: states declared at the beginning, None where unknown; `num_outcomes` may grow beyond.
        states, pairs, edges: the three tables (see `agent.belief.tables`).
        numbers: the belief's single numbers, likewise.
        reward_belief: what is believed about rewards.
        address: the belief as compiled entries take it; good until it has grown.
        turn: the lock.
        identity: replaced when `agent.belief.serialization.restore` replaces the content.
        claim: set by whoever planned on it last; None: nobody did.
    """

    def __init__(
        self,
        num_actions: int,
        num_states: int | None = None,
        prior: Prior | None = None,
        reward_belief: RewardBelief | None = None,
    ) -> None:
        """Make a belief that has seen nothing.

        Args:
            num_actions: actions in every state.
            num_states: K, over which "anywhere" is spread; None where unknown: then the next power of two that is at
                least twice the states known (at least 64).
            prior: empirical Bayes by default.
            reward_belief: about the rewards of pairs; by default the mean of what was paid.

        Raises:
            ValueError: no action, no state, or more of them than can be counted.
        """
        if num_actions < 1 or (num_states is not None and num_states < 1):
            raise ValueError(f"a world has at least one action and state, got {num_actions} and {num_states}")
        if num_states is not None and num_states > MAX_OUTCOMES:
            raise ValueError(f"num_states is {num_states}, expected at most {MAX_OUTCOMES}")
        self.prior: Any = EmpiricalBayes() if prior is None else checked(prior, shown(prior))
        super().__init__(num_actions, num_states)
        self.numbers.concentration = self.prior.concentration
        if getattr(self.prior, "is_fitted", False):
            self._fit_from_now_on(self.prior)
        self.reward_belief = Empirical() if reward_belief is None else make_reward_belief(reward_belief)
        if self.reward_belief.has_gain:
            self._believe_in(self.reward_belief)
        self._put()
        if getattr(self.prior, "is_structured", False):
            self._learn_rules(self.prior)
        if hasattr(self.prior, "targets"):
            self._know_targets(self.prior)
        elif hasattr(self.prior, "half_life"):
            self._forget(self.prior)
        elif hasattr(self.prior, "local"):
            self._expect(self.prior)
            _refresh(self.address)
        else:  # as `updates.refresh` does where nothing is known
            anywhere = self.concentration / self.num_outcomes
            self.numbers.unvisited_gain = excess_drop(anywhere, self.concentration - anywhere)
            self.numbers.revision = 1

    def __copy__(self) -> "WorldModel":
        """No belief shares tables with another: they would grow in one of them only."""
        return copy.deepcopy(self)

    def __repr__(self) -> str:
        with self.turn:
            seen = f"{self.num_visited_pairs} pairs of {self.num_known_states} known states taken in {self.steps} steps"
            return f"<WorldModel: {seen}, {self.information_gain:.6g} nats gained, {type(self.prior).__name__} prior>"

    def _repr_html_(self) -> str:
        return cards.of_model(self)

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
            if self.rules is not None:  # asks for features that may not be told, before anything has changed
                self.prepare(number, number)
            answer = _begin(self.address, number)
            if answer == updates.FULL:
                self.prepare(number, number)
                answer = _begin(self.address, number)
            if self.numbers.has_rules:
                self.settle()
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
                outcome out, or the belief about rewards the reward; a state is both terminal and not (give it two
                numbers, as `envs.adapters.state_env.as_states` does). Nothing has changed then.
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
            if promise is not None and self.rules is not None:
                self.catch_up()
            promised = None if promise is None else promise(self.address, state, action)
            if promised is not None and not math.isfinite(promised):
                return promised
            answer = _observe(self.address, state, action, reward, next_state, terminated)
            while answer == updates.FULL:
                self.prepare(state, next_state, reward != 0.0, terminated)
                answer = _observe(self.address, state, action, reward, next_state, terminated)
            if self.rules is not None:
                self.settle()
        finally:
            turn.free = True
        if answer < 0.0:
            raise ValueError(self.refusal(answer, transition))
        return answer if promised is None else promised

    def check_acting(self, state: int) -> None:
        """Refuse a state that nothing can be planned in.

        Raises:
            ValueError: it is not known, or terminal.
        """
        number = whole(state, "state")
        self.catch_up()
        if number >= self.states.kind.size or self.states.kind[number] != SEEN:
            raise ValueError(self.why_not_acting(number))

    def why_not_acting(self, state: int) -> str:
        """Say why nothing can be planned or done in a state."""
        if state < self.states.kind.size and self.states.kind[state] == TERMINAL:
            return f"state {state} is terminal: there are no actions in it"
        return f"state {state} is not known: tell of it (begin, observe) before asking for an action in it"

    def _believe_in(self, belief: RewardBelief) -> None:
        """Let rewards teach something."""
        self.numbers.reward_kind = belief.kind
        for place, value in enumerate(belief.parameters):
            self.numbers.reward_prior[place] = value
        self.pairs = with_columns(self.pairs, *REWARDS)

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
        named = set()
        for pair, support in prior.local():
            if pair in named:
                raise ValueError(f"the prior names pair {pair} twice, expected each pair once with all its states")
            named.add(pair)
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
        if answer == updates.NO_REWARD:
            return (
                f"the belief about rewards, {self.reward_belief}, takes rewards of 0 and 1, got {reward}: use another"
            )
        if answer == updates.CONFLICT:
            return f"transition {state} -> {next_state}: a state is met both as terminal and as not terminal"
        return (
            f"no such transition: state {state}, action {action}, next state {next_state}; states are numbered from 0, "
            f"actions from 0 to {self.num_actions - 1}"
        )


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
