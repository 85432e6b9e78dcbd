"""A belief that pays: it learns from every transition of a world, and says in nats what that taught.

Whoever learns to act sees the world's own observations and actions, and a reward in which the bonus is contained. What
is paid is either realised, the Bayesian surprise KL(posterior ‖ prior) of this very transition, or promised, a bonus of
the pair (state, action) as the belief was just before. In expectation over the belief the surprise and the expected
information gain are the same, and their sums over any number of steps are the information that the outcomes give about
the world.

Source: Storck, Hochreiter and Schmidhuber 1995, "Reinforcement driven information acquisition in non-deterministic
environments" (realised); Sun, Gomez and Schmidhuber 2011, arXiv 1103.5708 (expected).
"""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import gymnasium
import numpy as np
from numpy.typing import NDArray

from ..belief import serialization
from ..belief.history import remember_from_now_on
from ..belief.priors import Prior, make_prior
from ..belief.rewards.beliefs import RewardBelief, make_reward_belief
from ..belief.structured.carrying.keeping import kept_rules
from ..belief.world_model import WorldModel
from ..bonuses import Bonus, make_bonus, taken_by
from ..compilation.handles import Pack
from ..parts import BONUS
from ..planners.payoffs import payoff_of_pair, payoffs
from ..protocols import Transition
from ..registry import BONUSES, EMPIRICAL, Entry
from ..results import storage
from ..validation import check_weights
from ..worlds import Bins, StateEnv, as_states

REALISED = "bayesian-surprise"
_ANY_BONUS = BONUS._replace(table={REALISED: Entry(".wrappers:REALISED", "realised, not promised"), **BONUSES})
NOT_SHARED = (
    "worlds share a belief within one process, and this one was made in another: only a copy of it is here. Let the "
    "worlds live in one process (SyncVectorEnv, DummyVecEnv, threads), wrap all of them at once "
    "(VectorCuriosityReward), or give each a belief of its own (without belief_of; `save` and `restore` carry one over)"
)

Bonuses = str | Bonus | Callable[..., float]
Bounds = str | Sequence[tuple[float, float]]


class Paid(NamedTuple):
    """What a transition is paid.

    Attributes:
        reward: weighted, all together.
        intrinsic: the bonus.
        gain: what the reward taught, nats; 0 where rewards teach nothing.
        next_state: the number of where it led.
    """

    reward: float
    intrinsic: float
    gain: float
    next_state: int


@dataclass(frozen=True)
class Progress:
    """How far a belief has come.

    Attributes:
        steps: transitions that it learned from.
        pairs_visited: pairs of a state and an action that were taken at least once.
        information_gain: the surprises so far, summed, nats.
        expected_missing_information: what it expects to be still missing, nats.
    """

    steps: int
    pairs_visited: int
    information_gain: float
    expected_missing_information: float


class PayingBelief:
    """What wrappers of one world and of many have in common: a belief, what it numbers and pays, and its file.

    Attributes:
        model: the belief.
        states: numbers observations and actions as `model` does; in bins, if there are any.
        weight, reward_weight, reward_gain_weight: of the bonus, the world's reward, and what that teaches.
        bonus: what is paid: `bayesian-surprise`, or a promised one.
    """

    model: WorldModel
    states: StateEnv

    def _believe(
        self,
        world: gymnasium.Env[Any, Any],
        weight: float,
        reward_weight: float,
        bonus: Bonuses,
        prior: str | Prior,
        belief_of: "PayingBelief | None",
        reward_belief: str | RewardBelief = EMPIRICAL,
        reward_gain_weight: float | None = None,
        bins: int | Sequence[int] | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        """Believe nothing yet about a world, or what another wrapper believes; see `CuriosityReward`."""
        gain_weight = weight if reward_gain_weight is None else reward_gain_weight
        check_weights(weight=weight, reward_weight=reward_weight, reward_gain_weight=gain_weight)
        self.weight, self.reward_weight, self.reward_gain_weight = weight, reward_weight, gain_weight
        self.bonus = REALISED if isinstance(bonus, str) and bonus == REALISED else make_bonus(bonus, _ANY_BONUS)
        self._world = world
        if bounds is not None and bins is None:
            raise ValueError("bounds: got some without bins, which they are divided into")
        if belief_of is None:
            self._bins = None if bins is None else Bins(world, bins, bounds)
            seen = world if self._bins is None else self._bins.env
            self.states = as_states(seen)
            beliefs = make_prior(prior, seen), make_reward_belief(reward_belief)
            self.model = WorldModel(self.states.num_actions, self.states.num_states, *beliefs)
        else:
            if bins is not None:
                raise ValueError("bins: got some beside belief_of, whose bins count; leave them out")
            _check_equal(world, belief_of._world)
            if belief_of._process != os.getpid():
                raise ValueError(NOT_SHARED)
            self.states, self.model, self._bins = belief_of.states, belief_of.model, belief_of._bins
            belief_of._is_shared = True
        self._is_shared, self._process = belief_of is not None, os.getpid()
        self._is_numbered = isinstance(world, StateEnv)
        self._identity = self.model.identity  # of the belief that numbered the state at hand
        if isinstance(self.bonus, Bonus):
            remember_from_now_on(self.model, taken_by(self.bonus.function))
        self._payoffs = (
            Pack(payoffs(self.bonus, 1.0, 0.0, 0.0)) if isinstance(self.bonus, Bonus) else None
        )  # for compiled code

    def state_of(self, observation: Any, terminal: bool = False) -> int:
        """Return the number that `model` knows an observation by, as the end of an episode or not.

        Raises:
            ValueError: it is no observation of the world's space.
        """
        if self._is_numbered:
            return observation
        if self._bins is not None:
            observation = self._bins.observation(observation)
        turn = self.model.turn  # threads that share the belief share the numbers
        try:
            del turn.free
        except AttributeError:
            turn = turn.take()
        try:
            return self.states.state_of(observation, terminal)
        finally:
            turn.free = True

    @property
    def progress(self) -> Progress:
        """How far the belief has come."""
        with self.model.turn:
            model = self.model
            counted = int(model.steps), int(model.num_visited_pairs)
            return Progress(*counted, float(model.information_gain), float(model.expected_missing_information))

    def save(self, path: str | Path) -> None:
        """Write the belief and the numbers of the observations to a file (`.npz`), atomically.

        Learners save their own parameters; this is what has to be kept beside them.
        """
        with self.model.turn:
            arrays = {**self._spaces(), **self.states.numbering(), **serialization.arrays_of(self.model)}
            arrays |= kept_rules(self.model)
        storage.write_arrays(Path(path), arrays)

    def restore(self, path: str | Path) -> None:
        """Believe what `save` wrote, and go on to the last bit as the wrapper that wrote it; a reset must follow.

        Whoever shares the belief shares this, and must be reset, too. Wrappers of one world and of many read each
        other's files.

        Raises:
            ValueError: one line with the file and why it is refused: damaged, or made for other observations, actions,
                features, or another prior, or more than fits in memory. Nothing has changed then, whatever was raised.
        """
        arrays = storage.read_arrays(Path(path))
        own = self._spaces()
        try:
            for name in own:
                if name not in arrays:
                    raise ValueError(f"not a belief of a CuriosityReward: it lacks {name}")
            for name in {"bins": None, **own} if "bins" in arrays else own:
                expected = own[name].tolist() if name in own else "none"
                if arrays[name].tolist() != expected:
                    raise ValueError(f"{name} is {arrays[name].tolist()}, expected {expected}")
            restored = serialization.restored(self.model, arrays)
            with self.model.turn:
                numbering = self.states.numbering()
                try:
                    self.states.renumber(arrays)
                    restored.check_features()
                    self.model.become(restored)
                except BaseException:
                    self.states.renumber(numbering)
                    raise
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error

    def _paid(self, state: int, action: Any, reward: Any, observation: Any, terminated: bool, truncated: bool) -> Paid:
        """Learn from a transition, and say what is paid for it.

        Raises:
            ValueError: the world's reward is not finite, the prior rules this outcome out, the bonus is not finite.
        """
        extrinsic = float(reward)
        if self._is_numbered:
            number = int(action)
        else:
            number = self.states.action_of(action if self._bins is None else self._bins.action(action))
        next_state = self.state_of(observation, terminated)
        transition = Transition(state, number, extrinsic, next_state, terminated, truncated)
        intrinsic, gain = self._learn(transition)
        if isinstance(self.bonus, Bonus) and not math.isfinite(intrinsic):
            raise ValueError(
                f"the bonus of action {action} in state {state} must be finite, got {intrinsic} of {self.bonus.name} "
                f"after {self.model.visits([state])[0, number]} visits"
            )
        paid = self.reward_weight * extrinsic + self.weight * intrinsic
        if self.model.reward_belief.has_gain:
            paid += self.reward_gain_weight * gain
        return Paid(paid, intrinsic, gain, next_state)

    def _learn(self, transition: Transition) -> tuple[float, float]:
        """Return what is paid for what the transition taught, or promised to, and likewise its reward; nats."""
        model, promise = self.model, None if self._payoffs is None else self._promise
        if not model.reward_belief.has_gain:
            return model.observe(transition, promise), 0.0
        with model.turn:
            intrinsic = model.observe(transition, promise)
            return intrinsic, model.last_reward_gain if promise is None else model.last_expected_reward_gain

    def _promise(self, address: Any, state: int, action: int) -> float:
        """What the bonus pays for a pair before its outcome is learned."""
        assert self._payoffs is not None
        return payoff_of_pair(address, self._payoffs.address, state, action)

    def _check_process(self) -> None:
        if self._is_shared and self._process != os.getpid():
            raise ValueError(NOT_SHARED)

    def _spaces(self) -> dict[str, NDArray[Any]]:
        """What a file is known by to belong to this kind of world."""
        told: dict[str, Any] = {"observations": self._world.observation_space, "actions": self._world.action_space}
        if self._bins is not None:
            told["bins"] = self._bins
        return {name: np.array([str(each)]) for name, each in told.items()}  # bins only where there are any


def _check_equal(env: gymnasium.Env[Any, Any], other: gymnasium.Env[Any, Any]) -> None:
    for what in ("observation_space", "action_space"):
        got, expected = getattr(env, what), getattr(other, what)
        if got != expected:
            raise ValueError(f"a belief is shared by equal worlds only: {what} is {got}, there it is {expected}")
    if isinstance(env, StateEnv) or isinstance(other, StateEnv):
        raise ValueError("a belief is shared by worlds that speak for themselves: wrap them, not their numbered states")
