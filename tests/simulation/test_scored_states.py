"""Scores of a part of a world: against sums over the pairs that are meant."""

import numpy as np
import pytest

import agent
import envs
from agent import run
from agent.simulation.scored_states import pairs_within, states_of


@pytest.fixture(scope="module")
def television():
    env = envs.make("noisy-tv")
    mdp = envs.true_mdp(env)
    assert mdp is not None
    return env, mdp


def test_the_grid_of_a_noisy_television_is_what_leads_nowhere_else(television):
    """49 cells of 5 actions, without the three pairs that lead to the channels; channels themselves are out."""
    _, mdp = television
    chosen = states_of(["placed"], mdp)
    np.testing.assert_array_equal(chosen, states_of(["0-48"], mdp))
    within = pairs_within(chosen, mdp)
    rows = mdp.transition.toarray() > 0
    counted = [
        chosen[pair // mdp.num_actions] and all(chosen[state] for state in np.flatnonzero(row))
        for pair, row in enumerate(rows)
    ]
    np.testing.assert_array_equal(within, counted)
    assert within.sum() == 49 * 5 - 3


def test_a_score_is_the_sum_over_the_pairs_that_are_meant(television):
    env, mdp = television
    player = agent.make_agent("random", env, seed=1)
    chosen = states_of(["placed"], mdp)
    part, whole = agent.Truth(player.model, mdp, states=chosen), agent.Truth(player.model, mdp)
    for _ in agent.interact(env, player, 600, seed=3):
        part.update()
        whole.update()
    within = pairs_within(chosen, mdp)
    rows = mdp.transition.toarray()
    predicted = np.stack([player.model.predictive(pair // 5, pair % 5) for pair in np.flatnonzero(within)])
    true = rows[within]
    divergence = np.sum(true * np.log(np.where(true > 0, true, 1) / predicted[:, : true.shape[1]]))
    assert part.missing_information == pytest.approx(divergence)
    assert part.missing_information < whole.missing_information
    assert part.num_pairs == within.sum()
    uniform = np.sum(true * np.log(np.where(true > 0, true, 1) * mdp.num_states))
    assert part.yardstick == pytest.approx(uniform)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["0-80"], "got 0-80, expected states from 0 to 78"),
        (["3-1"], "got '3-1', expected states such as 0-48, or placed"),
        (["grid"], "got 'grid', expected states such as 0-48, or placed"),
        (["-1"], "got '-1', expected"),
    ],
)
def test_states_that_are_none_are_refused(television, words, message):
    with pytest.raises(ValueError, match=message):
        states_of(words, television[1])


def test_a_world_without_a_map_has_no_places_and_one_of_nothing_no_score():
    env = envs.make("dense")
    mdp = envs.true_mdp(env)
    with pytest.raises(ValueError, match="the world has no map"):
        states_of(["placed"], mdp)
    with pytest.raises(ValueError, match="no pair is left to be scored"):
        agent.Truth(agent.make_agent("random", env).model, mdp, states=states_of(["0"], mdp))


@pytest.mark.slow
def test_a_run_is_scored_by_the_part_and_lives_the_same_life(tmp_path):
    words = ["--env", "noisy-tv", "--steps", "300", "--baseline", "none", "--quiet", "--out", str(tmp_path)]
    assert run.main(words) == 0
    assert run.main([*words, "--score-states", "placed"]) == 0
    whole, part = sorted(map(agent.load_run, tmp_path.iterdir()), key=lambda each: "score_states" in each.config)
    np.testing.assert_array_equal(part.trace["state"], whole.trace["state"])
    assert part.summary["missing_information_nats"] < whole.summary["missing_information_nats"]
    assert part.config["score_states"] == ["placed"]
    assert run.main(["--config", str(part.directory / "config.json"), "--quiet", "--out", str(tmp_path)]) == 0
    assert len(list(tmp_path.iterdir())) == 2


def test_what_cannot_be_scored_is_refused_in_one_line(capsys, tmp_path):
    for words, message in ((["0-999"], "expected states from 0 to 78"), (["x"], "expected states such as 0-48")):
        assert run.main(["--env", "noisy-tv", "--score-states", *words, "--out", str(tmp_path)]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert message in error
