"""Checked arrays of probabilities and the elementwise pieces every measure of information is a sum of.

Outcomes lie on the last axis and leading axes broadcast. Conventions: 0 ln 0 = 0, w ln 0 = -inf for w > 0.
Nothing here warns, and no term of a divergence is formed by subtracting large, nearly equal numbers.
"""

import math
import reprlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

SUM_TOLERANCE = 1e-6
"""How far a distribution's sum may be from 1: probabilities that were stored in single precision pass."""


def as_reals(values: ArrayLike, name: str) -> FloatArray:
    """Return `values` as float64, zeros without a sign.

    Raises:
        ValueError: no array of real numbers.
    """
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "buifO":  # text would be read as numbers, imaginary parts be dropped
            raise TypeError
        with np.errstate(over="ignore"):
            return array.astype(np.float64) + 0.0
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be real numbers, got {shown(values)}") from None


def shown(values: Any) -> str:
    """Write any value for an error message: shortened, on one line."""
    return " ".join(reprlib.repr(values).split())


def as_distribution(p: ArrayLike, name: str, event_axes: int = 1) -> FloatArray:
    """Return `p` as float64 after checking that it is a distribution over its last `event_axes` axes.

    Raises:
        ValueError: too few axes, a negative entry, or a sum other than 1 (NaN included).
    """
    array = as_reals(p, name)
    if array.ndim < event_axes:
        raise ValueError(f"{name} has {array.ndim} axes; expected at least {event_axes}, outcomes last")
    if (array < 0.0).any():
        raise ValueError(f"{name} must be probabilities, got {array.min():g} as its smallest entry")
    total = array.sum(axis=tuple(range(-event_axes, 0)))
    wrong = ~(np.abs(total - 1.0) <= SUM_TOLERANCE)
    if wrong.any():
        got = np.atleast_1d(total)[np.atleast_1d(wrong)][0]
        axes = "axis" if event_axes == 1 else f"{event_axes} axes"
        raise ValueError(f"{name} must sum to 1 over its last {axes}, got {got:.9g}; divide it by its sum")
    return array


def as_pair(p: ArrayLike, q: ArrayLike, names: tuple[str, str] = ("p", "q")) -> tuple[FloatArray, FloatArray]:
    """Return two checked distributions over the same outcomes, broadcast against each other.

    Raises:
        ValueError: either is no distribution, or they have different numbers of outcomes.
    """
    first, second = as_distribution(p, names[0]), as_distribution(q, names[1])
    check_outcomes(first, second, names)
    first, second = np.broadcast_arrays(first, second)
    return first, second


def check_outcomes(first: FloatArray, second: FloatArray, names: tuple[str, str]) -> None:
    """Raise ValueError unless both arrays have the same number of outcomes: a lone one must not broadcast."""
    shapes = np.shape(first), np.shape(second)
    if shapes[0][-1:] != shapes[1][-1:]:
        raise ValueError(
            f"{names[0]} has shape {shapes[0]}, {names[1]} has shape {shapes[1]}; expected as many outcomes, last axis"
        )


def log(x: FloatArray) -> FloatArray:
    """Return ln x, -inf at 0, without a warning."""
    return np.log(x, out=np.full(np.shape(x), -np.inf), where=x > 0.0)


def expectation(p: FloatArray, values: FloatArray) -> Any:
    """Return sum_x p(x) values(x) over the last axis, where an impossible outcome's value does not count."""
    p, values = np.broadcast_arrays(p, values)
    return np.multiply(p, values, out=np.zeros(p.shape), where=p > 0.0).sum(axis=-1)


def divergence_terms(p: FloatArray, q: FloatArray) -> FloatArray:
    """Return p ln(p/q) - p + q elementwise: the terms of KL(p || q), none of them negative.

        (p + q) (t^2 + t^3/3 + t^4/3 + t^5/5 + t^6/5 + ...),    t = (p - q) / (p + q)

    is the same function and is used where p and q are close: there the first form loses every digit. Over two
    distributions -p + q sums to nothing. Infinite where q = 0 < p. Relative error about 1e-15.
    """
    with np.errstate(all="ignore"):
        t = (p - q) / (p + q)
        series = np.zeros(np.shape(t))
        for k in range(15, 0, -2):
            series = 1.0 / k + t / (k + 2) + t * t * series
        terms = np.where(np.abs(t) < 0.1, (p + q) * (t * t * series), p * log_ratio(p, q) - (p - q))
    return np.where(p == 0.0, q, terms)


def jensen_shannon_terms(p: FloatArray, q: FloatArray) -> FloatArray:
    """Return [p ln(p/m) + q ln(q/m)] / 2 with m = (p + q)/2 elementwise, none of them negative.

        (p + q)/4 [(1 + t) ln(1 + t) + (1 - t) ln(1 - t)] = (p + q)/2 [t^2/2 + t^4/12 + t^6/30 + ...]

    with t = (p - q) / (p + q), where the difference of close numbers is exact: their mean is not. At most
    (p + q) ln(2)/2. Relative error about 1e-15.
    """
    with np.errstate(all="ignore"):
        t = (p - q) / (p + q)
        series = np.zeros(np.shape(t))
        for k in range(18, 0, -2):
            series = 1.0 / (k * (k - 1)) + t * t * series
        ends = np.abs(t) == 1.0
        far = 0.5 * ((1.0 + t) * np.log1p(t) + (1.0 - t) * np.log1p(-t))
        shape = np.where(np.abs(t) < 0.1, t * t * series, np.where(ends, math.log(2.0), far))
    return np.where(p + q > 0.0, 0.5 * (p + q) * shape, 0.0)


def log_ratio(p: FloatArray, q: FloatArray) -> FloatArray:
    """Return ln(p/q) where the ratio itself may overflow or underflow; nan where both are 0."""
    with np.errstate(all="ignore"):
        ratio = p / q
        normal = (ratio > np.finfo(np.float64).tiny) & (ratio < np.inf)
        return np.where(normal, np.log(ratio), np.log(p) - np.log(q))


def log_gap(x: FloatArray) -> FloatArray:
    """Return x - ln(1 + x) >= 0 elementwise for |x| <= 1/2, relative error about 1e-15: the Bregman gap of -ln.

    2 t^2 [1/(1 - t) - t/3 - t^3/5 - ...],  t = x / (2 + x).
    """
    t = x / (2.0 + x)
    tail = np.zeros(np.shape(t))
    for k in range(37, 1, -2):
        tail = t / k + t * t * tail
    return 2.0 * t * t * (1.0 / (1.0 - t) - tail)


def in_base(nats: Any, base: float) -> Any:
    """Return `nats` in units of ln(base): e leaves nats, 2 makes bits. Raises ValueError for a base <= 1."""
    if not 1.0 < base < math.inf:
        raise ValueError(f"base must be above 1, got {base}; use math.e for nats, 2 for bits")
    return (nats + 0.0) / math.log(base)


def group_labels(groups: Sequence[Any] | NDArray[Any], num_outcomes: int) -> NDArray[np.intp]:
    """Return each outcome's group as a number from 0 on.

    Args:
        groups: one label per outcome (`[0, 0, 1]`, `["white", "white", "black"]`), or the groups' members
            (`[[0, 1], [2]]`).
        num_outcomes: how many outcomes there are to be grouped.

    Raises:
        ValueError: not one label per outcome, or members that are no partition of the outcomes.
    """
    if len(groups) and all(np.ndim(group) for group in groups):
        members = np.concatenate([np.asarray(group) for group in groups])
        if not np.array_equal(np.sort(members), np.arange(num_outcomes)):
            raise ValueError(f"groups must hold each outcome 0..{num_outcomes - 1} exactly once, got {groups}")
        labels = np.empty(num_outcomes, dtype=np.intp)
        labels[members] = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        return labels
    if len(groups) != num_outcomes:
        raise ValueError(f"groups must give one label for each of {num_outcomes} outcomes, got {len(groups)}")
    return np.unique(np.asarray(groups), return_inverse=True)[1]
