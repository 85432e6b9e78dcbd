"""The sparse belief against dense oracles, and its semantics."""

import copy
import itertools
import math

import numpy as np
import pytest
from scipy import optimize, special

from agent import dirichlet
from agent.belief.empirical_bayes import evidence_slope, fitted_concentration
from agent.belief.priors import EmpiricalBayes, Local, Symmetric, make_prior
from agent.belief.world_model import WorldModel
from agent.protocols import Transition


def step(state, action, next_state, reward=0.0, terminated=False, truncated=False):
    return Transition(state, action, reward, next_state, terminated, truncated)


def wander(model, num_steps, num_states, seed=0, skew=1.0):
    """Feed transitions of a random world; return the counts as a dense array."""
    rng = np.random.default_rng(seed)
    truth = rng.dirichlet(np.full(num_states, skew), size=(num_states, model.num_actions))
    counts = np.zeros_like(truth)
    state = 0
    model.begin(state)
    for _ in range(num_steps):
        action = int(rng.integers(model.num_actions))
        successor = int(rng.choice(num_states, p=truth[state, action]))
        model.observe(step(state, action, successor))
        counts[state, action, successor] += 1
        state = successor
    return counts


@pytest.mark.parametrize("prior", [Symmetric(), Symmetric(7.0), EmpiricalBayes()])
def test_gains_equal_the_dense_closed_forms(prior):
    model = WorldModel(3, 12, prior)
    counts = wander(model, 400, 12, skew=0.2)
    dense = counts + model.concentration / 12
    known = model.known_states()
    gains = dirichlet.expected_information_gain(dense)
    assert model.expected_gains(known) == pytest.approx(gains[known], rel=1e-12)
    assert model.expected_missing_information == pytest.approx(gains[known].sum(), rel=1e-10)
    assert (model.visits(known) == counts.sum(axis=2)[known]).all()
    for state, action in itertools.product(known, range(3)):
        predicted = dirichlet.mean(dense[state, action])
        assert model.predictive(state, action) == pytest.approx(predicted, rel=1e-12)


def test_surprise_is_the_divergence_of_posterior_and_prior():
    model = WorldModel(2, 9, Symmetric(2.0))
    rng = np.random.default_rng(1)
    model.begin(0)
    for _ in range(200):
        state, action, successor = (int(rng.integers(n)) for n in (9, 2, 3))
        before = model.posterior(state, action)
        expected = dirichlet.expected_information_gain(before)
        surprise = model.observe(step(state, action, successor))
        assert surprise == pytest.approx(dirichlet.kl_divergence(model.posterior(state, action), before), abs=1e-12)
        assert surprise == pytest.approx(dirichlet.bayesian_surprise(before, successor), rel=1e-12)
        assert model.last_expected_gain == pytest.approx(expected, rel=1e-12)
        assert model.last_surprise == surprise


def test_expected_gains_sum_to_realised_ones_when_the_prior_is_right():
    """Worlds drawn from the prior itself: the calibration is 1 within four standard errors."""
    ratios = []
    for seed in range(30):
        model = WorldModel(2, 6, Symmetric(6.0))
        wander(model, 300, 6, seed=seed, skew=1.0)
        ratios.append(model.calibration)
    assert abs(np.mean(ratios) - 1.0) < 4 * np.std(ratios) / math.sqrt(len(ratios))


def test_calibration_needs_a_step():
    assert math.isnan(WorldModel(2, 3).calibration)


def _log_evidence(counts, concentration):
    k = counts.shape[-1]
    n = counts.sum(axis=-1)
    rows = special.gammaln(concentration) - special.gammaln(concentration + n)
    cells = special.gammaln(concentration / k + counts) - special.gammaln(concentration / k)
    return rows.sum() + cells.sum()


def _exceeding(counts):
    size = int(counts.sum(axis=-1).max()) + 1
    visits, cells = counts.sum(axis=-1).ravel(), counts.ravel()
    levels = np.arange(size)[:, None]
    return np.stack([(visits > levels).sum(axis=1), (cells > levels).sum(axis=1)]).astype(np.int64)


@pytest.mark.parametrize("skew", [0.02, 0.3, 3.0])
def test_empirical_bayes_maximises_the_posterior_of_the_concentration(skew):
    counts = wander(WorldModel(3, 10, Symmetric()), 500, 10, seed=3, skew=skew)
    exceeding, room = _exceeding(counts).ravel(), int(counts.sum(axis=-1).max()) + 1

    def objective(log_c):
        return -(_log_evidence(counts, math.exp(log_c)) - log_c**2 / 8)

    best = optimize.minimize_scalar(objective, bounds=(math.log(0.01), math.log(50)), method="bounded").x
    assert math.log(fitted_concentration(exceeding, room, 10, 2.0)) == pytest.approx(best, abs=1e-4)
    slope = (_log_evidence(counts, 2.0 * math.exp(1e-6)) - _log_evidence(counts, 2.0 * math.exp(-1e-6))) / 2e-6
    assert evidence_slope(exceeding, room, 10, 2.0) == pytest.approx(slope, rel=1e-5)


def test_refits_come_after_the_surprise_and_at_growing_distances():
    model = WorldModel(2, 10, EmpiricalBayes())
    fixed = WorldModel(2, 10, Symmetric())
    rng = np.random.default_rng(0)
    model.begin(0)
    fixed.begin(0)
    when = []
    for t in range(1, 1001):
        before, transition = model.revision, step(int(rng.integers(10)), 0, int(rng.integers(10)))
        surprises = model.observe(transition), fixed.observe(transition)
        if t <= 20:  # the first refit is caused by, and follows, the twentieth surprise
            assert surprises[0] == surprises[1]
        if model.revision > before:
            when.append(t)
    assert when[0] == 20
    gaps = np.diff(when)
    assert gaps.min() >= 20
    assert all(gap == max(20, int(0.05 * t)) for gap, t in zip(gaps, when, strict=False))


def test_the_memory_of_a_pair_with_three_successors_is_small():
    num_states, model = 2000, WorldModel(4, 2000, Symmetric())
    model.begin(0)
    for state in range(num_states):
        for action in range(4):
            for d in (1, 2, 3):
                model.observe(step(state, action, (state + d) % num_states))
    assert model.num_visited_pairs == 8000
    assert model.nbytes / model.num_visited_pairs <= 100


def test_a_large_declared_world_costs_only_what_was_visited():
    model = WorldModel(4, 10**9, Symmetric())
    model.begin(0)
    for state in range(100):
        model.observe(step(state, 0, state + 1))
    assert model.num_known_states == 101
    assert model.nbytes < 50_000
    assert model.expected_missing_information == pytest.approx(model.expected_gains(range(101)).sum(), rel=1e-9)


def test_an_unknown_number_of_states_is_taken_as_a_power_of_two():
    model = WorldModel(1, None, Symmetric())
    model.begin(0)
    seen = set()
    for state in range(300):
        model.observe(step(state, 0, state + 1))
        seen.add(model.num_outcomes)
        assert model.num_outcomes >= max(64, 2 * model.num_known_states)
    assert seen == {64, 128, 256, 512, 1024}
    assert model.expected_missing_information == pytest.approx(model.expected_gains(range(301)).sum(), rel=1e-9)


def test_a_state_beyond_the_declared_number_is_one_more_outcome():
    model = WorldModel(1, 4, Symmetric())
    model.begin(0)
    model.observe(step(0, 0, 6))
    assert model.num_outcomes == 7
    assert model.predictive(0, 0).sum() == pytest.approx(1.0)


def test_terminal_states_have_no_pairs():
    model = WorldModel(2, 5, Symmetric())
    model.begin(0)
    model.observe(step(0, 0, 4, terminated=True))
    model.observe(step(0, 1, 1))
    assert set(model.known_states()) == {0, 4, 1}
    assert (model.expected_gains([4]) == 0).all()
    assert model.expected_missing_information == pytest.approx(model.expected_gains([0, 1]).sum(), rel=1e-12)


def test_a_state_cannot_be_terminal_and_not():
    model = WorldModel(2, 5)
    model.begin(0)
    model.observe(step(0, 0, 4, terminated=True))
    before = bytes(model.numbers)
    with pytest.raises(ValueError, match="terminal"):
        model.observe(step(0, 1, 4))
    with pytest.raises(ValueError, match="terminal"):
        model.begin(4)
    assert bytes(model.numbers) == before


def test_resets_teach_the_start_and_pay_nothing():
    model = WorldModel(2, 5)
    for state in (2, 2, 3):
        model.begin(state)
    assert model.states.starts[[2, 3]].tolist() == [2, 1]
    assert model.num_edges == model.steps == 0
    assert model.information_gain == 0


def test_rewards_are_kept_once_there_are_any():
    model = WorldModel(1, 3)
    model.begin(0)
    model.observe(step(0, 0, 1))
    assert model.pairs.reward_sum.size == 0
    rewards = [0.0, 1.0, 3.0]
    for reward in rewards[1:]:
        model.observe(step(0, 0, 1, reward=reward))
    mean, error = model.mean_reward(0, 0)
    assert mean == pytest.approx(np.mean(rewards))
    assert error == pytest.approx(np.std(rewards, ddof=1) / math.sqrt(3))
    assert math.isnan(model.mean_reward(1, 0)[0])


def test_a_local_prior_rules_out_what_is_not_near():
    support = {0: (0, 1), 1: (0, 1), 2: (1, 2), 3: (1, 2)}
    model = WorldModel(2, 50, Local(support, concentration=2.0))
    assert set(model.known_states()) == {0, 1, 2}
    gain = dirichlet.expected_information_gain([1.0, 1.0])
    assert model.expected_gains([0, 1]) == pytest.approx(np.full((2, 2), gain), rel=1e-12)
    model.begin(0)
    assert model.observe(step(0, 0, 1)) == pytest.approx(dirichlet.bayesian_surprise([1.0, 1.0], 1), rel=1e-12)
    assert model.predictive(0, 0)[:3] == pytest.approx([1 / 3, 2 / 3, 0])
    before = bytes(model.numbers)
    with pytest.raises(ValueError, match="rules out"):
        model.observe(step(0, 0, 2))
    assert bytes(model.numbers) == before


def test_neighbours_come_from_the_truth():
    import envs

    env = envs.make("four-rooms")
    mdp = envs.true_mdp(env)
    prior = make_prior("local:0.5", env)
    assert prior.concentration == 0.5
    model = WorldModel(mdp.num_actions, mdp.num_states, prior)
    for pair in range(0, mdp.num_states * mdp.num_actions, 7):
        state, action = divmod(pair, mdp.num_actions)
        reachable = mdp.transition[[pair]].toarray()[0] > 0
        assert (model.predictive(state, action)[reachable] > 0).all()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("empirical", "Did you mean 'empirical-bayes'"),
        ("symmetric:x", "expected a number"),
        ("symmetric:-1", "positive"),
    ],
)
def test_priors_are_checked(name, message):
    with pytest.raises(ValueError, match=message):
        make_prior(name)


def test_a_world_has_actions_and_states():
    with pytest.raises(ValueError, match="at least one"):
        WorldModel(0, 3)


def test_a_copy_lives_on_its_own():
    model = WorldModel(2, 8, Symmetric())
    wander(model, 50, 8)
    twin = copy.deepcopy(model)
    before = bytes(model.numbers)
    wander(twin, 50, 8, seed=1)
    assert bytes(model.numbers) == before
    assert twin.steps == 100


@pytest.mark.parametrize(
    ("transition", "message"),
    [
        (step(0, 5, 1), "actions from 0 to 1"),
        (step(-1, 0, 1), "numbered from 0"),
        (step(0, 0, -1), "numbered from 0"),
        (step(0, 10**8, 1), "actions from 0 to 1"),
        (step(0, 0, 1, reward=math.inf), "finite"),
        (step(0, 0, 1, reward=math.nan), "finite"),
        (step(1, 0, 9), "terminal"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(transition, message):
    model = WorldModel(2, 4)
    model.begin(0)
    model.observe(step(0, 0, 1, terminated=True))
    before = copy.copy(model.numbers)
    with pytest.raises(ValueError, match=message):
        model.observe(transition)
    before.state_room, before.edge_room = model.numbers.state_room, model.numbers.edge_room  # may have been made
    before.has_rewards = model.numbers.has_rewards
    assert bytes(model.numbers) == bytes(before)
    with pytest.raises(ValueError, match="numbered from 0"):
        model.begin(-1)


def test_states_never_seen_can_be_asked_for():
    model = WorldModel(4, 2000, Symmetric(2.0))
    assert model.predictive(1500, 3) == pytest.approx(np.full(2000, 1 / 2000))
    assert model.visits([1999]).tolist() == [[0, 0, 0, 0]]
    prior = dirichlet.expected_information_gain(np.full(2000, 0.001))
    assert model.expected_gains([1999])[0] == pytest.approx(np.full(4, prior))
    assert math.isnan(model.mean_reward(1999, 0)[0])
    for state, action in ((-1, 0), (2000, 0), (0, 4), (0, -1)):
        with pytest.raises(ValueError, match="numbered from 0"):
            model.predictive(state, action)


def test_a_local_support_may_be_wide():
    support = {pair: tuple(range(200)) for pair in range(400)}
    model = WorldModel(2, 200, Local(support))
    assert model.num_edges == 80_000
    assert model.predictive(150, 1) == pytest.approx(np.full(200, 1 / 200))
