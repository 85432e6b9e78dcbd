"""Curiosity for learners of any kind: a Gymnasium wrapper that pays what a transition taught, in nats.

The wrapper holds a belief and learns from every step; whoever learns to act sees the world's own observations and
actions, and a reward in which the bonus is contained. What is paid is either realised, the Bayesian surprise
KL(posterior ‖ prior) of this very transition, or promised, a bonus of the pair (state, action) as the belief was just
before. In expectation over the belief the surprise and the expected information gain are the same, and their sums over
any number of steps are the information that the outcomes give about the world.

Source: Storck, Hochreiter and Schmidhuber 1995, "Reinforcement driven information acquisition in non-deterministic
environments" (realised); Sun, Gomez and Schmidhuber 2011, arXiv 1103.5708 (expected).
"""

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils import RecordConstructorArgs

from .belief import serialization
from .belief.history import remember_from_now_on
from .belief.priors import Prior, make_prior
from .belief.rewards.beliefs import RewardBelief, make_reward_belief
from .belief.structured.carrying.keeping import kept_rules
from .belief.world_model import WorldModel
from .bonuses import Bonus, make_bonus, taken_by
from .compilation.handles import Pack
from .parts import BONUS
from .planners.payoffs import payoff_of_pair, payoffs
from .protocols import Transition
from .registry import BONUSES, EMPIRICAL, Entry
from .results import storage
from .validation import check_weights
from .worlds import StateEnv, as_states

REALISED = "bayesian-surprise"
_ANY_BONUS = BONUS._replace(table={REALISED: Entry(".wrappers:REALISED", "realised, not promised"), **BONUSES})
NOT_SHARED = (
    "worlds share a belief within one process, and this one was made in another: only a copy of it is here. Let the "
    "worlds live in one process (SyncVectorEnv, DummyVecEnv, threads), or give each a belief of its own (without "
    "belief_of; `save` and `restore` carry one over)"
)


class CuriosityReward(gymnasium.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Pays `reward_weight * reward + weight * bonus`; the belief outlives episodes.

    `info` has both unweighted after every step: `extrinsic_reward`, the world's own, and `intrinsic_reward`, the bonus,
    nats (the counts among the bonuses have no unit). Under a belief by which rewards teach something, what this one
    taught is paid as well, with `reward_gain_weight`, and `info` has it as `reward_gain`, nats; or what it was expected
    to teach, where the bonus is promised. A reset pays nothing.

    Attributes:
        model: the belief.
        states: numbers observations and actions as `model` does (`states.state_of(observation, terminal=False)`); with
            it the model can be asked about them. The truth, where known, is `envs.true_mdp(wrapper.env)`.
        weight, reward_weight, reward_gain_weight: may be changed between steps, for example to let curiosity fade.
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        weight: float = 1.0,
        reward_weight: float = 1.0,
        bonus: str | Bonus | Callable[..., float] = REALISED,
        prior: str | Prior = "empirical-bayes",
        belief_of: "CuriosityReward | None" = None,
        reward_belief: str | RewardBelief = EMPIRICAL,
        reward_gain_weight: float | None = None,
    ) -> None:
        """Wrap a world of which nothing is known yet.

        Args:
            env: a world whose observations and actions can be numbered, see `envs.as_states`.
            weight: of the bonus.
            reward_weight: of the world's own reward; 0 leaves curiosity alone.
            bonus: `bayesian-surprise`, realised by each transition; or a bonus as for `agent.make_agent`, promised by
                each pair before its outcome is learned.
            prior: as for `agent.make_agent`.
            belief_of: share the belief of this wrapper of an equal world in the same process, whose prior and belief
                about rewards then count; each wrapper may be stepped by a thread of its own.
            reward_belief: as for `agent.make_agent`; by the default rewards teach nothing.
            reward_gain_weight: weight of what they teach; None: `weight`, as a nat is a nat.

        Raises:
            ValueError: observations or actions that cannot be numbered, a weight that is not finite, an unknown name,
                a belief about a world of other observations or actions, or one of another process.
        """
        told = {"reward_belief": reward_belief, "reward_gain_weight": reward_gain_weight}
        RecordConstructorArgs.__init__(
            self, weight=weight, reward_weight=reward_weight, bonus=bonus, prior=prior, **told
        )
        super().__init__(env)
        gain_weight = weight if reward_gain_weight is None else reward_gain_weight
        check_weights(weight=weight, reward_weight=reward_weight, reward_gain_weight=gain_weight)
        self.weight, self.reward_weight, self.reward_gain_weight = weight, reward_weight, gain_weight
        self.bonus = REALISED if isinstance(bonus, str) and bonus == REALISED else make_bonus(bonus, _ANY_BONUS)
        if belief_of is None:
            self.states: StateEnv = as_states(env)
            beliefs = make_prior(prior, env), make_reward_belief(reward_belief)
            self.model = WorldModel(self.states.num_actions, self.states.num_states, *beliefs)
        else:
            _check_equal(env, belief_of.env)
            if belief_of._process != os.getpid():
                raise ValueError(NOT_SHARED)
            self.states, self.model = belief_of.states, belief_of.model
            belief_of._is_shared = True
        self._is_shared, self._process = belief_of is not None, os.getpid()
        self._is_numbered = isinstance(env, StateEnv)
        self._state: int | None = None  # where an episode is under way
        self._identity = self.model.identity  # of the belief that numbered it
        if isinstance(self.bonus, Bonus):
            remember_from_now_on(self.model, taken_by(self.bonus.function))
        self._payoffs = (
            Pack(payoffs(self.bonus, 1.0, 0.0, 0.0)) if isinstance(self.bonus, Bonus) else None
        )  # for compiled code

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode: teaches where episodes start, and pays nothing."""
        self._check_process()
        observation, info = self.env.reset(seed=seed, options=options)
        self._identity = self.model.identity
        self._state = state = self._state_of(observation, terminal=False)
        self.model.begin(state)
        return observation, info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take an action, learn from its outcome, and pay for it.

        Raises:
            ResetNeeded: no episode is under way.
            ValueError: the world's reward is not finite, the prior rules this outcome out, the bonus is not finite.
        """
        state = self._state
        if self._is_shared:
            self._check_process()
        if state is None or self._identity is not self.model.identity:  # restored: observations are numbered anew
            raise gymnasium.error.ResetNeeded(
                "no episode is under way: call reset() before step(), also where one was truncated (automatic resets "
                "belong outside this wrapper)"
            )
        observation, reward, terminated, truncated, info = self.env.step(action)
        terminated, truncated, extrinsic = bool(terminated), bool(truncated), float(reward)
        number = int(action) if self._is_numbered else self.states.action_of(action)
        next_state = self._state_of(observation, terminated)
        self._state = None if terminated or truncated else next_state
        transition = Transition(state, number, extrinsic, next_state, terminated, truncated)
        intrinsic, gain = self._learn(transition)
        if isinstance(self.bonus, Bonus) and not math.isfinite(intrinsic):
            raise ValueError(
                f"the bonus of action {action} in state {state} must be finite, got {intrinsic} of {self.bonus.name} "
                f"after {self.model.visits([state])[0, number]} visits"
            )
        info = {**info, "extrinsic_reward": extrinsic, "intrinsic_reward": intrinsic}
        paid = self.reward_weight * extrinsic + self.weight * intrinsic
        if self.model.reward_belief.has_gain:
            info["reward_gain"] = gain
            paid += self.reward_gain_weight * gain
        return observation, paid, terminated, truncated, info

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

        Whoever shares the belief shares this, and must be reset, too.

        Raises:
            ValueError: one line with the file and why it is refused: damaged, or made for other observations, actions,
                features, or another prior, or more than fits in memory. Nothing has changed then, whatever was raised.
        """
        arrays = storage.read_arrays(Path(path))
        try:
            for name, expected in self._spaces().items():
                if name not in arrays:
                    raise ValueError(f"not a belief of a CuriosityReward: it lacks {name}")
                if arrays[name].tolist() != expected.tolist():
                    raise ValueError(f"{name} is {arrays[name].tolist()}, expected {expected.tolist()}")
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
        self._state = None

    @property
    def spec(self) -> EnvSpec | None:
        """How to make this world again; as its rewards depend on all that was learned, a seed does not fix them."""
        spec = super().spec
        if spec is not None:
            spec.nondeterministic = True
        return spec

    def _state_of(self, observation: Any, terminal: bool) -> int:
        if self._is_numbered:
            return observation
        turn = self.model.turn  # threads that share the belief share the numbers
        try:
            del turn.free
        except AttributeError:
            turn = turn.take()
        try:
            return self.states.state_of(observation, terminal)
        finally:
            turn.free = True

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

    def _spaces(self) -> dict[str, np.ndarray]:
        """What a file is known by to belong to this kind of world."""
        observations, actions = self.env.observation_space, self.env.action_space
        return {"observations": np.array([str(observations)]), "actions": np.array([str(actions)])}


def _check_equal(env: gymnasium.Env[Any, Any], other: gymnasium.Env[Any, Any]) -> None:
    for what in ("observation_space", "action_space"):
        got, expected = getattr(env, what), getattr(other, what)
        if got != expected:
            raise ValueError(f"a belief is shared by equal worlds only: {what} is {got}, there it is {expected}")
    if isinstance(env, StateEnv) or isinstance(other, StateEnv):
        raise ValueError("a belief is shared by worlds that speak for themselves: wrap them, not their numbered states")
