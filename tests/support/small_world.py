"""A world so small that dense textbooks can follow every step of a life in it."""

from typing import Any

import numpy as np
from scipy.sparse import csr_array

import envs
from agent import make_agent
from agent.protocols import Transition
from tests.support import textbook

STATES, ACTIONS = 6, 3


def small_world(with_end):
    """A sparse random world that pays; from its last state, if there is an end, everything begins anew."""
    rng = np.random.default_rng(5)
    dense = rng.dirichlet(np.full(STATES, 0.3), size=(STATES, ACTIONS))
    dense[dense < 0.05] = 0.0
    dense[:, 0] += 0.2 * np.roll(np.eye(STATES), 1, axis=1)
    dense /= dense.sum(axis=2, keepdims=True)
    reward, terminal = rng.random((STATES, ACTIONS)).round(2), np.zeros(STATES, bool)
    if with_end:
        terminal[-1], dense[-1], reward[-1] = True, 0.0, 0.0
    mdp = envs.FiniteMDP(
        transition=csr_array(dense.reshape(-1, STATES)),
        reward=reward,
        start=np.array([0.5, 0.5, 0, 0, 0, 0]),
        terminal=terminal,
        position=None,
    )
    return envs.TabularEnv(mdp)


def lives(name, env, num_steps, seed=2, **options):
    """Yield, before every step, the agent, what was seen and the state; afterwards let it act."""
    explorer: Any = make_agent(name, env, seed, **options)
    counts = textbook.Counts(STATES, ACTIONS)
    state, _ = env.reset(seed=seed)
    explorer.begin(state)
    counts.begin(state)
    for _ in range(num_steps):
        action = explorer.act(state)
        yield explorer, counts, state, action
        next_state, reward, terminated, _, _ = env.step(action)
        step = Transition(state, action, float(reward), int(next_state), terminated, False)
        explorer.observe(step)
        counts.add(step)
        state = int(next_state)
        if terminated:
            state, _ = env.reset()
            explorer.begin(state)
            counts.begin(state)
