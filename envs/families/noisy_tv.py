"""A room with noisy televisions: randomness that cannot be learned away, and whoever seeks surprise watches for ever.

Isolates: learnable from unlearnable. The next channel is always surprising, but soon nothing is learned from it.
Source: the noisy television of Burda et al. 2019, "Large-scale study of curiosity-driven learning", arXiv 1808.04355,
and Schmidhuber 2010, doi 10.1109/TAMD.2010.2056368, here as a finite world.

Features are row, column and channel. All televisions share the channels, which count from 1 and are nowhere: row and
column -1.
"""

import numpy as np

from .. import arguments
from ..coordinates import PLACE, listed
from ..drawing import Picture, Positions
from ..layouts import FLOOR, START, TELEVISION
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

SIDE = 7
CELLS = SIDE * SIDE
TELEVISIONS = (0, 1, SIDE)
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
WATCH = 4


class NoisyTV(TabularEnv):
    """A room of 7 x 7 cells; 5 actions: up, right, down, left, watch."""

    action_names = "up", "right", "down", "left", "watch"

    def __init__(self, channels: int = 30, render_mode: str | None = None) -> None:
        """Make the room."""
        mdp = noisy_tv(channels)
        assert mdp.position is not None
        codes = np.full((SIDE, SIDE), ord(FLOOR), dtype=np.uint8)
        codes.flat[list(TELEVISIONS)] = ord(TELEVISION)
        codes[0, 0] = ord(START)
        watching = mdp.position[:, 0] < 0
        picture = Picture(codes, Positions(np.maximum(mdp.position, 0), watching))
        channel = np.maximum(np.arange(mdp.num_states) - CELLS + 1, 0)
        ranges = (-1, SIDE - 1), (-1, SIDE - 1), (0, int(channel[-1]))
        coordinates = listed(np.column_stack([mdp.position, channel]), *ranges, names=(*PLACE, "channel"))
        super().__init__(mdp, render_mode, picture, coordinates=coordinates)


def noisy_tv(channels: int = 30) -> FiniteMDP:
    """Work out the room: states 0 to 48 are its cells, the channels follow.

    A move succeeds with .9, else one stays. Watching in cells 0, 1 and 7 leads to one of the channels uniformly, from
    which every action leads to cell 0; elsewhere it stays.

    Args:
        channels: channels that watching leads to, at least 1.

    Raises:
        ValueError: fewer than one channel.
    """
    channels = arguments.whole("channels", channels, 1)
    arguments.fits_table(CELLS + channels, len(MOVES) + 1, f"channels is {channels}")
    transition = np.zeros((CELLS + channels, len(MOVES) + 1, CELLS + channels))
    for state in range(CELLS):
        row, column = divmod(state, SIDE)
        for action, (down, right) in enumerate(MOVES):
            inside = 0 <= row + down < SIDE and 0 <= column + right < SIDE
            transition[state, action, state + SIDE * down + right if inside else state] = 0.9
            transition[state, action, state] += 0.1
        transition[state, WATCH, state] = 1
    for state in TELEVISIONS:
        transition[state, WATCH] = np.arange(CELLS + channels) >= CELLS
        transition[state, WATCH] /= channels
    transition[CELLS:, :, 0] = 1
    cells = np.stack(np.divmod(np.arange(CELLS), SIDE), axis=1)
    return FiniteMDP.from_dense(transition, position=np.concatenate([cells, np.full((channels, 2), -1)]))
