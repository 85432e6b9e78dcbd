"""Explorers: a belief, a bonus for what may be learnt, and a planner that chases it."""

import copy
import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..belief.world_model import LARGEST_STATE, WorldModel, whole
from ..bonuses import Bonus, fault, payoffs
from ..compilation.handles import Pack
from ..planners.greedy import Greedy
from ..planners.incremental.planner import MOST_SOLUTIONS, Incremental
from ..protocols import Transition
from ..registry import BONUSES, OWN_PARTS, PLANNERS, load
from ..validation import shown, whole_number
from .decisions import (
    AT_ONCE,
    ELSEWHERE,
    MENDED,
    NOT_PLANNING,
    UNKNOWN,
    UNPAYABLE,
    AgentNumbers,
    Mind,
    decision,
    planned_decision,
)
from .rng import stream


class Explorer:
    """Does what its planner finds best; ties are broken by the agent's own stream.

    Threads may share it: each method is as if it were alone. Agents may share a belief; each of them then plans anew
    whenever another one has planned on it since.

    Attributes:
        model: the belief.
        mind: the agent's own numbers.
        progress: the incremental planner's.
    """

    def __init__(
        self,
        model: WorldModel,
        seed: int | np.random.SeedSequence,
        bonus: Bonus,
        planner: Any,
        curiosity_weight: float = 1.0,
        reward_weight: float = 0.0,
    ) -> None:
        """Make an explorer that has seen nothing yet.

        Args:
            model: the belief to plan on.
            seed: of the agent's own stream.
            bonus: what a pair pays for being explored.
            planner: anything with `plan(model, unvisited_payoff, state) -> loss bound` that fills `pairs.q_value`.
            curiosity_weight: weight of the bonus.
            reward_weight: weight of the world's mean reward.

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
        terms = payoffs(bonus, curiosity_weight, reward_weight).terms
        if hasattr(planner, "agent"):
            planner.agent = self
        if isinstance(planner, Incremental):
            way, self.progress = MENDED, planner.progress
        else:
            way = AT_ONCE if isinstance(planner, Greedy) else ELSEWHERE
            self.progress = NOT_PLANNING
        self.mind = Mind(AgentNumbers(way=way, loss_bound=math.nan), stream(seed), terms)
        self._pack = Pack(self.mind, self.progress)
        self._claim = object()

    @property
    def loss_bound(self) -> float:
        """Certified bound on the loss of the latest plan, nats (nan where the planner gives none)."""
        return self.mind.numbers.loss_bound

    @property
    def unvisited_payoff(self) -> float:
        """What a pair never taken pays, as of the latest plan."""
        return self.mind.terms.unvisited_payoff

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
            if self._claim is not model.claim:
                self.settle()
            action = decision(model.address, self._pack.address, state)
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
                answer = ask(self.model.address, self._pack.address, state)
        return answer

    def settle(self) -> None:
        """Make sure that the plan is that of the belief: start anew where the belief is another, or was planned on."""
        if self._claim is self.model.claim:
            return
        self.mind.terms.revision = -1  # all pairs are to be paid
        if isinstance(self.planner, Incremental):
            self.planner.forget()
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
            raise ValueError(fault(self.model, self.bonus, self.mind.terms))
        plan = self.planner.solve if isinstance(self.planner, Incremental) else self.planner.plan
        self.mind.numbers.loss_bound = plan(self.model, self.unvisited_payoff, state)
        self.model.claim = self._claim
        return not isinstance(self.planner, Incremental) or self.planner.num_attempts >= MOST_SOLUTIONS

    def observe(self, transition: Transition) -> None:
        """Learn from one transition."""
        self.model.observe(transition)

    def __copy__(self) -> "Explorer":
        """Another agent with the same belief."""
        return copy.deepcopy(self, {id(self.model): self.model})

    def value(self, states: ArrayLike) -> NDArray[np.float64]:
        """Planned value of states, `[...]`, nats: discounted sum of what is still to be gained.

        Raises:
            ValueError: numbers that can be no states.
        """
        with self.model.turn:
            return self.model.of_states("value", states)

    def q_values(self, states: ArrayLike) -> NDArray[np.float64]:
        """Planned value of the actions of states, `[..., num_actions]`, nats; of one state, `[num_actions]`.

        Raises:
            ValueError: numbers that can be no states.
        """
        with self.model.turn:
            return self.model.of_pairs("q_value", states)


def curious(model: WorldModel, seed: int | np.random.SeedSequence, **options: Any) -> Explorer:
    """Plan for expected information gain (Sun, Gomez and Schmidhuber 2011): the agent this project is about."""
    return _explorer(model, seed, **_with_own("curious", options))


def greedy(model: WorldModel, seed: int | np.random.SeedSequence, **options: Any) -> Explorer:
    """Take the action of the largest expected information gain, without looking ahead."""
    return _explorer(model, seed, **_with_own("greedy", options))


def count(model: WorldModel, seed: int | np.random.SeedSequence, **options: Any) -> Explorer:
    """Plan for a count bonus, 1 / (visits + 1): the simplest strategy that plans, and the one to beat."""
    return _explorer(model, seed, **_with_own("count", options))


def _with_own(agent: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options given, and the agent's own parts where none was."""
    return {**OWN_PARTS[agent], **{name: value for name, value in options.items() if value is not None}}


def _explorer(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    *,
    bonus: Any,
    planner: Any,
    discount: float = 0.99,
    tolerance: float = 0.01,
    curiosity_weight: float = 1.0,
    reward_weight: float = 0.0,
) -> Explorer:
    return Explorer(
        model,
        seed,
        load(BONUSES, "bonus", bonus) if isinstance(bonus, str) else bonus,
        make_planner(planner, discount, tolerance) if isinstance(planner, str) else planner,
        curiosity_weight,
        reward_weight,
    )


def make_planner(name: str, discount: float, tolerance: float) -> Any:
    """Return a planner by name; `finite-horizon:30` sets the horizon.

    Raises:
        ValueError: an unknown name, a horizon that is no whole number, options out of range.
    """
    kind, colon, text = name.partition(":")
    planner = load(PLANNERS, "planner", kind)
    if colon and kind != "finite-horizon":
        raise ValueError(f"planner {shown(name)}: only finite-horizon takes a number")
    if kind == "finite-horizon":
        try:
            return planner(whole_number(text)) if colon else planner()
        except ValueError as error:
            raise ValueError(f"planner {shown(name)}: {error}; write for example {kind}:30") from None
    return planner() if kind == "greedy" else planner(discount, tolerance)
