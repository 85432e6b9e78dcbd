"""Beliefs in files: damaged bytes, and arrays that were tampered with."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import agent
import envs
from agent.results import storage
from tests.stress.kinds.drawing import ODD_FLOATS, ODD_INTEGERS, Rng, damaged, one
from tests.stress.kinds.judging import Refused, attempt, check_model, describe, expect_equal, state_of

WORLDS = ("river-swim", "lock", "four-rooms", "Blackjack-v1", "FrozenLake-v1")
PRIORS = ("empirical-bayes", "symmetric:2", "structured", "structured")
REWARD_BELIEFS = ("empirical", "empirical", "gaussian", "normal-gamma", "beta")
NUM_STEPS = 40


def check(rng: Rng, directory: Path) -> None:
    """Restore a file: as it was, refused with nothing changed, or as a belief that can be gone on with."""
    name, prior, rewards = one(rng, WORLDS), one(rng, PRIORS), one(rng, REWARD_BELIEFS)
    rewards = "gaussian" if rewards == "beta" and name not in ("lock", "FrozenLake-v1") else rewards
    content, arrays = saved(name, prior, rewards)
    path, is_damaged = directory / "belief.npz", rng.random() < 0.5
    if is_damaged:
        path.write_bytes(damaged(rng, content))
    else:
        changed = tampered(rng, dict(arrays))
        describe(changed={key: value for key, value in changed.items() if value is not arrays.get(key)})
        np.savez(path, **changed)
    describe(world=name, prior=prior, rewards=rewards, is_damaged=is_damaged)
    env = lived(name, prior, rewards, seed=1, num_steps=int(rng.integers(1, 30)))
    before, numbering = state_of(env.model), env.states.numbering()
    if isinstance(attempt(env.restore, path), Refused):
        expect_equal(state_of(env.model), before, "a refused file has changed the belief")
        expect_equal(env.states.numbering(), numbering, "a refused file has changed the numbers of states")
    elif is_damaged:
        expect_equal(state_of(env.model), {key: arrays[key] for key in before}, "damage was loaded")
    check_model(env.model)
    attempt(walk, env, NUM_STEPS)  # the belief may rule out, or contradict, what happens next
    check_model(env.model)


@cache
def saved(name: str, prior: str, rewards: str) -> tuple[bytes, dict[str, Any]]:
    """A file as it should be, and its arrays."""
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "belief.npz"
        lived(name, prior, rewards, seed=0, num_steps=300).save(path)
        return path.read_bytes(), storage.read_arrays(path)


def lived(name: str, prior: str, rewards: str, seed: int, num_steps: int) -> Any:
    """A wrapped world that somebody has lived in."""
    env = agent.CuriosityReward(envs.make(name), prior=prior, reward_belief=rewards)
    env.action_space.seed(seed)
    env.reset(seed=seed)
    walk(env, num_steps)
    return env


def walk(env: Any, num_steps: int) -> None:
    """Go on at random."""
    env.reset()
    for _ in range(num_steps):
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        if terminated or truncated:
            env.reset()


def tampered(rng: Rng, arrays: dict[str, Any]) -> dict[str, Any]:
    """Arrays of which one is not as it was."""
    name = one(rng, list(arrays))
    array = arrays[name] = arrays[name].copy()
    kind = int(rng.integers(7))
    if kind == 0:
        del arrays[name]
    elif kind == 1:
        arrays[name] = array[: array.size // 2]
    elif kind == 2:
        arrays[name] = one(
            rng, (array[None], array.astype(str), array.astype(np.float32) if array.dtype.kind != "U" else array)
        )
    elif kind == 3 and array.size:
        arrays[name] = array[rng.permutation(array.size)]
    elif array.size and array.dtype.kind in "iuf":
        least, most = (-(2**63), 2**63 - 1) if array.dtype == np.int64 else (0, 127)
        odd = ODD_FLOATS if array.dtype.kind == "f" else [n for n in ODD_INTEGERS if least <= n <= most]
        array[rng.integers(array.size)] = one(rng, odd) if rng.random() < 0.7 else array.flat[0] + 1
    return arrays
