"""How the agents of this package decide, compiled: one entry brings the payoffs up to date, mends the plan and chooses.

An agent's numbers are its `AgentState`, packed with the `Progress` of its planner. What it cannot decide by itself,
because its planner is not compiled into this entry or found that it must solve anew, it answers with `UNPLANNED`:
Python plans, and `choose_planned` takes it from there.
"""

import math
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..belief import updates
from ..belief.tables import SEEN
from ..compilation.compiled import brief, part
from ..compilation.handles import handle
from ..compilation.records import Record, record, zeros
from ..planners.greedy import take_payoffs
from ..planners.incremental.planner import mend, progress_at
from ..planners.incremental.residuals import Progress
from ..planners.payoffs import PayoffTerms, pay
from ..validation import shown
from .occasions import no_occasion, occasion_at, recall
from .rng import below, choose
from .rules import WORDS, expect_visits, learn
from .saturation import fade

UNIFORM, RAREST, ELSEWHERE, AT_ONCE, MENDED, TOWARDS_RAREST, LEARNING, RECALLED = range(8)
"""Ways to decide: any action; one taken least often; by a plan made in Python; by payoffs alone; by a mended plan; one
expected to lead to a state visited least; by Q-learning; by a plan made in Python on occasion."""

PLANNED_BY = {None: ELSEWHERE, "payoffs": AT_ONCE, "mending": MENDED, "occasions": RECALLED}
"""The way of an agent by what its planner declares as `compiled`: nothing, where it plans in Python."""

UNPLANNED, UNPAYABLE, UNKNOWN, UNORDERED = -1, -2, -3, -4
"""What `decide` answers instead of an action: a plan is needed; something that is paid is not finite, or too large; the
state is not known, or terminal; the plan made in Python has values that are not finite."""


@record
class AgentNumbers(Record):
    """How an agent decides, and how well."""

    way: int  # one of the above
    loss_bound: float  # certified bound on the loss of the latest plan, nats; nan: none is given
    learning_rate: float  # of Q-learning; this and what follows is not used otherwise
    discount: float  # likewise
    epsilon: float  # likewise: share of actions taken at random
    curiosity_weight: float  # likewise: of realised gains
    reward_weight: float  # likewise: of rewards
    num_learnt: int  # steps of the belief that it has learnt from


class AgentState(NamedTuple):
    """An agent's own numbers, in the order in which they are packed."""

    numbers: AgentNumbers
    stream: NDArray[np.int64]  # [4]: of random numbers
    terms: PayoffTerms


NOT_PLANNING: Progress = zeros(Progress, {})
"""The progress of an agent that has no incremental planner."""

NO_OCCASION = no_occasion()
"""The occasion of an agent that plans at every decision, or not at all."""

agent_state_at = handle(AgentState)


@part
def progress_of(address):
    """The progress that was packed behind an agent's state."""
    return progress_at(address, _BEHIND_AGENT, 1)


@part
def occasion_of(address):
    """The plan made on occasion that was packed behind both."""
    return occasion_at(address, _BEHIND_PROGRESS, 2)


_BEHIND_AGENT = len(AgentState._fields)
_BEHIND_PROGRESS = _BEHIND_AGENT + len(Progress._fields)


def simple_state(way: int, stream: NDArray[np.int64]) -> AgentState:
    """Return the state of an agent that pays and plans nothing."""
    return AgentState(AgentNumbers(way=way, loss_bound=math.nan), stream, PayoffTerms())


def bound_of(bound: Any, whose: Any) -> float:
    """Return a bound on the loss of a plan, nats; nan where there is none (None).

    Raises:
        ValueError: it is no number.
    """
    if bound is None:
        return math.nan
    if not isinstance(bound, Real):
        raise ValueError(f"{whose} bounds its loss by {shown(bound)}, expected a number, or None")
    return float(bound)


@part
def decide(known, agent_state, progress, occasion, state):
    """Choose an action in a state, or answer UNPLANNED, UNPAYABLE or UNKNOWN."""
    num_actions, way = known.numbers.num_actions, agent_state.numbers.way
    if not _is_acting(known, state):
        return UNKNOWN
    if way == UNIFORM:
        return below(agent_state.stream, num_actions)
    if way == RAREST:
        return choose(known.pairs.visits, state * num_actions, num_actions, -1, agent_state.stream)
    if way == TOWARDS_RAREST:
        expect_visits(known, state)
        return choose(known.pairs.q_value, state * num_actions, num_actions, 1, agent_state.stream)
    if way == LEARNING:
        learn(known, agent_state.numbers, state)
        if agent_state.numbers.epsilon > 0.0 and below(agent_state.stream, WORDS) < agent_state.numbers.epsilon * WORDS:
            return below(agent_state.stream, num_actions)
        return choose(known.pairs.q_value, state * num_actions, num_actions, 1, agent_state.stream)
    if agent_state.terms.fades and fade(known, agent_state.terms) and way == MENDED:
        progress.plan.revision = -1  # takes all payoffs over
    if not math.isfinite(pay(known, agent_state.terms)):
        return UNPAYABLE
    if way == ELSEWHERE:
        return UNPLANNED
    if way == RECALLED:
        return choose_planned(known, agent_state, state) if recall(known, occasion, state) else UNPLANNED
    if way == AT_ONCE:
        take_payoffs(known, state)
    else:
        progress.plan.unvisited_payoff = agent_state.terms.unvisited_payoff
        if mend(known, progress, state):
            return UNPLANNED
        agent_state.numbers.loss_bound = progress.plan.loss_bound
    return choose(known.pairs.q_value, state * num_actions, num_actions, 1, agent_state.stream)


@part
def _is_acting(known, state):
    """Whether a state is known and has actions; handles check no bounds."""
    return 0 <= state < known.numbers.state_room and known.states.kind[state] == SEEN


@part
def choose_planned(known, agent_state, state):
    """Choose an action by the plan as it is, or answer UNKNOWN or UNORDERED."""
    if not _is_acting(known, state):
        return UNKNOWN
    num_actions = known.numbers.num_actions
    for pair in range(state * num_actions, (state + 1) * num_actions):
        if not math.isfinite(known.pairs.q_value[pair]):
            return UNORDERED
    return choose(known.pairs.q_value, state * num_actions, num_actions, 1, agent_state.stream)


@brief
def decision(belief_address, agent_address, state):
    """`decide`, from Python."""
    agent_state, progress = agent_state_at(agent_address, 0, 0), progress_of(agent_address)
    return decide(updates.belief_at(belief_address), agent_state, progress, occasion_of(agent_address), state)


@brief
def planned_decision(belief_address, agent_address, state):
    """`choose_planned`, from Python."""
    return choose_planned(updates.belief_at(belief_address), agent_state_at(agent_address, 0, 0), state)
