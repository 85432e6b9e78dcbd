"""Planning on occasion: a plan that is acted by until an epoch ends, on a map other than the predicted one."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...belief.tables import TERMINAL
from ...belief.world_model import WorldModel
from ...compilation.compiled import compiled, part
from ...compilation.handles import Pack, handle
from ...planners.bellman.rows import Rows, backup
from ...planners.compact_rows import CompactModel
from ...planners.policy_iteration import check_options, room_for, rows_at
from ...registry import DISCOUNT, TOLERANCE
from ...validation import is_finite_number
from ..occasions import Epoch, Occasion, no_occasion, recalled

PATIENCE = 0.5
"""Steps of an epoch for each known state, at least, of those who draw or solve a whole map for it."""


def epochs(at_resets: bool = False, patience: float = 0.0, is_timed: bool = False) -> Epoch:
    """Return epochs that end when some pair's visits have doubled, of which none has begun.

    Args:
        at_resets: whether they also end with each episode.
        patience: steps for each known state that an epoch lasts at least, so that what plans cost, which grows with
            the states, is shared by as many steps; 0: none.
        is_timed: whether an epoch ends as soon as it lasted that long, one step at least.

    Raises:
        ValueError: the patience is negative, or not finite.
    """
    if not (is_finite_number(patience) and patience >= 0):
        raise ValueError(f"patience must be a finite number of steps a known state, at least 0, got {patience!r}")
    return Epoch(at_resets=at_resets, patience=float(patience), is_timed=is_timed)


class Occasional:
    """A planner that makes a plan when an epoch begins; a base of others, which say what plan.

    States that were not known then are as good as any other: their actions have equal values.

    Attributes:
        discount: in (0, 1).
        tolerance: loss allowed, as a share of the value of the current state, on the map that is planned on.
        occasion: the epoch, and the plan in force; another tuple when it has outgrown its room.
        num_plans: how many were made.
        agent: whom it plans for.
    """

    agent: Any = None
    compiled = "occasions"

    def __init__(self, discount: float = DISCOUNT, tolerance: float = TOLERANCE, epoch: Epoch | None = None) -> None:
        check_options(discount, tolerance)
        self.discount, self.tolerance = discount, tolerance
        self.occasion = no_occasion()._replace(epoch=epochs() if epoch is None else epoch)
        self.epoch.is_over = 1
        self.num_plans = 0
        self.compact = CompactModel()
        self._live: NDArray[np.int32] = np.zeros(0, np.int32)
        self._identity: object = None
        self._pack = Pack(self.occasion)

    @property
    def epoch(self) -> Epoch:
        """When a plan is made anew."""
        return self.occasion.epoch

    def plan(self, model: WorldModel, unvisited_payoff: float, state: int) -> float:
        """Fill the q-values of the state at hand; nan, as nothing is certified on the predicted map.

        Raises:
            ValueError: the state is not known, or terminal.
        """
        with model.turn:
            model.check_acting(state)
            self.look_at(model)
            if not recalled(model.address, self._pack.address, state):
                model.claim = None
                address = self.compact.rebuild(model, unvisited_payoff)
                self._live = live_states(model)
                self._put(model, self.solve(model, address, self.compact.position(state)))
                self.num_plans += 1
                recalled(model.address, self._pack.address, state)
            return math.nan

    def look_at(self, model: WorldModel) -> None:
        """End the epoch if this is another belief."""
        if self._identity is not model.identity:
            self.epoch.is_over = 1

    def solve(self, model: WorldModel, address: Any, position: int) -> NDArray[np.float64]:
        """Return the q-values of a new plan, `[rows]`, or of plans for each step of the epoch, `[steps, rows]`.

        Args:
            model: the belief.
            address: of the rows of its predictions, packed first; as `compact.rows`.
            position: of the state at hand among them.
        """
        raise NotImplementedError

    def worth(self) -> NDArray[np.float64]:
        """Return what the states of the plan are worth, if epochs have a `first_worth`: `[num_planned]`."""
        return np.zeros(0)

    def _put(self, model: WorldModel, q_values: NDArray[np.float64]) -> None:
        """Put a plan in force, and begin its epoch."""
        epoch, place = self.epoch, self.compact.places
        self._identity = model.identity
        epoch.is_over = epoch.is_doubled = 0
        epoch.begun = epoch.steps = model.steps
        epoch.resets, epoch.state_room, epoch.num_planned = model.num_resets, len(place), len(self._live)
        epoch.num_stages, epoch.stage_size = len(q_values) if q_values.ndim > 1 else 1, q_values.shape[-1]
        live, worth = np.asarray(self._live, np.int32), self.worth()
        columns: list[NDArray[Any]] = [live, visits_of(model, live), q_values.ravel(), worth]
        kept: list[NDArray[Any]] = [getattr(self.occasion, name) for name in ("planned", "visits", "q_values", "worth")]
        if self.occasion.place is place and all(len(new) <= len(old) for new, old in zip(columns, kept, strict=True)):
            for new, old in zip(columns, kept, strict=True):
                old[: len(new)] = new
            return
        room = (np.concatenate([new, np.zeros_like(new)]) for new in columns)  # for twice as many
        self.occasion = Occasion(epoch, place, *room)
        self._pack = Pack(self.occasion)


def live_states(model: WorldModel) -> NDArray[np.int32]:
    """Return the states that have actions, in order of first sight, as rows have them: `[n]`."""
    known = model.known_states()
    return known[model.states.kind[known] != TERMINAL]


def visits_of(model: WorldModel, live: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how often each pair of some states was taken, `[n * num_actions]`, in the order of rows."""
    pairs = live[:, None].astype(np.int64) * model.num_actions + np.arange(model.num_actions)
    return model.pairs.visits[pairs.ravel()].astype(np.int64)


def concentrations_of(model: WorldModel, live: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the total concentration of the posterior of each pair, likewise: visits and prior."""
    numbers = model.numbers
    if numbers.has_rules:
        prior = model.of_pairs("concentration", live).ravel()
    else:
        former = model.states.is_former[live] != 0
        prior = np.repeat(np.where(former, numbers.former_concentration, numbers.concentration), model.num_actions)
    return prior.astype(np.float64) + visits_of(model, live)


class Notes(NamedTuple):
    """What is told of each pair to those who make another map of it, and their random numbers."""

    told: NDArray[np.float64]  # [rows]
    stream: NDArray[np.int64]  # [4]


class OtherMap:
    """Another map of the states of a belief's predictions, as rows with room to spare.

    Attributes:
        rows: the map, as far as it was made.
        notes: what is packed behind it.
        address: of both, packed; good until `take` is called again.
    """

    def __init__(self, spare: int, has_hub: bool, stream: NDArray[np.int64] | None = None) -> None:
        """Make a map of nothing.

        Args:
            spare: transitions that a row may have more than in the predictions.
            has_hub: whether any probability will be spread over all states.
            stream: `[4]`, of random numbers.
        """
        self._spare, self._has_hub = spare, has_hub
        self.rows = room_for(0, 1, 0, 0, has_hub)
        self.notes = Notes(np.zeros(0), np.zeros(4, np.int64) if stream is None else stream)
        self._pack: Pack | None = None

    @property
    def address(self) -> Any:
        """Of rows and notes, for compiled code."""
        if self._pack is None:
            self._pack = Pack(self.rows, self.notes)
        return self._pack.address

    def take(self, predicted: Rows, told: NDArray[np.float64]) -> None:
        """Take over all but where pairs lead; values stay as they were, new states have that of those never seen.

        Args:
            predicted: rows of the predictions.
            told: `[rows]`, of the first of them.
        """
        sizes, rows = predicted.sizes, self.rows
        num_rows = sizes.num_states * sizes.num_actions
        num_edges = int(predicted.indptr[num_rows]) + self._spare * num_rows
        fits = len(rows.payoff) >= num_rows and len(rows.weight) >= num_edges and len(rows.start) >= sizes.num_starts
        if not fits:
            num_starts = 2 * sizes.num_starts
            new = room_for(2 * sizes.num_states, sizes.num_actions, 2 * num_edges, num_starts, self._has_hub)
            new.sizes.num_states = rows.sizes.num_states
            kept = min(len(rows.value), len(new.value))  # there may be fewer rows: states beyond, under rules, were met
            new.value[:kept] = rows.value[:kept]
            self.rows = rows = new
            self.notes = self.notes._replace(told=np.zeros(2 * num_rows))
            self._pack = None
        planned, unseen = rows.sizes.num_states, float(rows.value[rows.sizes.num_states + 1])
        rows.value[planned : sizes.num_states] = rows.value[sizes.num_states + 1] = unseen
        for name in ("num_states", "num_in_hub", "num_actions", "num_starts", "num_terminal", "num_unseen"):
            setattr(rows.sizes, name, getattr(sizes, name))
        rows.sizes.num_outcomes, rows.sizes.unseen_payoff = sizes.num_outcomes, sizes.unseen_payoff
        rows.start[: sizes.num_starts] = predicted.start[: sizes.num_starts]
        rows.start_weight[: sizes.num_starts] = predicted.start_weight[: sizes.num_starts]
        rows.payoff[:num_rows] = predicted.payoff[:num_rows]
        self.notes.told[: len(told)] = told

    def __getstate__(self) -> dict[str, Any]:
        """A copy owns other arrays: it must not inherit the addresses of these."""
        return self.__dict__ | {"_pack": None}


@part
def other_map_at(address):
    """The rows and the notes of another map, packed first."""
    return rows_at(address, 0, 0), _notes_at(address, _BEHIND_ROWS, 1)


_notes_at = handle(Notes)
_BEHIND_ROWS = len(Rows._fields)


@compiled
def plan_stages(address, stages):
    """Work out the sums of payoffs over the rest of so many steps, the last one first; behind it all is worth 0.

    Args:
        address: of rows, packed first.
        stages: `[steps, rows]`, filled.
    """
    rows = rows_at(address, 0, 0)
    num_states, num_rows = rows.sizes.num_states, rows.sizes.num_states * rows.sizes.num_actions
    for state in range(num_states + 2):
        rows.value[state] = 0.0
    for stage in range(len(stages) - 1, -1, -1):
        backup(rows, 1.0)
        for row in range(num_rows):
            stages[stage, row] = rows.q_values[row]
        for state in range(num_states + 2):
            rows.value[state] = rows.improved[state]
