"""Curves of a comparison: means and intervals over seeds, and what was not reached."""

from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from agent.reports import learning_curves
from agent.reports.comparisons.survival import survival_curves
from agent.results.crossings import steps_to_fraction
from agent.statistics import seed_statistics
from tests.support.synthetic_run import synthetic_run

ALIKE = 1.0, 1.01, 1.02, 1.03, 1.04, 10.0
"""Numbers whose interval reaches beyond 1e70: in a few of the resamples they are nearly without a spread."""


def _line(axes: Axes, i: int) -> np.ndarray:
    return np.asarray(axes.lines[i].get_xydata())


@pytest.fixture(scope="module")
def seeds() -> dict[str, list[Any]]:
    return {name: [synthetic_run(name, 900, seed=seed) for seed in range(6)] for name in ("curious", "random")}


def _comparison(seeds: dict[str, list[Any]], budget: int = 900) -> Figure:
    curves = {name: [run.metrics for run in own] for name, own in seeds.items()}
    crossings = {
        name: [steps_to_fraction(m["step"], m["missing_information_fraction"]) for m in own]
        for name, own in curves.items()
    }
    return learning_curves.comparison_curves(curves, crossings, budget, "four-rooms")


def test_comparison_plots_mean_and_band(seeds: dict[str, list[Any]]) -> None:
    missing, coverage, gain, _ = _comparison(seeds).axes
    for i, own in enumerate(seeds.values()):
        for axes, name, scale in (
            (missing, "missing_information_fraction", 1),
            (coverage, "coverage", 100),
            (gain, "information_gain_nats", 1),
        ):
            samples = scale * np.stack([run.metrics[name] for run in own])
            np.testing.assert_allclose(_line(axes, i)[:, 1], samples.mean(axis=0))
            most = 100 if name == "coverage" else np.inf
            band = seed_statistics.curve_band([run.metrics["step"] for run in own], list(samples), most=most)
            drawn = np.concatenate([path.vertices for path in axes.collections[i].get_paths()])[:, 1]
            assert (drawn.min(), drawn.max()) == pytest.approx((np.nanmin(band.low), np.nanmax(band.high)))
            assert drawn.max() <= most


def test_comparison_marks_what_was_not_reached(seeds: dict[str, list[Any]]) -> None:
    axes = _comparison(seeds).axes[3]
    shares = {text.get_text() for text in axes.texts}
    assert "0 %" in shares  # random never gets to the last level within 900 steps
    open_means = [line for line in axes.lines if line.get_marker() == ">"]
    assert len(open_means) == len(axes.texts)
    dots = sum(len(np.asarray(line.get_xdata())) for line in axes.lines if line.get_markersize() == 3.4)
    m = [
        steps_to_fraction(r.metrics["step"], r.metrics["missing_information_fraction"])
        for own in seeds.values()
        for r in own
    ]
    assert dots == sum(step is not None for crossing in m for step in crossing.values())


def test_comparison_of_a_single_seed_without_a_truth_draws() -> None:
    run = synthetic_run("random", 100)
    run.metrics["missing_information_fraction"][:] = np.nan
    crossing = steps_to_fraction([], [])
    figure = learning_curves.comparison_curves({"random": [run.metrics]}, {"random": [crossing]}, 100)
    figure.canvas.draw()
    assert len(figure.axes) == 2
    assert any("1 seed" in text.get_text() for text in figure.texts)


def test_of_few_seeds_each_is_drawn_and_of_one_nothing_more(seeds: dict[str, list[Any]]) -> None:
    few = {name: own[:5] for name, own in seeds.items()}
    figure = _comparison(few)
    for i, own in enumerate(few.values()):
        (missing, coverage) = (axes.collections[i] for axes in figure.axes[:2])
        for path, run in zip(coverage.get_paths(), own, strict=True):
            np.testing.assert_array_equal(path.vertices[:, 1], 100 * run.metrics["coverage"])
        assert len(missing.get_paths()) == 5
    told = " ".join(figure.texts[0].get_text().split())
    assert told.endswith(", thin: each seed; bars: 95 % intervals")
    single = _comparison({name: own[:1] for name, own in seeds.items()})
    assert not single.axes[0].collections
    assert not any("thin" in text.get_text() for text in single.texts)


def test_intervals_that_say_little_do_not_flatten_the_curves(seeds: dict[str, list[Any]]) -> None:
    lives = [run.metrics for run in seeds["curious"]]
    curves = [metrics | {"information_gain_nats": metrics["information_gain_nats"].copy()} for metrics in lives]
    for metrics, gain in zip(curves, ALIKE, strict=True):
        metrics["information_gain_nats"][:] = gain
        metrics["missing_information_fraction"] = np.full_like(metrics["step"], np.nan, dtype=float)
    axes = learning_curves.comparison_curves({"curious": curves}, {"curious": [{}] * 6}, 900).axes[1]
    band = seed_statistics.curve_band([row["step"] for row in curves], [row["information_gain_nats"] for row in curves])
    mean = sum(ALIKE) / 6
    assert band.high.max() > 1000 * mean
    assert axes.get_ylim()[0] == 0
    assert mean < axes.get_ylim()[1] <= 2 * mean
    assert not [path for band in axes.collections for path in band.get_paths()]  # of what says nothing, nothing


def test_intervals_of_who_is_not_there_yet_last_until_the_next_gets_there() -> None:
    told = {"env": "here", "seeds": 4, "steps": 1000, "agents": {"curious": {"steps_to_fraction": {"0.5": {}}}}}
    figure = survival_curves(told, {"curious": np.array([[100.0], [200.0], [300.0], [400.0]])})
    (band,) = figure.axes[0].collections
    across, upwards = np.concatenate([path.vertices for path in band.get_paths()]).T
    assert (across.min(), across.max()) == (100, 400)  # of all, and of none, there is no interval
    last = upwards[across == 400]  # of one in four, by Greenwood's formula on the scale of log(-log)
    error = np.sqrt(1 / 12 + 1 / 6 + 1 / 2) / np.log(0.25)
    np.testing.assert_allclose(sorted(last)[-1], 100 * 0.25 ** np.exp(1.959964 * error), rtol=1e-5)
    np.testing.assert_allclose(sorted(last)[0], 100 * 0.25 ** np.exp(-1.959964 * error), rtol=1e-5)
