"""A run that was cut short and gone on with leaves what the same run leaves in one piece, byte for byte."""

import pytest

from agent.experiments.resuming import living
from tests.support.cut_lives import assert_same, job
from tests.support.every_agent import EVERY_AGENT

GRID = "--env", "grid", "--env-kwargs", "size=9"
PLANNERS = "value-iteration", "finite-horizon:5", "remaining-horizon", "greedy"
PRIORS = "structured", "symmetric:2", "local", "equal-targets:5"


@pytest.fixture(autouse=True)
def _may_be_cut_anywhere(monkeypatch):
    monkeypatch.setattr(living, "CHUNK", 1)
    monkeypatch.setattr(living, "FEWEST", 1)


@pytest.mark.parametrize("agent", EVERY_AGENT)
def test_of_every_agent(agent, tmp_path):
    assert_same(job(tmp_path / "runs", *GRID, "--agent", agent["name"], "--steps", 300), (70, 71, 200), tmp_path)


@pytest.mark.parametrize("planner", PLANNERS)
def test_of_every_planner(planner, tmp_path):
    assert_same(job(tmp_path / "runs", *GRID, "--planner", planner, "--steps", 300), (1, 150, 299), tmp_path)


@pytest.mark.parametrize("prior", PRIORS)
def test_of_every_prior(prior, tmp_path):
    assert_same(job(tmp_path / "runs", *GRID, "--prior", prior, "--steps", 300), (33, 200), tmp_path)


BONUSES = (
    "realised-gain",
    "learning-progress",
    "empowerment",
    "novelty-and-gain:weight=.3",
    "predicted-information-gain",
)


@pytest.mark.parametrize("bonus", BONUSES)
def test_of_bonuses_that_remember(bonus, tmp_path):
    assert_same(job(tmp_path / "runs", *GRID, "--bonus", bonus, "--steps", 200), (50, 120), tmp_path)


@pytest.mark.parametrize("belief", ["gaussian", "normal-gamma", "beta"])
def test_of_beliefs_about_rewards(belief, tmp_path):
    given = "--reward-belief", belief, "--reward-weight", 1
    assert_same(job(tmp_path / "runs", *GRID, *given, "--steps", 200), (50, 120), tmp_path)


WORLDS = "river-swim", "flags", "lock", "tv-rooms", "random-mdp", "one-two-three"
WALKED = "FrozenLake-v1", "Blackjack-v1", "Taxi-v4"


@pytest.mark.parametrize("world", WORLDS)
def test_in_worlds_of_all_kinds(world, tmp_path):
    assert_same(job(tmp_path / "runs", "--env", world, "--steps", 200), (50, 120), tmp_path)


@pytest.mark.parametrize("world", WALKED)
def test_in_worlds_that_are_walked_through_again(world, tmp_path):
    assert_same(job(tmp_path / "runs", "--env", world, "--steps", 200), (50, 120), tmp_path)
