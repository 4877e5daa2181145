"""Finite-population intervals against scipy, by brute force, and by how often they cover the truth."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tunewright.core.errors import UsageError
from tunewright.metrics.finite import (
    StratumCount,
    hypergeometric_cdf,
    marked_lower,
    marked_upper,
    stratified_share,
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_distribution_is_scipys(data: st.DataObject) -> None:
    population = data.draw(st.integers(1, 3000))
    marked, n = (data.draw(st.integers(0, population)) for _ in range(2))
    k = data.draw(st.integers(-1, n))
    expected = stats.hypergeom.cdf(k, population, marked, n)
    assert hypergeometric_cdf(k, population, marked, n) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_one_stratum_is_the_exact_interval_by_search(data: st.DataObject) -> None:
    population = data.draw(st.integers(1, 120))
    n = data.draw(st.integers(1, population))
    hits = data.draw(st.integers(0, n))
    possible = range(hits, population - (n - hits) + 1)
    above = [m for m in possible if stats.hypergeom.cdf(hits, population, m, n) > 0.025 * (1 - 1e-9)]
    below = [m for m in possible if stats.hypergeom.sf(hits - 1, population, m, n) > 0.025 * (1 - 1e-9)]
    assert marked_upper(hits, population, n, 0.025) == max(above)
    assert marked_lower(hits, population, n, 0.025) == min(below)
    found = stratified_share([StratumCount(population, n, hits)])
    assert found.low == pytest.approx(min(min(below) / population, hits / n))
    assert found.high == pytest.approx(max(max(above) / population, hits / n))
    assert found.value == pytest.approx(hits / n)


def test_a_large_population_gives_clopper_and_pearson() -> None:
    found = stratified_share([StratumCount(50_000_000, 300, 2)])
    exact = stats.binomtest(2, 300).proportion_ci(0.95, "exact")
    assert (found.low, found.high) == (
        pytest.approx(exact.low, rel=1e-3),
        pytest.approx(exact.high, rel=1e-3),
    )


def test_a_census_knows_and_nothing_found_is_bounded() -> None:
    found = stratified_share([StratumCount(40, 40, 3), StratumCount(10, 10, 0)])
    assert (found.value, found.low, found.high) == (0.06, 0.06, 0.06)
    nothing = stratified_share([StratumCount(10_000, 300, 0)])
    assert (nothing.value, nothing.low) == (0.0, 0.0)
    assert nothing.high == pytest.approx(1 - 0.025 ** (1 / 300), rel=0.02)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(1, 400), st.integers(0, 400)), min_size=1, max_size=5)
)
def test_the_interval_holds_the_estimate_and_what_is_known(raw: list[tuple[int, int, int]]) -> None:
    strata = [StratumCount(p, min(n, p), min(h, n, p)) for p, n, h in raw]
    found = stratified_share(strata)
    population = sum(s.population for s in strata)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert (
        found.high <= 1 - sum(s.n - s.hits for s in strata) / population + 1e-12 or found.high == found.value
    )
    expected = sum(s.population * s.hits / s.n for s in strata) / population
    assert found.value == pytest.approx(expected)


@pytest.mark.parametrize(
    "truth",
    [((4000, 0), (900, 9), (100, 0)), ((2000, 40), (2000, 4), (30, 15)), ((500, 1), (400, 0), (60, 0))],
)
def test_it_covers_the_truth_at_least_as_often_as_it_says(truth: tuple[tuple[int, int], ...]) -> None:
    """Strata of different sizes and rates, a proportional draw rounded up: 95 % is kept (within three standard errors)."""
    generator = random.Random(5)
    population, marked = sum(size for size, _ in truth), sum(m for _, m in truth)
    fraction, rounds, missed_above = 200 / population, 600, 0
    missed = 0
    for _ in range(rounds):
        strata = []
        for size, hits in truth:
            n = min(size, max(2, math.ceil(fraction * size)))
            strata.append(
                StratumCount(size, n, sum(item < hits for item in generator.sample(range(size), n)))
            )
        found = stratified_share(strata)
        missed += not found.low <= marked / population <= found.high
        missed_above += marked / population > found.high
    assert missed <= 0.05 * rounds + 3 * math.sqrt(rounds * 0.05 * 0.95)
    # What a gate looks at is the upper end.
    assert missed_above <= 0.025 * rounds + 3 * math.sqrt(rounds * 0.025 * 0.975)


@pytest.mark.parametrize(
    "strata",
    [[], [StratumCount(0, 0, 0)], [StratumCount(5, 0, 0)], [StratumCount(5, 6, 0)], [StratumCount(5, 3, 4)]],
)
def test_counts_that_are_no_sample_are_refused(strata: list[StratumCount]) -> None:
    with pytest.raises(UsageError):
        stratified_share(strata)


def test_an_impossible_draw_is_refused() -> None:
    with pytest.raises(UsageError):
        hypergeometric_cdf(1, 5, 6, 2)
