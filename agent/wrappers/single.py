"""Curiosity for learners of any kind: a Gymnasium wrapper that pays what a transition taught, in nats.

What is paid, and why, is in `agent.wrappers.belief`.
"""

from collections.abc import Sequence
from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils import RecordConstructorArgs

from ..belief.priors import Prior
from ..belief.rewards.beliefs import RewardBelief
from ..registry import EMPIRICAL
from .belief import REALISED, Bonuses, Bounds, PayingBelief


class CuriosityReward(PayingBelief, gymnasium.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Pays `reward_weight * reward + weight * bonus`; the belief outlives episodes.

    `info` has both unweighted after every step: `extrinsic_reward`, the world's own, and `intrinsic_reward`, the bonus,
    nats (the counts among the bonuses have no unit). Under a belief by which rewards teach something, what this one
    taught is paid as well, with `reward_gain_weight`, and `info` has it as `reward_gain`, nats; or what it was expected
    to teach, where the bonus is promised. A reset pays nothing.

    Attributes:
        model: the belief. It can be asked about an observation by its number, `state_of(observation)`. The truth, where
            known, is `envs.true_mdp(wrapper.env)`.
        states: numbers observations and actions as `model` does, those in bins if there are bins.
        progress: steps, pairs visited, information gained and expected to be missing.
        weight, reward_weight, reward_gain_weight: may be changed between steps, for example to let curiosity fade.
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        weight: float = 1.0,
        reward_weight: float = 1.0,
        bonus: Bonuses = REALISED,
        prior: str | Prior = "empirical-bayes",
        belief_of: PayingBelief | None = None,
        reward_belief: str | RewardBelief = EMPIRICAL,
        reward_gain_weight: float | None = None,
        bins: int | Sequence[int] | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        """Wrap a world of which nothing is known yet.

        Args:
            env: a world whose observations and actions can be numbered, see `envs.as_states`; or a world of real
                observations, with `bins`.
            weight: of the bonus.
            reward_weight: of the world's own reward; 0 leaves curiosity alone.
            bonus: `bayesian-surprise`, realised by each transition; or a bonus as for `agent.make_agent`, promised by
                each pair before its outcome is learned.
            prior: as for `agent.make_agent`.
            belief_of: share the belief of this wrapper of an equal world in the same process, whose prior, bins and
                belief about rewards then count; each wrapper may be stepped by a thread of its own.
            reward_belief: as for `agent.make_agent`; by the default rewards teach nothing.
            reward_gain_weight: weight of what they teach; None: `weight`, as a nat is a nat.
            bins: the belief counts real observations, and actions, in so many bins of each number, see `envs.binned`;
                whoever learns to act sees them as they are.
            bounds: the ranges that are divided, such as `-2.4:2.4,-4:4`; None: the world's own.

        Raises:
            ValueError: observations or actions that cannot be numbered, a weight that is not finite, an unknown name,
                bins or bounds that do not fit, a belief about a world of other observations or actions, or one of
                another process.
        """
        told = {
            "reward_belief": reward_belief,
            "reward_gain_weight": reward_gain_weight,
            "bins": bins,
            "bounds": bounds,
        }
        RecordConstructorArgs.__init__(
            self, weight=weight, reward_weight=reward_weight, bonus=bonus, prior=prior, **told
        )
        gymnasium.Wrapper.__init__(self, env)
        self._believe(env, weight, reward_weight, bonus, prior, belief_of, **told)
        self._state: int | None = None  # where an episode is under way

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode: teaches where episodes start, and pays nothing."""
        self._check_process()
        observation, info = self.env.reset(seed=seed, options=options)
        self._identity = self.model.identity
        self._state = state = self.state_of(observation)
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
        terminated, truncated = bool(terminated), bool(truncated)
        self._state = None  # if what came of it is refused, nothing is known of where the episode stands
        paid = self._paid(state, action, reward, observation, terminated, truncated)
        self._state = None if terminated or truncated else paid.next_state
        info = {**info, "extrinsic_reward": float(reward), "intrinsic_reward": paid.intrinsic}
        if self.model.reward_belief.has_gain:
            info["reward_gain"] = paid.gain
        return observation, paid.reward, terminated, truncated, info

    @property
    def spec(self) -> EnvSpec | None:
        """How to make this world again; as its rewards depend on all that was learned, a seed does not fix them."""
        spec = super().spec
        if spec is not None:
            spec.nondeterministic = True
        return spec
