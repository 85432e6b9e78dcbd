"""The prior by name: symmetric, with counts that halve every so many steps."""

from dataclasses import dataclass

from ...validation import is_finite_number

SHORTEST, LONGEST = 1.0, 1e15


@dataclass(frozen=True)
class Forgetting:
    """Dirichlet as `symmetric`, of a world that may change: a transition counts half as much after `half_life` steps.

    What was seen loses weight with every step that is made, anywhere: a pair that was not taken for long is nearly as
    uncertain as before it was ever seen, and worth looking at again. `agent.belief.forgetting.entries` has the
    definitions. Nothing is ever known for good, so gains do not vanish, and their sum has no bound.

    Attributes:
        half_life: steps after which a transition counts half as much.
        concentration: total over all outcomes.
    """

    half_life: float = 1000.0
    concentration: float = 1.0

    def __post_init__(self) -> None:
        if not (is_finite_number(self.half_life) and SHORTEST <= self.half_life <= LONGEST):
            raise ValueError(
                f"a prior's half_life must be a number of steps from {SHORTEST:g} to {LONGEST:g}, got"
                f" {self.half_life!r}; a belief that does not forget is `symmetric`"
            )
