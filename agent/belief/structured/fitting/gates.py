"""Gates: which type of an action holds in which context, learnt as a chain of at most three coordinates x_1, x_2, x_3.

What is carried elsewhere may look at something else instead (`targets.looked_at`).

    g_0(z) = (R_z + .3) / sum                                    R: responsibilities of all pairs of the action
    g_i(z) = (R_i(z) + pull g_{i-1}(z)) / (R_i + pull)           R_i: of those that agree on x_1 .. x_i

and the weight w_z(s) is that of the longest known context. What the pair at hand contributed is left out.
"""

import math

from ....compilation.compiled import part
from ..carrying.totals import responsibility
from ..dictionary import PRIME, start_of
from ..tables import CHAIN, GENERIC, NAMELESS, SHARE, SYMMETRIC, TYPES
from ..visits import novelty
from .targets import looked_at
from .types import add_responsibility

PSEUDO_GATE = 0.3
FIRST_PULL, LEAST_PULL, MOST_PULL = 1.0, 0.02, 20.0
PULL_LOG_VARIANCE = 0.25
"""Log-normal prior of the pull, `FIRST_PULL` its median. What pairs are taken for follows the gate, so that left to
itself a gate grows ever sharper."""
LEAST_WEIGHT = 1e-6
"""A context in which less than this was seen says nothing."""
LEAST = 1e-300
"""Added to evidence, so that its logarithm is finite."""


@part
def gate_weights(structure, action, state, visited):
    """Write the weights of an action's types in a state into the scratch.

    Args:
        structure: the tables.
        action: whose types.
        state: where.
        visited: the visited pair whose contributions are left out, or -1.
    """
    actions, gate, num_types = structure.actions, structure.scratch.gate, int(structure.actions.num_types[action])
    total = 0.0
    for z in range(num_types):
        gate[z] = _left(structure, action, action, visited, z) + PSEUDO_GATE
        total += gate[z]
    for z in range(num_types):
        gate[z] /= total
    if structure.names.named[state] == NAMELESS:
        return
    node, length = int(actions.gate[action]), int(actions.chain_length[action])
    longest = int(structure.visited.node[visited]) - 1 if visited >= 0 else -1
    for k in range(length):
        if longest >= 0:  # a visited pair knows its contexts
            node = longest
            for _ in range(k + 1, length):
                node = int(structure.nodes.parent[node])
        else:
            node = find(structure, node, looked_at(structure, action, state, int(actions.chain[action * CHAIN + k])))
        if node < 0:
            return
        _pull(structure, action, visited, node, num_types)


@part
def floored_weights(structure, action, state, visited):
    """Do so, the symmetric type's weight at least its least: of few pairs little is certain, and of news."""
    gate, num_types = structure.scratch.gate, int(structure.actions.num_types[action])
    gate_weights(structure, action, state, visited)
    least = float(structure.actions.least[action])
    if visited < 0:
        least = max(least, novelty(structure, state, action))
    if gate[SYMMETRIC] < least:
        factor = (1.0 - least) / (1.0 - gate[SYMMETRIC])
        for z in range(GENERIC, num_types):
            gate[z] *= factor
        gate[SYMMETRIC] = least


@part
def _left(structure, action, node, visited, z):
    """Responsibilities in a context, but for those of a visited pair; and those elsewhere, as far as they count."""
    weight = int(structure.nodes.weight[node * TYPES + z])
    if visited >= 0:
        weight -= int(structure.visited.responsibility[visited * TYPES + z])
    return weight / SHARE + responsibility(structure, action, node, z)


@part
def _pull(structure, action, visited, node, num_types):
    """Take a longer context into account."""
    gate, pull, total = structure.scratch.gate, structure.actions.pull[action], 0.0
    for z in range(num_types):
        total += _left(structure, action, node, visited, z)
    if total < LEAST_WEIGHT:
        return
    for z in range(num_types):
        gate[z] = (_left(structure, action, node, visited, z) + pull * gate[z]) / (total + pull)


@part
def find(structure, parent, value):
    """Return the context below another one, -1 if there is none."""
    nodes, slot = structure.nodes, _slot(structure, parent, value)
    return int(nodes.slot[slot]) - 1


@part
def _slot(structure, parent, value):
    nodes, slots = structure.nodes, structure.numbers.node_slots
    slot = start_of((parent * 1000003 + int(value) % PRIME) % PRIME, slots)
    while nodes.slot[slot] > 0:
        node = nodes.slot[slot] - 1
        if nodes.parent[node] == parent and nodes.value[node] == value:
            break
        slot = (slot + 1) & (slots - 1)
    return slot


@part
def _reach(structure, parent, value):
    """Return the context below another one, made if there was none."""
    nodes, numbers, slot = structure.nodes, structure.numbers, _slot(structure, parent, value)
    if nodes.slot[slot] > 0:
        return int(nodes.slot[slot]) - 1
    node = numbers.num_nodes
    numbers.num_nodes += 1
    nodes.parent[node], nodes.value[node] = parent, value
    nodes.slot[slot] = node + 1
    return node


@part
def plant(structure, action):
    """Make the contexts of an action's chain anew, from what all its visited pairs contribute."""
    actions, table, numbers = structure.actions, structure.visited, structure.numbers
    actions.gate[action] = numbers.num_nodes
    structure.nodes.parent[numbers.num_nodes] = -1
    numbers.num_nodes += 1
    link = int(actions.first_visited[action])
    while link > 0:
        visited = link - 1
        link = int(table.following[visited])
        table.node[visited] = 0
        settle(structure, action, visited)


@part
def num_unsettled(structure):
    """Return how many contexts visited pairs may need that have none yet, though their actions' gates do."""
    table, numbers, total = structure.visited, structure.numbers, 0
    for visited in range(numbers.num_visited):
        if table.node[visited] == 0:
            total += int(structure.actions.chain_length[table.pair[visited] % numbers.num_actions])
    return total


@part
def settle(structure, action, visited):
    """Find or make the contexts of a visited pair, and add its responsibilities there."""
    actions, table, names = structure.actions, structure.visited, structure.names
    state = int(table.pair[visited]) // structure.numbers.num_actions
    if names.named[state] == NAMELESS:
        return
    node = int(actions.gate[action])
    for k in range(actions.chain_length[action]):
        coordinate = int(actions.chain[action * CHAIN + k])
        node = _reach(structure, node, looked_at(structure, action, state, coordinate))
        add_responsibility(structure, visited, node, 1)
        table.node[visited] = node + 1


@part
def replant(structure):
    """Make the contexts of all actions anew in a table that is empty but for the actions' own."""
    numbers = structure.numbers
    numbers.num_nodes = numbers.num_actions
    for action in range(numbers.num_actions):
        structure.nodes.parent[action] = -1
    for visited in range(numbers.num_visited):
        add_responsibility(structure, visited, structure.visited.pair[visited] % numbers.num_actions, 1)
    for action in range(numbers.num_actions):
        if structure.actions.chain_length[action] > 0:
            plant(structure, action)
    _plant_carried(structure)


@part
def _plant_carried(structure):
    """Enter the contexts that were carried here: an action's own, and those of its gate as long as that is in force."""
    actions, table = structure.actions, structure.carried
    for entry in range(structure.numbers.num_carried):
        action, parent = int(table.action[entry]), int(table.parent[entry])
        if table.trust[action] == 0.0 or (parent >= 0 and table.is_planted[action] == 0):
            continue
        node = action
        if parent >= 0:
            above = int(actions.gate[action]) if table.parent[parent] < 0 else int(table.node[parent])
            node = _reach(structure, above, table.value[entry])
        table.node[entry] = node
        table.entry[node] = entry + 1


@part
def fit_pull(structure, action):
    """Choose how much the shorter context counts, a priori and by evidence: as it is, .4 times, or 2.5 times that."""
    actions = structure.actions
    now = best = float(actions.pull[action])
    most = -math.inf
    for factor in (1.0, 0.4, 2.5):
        actions.pull[action] = min(max(now * factor, LEAST_PULL), MOST_PULL)
        score = gate_score(structure, action) + _log_prior(actions.pull[action])
        if score > most:
            most, best = score, float(actions.pull[action])
    actions.pull[action] = best


@part
def _log_prior(pull):
    distance = math.log(pull / FIRST_PULL)
    return -0.5 * distance * distance / PULL_LOG_VARIANCE


@part
def gate_score(structure, action):
    """Log evidence of the gate for the types' evidence of all visited pairs, each left out of its own weights."""
    table, numbers, total, first = structure.visited, structure.numbers, 0.0, 0
    link = int(structure.actions.first_visited[action])
    while link > 0:
        visited = link - 1
        link = int(table.following[visited])
        gate_weights(structure, action, int(table.pair[visited]) // numbers.num_actions, visited)
        mean = 0.0
        for z in range(structure.actions.num_types[action]):
            mean += structure.scratch.gate[z] * float(structure.scratch.evidence[first + z])
        total += math.log(mean + LEAST)
        first += TYPES
    return total
