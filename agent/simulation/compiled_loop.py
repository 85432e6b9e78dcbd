"""The compiled loop of a life in a tabular world: a state machine that says what it needs, and goes on from there."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..agents.decisions import MENDED, agent_state_at, choose_planned, decide, occasion_of, progress_of
from ..belief import updates
from ..compilation.compiled import compiled, part
from ..compilation.handles import handle
from ..compilation.records import Record, record
from ..worlds import draw
from . import score_updates

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
    reward_information_gain_nats: NDArray[np.float64]
    expected_reward_information_gain_nats: NDArray[np.float64]


@record
class Current(Record):
    """Where the loop stands: the step under way, and what it needs of its surroundings."""

    phase: int  # what comes next, see below
    state: int
    action: int
    next_state: int
    terminated: int  # 0 or 1
    reward: float
    episode_steps: int  # since the latest reset
    num_made: int  # steps made since Python looked last
    next_uniform: int  # the first random number that was not used yet
    answer: int  # why the loop stopped, in detail: what the belief or the agent answered
    max_backups: int  # after so many the loop stops for a moment
    time_limit: int  # steps after which an episode is truncated; 0: none
    start: int  # the row that a reset draws a state from
    is_scored: int  # whether the belief is compared with the truth, 0 or 1
    num_actions: int  # of the world
    num_own: int  # of `envs.successor_draws.Rows`


class World(NamedTuple):
    """The columns of `envs.successor_draws.Rows`, and where a life stands."""

    code: NDArray[np.uint8]
    gap: NDArray[np.uint16]
    own_state: NDArray[np.int64]
    pointer: NDArray[np.int64]
    successor: NDArray[np.int64]
    cumulative: NDArray[np.float64]
    reward: NDArray[np.float64]
    entering: NDArray[np.float64]
    uniforms: NDArray[np.float64]  # drawn ahead of time
    current: Current


class Redrawn(NamedTuple):
    """Steps that are drawn once more."""

    state: NDArray[np.int32]
    action: NDArray[np.int32]
    total: NDArray[np.float64]  # [1], a result, so that the loop is not eliminated as dead code


RESETTING, BEGINNING, OPENING, DECIDING, CHOOSING, LEARNING, SETTLING = range(7)
"""What comes next in a life; after a reset, and after a step, the belief is to settle."""

ALL_MADE, DRY, ROOM, PLAN, REFUSED, TIRED = range(6)
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
    """What `envs.successor_draws.draw` takes."""
    return (
        world.current.num_actions, world.current.num_own, world.code, world.gap, world.own_state, world.pointer,
        world.successor, world.cumulative, world.reward, world.entering,
    )  # fmt: skip


@compiled
def advance(belief_address, agent_address, world_address, steps_address, truth_address, num_steps):
    """Make steps until there are `num_steps`, or until something is needed; return why it stopped.

    It ends: each pass of the loop makes a step, except where it stops.
    """
    known, agent_state, world = (
        updates.belief_at(belief_address),
        agent_state_at(agent_address, 0, 0),
        _world_at(world_address, 0, 0),
    )
    steps, truth = _steps_at(steps_address, 0, 0), score_updates.truth_at(truth_address, 0, 0)
    progress, occasion = progress_of(agent_address), occasion_of(agent_address)
    current, uniforms, rows = world.current, world.uniforms, _rows(world)
    is_mending = agent_state.numbers.way == MENDED
    most = progress.plan.num_pops + current.max_backups if is_mending else 0
    while current.num_made < num_steps:
        if current.phase == RESETTING:
            if current.next_uniform == NUM_UNIFORMS:
                return DRY
            current.action = 0
            current.state, _, _ = _draw(rows, current.start, current.action, uniforms[current.next_uniform])
            current.next_state = current.state
            current.next_uniform += 1
            current.episode_steps, current.phase = 0, BEGINNING
        if current.phase == BEGINNING:
            answer = updates.begin(known, current.state)
            if answer != 0.0:
                current.answer = int(answer)
                return ROOM if answer == updates.FULL else REFUSED
            current.phase = OPENING
        if current.phase == OPENING:
            if updates.settle(known) != 0.0:
                return ROOM
            current.phase = DECIDING
        if current.phase == DECIDING or current.phase == CHOOSING:
            if current.next_uniform == NUM_UNIFORMS:
                return DRY
            if current.phase == DECIDING:
                current.action = decide(known, agent_state, progress, occasion, current.state)
            else:
                current.action = choose_planned(known, agent_state, current.state)
            if current.action < 0:
                current.answer = current.action
                return PLAN
            current.next_state, current.reward, terminated = _draw(
                rows, current.state, current.action, uniforms[current.next_uniform]
            )
            current.terminated = int(terminated)
            current.next_uniform += 1
            current.phase = LEARNING
        if current.phase == LEARNING:
            answer = updates.observe(
                known, current.state, current.action, current.reward, current.next_state, current.terminated != 0
            )
            if answer < 0.0:
                current.answer = int(answer)
                return ROOM if answer == updates.FULL else REFUSED
            current.phase = SETTLING
        if updates.settle(known) != 0.0:
            return ROOM
        current.episode_steps += 1
        if current.is_scored:
            score_updates.update(known, truth)
        ended = _keep(known, agent_state, world, steps, truth, current.num_made)
        current.num_made += 1
        current.state, current.phase = current.next_state, RESETTING if ended else DECIDING
        if is_mending and progress.plan.num_pops > most:
            return TIRED
    return ALL_MADE


@part
def _keep(known, agent_state, world, steps, truth, k):
    """Enter a step that was learnt; return whether it ended an episode."""
    current = world.current
    truncated = 0 < current.time_limit <= current.episode_steps
    steps.state[k], steps.action[k], steps.next_state[k] = current.state, current.action, current.next_state
    steps.reward[k], steps.terminated[k], steps.truncated[k] = current.reward, current.terminated, truncated
    steps.information_gain_nats[k] = known.numbers.last_surprise
    steps.expected_information_gain_nats[k] = known.numbers.last_expected_gain
    steps.missing_information_nats[k] = truth.score.missing_information if current.is_scored else math.nan
    steps.coverage[k] = truth.score.num_visited / truth.score.num_pairs if current.is_scored else math.nan
    steps.planning_loss_bound_nats[k] = agent_state.numbers.loss_bound
    steps.expected_missing_information_nats[k] = known.numbers.expected_missing_information
    steps.concentration[k] = known.numbers.concentration
    steps.reward_information_gain_nats[k] = known.numbers.last_reward_gain
    steps.expected_reward_information_gain_nats[k] = known.numbers.last_expected_reward_gain
    return truncated or current.terminated != 0
