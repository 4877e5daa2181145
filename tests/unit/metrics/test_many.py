"""Shares in many groups, against SciPy and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from tunewright.core.errors import UsageError
from tunewright.metrics.density import balls_of, linked, thin_probability, thinned
from tunewright.metrics.many import benjamini_hochberg, binomial_at_least, fisher_exact, ratio_of_shares

tables = st.tuples(st.integers(0, 60), st.integers(0, 200), st.integers(0, 60), st.integers(0, 200)).map(
    lambda t: (t[0], t[0] + t[1], t[2], t[2] + t[3])
)


@given(tables)
@settings(max_examples=300, deadline=None)
def test_fisher_is_scipys(table: tuple[int, int, int, int]) -> None:
    a, n, b, m = table
    expected = stats.fisher_exact([[a, n - a], [b, m - b]]).pvalue
    assert fisher_exact(a, n, b, m) == pytest.approx(expected, rel=1e-6, abs=1e-300)


def test_fisher_on_a_million() -> None:
    expected = stats.fisher_exact([[9_000, 991_000], [70, 4_930]]).pvalue
    assert fisher_exact(9_000, 1_000_000, 70, 5_000) == pytest.approx(expected, rel=1e-6)


@given(st.integers(1, 400), st.data(), st.floats(0.001, 0.999))
@settings(max_examples=100, deadline=None)
def test_the_binomial_tail_is_scipys(n: int, data: st.DataObject, p: float) -> None:
    k = data.draw(st.integers(0, n))
    assert binomial_at_least(k, n, p) == pytest.approx(stats.binom.sf(k - 1, n, p), rel=1e-8, abs=1e-14)


@given(tables.filter(lambda t: t[1] > 0 and t[3] > 0))
@settings(max_examples=100, deadline=None)
def test_the_ratio_is_that_of_statsmodels(table: tuple[int, int, int, int]) -> None:
    a, n, b, m = table
    found = ratio_of_shares(a, n, b, m)
    low, high = confint_proportions_2indep(a, n, b, m, compare="ratio", method="log-adjusted")
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9)
    assert 0 < found.low <= found.value <= found.high


@given(st.lists(st.floats(0, 1), max_size=40))
@settings(deadline=None)
def test_benjamini_hochberg_is_that_of_statsmodels(p_values: list[float]) -> None:
    found = benjamini_hochberg(p_values)
    if p_values:
        assert found == pytest.approx(multipletests(p_values, method="fdr_bh")[1].tolist(), abs=1e-15)


@given(st.integers(0, 60), st.integers(1, 20), st.integers(1, 2000), st.integers(20, 2000))
@settings(max_examples=100, deadline=None)
def test_thin_neighbourhoods_are_negative_binomial(
    inside: int, size: int, others: int, reference: int
) -> None:
    expected = stats.nbinom.cdf(inside, size, reference / (reference + others))
    assert thin_probability(inside, size, others, reference) == pytest.approx(expected, rel=1e-8, abs=1e-14)


def test_without_a_gap_the_test_is_rarely_below_its_level() -> None:
    """Both sides from one density, uneven and with borders: the p-value of a fixed point is no smaller than promised."""
    random = np.random.default_rng(3)
    alarms = 0
    for _ in range(400):
        every = random.normal(size=(330, 6)) * np.array([3, 2, 1, 1, 0.5, 0.2])
        every = (every / np.linalg.norm(every, axis=1, keepdims=True)).astype(np.float32)
        mine, others = every[:110], every[110:]
        reach = balls_of(mine, (10,)).reach[0, 0]
        inside = int((np.round(others @ mine[0], 5) >= reach).sum())
        alarms += thin_probability(inside, 10, len(others), len(mine) - 1) <= 0.05
    low, high = stats.binom.ppf([0.001, 0.999], 400, 0.05)
    assert alarms <= high
    assert alarms >= low - 12  # discrete, so it may stay below; not far


def test_balls_reach_the_kth_other_row() -> None:
    random = np.random.default_rng(1)
    rows = random.normal(size=(60, 5))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    found = balls_of(rows, (2, 5, 900))
    assert found.sizes == (2, 5)
    near = np.round(rows @ rows.T, 5).astype(np.float64)
    np.fill_diagonal(near, -2)
    ordered = -np.sort(-near, axis=1)
    assert np.array_equal(found.reach, ordered[:, [1, 4]])
    assert balls_of(rows[:1], (2,)).sizes == ()
    assert linked([3, int(found.members[3, 0])], found.members, 2) == [sorted([3, int(found.members[3, 0])])]
    assert linked([3], found.members, 2) == [[3]]


def test_repeats_are_thinned_to_one() -> None:
    rows = np.eye(4, dtype=np.float32)[[0, 1, 0, 1, 2, 0]]
    assert thinned(rows, 0.99).tolist() == [0, 1, 4]
    assert thinned(rows, -1.0).tolist() == [0]


def test_impossible_counts_are_refused() -> None:
    for wrong in ((5, 3, 0, 1), (-1, 3, 0, 1), (0, 3, 2, 1)):
        with pytest.raises(UsageError):
            fisher_exact(*wrong)
    with pytest.raises(UsageError):
        ratio_of_shares(0, 0, 1, 2)
    with pytest.raises(UsageError):
        benjamini_hochberg([1.5])
    with pytest.raises(UsageError):
        thin_probability(1, 5, 10, 4)
