"""The map as it was seen, without a prior: relative frequencies, for strategies that do not hold beliefs.

What a row of predictions says of named successors is divided by its sum. Under priors without a local part these are
the relative frequencies, counts / visits; under others the named successors have their part of the prior. A pair that
is not `trusted` leads to a state that pays the most at every step: "never seen", n + 1, is that state here.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compilation.compiled import compiled
from ...planners.bellman.rows import Rows
from ...planners.policy_iteration import rows_at
from .occasional import OtherMap, other_map_at


def fill_as_seen(
    seen: OtherMap, predicted: Rows, address: Any, is_trusted: NDArray[np.bool_], paid: NDArray[np.float64], best: float
) -> None:
    """Make the map as it was seen, pairs that are not trusted leading to where every step pays the most.

    Args:
        seen: the map to make; room for one transition a row more is enough.
        predicted: rows of the predictions.
        address: of these, packed first.
        is_trusted: `[rows]`, of the first of them; none that was never taken.
        paid: `[rows]`, what they pay.
        best: value of the state where every step pays the most.
    """
    num_rows = predicted.sizes.num_states * predicted.sizes.num_actions
    trusted = np.zeros(num_rows)
    trusted[: len(is_trusted)] = is_trusted
    seen.take(predicted, trusted)
    seen.rows.payoff[:num_rows] = paid
    seen.rows.sizes.num_unseen, seen.rows.sizes.unseen_payoff = 1.0, best
    seen.rows.value[seen.rows.sizes.num_states + 1] = best
    _normalise(address, seen.address)


@compiled
def _normalise(address, seen_address):
    """Write each row of predictions as it was seen; one that is not trusted, or names nothing, leads to n + 1."""
    rows, (seen, notes) = rows_at(address, 0, 0), other_map_at(seen_address)
    num_states, position = rows.sizes.num_states, 0
    seen.indptr[0] = 0
    for row in range(num_states * rows.sizes.num_actions):
        total = 0.0
        for k in range(rows.indptr[row], rows.indptr[row + 1]):
            total += rows.weight[k]
        if notes.told[row] != 0.0 and total > 0.0:
            for k in range(rows.indptr[row], rows.indptr[row + 1]):
                seen.successor[position], seen.weight[position] = rows.successor[k], rows.weight[k] / total
                position += 1
        else:
            seen.successor[position], seen.weight[position] = num_states + 1, 1.0
            position += 1
        seen.indptr[row + 1] = position
