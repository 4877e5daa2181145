"""Distances between two distributions of the same thing. First one: the population stability index."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from tunewright.core.errors import UsageError

_SMOOTHING = 0.5
"""pseudo-count a bin: an empty bin on one side gives a large but finite term"""


def psi(expected: Sequence[int], observed: Sequence[int]) -> float:
    """Population stability index of two histograms over the same bins: sum (q - p) ln(q / p), in nats.

    p, q are the shares with half a count added to every bin. Customary reading: < 0.1 stable, > 0.25 drifted.
    Raises UsageError for unequal bins, negative counts or an empty histogram.
    """
    if len(expected) != len(observed) or not expected:
        raise UsageError(
            f"{len(expected)} and {len(observed)} bins do not match", hint="bin both with the same edges"
        )
    if min(expected) < 0 or min(observed) < 0 or not sum(expected) or not sum(observed):
        raise UsageError(
            "a histogram has no or negative counts", hint="pass counts of at least one item each"
        )
    bins = len(expected)
    p_total, q_total = sum(expected) + _SMOOTHING * bins, sum(observed) + _SMOOTHING * bins
    total = 0.0
    for before, now in zip(expected, observed, strict=True):
        p, q = (before + _SMOOTHING) / p_total, (now + _SMOOTHING) / q_total
        total += (q - p) * math.log(q / p)
    return total


def quantile_edges(values: Sequence[float], bins: int = 10) -> list[float]:
    """Inner bin edges that cut ``values`` into ``bins`` parts of equal share; ties merge, so fewer edges may come back."""
    if not values or bins < 2:
        raise UsageError("edges need values and at least 2 bins", hint="pass the reference values")
    cuts = np.quantile(np.asarray(values, dtype=np.float64), np.linspace(0, 1, bins + 1)[1:-1])
    return sorted(set(cuts.tolist()))


def histogram(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    """Counts of ``values`` in the ``len(edges) + 1`` bins (.., e0], (e0, e1], ..., (e_last, ..)."""
    places = np.searchsorted(
        np.asarray(edges, dtype=np.float64), np.asarray(values, dtype=np.float64), side="left"
    )
    return [int(count) for count in np.bincount(places, minlength=len(edges) + 1)]


def psi_numeric(expected: Sequence[float], observed: Sequence[float], bins: int = 10) -> float:
    """PSI of two sets of numbers, binned at the quantiles of the first."""
    edges = quantile_edges(expected, bins)
    return psi(histogram(expected, edges), histogram(observed, edges))


def psi_categories(expected: Mapping[str, int], observed: Mapping[str, int]) -> float:
    """PSI of two counts by category; a category only one side has counts as a bin."""
    names = sorted({*expected, *observed})
    return psi([expected.get(name, 0) for name in names], [observed.get(name, 0) for name in names])


def psi_labels(expected: Sequence[str], observed: Sequence[str]) -> float:
    """PSI of two sequences of labels."""
    return psi_categories(Counter(expected), Counter(observed))


PSI_SIGNATURE = "psi|smoothing:0.5|log:e|v:1"
