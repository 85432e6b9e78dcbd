"""Which pairs were visited, by action, how far the states reach in which it was taken, and what is still to be tried.

A state that lies beyond them in every coordinate is news: what did the same everywhere may do something else there. By
how much the symmetric type may then be needed says Laplace's rule of succession, coordinate by coordinate, for one more
value after n that did not need it:

    w_0(s) >= max_i 1 / (n_i + 2)        n_i = highest - lowest value of coordinate i so far, plus one

A state within the range of one coordinate is no news: most states of a world that is explored lie outside in some.
Nor is one in which the action was taken, nor any while rules from elsewhere are in force for the action. A coordinate
that is the same in all listed states, and in all in which anything was done, says nothing unless it differs here. As
with all that pairs share, what the latest fit has known counts.

Who steers doubts more. Rules that are wrong about states of another kind are wrong about all of them, which no look at
a single pair pays for; and as long as rules expect nothing to be learnt there, nobody goes to look. So what a pair that
was never taken is expected to teach (not what it predicts) is reckoned with

    w_0(s) >= max_i 1 / (m_i + 3 (T + 1))

over the coordinates that are not in s what they were in the first state in which the action was taken: m_i counts the
states in which i was something else and rules held, by how far the symmetric type is not responsible; T the coordinates
of which that is true at least once. That is one in three, as for a second value above; less, the more often rules held
while i was changed, and the more coordinates there are that may be.

Nor will rules that lately did not foresee what pairs did at first foresee it in the next ones. With p the probability
by rules of each first outcome, before it was seen, and q how probable it is that any of K states follows instead,

    q = (u + 1) / (n + 3),        u <- .98 u + (q / K) / (q / K + (1 - q) p),        n <- .98 n + 1

w_0(s) >= q as well, by the latest fit, wherever a coordinate is not what it was in that first state. So it is as long
as no pair had a second outcome: where a step may slip, what was improbable says nothing against rules. Nor is what
rules from elsewhere did not foresee held against those that are learnt here.
"""

import math

from ...compilation.compiled import part
from .dictionary import feature
from .tables import NAMELESS, SHARE, SYMMETRIC, TYPES

KEPT = 0.98
"""What a first outcome counts once there is another one: some fifty are remembered."""
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
def weigh_first(structure, chance, num_outcomes):
    """Take note of how probable the first outcome of a pair was by the rules, before it was seen."""
    own, share = structure.numbers, unforeseen(structure)
    anywhere = share / num_outcomes
    own.unforeseen = KEPT * own.unforeseen + anywhere / (anywhere + (1.0 - share) * chance)
    own.num_first = KEPT * own.num_first + 1.0


@part
def unforeseen(structure):
    """Return how probable it is that rules do not foresee what a pair does at first."""
    return (structure.numbers.unforeseen + 1.0) / (structure.numbers.num_first + 3.0)


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
        _count_unusual(structure, action)
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
def _count_unusual(structure, action):
    """Count the states unlike the first, by coordinate, in which an action did what it generally does."""
    actions, numbers, table = structure.actions, structure.numbers, structure.visited
    first, following = action * numbers.num_features, int(actions.first_visited[action])
    for i in range(first, first + numbers.num_features):
        actions.unusual[i] = 0.0
    while following > 0 and _is_fitted(structure, following - 1):
        share = 1.0 - table.responsibility[(following - 1) * TYPES + SYMMETRIC] / SHARE
        row = int(table.pair[following - 1]) // numbers.num_actions * numbers.row_room
        for k in range(numbers.num_varying):
            at = first + structure.names.varying[k]
            if structure.names.features[row + k] != actions.usual[at]:
                actions.unusual[at] += share
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
        structure.actions.usual[first + i] = value


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
    most = 0.0
    if not _is_comparable(structure, state, action):
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


@part
def doubt(structure, state, action):
    """Return the least weight that the symmetric type has for who steers, where an action was not taken."""
    actions, names, numbers, least = structure.actions, structure.names, structure.numbers, math.inf
    if not _is_comparable(structure, state, action):
        return 0.0
    first, row, num_tried = action * numbers.num_features, state * numbers.row_room, 0
    for k in range(numbers.num_varying):
        at = first + names.varying[k]
        num_tried += int(actions.unusual[at] >= 1.0)
        if names.tells[names.varying[k]] > 0 and names.features[row + k] != actions.usual[at]:
            least = min(least, actions.unusual[at])
    if least == math.inf:
        return 0.0
    return max(1.0 / (least + 3.0 * (num_tried + 1.0)), numbers.doubt)


@part
def _is_comparable(structure, state, action):
    """Whether a state has features to be compared with those in which the action was taken, by which it is judged."""
    is_known = structure.actions.held[action] > 0 and structure.names.named[state] != NAMELESS
    return is_known and structure.carried.trust[action] == 0.0


def is_sensible(unforeseen: float, num_first: float, doubt: float) -> bool:
    """Whether first outcomes can have come out so, and rules be doubted so for it."""
    return bool(0.0 <= unforeseen <= num_first <= 1.0 / (1.0 - KEPT) + 1e-6 and 0.0 <= doubt <= 1.0)
