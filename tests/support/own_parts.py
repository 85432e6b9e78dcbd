"""Parts of a user's own, good and bad, as the text of a module."""

MODULE = '''
import sys
from typing import Literal


class Fixed:
    """Takes one action.

    Args:
        action: the one.
    """

    def __init__(self, action: int = 0, share: float = 1.0, name: str = "x", mode: Literal["a", "b"] = "a",
                 limit: int | None = None, is_on: bool = False, sizes: list = (), anything=None, *rest, **more):
        self.set = action, share, name, mode, limit, is_on, sizes, anything
        assert not rest and not more

    def begin(self, state):
        pass

    def act(self, state):
        return self.set[0]

    def observe(self, transition):
        pass


class Unready:
    def act(self, state):
        return 0


class Text(Fixed):
    def act(self, state):
        return "left"


class Raises(Fixed):
    def act(self, state):
        return {}["nothing"]


class Tired(Fixed):
    time = 0

    def act(self, state):
        self.time += 1
        return 0 if self.time < 20 else sys.exit(3)


class Bounded(Fixed):
    loss_bound = "small"


class Needs(Fixed):
    def __init__(self, rate):
        pass


class Breaks(Fixed):
    def __init__(self, seed):
        open("nowhere/at all")


class Believes(Fixed):
    """Keeps the belief it is given up to date by itself."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def begin(self, state):
        self.model.begin(state)

    def observe(self, transition):
        self.model.observe(transition)


class Reads(Fixed):
    """Only reads the belief it is given."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def observe(self, transition):
        assert self.model.visits([transition.state])[0, transition.action] > 0


class NoPlan:
    pass


class NanPlan:
    def plan(self, model, unvisited_payoff, state):
        model.pairs.q_value[:] = float("nan")


class TextPlan:
    def plan(self, model, unvisited_payoff, state):
        return "small"


class Idle:
    def plan(self, model, unvisited_payoff, state):
        model.pairs.q_value[state * model.num_actions : (state + 1) * model.num_actions] = 0.0


class Lazy:
    def plan(self, model, unvisited_payoff, state):
        pass


class Negative:
    concentration = -1


class Massive:
    concentration = 1.0

    def local(self):
        yield 0, {0: 2.0}


def nothing():
    return None


def misspelt(visit):
    return visit


def fading(visits, *, power=2):
    return (visits + 1.0) ** -power


constant = 3
'''
