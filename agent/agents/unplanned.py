"""Explorers that plan nothing: the baselines of every comparison."""

import copy
import math

import numpy as np

from ..belief.growing_tables import LARGEST_STATE
from ..belief.queries import whole
from ..belief.world_model import WorldModel
from ..compilation.handles import Pack
from ..notebooks import cards
from ..protocols import Transition
from ..registry import DISCOUNT
from ..validation import check_weights, is_finite_number
from .decisions import (
    LEARNING,
    NO_OCCASION,
    NOT_PLANNING,
    RAREST,
    TOWARDS_RAREST,
    UNIFORM,
    AgentState,
    decision,
    simple_state,
)
from .rng import stream

_NAMES = {UNIFORM: "random", RAREST: "least-taken", TOWARDS_RAREST: "counter-based", LEARNING: "q-learning"}


class Unplanned:
    """Chooses by a rule of a few lines; holds the same belief as the others and is scored by it.

    Threads may share it: each method is as if it were alone.

    Attributes:
        model: the belief.
        agent_state: its own numbers.
        loss_bound: nan, as nothing is planned.
        progress: none.
        pack: both, for compiled code.
    """

    loss_bound = math.nan
    progress = NOT_PLANNING

    def __init__(self, model: WorldModel, seed: int | np.random.SeedSequence, way: int) -> None:
        """Make the agent.

        Args:
            model: the belief.
            seed: of the agent's own stream.
            way: the rule: `UNIFORM`, `RAREST`, `TOWARDS_RAREST` or `LEARNING` of `agent.agents.decisions`.
        """
        self.model = model
        self._rule = _NAMES[way]
        self.agent_state: AgentState = simple_state(way, stream(seed))
        self.pack = Pack(self.agent_state, self.progress, NO_OCCASION)

    def __repr__(self) -> str:
        return f"<Unplanned: {self._rule}, {self.model!r}>"

    def _repr_html_(self) -> str:
        return cards.of_agent(self, f"agent that does not plan: {self._rule}")

    def begin(self, state: int) -> None:
        """Take note of the state that a reset led to."""
        self.model.begin(state)

    def act(self, state: int) -> int:
        """Choose an action.

        Raises:
            ValueError: the state is not known yet, or terminal.
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
            action = decision(model.address, self.pack.address, state)
        finally:
            turn.free = True
        if action < 0:
            self.plan(state, action)
        return action

    def settle(self) -> None:
        """Make sure that the plan is that of the belief: there is none."""

    def plan(self, state: int, answer: int) -> bool:
        """Refuse: there is nothing to plan, what was answered is that no action can be taken.

        Raises:
            ValueError: always.
        """
        raise ValueError(self.model.why_not_acting(state))

    def observe(self, transition: Transition) -> None:
        """Learn from one transition."""
        self.model.observe(transition)

    def __copy__(self) -> "Unplanned":
        """Another agent with the same belief."""
        return copy.deepcopy(self, {id(self.model): self.model})


def random(model: WorldModel, seed: int | np.random.SeedSequence) -> Unplanned:
    """Take every action equally often."""
    return Unplanned(model, seed, UNIFORM)


def least_taken(model: WorldModel, seed: int | np.random.SeedSequence) -> Unplanned:
    """Take the action that was taken least often in the state at hand; ties at random. Counts without a plan."""
    return Unplanned(model, seed, RAREST)


def counter_based(model: WorldModel, seed: int | np.random.SeedSequence) -> Unplanned:
    """Take the action that is expected to lead to the state visited least (Thrun 1992); ties at random.

    It maximises c(s) / E[c(s')], with c the visits of a state and the expectation by the belief's prediction, as Little
    and Sommer (2013) compare with: one step ahead, without a plan, and blind to what visits showed.

    Source: Thrun 1992, "Efficient exploration in reinforcement learning", CMU-CS-92-102, section 4.1.
    """
    return Unplanned(model, seed, TOWARDS_RAREST)


def q_learning(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    discount: float = DISCOUNT,
    learning_rate: float = 0.1,
    epsilon: float = 0.1,
    curiosity_weight: float = 1.0,
    reward_weight: float = 0.0,
) -> Unplanned:
    """Learn by trial which actions teach: Q-learning on realised gains (Sun, Gomez and Schmidhuber 2011).

    It is paid the Bayesian surprise of each transition, and its reward if that has a weight. Surprise falls with every
    visit, so that values lag behind what is left to learn: that is what planning on the belief avoids. Values start at
    0, below all surprise, so new actions are taken by chance alone; after an end the next episode's first state counts
    as the successor.

    Args:
        model: the belief, in whose `pairs.q_value` the values are.
        seed: of the agent's own stream.
        discount: per step, in (0, 1).
        learning_rate: in (0, 1].
        epsilon: share of actions taken at random, from 0 to 1.
        curiosity_weight: weight of the surprise.
        reward_weight: weight of the reward; with 1, and 0 for curiosity, it is the Q-learning of the textbooks.

    Raises:
        ValueError: a parameter out of range.

    Source: arXiv 1103.5708, section 5.
    """
    for name, value, least in (("learning_rate", learning_rate, "above 0"), ("epsilon", epsilon, "from 0")):
        if not (is_finite_number(value) and 0 <= value <= 1) or (value == 0 and least != "from 0"):
            raise ValueError(f"{name} must be a number {least} and at most 1, got {value!r}")
    check_weights(curiosity_weight=curiosity_weight, reward_weight=reward_weight)
    agent = Unplanned(model, seed, LEARNING)
    own = agent.agent_state.numbers
    own.learning_rate, own.discount, own.epsilon, own.num_learnt = learning_rate, discount, epsilon, model.steps
    own.curiosity_weight, own.reward_weight = float(curiosity_weight), float(reward_weight)
    return agent
