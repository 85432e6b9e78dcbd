"""Known numbers of equally probable targets, against the enumeration of all sets that they might be."""

import itertools
import math

import numpy as np
import pytest

import envs
from agent import WorldModel, make_agent, simulate
from agent.belief.equal_targets.prior import EqualTargets
from agent.belief.priors import make_prior
from agent.bonuses import make_bonus
from agent.compilation.handles import Pack
from agent.planners.payoffs import pay_all, payoffs
from agent.protocols import Transition

K = 6


class Sets:
    """A belief about one pair: which of all sets of so many states are its targets; those left are as probable."""

    def __init__(self, num_targets, num_states=K, left=None):
        self.k, self.num_states = num_targets, num_states
        self.left = list(itertools.combinations(range(num_states), num_targets)) if left is None else left

    @property
    def predictive(self):
        rows = [np.isin(np.arange(self.num_states), each) / self.k for each in self.left]
        return np.mean(rows, axis=0)

    def after(self, outcome):
        return Sets(self.k, self.num_states, [each for each in self.left if outcome in each])

    def surprise(self, outcome):
        """KL of the sets left after from those left before: both uniform, the former among the latter."""
        return math.log(len(self.left) / len(self.after(outcome).left))

    @property
    def possible(self):
        return np.flatnonzero(self.predictive)

    @property
    def expected_gain(self):
        """Mutual information of the next outcome and the set: entropy of the one, less that given the other."""
        p = self.predictive[self.possible]
        return float(-(p * np.log(p)).sum()) - math.log(self.k)

    @property
    def predicted_gain(self):
        p, total = self.predictive, 0.0
        for outcome in self.possible:
            q = self.after(outcome).predictive
            seen = q > 0
            total += p[outcome] * (q[seen] * np.log(q[seen] / p[seen])).sum()
        return total


def predicted_gain(model, pair):
    """What a planner is paid for a pair under this bonus."""
    paid = payoffs(make_bonus("predicted-information-gain"))
    assert math.isfinite(pay_all(model.address, Pack(paid).address))
    return model.pairs.payoff[pair]


@pytest.mark.parametrize("seed", range(4))
def test_all_it_says_is_what_enumeration_says(seed):
    rng = np.random.default_rng(seed)
    targets = (1, 2, 3, 5)
    model = WorldModel(4, K, EqualTargets(targets))
    truth = {(s, a): rng.choice(K, targets[a], replace=False) for s in range(K) for a in range(4)}
    beliefs = {(s, a): Sets(targets[a]) for s in range(K) for a in range(4)}
    state, gained, known = 0, 0.0, {0}
    model.begin(0)
    for _ in range(60):
        action = int(rng.integers(4))
        outcome, belief = int(rng.choice(truth[state, action])), beliefs[state, action]
        expected = belief.expected_gain
        assert model.expected_gains([state])[0, action] == pytest.approx(expected, abs=1e-12)
        felt = model.observe(Transition(state, action, 0.0, outcome, False, False))
        assert felt == pytest.approx(belief.surprise(outcome), abs=1e-12)
        assert model.last_expected_gain == pytest.approx(expected, abs=1e-12)
        beliefs[state, action] = belief = belief.after(outcome)
        assert model.predictive(state, action) == pytest.approx(belief.predictive, abs=1e-12)
        assert predicted_gain(model, 4 * state + action) == pytest.approx(belief.predicted_gain, abs=1e-12)
        gained += felt
        known |= {outcome}
        missing = sum(belief.expected_gain for (s, _), belief in beliefs.items() if s in known)
        assert model.expected_missing_information == pytest.approx(missing, abs=1e-9)
        state = outcome
    assert model.information_gain == pytest.approx(gained)


@pytest.mark.parametrize("num_targets", [1, 2, 4])
def test_gains_add_up_to_what_is_known_in_expectation(num_targets):
    """Summed over three looks, weighted by their probability: the mutual information of all three and the set."""
    start, total = Sets(num_targets), 0.0
    sequences = list(itertools.product(range(K), repeat=3))
    entropy_of_left = 0.0
    for sequence in sequences:
        model = WorldModel(1, K, EqualTargets((num_targets,)))
        model.begin(0)
        belief, probability = start, 1.0
        for outcome in sequence:
            probability *= belief.predictive[outcome]
            if probability == 0.0:
                break
            belief = belief.after(outcome)
        if probability > 0.0:
            total += probability * sum(model.observe(Transition(0, 0, 0.0, each, False, False)) for each in sequence)
            entropy_of_left += probability * math.log(len(belief.left))
    assert total == pytest.approx(math.log(len(start.left)) - entropy_of_left)


def test_one_look_tells_all_in_a_deterministic_world():
    world = envs.make("lock")
    agent = make_agent("curious", world, 0, prior="equal-targets:1")
    assert agent.model.prior == make_prior("equal-targets", world) == EqualTargets((1,) * agent.model.num_actions)
    (life,) = simulate(world, "curious", 400, [0], prior="equal-targets:1")
    assert life.steps["missing_information_nats"][-1] == 0
    assert life.steps["information_gain_nats"].max() == pytest.approx(math.log(life.agent.model.num_outcomes))
    felt = np.flatnonzero(life.steps["information_gain_nats"])
    assert len(felt) == life.agent.model.num_visited_pairs


def test_a_target_too_many_is_refused():
    model = WorldModel(1, K, EqualTargets((2,)))
    model.begin(0)
    for outcome in (1, 0, 1):
        model.observe(Transition(0 if outcome else 1, 0, 0.0, outcome, False, False))
    model.observe(Transition(0, 0, 0.0, 3, False, False))
    before = bytes(model.numbers)
    with pytest.raises(ValueError, match="rules"):
        model.observe(Transition(0, 0, 0.0, 4, False, False))
    assert bytes(model.numbers) == before


def test_more_states_than_were_declared_are_more_outcomes():
    model = WorldModel(1, 3, EqualTargets((2,)))
    model.begin(0)
    model.observe(Transition(0, 0, 0.0, 1, False, False))
    model.begin(7)
    assert model.num_outcomes == 8
    assert model.expected_gains([0, 7])[:, 0] == pytest.approx([Sets(2, 8).after(1).expected_gain, math.log(8 / 2)])
    model.observe(Transition(7, 0, 0.0, 11, False, False))
    assert model.num_outcomes == 12
    assert model.predictive(0, 0) == pytest.approx(Sets(2, 12).after(1).predictive)
    missing = model.expected_gains(model.known_states()).sum()
    assert model.expected_missing_information == pytest.approx(missing)


@pytest.mark.parametrize(
    ("world", "prior", "message"),
    [
        ("river-swim", "equal-targets", "needs as many targets"),
        ("noisy-tv", "equal-targets", "needs"),
        ("lock", "equal-targets:-1", "at least 1"),
        ("lock", "equal-targets:25", "fewer than there are states"),
    ],
)
def test_what_is_not_of_this_kind_is_refused(world, prior, message):
    with pytest.raises(ValueError, match=message):
        make_agent("curious", envs.make(world), 0, prior=prior)


def test_as_many_numbers_as_actions_are_needed():
    with pytest.raises(ValueError, match="got targets of 3 actions, expected 2"):
        WorldModel(2, 5, EqualTargets((1, 2, 3)))


@pytest.mark.slow
def test_one_two_three_worlds_are_learnt_as_published():
    """Little and Sommer 2013, curves of the authors' code: bits missing after 100, 200 and 1000 steps."""
    published = {"curious": (63.4, 19.7, 2.9), "greedy": (63.0, 30.2, 10.5), "unembodied": (49.3, 1.0, 0.1)}
    options = {"prior": "equal-targets", "bonus": "predicted-information-gain", "discount": 0.95}
    for agent, bits in published.items():
        left = []
        for seed in range(30):
            (life,) = simulate(envs.make("one-two-three", world_seed=seed), agent, 1000, [seed], **options)
            left.append(life.steps["missing_information_nats"][[99, 199, 999]] / math.log(2))
        error = np.std(left, axis=0, ddof=1) / math.sqrt(len(left))
        assert (np.mean(left, axis=0) < np.array(bits) + 2 * error).all()
