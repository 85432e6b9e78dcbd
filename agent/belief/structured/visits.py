"""Which pairs were visited, by action, and how far the states reach in which an action was taken.

A state that lies beyond them in every coordinate is news: what did the same everywhere may do something else there. By
how much the symmetric type may then be needed says Laplace's rule of succession, coordinate by coordinate, for one more
value after n that did not need it:

    w_0(s) >= max_i 1 / (n_i + 2)        n_i = highest - lowest value of coordinate i so far, plus one

A state within the range of one coordinate is no news: most states of a world that is explored lie outside in some.
Nor is one in which the action was taken, nor any while rules of elsewhere are in force for the action. A coordinate
that is the same in all listed states, and in all in which anything was done, says nothing unless it differs here. As
with all that pairs share, what the latest fit has known counts.
"""

from ...compilation.compiled import part
from .dictionary import feature
from .tables import NAMELESS, TYPES

ACTED, LISTED = 1, 2
"""States that differ in a coordinate: some in which anything was done; some that are listed."""


@part
def visit(structure, pair):
    """Append a pair to those that were visited."""
    table, numbers = structure.visited, structure.numbers
    visited = numbers.num_visited
    numbers.num_visited += 1
    table.pair[visited], table.invalid[visited] = pair, numbers.event_invalid
    table.strays[visited] = table.exposure[visited] = 0.0
    link(structure, visited)


@part
def link(structure, visited):
    """Make a visited pair the latest one of its action."""
    actions, table = structure.actions, structure.visited
    pair = int(table.pair[visited])
    action = pair % structure.numbers.num_actions
    structure.marks.visited[pair] = visited + 1
    if actions.num_visited[action] == 0:
        actions.first_visited[action] = visited + 1
    else:
        table.following[actions.last_visited[action] - 1] = visited + 1
    actions.last_visited[action] = visited + 1
    actions.num_visited[action] += 1


@part
def hold(structure):
    """Let the ranges of all actions hold the states of visited pairs that a fit has known."""
    numbers, tells = structure.numbers, structure.names.tells
    for action in range(numbers.num_actions):
        _hold(structure, action)
    for k in range(numbers.num_varying):
        i = structure.names.varying[k]
        if tells[i] != LISTED:
            tells[i] = ACTED if _varies(structure, i) else 0


@part
def _hold(structure, action):
    """Let the ranges of an action hold those states."""
    actions, table = structure.actions, structure.visited
    held = int(actions.held[action])
    following = int(table.following[held - 1]) if held > 0 else int(actions.first_visited[action])
    while following > 0 and _is_fitted(structure, following - 1):
        state = int(table.pair[following - 1]) // structure.numbers.num_actions
        if actions.held[action] == 0:
            _begin(structure, state, action)
        else:
            _widen(structure, state, action)
        actions.held[action] = following
        following = int(table.following[following - 1])


@part
def _varies(structure, i):
    """Whether states in which something was done differ in a coordinate."""
    actions, numbers, first = structure.actions, structure.numbers, -1
    for action in range(numbers.num_actions):
        at = action * numbers.num_features + i
        if actions.held[action] > 0:
            first = at if first < 0 else first
            if actions.lowest[at] < actions.highest[at] or actions.lowest[at] != actions.lowest[first]:
                return True
    return False


@part
def _is_fitted(structure, visited):
    """Whether types are responsible for a visited pair."""
    total = 0
    for z in range(visited * TYPES, (visited + 1) * TYPES):
        total += structure.visited.responsibility[z]
    return total > 0


@part
def _begin(structure, state, action):
    """Let the ranges of an action be a single state."""
    numbers = structure.numbers
    first = action * numbers.num_features
    for i in range(numbers.num_features):
        value = feature(structure, state, i)
        structure.actions.lowest[first + i] = structure.actions.highest[first + i] = value


@part
def _widen(structure, state, action):
    """Let them hold another state. In coordinates that do not vary yet, all states are as the first one was."""
    actions, names, numbers = structure.actions, structure.names, structure.numbers
    first, row = action * numbers.num_features, state * numbers.row_room
    for k in range(numbers.num_varying):
        i = names.varying[k]
        value = names.features[row + k]
        actions.lowest[first + i] = min(actions.lowest[first + i], value)
        actions.highest[first + i] = max(actions.highest[first + i], value)


@part
def novelty(structure, state, action):
    """Return the least weight of the symmetric type in a state that is news to an action, in any other one 0."""
    actions, names, numbers = structure.actions, structure.names, structure.numbers
    is_trusted, most = structure.carried.trust[action] > 0.0, 0.0
    if actions.held[action] == 0 or is_trusted or names.named[state] == NAMELESS:
        return 0.0
    first, row = action * numbers.num_features, state * numbers.row_room
    for k in range(numbers.num_varying):
        i = names.varying[k]
        low, high = float(actions.lowest[first + i]), float(actions.highest[first + i])
        if not low <= names.features[row + k] <= high:
            most = max(most, 1.0 / (high - low + 3.0))
        elif names.tells[i] > 0:
            return 0.0
    return most
