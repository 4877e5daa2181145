"""How well scores separate two groups: AUC with DeLong's interval, true-positive rate at a fixed false-positive rate.

Convention everywhere: a HIGHER score means "more likely positive" (for membership: more likely a member).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunewright.core.errors import UsageError
from tunewright.metrics.intervals import Interval, clopper_pearson
from tunewright.metrics.special import normal_quantile

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Operating:
    """One point of the ROC curve."""

    rate: Interval
    """true-positive rate with Clopper-Pearson at the fixed threshold"""
    threshold: float
    """called positive at or above; inf when even the highest score exceeds the allowed rate"""
    false_positive_rate: float
    hits: int


def auc(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """Mann-Whitney: P(positive > negative) + P(equal) / 2. Raises UsageError for an empty group or a NaN."""
    return float(_placements(*_groups(positives, negatives))[0].mean())


def delong(positives: Sequence[float], negatives: Sequence[float], level: float = 0.95) -> Interval:
    """AUC with DeLong's interval on the logit scale (DeLong 1988; O(n log n) by Sun & Xu 2014), clipped to [0, 1].

    Perfect separation has no DeLong variance; there the bound is exact: min(m, n) disjoint pairs are independent trials
    with success probability AUC, all of which succeeded (or failed). Fewer than 2 in a group: [0, 1].
    """
    first, second = _groups(positives, negatives)
    of_positives, of_negatives = _placements(first, second)
    value = float(of_positives.mean())
    pairs = min(first.size, second.size)
    if pairs < 2:
        return Interval(value, 0.0, 1.0)
    variance = float(of_positives.var(ddof=1)) / first.size + float(of_negatives.var(ddof=1)) / second.size
    if value in (0.0, 1.0):
        exact = clopper_pearson(round(value * pairs), pairs, level)
        return Interval(value, exact.low, exact.high)
    if variance == 0:
        return Interval(value, value, value) if value != 0.5 else _uninformative(pairs, level)
    half = normal_quantile(0.5 + level / 2) * math.sqrt(variance) / (value * (1 - value))
    logit = math.log(value / (1 - value))
    return Interval(value, _expit(logit - half), _expit(logit + half))


def true_positive_rate(
    positives: Sequence[float], negatives: Sequence[float], at: float, level: float = 0.95
) -> Operating:
    """The last ROC point whose false-positive rate is <= ``at``; no interpolation between points.

    The interval is Clopper-Pearson over the positives at that threshold; it does not hold the threshold's own
    uncertainty, which is why few negatives make the figure inconclusive (at 1 %, fewer than 1,000).
    """
    if not 0 <= at <= 1:
        raise UsageError(f"a false-positive rate lies between 0 and 1, not {at}", hint="for example 0.01")
    first, second = _groups(positives, negatives)
    thresholds = np.unique(np.concatenate([first, second]))
    above = second.size - np.searchsorted(np.sort(second), thresholds, side="left")
    allowed = np.nonzero(above / second.size <= at)[0]
    threshold = float(thresholds[allowed[0]]) if allowed.size else math.inf
    hits = int((first >= threshold).sum())
    rate = clopper_pearson(hits, first.size, level)
    return Operating(rate, threshold, float((second >= threshold).mean()), hits)


def roc_points(positives: Sequence[float], negatives: Sequence[float]) -> list[tuple[float, float]]:
    """(false-positive rate, true-positive rate) from (0, 0) to (1, 1), one point a distinct threshold."""
    first, second = _groups(positives, negatives)
    thresholds = np.unique(np.concatenate([first, second]))[::-1]
    false = (second.size - np.searchsorted(np.sort(second), thresholds, side="left")) / second.size
    true = (first.size - np.searchsorted(np.sort(first), thresholds, side="left")) / first.size
    return [(0.0, 0.0), *zip(false.tolist(), true.tolist(), strict=True)]


def _groups(positives: Sequence[float], negatives: Sequence[float]) -> tuple[Floats, Floats]:
    first, second = np.asarray(positives, dtype=np.float64), np.asarray(negatives, dtype=np.float64)
    if not first.size or not second.size:
        raise UsageError(f"{first.size} positives and {second.size} negatives", hint="both groups need items")
    if np.isnan(first).any() or np.isnan(second).any():
        raise UsageError("a score is not a number", hint="a model that answers NaN losses cannot be attacked")
    return first, second


def _placements(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """For each positive the share of negatives below it, for each negative the share of positives above; ties half."""
    low, high = np.sort(second), np.sort(first)
    below = np.searchsorted(low, first, side="left") + np.searchsorted(low, first, side="right")
    under = np.searchsorted(high, second, side="left") + np.searchsorted(high, second, side="right")
    return below / (2 * second.size), 1 - under / (2 * first.size)


def _uninformative(pairs: int, level: float) -> Interval:
    """All scores equal: nothing was measured beyond chance; the interval is that of ``pairs`` coin flips."""
    exact = clopper_pearson(pairs // 2, pairs, level)
    half = max(0.5 - exact.low, exact.high - 0.5)
    return Interval(0.5, 0.5 - half, 0.5 + half)


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
