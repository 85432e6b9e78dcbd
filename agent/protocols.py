"""The roles that parts play, on one page. How parts are made, and what they are given then, is in `agent.parts`."""

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
    """What a world is explored by: three methods.

    It may have a `model`, the belief that it is scored by, and a `loss_bound`, of its latest plan in nats. An agent of
    another package has neither; it is followed by a belief (`agent.agents.custom`). It may have `place(state)`: before
    every step it is then put into the state that this returns, as `unembodied` is.
    """

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


class Prior(Protocol):
    """What is believed about every pair before anything is seen: a total concentration times a base measure.

    It may have a method `local()`, which gives, for pairs (numbered state * num_actions + action), the part of the
    concentration that is on named states: `(pair, {state: concentration, ...})`. What is left of the total is spread
    evenly over all states; without the method all of it is. `terminal` is the set of those states named that are known
    to be terminal. One that has `targets` says instead how many equally probable states each action leads to
    (`agent.belief.equal_targets.prior`). A prior that `is_fitted` has what `agent.belief.priors.EmpiricalBayes` has.
    """

    @property
    def concentration(self) -> float:
        """Total over all outcomes of a pair."""
        ...


class Planner(Protocol):
    """What finds the values that an agent acts by."""

    def plan(self, model: "WorldModel", unvisited_payoff: float, state: int) -> float | None:
        """Fill `model.pairs.q_value`, of the pairs of the state at hand at least; ties are broken by the agent.

        Pair numbers are state * num_actions + action; `model.pairs.payoff` is what pairs of known states pay, and
        `model.predictive(state, action)` where they lead. A planner of this package says by `compiled` that its plans
        are made in compiled code, and how (`agent.agents.decisions`).

        Args:
            model: the belief.
            unvisited_payoff: what pairs of states never seen pay.
            state: the state at hand.

        Returns:
            a bound on the policy's loss, nats; None or nan where there is none.
        """
        ...
