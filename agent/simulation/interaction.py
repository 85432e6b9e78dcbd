"""The loop in which an agent meets a world."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from ..protocols import Agent, Transition
from ..worlds import as_states, drawn_by_all, name_of, placer

STEPS_WATCHED = 8
"""First steps of a life that are checked for random numbers which no seed fixes: that takes some two milliseconds."""


def interact(
    env: Any,
    agent: Agent,
    num_steps: int,
    seed: int | None = None,
    tell: Callable[[str], None] | None = warnings.warn,
) -> Iterator[Transition]:
    """Let an agent act for a number of steps; yield each transition after the agent has observed it.

    The world is reset at the beginning and after every step that terminated or truncated; the agent's `begin` hears of
    each reset. Called again with the same agent, it goes on with what the agent knows. An agent that has a method
    `place` is put into the state that this returns before every step.

    Args:
        env: a Gymnasium world with discrete observations and actions.
        agent: anything with `begin`, `act` and `observe`.
        num_steps: transitions to make.
        seed: of the world's own randomness, its generator's and its spaces'; None leaves that to the world.
        tell: called with a sentence, once, if the world draws from generators that no seed of its own fixes; None: this
            is not checked.

    Raises:
        ValueError: a world whose observations or actions are not discrete, or that cannot be put into a state.
    """
    world = as_states(env)
    reset, make_step = world.reset, world.step
    if seed is not None and tell is not None:
        watch = _Watch(name_of(world), tell)
        reset, make_step = watch.on(world.reset), watch.on(world.step)
    place: Callable[[int], int] | None = getattr(agent, "place", None)
    put = None if place is None else placer(world)
    ended = True
    state = 0
    for step in range(num_steps):
        if step == STEPS_WATCHED:
            reset, make_step = world.reset, world.step
        if ended:
            state, _ = reset(seed=seed if step == 0 else None)
            agent.begin(state)
        if place is not None and put is not None:
            state = put(place(state))
        action = agent.act(state)
        next_state, reward, terminated, truncated, _ = make_step(action)
        transition = Transition(state, action, float(reward), next_state, bool(terminated), bool(truncated))
        agent.observe(transition)
        state, ended = next_state, terminated or truncated
        yield transition


def unfixed(name: str, before: dict[str, Any]) -> str | None:
    """Say that a world drew from generators that the whole process shares, if their states have changed."""
    now = drawn_by_all()
    drawn = " and ".join(shared for shared, state in before.items() if now[shared] != state)
    return f"{name} draws from {drawn}: a seed does not fix what happens there" if drawn else None


class _Watch:
    """Looks at what a world draws from while it is asked for something."""

    def __init__(self, name: str, tell: Callable[[str], None]) -> None:
        self._name, self._tell, self._is_told = name, tell, False

    def on(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            before = drawn_by_all()
            result = function(*args, **kwargs)
            told = unfixed(self._name, before)
            if told is not None and not self._is_told:
                self._is_told = True
                self._tell(told)
            return result

        return watched
