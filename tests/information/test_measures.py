"""Every measure: leading axes, units, and what it refuses."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from agent import information as info
from agent.information.f_divergences import GENERATORS

# --- faces ---

TWO = np.array([[0.2, 0.8], [0.5, 0.5], [1.0, 0.0]])


MEASURES = {
    "kl_divergence": lambda p, **unit: info.kl_divergence(p, [0.3, 0.7], **unit),
    "entropy": info.entropy,
    "cross_entropy": lambda p, **unit: info.cross_entropy(p, [0.3, 0.7], **unit),
    "conditional_entropy": lambda p, **unit: info.conditional_entropy(p[..., :, None] * [0.4, 0.6], **unit),
    "mutual_information": lambda p, **unit: info.mutual_information(p[..., :, None] * np.eye(2), **unit),
    "coarse_grained_entropy": lambda p, **unit: info.coarse_grained_entropy(p, [0, 1], **unit),
    "kelly_growth": lambda p, **unit: info.kelly_growth(p, [3.0, 2.0], **unit),
    "f_divergence": lambda p, **unit: info.f_divergence(p, [0.3, 0.7], GENERATORS["kl"], **unit),
    "variational_free_energy": lambda p, **unit: info.variational_free_energy(p, [0.3, 0.7], [-1.0, -2.0], **unit),
    "evidence_lower_bound": lambda p, **unit: info.evidence_lower_bound(p, [0.3, 0.7], [-1.0, -2.0], **unit),
    "gaussian_kl": lambda p, **unit: info.gaussian_kl(p, 2.0, **unit),
}


FREE_OF_UNITS = {"jensen_shannon_distance", "helmholtz_free_energy"}


def test_every_measure_is_checked_below():
    assert MEASURES.keys() | FREE_OF_UNITS | {"GENERATORS", "Generator"} == set(info.__all__)


@pytest.mark.parametrize("name", MEASURES)
def test_leading_axes_and_units(name):
    measure = MEASURES[name]
    together = measure(TWO)
    assert together.shape == (3,)
    assert_allclose(together, [measure(row) for row in TWO], rtol=1e-15, atol=0)
    assert_allclose(measure(TWO, base=2) * math.log(2), together, rtol=1e-14, atol=0)
    with pytest.raises(ValueError, match="base must be above 1, got 1"):
        measure(TWO, base=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: info.entropy([0.5, 0.6]), r"p must sum to 1 .* got 1.1; divide"),
        (lambda: info.entropy([1.5, -0.5]), r"p must be probabilities, got -0.5"),
        (lambda: info.entropy([0.5, math.nan]), "p must sum to 1 .* got nan"),
        (lambda: info.entropy([0.5, math.inf]), "p must sum to 1 .* got inf"),
        (lambda: info.entropy(1.0), "p has 0 axes"),
        (lambda: info.entropy([]), "p must sum to 1 .* got 0"),
        (lambda: info.entropy([[0.5, 0.5], [0.5, 0.4]]), "got 0.9;"),
        (lambda: info.kl_divergence([1.0], [0.5, 0.5]), r"p has shape \(1,\), q has shape \(2,\); expected as many"),
        (lambda: info.kl_divergence([0.5, 0.5], [0.5, 0.4]), "q must sum to 1"),
        (lambda: info.mutual_information([0.5, 0.5]), "joint has 1 axes; expected at least 2"),
        (lambda: info.mutual_information([[0.5, 0.5], [0.5, 0.5]]), "joint must sum to 1 over its last 2 axes, got 2"),
        (lambda: info.coarse_grained_entropy([0.5, 0.5], [0]), "one label for each of 2 outcomes, got 1"),
        (lambda: info.coarse_grained_entropy([0.5, 0.5], [[0], [0, 1]]), r"each outcome 0\.\.1 exactly once"),
        (lambda: info.kelly_growth([0.5, 0.5], [0.5, 0.5]), "at least 1, got 0.5; for a market's probabilities"),
        (lambda: info.kelly_growth([0.5, 0.5], 2.0), r"odds has shape \(\)"),
        (lambda: info.variational_free_energy([1.0], [1.0], [math.inf]), r"below \+inf"),
        (lambda: info.variational_free_energy([1.0], [1.0], [0.0, 0.0]), r"log_likelihood has shape \(2,\)"),
        (lambda: info.gaussian_kl(0.0, -1.0), "not negative"),
        (lambda: info.gaussian_kl(0.0, 1.0, 0.0, 0.0), "the reference's above 0"),
        (lambda: info.gaussian_kl(math.nan, 1.0), "means must be finite"),
        (lambda: info.helmholtz_free_energy([1.0], [-math.inf], 1.0), "above -inf"),
        (lambda: info.helmholtz_free_energy([1.0], [0.0], -1.0), "got -1.0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_single_precision_probabilities_pass():
    p = np.random.default_rng(4).dirichlet(np.ones(1000)).astype(np.float32)
    assert info.entropy(p) == pytest.approx(stats.entropy(p.astype(float)), rel=1e-6)
