"""Bonuses of one's own: given what they name, refused for what else they take, and for what does not pay a number."""

import itertools
import math

import gymnasium
import numpy as np
import pytest
import scipy.stats

import agent
import envs
from agent import dirichlet, make_agent
from agent.agents.explorer import Explorer
from agent.belief.tables import HISTORY
from agent.belief.world_model import WorldModel
from agent.bonuses import SUMMARY, Bonus
from agent.compilation.handles import Pack
from agent.planners.greedy import Greedy
from agent.planners.payoffs import pay_all, payoff_of_pair, payoffs
from agent.protocols import Transition
from agent.simulation.interaction import interact
from agent.wrappers import CuriosityReward
from envs import FiniteMDP, TabularEnv


def model_of_four_steps():
    model = WorldModel(1, 6)
    model.begin(0)
    for successor in (1, 1, 2, 1):
        model.observe(Transition(0, 0, 0.0, successor, False, False))
    return model


def right_numbers(model):
    posterior = model.posterior(0, 0)
    p = dirichlet.mean(posterior)
    return {
        "visits": 4.0,
        "concentration": posterior.sum(),
        "expected_gain": dirichlet.expected_information_gain(posterior),
        "predicted_gain": dirichlet.predicted_information_gain(posterior),
        "entropy": -float((p * np.log(p)).sum()),
        "variance": float(scipy.stats.dirichlet(posterior).var().sum()),
        "state_visits": 4.0,
        "empowerment": 0.0,  # there is one action
    } | dict.fromkeys(HISTORY, 0.0)  # nobody asked before the steps


def paid(bonus, model):
    terms = Pack(payoffs(bonus))
    pay_all(model.address, terms.address)
    assert model.pairs.payoff[0] == payoff_of_pair(model.address, terms.address, 0, 0)
    return model.pairs.payoff[0]


@pytest.mark.parametrize("name", SUMMARY)
def test_a_bonus_is_given_what_it_names(name):
    model = model_of_four_steps()
    bonus = Bonus(eval(f"lambda {name}: {name}"))
    assert paid(bonus, model) == pytest.approx(right_numbers(model)[name], rel=1e-10, abs=1e-15)


@pytest.mark.slow
def test_names_count_in_any_order_and_number():
    model, weights = model_of_four_steps(), {name: 10.0**k for k, name in enumerate(SUMMARY)}
    right = {name: weights[name] * value for name, value in right_numbers(model).items()}
    for number in range(6):
        for names in itertools.islice(itertools.permutations(SUMMARY, number), 3):
            terms = [f"{weights[name]} * {name}" for name in names]
            bonus = Bonus(eval(f"lambda {', '.join(names)}: {' + '.join(terms) or '0.0'}"))
            assert paid(bonus, model) == pytest.approx(sum(right[name] for name in names), rel=1e-10)


def test_nothing_is_zero_for_not_having_been_asked_for():
    """All five by position, whatever they are called, and by name: none of them is left out."""
    model = model_of_four_steps()
    by_place = paid(Bonus(lambda n, a, i, p, h: n + a + i + p + h), model)
    by_name = paid(
        Bonus(
            lambda visits, concentration, expected_gain, predicted_gain, entropy: (
                visits + concentration + expected_gain + predicted_gain + entropy
            )
        ),
        model,
    )
    assert by_place == by_name == pytest.approx(sum(list(right_numbers(model).values())[:5]), rel=1e-10)


REFUSED = {
    "six arguments": lambda a, b, c, d, e, f: f,
    "four others": lambda a, b, c, d: d,
    "an unknown name": lambda visits, surprise: surprise,
    "known names in places of others": lambda entropy, a, b, c, d: entropy,
    "any number": lambda *numbers: 0.0,
    "any names": lambda **numbers: 0.0,
    "names alone": lambda *, visits: visits,
    "a text of its own": lambda visits, scale="large": visits,
    "no function": 3.0,
    "nothing": None,
    "a function in C": math.sqrt,
    "a class": dict,
    "an object": print,
}


@pytest.mark.parametrize("case", REFUSED)
def test_other_arguments_are_refused(case):
    with pytest.raises(ValueError, match="visits, concentration, expected_gain, predicted_gain, entropy") as error:
        Bonus(REFUSED[case])
    assert "\n" not in str(error.value)


def test_what_cannot_be_compiled_is_refused_in_one_line():
    if agent.compilation.compiled.INTERPRETED:
        pytest.skip("nothing is compiled")
    for function in (lambda visits: "much", lambda visits: None, lambda visits: visits * 1j, lambda visits: unknown):  # noqa: F821
        with pytest.raises(ValueError, match="<lambda> cannot be compiled") as error:
            payoffs(Bonus(function))
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("bonus", [3, "", object(), lambda surprise: surprise, Bonus])
def test_what_is_no_bonus_is_refused(bonus):
    with pytest.raises(ValueError, match="bonus"):
        make_agent("curious", envs.make("lock"), bonus=bonus)
    with pytest.raises(ValueError, match="bonus"):
        CuriosityReward(envs.make("lock"), bonus=bonus)


def raises(visits):
    if visits > 2.0:
        raise ValueError("no")
    return 1.0


BROKEN = {
    "infinite from the first": (lambda expected_gain, visits: expected_gain / visits, 0),
    "infinite at three visits": (lambda visits: 1.0 / (visits - 3.0), 3),
    "nan at two visits": (lambda visits: math.sqrt(1.5 - visits), 2),
    "minus infinity": (lambda visits: -math.inf if visits > 4.0 else 0.0, 5),
    "too large to be added up": (lambda visits: 1e101 if visits > 1.0 else 1.0, 2),
    "raises": (raises, 3),
}


@pytest.mark.slow
@pytest.mark.parametrize("planner", ["incremental", "value-iteration", "finite-horizon:3", "greedy"])
@pytest.mark.parametrize("case", BROKEN)
def test_a_payoff_that_is_no_number_is_refused_when_it_is_met(case, planner):
    function, visits = BROKEN[case]
    env = envs.make("lock")
    explorer = make_agent("curious", env, 0, bonus=Bonus(function), planner=planner)
    expected = rf"of {visits} visits,? pays .*{'raises' if case == 'raises' else 'lambda'}"
    steps = interact(env, explorer, 10_000, seed=0)
    with pytest.raises(ValueError, match=expected) as error:
        list(steps)
    assert "\n" not in str(error.value)
    known = explorer.model.visits(explorer.model.known_states())
    assert known.max() <= visits
    state = int(explorer.model.known_states()[0])
    with pytest.raises(ValueError, match="finite"):  # nor does it go on as if nothing had been
        explorer.act(state)


@pytest.mark.slow
def test_a_simulated_life_is_refused_as_the_walked_one():
    for function, visits in BROKEN.values():
        with pytest.raises(ValueError, match=f"of {visits} visits"):
            agent.simulate(envs.make("lock"), "curious", 10_000, 2, bonus=Bonus(function))


def test_a_wrapper_learns_nothing_from_a_step_that_it_cannot_pay():
    env = CuriosityReward(envs.make("lock"), bonus=Bonus(lambda visits: 1.0 / (visits - 1.0)))
    env.reset(seed=0)

    def live():
        for _ in range(100):
            if env.step(0)[2]:
                env.reset()

    with pytest.raises(ValueError, match="must be finite, got inf of <lambda> after 1 visits"):
        live()
    assert env.model.visits(env.model.known_states()).max() == 1


NUMBERS = {
    "discount": [0.0, 1.0, math.nan, math.inf, -0.5, True, "0.9", 0.9 + 0j, None],
    "tolerance": [0.0, -1.0, math.nan, math.inf, True, "0.1", 1j, None],
    "curiosity_weight": [math.nan, math.inf, -math.inf, True, "1", 1j, None],
    "reward_weight": [math.nan, math.inf, -math.inf, False, "1", 1j, None],
}


@pytest.mark.parametrize("name", ["curious", "greedy", "count", "least-taken", "random"])
@pytest.mark.parametrize(("option", "value"), [(option, value) for option in NUMBERS for value in NUMBERS[option]])
def test_options_that_are_no_numbers_are_refused(name, option, value):
    with pytest.raises(ValueError, match=option) as error:
        make_agent(name, envs.make("lock"), **{option: value})
    assert "\n" not in str(error.value)


def test_numbers_of_numpy_are_numbers():
    explorer = make_agent(
        "curious", envs.make("lock"), discount=np.float32(0.5), tolerance=np.float64(1), reward_weight=1
    )
    assert explorer.planner.discount == 0.5


def test_weights_are_checked_wherever_they_come_in():
    bonus = Bonus(lambda visits: visits)
    with pytest.raises(ValueError, match="reward_weight must be finite"):
        Explorer(WorldModel(1, 2), 0, bonus, Greedy(), 1.0, math.nan)
    with pytest.raises(ValueError, match="curiosity_weight must be finite"):
        payoffs(bonus, math.inf)
    with pytest.raises(ValueError, match="planner must be"):
        Explorer(WorldModel(1, 2), 0, bonus, "greedy")


@pytest.mark.parametrize("reward", [1e308, -1e308, 1e101, math.inf, math.nan])
def test_a_reward_that_cannot_be_added_up_is_refused_and_nothing_has_changed(reward):
    model = WorldModel(2, 3)
    model.begin(0)
    model.observe(Transition(0, 0, 1.0, 1, False, False))
    before = [column.copy() for table in (model.states, model.pairs, model.edges) for column in table]
    numbers = bytes(model.numbers)
    with pytest.raises(ValueError, match=r"reward must be finite, and at most 1e\+100"):
        model.observe(Transition(0, 0, reward, 2**20, False, False))
    after = [column for table in (model.states, model.pairs, model.edges) for column in table]
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))
    assert bytes(model.numbers) == numbers


@pytest.mark.parametrize("prior", ["local", "empirical-bayes"])
def test_rewards_that_cannot_be_added_up_end_a_life_with_one_line(prior):
    env = envs.make("four-rooms")
    paid = gymnasium.wrappers.TransformReward(env, lambda _: 1e308)
    explorer = agent.make_agent("curious", env, prior=prior, reward_weight=1.0)
    with pytest.raises(ValueError, match=r"reward must be finite, and at most 1e\+100"):
        list(agent.interact(paid, explorer, 100, seed=0))
    assert explorer.model.steps == 0


def test_rewards_at_the_limit_are_added_up():
    env = TabularEnv(FiniteMDP.from_dense(np.full((2, 1, 2), 0.5), [[1e100], [-1e100]]))
    (life,) = agent.simulate(env, "curious", 2000, reward_weight=0.5)
    assert np.isfinite(life.agent.model.states.value[:2]).all()
    assert np.isfinite(life.steps["planning_loss_bound_nats"]).all()
    mean, error = life.agent.model.mean_reward(0, 0)
    assert mean == pytest.approx(1e100)
    assert math.isfinite(error)


def test_weights_that_make_payoffs_too_large_are_told_with_the_payoff():
    with pytest.raises(ValueError, match=r"of 0 visits pays .*curiosity_weight 1e\+300 times the bonus _expected_gain"):
        agent.simulate(envs.make("lock"), "curious", 100, curiosity_weight=1e300)
    with pytest.raises(ValueError, match=r"reward_weight 1e\+300 times the mean reward"):
        agent.simulate(envs.make("river-swim"), "curious", 5000, reward_weight=1e300)
