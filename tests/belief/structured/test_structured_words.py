"""What was learnt, in words: conditions against their contexts, sentences in worlds with known laws, and where."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import agent
import envs
from agent.belief import serialization
from agent.belief.structured.wording.believed import believed
from agent.belief.structured.wording.conditions import condition, ranges
from agent.belief.structured.wording.description import Clause, _together
from agent.reports.views.world_maps import TELEVISION, channels_of
from tests.support.structure import Structure

CONTEXTS = st.lists(st.tuples(st.integers(-2, 4), st.integers(0, 3), st.integers(0, 1)), min_size=2, unique=True)


def numbers(text):
    """The whole numbers of `1 or 3 to 5`."""
    found = set()
    for piece in text.split(" or "):
        first, _, last = piece.partition(" to ")
        found |= set(range(int(first), int(last or first) + 1))
    return found


@given(st.sets(st.integers(-20, 20), min_size=1))
def test_ranges_leave_nothing_out(values):
    assert numbers(" or ".join(ranges(values))) == values


def test_ranges_are_of_three_at_least():
    assert ranges([5, 1, 2, 4, 6]) == ["1", "2", "4 to 6"]


@given(CONTEXTS, st.data())
def test_a_condition_tells_the_contexts_apart(contexts, data):
    """Read back word by word, it holds inside, and does not outside."""
    inside = data.draw(st.lists(st.sampled_from(contexts), min_size=1, unique=True))
    outside = [values for values in contexts if values not in inside]
    text = condition(["a", "b", "c"], inside, outside)
    assert (text == "") == (not outside)
    if not outside or text is None:
        return
    word, _, rest = text.partition(" ")
    for values in contexts:
        named = dict(zip("abc", values, strict=True))
        if rest.startswith("("):
            whose, _, told = rest.partition(" = ")
            held = str(tuple(named[name] for name in whose.strip("()").split(", "))) in re.findall(r"\(.*?\)", told)
        else:
            parts = (part.split(" = ") for part in rest.split(" and "))
            held = all(named[name] in numbers(told) for name, told in parts)
        assert (held == (word == "where")) == (values in inside)


@pytest.mark.parametrize(
    ("inside", "outside", "told"),
    [
        ([(1,), (2,), (3,)], [(0,)], "unless a = 0"),
        ([(0,)], [(1,), (2,), (4,)], "where a = 0"),
        ([(0, 1), (1, 1)], [(0, 0), (1, 0)], "where b = 1"),
        ([(0, 1)], [(0, 0), (1, 0), (1, 1)], "where a = 0 and b = 1"),
        ([(0, 0), (1, 1)], [(0, 1), (1, 0)], "where (a, b) = (0, 0) or (1, 1)"),
        (
            [(i, i) for i in range(5)],
            [(i, i + 1) for i in range(5)],
            "where (a, b) = (0, 0) or (1, 1) or (2, 2) or (3, 3) or (4, 4)",
        ),
        ([(i, i) for i in range(6)], [(i, i + 1) for i in range(6)], None),
        (
            [(2 * i,) for i in range(8)],
            [(2 * i + 1,) for i in range(8)],
            "where a = 0 or 2 or 4 or 6 or 8 or 10 or 12 or 14",
        ),
        ([(2 * i,) for i in range(9)], [(2 * i + 1,) for i in range(9)], None),
        ([(0, 1)], [(0, 1)], "here and there"),
    ],
)
def test_conditions_are_short(inside, outside, told):
    assert condition(["a", "b"][: len(inside[0])], inside, outside) == told


def test_conditions_call_values_by_their_names():
    doors, shut = ("unseen", "nothing", "a wall", "a door"), ("open", "closed")
    told = condition(["row", "ahead"], [(1, 3), (5, 3), (1, 4)], [(1, 1), (5, 2)], ["", doors])
    assert told == "where ahead is a door or 4"
    told = condition(["ahead", "state ahead"], [(3, 1)], [(3, 0), (2, 1)], [doors, shut])
    assert told == "where ahead is a closed door"
    seen = [(1, 0), (2, 0), (3, 0), (3, 1)]
    assert condition(["ahead", "state ahead"], seen[:1] + seen[2:3], seen[1:2] + seen[3:], [doors, shut]) == (
        "where ahead is nothing or an open door"
    )
    assert condition(["ahead", "state ahead"], seen[2:], seen[:2], [doors, shut]) == "where ahead is a door"
    full = [(3, 1), (3, 7)], [(3, 0)]
    assert condition(["ahead", "state ahead"], *full, [doors, shut]) == "unless ahead is an open door"
    assert condition(["ahead", "state ahead"], [(2, 7)], [(2, 0), (3, 7)], [doors, shut]) == (
        "where ahead is a wall in state 7"
    )
    assert condition(["x", "state x"], [(1, 2)], [(1, 0), (3, 2)], [(), ()]) == "where x = 1 and state x = 2"
    held = [(3, 0, 1), (1, 0, 0)], [(3, 1, 1), (1, 0, 1), (3, 1, 0)]
    assert condition(["ahead", "state ahead", "carried"], *held, [doors, shut, ("nothing", "a key")]) == (
        "where (ahead, carried) = (nothing, nothing) or (an open door, a key)"
    )
    told = condition(["a", "ahead"], [(0, 1), (1, 2)], [(0, 2), (1, 1)], ["", doors])
    assert told == "where (a, ahead) = (0, nothing) or (1, a wall)"


def lived(walk, features, num_actions=1, steps=300, **options):
    """A belief after random pairs, each followed by `walk(features, action)`, a state's number."""
    structure, rng = Structure(np.array(features), num_actions, **options), np.random.default_rng(0)
    for _ in range(steps):
        state, action = int(rng.integers(len(features))), int(rng.integers(num_actions))
        structure.observe(state, action, walk(state, action, rng))
    return structure


def test_a_law_with_an_exception():
    grid = [(i, j) for i in range(6) for j in range(6)]
    structure = lived(lambda state, *_: state if state // 6 == 5 else state + 6, grid)
    (told,) = structure.describe(["row", "column"], ["down"])
    assert re.fullmatch(r"action 0 \(down\): row \+ 1 unless row = 5, \d\d %; stays where row = 5, \d\d %", told)


def test_a_channel_that_is_off_anyway_is_not_said_to_be_turned_off():
    """Of an action that changes nothing but what is on already: in places, all of them off, it does nothing."""
    rows = [(i, 0) for i in range(8)] + [(0, j) for j in range(1, 6)]
    to_off = lambda state, *_: 0 if state >= 8 else state  # noqa: E731
    (told,) = lived(to_off, rows).describe(["row", "channel"])
    assert "channel becomes 0" in told  # of the five that are on it is true
    structure = lived(lambda state, *_: state, rows)
    assert structure.describe(["row", "channel"]) == ["action 0: stays"]


def test_values_with_names_are_told_by_what_they_become_where_that_is_one():
    """Whoever looks up and turns right looks to the right: three numbers down."""
    ways = ("right", "down", "left", "up")
    turn = lived(lambda state, *_: state // 4 * 4 + (state + 1) % 4, [(i, k) for i in range(8) for k in range(4)])
    (told,) = turn.describe(["cell", "way"])
    assert re.fullmatch(r"action 0: way \+ 1 unless way = 3, \d\d %; way (- 3|becomes 0) where way = 3, \d\d %", told)
    (told,) = turn.describe(["cell", "way"], value_names=[(), ways])
    assert re.fullmatch(r"action 0: way \+ 1 unless way is up, \d\d %; way becomes right where way is up, \d\d %", told)


def test_no_value_is_become_where_all_that_was_seen_had_one():
    """All looked to the right before they turned: one further may be what it does, wherever one looks, or down."""
    structure = Structure([(i, k) for i in range(8) for k in range(4)], 1)
    for i in 5 * list(range(8)):
        structure.observe(4 * i, 0, 4 * i + 1)
    (told,) = structure.describe(["cell", "way"], value_names=[(), ("right", "down", "left", "up")])
    assert "way + 1" in told


def test_clauses_that_say_the_same_are_one():
    """A television turned off, and no television, are two types that do the same: they are told once."""
    world = envs.make("tv-rooms")
    explorer = agent.make_agent("curious", world, seed=0, prior="structured")
    for _ in agent.interact(world, explorer, num_steps=2000, seed=0):
        pass
    for told in explorer.model.rules_in_words():
        found = [re.sub(r"( (where|unless|here|elsewhere).*)?, \d+ %$", "", each) for each in told.split("; ")]
        assert len(found) == len(set(found))
    assert [text.split(": ")[1] for text in explorer.model.rules_in_words()][4].startswith("channel becomes 0")


def test_of_clauses_that_no_words_can_place_the_first_has_none_and_the_others_are_elsewhere():
    clauses = [Clause((1,), "x + 1", None, 0.6), Clause((2,), "stays", None, 0.3), Clause((3,), "x - 1", "", 0.1)]
    assert _together(clauses) == "x + 1, 60 %; stays elsewhere, 30 %; x - 1, 10 %"
    placed = [Clause((1,), "x + 1", "where y = 1", 0.985), Clause((2,), "stays", None, 0.015)]
    assert _together(placed) == "x + 1 where y = 1"


def test_many_changes_of_one_coordinate_are_told_together():
    structure = lived(lambda state, _, rng: int(min(state + rng.integers(1, 9), 399)), [(i,) for i in range(400)])
    (told,) = structure.describe(["sum"])
    assert re.search(r"sum \+ 1 (to|\.\.\.) 8", told)
    assert len(told) < 300


def test_what_another_action_does_has_its_name():
    grid = [(i, j) for i in range(12) for j in range(12)]

    def walk(state, action, rng):
        turned = action if rng.random() < 0.8 else 1 - action
        row, column = grid[state]
        return 12 * min(row + (turned == 0), 11) + min(column + (turned == 1), 11)

    structure = lived(walk, grid, num_actions=2, steps=1500)
    for told, own in zip(structure.describe(["row", "column"], ["down", "right"]), ("down", "right"), strict=True):
        assert f"as {own}" not in told
        assert ": row + 1" in told or ": column + 1" in told


def test_nothing_is_known_before_a_fit():
    assert Structure([(0,), (1,)], 2).describe() == ["action 0: nothing is known", "action 1: nothing is known"]


@pytest.fixture(scope="module")
def explorer():
    world = envs.make("four-rooms")
    explorer = agent.make_agent("curious", world, seed=0, prior="structured")
    for _ in agent.interact(world, explorer, num_steps=600, seed=0):
        pass
    return explorer


def test_a_belief_says_who_leads_and_what_it_learnt(explorer):
    model = explorer.model
    assert model.leader == "structured"
    assert 0 < model.led_since < 100
    assert model.lead > model.prior.guard
    words = model.rules_in_words()
    assert [text.split(": ")[0] for text in words] == [
        "action 0 (up)", "action 1 (right)", "action 2 (down)", "action 3 (left)"
    ]  # fmt: skip
    moves = "row - 1", "column + 1", "row + 1", "column - 1"
    assert all(f": {move}" in text for move, text in zip(moves, words, strict=True))
    assert max(map(len, words)) < 400


def test_the_lead_is_that_of_the_leader(explorer):
    numbers = explorer.model.rules.numbers
    numbers.is_leading = 0
    try:
        assert (explorer.model.leader, explorer.model.lead) == ("empirical-bayes", -numbers.lead)
    finally:
        numbers.is_leading = 1


def test_a_belief_knows_when_its_lead_changed_and_a_restored_one_the_latest_time(explorer):
    model = explorer.model
    assert model.lead_changes[-1] == model.led_since
    assert model.lead_changes == sorted(set(model.lead_changes))
    restored = agent.make_agent("curious", envs.make("four-rooms"), seed=0, prior="structured").model
    serialization.restore(restored, serialization.arrays_of(model))
    assert restored.lead_changes == [model.led_since]
    assert agent.WorldModel(2, 3).lead_changes == []


def test_other_priors_have_no_rules():
    model = agent.WorldModel(2, 3)
    assert (model.leader, model.led_since, model.lead, model.rules_in_words()) == (None, None, None, [])


@pytest.fixture(scope="module")
def watcher():
    """Rules of a grid with televisions, whether each known state is one, and what is believed in all of them."""
    world = envs.make("grid")
    explorer = agent.make_agent("curious", world, seed=3, prior="structured")
    for _ in agent.interact(world, explorer, num_steps=2000, seed=3):
        pass
    mdp = envs.true_mdp(world)
    assert mdp is not None
    states = explorer.model.known_states()
    is_screen = channels_of(envs.as_states(world), mdp)[states] == TELEVISION
    return explorer.model, is_screen, believed(explorer.model, states)


def test_an_exception_that_is_too_rare_to_be_told_is_believed_where_it_holds(watcher):
    """To watch turns channels on before a television alone, which are two of a hundred places and more."""
    model, is_screen, found = watcher
    assert found.words == model.rules_in_words()
    assert "channel +" not in found.words[4]
    clause, weight = found.clause[:, 4], found.weight[:, 4]
    (rule,), (exception,) = set(clause[~is_screen].tolist()), set(clause[is_screen].tolist())
    assert is_screen.sum() == 2
    assert found.clauses[4][rule].what == "channel becomes 0"
    assert found.clauses[4][exception].what.startswith("channel + ")
    assert found.clauses[4][exception].share < 0.02
    assert (weight > 0.9).all()


def test_the_likeliest_clause_weighs_no_less_than_an_equal_share_and_no_more_than_all(watcher):
    _, _, found = watcher
    for action, those in enumerate(found.clauses):
        assert sum(clause.share for clause in those) == pytest.approx(1.0)
        assert (found.weight[:, action] * len(those) >= 1 - 1e-9).all()
        assert (found.weight[:, action] <= 1 + 1e-9).all()


def test_where_nothing_is_known_no_clause_is_believed():
    found = believed(Structure([(0,), (1,)], 2).model, np.array([0]))
    assert found.clauses == [[], []]
    assert found.clause.tolist() == [[-1, -1]]
    assert found.weight.tolist() == [[0.0, 0.0]]
