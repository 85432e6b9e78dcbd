"""Kullback-Leibler divergence and its relatives: how far one belief is from another, and what that is worth.

Distributions are arrays with the outcome on the last axis; leading axes broadcast. Results are in nats, or in bits
with `base=2`. 0 ln 0 = 0; a result is infinite where it must be, never NaN, and no warning is raised. Divergences
are summed from terms that are each >= 0 (`agent.information.probabilities.divergence_terms`): never negative, and of
full relative accuracy even between nearly equal distributions. A distribution with a negative entry, or whose sum is
not 1 within 1e-6, is a ValueError.

The measures are those surveyed in Keydana 2020, "Infinite surprise: the iridescent personality of Kullback-Leibler
divergence" (https://blogs.rstudio.com/ai/posts/2020-02-19-kl-divergence/). Three of its equations are misprinted:
6 (`variational_free_energy`), 12 (`conditional_entropy`) and 15 (`jensen_shannon_distance`); the standard forms are
used here. [CT] is Cover & Thomas 2006, Elements of Information Theory, 2nd edition, doi:10.1002/047174882X.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .probabilities import (
    FloatArray,
    as_distribution,
    as_pair,
    as_reals,
    check_outcomes,
    divergence_terms,
    expectation,
    group_labels,
    in_base,
    jensen_shannon_terms,
    log,
    log_ratio,
)


def kl_divergence(p: ArrayLike, q: ArrayLike, *, base: float = math.e) -> Any:
    """Return the Kullback-Leibler divergence (relative entropy) of p from q.

        KL(p || q) = sum_x p(x) ln(p(x) / q(x))

    The information gained by one who believed q and now believes p; the extra length per symbol of a code made for
    q. Zero only for p = q, not symmetric, unbounded: infinite as soon as q excludes what p allows.

    A black swan is worth `kl_divergence([0, 1], [0.99, 0.01], base=2)` = 6.64 bits to one who gave it 0.01, and to
    one who gave it 0.5 exactly 1 bit.

    Args:
        p: `[..., K]`, the distribution averaged over (the posterior, the truth).
        q: `[..., K]`, the distribution it is compared to (the prior, the model), broadcast against `p`.
        base: e for nats, 2 for bits.

    Returns:
        `[...]`, >= 0.

    Raises:
        ValueError: no distributions, or different numbers of outcomes.
    Source: Kullback & Leibler 1951, doi:10.1214/aoms/1177729694; [CT] eq. 2.26.
    """
    p, q = as_pair(p, q)
    return in_base(divergence_terms(p, q).sum(axis=-1), base)


def entropy(p: ArrayLike, *, base: float = math.e) -> Any:
    """Return the Shannon entropy of p.

        H(p) = -sum_x p(x) ln p(x)

    The uncertainty about an outcome before seeing it. Zero for a certain one, at most ln K (all equally probable).

    Args:
        p: `[..., K]`, a distribution.
        base: e for nats, 2 for bits.

    Returns:
        `[...]`, >= 0.

    Raises:
        ValueError: no distribution.
    Source: Shannon 1948, doi:10.1002/j.1538-7305.1948.tb01338.x; [CT] eq. 2.1.
    """
    p = as_distribution(p, "p")
    return in_base(np.maximum(-expectation(p, log(p)), 0.0), base)


def cross_entropy(p: ArrayLike, q: ArrayLike, *, base: float = math.e) -> Any:
    """Return the cross-entropy of q under p.

        H(p, q) = -sum_x p(x) ln q(x) = H(p) + KL(p || q)

    The expected surprisal of outcomes that follow p to one who predicts q: code length per symbol, a classifier's
    loss. At least H(p), reached for q = p; infinite where q excludes what p allows.

    Args:
        p: `[..., K]`, the distribution outcomes follow.
        q: `[..., K]`, the prediction, broadcast against `p`.
        base: e for nats, 2 for bits.

    Returns:
        `[...]`, >= 0.

    Raises:
        ValueError: no distributions, or different numbers of outcomes.
    Source: [CT] theorem 5.4.3.
    """
    p, q = as_pair(p, q)
    return in_base(np.maximum(-expectation(p, log(q)), 0.0), base)


def conditional_entropy(joint: ArrayLike, *, base: float = math.e) -> Any:
    """Return the conditional entropy of X given Y.

        H(X|Y) = sum_y P(y) H(X|y) = H(X, Y) - H(Y)

    What remains uncertain about X once Y is known: zero if Y determines X, at most H(X), reached if they are
    independent. (Keydana 2020, eq. 12, prints a logarithm around H(X|y) and a minus sign before the sum.)

    Args:
        joint: `[..., X, Y]`, P(x, y), summing to 1 over the last two axes. For H(Y|X) swap them.
        base: e for nats, 2 for bits.

    Returns:
        `[...]`, >= 0.

    Raises:
        ValueError: no joint distribution.
    Source: [CT] eq. 2.10.
    """
    joint = as_distribution(joint, "joint", event_axes=2)
    odds = log_ratio(_others(joint), joint)  # against x, given y: ln(P(y) / P(x, y) - 1), formed without P(y)
    with np.errstate(invalid="ignore"):
        surprisal = np.logaddexp(0.0, odds)
    return in_base(expectation(joint, surprisal).sum(axis=-1), base)


def mutual_information(joint: ArrayLike, *, base: float = math.e) -> Any:
    """Return the mutual information between X and Y.

        I(X; Y) = sum_y P(y) KL(P(X|y) || P(X)) = H(X) - H(X|Y) = H(Y) - H(Y|X)

    How far learning Y is expected to move the belief about X, which equals the reverse. Zero only for independent
    variables, at most min(H(X), H(Y)). Of variables that a relative deviation d makes dependent, I is of order d^2 and
    known to about 1e-16 d: the rounding of the marginals.

    Args:
        joint: `[..., X, Y]`, P(x, y), summing to 1 over the last two axes.
        base: e for nats, 2 for bits.

    Returns:
        `[...]`, >= 0.

    Raises:
        ValueError: no joint distribution.
    Source: [CT] eqs. 2.28 and 2.43.
    """
    joint = as_distribution(joint, "joint", event_axes=2)
    marginal = joint.sum(axis=-1, keepdims=True)
    moved = divergence_terms(_given_last(joint), marginal).sum(axis=-2)
    return in_base(expectation(joint.sum(axis=-2), moved), base)


def _given_last(joint: FloatArray) -> FloatArray:
    """Return P(x | y) from P(x, y), `[..., X, Y]`; zeros where P(y) = 0."""
    marginal = np.broadcast_to(joint.sum(axis=-2, keepdims=True), joint.shape)
    return np.divide(joint, marginal, out=np.zeros(joint.shape), where=marginal > 0.0)


def _others(joint: FloatArray) -> FloatArray:
    """Return the sum over all other x, P(y) - P(x, y) without a difference; `[..., X, Y]`."""
    before, after = np.zeros(joint.shape), np.zeros(joint.shape)
    before[..., 1:, :] = np.cumsum(joint, axis=-2)[..., :-1, :]
    after[..., :-1, :] = np.cumsum(joint[..., ::-1, :], axis=-2)[..., -2::-1, :]
    return before + after


def jensen_shannon_distance(p: ArrayLike, q: ArrayLike, *, base: float = math.e) -> Any:
    """Return the Jensen-Shannon distance between p and q, a metric.

        d(p, q) = sqrt( (KL(p || m) + KL(q || m)) / 2 ),    m = (p + q) / 2

    The square is what one draw tells about which of the two, equally probable, it came from. Symmetric, obeys the
    triangle inequality, never infinite: at most sqrt(ln 2) (1 with `base=2`), reached by distributions that exclude
    each other. (Keydana 2020, eq. 15, swaps the arguments of both divergences, which makes the sum infinite
    wherever one side is zero, and omits the root.)

    Args:
        p: `[..., K]`, a distribution.
        q: `[..., K]`, a distribution, broadcast against `p`.
        base: of the logarithm under the root: e or 2.

    Returns:
        `[...]`, >= 0.

    Raises:
        ValueError: no distributions, or different numbers of outcomes.
    Source: Endres & Schindelin 2003, doi:10.1109/TIT.2003.813506.
    """
    p, q = as_pair(p, q)
    lift = 2.0**200  # the square of the distance of the rarest outcomes would leave the range of floating point
    squared = jensen_shannon_terms(lift * p, lift * q).sum(axis=-1)
    return np.sqrt(in_base(squared, base)) / 2.0**100


def coarse_grained_entropy(p: ArrayLike, groups: Sequence[Any] | NDArray[Any], *, base: float = math.e) -> Any:
    """Return the entropy that is left when outcomes are only told apart by group.

        H(coarse),  P(g) = sum_{x in g} p(x),    H(p) = H(coarse) + sum_g P(g) H(p | g)

    Zero if all outcomes are one group, at most H(p), reached if no two possible outcomes share a group.

    Args:
        p: `[..., K]`, a distribution.
        groups: one label per outcome (`[0, 0, 1]`, `["white", "white", "black"]`) or the members of each
            group (`[[0, 1], [2]]`).
        base: e for nats, 2 for bits.

    Returns:
        `[...]`, >= 0.

    Raises:
        ValueError: no distribution, not one label per outcome, or members that are no partition.
    Source: Shannon 1948, section 6, property 3, doi:10.1002/j.1538-7305.1948.tb01338.x.
    """
    p = as_distribution(p, "p")
    labels = group_labels(groups, p.shape[-1])
    coarse = np.zeros((labels.max() + 1, *p.shape[:-1]))
    np.add.at(coarse, labels, np.moveaxis(p, -1, 0))
    return entropy(np.moveaxis(coarse, 0, -1), base=base)


def kelly_growth(belief: ArrayLike, odds: ArrayLike, *, base: float = math.e) -> Any:
    """Return the expected logarithmic growth per bet of a Kelly bettor whose belief is true.

        G = sum_x p(x) ln(p(x) o(x)) = KL(p || m) - ln sum_x 1/o(x),    m(x) proportional to 1/o(x)

    The bettor stakes the fraction p(x) of his wealth on each outcome: of all ways to stake the whole of it, the one
    that grows fastest. At fair odds (o = 1/m) growth is his disagreement with the market, KL(belief || market):
    never negative, zero if he believes the market. A bookmaker's margin, sum 1/o > 1, is subtracted.

    Args:
        belief: `[..., K]`, probabilities of the outcomes.
        odds: `[..., K]`, what a unit staked on an outcome pays if it happens, the stake included; >= 1, inf where
            the market excludes the outcome. The fair odds of a market's probabilities m are 1/m.
        base: e for nats, 2 for doublings of wealth.

    Returns:
        `[...]`, growth of the logarithm of wealth per bet.

    Raises:
        ValueError: no distribution, different numbers of outcomes, or odds below 1.
    Source: Kelly 1956, doi:10.1002/j.1538-7305.1956.tb03809.x; [CT] theorem 6.1.2.
    """
    belief, odds = as_distribution(belief, "belief"), as_reals(odds, "odds")
    if not (odds >= 1.0).all():
        raise ValueError(
            f"odds must be what one staked unit pays, at least 1, got {np.min(odds):g}; "
            "for a market's probabilities give 1 / probabilities"
        )
    check_outcomes(belief, odds, ("belief", "odds"))
    belief, odds = np.broadcast_arrays(belief, odds)
    wealth = np.multiply(belief, odds, out=np.zeros(belief.shape), where=belief > 0.0)
    return in_base(expectation(belief, log(wealth)), base)
