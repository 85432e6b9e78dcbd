"""How the agents of this package decide, compiled: one entry brings the payoffs up to date, mends the plan and chooses.

An agent's numbers are its `Mind`, packed with the `Progress` of its planner. What it cannot decide by itself, because
its planner is not compiled into this entry or found that it must solve anew, it answers with `UNPLANNED`: Python plans,
and `choose_planned` takes it from there.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..belief import updates
from ..belief.tables import SEEN
from ..bonuses import PayoffTerms, pay
from ..compilation.compiled import brief, part
from ..compilation.handles import handle
from ..compilation.records import Record, record, zeros
from ..planners.greedy import take_payoffs
from ..planners.incremental.planner import mend, progress_at
from ..planners.incremental.residuals import Progress
from .rng import below, choose

UNIFORM, RAREST, ELSEWHERE, AT_ONCE, MENDED = range(5)
"""Ways to decide: any action; one taken least often; by a plan made in Python; by payoffs alone; by a mended plan."""

UNPLANNED, UNPAYABLE, UNKNOWN = -1, -2, -3
"""What `decide` answers instead of an action: a plan is needed; something that is paid is not finite, or too large; the
state is not known, or terminal."""


@record
class AgentNumbers(Record):
    """How an agent decides, and how well."""

    way: int  # one of the above
    loss_bound: float  # certified bound on the loss of the latest plan, nats; nan: none is given


class Mind(NamedTuple):
    """An agent's own numbers, in the order in which they are packed."""

    numbers: AgentNumbers
    stream: NDArray[np.int64]  # [4]: of random numbers
    terms: PayoffTerms


NOT_PLANNING: Progress = zeros(Progress, {})
"""The progress of an agent that has no incremental planner."""

mind_at = handle(Mind)


@part
def progress_of(address):
    """The progress that was packed behind a mind."""
    return progress_at(address, _BEHIND_MIND, 1)


_BEHIND_MIND = len(Mind._fields)


def simple_mind(way: int, stream: NDArray[np.int64]) -> Mind:
    """Return the mind of an agent that pays and plans nothing."""
    return Mind(AgentNumbers(way=way, loss_bound=math.nan), stream, PayoffTerms())


@part
def decide(known, mind, progress, state):
    """Choose an action in a state, or answer UNPLANNED, UNPAYABLE or UNKNOWN."""
    num_actions, way = known.numbers.num_actions, mind.numbers.way
    if not _is_acting(known, state):
        return UNKNOWN
    if way == UNIFORM:
        return below(mind.stream, num_actions)
    if way == RAREST:
        return rarest(known.pairs.visits, state * num_actions, num_actions, mind.stream)
    if not math.isfinite(pay(known, mind.terms)):
        return UNPAYABLE
    if way == ELSEWHERE:
        return UNPLANNED
    if way == AT_ONCE:
        take_payoffs(known, state)
    else:
        progress.plan.unvisited_payoff = mind.terms.unvisited_payoff
        if mend(known, progress, state):
            return UNPLANNED
        mind.numbers.loss_bound = progress.plan.loss_bound
    return choose(known.pairs.q_value, state * num_actions, num_actions, mind.stream)


@part
def _is_acting(known, state):
    """Whether a state is known and has actions; handles check no bounds."""
    return 0 <= state < known.numbers.state_room and known.states.kind[state] == SEEN


@part
def rarest(visits, first, num_actions, stream):
    """Action of the fewest visits; ties are broken at random."""
    fewest, ties = visits[first], 1
    for action in range(1, num_actions):
        if visits[first + action] < fewest:
            fewest, ties = visits[first + action], 1
        elif visits[first + action] == fewest:
            ties += 1
    pick = below(stream, ties) if ties > 1 else 0
    for action in range(num_actions):
        if visits[first + action] == fewest:
            if pick == 0:
                return action
            pick -= 1
    return 0


@part
def choose_planned(known, mind, state):
    """Choose an action by the plan as it is, or answer UNKNOWN."""
    if not _is_acting(known, state):
        return UNKNOWN
    num_actions = known.numbers.num_actions
    return choose(known.pairs.q_value, state * num_actions, num_actions, mind.stream)


@brief
def decision(belief_address, mind_address, state):
    """`decide`, from Python."""
    return decide(updates.belief_at(belief_address), mind_at(mind_address, 0, 0), progress_of(mind_address), state)


@brief
def planned_decision(belief_address, mind_address, state):
    """`choose_planned`, from Python."""
    return choose_planned(updates.belief_at(belief_address), mind_at(mind_address, 0, 0), state)
