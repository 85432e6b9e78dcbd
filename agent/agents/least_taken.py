"""The least-taken explorer: counts without a plan."""

from .decisions import RAREST
from .random import Random


class LeastTaken(Random):
    """Takes the action it took least often in the state at hand; ties at random."""

    way = RAREST
