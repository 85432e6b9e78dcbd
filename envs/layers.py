"""What lies around a world: Gymnasium's wrappers, and which of them leave its dynamics as they are."""

from typing import Any

import gymnasium
from gymnasium import wrappers

KEEP_DYNAMICS = (
    wrappers.HumanRendering,
    wrappers.OrderEnforcing,
    wrappers.PassiveEnvChecker,
    wrappers.RecordEpisodeStatistics,
    wrappers.RecordVideo,
    wrappers.RenderCollection,
    wrappers.TimeLimit,
)


def keeps_dynamics(env: gymnasium.Env[Any, Any]) -> bool:
    """Tell whether a world does what its innermost world does.

    Wrappers that are known not to change it are those of `KEEP_DYNAMICS`, and classes with a true attribute
    `keeps_dynamics`.
    """
    while isinstance(env, gymnasium.Wrapper):
        if not isinstance(env, KEEP_DYNAMICS) and not getattr(env, "keeps_dynamics", False):
            return False
        env = env.env
    return True


def layer_of(env: gymnasium.Env[Any, Any], kind: type) -> Any:
    """Return the outermost wrapper of a kind, or None."""
    while isinstance(env, gymnasium.Wrapper):
        if isinstance(env, kind):
            return env
        env = env.env
    return None
