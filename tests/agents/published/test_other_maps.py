"""Maps that are made of predictions, and have room of their own."""

import numpy as np

from agent.agents.published.occasional import OtherMap
from agent.planners.policy_iteration import room_for


def predictions(num_states, num_edges):
    """Rows of one action, without content."""
    rows = room_for(num_states, 1, num_edges, 1, has_hub=True)
    rows.sizes.num_states, rows.sizes.num_actions = num_states, 1
    rows.indptr[num_states] = num_edges
    return rows


def test_fewer_states_with_more_transitions_are_taken_over():
    """Under rules: there are rows for states beyond those met, and fewer of them once those are met."""
    other = OtherMap(0, has_hub=True)
    other.take(predictions(10, 10), np.zeros(10))
    other.rows.value[:12] = np.arange(12)
    other.take(predictions(8, 100), np.zeros(8))
    assert other.rows.value[:8].tolist() == list(range(8))
    assert other.rows.value[8 + 1] == 10 + 1  # of states never seen
    assert len(other.rows.weight) >= 100
