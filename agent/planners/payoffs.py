"""What pairs pay a planner, kept up to date.

    curiosity_weight * bonus + reward_gain_weight * expected gain of the reward + reward_weight * mean reward

The last two are those of the belief about rewards (`agent.belief.rewards`): what the next reward is expected to teach,
nats, and its posterior mean. By the empirical belief rewards teach nothing, and pairs never taken are paid nothing. By
the others these pay the prior's mean. What transitions and rewards teach is independent, so with equal weights and
information gain as bonus both together are what one more step is expected to teach of the world.
"""

import math
from typing import TYPE_CHECKING, NamedTuple

from ..belief import pair_gains, updates
from ..belief.tables import EMPIRICAL, HISTORY, TERMINAL
from ..bonuses import SUMMARY, Bonus, settings_of, taken_by, without_settings
from ..compilation.compiled import call_scalar, compiled, entry_handle, part, scalar_handle
from ..compilation.handles import handle
from ..compilation.records import Record, record
from ..information.special import excess_drop
from ..validation import LARGEST_PAID, check_weights

if TYPE_CHECKING:
    from ..belief.world_model import WorldModel


@record
class PayoffTerms(Record):
    """What pairs pay, and how far it was worked out."""

    bonus_handle: int  # `scalar_handle` of the bonus
    needs_more: int  # whether the bonus needs more than visits, total concentration and expected gain, 0 or 1
    needs_predicted_gain: int  # likewise
    needs_entropy: int  # likewise
    needs_variance: int  # likewise
    needs_state: int  # whether it depends on the state as a whole, so that all its actions are paid anew
    needs_history: int  # whether it depends on what is remembered
    empowerment_handle: int  # `entry_handle` of the empowerment of a state, where the bonus needs it
    needs_empowerment: int  # whether it does, 0 or 1
    num_states: int  # known states whose payoffs were worked out
    num_steps: int  # of the belief that they were worked out for
    revision: int  # likewise; -1: none were
    concentration: float  # of the prior in force, likewise
    curiosity_weight: float
    reward_weight: float
    reward_gain_weight: float
    unvisited_payoff: float  # of a pair of which nothing is known
    fades: int  # whether weights of what may be learnt follow what is left of it (`agent.agents.saturation`), 0 or 1
    share_left: float  # how much of it was, when they were last changed; this and what follows is not used otherwise
    full_curiosity_weight: float  # weights while nothing is known
    full_reward_gain_weight: float


class Payoffs(NamedTuple):
    """The terms on their way into compiled code."""

    terms: PayoffTerms


PLAIN = frozenset(SUMMARY[:3])
"""What of a pair costs next to nothing."""


def payoffs(
    bonus: Bonus, curiosity_weight: float = 1.0, reward_weight: float = 0.0, reward_gain_weight: float | None = None
) -> Payoffs:
    """Return payoffs of which nothing was worked out yet.

    Args:
        bonus: what is paid for what transitions teach.
        curiosity_weight: of the bonus.
        reward_weight: of the mean reward.
        reward_gain_weight: of what rewards teach; None: as much as the bonus.

    Raises:
        ValueError: no bonus, one that cannot be compiled, or a weight that is not finite.
    """
    if not isinstance(bonus, Bonus):
        raise ValueError(f"bonus must be an agent.bonuses.Bonus, got {bonus!r}")
    gain_weight = curiosity_weight if reward_gain_weight is None else reward_gain_weight
    check_weights(curiosity_weight=curiosity_weight, reward_weight=reward_weight, reward_gain_weight=gain_weight)
    taken = taken_by(bonus.function)
    settings = tuple(sorted(settings_of(bonus.function).items()))
    terms = PayoffTerms(
        bonus_handle=scalar_handle(without_settings(bonus.function), SUMMARY, taken, settings),
        needs_more=not PLAIN.issuperset(taken),
        needs_predicted_gain="predicted_gain" in taken,
        needs_entropy="entropy" in taken,
        needs_variance="variance" in taken,
        needs_state="state_visits" in taken or "empowerment" in taken,
        needs_history=any(name in taken for name in HISTORY),
        empowerment_handle=_empowerment() if "empowerment" in taken else 0,
        needs_empowerment="empowerment" in taken,
        revision=-1,
        curiosity_weight=curiosity_weight,
        reward_weight=reward_weight,
        reward_gain_weight=gain_weight,
    )
    return Payoffs(terms)


def _empowerment() -> int:
    """Return the handle of what few bonuses need: it is compiled only for them."""
    from .empowerment import empowerment

    return entry_handle(empowerment, int, int)


@part
def _empowerment_of(known, terms, state):
    """Empowerment of a state, nats; 0 where it is not needed."""
    if terms.needs_empowerment:
        return call_scalar(terms.empowerment_handle, (known.address, state))
    return 0.0


@part
def _state_visits(known, state):
    """How often any action was taken in a state."""
    num_actions, total = known.numbers.num_actions, 0
    for pair in range(state * num_actions, (state + 1) * num_actions):
        total += known.pairs.visits[pair]
    return total


@part
def payoff(known, terms, pair, expected_gain, empowerment):
    """What a pair pays, whose expected gain, and the empowerment of whose state, are known."""
    visits = known.pairs.visits[pair]
    told = (float(visits), visits + pair_gains.concentration_of(known, pair), expected_gain)
    if terms.needs_more:
        bonus = call_scalar(terms.bonus_handle, told + _further(known, terms, pair, empowerment))
    else:
        bonus = call_scalar(terms.bonus_handle, told + NOTHING_MORE)
    return terms.curiosity_weight * bonus + _paid_for_reward(known, terms, pair)


@part
def _paid_for_reward(known, terms, pair):
    """What a pair, -1: one of which nothing is known, pays for its reward and for what that teaches."""
    weight, numbers = terms.reward_weight, known.numbers
    if numbers.reward_kind != EMPIRICAL:
        return call_scalar(numbers.pay_reward, (known.address, pair, weight, terms.reward_gain_weight))
    if weight == 0.0 or not numbers.has_rewards or pair < 0 or known.pairs.visits[pair] == 0:
        return 0.0
    return weight * known.pairs.reward_sum[pair] / known.pairs.visits[pair]


NOTHING_MORE = (0.0,) * 9
"""Of what a bonus needs beside visits, total concentration and expected gain, in the order of `bonuses.SUMMARY`."""


@part
def _further(known, terms, pair, empowerment):
    """What else a bonus may need of a pair; 0 where it does not."""
    pairs, numbers, is_past = known.pairs, known.numbers, terms.needs_history != 0
    return (
        pair_gains.predicted_information_gain(known, pair) if terms.needs_predicted_gain else 0.0,
        pair_gains.entropy(known, pair) if terms.needs_entropy else 0.0,
        pair_gains.variance(known, pair) if terms.needs_variance else 0.0,
        float(_state_visits(known, pair // numbers.num_actions)) if terms.needs_state else 0.0,
        empowerment,
        pairs.last_gain[pair] if is_past and numbers.has_last_gain else 0.0,
        pairs.last_surprisal[pair] if is_past and numbers.has_last_surprisal else 0.0,
        pairs.recent_surprisal[pair] if is_past and numbers.has_recent_surprisal else 0.0,
        pairs.former_surprisal[pair] if is_past and numbers.has_former_surprisal else 0.0,
    )


@part
def pay(known, terms):
    """Bring `pairs.payoff` up to date with the belief, all of it after a refit; return that of a pair never taken.

    The answer is nan, and nothing counts as brought up to date, where any payoff is not finite or is too large.
    """
    states, pairs, numbers = known.states, known.pairs, known.numbers
    num_new = numbers.num_steps - terms.num_steps
    first = terms.num_states
    if terms.revision != numbers.revision or not 0 <= num_new <= 1:
        first = num_new = 0
    if first == 0 or terms.concentration != numbers.concentration:
        terms.unvisited_payoff = unvisited_payoff(known, terms, numbers.concentration)
        terms.concentration = numbers.concentration
    is_payable = abs(terms.unvisited_payoff) <= LARGEST_PAID  # not so if it is nan
    for k in range(first, numbers.num_known_states):
        is_payable = _pay_state(known, terms, states.order[k]) and is_payable
    if num_new == 1:
        if terms.needs_state:
            _change(known, numbers.last_pair // numbers.num_actions)
        for k in range(numbers.num_changed):
            is_payable = _pay_state(known, terms, states.changed[k]) and is_payable
        pair, gain = numbers.last_pair, numbers.next_expected_gain
        if not terms.needs_state:
            pairs.payoff[pair] = payoff(known, terms, pair, gain, 0.0)
        is_payable = is_payable and abs(pairs.payoff[pair]) <= LARGEST_PAID
    if not is_payable:
        return math.nan
    terms.revision = numbers.revision
    terms.num_states, terms.num_steps = numbers.num_known_states, numbers.num_steps
    return terms.unvisited_payoff


@part
def _change(known, state):
    """Let a state be among those that the latest transition changed."""
    states, numbers = known.states, known.numbers
    for k in range(numbers.num_changed):
        if states.changed[k] == state:
            return
    states.changed[numbers.num_changed] = state
    numbers.num_changed += 1


@part
def _pay_state(known, terms, state):
    """Work out what a state's actions pay; return whether that is finite, and not too large."""
    pairs, num_actions, is_payable = known.pairs, known.numbers.num_actions, True
    if known.states.kind[state] == TERMINAL:
        return True
    of_new, is_ruled = terms.unvisited_payoff, known.numbers.has_rules != 0
    if known.states.is_former[state]:
        of_new = unvisited_payoff(known, terms, known.numbers.former_concentration)
    empowerment = _empowerment_of(known, terms, state)
    for pair in range(state * num_actions, (state + 1) * num_actions):
        if pairs.first_out[pair] == 0 and not is_ruled and not terms.needs_state:
            pairs.payoff[pair] = of_new
        else:
            pairs.payoff[pair] = payoff(known, terms, pair, pair_gains.expected_gain(known, pair), empowerment)
        is_payable = is_payable and abs(pairs.payoff[pair]) <= LARGEST_PAID
    return is_payable


@part
def unvisited_payoff(known, terms, concentration):
    """Payoff of a pair of which nothing is known, as all pairs of a state never seen."""
    num_outcomes = known.numbers.num_outcomes
    anywhere = concentration / num_outcomes
    others = concentration - anywhere
    expected_gain = known.numbers.unvisited_gain if known.numbers.has_rules else excess_drop(anywhere, others)
    bonus = call_scalar(
        terms.bonus_handle,
        (
            0.0,
            concentration,
            expected_gain,
            pair_gains.unvisited_predicted_gain(known, concentration) if terms.needs_predicted_gain else 0.0,
            math.log(num_outcomes) if terms.needs_entropy else 0.0,
            (1.0 - 1.0 / num_outcomes) / (concentration + 1.0) if terms.needs_variance else 0.0,
            0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
        ),
    )  # fmt: skip
    return terms.curiosity_weight * bonus + _paid_for_reward(known, terms, -1)


_payoffs_at = handle(Payoffs)


@compiled
def pay_all(belief_address, payoffs_address):
    """Bring `pairs.payoff` up to date, called from Python with what was packed."""
    return pay(updates.belief_at(belief_address), _payoffs_at(payoffs_address, 0, 0).terms)


@compiled
def payoff_of_pair(belief_address, payoffs_address, state, action):
    """What a pair pays under this belief, called from Python with what was packed; nan where there is no such pair."""
    known = updates.belief_at(belief_address)
    num_actions = known.numbers.num_actions
    if min(state, action) < 0 or state >= known.numbers.state_room or action >= num_actions:
        return math.nan  # handles check no bounds
    terms, pair = _payoffs_at(payoffs_address, 0, 0).terms, state * num_actions + action
    gain, empowerment = pair_gains.expected_gain(known, pair), _empowerment_of(known, terms, state)
    return payoff(known, terms, pair, gain, empowerment)


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
    if terms.reward_weight and (visits or model.reward_belief.has_gain):
        what += f", reward_weight {terms.reward_weight:g} times the mean reward"
    if terms.reward_gain_weight and model.reward_belief.has_gain:
        what += f", reward_gain_weight {terms.reward_gain_weight:g} times the expected gain about the reward"
    return f"what is paid must be finite, and at most {LARGEST_PAID:g}, up or down; {where} pays {paid:g}: {what}"
