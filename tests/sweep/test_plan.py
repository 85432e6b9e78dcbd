"""A plan in TOML is read as the comparisons that it asks for, or refused in a line."""

import pytest

from agent.sweep import plan

PLAN = """
seeds = 4
agents = ["curious", "random"]

[[comparison]]
env = ["lock", "river-swim"]
discount = [0.9, 0.99]
first-seed = [0, 100]

[[comparison]]
env = "grid"
agents = [["count"], ["random", "least-taken"]]
env_kwargs = [{slip = 0.2}, {}]
steps = 50
"""


@pytest.fixture
def written(tmp_path):
    def written(text):
        (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
        return str(tmp_path / "plan.toml")

    return written


def test_lists_are_all_combinations_and_tables_override_what_holds_for_all(written):
    asked = plan.read(written(PLAN))
    first = [(each.env, each.agents, each.discount, each.first_seed) for each in asked[:4]]
    worlds, agents = ("lock", "river-swim"), ("curious", "random")
    assert first == [(worlds, agents, discount, seed) for discount in (0.9, 0.99) for seed in (0, 100)]
    second = [(each.env, each.agents, each.env_kwargs, each.seeds, each.steps) for each in asked[4:]]
    grid = ("grid",)
    assert second == [
        (grid, agents, kwargs, 4, 50)
        for agents in (("count",), ("random", "least-taken"))
        for kwargs in (("slip=0.2",), ())
    ]


def test_a_plan_without_tables_is_one_comparison(written):
    (asked,) = plan.read(written('env = "lock"\nseeds = 2'))
    assert (asked.env, asked.seeds) == (("lock",), 2)


def test_every_world_has_a_comparison(written):
    resolved = plan.prepare(plan.read(written('env = ["lock", "river-swim"]\nseeds = 2\nsteps = [20, 30]')))
    assert [(each["env"], each["steps"]) for each in resolved] == [
        ("lock", 20),
        ("river-swim", 20),
        ("lock", 30),
        ("river-swim", 30),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("seeds = ", "cannot be read"),
        ("sedes = 3", "unknown option 'sedes'"),
        ('out = "elsewhere"', "unknown option 'out'"),
        ("seeds = 1.5", "seeds: got 1.5, expected a whole number"),
        ("seeds = true", "seeds: got True"),
        ("discount = 2026-01-01", "discount: got"),
        ("comparison = 3", "comparison: got 3, expected tables"),
        ("first-seed = 1\nfirst_seed = 2", "first_seed comes more than once"),
        ("seeds = [1, [2]]", "seeds: got [2]"),
        ('env = "nowhere"', "nowhere"),
        ("seeds = 0", "--seeds: got 0"),
        ("agents = []", "--agents: got none"),
        ("seeds = [2, 2]", "more than once for the same comparison in grid"),
        ('env = "lock"\nagents = ["curious", "curious:discount=.99"]', "would live the same life"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(written, text, reason):
    with pytest.raises(ValueError, match=r"\S") as error:
        plan.prepare(plan.read(written(text)))
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_a_plan_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"there is no such file; expected a plan in TOML"):
        plan.read(str(tmp_path / "none.toml"))
