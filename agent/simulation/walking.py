"""A life in a tabular world, step by step in Python: the columns that a simulation keeps, of agents of a user's own."""

import copy
import math
from typing import Any

import numpy as np
from gymnasium.wrappers import TimeLimit
from numpy.typing import NDArray

from ..belief.world_model import WorldModel
from ..compilation.records import dtypes
from ..interruption import pause
from ..results.schema import REWARD_COLUMNS
from ..worlds import StateEnv, TabularEnv
from .compiled_loop import Steps
from .interaction import interact
from .scoring import Truth

Columns = dict[str, NDArray[Any]]


def walked(env: TabularEnv, limit: int, agent: Any, num_steps: int, seed: int, truth: Truth | None) -> Columns:
    """Live in a copy of a tabular world; return the columns that `agent.simulation.simulate.Simulation` keeps.

    Args:
        env: the world.
        limit: steps after which an episode is truncated; 0: none.
        agent: who lives there.
        num_steps: steps to make.
        seed: of the world's own randomness.
        truth: what the agent's model is scored against at every step.
    """
    world = copy.copy(env)
    model, rows, own = agent.model, [], StateEnv(TimeLimit(world, limit) if limit else world)  # numbered by itself
    for transition in interact(own, agent, num_steps, seed, tell=None):
        pause()
        missing, coverage = math.nan, math.nan
        if truth is not None:
            truth.update()
            missing, coverage = truth.missing_information, truth.coverage
        state, action, reward, next_state, *ended = transition
        gains = model.last_surprise, model.last_expected_gain, missing, coverage, agent.loss_bound
        belief = model.expected_missing_information, model.concentration
        of_rewards = model.last_reward_gain, model.last_expected_reward_gain
        rows.append((state, action, next_state, reward, *ended, *gains, *belief, *of_rewards))
    types = dtypes(Steps).items()
    columns = zip(types, zip(*rows, strict=True), strict=True)
    return as_told(model, {name: np.array(column, dtype) for (name, dtype), column in columns})


def as_told(model: WorldModel, columns: Columns) -> Columns:
    """Return columns in the types of a trace, without those of rewards where they teach nothing."""
    left_out = () if model.reward_belief.has_gain else REWARD_COLUMNS
    told = {name: column for name, column in columns.items() if name not in left_out}
    return told | {name: columns[name].astype(bool) for name in ("terminated", "truncated")}
