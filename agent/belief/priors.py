"""Priors over the outcomes of a pair: a total concentration times a base measure.

The base measure has a local part (named outcomes of a pair) and "anywhere" (spread evenly over all states). A prior
says what the concentration is, whether it is fitted, and which outcomes are local; the belief does the rest.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from ..validation import number, shown

if TYPE_CHECKING:
    from ..worlds import FiniteMDP

LEAST, MOST = 1e-9, 1e15
"""Total concentrations of a prior: beside counts, smaller ones are nothing and larger ones everything."""


@dataclass(frozen=True)
class Symmetric:
    """Dirichlet with one total concentration, spread evenly over all states.

    Attributes:
        concentration: total over all outcomes; 1 over K states is the prior Dir(1/K, ..., 1/K) of Sun et al. 2011.
    """

    concentration: float = 1.0

    def __post_init__(self) -> None:
        _check_concentration(self.concentration)


@dataclass(frozen=True)
class EmpiricalBayes:
    """Symmetric prior whose concentration is fitted to all that was seen (the default).

    The most probable value under the Dirichlet-multinomial evidence of all pairs and a weak log-normal, within
    `[min(K/1000, 1/10), 5K]`; refitted when the number of steps has grown by `growth`, at least `gap` steps apart.

    Attributes:
        concentration: where it starts, total over all outcomes.
        log_sigma: standard deviation of ln concentration under the log-normal, whose median is 1.
        growth: share by which the number of steps grows between two fits.
        gap: fewest steps between two fits.
    """

    concentration: float = 1.0
    log_sigma: float = 2.0
    growth: float = 0.05
    gap: int = 20

    def __post_init__(self) -> None:
        _check_concentration(self.concentration)
        for name in ("log_sigma", "growth", "gap"):
            _check_positive(name, getattr(self, name))


@dataclass(frozen=True)
class Local:
    """Dirichlet over a given local support: only those outcomes are possible, all equally likely beforehand.

    Attributes:
        support: for every pair, numbered state * num_actions + action, the states it may lead to; pairs that are not
            named have the symmetric prior.
        concentration: total over the support (Little and Sommer 2013 use 1/4 for each of four neighbours).
        terminal: states known beforehand to be terminal.
    """

    support: Mapping[int, tuple[int, ...]] = field(repr=False)
    concentration: float = 1.0
    terminal: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        _check_concentration(self.concentration)

    @classmethod
    def of_neighbours(cls, mdp: "FiniteMDP", concentration: float = 1.0) -> "Local":
        """Return the prior of one who knows which states can follow which, but not what the actions do.

        The support of every pair of a state is all that any of the state's actions may lead to.
        """
        num_actions = mdp.num_actions
        indptr, indices = mdp.transition.indptr, mdp.transition.indices
        support: dict[int, tuple[int, ...]] = {}
        for state in np.flatnonzero(~mdp.terminal):
            first = int(state) * num_actions
            neighbours = tuple(int(s) for s in np.unique(indices[indptr[first] : indptr[first + num_actions]]))
            support.update({first + action: neighbours for action in range(num_actions)})
        return cls(support, concentration, frozenset(int(s) for s in np.flatnonzero(mdp.terminal)))


Prior = Symmetric | EmpiricalBayes | Local


def make_prior(name: str, env: Any = None) -> Prior:
    """Return a prior by name; `name:c` sets its total concentration, as in `symmetric:10`.

    Args:
        name: a key of `agent.registry.PRIORS`, optionally with a concentration.
        env: the world, of which `local` takes the neighbours.

    Raises:
        ValueError: an unknown name, a concentration that is not a positive number, `local` without a known truth.
    """
    from ..registry import PRIORS, load

    kind, colon, text = name.partition(":")
    prior_class = load(PRIORS, "prior", kind)
    try:
        options = {"concentration": number(text)} if colon else {}
    except ValueError as error:
        raise ValueError(f"prior {shown(name)}: {error}; write for example {kind}:10") from None
    if prior_class is not Local:
        return prior_class(**options)
    from ..worlds import true_mdp

    mdp = true_mdp(env)
    if mdp is None:
        raise ValueError("prior 'local' needs a world whose true transitions are known; this one's are not")
    return Local.of_neighbours(mdp, **options)


def _check_concentration(value: float) -> None:
    if not LEAST <= value <= MOST:
        raise ValueError(f"a prior's concentration must be positive, from {LEAST:g} to {MOST:g}, got {value}")


def _check_positive(name: str, value: float) -> None:
    if not (isinstance(value, Real) and not isinstance(value, bool) and 0 < value <= sys.float_info.max):
        raise ValueError(f"a prior's {name} must be positive and finite, got {shown(value)}")
