"""Made-up runs with the fields of `agent.results.run_directory.Run`, for the tests of pictures: four rooms and no
learner."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

MOVES = np.array([[-1, 0], [0, 1], [1, 0], [0, -1]])


def four_rooms(size: int) -> str:
    """A square of four rooms with a door in the middle of each inner wall."""
    cells = np.full((size, size), ".")
    middle, door = size // 2, size // 4
    cells[[0, -1, middle]] = "#"
    cells[:, [0, -1, middle]] = "#"
    for at in (door, size - 1 - door):
        cells[middle, at] = cells[at, middle] = "."
    cells[1, 1] = "S"
    return "\n".join("".join(row) for row in cells)


def synthetic_run(
    agent: str, num_steps: int = 2000, *, size: int = 12, seed: int = 0, num_channels: int = 0, **overrides: Any
) -> Any:
    """`random` walks at random, any other agent goes to the least visited neighbour; curves are plausible."""
    text = four_rooms(size)
    free = np.array([[sign != "#" for sign in line] for line in text.splitlines()])
    position = np.argwhere(free)
    number = np.full(free.shape, -1)
    number[free] = np.arange(len(position))
    state, action, next_state = _walk(agent, num_steps, position, number, np.random.default_rng(seed))
    position = np.concatenate([position, np.full((num_channels, 2), -1)])
    trace = _trace(state, action, next_state, len(position)) | {"world_position": position.astype(np.int32)}
    for name in overrides.pop("without", ()):
        del trace[name]
    config = {"env": "four-rooms", "agent": agent, "seed": seed, "discount": 0.99, "map_text": text}
    metrics = _metrics(trace, num_steps, len(position))
    fraction = metrics["missing_information_fraction"][-1] if num_steps else None
    summary = {"steps": num_steps, "missing_information_fraction": fraction}
    fields = dict(directory=Path("run"), config=config, summary=summary, complete=True, metrics=metrics, trace=trace)
    return SimpleNamespace(**(fields | overrides))


def _walk(agent: str, num_steps: int, position: np.ndarray, number: np.ndarray, rng: np.random.Generator) -> Any:
    steps = np.zeros((3, num_steps), dtype=np.int32)
    visits = np.zeros(len(position))
    state = 0
    for t in range(num_steps):
        around = number[tuple((position[state] + MOVES).T)]
        around = np.where(around < 0, state, around)
        action = int(rng.integers(4)) if agent == "random" else int(np.argmin(visits[around] + 0.9 * rng.random(4)))
        visits[state] += 1
        steps[:, t] = state, action, around[action]
        state = around[action]
    return steps


def _trace(state: np.ndarray, action: np.ndarray, next_state: np.ndarray, num_states: int) -> dict[str, Any]:
    visits = np.zeros((num_states, 4), dtype=np.int64)
    np.add.at(visits, (state, action), 1)
    known = np.unique(np.concatenate([[0], state, next_state])).astype(np.int32)
    gain = 2.0 / (1 + visits[known]) ** 1.2
    distance = np.abs(np.arange(len(known))[:, None] - np.arange(len(known)))
    q_values = gain + (0.9 ** np.minimum(distance, 60) @ gain.max(axis=1))[:, None]
    num_steps = len(state)
    realised = 2.0 / (1 + np.arange(num_steps) / num_states) ** 1.3
    return {
        "state": state,
        "action": action,
        "next_state": next_state,
        "terminated": np.zeros(num_steps, dtype=bool),
        "information_gain_nats": realised,
        "expected_information_gain_nats": 0.9 * realised,
        "reset_step": np.array([0]),
        "reset_state": np.array([0], dtype=np.int32),
        "final_state": known,
        "final_visits": visits[known],
        "final_expected_gain_nats": gain,
        "final_q_nats": q_values,
        "final_value_nats": q_values.max(axis=1),
    }


def _metrics(trace: dict[str, Any], num_steps: int, num_states: int) -> dict[str, np.ndarray]:
    step = np.unique(np.geomspace(1, max(num_steps, 1), 200).astype(int))[: num_steps or 0]
    seen = np.zeros(num_steps, dtype=bool)
    seen[np.unique(4 * trace["state"] + trace["action"], return_index=True)[1]] = True
    coverage = np.cumsum(seen)[step - 1] / (4 * num_states)
    fraction = (1 - coverage) * 0.97 + 0.03 * num_states / (num_states + step)
    return {
        "step": step,
        "coverage": coverage,
        "missing_information_nats": 900 * fraction,
        "missing_information_fraction": fraction,
        "expected_missing_information_nats": 850 * fraction,
        "information_gain_nats": np.cumsum(trace["information_gain_nats"])[step - 1],
        "expected_information_gain_nats": np.cumsum(trace["expected_information_gain_nats"])[step - 1],
    }
