"""Where a page draws the states of a world: in cells of a map or of rows, or as a graph.

A world with a map, or whose states are bins, is drawn in cells (`agent.reports.state_layout`). Others are drawn as the
graph of what was seen to lead where, as long as a person can read that; else row by row. A graph's nodes stand where
the world says, a hub in the middle of its arms, say; or so that distances are as those along links.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components, shortest_path

from ..reports.maps.heads import NONE, Heads
from ..reports.state_layout import FloorPlan, floor_plan
from ..reports.views.facing import COMPASS
from ..results.run_directory import Run

MOST_DRAWN = 2_000
"""States, or blocks of them, that are drawn of an agent."""

MOST_NODES, MOST_NEIGHBOURS = 400, 12
"""States of a graph that is drawn as one, and neighbours that one has in the mean."""

SAME_WAY, SOME_WAY = 0.9, 0.2
"""An action has a direction where so many of its moves go one way; one that is named by it, where fewer do."""

LONGEST_ROW = 24
"""Nodes that stand side by side; where a world says that more do, links decide where they stand."""

BOW, HIGHEST_BOW = 0.2, 2.0
"""A link that passes other nodes is drawn as a bow, so high as a share of its length, and so many rows at most."""

CROWDED = 0.55
"""A link is so long, times the root of how many nodes have links to both of its ends, and of these: so that all of a
crowd, of which each leads to each, find room beside each other. No link is shorter than 1."""

LONG, CURLED = 12, 0.7
"""A graph that is so many links across is drawn by this power of its distances: long ways curl up."""


@dataclass(frozen=True)
class Places:
    """Where states are drawn: each in one of the sites, several of which may share one.

    Attributes:
        is_graph: whether sites are nodes of a graph, else cells of a grid.
        shape: rows and columns of a grid; height and width of a graph.
        row, column: float `[sites]`, where a site is: whole numbers on a grid.
        wall: int, row * columns + column of the cells of a grid that are walls.
        plan: of a grid.
        state, site: numbers of states, increasing, and the site of each, -1: not drawn.
        caption: what a reader has to know.
        row_number, column_number: int, what rows and columns of a grid are called, -1: nothing; nothing of a graph.
        heads: of several maps, as a plan has them.
        things: what stands in cells, as a plan has it.
    """

    is_graph: bool
    shape: tuple[float, float]
    row: NDArray[np.float64]
    column: NDArray[np.float64]
    wall: NDArray[np.int64]
    plan: FloorPlan | None
    state: NDArray[np.int64]
    site: NDArray[np.int64]
    caption: str
    row_number: NDArray[np.int64]
    column_number: NDArray[np.int64]
    heads: Heads = NONE
    things: tuple[tuple[int, str], ...] = ()

    @property
    def has_television(self) -> NDArray[np.bool_]:
        """Whether a television stands in each site, `[sites]`."""
        if self.plan is None:
            return np.zeros(len(self.row), dtype=bool)
        return np.isin(self.row * self.shape[1] + self.column, self.plan.televisions)

    def sites(self, states: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the sites of states, -1 for those that are not drawn."""
        at = np.searchsorted(self.state, states).clip(max=len(self.state) - 1)
        return np.where(self.state[at] == states, self.site[at], -1)

    def positions(self, states: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return row and column of states on the map, `[n, 2]`; -1 -1 for those that are not on one."""
        return np.full((len(states), 2), -1) if self.plan is None else self.plan.positions(states)


def places_of(runs: Sequence[Run], is_map: bool = True) -> Places:
    """Lay out the world that runs share.

    Args:
        runs: at least one.
        is_map: whether the positions of states, if they have any, are rows and columns of cells; else places of nodes.
    """
    plan = floor_plan(runs)
    if (plan.position is None or not is_map) and not any("world_bins" in run.trace for run in runs):
        pairs = np.concatenate([np.stack([run.trace["state"], run.trace["next_state"]]) for run in runs], axis=1)
        states = np.unique(np.concatenate([pairs.ravel(), *(run.trace["final_state"] for run in runs)]))
        links = np.searchsorted(states, np.unique(pairs, axis=1))
        if len(states) <= MOST_NODES and links.shape[1] <= MOST_NEIGHBOURS * len(states):
            states = states.astype(np.int64)
            return _as_graph(states, links, _laid_out(plan, states))
    return _in_cells(runs, plan)


def _laid_out(plan: FloorPlan, states: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """Return where a world says that nodes stand, `[n, 2]`; None where it does not, or they are in too long a row."""
    at = plan.positions(states)
    is_apart = len(np.unique(at, axis=0)) == len(at) and (at >= 0).all()
    return at - at.min(axis=0) * 1.0 if is_apart and np.ptp(at[:, 1]) < LONGEST_ROW else None


def _in_cells(runs: Sequence[Run], plan: FloorPlan) -> Places:
    side = max(plan.shape)
    while (number := len(np.unique(plan.cell[plan.cell >= 0]))) > MOST_DRAWN:
        side = int(0.97 * side * (MOST_DRAWN / number) ** 0.5)
        plan = floor_plan(runs, side)
    cells = np.unique(plan.cell[plan.cell >= 0])
    row, column = np.divmod(cells, plan.shape[1])
    site = np.where(plan.cell >= 0, np.searchsorted(cells, plan.cell), -1)
    wall = np.flatnonzero(plan.wall.ravel())
    place = row.astype(float), column.astype(float)
    numbers = plan.row_number, plan.column_number
    return Places(
        False, plan.shape, *place, wall, plan, plan.state, site, plan.caption, *numbers, plan.heads, plan.things
    )


def _as_graph(states: NDArray[np.int64], links: NDArray[np.int64], at: NDArray[np.float64] | None) -> Places:
    caption = "lines: what was seen to lead where; in a disk: the state and, if there is room, its best action"
    if at is None:
        at = spring_layout(len(states), links)
        caption += "; states that lead to each other are drawn side by side"
        margin = 0.0, 0.0
    else:
        margin = _room_for_bows(at, links)
    at = at + np.array([margin[0], 0.0])
    height, width = at.max(axis=0, initial=0.0).tolist()
    shape, nothing = (height + margin[1] + 1.0, width + 1.0), np.zeros(0, np.int64)
    sites = states, np.arange(len(states))
    return Places(True, shape, at[:, 0], at[:, 1], nothing, None, *sites, caption, nothing, nothing)


def _room_for_bows(at: NDArray[np.float64], links: NDArray[np.int64]) -> tuple[float, float]:
    """Return the rows that bows need above and below nodes that stand side by side: on the left of their way."""
    if np.ptp(at[:, 0]) > 0:
        return 0.0, 0.0
    ways = at[links[1], 1] - at[links[0], 1]
    above, below = (
        min(BOW * length, HIGHEST_BOW) if length > 1 else 0.0
        for length in (ways.max(initial=0.0), -ways.min(initial=0.0))
    )
    return above, below


def spring_layout(num_nodes: int, links: NDArray[np.int64], num_rounds: int = 300) -> NDArray[np.float64]:
    """Place nodes so that distances on paper are as those along links: `[num_nodes, 2]`, from 0 on, wider than high.

    Links are 1 long, and longer in a crowd.

    Stress majorization: sum over pairs of (|x_i - x_j| - d_ij)^2 / d_ij^2 falls with every round. Parts that no link
    joins stand apart. The nearest nodes are about 1 apart. The outcome depends on nothing but the links.

    Args:
        num_nodes: at least one.
        links: `[2, number]`, nodes that are neighbours.
        num_rounds: of majorization.

    Source: Gansner, Koren and North 2004, "Graph drawing by stress majorization", doi:10.1007/978-3-540-31843-9_25.
    """
    linked = np.zeros((num_nodes, num_nodes))
    linked[links[0], links[1]] = linked[links[1], links[0]] = 1.0
    np.fill_diagonal(linked, 0.0)
    length = linked * np.maximum(CROWDED * np.sqrt(2.0 + linked @ linked), 1.0)
    distance = shortest_path(length, directed=False)
    apart = connected_components(length, directed=False)[0] > 1
    reach = distance[np.isfinite(distance)].max(initial=1.0)
    if reach > LONG:
        distance, reach = distance**CURLED, reach**CURLED
    distance[~np.isfinite(distance)] = reach + 1.0 if apart else reach
    if num_nodes == 1:
        return np.zeros((1, 2))
    np.fill_diagonal(distance, 1.0)
    weight = distance**-2.0
    np.fill_diagonal(weight, 0.0)
    laplacian = np.diag(weight.sum(axis=1)) - weight
    inverse = np.linalg.pinv(laplacian)
    at = _classical(np.where(np.eye(num_nodes, dtype=bool), 0.0, distance))
    for _ in range(num_rounds):
        gap = np.linalg.norm(at[:, None] - at[None], axis=2)
        pull = weight * distance / np.maximum(gap, 1e-9)
        at = inverse @ (pull.sum(axis=1)[:, None] * at - pull @ at)
    _, axes = np.linalg.eigh(at.T @ at)
    at = at @ axes  # the longer axis from left to right
    at *= np.where(at[np.abs(at).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)
    nearest = np.linalg.norm(at[:, None] - at[None] + 1e9 * np.eye(num_nodes)[:, :, None], axis=2).min(axis=1)
    return (at - at.min(axis=0)) / max(float(np.quantile(nearest, 0.1)), 1e-3)


def _classical(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where to begin: the plane that shows most of the distances (Torgerson 1952), nudged so that no two coincide."""
    centred = distance**2 - (distance**2).mean(axis=0) - (distance**2).mean(axis=1)[:, None] + (distance**2).mean()
    size, axes = np.linalg.eigh(-0.5 * centred)
    angle = 2.399963 * np.arange(len(distance))  # the golden angle
    nudge = 0.05 * np.sqrt(np.arange(len(distance)) / len(distance))
    return axes[:, -2:] * np.sqrt(np.maximum(size[-2:], 0.0)) + nudge[:, None] * np.stack(
        [np.cos(angle), np.sin(angle)], 1
    )


def directions(runs: Sequence[Run], places: Places, names: Sequence[str]) -> list[tuple[int, int] | None]:
    """Return where each action leads on the map, as a step of rows and columns; None where it has no direction.

    It has that of its name, if some of its moves go there; else that of nearly all of them.
    """
    plan = places.plan
    if plan is None or plan.position is None:
        return [None] * len(names)
    moves = np.zeros((len(names), 3, 3))
    for run in runs:
        before, after = plan.positions(run.trace["state"]), plan.positions(run.trace["next_state"])
        move = after - before
        near = (np.abs(move) <= 1).all(axis=1) & (before >= 0).all(axis=1) & (after >= 0).all(axis=1)
        np.add.at(moves, (run.trace["action"][near], *(move[near] + 1).T), 1)
    moves[:, 1, 1] = 0
    found: list[tuple[int, int] | None] = []
    for name, ways in zip(names, moves, strict=True):
        row, column = divmod(int(ways.argmax()), 3)
        direction, needed = COMPASS.get(name.lower(), (row - 1, column - 1)), SOME_WAY
        if name.lower() not in COMPASS:
            needed = SAME_WAY
        goes = ways[direction[0] + 1, direction[1] + 1]
        found.append(direction if goes > 0 and goes >= needed * ways.sum() else None)
    return found
