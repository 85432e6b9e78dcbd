"""What the code computes bit by bit, computed at once from the definition."""

import numpy as np


def missing_information(model, mdp):
    """Sum over the reachable, non-terminal pairs of KL(true || prediction), nats, from dense rows."""
    transition, total = mdp.transition.tocsr(), 0.0
    for state, action in np.argwhere(mdp.reachable_pairs()):
        true = transition[[state * mdp.num_actions + action]].toarray()[0]
        there = true > 0
        predicted = model.predictive(int(state), int(action))[: mdp.num_states]
        total += np.sum(true[there] * np.log(true[there] / predicted[there]))
    return total
