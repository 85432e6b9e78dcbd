"""The belief's three tables: states, pairs and edges, as named arrays that grow.

A *pair* is a state and an action, numbered `state * num_actions + action`; an *edge* is an observed (or, under a local
prior, expected) transition from a pair to a successor. Edges are threaded twice: through the pair they leave
(`first_out`, `next_out`) and through the state they enter (`first_in`, `next_in`). Links are edge numbers plus one, so
that zero, the content of untouched memory, means none.

Room is reserved with `np.zeros`, which touches no memory: what is used follows what was visited. Compiled functions
that run out of room say so before they change anything, and `grown` makes more.

Beside columns a table may hold a *record*: single numbers under their names, `numbers.num_edges`.
"""

from typing import Annotated, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..compilation.records import Record, dtypes, record

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

UNSEEN, SEEN, TERMINAL = 0, 1, 2
EMPIRICAL, GAUSSIAN, NORMAL_GAMMA, BETA = range(4)
"""Families of beliefs about rewards (`agent.belief.rewards.beliefs`); by the first, rewards teach nothing."""


class States(NamedTuple):
    """One entry a state number; 61 bytes. The orders list states, the k-th at index k: they fill from the front."""

    kind: NDArray[np.int8]  # UNSEEN, SEEN (known to exist, with actions) or TERMINAL
    value: Floats  # planned value, nats
    first_in: Ints  # latest edge into the state
    starts: Ints  # resets that led here
    order: Ints  # known states in order of sight
    start_order: Ints  # start states in order of sight
    terminal_order: Ints  # terminal states in order of sight
    is_former: NDArray[np.int8]  # whether its pairs still have the former concentration, 0 or 1
    changed: Ints  # states whose predictions the latest transition changed beside that of the pair taken, in a list
    is_changed: NDArray[np.int8]  # whether a state is in that list, 0 or 1
    hub: Floats  # mean value of all states that the q-values of the state's pairs were computed with
    queued: NDArray[np.int8]  # waiting in the planner's queue
    queue: Ints  # the planner's queue, a ring
    next_scrub: Ints  # next state in a planner's round, plus one
    last_scrub: Ints  # likewise the one before
    round: NDArray[np.int8]  # which round that is
    place: Ints  # in a planner's patch, from 1


class Pairs(NamedTuple):
    """One entry a pair; 24 bytes, 16 more once a reward was seen, and 56 where each has a concentration of its own.

    What is remembered beside (`agent.belief.history`) is 8 a column, of those that the bonus names.
    """

    visits: Ints
    first_out: Ints  # latest edge out of the pair
    payoff: Floats  # what a planner is paid here: what `agent.planners.payoffs` says
    q_value: Floats  # payoff + discount * expected value of the successor
    reward_sum: Floats  # empty until the first non-zero reward
    reward_square_sum: Floats
    concentration: Floats  # total, of a prior that each pair has its own of; this and what follows is empty otherwise
    gain: Floats  # expected information gain, nats; under rules, for who steers
    free: Floats  # concentration that is spread anywhere
    unnamed: Floats  # concentration on states that have no number yet
    beyond: Floats  # likewise on all that were never seen: on the unnamed, and on those that edges lead to
    weight: Floats  # what one count weighs in the prediction, 1 / (visits + concentration)
    rest: Floats  # likewise the probability that is spread anywhere
    faded_at: Floats  # step as of which counts weigh, where they decay (`agent.belief.forgetting`); otherwise empty
    last_gain: Floats  # Bayesian surprise of the latest visit, nats; this and what follows: `agent.belief.history`
    last_surprisal: Floats  # of its outcome, nats
    recent_surprisal: Floats  # exponential mean, nats
    former_surprisal: Floats  # likewise, of a longer memory


class Edges(NamedTuple):
    """One entry an edge; 20 bytes, and 8 more under a prior with a local part."""

    pair: Ints
    successor: Ints
    count: Ints  # pyright: ignore[reportIncompatibleMethodOverride]
    next_out: Ints
    next_in: Ints
    local: Floats  # prior concentration on this very outcome; empty under priors without a local part


T = TypeVar("T", States, Pairs, Edges)


@record
class Numbers(Record):
    """The belief's single numbers. Information is in nats, concentrations are totals of a pair."""

    num_steps: int  # transitions observed
    num_known_states: int  # states known to exist, terminal ones included
    num_edges: int  # edges in the table
    num_starts: int  # different states that a reset led to
    num_resets: int  # how often one did
    num_terminal: int  # terminal states known to exist
    num_visited_pairs: int  # pairs taken at least once
    num_actions: int  # in every state
    num_outcomes: int  # K: the states that a prediction is spread over
    revision: int  # how often all pairs were refreshed at once
    is_uniform: int  # whether all pairs have the concentration in force, 0 or 1
    num_changed: int  # states in the list of those that the latest transition changed
    spread_to: int  # in order of sight: one past the last state that the concentration in force has reached
    spread_end: int  # likewise one past the last that it is on its way to
    next_refit: int  # the step at which the prior is fitted next
    is_open: int  # whether K grows with the states known, 0 or 1
    last_pair: int  # of the latest transition
    last_successor: int  # likewise
    state_room: int  # states that the tables have room for
    edge_room: int  # likewise edges
    visit_room: int  # visits that `exceeding` has room for
    has_local: int  # whether the prior has a local part: not 0
    has_rewards: int  # whether there is room for rewards: not 0
    has_history: int  # likewise for anything of `agent.belief.history`,
    has_last_gain: int  # and for each of it
    has_last_surprisal: int
    has_recent_surprisal: int
    has_former_surprisal: int
    has_rules: int  # whether pairs have concentrations of their own: by a prior with rules of its own; 0 or 1
    observe_rules: int  # handles of what then learns a transition,
    settle_rules: int  # brings all predictions up to date with what was learnt,
    predict_rules: int  # and predicts pairs of states that were never seen
    next_faded: int  # in order of sight: the state whose counts decayed last in turn
    has_targets: int  # whether it is known how many targets actions have, 0 or 1
    predicted_gain: int  # handle of what then works out the predicted gain of a pair, or (-1) of one of a new state
    reward_kind: int  # of the belief about rewards: EMPIRICAL, ...
    learn_reward: int  # handles of what accounts for a reward where it teaches something,
    pay_reward: int  # and says what it pays
    reward_prior: Annotated[list[float], 4]  # parameters of the belief about rewards
    concentration: float  # of the prior, in force
    former_concentration: float  # before: of the states that the one in force has not reached
    unvisited_gain: float  # expected information gain of a pair of which nothing is known
    former_unvisited_gain: float  # likewise in the states that the concentration in force has not reached
    expected_missing_information: float  # summed over the pairs of all known states
    last_reward: float  # of the latest transition
    last_surprise: float  # Bayesian surprise of the latest transition
    last_expected_gain: float  # expected gain of the latest pair just before it was taken
    information_gain: float  # sum of all surprises
    expected_information_gain: float  # sum of the expected gains of the pairs taken, each just before
    log_sigma: float  # empirical Bayes: standard deviation of ln concentration
    growth: float  # likewise: share by which the steps grow between two fits; 0: the prior is not fitted
    gap: float  # likewise: fewest steps between two fits
    half_life: float  # steps after which a transition counts half as much; 0: nothing is forgotten
    next_expected_gain: float  # expected gain of the latest pair after it was taken
    last_reward_gain: float  # what the latest reward taught, nats
    last_expected_reward_gain: float  # what it was expected to teach just before
    reward_gain: float  # sum of what rewards taught
    expected_reward_gain: float  # sum of what they were expected to teach, each just before


class Totals(NamedTuple):
    """What a belief holds besides its three tables."""

    numbers: Numbers
    exceeding: NDArray[np.int64]  # pairs, then edges, that were seen more than i times
    drop_anywhere: Floats  # what an outcome never seen would teach after so many visits, nats; 0 where not worked out


_BLOCK = 2**14  # entries

REWARDS = ("reward_sum", "reward_square_sum")
RULES = ("concentration", "gain", "free", "unnamed", "beyond", "weight", "rest")
HISTORY = ("last_gain", "last_surprisal", "recent_surprisal", "former_surprisal")
OPTIONAL = (*REWARDS, *RULES, *HISTORY, "faded_at", "local")


def reserved(table: type[T], room: int, optional: bool = False) -> T:
    """Return a table with room for `room` entries, all zero; optional columns are empty unless asked for."""
    sizes = {name: room if optional or name not in OPTIONAL else 0 for name in table._fields}
    return table._make(np.zeros(sizes[name], dtype) for name, dtype in dtypes(table).items())


def grown(table: T, room: int, used: int) -> T:
    """Return the table with room for `room` entries, the first `used` of them kept."""
    return table._make(column if column.size == 0 else grown_column(column, room, used) for column in table)


def with_columns(table: T, *names: str) -> T:
    """Return the table with optional columns made, as long as the others."""
    types = dtypes(type(table))
    return table._replace(**{name: np.zeros(len(table[0]), types[name]) for name in names})


def used_bytes(table: States | Pairs | Edges, used: int) -> int:
    """Bytes taken by the first `used` entries of all columns."""
    return sum(column.itemsize * min(used, column.size) for column in table)


def grown_column(column: NDArray, room: int, used: int) -> NDArray:
    """Copy what is not zero: memory that was never touched stays so."""
    larger = np.zeros(room, column.dtype)
    for first in range(0, used, _BLOCK):
        block = column[first : min(first + _BLOCK, used)]
        if np.count_nonzero(block):  # a fifth of the time of `any`, of a short one
            larger[first : first + len(block)] = block
    return larger
