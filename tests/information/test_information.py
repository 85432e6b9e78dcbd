"""agent.information against scipy, mpmath, quadrature, enumeration, and against its own identities on drawn inputs.

Hypothesis draws distributions with exact zeros and with outcomes as rare as 1e-300.
"""

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose
from scipy import special, stats
from scipy.spatial.distance import jensenshannon

from agent import information as info
from agent.information.probabilities import divergence_terms

TIGHT = {"rtol": 1e-12, "atol": 1e-12}
WEIGHTS = st.one_of(st.just(0.0), st.floats(1e-3, 1.0), st.floats(-300.0, -3.0).map(lambda exponent: 10.0**exponent))


def normalised(weights, axes=(-1,)):
    weights = np.asarray(weights, dtype=float)
    weights = np.where(weights.sum(axis=axes, keepdims=True) > 0, weights, 1.0)
    return weights / weights.sum(axis=axes, keepdims=True)


def distributions(rows=1, most=6):
    """Draw `[rows, K]`: that many distributions over the same outcomes, at most so many."""
    drawn = st.integers(1, most).flatmap(lambda k: hnp.arrays(float, (rows, k), elements=WEIGHTS))
    return drawn.map(normalised)


def joints(rows=1):
    """Draw `[rows, X, Y]`: that many joint distributions of the same shape."""
    shapes = st.tuples(st.just(rows), st.integers(1, 4), st.integers(1, 4))
    return shapes.flatmap(lambda s: hnp.arrays(float, s, elements=WEIGHTS)).map(lambda w: normalised(w, (-2, -1)))


def in_exact_arithmetic(p, q):
    """Return sum p ln(p/q) - p + q with 60 digits."""
    with mpmath.workdps(60):
        pairs = [(mpmath.mpf(float(a)), mpmath.mpf(float(b))) for a, b in zip(p, q, strict=True)]
        return float(sum((a * mpmath.log(a / b) if a else 0) - a + b for a, b in pairs))


# --- the Kullback-Leibler divergence ---


def test_black_swan():
    """ln(1/0.01)/ln 2 = 6.643856189774724 bits; a fair coin is one bit."""
    assert info.kl_divergence([0, 1], [0.99, 0.01], base=2) == pytest.approx(math.log2(100), rel=1e-15)
    assert info.kl_divergence([0, 1], [0.5, 0.5], base=2) == 1.0
    assert info.kl_divergence([0, 1], [1, 0]) == math.inf


@given(distributions(2))
def test_kl_divergence_is_scipys(pair):
    p, q = pair
    got = info.kl_divergence(p, q)
    assert_allclose(got, stats.entropy(p, q), **TIGHT)
    assert_allclose(got, special.rel_entr(p, q).sum(), **TIGHT)
    assert_allclose(info.kl_divergence(p, q, base=2), stats.entropy(p, q, base=2), **TIGHT)
    assert got >= 0.0
    assert math.isinf(got) == bool(((q == 0) & (p > 0)).any())


@given(distributions())
def test_kl_divergence_from_itself_is_exactly_zero(p):
    assert np.all(info.kl_divergence(p, p) == 0.0)


@settings(max_examples=50)
@given(
    st.integers(2, 6).flatmap(lambda k: hnp.arrays(float, (2, k), elements=st.floats(0.1, 1.0))), st.floats(-9.0, 0.0)
)
def test_kl_divergence_keeps_its_digits_between_close_distributions(weights, exponent):
    """KL is of second order in the difference: the plain sum of p ln(p/q) has no digit left at differences of 1e-8."""
    p, other = normalised(weights)
    q = p + 10.0**exponent * (other - p)
    q = q / q.sum()
    expected = in_exact_arithmetic(p, q)
    assert info.kl_divergence(p, q) == pytest.approx(expected, rel=2e-14, abs=1e-300)


@given(distributions(2))
def test_divergence_terms_against_exact_arithmetic(pair):
    p, q = pair
    assume(not ((q == 0) & (p > 0)).any())
    assert divergence_terms(p, q).sum() == pytest.approx(in_exact_arithmetic(p, q), rel=2e-14, abs=1e-300)


def test_pinsker():
    """KL >= 2 (total variation)^2, Cover & Thomas lemma 11.6.1."""
    p, q = np.random.default_rng(0).dirichlet(np.full(5, 0.3), size=(2, 1000))
    assert (info.kl_divergence(p, q) >= 2 * (0.5 * np.abs(p - q).sum(axis=-1)) ** 2).all()


@given(joints(2))
def test_kl_divergence_chain_rule(pair):
    """KL of joints = KL of marginals + expected KL of conditionals (Cover & Thomas theorem 2.5.3)."""
    p, q = pair
    p_y, q_y = p.sum(axis=0), q.sum(axis=0)
    seen = p_y > 0
    assume((q_y[seen] > 0).all())
    given_y = info.kl_divergence((p[:, seen] / p_y[seen]).T, (q[:, seen] / q_y[seen]).T)
    total = info.kl_divergence(p.ravel(), q.ravel())
    assert_allclose(total, info.kl_divergence(p_y, q_y) + np.dot(p_y[seen], given_y), rtol=1e-9, atol=1e-12)


# --- entropies ---


@given(distributions(2))
def test_entropy_and_cross_entropy(pair):
    p, q = pair
    assert_allclose(info.entropy(p), stats.entropy(p), **TIGHT)
    assert_allclose(info.entropy(p, base=2), stats.entropy(p, base=2), **TIGHT)
    assert 0.0 <= info.entropy(p) <= math.log(p.size) + 1e-14
    assert_allclose(info.cross_entropy(p, q), info.entropy(p) + info.kl_divergence(p, q), **TIGHT)
    assert_allclose(info.cross_entropy(p, p), info.entropy(p), **TIGHT)


def test_entropy_limits():
    assert_allclose(info.entropy(np.full(16, 1 / 16), base=2), 4.0, rtol=1e-15)
    certain = info.entropy([0.0, 1.0, 0.0])
    assert certain == 0.0
    assert not np.signbit(certain)
    assert info.cross_entropy([0.5, 0.5], [1.0, 0.0]) == math.inf


def test_cross_entropy_is_the_length_of_a_code():
    """A code with 1, 2, 3, 3 bits is made for (1/2, 1/4, 1/8, 1/8): its mean length under p is H(p, q)."""
    lengths, p = np.array([1, 2, 3, 3]), np.array([0.1, 0.2, 0.3, 0.4])
    assert_allclose(info.cross_entropy(p, 0.5**lengths, base=2), p @ lengths, **TIGHT)


@given(joints())
def test_conditional_entropy_two_ways(drawn):
    (joint,) = drawn
    p_y = joint.sum(axis=0)
    got = info.conditional_entropy(joint)
    by_chain_rule = info.entropy(joint.ravel()) - info.entropy(p_y)
    by_average = sum(weight * stats.entropy(column) for weight, column in zip(p_y, joint.T, strict=True) if weight > 0)
    assert_allclose(got, by_chain_rule, **TIGHT)
    assert_allclose(got, by_average, **TIGHT)
    assert 0.0 <= got <= info.entropy(joint.sum(axis=1)) + 1e-12


@given(joints())
def test_mutual_information_three_ways(drawn):
    (joint,) = drawn
    p_x, p_y = joint.sum(axis=1), joint.sum(axis=0)
    got = info.mutual_information(joint)
    x, y = np.nonzero(joint)
    by_logs = sum(joint[x, y] * (np.log(joint[x, y]) - np.log(p_x[x]) - np.log(p_y[y])))
    assert_allclose(got, stats.entropy(p_x) - info.conditional_entropy(joint), **TIGHT)
    assert_allclose(got, stats.entropy(p_y) - info.conditional_entropy(joint.T), **TIGHT)
    assert_allclose(got, by_logs, **TIGHT)
    assert_allclose(got, info.mutual_information(joint.T), rtol=1e-9, atol=1e-15)
    assert 0.0 <= got <= min(info.entropy(p_x), info.entropy(p_y)) + 1e-12


def test_mutual_information_of_a_noisy_channel():
    """A binary symmetric channel with flips 0.11 carries 1 - H(0.11) bits (Cover & Thomas eq. 7.5)."""
    channel = np.array([[0.89, 0.11], [0.11, 0.89]])
    assert_allclose(info.mutual_information(channel / 2, base=2), 1 - stats.entropy([0.11, 0.89], base=2), **TIGHT)
    assert info.mutual_information(np.outer([0.2, 0.8], [0.3, 0.7])) == pytest.approx(0.0, abs=1e-30)


@given(joints(), st.data())
def test_processing_loses_information(drawn, data):
    """Merging values of Y never raises I(X; Y)."""
    (joint,) = drawn
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=joint.shape[1], max_size=joint.shape[1])))
    merged = np.stack([joint[:, labels == g].sum(axis=1) for g in range(3)], axis=1)
    assert info.mutual_information(merged) <= info.mutual_information(joint) + 1e-12


@given(distributions(), st.data())
def test_coarse_graining(rows, data):
    """H(fine) = H(coarse) + sum_g P(g) H(within g), the last term being H(outcome | group)."""
    p = rows[0]
    labels = data.draw(st.lists(st.sampled_from("abc"), min_size=p.size, max_size=p.size))
    members = [[i for i, label in enumerate(labels) if label == g] for g in sorted(set(labels))]
    coarse = info.coarse_grained_entropy(p, labels)
    outcome_and_group = p[:, None] * (np.array(labels)[:, None] == np.array(sorted(set(labels))))
    assert_allclose(coarse + info.conditional_entropy(outcome_and_group), stats.entropy(p), **TIGHT)
    assert_allclose(coarse, stats.entropy([p[group].sum() for group in members]), **TIGHT)
    assert info.coarse_grained_entropy(p, members) == coarse


def test_coarse_graining_of_sixteen_states():
    """Sixteen equal states of which only three are told apart: H = 3/16 * 4 bits + 13/16 log2(16/13)."""
    fine = np.full((2, 16), 1 / 16)
    got = info.coarse_grained_entropy(fine, [0, 1, 2] + [3] * 13, base=2)
    assert_allclose(got, 12 / 16 + 13 / 16 * math.log2(16 / 13), **TIGHT)


# --- divergences of other kinds ---


@given(distributions(3))
def test_jensen_shannon_distance_is_a_metric(triple):
    p, q, r = triple
    d = info.jensen_shannon_distance
    assert_allclose(d(p, q), jensenshannon(p, q), rtol=1e-7, atol=1e-7)
    assert_allclose(d(p, q, base=2) ** 2, jensenshannon(p, q, base=2) ** 2, **TIGHT)
    assert d(p, q) == d(q, p)
    assert d(p, p) == 0.0
    assert d(p, q) <= math.sqrt(math.log(2)) * (1 + 1e-15)
    assert d(p, r) <= d(p, q) + d(q, r) + 1e-15


@given(distributions(2))
def test_jensen_shannon_is_what_a_draw_tells_of_its_origin(pair):
    """Its square is I(origin; outcome), with both origins equally probable."""
    assert_allclose(info.jensen_shannon_distance(*pair) ** 2, info.mutual_information(pair / 2), **TIGHT)


def test_jensen_shannon_of_the_rarest_outcomes():
    smallest = np.nextafter(0.0, 1.0)
    assert info.jensen_shannon_distance([1.0, smallest], [1.0, 0.0]) == pytest.approx(0.0, abs=1e-150)
    assert info.jensen_shannon_distance([1.0, 0.0], [0.0, 1.0], base=2) == 1.0


# --- bets ---


@given(distributions(2))
def test_kelly_growth_is_disagreement_with_the_market(pair):
    belief, market = pair
    assume((market > 1e-290).all())
    got = info.kelly_growth(belief, 1 / market)
    assert_allclose(got, stats.entropy(belief, market), **TIGHT)


def test_kelly_growth_by_enumeration():
    """The mean log wealth after all 3^4 sequences of four bets, started with 1, is four times the growth."""
    belief, odds = np.array([0.5, 0.3, 0.2]), np.array([4.0, 2.0, 3.5])
    total = 0.0
    for sequence in itertools.product(range(3), repeat=4):
        wealth = math.prod(belief[x] * odds[x] for x in sequence)
        total += math.prod(belief[x] for x in sequence) * math.log2(wealth)
    assert_allclose(info.kelly_growth(belief, odds, base=2), total / 4, **TIGHT)


def test_no_other_stakes_grow_faster():
    rng = np.random.default_rng(2)
    belief, odds = rng.dirichlet(np.ones(4)), 1 / rng.dirichlet(np.ones(4))
    stakes = rng.dirichlet(np.ones(4), size=2000)
    assert (np.log(stakes * odds) @ belief < info.kelly_growth(belief, odds)).all()


def test_kelly_margin_and_limits():
    """A margin of 10 % costs ln 1.1 a bet; a bet on what the market excludes grows without bound."""
    belief, market = np.array([0.6, 0.4]), np.array([0.5, 0.5])
    fair, priced = info.kelly_growth(belief, 1 / market), info.kelly_growth(belief, 1 / (1.1 * market))
    assert_allclose(fair - priced, math.log(1.1), **TIGHT)
    assert info.kelly_growth([0.5, 0.5], [2.0, math.inf]) == math.inf
    assert info.kelly_growth([1.0, 0.0], [1.0, math.inf]) == 0.0


# --- free energies ---
