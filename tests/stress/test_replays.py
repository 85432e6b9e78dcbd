"""Every agent, bonus, planner and belief about rewards through a replay page: its values are Python's."""

import numpy as np
import pytest

from agent.registry import AGENTS, BONUSES, PLANNERS, REWARD_BELIEFS
from agent.replay.making import MOST_LIVES, make_page
from tests.support.replayed import NODE, lived, numbers_of, oracle

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(NODE is None, reason="node, which runs the page's own sources, is not on this machine"),
]

STEPS, ASKED = 50, 35
LAKE = ("--env", "FrozenLake-v1", "--steps", STEPS)
WORDS = [
    *(("--env", "lock", "--steps", STEPS, "--agent", name) for name in AGENTS if name != "unembodied"),  # which jumps
    *((*LAKE, "--bonus", name) for name in BONUSES),
    *(("--env", "cliques", "--steps", STEPS, "--planner", name) for name in PLANNERS),
    *((*LAKE, "--reward-belief", name, "--reward-weight", 1) for name in REWARD_BELIEFS),
]


@pytest.mark.parametrize("first", range(0, len(WORDS), MOST_LIVES))
def test_values_are_those_of_python(first, tmp_path):
    runs = [lived(tmp_path / str(k), *words) for k, words in enumerate(WORDS[first : first + MOST_LIVES])]
    answers = numbers_of(make_page([run.directory for run in runs]), [ASKED])
    for run, (answer,) in zip(runs, answers, strict=True):
        truth = oracle(run, answer["time"])
        acting, largest = truth["acting"], np.abs(truth["q"]).max()
        np.testing.assert_allclose(np.array(answer["q"])[acting], truth["q"][acting], rtol=0, atol=1e-9 * largest)
        np.testing.assert_allclose(np.array(answer["gain"])[acting], truth["gain"][acting], rtol=1e-9, atol=1e-13)
