"""How all that pairs share is fitted: action by action, in phases that go on where they found no room."""

from ....compilation.compiled import part
from ...empirical_bayes import fitted_concentration, next_fit
from ...updates import FULL
from ..carrying import totals, trust
from ..tables import ADJACENT, FIRST_LEARNT, FIRST_OWNED, GENERIC, LABEL_ROOM, LABELS, MASS, SHARE, SYMMETRIC, TYPES
from ..visits import hold, unforeseen
from . import labels, parts, strays
from .expectation import generic_median, owned_median, sweep
from .gate_search import search, search_again
from .gates import num_unsettled
from .labels import hits_of, modal_edge
from .types import add_type, contribute, is_owner, mass_place, take_note, withdraw

SEARCH_GROWTH = 1.3
FEWEST_FITTED = 2
"""Visited pairs that an action must have before it is fitted."""
ENOUGH, NEW_SHARE = 2.0, 0.3
"""What must speak for a label that shall own a type; a hit of a label that no fit has known yet."""
STARVED = 0.7
"""Responsibility for all pairs below which a type is seeded again."""

_LEARNING, _FITTING = 1, 2
"""Stages: all actions learn labels, and then they are fitted."""
_FOUND, _SECOND, _SEARCH, _SEARCH_AGAIN, _EVEN, _THIRD, _DONE = 0, 2, 3, 4, 5, 6, 8
"""Phases of an action's fit, one after the other: the others, and those from the third one on, are sweeps."""


@part
def is_due(known, structure):
    """Whether a refit is due: by the number of steps, or as something of elsewhere was forgotten; or is to go on."""
    own = structure.numbers
    return known.numbers.num_steps >= own.next_refit or own.is_forgotten == 1 or own.is_fitting > 0


@part
def refit(known, structure):
    """Fit everything that pairs share; return FULL where it finds no room, and is to be called again, else 0."""
    own, actions = structure.numbers, structure.actions
    if own.is_fitting == 0:
        if _is_short(structure):
            return FULL
        _begin(known, structure)
        own.is_fitting = _LEARNING
    if own.is_fitting == _LEARNING:
        while own.fit_action < own.num_actions:
            if labels.learn(known, structure, own.fit_action) == FULL:
                return FULL
            own.fit_action += 1
        own.common, own.fit_action, own.is_fitting = owned_median(structure), 0, _FITTING
    while own.fit_action < own.num_actions:
        action = own.fit_action
        if actions.num_visited[action] >= FEWEST_FITTED and fit(known, structure, action, own.common) == FULL:
            return FULL
        take_note(structure, action)  # also of an action that is not fitted: it may have learnt a label
        own.fit_action += 1
    own.is_fitting = own.fit_action = 0
    own.is_blended = int(own.most_outcomes > 1)
    hold(structure)
    own.doubt = unforeseen(structure) if own.most_outcomes <= 1 else 0.0
    return 0.0


@part
def _is_short(structure):
    """Whether there might be no room for new pairs among the contexts, or for an action on trial."""
    own, actions = structure.numbers, structure.actions
    own.more_nodes = num_unsettled(structure)
    if own.num_nodes + own.more_nodes > own.node_room:
        return True
    own.more_nodes = 0
    for action in range(own.num_actions):  # noqa: SIM110  # compiled as it stands
        if actions.num_visited[action] > own.trial_room:
            return True
    return False


@part
def _begin(known, structure):
    """Do what is done before the first action is fitted."""
    own, steps = structure.numbers, known.numbers.num_steps
    if steps >= own.next_refit:
        own.next_refit = next_fit(steps, own.gap, own.growth)
    own.num_refits, own.is_forgotten = own.num_refits + 1, 0
    own.concentration = known.numbers.concentration = fitted_concentration(
        known.exceeding, known.numbers.visit_room, known.numbers.num_outcomes, own.log_sigma
    )
    strays.expose(known, structure)


@part
def fit(known, structure, action, common):
    """Fit the types and the gate of an action.

    Args:
        known: the belief.
        structure: its rules.
        action: of which some pairs were visited.
        common: the median of concentrations of types that labels own.

    Returns:
        FULL where it finds no room, and is to be called again before anything else, else 0.
    """
    actions, own, steps = structure.actions, structure.numbers, known.numbers.num_steps
    is_search_due = steps >= actions.next_search[action]
    while own.fit_phase < _DONE:
        phase, answer = own.fit_phase, 0.0
        if phase == _FOUND:
            answer = _found_all(known, structure, action, common, is_search_due)
        elif phase == _SEARCH:
            answer = search(structure, action)
        elif phase == _SEARCH_AGAIN:
            answer = search_again(structure, action)
        else:
            answer = sweep(known, structure, action, common, phase == _EVEN)
        if answer == FULL:
            return FULL
        own.fit_phase = phase + 1
        if phase == _SECOND and not is_search_due:
            own.fit_phase = _DONE
        elif _SEARCH <= phase <= _SEARCH_AGAIN and answer == 0.0:
            own.fit_phase = _THIRD
    own.fit_phase = 0
    if is_search_due:
        actions.next_search[action] = SEARCH_GROWTH * steps
    elsewhere = 0.0
    for z in range(TYPES):
        elsewhere += totals.responsibility(structure, action, action, z)
    actions.least[action] = trust.least_symmetric(actions.num_visited[action] + elsewhere)
    actions.version[action] += 1
    return 0.0


@part
def _found_all(known, structure, action, common, is_search_due):
    """Let labels own types, and give these the pairs that they explain; return FULL where there is no room, else 0."""
    actions = structure.actions
    if parts.is_short(structure, int(actions.num_visited[action])):
        return FULL
    num_seeded = max(int(actions.num_types[action]), FIRST_OWNED)
    if actions.num_types[action] == 0:
        add_type(structure, action, 0, 0.0)
        add_type(structure, action, 0, generic_median(structure))
    _found(known, structure, action, common)
    for z in range(FIRST_OWNED, actions.num_types[action]):
        weight = structure.nodes.weight[action * TYPES + z] / SHARE
        if z >= num_seeded or (is_search_due and weight < STARVED):
            _seed(known, structure, action, z)
    return 0.0


@part
def _found(known, structure, action, common):
    """Let the labels that most speaks for own types, as long as there is room for types."""
    actions = structure.actions
    _tally(known, structure, action)
    while actions.num_types[action] < TYPES:
        best = 0
        for label in range(ADJACENT + 1, FIRST_LEARNT + actions.num_learnt[action]):
            mass = structure.scratch.tally[label]
            is_more = best == 0 or mass > structure.scratch.tally[best]
            if mass >= ENOUGH and is_more and not is_owner(structure, action, label):
                best = label
        if best == 0:
            return
        add_type(structure, action, best, common)


@part
def _tally(known, structure, action):
    """Work out what speaks for each label: contributions, or of those that no fit has known, how often it was hit."""
    actions, types, tally = structure.actions, structure.types, structure.scratch.tally
    new_from, num_labels = actions.new_from[action], FIRST_LEARNT + actions.num_learnt[action]
    for label in range(LABELS):
        tally[label] = 0.0
        if label >= num_labels:
            continue
        for z in range(GENERIC, actions.num_types[action]):
            tally[label] += types.mass[mass_place(structure, action, z, label)] / MASS
    link = int(actions.first_visited[action])
    while link > 0:
        edge_link = known.pairs.first_out[structure.visited.pair[link - 1]]
        while edge_link > 0:
            bits = hits_of(known, structure, edge_link - 1)
            for label in range(new_from, FIRST_LEARNT + actions.num_learnt[action]):
                if bits & (1 << label):
                    tally[label] += NEW_SHARE
            edge_link = known.edges.next_out[edge_link - 1]
        link = int(structure.visited.following[link - 1])


@part
def _seed(known, structure, action, z):
    """Give a type all pairs that its label explains and that no owned type does."""
    scratch, table, numbers = structure.scratch, structure.visited, structure.numbers
    label = int(structure.types.owner[action * TYPES + z])
    link = int(structure.actions.first_visited[action])
    while link > 0:
        visited = link - 1
        link = int(table.following[visited])
        first = visited * TYPES
        share = int(table.responsibility[first + SYMMETRIC]) + int(table.responsibility[first + GENERIC])
        edge = modal_edge(known, structure, table.pair[visited]) - 1
        if 2 * share <= SHARE or not hits_of(known, structure, edge) & (1 << label):
            continue
        withdraw(structure, action, visited)
        for other in range(TYPES):
            scratch.responsibility[other] = 0.0
        scratch.responsibility[z] = 1.0
        numbers.num_touched, scratch.touched[0] = 1, label
        scratch.own[z * LABEL_ROOM + label] = MASS
        contribute(structure, action, visited, int(structure.actions.num_types[action]))
