"""Planning always ends, whatever is paid; signals are served in between; certificates hold at the end of numbers."""

import os
import signal
import subprocess
import sys
import time

import mpmath
import numpy as np
import pytest

import agent
import envs
from agent.agents.rng import seed_streams
from agent.bonuses import Bonus
from agent.interruption import CalledOff, called_off_by, pause
from agent.planners.finite_horizon import FARTHEST, FiniteHorizon
from agent.planners.incremental.planner import Incremental
from agent.planners.value_iteration import ValueIteration
from agent.registry import BONUSES
from agent.simulation.simulate import Simulation
from envs import FiniteMDP, TabularEnv
from tests.benchmarks.explored import explored_grid
from tests.support.dense_problem import dense_problem

posix = pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")


def within(seconds, code):
    """Run a script in a process of its own: an endless loop in compiled code cannot be stopped from inside."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, done.stderr
    return done.stdout


ABSORBING = """
import numpy as np, agent
from envs import FiniteMDP, TabularEnv
T = np.zeros((2, 2, 2))
T[0, :, 0], T[0, :, 1], T[1, :, 1] = 0.9, 0.1, 1
env = TabularEnv(FiniteMDP.from_dense(T, [[1, 1], [0, 0]]))
options = dict(prior="local", curiosity_weight=0.0, reward_weight=1.0)
(life,) = agent.simulate(env, "curious", num_steps=2000, **options)
print(life.agent.model.states.value[1], *life.steps["planning_loss_bound_nats"][[0, -1]])
"""


@pytest.mark.slow
def test_a_state_that_is_worth_nothing_is_planned_for():
    """Once in the absorbing state the value at hand is 0, and no loss at all would be allowed."""
    value, first, last = map(float, within(300, ABSORBING).split())
    assert 0 <= value < 1e-11  # where the other state is worth some 9
    assert 0 <= first < 1e-290  # nothing is known to pay: all values are 0, and no number is smaller than eps
    assert 0 < last < 1e-8


def random_world(rng, rewards):
    num_states, num_actions = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    transition = np.zeros((num_states, num_actions, num_states))
    for row in transition.reshape(-1, num_states):
        chosen = rng.choice(num_states, int(rng.integers(1, min(num_states, 3) + 1)), replace=False)
        row[chosen] = 1 / len(chosen)
    paid = rng.choice([0.0, 0.0, 1.0, -1.0, 0.5, 1e-9, 1e6], (num_states, num_actions)) * rng.choice(rewards)
    return FiniteMDP.from_dense(transition, paid)


PRIORS = ("local", "local:1e-4", "symmetric", "symmetric:1e-3", "symmetric:100", "empirical-bayes")


def hostile_lives(first, number):
    """Lives of 200 steps with options drawn from the ends of their ranges."""
    for seed in range(first, first + number):
        rng = np.random.default_rng(seed)
        mdp = random_world(rng, [0.0, 1.0, -1.0, 1e-3, 5e-324, 1e-300, 1e-160, 1e10, 1e80, -1e80])
        options = {
            "prior": str(rng.choice(PRIORS)),
            "bonus": str(rng.choice(list(BONUSES))),
            "planner": str(rng.choice(["incremental", "value-iteration", "finite-horizon:5"], p=[0.8, 0.1, 0.1])),
            "discount": float(rng.choice([1e-12, 0.01, 0.5, 0.99, 0.9999, 0.999999, 1 - 1e-15])),
            "tolerance": float(rng.choice([1e-300, 1e-16, 1e-9, 1e-4, 0.01, 1, 1e300])),
            "curiosity_weight": float(rng.choice([0, 0, 1, -1, 1e-300, 1e90])),
            "reward_weight": float(rng.choice([0, 1, 1, -1, 1e-300, 1e6])),
        }
        print(seed, options, flush=True)
        (life,) = agent.simulate(TabularEnv(mdp), "curious", 200, [seed], **options)
        model = life.agent.model
        assert np.isfinite(model.states.value).all()
        assert np.isfinite(model.pairs.q_value).all()
        assert (life.steps["planning_loss_bound_nats"] >= 0).all()


@pytest.mark.slow
def test_every_life_ends():
    within(600, "from tests.planners.test_hostile_planning import hostile_lives; hostile_lives(0, 150)")


def optimum(transition, payoff, discount):
    """Value of the best policy, and a function for that of any, in 60 digits by policy iteration."""
    num_states, num_actions = payoff.shape
    mpmath.mp.dps, exact = 60, mpmath.mpf
    rows = [[[exact(float(p)) for p in row] for row in rows] for rows in transition]
    rows = [[[p / sum(row) for p in row] for row in of_state] for of_state in rows]
    paid = [[exact(float(p)) for p in row] for row in payoff]
    discount = exact(discount)

    def value_of(policy):
        system, right = mpmath.eye(num_states), mpmath.matrix(num_states, 1)
        for state, action in enumerate(policy):
            right[state] = paid[state][action]
            for other in range(num_states):
                system[state, other] -= discount * rows[state][action][other]
        return mpmath.lu_solve(system, right)

    policy = [0] * num_states
    while True:
        value, better = value_of(policy), list(policy)
        for state in range(num_states):
            pairs = zip(paid[state], rows[state], strict=True)
            q = [p + discount * sum(x * y for x, y in zip(row, value, strict=True)) for p, row in pairs]
            best = max(range(num_actions), key=q.__getitem__)
            if q[best] > q[policy[state]] + exact(10) ** -45 * (1 + abs(q[best])):
                better[state] = best
        if better == policy:
            return value, value_of
        policy = better


@pytest.mark.parametrize("planner", ["incremental", "value-iteration"])
def test_the_certificate_allows_for_rounding(planner):
    """Against exact arithmetic, where tolerances are finer than numbers and discounts close to one."""
    for seed in range(30):
        rng = np.random.default_rng(seed)
        mdp = random_world(rng, [1.0, -1.0, 1e-3, 1e-200, 1e60])
        discount = float(rng.choice([0.01, 0.5, 0.95, 0.9999, 0.999999]))
        options = {
            "prior": str(rng.choice(PRIORS)),
            "tolerance": float(rng.choice([1e-16, 1e-12, 1e-6, 0.01])),
            "curiosity_weight": float(rng.choice([0, 1, 1e-6])),
            "reward_weight": float(rng.choice([0, 1, -1])),
        }
        steps = int(rng.integers(5, 200))
        options |= {"discount": discount, "planner": planner}
        (life,) = agent.simulate(TabularEnv(mdp), "curious", steps, [seed], **options)
        explorer = life.agent
        explorer.act(int(life.steps["next_state"][-1]))
        transition, payoff, live = dense_problem(explorer)
        best, value_of = optimum(transition, payoff, discount)
        policy = np.zeros(len(payoff), dtype=int)
        policy[live] = explorer.q_values(live).argmax(axis=1)
        achieved = value_of(policy.tolist())
        assert max(best[state] - achieved[state] for state in live) <= explorer.loss_bound, (seed, options)


def test_rows_are_worked_out_again_before_rounding_matters():
    """What is pushed a thousand times rounds a thousand times; the allowance for it stays a share of eps."""
    model, rng = explored_grid(12), np.random.default_rng(0)
    planner = Incremental(0.95, 1e-8)
    payoff = model.pairs.payoff[: 4 * 144]
    payoff[:] = rng.random(payoff.size)
    model.pairs.payoff[: payoff.size] = payoff
    planner.plan(model, 0.0, 0)
    shares = []
    for _ in range(600):
        state, action = int(rng.integers(144)), int(rng.integers(4))
        successor = int(rng.choice(np.flatnonzero(model.predictive(state, action) > 1e-3)))
        model.observe(agent.protocols.Transition(state, action, 0.0, successor, False, False))
        planner.plan(model, 0.0, 0)
        shares.append(planner.progress.plan.rounding_error / planner.progress.plan.eps)
    assert planner.num_pops > 3 * 16 * 144
    assert 0.05 < max(shares) < 0.5


@pytest.mark.parametrize("horizon", [0, -1, 2.5, True, "30", None, float("nan"), FARTHEST + 1, 10**30])
def test_a_horizon_is_a_number_of_steps(horizon):
    with pytest.raises(ValueError, match=f"whole number of steps from 1 to {FARTHEST}"):
        FiniteHorizon(horizon)


def test_a_plan_is_called_off_between_two_pieces():
    class Twice:
        """Says no at the second question."""

        asked = 0

        def __call__(self):
            self.asked += 1
            return self.asked > 1

    model = explored_grid(30)
    model.pairs.payoff[:3600] = np.random.default_rng(0).random(3600)
    for planner in (FiniteHorizon(FARTHEST), ValueIteration(1 - 1e-12, 1e-300)):
        question = Twice()
        with pytest.raises(CalledOff), called_off_by(question):
            planner.plan(model, 0.0, 0)
        assert question.asked == 2
    pause()  # nobody is asked any more


INTERRUPTED = {
    "a plan far ahead": "agent.simulate(envs.make('grid'), 'curious', 10**7, planner='finite-horizon:1000000')",
    "many lives on threads": "agent.simulate(envs.make('grid'), 'curious', 10**8, seeds=8)",
    "the loop in Python": (
        "list(agent.interact(env := envs.make('grid'), agent.make_agent('curious', env, "
        "planner='finite-horizon:1000000'), 1000))"
    ),
    "a solution": "solve(slow(), 1 - 1e-12, 1e-300)",
}
SCRIPT = """
import agent, envs
import numpy as np, scipy.sparse as sp
from agent.planners.value_iteration import solve

def slow(n=20000):
    rows = sp.csr_array((np.ones(n), (np.arange(n), (np.arange(n) + 1) % n)), shape=(n, n))
    rows = sp.csr_array(sp.eye(n) * (1 - 1e-6) + 1e-6 * rows)
    return envs.FiniteMDP(rows, np.random.default_rng(0).random((n, 1)), np.eye(n)[0], np.zeros(n, bool))

agent.simulate(envs.make('grid'), 'curious', 2, planner='finite-horizon:2')  # compiles
agent.simulate(envs.make('grid'), 'curious', 200)
solve(slow(4), 0.5, 1e-3)
print("ready", flush=True)
{what}
"""


@pytest.mark.slow
@posix
@pytest.mark.parametrize("what", INTERRUPTED)
def test_ctrl_c_is_served_soon(what):
    code = SCRIPT.replace("{what}", INTERRUPTED[what])
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(2)
            assert process.poll() is None
            os.kill(process.pid, signal.SIGINT)
            _, errors = process.communicate(timeout=60)  # a second, but for what else the machine does
        finally:
            process.kill()
    assert errors.decode().strip().endswith("KeyboardInterrupt")


def test_a_failure_in_mid_life_leaves_the_steps_before_it():
    env = envs.make("lock")
    world_seed, agent_seed = seed_streams(0)
    explorer = agent.make_agent("curious", env, agent_seed, bonus=Bonus(lambda visits: 1.0 / (visits - 3.0)))
    simulation = Simulation(env, explorer, world_seed)
    made = simulation.advance(1000)
    assert 0 < made < 1000
    assert made == explorer.model.steps
    for _ in range(2):
        with pytest.raises(ValueError, match="of 3 visits, pays inf"):
            simulation.advance(1000)
    assert made == explorer.model.steps
