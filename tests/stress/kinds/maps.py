"""Text maps and generated ones, from text, from files and from arguments."""

from pathlib import Path
from typing import Any

import numpy as np

import envs
from envs import layouts
from tests.stress.kinds.drawing import Rng, damaged, odd_value, one
from tests.stress.kinds.judging import Refused, attempt, describe, expect

COMMON = "####......" + layouts.WALL + layouts.FLOOR + "GXT~^>v<"
STRANGE = "?\té\0\u2028\x0b\x0c\x1c\ufeff\r Z0-VAs☃\U0001f600"
NUM_STEPS = 12


def check(rng: Rng, directory: Path) -> None:
    """Make a world of a map, and walk in it; or be refused."""
    text, arguments = map_text(rng), world_arguments(rng)
    describe(text=text, arguments=arguments)
    check_layout(rng, text, directory)
    way = int(rng.integers(3))
    if way == 0:
        path = directory / "map.txt"
        content = text.encode("utf-8", "surrogatepass")
        path.write_bytes(damaged(rng, content) if rng.random() < 0.3 else content)
        arguments["map_file"] = str(path)
    elif way == 1:
        arguments["map_text"] = text
    else:
        sizes = {"size": one(rng, (1, 2, 3, 9, 20, 33)), "kind": one(rng, ("caves", "maze", "rooms", "open"))}
        arguments |= sizes | {"world_seed": int(rng.integers(1000))}
    env = attempt(envs.make, "grid", also=(AttributeError,), **arguments)  # of arguments that are no text at all
    if not isinstance(env, Refused):
        check_world(rng, env)


def map_text(rng: Rng) -> str:
    """A map that is right more often than not."""
    width, height = int(rng.integers(1, 12)), int(rng.integers(1, 9))
    signs = one(rng, ("#....~", COMMON, COMMON, layouts.SIGNS))
    rows = [[one(rng, signs) for _ in range(width)] for _ in range(height)]
    signs = one(rng, ("S", "S", "SS", "SG", "SGXT", "Saa", "STaabb", "G"))
    for place, sign in zip(rng.permutation(width * height), signs, strict=False):
        rows[place // width][place % width] = sign
    if rng.random() < 0.15:
        rows[int(rng.integers(height))][int(rng.integers(width))] = one(rng, STRANGE)
    lines = ["".join(row) for row in rows]
    if rng.random() < 0.3:
        lines = [line[: int(rng.integers(width + 1))] for line in lines]
    return one(rng, ("", "\n", "\n\n")) + one(rng, ("\n", "\n", "\r\n")).join(lines) + one(rng, ("", "\n", " \n\n"))


def world_arguments(rng: Rng) -> dict[str, Any]:
    """Arguments of the world, sometimes of other types and out of range."""
    arguments: dict[str, Any] = {}
    if rng.random() < 0.5:
        arguments["slip"] = one(rng, (0, 0.0, 0.1, 0.25, 0.5, 1e-12, 1 / 3))
    if rng.random() < 0.5:
        arguments["channels"] = one(rng, (1, 2, 30))
    if rng.random() < 0.15:
        odd = one(
            rng, ("slip", "channels", "size", "kind", "world_seed", "map_name", "map_text", "map_file", "nothing")
        )
        arguments[odd] = one(rng, (odd_value(rng), -1, 0, float("nan"), 1e-400))
        if odd in ("channels", "size") and isinstance(arguments[odd], int | float) and arguments[odd] > 300:
            del arguments[odd]  # as large as was asked for
    return arguments


def check_layout(rng: Rng, text: str, directory: Path) -> None:
    """A layout's own text is the same layout."""
    layout = attempt(layouts.parse, text)
    if not isinstance(layout, Refused):
        again = layouts.parse(layout.text)
        expect(np.array_equal(again.codes, layout.codes), "a layout's text gives another layout")
        expect(np.array_equal(again.portals, layout.portals), "a layout's text gives other portals")


def check_world(rng: Rng, env: Any) -> None:
    """A world steps as its truth says."""
    mdp = envs.true_mdp(env)
    assert mdp is not None
    sums = mdp.transition.sum(axis=1)
    ends = np.repeat(mdp.terminal, mdp.num_actions)
    expect(np.allclose(sums[~ends], 1, atol=1e-9) and not sums[ends].any(), "rows do not sum to 1")
    expect(abs(mdp.start.sum() - 1) < 1e-9, "the start does not sum to 1")
    state, _ = env.reset(seed=int(rng.integers(1000)))
    expect(mdp.start[state] > 0, "an episode starts where none can")
    for action in rng.integers(mdp.num_actions, size=NUM_STEPS).tolist():
        before = state
        state, reward, terminated, _, _ = env.step(action)
        row = mdp.transition[[before * mdp.num_actions + action]].toarray().ravel()
        expect(row[state] > 0, "an impossible step")
        expect(np.isfinite(reward) and terminated == mdp.terminal[state], "a step that is not as the truth says")
        if terminated:
            state, _ = env.reset()
