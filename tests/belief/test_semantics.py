"""Ends, limits and resets, in a world that holds every trap for them, seen as numbers, tuples, arrays and text."""

from collections import Counter

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete, MultiDiscrete, Text, Tuple
from gymnasium.wrappers import TimeLimit

from agent import interact, make_agent
from envs import as_states

CELLS = 6
SHOWN = {
    "numbers": (Discrete(CELLS, start=3), lambda cell: cell + 3),
    "tuples": (Tuple((Discrete(2), Discrete(3))), lambda cell: divmod(cell, 3)),
    "arrays": (Box(0, 9, (2,), np.uint8), lambda cell: np.array(divmod(cell, 3), dtype=np.uint8)),
    "several numbers": (MultiDiscrete([2, 3]), lambda cell: np.array(divmod(cell, 3))),
    "text": (Text(6), lambda cell: "abcdef"[cell]),
}


class Traps(gymnasium.Env):
    """A corridor of six cells; it starts in cell 0 or 1, and a step right may end the episode wherever it leads.

    Cell 1 is a start and an end, cells 2 to 4 are met on the way and as ends, and cell 5 is an end only. A limit of
    seven steps cuts episodes in mid-corridor, and now and then at the very step that ends them.
    """

    action_space = MultiDiscrete([2, 1])

    def __init__(self, shown):
        self.observation_space, self.show = SHOWN[shown]
        self.lived = []

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.cell = int(self.np_random.random() < 0.3)
        self.lived.append(("reset", self.cell))
        return self.show(self.cell), {}

    def step(self, action):
        before = self.cell
        self.cell = min(before + 1, 5) if action[0] == 1 else max(before - 1, 0)
        ends = action[0] == 1 and (self.cell == 5 or self.np_random.random() < 0.2)
        self.lived.append((before, int(action[0]), self.cell, bool(ends)))
        return self.show(self.cell), 0.0, bool(ends), False, {}


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("name", ["random", "curious"])
def test_what_is_learned_is_what_happened(shown, name):
    world = Traps(shown)
    env = as_states(TimeLimit(world, 7))
    agent = make_agent(name, env, seed=0)
    transitions = list(interact(env, agent, 3000, seed=1))
    number = {(cell, end): env.state_of(world.show(cell), end) for cell in range(CELLS) for end in (False, True)}
    number = {met: state for met, state in number.items() if met not in {(5, False), (0, True)}}  # never happen
    assert len(set(number.values())) == len(number) == 10
    steps = [entry for entry in world.lived if entry[0] != "reset"]
    expected = Counter((number[cell, False], action, number[after, end]) for cell, action, after, end in steps)
    model = agent.model
    learned = {
        (edge_pair // 2, edge_pair % 2, successor): count
        for edge_pair, successor, count in zip(
            model.edges.pair.tolist(), model.edges.successor.tolist(), model.edges.count.tolist(), strict=True
        )
        if count > 0
    }
    assert learned == expected
    starts = Counter(number[cell, False] for kind, cell in (entry for entry in world.lived if entry[0] == "reset"))
    assert {state: int(model.states.starts[state]) for state in starts} == starts
    ended, cut = (sum(getattr(t, way) for t in transitions) for way in ("terminated", "truncated"))
    assert ended > 300
    assert cut > 30
    assert any(t.terminated and t.truncated for t in transitions)
    ends = {state for (_, end), state in number.items() if end}
    assert ends == {t.next_state for t in transitions if t.terminated}
    assert not ends & {t.state for t in transitions}  # no action is ever taken in a terminal state
    assert model.num_visited_pairs == len({(cell, action) for cell, action, _, _ in steps})
