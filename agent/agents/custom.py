"""An agent of a user's own, beside the belief that it is scored by."""

from operator import index
from typing import Any

from ..belief.world_model import WorldModel
from ..notebooks import cards
from ..protocols import Agent, Transition
from ..validation import shown
from .decisions import bound_of


class CustomAgent:
    """Any agent, checked at every step and followed by a belief.

    An agent that has a `model` (an `agent.WorldModel`) is scored by that one. If the agent tells it of the first reset
    (`model.begin`), it keeps it up to date itself; otherwise that is done for it, before it hears of a transition.

    Attributes:
        agent: the agent; what this one does not have is looked up there.
        model: the belief.
    """

    def __init__(self, name: str, agent: Agent, model: WorldModel) -> None:
        """Let a belief follow an agent.

        Args:
            name: what errors call the agent.
            agent: the agent.
            model: the belief, for an agent that has none of its own.

        Raises:
            ValueError: it is no agent.
        """
        missing = [method for method in ("begin", "act", "observe") if not callable(getattr(agent, method, None))]
        if missing or isinstance(agent, type):
            got = shown(agent) if isinstance(agent, type) else f"{shown(agent)} without {', '.join(missing)}"
            raise ValueError(f"agent {name}: got {got}, expected an object with the methods begin, act and observe")
        self.name, self.agent = name, agent
        own = getattr(agent, "model", None)
        self.model = own if isinstance(own, WorldModel) else model
        self._is_told: bool | None = None  # by the agent; not known before the first reset

    def __repr__(self) -> str:
        return f"<CustomAgent: {self.name}, {self.model!r}>"

    def _repr_html_(self) -> str:
        return cards.of_agent(self, f"agent {self.name}")

    def __getattr__(self, name: str) -> Any:
        if name == "agent" or name.startswith("__"):  # of a copy that is being made; protocols are this one's
            raise AttributeError(name)
        return getattr(self.agent, name)

    @property
    def loss_bound(self) -> float:
        """The agent's bound on the loss of its latest plan, nats; nan where it gives none."""
        return bound_of(getattr(self.agent, "loss_bound", None), f"agent {self.name}")

    def begin(self, state: int) -> None:
        """Tell the agent, and the belief, of the state that a reset led to."""
        if self._is_told is None:
            before = self.model.num_resets
            self.agent.begin(state)
            self._is_told = self.model.num_resets > before
            if not self._is_told:
                self.model.begin(state)
            return
        if not self._is_told:
            self.model.begin(state)
        self.agent.begin(state)

    def act(self, state: int) -> int:
        """Ask the agent for an action.

        Raises:
            ValueError: what it chose is no action.
        """
        chosen = self.agent.act(state)
        try:
            action = index(chosen)
        except TypeError:
            action = -1
        if not 0 <= action < self.model.num_actions:
            expected = f"expected an action, a whole number from 0 to {self.model.num_actions - 1}"
            raise ValueError(f"agent {self.name} chose {shown(chosen)} in state {state}, {expected}")
        return action

    def observe(self, transition: Transition) -> None:
        """Tell the belief and the agent of a transition."""
        if not self._is_told:
            self.model.observe(transition)
        self.agent.observe(transition)
