"""PSI against its formula by hand and its relation to Kullback-Leibler divergence (scipy)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.errors import UsageError
from tunewright.metrics.distances import (
    histogram,
    psi,
    psi_categories,
    psi_labels,
    psi_numeric,
    quantile_edges,
)

stats = pytest.importorskip("scipy.stats")

histograms = st.integers(2, 12).flatmap(
    lambda k: st.tuples(
        *[st.lists(st.integers(0, 500), min_size=k, max_size=k).filter(sum) for _ in range(2)]
    )
)


@given(histograms)
def test_psi_is_the_symmetric_divergence(pair: tuple[list[int], list[int]]) -> None:
    p, q = ((np.array(side) + 0.5) / (sum(side) + 0.5 * len(side)) for side in pair)
    assert psi(*pair) == pytest.approx(stats.entropy(p, q) + stats.entropy(q, p), abs=1e-9)
    assert psi(*pair) == pytest.approx(psi(pair[1], pair[0]), abs=1e-9)
    assert psi(pair[0], pair[0]) == 0


def test_by_hand() -> None:
    p, q = (99.5 + 1) / 200, (49.5 + 1) / 200
    expected = (q - p) * math.log(q / p) + (p - q) * math.log((1 - q) / (1 - p))
    assert psi([100, 99], [50, 149]) == pytest.approx(expected, abs=1e-12)


def test_same_distribution_is_stable_and_a_shift_is_not() -> None:
    generator = np.random.default_rng(0)
    before, after = generator.normal(0, 1, 5000).tolist(), generator.normal(0, 1, 2000).tolist()
    shifted = generator.normal(1, 1, 2000).tolist()
    assert psi_numeric(before, after) < 0.05
    assert psi_numeric(before, shifted) > 0.25


def test_numbers_equal_numpy_histogram_and_ties_merge() -> None:
    values = np.random.default_rng(1).normal(size=500)
    edges = quantile_edges(values.tolist(), 5)
    assert histogram(values.tolist(), edges) == np.histogram(values, [-np.inf, *edges, np.inf])[0].tolist()
    assert quantile_edges([1.0] * 50) == [1.0]
    assert histogram([0.0, 1.0, 2.0], [1.0]) == [2, 1]


def test_categories() -> None:
    assert psi_labels(["a", "b"] * 50, ["a", "b"] * 20) == pytest.approx(0, abs=1e-3)
    assert psi_categories({"a": 100}, {"b": 100}) > 5


def test_histograms_that_do_not_match_are_refused() -> None:
    for expected, observed in (([1], [1, 2]), ([], []), ([0, 0], [1, 1]), ([1, -1], [1, 1])):
        with pytest.raises(UsageError):
            psi(expected, observed)
