"""A belief as a dense decision problem, in plain NumPy: what planners are held against."""

import numpy as np
import pytest


def dense_problem(agent):
    """Rows of the posterior mean over all K states, in plain NumPy, with terminal states led back to the start.

    Under a structured prior there are as many more: the k-th of these is what lies beyond state k, and leads back.
    """
    model = agent.model
    k, num_actions = model.num_outcomes, model.num_actions
    known = set(model.known_states().tolist())
    terminal = {s for s in known if model.states.kind[s] == 2}
    start = model.states.starts[:k] / model.states.starts[:k].sum()
    transition = np.full((k, num_actions, k), 1 / k)
    payoff = np.full((k, num_actions), agent.unvisited_payoff)
    lost = np.zeros((k, num_actions))
    for state in known - terminal:
        for action in range(num_actions):
            transition[state, action] = model.predictive(state, action)
            payoff[state, action] = model.pairs.payoff[state * num_actions + action]
            if model.rules is not None:
                pair = state * num_actions + action
                lost[state, action] = model.pairs.beyond[pair] / (
                    model.pairs.visits[pair] + model.pairs.concentration[pair]
                )
                spread = model.pairs.free[pair] / (model.pairs.visits[pair] + model.pairs.concentration[pair]) / k
                unseen = model.states.kind[:k] == 0
                transition[state, action, unseen] = spread
                assert transition[state, action].sum() + lost[state, action] == pytest.approx(1.0, abs=1e-12)
    for state in terminal:  # no extra discount: whoever enters is at a start already
        transition += transition[:, :, [state]] * start
        transition[:, :, state] = 0
    if model.rules is not None:
        back = np.broadcast_to(np.eye(k)[:, None], (k, num_actions, k))
        beyond = lost[:, :, None] * np.eye(k)[:, None]
        out = np.concatenate([transition, beyond], axis=2)
        transition = np.concatenate([out, np.concatenate([back, np.zeros_like(back)], axis=2)])
        payoff = np.concatenate([payoff, np.full_like(payoff, agent.unvisited_payoff)])
    return transition, payoff, sorted(known - terminal)
