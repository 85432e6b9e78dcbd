"""Closed forms of a Dirichlet belief about one distribution over K outcomes, in nats.

A belief is its `concentration` a in R^K, strictly positive, on the last axis (prior concentration + counts), with
A = sum a, mean p = a / A, and f(x) = psi(x + 1) - ln x. All functions are pure, broadcast over leading axes, and keep
their accuracy for concentrations from 1e-9 to 1e15 and a million outcomes: see `agent.information.special`. One beyond
1e-100 or 1e100, where products leave the range of floating point, is a ValueError.

References:
    Sun, Gomez and Schmidhuber 2011, "Planning to Be Surprised", arXiv 1103.5708 (surprise and expected gain as reward).
    Little and Sommer 2013, Frontiers in Neural Circuits 7:37 (predicted information gain).
    Minka 2000, "Estimating a Dirichlet distribution" (the Dirichlet's entropy, divergence and evidence).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .information.dirichlet_rows import (
    divergence_rows,
    entropy_rows,
    evidence_rows,
    gain_rows,
    over_rows,
    predicted_gain_rows,
    surprise_rows,
)
from .information.probabilities import as_reals, shown

LEAST, MOST = 1e-100, 1e100
"""Concentrations that are accepted."""


def mean(concentration: ArrayLike) -> NDArray[np.float64]:
    """Mean of the belief, E[theta] = a / A: the posterior predictive distribution.

    Args:
        concentration: `[..., K]`, strictly positive.

    Returns:
        `[..., K]`, sums to one.

    Raises:
        ValueError: a concentration outside `[LEAST, MOST]`.
    """
    a = _concentration(concentration)
    return a / a.sum(axis=-1, keepdims=True)


def bayesian_surprise(concentration: ArrayLike, outcome: ArrayLike) -> NDArray[np.float64]:
    """Bayesian surprise of an observed outcome: information gained about theta by seeing it.

        KL(Dir(a + e_j) || Dir(a)) = f(a_j) - f(A)        (posterior || prior, j the outcome)

    Zero only where there is a single outcome; unbounded for outcomes that were thought impossible (a_j -> 0).

    Args:
        concentration: `[..., K]`, strictly positive: the belief before the outcome.
        outcome: integers in `[0, K)`, broadcast against the leading axes.

    Returns:
        `[...]`, nats, >= 0.

    Raises:
        ValueError: a concentration outside `[LEAST, MOST]`, or an outcome outside `[0, K)`.

    Source: Itti and Baldi 2009 (surprise); Sun et al. 2011, section 2.
    """
    a = _concentration(concentration)
    chosen = np.asarray(outcome)
    num_outcomes = a.shape[-1]
    if chosen.dtype.kind not in "iu" or np.any((chosen < 0) | (chosen >= num_outcomes)):
        raise ValueError(f"outcome must be integers in [0, {num_outcomes}), got {shown(outcome)}")
    shape = np.broadcast_shapes(a.shape[:-1], chosen.shape)
    rows = np.broadcast_to(a, (*shape, num_outcomes)).reshape(-1, num_outcomes)
    out = np.empty(len(rows))
    surprise_rows(rows, np.broadcast_to(chosen, shape).ravel().astype(np.int64), out)
    return out.reshape(shape)[()]


def expected_information_gain(concentration: ArrayLike) -> NDArray[np.float64]:
    """Expected information gain about theta of one more outcome.

        I(x; theta) = sum_j p_j (f(a_j) - f(A)) = H[E theta] - E H[theta]

    The mean of the Bayesian surprise under the belief's own prediction; about (K - 1)/(2A) once all counts are large.

    Args:
        concentration: `[..., K]`, strictly positive.

    Returns:
        `[...]`, nats, >= 0 (zero only for K = 1).

    Raises:
        ValueError: a concentration outside `[LEAST, MOST]`.

    Source: Sun et al. 2011, eq. 4; MacKay 1992, "Information-based objective functions".
    """
    return over_rows(gain_rows, _concentration(concentration))


def predicted_information_gain(concentration: ArrayLike) -> NDArray[np.float64]:
    """Predicted information gain: expected divergence of the next mean from the present one.

        sum_j p_j KL(mean(a + e_j) || mean(a)) = I(a) - E_j I(a + e_j)

    The mutual information of the next two outcomes, about (K - 1)/(2A^2) once all counts are large.

    Args:
        concentration: `[..., K]`, strictly positive.

    Returns:
        `[...]`, nats, >= 0.

    Raises:
        ValueError: a concentration outside `[LEAST, MOST]`.

    Source: Little and Sommer 2013, eq. 6.
    """
    return over_rows(predicted_gain_rows, _concentration(concentration))


def kl_divergence(posterior: ArrayLike, prior: ArrayLike) -> NDArray[np.float64]:
    """Divergence of two Dirichlet beliefs: the information that leads from the prior to the posterior.

        KL(Dir(a) || Dir(b)) = lnG(A) - lnG(B) - sum [lnG(a_k) - lnG(b_k)] + sum (a_k - b_k)(psi(a_k) - psi(A))

    Zero only for equal beliefs. Evaluated as a sum of divergences of Beta beliefs, one outcome against all that follow
    (a Dirichlet is neutral): every term is >= 0 and accurate by itself, so that the relative error is below 1e-13 for
    any number of outcomes and however close the beliefs are.

    Args:
        posterior: a, `[..., K]`, strictly positive.
        prior: b, `[..., K]`, strictly positive.

    Returns:
        `[...]`, nats, >= 0.

    Raises:
        ValueError: a concentration outside `[LEAST, MOST]`.
    """
    return over_rows(divergence_rows, *_same_outcomes(_concentration(posterior), _concentration(prior)))


def entropy(concentration: ArrayLike) -> NDArray[np.float64]:
    """Differential entropy of the belief itself (not of its mean), in nats; often negative.

        H[Dir(a)] = ln B(a) + (A - K) psi(A) - sum (a_k - 1) psi(a_k)

    Relative to the volume element of the first K - 1 coordinates of theta. Largest, -ln (K - 1)!, at a = 1.

    Args:
        concentration: `[..., K]`, strictly positive.

    Returns:
        `[...]`, nats.

    Raises:
        ValueError: a concentration outside `[LEAST, MOST]`.
    """
    return over_rows(entropy_rows, _concentration(concentration))


def log_evidence(concentration: ArrayLike, counts: ArrayLike) -> NDArray[np.float64]:
    """Log probability of a sequence of outcomes under the belief (Dirichlet-multinomial, Polya).

        ln P = lnG(A) - lnG(A + n) + sum_k [lnG(a_k + n_k) - lnG(a_k)],   n = sum n_k

    The order of the outcomes does not matter; the multinomial coefficient is left out.

    Args:
        concentration: `[..., K]`, strictly positive: the belief before the sequence.
        counts: n_k, `[..., K]`, from 0 to `MOST`; they need not be whole.

    Returns:
        `[...]`, nats, <= 0.

    Raises:
        ValueError: a concentration outside `[LEAST, MOST]`, or a count outside `[0, MOST]`.
    """
    observed = as_reals(counts, "counts")
    wrong = ~((observed >= 0.0) & (observed <= MOST))
    if wrong.any():
        raise ValueError(f"counts must be non-negative and at most {MOST:g}, got {observed[wrong].flat[0]:g}")
    return over_rows(evidence_rows, *_same_outcomes(_concentration(concentration), np.atleast_1d(observed)))


def _concentration(values: ArrayLike) -> NDArray[np.float64]:
    a = as_reals(values, "a concentration")
    if a.ndim == 0 or a.shape[-1] == 0:
        raise ValueError(f"a concentration needs outcomes on its last axis, got shape {a.shape}")
    wrong = ~((a >= LEAST) & (a <= MOST))
    if wrong.any():
        raise ValueError(f"concentrations must be positive, from {LEAST:g} to {MOST:g}, got {a[wrong][0]:g}")
    return a


def _same_outcomes(first: NDArray[np.float64], second: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    if first.shape[-1] != second.shape[-1]:
        raise ValueError(f"both need the same outcomes on the last axis, got shapes {first.shape} and {second.shape}")
    return first, second
