"""Distribution functions against scipy."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.errors import UsageError
from tunewright.metrics.special import (
    beta_cdf,
    beta_quantile,
    binomial_cdf,
    normal_quantile,
    student_t_quantile,
)

stats = pytest.importorskip("scipy.stats")


@settings(max_examples=200, deadline=None)
@given(x=st.floats(0, 1), a=st.floats(0.5, 2000), b=st.floats(0.5, 2000))
def test_incomplete_beta_equals_scipy(x: float, a: float, b: float) -> None:
    assert beta_cdf(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), rel=1e-9, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(p=st.floats(1e-6, 1 - 1e-6), a=st.floats(0.5, 2000), b=st.floats(0.5, 2000))
def test_beta_quantile_equals_scipy(p: float, a: float, b: float) -> None:
    assert beta_quantile(p, a, b) == pytest.approx(stats.beta.ppf(p, a, b), rel=1e-8, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(n=st.integers(0, 5000), share=st.floats(0, 1), p=st.floats(0.001, 0.999))
def test_binomial_equals_scipy(n: int, share: float, p: float) -> None:
    k = round(share * n)
    assert binomial_cdf(k, n, p) == pytest.approx(stats.binom.cdf(k, n, p), rel=1e-8, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(p=st.floats(1e-4, 1 - 1e-4), degrees=st.integers(1, 3000))
def test_student_t_equals_scipy(p: float, degrees: int) -> None:
    assert student_t_quantile(p, degrees) == pytest.approx(stats.t.ppf(p, degrees), rel=1e-7, abs=1e-9)


def test_normal_quantile_equals_scipy() -> None:
    for p in (1e-9, 0.025, 0.5, 0.975, 1 - 1e-9):
        assert normal_quantile(p) == pytest.approx(stats.norm.ppf(p), rel=1e-9, abs=1e-12)


def test_ends() -> None:
    assert beta_cdf(0, 2, 3) == 0
    assert beta_cdf(1, 2, 3) == 1
    assert binomial_cdf(-1, 5, 0.5) == 0
    assert binomial_cdf(5, 5, 0.5) == 1
    assert student_t_quantile(0.5, 3) == 0
    assert math.isclose(student_t_quantile(0.025, 7), -student_t_quantile(0.975, 7))


@pytest.mark.parametrize(
    "call",
    [
        lambda: beta_cdf(0.5, 0, 1),
        lambda: beta_cdf(1.5, 1, 1),
        lambda: beta_quantile(-0.1, 1, 1),
        lambda: normal_quantile(1.0),
        lambda: student_t_quantile(0.5, 0),
        lambda: binomial_cdf(0, -1, 0.5),
    ],
)
def test_impossible_arguments_are_refused(call: object) -> None:
    with pytest.raises(UsageError):
        call()  # type: ignore[operator]
