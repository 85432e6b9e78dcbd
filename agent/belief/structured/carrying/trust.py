"""How much what was learnt of an action elsewhere counts here: as it would have predicted so far.

Totals of labels and of contexts enter as pseudo-counts, `trust` times those that were carried here. Before a transition
is learnt it is asked how probable it is by each weight, and by what was seen here alone:

    ahead = sum of ln P(trust) - ln P(0)        trust = 1, 1/8, 1/64

Each action has a guard of its own: another weight comes into force once it is ahead by `guard` nats. If none is as good
as nothing, all that was carried here about the action is forgotten, and it is learnt as if it never had been. What is
different here may be so for all actions, as where moves slip no more: a weight also comes into force for all of them
once it is ahead by `guard` nats in their sum. If full trust in all actions has cost more than one action can, all are
forgotten: actions or observations mean something else. One that is trusted less by now counts for no more than `guard`.

Once one was forgotten, those of other actions that are not ahead yet may be wrong as well. They say that there is
little to learn by these actions, so nobody would find out. So who steers doubts them (`predicting.steering`).

What rules from elsewhere cost is not held against those that are learnt here: the guard that compares rules with
empirical Bayes (`learning._judge_lead`) goes on as if the weight now in force had been from the first step on,

    recent_lead += ahead(weight now in force) - ahead(the former one)        ahead of nothing = 0
"""

import math

from ....compilation.compiled import part
from ..fitting.types import take_note, withdraw
from ..predicting.mixture import probability
from ..predicting.prediction import predict
from ..tables import CHAIN, FIRST_LEARNT, LABEL_ROOM, TYPES
from .table import WEIGHTS
from .totals import best_weight, is_ahead

_NUM = len(WEIGHTS)
MISTAKEN = 2.0
"""So many guards full trust in all actions may have cost: each action is forgotten after little more than one."""
LEAST_SYMMETRIC = 0.01
"""Weight of the symmetric type, at least; 1 / (n + 2) after n states in which the action was taken, and no faster."""


@part
def compare(known, structure, pair, successor):
    """Ask how probable a transition that is about to be learnt is by each weight.

    Args:
        known: the belief.
        structure: its rules; what was carried here about the action is trusted.
        pair: that is taken.
        successor: where it led.
    """
    carried, actions = structure.carried, structure.actions
    action = pair % structure.numbers.num_actions
    in_force, least = float(carried.trust[action]), float(actions.least[action])
    carried.trust[action], actions.least[action] = 0.0, least_symmetric(float(actions.num_visited[action]))
    predict(known, structure, pair)
    alone = math.log(probability(structure, successor))
    actions.least[action] = least
    for i in range(_NUM):
        carried.trust[action] = WEIGHTS[i]
        predict(known, structure, pair)
        carried.ahead[action * _NUM + i] += math.log(probability(structure, successor)) - alone
    carried.trust[action] = in_force


@part
def judge(known, structure, action):
    """Let another weight be in force once it is far enough ahead, or forget what was carried here."""
    own = structure.numbers
    found, most = best_weight(structure, action)
    if max(most, 0.0) > _ahead_in_force(structure, action) + own.guard:
        _put_in_force(known, structure, action, WEIGHTS[found] if most > 0.0 else 0.0)
    _judge_together(known, structure)
    mistrust = mistrust_of_others(structure)
    if mistrust != own.mistrust:
        own.mistrust, own.is_all_due = mistrust, 1


@part
def _judge_together(known, structure):
    """Let one weight be in force for all actions, or forget all, where that is far enough ahead for all together."""
    carried, own = structure.carried, structure.numbers
    found, most, full = 0, 0.0, 0.0
    for i in range(_NUM):
        lead = 0.0
        for action in range(own.num_actions):
            if carried.trust[action] > 0.0:
                lead += carried.ahead[action * _NUM + i] - _ahead_in_force(structure, action)
        if lead > most:
            found, most = i, lead
    for action in range(own.num_actions):
        ahead = float(carried.ahead[action * _NUM])
        full += max(ahead, -own.guard) if 0.0 < carried.trust[action] < WEIGHTS[0] else ahead
    is_mistaken = full < -MISTAKEN * own.guard
    if is_mistaken or most > own.guard:
        for action in range(own.num_actions):
            if carried.trust[action] > 0.0:
                _put_in_force(known, structure, action, 0.0 if is_mistaken else WEIGHTS[found])


@part
def mistrust_of_others(structure):
    """Return how probable it is that what was carried here is wrong of an action that was not judged yet.

    As if each were wrong with the same unknown probability, and one more had been right: wrong / (wrong + right + 1).
    """
    carried, num_wrong, num_right = structure.carried, 0, 0
    for action in range(structure.numbers.num_actions):
        if is_ahead(structure, action):
            num_right += 1
        elif carried.trust[action] == 0.0 and carried.ahead[action * _NUM] < 0.0:
            num_wrong += 1
    return num_wrong / (num_wrong + num_right + 1.0)


@part
def _put_in_force(known, structure, action, weight):
    """Let another weight be in force, for the guard as if it always had been; 0: forget, and fit what was seen here."""
    carried, own = structure.carried, structure.numbers
    before = _ahead_in_force(structure, action)
    carried.trust[action], own.is_all_due = weight, 1
    own.recent_lead += _ahead_in_force(structure, action) - before
    if weight == 0.0:
        forget(known, structure, action)
        own.is_forgotten = 1
    take_note(structure, action)


@part
def _ahead_in_force(structure, action):
    """Return by how much the weight in force is ahead of none, nats; 0 for none."""
    for i in range(_NUM):
        if structure.carried.trust[action] == WEIGHTS[i]:
            return float(structure.carried.ahead[action * _NUM + i])
    return 0.0


@part
def least_symmetric(num_pairs):
    """Return the least weight of the symmetric type in an action of which so many pairs were visited."""
    return max(LEAST_SYMMETRIC, 1.0 / (2.0 + num_pairs))


@part
def forget(known, structure, action):
    """Let an action be as if it had been met, but not fitted yet, and nothing had been carried here."""
    actions, labels, candidates, table = structure.actions, structure.labels, structure.candidates, structure.visited
    carried = structure.carried
    builtin = (1 << FIRST_LEARNT) - 1
    link = int(actions.first_visited[action])
    while link > 0:
        visited = link - 1
        link = int(table.following[visited])
        withdraw(structure, action, visited)
        table.node[visited] = 0
        edge_link = known.pairs.first_out[table.pair[visited]]
        while edge_link > 0:
            if known.edges.count[edge_link - 1] > 0:
                structure.marks.hits[structure.marks.order[edge_link - 1]] &= builtin
            edge_link = known.edges.next_out[edge_link - 1]
    link = int(actions.first_candidate[action])
    while link > 0:
        candidates.is_learnt[link - 1] = 0
        link = int(candidates.following[link - 1])
    for entry in range(action * LABEL_ROOM, (action + 1) * LABEL_ROOM):
        labels.kind[entry] = 0
    for at in range(action * TYPES, (action + 1) * TYPES):
        structure.types.owner[at] = 0
        structure.types.concentration[at] = 0.0
    for kind in range(4):
        actions.num_of_kind[action * 4 + kind] = 0
    for k in range(action * CHAIN, (action + 1) * CHAIN):
        actions.chain[k] = 0
    actions.num_learnt[action] = actions.num_types[action] = carried.num_labels[action] = actions.held[action] = 0
    actions.chain_length[action] = carried.is_planted[action] = 0
    actions.new_from[action] = 1
    actions.gate[action] = action
    actions.pull[action] = actions.least[action] = carried.trust[action] = actions.next_search[action] = 0.0
