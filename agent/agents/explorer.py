"""Explorers: a belief, a bonus for what may be learnt, and a planner that chases it."""

import copy
import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..belief.growing_tables import LARGEST_STATE
from ..belief.history import remember_from_now_on
from ..belief.queries import whole
from ..belief.tables import EMPIRICAL
from ..belief.world_model import WorldModel
from ..bonuses import Bonus, expected_information_gain, make_bonus, taken_by
from ..compilation.handles import Pack
from ..notebooks import cards
from ..parts import PLANNER, chosen
from ..planners.decomposition import Decomposition, decompose
from ..planners.incremental.planner import MOST_SOLUTIONS, Incremental
from ..planners.payoffs import fault, payoffs
from ..protocols import Transition
from ..registry import DISCOUNT, OWN_PARTS, TOLERANCE
from ..validation import shown
from .decisions import (
    MENDED,
    NO_OCCASION,
    NOT_PLANNING,
    PLANNED_BY,
    RECALLED,
    UNKNOWN,
    UNORDERED,
    UNPAYABLE,
    AgentNumbers,
    AgentState,
    bound_of,
    decision,
    planned_decision,
)
from .rng import stream


class Explorer:
    """Does what its planner finds best; ties are broken by the agent's own stream.

    Threads may share it: each method is as if it were alone. Agents may share a belief: each plans anew after another.

    Attributes:
        model: the belief.
        agent_state: the agent's own numbers.
        progress: the incremental planner's.
        pack: both, and the plan of a planner that plans on occasion, for compiled code.
    """

    def __init__(
        self,
        model: WorldModel,
        seed: int | np.random.SeedSequence,
        bonus: Bonus,
        planner: Any,
        curiosity_weight: float = 1.0,
        reward_weight: float = 0.0,
        reward_gain_weight: float | None = None,
    ) -> None:
        """Make an explorer that has seen nothing yet.

        Args:
            model: the belief to plan on.
            seed: of the agent's own stream.
            bonus: what a pair pays for being explored.
            planner: anything with `plan`, see `agent.protocols.Planner`.
            curiosity_weight: weight of the bonus.
            reward_weight: weight of the world's mean reward.
            reward_gain_weight: weight of what rewards are expected to teach; None: that of the bonus.

        Raises:
            ValueError: the planner plans for another agent already.
        """
        if getattr(planner, "agent", None) is not None:
            raise ValueError(f"a planner plans for one agent, and {planner} does for another: give each agent its own")
        self.model = model
        self.bonus = bonus
        self.planner = planner
        if not callable(getattr(planner, "plan", None)):
            raise ValueError(f"planner must be the name of one, or an object with a method `plan`, got {planner!r}")
        terms = payoffs(bonus, curiosity_weight, reward_weight, reward_gain_weight).terms
        remember_from_now_on(model, taken_by(bonus.function))
        if hasattr(planner, "agent"):
            planner.agent = self
        way = PLANNED_BY[getattr(planner, "compiled", None)]
        self._is_mended, self._is_recalled = way == MENDED, way == RECALLED
        if isinstance(self.planner, Incremental):  # rewards are paid again and again; all else fades slowly
            is_taught = model.numbers.reward_kind != EMPIRICAL
            self.planner.pays_once = bonus == expected_information_gain and not (is_taught or reward_weight)
        self.progress = planner.progress if self._is_mended else NOT_PLANNING
        self.agent_state = AgentState(AgentNumbers(way=way, loss_bound=math.nan), stream(seed), terms)
        self._occasion = planner.occasion if self._is_recalled else NO_OCCASION
        self.pack = Pack(self.agent_state, self.progress, self._occasion)
        self._claim = object()

    def __repr__(self) -> str:
        return f"<Explorer: {self.bonus.name.lstrip('_')} by {type(self.planner).__name__}, {self.model!r}>"

    def _repr_html_(self) -> str:
        planner = f"{type(self.planner).__name__}, loss at most {cards.number(self.loss_bound)}"
        return cards.of_agent(self, "explorer", [("paid", cards.words(self.bonus.name)), ("planner", planner)])

    @property
    def loss_bound(self) -> float:
        """Certified bound on the loss of the latest plan, nats (nan where the planner gives none)."""
        return self.agent_state.numbers.loss_bound

    @property
    def unvisited_payoff(self) -> float:
        """What a pair never taken pays, as of the latest plan."""
        return self.agent_state.terms.unvisited_payoff

    def begin(self, state: int) -> None:
        """Take note of the state that a reset led to."""
        self.model.begin(state)

    def act(self, state: int) -> int:
        """Mend the plan and choose an action of the largest q-value.

        Raises:
            ValueError: the state is not known yet, or terminal; the bonus is at fault.
        """
        if type(state) is not int or not 0 <= state <= LARGEST_STATE:
            state = whole(state, "state")
        model = self.model
        turn = model.turn
        try:
            del turn.free
        except AttributeError:
            turn = turn.take()
        try:
            if model.rules is not None:
                model.catch_up()
            if self._claim is not model.claim:
                self.settle()
            action = decision(model.address, self.pack.address, state)
        finally:
            turn.free = True
        return action if action >= 0 else self._act_planned(state, action)

    def _act_planned(self, state: int, answer: int) -> int:
        """Plan in Python, and choose."""
        with self.model.turn:
            while answer < 0:
                is_final = self.plan(state, answer)
                self.settle()
                ask = planned_decision if is_final else decision
                answer = ask(self.model.address, self.pack.address, state)
        return answer

    def settle(self) -> None:
        """Make sure that the plan is that of the belief: start anew where the belief is another, or was planned on."""
        if self._claim is self.model.claim:
            return
        self.agent_state.terms.revision = -1  # all pairs are to be paid
        if self._is_mended:
            self.planner.forget(self.model.steps)
        elif self._is_recalled:
            self.planner.look_at(self.model)
        self._claim = self.model.claim = object()

    def plan(self, state: int, answer: int) -> bool:
        """Make the plan that deciding asked for; return whether it is final, or to be mended where it is still coarse.

        Args:
            state: the state at hand.
            answer: what was answered instead of an action, see `agent.agents.decisions`.

        Raises:
            ValueError: something that is paid is not finite, or is too large.
        """
        if answer == UNKNOWN:
            raise ValueError(self.model.why_not_acting(state))
        if answer == UNPAYABLE:
            raise ValueError(fault(self.model, self.bonus, self.agent_state.terms))
        if answer == UNORDERED:
            raise ValueError(f"{shown(self.planner)} planned no finite q-values for state {state}")
        if getattr(self.planner, "compiled", None) is None:  # what it does not fill is noticed
            first = state * self.model.num_actions
            self.model.pairs.q_value[first : first + self.model.num_actions] = math.nan
        plan = self.planner.solve if self._is_mended else self.planner.plan
        self.agent_state.numbers.loss_bound = bound_of(plan(self.model, self.unvisited_payoff, state), self.planner)
        self.model.claim = self._claim
        if self._is_recalled and self.planner.occasion is not self._occasion:
            self._occasion = self.planner.occasion
            self.pack = Pack(self.agent_state, self.progress, self._occasion)
        return not self._is_mended or self.planner.num_attempts >= MOST_SOLUTIONS

    def observe(self, transition: Transition) -> None:
        """Learn from one transition."""
        self.model.observe(transition)

    def decompose(self, state: int) -> Decomposition:
        """Divide what the actions of a state are worth: by reward, by the bonus, and by what rewards teach.

        Of the plan that was made last, by `act`, whose greedy policy is evaluated; it is left as it is.

        Raises:
            ValueError: the state is not known, or terminal; something was observed since; the planner plans on another
                map than the prediction, or is one of your own.
        """
        return decompose(self.model, self.agent_state.terms, self.planner, state)

    def __copy__(self) -> "Explorer":
        """Another agent with the same belief."""
        return copy.deepcopy(self, {id(self.model): self.model})

    def value(self, states: ArrayLike) -> NDArray[np.float64]:
        """Planned value of states, `[...]`, nats: discounted sum of what is still to be gained.

        Raises:
            ValueError: numbers that cannot be states.
        """
        with self.model.turn:
            return self.model.of_states("value", states)

    def q_values(self, states: ArrayLike) -> NDArray[np.float64]:
        """Planned value of the actions of states, `[..., num_actions]`, nats; of one state, `[num_actions]`.

        Raises:
            ValueError: numbers that cannot be states.
        """
        with self.model.turn:
            return self.model.of_pairs("q_value", states)


def curious(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    bonus: Any = OWN_PARTS["curious"]["bonus"],
    planner: Any = OWN_PARTS["curious"]["planner"],
    discount: float = DISCOUNT,
    tolerance: float = TOLERANCE,
    curiosity_weight: float = 1.0,
    reward_weight: float = 0.0,
    steps: int | None = None,
    reward_gain_weight: float | None = None,
) -> Explorer:
    """Plan for expected information gain (Sun, Gomez and Schmidhuber 2011): the agent this project is about."""
    paid, plans = make_bonus(bonus), make_planner(planner, discount, tolerance, steps)
    return Explorer(model, seed, paid, plans, curiosity_weight, reward_weight, reward_gain_weight)


def greedy(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    bonus: Any = OWN_PARTS["greedy"]["bonus"],
    planner: Any = OWN_PARTS["greedy"]["planner"],
    discount: float = DISCOUNT,
    tolerance: float = TOLERANCE,
    curiosity_weight: float = 1.0,
    reward_weight: float = 0.0,
    steps: int | None = None,
    reward_gain_weight: float | None = None,
) -> Explorer:
    """Take the action of the largest expected information gain, without looking ahead."""
    weights = curiosity_weight, reward_weight, steps, reward_gain_weight
    return curious(model, seed, bonus, planner, discount, tolerance, *weights)


def count(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    bonus: Any = OWN_PARTS["count"]["bonus"],
    planner: Any = OWN_PARTS["count"]["planner"],
    discount: float = DISCOUNT,
    tolerance: float = TOLERANCE,
    curiosity_weight: float = 1.0,
    reward_weight: float = 0.0,
    steps: int | None = None,
    reward_gain_weight: float | None = None,
) -> Explorer:
    """Plan for a count bonus, 1 / (visits + 1): the simplest strategy that plans, and the one to beat."""
    weights = curiosity_weight, reward_weight, steps, reward_gain_weight
    return curious(model, seed, bonus, planner, discount, tolerance, *weights)


def make_planner(planner: Any, discount: float, tolerance: float, steps: int | None = None) -> Any:
    """Return a planner as it is written (`agent.parts`): value-iteration, finite-horizon:30, my_module:Lookahead.

    Args:
        planner: how it is written; or a planner, which is returned as it is.
        discount: for a planner that asks for it, in (0, 1).
        tolerance: for a planner that asks for it, policy loss allowed.
        steps: for a planner that asks for it, those of the run; None where they are not known.

    Raises:
        ValueError: an unknown name, a parameter that it does not have or of another type, options out of range.
    """
    if isinstance(planner, type):
        raise ValueError(f"planner: got the class {planner.__name__}, expected its name as text, or one that was made")
    if not isinstance(planner, str):
        return planner
    given = {} if steps is None else {"steps": steps}
    return chosen(PLANNER, planner).make(discount=discount, tolerance=tolerance, **given)
