"""Comparing shares in many groups at once: exact tests, ratios with intervals, and the correction for looking often."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tunewright.core.errors import UsageError
from tunewright.metrics.intervals import Interval
from tunewright.metrics.special import beta_cdf, normal_quantile

_SLACK = 1e-7
"""relative: tables as probable as the observed one count among those that are no more probable"""
RATIO_SIGNATURE = "ratio|ci:katz-log+0.5|v:1"


def fisher_exact(a: int, n: int, b: int, m: int) -> float:
    """Two-sided p-value of Fisher's exact test that ``a`` of ``n`` and ``b`` of ``m`` come from one share.

    The sum of the hypergeometric probabilities of all tables with these margins that are no more probable than the
    observed one (Fisher 1935; the rule of R and SciPy). Raises UsageError for counts that are no proportions.
    """
    _check(a, n, b, m)
    hits = a + b
    least, most = max(0, hits - m), min(n, hits)
    if least == most:
        return 1.0
    at = np.arange(least, most, dtype=np.float64)
    # log p(x + 1) - log p(x) of the hypergeometric distribution
    steps = np.log(hits - at) + np.log(n - at) - np.log(at + 1) - np.log(m - hits + at + 1)
    logs = np.concatenate([[0.0], np.cumsum(steps)])
    logs -= logs.max()
    weights = np.exp(logs)
    observed = weights[a - least]
    return float(min(1.0, weights[weights <= observed * (1 + _SLACK)].sum() / weights.sum()))


def binomial_at_least(k: int, n: int, p: float) -> float:
    """P(X >= k) for X ~ Binomial(n, p): the one-sided exact test that a share is above ``p``. Raises UsageError."""
    if n < 0 or not 0 <= k <= n or not 0 <= p <= 1:
        raise UsageError(f"{k} of {n} at {p} is no binomial", hint="check the counts")
    if k == 0:
        return 1.0
    return beta_cdf(p, k, n - k + 1)


def ratio_of_shares(a: int, n: int, b: int, m: int, level: float = 0.95) -> Interval:
    """(a / n) / (b / m) with half a count added everywhere, and its log interval (Katz et al. 1978 as adjusted by Walter
    1975): finite and above 0 also where a count is 0. Raises UsageError for empty sides."""
    _check(a, n, b, m)
    if not n or not m:
        raise UsageError("a ratio of shares needs two sides", hint="leave out the comparison with nothing")
    value = math.log((a + 0.5) / (n + 0.5)) - math.log((b + 0.5) / (m + 0.5))
    variance = 1 / (a + 0.5) - 1 / (n + 0.5) + 1 / (b + 0.5) - 1 / (m + 0.5)
    half = normal_quantile(0.5 + level / 2) * math.sqrt(max(0.0, variance))
    return Interval(math.exp(value), math.exp(value - half), math.exp(value + half))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values (Benjamini & Hochberg 1995): rejecting what is at most q keeps the expected share of false
    rejections at most q, for independent or positively dependent tests. Raises UsageError for a value outside [0, 1]."""
    if any(not 0 <= p <= 1 for p in p_values):
        raise UsageError("a p-value lies between 0 and 1", hint="check the tests")
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    found = [1.0] * len(p_values)
    least = 1.0
    for rank in range(len(order), 0, -1):
        at = order[rank - 1]
        least = min(least, p_values[at] * len(order) / rank)
        found[at] = least
    return found


def _check(a: int, n: int, b: int, m: int) -> None:
    if not (0 <= a <= n and 0 <= b <= m):
        raise UsageError(f"{a} of {n} and {b} of {m} are no shares", hint="check the counts")
