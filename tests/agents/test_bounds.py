"""Agents that are bounds: one that may sample any pair, and one that plans on the true map."""

import gymnasium
import numpy as np
import pytest

import envs
from agent import compare, interact, make_agent, run, simulate
from agent.agents.rng import seed_streams
from agent.simulation.scoring import Truth
from envs.adapters.placing import placer
from envs.families.river import RiverSwim
from tests.support.oracles import missing_information


def lived(name, world, num_steps=150, seed=0, **options):
    env = envs.make(world)
    agent = make_agent(name, env, seed, **options)
    return agent, env, list(interact(env, agent, num_steps, seed))


@pytest.mark.parametrize("world", ["cliques", "traps", "noisy-tv"])
@pytest.mark.parametrize("prior", ["symmetric", "empirical-bayes", "local", "structured"])
def test_no_pair_would_have_paid_more(world, prior):
    """Against gains worked out anew for all states, before every step; under rules, with the doubt of who steers."""
    env = envs.make(world)
    agent = make_agent("unembodied", env, 0, prior=prior)
    mdp = envs.true_mdp(env)
    acting = np.flatnonzero(mdp.reachable_states() & ~mdp.terminal)
    agent.begin(int(np.flatnonzero(mdp.start)[0]))
    gains = agent.model.expected_gains(acting)
    for step in interact(env, agent, 60, seed=0):
        paid = gains[np.searchsorted(acting, step.state), step.action]
        assert paid == pytest.approx(gains.max(), rel=1e-9), step
        if prior != "structured":
            assert agent.model.last_expected_gain == pytest.approx(paid, rel=1e-9)
        gains = agent.model.expected_gains(acting)


def test_steps_are_drawn_from_the_true_rows():
    _, env, path = lived("unembodied", "cliques", 2000, prior="symmetric")
    mdp = envs.true_mdp(env)
    rows = np.array([step.state * mdp.num_actions + step.action for step in path])
    taken = mdp.transition[rows].toarray()[np.arange(len(path)), [step.next_state for step in path]]
    assert (taken > 0).all()
    assert sum(path[k].next_state != path[k + 1].state for k in range(len(path) - 1)) > 1500  # it is put elsewhere
    visits = np.bincount(rows, minlength=mdp.num_states * mdp.num_actions)
    assert visits.min() > 0


def test_its_score_is_that_of_the_dense_oracle():
    env = envs.make("traps")
    agent = make_agent("unembodied", env, 0)
    truth = Truth(agent.model, envs.true_mdp(env))
    for _ in interact(env, agent, 300, seed=0):
        truth.update()
    assert truth.missing_information == pytest.approx(missing_information(agent.model, envs.true_mdp(env)))
    assert truth.coverage == 1.0


def test_ends_and_time_limits_go_on_as_for_others():
    env = gymnasium.wrappers.TimeLimit(envs.make("traps"), 7)
    agent = make_agent("unembodied", env, 0)
    path = list(interact(env, agent, 200, seed=0))
    ended = sum(step.terminated or step.truncated for step in path)
    assert sum(step.terminated for step in path) > 0
    assert agent.model.num_resets == ended + (not (path[-1].terminated or path[-1].truncated))


def test_in_a_loop_that_puts_it_nowhere_it_is_greedy():
    env = envs.make("four-rooms")
    agent = make_agent("unembodied", env, 0)
    agent.begin(0)
    gains = agent.model.expected_gains([0])[0]
    assert gains[agent.act(0)] == gains.max()
    aim = agent.place(0)
    other = next(state for state in range(5) if state != aim)
    with pytest.raises(ValueError, match="is not known"):
        agent.act(other if other else 999)


@pytest.mark.parametrize("world", ["FrozenLake-v1", "Taxi-v4", "MiniGrid-Empty-5x5-v0"])
def test_worlds_that_cannot_be_set_are_refused_in_one_line(world, capsys):
    if world.startswith("MiniGrid"):
        pytest.importorskip("minigrid", reason="the extra [minigrid] is not installed")
    assert run.main(["--env", world, "--agent", "unembodied", "--steps", "9"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "agent unembodied goes nowhere by itself, and" in line
    assert "cannot be put into any state, expected a world of envs" in line


def test_worlds_in_wrappers_are_refused():
    class Slower(gymnasium.Wrapper):
        def step(self, action):
            return super().step(0)

    with pytest.raises(ValueError, match="cannot be put into any state"):
        make_agent("unembodied", Slower(envs.make("lock")), 0)


@pytest.mark.parametrize("state", [-1, 10**6])
def test_there_is_no_such_place(state):
    with pytest.raises(ValueError, match=r"expected one of \d+ that has actions"):
        placer(envs.make("lock"))(state)


def test_nothing_can_be_done_in_terminal_places():
    env = envs.make("traps")
    terminal = int(np.flatnonzero(envs.true_mdp(env).terminal)[0])
    with pytest.raises(ValueError, match="that has actions"):
        placer(env)(terminal)


def test_a_map_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="agent true-map plans on the true map, which is not known"):
        make_agent("true-map", gymnasium.make("Blackjack-v1"), 0)


@pytest.mark.parametrize("world", ["four-rooms", "traps", "FrozenLake-v1"])
def test_plans_on_the_true_map_are_dense_value_iteration(world):
    env = envs.make(world)
    agent = make_agent("true-map", env, 0, discount=0.9, tolerance=1e-7)
    path = list(interact(env, agent, 120, seed=0))
    state = next(step.state for step in reversed(path))
    agent.act(state)
    mdp, model = envs.true_mdp(env), agent.model
    payoff = np.full((mdp.num_states, mdp.num_actions), agent.unvisited_payoff)
    live = [int(s) for s in model.known_states() if not mdp.terminal[s]]
    payoff[live] = model.expected_gains(live)
    transition = mdp.transition.toarray().reshape(mdp.num_states, mdp.num_actions, -1)
    value = np.zeros(mdp.num_states)
    for _ in range(500):
        value[mdp.terminal] = mdp.start @ value  # whoever enters is at a start already
        q = payoff + 0.9 * transition @ value
        value = np.where(mdp.terminal, value, q.max(axis=1))
    assert agent.q_values(live) == pytest.approx(q[live], abs=1e-5)
    assert agent.value(live) == pytest.approx(value[live], abs=1e-5)
    assert 0 <= agent.loss_bound <= 1e-7 * value[state] + 1e-11


def test_simulated_lives_on_the_true_map_are_walked_ones():
    env = envs.make("river-swim")
    (life,) = simulate(env, "true-map", 200, [3])
    world_seed, agent_seed = seed_streams(3)
    path = list(interact(env, make_agent("true-map", env, agent_seed), 200, world_seed))
    assert life.steps["state"].tolist() == [step.state for step in path]
    assert life.steps["action"].tolist() == [step.action for step in path]


def test_lives_on_threads_do_not_share_a_world():
    env = RiverSwim()  # in no wrapper
    envs.as_states(env)
    one, many = (simulate(env, "unembodied", 1500, 3, threads=threads, prior="symmetric") for threads in (1, 3))
    for alone, together in zip(one, many, strict=True):
        assert (alone.steps["next_state"] == together.steps["next_state"]).all()
        assert alone.steps["coverage"][-1] == 1.0


@pytest.mark.slow
@pytest.mark.parametrize(("world", "steps"), [("lock", 129), ("river-swim", 228), ("one-two-three", 434)])
def test_the_unembodied_takes_as_long_as_simulations_of_others_found(world, steps):
    """Ten seeds, symmetric prior 1 / S: a second implementation took so many steps to a tenth, with 50 seeds."""
    found = []
    for seed in range(10):
        env = envs.make(world, **({} if world == "river-swim" else {"world_seed": seed}))
        (life,) = simulate(env, "unembodied", 700, [seed], prior="symmetric")
        fresh = make_agent("random", env, 0, prior="symmetric").model
        start = Truth(fresh, envs.true_mdp(env)).missing_information
        found.append(1 + np.flatnonzero(life.steps["missing_information_nats"] <= 0.1 * start)[0])
    assert np.mean(found) == pytest.approx(steps, rel=0.1)


@pytest.mark.slow
def test_bounds_are_compared_with_others(tmp_path):
    words = "--env river-swim --agents curious true-map unembodied --seeds 4 --steps 600 --quiet --out"
    assert compare.main([*words.split(), str(tmp_path)]) == 0
    words = "--env lock --agent unembodied --baseline true-map --steps 200 --quiet --out"
    assert run.main([*words.split(), str(tmp_path)]) == 0
    assert len(list(tmp_path.glob("[!.]*"))) == 3
