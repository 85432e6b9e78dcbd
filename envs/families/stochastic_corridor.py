"""A stochastic corridor: the only way to what is new leads through noise.

Isolates: aleatoric uncertainty on the way. A step forward may fail or slip back, which cannot be learned away, while
the niche beside each cell is certain, and known after one visit. Whoever is paid for surprisal is paid for walking to
and fro in the corridor for ever; whoever is paid for information passes through it and looks into the niches. Source:
ours, the counterpart of a noisy television (`envs.families.noisy_tv`) that cannot be walked around; a reward-free part
of fifty random states beside the way to a goal was given to people by Modirshanechi, Lin, Xu, Herzog and Gerstner 2025,
"Novelty as a drive of human exploration in complex stochastic environments", doi 10.1073/pnas.2502193122. Features are
aside (1 in a niche) and the number of the cell.
"""

import numpy as np
from numpy.typing import NDArray

from .. import arguments
from ..coordinates import Digits
from ..mdp import FiniteMDP
from ..tabular import TabularEnv

BACK, FORWARD, ASIDE = 0, 1, 2


class StochasticCorridor(TabularEnv):
    """A row of cells with a niche beside each; 3 actions: back, forward, aside."""

    action_names = "back", "forward", "aside"

    def __init__(
        self, length: int = 30, stay: float = 0.25, back: float = 0.25, render_mode: str | None = None
    ) -> None:
        """Make the corridor; a step forward stays with probability `stay` and slips back with `back`."""
        mdp = stochastic_corridor(length, stay, back)
        super().__init__(mdp, render_mode, coordinates=Digits((2, mdp.num_states // 2), names=("aside", "cell")))


def stochastic_corridor(length: int = 30, stay: float = 0.25, back: float = 0.25) -> FiniteMDP:
    """Work out the corridor: states 0 to length - 1 are its cells, the niches follow in the same order.

    Back is certain; forward goes on with 1 - stay - back; at either end, what would lead out stays. Aside leads into
    the niche, from which every action leads out again.

    Args:
        length: cells, at least 2, each with a niche.
        stay: probability that a step forward stays.
        back: probability that it slips back.

    Raises:
        ValueError: fewer than 2 cells, or probabilities that leave none for going on.
    """
    length = arguments.whole("length", length, 2, what="cells")
    stay = arguments.real("stay", stay, 0, 1, "probabilities that sum to less than 1")
    back = arguments.real("back", back, 0, 1, "probabilities that sum to less than 1")
    arguments.fits_table(2 * length, 3, f"length is {length}")
    if stay + back >= 1:
        raise ValueError(f"stay is {stay} and back is {back}, expected probabilities that sum to less than 1")
    cells = np.arange(length)
    before, ahead = np.maximum(cells - 1, 0), np.minimum(cells + 1, length - 1)
    transition = np.zeros((2 * length, 3, 2 * length))
    transition[cells, BACK, before] = 1
    for successor, probability in ((cells, stay), (before, back), (ahead, 1 - stay - back)):
        transition[cells, FORWARD, successor] += probability
    transition[cells, ASIDE, length + cells] = 1
    transition[length + cells, :, cells] = 1
    return FiniteMDP.from_dense(transition, position=_position(cells))


def _position(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """The corridor in the middle row, the niches above and below it in turn."""
    corridor, niches = np.stack([1 + 0 * cells, cells], axis=1), np.stack([cells % 2 * 2, cells], axis=1)
    return np.concatenate([corridor, niches])
