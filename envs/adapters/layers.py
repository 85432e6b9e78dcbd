"""What lies around a world, Gymnasium's wrappers, and whose code it is that steps and resets.

What is known of a class holds for its own `step` and `reset`: a subclass that replaces one of them, or an object whose
method was replaced, is another world, and must make a claim of its own.
"""

from collections.abc import Callable, Iterator
from typing import Any

import gymnasium
from gymnasium import wrappers

KEEP_DYNAMICS = (
    gymnasium.Wrapper,
    wrappers.HumanRendering,
    wrappers.OrderEnforcing,
    wrappers.PassiveEnvChecker,
    wrappers.RecordEpisodeStatistics,
    wrappers.RecordVideo,
    wrappers.RenderCollection,
    wrappers.TimeLimit,
)
KEEP_OBSERVATIONS = (
    *KEEP_DYNAMICS,
    gymnasium.ActionWrapper,
    gymnasium.RewardWrapper,
    wrappers.NormalizeReward,
    wrappers.RepeatAction,
    wrappers.StickyAction,
)


class UnknownTruthError(ValueError):
    """A world whose process is not known; says why."""


def layers(env: gymnasium.Env[Any, Any]) -> Iterator[gymnasium.Env[Any, Any]]:
    """Give a world's wrappers from the outside inwards, then the world itself."""
    while isinstance(env, gymnasium.Wrapper):
        yield env
        env = env.env
    yield env


def keeps_dynamics(env: gymnasium.Env[Any, Any]) -> bool:
    """Tell whether a world does what its innermost world does.

    Wrappers that are known not to change it are those whose `step` and `reset` are of a class of `KEEP_DYNAMICS`, and
    those that say so: `keeps_dynamics = True`, in the class that defines these methods or in a subclass of it.
    """
    return changing_layer(env) is None


def changing_layer(env: gymnasium.Env[Any, Any]) -> gymnasium.Env[Any, Any] | None:
    """Return the outermost wrapper that might change what the world does, or None."""
    *around, _ = layers(env)
    return next(
        (each for each in around if not does_as_known(each, "keeps_dynamics", KEEP_DYNAMICS.__contains__)), None
    )


def might_change(layer: gymnasium.Env[Any, Any], name: str) -> str:
    """Say why nothing is known of a world, called `name`, inside of a wrapper, and what to do about it."""
    if isinstance(layer, wrappers.DiscretizeObservation | wrappers.DiscretizeAction):
        return f"{name} moves through real numbers: what follows depends on more than their bins"
    kind = type(layer).__name__
    return f"{kind} might change what {name} does; keeps_dynamics = True, in the class {kind}, says that it does not"


def showing(env: gymnasium.Env[Any, Any]) -> Iterator[gymnasium.Env[Any, Any]]:
    """Give the layers that show what a world shows, from the outside inwards.

    The last of them is the world itself, or a wrapper that might show something else than what is inside of it. Those
    that do not are of a class of `KEEP_OBSERVATIONS`, or say `keeps_dynamics = True` as in `keeps_dynamics`.
    """
    for layer in layers(env):
        yield layer
        if not isinstance(layer, gymnasium.Wrapper) or layer.observation_space != layer.env.observation_space:
            return
        if not does_as_known(layer, "keeps_dynamics", KEEP_OBSERVATIONS.__contains__):
            return


def does_as_known(layer: gymnasium.Env[Any, Any], claim: str, is_known: Callable[[type], bool]) -> bool:
    """Tell whether both `step` and `reset` are those of a class that is known, or that makes a claim.

    Args:
        layer: a world or a wrapper.
        claim: name of an attribute, true where the class makes the claim. It speaks for the methods of its
            class and of those above it, not for those of a subclass.
        is_known: tells of a class whether it needs no claim.
    """
    return all(_is_known(layer, method, claim, is_known) for method in ("step", "reset"))


def _is_known(layer: gymnasium.Env[Any, Any], method: str, claim: str, is_known: Callable[[type], bool]) -> bool:
    if claim in vars(layer) or method in vars(layer):
        return vars(layer).get(claim) is True
    for each in type(layer).__mro__:
        if claim in vars(each):
            return vars(each)[claim] is True
        if method in vars(each):
            home = getattr(vars(each)[method], "__globals__", {}).get("__name__")
            return home == each.__module__ and is_known(each)  # no function that was put into the class later
    return False


def place_of(layer: gymnasium.Env[Any, Any], method: str) -> str | None:
    """Return the file and the line in which a method of a world or a wrapper is written; None if it tells none."""
    code = getattr(getattr(layer, method), "__code__", None)
    return None if code is None else f"{code.co_filename}, line {code.co_firstlineno}"


def layer_of(env: gymnasium.Env[Any, Any], kind: type) -> Any:
    """Return the outermost wrapper of a kind, or None."""
    return next((each for each in layers(env) if isinstance(each, kind) and isinstance(each, gymnasium.Wrapper)), None)
