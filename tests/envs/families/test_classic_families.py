"""Worlds of the classic exploration literature: rows, rewards and optimal values written out from their definitions."""

import numpy as np
import pytest

import envs
from agent.planners.value_iteration import solve


def arrays(name, **kwargs):
    """Transitions, rewards of outcomes (or of pairs, repeated), and the process."""
    mdp = envs.make(name, **kwargs).unwrapped.mdp
    shape = (mdp.num_states, mdp.num_actions, mdp.num_states)
    p = mdp.transition.toarray().reshape(shape)
    if mdp.outcome_reward is None:
        return p, np.repeat(mdp.reward[:, :, None], mdp.num_states, axis=2) * (p > 0), mdp
    paid = mdp.transition.copy()
    paid.data = mdp.outcome_reward
    return p, paid.toarray().reshape(shape), mdp


def outcomes(p, state, action):
    """Next states and their probabilities, rounded to twelve digits."""
    return {int(s): round(float(p[state, action, s]), 12) for s in np.flatnonzero(p[state, action])}


def paid_pairs(mdp):
    return {(s, a): float(mdp.reward[s, a]) for s, a in np.argwhere(mdp.reward).tolist()}


def average_reward(mdp):
    """Of the optimal policy: (1 - discount) * value, up to a bias that the discount makes small."""
    plan = solve(mdp.with_resets(), 0.99999, 1.0)
    assert plan.loss_bound <= 2
    return (1 - 0.99999) * plan.value[0]


def drawn(name, num_worlds=200):
    """Transitions of worlds drawn by the first seeds, `[worlds, S, A, S]`."""
    return np.array([arrays(name, world_seed=seed)[0] for seed in range(num_worlds)])


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("storck", (1, 10)),
        ("six-arms", (3, 3)),
        ("chain", (1, 5)),
        ("double-loop", (3, 5)),
        ("flags", (13, 31)),
        ("deep-sea", (11, 10)),
        ("generalised-chain", (1, 5)),
        ("generalised-double-loop", (3, 5)),
        ("generalised-grid", (5, 5)),
    ],
)
def test_every_state_has_a_place_of_its_own(name, places):
    world = envs.make(name).unwrapped
    assert world.picture.codes.shape == places
    assert len({tuple(place) for place in world.mdp.position.tolist()}) == world.mdp.num_states
    assert world.mdp.position.min() == 0


def test_storck():
    p, _, mdp = arrays("storck", num_states=4)
    assert outcomes(p, 0, 0) == outcomes(p, 0, 1) == outcomes(p, 0, 2) == {0: 1}
    assert outcomes(p, 0, 3) == {1: 1}
    assert outcomes(p, 2, 3) == {3: 1}
    assert outcomes(p, 2, 2) == {2: 1}
    for action in range(4):
        assert outcomes(p, 3, action) == {0: 0.25, 1: 0.25, 2: 0.25, 3: 0.25}
    assert not mdp.reward.any()


def test_storck_has_the_published_entropy():
    """460.517 nats for n = 100: a hundred pairs of log 100 (Storck et al. 1995)."""
    probability = envs.make("storck", num_states=100).unwrapped.mdp.transition.data
    assert -np.sum(probability * np.log(probability)) == pytest.approx(460.517, abs=5e-4)


def test_river_of_strehl_and_littman():
    p, paid, mdp = arrays("river-swim", variant="strehl-littman")
    assert p.shape == (6, 2, 6)
    assert [outcomes(p, state, 0) for state in range(6)] == [{0: 1}, {0: 1}, {1: 1}, {2: 1}, {3: 1}, {4: 1}]
    assert outcomes(p, 0, 1) == {0: 0.7, 1: 0.3}
    for state in (1, 2, 3, 4):
        assert outcomes(p, state, 1) == {state - 1: 0.1, state: 0.6, state + 1: 0.3}
    assert outcomes(p, 5, 1) == {4: 0.7, 5: 0.3}
    assert mdp.start.tolist() == [0, 0.5, 0.5, 0, 0, 0]
    assert {tuple(at): paid[tuple(at)] for at in np.argwhere(paid).tolist()} == {(0, 0, 0): 5, (5, 1, 5): 10_000}


@pytest.mark.slow
def test_river_of_strehl_and_littman_is_worth_swimming_up():
    """Detailed balance, always right: .3 up and .1 down but .7 in the last, hence weights 1, 3, 9, 27, 81, 243/7."""
    weight = np.array([1, 3, 9, 27, 81, 81 * 0.3 / 0.7])
    mdp = envs.make("river-swim", variant="strehl-littman").unwrapped.mdp
    assert average_reward(mdp) == pytest.approx(3000 * weight[-1] / weight.sum(), rel=1e-3)


def test_river_may_be_of_any_length():
    assert envs.make("river-swim", variant="strehl-littman", num_states=9).unwrapped.mdp.num_states == 9
    with pytest.raises(ValueError, match="num_states is 2, expected at least 3"):
        envs.make("river-swim", variant="strehl-littman", num_states=2)
    with pytest.raises(ValueError, match="variant is 'amazon', expected one of osband, strehl-littman"):
        envs.make("river-swim", variant="amazon")


def test_six_arms():
    p, _, mdp = arrays("six-arms")
    assert p.shape == (7, 6, 7)
    hub = [{1: 1}, {0: 0.85, 2: 0.15}, {0: 0.9, 3: 0.1}, {0: 0.95, 4: 0.05}, {0: 0.97, 5: 0.03}, {0: 0.99, 6: 0.01}]
    assert [outcomes(p, 0, action) for action in range(6)] == hub
    assert [outcomes(p, 1, action) for action in range(6)] == [{1: 1}, {1: 1}, {1: 1}, {1: 1}, {0: 1}, {1: 1}]
    for arm in range(2, 7):
        for action in range(6):
            assert outcomes(p, arm, action) == ({arm: 1} if action == arm - 1 else {0: 1})
    first = {(1, action): 50 for action in (0, 1, 2, 3, 5)}
    assert paid_pairs(mdp) == first | {(2, 1): 133, (3, 2): 300, (4, 3): 800, (5, 4): 1660, (6, 5): 6000}


def test_six_arms_value_of_waiting_for_the_best():
    """V = 6000 d / (1 - d) p / (1 - d (1 - p)), with p = .01 a step to get in and discount d = .999."""
    value = 6000 * 0.999 / 0.001 * 0.01 / (1 - 0.999 * 0.99)
    plan = solve(envs.make("six-arms").unwrapped.mdp, 0.999, 1e-3)
    assert plan.value[0] == pytest.approx(value, rel=1e-6)
    assert plan.policy[0] == 5


def test_chain():
    p, paid, mdp = arrays("chain")
    assert p.shape == (5, 2, 5)
    for state, ahead in enumerate((1, 2, 3, 4, 4)):
        assert outcomes(p, state, 0) == {0: 0.2, ahead: 0.8}
        assert outcomes(p, state, 1) == {0: 0.8, ahead: 0.2}
    assert np.all(paid[:, :, 0] == 2)
    assert np.all(paid[4, :, 4] == 10)
    assert np.count_nonzero(paid) == 12
    assert mdp.reward[4, 0] == pytest.approx(8.4)


@pytest.mark.slow
def test_chain_has_the_published_optimum():
    """3677 in 1000 steps (Poupart et al. 2006, "BEETLE", ICML, table 1): .2 * 2 + .8 * 10 * .8**4 a step."""
    assert 1000 * average_reward(envs.make("chain").unwrapped.mdp) == pytest.approx(3677, abs=0.5)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"num_states": 1}, "num_states is 1, expected at least 2"),
        ({"slip": 1.5}, "slip is 1.5, expected 0 to 1"),
        ({"slip": float("nan")}, "slip is nan"),
    ],
)
def test_chains_that_cannot_be(kwargs, message):
    with pytest.raises(ValueError, match=message):
        envs.make("chain", **kwargs)


def test_double_loop():
    p, _, mdp = arrays("double-loop")
    assert p.argmax(axis=2)[:, 0].tolist() == [1, 2, 3, 4, 0, 0, 0, 0, 0]
    assert p.argmax(axis=2)[:, 1].tolist() == [5, 2, 3, 4, 0, 6, 7, 8, 0]
    assert set(np.unique(p)) == {0, 1}
    assert paid_pairs(mdp) == {(4, 0): 1, (4, 1): 1, (8, 0): 2, (8, 1): 2}


def test_double_loop_is_worth_two_every_five_steps():
    """And from the start 2 d**4 / (1 - d**5), with discount d."""
    mdp = envs.make("double-loop").unwrapped.mdp
    assert average_reward(mdp) == pytest.approx(2 / 5, abs=1e-4)
    assert solve(mdp, 0.9, 1e-9).value[0] == pytest.approx(2 * 0.9**4 / (1 - 0.9**5))
