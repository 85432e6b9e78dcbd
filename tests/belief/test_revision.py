"""How a fit of the prior comes into force: when it is worth it, and state by state."""

import copy
import math

import numpy as np
import pytest

import envs
from agent import Transition, Truth, WorldModel, dirichlet, make_agent
from agent.belief import revision, serialization
from agent.belief.empirical_bayes import fitted_concentration
from agent.belief.priors import EmpiricalBayes, Symmetric
from agent.belief.structured.prior import Structured
from agent.belief.tables import SEEN
from agent.compilation.handles import Pack
from agent.planners.payoffs import pay_all, payoffs
from agent.simulation.interaction import interact
from tests.planners.test_incremental import true_residuals

NUM_STEPS = 1500


def is_spreading(model):
    return model.numbers.spread_to < model.numbers.spread_end


def live_states(model):
    known = model.known_states()
    return known[model.states.kind[known] == SEEN]


def moments(env, agent, seed=0):
    """Steps of a life after which a fit is on its way through the states."""
    for transition in interact(env, agent, NUM_STEPS, seed=seed):
        if is_spreading(agent.model):
            yield transition


@pytest.fixture(params=["grid", "four-rooms-large", "flags"])
def env(request):
    return envs.make(request.param)


def test_all_that_is_expected_follows_what_each_state_has(env):
    agent, num_moments = make_agent("random", env, 0), 0
    for _ in moments(env, agent):
        num_moments += 1
        if num_moments % 7:
            continue
        model, missing = agent.model, 0.0
        for state in live_states(model).tolist():
            concentration = (model.concentration, model.numbers.former_concentration)[model.states.is_former[state]]
            for action, gain in enumerate(model.expected_gains([state])[0]):
                posterior = model.posterior(state, action)
                assert posterior.sum() == pytest.approx(concentration + model.visits([state])[0, action], rel=1e-12)
                assert model.predictive(state, action).sum() == pytest.approx(1.0, rel=1e-12)
                assert gain == pytest.approx(dirichlet.expected_information_gain(posterior), rel=1e-9)
                missing += gain
        assert model.expected_missing_information == pytest.approx(missing, rel=1e-9)
    assert num_moments > 10


def test_a_fit_comes_into_force_where_it_changes_enough_and_reaches_all_states_soon(env):
    agent, spread, waited = make_agent("random", env, 0), 0, 0
    model, in_force, next_refit = agent.model, [], agent.model.numbers.next_refit
    for _ in interact(env, agent, NUM_STEPS, seed=0):
        numbers = model.numbers
        if numbers.next_refit != next_refit:
            next_refit = numbers.next_refit
            fitted = fitted_concentration(
                model.exceeding.reshape(-1), numbers.visit_room, numbers.num_outcomes, numbers.log_sigma
            )
            assert abs(math.log(fitted / model.concentration)) <= revision.WORTH_IT
            if not in_force or in_force[-1] != model.concentration:
                assert model.concentration == fitted
                in_force.append(model.concentration)
        is_former = model.states.is_former[model.known_states()]
        assert not is_former[: numbers.spread_to].any()
        assert is_former[numbers.spread_to : numbers.spread_end].all()
        assert not is_former[numbers.spread_end :].any()
        waited = waited + 1 if is_spreading(model) else 0
        spread += is_spreading(model)
        assert waited <= revision.STEPS_TO_SPREAD
    assert 3 < len(in_force) < 40
    assert spread > 0


def test_a_score_follows_what_each_state_has(env):
    agent = make_agent("random", env, 0)
    mdp = envs.true_mdp(env)
    truth, checked = Truth(agent.model, mdp), 0
    for k, _ in enumerate(interact(env, agent, NUM_STEPS, seed=0)):
        truth.update()
        if is_spreading(agent.model) and k % 2 == 0:
            anew = Truth(agent.model, mdp)
            assert truth.missing_information == pytest.approx(anew.missing_information, rel=1e-9)
            assert truth.coverage == anew.coverage
            checked += 1
    assert checked > 2


@pytest.mark.parametrize(
    "bonus", ["expected-information-gain", "count", "predictive-entropy", "predicted-information-gain"]
)
def test_payoffs_and_plans_follow_what_each_state_has(env, bonus):
    agent, checked = make_agent("curious", env, 0, bonus=bonus, discount=0.95), 0
    for transition in moments(env, agent):
        checked += 1
        if checked % 3 or transition.terminated:
            continue
        agent.act(transition.next_state)
        model, planner = agent.model, agent.planner
        anew, terms = copy.copy(model), payoffs(agent.bonus)
        assert pay_all(anew.address, Pack(terms).address) == agent.unvisited_payoff
        pairs = (live_states(model)[:, None] * model.num_actions + np.arange(model.num_actions)).ravel()
        np.testing.assert_allclose(model.pairs.payoff[pairs], anew.pairs.payoff[pairs], rtol=1e-12)
        _, residuals, _ = true_residuals(agent)
        assert np.abs(residuals).max() <= planner.progress.plan.largest_residual * (1 + 1e-9) + 1e-12
    assert checked > 5


@pytest.mark.parametrize("options", [{"gap": 2**63}, {"gap": 10**30}, {"growth": 1e18}, {"growth": 1e308}])
@pytest.mark.parametrize("kind", [EmpiricalBayes, Structured])
def test_a_fit_that_is_due_beyond_all_steps_is_never_made(kind, options):
    """Steps are counted in 64 bits: with these numbers only the first fit may be due, after `gap` steps."""
    told = {"tell": lambda state: [state], "width": 1} if kind is Structured else {}
    prior = kind(**told, **options)
    model = WorldModel(2, 5, prior)
    due = min(prior.gap, 2**63 - 1)
    for step in range(3 * 20):
        model.observe(Transition(step % 5, step % 2, 0.0, (step + 1) % 5, False, False))
        numbers = model.numbers if model.rules is None else model.rules.numbers
        assert numbers.next_refit == (due if step + 1 < due else due + 2**62)


def test_saved_on_its_way_a_fit_goes_on_to_the_last_bit(env):
    agent = make_agent("random", env, 0)
    model, life = agent.model, interact(env, agent, NUM_STEPS, seed=0)
    next(t for t in life if is_spreading(model) and model.steps > NUM_STEPS // 3)
    restored = WorldModel(model.num_actions, model.num_states, model.prior)
    serialization.restore(restored, serialization.arrays_of(model))
    for k, transition in enumerate(life):
        restored.observe(transition)
        if transition.terminated or transition.truncated or k > 300:
            break
        assert bytes(restored.numbers) == bytes(model.numbers)
    known = model.known_states()
    np.testing.assert_array_equal(restored.states.is_former[known], model.states.is_former[known])
    np.testing.assert_array_equal(restored.expected_gains(live_states(model)), model.expected_gains(live_states(model)))


@pytest.mark.parametrize("spread", [(3, 2), (2, 999), (-1, 0)])
def test_a_file_that_says_otherwise_is_refused(spread):
    env = envs.make("river-swim")
    agent = make_agent("random", env, 0)
    for _ in interact(env, agent, 100, seed=0):
        pass
    arrays = serialization.arrays_of(agent.model)
    arrays["count"][5:] = spread
    with pytest.raises(ValueError, match="count is damaged"):
        serialization.restore(agent.model, arrays)


@pytest.mark.parametrize("prior", [None, Symmetric(2.0)], ids=["fitted", "fixed"])
def test_a_file_in_which_a_fit_spreads_tells_the_one_before(prior):
    """Else states that it has not reached would predict with no concentration, and divide by zero."""
    model = WorldModel(2, 3, prior)
    model.begin(0)
    model.observe(Transition(0, 0, 0.0, 1, False, False))
    arrays = serialization.arrays_of(model)
    arrays["count"][-2:] = 0, 2
    with pytest.raises(ValueError, match="sum is damaged"):
        serialization.restore(model, arrays)


@pytest.mark.parametrize("num_outcomes", [2, 3, 20, 300])
def test_gains_change_by_no_larger_share_than_the_concentration(num_outcomes):
    """So a fit that is not worth it would have changed no gain by more than WORTH_IT."""
    rng = np.random.default_rng(num_outcomes)

    def gain(concentration):
        return dirichlet.expected_information_gain(counts + concentration / num_outcomes)

    for _ in range(300):
        counts = np.zeros(num_outcomes)
        num_seen = int(rng.integers(0, min(num_outcomes, 6) + 1))
        counts[:num_seen] = rng.geometric(rng.choice([0.5, 0.05, 0.005]), num_seen)
        concentration = math.exp(rng.uniform(math.log(0.001 * min(num_outcomes, 100)), math.log(5.0 * num_outcomes)))
        change = math.log(gain(concentration * math.exp(revision.WORTH_IT)) / gain(concentration))
        assert abs(change) <= revision.WORTH_IT


@pytest.mark.parametrize("num_states", [None, 100])
def test_gains_are_the_same_when_nothing_was_kept_of_earlier_ones(num_states):
    generator, model, num_spreading = np.random.default_rng(3), WorldModel(2, num_states), 0
    model.begin(0)
    state = 0
    for step in range(3000):
        action, following = int(generator.integers(2)), int(generator.integers(min(99, 1 + step // 20)))
        model.observe(Transition(state, action, 0.0, following, False, False))
        num_spreading += is_spreading(model)
        if step % 100 == 0 or is_spreading(model):
            fresh = serialization.restored(model, serialization.arrays_of(model))
            states = live_states(model)
            assert (model.expected_gains(states) == fresh.expected_gains(states)).all()
        state = following
    assert num_spreading > 10
    assert model.revision > 1 or num_states
