"""Explorers: a belief, a bonus for what may be learnt, and a planner that chases it."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agent.bonuses import Bonus, pay
from agent.compiled import compiled, scalar_handle
from agent.names import BONUSES, OWN_PARTS, PLANNERS, known, load
from agent.packing import unpacked
from agent.protocols import Transition
from agent.streams import choose, stream
from agent.world_model import WorldModel


class Explorer:
    """Does what its planner finds best; ties are broken by the agent's own stream.

    Attributes:
        model: the belief.
        loss_bound: certified bound on the loss of the latest plan, nats (nan where the planner gives none).
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
        """
        self.model = model
        self.bonus = bonus
        self.planner = planner
        self.loss_bound = math.nan
        handle = scalar_handle(bonus.function)
        weights = float(curiosity_weight), float(reward_weight)
        self._terms = (handle, bonus.needs_predicted_gain, bonus.needs_entropy, *weights)
        self._stream = stream(seed)
        self._known = 0
        self._revision = -1
        self._unvisited_payoff = 0.0

    def begin(self, state: int) -> None:
        """Take note of the state that a reset led to."""
        self.model.begin(state)
        self._pay(-1)

    def act(self, state: int) -> int:
        """Mend the plan and choose an action of the largest q-value."""
        model = self.model
        self.loss_bound = self.planner.plan(model, self._unvisited_payoff, state)
        return int(choose(model.pairs.q_value, state * model.num_actions, model.num_actions, self._stream))

    def observe(self, transition: Transition) -> None:
        """Learn from one transition."""
        self.model.observe(transition)
        self._pay(transition.state * self.model.num_actions + transition.action)

    def value(self, states: ArrayLike) -> NDArray[np.float64]:
        """Planned value of states, `[n]`, nats: discounted sum of what is still to be gained."""
        return self.model.states.value[np.asarray(states)]

    def q_values(self, states: ArrayLike) -> NDArray[np.float64]:
        """Planned value of the actions of states, `[n, num_actions]`, nats."""
        actions = np.arange(self.model.num_actions)
        return self.model.pairs.q_value[np.asarray(states)[:, None] * self.model.num_actions + actions]

    def _pay(self, pair: int) -> None:
        """Bring payoffs up to date, all of them after the prior was revised."""
        model = self.model
        if model.revision != self._revision:
            self._revision, self._known, pair = model.revision, 0, -1
        self._unvisited_payoff = _pay(model.pack, self._terms, self._known, pair)
        if not math.isfinite(self._unvisited_payoff):
            raise ValueError(f"the bonus of a pair never visited must be finite, got {self._unvisited_payoff}")
        self._known = model.num_known_states


@compiled
def _pay(pack, terms, known_before, pair):
    known = unpacked(pack)
    return pay(known.states, known.pairs, known.edges, known.counts, known.sums, terms, known_before, pair)


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
    kind, _, number = name.partition(":")
    known("planner", kind, PLANNERS)
    planner = load(PLANNERS, "planner", kind)
    if number and kind != "finite-horizon":
        raise ValueError(f"planner {name!r}: only finite-horizon takes a number")
    if kind == "finite-horizon":
        if number and not number.isdigit():
            raise ValueError(f"planner {name!r}: {number!r} is no number of steps; write for example {kind}:30")
        return planner(int(number)) if number else planner()
    return planner() if kind == "greedy" else planner(discount, tolerance)
