"""A life in a world whose doors swap: how long it takes to find the new one, and what it earns before and after."""

from typing import Any, NamedTuple

import numpy as np

import envs
from agent import interact, make_agent
from agent.agents.rng import seed_streams


class Life(NamedTuple):
    """What became of one.

    Attributes:
        found: steps after the change until the goal was reached by the new door; all that are left, if it never was.
        before: reward a step before the change.
        after: reward a step after it.
        wrong: sum over pairs of KL(truth after the change || predicted at the end), nats.
    """

    found: int
    before: float
    after: float
    wrong: float


def live(seed: int, change_at: int, steps: int, prior: str, **options: Any) -> Life:
    """Live in `changing-grid` as `curious`, which is paid the reward of the goal, too."""
    env = envs.make("changing-grid", change_at=change_at)
    world_seed, agent_seed = seed_streams(seed)
    explorer = make_agent("curious", env, agent_seed, prior=prior, **{"reward_weight": 1.0} | options)
    life = list(interact(env, explorer, steps, world_seed))
    after, reward = env.unwrapped.after, np.array([step.reward for step in life])
    column = after.position[[step.state for step in life], 1]
    door = np.flatnonzero(column[change_at:] < WALL)  # whoever is in the right room already needs none
    goals = np.flatnonzero(reward[change_at + door[0] :]) if door.size else door
    found = door[0] + goals[0] + 1 if goals.size else steps - change_at
    wrong = 0.0
    for pair in np.flatnonzero(~np.repeat(after.terminal, after.num_actions)):
        truth = after.transition[[pair]].toarray()[0]
        likely = truth > 0
        predicted = explorer.model.predictive(*divmod(int(pair), after.num_actions))
        wrong += float(np.sum(truth[likely] * np.log(truth[likely] / predicted[likely])))
    return Life(int(found), reward[:change_at].mean(), reward[change_at:].mean(), wrong)


WALL = 6
"""The column between the rooms."""
