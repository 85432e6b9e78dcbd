"""Neighbours: states known to be adjacent, as another action led there, or any action led here from there."""

from ....compilation.compiled import part
from ..tables import MOST_NEIGHBOURS


@part
def neighbours(known, structure, state, action):
    """List the states known to be adjacent, by other actions or backwards; return how many, 0 if too many.

    They are the same for all actions that were never taken there, and listed once for all of these.
    """
    numbers = structure.numbers
    is_taken = known.pairs.visits[state * numbers.num_actions + action] > 0
    if is_taken or numbers.adjacent_to != state + 1:
        numbers.num_adjacent = _list_neighbours(known, structure, state, action)
        numbers.adjacent_to = 0 if is_taken else state + 1
    return int(numbers.num_adjacent)


@part
def _list_neighbours(known, structure, state, action):
    """List them anew."""
    edges, scratch, numbers = known.edges, structure.scratch, structure.numbers
    if numbers.origins_of != state + 1:
        numbers.num_origins, numbers.origins_of = _list_origins(known, structure, state), state + 1
    num = 0
    for other in range(numbers.num_actions):
        pair = state * numbers.num_actions + other
        if other == action or known.pairs.visits[pair] == 0:
            continue
        link = known.pairs.first_out[pair]
        while link > 0:
            if edges.count[link - 1] > 0:
                num = _with(scratch.adjacent, num, edges.successor[link - 1])
                if num > MOST_NEIGHBOURS:
                    return 0
            link = edges.next_out[link - 1]
    for i in range(numbers.num_origins):
        num = _with(scratch.adjacent, num, scratch.origin[i])
        if num > MOST_NEIGHBOURS:
            return 0
    return num


@part
def _list_origins(known, structure, state):
    """List the other states from which any action led to one, which are the same for all actions; too many are cut."""
    edges, scratch, numbers, num = known.edges, structure.scratch, structure.numbers, 0
    link = known.states.first_in[state]
    while link > 0 and num <= MOST_NEIGHBOURS:
        if edges.count[link - 1] > 0:
            origin = edges.pair[link - 1] // numbers.num_actions
            if origin != state:
                num = _with(scratch.origin, num, origin)
        link = edges.next_in[link - 1]
    return num


@part
def _with(states, num, state):
    """Append a state to a list, if it is not there; return how many there are."""
    for i in range(num):
        if states[i] == state:
            return num
    states[num] = state
    return num + 1
