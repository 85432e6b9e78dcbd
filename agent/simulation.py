"""An agent's life in a tabular world as one compiled loop: the same steps that `interact` makes, to the last bit.

The loop stops where Python is needed and is taken up again at the same place: tables that are full are made larger,
plans that are not compiled into it (or are better solved anew) are made. It releases the interpreter while it runs, so
that many seeds live at once on threads.
"""

import math
import os
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import gymnasium
import numpy as np
from gymnasium.utils.seeding import np_random
from gymnasium.wrappers import OrderEnforcing, PassiveEnvChecker, TimeLimit
from numpy.typing import NDArray

from agent import belief, scoring
from agent.agents import make_agent
from agent.agents.deciding import Mind, choose_planned, decide, mind_at
from agent.compiled import compiled, part
from agent.packing import Pack, handle
from agent.protocols import Transition
from agent.scoring import Truth
from agent.streams import seed_streams
from agent.tables import dtypes
from envs.adapters import StateEnv, as_states
from envs.rows import draw
from envs.tabular import TabularEnv

CHUNK = 1024  # steps between two looks from outside
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


class _World(NamedTuple):
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


class _Redrawn(NamedTuple):
    state: NDArray[np.int32]
    action: NDArray[np.int32]
    total: NDArray[np.float64]  # [1], so that nothing is left out as being of no use


# indices into `place`
PHASE, STATE, ACTION, NEXT, TERMINATED, USED, MADE, AGE, LIMIT, ANSWER, NUM_ACTIONS, NUM_OWN, START, SCORED = range(14)
NUM_PLACES = 14

RESETTING, BEGINNING, DECIDING, CHOOSING, LEARNING = range(5)
"""What comes next in a life."""

DONE, DRY, ROOM, PLAN, REFUSED = range(5)
"""Why the loop stopped: all steps were made; random numbers, room in the tables or a plan is needed; an error."""

_world_at, _steps_at = handle(_World), handle(Steps)
_draw: Any = part(draw)


def can_simulate(env: gymnasium.Env[Any, Any], agent: Any) -> bool:
    """Tell whether an agent's life in a world can be simulated: a tabular world, an agent of this package."""
    return _tabular(env) is not None and isinstance(getattr(agent, "mind", None), Mind)


class Simulation:
    """One life, advanced as far as is asked for.

    Attributes:
        steps: the columns of the latest steps.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], agent: Any, seed: int, truth: Truth | None = None) -> None:
        """Begin a life; the world itself is only read, and may be shared.

        Args:
            env: a world of `envs` that is a table or steps by rule.
            agent: one that `make_agent` makes.
            seed: of the world's own randomness, as for `interact`.
            truth: what the agent's model is scored against at every step.

        Raises:
            ValueError: another kind of world or agent.
        """
        found = _tabular(env)
        if found is None or not can_simulate(env, agent):
            raise ValueError(f"only agents of this package in tabular worlds can be simulated, not {agent} in {env}")
        world, limit = found
        rows: Any = world.rows.as_arrays()
        self._agent, self._truth, self._rng = agent, truth, np_random(seed)[0]
        self.steps = Steps(*(np.zeros(CHUNK, dtype) for dtype in dtypes(Steps).values()))
        place = np.zeros(NUM_PLACES, dtype=np.int64)
        place[[LIMIT, NUM_ACTIONS, NUM_OWN]] = limit, rows.num_actions, rows.num_own
        place[START], place[SCORED] = len(rows.code) - 1, truth is not None
        place[USED] = NUM_UNIFORMS
        self._place, self._uniforms, self._paid = place, np.zeros(NUM_UNIFORMS), np.zeros(1)
        self._world = Pack(_World._make((*rows[2:], self._uniforms, place, self._paid)))
        self._mind, self._steps = Pack(agent.mind), Pack(self.steps)

    def advance(self, num_steps: int) -> int:
        """Make up to `CHUNK` steps more, whose columns are then the first of `steps`; return how many.

        Raises:
            ValueError: the prior rules out what happened; the bonus is not finite.
        """
        agent, place, num_steps = self._agent, self._place, min(num_steps, CHUNK)
        place[MADE] = 0
        scored = self._truth.address if self._truth is not None else self._world.address  # the latter is not looked at
        while True:
            reason = _advance(
                agent.model.address, self._mind.address, self._world.address, self._steps.address, scored, num_steps
            )
            if reason == DONE:
                return num_steps
            if reason == DRY:
                self._rng.random(out=self._uniforms)
                place[USED] = 0
            elif reason == ROOM:
                agent.model.make_room(int(max(place[STATE], place[NEXT])), rewards=self._paid[0] != 0.0)
            elif reason == PLAN:
                is_final = agent.plan(int(place[STATE]), int(place[ANSWER]))
                place[PHASE] = CHOOSING if is_final else DECIDING
            else:
                raise ValueError(agent.model.refusal(float(place[ANSWER]), self._step()))

    def columns(self, num_steps: int) -> dict[str, NDArray[Any]]:
        """Return copies of the first columns of `steps`."""
        columns = {name: column[:num_steps].copy() for name, column in self.steps._asdict().items()}
        return columns | {name: columns[name].astype(bool) for name in ("terminated", "truncated")}

    def world_seconds(self, steps: Mapping[str, NDArray[Any]]) -> float:
        """Measure the world's share of a life, which the loop does not tell apart, by drawing its steps once more."""
        state, action = np.ascontiguousarray(steps["state"]), np.ascontiguousarray(steps["action"])
        redrawn = Pack(_Redrawn(state, action, np.zeros(1)))
        _redraw(self._world.address, redrawn.address, min(1, len(state)))  # loads, or compiles
        start = time.perf_counter()
        _redraw(self._world.address, redrawn.address, len(state))
        return time.perf_counter() - start

    def _step(self) -> Transition:
        state, action, next_state, terminated = (int(n) for n in self._place[[STATE, ACTION, NEXT, TERMINATED]])
        return Transition(state, action, float(self._paid[0]), next_state, bool(terminated), False)


@dataclass(frozen=True)
class Simulated:
    """What an agent lived through.

    Attributes:
        seed: that fixed it.
        agent: as it is at the end.
        steps: columns of one entry a step, `[num_steps]`: those of `agent.load_run(...).trace`, and the expected
            missing information and the prior's concentration after the step.
    """

    seed: int
    agent: Any
    steps: dict[str, NDArray[Any]]


def simulate(
    env: gymnasium.Env[Any, Any],
    agent: str = "curious",
    num_steps: int = 10_000,
    seeds: int | Iterable[int] = 1,
    threads: int | None = None,
    **options: Any,
) -> list[Simulated]:
    """Let an agent live in a tabular world, once for each seed, compiled, on all cores.

    The life of a seed is that of `world_seed, agent_seed = agent.streams.seed_streams(seed)` and
    `interact(env, make_agent(agent, env, agent_seed, **options), num_steps, world_seed)`, to the last bit.

    Args:
        env: a world of `envs`; it is only read.
        agent: a key of `agent.names.AGENTS`.
        num_steps: steps of each life.
        seeds: how many, counted from 0, or which.
        threads: lives at once; None: one a core.
        options: of `make_agent`: prior, bonus, planner, discount, ...

    Returns:
        One life a seed, in the order of the seeds. Where the truth of the world is known, its columns hold the missing
        information and the coverage (nan otherwise).

    Raises:
        ValueError: a world that is no table (walk it with `interact`), an unknown name, an option out of range.
    """
    from envs.truth import true_mdp

    env = as_states(env)
    mdp = true_mdp(env)

    def live(seed: int) -> Simulated:
        world_seed, agent_seed = seed_streams(seed)
        explorer: Any = make_agent(agent, env, agent_seed, **options)
        truth = None if mdp is None else Truth(explorer.model, mdp)
        simulation = Simulation(env, explorer, world_seed, truth)
        chunks = []
        while (made := sum(len(chunk["state"]) for chunk in chunks)) < num_steps:
            chunks.append(simulation.columns(simulation.advance(num_steps - made)))
        return Simulated(
            seed, explorer, {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}
        )

    if num_steps < 1:
        raise ValueError(f"num_steps must be positive, got {num_steps}")
    chosen = range(seeds) if isinstance(seeds, int) else list(seeds)
    with ThreadPoolExecutor(threads or num_cores()) as pool:
        return list(pool.map(live, chosen))


def num_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _tabular(env: gymnasium.Env[Any, Any]) -> tuple[TabularEnv, int] | None:
    """Return the table under a world and the limit on its episodes, 0 for none; None if it is anything else."""
    limit = 0
    while isinstance(env, gymnasium.Wrapper):
        if type(env) is TimeLimit:
            limit = min(limit or env._max_episode_steps, env._max_episode_steps)
        elif type(env) not in (StateEnv, OrderEnforcing, PassiveEnvChecker):
            return None
        env = env.env
    own = type(env).step is TabularEnv.step and type(env).reset is TabularEnv.reset
    return (env, limit) if isinstance(env, TabularEnv) and own else None


_redrawn_at = handle(_Redrawn)


@compiled
def _redraw(world_address, redrawn_address, num_steps):
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
def _advance(belief_address, mind_address, world_address, steps_address, tally_address, num_steps):
    """Make steps until there are `num_steps`, or until something is needed; return why it stopped."""
    known, mind, world = belief.belief_at(belief_address), mind_at(mind_address, 0, 0), _world_at(world_address, 0, 0)
    steps, tally = _steps_at(steps_address, 0, 0), scoring.tally_at(tally_address, 0, 0)
    place, uniforms, rows = world.place, world.uniforms, _rows(world)
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
            answer = belief.begin(known, place[STATE])
            if answer != 0.0:
                place[ANSWER] = int(answer)
                return ROOM if answer == belief.FULL else REFUSED
            place[PHASE] = DECIDING
        if place[PHASE] != LEARNING:
            if place[USED] == NUM_UNIFORMS:
                return DRY
            if place[PHASE] == DECIDING:
                place[ACTION] = decide(known, mind, place[STATE])
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
        answer = belief.observe(known, place[STATE], place[ACTION], world.paid[0], place[NEXT], place[TERMINATED] != 0)
        if answer < 0.0:
            place[ANSWER] = int(answer)
            return ROOM if answer == belief.FULL else REFUSED
        place[AGE] += 1
        if place[SCORED]:
            scoring.update(known, tally)
        ended = _keep(known, mind, world, steps, tally, place[MADE])
        place[MADE] += 1
        place[STATE], place[PHASE] = place[NEXT], RESETTING if ended else DECIDING
    return DONE


@part
def _keep(known, mind, world, steps, tally, k):
    """Enter a step that was learnt; return whether it ended an episode."""
    place = world.place
    truncated = 0 < place[LIMIT] <= place[AGE]
    steps.state[k], steps.action[k], steps.next_state[k] = place[STATE], place[ACTION], place[NEXT]
    steps.reward[k], steps.terminated[k], steps.truncated[k] = world.paid[0], place[TERMINATED], truncated
    steps.information_gain_nats[k] = known.sums[belief.LAST_SURPRISE]
    steps.expected_information_gain_nats[k] = known.sums[belief.LAST_EXPECTED]
    steps.missing_information_nats[k] = tally.scores[0] if place[SCORED] else math.nan
    steps.coverage[k] = tally.scores[1] / tally.marks[scoring.NUM_PAIRS] if place[SCORED] else math.nan
    steps.planning_loss_bound_nats[k] = mind.bound[0]
    steps.expected_missing_information_nats[k] = known.sums[belief.EXPECTED_MISSING]
    steps.concentration[k] = known.sums[belief.CONCENTRATION]
    return truncated or place[TERMINATED] != 0
