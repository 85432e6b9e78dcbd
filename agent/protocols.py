"""The roles that meet in the interaction loop, on one page."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from .belief.world_model import WorldModel


class Transition(NamedTuple):
    """One step of a world, as an agent sees it; states and actions are numbered from 0.

    `terminated` wins over `truncated`: after the former the next state is a terminal state, after the latter the world
    is merely left. In both cases the next transition starts from wherever the reset led.
    """

    state: int
    action: int
    reward: float
    next_state: int
    terminated: bool
    truncated: bool


class Agent(Protocol):
    """What a world is explored by: three methods."""

    def begin(self, state: int) -> None:
        """Take note of the state that a reset led to; nothing was done and nothing is paid."""
        ...

    def act(self, state: int) -> int:
        """Choose an action in a state."""
        ...

    def observe(self, transition: Transition) -> None:
        """Learn from one transition."""
        ...


class AgentWithModel(Agent, Protocol):
    """An agent that has a belief, by which it is scored."""

    @property
    def model(self) -> "WorldModel":
        """What it believes."""
        ...
