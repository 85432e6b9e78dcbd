"""Plans that are acted by until an epoch ends: when that is, and what they say, in compiled code.

What was planned lies beside the agent's own numbers: decisions between two plans need no Python. The end of an epoch is
noted when a decision finds it; whoever plans then begins another.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..belief import updates
from ..compilation.compiled import brief, part
from ..compilation.handles import handle
from ..compilation.records import Record, record, zeros


@record
class Epoch(Record):
    """When a plan is made anew; the first five say how epochs end, and are left alone by compiled code.

    By default an epoch ends as soon as some pair was taken in it as often as before it, or once where it never was
    (Jaksch, Ortner and Auer 2010, who end it just before that pair would be taken again).
    """

    is_timed: int  # whether it takes no such pair: it ends after its least length, one step at least
    at_resets: int  # whether it also ends with an episode
    enough: int  # above 0: it ends, instead, when a pair was taken so often
    length: int  # above 0: it ends, instead, after so many steps
    patience: float  # steps for each known state that it lasts at least, if neither of the two is above 0
    first_worth: float  # above 0: it also ends in a state worth more than this / sqrt(steps), or without a plan
    is_over: int  # whether it has ended
    is_doubled: int  # whether some pair's visits have doubled in it
    begun: int  # steps that had been made when it began
    steps: int  # that were looked at
    resets: int  # that there were when it began
    state_room: int  # state numbers that `place` has room for
    num_planned: int  # states in the plan
    num_stages: int  # plans for the steps of an epoch, one after the other; 1: one for all
    stage_size: int  # q-values of each


class Occasion(NamedTuple):
    """An epoch and its plan; columns may have room to spare."""

    epoch: Epoch
    place: NDArray[np.int32]  # [state_room]: where a state is among those planned, if it is one of them
    planned: NDArray[np.int32]  # [num_planned]: their numbers
    visits: NDArray[np.int64]  # [num_planned * num_actions]: of their pairs when the epoch began
    q_values: NDArray[np.float64]  # [num_stages * stage_size]
    worth: NDArray[np.float64]  # [num_planned]: what `first_worth` is compared with; otherwise empty


def no_occasion() -> Occasion:
    """Return what those have that make no plans, or none yet."""
    return zeros(Occasion, {})


occasion_at = handle(Occasion)


@part
def recall(known, occasion, state):
    """Fill the q-values of a known state by the plan in force, 0 if it was met since; return whether one is in force.

    Each transition is looked at once: what happened between two decisions that is more than one ends the epoch.
    """
    if _is_over(known, occasion, state):
        occasion.epoch.is_over = 1
        return False
    epoch, num_actions = occasion.epoch, known.numbers.num_actions
    place = _place(occasion, state)
    stage = known.numbers.num_steps - epoch.begun if epoch.num_stages > 1 else 0
    first = stage * epoch.stage_size + place * num_actions
    for action in range(num_actions):
        known.pairs.q_value[state * num_actions + action] = occasion.q_values[first + action] if place >= 0 else 0.0
    return True


@part
def _place(occasion, state):
    """Where a state is among those planned; -1 if it is none of them."""
    if state < occasion.epoch.state_room:
        place = occasion.place[state]
        if 0 <= place < occasion.epoch.num_planned and occasion.planned[place] == state:
            return place
    return -1


@part
def _is_over(known, occasion, state):
    """Whether the epoch has ended."""
    epoch, numbers = occasion.epoch, known.numbers
    lasted = numbers.num_steps - epoch.begun
    if epoch.is_over or (epoch.at_resets and numbers.num_resets != epoch.resets):
        return True
    if epoch.length > 0:
        return not 0 <= lasted < epoch.length
    if numbers.num_steps != epoch.steps:
        if numbers.num_steps != epoch.steps + 1:
            return True
        epoch.steps = numbers.num_steps
        visits, state_taken = known.pairs.visits[numbers.last_pair], numbers.last_pair // numbers.num_actions
        if epoch.enough > 0 and visits == epoch.enough:
            return True
        place, before = _place(occasion, state_taken), 0
        if place >= 0:
            before = occasion.visits[numbers.last_pair + (place - state_taken) * numbers.num_actions]
        if visits >= before + max(before, 1):
            epoch.is_doubled = 1
    if epoch.first_worth > 0.0:
        place = _place(occasion, state)
        if place < 0 or occasion.worth[place] > epoch.first_worth / math.sqrt(max(numbers.num_steps, 1)):
            return True
    if epoch.enough > 0 or lasted < epoch.patience * numbers.num_known_states:
        return False
    return lasted > 0 if epoch.is_timed else epoch.is_doubled != 0


@brief
def recalled(belief_address, occasion_address, state):
    """`recall`, from Python, of a state that is known and has actions."""
    return recall(updates.belief_at(belief_address), occasion_at(occasion_address, 0, 0), state)
