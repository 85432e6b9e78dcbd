import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Discrete
from scipy import stats

import envs
from envs import as_states, true_mdp
from envs.adapters.layers import UnknownTruthError
from envs.truth import find_mdp
from tests.support.blackjack import Blackjack


class Tabled(gymnasium.Env):
    """A `toy_text`-like world in which state 1 is entered both in mid-episode and as the end of it.

    From 0, action 0 goes on to 1 or ends in 1 (listed twice), action 1 ends in 2; from 1 everything leads to 0.
    State 3 cannot be reached, so what it does makes no twin (its action 0 ends in 0).
    """

    follows_table = True
    observation_space, action_space = Discrete(4), Discrete(2)
    initial_state_distrib = np.array([1.0, 0, 0, 0])
    P = {  # noqa: RUF012
        0: {0: [(0.5, 1, 2.0, False), (0.2, 1, 1.0, True), (0.3, 1, 3.0, True)], 1: [(1.0, 2, 7.0, True)]},
        1: {0: [(1.0, 0, 0.0, False)], 1: [(1.0, 0, 0.0, False)]},
        2: {0: [(1.0, 2, 9.0, True)], 1: [(1.0, 2, 9.0, True)]},
        3: {0: [(1.0, 0, 0.0, True)], 1: [(1.0, 2, 0.0, False)]},
    }

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.s = 0
        return 0, {}

    def step(self, action):
        outcomes = self.P[self.s][action]
        _, self.s, reward, ended = outcomes[self.np_random.choice(len(outcomes), p=[o[0] for o in outcomes])]
        return self.s, reward, ended, False, {}


def test_a_state_entered_in_both_ways_has_a_terminal_twin():
    mdp = true_mdp(Tabled())
    assert mdp.num_states == as_states(Tabled()).num_states == 5
    assert mdp.terminal.tolist() == [False, False, True, False, True]
    dense = mdp.transition.toarray().reshape(5, 2, 5)
    np.testing.assert_allclose(dense[0, 0], [0, 0.5, 0, 0, 0.5])
    assert dense[0, 1, 2] == dense[1, 0, 0] == 1
    assert np.all(dense[[2, 4]] == 0)
    np.testing.assert_allclose(mdp.reward[:2], [[0.5 * 2 + 0.2 + 0.9, 7], [0, 0]])
    np.testing.assert_allclose(mdp.outcome_reward[:3], [2, (0.2 * 1 + 0.3 * 3) / 0.5, 7])
    assert mdp.reachable_states().tolist() == [True, True, True, False, True]


@pytest.mark.parametrize("world", [Tabled, lambda: gymnasium.make("FrozenLake-v1"), lambda: envs.make("ice")])
def test_the_truth_is_what_the_wrapped_world_does(world):
    """Chi-square over all pairs visited in a random walk with fixed seeds, level 1e-4; also terminal flags."""
    env = as_states(world())
    mdp = true_mdp(env)
    counts = np.zeros((mdp.num_states * mdp.num_actions, mdp.num_states))
    actions = np.random.default_rng(0).integers(env.num_actions, size=20_000).tolist()
    state, _ = env.reset(seed=1)
    for action in actions:
        successor, _, terminated, truncated, _ = env.step(action)
        counts[state * mdp.num_actions + action, successor] += 1
        assert terminated == mdp.terminal[successor]
        state = env.reset()[0] if terminated or truncated else successor
    probability = mdp.transition.toarray()
    assert np.all(counts[probability == 0] == 0)
    expected = probability * counts.sum(axis=1, keepdims=True)
    rows = np.min(np.where(probability > 0, expected, np.inf), axis=1, initial=np.inf) >= 5
    rows &= counts.sum(axis=1) > 0
    used = (probability > 0) & rows[:, None]
    statistic = np.sum((counts[used] - expected[used]) ** 2 / expected[used])
    assert stats.chi2.sf(statistic, used.sum() - rows.sum()) > 1e-4


@pytest.mark.parametrize(
    ("name", "kwargs", "num_states", "reachable", "terminal"),
    [
        ("FrozenLake-v1", {}, 16, 16, 5),  # 4 holes and the goal
        ("CliffWalking-v1", {}, 48, 38, 1),  # all but the 10 cells of the cliff; the goal is terminal
        ("CliffWalking-v1", {"is_slippery": True}, 48, 38, 1),
        ("Taxi-v4", {}, 500, 404, 4),  # 25 x 5 x 4 less 25 x 4 with the passenger there, plus the 4 deliveries
        ("Taxi-v4", {"is_rainy": True}, 500, 404, 4),
    ],
)
def test_gymnasiums_tables(name, kwargs, num_states, reachable, terminal):
    env = gymnasium.make(name, **kwargs)
    mdp = true_mdp(env)
    assert mdp.num_states == as_states(env).num_states == num_states  # no twins
    assert mdp.reachable_states().sum() == reachable
    assert (mdp.reachable_states() & mdp.terminal).sum() == mdp.terminal.sum() == terminal
    assert mdp.reachable_pairs().sum() == (reachable - terminal) * env.action_space.n
    np.testing.assert_allclose(mdp.start, env.unwrapped.initial_state_distrib)


def test_our_worlds_carry_their_truth():
    env = envs.make("grid")
    assert true_mdp(env) is true_mdp(as_states(env)) is env.unwrapped.mdp


def test_numbers_of_known_twins_do_not_depend_on_what_is_met_first():
    for seed in range(10):
        env = as_states(Tabled())
        env.reset(seed=seed)
        state, _, terminated, _, _ = env.step(0)
        assert state == (4 if terminated else 1)


def test_no_truth_where_the_world_does_more_than_its_table_or_a_wrapper_might_change_it():
    assert true_mdp(gymnasium.make("Taxi-v4", fickle_passenger=True)) is None
    assert true_mdp(gymnasium.make("CartPole-v1")) is None
    assert true_mdp(gymnasium.wrappers.StickyAction(envs.make("grid"), 0.25)) is None
    assert true_mdp(gymnasium.wrappers.StickyAction(gymnasium.make("FrozenLake-v1"), 0.25)) is None
    assert true_mdp(gymnasium.wrappers.TimeLimit(envs.make("grid"), 10)) is not None


def test_blackjack_does_what_its_table_says():
    env, drawn = Blackjack(), np.zeros((704, 2, 704, 2))
    rng, hands = np.random.default_rng(3), np.zeros(704)
    for episode in range(3000):
        state, _ = env.reset(seed=episode)
        hands[state] += 1
        ended = False
        while not ended:
            action = int(rng.random() < 0.8)
            following, _, ended, _, _ = env.step(action)
            drawn[state, action, following, int(ended)] += 1
            state = following
    expected = np.zeros_like(drawn)
    for state, actions in env.P.items():
        for action, outcomes in actions.items():
            for chance, following, _, ended in outcomes:
                expected[state, action, following, int(ended)] += chance
    assert (drawn[expected == 0] == 0).all()
    assert np.isclose(expected.sum(axis=(2, 3)), 1).all()
    count = drawn.sum(axis=(2, 3), keepdims=True)
    for seen, wanted in ((drawn, count * expected), (hands, 3000 * env.initial_state_distrib)):
        often = wanted >= 5
        assert stats.chisquare(seen[often], wanted[often] * seen[often].sum() / wanted[often].sum()).pvalue > 1e-3
    mdp = true_mdp(as_states(env))
    reachable = mdp.reachable_states()
    assert (reachable & ~mdp.terminal).sum() == 280  # 4 to 21, and 12 to 21 with an ace, beside ten cards: 560 pairs
    assert (reachable & mdp.terminal).sum() == 380


class Silent(gymnasium.Env):
    """Two states, to and fro, of which nothing is told."""

    observation_space, action_space = Discrete(2), Discrete(1)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.s = 0
        return 0, {}

    def step(self, action):
        self.s = 1 - self.s
        return self.s, 0.0, False, False, {}


class Telling(Silent):
    """The same, with a table that it follows: what an unknown truth's message says is to be done."""

    follows_table = True
    initial_state_distrib = np.array([1.0, 0.0])
    P = {s: {0: [(1.0, 1 - s, 0.0, False)]} for s in range(2)}  # noqa: RUF012

    step, reset = Silent.step, Silent.reset


def test_an_unknown_truth_says_what_to_do_and_that_does_it():
    with pytest.raises(UnknownTruthError, match="a table P, initial_state_distrib and follows_table = True, or as an"):
        find_mdp(Silent())
    swap = [[0, 1], [1, 0]]
    dense = np.array(swap)[:, None, :]
    for known in (
        find_mdp(Telling()),
        find_mdp(envs.TabularEnv(envs.FiniteMDP.from_dense(dense.astype(float)))),
        envs.enumerate_mdp(Silent()),
    ):
        assert known.transition.toarray().tolist() == swap


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"initial_state_distrib": None}, "has a table P, but no initial_state_distrib"),
        ({"follows_table": False}, "follows_table = True, in the class that defines them, says that they do"),
        ({"P": property(lambda _: 1 / 0)}, "does not tell its transition probabilities; a world does by"),
    ],
)
def test_what_is_missing_of_a_table_is_said(changes, told):
    with pytest.raises(UnknownTruthError, match=told):
        find_mdp(type("Lacking", (Telling,), changes)())


def test_a_wrapper_is_told_how_to_vouch():
    class Counting(gymnasium.Wrapper):
        def step(self, action):
            return super().step(action)

    with pytest.raises(UnknownTruthError, match="keeps_dynamics = True, in the class Counting, says that it does not"):
        find_mdp(Counting(Telling()))
    Counting.keeps_dynamics = True
    assert find_mdp(Counting(Telling())).num_states == 2
