"""What the belief calls by its handles where its prior is structured: compiled apart, and loaded only then."""

from functools import cache

from ...compilation.compiled import compiled, entry_handle
from .. import updates
from . import columns, learning
from .predicting import mixture, prediction
from .tables import structure_at


@compiled
def observe(address, state, action, reward, next_state, kind):
    """Learn a transition that was checked, as `agent.belief.updates.observe`."""
    known, structure = updates.belief_at(address), structure_at(address)
    return learning.observe(known, structure, state, action, reward, next_state, kind)


@compiled
def settle(address, _):
    """Bring predictions up to date, as `agent.belief.updates.settle`."""
    return columns.settle(updates.belief_at(address), structure_at(address))


@compiled
def probability(address, pair, successor):
    """Probability of an outcome of a pair in a state that was never seen."""
    known, structure = updates.belief_at(address), structure_at(address)
    if not structure.numbers.is_leading:
        return 1.0 / known.numbers.num_outcomes
    if structure.numbers.predicted != pair + 1:
        prediction.predict(known, structure, pair)
    return mixture.probability(structure, successor)


@cache
def handles():
    """Handles of the three, good for this process."""
    return (
        entry_handle(observe, int, int, int, float, int, int),
        entry_handle(settle, int, int),
        entry_handle(probability, int, int, int),
    )
