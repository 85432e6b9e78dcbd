"""The prior by name: what actions do, in terms of the features of states."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...validation import is_finite_number, shown
from ..priors import EmpiricalBayes
from .carrying.rules import Rules
from .carrying.source import rules_from

Ranges = Sequence[tuple[int, int] | None]

MOST_LISTED = 2**20
"""More states than this are not listed beforehand: their features are asked for when they are first met."""


@dataclass(frozen=True)
class Structured(EmpiricalBayes):
    """What actions generally do, learnt as typed changes of features; or empirical Bayes, whichever predicts better.

    Both are asked before each transition how probable it is. The one that leads is what is predicted, planned on and
    scored; the lead changes when the other one is ahead by `guard` nats.

    Attributes:
        listed: features and contexts of the states that are known beforehand, `[n, d + num_contexts]`; n may be 0.
        ended: whether such a state stands for the end of an episode, `[n]`.
        tell: features and contexts of a state that is not listed, once it was met.
        num_contexts: columns that tell states apart but belong to no prediction.
        ranges: declared range of each feature, None where there is none.
        width: features and contexts of a state, where none is listed.
        names: of features and contexts, to say what was learnt; x0, x1, ... without them.
        value_names: likewise of the values 0, 1, ... of each feature and context, their numbers without them.
        action_names: likewise of the actions; none without them.
        concentration: where that of the symmetric prior starts, total over all outcomes.
        log_sigma: standard deviation of its logarithm under a log-normal prior with median 1.
        growth: share by which the number of steps grows between two fits.
        gap: fewest steps between two fits.
        guard: nats of log probability by which the other prior must be ahead for the lead to change.
        carried: rules that were learnt elsewhere, trusted as far as they predict here; None: there are none.
    """

    listed: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 1), np.int32), repr=False)
    ended: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool), repr=False)
    tell: Callable[[int], Sequence[int] | NDArray[Any]] | None = field(default=None, repr=False)
    num_contexts: int = 0
    ranges: Ranges = field(default=(), repr=False)
    width: int = 0
    names: tuple[str, ...] = field(default=(), repr=False)
    value_names: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    action_names: tuple[str, ...] = field(default=(), repr=False)
    growth: float = 0.1
    gap: int = 10
    guard: float = 3.0
    carried: Rules | None = field(default=None, repr=False)
    is_fitted: ClassVar[bool] = True
    is_structured: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "listed", _checked(self.listed))
        width = self.listed.shape[1] if len(self.listed) else self.width or self.num_contexts + 1
        if not 0 <= self.num_contexts < width or len(self.ended) != len(self.listed):
            given = f"{list(self.listed.shape)} features, {self.num_contexts} contexts and {len(self.ended)} ends"
            raise ValueError(f"got {given}, expected fewer contexts than columns, and an entry in `ended` a state")
        if not is_finite_number(self.guard) or self.guard < 0:
            raise ValueError(
                f"a structured prior's guard must be a number of nats, at least 0, got {shown(self.guard)}"
            )

    def row(self, state: int, width: int) -> NDArray[np.int32]:
        """Return the features and contexts of a state that is not listed, `[width]`.

        Raises:
            ValueError: nobody tells them; they are not whole numbers of 32 bits, or not as many as there must be.
        """
        if self.tell is None:
            raise ValueError(f"the features of state {state} are not known, of {len(self.listed)} that are")
        told = _checked(np.asarray(self.tell(state))[np.newaxis], f" in state {state}")[0]
        if len(told) != width:
            raise ValueError(f"state {state} has {len(told)} features and contexts, expected {width}")
        return told

    def __deepcopy__(self, memo: Any) -> "Structured":
        """It never changes. The world that it asks is not copied; where it just was, its copy is asked."""
        if not isinstance(self.tell, Asked) or id(self.tell.states) not in memo:
            return self
        twin = copy.copy(self)
        object.__setattr__(twin, "tell", Asked(memo[id(self.tell.states)], self.tell.has_contexts))
        return twin


@dataclass(frozen=True)
class Asked:
    """A world that is asked for the features of its states, one by one.

    Attributes:
        states: the world (`envs.as_states`).
        has_contexts: whether it is asked for what else it tells of a state, too.
    """

    states: Any
    has_contexts: bool

    def __call__(self, state: int) -> NDArray[Any]:
        """Return features, then contexts."""
        told = self.states.feature_row(state)
        context = self.states.context(state) if self.has_contexts else ()
        return np.concatenate([told, np.array(context)]) if context else told


def _checked(features: Any, where: str = "") -> NDArray[np.int32]:
    """Return a table of features, if it is one."""
    table = np.asarray(features)
    if table.ndim != 2 or table.dtype.kind not in "iu" or table.shape[1] == 0:
        raise ValueError(f"features must be whole numbers [S, d], got {table.dtype} {list(table.shape)}{where}")
    if table.min(initial=0) < -(2**31) or table.max(initial=0) >= 2**31:
        raise ValueError(f"features must be whole numbers of 32 bits, got {table.min()} to {table.max()}{where}")
    return table.astype(np.int32)


def structured(
    env: Any,
    concentration: float = 1.0,
    log_sigma: float = 2.0,
    growth: float = 0.1,
    gap: int = 10,
    guard: float = 3.0,
    context: bool = True,
    from_: str | None = None,
) -> Structured:
    """Return a prior that learns what actions generally do, as changes of what observations are made of.

    Such as: row + 1 unless row = 4. So it also predicts in states where it has never been. A guard compares it with
    empirical Bayes by the log probability of what happened, and the one that is ahead is planned on and scored. Which
    of them led, and what each action does, is told at the end of a run.

    Args:
        env: the world, which tells the features of its states (`envs.as_states`).
        concentration: where that of the symmetric prior beside it starts, total over all outcomes.
        log_sigma: standard deviation of its logarithm under a log-normal prior with median 1.
        growth: share by which the number of steps grows between two fits.
        gap: fewest steps between two fits.
        guard: nats of log probability by which the other prior must be ahead for the lead to change.
        context: whether it also looks at what else a world tells of a state (in MiniGrid: what lies ahead).
        from_: a run directory, or a belief that a wrapper saved, whose rules are brought along, without the map: what
            observations and actions mean must be the same. Action by action they count as far as they predict.

    Raises:
        ValueError: a parameter out of range, a world that does not tell the features of its states, rules that cannot
            be read, or that are about other observations or actions.
    """
    from ...worlds import as_states

    states = as_states(env)
    is_listed = states.num_states is not None and states.num_states <= MOST_LISTED
    table = states.feature_table() if is_listed else None
    num_contexts = states.num_contexts if context else 0
    names, called = (*states.feature_names, *(states.context_names if context else ())), states.value_names
    options: dict[str, Any] = {
        "concentration": concentration, "log_sigma": log_sigma, "growth": growth, "gap": gap, "guard": guard,
        "ranges": states.feature_ranges, "num_contexts": num_contexts, "width": states.num_features + num_contexts,
        "names": names, "value_names": tuple(called.get(name, ()) for name in names),
        "action_names": states.action_names, "tell": Asked(states, context),
    }  # fmt: skip
    if from_ is not None:
        options["carried"] = rules = rules_from(from_)
        shape = states.num_actions, states.num_features, num_contexts
        try:
            rules.check_meaning(shape, options["names"], options["action_names"])
        except ValueError as error:
            raise ValueError(f"{from_}: {error}") from None
    if table is None:
        return Structured(**options)
    contexts = [states.context(state) for state in range(len(table))] if context else [()] * len(table)
    if wrong := {len(each) for each in contexts} - {num_contexts}:
        raise ValueError(f"got {num_contexts} context_names, and contexts of {wrong.pop()} numbers: expected as many")
    listed = np.column_stack([table, np.array(contexts, np.int32).reshape(len(table), num_contexts)])
    ended = np.zeros(len(table), bool)
    _, number = np.unique(table, axis=0, return_inverse=True)
    for state in np.flatnonzero(np.bincount(number.ravel())[number.ravel()] > 1).tolist():
        ended[state] = states.state_with(table[state].tolist(), ended=True) == state
    return Structured(listed=listed, ended=ended, **options)
