"""The prior by name: of each action it is known how many equally probable targets it has, but not which they are."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...validation import shown


@dataclass(frozen=True)
class EqualTargets:
    """Each action leads to so many states, all equally probable; every set of that many is as probable beforehand.

    What was seen is predicted as often whatever the counts, and once all targets were seen nothing is left to learn.
    An outcome beyond them is refused, as what a local prior rules out. Gain, predicted gain and entropy are exact; what
    asks for a Dirichlet distribution (`posterior-variance`, the maps that `psrl` draws) is given one of the same mean.

    Attributes:
        targets: how many states each action may lead to, `[num_actions]`.
    """

    targets: tuple[int, ...]

    @property
    def concentration(self) -> float:
        """What every prior has, beside counts; here it has no meaning."""
        return 1.0

    def __post_init__(self) -> None:
        if not self.targets or any(type(number) is not int or number < 1 for number in self.targets):
            raise ValueError(f"targets must be whole numbers, at least 1, one an action, got {shown(self.targets)}")


def equal_targets(env: Any, targets: int = 0) -> EqualTargets:
    """Return the prior of one who knows how many states each action may lead to, all of them equally probable.

    With one target each, a world is known to be deterministic: one look tells what an action does in a state. In the
    1-2-3 worlds of Little and Sommer (2013) action k has k + 1.

    Args:
        env: the world.
        targets: of every action; 0: as many as it has by the true transitions, in all states.

    Raises:
        ValueError: the true transitions are not known, or not of this kind.
    """
    from ...worlds import as_states, true_mdp

    if targets != 0:
        return EqualTargets((targets,) * as_states(env).num_actions)
    mdp = true_mdp(env)
    if mdp is None:
        raise ValueError(
            "prior 'equal-targets' reads how many targets actions have from the true transitions, which are not known"
            " here: tell it, as equal-targets:1"
        )
    return EqualTargets(_counted(mdp))


def _counted(mdp: Any) -> tuple[int, ...]:
    """Return how many targets each action has; raises where not all its rows have as many, equally probable."""
    rows, numbers = mdp.transition, []
    for action in range(mdp.num_actions):
        pairs = np.flatnonzero(~mdp.terminal) * mdp.num_actions + action
        sizes = rows.indptr[pairs + 1] - rows.indptr[pairs]
        least, most = int(sizes.min(initial=rows.shape[1])), int(sizes.max(initial=1))
        if least != most:
            raise ValueError(
                f"prior 'equal-targets' needs as many targets of an action in all states; action {action} has {least}"
                f" to {most}"
            )
        _check_equal(rows, pairs, action)
        numbers.append(most)
    return tuple(numbers)


def _check_equal(rows: Any, pairs: Any, action: int) -> None:
    for pair in pairs:
        probabilities = rows.data[rows.indptr[pair] : rows.indptr[pair + 1]]
        if not np.allclose(probabilities, 1 / len(probabilities), rtol=1e-9, atol=0):
            raise ValueError(
                f"prior 'equal-targets' needs equally probable targets; action {action} has some of probability"
                f" {probabilities.min():.3g} and of {probabilities.max():.3g}"
            )
