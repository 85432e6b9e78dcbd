"""Small processes of one's own, right and wrong, and whole lives in them."""

from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

import agent
from agent.planners import value_iteration
from envs import FiniteMDP, TabularEnv
from tests.stress.kinds.drawing import ODD_FLOATS, ODD_INTEGERS, Rng, one
from tests.stress.kinds.judging import Refused, attempt, check_columns, check_model, describe, expect

NUM_STEPS = 150


def check(rng: Rng, directory: Path) -> None:
    """Make a process; live in it, and solve it."""
    arrays = process(rng)
    if rng.random() < 0.5:
        spoil(rng, arrays)
    matrix = arrays["transition"]
    shown = {name: getattr(matrix, name, None) for name in ("data", "indices", "indptr")}
    describe(**arrays, **shown)
    mdp = attempt(lambda: FiniteMDP(**arrays))
    if isinstance(mdp, Refused):
        return
    check_life(rng, mdp)
    if rng.random() < 0.2:
        check_solution(rng, mdp)


def process(rng: Rng) -> dict[str, Any]:
    """Arrays of a process as they should be."""
    num_states, num_actions = int(rng.integers(1, 9)), int(rng.integers(1, 4))
    terminal = (rng.random(num_states) < 0.2) & (np.arange(num_states) > 0)
    dense = rng.random((num_states * num_actions, num_states)) ** one(rng, (1, 4, 40, 300))
    dense *= rng.random(dense.shape) < one(rng, (1.0, 0.5, 0.2))
    dense[np.arange(len(dense)), rng.integers(num_states, size=len(dense))] += 1e-3
    dense /= dense.sum(axis=1, keepdims=True)
    dense[np.repeat(terminal, num_actions)] = 0
    reward = one(rng, (0.0, 0.0, 1.0, -1.0, 1e-6, 1e6)) * rng.integers(-2, 3, size=(num_states, num_actions))
    reward = np.where(terminal[:, None], 0.0, reward)
    start = np.where(terminal, 0.0, rng.random(num_states) < 0.4)
    start[0] = 1.0
    arrays = {"transition": csr_array(dense), "reward": reward, "start": start / start.sum(), "terminal": terminal}
    if rng.random() < 0.2:
        matrix = arrays["transition"]
        paid = rng.integers(-2, 3, size=matrix.nnz).astype(float)
        row = np.repeat(np.arange(dense.shape[0]), np.diff(matrix.indptr))
        mean = np.bincount(row, matrix.data * paid, dense.shape[0]).reshape(num_states, num_actions)
        arrays |= {"outcome_reward": paid, "reward": mean}
    return arrays


def spoil(rng: Rng, arrays: dict[str, Any]) -> None:
    """Make one thing wrong, or nearly so."""
    matrix = arrays["transition"]
    kind = int(rng.integers(10))
    if kind == 0 and matrix.nnz:
        matrix.data[rng.integers(matrix.nnz)] = one(rng, (*ODD_FLOATS, np.nan))
    elif kind == 1 and matrix.nnz:
        indices = matrix.indices.astype(np.int64)
        indices[rng.integers(matrix.nnz)] = one(rng, [n for n in ODD_INTEGERS if -(2**62) < n < 2**62])
        arrays["transition"] = _unchecked(matrix, indices=indices)
    elif kind == 2:
        pointers = matrix.indptr.astype(np.int64)
        pointers[rng.integers(pointers.size)] = one(rng, (-1, 0, matrix.nnz + 1, 10**9))
        arrays["transition"] = _unchecked(matrix, indptr=pointers)
    elif kind == 3:
        name = one(rng, ("reward", "start"))
        arrays[name] = arrays[name].copy()
        arrays[name].flat[rng.integers(arrays[name].size)] = one(rng, (*ODD_FLOATS, np.nan))
    elif kind == 4:
        arrays["terminal"] = ~arrays["terminal"]
    elif kind == 5:
        name = one(rng, ("reward", "start", "terminal"))
        arrays[name] = one(rng, (arrays[name][:-1], arrays[name][None], np.zeros(0), np.zeros((0, 2)), arrays[name].T))
    elif kind == 6:
        name = one(rng, ("reward", "start", "terminal"))
        arrays[name] = one(rng, (arrays[name].astype(complex), arrays[name].tolist(), arrays[name].astype(str)))
    elif kind == 7:
        rows = matrix.toarray()
        arrays["transition"] = one(rng, (rows, rows.tolist(), matrix.tocoo(), matrix.astype(np.float32), rows * 1j))
    elif kind == 8:
        size = arrays["reward"].shape[0]
        arrays["position"] = one(rng, (np.zeros((size, 2)), np.zeros(size), np.full((size, 2), np.nan), [[0]], "map"))
    else:
        matrix.data *= 1 + one(rng, (1e-12, 1e-10, 1e-8, 1e-3))


def _unchecked(matrix: Any, **replaced: Any) -> Any:
    """The matrix with other indices, which scipy would not look at either."""
    made = matrix.copy()
    made.indices, made.indptr = replaced.get("indices", matrix.indices), replaced.get("indptr", matrix.indptr)
    return made


def agent_options(rng: Rng) -> dict[str, Any]:
    """Options of an agent, seldom out of range."""
    options = {
        "prior": one(rng, ("empirical-bayes", "empirical-bayes:3", "symmetric", "symmetric:0.01", "local", "local:9")),
        "bonus": one(rng, (None, None, "count", "predictive-entropy", "predicted-information-gain", "root-count")),
        "planner": one(rng, (None, None, "value-iteration", "finite-horizon:3", "greedy", "incremental")),
        "discount": one(rng, (0.99, 0.5, 0.95, 0.999, 1e-6)),
        "tolerance": one(rng, (0.01, 0.5, 1e-4, 1e-6)),
        "curiosity_weight": one(rng, (1.0, 1.0, 0.0, 0.5, 1e-200)),
        "reward_weight": one(rng, (0.0, 0.0, 1.0, -1.0, 1e-300)),
        "reward_belief": one(
            rng, ("empirical", "empirical", "gaussian:mean=-1", "normal-gamma", "beta:1e-9,beta=1e15")
        ),
        "reward_gain_weight": one(rng, (None, None, 0.0, 2.0)),
    }
    if rng.random() < 0.15:
        name = one(rng, ("discount", "tolerance", "curiosity_weight", "reward_weight", "reward_gain_weight"))
        options[name] = one(rng, (*ODD_FLOATS, np.nan))
    return options


def check_life(rng: Rng, mdp: FiniteMDP) -> None:
    """A life is one that is possible, and the compiled loop walks as the plain one does."""
    env = attempt(TabularEnv, mdp)
    if isinstance(env, Refused):
        return
    name, options = one(rng, ("curious", "curious", "greedy", "count", "least-taken", "random")), agent_options(rng)
    describe(agent=name, options=options)
    lives = attempt(agent.simulate, env, name, num_steps=NUM_STEPS, seeds=[7], threads=1, **options)
    if isinstance(lives, Refused):
        return
    steps, model = lives[0].steps, lives[0].agent.model
    check_columns(steps, mdp.num_states)
    check_model(model)
    row = steps["state"] * mdp.num_actions + steps["action"]
    expect((mdp.transition.toarray()[row, steps["next_state"]] > 0).all(), "an impossible step")
    expect((mdp.terminal[steps["next_state"]] == steps["terminated"]).all(), "an end that is none")
    expect(((steps["coverage"] >= 0) & (steps["coverage"] <= 1)).all(), "a coverage beyond 0 to 1")
    expect((steps["missing_information_nats"] >= -1e-9).all(), "missing information that is negative or none")
    if rng.random() < 0.2:
        check_plain_loop(env, name, options, steps)


def check_plain_loop(env: Any, name: str, options: dict[str, Any], steps: Any) -> None:
    """`interact` makes the same steps as `simulate`."""
    from agent.agents.rng import seed_streams

    world_seed, agent_seed = seed_streams(7)
    explorer = agent.make_agent(name, env, agent_seed, **options)
    made = list(agent.interact(env, explorer, 40, world_seed))
    for place, column in enumerate(("state", "action", "reward", "next_state")):
        expect([step[place] for step in made] == steps[column][:40].tolist(), f"the plain loop: another {column}")


def check_solution(rng: Rng, mdp: FiniteMDP) -> None:
    """A plan satisfies Bellman's equation as well as it says."""
    discount, tolerance = one(rng, (0.5, 0.9, 0.99)), one(rng, (1e-3, 1e-6))
    describe(discount=discount, tolerance=tolerance)
    plan = attempt(value_iteration.solve, mdp, discount, tolerance)
    if isinstance(plan, Refused):
        return
    expect(np.isfinite(plan.value).all() and np.isfinite(plan.loss_bound), "a plan that is not finite")
    q_values = mdp.reward + discount * (mdp.transition @ plan.value).reshape(mdp.reward.shape)
    backed_up = np.where(mdp.terminal, 0.0, q_values.max(axis=1))
    scale = np.abs(mdp.reward).max() / (1 - discount)
    certain = tolerance if plan.tolerance_met else plan.loss_bound / 2
    allowed = (1 + discount) * certain + 1e-12 * scale
    expect(np.abs(backed_up - plan.value).max() <= allowed, "a plan that misses its tolerance, or its bound")
