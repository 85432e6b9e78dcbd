"""The loop in which an agent meets a world."""

from collections.abc import Iterator
from typing import Any

from agent.protocols import Agent, Transition
from envs.adapters import as_states


def interact(env: Any, agent: Agent, num_steps: int, seed: int | None = None) -> Iterator[Transition]:
    """Let an agent act for a number of steps; yield each transition after the agent has observed it.

    The world is reset at the beginning and after every step that terminated or truncated; the agent's `begin` hears of
    each reset. Called again with the same agent, it goes on with what the agent knows.

    Args:
        env: a Gymnasium world with discrete observations and actions.
        agent: anything with `begin`, `act` and `observe`.
        num_steps: transitions to make.
        seed: of the world's own randomness; None leaves that to the world.

    Raises:
        ValueError: a world whose observations or actions are not discrete.
    """
    world = as_states(env)
    ended = True
    state = 0
    for step in range(num_steps):
        if ended:
            state, _ = world.reset(seed=seed if step == 0 else None)
            agent.begin(state)
        action = agent.act(state)
        next_state, reward, terminated, truncated, _ = world.step(action)
        transition = Transition(state, action, float(reward), next_state, bool(terminated), bool(truncated))
        agent.observe(transition)
        state, ended = next_state, terminated or truncated
        yield transition
