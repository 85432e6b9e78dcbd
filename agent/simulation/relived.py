"""Walking again through a world that cannot be put where it was: the recorded actions, from the same seed."""

from collections.abc import Iterator
from typing import Any

from ..protocols import Agent, Transition

AGAIN = "--force starts again from nothing"


class DifferentLifeError(ValueError):
    """What was lived once is not what comes of it now."""


class Relived:
    """An agent that has lived before: it takes its recorded actions again, and what comes of them is compared.

    It is not told of it, as it knows. From the first step that was not recorded on it acts and learns.

    Attributes:
        agent: the agent, as it was after the last recorded step.
        num_again: recorded steps that were taken again.
    """

    def __init__(self, agent: Agent, recorded: Iterator[Transition], num_steps: int) -> None:
        """Have an agent live again.

        Args:
            agent: the agent.
            recorded: what happened.
            num_steps: how many of them.
        """
        self.agent, self.num_again = agent, 0
        self._recorded, self._left = recorded, num_steps
        self._next = next(recorded) if num_steps else None
        if hasattr(agent, "place"):
            self.place = self._place

    def begin(self, state: int) -> None:
        """Compare, or tell, the state that a reset led to."""
        if self._next is None:
            self.agent.begin(state)
        elif not hasattr(self, "place"):
            self._compare("an episode began in state", state, self._next.state)

    def act(self, state: int) -> int:
        """Return the action that was taken, or choose one."""
        if self._next is None:
            return self.agent.act(state)
        self._compare("it was in state", state, self._next.state)
        return self._next.action

    def observe(self, transition: Transition) -> None:
        """Compare, or tell, what happened."""
        if self._next is None:
            self.agent.observe(transition)
            return
        self._compare("the world answered", tuple(transition), tuple(self._next))
        self.num_again += 1
        self._next = next(self._recorded) if self.num_again < self._left else None

    def _place(self, state: int) -> int:
        return self.agent.place(state) if self._next is None else self._next.state  # pyright: ignore[reportAttributeAccessIssue]

    def _compare(self, what: str, now: Any, then: Any) -> None:
        if now != then:
            raise DifferentLifeError(
                f"step {self.num_again + 1} is not what it was: {what} {now}, and {then} was recorded; {AGAIN}"
            )
