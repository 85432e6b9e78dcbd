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
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .belief import updates
from .belief.tables import TERMINAL
from .compilation.compiled import call_scalar, compiled, part, scalar_handle
from .compilation.handles import handle
from .information.special import excess_drop, predicted_gain
from .parts import BONUS, Kind, chosen
from .registry import nearest
from .validation import LARGEST_PAID, is_finite_number, shown

if TYPE_CHECKING:
    from .belief.world_model import WorldModel

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
        return getattr(_plain(self.function), "__name__", repr(self.function))


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
    plain = _plain(function)
    if not inspect.isfunction(plain):
        expected = f"a function (def, lambda) of any of {', '.join(SUMMARY)}"
        raise ValueError(f"a bonus must be {expected}, got {shown(function)}")
    parameters = inspect.signature(plain, follow_wrapped=False).parameters
    settings = _settings(function)
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


def _plain(function: Any) -> Any:
    return function.func if isinstance(function, partial) and not function.args else function


def _settings(function: Callable[..., float]) -> dict[str, Any]:
    """The parameters of a function's own, and their numbers."""
    parameters = inspect.signature(_plain(function), follow_wrapped=False).parameters
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


@part
def entropy(known, pair):
    """Entropy of a pair's prediction, nats."""
    edges, num_outcomes, is_local = known.edges, known.counts[updates.OUTCOMES], known.counts[updates.HAS_LOCAL] != 0
    size = known.pairs.visits[pair] + known.sums[updates.CONCENTRATION]
    anywhere = updates.free_concentration(known, pair) / num_outcomes
    total = 0.0
    seen = 0
    link = known.pairs.first_out[pair]
    while link > 0:
        edge = link - 1
        p = (edges.count[edge] + anywhere + (edges.local[edge] if is_local else 0.0)) / size
        total -= p * math.log(p)
        seen += 1
        link = edges.next_out[edge]
    if anywhere > 0.0:
        total -= (num_outcomes - seen) * (anywhere / size) * math.log(anywhere / size)
    return total


# indices into the `flags` of what is paid: the first three describe the bonus, the others what was brought up to date
HANDLE, NEEDS_PREDICTED_GAIN, NEEDS_ENTROPY, PAID_STATES, PAID_STEPS, PAID_REVISION = range(6)
# indices into its `rates`: two weights, and the payoff of a pair that was never taken
CURIOSITY, REWARD, UNVISITED = range(3)


class Wage(NamedTuple):
    """What pairs pay, `curiosity_weight * bonus + reward_weight * mean reward`, and how far it was worked out."""

    flags: NDArray[np.int64]
    rates: NDArray[np.float64]


def wage(bonus: Bonus, curiosity_weight: float = 1.0, reward_weight: float = 0.0) -> Wage:
    """Return a wage of which nothing was worked out yet.

    Raises:
        ValueError: no bonus, one that cannot be compiled, or a weight that is not finite.
    """
    if not isinstance(bonus, Bonus):
        raise ValueError(f"bonus must be an agent.bonuses.Bonus, got {bonus!r}")
    check_weights(curiosity_weight=curiosity_weight, reward_weight=reward_weight)
    taken = taken_by(bonus.function)
    address = scalar_handle(_plain(bonus.function), SUMMARY, taken, tuple(sorted(_settings(bonus.function).items())))
    described = address, "predicted_gain" in taken, "entropy" in taken
    return Wage(
        np.array([*described, 0, 0, -1], dtype=np.int64), np.array([curiosity_weight, reward_weight, 0.0], dtype=float)
    )


def check_weights(**weights: float) -> None:
    """Refuse weights that are no finite numbers.

    Raises:
        ValueError: one of them is not; it is named.
    """
    for name, weight in weights.items():
        if not is_finite_number(weight):
            raise ValueError(f"{name} must be finite, got {weight!r}; expected a number")


@part
def payoff(known, flags, rates, pair, expected_gain):
    """What a pair pays whose expected gain is known."""
    visits = known.pairs.visits[pair]
    bonus = call_scalar(
        flags[HANDLE],
        (
            float(visits),
            visits + known.sums[updates.CONCENTRATION],
            expected_gain,
            updates.predicted_information_gain(known, pair) if flags[NEEDS_PREDICTED_GAIN] else 0.0,
            entropy(known, pair) if flags[NEEDS_ENTROPY] else 0.0,
        ),
    )
    if rates[REWARD] == 0.0 or not known.counts[updates.HAS_REWARDS] or visits == 0:
        return rates[CURIOSITY] * bonus
    return rates[CURIOSITY] * bonus + rates[REWARD] * known.pairs.reward_sum[pair] / visits


@part
def pay(known, flags, rates):
    """Bring `pairs.payoff` up to date with the belief, all of it after a refit; return that of a pair never taken.

    The answer is nan, and nothing counts as brought up to date, where any payoff is not finite or is too large.
    """
    states, pairs, counts = known.states, known.pairs, known.counts
    num_actions, num_new = counts[updates.ACTIONS], counts[updates.STEPS] - flags[PAID_STEPS]
    first = flags[PAID_STATES]
    if flags[PAID_REVISION] != counts[updates.REVISION] or not 0 <= num_new <= 1:
        first = num_new = 0
        rates[UNVISITED] = unvisited_payoff(known, flags, rates)
    is_payable = abs(rates[UNVISITED]) <= LARGEST_PAID  # not so if it is nan
    for k in range(first, counts[updates.STATES]):
        state = states.order[k]
        if states.kind[state] != TERMINAL:
            for pair in range(state * num_actions, (state + 1) * num_actions):
                is_new = pairs.first_out[pair] == 0
                gain = 0.0 if is_new else updates.expected_gain(known, pair)
                pairs.payoff[pair] = rates[UNVISITED] if is_new else payoff(known, flags, rates, pair, gain)
                is_payable = is_payable and abs(pairs.payoff[pair]) <= LARGEST_PAID
    if num_new == 1:
        pair, gain = counts[updates.LAST_PAIR], known.sums[updates.NEXT_EXPECTED]
        pairs.payoff[pair] = payoff(known, flags, rates, pair, gain)
        is_payable = is_payable and abs(pairs.payoff[pair]) <= LARGEST_PAID
    if not is_payable:
        return math.nan
    flags[PAID_REVISION] = counts[updates.REVISION]
    flags[PAID_STATES], flags[PAID_STEPS] = counts[updates.STATES], counts[updates.STEPS]
    return rates[UNVISITED]


@part
def unvisited_payoff(known, flags, rates):
    """Payoff of a pair of which nothing is known, as all pairs of a state never seen."""
    concentration, num_outcomes = known.sums[updates.CONCENTRATION], known.counts[updates.OUTCOMES]
    anywhere = concentration / num_outcomes
    others = concentration - anywhere
    bonus = call_scalar(
        flags[HANDLE],
        (
            0.0,
            concentration,
            excess_drop(anywhere, others),
            predicted_gain(anywhere, others) if flags[NEEDS_PREDICTED_GAIN] else 0.0,
            math.log(num_outcomes) if flags[NEEDS_ENTROPY] else 0.0,
        ),
    )
    return rates[CURIOSITY] * bonus


_wage_at = handle(Wage)


@compiled
def pay_all(belief_address, wage_address):
    """Bring `pairs.payoff` up to date, called from Python with what was packed."""
    due = _wage_at(wage_address, 0, 0)
    return pay(updates.belief_at(belief_address), due.flags, due.rates)


@compiled
def promised(belief_address, wage_address, state, action):
    """What a pair pays as the belief is, called from Python with what was packed; nan where there is no such pair."""
    known = updates.belief_at(belief_address)
    num_actions = known.counts[updates.ACTIONS]
    if min(state, action) < 0 or state >= known.counts[updates.STATE_ROOM] or action >= num_actions:
        return math.nan  # handles check no bounds
    due, pair = _wage_at(wage_address, 0, 0), state * num_actions + action
    return payoff(known, due.flags, due.rates, pair, updates.expected_gain(known, pair))


def fault(model: "WorldModel", bonus: Bonus, rates: NDArray[np.float64]) -> str:
    """Say of what does not pay what is wrong with it: after `pay` has answered nan.

    Args:
        model: the belief.
        bonus: what is paid.
        rates: of its wage.
    """
    num_actions = model.num_actions
    live = [int(state) for state in model.known_states() if model.states.kind[state] != TERMINAL]
    pairs = (state * num_actions + action for state in live for action in range(num_actions))
    pair = next((pair for pair in pairs if not abs(model.pairs.payoff[pair]) <= LARGEST_PAID), None)
    if pair is None or not abs(rates[UNVISITED]) <= LARGEST_PAID:
        paid, where, visits = float(rates[UNVISITED]), "a pair of 0 visits", 0
    else:
        state, action = divmod(pair, num_actions)
        paid, visits = float(model.pairs.payoff[pair]), int(model.pairs.visits[pair])
        where = f"action {action} in state {state}, of {visits} visits,"
    what = f"curiosity_weight {rates[CURIOSITY]:g} times the bonus {bonus.name}"
    if visits and rates[REWARD]:
        what += f", reward_weight {rates[REWARD]:g} times the mean reward"
    return f"what is paid must be finite, and at most {LARGEST_PAID:g}, up or down; {where} pays {paid:g}: {what}"
