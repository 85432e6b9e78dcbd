"""Published strategies against dense textbook versions on the same counts, and against what they are said to do."""

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats

import agent
import envs
from agent import make_agent
from agent.belief.world_model import WorldModel
from agent.protocols import Transition
from tests.support import textbook
from tests.support.small_world import ACTIONS, STATES, lives, small_world

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("with_end", [False, True])
def test_r_max_acts_as_the_textbook_does(with_end):
    planned, num_plans, explorer = None, 0, None
    written = "r-max:reward_weight=1,enough=3,doubles=false,tolerance=1e-13,discount=.9"
    for explorer, counts, state, action in lives(written, small_world(with_end), 400):
        known = counts.visits >= 3
        if planned is None or (known != planned[0]).any():
            planned = known, textbook.r_max(counts, 0.9, 3, 1.0)
            num_plans += 1
        q_values, ours = planned[1][state], explorer.q_values(state)
        assert ours == pytest.approx(q_values, abs=1e-9) or not ours.any()  # of a state met since the plan
        assert q_values[action] >= q_values.max() - 1e-9
    assert explorer is not None
    assert explorer.planner.num_plans == num_plans > 10


@pytest.mark.parametrize("with_end", [False, True])
def test_ucrl2_acts_as_the_textbook_does(with_end):
    value, q_values, plans = np.zeros(STATES), np.zeros((STATES, ACTIONS)), 0
    for explorer, counts, state, action in lives(
        "ucrl2:reward_weight=1,patience=0,delta=.1", small_world(with_end), 600
    ):
        if explorer.planner.num_plans > plans:
            plans = explorer.planner.num_plans
            q_values, value, sweeps = textbook.ucrl2(counts, 0.1, 1.0, value)
            assert explorer.planner.num_sweeps == sweeps
        assert q_values[state, action] >= q_values[state].max() - 1e-9
        ours = explorer.q_values(state)
        assert ours - ours.max() == pytest.approx(q_values[state] - q_values[state].max(), abs=1e-9) or not ours.any()
    assert plans > 30


def test_ucrl2_explores_as_its_counts_say_and_then_earns():
    """Its claim is on regret: in a small world it comes to earn more than most of the best gain."""
    env = small_world(False)
    mdp: Any = envs.true_mdp(env)
    (life,) = agent.simulate(env, "ucrl2", 60_000, [1], reward_weight=1.0)
    best = agent.planners.value_iteration.solve(mdp, 0.9999, 1e-3).value.max() * 1e-4
    late = life.steps["reward"][-10_000:].mean()
    assert best >= late - 0.02
    assert late > 0.75 * best + 0.25 * np.mean(mdp.reward)


@pytest.mark.parametrize("with_end", [False, True])
@pytest.mark.parametrize(("name", "bonus"), [("mbie-eb", lambda n: 1 / np.sqrt(n + 1)), ("beb", lambda n: 1 / (n + 1))])
def test_count_bonuses_have_the_values_of_the_textbook(name, bonus, with_end):
    written = f"{name}:reward_weight=1,beta=.7,discount=.9,planner=value-iteration,tolerance=1e-13,prior=symmetric:1"
    for explorer, counts, state, action in lives(written, small_world(with_end), 60):
        predicted = (counts.successors + 1 / STATES) / (counts.visits + 1)[..., None]
        paid = counts.mean_reward + 0.7 * bonus(counts.visits)
        right = textbook.solved(predicted, paid, 0.9, counts)[state]
        assert explorer.q_values(state) == pytest.approx(right, rel=1e-9)
        assert right[action] >= right.max() * (1 - 1e-9)


@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.25, 2.0), (0.0, 1.0)])
def test_q_learning_learns_as_written(weights):
    q_values, taken, gained, earned = np.zeros((STATES, ACTIONS)), None, 0.0, 0.0
    written = "q-learning:learning_rate=.3,epsilon={},discount=.8,curiosity_weight={},reward_weight={}"
    written = written.format(0 if weights[0] else 1, *weights)
    for explorer, counts, state, action in lives(written, small_world(True), 300):
        model = explorer.model
        if taken is not None:
            arrived = state if counts.terminal[model.numbers.last_successor] else model.numbers.last_successor
            paid = weights[0] * (model.information_gain - gained) + weights[1] * (counts.rewards.sum() - earned)
            target = paid + 0.8 * q_values[arrived].max()
            q_values[taken] += 0.3 * (target - q_values[taken])
        known = model.known_states()
        live = known[model.states.kind[known] == 1]
        assert model.of_pairs("q_value", live) == pytest.approx(q_values[live], rel=1e-9, abs=1e-12)
        assert q_values[state, action] >= q_values[state].max() - 1e-9 or not weights[0]
        taken, gained, earned = (state, action), model.information_gain, counts.rewards.sum()
    assert q_values.max() > 0


@pytest.mark.parametrize("prior", ["symmetric:2", "empirical-bayes"])
def test_counter_based_goes_where_fewest_visits_are_expected(prior):
    for explorer, counts, state, action in lives(f"counter-based:prior={prior}", small_world(True), 150):
        departures = counts.visits.sum(axis=1)
        departures[counts.terminal] = counts.successors.sum(axis=(0, 1))[counts.terminal]
        spread = np.where(counts.terminal, 0.0, departures)
        expected = []
        for each in range(ACTIONS):
            model = explorer.model
            posterior = model.posterior(state, each)
            anywhere = posterior - counts.successors[state, each]
            expected.append((counts.successors[state, each] @ departures + anywhere @ spread) / posterior.sum())
        assert expected[action] <= min(expected) + 1e-9


def drawn_maps(concentration, num_maps):
    """Draw maps of a belief about six states of which two were never seen; return them dense, `[maps, S, A, K]`."""
    model = WorldModel(2, 6, agent.belief.priors.Symmetric(concentration))
    model.begin(0)
    for state, action, successor in [(0, 0, 1), (1, 1, 2), (2, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 3)]:
        model.observe(Transition(state, action, 0.0, successor, state == 0 and action == 1, False))
    explorer = agent.agents.published.psrl.psrl(model, 0)
    explorer.act(0)
    planner, order = explorer.planner, [0, 1, 2]
    maps = np.zeros((num_maps, 3, 2, 6))
    for number in range(num_maps):
        planner.draw(model, planner.compact.rebuild(model, 1.0))
        rows = planner.drawn.rows
        for row in range(6):
            dense = np.full(6, rows.rest[row] / 6)
            for k in range(rows.indptr[row], rows.indptr[row + 1]):
                successor = rows.successor[k]
                places = [order[successor]] if successor < 3 else [3] if successor == 3 else [4, 5]
                dense[places] += rows.weight[k] / len(places)  # states never seen are alike
            maps[number, row // 2, row % 2] = dense
    return model, maps


@pytest.mark.parametrize("concentration", [1.0, 12.0])
def test_maps_are_drawn_from_the_belief(concentration):
    """Means, variances and whole distributions of the drawn probabilities are those of the Dirichlet belief."""
    num_maps = 3000
    model, maps = drawn_maps(concentration, num_maps)
    assert maps.sum(axis=3) == pytest.approx(1.0)
    for state, action in np.ndindex(3, 2):
        posterior, drawn = model.posterior(state, action), maps[:, state, action]
        alone = [0, 1, 2, 3]  # those never seen are told together below
        marginals = scipy.stats.beta(posterior, posterior.sum() - posterior)
        error = 4 * marginals.std() / math.sqrt(num_maps) + 1e-3
        assert (np.abs(drawn.mean(axis=0) - marginals.mean())[alone] < error[alone]).all()
        assert drawn.var(axis=0)[alone] == pytest.approx(marginals.var()[alone], rel=0.2, abs=2e-3)
        together = scipy.stats.beta(posterior[4:].sum(), posterior[:4].sum())
        assert drawn[:, 4:].sum(axis=1).mean() == pytest.approx(together.mean(), abs=4 * together.std() / 54 + 1e-3)
        if concentration > 6:
            for place in alone:
                law = scipy.stats.beta(posterior[place], posterior.sum() - posterior[place])
                assert scipy.stats.kstest(drawn[:, place], law.cdf).pvalue > 1e-4


def test_psrl_acts_by_what_is_best_on_its_map():
    """Values of the drawn map, all of whose states are known, against the dense solution; one map an epoch."""
    written, plans, q_values = "psrl:patience=0,tolerance=1e-13,discount=.9,bonus=count,reward_weight=1", 0, None
    for explorer, counts, state, action in lives(written, small_world(False), 200):
        planner = explorer.planner
        is_new, plans = planner.num_plans > plans, planner.num_plans
        if is_new and explorer.model.num_known_states == STATES:
            rows = planner.drawn.rows
            order, transition = explorer.model.known_states(), np.zeros((STATES, ACTIONS, STATES))
            for row in range(STATES * ACTIONS):
                leads = transition[order[row // ACTIONS], row % ACTIONS]
                leads += rows.rest[row] / STATES
                for k in range(rows.indptr[row], rows.indptr[row + 1]):
                    leads[order[rows.successor[k]]] += rows.weight[k]
            paid = counts.mean_reward + 1 / (counts.visits + 1)
            q_values = textbook.solved(transition, paid, 0.9, counts)
        if q_values is not None:
            assert explorer.q_values(state) == pytest.approx(q_values[state], rel=1e-9)
            assert q_values[state, action] >= q_values[state].max() * (1 - 1e-9)
    assert plans > 20


@pytest.mark.parametrize("at_resets", [False, True])
def test_epochs_end_when_visits_have_doubled(at_resets):
    kind = "episodes" if at_resets else "doubling"
    before, plans, starts = np.zeros((STATES, ACTIONS)), 1, None
    for explorer, counts, _, _ in lives(f"psrl:patience=0,epochs={kind}", small_world(True), 300):
        if starts is None:
            starts, before = counts.starts.sum(), counts.visits.copy()
        taken = counts.visits - before
        if (taken >= np.maximum(before, 1)).any() or (at_resets and counts.starts.sum() > starts):
            plans, before, starts = plans + 1, counts.visits.copy(), counts.starts.sum()
        assert explorer.planner.num_plans == plans
    assert plans > 20


@pytest.mark.parametrize(("name", "scale"), [("rf-ucrl", 1e-3), ("rf-ucrl", 1.0), ("rf-express", 1e-5)])
def test_reward_free_agents_act_as_the_textbook_does(name, scale):
    """By recursion from the first step of an episode, where ours goes by induction from the last."""
    length, bounds, begun, resets = 7, None, 0, 0
    written = f"{name}:horizon={length},delta=.1,scale={scale}"
    for explorer, counts, state, action in lives(written, small_world(True), 300):
        if bounds is None or counts.steps - begun == length or counts.starts.sum() > resets:
            bounds = textbook.reward_free(counts, length, 0.1, scale, name == "rf-express")
            begun, resets = counts.steps, counts.starts.sum()
        right = np.array([bounds(counts.steps - begun, state, each) for each in range(ACTIONS)])
        ours = explorer.q_values(state)
        assert ours == pytest.approx(right, rel=1e-9) or not ours.any()  # of a state met since the plan
        assert right[action] >= right.max() - 1e-9


@pytest.mark.parametrize("with_end", [False, True])
@pytest.mark.parametrize("name", ["max-ent", "weighted-max-ent"])
def test_entropy_agents_act_as_the_textbook_does(name, with_end):
    """Once all states are known; the gradient is worked out by differences there, and in closed form here."""
    written = f"{name}:prior=symmetric:2,patience=0,discount=.9,tolerance=1e-10,smoothing=.3"
    q_values, plans = None, 0
    for explorer, counts, state, action in lives(written, small_world(with_end), 150):
        is_new, plans = explorer.planner.num_plans > plans, explorer.planner.num_plans
        if is_new and explorer.model.num_known_states == STATES:
            predicted = (counts.successors + 2 / STATES) / (counts.visits + 2)[..., None]
            sigma = 0.3 / (STATES * ACTIONS)
            q_values = textbook.max_ent(counts, predicted, sigma, 0.9, name == "weighted-max-ent")
        if q_values is not None:
            assert explorer.q_values(state) == pytest.approx(q_values[state], rel=1e-5, abs=1e-5)
            assert q_values[state, action] >= q_values[state].max() - 1e-5
    assert plans > 20


REFUSED = [
    ("r-max:enough=0", "enough must be a whole number"),
    ("r-max:largest_reward=-1", "largest_reward must be a positive"),
    ("ucrl2:delta=1", "delta must be a number between"),
    ("ucrl2:largest_reward=inf", "largest_reward must be a positive"),
    ("rf-ucrl:horizon=0", "horizon must be a whole number"),
    ("rf-express:delta=0", "delta must be a number between"),
    ("rf-express:scale=0", "scale must be a positive"),
    ("max-ent:smoothing=0", "smoothing must be a positive"),
    ("weighted-max-ent:patience=nan", "patience must be a finite"),
    ("bayes-exp:horizon=0", "horizon must be a whole number"),
    ("bayes-exp:threshold=0", "threshold must be a positive"),
    ("psrl:patience=-1", "patience must be a finite"),
    ("psrl:epochs=never", "epochs"),
    ("q-learning:learning_rate=0", "learning_rate must be a number above 0"),
    ("q-learning:epsilon=1.5", "epsilon must be a number from 0"),
]


@pytest.mark.parametrize(("written", "message"), REFUSED)
def test_parameters_out_of_range_are_refused_in_one_line(written, message):
    with pytest.raises(ValueError, match=message) as error:
        make_agent(written, envs.make("lock"))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("prior", ["local", "structured", "empirical-bayes"])
@pytest.mark.parametrize(
    "name",
    ["psrl", "r-max", "ucrl2", "rf-ucrl", "weighted-max-ent", "bayes-exp", "mbie-eb", "counter-based", "q-learning"],
)
def test_a_simulated_life_is_the_walked_one(name, prior):
    env = envs.make("traps")
    (life,) = agent.simulate(env, name, 300, [3], prior=prior)
    world_seed, agent_seed = agent.agents.rng.seed_streams(3)
    walker = make_agent(name, env, agent_seed, prior=prior)
    path = list(agent.interact(env, walker, 300, world_seed))
    assert [step.action for step in path] == life.steps["action"].tolist()
