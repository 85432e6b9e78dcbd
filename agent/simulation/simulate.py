"""An agent's life in a tabular world as one compiled loop: the same steps that `interact` makes, to the last bit.

The loop stops where Python is needed and is taken up again at the same place: tables that are full are made larger,
plans that are not compiled into it (or are better solved anew) are made. It releases the interpreter while it runs, so
that many seeds live at once on threads, and comes back to it several times a second, so that Ctrl-C is served.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from gymnasium.utils.seeding import np_random
from gymnasium.wrappers import OrderEnforcing, PassiveEnvChecker, TimeLimit
from numpy.typing import NDArray

from ..agents.decisions import AgentState
from ..agents.make_agent import make_agent
from ..agents.rng import seed_streams
from ..compilation.handles import Pack
from ..compilation.records import dtypes
from ..interruption import CalledOff, called_off_by, pause
from ..notebooks import cards
from ..protocols import Transition
from ..worlds import StateEnv, TabularEnv, as_states
from . import compiled_loop
from .scoring import Truth
from .walking import as_told, walked

CHUNK = 1024  # steps between two looks from outside
FEWEST, BRIEF, LONG = 16, 0.02, 0.1  # steps made at once at first; seconds that let them become more, or less
PUSHES = 5_000_000  # that backups may take before signals are served: a tenth of a second


def can_simulate(env: gymnasium.Env[Any, Any], agent: Any) -> bool:
    """Tell whether an agent's life in a world can be simulated: a tabular world, an agent of this package."""
    return _tabular(env) is not None and isinstance(getattr(agent, "agent_state", None), AgentState)


class Simulation:
    """One life, advanced as far as is asked for.

    Attributes:
        steps: the columns of the latest steps.
        is_whole: whether nothing was cut short: then agent and world are as the latest step left them.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], agent: Any, seed: int, truth: Truth | None = None) -> None:
        """Begin a life; the world itself is only read, and may be shared.

        Args:
            env: a world of `envs` that is a table or steps by rule.
            agent: one that `make_agent` makes.
            seed: of the world's own randomness, as for `interact`.
            truth: what the agent's model is scored against at every step.

        Raises:
            ValueError: another kind of world or agent, a world of another number of actions than the agent's model
                has, or the truth is held against another model.
        """
        found = _tabular(env)
        if found is None or not can_simulate(env, agent):
            which = "only agents of this package in tabular worlds can be simulated"
            raise ValueError(f"{which}, not {agent} in {env}; use interact")
        world, limit = found
        rows: Any = world.rows.as_arrays()
        self._agent, self._truth, self._rng = agent, truth, np_random(seed)[0]
        self.steps = compiled_loop.Steps(*(np.zeros(CHUNK, dtype) for dtype in dtypes(compiled_loop.Steps).values()))
        self._current = compiled_loop.Current(
            num_actions=rows.num_actions,
            num_own=rows.num_own,
            start=len(rows.code) - 1,
            time_limit=limit,
            is_scored=truth is not None,
            next_uniform=compiled_loop.NUM_UNIFORMS,
        )
        self._uniforms = np.zeros(compiled_loop.NUM_UNIFORMS)
        self._world = Pack(compiled_loop.World._make((*rows[2:], self._uniforms, self._current)))
        self._steps = Pack(self.steps)
        self._stride = FEWEST
        self._failure: Exception | None = None
        self.is_whole = True
        self._check()

    def kept(self) -> dict[str, Any]:
        """Return where the life stands, for `resume`; arrays are those of the simulation, not copies."""
        rng = self._rng.bit_generator.state
        return {"current": self._current, "uniforms": self._uniforms, "rng": rng}

    def resume(self, kept: dict[str, Any]) -> None:
        """Stand where another simulation in this world did when that was `kept`; its agent is to be as it was, too."""
        self._current.become(kept["current"])
        self._uniforms[:] = kept["uniforms"]
        self._rng.bit_generator.state = kept["rng"]

    def advance(self, num_steps: int) -> int:
        """Make up to `CHUNK` steps more, whose columns are then the first of `steps`; return how many.

        They are fewer than was asked for where the life was called off (`agent.interruption`), or failed: the failure
        is then raised by the next call, so that the steps before it are not lost.

        Raises:
            ValueError: the prior rules out what happened; what is paid is not finite.
            CalledOff: it is not wanted any more, and no step was made.
        """
        if self._failure is not None:
            raise self._failure
        self._current.num_made = 0
        try:
            with self._agent.model.turn:
                self._check()
                self._advance(min(num_steps, CHUNK))
        except Exception as failure:
            self.is_whole = False
            if self._current.num_made == 0:
                raise
            self._failure = None if isinstance(failure, CalledOff) else failure
        return self._current.num_made

    def _check(self) -> None:
        """Refuse a model, a world and a truth that do not belong together; they may have been exchanged since."""
        model, truth = self._agent.model, self._truth
        if model.num_actions != self._current.num_actions:
            raise ValueError(
                f"the world has {self._current.num_actions} actions, the agent's model {model.num_actions}"
            )
        if truth is not None and truth.model is not model:
            raise ValueError("the truth is held against another model than the agent's")

    def _advance(self, num_steps: int) -> None:
        agent, current = self._agent, self._current
        scored = self._world.address  # is not looked at
        if self._truth is not None:
            self._truth.settle()
            scored = self._truth.address
        agent.settle()
        while True:
            model, start = agent.model, time.perf_counter()
            current.max_backups = PUSHES // (1 + model.num_edges // (1 + model.num_known_states))
            ahead = min(num_steps, current.num_made + self._stride)
            reason = compiled_loop.advance(
                model.address, agent.pack.address, self._world.address, self._steps.address, scored, ahead
            )
            seconds = time.perf_counter() - start
            if seconds < BRIEF:
                self._stride = min(4 * self._stride, CHUNK)
            elif seconds > LONG:
                self._stride = max(self._stride // 4, 1)
            if current.num_made >= num_steps:
                return
            if current.num_made > 0:  # a long plan of the first step pauses by itself
                pause()
            if reason == compiled_loop.DRY:
                self._rng.random(out=self._uniforms)
                current.next_uniform = 0
            elif reason == compiled_loop.ROOM:
                model.prepare(current.state, current.next_state, current.reward != 0.0, current.terminated != 0)
                if current.phase in (compiled_loop.OPENING, compiled_loop.SETTLING):
                    model.settle()
            elif reason == compiled_loop.PLAN:
                is_final = agent.plan(current.state, current.answer)
                agent.settle()
                current.phase = compiled_loop.CHOOSING if is_final else compiled_loop.DECIDING
            elif reason == compiled_loop.REFUSED:
                raise ValueError(model.refusal(float(current.answer), self._step()))

    def columns(self, num_steps: int) -> dict[str, NDArray[Any]]:
        """Return copies of the first columns of `steps`."""
        return as_told(
            self._agent.model, {name: each[:num_steps].copy() for name, each in self.steps._asdict().items()}
        )

    def world_seconds(self, steps: Mapping[str, NDArray[Any]]) -> float:
        """Measure the world's share of a life, which the loop does not tell apart, by drawing its steps once more."""
        state, action = np.ascontiguousarray(steps["state"]), np.ascontiguousarray(steps["action"])
        redrawn = Pack(compiled_loop.Redrawn(state, action, np.zeros(1)))
        compiled_loop.redraw(self._world.address, redrawn.address, min(1, len(state)))  # loads, or compiles
        start = time.perf_counter()
        compiled_loop.redraw(self._world.address, redrawn.address, len(state))
        return time.perf_counter() - start

    def _step(self) -> Transition:
        now = self._current
        return Transition(now.state, now.action, now.reward, now.next_state, bool(now.terminated), False)


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

    def __repr__(self) -> str:
        return f"<Simulated: seed {self.seed}, {len(self.steps['state'])} steps, {self.agent!r}>"

    def _repr_html_(self) -> str:
        rows = [("seed", str(self.seed)), ("steps", cards.number(len(self.steps["state"])))]
        return cards.card(f"a life of {type(self.agent).__name__}", [*rows, *cards.rows_of_model(self.agent.model)[2:]])


def simulate(
    env: gymnasium.Env[Any, Any],
    agent: str | Callable[..., Any] = "curious",
    num_steps: int = 10_000,
    seeds: int | Iterable[int] = 1,
    threads: int | None = None,
    **options: Any,
) -> list[Simulated]:
    """Let an agent live in a tabular world, once for each seed, compiled, on all cores.

    The life of a seed is that of `world_seed, agent_seed = agent.agents.rng.seed_streams(seed)` and
    `interact(env, make_agent(agent, env, agent_seed, steps=num_steps, **options), num_steps, world_seed)`, to the bit.

    Args:
        env: a world of `envs`; it is only read.
        agent: as for `make_agent`. One that is not compiled, of a user's own, lives in the Python loop: the same
            columns, some hundred times slower.
        num_steps: steps of each life.
        seeds: how many, counted from 0, or which.
        threads: lives at once; None: one a core.
        options: of `make_agent`: prior, bonus, planner, discount, ...

    Returns:
        one life a seed, in the order of the seeds. Where the truth of the world is known, its columns hold the missing
        information and the coverage (nan otherwise).

    Raises:
        ValueError: a world that is no table (walk it with `interact`), an unknown name, an option out of range.
    """
    from ..worlds import true_mdp

    env = as_states(env)
    mdp = true_mdp(env)

    def live(seed: int) -> Simulated:
        world_seed, agent_seed = seed_streams(seed)
        explorer: Any = make_agent(agent, env, agent_seed, **{"steps": num_steps} | options)
        truth = None if mdp is None else Truth(explorer.model, mdp)
        found = _tabular(env)
        if found is not None and not can_simulate(env, explorer):
            with called_off_by(stop.is_set):
                return Simulated(seed, explorer, walked(*found, explorer, num_steps, world_seed, truth))
        simulation = Simulation(env, explorer, world_seed, truth)
        chunks, made = [], 0
        with called_off_by(stop.is_set):
            while made < num_steps:
                pause()
                chunks.append(simulation.columns(simulation.advance(num_steps - made)))
                made += len(chunks[-1]["state"])
        return Simulated(
            seed, explorer, {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}
        )

    if num_steps < 1:
        raise ValueError(f"num_steps must be positive, got {num_steps}")
    chosen = range(seeds) if isinstance(seeds, int) else list(seeds)
    stop = threading.Event()
    with ThreadPoolExecutor(threads or num_cores()) as pool:
        try:
            return list(pool.map(live, chosen))
        except BaseException:  # Ctrl-C, or one life that failed: the others are not waited for
            stop.set()
            raise


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
