"""Random walks of a structured belief through small worlds of features."""

import numpy as np
from scipy.sparse import csr_array

from envs.families import flags as flag_maze
from envs.mdp import FiniteMDP
from tests.support.structure import Structure

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))


def slippery_grid(rows=4, columns=4, walls=((1, 1),), slip=0.1, end=None):
    """Cells with walls one bumps into: 4 actions, each slips to both sides; returns the world and its features."""
    cells = [(i, j) for i in range(rows) for j in range(columns) if (i, j) not in walls]
    number = {cell: k for k, cell in enumerate(cells)}
    transition = np.zeros((len(cells), 4, len(cells)))
    for k, (i, j) in enumerate(cells):
        for action in range(4):
            for turn, share in ((0, 1 - 2 * slip), (1, slip), (3, slip)):
                move = MOVES[(action + turn) % 4]
                transition[k, action, number.get((i + move[0], j + move[1]), k)] += share
    start, terminal = np.arange(len(cells)) == 0, np.zeros(len(cells), bool)
    if end is not None:
        terminal[number[end]] = True
    transition[terminal] = 0.0
    rows = csr_array(transition.reshape(-1, len(cells)))
    mdp = FiniteMDP(rows, np.zeros((len(cells), 4)), start / start.sum(), terminal)
    return mdp, np.array(cells)


def flags():
    """The flag maze, with the flags in hand as features."""
    places = flag_maze._places()
    return flag_maze.flags(), np.array([(p.row, p.column, p.flags & 1, p.flags >> 1 & 1, p.flags >> 2) for p in places])


def walk(structure, mdp, steps, seed=0, each=None):
    """Walk at random, refitting when it is due; return the structured belief."""
    rng = np.random.default_rng(seed)
    num_actions, rows, starts = mdp.num_actions, mdp.transition, np.flatnonzero(mdp.start)
    state = None
    for _ in range(steps):
        if state is None:
            state = int(rng.choice(starts))
            structure.begin(state)
        action = int(rng.integers(num_actions))
        row = slice(*rows.indptr[state * num_actions + action :][:2])
        following = int(rng.choice(rows.indices[row], p=rows.data[row]))
        structure.observe(state, action, following, bool(mdp.terminal[following]))
        if each is not None:
            each(structure)
        state = None if mdp.terminal[following] else following
    return structure


def walked(steps=300, seed=0, features=None, world=None, **options):
    """Return a structured belief that has walked through a world, the slippery grid by default, and the world."""
    mdp, given = slippery_grid() if world is None else world
    structure = Structure(given if features is None else features, mdp.num_actions, ended=mdp.terminal, **options)
    return walk(structure, mdp, steps, seed), mdp
