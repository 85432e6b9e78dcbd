"""Every agent, bonus, prior and planner through one suite; the loop; the score against the truth."""

import itertools
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import gymnasium
import numpy as np
import pytest

import agent as package
import envs
from agent import dirichlet, make_agent
from agent.agents.rng import below, choose, stream
from agent.belief.world_model import WorldModel
from agent.bonuses import Bonus
from agent.compilation.handles import Pack
from agent.parts import load
from agent.planners.payoffs import pay_all, payoffs
from agent.protocols import Transition
from agent.registry import AGENTS, BONUSES, OWN_PARTS, PLANNERS, PRIORS
from agent.simulation.interaction import interact
from agent.simulation.scoring import Truth
from tests.support.every_agent import EVERY_AGENT
from tests.support.oracles import missing_information

EVERY = [
    *EVERY_AGENT,
    *({"name": "curious", "bonus": bonus} for bonus in BONUSES),
    *({"name": "curious", "planner": planner} for planner in PLANNERS),
    *({"name": "curious", "prior": {"equal-targets": "equal-targets:3"}.get(prior, prior)} for prior in PRIORS),
    {"name": "curious", "reward_weight": 1.0},
]


def played(options, world="traps", num_steps=120, seed=3):
    env = envs.make(world)
    options = dict(options)
    agent = make_agent(options.pop("name"), env, seed, steps=num_steps, **options)
    truth = Truth(agent.model, envs.true_mdp(env))
    path = []
    for transition in interact(env, agent, num_steps, seed):
        truth.update()
        path.append(transition)
    return agent, truth, path


@pytest.mark.parametrize("options", EVERY, ids=lambda o: "-".join(map(str, o.values())))
def test_conformance(options):
    agent, truth, path = played(options)
    assert len(path) == agent.model.steps == 120
    assert agent.model.information_gain > 0
    assert 0 < truth.fraction < 1
    assert truth.missing_information == pytest.approx(
        missing_information(agent.model, envs.true_mdp(envs.make("traps")))
    )
    again, _, same = played(options)
    assert path == same
    assert bytes(again.model.numbers) == bytes(agent.model.numbers)
    _, _, other = played(options, seed=4)
    assert path != other


def test_ends_are_resets_and_not_edges():
    _, _, path = played({"name": "random"}, num_steps=400)
    ends = [t for t, s in enumerate(path) if s.terminated]
    assert ends
    starts = set(np.flatnonzero(envs.true_mdp(envs.make("traps")).start))
    assert all(path[t + 1].state in starts for t in ends if t + 1 < len(path))


def test_a_truncation_is_learned_and_the_jump_after_it_is_not():
    env = gymnasium.wrappers.TimeLimit(envs.make("four-rooms"), 7)
    agent = make_agent("random", env, 0)
    path = list(interact(env, agent, 70, seed=0))
    assert sum(s.truncated for s in path) == 10
    assert agent.model.numbers.num_resets == 10
    edges = {(s.state, s.action, s.next_state) for s in path}
    assert agent.model.num_edges == len(edges)
    assert not agent.model.states.kind[agent.model.known_states()].max() > 1


def test_interaction_goes_on_with_what_is_known():
    env = envs.make("four-rooms")
    agent = make_agent("curious", env, 0)
    assert len(list(interact(env, agent, 30, seed=0))) == 30
    known = agent.model.information_gain
    assert len(list(interact(env, agent, 30, seed=1))) == 30
    assert agent.model.steps == 60
    assert agent.model.information_gain > known


@pytest.mark.parametrize("world", ["FrozenLake-v1", "CliffWalking-v1", "Taxi-v4"])
def test_gymnasium_worlds_work_as_they_are(world):
    env = gymnasium.make(world)
    agent = make_agent("curious", env, 0)
    truth = Truth(agent.model, envs.true_mdp(env))
    for _ in interact(env, agent, 300, seed=0):
        truth.update()
    assert 0 < truth.coverage <= 1
    assert truth.fraction < 1


def test_an_agent_of_ones_own_needs_three_methods():
    class Upwards:
        def __init__(self):
            self.seen = []

        def begin(self, state):
            self.seen.append(("begin", state))

        def act(self, state):
            return 0

        def observe(self, transition):
            self.seen.append(transition)

    agent = Upwards()
    path = list(interact(envs.make("four-rooms"), agent, 5, seed=0))
    assert agent.seen[0][0] == "begin"
    assert agent.seen[1:] == path
    assert all(isinstance(step, Transition) for step in path)


def test_missing_information_is_the_dense_sum():
    env = envs.make("tv-rooms")
    mdp = envs.true_mdp(env)
    agent = make_agent("curious", env, 0)
    truth = Truth(agent.model, mdp)
    assert truth.missing_information == pytest.approx(truth.yardstick, rel=1e-12)
    for _ in interact(env, agent, 2000, seed=0):
        truth.update()
    dense = visited = 0.0
    reachable = mdp.reachable_pairs()
    for state, action in zip(*np.nonzero(reachable), strict=True):
        true = mdp.transition[[state * mdp.num_actions + action]].toarray()[0]
        seen = true > 0
        predicted = agent.model.predictive(state, action)[seen]
        dense += float((true[seen] * np.log(true[seen] / predicted)).sum())
        visited += agent.model.visits([state])[0, action] > 0
    assert truth.missing_information == pytest.approx(dense, rel=1e-9)
    assert truth.fraction == pytest.approx(dense / truth.yardstick)
    assert truth.coverage == visited / reachable.sum()


def test_bonuses_are_what_their_names_say():
    model = WorldModel(1, 6)
    model.begin(0)
    for successor in (1, 1, 2, 1):
        model.observe(Transition(0, 0, 0.0, successor, False, False))
    posterior = model.posterior(0, 0)
    gain, predicted = dirichlet.expected_information_gain(posterior), dirichlet.predicted_information_gain(posterior)
    p = dirichlet.mean(posterior)
    pair_entropy = -float((p * np.log(p)).sum())
    expected = {
        "expected-information-gain": gain,
        "predicted-information-gain": predicted,
        "predictive-entropy": pair_entropy,
        "count": 1 / 5,
        "root-count": 1 / math.sqrt(5),
    }
    for name, value in expected.items():
        terms = Pack(payoffs(load(BONUSES, "bonus", name)))
        pay_all(model.address, terms.address)
        assert model.pairs.payoff[0] == pytest.approx(value, rel=1e-10), name


def test_payoffs_add_bonus_and_reward():
    env = envs.make("traps")
    agent = make_agent("curious", env, 0, curiosity_weight=0.5, reward_weight=2.0)
    for _ in interact(env, agent, 600, seed=0):
        pass
    model = agent.model
    rewarded = [
        (s, a) for s, a in itertools.product(model.known_states(), range(4)) if model.mean_reward(s, a)[0] not in (0.0,)
        and model.visits([s])[0, a] > 0
    ]  # fmt: skip
    assert rewarded
    for state, action in rewarded:
        wanted = 0.5 * model.expected_gains([state])[0, action] + 2.0 * model.mean_reward(state, action)[0]
        assert model.pairs.payoff[state * 4 + action] == pytest.approx(wanted, rel=1e-9)


def test_ties_are_broken_evenly():
    state = stream(0)
    values = np.array([1.0, 3.0, 3.0, 2.0, 3.0])
    picks = np.bincount([choose(values, 0, 5, 1, state) for _ in range(6000)], minlength=5)
    assert picks[[0, 3]].sum() == 0
    assert (np.abs(picks[[1, 2, 4]] - 2000) < 4 * math.sqrt(6000 * 2 / 9)).all()
    draws = np.bincount([below(state, 7) for _ in range(7000)], minlength=7)
    assert (np.abs(draws - 1000) < 4 * math.sqrt(7000 * 6 / 49)).all()


@pytest.mark.parametrize(("table", "kind"), [(AGENTS, "agent"), (BONUSES, "bonus"), (PLANNERS, "planner")])
def test_unknown_names_list_the_known_ones(table, kind):
    name = next(iter(table))
    with pytest.raises(ValueError, match=f"unknown {kind} '{name}x'. Did you mean '{name}'") as error:
        load(table, kind, name + "x")
    assert all(known in str(error.value) for known in table)


@pytest.mark.parametrize(
    ("planner", "message"),
    [("finite-horizon:x", "horizon"), ("finite-horizon:0", "horizon"), ("greedy:3", "greedy has no parameters")],
)
def test_planner_options_are_checked(planner, message):
    with pytest.raises(ValueError, match=message):
        make_agent("curious", envs.make("four-rooms"), 0, planner=planner)


def test_the_public_face_is_lazy():
    code = "import sys, agent; assert not {'numpy', 'numba', 'gymnasium', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert set(package.__all__) <= set(dir(package))
    assert package.make_agent is make_agent
    with pytest.raises(AttributeError, match="no attribute"):
        _ = package.nothing


SCRIPT = """
import json, envs, agent
from agent.simulation.scoring import Truth
out = []
for world, name, prior in [("traps", "curious", "empirical-bayes"), ("lock", "count", "symmetric"),
                           ("four-rooms", "curious", "local"), ("tv-rooms", "least-taken", "empirical-bayes"),
                           ("traps", "curious:learning-progress", "empirical-bayes"),
                           ("river-swim", "curious:empowerment,tolerance=.01", "structured"),
                           ("lock", "curious:predicted-information-gain", "equal-targets")]:
    env = envs.make(world)
    explorer = agent.make_agent(name, env, 5, prior=prior)
    truth = Truth(explorer.model, envs.true_mdp(env))
    path = []
    for t in agent.interact(env, explorer, 60, 5):
        truth.update()
        path.append([t.state, t.action, t.next_state, explorer.model.last_surprise.hex(), truth.fraction.hex()])
    out.append(path)
print(json.dumps(out))
"""


@pytest.mark.slow
def test_compiled_and_interpreted_runs_have_the_same_bits():
    root = Path(package.__file__).parent.parent
    outputs = []
    for disabled in ("0", "1"):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT], env=environment, cwd=root, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        outputs.append(json.loads(done.stdout))
    assert outputs[0] == outputs[1]


def test_a_score_may_be_asked_for_at_any_time():
    env = envs.make("four-rooms")
    agent = make_agent("random", env, 0)
    truth = Truth(agent.model, envs.true_mdp(env))
    for t, _ in enumerate(interact(env, agent, 300, seed=0)):
        if t % 7 == 0:  # several steps at once, and twice
            truth.update()
            truth.update()
            again = Truth(agent.model, envs.true_mdp(env))
            assert truth.coverage == again.coverage
            assert truth.missing_information == pytest.approx(again.missing_information, rel=1e-9)


def test_a_bonus_must_be_finite():
    def divides(visits, concentration, expected_gain, predicted_gain, entropy):
        return expected_gain / visits

    for planner in ("value-iteration", "incremental"):
        env = envs.make("four-rooms")
        agent = make_agent("curious", env, 0, bonus=Bonus(divides), planner=planner)
        with pytest.raises((ValueError, ZeroDivisionError)):
            list(interact(env, agent, 5, seed=0))


def test_own_parts_are_those_of_the_table():
    for name, own in OWN_PARTS.items():
        agent = make_agent(name, envs.make("lock"), 0)
        assert "bonus" not in own or agent.bonus is load(BONUSES, "bonus", own["bonus"])
        assert "planner" not in own or type(agent.planner) is load(PLANNERS, "planner", own["planner"])
