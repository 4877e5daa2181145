"""Intervals against statsmodels, scipy, published vectors, and their own coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.errors import UsageError
from tunewright.metrics.intervals import bootstrap_mean, clopper_pearson, student_t, wilson

proportion = pytest.importorskip("statsmodels.stats.proportion")
stats = pytest.importorskip("scipy.stats")

counts = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=150, deadline=None)
@given(case=counts, level=st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_wilson_equals_statsmodels(case: tuple[int, int], level: float) -> None:
    low, high = proportion.proportion_confint(*case, alpha=1 - level, method="wilson")
    found = wilson(*case, level)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)
    assert found.low <= found.value <= found.high


@settings(max_examples=100, deadline=None)
@given(case=counts, level=st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_clopper_pearson_equals_statsmodels(case: tuple[int, int], level: float) -> None:
    low, high = proportion.proportion_confint(*case, alpha=1 - level, method="beta")
    found = clopper_pearson(*case, level)
    expected = (0.0 if np.isnan(low) else low, 1.0 if np.isnan(high) else high)
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("hits, n", [(59, 59), (99, 100), (196, 200), (292, 300), (484, 500), (962, 1000)])
def test_what_shows_ninety_five_percent(hits: int, n: int) -> None:
    """One-sided 95 % lower bound >= .95 = lower end of the two-sided 90 % interval."""
    assert clopper_pearson(hits, n, 0.90).low >= 0.95
    assert clopper_pearson(hits - 1, n, 0.90).low < 0.95


def test_no_failure_in_sixty_still_allows_six_percent() -> None:
    assert clopper_pearson(0, 60).high == pytest.approx(0.060, abs=5e-4)
    assert clopper_pearson(0, 300).high == pytest.approx(0.012, abs=5e-4)
    assert wilson(95, 100).low == pytest.approx(0.888, abs=5e-4)
    assert wilson(95, 100).high == pytest.approx(0.978, abs=5e-4)


def test_no_items_know_nothing() -> None:
    for method in (wilson, clopper_pearson):
        assert (method(0, 0).low, method(0, 0).high) == (0.0, 1.0)


@pytest.mark.parametrize("n, p", [(40, 0.9), (200, 0.02), (500, 0.5)])
def test_exact_coverage(n: int, p: float) -> None:
    """Sum the true probability of every outcome whose interval holds p: Clopper-Pearson never below 95 %."""
    weights = stats.binom.pmf(range(n + 1), n, p)
    exact = sum(
        w for k, w in enumerate(weights) if clopper_pearson(k, n).low <= p <= clopper_pearson(k, n).high
    )
    score = sum(w for k, w in enumerate(weights) if wilson(k, n).low <= p <= wilson(k, n).high)
    assert exact >= 0.95
    assert 0.92 <= score <= 0.98


@settings(max_examples=50, deadline=None)
@given(values=st.lists(st.floats(-50, 50), min_size=2, max_size=60))
def test_student_t_equals_scipy(values: list[float]) -> None:
    found = student_t(values)
    error = stats.sem(values)
    low, high = (
        stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=error)
        if error
        else [values[0]] * 2
    )
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6, abs=1e-6)


def test_bootstrap_agrees_with_scipy_within_simulation_error() -> None:
    values = np.random.default_rng(3).gamma(2.0, size=120)
    ours = bootstrap_mean(values.tolist(), seed=1)
    theirs = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=10_000, rng=np.random.default_rng(2)
    ).confidence_interval
    # The simulation error of a 2.5 % quantile at 10,000 resamples is about 3 % of the standard error.
    tolerance = 0.15 * float(values.std(ddof=1)) / np.sqrt(len(values))
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=tolerance)


def test_bootstrap_is_a_function_of_its_seed() -> None:
    values = np.random.default_rng(0).normal(size=50).tolist()
    assert bootstrap_mean(values, seed=7) == bootstrap_mean(values, seed=7)
    assert bootstrap_mean(values, seed=7) != bootstrap_mean(values, seed=8)


def test_bootstrap_covers() -> None:
    generator = np.random.default_rng(11)
    held = 0
    for trial in range(400):
        found = bootstrap_mean(generator.normal(1.0, 2.0, size=80).tolist(), seed=trial, resamples=600)
        held += found.low <= 1.0 <= found.high
    assert 0.91 <= held / 400 <= 0.98


@pytest.mark.parametrize(
    "call",
    [
        lambda: wilson(5, 4),
        lambda: wilson(-1, 4),
        lambda: clopper_pearson(1, 4, level=1.0),
        lambda: student_t([1.0]),
        lambda: bootstrap_mean([], seed=0),
    ],
)
def test_impossible_arguments_are_refused(call: object) -> None:
    with pytest.raises(UsageError):
        call()  # type: ignore[operator]
