"""Divergences as prices: variational inference, its Gaussian regulariser, and the thermodynamic free energy.

Conventions of `agent.information`, which exports these functions. "Keydana 2020" is the survey named there.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .probabilities import (
    as_distribution,
    as_pair,
    as_reals,
    check_outcomes,
    divergence_terms,
    expectation,
    in_base,
    log,
    log_gap,
    log_ratio,
    shown,
)


def variational_free_energy(
    belief: ArrayLike, prior: ArrayLike, log_likelihood: ArrayLike, *, base: float = math.e
) -> Any:
    """Return the variational free energy of a belief about a hidden x after seeing data D.

        J(q) = KL(q || prior) - E_q[ln p(D|x)] = KL(q || posterior) - ln p(D)

    Complexity minus accuracy. At least -ln p(D), reached only by the exact posterior: to minimise J is inference,
    its minimum the evidence. (Keydana 2020, eq. 6, prints KL(q || p) - E_q[-ln p(D|x)], one minus sign too many.)

    Args:
        belief: `[..., K]`, q(x).
        prior: `[..., K]`, p(x), broadcast against `belief`.
        log_likelihood: `[..., K]`, ln p(D|x) in nats; -inf where D is impossible under x.
        base: unit of the result: e for nats, 2 for bits.

    Returns:
        `[...]`; infinite if the belief allows what prior or data exclude.

    Raises:
        ValueError: no distributions, different numbers of outcomes, a log likelihood of +inf or NaN.
    Source: Murphy 2012, Machine Learning, section 21.2; Neal & Hinton 1998, doi:10.1007/978-94-011-5014-9_12.
    """
    q, prior = as_pair(belief, prior, ("belief", "prior"))
    log_likelihood = as_reals(log_likelihood, "log_likelihood")
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
    return 0.0 - variational_free_energy(belief, prior, log_likelihood, base=base)


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

    Against the standard normal it is a variational autoencoder's regulariser, the information its latent code
    carries: zero in a dimension that has collapsed onto the prior, infinite for a point (sigma = 0).

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
    arguments = {
        "mean": mean,
        "standard_deviation": standard_deviation,
        "reference_mean": reference_mean,
        "reference_standard_deviation": reference_standard_deviation,
    }
    mu, sigma, nu, tau = np.broadcast_arrays(*(np.atleast_1d(as_reals(x, name)) for name, x in arguments.items()))
    if not (np.isfinite(mu) & np.isfinite(nu)).all():
        raise ValueError("means must be finite")
    if not ((sigma >= 0.0) & (sigma < np.inf) & (tau > 0.0) & (tau < np.inf)).all():
        raise ValueError("standard deviations must be finite and not negative, the reference's above 0")
    with np.errstate(all="ignore"):
        apart = mu - nu
        shift = np.where(np.isfinite(apart), apart / tau, 2.0 * ((0.5 * mu - 0.5 * nu) / tau))
        stretch = (sigma - tau) / tau
        logs = np.where(np.abs(stretch) < 0.5, log_gap(stretch), stretch - log_ratio(sigma, tau))
        nats = logs + (shift * shift + stretch * stretch) / 2.0
    return in_base(nats.sum(axis=-1), base)


def helmholtz_free_energy(
    probabilities: ArrayLike, energies: ArrayLike, temperature: ArrayLike, boltzmann_constant: float = 1.0
) -> Any:
    """Return the thermodynamic free energy of a distribution over states with given energies.

        F(q) = E_q[energy] - k T H(q),    F(q) - F(p) = k T KL(q || p) in equilibrium p ~ exp(-energy / k T)

    The energy that can be turned into work. At least -k T ln sum_x exp(-energy(x) / k T), reached in equilibrium.

    Args:
        probabilities: `[..., K]`, q.
        energies: `[..., K]`, above -inf (inf: a forbidden state), broadcast against `probabilities`.
        temperature: `[...]`, T >= 0.
        boltzmann_constant: k > 0, energy per temperature; with 1, temperature is measured as an energy.

    Returns:
        `[...]`, an energy; infinite if a forbidden state is occupied.

    Raises:
        ValueError: no distribution, different numbers of outcomes, values out of range.
    Source: Baez & Pollard 2016, doi:10.3390/e18020046; Keydana 2020, eqs. 16 and 17.
    """
    q, energies = as_distribution(probabilities, "probabilities"), as_reals(energies, "energies")
    check_outcomes(q, energies, ("probabilities", "energies"))
    if not (energies > -np.inf).all():
        raise ValueError("energies must be above -inf and no NaN; inf marks a forbidden state")
    with np.errstate(all="ignore"):
        constant = as_reals(boltzmann_constant, "boltzmann_constant")
        thermal = constant * as_reals(temperature, "temperature")
        if not (np.isfinite(thermal) & (thermal >= 0.0)).all() or not (constant > 0.0).all():
            got = f"{shown(temperature)} times {shown(boltzmann_constant)}"
            raise ValueError(f"temperature must be >= 0, the constant > 0, their product finite, got {got}")
        mean_energy = expectation(q, energies)
        return np.where(mean_energy < np.inf, mean_energy + thermal * expectation(q, log(q)), np.inf)[()]
