"""States of a world that declares more of them than tables by number could hold: numbered when they are first met."""

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Discrete

import envs
from agent import CuriosityReward, WorldModel, interact, make_agent
from agent.simulation.scoring import Truth
from envs import as_states, enumerate_mdp
from envs.adapters import state_env
from tests.support.scattered_world import Scattered

MANY = [10**7, 10**9, 2**62, 2**63 - 1]


@pytest.mark.parametrize("n", MANY)
@pytest.mark.parametrize("start", [0, -5, -(2**62)])
def test_numbers_are_handed_out_in_order_of_first_sight(n, start):
    if start + n > 2**63:
        pytest.skip("such a space counts beyond 64 bits")
    env = as_states(Scattered(n, start))
    assert env.num_states == n
    assert env.reset()[0] == 0
    assert [env.step(0)[0] for _ in range(4)] == [1, 2, 3, 0]
    assert env.step(1)[0] == 3
    assert env.step(1)[:3] == (4, 1.0, True)  # the terminal twin of state 2 has the next number
    assert env.state_of(start + n // 2, terminal=False) == 2
    with pytest.raises(ValueError, match="expected one of its space"):
        env.state_of(start - 1, terminal=False)


@pytest.mark.parametrize(
    ("n", "num_actions", "is_open"),
    [(2**19, 2, False), (2**19 + 1, 2, True), (20_000, 52, False), (20_000, 53, True), (1, 100_000, False)],
)
def test_what_counts_are_the_pairs_that_a_table_would_hold(n, num_actions, is_open):
    env = as_states(Scattered(n, num_actions=num_actions))
    assert env.is_open == is_open
    assert env.num_states == n
    assert env.state_of(n - 1, terminal=False) == (0 if is_open else n - 1)


def test_where_the_truth_is_known_numbers_are_its_own():
    env = envs.make("grid", size=800)
    assert env.observation_space.n * env.action_space.n > state_env.MOST_DECLARED_PAIRS
    state = int(env.observation_space.n) - 1
    assert as_states(env).state_of(state, terminal=False) == state
    changed = as_states(gymnasium.wrappers.TransformReward(env, lambda reward: reward))
    assert changed.state_of(state, terminal=False) == 0


def test_a_wrapper_around_numbered_states_numbers_as_they_do():
    inner = as_states(Scattered(10**9))
    env = as_states(gymnasium.wrappers.TimeLimit(inner, 50))
    assert env.num_states == 10**9
    assert [env.reset()[0], env.step(0)[0], env.step(0)[0]] == [0, 1, 2]
    few = as_states(Scattered(2**19))
    assert as_states(gymnasium.wrappers.TimeLimit(few, 50)).state_of(77, terminal=False) == 77


@pytest.mark.parametrize("agent", ["curious", "random"])
def test_a_life_costs_what_was_visited_and_is_that_of_few_states(agent):
    lives = {}
    for n in (10, 10**9, 2**62):
        env = Scattered(n)
        explorer = make_agent(agent, env, seed=1)
        lives[n] = list(interact(as_states(env), explorer, 300, seed=1))
        model = explorer.model
        assert model.num_outcomes == n + (n == 10)  # the one of ten whose end has a number beyond them
        assert model.num_known_states == 5
        assert len(model.states.kind) <= 1024
    if agent == "random":  # a plan depends on how many states there are
        assert lives[10**9] == lives[2**62]
    again = Scattered(10**9)
    assert list(interact(as_states(again), make_agent(agent, again, seed=1), 300, seed=1)) == lives[10**9]


def test_the_numbering_is_saved_with_the_belief(tmp_path):
    def wander(env, seed):
        rng = np.random.default_rng(seed)
        env.reset(seed=seed)
        paid = []
        for _ in range(100):
            _, reward, terminated, _, _ = env.step(int(rng.random() < 0.4))
            paid.append(reward)
            if terminated:
                env.reset()
        return paid

    env = CuriosityReward(Scattered(10**12, start=-(10**11)))
    env.states.state_of(10**11, terminal=False)  # numbered before any other
    wander(env, 0)
    env.save(tmp_path / "belief.npz")
    other = CuriosityReward(Scattered(10**12, start=-(10**11)))
    wander(other, 3)
    other.restore(tmp_path / "belief.npz")
    assert other.states.state_of(10**11, terminal=False) == 0
    assert wander(env, 1) == wander(other, 1)
    assert env.states.state_of(0, terminal=True) == other.states.state_of(0, terminal=True) == 6
    assert (tmp_path / "belief.npz").stat().st_size < 20_000


def test_a_numbering_that_is_not_one_is_refused():
    env = as_states(Scattered(10**9))
    env.reset()
    env.step(0)
    arrays = env.numbering()
    for name, content, message in [
        ("next_free_number", [1], "not free"),
        ("state_number", [0, 0], "distinct"),
        ("terminal_key", [7], "keys in terminal_key"),
    ]:
        with pytest.raises(ValueError, match=message):
            env.renumber({**arrays, name: np.array(content)})
    assert env.numbering()["state_key"].tolist() == [0, 10**9 // 3]


def test_walking_through_such_a_world_finds_what_can_be_reached():
    env = Scattered(2**62)
    mdp = enumerate_mdp(env)
    assert mdp.num_states == as_states(env).num_states == 5
    explorer = make_agent("random", env, 0)
    truth = Truth(explorer.model, mdp)
    for _ in interact(as_states(env), explorer, 200, 0):
        truth.update()
    assert truth.coverage == 1


@pytest.mark.parametrize("n", [2**63, 10**30])
def test_more_states_than_can_be_counted_are_refused(n):
    with pytest.raises(ValueError, match=f"num_states is {n}, expected at most {2**63 - 1}"):
        WorldModel(2, n)


def test_unsigned_observations_beyond_64_bits_are_refused_in_one_line():
    env = Scattered(10)
    env.observation_space = Discrete(2**64 - 1, dtype=np.uint64)
    with pytest.raises(ValueError, match="num_states is 18446744073709551615"):
        make_agent("random", env)
