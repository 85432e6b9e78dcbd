"""Reference agents: bounds beside the strategies, and no competitors, as they know or may do what no explorer can.

Both are controls of Little and Sommer 2013 (doi 10.3389/fncir.2013.00037): what having a body costs, and what not
knowing the way costs. They are scored by the same belief as all others.
"""

import copy
import math
from typing import Any

import numpy as np

from ..belief.history import remember_from_now_on
from ..belief.world_model import WorldModel
from ..bonuses import Bonus, make_bonus, taken_by
from ..compilation.handles import Pack
from ..notebooks import cards
from ..planners.payoffs import fault, pay_all, payoffs
from ..planners.true_map import TrueMap, payoffs_of
from ..protocols import Transition
from ..registry import DISCOUNT, OWN_PARTS, TOLERANCE
from .explorer import Explorer
from .rng import choose, stream


class Unembodied:
    """Samples any pair of a world, the one that pays most; ties are broken by its own stream.

    Attributes:
        model: the belief.
        bonus: what a pair pays.
        loss_bound: nan, as nothing is planned.
    """

    loss_bound = math.nan

    def __init__(
        self,
        model: WorldModel,
        seed: int | np.random.SeedSequence,
        bonus: Bonus,
        states: np.ndarray,
        curiosity_weight: float = 1.0,
        reward_weight: float = 0.0,
        reward_gain_weight: float | None = None,
    ) -> None:
        """Make an agent that has seen nothing yet.

        Args:
            model: the belief.
            seed: of the agent's own stream.
            bonus: what a pair pays for being explored.
            states: `[n]`, numbers of those that it may be put into.
            curiosity_weight: weight of the bonus.
            reward_weight: weight of the world's mean reward.
            reward_gain_weight: weight of what rewards are expected to teach; None: that of the bonus.
        """
        self.model, self.bonus = model, bonus
        self._states = np.asarray(states, dtype=np.int64)
        terms = payoffs(bonus, curiosity_weight, reward_weight, reward_gain_weight)
        remember_from_now_on(model, taken_by(bonus.function))
        self._terms, self._pack = terms, Pack(terms)
        self._stream = stream(seed)
        self._claim = object()
        self._aim = (-1, -1)

    def __repr__(self) -> str:
        return f"<Unembodied: {self.bonus.name.lstrip('_')}, {self.model!r}>"

    def _repr_html_(self) -> str:
        return cards.of_agent(self, "a bound, which no explorer attains", [("paid", cards.words(self.bonus.name))])

    def begin(self, state: int) -> None:
        """Take note of the state that a reset led to."""
        self.model.begin(state)

    def place(self, state: int) -> int:
        """Return the state that it is to be put into, and remember what it will do there.

        Args:
            state: where it is; that makes no difference.

        Raises:
            ValueError: what is paid is not finite, or too large.
        """
        with self.model.turn:
            values = self._payoffs(self._states)
            at = int(choose(values.ravel(), 0, values.size, 1, self._stream))
            place, action = divmod(at, self.model.num_actions)
            self._aim = int(self._states[place]), action
            return self._aim[0]

    def act(self, state: int) -> int:
        """Choose the action that it was put there for; in any other state, the one that pays most.

        Raises:
            ValueError: the state is not known yet, or terminal; what is paid is not finite, or too large.
        """
        (place, action), self._aim = self._aim, (-1, -1)
        if place == state:
            return action
        with self.model.turn:
            self.model.check_acting(state)
            values = self._payoffs(np.array([int(state)]))
            return int(choose(values.ravel(), 0, values.size, 1, self._stream))

    def observe(self, transition: Transition) -> None:
        """Learn from one transition."""
        self.model.observe(transition)

    def _payoffs(self, states: np.ndarray) -> np.ndarray:
        """Bring payoffs up to date; return those of some states, `[n, num_actions]`."""
        model, terms = self.model, self._terms.terms
        model.catch_up()
        if self._claim is not model.claim:  # another agent pays pairs of this belief, too
            terms.revision = -1
            self._claim = model.claim = object()
        unvisited = pay_all(model.address, self._pack.address)
        if not math.isfinite(unvisited):
            raise ValueError(fault(model, self.bonus, terms))
        return payoffs_of(model, states, unvisited)

    def __copy__(self) -> "Unembodied":
        """Another agent with the same belief."""
        return copy.deepcopy(self, {id(self.model): self.model})


def unembodied(
    env: Any,
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    bonus: Any = OWN_PARTS["unembodied"]["bonus"],
    curiosity_weight: float = 1.0,
    reward_weight: float = 0.0,
    reward_gain_weight: float | None = None,
) -> Unembodied:
    """Sample the pair of the largest expected information gain wherever it is: a bound, and no competitor.

    It has no body: before every step it is put into any state that can be reached from the start and has actions, those
    never seen included. What an explorer takes longer than this is the price of having to go there. It is greedy, so
    that it is no strict bound: what is best at once need not be best in the end. Every step looks at all pairs. It
    lives in the Python loop, and only in worlds of `envs`.

    Args:
        env: the world.
        model: the belief.
        seed: of the agent's own stream.
        bonus: what a pair pays for being explored.
        curiosity_weight: weight of the bonus.
        reward_weight: weight of the world's mean reward.
        reward_gain_weight: weight of what rewards are expected to teach; None: that of the bonus.

    Raises:
        ValueError: the world cannot be put into any state.

    Source: Little and Sommer 2013, doi 10.3389/fncir.2013.00037, "unembodied".
    """
    from ..worlds import find_mdp, placer

    try:
        placer(env)
    except ValueError as error:
        raise ValueError(f"agent unembodied goes nowhere by itself, and {error}") from error
    mdp = find_mdp(env)
    states = np.flatnonzero(mdp.reachable_states() & ~mdp.terminal)
    return Unembodied(model, seed, make_bonus(bonus), states, curiosity_weight, reward_weight, reward_gain_weight)


def true_map(
    env: Any,
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    bonus: Any = OWN_PARTS["true-map"]["bonus"],
    discount: float = DISCOUNT,
    tolerance: float = TOLERANCE,
    curiosity_weight: float = 1.0,
    reward_weight: float = 0.0,
    reward_gain_weight: float | None = None,
) -> Explorer:
    """Plan for expected information gain on the true map: `curious` that knows the way; a bound, and no competitor.

    Where each action leads, and how often, is known to its plans, and not to its belief, which pays what is still to be
    learnt. What an explorer takes longer than this is the price of not knowing the way. It plans on the belief as it
    is, discounted, so that it is no strict bound. Plans are solved anew at every step.

    Args:
        env: the world.
        model: the belief.
        seed: of the agent's own stream.
        bonus: what a pair pays for being explored.
        discount: per step, in (0, 1).
        tolerance: policy loss allowed, as a share of the value of the current state.
        curiosity_weight: weight of the bonus.
        reward_weight: weight of the world's mean reward.
        reward_gain_weight: weight of what rewards are expected to teach; None: that of the bonus.

    Raises:
        ValueError: the true transition probabilities of the world are not known; a parameter out of range.

    Source: Little and Sommer 2013, doi 10.3389/fncir.2013.00037, "VI+".
    """
    from ..worlds import UnknownTruthError, find_mdp

    try:
        mdp = find_mdp(env)
    except UnknownTruthError as error:
        raise ValueError(f"agent true-map plans on the true map, which is not known: {error}") from error
    if mdp.num_states > model.num_outcomes:
        raise ValueError(
            f"the truth has {mdp.num_states} states, the model predicts among {model.num_outcomes}; where states are "
            f"found by walking through a world, call envs.true_mdp(env) before an agent is made for it"
        )
    planner = TrueMap(mdp, discount, tolerance)
    return Explorer(model, seed, make_bonus(bonus), planner, curiosity_weight, reward_weight, reward_gain_weight)
