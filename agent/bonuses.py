"""Bonuses: what an explorer is paid for taking a pair, as scalar functions of the belief about that pair.

A new bonus is one function and one line in `agent.registry.BONUSES`, or one function anywhere: `my_module:rare`. It is
written in plain Python on floats, and takes any of these by their names; those it does not name are not worked out:

    visits, concentration (total, prior and counts), expected_gain, predicted_gain, entropy        (nats)
    variance, state_visits, empowerment (of its state, nats)
    last_gain, last_surprisal, recent_surprisal, former_surprisal (nats; 0 before the first visit)

The last line is remembered from the first visit on that an agent, or a wrapper, with such a bonus sees: 8 bytes a pair
and column (`agent.belief.history`). Bonuses that depend on a state as a whole are paid anew for all its actions.

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

BY_PLACE = SUMMARY[:5]
"""What a function may also take by place, all of it."""

PLAIN = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Bonus:
    """A bonus of a pair.

    Attributes:
        function: some of `SUMMARY`, by name and in any order, -> bonus; or `BY_PLACE`, all in this order, whatever it
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
        is_in_place = all(name == own or name not in SUMMARY for name, own in zip(names, BY_PLACE, strict=False))
        if len(names) == len(BY_PLACE) and is_in_place:
            return BY_PLACE
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


def _last_gain(visits, expected_gain, last_gain):
    """Bayesian surprise of the latest visit, nats: what was learnt there, for what will be (Storck et al. 1995).

    It falls as 1 / visits, with much noise. A pair never taken pays what is expected of it.
    """
    return last_gain if visits > 0.0 else expected_gain


def _entropy(entropy):
    """Expected surprisal of the next outcome, nats: never runs dry where the world is random (the noisy television)."""
    return entropy


def _last_surprisal(visits, entropy, last_surprisal):
    """Surprisal of the latest outcome, nats: prediction error as a reward (Achiam and Sastry 2017, "Surprise-based").

    As its expectation it never runs dry where the world is random. A pair never taken pays its entropy.
    """
    return last_surprisal if visits > 0.0 else entropy


def _learning_progress(visits, expected_gain, recent_surprisal, former_surprisal):
    """By how much the mean surprisal of the last visits differs from that of more, nats (Baranes and Oudeyer 2013).

    Either way, as a world that changes is one to learn of anew. Where nothing is learnt it falls to the noise of two
    means, of 4 and of 16 visits, which is 0 only in a deterministic world. A pair never taken, and one taken once,
    has no progress to show: it pays what is expected of it.
    """
    return abs(former_surprisal - recent_surprisal) if visits > 1.0 else expected_gain


def _posterior_variance(variance):
    """Posterior variance of the outcomes' probabilities, summed over them: (1 - sum p^2) / (concentration + 1).

    As the reward variance of Sorg, Singh and Lewis (2010) and the noise of Bellemare et al. (2016), for transitions. It
    falls as 1 / visits; a rare outcome counts by its probability, not by what it would teach.
    """
    return variance


def _inverse_count(visits):
    """1 / (visits + 1), the Bayesian exploration bonus (Kolter and Ng 2009)."""
    return 1.0 / (visits + 1.0)


def _inverse_root_count(visits):
    """1 / sqrt(visits + 1), as MBIE-EB (Strehl and Littman 2008)."""
    return 1.0 / math.sqrt(visits + 1.0)


def _knownness(visits, enough: float = 5):
    """1 while a pair was taken less than `enough` times, 1/2 while less than twice as often, and so on.

    R-max's notion of a known pair (Brafman and Tennenholtz 2002) with a threshold that doubles whenever everything is
    known, as one function of a pair: what is least known by this measure is worth a journey, the rest half of it or
    less. It does not look at what the visits showed.

    Args:
        visits: of the pair.
        enough: visits that make a pair known at first, above 0.
    """
    paid, threshold = 1.0, enough
    while visits >= threshold > 0.0 and paid > 1e-9:
        paid *= 0.5
        threshold *= 2.0
    return paid


def _novelty(state_visits):
    """-ln of how often the state was visited, plus one (Xu, Modirshanechi et al. 2021; Gruaz et al. 2024).

    -ln((visits + 1) / (steps + states)) less the part that all states share, which changes no comparison of journeys.
    It is paid on leaving a state, knows nothing of actions, and never ends. Its values are negative and large, so ask
    for a small `tolerance`, which is a share of them.
    """
    return -math.log(state_visits + 1.0)


def _empowerment(empowerment):
    """Capacity of the channel from a state's actions to successors, nats (Klyubin, Polani and Nehaniv 2005).

    Seeks control, not knowledge: it prefers states whose actions are known to lead to different places.
    """
    return empowerment


def _novelty_and_gain(state_visits, expected_gain, weight: float = 0.5):
    """A mix of novelty and expected information gain, nats (Gruaz et al. 2024).

    weight * novelty + (1 - weight) * gain, with novelty as by that name, and its limits.

    Args:
        state_visits: of its state.
        expected_gain: expected information gain, nats.
        weight: of novelty, from 0 to 1.
    """
    return (1.0 - weight) * expected_gain - weight * math.log(state_visits + 1.0)


expected_information_gain = Bonus(_expected_gain)
predicted_information_gain = Bonus(_predicted_gain)
realised_gain = Bonus(_last_gain)
predictive_entropy = Bonus(_entropy)
realised_surprisal = Bonus(_last_surprisal)
learning_progress = Bonus(_learning_progress)
posterior_variance = Bonus(_posterior_variance)
inverse_count = Bonus(_inverse_count)
inverse_root_count = Bonus(_inverse_root_count)
knownness = Bonus(_knownness)
novelty = Bonus(_novelty)
empowerment = Bonus(_empowerment)
novelty_and_gain = Bonus(_novelty_and_gain)
