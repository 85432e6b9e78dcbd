"""What features, contexts and actions of a world are called, where it says so.

A world or a wrapper may have `feature_names`, `context_names` and `action_names`, a text each, and `value_names`, what
the values 0, 1, ... of a feature or context are called. Texts that cannot be printed are passed over, and so are the
first three where they are not as many as there are features, contexts or actions, or two of them are alike (a context
and a feature, too); a value without one has its number.
Coordinates of maps are row and column, entries of a `Dict` have their keys, and the actions of MiniGrid the names of
its enumeration. Gymnasium's own worlds are named here. Names that are too long to be shown anywhere are shortened here.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import IntEnum
from typing import Any

import gymnasium
from gymnasium.wrappers import DiscretizeObservation

from .binning import Bounded
from .layers import layers, showing
from .told_features import tells

Names = tuple[str, ...]
LONGEST = 60
"""Characters of a name."""

COMPASS = {"FrozenLakeEnv": "left down right up", "CliffWalkingEnv": "up right down left"}
GYMNASIUM = {
    **{kind: {"action_names": tuple(names.split())} for kind, names in COMPASS.items()},
    "TaxiEnv": {
        "action_names": ("south", "north", "east", "west", "pick up", "drop off"),
        "feature_names": ("row", "column", "passenger", "destination"),
        "value_names": {
            "passenger": ("at red", "at green", "at yellow", "at blue", "aboard"),
            "destination": ("red", "green", "yellow", "blue"),
        },
    },
    "BlackjackEnv": {"action_names": ("stick", "hit")},
    "MountainCarEnv": {
        "action_names": ("push left", "no push", "push right"),
        "feature_names": ("position", "velocity"),
    },
    "CartPoleEnv": {
        "action_names": ("push left", "push right"),
        "feature_names": ("position", "velocity", "angle", "angular velocity"),
    },
}
"""What Gymnasium's own worlds call theirs, by class: it is told in their documentation alone."""


class Named(gymnasium.Wrapper[Any, Any, Any, Any]):
    """The part of `envs.StateEnv` that gives names."""

    num_actions: int
    num_features: Any
    num_contexts: Any
    _coordinates: Any

    @property
    def feature_names(self) -> Names:
        """What the features are called; x0, x1, ... where the world does not say."""
        return _shortened(self._whole_feature_names)

    @property
    def _whole_feature_names(self) -> Names:
        number = self.num_features
        names = declared(self.env, "features", "feature_names", number) or getattr(self._coordinates, "names", ())
        *_, shown = showing(self.env)
        if isinstance(shown, DiscretizeObservation):  # into bins of the same numbers
            inner = shown.env.env if isinstance(shown.env, Bounded) else shown.env
            names = names or declared(inner, "features", "feature_names", number)
        return tuple(name or f"x{i}" for i, name in enumerate(names or ("",) * number))

    @property
    def value_names(self) -> dict[str, Names]:
        """What the values 0, 1, ... of features and contexts are called, by name: of those where the world says so."""
        found: dict[str, Names] = {}
        for layer in showing(self.env):
            given = _told_by(layer, "value_names", {})
            whole_names = (*self._whole_feature_names, *self._whole_context_names)
            for feature, whole in zip(_shortened(whole_names), whole_names, strict=True):
                with suppress(Exception, SystemExit):  # of whatever somebody else's world has by this name
                    if feature not in found and _are_names(given[whole]):
                        found[feature] = _shortened(given[whole])
            if found or tells(layer, "features"):
                break
        return found

    @property
    def context_names(self) -> Names:
        """What the numbers of a context are called; c0, c1, ... where the world does not say."""
        return _shortened(self._whole_context_names)

    @property
    def _whole_context_names(self) -> Names:
        number = self.num_contexts
        names = declared(self.env, "context", "context_names", number)
        is_own = names and not set(names) & set(self._whole_feature_names)
        return names if is_own else tuple(f"c{i}" for i in range(number))

    @property
    def action_names(self) -> Names:
        """What the actions are called; nothing where the world does not say."""
        for layer in _acting(self.env):
            if names := _names_in(layer, "action_names", self.num_actions):
                return _shortened(names)
            with suppress(Exception, SystemExit):  # of whatever somebody else's world has by this name
                actions = layer.actions  # pyright: ignore[reportAttributeAccessIssue]
                if issubclass(actions, IntEnum) and len(actions) == self.num_actions:
                    return tuple(actions(action).name for action in range(self.num_actions))
        return ()


def _shortened(names: Iterable[str]) -> Names:
    """Leave out the middle of long names: their ends are kept, which tell them apart."""
    keep = LONGEST // 2
    return tuple(name if len(name) <= LONGEST else f"{name[:keep]}…{name[1 - keep :]}" for name in names)


def declared(env: gymnasium.Env[Any, Any], method: str, attribute: str, number: int | None = None) -> Names:
    """Return the names that come with a method of a world, or with what it shows; nothing where it has none.

    Args:
        env: the world.
        method: which layers inside of one that has it are not asked.
        attribute: what holds the names.
        number: how many there must be; None: any number.
    """
    for layer in showing(env):
        if (names := _names_in(layer, attribute, number)) or tells(layer, method):
            return names
    return ()


def _names_in(layer: gymnasium.Env[Any, Any], attribute: str, number: int | None) -> Names:
    with suppress(Exception, SystemExit):  # as above
        given = _told_by(layer, attribute, ())
        if _are_names(given) and len(set(given)) == len(given):
            return tuple(given) if number in (None, len(given)) else ()
    return ()


def _told_by(layer: gymnasium.Env[Any, Any], attribute: str, nothing: Any) -> Any:
    """Return what a layer has by a name, or what is known of it here."""
    with suppress(Exception, SystemExit):
        known = GYMNASIUM.get(type(layer).__name__, {}) if type(layer).__module__.startswith("gymnasium.") else {}
        return getattr(layer, attribute, known.get(attribute, nothing))
    return nothing


def _are_names(given: Any) -> bool:
    return isinstance(given, tuple | list) and all(
        isinstance(name, str) and name and name.isprintable() for name in given
    )


def _acting(env: gymnasium.Env[Any, Any]) -> Iterator[gymnasium.Env[Any, Any]]:
    """Give the layers whose actions are those of a world, from the outside inwards."""
    for layer in layers(env):
        yield layer
        is_changed = isinstance(layer, gymnasium.ActionWrapper)
        if is_changed or (isinstance(layer, gymnasium.Wrapper) and layer.action_space != layer.env.action_space):
            return
