"""Posterior sampling (PSRL): draw a map from the belief, and act by what is best on it for a while.

Source: Osband, Russo and Van Roy 2013, "(More) efficient reinforcement learning via posterior sampling",
arXiv 1306.0940; epochs by doubling as Ouyang et al. 2017, arXiv 1709.04570, and UCRL2.

The map is drawn pair by pair. Outcomes that were seen, or are named, have gamma numbers of their own; all others have
one together, which is exact, as sums of Dirichlet components are Dirichlet. That mass is then divided by breaking a
stick: the successor of the first piece is a size-biased pick among the others, uniform by symmetry, and its share is
Beta(1 + a, (N - 1) a) for N others of concentration a each; and so on with N - 1 (the size-biased order of a symmetric
Dirichlet, as McCloskey 1965). So a draw costs what was seen and some pieces, not K. After `PIECES` of them, or when
less than `CRUMBS` of a pair's probability is left, the rest is spread evenly over all states: the one approximation.

Where there is a belief about rewards, mean rewards are drawn from it, too (`drawn_rewards`).
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...belief.world_model import WorldModel
from ...bonuses import make_bonus
from ...compilation.compiled import compiled, part
from ...planners.policy_iteration import rows_at, solve_rows
from ...registry import DISCOUNT, OWN_PARTS, TOLERANCE
from ...validation import is_whole_number
from ..explorer import Explorer
from ..occasions import Epoch
from ..rng import below, gamma, stream
from . import occasional
from .drawn_rewards import draw_rewards
from .occasional import PATIENCE, Occasional, OtherMap, concentrations_of, other_map_at, plan_stages

PIECES, CRUMBS = 16, 1e-3


class PosteriorSampling(Occasional):
    """Plans on a map drawn from the belief when an epoch begins.

    Attributes:
        drawn: the latest map.
        horizon: steps of an episode that is planned for undiscounted; 0: none is, plans have no end.
    """

    def __init__(self, seed: Any, discount: float, tolerance: float, epoch: Epoch, horizon: int = 0) -> None:
        super().__init__(discount, tolerance, epoch)
        self.drawn = OtherMap(PIECES, True, stream(seed))
        self.horizon = self.epoch.length = horizon

    def solve(self, model: WorldModel, address: Any, position: int) -> NDArray[np.float64]:
        """Draw a map, and solve it."""
        self.draw(model, address)
        if self.horizon:
            sizes = self.drawn.rows.sizes
            sizes.num_starts = 0  # an end is worth nothing
            stages = np.zeros((self.horizon, sizes.num_states * sizes.num_actions))
            plan_stages(self.drawn.address, stages)
            return stages
        solve_rows(self.drawn.address, self.discount, 1e-12, self.tolerance, position)
        return self.drawn.rows.q_values

    def draw(self, model: WorldModel, address: Any) -> None:
        """Draw a map from the belief whose predictions have been made rows, at this address."""
        self.drawn.take(self.compact.rows, concentrations_of(model, self._live))
        _draw_map(address, self.drawn.address)
        if model.reward_belief.has_gain:
            draw_rewards(model.address, self.drawn.address, self.agent.agent_state.terms.reward_weight)


@compiled
def _draw_map(address, drawn_address):
    """Draw a row for each row of predictions; those beyond the states at hand lead where they do."""
    rows, (drawn, notes) = rows_at(address, 0, 0), other_map_at(drawn_address)
    num_drawn, position = rows.sizes.num_in_hub * rows.sizes.num_actions, 0
    drawn.indptr[0] = 0
    for row in range(rows.sizes.num_states * rows.sizes.num_actions):
        if row < num_drawn:
            position = _draw_row(rows, drawn, notes, row, position)
        else:
            for k in range(rows.indptr[row], rows.indptr[row + 1]):
                drawn.successor[position], drawn.weight[position] = rows.successor[k], rows.weight[k]
                position += 1
            drawn.rest[row] = rows.rest[row]
        drawn.indptr[row + 1] = position


@part
def _draw_row(rows, drawn, notes, row, position):
    """Draw where a pair leads; return how many transitions there are by now."""
    first, stream, total = position, notes.stream, 0.0
    num_outcomes, concentration = rows.sizes.num_outcomes, notes.told[row]
    anywhere = concentration * rows.rest[row] / num_outcomes
    for k in range(rows.indptr[row], rows.indptr[row + 1]):
        shape = concentration * rows.weight[k] + anywhere
        drawn.successor[position] = rows.successor[k]
        drawn.weight[position] = gamma(shape, stream) if shape > 0.0 else 0.0
        total += drawn.weight[position]
        position += 1
    others = num_outcomes - (position - first)
    left = gamma(others * anywhere, stream) if others > 0.0 and anywhere > 0.0 else 0.0
    total += left
    if total <= 0.0:  # all concentrations so small that no number shows them
        left, total = 1.0, 1.0
    for k in range(first, position):
        drawn.weight[k] /= total
    left /= total
    num_pieces = 0
    while left > CRUMBS and num_pieces < PIECES and others >= 1.0 and anywhere > 0.0:
        share = 1.0
        if others > 1.0:
            piece, remaining = gamma(1.0 + anywhere, stream), gamma((others - 1.0) * anywhere, stream)
            share = piece / (piece + remaining)
        drawn.successor[position] = _another(rows, drawn, first, position, stream)
        drawn.weight[position] = share * left
        left -= drawn.weight[position]
        position += 1
        num_pieces += 1
        others -= 1.0
    drawn.rest[row] = max(left, 0.0)
    return position


@part
def _another(rows, drawn, first, position, stream):
    """Pick a state, uniformly among those that a row does not lead to yet.

    The answer n stands for any terminal one, n + 1 for any that was never seen.
    """
    num_states, num_live = rows.sizes.num_states, rows.sizes.num_in_hub
    live, terminal, unseen = num_live, int(rows.sizes.num_terminal), int(rows.sizes.num_unseen)
    for k in range(first, position):
        live -= drawn.successor[k] < num_live
        terminal -= drawn.successor[k] == num_states
        unseen -= drawn.successor[k] > num_states or num_live <= drawn.successor[k] < num_states
    live_and_terminal = live + max(terminal, 0)
    if live_and_terminal + unseen <= 0:
        return num_states + 1
    pick = below(stream, live_and_terminal + max(unseen, 0))
    if pick >= live:
        return num_states if pick < live_and_terminal else num_states + 1
    if 2 * live > num_live:
        while True:  # ends: at least every other pick is another state
            state = below(stream, num_live)
            if not _leads_to(drawn, first, position, state):
                return state
    for state in range(num_live):
        if not _leads_to(drawn, first, position, state):
            if pick == 0:
                return state
            pick -= 1
    return num_states + 1


@part
def _leads_to(drawn, first, position, state):
    """Whether some transition leads to a state."""
    for k in range(first, position):  # noqa: SIM110  # compiled as it stands
        if drawn.successor[k] == state:
            return True
    return False


def psrl(
    model: WorldModel,
    seed: int | np.random.SeedSequence,
    bonus: Any = OWN_PARTS["psrl"]["bonus"],
    discount: float = DISCOUNT,
    tolerance: float = TOLERANCE,
    curiosity_weight: float = 1.0,
    reward_weight: float = 0.0,
    reward_gain_weight: float | None = None,
    epochs: Literal["doubling", "episodes"] = "doubling",
    patience: float = PATIENCE,
    horizon: int = 0,
) -> Explorer:
    """Act by the best plan on a map drawn from the belief, for an epoch (Osband, Russo and Van Roy 2013).

    Mean rewards are drawn from the belief about rewards; by the empirical one they are the mean of what was paid, which
    looks for no reward that was never seen. States never seen count as one, which leads anywhere. Never-seen successors
    of a pair share one mass, drawn exactly and divided among a few states.

    Args:
        model: the belief to draw from.
        seed: of the agent's own stream, and of the draws.
        bonus: what a pair pays for being explored.
        discount: per step, in (0, 1), of plans without end.
        tolerance: loss allowed on the drawn map.
        curiosity_weight: weight of the bonus.
        reward_weight: weight of the world's mean reward.
        reward_gain_weight: weight of what rewards are expected to teach; None: that of the bonus.
        epochs: a map is drawn when a pair's visits have doubled, or also when an episode begins, as in the publication.
        patience: steps that an epoch of the first kind lasts at least, for each known state; 0 is the publications'.
        horizon: steps of an episode, for which a map is drawn, and planned for undiscounted, as in the publication; an
            episode that goes on for longer counts as several. 0: discounted, without end, for epochs as above.

    Raises:
        ValueError: a parameter out of range.
    """
    if not (is_whole_number(horizon) and 0 <= horizon <= 10_000):
        raise ValueError(f"horizon must be a whole number of steps, at most 10000, 0 for none, got {horizon!r}")
    ties, draws = _two(seed)
    epoch = occasional.epochs(epochs == "episodes" or horizon > 0, patience)
    planner = PosteriorSampling(draws, discount, tolerance, epoch, int(horizon))
    return Explorer(model, ties, make_bonus(bonus), planner, curiosity_weight, reward_weight, reward_gain_weight)


def _two(seed: int | np.random.SeedSequence) -> list[np.random.SeedSequence]:
    sequence = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    return np.random.SeedSequence(sequence.entropy, spawn_key=(*sequence.spawn_key, 0)).spawn(2)
