"""A life whose every recorded figure is a simple function of the steps made: what a recorder is tested on."""

from pathlib import Path

import numpy as np

from agent.results import run_directory
from agent.results.recorder import Recorder


class Life:
    """An agent, its model and the truth, whose figures are simple functions of the steps made."""

    def __init__(self, num_steps=50, with_truth=True):
        self.num_steps = num_steps
        self.t = 0
        self.with_truth = with_truth

    loss_bound = property(lambda self: 0.5 / (1 + self.t))
    last_surprise = property(lambda self: 1.0 / self.t)
    last_expected_gain = property(lambda self: 2.0 / self.t)
    expected_missing_information = property(lambda self: 100.0 - self.t)
    concentration = property(lambda self: 1.0 + self.t)
    missing_information = property(lambda self: 80.0 / (1 + self.t))
    coverage = property(lambda self: min(1.0, self.t / 40))
    fraction = property(lambda self: self.missing_information / self.yardstick)
    num_visited_pairs = property(lambda self: self.t)
    yardstick = 100.0
    num_states = 64
    nbytes = 1234
    model = property(lambda self: self)

    def known_states(self):
        return np.array([4, 2, 0])

    def transition(self):
        t = self.t
        return (t % 5, t % 2, 0.25 * t, (t + 1) % 5, t % 10 == 9, t % 10 == 4)

    def recorder(self, steps=None):
        recorder = Recorder(self, self.num_steps, self if self.with_truth else None)
        for _ in range(self.num_steps if steps is None else steps):
            transition = self.transition()
            self.t += 1
            recorder.record(transition)
        return recorder


def belief(num_states=3, num_actions=2):
    return {
        "final_state": np.array([4, 2, 0], dtype=np.int32)[:num_states],
        "final_visits": np.ones((num_states, num_actions), dtype=np.int64),
        "final_expected_gain_nats": np.full((num_states, num_actions), 0.25),
        "final_q_nats": np.full((num_states, num_actions), 3.0),
        "final_value_nats": np.full(num_states, 3.0),
    }


def a_run(directory, life=None, steps=None, complete=True):
    life = life or Life()
    extra = {"arrays": belief(), "agent_seconds": 0.5, "env_seconds": 0.25}
    return life.recorder(steps).run(Path(directory), {"env": "test", "agent": "life", "seed": 7}, extra, complete)


def written(directory, **kwargs):
    run = a_run(directory, **kwargs)
    run_directory.keep(run)
    return run
