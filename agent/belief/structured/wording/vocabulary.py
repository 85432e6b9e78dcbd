"""What a world calls what it is made of."""

from collections.abc import Sequence
from typing import NamedTuple


class Vocabulary(NamedTuple):
    """What a world calls its features and contexts, their values 0, 1, ..., and its actions; empty: it does not say."""

    features: Sequence[str] = ()
    values: Sequence[Sequence[str]] = ()
    actions: Sequence[str] = ()

    def values_of(self, coordinate: int) -> Sequence[str]:
        """Return what the values of a feature or context are called."""
        return self.values[coordinate] if self.values else ()


UNNAMED = Vocabulary()
