"""Kullback-Leibler divergence and its relatives on discrete distributions, and the Gaussian case of variational inference.

Distributions are arrays with the outcome on the last axis; leading axes broadcast. Results are in nats, or in bits with
`base=2`. 0 ln 0 = 0; a result is infinite where it must be, never NaN, and no warning is raised. Divergences are summed
from terms that are each >= 0 (`agent.probabilities.divergence_terms`), so they are never negative and keep full relative
accuracy between nearly equal distributions. A distribution with a negative entry, or whose sum is not 1 within 1e-6,
is a ValueError everywhere.

The measures follow the survey of Keydana 2020, "Infinite surprise: the iridescent personality of Kullback-Leibler
divergence" (https://blogs.rstudio.com/ai/posts/2020-02-19-kl-divergence/), three of whose equations are misprinted;
`variational_free_energy` (its eq. 6), `conditional_entropy` (eq. 12) and `jensen_shannon_distance` (eq. 15) say where.
[CT] is Cover & Thomas 2006, Elements of Information Theory, 2nd edition, doi:10.1002/047174882X.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agent.f_divergences import GENERATORS, Generator, f_divergence
from agent.probabilities import (
    FloatArray,
    as_distribution,
    as_pair,
    check_outcomes,
    divergence_terms,
    expectation,
    group_labels,
    in_base,
    log,
)

__all__ = [
    "GENERATORS",
    "Generator",
    "coarse_grained_entropy",
    "conditional_entropy",
    "cross_entropy",
    "entropy",
    "evidence_lower_bound",
    "f_divergence",
    "gaussian_kl",
    "helmholtz_free_energy",
    "jensen_shannon_distance",
    "kelly_growth",
    "kl_divergence",
    "mutual_information",
    "variational_free_energy",
]


def kl_divergence(p: ArrayLike, q: ArrayLike, *, base: float = math.e) -> Any:
    """Return the Kullback-Leibler divergence (relative entropy) of p from q.

        KL(p || q) = sum_x p(x) ln(p(x) / q(x))

    The information gained by one who believed q and now believes p; the extra code length per symbol of a code made
    for q. Zero only for p = q, not symmetric, unbounded: infinite as soon as q excludes what p allows.

    A black swan to one who gave it 0.01 is worth `kl_divergence([0, 1], [0.99, 0.01], base=2)` = 6.64 bits, to one who
    gave it 0.5 exactly 1 bit.

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

    The uncertainty about an outcome before seeing it. Zero for a certain outcome, at most ln K (all equally probable).

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

    The expected surprisal of outcomes that follow p to one who predicts q (code length per symbol; a classifier's
    loss). At least H(p), reached for q = p; infinite where q excludes what p allows.

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
    surprisal = -log(_given_last(joint))
    return in_base(expectation(joint, surprisal).sum(axis=-1), base)


def mutual_information(joint: ArrayLike, *, base: float = math.e) -> Any:
    """Return the mutual information between X and Y.

        I(X; Y) = sum_y P(y) KL(P(X|y) || P(X)) = H(X) - H(X|Y) = H(Y) - H(Y|X)

    How far learning Y is expected to move the belief about X, and the other way round: the two are equal. Zero only for
    independent variables, at most min(H(X), H(Y)).

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


def jensen_shannon_distance(p: ArrayLike, q: ArrayLike, *, base: float = math.e) -> Any:
    """Return the Jensen-Shannon distance between p and q, a metric.

        d(p, q) = sqrt( (KL(p || m) + KL(q || m)) / 2 ),    m = (p + q) / 2

    The square is how much one draw tells about which of the two, equally probable, it came from. Symmetric, obeys the
    triangle inequality, never infinite: at most sqrt(ln 2) (1 with `base=2`), reached by distributions that exclude
    each other. (Keydana 2020, eq. 15, swaps the arguments of both divergences, which makes them infinite wherever
    one side is zero, and omits the root.)

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
    both = p + q  # twice the mixture, against twice each side: halving would round the smallest numbers to 0
    squared = (divergence_terms(2.0 * p, both) + divergence_terms(2.0 * q, both)).sum(axis=-1) / 4.0
    return np.sqrt(in_base(squared, base))


def coarse_grained_entropy(
    p: ArrayLike, groups: Sequence[Any] | NDArray[Any], *, base: float = math.e
) -> Any:
    """Return the entropy that is left when outcomes are only told apart by group.

        H(coarse),  P(g) = sum_{x in g} p(x),    H(p) = H(coarse) + sum_g P(g) H(p | g)

    Zero if all outcomes are one group, at most H(p), reached if no two possible outcomes share a group.

    Args:
        p: `[..., K]`, a distribution.
        groups: one label per outcome (`[0, 0, 1]`, `["white", "white", "black"]`) or the members of each group
            (`[[0, 1], [2]]`).
        base: e for nats, 2 for bits.

    Returns:
        `[...]`, >= 0.

    Raises:
        ValueError: no distribution, not one label per outcome, or members that are no partition.
    Source: Shannon 1948, section 6, property 3, doi:10.1002/j.1538-7305.1948.tb01338.x.
    """
    p = as_distribution(p, "p")
    labels = group_labels(groups, p.shape[-1])
    coarse = np.zeros((*p.shape[:-1], labels.max() + 1))
    np.add.at(coarse, (..., labels), p)
    return entropy(coarse, base=base)


def kelly_growth(belief: ArrayLike, odds: ArrayLike, *, base: float = math.e) -> Any:
    """Return the expected logarithmic growth per bet of a Kelly bettor whose belief is true.

        G = sum_x p(x) ln(p(x) o(x)) = KL(p || m) - ln sum_x 1/o(x),    m(x) proportional to 1/o(x)

    The bettor stakes the fraction p(x) of his wealth on each outcome, the stakes that grow fastest. At fair odds
    (o = 1/m, so that the stakes pay m back on average) growth is his disagreement with the market, KL(belief || market):
    never negative, zero if he believes the market. A bookmaker's margin, sum 1/o > 1, is subtracted.

    Args:
        belief: `[..., K]`, probabilities of the outcomes.
        odds: `[..., K]`, what one unit staked on an outcome pays if it happens, stake included, >= 1 (inf: the
            market excludes it), broadcast against `belief`. A market's probabilities m are the fair odds 1/m.
        base: e for nats, 2 for doublings of wealth.

    Returns:
        `[...]`, growth of the logarithm of wealth per bet.

    Raises:
        ValueError: no distribution, different numbers of outcomes, or odds below 1.
    Source: Kelly 1956, doi:10.1002/j.1538-7305.1956.tb03809.x; [CT] theorem 6.1.2.
    """
    belief, odds = as_distribution(belief, "belief"), np.asarray(odds, dtype=np.float64)
    if not (odds >= 1.0).all():
        raise ValueError(
            f"odds must be what one staked unit pays, at least 1, got {np.min(odds):g}; "
            "for a market's probabilities give 1 / probabilities"
        )
    check_outcomes(belief, odds, ("belief", "odds"))
    return in_base(expectation(belief, log(belief) + log(odds)), base)


def variational_free_energy(
    belief: ArrayLike, prior: ArrayLike, log_likelihood: ArrayLike, *, base: float = math.e
) -> Any:
    """Return the variational free energy of a belief about hidden x after seeing data D.

        J(q) = KL(q || prior) - E_q[ln p(D|x)] = KL(q || posterior) - ln p(D)

    Complexity minus accuracy. At least -ln p(D), reached only by the exact posterior, so that minimising J is inference
    and its minimum the evidence. (Keydana 2020, eq. 6, prints KL(q || p) - E_q[-ln p(D|x)]: one minus sign too many.)

    Args:
        belief: `[..., K]`, q(x).
        prior: `[..., K]`, p(x), broadcast against `belief`.
        log_likelihood: `[..., K]`, ln p(D|x) in nats; -inf where D is impossible under x.
        base: unit of the result: e for nats, 2 for bits.

    Returns:
        `[...]`; infinite if the belief allows what prior or data exclude.

    Raises:
        ValueError: no distributions, different numbers of outcomes, a log likelihood of +inf or NaN.
    Source: Murphy 2012, Machine Learning, section 21.2, eq. 21.9; Neal & Hinton 1998, doi:10.1007/978-94-011-5014-9_12.
    """
    q, prior = as_pair(belief, prior, ("belief", "prior"))
    log_likelihood = np.asarray(log_likelihood, dtype=np.float64)
    check_outcomes(q, log_likelihood, ("belief", "log_likelihood"))
    if not (log_likelihood < np.inf).all():
        raise ValueError("log_likelihood must be below +inf and no NaN; -inf marks what the data exclude")
    complexity = divergence_terms(q, prior).sum(axis=-1)
    return in_base(complexity - expectation(q, log_likelihood), base)


def evidence_lower_bound(
    belief: ArrayLike, prior: ArrayLike, log_likelihood: ArrayLike, *, base: float = math.e
) -> Any:
    """Return the evidence lower bound (ELBO), the negative of `variational_free_energy`.

        ELBO(q) = E_q[ln p(D|x)] - KL(q || prior) = ln p(D) - KL(q || posterior)

    At most the log evidence ln p(D), reached only by the exact posterior; -inf where the free energy is infinite.

    Args:
        belief: `[..., K]`, q(x).
        prior: `[..., K]`, p(x), broadcast against `belief`.
        log_likelihood: `[..., K]`, ln p(D|x) in nats; -inf where D is impossible under x.
        base: unit of the result: e for nats, 2 for bits.

    Returns:
        `[...]`.

    Raises:
        ValueError: as `variational_free_energy`.
    Source: Kingma & Welling 2014, eq. 3, arXiv:1312.6114.
    """
    return -variational_free_energy(belief, prior, log_likelihood, base=base)


def gaussian_kl(
    mean: ArrayLike,
    standard_deviation: ArrayLike,
    reference_mean: ArrayLike = 0.0,
    reference_standard_deviation: ArrayLike = 1.0,
    *,
    base: float = math.e,
) -> Any:
    """Return the divergence of a diagonal Gaussian from another one, by default the standard normal.

        KL = sum_d [ ((mu - nu)/tau)^2 + (sigma/tau)^2 - 1 - ln (sigma/tau)^2 ] / 2

    Against the standard normal it is a variational autoencoder's regulariser, and the bits its latent code carries: zero
    for a dimension that has collapsed onto the prior, infinite for a point (sigma = 0).

    Args:
        mean: `[..., D]`, mu; a scalar is one dimension.
        standard_deviation: `[..., D]`, sigma >= 0.
        reference_mean: `[..., D]`, nu.
        reference_standard_deviation: `[..., D]`, tau > 0.
        base: e for nats, 2 for bits.

    Returns:
        `[...]`, summed over the D dimensions, >= 0.

    Raises:
        ValueError: a mean that is not finite, a standard deviation out of range.
    Source: Kingma & Welling 2014, appendix B, arXiv:1312.6114.
    """
    mu, sigma, nu, tau = np.broadcast_arrays(
        *(
            np.atleast_1d(np.asarray(x, dtype=np.float64))
            for x in (mean, standard_deviation, reference_mean, reference_standard_deviation)
        )
    )
    if not (np.isfinite(mu) & np.isfinite(nu)).all():
        raise ValueError("means must be finite")
    if not ((sigma >= 0.0) & (sigma < np.inf) & (tau > 0.0) & (tau < np.inf)).all():
        raise ValueError("standard deviations must be finite, not negative, the reference's positive")
    with np.errstate(over="ignore"):
        ratio = sigma / tau
        shift, stretch = (mu - nu) / tau, ratio - 1.0
        nats = divergence_terms(np.ones(ratio.shape), ratio) + (shift * shift + stretch * stretch) / 2.0
    return in_base(nats.sum(axis=-1), base)


def helmholtz_free_energy(
    probabilities: ArrayLike, energies: ArrayLike, temperature: ArrayLike, boltzmann_constant: float = 1.0
) -> Any:
    """Return the thermodynamic free energy of a distribution over states with given energies.

        F(q) = E_q[energy] - k T H(q),    F(q) - F(p) = k T KL(q || p)  for p(x) proportional to exp(-energy(x) / k T)

    The energy that can be turned into work. At least -k T ln sum_x exp(-energy(x) / k T), reached only in equilibrium.

    Args:
        probabilities: `[..., K]`, q.
        energies: `[..., K]`, above -inf (inf: a forbidden state), broadcast against `probabilities`.
        temperature: `[...]`, T >= 0.
        boltzmann_constant: k > 0 in units of energy per temperature; 1 measures temperature in units of energy.

    Returns:
        `[...]`, in units of energy; infinite if a forbidden state is occupied.

    Raises:
        ValueError: no distribution, different numbers of outcomes, values out of range.
    Source: Baez 2013, https://math.ucr.edu/home/baez/networks_oxford/; Keydana 2020, eqs. 16 and 17.
    """
    q, energies = as_distribution(probabilities, "probabilities"), np.asarray(energies, dtype=np.float64)
    check_outcomes(q, energies, ("probabilities", "energies"))
    thermal = boltzmann_constant * np.asarray(temperature, dtype=np.float64)
    if not (energies > -np.inf).all():
        raise ValueError("energies must be above -inf and no NaN; inf marks a forbidden state")
    if not (np.isfinite(thermal) & (thermal >= 0.0)).all() or not boltzmann_constant > 0.0:
        raise ValueError(f"temperature must be finite and >= 0 and the constant > 0, got {temperature}")
    return expectation(q, energies) - thermal * entropy(q)
