"""What an agent believed at every step of its life, found out by letting a fresh belief live it again.

A recorded life is a sequence of edges (a pair and the successor it led to), and the counts of a belief follow from it
at any time. What does not follow from counts is kept here: when which concentration of the prior was in force where,
how many outcomes there were, and in which order states were first seen. Where pairs have concentrations of their own
(`structured`, `equal-targets`), or are paid what no page has a formula for, moments of the life are kept whole.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..belief.tables import SEEN, TERMINAL
from ..belief.world_model import WorldModel
from ..compilation.handles import Pack
from ..planners.payoffs import Payoffs, pay_all
from ..protocols import Transition
from ..results.run_directory import Run
from ..worlds import StateEnv

REVISED = "concentration", "former_concentration", "spread_to", "spread_end", "num_outcomes"
"""What is kept of the belief's numbers whenever it changes."""
NEARLY_ALL = 0.9999
"""What likelier clauses of rules are kept as, where others are possible: three digits would have it that none are."""


@dataclass(frozen=True)
class Moment:
    """A belief at one time, as far as it does not follow from counts; `[n]` known states by order of sight.

    Attributes:
        step: transitions observed by then.
        unvisited_payoff: of a pair of which nothing is known.
        unvisited_reward: that part of it which is reward.
        payoff: `[n, num_actions]`, what pairs pay.
        reward: `[n, num_actions]`, that part of it which is reward.
        concentration: `[n, num_actions]`, total concentration of pairs; this and what follows None where counts tell.
        gain: `[n, num_actions]`, expected information gain, nats.
        beyond: `[n, num_actions]`, concentration on states that were never seen.
        local: `[edges]`, prior concentration of every edge there was by then.
        words: the rules, a line each.
        clauses: of each action, all that it does, in words.
        clause: `[n, num_actions]`, the likeliest of them; -1 of ends, and where nothing is known.
        weight: `[n, num_actions]`, how likely that is, as a share of 1.
    """

    step: int
    unvisited_payoff: float
    unvisited_reward: float
    payoff: NDArray[np.float64]
    reward: NDArray[np.float64]
    concentration: NDArray[np.float64] | None = None
    gain: NDArray[np.float64] | None = None
    beyond: NDArray[np.float64] | None = None
    local: NDArray[np.float64] | None = None
    words: tuple[str, ...] = ()
    clauses: tuple[tuple[str, ...], ...] = ()
    clause: NDArray[np.float64] | None = None
    weight: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Relived:
    """A life as it was lived, and what its belief was on the way; states stand in order of first sight.

    Attributes:
        model: the belief at the end.
        state: `[n]`, numbers of the known states; behind them, those that were predicted and never seen.
        seen_at: `[n]`, how many steps had been made when each was first seen; more than there were: never.
        terminal: `[n]`, whether it ends an episode.
        edge_pair: `[edges]`, place of the state * num_actions + action, of every edge that there was at the end or at a
            moment; -1: it leaves no known state.
        edge_successor: `[edges]`, place of the state it leads to.
        edge_local: `[edges]`, concentration of the prior on it, of a prior that does not change.
        taken: `[steps]`, the edge of every step.
        revised_at: `[r]`, after how many steps the belief's numbers were others than before.
        revised: `[r, 5]`, what they were then, see `REVISED`.
        moments: in order of time; none where all follows from counts.
    """

    model: WorldModel
    state: NDArray[np.int64]
    seen_at: NDArray[np.int64]
    terminal: NDArray[np.bool_]
    edge_pair: NDArray[np.int64]
    edge_successor: NDArray[np.int64]
    edge_local: NDArray[np.float64]
    taken: NDArray[np.int64]
    revised_at: NDArray[np.int64]
    revised: NDArray[np.float64]
    moments: tuple[Moment, ...]


class OtherLifeError(ValueError):
    """A recorded life cannot be lived again: what happens now is not what happened then."""


def transitions(run: Run) -> Iterator[Transition]:
    """Give a recorded life, transition by transition, as the agent saw them."""
    columns = ("state", "action", "reward", "next_state", "terminated", "truncated")
    for row in zip(*(run.trace[name].tolist() for name in columns), strict=True):
        yield Transition(*row)


def relive(
    run: Run,
    model: WorldModel,
    env: StateEnv,
    world_seed: int | np.random.SeedSequence,
    paid: Payoffs,
    times: NDArray[np.int64],
) -> Relived:
    """Let a fresh belief observe what was recorded.

    Args:
        run: the recorded life.
        model: a belief that has seen nothing, as the agent's was.
        env: its world; it is walked through again where the belief needs the features of states.
        world_seed: of that world.
        paid: what pairs pay.
        times: numbers of steps at which the belief is kept whole; none where all that is asked follows from counts.

    Raises:
        OtherLifeError: the world does not do again what it did.
        ValueError: the belief refuses what was recorded.
    """
    steps, walk = len(run.trace["state"]), _walked(env, run, world_seed) if model.rules is not None else None
    begun = dict(zip(run.trace["reset_step"].tolist(), run.trace["reset_state"].tolist(), strict=True))
    is_kept, packed, life = set(times.tolist()), Pack(paid), iter(transitions(run))
    known, numbers, moments = np.empty(steps + 1, np.int64), np.empty((steps + 1, len(REVISED))), []
    numbered: dict[tuple[int, int], int] = {}  # edges: a belief may number them anew
    for step in range(steps + 1):
        if walk is not None:
            next(walk, None)
        if step in begun:
            model.begin(begun[step])
        if step in is_kept:
            moments.append(_moment(model, step, paid, packed, numbered))
        known[step] = model.num_known_states
        numbers[step] = [getattr(model.numbers, name) for name in REVISED]
        if step < steps:
            model.observe(next(life))
    is_new = np.concatenate([[True], (numbers[1:] != numbers[:-1]).any(axis=1)])
    revised_at = np.flatnonzero(is_new)
    seen, local = model.known_states().astype(np.int64), _local(model, numbered)
    ends = np.array([*numbered], np.int64).reshape(-1, 2)
    states = np.concatenate([seen, np.setdiff1d(ends[:, 1], seen)])
    seen_at = np.searchsorted(known, np.arange(len(states)), side="right")
    pair, successor, taken = _edges(ends, model.num_actions, states, run.trace)
    return Relived(
        model,
        states,
        seen_at,
        model.states.kind[states] == TERMINAL,
        pair,
        successor,
        local,
        taken,
        revised_at,
        numbers[revised_at],
        tuple(moments),
    )


def _walked(env: StateEnv, run: Run, seed: int | np.random.SeedSequence) -> Iterator[None]:
    """Walk a world through a recorded life, a step ahead of the belief, so that it can tell the features of states."""
    trace, ended, state = run.trace, True, -1
    for step, (action, before) in enumerate(zip(trace["action"].tolist(), trace["state"].tolist(), strict=True)):
        if ended:
            state, _ = env.reset(seed=seed if step == 0 else None)  # pyright: ignore[reportArgumentType]  # as `interact`
        if state != before:
            raise OtherLifeError(
                f"{run.directory}: its world leads to other states now (step {step}: {state}, then {before}); a "
                f"{run.config['prior']} belief, which asks it for features, cannot be lived again: run it anew"
            )
        state, _, terminated, truncated, _ = env.step(action)
        ended = terminated or truncated
        yield


def _local(model: WorldModel, numbered: dict[tuple[int, int], int]) -> NDArray[np.float64]:
    """Return the local concentration of edges by the numbers they have been given; the new ones are given the next."""
    used = slice(model.num_edges)
    ends = zip(model.edges.pair[used].tolist(), model.edges.successor[used].tolist(), strict=True)
    place = [numbered.setdefault(edge, len(numbered)) for edge in ends]
    local = np.zeros(len(numbered))
    if model.edges.local.size:
        local[place] = model.edges.local[used]
    return local


def _edges(
    ends: NDArray[np.int64], num_actions: int, states: NDArray[np.int64], trace: Mapping[str, NDArray[Any]]
) -> tuple[NDArray[np.int64], ...]:
    """Return pair and successor of edges by places of states, and the edge of each step."""
    place = np.full(int(states.max(initial=0)) + 1, -1, np.int64)
    place[states] = np.arange(len(states))

    def placed(numbers: NDArray[Any]) -> NDArray[np.int64]:
        return np.where(numbers < len(place), place[np.minimum(numbers, len(place) - 1)], -1)

    pair, successor = ends[:, 0], placed(ends[:, 1])
    pair = placed(pair // num_actions) * num_actions + np.where(pair >= 0, pair % num_actions, 0)
    key = pair * (len(states) + 1) + successor
    key[(pair < 0) | (successor < 0)] = -1
    order = np.argsort(key, kind="stable")
    step_pair = place[trace["state"]] * num_actions + trace["action"]
    wanted = step_pair * (len(states) + 1) + place[trace["next_state"]]
    taken = order[np.searchsorted(key, wanted, sorter=order)] if len(wanted) else np.zeros(0, np.int64)
    return pair, successor, taken


def _moment(model: WorldModel, step: int, paid: Payoffs, packed: Pack, numbered: dict[tuple[int, int], int]) -> Moment:
    with model.turn:
        model.catch_up()
        states, weight = model.known_states(), paid.terms.reward_weight
        unvisited = pay_all(model.address, packed.address)
        payoff = model.of_pairs("payoff", states).copy()
        rewards = weight * model.reward_belief.prior_mean, weight * model.expected_rewards(states)
        told = Moment(step, unvisited, rewards[0], payoff, rewards[1])
        if not model.numbers.has_rules:
            return told
        columns = {name: model.of_pairs(name, states).copy() for name in ("concentration", "gain", "beyond")}
        rules = {} if model.rules is None else _rules(model, states)
        return replace(told, **columns, local=_local(model, numbered), **rules)


def _rules(model: WorldModel, states: NDArray[np.int32]) -> dict[str, Any]:
    """Return what a moment keeps of rules in words, and of where they hold."""
    from ..belief.structured.predicting.prediction import LEAST_RESPONSIBILITY
    from ..belief.structured.wording.believed import believed
    from ..belief.structured.wording.conditions import SCATTERED

    acting = model.states.kind[states] == SEEN
    told = believed(model, states[acting])
    clause, weight = np.full((len(states), model.num_actions), -1.0), np.zeros((len(states), model.num_actions))
    nearly = np.minimum(told.weight.round(3), NEARLY_ALL)
    clause[acting], weight[acting] = told.clause, np.where(told.weight < 1 - LEAST_RESPONSIBILITY / 2, nearly, 1.0)
    where = {None: "", SCATTERED: ""}  # of a clause that is believed here
    texts = (tuple(f"{what} {where.get(at, at)}".rstrip() for _, what, at, _ in those) for those in told.clauses)
    return {"words": tuple(told.words), "clauses": tuple(texts), "clause": clause, "weight": weight}
