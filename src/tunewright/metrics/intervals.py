"""Confidence intervals. Every function answers an ``Interval`` and has a name that goes into a score's signature."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tunewright.core.errors import UsageError
from tunewright.metrics.special import beta_quantile, normal_quantile, student_t_quantile

_BOOTSTRAP_CELLS = 4_000_000
"""resampled values held in memory at once"""


@dataclass(frozen=True, slots=True)
class Interval:
    """A point estimate with its two-sided confidence interval."""

    value: float
    low: float
    high: float


def wilson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion (Wilson 1927); n = 0 knows nothing: [0, 1] around 0.

    Raises UsageError for counts that are no proportion.
    """
    _check_counts(successes, n, level)
    if n == 0:
        return Interval(0.0, 0.0, 1.0)
    z = normal_quantile(0.5 + level / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Interval(share, low, high)


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Exact interval of a proportion (Clopper & Pearson 1934): beta quantiles, never below nominal coverage.

    Raises UsageError for counts that are no proportion.
    """
    _check_counts(successes, n, level)
    if n == 0:
        return Interval(0.0, 0.0, 1.0)
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else beta_quantile(tail, successes, n - successes + 1)
    high = 1.0 if successes == n else beta_quantile(1 - tail, successes + 1, n - successes)
    return Interval(successes / n, low, high)


def student_t(values: Sequence[float], level: float = 0.95) -> Interval:
    """Mean with Student's t interval; one value alone has no interval: (-inf, inf) is refused, so n >= 2.

    Raises UsageError for fewer than two values.
    """
    _check_level(level)
    n = len(values)
    if n < 2:
        raise UsageError(f"a t interval needs at least 2 values, not {n}", hint="measure more items")
    array = np.asarray(values, dtype=np.float64)
    mean = float(array.mean())
    half = student_t_quantile(0.5 + level / 2, n - 1) * float(array.std(ddof=1)) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half)


def bootstrap_mean(
    values: Sequence[float], *, seed: int, resamples: int = 10_000, level: float = 0.95
) -> Interval:
    """Mean with the percentile bootstrap interval (Efron 1979); the same seed gives the same interval.

    Raises UsageError for no values.
    """
    _check_level(level)
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        raise UsageError("a bootstrap needs at least 1 value", hint="measure more items")
    generator = np.random.default_rng(seed)
    rows = max(1, _BOOTSTRAP_CELLS // array.size)
    means = np.concatenate(
        [
            array[generator.integers(0, array.size, size=(min(rows, resamples - done), array.size))].mean(
                axis=1
            )
            for done in range(0, resamples, rows)
        ]
    )
    low, high = np.quantile(means, [(1 - level) / 2, 0.5 + level / 2])
    return Interval(float(array.mean()), float(low), float(high))


def _check_counts(successes: int, n: int, level: float) -> None:
    _check_level(level)
    if n < 0 or not 0 <= successes <= n:
        raise UsageError(f"{successes} of {n} is no proportion", hint="successes lie between 0 and n")


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise UsageError(f"a confidence level lies between 0 and 1, not {level}", hint="for example 0.95")
