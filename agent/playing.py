"""One agent's life in one world, made from a configuration and recorded: what all commands share."""

import inspect
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import gymnasium
import numpy as np

import envs
from agent import config as config_of
from agent import interact, make_agent, names
from agent.final_belief import final_belief
from agent.options import Options
from agent.recorder import Recorder
from agent.scoring import Truth
from agent.simulation import Simulation, can_simulate
from agent.streams import seed_streams

FOREIGN_STEPS = 10_000
"""Steps of a run in a world that is not ours, if nothing else is asked for."""

STEPS_BETWEEN_LOOKS = 64
_AGENT_OPTIONS = ("prior", "bonus", "planner", "discount", "tolerance", "curiosity_weight", "reward_weight")


@dataclass(frozen=True)
class Life:
    """An agent's recorded life, and the time it took.

    Attributes:
        recorder: What happened.
        agent: As it is at the end.
        start_seconds: Until the first step was made: compiled code is loaded, or made if it never was.
        env_seconds: Spent in the world after that.
        agent_seconds: Spent in the agent after that, deciding and learning.
        complete: False if it was stopped before its last step.
        failure: What went wrong, if that is why it was stopped.
        position: `[S, 2]`, row and column of the world's states, if it has a map.
    """

    recorder: Recorder
    agent: Any
    start_seconds: float
    env_seconds: float
    agent_seconds: float
    complete: bool
    failure: str | None
    position: np.ndarray | None


def resolve(options: Options, players: Sequence[str], seed: int) -> dict[str, Any]:
    """Check what was asked for, down to making the world and its players, and fill in what was left open.

    Raises:
        ValueError: Something about it is wrong.
    """
    if options.bonus is not None:  # also where no player plans, and so none would notice
        names.known("bonus", options.bonus, names.BONUSES)
    if options.planner is not None:
        names.known("planner", options.planner.partition(":")[0], names.PLANNERS)
    map_text = config_of.map_text_of(options)
    config = config_of.resolved(options, options.steps or default_steps(options.env), map_text)
    env = make_world(config, seed)
    for name in players:
        make_player(config, name, env, seed)
    env.close()
    return config | {"map_text": getattr(env.unwrapped, "map_text", None)}


def make_world(config: Mapping[str, Any], seed: int) -> envs.StateEnv:
    """Make the world of a configuration; one that is drawn by a seed is drawn by this one, unless it is told which.

    Raises:
        ValueError: There is no such world, not with these arguments, or not with numbered states.
    """
    arguments, accepted = dict(config["env_kwargs"]), _parameters(config["env"])
    for argument in arguments if accepted else ():
        names.known(f"argument of {config['env']}", argument, accepted)
    if "world_seed" in accepted or envs.worlds.is_minigrid(config["env"]):
        arguments.setdefault("world_seed", seed)
    if config["map"] is not None:
        if "map_text" not in accepted:
            raise ValueError(f"--map: {config['env']} is not made from a map; expected a world that is, such as grid")
        arguments["map_text"] = config["map_text"]
    env = _made(config["env"], arguments)
    return envs.as_states(env if config["bins"] is None else _binned(env, config["bins"]))


def default_steps(name: str) -> int:
    """Return how many steps a run takes in a world if nothing else is asked for."""
    world = _own_world(name)
    return FOREIGN_STEPS if world is None else world.default_steps


def make_player(config: Mapping[str, Any], name: str, env: envs.StateEnv, seed: int | np.random.SeedSequence) -> Any:
    """Make an agent with the beliefs and weights of a configuration.

    Raises:
        ValueError: One of its parts does not exist, or they do not go together.
    """
    return make_agent(name, env, seed, **{option: config[option] for option in _AGENT_OPTIONS})


def play(
    config: Mapping[str, Any],
    name: str,
    seed: int,
    look: Callable[[str, Recorder | int], None] = lambda *_: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Life:
    """Let an agent live in a configuration's world, and record it; a failure after the first step ends it early.

    Args:
        config: The resolved configuration.
        name: The agent.
        seed: Fixes everything random: equal for agents that are to be compared.
        look: Called now and then, and at the end, to show progress; with a number of states while those of the world
            are found.
        should_stop: Asked after every step, or after about a thousand of a simulated life.
    """
    env, num_steps = make_world(config, seed), config["steps"]
    world_seed, agent_seed = seed_streams(seed)
    agent = make_player(config, name, env, agent_seed)
    mdp = envs.true_mdp(env, lambda number: look(name, number))
    truth = None if mdp is None else Truth(agent.model, mdp)
    recorder = Recorder(agent, num_steps, truth)
    look(name, recorder)
    live = _simulated if can_simulate(env, agent) else _walked
    seconds, failure = _Seconds(), None
    try:
        live(env, agent, world_seed, recorder, seconds, lambda: look(name, recorder), should_stop)
    except Exception as error:  # of the world or the agent, in any code of theirs: what was recorded is kept
        if recorder.num_steps == 0:
            raise
        failure = _told(error)
    look(name, recorder)
    env.close()
    complete, position = recorder.num_steps == num_steps, None if mdp is None else mdp.position
    return Life(recorder, agent, seconds.start, seconds.env, seconds.agent, complete, failure, position)


@dataclass
class _Seconds:
    """Where the time of a life goes: until the first step was made, and then in the world and in the agent."""

    start: float = 0.0
    env: float = 0.0
    agent: float = 0.0


def _simulated(
    env: envs.StateEnv,
    agent: Any,
    seed: int,
    recorder: Recorder,
    seconds: _Seconds,
    look: Callable[[], None],
    stop: Callable[[], bool],
) -> None:
    """Live in a tabular world, compiled."""
    simulation, clock = Simulation(env, agent, seed, recorder.truth), time.perf_counter
    while True:
        ahead, start = recorder.num_planned - recorder.num_steps, clock()
        made = simulation.advance(ahead if recorder.num_steps > 0 else 1)
        if recorder.num_steps == 0:
            seconds.start = clock() - start
        else:
            seconds.agent += clock() - start
        recorder.extend(simulation.columns(made))
        if recorder.num_steps == recorder.num_planned or stop():
            break
        look()
    seconds.env = min(simulation.world_seconds(recorder.steps()), seconds.agent)
    seconds.agent -= seconds.env


def _walked(
    env: envs.StateEnv,
    agent: Any,
    seed: int,
    recorder: Recorder,
    seconds: _Seconds,
    look: Callable[[], None],
    stop: Callable[[], bool],
) -> None:
    """Live in any world, step by step."""
    truth, stopwatch, clock = recorder.truth, _Stopwatch(env), time.perf_counter
    transitions, start = interact(env, agent, recorder.num_planned, seed), clock()
    for transition in transitions:
        lived = clock() - start
        if recorder.num_steps == 0:
            seconds.start = lived
        else:
            seconds.agent += lived - stopwatch.seconds
            seconds.env += stopwatch.seconds
        stopwatch.seconds = 0.0
        if truth is not None:
            truth.update()
        recorder.record(transition)
        if stop():
            break
        if not recorder.num_steps % STEPS_BETWEEN_LOOKS:
            look()
        start = clock()


def _told(error: Exception) -> str:
    """Say in one line what went wrong; of what is no refusal, also where."""
    if isinstance(error, ValueError):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({last.filename}, line {last.lineno})"


def costs(life: Life) -> dict[str, Any]:
    """Return the summary's entries about time and memory."""
    seconds, num_steps = life.agent_seconds + life.env_seconds, life.recorder.num_steps - 1
    return {
        "start_seconds": life.start_seconds,
        "agent_seconds": life.agent_seconds,
        "env_seconds": life.env_seconds,
        "steps_per_second": num_steps / seconds if seconds > 0 else None,
        "peak_memory_mb": peak_memory_mb(),
    }


def peak_memory_mb() -> float | None:
    """Return the most memory this process has held, in millions of bytes; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def final_arrays(config: Mapping[str, Any], life: Life) -> dict[str, Any]:
    """Return the trace's arrays about the end of a life: the belief of every known state, and the world's positions."""
    state = life.recorder.last_state if life.recorder.num_steps > 0 else None
    arrays = final_belief(life.agent.model, config["discount"], config["tolerance"], state)
    return arrays if life.position is None else arrays | {"world_position": life.position.astype(np.int32)}


class _Stopwatch:
    """Adds up the time that a world's steps and resets take."""

    def __init__(self, env: envs.StateEnv) -> None:
        self.seconds = 0.0
        env.step = self._timed(env.step)
        env.reset = self._timed(env.reset)

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        clock = time.perf_counter

        def timed(*args: Any, **kwargs: Any) -> Any:
            start = clock()
            result = function(*args, **kwargs)
            self.seconds += clock() - start
            return result

        return timed


def _made(name: str, arguments: Mapping[str, Any]) -> gymnasium.Env[Any, Any]:
    given = ", ".join(f"{key}={value!r}" for key, value in arguments.items() if key != "map_text")
    given = f" (arguments: {given})" if given else ""
    try:
        return envs.make(name, **arguments)
    except ValueError as error:
        raise ValueError(f"{error}{given}") from error
    except Exception as error:  # the code of somebody else's world: it may fail in any way
        raise ValueError(f"cannot make world {name!r}: {type(error).__name__}: {error}{given}") from error


def _binned(env: gymnasium.Env[Any, Any], bins: int) -> gymnasium.Env[Any, Any]:
    """Divide the real numbers of a world's observations into bins, and of its actions if they are real too."""
    from gymnasium.spaces import Box
    from gymnasium.wrappers import DiscretizeAction, DiscretizeObservation

    if not isinstance(env.observation_space, Box):
        raise ValueError(
            f"--bins: {env.spec and env.spec.id} has observations of {env.observation_space}, not real ones"
        )
    try:
        env = DiscretizeObservation(env, bins)
        return DiscretizeAction(env, bins) if isinstance(env.action_space, Box) else env
    except ValueError as error:
        raise ValueError(f"--bins: {error}; expected observations and actions within finite limits") from error


def _own_world(name: str) -> envs.World | None:
    return envs.WORLDS.get(name) or next((world for world in envs.WORLDS.values() if world.id == name), None)


def _parameters(name: str) -> list[str]:
    """Return the names of the arguments of one of our worlds; none for others."""
    world = _own_world(name)
    if world is None:
        return []
    module, _, attribute = world.entry_point.partition(":")
    return list(inspect.signature(getattr(import_module(module), attribute)).parameters)
