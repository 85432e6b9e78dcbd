"""Empowerment of a state: how much its actions can tell apart of where they lead.

    E(s) = max over q of I(A; S'),   A ~ q,   S' ~ predictive(. | s, A)

the capacity of the channel from actions to successors (Klyubin, Polani and Nehaniv 2005, "Empowerment: a universal
agent-centric measure of control", for one step), by the algorithm of Blahut (1972) and Arimoto (1972).
"""

import math

import numpy as np

from ..belief import pair_gains, updates
from ..compilation.compiled import compiled, part

PRECISION, MOST_ROUNDS = 1e-6, 1000
"""Nats by which the capacity may be underestimated, and rounds after which it is left at what it is."""


@compiled
def empowerment(belief_address, state):
    """Empowerment of a known state that is not terminal, nats, between 0 and ln of the number of actions.

    Outcomes that no action was seen to have, and none names, count as one.
    """
    known = updates.belief_at(belief_address)
    return capacity(channel(known, state))


@part
def channel(known, state):
    """Where the actions of a state lead, `[num_actions, successors + 1]`; in the last column is what is left."""
    pairs, edges, num_actions = known.pairs, known.edges, known.numbers.num_actions
    most, first = 1, state * num_actions
    for pair in range(first, first + num_actions):
        link = pairs.first_out[pair]
        while link > 0:
            most += 1
            link = edges.next_out[link - 1]
    places, chance, size = np.zeros(most, np.int64), np.zeros((num_actions, most)), 0
    for action in range(num_actions):
        weight, link = pair_gains.count_weight(known, first + action), pairs.first_out[first + action]
        while link > 0:
            edge = link - 1
            mass = edges.count[edge] + (edges.local[edge] if known.numbers.has_local else 0.0)
            if mass > 0.0:
                place = 0
                while place < size and places[place] != edges.successor[edge]:
                    place += 1
                if place == size:
                    places[place] = edges.successor[edge]
                    size += 1
                chance[action, place] = weight * mass
            link = edges.next_out[edge]
    for action in range(num_actions):
        pair = first + action
        anywhere = pair_gains.free_concentration(known, pair) / known.numbers.num_outcomes
        left = 1.0
        for place in range(size):
            chance[action, place] += pair_gains.count_weight(known, pair) * anywhere
            left -= chance[action, place]
        chance[action, most - 1] = max(left, 0.0)
    return chance


@part
def capacity(chance):
    """Capacity of a channel, nats: `chance[x, y]` is the probability of y given x."""
    num_inputs, num_outputs = chance.shape
    share, divergence = np.full(num_inputs, 1.0 / num_inputs), np.zeros(num_inputs)
    low = 0.0
    for _ in range(MOST_ROUNDS):
        largest = 0.0
        for x in range(num_inputs):
            divergence[x] = 0.0
        for y in range(num_outputs):
            mean = 0.0
            for x in range(num_inputs):
                mean += share[x] * chance[x, y]
            for x in range(num_inputs):
                if chance[x, y] > 0.0:
                    divergence[x] += chance[x, y] * math.log(chance[x, y] / mean)
        for x in range(num_inputs):
            largest = max(largest, divergence[x])
        total = 0.0
        for x in range(num_inputs):
            share[x] *= math.exp(divergence[x])
            total += share[x]
        for x in range(num_inputs):
            share[x] /= total
        low = math.log(total)
        if largest - low <= PRECISION:
            break
    return max(low, 0.0)
