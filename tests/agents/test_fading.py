"""Curiosity that fades: weights by the share that is left, plans that follow, and a life that is the same compiled."""

import numpy as np
import pytest

import envs
from agent import interact, make_agent, simulate
from agent.agents.rng import seed_streams
from agent.agents.saturation import STEP

OPTIONS = {
    "prior": "symmetric:2", "reward_belief": "gaussian", "reward_weight": 1e-4, "curiosity_weight": 3.0,
    "reward_gain_weight": 0.5,
}  # fmt: skip


def share_left(model):
    """What is left to learn of the pairs of all known states, over what there was: by each pair's own numbers."""
    known = model.known_states()
    live = known[model.states.kind[known] == 1]
    left = sum(float(model.expected_gains(int(state)).sum()) for state in live)
    return left / (live.size * model.num_actions * model.numbers.unvisited_gain)


@pytest.mark.parametrize("prior", ["symmetric:2", "empirical-bayes", "forgetting:200"])
@pytest.mark.parametrize("world", ["river-swim", "deep-sea"])
def test_weights_follow_what_is_left(world, prior):
    """Of every decision; and the mended plan is the solved one for the payoffs that these weights make."""
    env = envs.make(world)
    mended, solved = (
        make_agent("fading", env, 0, **OPTIONS | {"prior": prior, "planner": planner}, tolerance=1e-9)
        for planner in ("incremental", "value-iteration")
    )
    terms, changes, before = mended.agent_state.terms, 0, 1.0

    class Both:
        """Acts by the one plan, and compares it with the other."""

        model = mended.model

        def begin(self, state):
            mended.begin(state)
            solved.begin(state)

        def act(self, state):
            action = mended.act(state)
            solved.act(state)
            model = mended.model
            assert abs(terms.share_left - min(share_left(model), 1.0)) <= STEP * terms.share_left + 1e-9
            assert terms.curiosity_weight == 3.0 * terms.share_left
            assert terms.reward_gain_weight == 0.5 * terms.share_left
            paid = terms.curiosity_weight * model.expected_gains(state)
            paid += terms.reward_gain_weight * model.expected_reward_gains(state) + 1e-4 * model.expected_rewards(state)
            assert model.of_pairs("payoff", state) == pytest.approx(paid, rel=1e-9)
            assert mended.q_values(state) == pytest.approx(solved.q_values(state), rel=1e-5)
            return action

        def observe(self, transition):
            mended.observe(transition)
            solved.observe(transition)

    for _ in interact(env, Both(), 150, 1):
        changes += terms.share_left != before
        before = terms.share_left
    assert changes > 5
    assert before < 0.7


def test_a_life_is_the_same_compiled():
    env = envs.make("river-swim")
    (life,) = simulate(env, "fading", 800, [2], **OPTIONS)
    world_seed, agent_seed = seed_streams(2)
    walker = make_agent("fading", env, agent_seed, steps=800, **OPTIONS)
    walked = [(step.state, step.action) for step in interact(env, walker, 800, world_seed)]
    assert walked == list(zip(life.steps["state"].tolist(), life.steps["action"].tolist(), strict=True))
    (plain,) = simulate(env, "curious", 800, [2], **OPTIONS)
    assert not np.array_equal(plain.steps["action"], life.steps["action"])


def test_what_curiosity_costs_has_an_end():
    """Of what is paid for looking at one pair again and again, the second half of a long life has next to nothing."""
    env = envs.make("river-swim")
    spent = {}
    for name in ("curious", "fading"):
        explorer = make_agent(name, env, 0, prior="symmetric:1", curiosity_weight=1.0)
        paid = []
        for _ in interact(env, explorer, 4000, 0):
            paid.append(explorer.agent_state.terms.curiosity_weight * explorer.model.last_expected_gain)
        spent[name] = np.cumsum(paid)[[1999, 3999]]
    late = {name: (total[1] - total[0]) / total[0] for name, total in spent.items()}
    assert late["fading"] < late["curious"] / 3, late
