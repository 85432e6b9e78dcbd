"""Priors over the outcomes of a pair: a total concentration times a base measure.

The base measure has a local part (named outcomes of a pair) and "anywhere" (spread evenly over all states). A prior
says what the concentration is, whether it is fitted, and which outcomes are local; the belief does the rest. What a
prior of a user's own may say is in `agent.protocols.Prior`.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..parts import PRIOR, chosen
from ..protocols import Prior
from ..validation import is_finite_number, shown

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
    is_fitted: ClassVar[bool] = True

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

    def local(self) -> Iterator[tuple[int, Mapping[int, float]]]:
        """Give each pair of the support with the concentration on each of its states; pairs in order."""
        for pair, support in sorted(self.support.items()):
            yield pair, dict.fromkeys(support, self.concentration / len(support)) if support else {}

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


def neighbours(env: Any, concentration: float = 1.0) -> Local:
    """Return the prior of one who knows which states can follow which, but not what the actions do.

    Args:
        env: the world.
        concentration: total over what can follow (Little and Sommer 2013 use 1/4 for each of four neighbours).

    Raises:
        ValueError: the true transitions of the world are not known.
    """
    from ..worlds import true_mdp

    mdp = true_mdp(env)
    if mdp is None:
        raise ValueError("prior 'local' needs a world whose true transitions are known; this one's are not")
    return Local.of_neighbours(mdp, concentration)


def make_prior(prior: Any, env: Any = None) -> Prior:
    """Return a prior as it is written (`agent.parts`): symmetric:10, my_module:Sparse:concentration=.5.

    Args:
        prior: how it is written; or a prior.
        env: the world, for a prior that asks for it.

    Raises:
        ValueError: an unknown name, a parameter that it does not have or of another type, a concentration that is not
            positive, `local` without a known truth.
    """
    if isinstance(prior, str):
        given = {} if env is None else {"env": env, **_numbers(env)}
        found = chosen(PRIOR, prior)
        return checked(found.make(**given), found.name)
    return checked(prior, shown(prior))


def _numbers(env: Any) -> dict[str, int | None]:
    from ..worlds import as_states

    states = as_states(env)
    return {"num_actions": states.num_actions, "num_states": states.num_states}


def checked(prior: Any, name: str) -> Prior:
    """Return a prior, if it is one.

    Raises:
        ValueError: it has no concentration that a prior can have.
    """
    concentration: Any = getattr(prior, "concentration", None)
    if isinstance(prior, type) or not is_finite_number(concentration):
        is_made = hasattr(prior, "concentration") and not isinstance(prior, type)
        got = f"concentration {shown(concentration)}" if is_made else shown(prior)
        raise ValueError(f"prior {name}: got {got}, expected an object with a number `concentration`")
    _check_concentration(concentration)
    return prior


def _check_concentration(value: float) -> None:
    if not LEAST <= value <= MOST:
        raise ValueError(f"a prior's concentration must be positive, from {LEAST:g} to {MOST:g}, got {shown(value)}")


def _check_positive(name: str, value: float) -> None:
    if not (isinstance(value, Real) and not isinstance(value, bool) and 0 < value <= sys.float_info.max):
        raise ValueError(f"a prior's {name} must be positive and finite, got {shown(value)}")
