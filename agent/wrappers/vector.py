"""Curiosity for vector worlds: one belief learns from all copies of a world, and pays each of them.

Whatever one copy has taught, no other is paid for: together they are paid what there is to learn, once. Within one step
the copies are taken in their order, each against the belief that the ones before have already brought up to date.
"""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv, VectorWrapper
from gymnasium.vector.utils import iterate
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from numpy.typing import NDArray

from ..belief.priors import Prior
from ..belief.rewards.beliefs import RewardBelief
from ..registry import EMPIRICAL
from ..validation import shown
from ..worlds import StateEnv, layer_of
from .belief import REALISED, Bonuses, Bounds, Paid, PayingBelief

Stepped = tuple[Any, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]

FINAL = "final_obs"
"""Where Gymnasium tells how an episode ended, if the next one began in the same step."""
MASK = "reset_mask"
"""Gymnasium's option of a reset: which copies are meant."""


class VectorCuriosityReward(PayingBelief, VectorWrapper):
    """Pays `reward_weight * reward + weight * bonus` to every copy of a world, out of one belief.

    `infos` has both unweighted, `extrinsic_reward` and `intrinsic_reward`, `[num_envs]`, and where rewards teach
    something `reward_gain`; their masks, `_extrinsic_reward` and so on, tell which copies made a transition. All three
    ways of resetting copies are known, by `metadata["autoreset_mode"]`:

    - `NEXT_STEP`: the step that resets a copy is no transition: it pays nothing, and its mask is False.
    - `SAME_STEP`: the last transition of an episode leads to what `infos["final_obs"]` tells, and the rewards that are
      told in `infos` are those of that transition.
    - `DISABLED`: a copy whose episode has ended is reset with `options={"reset_mask": mask}` before it is stepped.

    The belief lives in this process, wherever the copies do. It outlives episodes.

    Attributes:
        model, states, progress: the belief, its numbers, and how far it has come, as of `CuriosityReward`.
        weight, reward_weight, reward_gain_weight: may be changed between steps.
    """

    def __init__(
        self,
        env: VectorEnv[Any, Any, Any],
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
        """Wrap copies of a world of which nothing is known yet; the parameters are those of `CuriosityReward`.

        Raises:
            ValueError: as of `CuriosityReward`; or the copies do not tell how they are reset.
        """
        super().__init__(env)
        mode = env.metadata.get("autoreset_mode")
        if not isinstance(mode, AutoresetMode):
            raise ValueError(
                f"metadata['autoreset_mode'] of {env} is {mode!r}, expected one of gymnasium.vector.AutoresetMode: "
                "without it nobody knows which steps are resets; set it"
            )
        self._mode = mode
        told = (reward_belief, reward_gain_weight, bins, bounds)
        self._believe(_world_of(env), weight, reward_weight, bonus, prior, belief_of, *told)
        self._state: list[int | None] = [None] * env.num_envs  # where episodes are under way
        self._is_over = [False] * env.num_envs  # which copies the next step resets, instead of stepping them

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode in every copy, or in those of `options["reset_mask"]`; pays nothing."""
        self._check_process()
        mask = None if options is None else options.get(MASK)
        observations, infos = self.env.reset(seed=seed, options=options)  # pyright: ignore[reportArgumentType]
        if self._identity is not self.model.identity:
            self._identity = self.model.identity
            self._state[:] = [None] * self.num_envs
        for copy, observation in enumerate(iterate(self.observation_space, observations)):
            if mask is None or mask[copy]:
                self._begin(copy, observation)
        return observations, infos

    def step(self, actions: Any) -> Stepped:
        """Step every copy, learn from what came of it, one copy after the other, and pay each.

        Raises:
            ResetNeeded: no episode is under way in one of them.
            ValueError: the reward of one is not finite, the prior rules an outcome out, a bonus is not finite, or it is
                not told how an episode ended.
        """
        self._check_process()
        self._check_begun()
        observations, rewards, terminations, truncations, infos = self.env.step(actions)
        paid: list[Paid | None] = [None] * self.num_envs
        seen = iterate(self.observation_space, observations), iterate(self.action_space, actions), self._state[:]
        self._state[:], self._is_over[:] = [None] * self.num_envs, [False] * self.num_envs  # should one be refused
        for copy, (observation, action, state) in enumerate(zip(*seen, strict=True)):
            if state is None:  # this step was its reset
                self._begin(copy, observation)
                continue
            terminated, truncated = bool(terminations[copy]), bool(truncations[copy])
            is_over = terminated or truncated
            is_reset = is_over and self._mode is AutoresetMode.SAME_STEP
            led_to = _end_of(copy, infos) if is_reset else observation
            paid[copy] = made = self._paid(state, action, rewards[copy], led_to, terminated, truncated)
            if is_reset:
                self._begin(copy, observation)
            elif not is_over:
                self._state[copy] = made.next_state
            else:
                self._is_over[copy] = self._mode is AutoresetMode.NEXT_STEP
        total, told = self._told(paid, rewards)
        return observations, total, terminations, truncations, {**infos, **told}

    def _check_begun(self) -> None:
        is_new = self._identity is not self.model.identity  # restored: observations are numbered anew
        states = enumerate(zip(self._state, self._is_over, strict=True))
        missing = [copy for copy, (state, is_over) in states if is_new or (state is None and not is_over)]
        if missing:
            raise gymnasium.error.ResetNeeded(
                f"no episode is under way in {shown(missing)} of the {self.num_envs} copies: call reset() before step()"
                ", where nothing resets a copy that has ended with options={'reset_mask': mask}"
            )

    def _begin(self, copy: int, observation: Any) -> None:
        self._state[copy] = state = self.state_of(observation)
        self._is_over[copy] = False
        self.model.begin(state)

    def _told(self, paid: Sequence[Paid | None], rewards: Any) -> tuple[NDArray[np.float64], dict[str, Any]]:
        """Return what all copies are paid, and what is told of it; nothing where there was no transition."""
        made = np.array([each is not None for each in paid])
        columns = {
            "extrinsic_reward": [0.0 if each is None else float(rewards[copy]) for copy, each in enumerate(paid)],
            "intrinsic_reward": [0.0 if each is None else each.intrinsic for each in paid],
        }
        if self.model.reward_belief.has_gain:
            columns["reward_gain"] = [0.0 if each is None else each.gain for each in paid]
        told = {name: np.array(column) for name, column in columns.items()}
        masks = {f"_{name}": made.copy() for name in columns}
        return np.array([0.0 if each is None else each.reward for each in paid]), {**told, **masks}


class Told(gymnasium.Env[Any, Any]):
    """What is known of a world whose copies are out of reach: its spaces."""

    def __init__(self, env: VectorEnv[Any, Any, Any]) -> None:
        self.observation_space, self.action_space = env.single_observation_space, env.single_action_space
        self.spec = env.spec


def _world_of(env: VectorEnv[Any, Any, Any]) -> gymnasium.Env[Any, Any]:
    """Return a world that tells what the copies are, as far as they are in reach; it is never stepped.

    Raises:
        ValueError: each copy has state numbers of its own.
    """
    inner: Any = env
    while type(inner) is RecordEpisodeStatistics:
        inner = inner.env
    world = (
        inner.envs[0] if type(inner) is SyncVectorEnv else inner.env_fns[0]() if type(inner) is AsyncVectorEnv else None
    )
    if world is None or (world.observation_space, world.action_space) != (
        env.single_observation_space,
        env.single_action_space,
    ):
        return Told(env)
    if layer_of(world, StateEnv) is not None:
        raise ValueError("a belief is shared by worlds that speak for themselves: wrap them, not their numbered states")
    return world


def _end_of(copy: int, infos: dict[str, Any]) -> Any:
    """Return the last observation of an episode that ended in a step in which the next one began."""
    ends = infos.get(FINAL)
    if ends is None or ends[copy] is None:
        raise ValueError(
            f"copy {copy} has ended and was reset in the same step, and infos[{FINAL!r}] does not tell how"
        )
    return ends[copy]
