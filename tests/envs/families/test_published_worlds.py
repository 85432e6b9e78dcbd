"""Worlds of publications that are compared with: rows written out from their definitions, and their check values."""

import numpy as np
import pytest

import envs
from agent.simulation.measures import model_error, value_error

NO_STEPS = {name: np.zeros(0, int) for name in ("state", "action", "next_state")}
AT_FIRST = np.array([0])


def arrays(name, **kwargs):
    mdp = envs.make(name, **kwargs).unwrapped.mdp
    assert len({tuple(place) for place in mdp.position.tolist()}) == mdp.num_states
    return mdp.transition.toarray().reshape(mdp.num_states, mdp.num_actions, -1), mdp


def best_value(p, mdp, horizon, discount):
    """Backward induction, dense."""
    value = np.zeros(mdp.num_states)
    for _ in range(horizon):
        value = (mdp.reward + discount * p @ value).max(axis=1)
    return mdp.start @ value


def test_the_double_chain_has_the_value_of_its_publication():
    p, mdp = arrays("double-chain")
    assert p.shape == (31, 2, 31)
    assert np.flatnonzero(mdp.start).tolist() == [15]
    for state in range(31):
        for action, way in enumerate((-1, 1)):
            expected = np.zeros(31)
            expected[min(max(state + way, 0), 30)] += 0.95
            expected[min(max(state - way, 0), 30)] += 0.05
            np.testing.assert_allclose(p[state, action], expected, atol=1e-15)
    assert np.argwhere(mdp.reward).tolist() == [[30, 0], [30, 1]]
    np.testing.assert_allclose(mdp.reward[30], [0.05, 0.95])
    assert best_value(p, mdp, 20, 0.99) == pytest.approx(2.6495, abs=5e-5)  # Kaufmann et al. 2021, code of the authors


def test_the_open_grid_has_the_value_of_its_publication():
    p, mdp = arrays("open-grid")
    cells = p.reshape(21, 21, 4, 21, 21)
    assert np.flatnonzero(mdp.start).tolist() == [10 * 21 + 10]
    assert cells[10, 10, 1, 10, 11] == 0.95
    assert cells[10, 10, 1, 9, 10] == cells[10, 10, 1, 11, 10] == cells[10, 10, 1, 10, 9] == pytest.approx(0.05 / 3)
    assert cells[0, 5, 1, 0, 6] == 0.95
    assert cells[0, 5, 1, 0, 4] == cells[0, 5, 1, 1, 5] == pytest.approx(0.025)  # beside, but for the wall
    assert cells[0, 0, 2, 1, 0] == 0.95
    assert cells[0, 0, 2, 0, 1] == pytest.approx(0.05)
    assert cells[0, 0, 0, 0, 0] == cells[20, 7, 2, 20, 7] == 1
    np.testing.assert_array_equal(mdp.reward, p[:, :, 16 * 21 + 16])
    assert best_value(p, mdp, 20, 0.99) == pytest.approx(3.748, abs=5e-4)  # Kaufmann et al. 2021, figure


@pytest.mark.parametrize("name", ["double-chain", "open-grid"])
def test_who_knows_nothing_thinks_that_hardly_anything_is_paid(name):
    """Uniform everywhere: every state is worth the mean of the best rewards, stage by stage."""
    _, mdp = arrays(name)
    value = mdp.reward.max(axis=1)
    total = sum(0.99**k for k in range(1, 20)) * value.mean() + mdp.start @ value
    best = best_value(*arrays(name), 20, 0.99)
    assert value_error(NO_STEPS, AT_FIRST, mdp)[0] == pytest.approx(best - total)


def test_the_wheel_is_as_wrong_at_the_start_as_published():
    p, mdp = arrays("wheel")
    left, right, stay, centre, noisy = p.transpose(1, 0, 2)
    np.testing.assert_array_equal(left[1:, 1:], np.roll(np.eye(4), -1, axis=1))
    np.testing.assert_array_equal(right[1:, 1:], np.roll(np.eye(4), 1, axis=1))
    np.testing.assert_array_equal(stay, np.eye(5))
    assert np.all(centre[1:, 0] == 1)
    np.testing.assert_allclose(noisy[1:], (left + right + stay + centre)[1:] / 4)
    assert np.all(p[0, :4, 0] == 1)
    np.testing.assert_allclose(noisy[0], [0, 0.25, 0.25, 0.25, 0.25])
    assert model_error(NO_STEPS, AT_FIRST, mdp)[0] == pytest.approx(1.36)  # Tarbouriech et al. 2020


def test_the_noisy_river_is_as_wrong_at_the_start_as_published():
    p, mdp = arrays("noisy-river")
    river, _ = arrays("river-swim", num_states=12)
    np.testing.assert_array_equal(p[:, :2], river)
    for state in range(12):
        noisy, still = (2, 3) if (state + 1) % 2 else (3, 2)
        np.testing.assert_allclose(p[state, noisy], 1 / 12)
        assert p[state, still, state] == 1
    assert model_error(NO_STEPS, AT_FIRST, mdp)[0] == pytest.approx(1.3125)  # Tarbouriech et al. 2020


def test_the_shortest_path_goes_on_where_it_leads_out_of_the_field():
    p, mdp = arrays("shortest-path")
    assert p.shape == (12, 4, 12)
    assert (mdp.start[0], mdp.terminal.tolist()) == (1, [False] * 11 + [True])
    np.testing.assert_allclose(p[0, 1, [0, 1, 4]], [0.1, 0.85, 0.05])
    np.testing.assert_allclose(p[5, 2, [1, 4, 6, 9]], [0.05, 0.05, 0.05, 0.85])
    np.testing.assert_allclose(p[10, 1, [6, 9, 10, 11]], [0.05, 0.05, 0.05, 0.85])
    assert np.all(mdp.outcome_reward == (mdp.transition.indices == 11))
    np.testing.assert_allclose(mdp.reward, p[..., 11], atol=1e-15)


@pytest.mark.parametrize(
    ("name", "kwargs", "message"),
    [
        ("open-grid", {"side": 20}, "expected an odd number"),
        ("double-chain", {"num_states": 2}, "at least 3"),
        ("double-chain", {"slip": 1.5}, "a probability, 0 to 1"),
        ("wheel", {"num_states": 3}, "at least 4"),
        ("noisy-river", {"num_states": 1}, "at least 2"),
        ("shortest-path", {"columns": 1}, "at least 2"),
    ],
)
def test_what_makes_no_world_is_refused(name, kwargs, message):
    with pytest.raises(ValueError, match=message):
        envs.make(name, **kwargs)
