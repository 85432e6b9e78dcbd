"""Threads that share a belief or an agent, in a world of so many states that tables grow all the time.

`python -m tests.stress.threads wrappers|ruled|agents [threads] [steps]` ends with status 0 if every step was counted: a
process of its own because what it looks for takes the interpreter down. More steps on demand: the last argument.
"""

import sys
import threading
from collections.abc import Callable

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete, Text
from scipy.sparse import csr_array

from agent import CuriosityReward, make_agent
from agent.belief import serialization
from agent.protocols import Transition
from agent.simulation.scoring import Truth
from envs import FiniteMDP

NUM_STATES, NUM_ACTIONS = 200_000, 2
STRIDES = np.array([1, 7, 64, 301])  # of a world in which states come and go for ever


class Far(gymnasium.Env):
    """A world of many states, each of which leads anywhere."""

    def __init__(self, num_states=NUM_STATES):
        self.observation_space, self.action_space = Discrete(num_states), Discrete(NUM_ACTIONS)

    def reset(self, *, seed=None, options=None):
        """Start anywhere."""
        super().reset(seed=seed)
        self.reach = 64.0
        return 0, {}

    def step(self, action):
        """Go anywhere within a reach that widens, so that new states keep coming."""
        self.reach = min(1.002 * self.reach, float(self.observation_space.n))
        return int(self.np_random.integers(int(self.reach))), float(action), False, False, {}


class Told(gymnasium.ObservationWrapper):
    """Shows text, so that states are numbered in order of first sight, and tells what it is made of."""

    feature_ranges = ((0, 999), (0, 999))

    def __init__(self, env):
        super().__init__(env)
        self.observation_space = Text(6, charset="0123456789")

    def observation(self, observation):
        """The number of the state, written out."""
        return str(observation)

    def features(self, observation):
        """Two coordinates of the state."""
        return divmod(int(observation), 450)


def together(works: list[Callable[[], None]]) -> None:
    """Do all of it at once, and raise what one of them raised."""
    errors = []

    def guarded(work):
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def check(model, num_steps: int) -> None:
    """Every step is counted once, everywhere it is counted."""
    visits, edges = model.pairs.visits, model.edges
    assert model.steps == num_steps, (model.steps, num_steps)
    assert visits.sum() == num_steps
    assert edges.count[: model.num_edges].sum() == num_steps
    assert model.num_visited_pairs == np.count_nonzero(visits)
    assert model.exceeding[0].sum() == model.exceeding[1].sum() == num_steps
    assert len(set(model.known_states().tolist())) == model.num_known_states
    assert model.pairs.reward_sum.sum() == visits[1::NUM_ACTIONS].sum()  # an action pays its number
    np.add.at(total := np.zeros(visits.size, np.int64), edges.pair[: model.num_edges], edges.count[: model.num_edges])
    assert (total == visits).all()
    twin = type(model)(model.num_actions, model.num_states, model.prior)
    serialization.restore(twin, serialization.arrays_of(model))  # checks that it contradicts itself nowhere


def wrappers(num_threads: int, num_steps: int) -> None:
    """Curious wrappers with one belief, half of them paid by promises, while others read, save and copy it."""
    share(CuriosityReward(Far()), Far, num_threads, num_steps)


def ruled(num_threads: int, num_steps: int) -> None:
    """The same under a structured prior, which asks the world for the features of new states."""
    share(CuriosityReward(Told(Far()), prior="structured"), lambda: Told(Far()), num_threads, num_steps)


def share(first: CuriosityReward, make: Callable[[], gymnasium.Env], num_threads: int, num_steps: int) -> None:
    """Let a wrapper share its belief with those of other worlds, each on a thread."""
    bonuses = ["bayesian-surprise", "expected-information-gain"] * num_threads
    shared = [first] + [CuriosityReward(make(), bonus=bonuses[k], belief_of=first) for k in range(1, num_threads)]

    def walk(env, seed):
        env.reset(seed=seed)
        rng = np.random.default_rng(seed)
        for action in rng.integers(NUM_ACTIONS, size=num_steps).tolist():
            _, _, _, _, info = env.step(action)
            assert info["intrinsic_reward"] >= 0

    walking = [lambda env=env, k=k: walk(env, k) for k, env in enumerate(shared)]
    together([*walking, lambda: look(first.model, num_threads * num_steps)])
    check(first.model, num_threads * num_steps)


def look(model, num_steps: int) -> None:
    """Ask for everything there is until all steps were made."""
    import copy
    import pickle

    while model.steps < num_steps:
        known = model.known_states()[-3:]
        if len(known):
            assert (model.visits(known) >= 0).all()
            assert (model.expected_gains(known) >= 0).all()
            model.mean_reward(int(known[-1]), 0)
        twin = copy.deepcopy(model) if model.steps % 2 else pickle.loads(pickle.dumps(model))
        assert twin.pairs.visits.sum() == twin.steps
        serialization.arrays_of(model)


def agents(num_threads: int, num_steps: int) -> None:
    """One agent, and its score, on several threads, each of which begins, acts, observes and updates."""
    num_states = 20_000  # their truth is scored as a whole at every refit
    size = num_states * NUM_ACTIONS
    ahead = (np.arange(size)[:, None] // NUM_ACTIONS + STRIDES) % num_states
    rows = csr_array((np.full(ahead.size, 1 / STRIDES.size), ahead.ravel(), np.arange(size + 1) * STRIDES.size))
    zeros = np.zeros((num_states, NUM_ACTIONS))
    truth_of = FiniteMDP(rows, zeros, np.eye(1, num_states)[0], np.zeros(num_states, dtype=bool))
    for name in ("curious", "least-taken"):
        agent = make_agent(name, Far(num_states), 0)
        truth = Truth(agent.model, truth_of)

        def walk(seed, agent=agent, truth=truth):
            rng, state = np.random.default_rng(seed), 0
            agent.begin(state)
            for _ in range(num_steps):
                action = agent.act(state)
                next_state = (state + int(STRIDES[rng.integers(STRIDES.size)])) % num_states
                agent.observe(Transition(state, action, float(action), next_state, False, False))
                truth.update()
                state = next_state

        together([lambda seed=seed: walk(seed) for seed in range(num_threads)])
        check(agent.model, num_threads * num_steps)
        again = Truth(agent.model, truth_of)
        assert abs(truth.missing_information - again.missing_information) < 1e-6 * again.missing_information
        assert truth.coverage == again.coverage


def main() -> None:
    """Read what is to be done, and do it."""
    kind, *numbers = sys.argv[1:]
    default = {"wrappers": (4, 3000), "ruled": (3, 500), "agents": (3, 400)}[kind]
    num_threads, num_steps = [int(number) for number in numbers] + list(default[len(numbers) :])
    sys.setswitchinterval(1e-5)
    {"wrappers": wrappers, "ruled": ruled, "agents": agents}[kind](num_threads, num_steps)


if __name__ == "__main__":
    main()
