"""Which clause of the rules in words is believed of a pair, and how firmly."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....compilation.compiled import compiled
from ...updates import belief_at
from ..predicting.prediction import predict
from ..tables import TYPES, structure_at
from .description import Clause, clauses, sentences
from .vocabulary import Vocabulary


class Believed(NamedTuple):
    """What is believed of pairs, in words.

    Attributes:
        words: what each action does, a text each, as `WorldModel.rules_in_words`.
        clauses: of each action, the commonest first.
        clause: `[n, num_actions]`, the likeliest of them; -1 where nothing is known.
        weight: `[n, num_actions]`, its probability, by the pair's context and by what was seen of it.
    """

    words: list[str]
    clauses: list[list[Clause]]
    clause: NDArray[np.int64]
    weight: NDArray[np.float64]


def believed(model: Any, states: ArrayLike) -> Believed:
    """Say which clause is believed of each action in some states; how firmly, given that the rules hold at all.

    Args:
        model: a settled belief with a structured prior.
        states: `[n]`, that have actions, and were seen.
    """
    prior, told = model.prior, np.asarray(states, dtype=np.int64)
    number, names = model.num_actions, Vocabulary(prior.names, prior.value_names, prior.action_names)
    weights = np.zeros((len(told) * number, TYPES))
    _weigh(model.address, (told[:, None] * number + np.arange(number)).ravel(), weights)
    weights = weights.reshape(len(told), number, TYPES)
    found = clauses(model.rules, names)
    clause, weight = np.full((len(told), number), -1), np.zeros((len(told), number))
    for action, those in enumerate(found):
        if those:
            each = np.stack([weights[:, action, list(one.types)].sum(axis=1) for one in those], axis=1)
            clause[:, action], weight[:, action] = each.argmax(axis=1), each.max(axis=1)
    return Believed(sentences(found, names.actions), found, clause, weight)


@compiled
def _weigh(address, pairs, weights):
    """Write how responsible each type is for each pair, `[n, TYPES]`; for their blend they are as the gate says."""
    known, structure = belief_at(address), structure_at(address)
    scratch = structure.scratch
    for k in range(len(pairs)):
        predict(known, structure, pairs[k])
        num_types = max(int(structure.actions.num_types[pairs[k] % structure.numbers.num_actions]), 1)
        blended, total = 0.0, 0.0
        if structure.numbers.num_components > num_types:
            blended = scratch.responsibility[num_types]
        for z in range(num_types):
            total += scratch.gate[z]
        for z in range(num_types):
            weights[k, z] = scratch.responsibility[z] + blended * scratch.gate[z] / total
