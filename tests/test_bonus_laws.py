"""Every bonus against a closed form or an oracle of its own; what is remembered for some of them."""

import math
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.stats
from gymnasium.wrappers import TimeLimit
from scipy.optimize import minimize_scalar

import agent
import envs
from agent import CuriosityReward, dirichlet, information, make_agent
from agent.belief.tables import HISTORY
from agent.compilation.compiled import compiled
from agent.planners.empowerment import capacity
from agent.registry import BONUSES


def mean_surprisal(past, rate):
    """Exponential mean, written as a weighted sum: the newest weighs max(1 / n, rate), what was before the rest."""
    weights = [max(1 / n, rate) for n in range(1, len(past) + 1)]
    kept = np.cumprod([1.0, *(1 - weight for weight in weights[:0:-1])])[::-1]
    return sum(weight * left * surprisal for weight, left, (_, surprisal) in zip(weights, kept, past, strict=True))


def capacity_of_two(predictives):
    """The most information that a choice between two actions gives about the outcome, by search."""

    def negative(q):
        return -information.mutual_information(np.array([[q], [1 - q]]) * np.array(predictives))

    found: Any = minimize_scalar(negative, bounds=(0, 1), method="bounded", options={"xatol": 1e-12})
    return -found.fun


def gain(seen):
    return dirichlet.expected_information_gain(seen.belief)


CLOSED_FORMS = {
    "expected-information-gain": gain,
    "predicted-information-gain": lambda seen: dirichlet.predicted_information_gain(seen.belief),
    "predictive-entropy": lambda seen: information.entropy(dirichlet.mean(seen.belief)),
    "count": lambda seen: 1 / (seen.visits + 1),
    "root-count": lambda seen: 1 / math.sqrt(seen.visits + 1),
    "realised-gain": lambda seen: seen.past[-1][0] if seen.past else gain(seen),
    "realised-surprisal": lambda seen: (
        seen.past[-1][1] if seen.past else information.entropy(dirichlet.mean(seen.belief))
    ),
    "learning-progress": lambda seen: (
        abs(mean_surprisal(seen.past, 1 / 4) - mean_surprisal(seen.past, 1 / 16)) if len(seen.past) > 1 else gain(seen)
    ),
    "posterior-variance": lambda seen: scipy.stats.dirichlet(seen.belief).var().sum() if len(seen.belief) > 1 else 0.0,
    "knownness": lambda seen: 0.5 ** max(math.floor(math.log2(seen.visits / 5)) + 1, 0) if seen.visits else 1.0,
    "novelty": lambda seen: -math.log(seen.state_visits + 1),
    "empowerment": lambda seen: capacity_of_two(seen.predictives),
    "novelty-and-gain": lambda seen: 0.5 * (gain(seen) - math.log(seen.state_visits + 1)),
}


class Seen(NamedTuple):
    """What is known of a pair before a step, independently of the tables."""

    belief: np.ndarray
    visits: int
    past: list
    state_visits: int
    predictives: list


@pytest.mark.parametrize("prior", ["empirical-bayes", "symmetric:2", "local"])
@pytest.mark.parametrize("bonus", ["bayesian-surprise", *BONUSES])
def test_every_step_is_paid_by_the_closed_form(bonus, prior):
    env = CuriosityReward(TimeLimit(envs.make("river-swim"), 40), 0.3, 2.0, bonus, prior)
    rng = np.random.default_rng(0)
    state, _ = env.reset(seed=0)
    past = {}
    for _ in range(400):
        action = int(rng.integers(2))
        belief, visits = env.model.posterior(state, action), int(env.model.visits([state])[0, action])
        history, predictives = past.setdefault((state, action), []), [env.model.predictive(state, a) for a in (0, 1)]
        seen = Seen(belief[belief > 0], visits, history[:], sum(map(len, (past.get((state, a), ()) for a in (0, 1)))),
                    predictives)  # fmt: skip
        next_state, reward, _, truncated, info = env.step(action)
        if bonus == "bayesian-surprise":
            place = np.count_nonzero(belief[:next_state])
            right = dirichlet.bayesian_surprise(belief[belief > 0], place)
        else:
            right = CLOSED_FORMS[bonus](seen)
        surprise = dirichlet.bayesian_surprise(belief[belief > 0], np.count_nonzero(belief[:next_state]))
        history.append((surprise, -math.log(belief[next_state] / belief.sum())))
        tolerance = 2e-6 if bonus == "empowerment" else 1e-14
        assert info["intrinsic_reward"] == pytest.approx(right, rel=1e-10, abs=tolerance)
        assert reward == 2.0 * info["extrinsic_reward"] + 0.3 * info["intrinsic_reward"]
        state = env.reset()[0] if truncated else next_state
    assert env.model.steps == 400


BESIDE = ["realised-gain", "realised-surprisal", "learning-progress", "novelty", "empowerment"]
"""Bonuses that need more of a belief, or of a state, than the others."""


@pytest.mark.slow
@pytest.mark.parametrize("planner", ["incremental", "value-iteration", "greedy"])
@pytest.mark.parametrize("bonus", BESIDE)
def test_a_simulated_life_is_the_walked_one(bonus, planner):
    env = envs.make("traps")
    options = {"bonus": bonus, "planner": planner, "tolerance": 1e-3}
    (life,) = agent.simulate(env, "curious", 250, [7], **options)
    world_seed, agent_seed = agent.agents.rng.seed_streams(7)
    walker = make_agent("curious", env, agent_seed, **options)
    path = list(agent.interact(env, walker, 250, world_seed))
    assert [step.action for step in path] == life.steps["action"].tolist()
    for name in HISTORY:
        assert np.array_equal(getattr(walker.model.pairs, name), getattr(life.agent.model.pairs, name))


@pytest.mark.slow
@pytest.mark.parametrize("prior", ["empirical-bayes", "structured"])
@pytest.mark.parametrize("bonus", ["novelty", "empowerment", "learning-progress"])
def test_a_mended_plan_is_within_its_bound_of_one_made_anew(bonus, prior):
    """A step may change what all actions of a state pay: the incremental planner must hear of each."""
    env = envs.make("traps")
    mended: Any = make_agent("curious", env, 1, bonus=bonus, prior=prior, tolerance=1e-4)
    for _ in agent.interact(env, mended, 300, seed=1):
        pass
    state = next(int(s) for s in mended.model.known_states() if mended.model.states.kind[s] == 1)
    mended.act(state)
    live = [int(s) for s in mended.model.known_states() if mended.model.states.kind[s] == 1]
    bound, values = mended.loss_bound, mended.value(live).copy()
    anew = agent.agents.explorer.curious(mended.model, 0, bonus, "value-iteration", tolerance=1e-9)
    anew.act(state)
    assert np.abs(anew.value(live) - values).max() <= bound + 1e-6


@pytest.mark.parametrize("bonus", ["count", "novelty"])
def test_what_no_bonus_names_takes_no_room(bonus):
    explorer = make_agent("curious", envs.make("lock"), bonus=bonus)
    assert all(getattr(explorer.model.pairs, name).size == 0 for name in HISTORY)
    assert explorer.model.numbers.has_history == 0


def test_only_what_is_named_is_remembered():
    model = make_agent("curious", envs.make("lock"), bonus="realised-gain").model
    assert [name for name in HISTORY if getattr(model.pairs, name).size] == ["last_gain"]


@pytest.mark.parametrize("bonus", ["realised-gain", "learning-progress", "novelty"])
@pytest.mark.parametrize("prior", ["empirical-bayes", "structured"])
def test_a_restored_wrapper_pays_as_the_one_that_wrote(tmp_path, bonus, prior):
    def wrapped():
        return CuriosityReward(TimeLimit(envs.make("river-swim"), 40), bonus=bonus, prior=prior)

    def paid(env, seed):
        env.reset(seed=seed)
        return [env.step(k // 3 % 2)[1] for k in range(35)]

    one, other = wrapped(), wrapped()
    paid(one, 0)
    one.save(tmp_path / "belief.npz")
    other.restore(tmp_path / "belief.npz")
    assert paid(one, 1) == paid(other, 1)


def test_a_belief_that_does_not_remember_is_refused_by_one_that_must(tmp_path):
    plain, remembering = (CuriosityReward(envs.make("river-swim"), bonus=b) for b in ("count", "realised-gain"))
    for env in (plain, remembering):
        env.reset(seed=0)
        env.step(1)
        env.save(tmp_path / f"{id(env)}.npz")
    plain.restore(tmp_path / f"{id(remembering)}.npz")
    with pytest.raises(ValueError, match="it lacks last_gain, which the bonus asks for"):
        remembering.restore(tmp_path / f"{id(plain)}.npz")
    arrays = dict(np.load(tmp_path / f"{id(remembering)}.npz"))
    np.savez(tmp_path / "bad.npz", **{**arrays, "last_gain": arrays["last_gain"] * np.nan})
    with pytest.raises(ValueError, match="last_gain is damaged"):
        remembering.restore(tmp_path / "bad.npz")


CHANNELS = {
    "noiseless": (np.eye(3), math.log(3)),
    "useless": (np.full((3, 4), 0.25), 0.0),
    "symmetric": (np.array([[0.9, 0.1], [0.1, 0.9]]), math.log(2) + 0.9 * math.log(0.9) + 0.1 * math.log(0.1)),
    "erasing": (np.array([[0.7, 0.0, 0.3], [0.0, 0.7, 0.3]]), 0.7 * math.log(2)),
    "Z": (np.array([[1.0, 0.0], [0.5, 0.5]]), math.log(1.25)),
}


@pytest.mark.parametrize("name", CHANNELS)
def test_capacities_are_those_of_the_textbooks(name):
    """Cover and Thomas 2006, section 7.1; the Z channel of crossover 1/2 has ln(5/4) nats."""
    chance, right = CHANNELS[name]
    assert _capacity(chance) == pytest.approx(right, abs=2e-6)


@compiled
def _capacity(chance):
    return capacity(chance)


def test_a_threshold_of_knownness_doubles_when_all_is_known():
    """With every pair alike, the best pair by the bonus is always one below the common threshold."""
    visits, threshold, knownness = np.zeros(7), 3, agent.bonuses.knownness.function
    rng = np.random.default_rng(0)
    for _ in range(400):
        if (visits >= threshold).all():
            threshold *= 2
        paid = np.array([knownness(n, enough=3) for n in visits])
        best = np.flatnonzero(paid == paid.max())
        assert (visits[best] < threshold).all()
        assert set(best) == set(np.flatnonzero(visits < threshold))
        visits[rng.choice(best)] += 1
