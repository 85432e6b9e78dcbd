"""The compiled loop of a life in a tabular world: a state machine that says what it needs, and goes on from there."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..agents.decisions import MENDED, choose_planned, decide, mind_at, progress_of
from ..belief import updates
from ..compilation.compiled import compiled, part
from ..compilation.handles import handle
from ..planners.incremental.residuals import POPS
from ..worlds import draw
from . import scoring

NUM_UNIFORMS = 2048  # random numbers drawn at a time


class Steps(NamedTuple):
    """What is kept of every step, in chunks."""

    state: NDArray[np.int32]
    action: NDArray[np.int32]
    next_state: NDArray[np.int32]
    reward: NDArray[np.float64]
    terminated: NDArray[np.int8]
    truncated: NDArray[np.int8]
    information_gain_nats: NDArray[np.float64]
    expected_information_gain_nats: NDArray[np.float64]
    missing_information_nats: NDArray[np.float64]
    coverage: NDArray[np.float64]
    planning_loss_bound_nats: NDArray[np.float64]
    expected_missing_information_nats: NDArray[np.float64]
    concentration: NDArray[np.float64]


class World(NamedTuple):
    """The columns of `envs.rows.Rows`, and where a life stands."""

    code: NDArray[np.uint8]
    gap: NDArray[np.uint16]
    own_state: NDArray[np.int64]
    pointer: NDArray[np.int64]
    successor: NDArray[np.int64]
    cumulative: NDArray[np.float64]
    reward: NDArray[np.float64]
    entering: NDArray[np.float64]
    uniforms: NDArray[np.float64]  # drawn ahead of time
    place: NDArray[np.int64]  # indexed by the names below
    paid: NDArray[np.float64]  # [1]: reward of the step under way


class Redrawn(NamedTuple):
    """Steps that are drawn once more."""

    state: NDArray[np.int32]
    action: NDArray[np.int32]
    total: NDArray[np.float64]  # [1], so that nothing is left out as being of no use


# indices into `place`
PHASE, STATE, ACTION, NEXT, TERMINATED, USED, MADE, AGE, LIMIT, ANSWER, NUM_ACTIONS, NUM_OWN, START, SCORED = range(14)
BACKUPS = 14  # after so many of them the loop stops for a moment
NUM_PLACES = 15

RESETTING, BEGINNING, DECIDING, CHOOSING, LEARNING = range(5)
"""What comes next in a life."""

DONE, DRY, ROOM, PLAN, REFUSED, TIRED = range(6)
"""Why the loop stopped: all steps were made; random numbers, room in the tables or a plan is needed; an error; signals
are to be served, as mending plans took long."""

_world_at, _steps_at, _redrawn_at = handle(World), handle(Steps), handle(Redrawn)
_draw: Any = part(draw)


@compiled
def redraw(world_address, redrawn_address, num_steps):
    """Draw steps once more, with whatever random numbers there are: what the world alone takes."""
    world, redrawn = _world_at(world_address, 0, 0), _redrawn_at(redrawn_address, 0, 0)
    rows = _rows(world)
    for k in range(num_steps):
        _, reward, _ = _draw(rows, redrawn.state[k], redrawn.action[k], world.uniforms[k % NUM_UNIFORMS])
        redrawn.total[0] += reward


@part
def _rows(world):
    """What `envs.rows.draw` takes."""
    return (
        world.place[NUM_ACTIONS], world.place[NUM_OWN], world.code, world.gap, world.own_state, world.pointer,
        world.successor, world.cumulative, world.reward, world.entering,
    )  # fmt: skip


@compiled
def advance(belief_address, mind_address, world_address, steps_address, tally_address, num_steps):
    """Make steps until there are `num_steps`, or until something is needed; return why it stopped.

    It ends: each time around the loop a step is made, but for those that a stop interrupts.
    """
    known, mind, world = updates.belief_at(belief_address), mind_at(mind_address, 0, 0), _world_at(world_address, 0, 0)
    steps, tally = _steps_at(steps_address, 0, 0), scoring.tally_at(tally_address, 0, 0)
    progress = progress_of(mind_address)
    place, uniforms, rows = world.place, world.uniforms, _rows(world)
    is_mending = mind.way[0] == MENDED
    most = progress.marks[POPS] + place[BACKUPS] if is_mending else 0
    while place[MADE] < num_steps:
        if place[PHASE] == RESETTING:
            if place[USED] == NUM_UNIFORMS:
                return DRY
            place[ACTION] = 0
            place[STATE], _, _ = _draw(rows, place[START], place[ACTION], uniforms[place[USED]])
            place[NEXT] = place[STATE]
            place[USED] += 1
            place[AGE], place[PHASE] = 0, BEGINNING
        if place[PHASE] == BEGINNING:
            answer = updates.begin(known, place[STATE])
            if answer != 0.0:
                place[ANSWER] = int(answer)
                return ROOM if answer == updates.FULL else REFUSED
            place[PHASE] = DECIDING
        if place[PHASE] != LEARNING:
            if place[USED] == NUM_UNIFORMS:
                return DRY
            if place[PHASE] == DECIDING:
                place[ACTION] = decide(known, mind, progress, place[STATE])
            else:
                place[ACTION] = choose_planned(known, mind, place[STATE])
            if place[ACTION] < 0:
                place[ANSWER] = place[ACTION]
                return PLAN
            place[NEXT], world.paid[0], place[TERMINATED] = _draw(
                rows, place[STATE], place[ACTION], uniforms[place[USED]]
            )
            place[USED] += 1
            place[PHASE] = LEARNING
        answer = updates.observe(known, place[STATE], place[ACTION], world.paid[0], place[NEXT], place[TERMINATED] != 0)
        if answer < 0.0:
            place[ANSWER] = int(answer)
            return ROOM if answer == updates.FULL else REFUSED
        place[AGE] += 1
        if place[SCORED]:
            scoring.update(known, tally)
        ended = _keep(known, mind, world, steps, tally, place[MADE])
        place[MADE] += 1
        place[STATE], place[PHASE] = place[NEXT], RESETTING if ended else DECIDING
        if is_mending and progress.marks[POPS] > most:
            return TIRED
    return DONE


@part
def _keep(known, mind, world, steps, tally, k):
    """Enter a step that was learnt; return whether it ended an episode."""
    place = world.place
    truncated = 0 < place[LIMIT] <= place[AGE]
    steps.state[k], steps.action[k], steps.next_state[k] = place[STATE], place[ACTION], place[NEXT]
    steps.reward[k], steps.terminated[k], steps.truncated[k] = world.paid[0], place[TERMINATED], truncated
    steps.information_gain_nats[k] = known.sums[updates.LAST_SURPRISE]
    steps.expected_information_gain_nats[k] = known.sums[updates.LAST_EXPECTED]
    steps.missing_information_nats[k] = tally.scores[0] if place[SCORED] else math.nan
    steps.coverage[k] = tally.scores[1] / tally.marks[scoring.NUM_PAIRS] if place[SCORED] else math.nan
    steps.planning_loss_bound_nats[k] = mind.bound[0]
    steps.expected_missing_information_nats[k] = known.sums[updates.EXPECTED_MISSING]
    steps.concentration[k] = known.sums[updates.CONCENTRATION]
    return truncated or place[TERMINATED] != 0
