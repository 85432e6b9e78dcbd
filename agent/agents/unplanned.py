"""Explorers that plan nothing: the baselines of every comparison."""

import copy
import math

import numpy as np

from ..belief.growing_tables import LARGEST_STATE
from ..belief.queries import whole
from ..belief.world_model import WorldModel
from ..compilation.handles import Pack
from ..protocols import Transition
from .decisions import NOT_PLANNING, RAREST, UNIFORM, AgentState, decision, simple_state
from .rng import stream


class Unplanned:
    """Chooses by a rule of a few lines; holds the same belief as the others and is scored by it.

    Threads may share it: each method is as if it were alone.

    Attributes:
        model: the belief.
        agent_state: its own numbers.
        loss_bound: nan, as nothing is planned.
        progress: none.
    """

    loss_bound = math.nan
    progress = NOT_PLANNING

    def __init__(self, model: WorldModel, seed: int | np.random.SeedSequence, way: int) -> None:
        """Make the agent.

        Args:
            model: the belief.
            seed: of the agent's own stream.
            way: the rule, `UNIFORM` or `RAREST` of `agent.agents.decisions`.
        """
        self.model = model
        self._rule = {UNIFORM: "random", RAREST: "least-taken"}[way]
        self.agent_state: AgentState = simple_state(way, stream(seed))
        self._pack = Pack(self.agent_state, self.progress)

    def __repr__(self) -> str:
        return f"<Unplanned: {self._rule}, {self.model!r}>"

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
            action = decision(model.address, self._pack.address, state)
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
