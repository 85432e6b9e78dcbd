"""What a page works out by itself is what Python does: beliefs, gains, values and errors, of every kind of belief."""

import json
import math
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import digamma

from agent import dirichlet, information, interact
from agent.agents.rng import seed_streams
from agent.compilation.handles import Pack
from agent.planners.decomposition import decompose
from agent.planners.incremental.outlook import NEAR
from agent.planners.payoffs import pay_all
from agent.planners.value_iteration import ValueIteration
from agent.replay import making
from agent.replay.page import script
from agent.replay.recording import Payment
from agent.replay.reliving import transitions
from agent.results.run_directory import keep
from tests.support.replayed import NODE, TURNS, believed, discount_at, lived, numbers_of, oracle

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(NODE is None, reason="node, which runs the page's own sources, is not on this machine"),
]

LIVES = {
    "rooms": ("--env", "grid", "--steps", 900),
    "rewards": ("--env", "FrozenLake-v1", "--steps", 700, "--reward-weight", 2),
    "symmetric": ("--env", "river-swim", "--steps", 300, "--prior", "symmetric:10", "--agent", "count"),
    "local": ("--env", "four-rooms", "--steps", 300, "--prior", "local:0.5"),
    "rules": ("--env", "four-rooms", "--steps", 250, "--prior", "structured"),
    "targets": ("--env", "one-two-three", "--steps", 200, "--prior", "equal-targets"),
    "another bonus": ("--env", "cliques", "--steps", 300, "--bonus", "predictive-entropy"),
    "rewards teach": ("--env", "six-arms", "--steps", 300, "--reward-belief", "gaussian", "--reward-weight", 1),
    "no plan": ("--env", "lock", "--steps", 200, "--agent", "random"),
    "open numbers": ("--env", "CliffWalking-v1", "--steps", 300, "--discount", 0.9),
}


@pytest.fixture(scope="module", params=LIVES)
def life(request, tmp_path_factory):
    """A run, what its page shows at some steps, and what Python finds of the same moments."""
    recorded = lived(tmp_path_factory.mktemp("runs"), *LIVES[request.param])
    steps = len(recorded.trace["state"])
    asked = sorted({0, 30, steps // 2, steps})
    (answers,) = numbers_of(making.make_page([recorded.directory]), asked)
    assert [answer["discount"] for answer in answers] == [discount_at(recorded, step) for step in asked]
    return recorded, [(answer, oracle(recorded, answer["time"], answer["discount"])) for answer in answers]


def test_beliefs_gains_and_values_are_those_of_python(life):
    recorded, moments = life
    for answer, truth in moments:
        assert answer["known"] == len(truth["states"])
        np.testing.assert_array_equal(answer["visits"], truth["visits"])
        acting, scale = truth["acting"], np.abs(truth["value"]).max()
        np.testing.assert_allclose(np.array(answer["gain"])[acting], truth["gain"][acting], rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(answer["value"], truth["value"], rtol=0, atol=1e-9 * scale)
        np.testing.assert_allclose(np.array(answer["q"])[acting], truth["q"][acting], rtol=0, atol=1e-9 * scale)
    for answer, _ in moments[:-1]:
        if answer["time"] < len(recorded.trace["state"]):
            assert answer["state"] in recorded.trace["state"]


def test_what_an_action_is_worth_is_the_sum_that_is_written(life):
    """Its terms are the prediction; they sum to q; so do reward, gain now and later; so does what all states pay."""
    _, moments = life
    for answer, truth in moments:
        for reason, by_occupancy in zip(answer["reasons"] or (), answer["sources"] or (), strict=True):
            total = sum(term["probability"] * term["value"] for term in reason["terms"])
            assert math.isclose(reason["payoff"] + answer["discount"] * total, reason["q"], rel_tol=1e-12)
            assert math.isclose(sum(reason["parts"].values()), reason["q"], rel_tol=1e-12)
            assert math.isclose(by_occupancy, reason["q"], rel_tol=1e-9)
            assert math.isclose(sum(term["probability"] for term in reason["terms"]), 1.0, rel_tol=1e-12)
            predicted = truth["model"].predictive(answer["state"], reason["action"])
            anywhere = sum(each["probability"] for each in reason["terms"] if each["successor"] == "anywhere")
            for term in reason["terms"]:
                if isinstance(term["successor"], int):
                    successor = answer["numbers"][term["successor"]]
                    assert math.isclose(
                        term["probability"] + anywhere / truth["model"].num_outcomes, predicted[successor], rel_tol=1e-9
                    )


def test_values_are_the_agents_own_by_the_discount_in_force(tmp_path):
    """They differ by at most the loss of its plan. Without recorded discounts the one configured is taken."""
    recorded = lived(tmp_path, "--env", "deep-sea", "--steps", 300, "--prior", "structured")
    trace, config = recorded.trace, recorded.config
    env, (world_seed, agent_seed) = making.make_world(config, config["seed"]), seed_streams(config["seed"])
    player = making.make_player(config, "curious", env, agent_seed)
    act, worth = player.act, {}

    def watched(state):
        action, step = act(state), player.model.steps
        worth[step] = player.q_values(state)
        assert player.planner.outlook(player.model)[0] == discount_at(recorded, step)
        return action

    player.act = watched
    assert [step.action for step in interact(env, player, 300, world_seed)] == trace["action"].tolist()
    assert trace["planning_discount_step"][0] == 0
    assert set(trace["planning_discount"]) == {0.99, NEAR, NEAR**2, NEAR**4}
    steps = (trace["planning_discount_step"][:, None] + np.arange(4)).ravel()
    (answers,) = numbers_of(making.make_page([recorded.directory]), steps)
    without = {name: array for name, array in trace.items() if not name.startswith("planning_discount")}
    keep(replace(recorded, trace=without))
    (of_old,) = numbers_of(making.make_page([recorded.directory]), steps)
    compared = []
    for step, answer, old in zip(steps, answers, of_old, strict=True):
        assert (answer["discount"], old["discount"]) == (discount_at(recorded, step), 0.99)
        if answer["time"] != step:
            continue  # it is not among the moments that the page has
        num_actions, bound = player.model.num_actions, trace["planning_loss_bound_nats"]
        first = num_actions * trace["final_state"].tolist().index(trace["state"][step])
        q_values = (np.array(each["q"][first : first + num_actions]) for each in (answer, old))
        off, old_off = (np.abs(each - worth[step]).max() for each in q_values)
        assert off <= bound[step]
        assert (old_off <= bound[step]) == (answer["discount"] == 0.99)
        compared.append(answer["discount"])
    assert min(compared.count(0.9), compared.count(0.99)) >= 2


def test_errors_are_divergences_from_the_truth(life):
    _, moments = life
    for answer, truth in moments:
        if (mdp := truth["mdp"]) is None:
            assert answer["reasons"] is None or all(reason["error"] is None for reason in answer["reasons"])
            continue
        for reason in answer["reasons"] or ():
            pair = answer["state"] * mdp.num_actions + reason["action"]
            true = mdp.transition[[pair]].toarray().ravel()
            predicted = truth["model"].predictive(answer["state"], reason["action"])[: len(true)]
            if predicted.sum() > 1 - 1e-12:
                assert math.isclose(
                    reason["error"], information.kl_divergence(true, predicted), rel_tol=1e-9, abs_tol=1e-12
                )


def test_the_part_that_is_reward_is_that_of_a_plan_decomposed(tmp_path):
    """Against `Explorer.decompose`, which solves a system of equations for it."""

    recorded = lived(tmp_path, "--env", "six-arms", "--steps", 400, "--reward-weight", 3)
    ((answer,),) = numbers_of(making.make_page([recorded.directory]), [333])
    player, _ = believed(recorded, 333)
    payment, planner = Payment(player, recorded.config), ValueIteration(recorded.config["discount"], 1e-13)
    paid = payment.fresh()
    packed = Pack(paid)
    planner.plan(player.model, pay_all(player.model.address, packed.address), answer["state"])
    parts = decompose(player.model, paid.terms, planner, answer["state"])
    told = [reason["parts"] for reason in answer["reasons"]]
    np.testing.assert_allclose([each["reward"] for each in told], parts.reward, rtol=1e-8)
    np.testing.assert_allclose([each["now"] + each["later"] for each in told], parts.bonus, rtol=1e-8)
    assert max(parts.reward) > 1


def test_turns_and_misses_are_those_of_a_belief_that_lives_again(tmp_path):
    """An action is taken for the state that Python predicts with most, beside what is spread evenly, if it is > .3."""
    recorded = lived(tmp_path, "--env", "FrozenLake8x8-v1", "--steps", 500)
    trace = recorded.trace
    told = numbers_of(making.make_page([recorded.directory]), range(500), TURNS)
    player, _ = believed(recorded, 0)
    resets = dict(zip(trace["reset_step"].tolist(), trace["reset_state"].tolist(), strict=True))
    for step, transition in enumerate(transitions(recorded)):
        if step and step in resets:
            player.model.begin(resets[step])
        state, came = transition.state, transition.next_state
        named = player.model.predictive(state, transition.action)
        named = named - named.min()  # more states than were seen to follow: the least is that of anywhere
        most, miss = named.max(), told["misses"][step]
        if most > 0.3 and most - named[came] > 1e-9:
            assert miss["came"] == came
            assert named[miss["expected"]] == pytest.approx(most)
            assert [miss["chance"], miss["believed"]] == pytest.approx([most, named[came]], abs=1e-12)
        else:
            assert miss is None
        before = trace["state"][step - 1] if step and step not in resets else state
        is_back = before != state and named[before] > max(0.3, most - 1e-9)
        if (named >= most - 1e-9).sum() == 1:  # of equally likely states the page takes any
            assert (step in told["turns"]) == is_back
        player.model.observe(transition)
    assert told["before"][1:] == told["misses"][:-1]
    assert len(told["turns"]) > 20


def test_the_surprise_in_the_page_is_that_of_the_textbook():
    """KL(Dir(a + e_j) || Dir(a)), by digamma functions and by `agent.dirichlet`, over twelve decades."""
    cases = [(10.0**i, 10.0**j) for i in range(-6, 7, 2) for j in range(-6, 7, 2)]
    program = (
        f"{script(['special.js'])} console.log(JSON.stringify({json.dumps(cases)}.map(([a, d]) => excessDrop(a, d))))"
    )
    told = json.loads(subprocess.run([NODE, "-e", program], capture_output=True, text=True, check=True).stdout)
    for (a, d), found in zip(cases, told, strict=True):
        assert math.isclose(found, dirichlet.bayesian_surprise([a, d], 0), rel_tol=1e-12)
        if 1e-2 <= a <= 1e2 and 1e-2 <= d <= 1e2:
            textbook = digamma(a + 1) - digamma(a + d + 1) + math.log((a + d) / a)
            assert math.isclose(found, textbook, rel_tol=1e-9, abs_tol=1e-13)
