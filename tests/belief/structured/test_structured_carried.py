"""Rules that are carried elsewhere: what they predict there, that they give way, and what is refused."""

import copy
import os
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from agent import WorldModel
from agent.belief import serialization
from agent.belief.structured.carrying.keeping import kept_rules
from agent.belief.structured.carrying.rules import NAMES, PREFIX, Rules
from agent.belief.structured.carrying.table import WEIGHTS
from agent.belief.structured.saving import _forget
from agent.belief.structured.tables import ADD, SHARE, TYPES
from tests.support.structure import Structure
from tests.support.structured_life import flags, slippery_grid, walk, walked
from tests.support.structured_oracle import Oracle

GRID = slippery_grid()
ELSEWHERE = slippery_grid(5, 6, walls=((0, 2), (3, 1), (3, 4)))


def rules_in(structure):
    """The rules of a belief, to be carried."""
    return Rules({name.removeprefix(PREFIX): array for name, array in kept_rules(structure.model).items()})


@cache
def rules_of(world="grid", steps=400):
    return rules_in(walked(steps, world=GRID if world == "grid" else flags())[0])


def permuted(world):
    """The world in which every action does what the next one did."""
    mdp, features = world
    order = np.arange(mdp.num_states)[:, None] * mdp.num_actions + np.roll(np.arange(mdp.num_actions), -1)
    return type(mdp)(mdp.transition[order.ravel()], mdp.reward, mdp.start, mdp.terminal), features


LIVES = {
    **{f"elsewhere-{steps}": {"steps": steps, "world": ELSEWHERE} for steps in (0, 3, 15, 150)},
    "permuted": {"steps": 40, "world": permuted(ELSEWHERE), "guard": 1e300},
    "not all known": {"steps": 100, "world": ELSEWHERE, "known": np.arange(len(ELSEWHERE[1])) % 3 > 0},
    "flags": {"steps": 100, "world": flags(), "seed": 2, "from_": "flags"},
}


@cache
def life(name):
    options = {"from_": "grid", **LIVES[name]}
    return walked(carried=rules_of(options.pop("from_")), **options)


@pytest.mark.parametrize("name", LIVES)
def test_predictions_are_those_of_the_mixture_with_what_was_carried_as_counts(name):
    structure, mdp = life(name)
    oracle, pairs = Oracle(structure), np.argwhere(mdp.reachable_pairs())
    for state, action in pairs[:: max(len(pairs) // 40, 1)]:
        mixture = oracle.mixture(int(state), int(action))
        dense, unnamed = structure.predictive(int(state), int(action))
        assert dense.sum() + unnamed == pytest.approx(1.0, abs=1e-13)
        assert_allclose([*dense, unnamed], mixture.probabilities, rtol=1e-9, atol=1e-14)
        assert structure.expected_gain(int(state), int(action)) == pytest.approx(mixture.expected_gain, rel=1e-8)


def test_what_was_carried_into_a_belief_that_has_seen_nothing_is_what_it_gives_on():
    for world in ("grid", "flags"):
        given = rules_of(world)
        structure, _ = walked(0, world=GRID if world == "grid" else flags(), carried=given)
        again = rules_in(structure)
        for name, array in given.arrays.items():
            assert_array_equal(again.arrays[name], array, err_msg=name)
        assert again.digest == given.digest


def test_labels_types_and_contexts_are_those_of_the_source_added_up():
    """By hand, from what visited pairs contribute; labels that mean this very state are left out."""
    known = np.arange(len(GRID[1])) > 0  # not all of them are: nothing is fitted anew to be carried
    structure, _ = walked(400, world=GRID, known=known)
    given, tables = rules_in(structure), structure.tables
    assert (given.arrays["label_kind"] == ADD).any()
    visited, actions = tables.visited, tables.visited.pair[: tables.numbers.num_visited] % 4
    for action in range(4):
        own = np.flatnonzero((given.arrays["context_action"] == action) & (given.arrays["context_parent"] == -1))
        shares = visited.responsibility.reshape(-1, TYPES)[: len(actions)][actions == action].sum(axis=0) / SHARE
        told = given.arrays["context_weight"].reshape(-1, TYPES)[own[0]]
        assert told.sum() <= shares.sum() + 1e-9
        assert set(told[told > 0]) <= set(shares)


def test_a_belief_that_forgets_at_once_is_as_if_nothing_had_been_carried():
    """To the last bit, whatever it sees then."""
    mdp, features = ELSEWHERE
    one, other = (Structure(features, 4, carried=carried) for carried in (None, rules_of()))
    for action in range(4):
        _forget(other.address, action)
    one.numbers.is_all_due = other.numbers.is_all_due = 1
    for structure in (one, other):
        walk(structure, mdp, 150, seed=5)
    first, second = (serialization.arrays_of(structure.model) for structure in (one, other))
    for name in first.keys() - {"listed"}:
        assert_array_equal(first[name], second[name], err_msg=name)


def test_rules_that_hold_predict_from_the_first_step():
    """Beside a belief that learns them anew, over what happens to both."""
    mdp, features = ELSEWHERE
    gains = []
    for seed in range(5):
        leads = [walk(Structure(features, 4, carried=c), mdp, 60, seed).numbers.lead for c in (None, rules_of())]
        gains.append(leads[1] - leads[0])
    assert min(gains) > 10.0  # nats


@cache
def rules_of_certain_moves():
    return rules_in(walked(400, world=slippery_grid(slip=0.0))[0])


CERTAIN_PERMUTED = permuted(slippery_grid(5, 6, walls=((0, 2), (3, 1), (3, 4)), slip=0.0))


@pytest.mark.parametrize("seed", range(4))
def test_rules_of_permuted_actions_are_forgotten_within_a_few_steps(seed):
    """Where moves never slip; else what an action did elsewhere is here a slip of it, and better than nothing.

    What was seen of an action that is forgotten is fitted at once. Later fits come when they come in a belief that
    nothing was carried into.
    """
    mdp, features = CERTAIN_PERMUTED
    structure, fresh = (Structure(features, 4, carried=c, guard=3.0) for c in (rules_of_certain_moves(), None))
    due, untrusted = [], np.zeros(4, bool)

    def each(_):
        nonlocal untrusted
        due.append(structure.numbers.next_refit)
        tables, before = structure.tables, untrusted
        untrusted = tables.carried.trust == 0.0
        is_fitted = tables.actions.num_types > 0
        assert (is_fitted == (tables.actions.num_visited >= 2))[untrusted & ~before].all()

    walk(structure, mdp, 15, seed, each)
    assert untrusted.all()
    walk(fresh, mdp, 15, seed, lambda _: due.append(fresh.numbers.next_refit))
    assert due[:15] == due[15:]


def test_what_is_forgotten_is_not_held_against_what_is_learnt_here():
    """All is forgotten at the third step, by then of three actions.

    The guard's ledger is then that of a belief with the same labels and types, for which nothing speaks, in that life.
    What other actions would do here is left out: it is told by rules that were still trusted then.
    """
    mdp, features = CERTAIN_PERMUTED
    arrays = rules_of_certain_moves().arrays
    nothing = Rules({**arrays, **{name: 0.0 * arrays[name] for name in ("type_mass", "context_weight")}})
    structure, other = (Structure(features, 4, carried=c, guard=3.0) for c in (rules_of_certain_moves(), nothing))
    for each in (structure, other):
        each.numbers.num_siblings = 0
        walk(each, mdp, 3, seed=36)
    assert not structure.tables.carried.trust.any()
    assert structure.numbers.lead < -3.0
    assert structure.numbers.recent_lead == pytest.approx(other.numbers.lead, rel=1e-9)
    assert structure.numbers.num_first == structure.numbers.unforeseen == 0.0  # nor does anybody doubt rules for it
    walk(structure, mdp, 9, seed=36)
    assert structure.numbers.num_first > 3.0


def test_one_action_that_means_something_else_is_forgotten_alone():
    """Action 3 stands still here: the others keep what is known of them."""
    mdp, features = ELSEWHERE
    rows = mdp.transition.tolil()
    for state in range(mdp.num_states):
        rows[state * 4 + 3] = 0.0
        rows[state * 4 + 3, state] = 1.0
    other = type(mdp)(type(mdp.transition)(rows.tocsr()), mdp.reward, mdp.start, mdp.terminal)
    structure = walk(Structure(features, 4, carried=rules_of(), guard=3.0), other, 200)
    assert structure.tables.carried.trust[3] < 1.0
    assert structure.tables.carried.trust[:3].all()


@pytest.mark.parametrize(
    ("ahead", "in_force"),
    [
        ((5.0, 5.5, 5.6), 1.0),
        ((5.0, 5.5, 6.2), 1 / 64),
        ((-1.2, 0.0, -0.6), 1 / 8),
        ((-1.0, -0.5, -0.6), 1.0),
        ((-2.5, -1.0, -1.1), 0.0),
    ],
)
def test_what_all_actions_say_together_is_in_force_for_all(ahead, in_force):
    """Each of four is ahead of the weight in force by less than the guard of 3 nats; full trust may cost 6 in all."""
    structure = Structure(ELSEWHERE[1], 4, carried=rules_of(), guard=3.0)
    structure.begin(0)
    structure.tables.carried.ahead[:] = ahead * 4
    structure.observe(0, 0, 0)
    assert structure.tables.carried.trust.tolist() == [in_force] * 4


def test_an_action_that_is_trusted_less_says_no_more_against_the_others():
    structure = Structure(ELSEWHERE[1], 4, carried=rules_of(), guard=3.0)
    structure.begin(0)
    structure.tables.carried.trust[3], structure.tables.carried.ahead[9:] = 1 / 64, (-30.0, -1.0, 1.0)
    structure.observe(0, 0, 0)
    assert structure.tables.carried.trust.tolist() == [1.0, 1.0, 1.0, 1 / 64]


def test_who_steers_doubts_rules_of_elsewhere_that_were_not_tried_once_others_were_wrong():
    """Action 0 does what action 1 did. Action 2 is said to be known, so nobody would find out that it is."""
    mdp, features = slippery_grid(5, 6, walls=((0, 2), (3, 1), (3, 4)), slip=0.0)
    structure = Structure(features, 4, carried=rules_of_certain_moves(), guard=3.0)
    restored = Structure(features, 4, carried=rules_of_certain_moves(), guard=3.0)
    structure.numbers.is_leading, leads_to = 1, mdp.transition.toarray().argmax(axis=1).reshape(-1, 4)
    *places, untried = [state for state, there in enumerate(leads_to.tolist()) if state not in there]  # no wall is near
    for tried, does, mistrusted in ((0, 1, 1 / 2), (3, 3, 1 / 3), (2, 2, 0.0)):
        for state in places:
            if structure.tables.carried.trust[tried] > 0.0 and not Oracle(structure).is_ahead(tried):
                structure.begin(state)
                structure.observe(state, tried, int(leads_to[state, does]))
        structure.begin(untried)
        oracle = Oracle(structure)
        assert oracle.mistrust(2) == pytest.approx(mistrusted)
        gain = structure.steering_gain(untried, 2)
        assert gain == pytest.approx(oracle.steering_gain(untried, 2), rel=1e-9)
        assert (gain > 2.0 * structure.expected_gain(untried, 2)) == (mistrusted > 0.0)
        assert structure.numbers.is_leading
        assert structure.model.pairs.gain[untried * 4 + 2] == gain  # also where what was tried says nothing of it
        serialization.restore(restored.model, serialization.arrays_of(structure.model))
        assert restored.numbers.mistrust == structure.numbers.mistrust
    assert structure.tables.carried.trust.tolist() == [0.0, 1.0, 1.0, 1.0]


def test_only_known_weights_are_in_force():
    structure, _ = life("elsewhere-150")
    assert set(structure.tables.carried.trust) <= {0.0, *WEIGHTS}


def model_of(guard=0.5):
    return Structure(ELSEWHERE[1], 4, carried=rules_of(), guard=guard)


@pytest.mark.parametrize("steps", [0, 1, 25, 200])
@pytest.mark.parametrize("world", [ELSEWHERE, permuted(ELSEWHERE)], ids=["as it was", "permuted"])
def test_a_restored_belief_goes_on_to_the_last_bit(steps, world):
    structure, restored = walk(model_of(), world[0], steps), model_of()
    serialization.restore(restored.model, serialization.arrays_of(structure.model))
    copied = copy.deepcopy(structure)
    for name, array in kept_rules(structure.model).items():  # what is left to others is the same, and changes nothing
        assert_array_equal(kept_rules(restored.model)[name], array, err_msg=name)
    for each in (structure, restored, copied):
        walk(each, world[0], 150, seed=7)
    first = serialization.arrays_of(structure.model)
    for each in (restored, copied):
        for name, array in serialization.arrays_of(each.model).items():
            assert_array_equal(first[name], array, err_msg=name)


@pytest.mark.slow
def test_no_garbled_saved_belief_leads_astray():
    """Entries of what is saved of carried rules drawn at random: refused, or a belief that can be lived with."""
    rng, num_refused = np.random.default_rng(0), 0
    arrays = serialization.arrays_of(walk(model_of(), ELSEWHERE[0], 60).model)
    names = [name for name in arrays if name.startswith(("carried_", "action_", "label_", "type_"))]
    for _ in range(200):
        garbled, restored = copy.deepcopy(arrays), model_of()
        column = garbled[rng.choice([name for name in names if garbled[name].size])]
        values = [-(2**40), -1, 0, 1, 3, 5, 100] if column.itemsize > 4 else [0, 1, 3, 100]
        column[int(rng.integers(column.size))] = rng.choice(values)
        try:
            serialization.restore(restored.model, garbled)
        except ValueError:
            num_refused += 1
        else:
            assert np.isfinite(walk(restored, ELSEWHERE[0], 30).numbers.lead)
    assert num_refused > 50


def test_a_belief_with_other_rules_is_refused():
    arrays = serialization.arrays_of(model_of().model)
    for carried in (rules_of(steps=100), None):
        other = Structure(ELSEWHERE[1], 4, carried=carried, guard=0.5)
        with pytest.raises(ValueError, match="listed is"):
            serialization.restore(other.model, arrays)


def test_rules_about_another_world_are_refused():
    with pytest.raises(ValueError, match=r"about 4 actions, and this world has 3: rules carry over"):
        Structure(GRID[1], 3, carried=rules_of())
    with pytest.raises(ValueError, match=r"about 2 features, and this world has 1"):
        Structure(GRID[1], 4, carried=rules_of(), num_contexts=1)
    named = Rules({**rules_of().arrays, "names": np.array(["row", "x1"]), "action_names": np.array([*"urdl"])})
    named.check_meaning((4, 2, 0), ("row", "column"), ("u", "r", "d", "l"))
    named.check_meaning((4, 2, 0), (), ())
    with pytest.raises(ValueError, match=r"features among which is 'row', where this world has 'line'"):
        named.check_meaning((4, 2, 0), ("line", "column"))
    with pytest.raises(ValueError, match=r"actions among which is 'r', where this world has 'd'"):
        named.check_meaning((4, 2, 0), ("row", "column"), ("u", "d", "r", "l"))


@pytest.mark.parametrize("name", NAMES)
def test_missing_and_longer_arrays_are_refused(name):
    arrays = rules_of().arrays
    with pytest.raises(ValueError, match=f"rules_{name} is missing, or damaged"):
        Rules({key: array for key, array in arrays.items() if key != name})
    with pytest.raises(ValueError, match="is missing, or damaged"):
        Rules({**arrays, name: np.append(arrays[name], arrays[name].dtype.type())})


@pytest.mark.slow
@pytest.mark.parametrize("world", ["grid", "flags"])
def test_no_garbled_rules_lead_astray(world):
    """Entries drawn at random in the place of any others: refused, or rules that can be lived with."""
    rng, given, num_refused = np.random.default_rng(0), rules_of(world), 0
    for _ in range(300):
        garbled = copy.deepcopy(dict(given.arrays))
        column = garbled[rng.choice([name for name in garbled if garbled[name].size and "names" not in name])]
        column[int(rng.integers(column.size))] = rng.choice([-(2**40), -1, 0, 1, 3, 5, 100, 2**33])
        try:
            rules = Rules(garbled)
            rules.check_meaning(given.shape)
        except ValueError:
            num_refused += 1
        else:
            structure, _ = walked(25, world=GRID if world == "grid" else flags(), carried=rules)
            assert np.isfinite(structure.numbers.lead)
    assert num_refused > 100


SOURCE = """
import hashlib
from agent.belief import serialization
from tests.belief.structured.test_structured_carried import ELSEWHERE, model_of, walk
arrays = serialization.arrays_of(walk(model_of(), ELSEWHERE[0], 40).model)
print(hashlib.sha256(b"".join(arrays[name].tobytes() for name in sorted(arrays))).hexdigest())
"""


@pytest.mark.slow
def test_interpreted_it_is_the_same_to_the_last_bit():
    outputs = [
        subprocess.run(
            [sys.executable, "-c", SOURCE], env={**os.environ, "NUMBA_DISABLE_JIT": off}, capture_output=True, text=True
        )
        for off in ("0", "1")
    ]
    assert outputs[0].returncode == outputs[1].returncode == 0, outputs[0].stderr + outputs[1].stderr
    assert outputs[0].stdout == outputs[1].stdout


def test_a_model_of_another_number_of_actions_is_refused_before_it_is_made():
    with pytest.raises(ValueError, match="about 4 actions"):
        WorldModel(2, 5, Structure(GRID[1], 4, carried=rules_of()).model.prior)


def test_a_label_tells_once_it_was_learnt_though_nothing_was_fitted():
    """A pair with two outcomes that look alike has shown a label twice, and an action with one pair is not fitted."""
    line = Structure(np.arange(12)[:, None], 1)
    for step in range(60):
        line.observe(step % 11, 0, step % 11 + 1)
    other = Structure([[0], [3], [3], [5], [8]], 1, carried=rules_in(line))
    for step in range(24):
        other.observe(0, 0, 1 + step % 2)
    assert other.tables.actions.num_types[0] > 0  # what was carried here
    assert other.tables.actions.num_learnt[0] > other.tables.carried.num_labels[0]
    before, _ = other.predictive(3, 0)
    assert_allclose(before, Oracle(other).mixture(3, 0).probabilities[:-1], rtol=1e-9)
    assert before[4] > before[0] * (1 + 1e-6)  # three further on
    again = WorldModel(1, 5, other.model.prior)
    serialization.restore(again, serialization.arrays_of(other.model))
    assert_array_equal(again.predictive(3, 0), other.model.predictive(3, 0))
    assert_array_equal(again.rules.actions.telling, other.tables.actions.telling)
