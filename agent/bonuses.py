"""Bonuses: what an explorer is paid for taking a pair, as scalar functions of the belief about that pair.

A new bonus is one function and one line in `agent.registry.BONUSES`, or one function anywhere: `my_module:rare`. It is
written in plain Python on floats, and takes any of these by their names; those it does not name are not worked out:

    visits, concentration (total, prior and counts), expected_gain, predicted_gain, entropy        (nats)

Parameters of other names are its own: numbers that have a default, set behind a colon, `my_module:rare:power=2`.
"""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from .parts import BONUS, Kind, chosen
from .validation import nearest, shown

SUMMARY = tuple(BONUS.given)
"""What a bonus may depend on, in the order in which compiled code hands it over."""

PLAIN = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Bonus:
    """A bonus of a pair.

    Attributes:
        function: some of `SUMMARY`, by name and in any order, -> bonus; or all of them, in this order, whatever it
            calls them. Parameters of its own come behind them, with numbers as defaults; `functools.partial` sets them.

    Raises:
        ValueError: a function that takes anything else.
    """

    function: Callable[..., float]

    def __post_init__(self) -> None:
        """Check the function's arguments."""
        taken_by(self.function)

    @property
    def name(self) -> str:
        """What errors call it."""
        return getattr(without_settings(self.function), "__name__", repr(self.function))


def make_bonus(bonus: Any, kind: Kind = BONUS) -> Bonus:
    """Return a bonus as it is written (`agent.parts`): count, my_module:rare, my_module:rare:power=2.

    Args:
        bonus: how it is written; or a `Bonus`, or a function.
        kind: whose table knows the names.

    Raises:
        ValueError: an unknown name, a parameter that it does not have or of another type, or no bonus.
    """
    if isinstance(bonus, str):
        found = chosen(kind, bonus)
        if not found.settings and isinstance(found.factory, Bonus):
            return found.factory
        bonus = getattr(found.factory, "function", found.factory)
        bonus = partial(bonus, **found.settings) if found.settings else bonus
    if not (isinstance(bonus, Bonus | partial) or inspect.isfunction(bonus)):
        raise ValueError(f"bonus must be the name of one, a function or an agent.bonuses.Bonus, got {shown(bonus)}")
    return bonus if isinstance(bonus, Bonus) else Bonus(bonus)


def taken_by(function: Callable[..., float]) -> tuple[str, ...]:
    """Return what of `SUMMARY` a function takes, argument by argument.

    Raises:
        ValueError: it takes anything else, or is no function.
    """
    plain = without_settings(function)
    if not inspect.isfunction(plain):
        expected = f"a function (def, lambda) of any of {', '.join(SUMMARY)}"
        raise ValueError(f"a bonus must be {expected}, got {shown(function)}")
    parameters = inspect.signature(plain, follow_wrapped=False).parameters
    settings = settings_of(function)
    names = tuple(name for name in parameters if name not in settings)
    are_numbers = all(isinstance(value, int | float) for value in settings.values())
    by_name = {name for name, each in parameters.items() if name in settings and each.kind is each.KEYWORD_ONLY}
    if are_numbers and all(each.kind in PLAIN or name in by_name for name, each in parameters.items()):
        if set(names) <= set(SUMMARY):
            return names
        is_in_place = all(name == own or name not in SUMMARY for name, own in zip(names, SUMMARY, strict=False))
        if len(names) == len(SUMMARY) and is_in_place:
            return SUMMARY
    unknown = next((name for name in names if name not in SUMMARY), "")
    raise ValueError(
        f"a bonus must be a function of any of {', '.join(SUMMARY)}, by these names, and of numbers with defaults; "
        f"{plain.__name__} takes ({', '.join(map(str, parameters.values()))}).{nearest(unknown, SUMMARY)}"
    )


def without_settings(function: Any) -> Any:
    """Return a function without what `functools.partial` has set."""
    return function.func if isinstance(function, partial) and not function.args else function


def settings_of(function: Callable[..., float]) -> dict[str, Any]:
    """Return the parameters of a function's own, and their numbers."""
    parameters = inspect.signature(without_settings(function), follow_wrapped=False).parameters
    own = {name: each.default for name, each in parameters.items() if name not in SUMMARY}
    set_to = own | (function.keywords if isinstance(function, partial) else {})
    return {name: value for name, value in set_to.items() if value is not inspect.Parameter.empty}


def _expected_gain(expected_gain):
    """Mutual information of the next outcome and the model, nats (Sun, Gomez and Schmidhuber 2011)."""
    return expected_gain


def _predicted_gain(predicted_gain):
    """Mutual information of the next two outcomes, nats (Little and Sommer 2013)."""
    return predicted_gain


def _entropy(entropy):
    """Expected surprisal of the next outcome, nats: never runs dry where the world is random (the noisy television)."""
    return entropy


def _inverse_count(visits):
    """1 / (visits + 1), the Bayesian exploration bonus (Kolter and Ng 2009)."""
    return 1.0 / (visits + 1.0)


def _inverse_root_count(visits):
    """1 / sqrt(visits + 1), as MBIE-EB (Strehl and Littman 2008)."""
    return 1.0 / math.sqrt(visits + 1.0)


expected_information_gain = Bonus(_expected_gain)
predicted_information_gain = Bonus(_predicted_gain)
predictive_entropy = Bonus(_entropy)
inverse_count = Bonus(_inverse_count)
inverse_root_count = Bonus(_inverse_root_count)
