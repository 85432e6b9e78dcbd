"""What the belief's own tables say under a structured prior: what a fresh prediction does, after every transition."""

import numpy as np
import pytest

import envs
from agent import Transition, WorldModel, interact, make_agent
from agent.belief import serialization
from agent.belief.structured.columns import LEAST_LOCAL
from agent.belief.structured.prior import Structured
from agent.belief.tables import grown
from tests.support.structure import Structure


def asked(model):
    """The same belief, asked pair by pair."""
    structure = Structure.__new__(Structure)
    structure.model = model
    return structure


def acting(model):
    return [int(state) for state in model.known_states() if model.states.kind[state] == 1]


def check_columns(model):
    """Columns are a fresh prediction but for outcomes so rare that they count as anywhere."""
    structure, pairs, total = asked(model), model.pairs, 0.0
    for state in acting(model):
        for action in range(model.num_actions):
            pair = state * model.num_actions + action
            dense, unnamed = structure.predictive(state, action)
            gain = structure.steering_gain(state, action)
            size = pairs.visits[pair] + pairs.concentration[pair]
            written = model.predictive(state, action)
            assert pairs.gain[pair] == gain
            slack = LEAST_LOCAL * pairs.concentration[pair] / size * (1 + 1e-9) + 1e-15
            assert abs(written - dense).max() <= max(slack, 40 * slack / len(dense))
            assert pairs.unnamed[pair] / size == pytest.approx(unnamed, abs=slack)
            assert written.sum() + pairs.unnamed[pair] / size == pytest.approx(1.0, abs=1e-9)
            unseen = model.states.kind[: model.num_outcomes] == 0
            beyond = (written[unseen] - pairs.free[pair] / model.num_outcomes / size).sum()
            assert (pairs.beyond[pair] - pairs.unnamed[pair]) / size == pytest.approx(beyond, abs=1e-9)
            total += gain
    assert model.expected_missing_information == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize("world", ["four-rooms", "flags", "traps", "noisy-tv", "cliques"])
def test_columns_are_what_is_predicted(world):
    env = envs.make(world)
    agent, num_checked = make_agent("curious", env, 0, prior="structured"), 0
    for step, _ in enumerate(interact(env, agent, 260, seed=0), 1):
        if agent.model.rules.numbers.is_leading and step % 29 == 0:
            check_columns(agent.model)
            num_checked += 1
    assert num_checked


def plain(model):
    """A belief by empirical Bayes that was fitted when this one was."""
    prior = model.prior
    return WorldModel(model.num_actions, model.num_states, type(prior).__mro__[1](growth=prior.growth, gap=prior.gap))


def test_while_the_other_prior_leads_all_is_empirical_bayes():
    """No guard is passed by: gains, surprises, predictions, payoffs are those of the plain prior."""
    env = envs.make("dense")
    agent = make_agent("random", env, 0, prior="structured:guard=1e300")
    other = WorldModel(agent.model.num_actions, agent.model.num_states)
    other.numbers.growth, other.numbers.gap, other.numbers.next_refit = 0.1, 10.0, 10
    ended = True
    for transition in interact(env, agent, 400, seed=0):
        if ended:
            other.begin(transition.state)
        other.observe(transition)
        ended = transition.terminated or transition.truncated
        if other.concentration == agent.model.concentration and not other.states.is_former.any():
            states = other.known_states()
            np.testing.assert_allclose(agent.model.expected_gains(states), other.expected_gains(states), rtol=1e-9)
    assert not agent.model.rules.numbers.is_leading
    assert agent.model.leader == "empirical-bayes"
    assert agent.model.information_gain == pytest.approx(other.information_gain, rel=0.02)


def test_the_lead_is_the_sum_of_log_ratios_and_changes_at_the_guard_of_what_is_recent():
    env = envs.make("four-rooms")
    agent = make_agent("random", env, 0, prior="structured")
    model, structure, lead, recent, is_leading = agent.model, asked(agent.model), 0.0, 0.0, 0
    agent.model.begin(0)
    state, rng, mdp = 0, np.random.default_rng(0), envs.true_mdp(env)
    changes = []
    for step in range(1, 300):
        action = int(rng.integers(4))
        row = mdp.transition[[state * 4 + action]].toarray()[0]
        following = int(rng.choice(len(row), p=row))
        dense, _ = structure.predictive(state, action)
        visits = model.visits([state])[0, action]
        seen = [e for e in model._edges_of(state * 4 + action) if model.edges.successor[e] == following]
        count = int(model.edges.count[seen[0]]) if seen else 0
        chance = (count + model.concentration / model.num_outcomes) / (visits + model.concentration)
        ahead = np.log(dense[following] / chance)
        lead, recent = lead + ahead, np.clip(recent + ahead, -6, 6)
        model.observe(Transition(state, action, 0.0, following, False, False))
        assert model.rules.numbers.lead == pytest.approx(lead, rel=1e-9, abs=1e-9)
        assert model.rules.numbers.recent_lead == pytest.approx(recent, rel=1e-9, abs=1e-9)
        if recent < -3 if is_leading else recent > 3:
            is_leading = 1 - is_leading
            changes.append(step)
        assert model.rules.numbers.is_leading == is_leading
        state = following
    assert changes
    assert model.led_since == changes[-1]
    assert model.lead_changes == changes[-32:]


def test_outcomes_become_more_as_states_are_met():
    """K is open: predictions are of all states there may be, and features are asked for at first sight."""
    prior = Structured(listed=np.zeros((0, 2), np.int32), tell=lambda state: divmod(state, 20), width=2)
    model, rng, state = WorldModel(2, None, prior), np.random.default_rng(0), 0
    model.begin(0)
    for _ in range(600):
        action = int(rng.integers(2))
        row, column = divmod(state, 20)
        following = 20 * min(row + 1, 19) + column if action else 20 * row + min(column + 1, 19)
        model.observe(Transition(state, action, 0.0, following, False, False))
        state = following if following < 399 else 0
        if state == 0:
            model.begin(0)
    assert model.num_outcomes >= 2 * model.num_known_states
    assert model.leader == "structured"
    check_open(model)


def check_open(model):
    structure = asked(model)
    for state in acting(model):
        for action in range(model.num_actions):
            pair = state * model.num_actions + action
            assert model.pairs.gain[pair] == pytest.approx(structure.steering_gain(state, action), rel=0.01)
            assert 0.0 <= model.pairs.beyond[pair] <= model.pairs.concentration[pair] * (1 + 1e-12)


@pytest.mark.parametrize("seed", [4, 6])
def test_how_much_room_there_is_changes_nothing(seed):
    """Where room for edges is short in the middle of a state's predictions, it goes on as if there had been enough."""
    contents = []
    for room in (0, 20_000):
        rng, state = np.random.default_rng(seed), 0
        structure = Structure(np.column_stack(np.divmod(np.arange(25), 5)), 4, guard=0.1)
        model = structure.model
        model._put(edges=grown(model.edges, max(room, model.edges.pair.size), 0))
        model.make_room(0)
        for _ in range(150):
            action, any_state = int(rng.integers(4)), int(rng.integers(25))
            following = (state + (1, 5, 20, 24)[action]) % 25 if rng.random() < 0.7 else any_state
            structure.observe(state, action, following)
            state = following
        contents.append(serialization.arrays_of(model))
    for name, array in contents[0].items():
        np.testing.assert_array_equal(array, contents[1][name], err_msg=name)


def linked(model, first, following):
    """The edges that are reached from a table's links, each with where it was reached from."""
    found = []
    for at in np.flatnonzero(first).tolist():
        link = int(first[at])
        while link > 0:
            found.append((link - 1, at))
            assert not following[link - 1] >= link, "the latest comes first"
            link = int(following[link - 1])
    return sorted(found)


@pytest.mark.parametrize("world", ["four-rooms", "noisy-tv"])
def test_where_edges_were_dropped_nothing_seen_is_lost_and_all_is_as_if_built_anew(world):
    env = envs.make(world)
    agent, counts, num_edges, num_dropped = make_agent("curious", env, 0, prior="structured"), {}, [0], 0
    model = agent.model
    for transition in interact(env, agent, 700, seed=0):
        edge = transition.state * model.num_actions + transition.action, transition.next_state
        counts[edge] = counts.get(edge, 0) + 1
        num_edges.append(model.num_edges)
        if num_edges[-1] < num_edges[-2]:
            num_dropped += 1
            check_edges(model, counts)
    assert num_dropped
    again = serialization.restored(model, serialization.arrays_of(model))
    for state in acting(model):
        np.testing.assert_array_equal(model.of_pairs("gain", [state]), again.of_pairs("gain", [state]))
        for action in range(model.num_actions):
            np.testing.assert_array_equal(model.predictive(state, action), again.predictive(state, action))
    assert again.expected_missing_information == model.expected_missing_information
    following = [Transition(state, 0, 0.0, state, False, False) for state in acting(model)[:80]]
    for each in (model, again):
        for transition in following:
            each.observe(transition)
    for name, array in serialization.arrays_of(model).items():
        np.testing.assert_array_equal(array, serialization.arrays_of(again)[name], err_msg=name)


def check_edges(model, counts):
    """All that was seen has its edge and count; links lead to every edge once, and unseen ones are still named."""
    edges, used = model.edges, slice(model.num_edges)
    pair, successor, count = edges.pair[used].tolist(), edges.successor[used].tolist(), edges.count[used]
    seen = {(i, j): n for i, j, n in zip(pair, successor, count.tolist(), strict=True) if n > 0}
    assert seen == counts
    assert (edges.local[used][count == 0] > 0).all()
    assert linked(model, model.pairs.first_out, edges.next_out) == list(enumerate(pair))
    assert linked(model, model.states.first_in, edges.next_in) == list(enumerate(successor))
    order = model.rules.marks.order
    assert sorted(order[used][count > 0].tolist()) == list(range(len(counts)))
    assert not order[used][count == 0].any()
    assert not order[model.num_edges :].any()
    assert not edges.count[model.num_edges :].any()
