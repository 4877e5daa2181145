"""Paired comparison against statsmodels, and Tango's interval against its definition by numeric optimisation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.errors import UsageError
from tunewright.metrics.paired import Discordance, discordance, mcnemar_exact, paired_bootstrap, tango

tables = pytest.importorskip("statsmodels.stats.contingency_tables")
optimize = pytest.importorskip("scipy.optimize")
stats = pytest.importorskip("scipy.stats")


def test_published_table() -> None:
    assert mcnemar_exact(6, 18) == pytest.approx(0.0226558, abs=1e-7)


@settings(max_examples=150, deadline=None)
@given(b=st.integers(0, 800), c=st.integers(0, 800))
def test_mcnemar_equals_statsmodels(b: int, c: int) -> None:
    expected = tables.mcnemar([[70, b], [c, 26]], exact=True).pvalue if b + c else 1.0
    assert mcnemar_exact(b, c) == pytest.approx(min(1.0, expected), rel=1e-8, abs=1e-300)
    assert mcnemar_exact(b, c) == mcnemar_exact(c, b)


def _statistic(b: int, c: int, n: int, delta: float) -> float:
    """Tango's score statistic with the constrained estimate found by maximising the trinomial likelihood numerically."""

    def loss(p21: float) -> float:
        p12 = p21 + delta
        rest = 1 - p12 - p21
        terms = [(b, p12), (c, p21), (n - b - c, rest)]
        return -sum(k * math.log(max(p, 1e-300)) for k, p in terms if k)

    bounds = (max(0.0, -delta) + 1e-12, (1 - delta) / 2 - 1e-12)
    p21 = optimize.minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    return float((b - c - n * delta) / math.sqrt(n * (2 * p21 + delta - delta**2)))


@pytest.mark.parametrize(
    "b, c, n", [(6, 18, 120), (18, 6, 120), (12, 3, 50), (30, 30, 400), (2, 9, 44), (40, 10, 1540)]
)
def test_tango_ends_where_the_score_statistic_is_at_its_quantile(b: int, c: int, n: int) -> None:
    found = tango(Discordance(b, c, n))
    assert found.value == pytest.approx((b - c) / n)
    assert _statistic(b, c, n, found.low) == pytest.approx(1.959964, abs=2e-3)
    assert _statistic(b, c, n, found.high) == pytest.approx(-1.959964, abs=2e-3)


@settings(max_examples=150, deadline=None)
@given(b=st.integers(0, 60), c=st.integers(0, 60), concordant=st.integers(0, 200))
def test_tango_laws(b: int, c: int, concordant: int) -> None:
    n = b + c + concordant
    if n == 0:
        return
    found, mirrored = tango(Discordance(b, c, n)), tango(Discordance(c, b, n))
    assert -1 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1
    assert (found.low, found.high) == pytest.approx((-mirrored.high, -mirrored.low), abs=1e-9)
    z = abs(b - c) / math.sqrt(b + c) if b + c else 0.0
    if abs(z - 1.959964) > 1e-3:
        assert (found.low > 0 or found.high < 0) == (z > 1.959964)


def test_tango_covers() -> None:
    generator = np.random.default_rng(5)
    cells = generator.multinomial(150, [0.10, 0.04, 0.86], size=1000)
    held = sum(
        found.low <= 0.06 <= found.high
        for found in (tango(Discordance(int(b), int(c), 150)) for b, c, _ in cells)
    )
    assert 0.93 <= held / 1000 <= 0.97


def test_no_difference_at_all_still_has_width() -> None:
    found = tango(Discordance(0, 0, 60))
    assert found.low == pytest.approx(-found.high)
    assert found.high == pytest.approx(3.8415 / (60 + 3.8415), abs=1e-3)


def test_counts_of_pairs() -> None:
    assert discordance([1, 0, 1, 1], [0, 1, 1, 0]) == Discordance(2, 1, 4)
    with pytest.raises(UsageError):
        discordance([1, 0], [1])
    with pytest.raises(UsageError):
        discordance([0.5], [1])
    with pytest.raises(UsageError):
        tango(Discordance(3, 3, 5))


def test_graded_scores_use_the_pairing() -> None:
    generator = np.random.default_rng(1)
    hard = generator.normal(0, 5, size=200)
    first, second = hard + 0.5, hard + generator.normal(0, 0.5, size=200)
    found = paired_bootstrap(first.tolist(), second.tolist(), seed=2)
    assert 0 < found.low < 0.5 < found.high < 1
    assert stats.ttest_ind(first, second).pvalue > 0.1
