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

from .belief import updates
from .belief.tables import TERMINAL
from .compilation.compiled import call_scalar, compiled, part, scalar_handle
from .compilation.handles import handle
from .compilation.records import Record, record
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
    edges, num_outcomes, is_local = known.edges, known.numbers.num_outcomes, known.numbers.has_local != 0
    size = known.pairs.visits[pair] + known.numbers.concentration
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


@record
class PayoffTerms(Record):
    """What pairs pay, `curiosity_weight * bonus + reward_weight * mean reward`, and how far it was worked out."""

    bonus_handle: int  # `scalar_handle` of the bonus
    needs_predicted_gain: int  # whether the bonus does, 0 or 1
    needs_entropy: int  # likewise
    num_states: int  # known states whose payoffs were worked out
    num_steps: int  # of the belief that they were worked out for
    revision: int  # likewise; -1: none were
    curiosity_weight: float
    reward_weight: float
    unvisited_payoff: float  # of a pair of which nothing is known


class Payoffs(NamedTuple):
    """The terms on their way into compiled code."""

    terms: PayoffTerms


def payoffs(bonus: Bonus, curiosity_weight: float = 1.0, reward_weight: float = 0.0) -> Payoffs:
    """Return payoffs of which nothing was worked out yet.

    Raises:
        ValueError: no bonus, one that cannot be compiled, or a weight that is not finite.
    """
    if not isinstance(bonus, Bonus):
        raise ValueError(f"bonus must be an agent.bonuses.Bonus, got {bonus!r}")
    check_weights(curiosity_weight=curiosity_weight, reward_weight=reward_weight)
    taken = taken_by(bonus.function)
    settings = tuple(sorted(_settings(bonus.function).items()))
    terms = PayoffTerms(
        bonus_handle=scalar_handle(_plain(bonus.function), SUMMARY, taken, settings),
        needs_predicted_gain="predicted_gain" in taken,
        needs_entropy="entropy" in taken,
        revision=-1,
        curiosity_weight=curiosity_weight,
        reward_weight=reward_weight,
    )
    return Payoffs(terms)


def check_weights(**weights: float) -> None:
    """Refuse weights that are not finite numbers.

    Raises:
        ValueError: one of them is not; it is named.
    """
    for name, weight in weights.items():
        if not is_finite_number(weight):
            raise ValueError(f"{name} must be finite, got {weight!r}; expected a number")


@part
def payoff(known, terms, pair, expected_gain):
    """What a pair pays whose expected gain is known."""
    visits = known.pairs.visits[pair]
    bonus = call_scalar(
        terms.bonus_handle,
        (
            float(visits),
            visits + known.numbers.concentration,
            expected_gain,
            updates.predicted_information_gain(known, pair) if terms.needs_predicted_gain else 0.0,
            entropy(known, pair) if terms.needs_entropy else 0.0,
        ),
    )
    if terms.reward_weight == 0.0 or not known.numbers.has_rewards or visits == 0:
        return terms.curiosity_weight * bonus
    return terms.curiosity_weight * bonus + terms.reward_weight * known.pairs.reward_sum[pair] / visits


@part
def pay(known, terms):
    """Bring `pairs.payoff` up to date with the belief, all of it after a refit; return that of a pair never taken.

    The answer is nan, and nothing counts as brought up to date, where any payoff is not finite or is too large.
    """
    states, pairs, numbers = known.states, known.pairs, known.numbers
    num_actions, num_new = numbers.num_actions, numbers.num_steps - terms.num_steps
    first = terms.num_states
    if terms.revision != numbers.revision or not 0 <= num_new <= 1:
        first = num_new = 0
        terms.unvisited_payoff = unvisited_payoff(known, terms)
    is_payable = abs(terms.unvisited_payoff) <= LARGEST_PAID  # not so if it is nan
    for k in range(first, numbers.num_known_states):
        state = states.order[k]
        if states.kind[state] != TERMINAL:
            for pair in range(state * num_actions, (state + 1) * num_actions):
                is_new = pairs.first_out[pair] == 0
                gain = 0.0 if is_new else updates.expected_gain(known, pair)
                pairs.payoff[pair] = terms.unvisited_payoff if is_new else payoff(known, terms, pair, gain)
                is_payable = is_payable and abs(pairs.payoff[pair]) <= LARGEST_PAID
    if num_new == 1:
        pair, gain = numbers.last_pair, numbers.next_expected_gain
        pairs.payoff[pair] = payoff(known, terms, pair, gain)
        is_payable = is_payable and abs(pairs.payoff[pair]) <= LARGEST_PAID
    if not is_payable:
        return math.nan
    terms.revision = numbers.revision
    terms.num_states, terms.num_steps = numbers.num_known_states, numbers.num_steps
    return terms.unvisited_payoff


@part
def unvisited_payoff(known, terms):
    """Payoff of a pair of which nothing is known, as all pairs of a state never seen."""
    concentration, num_outcomes = known.numbers.concentration, known.numbers.num_outcomes
    anywhere = concentration / num_outcomes
    others = concentration - anywhere
    bonus = call_scalar(
        terms.bonus_handle,
        (
            0.0,
            concentration,
            excess_drop(anywhere, others),
            predicted_gain(anywhere, others) if terms.needs_predicted_gain else 0.0,
            math.log(num_outcomes) if terms.needs_entropy else 0.0,
        ),
    )
    return terms.curiosity_weight * bonus


_payoffs_at = handle(Payoffs)


@compiled
def pay_all(belief_address, payoffs_address):
    """Bring `pairs.payoff` up to date, called from Python with what was packed."""
    return pay(updates.belief_at(belief_address), _payoffs_at(payoffs_address, 0, 0).terms)


@compiled
def promised(belief_address, payoffs_address, state, action):
    """What a pair pays under this belief, called from Python with what was packed; nan where there is no such pair."""
    known = updates.belief_at(belief_address)
    num_actions = known.numbers.num_actions
    if min(state, action) < 0 or state >= known.numbers.state_room or action >= num_actions:
        return math.nan  # handles check no bounds
    terms, pair = _payoffs_at(payoffs_address, 0, 0).terms, state * num_actions + action
    return payoff(known, terms, pair, updates.expected_gain(known, pair))


def fault(model: "WorldModel", bonus: Bonus, terms: PayoffTerms) -> str:
    """Say what is wrong with a payoff that is not finite or too large: after `pay` has answered nan.

    Args:
        model: the belief.
        bonus: what is paid.
        terms: by which.
    """
    num_actions = model.num_actions
    live = [int(state) for state in model.known_states() if model.states.kind[state] != TERMINAL]
    pairs = (state * num_actions + action for state in live for action in range(num_actions))
    pair = next((pair for pair in pairs if not abs(model.pairs.payoff[pair]) <= LARGEST_PAID), None)
    if pair is None or not abs(terms.unvisited_payoff) <= LARGEST_PAID:
        paid, where, visits = terms.unvisited_payoff, "a pair of 0 visits", 0
    else:
        state, action = divmod(pair, num_actions)
        paid, visits = float(model.pairs.payoff[pair]), int(model.pairs.visits[pair])
        where = f"action {action} in state {state}, of {visits} visits,"
    what = f"curiosity_weight {terms.curiosity_weight:g} times the bonus {bonus.name}"
    if visits and terms.reward_weight:
        what += f", reward_weight {terms.reward_weight:g} times the mean reward"
    return f"what is paid must be finite, and at most {LARGEST_PAID:g}, up or down; {where} pays {paid:g}: {what}"
