"""Counts that decay, against a history that is weighed anew at every step by what is written of it."""

import math

import numpy as np
import pytest

import agent
import envs
from agent import CuriosityReward, WorldModel, dirichlet, interact, make_agent, simulate
from agent.belief import serialization
from agent.belief.forgetting.entries import SHARE
from agent.belief.forgetting.prior import Forgetting
from agent.belief.priors import Symmetric, make_prior
from agent.protocols import Transition
from agent.simulation.scoring import Truth
from tests.support.changed_doors import live

STATES, ACTIONS = 6, 2


class History:
    """Everything that happened, and as of when each pair stands; weights by their definition, no running sums."""

    def __init__(self, half_life, concentration):
        self.half_life, self.concentration = half_life, concentration
        self.happened, self.stands, self.order, self.turn = [], {}, [], 0

    def see(self, state):
        if state not in self.order:
            self.order.append(state)

    def concentrations(self, pair, now=None):
        """Those of a pair's Dirichlet, `[K]`; as it stands, or as of a number of transitions."""
        now = self.stands.get(pair, 0) if now is None else now
        dense = np.full(STATES, self.concentration / STATES)
        for number, (seen, successor) in enumerate(self.happened, start=1):
            if seen == pair:
                dense[successor] += 2.0 ** (-(now - number) / self.half_life)
        return dense

    def add(self, pair, successor):
        """Learn a transition; return its surprise and what was expected of it."""
        prior = self.concentrations(pair, len(self.happened))
        self.happened.append((pair, successor))
        posterior = prior.copy()
        posterior[successor] += 1
        self.stands[pair] = now = len(self.happened)
        for state in (pair[0], successor):
            self.see(state)
        self.renew(successor, now)
        for _ in range(min(int(len(self.order) / max(SHARE * self.half_life, 1)) + 1, len(self.order))):
            self.turn = (self.turn + 1) % len(self.order)
            self.renew(self.order[self.turn], now)
        return float(dirichlet.kl_divergence(posterior, prior)), float(dirichlet.expected_information_gain(prior))

    def renew(self, state, now):
        for action in range(ACTIONS):
            self.stands[state, action] = now


def a_life(num_steps, seed=0, half_life=20.0, concentration=1.5, belief=None):
    """A belief and a history of the same random walk, which leaves a state alone for long."""
    rng = np.random.default_rng(seed)
    model = belief or WorldModel(ACTIONS, STATES, Forgetting(half_life, concentration))
    history, state = History(half_life, concentration), 0
    model.begin(0)
    history.see(0)
    for step in range(num_steps):
        action, reach = int(rng.integers(ACTIONS)), STATES if step < num_steps // 3 else STATES - 2
        successor = int(rng.integers(max(min(state - 1, reach - 2), 0), min(state + 3, reach)))
        surprise = model.observe(Transition(state, action, 0.0, successor, False, False))
        yield model, history, surprise, history.add((state, action), successor)
        state = successor


def after(num_steps):
    """The belief after such a life."""
    return [model for model, *_ in a_life(num_steps)][-1]


@pytest.mark.slow
@pytest.mark.parametrize(("half_life", "concentration"), [(20.0, 1.5), (3.0, 0.2), (1.0, 6.0), (500.0, 1.0)])
def test_it_is_what_the_weighed_history_says(half_life, concentration):
    """Surprises, gains before, and the concentrations of all pairs as they stand, at every step."""
    life = a_life(150, half_life=half_life, concentration=concentration)
    for step, (model, history, surprise, (right, expected)) in enumerate(life):
        assert surprise == pytest.approx(right, rel=1e-9, abs=1e-13)
        assert model.numbers.last_expected_gain == pytest.approx(expected, rel=1e-9)
        if step % 7 == 0:
            for state in model.known_states().tolist():
                for action in range(ACTIONS):
                    dense = history.concentrations((state, action))
                    assert model.posterior(state, action) == pytest.approx(dense, rel=1e-9, abs=1e-12)
                    assert model.predictive(state, action) == pytest.approx(dense / dense.sum(), rel=1e-9, abs=1e-12)
                    gain = float(dirichlet.expected_information_gain(dense))
                    assert model.expected_gains(state)[action] == pytest.approx(gain, rel=1e-9)


def test_no_pair_waits_for_longer_than_it_may():
    """What stands is at most `SHARE` of a half-life old, and a step of rounding."""
    half_life = 80.0
    for model, _, _, _ in a_life(300, half_life=half_life):
        states = [state for state in model.known_states() if model.visits(int(state)).sum()]
        for state in states:
            visited = model.visits(int(state)) > 0
            age = model.steps - model.of_pairs("faded_at", int(state))[visited]
            assert age.max() <= max(SHARE * half_life, 1) + 1


def test_what_is_to_be_learnt_is_summed():
    model = after(200)
    known = model.known_states()
    assert model.numbers.expected_missing_information == pytest.approx(model.expected_gains(known).sum(), rel=1e-9)
    assert model.information_gain > 0


def test_old_knowledge_is_worth_looking_at_again():
    """A pair left alone comes to promise what it did before it was ever taken; without forgetting it never would."""
    models = [WorldModel(1, 2, Forgetting(10.0)), WorldModel(1, 2, Symmetric(1.0))]
    for model in models:
        model.begin(0)
        for _ in range(30):
            model.observe(Transition(0, 0, 0.0, 1, False, False))
    known = [float(model.expected_gains(0)[0]) for model in models]
    for model in models:
        for _ in range(300):
            model.observe(Transition(1, 0, 0.0, 1, False, False))
    later = [float(model.expected_gains(0)[0]) for model in models]
    assert later[1] == pytest.approx(known[1])
    assert known[0] < 0.1 * later[0]
    assert later[0] == pytest.approx(models[0].numbers.unvisited_gain, rel=1e-6)


def test_with_no_end_to_memory_it_is_symmetric():
    """The same transitions: equal surprises, gains and predictions, to rounding."""
    model, symmetric = WorldModel(ACTIONS, STATES, Forgetting(1e15, 2.0)), WorldModel(ACTIONS, STATES, Symmetric(2.0))
    symmetric.begin(0)
    for belief, history, surprise, _ in a_life(300, half_life=1e15, concentration=2.0, belief=model):
        (state, action), successor = history.happened[-1]
        assert symmetric.observe(Transition(state, action, 0.0, successor, False, False)) == pytest.approx(
            surprise, rel=1e-12
        )
        assert belief.predictive(state, action) == pytest.approx(symmetric.predictive(state, action), rel=1e-12)
    assert model.information_gain == pytest.approx(symmetric.information_gain, rel=1e-12)


@pytest.mark.parametrize("bonus", ["predicted-information-gain", "predictive-entropy", "posterior-variance"])
def test_other_bonuses_are_of_the_weighed_counts(bonus):
    """What is paid, by numbers of the dense Dirichlet: closed forms of `agent.dirichlet`, and the moments."""
    env = envs.make("river-swim")
    explorer = make_agent("curious", env, 0, prior="forgetting:half_life=15,concentration=2", bonus=bonus)
    for _ in interact(env, explorer, 200, 3):
        pass
    state = int(explorer.model.known_states()[0])
    explorer.act(state)
    for action in range(explorer.model.num_actions):
        dense = explorer.model.posterior(state, action)
        mean = dense / dense.sum()
        right = {
            "predicted-information-gain": float(dirichlet.predicted_information_gain(dense)),
            "predictive-entropy": float(-(mean * np.log(mean)).sum()),
            "posterior-variance": float((mean * (1 - mean) / (dense.sum() + 1)).sum()),
        }[bonus]
        assert explorer.model.of_pairs("payoff", state)[action] == pytest.approx(right, rel=1e-8)


@pytest.mark.parametrize("env_id", ["river-swim", "noisy-tv", "lock"])
def test_the_plan_keeps_its_certificate(env_id):
    """The mended plan is that of value iteration on the belief as it stands, within the bound that it states."""
    env = envs.make(env_id)
    mended, solved = (
        make_agent("curious", env, 0, prior="forgetting:25", planner=planner, tolerance=1e-9, discount=0.9)
        for planner in ("incremental", "value-iteration")
    )
    state, _ = env.reset(seed=1)
    for each in (mended, solved):
        each.begin(state)
    for _ in range(250):
        action = mended.act(state)
        solved.act(state)
        assert mended.q_values(state) == pytest.approx(solved.q_values(state), rel=1e-6)
        successor, reward, terminated, truncated, _ = env.step(action)
        for each in (mended, solved):
            each.observe(Transition(state, action, float(reward), successor, terminated, truncated))
        state = successor
        if terminated:
            state, _ = env.reset()
            for each in (mended, solved):
                each.begin(state)


def test_the_score_is_that_of_the_prediction():
    env = envs.make("river-swim")
    (life,) = simulate(env, "curious", 500, [2], prior="forgetting:40")
    mdp, total = envs.true_mdp(env), 0.0
    assert mdp is not None
    for pair in range(mdp.num_states * mdp.num_actions):
        true = mdp.transition[[pair]].toarray()[0]
        predicted = life.agent.model.predictive(*divmod(pair, mdp.num_actions))[: true.size]
        total += float(np.sum(true[true > 0] * np.log(true[true > 0] / predicted[true > 0])))
    assert life.steps["missing_information_nats"][-1] == pytest.approx(total, rel=1e-8)
    assert Truth(life.agent.model, mdp).missing_information == pytest.approx(total, rel=1e-8)


def test_a_restored_belief_goes_on_to_the_last_bit():
    first = after(120)
    arrays = serialization.arrays_of(first)
    second = WorldModel(ACTIONS, STATES, Forgetting(20.0, 1.5))
    serialization.restore(second, arrays)
    rng, state = np.random.default_rng(5), 0
    for _ in range(80):
        action, successor = int(rng.integers(ACTIONS)), int(rng.integers(STATES))
        step = Transition(state, action, 0.0, successor, False, False)
        assert first.observe(step) == second.observe(step)
        state = successor
    later = [serialization.arrays_of(model) for model in (first, second)]
    assert later[0].keys() == later[1].keys()
    assert all(np.array_equal(later[0][name], later[1][name]) for name in later[0])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("edge_forgotten", np.nan), ("edge_forgotten", 1.0), ("edge_forgotten", -1e9), ("pair_faded_at", -1.0),
        ("pair_faded_at", 1e6), ("pair_faded_at", 0.5), ("next_faded", -1), ("next_faded", 99),
    ],
)  # fmt: skip
def test_damaged_files_are_refused(name, value):
    first = after(60)
    arrays, fresh = serialization.arrays_of(first), WorldModel(ACTIONS, STATES, Forgetting(20.0, 1.5))
    damaged = arrays | {name: arrays[name].copy()}
    damaged[name][0] = value
    with pytest.raises(ValueError, match=f"{name} is damaged"):
        serialization.restore(fresh, damaged)
    with pytest.raises(ValueError, match=f"{name} is damaged, or missing"):
        serialization.restore(fresh, {key: column for key, column in arrays.items() if key != name})
    with pytest.raises(ValueError, match="prior is"):
        serialization.restore(WorldModel(ACTIONS, STATES, Forgetting(21.0, 1.5)), arrays)
    assert fresh.steps == 0


def test_a_wrapper_pays_by_it_and_keeps_it(tmp_path):
    """Numbers of states that are open, too: the tables grow, and K with them."""
    surprises = []
    for kept in (False, True):
        env = CuriosityReward(envs.make("four-rooms"), prior="forgetting:half_life=50")
        env.reset(seed=1)
        paid = [env.step(step % 4)[1] for step in range(200)]
        if kept:
            env.save(tmp_path / "belief.npz")
            env = CuriosityReward(envs.make("four-rooms"), prior="forgetting:half_life=50")
            env.restore(tmp_path / "belief.npz")
            env.reset(seed=1)
        surprises.append(paid)
    assert surprises[0] == surprises[1]
    assert min(surprises[0]) > 0
    open_ended = WorldModel(2, None, Forgetting(10.0))
    open_ended.begin(0)
    for state in range(300):
        open_ended.observe(Transition(state, 0, 0.0, state + 1, False, False))
    assert open_ended.num_outcomes == 1024
    assert open_ended.numbers.expected_missing_information == pytest.approx(
        open_ended.expected_gains(open_ended.known_states()).sum(), rel=1e-9
    )


@pytest.mark.parametrize("half_life", ["0", "0.5", "nan", "inf", "-3", "many"])
def test_half_lives_out_of_range_are_refused(half_life):
    with pytest.raises(ValueError, match="half_life"):
        make_prior(f"forgetting:{half_life}")


def test_a_simulated_life_is_the_walked_one():
    env = envs.make("four-rooms")
    options = {"prior": "forgetting:half_life=60", "reward_weight": 0.5}
    (life,) = simulate(env, "curious", 600, [4], **options)
    world_seed, agent_seed = agent.agents.rng.seed_streams(4)
    walker = make_agent("curious", env, agent_seed, steps=600, **options)
    gained = [
        (step.state, step.action, walker.model.numbers.last_surprise) for step in interact(env, walker, 600, world_seed)
    ]
    columns = (life.steps[name].tolist() for name in ("state", "action", "information_gain_nats"))
    assert gained == list(zip(*columns, strict=True))


@pytest.mark.slow
def test_forgetting_finds_the_door_that_opened():
    """Four paired lives: by forgetting the new way is found several times sooner, and more is earned from then on."""
    found = {
        prior: np.mean([live(seed, 4000, 7000, prior, curiosity_weight=0.03)[:3:2] for seed in range(4)], axis=0)
        for prior in ("symmetric", "forgetting:half_life=1000")
    }
    assert found["forgetting:half_life=1000"][0] < found["symmetric"][0] / 2
    assert math.isfinite(found["symmetric"][1])
