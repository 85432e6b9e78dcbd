"""One agent's life in one world, made from a configuration and recorded: what all commands share."""

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from gymnasium.wrappers import DiscretizeObservation

from ..agents.rng import seed_streams
from ..belief.structured.carrying.keeping import kept_rules
from ..interruption import CalledOff, called_off_by
from ..planners.incremental.planner import Incremental
from ..protocols import Transition
from ..reports.views.facing import DIRECTION, facing, values_of
from ..reports.views.world_maps import MOST_LISTED, channels_of, is_map, map_of, things_of
from ..results.recorder import Recorder
from ..simulation.decomposed import Decomposed
from ..simulation.interaction import unfixed
from ..simulation.relived import DifferentLifeError
from ..simulation.scored_states import states_of
from ..simulation.scoring import Truth
from ..simulation.simulate import can_simulate
from ..worlds import FiniteMDP, StateEnv, UnknownTruthError, drawn_by_all, find_mdp, layer_of, name_of
from .error_origin import explained
from .final_belief import final_belief, no_belief
from .resuming.living import Life, depends_on_steps, patient
from .resuming.saving import NOT_LONGER, Kept, Saving
from .setup import make_player, make_world


@dataclass(frozen=True)
class RunOutcome:
    """An agent's recorded life, and the time it took.

    Attributes:
        recorder: what happened.
        agent: as it is at the end.
        start_seconds: until the first step was made: compiled code is loaded, or made if it never was.
        env_seconds: spent in the world after that.
        agent_seconds: spent in the agent after that, deciding and learning.
        complete: False if it was stopped before its last step.
        failure: what went wrong, if that is why it was stopped.
        places: what the trace keeps of where the world's states are: `world_position`, `[S, 2]`, row and column, if it
            has a map; `world_maps`, `[2, n]`, the names of several side by side; `world_channel`, `[S]`, if there are
            televisions on it; `world_things`, `[rows, columns]`, what stands in its cells, if the world tells;
            `world_bins`, `[numbers]`, if states are bins of real numbers.
        mdp: the true process, if it is known.
        remarks: notes for the user, a sentence each: what a seed does not fix, why a truth was dropped.
        reproducible: False if something was drawn that no seed fixes.
        worth: what the trace keeps of what actions were worth, one entry a step, if it was asked for.
    """

    recorder: Recorder
    agent: Any
    start_seconds: float
    env_seconds: float
    agent_seconds: float
    complete: bool
    failure: str | None
    places: dict[str, np.ndarray]
    mdp: FiniteMDP | None = None
    remarks: tuple[str, ...] = ()
    reproducible: bool = True
    worth: Mapping[str, np.ndarray] = field(default_factory=dict)


def play(
    config: Mapping[str, Any],
    name: str,
    seed: int,
    look: Callable[[str, Recorder | int], None] = lambda *_: None,
    should_stop: Callable[[], bool] = lambda: False,
    saving: Saving | None = None,
) -> RunOutcome:
    """Let an agent live in a configuration's world, and record it; a failure after the first step ends it early.

    Args:
        config: the resolved configuration.
        name: the agent.
        seed: fixes everything random: equal for agents that are to be compared.
        look: called now and then, and at the end, to show progress; with a number of states while those of the world
            are found.
        should_stop: asked after every step, or after about a thousand of a simulated life.
        saving: makes checkpoints, and finds the one to go on from; None: none are made.

    Raises:
        ValueError: no world or no agent as configured, or a failure before anything was recorded; what was lived
            before a checkpoint comes out otherwise now.
    """
    before, env, num_steps = drawn_by_all(), make_world(config, seed), config["steps"]
    world_seed, agent_seed = seed_streams(seed)
    mdp, unknown = _truth_about(env, lambda number: look(name, number))  # first: it finds out how many states there are
    agent = make_player(config, name, env, agent_seed)
    scored = config.get("score_states")
    if scored and mdp is None:
        raise ValueError(f"--score-states: there is nothing to score in {config['env']}: {unknown}")
    states = states_of(scored, mdp) if scored and mdp is not None else None
    truth = None if mdp is None else Truth(agent.model, mdp, lambda _: None, states)  # it is told at the end
    player = Decomposed(agent) if config.get("decompose") else agent
    walks, folder = not can_simulate(env, player), None if saving is None else saving.folder
    every, only = config.get("trace_every", 1), config.get("trace_columns", ())
    recorder = Recorder(agent, num_steps, truth, unknown, folder, every, only)
    recorder.keep(*(Transition._fields if walks else ()))  # a walk takes its actions again
    recorder.places = lambda: _drawn(env, mdp)
    kept = None if saving is None else _kept(saving, config, name, env, agent_seed)
    look(name, recorder)
    life = Life(env, player, world_seed, recorder, lambda: look(name, recorder), should_stop, saving, kept)
    failure = None
    try:
        with called_off_by(should_stop if saving is None else patient(should_stop)):
            life.lead()
    except CalledOff:
        if recorder.num_steps == 0:  # there is nothing to keep
            raise KeyboardInterrupt from None
    except DifferentLifeError as error:
        raise ValueError(f"{name} in {config['env']}: {error}") from error
    except (Exception, SystemExit) as error:  # of the world or the agent, in any code of theirs: the record is kept
        if recorder.num_steps == 0:
            raise ValueError(explained(error)) from error
        failure = explained(error)
    look(name, recorder)
    with suppress(Exception, SystemExit):  # the life is over: a world that fails while it closes does no harm
        env.close()
    disproof = None if truth is None else truth.disproof
    recorder.unscored = recorder.unscored or disproof
    luck = unfixed(name_of(env), before) if walks else None
    complete = recorder.num_steps == num_steps
    seconds, remarks = life.seconds, tuple(filter(None, (disproof, luck)))
    times = seconds.start, seconds.env, seconds.agent
    truth = mdp if recorder.unscored is None else None
    worth = life.agent.columns(recorder.num_steps) if isinstance(life.agent, Decomposed) else {}
    told = truth, remarks, luck is None, worth
    return RunOutcome(recorder, life.agent, *times, complete, failure, _places(env, mdp), *told)


def _kept(
    saving: Saving, config: Mapping[str, Any], name: str, env: StateEnv, seed: np.random.SeedSequence
) -> Kept | None:
    """Return what a run goes on from, and say so; None if it starts from nothing."""
    kept = saving.found()
    if kept is None:
        return None
    made_for, steps = kept.life["planned"], config["steps"]
    if made_for != steps:

        def make(number: int) -> Any:
            return make_player({**config, "steps": number}, name, env, seed)

        if kept.flat is None or depends_on_steps(make, made_for, steps):
            saving.tell(f"{name}: a run of {made_for} steps cannot be made longer: it depends on how long it is to be")
            return None
        if kept.is_thin:
            saving.tell(f"{name}: {NOT_LONGER.format(made_for)}")
            return None
    saving.goes_on(kept)
    return kept


def _truth_about(env: StateEnv, show: Callable[[int], None]) -> tuple[FiniteMDP | None, str]:
    """Return the process behind a world, or None and why it is not known."""
    try:
        return find_mdp(env, show), ""
    except UnknownTruthError as error:
        return None, str(error)
    except (Exception, SystemExit) as error:  # of the world, which may be walked through
        raise ValueError(explained(error)) from error


def _places(env: StateEnv, mdp: FiniteMDP | None) -> dict[str, np.ndarray]:
    things = things_of(env)
    told = {} if things is None else {"world_things": things}
    if mdp is not None and mdp.position is not None:
        channel = channels_of(env, mdp)
        told |= {} if channel is None else {"world_channel": channel.astype(np.int32)}
        return {"world_position": mdp.position.astype(np.int32), **told}
    binned = layer_of(env, DiscretizeObservation)
    if binned is not None:
        return {} if env.is_open else {"world_bins": binned.bins}
    if env.num_states is None or env.num_states > MOST_LISTED:
        return {}
    with suppress(Exception, SystemExit):  # of a world that is asked for features: the life is kept
        found = map_of(env, np.zeros(1, np.int64))
        if found is not None:
            told = {"world_maps": found.names} if found.names.size else told  # where things stand in one of several
            return {"world_position": found.position.astype(np.int32), **told}
    return {}


def _drawn(env: StateEnv, mdp: FiniteMDP | None) -> dict[str, np.ndarray]:
    """Return where states are drawn while they are lived in: nothing where places are no rows and columns.

    Besides what a trace keeps: `world_facing`, `[S, 2]`, where one looks in each state, as a step of rows and columns.
    """
    places = _places(env, mdp)
    if "world_bins" in places or not is_map(env):
        return places if "world_bins" in places else {}
    number = len(places.get("world_position", ()))
    with suppress(Exception, SystemExit):  # of a world that is asked for features: the life goes on
        if DIRECTION in env.feature_names and number <= MOST_LISTED:
            ways = facing(env.feature_names, values_of(env, np.arange(number)), env.value_names)
            places |= {"world_facing": ways} if len(ways) else {}
    return places


def _discounts(agent: Any) -> dict[str, np.ndarray]:
    """Return from which step on an agent planned with which discount; nothing where it was the same all along."""
    planner = getattr(agent, "planner", None)
    if not isinstance(planner, Incremental) or len(planner.discounts) < 2:
        return {}
    steps, discounts = zip(*planner.discounts.items(), strict=True)
    return {"planning_discount_step": np.array(steps, np.int64), "planning_discount": np.array(discounts)}


def costs(life: RunOutcome) -> dict[str, Any]:
    """Return the summary's entries about time and memory, and what else is to be told of a life."""
    seconds, num_steps = life.agent_seconds + life.env_seconds, life.recorder.num_steps - 1
    return {
        "start_seconds": life.start_seconds,
        "agent_seconds": life.agent_seconds,
        "env_seconds": life.env_seconds,
        "steps_per_second": num_steps / seconds if seconds > 0 else None,
        "peak_memory_mb": peak_memory_mb(),
        "reproducible": life.reproducible,
        "remarks": list(life.remarks),
    }


def peak_memory_mb() -> float | None:
    """Return the most memory this process has held, in millions of bytes; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def final_arrays(config: Mapping[str, Any], life: RunOutcome) -> tuple[dict[str, Any], str | None]:
    """Return the trace's arrays but those of steps: the belief at the end, rules, discounts, the world's positions.

    Where a belief's cannot be computed, for lack of memory for instance, they hold no state; the reason is returned.
    """
    model, failure = life.agent.model, None
    state = life.recorder.last_state if life.recorder.num_steps > 0 else None
    try:
        arrays = final_belief(model, config["discount"], config["tolerance"], state)
    except Exception as error:
        arrays, failure = no_belief(model.num_actions), f"the final belief is missing: {explained(error)}"
    return arrays | kept_rules(model) | _discounts(life.agent) | life.places | dict(life.worth), failure
