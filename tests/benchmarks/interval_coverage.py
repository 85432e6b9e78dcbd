"""How often intervals of means and paired ratios contain the truth: the tables in
`agent/statistics/intervals.py` and `agent/statistics/robust.py`.

    python -m tests.benchmarks.interval_coverage [--samples N]

Steps T to a level are drawn from six laws; what is estimated is the mean of min(T, budget). For each law, number of
seeds and kind of interval it prints the share of intervals with the truth inside, per cent, and in brackets in what per
cent of the samples there was one to be told, if not in all. For ratios both agents' steps follow the law, those of the
first one are three times as many, and what a seed shares makes a correlation of 1/2. Some five minutes on two cores.
"""

import argparse
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from agent.statistics.intervals import mean_bounds, ratio_bounds
from agent.statistics.robust import interquartile_mean, median_interval

Numbers = NDArray[np.float64]
Bounds = tuple[Numbers, Numbers]

SEEDS = 5, 20, 100
RESAMPLES = 2000  # of the rivals
AT_ONCE = 500  # samples, so that all resamples of them fit into memory
RATIO = 3.0
NORMAL = float(ndtri(0.975))


class Law(NamedTuple):
    """A law of steps by its quantile function, the budget, and the mean of min(T, budget)."""

    quantile: Callable[[Numbers], Numbers]
    budget: float
    mean: float


def exponential(share_censored: float) -> Law:
    """Law with mean 1, of which that share is beyond the budget."""
    return Law(lambda u: -np.log1p(-u), -math.log(share_censored), 1.0 - share_censored)


def log_normal(share_censored: float) -> Law:
    """Law with median 1 and sigma 1, of which that share is beyond the budget."""
    if share_censored == 0.0:
        return Law(lambda u: np.exp(ndtri(u)), math.inf, math.exp(0.5))
    at = float(ndtri(1.0 - share_censored))
    mean = math.exp(0.5) * float(ndtr(at - 1.0)) + math.exp(at) * share_censored
    return Law(lambda u: np.exp(ndtri(u)), math.exp(at), mean)


def pareto(shape: float, budget: float) -> Law:
    """Law of scale 1, P(T > t) = t^-shape."""
    return Law(lambda u: (1.0 - u) ** (-1.0 / shape), budget, 1.0 + (1.0 - budget ** (1.0 - shape)) / (shape - 1.0))


LAWS: Mapping[str, Law] = {
    "exponential, 5 % censored": exponential(0.05),
    "exponential, 37 % censored": exponential(math.exp(-1.0)),
    "log-normal": log_normal(0.0),
    "log-normal, 5 % censored": log_normal(0.05),
    "Pareto 2.5, budget 20": pareto(2.5, 20.0),
    "exponential, 5 % arrive": exponential(0.95),
}


def students(x: Numbers, budget: float) -> Bounds:
    """Student's t."""
    half = stdtrit(len(x) - 1, 0.975) * x.std(axis=0, ddof=1) / math.sqrt(len(x))
    return x.mean(axis=0) - half, x.mean(axis=0) + half


def greenwood(x: Numbers, budget: float) -> Bounds:
    """Restricted mean of the Kaplan-Meier curve: with one time of censoring it is the mean, its error that of s / n."""
    half = NORMAL * x.std(axis=0) / math.sqrt(len(x))
    return x.mean(axis=0) - half, x.mean(axis=0) + half


def students_of_logarithm(x: Numbers, budget: float) -> Bounds:
    """Student's t for the logarithm of the mean."""
    mean, (low, high) = x.mean(axis=0), students(x, budget)
    return mean * np.exp((low - mean) / mean), np.minimum(mean * np.exp((high - mean) / mean), budget)


def drawn(n: int) -> Numbers:
    """What share of each resample every seed makes, `[B, n]`."""
    return np.random.default_rng(1).multinomial(n, np.full(n, 1 / n), size=RESAMPLES) / n


def percentile(x: Numbers, budget: float) -> Bounds:
    """Quantiles of the resamples' means."""
    low, high = np.quantile(drawn(len(x)) @ x, [0.025, 0.975], axis=0)
    return low, high


def corrected_percentile(x: Numbers, budget: float) -> Bounds:
    """BCa: quantiles shifted by the median's bias and the acceleration."""
    means, gaps = np.sort(drawn(len(x)) @ x, axis=0), x - x.mean(axis=0)
    below = ((means < x.mean(axis=0)).mean(axis=0) + (means <= x.mean(axis=0)).mean(axis=0)) / 2
    bias = ndtri(np.clip(below, 0.5 / RESAMPLES, 1 - 0.5 / RESAMPLES))
    acceleration = (gaps**3).sum(axis=0) / (6.0 * np.maximum((gaps**2).sum(axis=0), 1e-300) ** 1.5)
    ends = []
    for z in (-NORMAL, NORMAL):
        at = ndtr(bias + (bias + z) / (1.0 - acceleration * (bias + z)))
        place = np.clip((at * RESAMPLES).astype(int), 0, RESAMPLES - 1)
        ends.append(np.take_along_axis(means, place[None], axis=0)[0])
    return ends[0], ends[1]


def plain_bootstrap_t(x: Numbers, budget: float) -> Bounds:
    """Bootstrap-t of the mean itself."""
    weights, mean = drawn(len(x)), x.mean(axis=0)
    gaps = x - mean
    shift = weights @ gaps
    variance = weights @ gaps**2 - shift**2
    with np.errstate(all="ignore"):
        t = np.where(variance > 1e-10 * shift**2, shift / np.sqrt(variance), np.copysign(np.inf, shift))
    below, above = np.quantile(t, [0.025, 0.975], axis=0, method="inverted_cdf")
    low, high = mean - above * x.std(axis=0), mean - below * x.std(axis=0)
    none = ~(np.isfinite(low) & np.isfinite(high))
    return np.where(none, np.nan, low), np.where(none, np.nan, high)


MEANS: Mapping[str, Callable[[Numbers, float], Bounds]] = {
    "Student's t": students,
    "Kaplan-Meier, Greenwood": greenwood,
    "t of ln mean": students_of_logarithm,
    "percentile": percentile,
    "BCa": corrected_percentile,
    "bootstrap-t": plain_bootstrap_t,
    "bootstrap-t of ln mean": mean_bounds,
}


def percentile_ratio(x: Numbers, y: Numbers) -> Bounds:
    """Quantiles of the resamples' ratios."""
    low, high = np.quantile((drawn(len(x)) @ x) / (drawn(len(x)) @ y), [0.025, 0.975], axis=0)
    return low, high


def students_ratio(x: Numbers, y: Numbers) -> Bounds:
    """Student's t for the logarithm of the ratio."""
    ratio, gaps = x.mean(axis=0) / y.mean(axis=0), x / x.mean(axis=0) - y / y.mean(axis=0)
    half = stdtrit(len(x) - 1, 0.975) * gaps.std(axis=0, ddof=1) / math.sqrt(len(x))
    return ratio * np.exp(-half), ratio * np.exp(half)


def fieller(x: Numbers, y: Numbers) -> Bounds:
    """Ratios at which Student's t does not reject mean x = ratio mean y; none where they have no two ends."""
    n, q = len(x), stdtrit(len(x) - 1, 0.975) ** 2 / len(x)
    covariance = ((x - x.mean(axis=0)) * (y - y.mean(axis=0))).sum(axis=0) / (n - 1)
    a = y.mean(axis=0) ** 2 - q * y.var(axis=0, ddof=1)
    b = x.mean(axis=0) * y.mean(axis=0) - q * covariance
    c = x.mean(axis=0) ** 2 - q * x.var(axis=0, ddof=1)
    with np.errstate(invalid="ignore"):
        root = np.sqrt(np.where(a > 0, b * b - a * c, np.nan))
    return (b - root) / a, (b + root) / a


RATIOS: Mapping[str, Callable[[Numbers, Numbers], Bounds]] = {
    "percentile": percentile_ratio,
    "t of ln ratio": students_ratio,
    "Fieller": fieller,
    "bootstrap-t of ln ratio": ratio_bounds,
}


def samples(law: Law, n: int, number: int, rng: np.random.Generator) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield pairs of `[n, AT_ONCE]` steps, correlated by half; each alone follows the law."""
    for _ in range(number // AT_ONCE):
        shared, *own = rng.normal(size=(3, n, AT_ONCE))
        first, second = (np.minimum(law.quantile(ndtr((shared + z) / math.sqrt(2.0))), law.budget) for z in own)
        yield first, second


def share_inside(found: list[Bounds], arrived: Sequence[Any], truth: float) -> tuple[float, float]:
    """Return how many of the told intervals contain the truth, and in how many of the samples one was told."""
    low, high = (np.concatenate(ends) for ends in zip(*found, strict=True))
    told = np.isfinite(low) & np.isfinite(high) & np.concatenate(arrived)
    return float(np.mean((low[told] <= truth) & (truth <= high[told]))) if told.any() else math.nan, told.mean()


def coverage_of_means(name: str, law: Law, n: int, number: int, seed: int = 0) -> tuple[float, float]:
    """Return the coverage of a kind of interval of a mean, and in what share of the samples there was one."""
    drawn_samples = [x for x, _ in samples(law, n, number, np.random.default_rng(seed))]
    found = [MEANS[name](x, law.budget) for x in drawn_samples]
    return share_inside(found, [(x < law.budget).any(axis=0) for x in drawn_samples], law.mean)


def coverage_of_ratios(name: str, law: Law, n: int, number: int, seed: int = 0) -> tuple[float, float]:
    """Return the coverage of a kind of interval of a ratio, and in what share of the samples there was one."""
    drawn_samples = list(samples(law, n, number, np.random.default_rng(seed)))
    found = [RATIOS[name](RATIO * x, y) for x, y in drawn_samples]
    both = [((x < law.budget).any(axis=0)) & ((y < law.budget).any(axis=0)) for x, y in drawn_samples]
    return share_inside(found, both, RATIO)


def interquartile(law: Law) -> float:
    """Mean of min(T, budget) between its quartiles."""
    places = 0.25 + 0.5 * (np.arange(100_000) + 0.5) / 100_000
    return float(np.minimum(law.quantile(places), law.budget).mean())


MIDDLES: Mapping[str, tuple[Callable[[Numbers], Any], Callable[[Law], float]]] = {
    "median": (median_interval, lambda law: min(float(law.quantile(np.array(0.5))), law.budget)),
    "interquartile mean": (interquartile_mean, interquartile),
}


def coverage_of_middles(name: str, law: Law, n: int, number: int, seed: int = 0) -> tuple[float, float]:
    """Return the coverage of the interval of a median or interquartile mean, and in what share there was one."""
    estimate, truth = MIDDLES[name]
    drawn_samples = [x for x, _ in samples(law, n, number, np.random.default_rng(seed))]
    ends = np.array([estimate(column)[1:] for x in drawn_samples for column in x.T])
    arrived = [(x < law.budget).any(axis=0) for x in drawn_samples]
    return share_inside([(ends[:, 0], ends[:, 1])], arrived, truth(law))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=4000, help="of every law and number of seeds")
    number = max(AT_ONCE, parser.parse_args().samples)
    print("columns:", "; ".join(LAWS))
    tables: Sequence[tuple[str, Mapping[str, Any], Any]] = (
        ("mean", MEANS, coverage_of_means),
        ("ratio", RATIOS, coverage_of_ratios),
        ("middle", MIDDLES, coverage_of_middles),
    )
    for title, kinds, coverage in tables:
        for n in SEEDS:
            print(f"{title} of {n} seeds")
            for name in kinds:
                cells = []
                for law in LAWS.values():
                    inside, told = coverage(name, law, n, number)
                    cells.append(f"{100 * inside:5.1f}" + (f" ({100 * told:.0f})" if told < 0.995 else ""))
                print(f"    {name:24}" + "".join(f"{cell:>12}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
