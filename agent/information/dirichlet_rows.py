"""The formulas of `agent.dirichlet` in compiled code: each over the rows of arrays, outcomes on the last axis."""

import math

import numpy as np
from numpy.typing import NDArray

from ..compilation.compiled import compiled
from .beta_divergence import beta_divergence
from .special import (
    add,
    beta_evidence,
    cross_product,
    excess,
    excess_drop,
    predicted_gain,
    stirling_remainder,
)


def over_rows(kernel, *arrays: NDArray[np.float64]) -> NDArray[np.float64]:  # type: ignore[no-untyped-def]
    """Call a kernel for all rows of arrays that broadcast; return its results in their leading shape."""
    together = np.broadcast_arrays(*arrays)
    shape = together[0].shape
    out = np.empty(math.prod(shape[:-1]))
    kernel(*[np.ascontiguousarray(array).reshape(-1, shape[-1]) for array in together], out)
    return out.reshape(shape[:-1])[()]


@compiled
def _sum_but(row, skipped):
    """Compensated sum of a row without one entry."""
    total, lost = 0.0, 0.0
    for k in range(row.size):
        if k != skipped:
            total, lost = add(total, lost, row[k])
    return total + lost


@compiled
def surprise_rows(rows, chosen, out):
    """Bayesian surprise of an outcome of each row."""
    for i in range(out.size):
        out[i] = excess_drop(rows[i, chosen[i]], _sum_but(rows[i], chosen[i]))


@compiled
def gain_rows(rows, out):
    """Expected information gain of each row."""
    for i in range(out.size):
        largest = np.argmax(rows[i])
        others = _sum_but(rows[i], largest)  # for every other outcome total - a_j loses nothing
        size = others + rows[i, largest]
        total, lost = 0.0, 0.0
        for k in range(rows.shape[1]):
            a = rows[i, k]
            d = others if k == largest else size - a
            total, lost = add(total, lost, a / size * excess_drop(a, d))
        out[i] = total + lost


@compiled
def predicted_gain_rows(rows, out):
    """Predicted information gain of each row."""
    for i in range(out.size):
        largest = np.argmax(rows[i])
        others = _sum_but(rows[i], largest)
        size = others + rows[i, largest]
        total, lost = 0.0, 0.0
        for k in range(rows.shape[1]):
            a = rows[i, k]
            d = others if k == largest else size - a
            total, lost = add(total, lost, a / size * predicted_gain(a, d))
        out[i] = total + lost


@compiled
def divergence_rows(posterior, prior, out):
    """Divergence of each row's posterior from its prior."""
    for i in range(out.size):
        a, b = posterior[i], prior[i]
        rest, rest_lost = a[-1], 0.0
        rest_prior, rest_prior_lost = b[-1], 0.0
        f, f_lost = add(b[-1], 0.0, -a[-1])  # what the prior has more: its digits are gone from the sums
        total, lost = 0.0, 0.0
        for k in range(a.size - 2, -1, -1):  # one outcome against all that follow: every term is >= 0
            e, e_lost = add(b[k], 0.0, -a[k])
            cross = cross_product(e, e_lost, rest, rest_lost, f, f_lost, a[k], 0.0)
            term = beta_divergence(
                a[k], rest + rest_lost, b[k], rest_prior + rest_prior_lost, e + e_lost, f + f_lost, cross
            )
            total, lost = add(total, lost, term)
            rest, rest_lost = add(rest, rest_lost, a[k])
            rest_prior, rest_prior_lost = add(rest_prior, rest_prior_lost, b[k])
            f, f_lost = add(f, f_lost + e_lost, e)
        out[i] = total + lost


@compiled
def entropy_rows(rows, out):
    """Entropy of each row's mean."""
    for i in range(out.size):
        size = _sum_but(rows[i], -1)
        num = float(rows.shape[1])
        total, lost = add(0.0, 0.0, (size - num) * excess(size) - stirling_remainder(size) - 1.0 + num / size)
        total, lost = add(total, lost, -(num - 1.0) * math.log(size))
        for k in range(rows.shape[1]):
            a = rows[i, k]
            total, lost = add(total, lost, stirling_remainder(a) - (a - 1.0) * excess(a) + 1.0 - 1.0 / a)
        out[i] = total + lost


@compiled
def evidence_rows(rows, counts, out):
    """Log evidence of each row's counts."""
    for i in range(out.size):
        a, n = rows[i], counts[i]
        rest, rest_lost = a[-1], 0.0
        seen, seen_lost = n[-1], 0.0
        total, lost = 0.0, 0.0
        for k in range(a.size - 2, -1, -1):  # one outcome against all that follow: every term is <= 0
            cross = cross_product(a[k], 0.0, seen, seen_lost, n[k], 0.0, rest, rest_lost)
            total, lost = add(total, lost, beta_evidence(a[k], rest + rest_lost, n[k], seen + seen_lost, cross))
            rest, rest_lost = add(rest, rest_lost, a[k])
            seen, seen_lost = add(seen, seen_lost, n[k])
        out[i] = min(total + lost, 0.0)
