"""The Bayes optimum against the enumeration of all policies, mutual information, and closed forms."""

import itertools
import math

import numpy as np
import pytest
from scipy.special import gammaln

from agent.dirichlet import expected_information_gain
from agent.planners import bayes_optimum as module
from agent.planners.bayes_optimum import bayes_optimum, policy_gain
from tests.benchmarks.bayes_optimum import corridor, gain_of, random_world


def random_belief(seed, num_states=2, num_actions=2, ruled_out=0.2):
    rng = np.random.default_rng(seed)
    belief = rng.choice([0.25, 0.5, 1.0, 3.0], (num_states, num_actions, num_states))
    belief[rng.random(belief.shape) < ruled_out] = 0.0
    belief[..., 0] += belief.sum(axis=2) == 0
    return belief


def log_evidence(belief, path):
    """Dirichlet-multinomial probability of a path's outcomes, by gamma functions: no step by step prediction."""
    counts = np.zeros_like(belief)
    for state, action, successor in path:
        counts[state, action, successor] += 1
    total = 0.0
    for prior, seen in zip(belief.reshape(-1, len(belief)), counts.reshape(-1, len(belief)), strict=True):
        if (seen[prior == 0] > 0).any():
            return -math.inf
        own, more = prior[prior > 0], seen[prior > 0]
        total += gammaln(own.sum()) - gammaln(own.sum() + more.sum()) + (gammaln(own + more) - gammaln(own)).sum()
    return total


def divergence(belief, path):
    """KL(posterior || prior) of the world after a path, nats: closed form, summed over pairs."""
    from agent.dirichlet import kl_divergence

    counts = np.zeros_like(belief)
    for state, action, successor in path:
        counts[state, action, successor] += 1
    rows = zip(belief.reshape(-1, len(belief)), counts.reshape(-1, len(belief)), strict=True)
    return sum(float(kl_divergence((p + c)[p > 0], p[p > 0])) for p, c in rows if c.sum() > 0)


def gain_by_paths(belief, start, steps, decide):
    """Mutual information of paths and world: the mean of KL(final || first) over all paths, each by its evidence.

    `decide` maps what was seen so far (a tuple of steps) and the state to an action.
    """
    num_states, gain, mass = len(belief), 0.0, 0.0
    for outcomes in itertools.product(range(num_states), repeat=steps):
        path, state = [], start
        for successor in outcomes:
            path.append((state, decide(tuple(path), state), successor))
            state = successor
        probability = math.exp(log_evidence(belief, path))
        mass += probability
        gain += probability * divergence(belief, path) if probability > 0 else 0.0
    assert mass == pytest.approx(1.0)
    return gain


def every_policy(num_states, num_actions, start, steps):
    """All ways to decide by what was seen so far."""
    histories = [outcomes for r in range(steps) for outcomes in itertools.product(range(num_states), repeat=r)]
    for actions in itertools.product(range(num_actions), repeat=len(histories)):
        table = dict(zip(histories, actions, strict=True))
        yield lambda path, _, table=table: table[tuple(successor for *_, successor in path)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_it_is_the_best_of_all_policies(seed, steps):
    """128 policies of three steps, each by the evidence of its paths and the divergence at their ends."""
    belief = random_belief(seed)
    gains = [gain_by_paths(belief, 0, steps, decide) for decide in every_policy(2, 2, 0, steps)]
    assert bayes_optimum(belief, 0, steps) == pytest.approx(max(gains), rel=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_what_a_policy_gains_is_the_mean_over_its_paths(seed):
    belief = random_belief(seed, num_states=3)

    def decide(path, state):
        return (len(path) + state) % 2

    def policy(concentration, state, remaining):
        return np.eye(2)[(4 - remaining + state) % 2]

    wanted = gain_by_paths(belief, 1, 4, decide)
    assert policy_gain(belief, 1, 4, policy) == pytest.approx(wanted, rel=1e-10)
    assert wanted <= bayes_optimum(belief, 1, 4) + 1e-12


def test_a_mixed_policy_gains_the_mean_of_its_choices():
    belief = random_belief(5)
    even = policy_gain(belief, 0, 1, lambda *_: [0.5, 0.5])
    assert even == pytest.approx(
        (policy_gain(belief, 0, 1, lambda *_: [1, 0]) + policy_gain(belief, 0, 1, lambda *_: [0, 1])) / 2
    )


def test_one_state_is_a_bandit_without_anything_to_learn_and_one_step_is_greedy():
    assert bayes_optimum([[[1.0]]], 0, 50) == 0.0
    assert bayes_optimum(np.ones((2, 2, 2)), 0, 0) == 0.0
    belief = random_belief(7, num_states=3)
    best = max(float(expected_information_gain(row[row > 0])) for row in belief[2])
    assert bayes_optimum(belief, 2, 1) == pytest.approx(best)


def test_a_coin_and_a_known_way_back():
    """V_2 = I(1, 1) + I(2, 1) / 2: heads stay at the coin, after tails the second step is known."""
    belief = np.array([[[1.0, 1.0]], [[1.0, 0.0]]])
    gain = [float(expected_information_gain(row)) for row in ([1.0, 1.0], [2.0, 1.0])]
    assert bayes_optimum(belief, 0, 2) == pytest.approx(gain[0] + gain[1] / 2)


def test_a_hundred_steps_that_lead_one_way():
    belief = np.zeros((3, 1, 3))
    belief[0, 0, 1] = belief[1, 0, 2] = belief[2, 0, 0] = 1.0
    assert bayes_optimum(belief, 0, 100) == 0.0


def test_more_steps_and_more_choice_never_gain_less():
    belief = random_belief(11, num_states=3)
    gains = [bayes_optimum(belief, 0, steps) for steps in range(6)]
    assert (np.diff(gains) >= 0).all()
    assert bayes_optimum(belief[:, :1], 0, 5) <= gains[5]


def test_what_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(module, "MOST_BELIEFS", 1000)
    with pytest.raises(
        ValueError, match="the tree of 12 steps has more than 1000 beliefs in a world of 4 states and 2"
    ):
        bayes_optimum(np.ones((4, 2, 4)), 0, 12)


@pytest.mark.parametrize(
    ("belief", "state", "steps", "message"),
    [
        (np.ones((2, 2)), 0, 1, "shape"),
        (np.ones((2, 2, 3)), 0, 1, "shape"),
        (np.zeros((2, 2, 2)), 0, 1, "some of each pair positive"),
        (-np.ones((2, 2, 2)), 0, 1, "not negative"),
        (np.full((2, 2, 2), np.nan), 0, 1, "finite"),
        (np.ones((2, 2, 2)), 2, 1, "state is 2"),
        (np.ones((2, 2, 2)), 0, -1, "steps is -1"),
        (np.ones((2, 2, 2)), 0, 1.5, "steps is 1.5"),
    ],
)
def test_what_makes_no_sense_is_refused(belief, state, steps, message):
    with pytest.raises(ValueError, match=message):
        bayes_optimum(belief, state, steps)


@pytest.mark.parametrize("chances", [[1.0], [0.5, 0.6], [-1.0, 2.0], [np.nan, 1.0]])
def test_policies_give_probabilities(chances):
    with pytest.raises(ValueError, match="expected probabilities of 2 actions"):
        policy_gain(np.ones((2, 2, 2)), 0, 2, lambda *_: chances)


@pytest.mark.slow
def test_what_knows_the_steps_that_remain_is_near_the_optimum():
    """Random worlds, and corridors where a decoy lies on the way: in these a discounted plan falls short."""
    worlds = [*map(random_world, range(4)), *map(corridor, range(2))]
    found = []
    for world in worlds:
        most = bayes_optimum(world.concentration(), world.state, world.steps)
        found.append(
            [gain_of(name, world) / most for name in ("curious:planner=remaining-horizon", "curious", "random")]
        )
    knowing, curious, random = np.array(found).T
    assert knowing.min() >= 0.97
    assert knowing.mean() >= 0.99
    assert (np.array(found) <= 1.0 + 1e-12).all()
    assert curious[-2:].mean() < knowing[-2:].mean()
    assert random.mean() < 0.9
