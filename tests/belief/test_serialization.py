"""A belief that is kept as arrays goes on as if nothing had happened, and nothing else is taken for one."""

import copy

import numpy as np
import pytest

import envs
from agent import interact, make_agent
from agent.belief import serialization
from agent.belief.equal_targets.prior import EqualTargets
from agent.belief.priors import EmpiricalBayes, Local, Symmetric
from agent.belief.serialization import arrays_of
from agent.belief.structured.prior import Structured
from agent.belief.structured.saved_sense import TYPES_OF_ARRAYS
from agent.belief.world_model import WorldModel
from agent.protocols import Transition

WORLD = envs.make("traps")


def features_of(state):
    return state // 4, state % 4


def structured(listed, **options):
    """A prior that is told the features of all states, of the first ones beforehand."""
    table = np.array([features_of(state) for state in range(listed)], np.int32).reshape(-1, 2)
    return Structured(listed=table, ended=np.arange(listed) == 5, tell=features_of, **options)


PRIORS = {
    "fitted": (None, EmpiricalBayes()),
    "declared": (8, EmpiricalBayes(gap=3)),
    "fixed": (8, Symmetric(2.0)),
    "local": (8, Local({0: (0, 1, 2), 1: (1,), 4: (2, 5)}, 1.5, frozenset({5}))),
    "structured": (8, structured(8)),
    "targets": (8, EqualTargets((6, 7))),
    "open targets": (None, EqualTargets((30, 40))),
    "open and structured": (None, structured(0, gap=3, guard=0.1)),
}
TERMINAL = 5


def model_of(name):
    num_states, prior = PRIORS[name]
    return WorldModel(2, num_states, prior)


def live(model, num_steps, seed):
    """Random outcomes in six states and more, one of them terminal, with rewards; returns the surprises."""
    rng = np.random.default_rng(seed)
    most = 6 if isinstance(model.prior, Local) or (model.num_states and isinstance(model.prior, EqualTargets)) else 30
    felt, state = [], 1
    model.begin(state)
    for _ in range(num_steps):
        action, next_state = int(rng.integers(2)), int(rng.geometric(0.2)) % most
        if isinstance(model.prior, Local):
            allowed = model.prior.support.get(2 * state + action, range(most))
            next_state = int(rng.choice(list(allowed)))
        ended = next_state == TERMINAL
        felt.append(model.observe(Transition(state, action, float(next_state % 3 - 1), next_state, ended, False)))
        state = next_state
        if ended:
            state = 2
            model.begin(state)
    return felt


@pytest.mark.parametrize("num_steps", [0, 1, 19, 300])
@pytest.mark.parametrize("name", PRIORS)
def test_a_restored_belief_goes_on_to_the_last_bit(name, num_steps):
    model, restored = model_of(name), model_of(name)
    live(model, num_steps, seed=0)
    live(restored, 50, seed=5)  # is forgotten
    serialization.restore(restored, arrays_of(model))
    for column in ("visits", "first_out", "reward_sum", "reward_square_sum"):
        one, other = getattr(model.pairs, column), getattr(restored.pairs, column)
        size = min(one.size, other.size)
        assert one[:size].tolist() == other[:size].tolist()
        assert not one[size:].any()
        assert not other[size:].any()
    assert arrays_of(restored)["sum"].tolist() == arrays_of(model)["sum"].tolist()
    assert live(model, 300, seed=1) == live(restored, 300, seed=1)
    after, same = arrays_of(model), arrays_of(restored)
    assert all(after[column].tolist() == same[column].tolist() for column in after)
    assert model.calibration == restored.calibration


@pytest.mark.parametrize("prior", ["empirical-bayes", "structured"])
def test_a_planner_can_start_on_a_restored_belief(prior):
    explorer = make_agent("curious", WORLD, seed=0, prior=prior)
    list(interact(WORLD, explorer, 400, seed=0))
    heir = make_agent("curious", WORLD, seed=0, prior=prior)
    serialization.restore(heir.model, arrays_of(explorer.model))
    for _ in interact(WORLD, heir, 400, seed=1):
        assert heir.loss_bound < np.inf
    assert heir.model.steps == 800


def refuse(model, arrays, message):
    before = copy.deepcopy(model)
    with pytest.raises(ValueError, match=message):
        serialization.restore(model, arrays)
    assert bytes(model.numbers) == bytes(before.numbers)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (WorldModel(3, 8, Symmetric(2.0)), "num_actions is 2, expected 3"),
        (WorldModel(2, 9, Symmetric(2.0)), "num_states is 8, expected 9"),
        (WorldModel(2, None, Symmetric(2.0)), "num_states is 8, expected -1"),
        (WorldModel(2, 8, Symmetric(3.0)), r"prior is Symmetric\(concentration=2.0\), expected Symmetric"),
        (WorldModel(2, 8), "prior is Symmetric.*expected EmpiricalBayes"),
    ],
)
def test_a_belief_of_another_kind_is_refused(other, message):
    model = model_of("fixed")
    live(model, 100, seed=0)
    refuse(other, arrays_of(model), message)


def test_a_local_prior_with_another_support_is_refused():
    model = model_of("local")
    live(model, 100, seed=0)
    other = WorldModel(2, 8, Local({0: (0, 1, 3), 1: (1,), 4: (2, 5)}, 1.5, frozenset({5})))
    refuse(other, arrays_of(model), "the prior's support")


ARRAYS = [*(("fitted", array) for array in arrays_of(WorldModel(2, 8)))]
ARRAYS += [("structured", array) for array in ("listed", *TYPES_OF_ARRAYS)]


@pytest.mark.parametrize(("prior", "name"), ARRAYS)
def test_a_missing_array_or_one_of_another_shape_is_refused(prior, name):
    model = model_of(prior)
    live(model, 100, seed=0)
    arrays = arrays_of(model)
    refuse(model, {key: array for key, array in arrays.items() if key != name}, f"it lacks {name}")
    longer = np.append(arrays[name], np.zeros(1, arrays[name].dtype))
    refuse(model, arrays | {name: longer}, r"entries, expected|is \[|damaged")
    refuse(model, arrays | {name: np.array(3.5)}, f"{name} is")
    if name in ("rule_count", "rule_sum"):
        refuse(model, arrays | {name: longer}, f"{name} has .*: another version of this package saved it")


@pytest.mark.slow
@pytest.mark.parametrize("name", PRIORS)
def test_no_garbled_array_leads_astray(name):
    """Entries drawn at random in the place of any others: refused, or a belief that can be lived with."""
    model, rng = model_of(name), np.random.default_rng(0)
    live(model, 200, seed=0)
    arrays, num_refused = arrays_of(model), 0
    for _ in range(400):
        garbled = copy.deepcopy(arrays)
        column = garbled[rng.choice([key for key in garbled if garbled[key].size and key != "prior"])]
        place = int(rng.integers(column.size))
        values = [-(2**40), -1, 0, 1, 3, 5, 100, 2**33] if column.itemsize > 4 else [0, 3, 5, 8, 100]
        column[place] = rng.choice(values)
        restored = model_of(name)
        try:
            serialization.restore(restored, garbled)
        except ValueError:
            num_refused += 1
        else:
            assert np.isfinite(live(restored, 30, seed=1)).all()
    assert num_refused > 200
