"""From run directories to a page."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..agents.rng import seed_streams
from ..belief.world_model import WorldModel
from ..experiments.setup import make_player, make_world
from ..protocols import Transition
from ..registry import world_name
from ..reports.formatting import format_number
from ..reports.views.facing import facing, values_of
from ..reports.views.world_maps import channels_of, is_map, map_of
from ..results.run_directory import Run, load_run
from ..worlds import FiniteMDP, StateEnv, UnknownTruthError, find_mdp
from .facets import televisions, with_words
from .page import page_of
from .places import Places, directions, places_of
from .recording import Payment, recording, times_of_moments
from .reliving import relive

MOST_LIVES = 4
PLACE = "row", "column"
MOST_FEATURES = 4
"""Features of a state that it is called by."""

NEEDED = *Transition._fields, "planning_loss_bound_nats", "reset_step", "reset_state"
"""Arrays of a trace by which a life is lived again and shown."""

TOLD_APART = "env", "prior", "bonus", "planner", "reward_belief", "discount", "seed"
"""What of a configuration tells lives of the same agent apart."""

WORLD = "env", "env_kwargs", "map_text", "bins", "bounds"
"""What of a configuration makes a world: lives that share it are drawn in the same places."""


def make_page(directories: Sequence[str | Path], tell: Callable[[str], None] = lambda _: None) -> str:
    """Live recorded lives again, and return a page that replays them side by side.

    Args:
        directories: of one to four runs.
        tell: hears what is being done.

    Raises:
        ValueError: none or too many, a directory that holds no run, a life that cannot be lived again.
    """
    if not 1 <= len(directories) <= MOST_LIVES:
        raise ValueError(f"got {len(directories)} runs, expected 1 to {MOST_LIVES}: a page shows no more side by side")
    runs = [load_run(directory) for directory in directories]
    for run in runs:
        if lacking := [name for name in NEEDED if name not in run.trace]:
            raise ValueError(f"{run.directory}: no replay: its trace has no {', '.join(lacking)} (--trace-columns)")
        if run.summary.get("trace_every", 1) != 1:
            raise ValueError(f"{run.directory}: no replay: its trace has not every step (--trace-every)")
        if not len(run.trace["state"]):
            raise ValueError(f"{run.directory}: no step was recorded, there is nothing to replay")
    lives, placed = [], []
    for run, label in zip(runs, _labels(runs), strict=True):
        tell(f"living {run.directory} again: {format_number(len(run.trace['state']))} steps")
        alike = [other for other in runs if all(other.config.get(key) == run.config.get(key) for key in WORLD)]
        life, places = _told(run, alike, label, len(runs))
        lives.append(life)
        placed.append(places)
    return page_of(_title(runs), lives, placed, _notes(runs, lives))


def _told(run: Run, alike: Sequence[Run], label: str, num_lives: int = 1) -> tuple[dict[str, Any], Places]:
    config, seed = run.config, run.config["seed"]
    env = make_world(config, seed)
    mdp, (world_seed, agent_seed) = _truth_of(env), seed_streams(seed)
    try:
        player = make_player(config, config["agent"], env, agent_seed)
    except ValueError as error:  # rules that it brought along are gone, say
        raise ValueError(f"{run.directory}: no replay: its agent cannot be made again: {error}") from error
    if not isinstance(player.model, WorldModel):
        raise ValueError(f"{run.directory}: {config['agent']} has a belief of its own kind, which no page can show")
    payment = Payment(player, config)
    life = relive(run, player.model, env, world_seed, payment.fresh(), times_of_moments(run, player.model, payment))
    known = np.concatenate([life.state, *(other.trace["final_state"] for other in alike)])
    is_told = "world_bins" in run.trace or (mdp is not None and mdp.position is not None)
    found = None if is_told else map_of(env, known)
    if found is not None:
        drawn = {"world_position": found.position, **({"world_maps": found.names} if found.names.size else {})}
        alike = [replace(other, trace={**other.trace, **drawn}) for other in alike]
    channel = None if mdp is None or int(known.max()) >= mdp.num_states else channels_of(env, mdp)
    if channel is not None:
        alike = [replace(other, trace={**other.trace, "world_channel": channel}) for other in alike]
    names, values = env.feature_names, values_of(env, life.state)
    caption = found.caption if found is not None else ""
    places = with_words(places_of(alike, is_map(env)), names, life.state, values, caption)
    actions = list(env.action_names) or [f"action {action}" for action in range(life.model.num_actions)]
    words = {
        "label": label,
        "actions": actions,
        "directions": directions(alike, places, actions),
        "facing": facing(names, values, env.value_names).ravel(),
        "features": _features(names, values, env.value_names),
        **televisions(channel, life.state, mdp),
    }
    told = recording(run, life, payment, places, mdp, words, num_lives)
    with suppress(Exception, SystemExit):  # of a world that fails while it closes
        env.close()
    return told, places


def _truth_of(env: StateEnv) -> FiniteMDP | None:
    """Return the process behind a world, if it is known; finding it out numbers the states as they were."""
    try:
        return find_mdp(env, lambda _: None)
    except UnknownTruthError:
        return None


def _features(
    names: Sequence[str], values: NDArray[np.int64] | None, words: Mapping[str, Sequence[str]]
) -> dict[str, Any] | None:
    """Return names and values of what tells states apart; None where it is their number, or too much to say."""
    if values is None or len(names) < 2:
        return None
    is_place = np.isin(names, PLACE) & (len(set(PLACE) & set(names)) == len(PLACE))
    differs = (values != values[0]).any(axis=0)
    varies = np.flatnonzero(differs | (is_place & differs[is_place].any()))  # of a place both are told, or none
    if not len(varies):
        return None
    is_all, told = len(varies) <= MOST_FEATURES, sorted(varies[:MOST_FEATURES].tolist(), key=_in_order(names))
    shown = [str(names[i]) for i in told]
    called = [list(words.get(name, ())) for name in shown]
    return {"is_all": is_all, "names": shown, "values": values[:, told].ravel(), "words": called}


def _in_order(names: Sequence[str]) -> Callable[[int], tuple[int, int]]:
    """Return by what features are sorted: rows are told before columns, as everywhere."""
    return lambda i: (PLACE.index(names[i]) if names[i] in PLACE else len(PLACE), i)


def _labels(runs: Sequence[Run]) -> list[str]:
    """Return what lives are called, no two alike: by their agents, and what tells those of the same agent apart."""
    found = []
    for config in (run.config for run in runs):
        alike = [run.config for run in runs if run.config["agent"] == config["agent"]]
        parts = [str(config["agent"])]
        for key in TOLD_APART:
            if any(other.get(key) != config.get(key) for other in alike):
                parts.append(f"seed {config['seed']}" if key == "seed" else str(config.get(key) or f"own {key}"))
        found.append(" ".join(parts))
    return [f"{each} {found[: k + 1].count(each)}" if found.count(each) > 1 else each for k, each in enumerate(found)]


def _title(runs: Sequence[Run]) -> str:
    worlds = list(dict.fromkeys(world_name(run.config) for run in runs))
    agents = ", ".join(dict.fromkeys(str(run.config["agent"]) for run in runs))
    return f"{agents} in {', '.join(worlds)}"


def _notes(runs: Sequence[Run], lives: Sequence[dict[str, Any]]) -> list[str]:
    notes = []
    for run, life in zip(runs, lives, strict=True):
        payment, label = life["payment"], life["label"]
        if not run.complete:
            notes.append(f"{label} was interrupted after {format_number(life['steps'])} steps.")
        if not payment["plans"]:
            notes.append(
                f"{label} does not plan on what it predicts: values and best actions are those that a planner for "
                "information would find, by the same belief."
            )
        elif not payment["is_plan"]:
            notes.append(
                f"{label} plans only so many steps ahead: values and best actions here are those of a plan without "
                f"end, discounted by {life['discount'][0]:g}."
            )
        if life["moments"] is not None:
            why = "pairs have beliefs of their own" if life["has_rules"] else f"the bonus is {payment['bonus']}"
            notes.append(
                f"{label}: as {why}, beliefs are those of {len(life['moments']['step'])} kept moments, the latest "
                "at or before the time shown."
            )
        if life["truth"] is None:
            notes.append(
                f"{label}: how wrong its predictions are is not shown, as the truth is not known, or too large."
            )
    return notes
