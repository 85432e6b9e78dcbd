"""Worlds of the MiniGrid package (Chevalier-Boisvert et al. 2023, arXiv 2306.13831) as fully observed, fixed worlds.

As they are made, an agent sees the 7 x 7 cells in front of it, and every episode has another layout. Different states
then look alike, and what was learnt of a layout is of no use in the next. `FullState` fixes the layout and shows all of
it.
"""

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box
from gymnasium.utils import RecordConstructorArgs
from gymnasium.utils.seeding import np_random
from numpy.typing import NDArray

from .layers import layer_of, layers
from .spaces import name_of

PACKAGE = "minigrid"
PREFIXES = ("MiniGrid-", "BabyAI-")  # of the ids that the package registers
UNCHANGING = frozenset({"wall", "goal", "lava", "floor"})
SHOW_ALL = frozenset({"FullyObsWrapper", "SymbolicObsWrapper", "RGBImgObsWrapper"})  # of the package's wrappers
SHOW_A_PART = frozenset({"ViewSizeWrapper", "RGBImgPartialObsWrapper"})
NUM_KINDS = 11  # of things, as MiniGrid numbers them
FACING = ((1, 0), (0, 1), (-1, 0), (0, -1))  # columns and rows ahead, of the four directions
DIRECTIONS = ("right", "down", "left", "up")
CALLED = {"unseen": "nothing", "empty": "empty", "floor": "floor", "lava": "lava"}
"""Kinds of things that are not called by their name and an article."""
NUM_OWN = 6  # numbers of an observation about the agent: column, row, direction, and what it carries


class FullState(gymnasium.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Shows the whole state of a MiniGrid world, the same at every reset.

    An observation is `[6 + 3 * width * height]`: the agent's column, row and direction; type, colour and state of what
    it carries (zeros: nothing); the same of what is in each cell, column by column, as MiniGrid encodes them, but that
    the state of a box is 0 only if it is empty. What happens at random in a world (moving obstacles) goes on from one
    episode to the next; only the layout is repeated.

    What is not shown: how much of an instruction of several parts is done (`remembers`), as some of BabyAI's worlds
    give them.
    """

    keeps_dynamics = True
    context_names = "ahead", "state ahead"

    def __init__(self, env: gymnasium.Env[Any, Any], world_seed: int = 0) -> None:
        """Wrap a world whose layout is drawn from `world_seed`."""
        RecordConstructorArgs.__init__(self, world_seed=world_seed)
        super().__init__(env)
        self.world: Any = env.unwrapped
        self._world_seed, self._rng = world_seed, np_random(None)[0]
        self._image = np.zeros((self.world.width, self.world.height, 3), dtype=np.uint8)
        self._cells: list[Any] = []
        self._changing: list[tuple[int, int, Any]] = []
        self._things: list[list[str]] | None = None
        self.observation_space = Box(0, 255, (NUM_OWN + self._image.size,), np.uint8)
        self.world.gen_obs = dict  # the partial view, most of the time of a step, which nobody looks at

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode in the same layout; a seed is that of what happens at random after that."""
        if seed is not None:
            self._rng = np_random(seed)[0]
        with contextlib.redirect_stdout(io.StringIO()):  # BabyAI prints every layout that it rejects
            _, info = self.env.reset(seed=self._world_seed, options=options)
        self.world.np_random = self._rng
        if self._things is None:
            cells = [thing.type if thing is not None else "" for thing in self.world.grid.grid]
            self._things = [cells[row : row + self.world.width] for row in range(0, len(cells), self.world.width)]
        return self.observation(), info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take an action."""
        _, reward, terminated, truncated, info = self.env.step(action)
        return self.observation(), float(reward), terminated, truncated, info

    def observation(self) -> NDArray[np.uint8]:
        """The state at hand."""
        world = self.world
        if world.grid.grid != self._cells:  # something was moved: most steps only compare
            self._encode()
        for column, row, thing in self._changing:
            self._image[column, row] = _encoded(thing)
        own = (*world.agent_pos, world.agent_dir, *(_encoded(world.carrying) if world.carrying else (0, 0, 0)))
        return np.concatenate([np.array(own, dtype=np.uint8), self._image.ravel()])

    @property
    def feature_names(self) -> list[str]:
        """What the numbers of an observation are; a cell is called by its row and column."""
        width, height, _ = self._image.shape
        things = "carried", *(f"cell ({row}, {column})" for column in range(width) for row in range(height))
        told = (f"{thing}{what}" for thing in things for what in ("", " colour", " state"))
        return ["column", "row", "direction", *told]

    @property
    def map_things(self) -> list[list[str]] | None:
        """What kind of thing stood in each cell when the first episode began, by row and column; "" an empty cell."""
        return self._things

    @property
    def value_names(self) -> dict[str, tuple[str, ...]]:
        """What the package calls directions, kinds of things, colours, and the states of doors."""
        from minigrid.core.constants import COLOR_TO_IDX, OBJECT_TO_IDX, STATE_TO_IDX

        kinds = tuple(CALLED.get(name, f"a {name}") for name in sorted(OBJECT_TO_IDX, key=OBJECT_TO_IDX.__getitem__))
        colours, states = (tuple(sorted(table, key=table.__getitem__)) for table in (COLOR_TO_IDX, STATE_TO_IDX))
        told = {"direction": DIRECTIONS, "ahead": kinds, "state ahead": states}
        for name in self.feature_names[3::3]:
            told |= {name: kinds, f"{name} colour": colours, f"{name} state": states}
        return told

    def context(self, observation: NDArray[np.uint8]) -> tuple[int, int]:
        """Type and state of what is in the cell ahead of the agent, -1 where that is beyond the grid."""
        width, height, _ = self._image.shape
        column, row, direction = observation[:3].tolist()
        column, row = column + FACING[direction][0], row + FACING[direction][1]
        if not (0 <= column < width and 0 <= row < height):
            return -1, -1
        kind, _, state = observation[NUM_OWN:].reshape(self._image.shape)[column, row].tolist()
        return kind, state

    @property
    def remembers(self) -> bool:
        """Whether the world keeps in mind what was done before: its instruction has several parts."""
        return hasattr(getattr(self.world, "instrs", None), "instr_a")

    def save(self) -> tuple[dict[str, Any], list[Any], list[tuple[Any, dict[str, Any]]]]:
        """The state, to be restored later in this very world."""
        world = self.world
        things = [thing for _, _, thing in self._changing]
        things += [thing.contains for thing in things if thing.contains is not None]
        things += [world.carrying] if world.carrying is not None else []
        things += _parts(getattr(world, "instrs", None))
        return dict(world.__dict__), list(world.grid.grid), [(thing, dict(thing.__dict__)) for thing in things]

    def restore(self, saved: tuple[dict[str, Any], list[Any], list[tuple[Any, dict[str, Any]]]]) -> None:
        """Put the world back where it was when it was saved, but for its generator and its clock."""
        attributes, cells, things = saved
        self.world.__dict__.update(attributes)
        self.world.step_count = 0
        self.world.grid.grid[:] = cells
        for thing, fields in things:
            thing.__dict__.update(fields)

    def place(self) -> tuple[int, int]:
        """Row and column of the agent."""
        column, row = self.world.agent_pos
        return int(row), int(column)

    def _encode(self) -> None:
        grid = self.world.grid
        self._cells = list(grid.grid)
        self._image = grid.encode()
        self._changing = [
            (k % grid.width, k // grid.width, thing)
            for k, thing in enumerate(self._cells)
            if thing is not None and thing.type not in UNCHANGING
        ]


def _encoded(thing: Any) -> tuple[int, int, int]:
    """Type, colour and state; a full box is in a state of its own for whatever is in it."""
    kind, colour, state = thing.encode()
    if thing.contains is None:
        return kind, colour, state
    inner_kind, inner_colour, _ = thing.contains.encode()
    return kind, colour, 1 + NUM_KINDS * inner_colour + inner_kind


def _parts(instruction: Any) -> Iterator[Any]:
    """What changes of a BabyAI instruction: it, its descriptions of things, and the same of its parts."""
    if instruction is not None:
        yield instruction
        for name in ("desc", "desc_move", "desc_fixed"):
            if hasattr(instruction, name):
                yield getattr(instruction, name)
        for name in ("instr_a", "instr_b"):
            yield from _parts(getattr(instruction, name, None))


class LayoutGuard:
    """Watches a MiniGrid world that is used as it is for what a belief about states cannot handle."""

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        """Warn if the world shows only a part of itself."""
        module = sys.modules.get("minigrid.minigrid_env")
        watched = module is not None and isinstance(env.unwrapped, module.MiniGridEnv)
        self._env = env if watched and layer_of(env, FullState) is None else None
        self._layout: bytes | None = None
        if self._env is not None and not self._shows_all():
            warnings.warn(
                f"{name_of(env)} shows a part of the grid only: different states look alike, and a belief about states "
                f"will be wrong. Make it with envs.make, which shows all of it",
                stacklevel=4,
            )

    def check(self) -> None:
        """Look at the layout that a reset led to.

        Raises:
            ValueError: it is another one than before.
        """
        if self._env is None:
            return
        layout = self._env.unwrapped.grid.encode().tobytes()  # pyright: ignore[reportAttributeAccessIssue]
        if self._layout is not None and layout != self._layout:
            raise ValueError(
                f"the layout of {name_of(self._env)} changed at a reset, and what was learnt of it is void; make it "
                f"with envs.make(..., world_seed=N), or wrap it in minigrid.wrappers.ReseedWrapper"
            )
        self._layout = layout

    def _shows_all(self) -> bool:
        """By the outermost of the package's wrappers that decide it; by its size, if somebody else's image is shown."""
        assert self._env is not None
        *around, world = layers(self._env)
        for layer in around:
            names = {each.__name__ for each in type(layer).__mro__}
            if names & (SHOW_ALL | SHOW_A_PART):
                return not names & SHOW_A_PART
        image, own = (_image_of(each.observation_space) for each in (self._env, world))
        size = world.width, world.height  # pyright: ignore[reportAttributeAccessIssue]
        return image is not own and (image.shape or ())[:2] == size


def _image_of(space: Any) -> Any:
    return getattr(space, "spaces", {}).get("image", space)
