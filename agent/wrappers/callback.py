"""What the worlds of a learner of Stable-Baselines3 were paid, and what was learned of them, in its own logger."""

from dataclasses import asdict

import numpy as np

try:
    from stable_baselines3.common.callbacks import BaseCallback
except ImportError as error:
    raise ImportError(
        "CuriosityCallback needs Stable-Baselines3, which is not installed: pip install 'blackswan-rl[learners]'"
    ) from error

REWARDS = "extrinsic_reward", "intrinsic_reward", "reward_gain"
GROUP = "curiosity/"
"""What the names of all that is logged begin with."""


class CuriosityCallback(BaseCallback):
    """Logs the rewards of worlds in `CuriosityReward`, and the progress of their beliefs, mean over the worlds.

    Under `curiosity/`: `extrinsic_reward` and `intrinsic_reward` (and `reward_gain`, where rewards teach something),
    mean of the steps since the logger last wrote; `pairs_visited`, `information_gain` and
    `expected_missing_information`, nats, as they are at the end of a rollout.

    Raises:
        ValueError: the learner's worlds are not in `CuriosityReward`.
    """

    def _on_training_start(self) -> None:
        self._log_progress()

    def _on_step(self) -> bool:
        for name in REWARDS:
            rewards = [info[name] for info in self.locals["infos"] if name in info]
            if rewards:
                self.logger.record_mean(GROUP + name, float(np.mean(rewards)))
        return True

    def _on_rollout_end(self) -> None:
        self._log_progress()

    def _log_progress(self) -> None:
        try:
            told = [asdict(each) for each in self.training_env.get_attr("progress")]
        except AttributeError:
            raise ValueError(
                "the learner's worlds are not curious: wrap each in agent.CuriosityReward before they are handed over"
            ) from None
        for name in told[0].keys() - {"steps"}:
            self.logger.record(GROUP + name, float(np.mean([each[name] for each in told])))
