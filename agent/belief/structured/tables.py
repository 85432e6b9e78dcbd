"""The tables of a structured belief: named arrays, and how much room each of their columns takes.

*Features* say what a state is by its coordinates; *contexts* are further columns that tell states apart but do not
change. A *label* is an outcome by description ("one further down", "where action 2 leads", "state 7"), a *type* a
mixture of labels that holds for some pairs of an action, a *gate* what tells from coordinates which type holds where.
Contributions of pairs are kept in whole units, so that sums are exact.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...compilation.compiled import part
from ...compilation.handles import handle
from ...compilation.records import Record, record
from ..tables import Floats, Ints
from ..updates import BEHIND_BELIEF, NUM_TABLES
from .carrying.table import Carried
from .fitting.table import Brief, Candidates, Labels, Marks, Nodes, Parts, Shorts, Visited

Longs = NDArray[np.int64]
Bytes = NDArray[np.int8]

TYPES = 6
"""Types of an action at most: the symmetric, the generic, and those owned by a label."""
SYMMETRIC, GENERIC, FIRST_OWNED = 0, 1, 2
UNIFORM, ADJACENT, FIRST_SIBLING = 0, 1, 2
"""Labels that every action has: any state, a known neighbour, and what another action does here."""
MOST_SIBLINGS = 16  # where there are more actions than this, no action has siblings
FIRST_LEARNT = FIRST_SIBLING + MOST_SIBLINGS
ADD, SET, ABSOLUTE = 1, 2, 3
"""Kinds of labels that are learnt: coordinates change by so much, some are set, or it is this very state."""
MOST_LEARNT = {ADD: 20, SET: 10, ABSOLUTE: 3}
FEWEST_PAIRS = {ADD: 2, SET: 2, ABSOLUTE: 3}
"""Pairs that must have shown a label before it is learnt: one that sets, by different changes of its coordinates."""
LABELS = FIRST_LEARNT + sum(MOST_LEARNT.values())
COMMONEST = LABELS  # where the commonest change of an action stands, by which siblings never taken are judged
LABEL_ROOM = LABELS + 1
MOST_CHANGES = 8  # a label that sets more coordinates than this is not learnt
MOST_NEIGHBOURS = 40  # with more known neighbours than this, adjacency says nothing
CHAIN = 3  # coordinates that a gate looks at, at most
LEADS = 32  # changes of the lead that are kept, the latest
PARTS = 24
"""Contributions of a pair to labels of types that are kept, the largest."""
SHARE, MASS = 2**14, 2**16
"""Units of 1 that responsibilities and contributions to labels are counted in."""

NAMELESS, LIVE, ENDED = 0, 1, 2
INVALID, MISSING = -2, -1
"""What a label names instead of a state: it says nothing here; features that no known number stands for."""


class Names(NamedTuple):
    """Features by state number, and numbers by features. Of what is the same in all states that were named, one row."""

    features: Ints  # [state * row_room + column]: features, then contexts, of those in which named states differ
    first: Ints  # [width]: all those of the first state that was named
    told: Ints  # [width]: of one that is to be named
    digest: Ints  # [state], of its features
    named: Bytes  # [state]: NAMELESS, LIVE or ENDED
    slot: Ints  # [slots]: number + 1 of the state with certain features, and of the one that has them as an end
    power: Ints  # [num_features], of digests
    low: Longs  # [num_features]: declared range
    high: Longs
    key: Longs  # [column]: features that are looked up
    place: Ints  # [width]: its column, plus one; 0: the states that were named do not differ in it
    varying: Ints  # [column]: which feature or context it is, ascending
    tells: Bytes  # [num_features]: which states do, at the latest fit: 0, or ACTED or LISTED of `visits`


class Actions(NamedTuple):
    """One entry an action."""

    num_learnt: Ints  # labels
    num_of_kind: Ints  # [action * 4 + kind]
    commonest_room: Ints  # changes that there is room for where those of `COMMONEST` begin
    num_types: Ints  # 0 until it was fitted
    new_from: Ints  # the first label that the latest fit did not know
    first_visited: Ints  # visited pair, plus one
    last_visited: Ints
    num_visited: Ints
    first_candidate: Ints  # plus one
    chain_length: Ints
    chain: Ints  # [action * CHAIN + i]: coordinates that the gate looks at
    pull: Floats  # pseudo-count of a longer chain's prior, which is the shorter chain
    gate: Ints  # the node that its contexts hang from
    next_search: Floats  # the step from which on the gate is searched for again
    version: Ints  # how often it was fitted
    least: Floats  # weight of the symmetric type in any pair, at least
    telling: Longs  # bits: labels that predictions look at, see `take_note` in `fitting.types`
    held: Ints  # the latest visited pair whose state the ranges hold, plus one
    lowest: Ints  # [action * num_features + i]: range of the states in which it was taken, see `visits`
    highest: Ints
    usual: Ints  # likewise what the coordinate was in the first of them
    unusual: Floats  # in how many it was something else, and rules held


class Types(NamedTuple):
    """One entry a type, numbered `action * TYPES + type`."""

    concentration: Floats
    owner: Ints  # label, 0: none
    mass: Longs  # contributions to labels, see `fitting.types.mass_place`
    total: Longs  # their sum


class Scratch(NamedTuple):
    """Working memory, and the single numbers."""

    place: Ints  # [state]: in the list of outcomes, plus one; zero between calls
    settled: Longs  # [state]: the settling in which its predictions were last written
    outcome: Ints  # [outcome]
    times: Ints  # [outcome]: how often it was seen
    base: Floats  # [type * outcome_room + outcome]; while a gate is searched for, weights in it, as `trial_share`
    mixed: Floats  # [outcome]: predicted by all types
    log_mixed: Floats  # its logarithm
    local: Floats  # [outcome]: concentration by name
    pointed: Ints  # labels that say something of the pair at hand
    label_place: Ints  # likewise which outcome they point to, or MISSING
    adjacent: Ints  # states next to the one at hand, see `fitting.neighbours`
    origin: Ints  # likewise those from which any action led there
    neighbour: Ints  # likewise their places in the list of outcomes
    own: Ints  # [type * LABEL_ROOM + label]: what a pair contributes; zero between calls
    hits: Longs  # [outcome]: bits of the labels that it agrees with
    adjacent_share: Floats  # [outcome]: what adjacency says of it, if it agrees with that
    touched: Ints  # labels that are hit, ascending
    gate: Floats  # [type, their blend behind them]: weights
    responsibility: Floats  # [type]
    evidence_of: Floats  # [type]: for what was seen of a pair, of many visits its logarithm
    normaliser: Floats
    anywhere: Floats  # [type]: concentration on each state
    unnamed: Floats  # [type]
    concentration: Floats  # [type]
    tables: Floats  # [type], statistics of a sweep: expected number of tables
    exposure: Floats  # and its slope
    log_now: Floats  # log evidence with the concentration in force
    log_double: Floats
    log_half: Floats
    tally: Floats  # [LABEL_ROOM]
    size: Floats  # [type * KEPT + visits], see `sizes`
    log_size: Floats
    excess: Floats
    mass: Floats  # [type * KEPT + times], of an outcome, likewise
    others: Floats
    drop: Floats
    beam: Ints  # [rank * CHAIN + i]: chains
    evidence: Brief  # [visited pair of the action that is fitted * TYPES + type]: relative to the largest
    trial_node: Ints  # [visited pair of one action]
    trial_next: Ints
    trial_share: Shorts  # [... * TYPES + type]: how far it is taken for the type
    trial_total: Longs  # [type]: of all of them
    trial_weight: Longs  # [context * TYPES + type]
    trial_parent: Ints  # [context]
    trial_value: Ints
    trial_slot: Ints
    led: Longs  # [LEADS], in a ring: steps that had been made when the lead changed
    numbers: "Numbers"


@record
class Numbers(Record):
    """Single numbers of a structured belief."""

    num_actions: int
    num_siblings: int  # as many as actions, or 0
    num_features: int
    width: int  # features and contexts
    num_candidates: int
    num_visited: int
    num_changes: int  # of labels
    more_changes: int  # so many more a label asks room for
    num_nodes: int
    more_nodes: int  # so many more a fit asks room for; 0: for none
    num_parts: int  # rows, freed ones included
    num_free: int  # rows of parts that were freed
    first_free: int  # the latest of them, plus one
    num_carried: int  # contexts
    num_named: int
    num_varying: int  # features in which named states differ
    num_columns: int  # and contexts
    more_columns: int  # so many more a state asks room for
    num_rows: int  # the largest number of a state that was named, plus one
    first_named: int  # the first state that was named, plus one
    num_listed: int  # states that had features before they were met
    num_seen: int  # different outcomes of pairs
    most_outcomes: int  # of a pair, so far
    num_outcomes: int  # in the scratch list
    num_components: int  # of a prediction: types, and their blend behind them, where there is one
    num_pointed: int  # in the scratch list, labels
    num_neighbours: int
    num_adjacent: int
    adjacent_to: int  # the state that they are listed for, no action's own outcomes left out, plus one; 0: none
    num_origins: int
    origins_of: int  # likewise
    num_touched: int
    boost_from: int  # labels from here on are boosted in the generic type
    num_boosted: int
    next_refit: int
    num_refits: int
    is_fitting: int  # 0, or the stage of a fit that found no room, and is to go on: `fitting.refits`
    fit_action: int  # then with this action,
    fit_phase: int  # in this phase of `fitting.refits`,
    fit_link: int  # and where pairs are swept, with this visited pair, plus one,
    fit_place: int  # and this place among those of the action
    common: float  # what such a fit knows the median as of concentrations of types that labels own
    is_forgotten: int  # whether what was carried here was forgotten since the latest fit, 0 or 1
    mistrust: float  # how probable it is that what was carried here of an action not judged yet is wrong
    state_room: int
    row_room: int
    pair_room: int
    edge_room: int
    seen_room: int
    visited_room: int
    candidate_room: int
    change_room: int
    node_room: int
    part_room: int
    outcome_room: int
    trial_room: int
    label_room: int  # labels that types have room for
    name_slots: int  # powers of two
    candidate_slots: int
    node_slots: int
    trial_slots: int
    event_hits: int  # of a transition that is being learnt
    event_neighbours: int
    event_invalid: int
    concentration: float  # of the symmetric type
    is_blended: int  # whether there is mixed membership, see `membership`, 0 or 1
    stray: float  # of the latest prediction: what strays of the other actions add to it
    pair_concentration: float  # and effective
    pair_unnamed: float  # on features that no known number stands for
    pair_anywhere: float  # on each state
    mixed_unnamed: float  # probability
    mixed_anywhere: float  # probability of a state that is neither named nor seen
    is_leading: int  # whether it predicts better than a symmetric prior, 0 or 1
    led_since: int  # steps that had been made when the lead changed
    num_leads: int  # how often it changed
    lead: float  # nats of log probability that it is ahead of the symmetric prior, of all steps
    recent_lead: float  # likewise, at most a little beyond the guard
    num_first: float  # first outcomes of pairs, the older the less each counts: `visits.weigh_first`
    unforeseen: float  # of these, those that rules did not foresee
    doubt: float  # how probable such a one is, by the latest fit; 0 where pairs have several outcomes
    is_all_due: int  # whether all predictions are due, 0 or 1
    due_from: int  # in order of sight: the first known state that is still to come
    due_action: int  # likewise, of the state at hand
    is_short: int  # whether the latest settling found no room, and is to go on, 0 or 1
    due_state: int  # of whose actions some are, plus one
    has_strayed: int  # whether the latest transition did, which all of them may expect, 0 or 1
    due_next: int  # likewise the state next to it
    due_pair: int
    num_settlings: int  # so far
    num_settled: int  # known states whose predictions were once brought up to date
    settled_at: int  # steps made then
    predicted: int  # the pair that the scratch holds a prediction of, plus one
    counted: int  # likewise one that had its latest outcome before, which is all that was learnt since
    growth: float  # share by which the steps grow between two fits
    gap: float  # fewest steps between two fits
    log_sigma: float  # of the symmetric concentration: standard deviation of its logarithm
    guard: float  # nats by which the other one must be ahead for the lead to change


class Structured(NamedTuple):
    """What compiled functions know a structured belief by."""

    names: Names
    labels: Labels
    candidates: Candidates
    actions: Actions
    types: Types
    visited: Visited
    marks: Marks
    nodes: Nodes
    carried: Carried
    parts: Parts
    scratch: Scratch
    numbers: Numbers


TABLES: tuple[Any, ...] = (Names, Labels, Candidates, Actions, Types, Visited, Marks, Nodes, Carried, Parts, Scratch)
_names_at, _labels_at, _candidates_at, _actions_at, _types_at = (handle(table) for table in TABLES[:5])
_visited_at, _marks_at, _nodes_at, _carried_at, _parts_at, _scratch_at = (handle(table) for table in TABLES[5:])
_FIRST = NUM_TABLES
_PLACES = tuple(BEHIND_BELIEF + sum(len(table._fields) for table in TABLES[:k]) for k in range(len(TABLES)))


@part
def structure_at(address):
    """The structured belief whose tables were packed behind those of the belief."""
    scratch = _scratch_at(address, _PLACES[10], _FIRST + 10)
    return Structured(
        _names_at(address, _PLACES[0], _FIRST), _labels_at(address, _PLACES[1], _FIRST + 1),
        _candidates_at(address, _PLACES[2], _FIRST + 2), _actions_at(address, _PLACES[3], _FIRST + 3),
        _types_at(address, _PLACES[4], _FIRST + 4), _visited_at(address, _PLACES[5], _FIRST + 5),
        _marks_at(address, _PLACES[6], _FIRST + 6), _nodes_at(address, _PLACES[7], _FIRST + 7),
        _carried_at(address, _PLACES[8], _FIRST + 8), _parts_at(address, _PLACES[9], _FIRST + 9),
        scratch, scratch.numbers,
    )  # fmt: skip
