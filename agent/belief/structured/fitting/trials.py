"""Gates on trial: how well a chain of coordinates would tell types apart, each pair left out of its own weights."""

import math

from ....compilation.compiled import part
from ..carrying.totals import responsibility
from ..dictionary import PRIME, start_of
from ..tables import NAMELESS, SHARE, TYPES
from .gates import LEAST, LEAST_WEIGHT, PSEUDO_GATE
from .targets import looked_at


@part
def take(structure, action, is_even):
    """Let pairs of the trial be taken for what they are, or for what they look like if types weigh evenly."""
    scratch, table, num_types = structure.scratch, structure.visited, int(structure.actions.num_types[action])
    for z in range(TYPES):
        scratch.trial_total[z] = 0
    i, link = 0, int(structure.actions.first_visited[action])
    while link > 0:
        first, total = (link - 1) * TYPES, 0.0
        link = int(table.following[link - 1])
        for z in range(num_types):
            total += float(scratch.evidence[i * TYPES + z])
        for z in range(num_types):
            share = int(table.responsibility[first + z])
            if is_even:
                share = int(float(scratch.evidence[i * TYPES + z]) / total * SHARE)
            scratch.trial_share[i * TYPES + z] = share
            scratch.trial_total[z] += share
        i += 1


@part
def restart(structure, action):
    """Let the trial be the empty chain; return its score."""
    scratch, num_types = structure.scratch, int(structure.actions.num_types[action])
    score, i, link = 0.0, 0, int(structure.actions.first_visited[action])
    while link > 0:
        visited, total, mean = link - 1, 0.0, 0.0
        link = int(structure.visited.following[visited])
        scratch.trial_node[i] = 0
        for z in range(num_types):
            weight = (int(scratch.trial_total[z]) - int(scratch.trial_share[i * TYPES + z])) / SHARE
            weight += responsibility(structure, action, action, z)
            weight += PSEUDO_GATE
            scratch.base[i * TYPES + z] = weight
            total += weight
        for z in range(num_types):
            scratch.base[i * TYPES + z] /= total
            mean += scratch.base[i * TYPES + z] * float(scratch.evidence[i * TYPES + z])
        score += math.log(mean + LEAST)
        i += 1
    return score


@part
def spread(structure, action, coordinate):
    """Divide the contexts of the trial by one more coordinate, and add up the responsibilities in each.

    Returns:
        how many there are then.
    """
    scratch, table, numbers = structure.scratch, structure.visited, structure.numbers
    mask, num_contexts = numbers.trial_slots - 1, 0
    for slot in range(numbers.trial_slots):
        scratch.trial_slot[slot] = 0
    link, i = int(structure.actions.first_visited[action]), 0
    while link > 0:
        visited = link - 1
        link = int(table.following[visited])
        parent = int(scratch.trial_node[i])
        state = int(table.pair[visited]) // numbers.num_actions
        if structure.names.named[state] == NAMELESS:
            scratch.trial_next[i] = -1
            i += 1
            continue
        value = looked_at(structure, action, state, coordinate)
        slot = start_of((parent * 1000003 + value % PRIME) % PRIME, numbers.trial_slots)
        while scratch.trial_slot[slot] > 0:
            context = scratch.trial_slot[slot] - 1
            if scratch.trial_parent[context] == parent and scratch.trial_value[context] == value:
                break
            slot = (slot + 1) & mask
        if scratch.trial_slot[slot] == 0:
            scratch.trial_parent[num_contexts], scratch.trial_value[num_contexts] = parent, value
            for z in range(TYPES):
                scratch.trial_weight[num_contexts * TYPES + z] = 0
            num_contexts += 1
            scratch.trial_slot[slot] = num_contexts
        context = int(scratch.trial_slot[slot]) - 1
        scratch.trial_next[i] = context
        for z in range(structure.actions.num_types[action]):
            scratch.trial_weight[context * TYPES + z] += int(scratch.trial_share[i * TYPES + z])
        i += 1
    return num_contexts


@part
def trial_score(structure, action, pull, is_kept):
    """Score of the divided trial with a certain pull; `is_kept`: let it be the trial, which is not scored then."""
    scratch, table, num_types = structure.scratch, structure.visited, int(structure.actions.num_types[action])
    score, i, link = 0.0, 0, int(structure.actions.first_visited[action])
    while link > 0:
        visited = link - 1
        link = int(table.following[visited])
        first, own, total, mean = int(scratch.trial_next[i]) * TYPES, i * TYPES, 0, 0.0
        for z in range(num_types if first >= 0 else 0):
            total += int(scratch.trial_weight[first + z]) - int(scratch.trial_share[own + z])
        says = total / SHARE >= LEAST_WEIGHT
        for z in range(num_types):
            gate = scratch.base[own + z]
            if says:
                left = (int(scratch.trial_weight[first + z]) - int(scratch.trial_share[own + z])) / SHARE
                gate = (left + pull * gate) / (total / SHARE + pull)
            mean += gate * float(scratch.evidence[own + z])
            if is_kept:
                scratch.base[own + z] = gate
        if is_kept:
            scratch.trial_node[i] = scratch.trial_next[i]
        else:
            score += math.log(mean + LEAST)
        i += 1
    return score
