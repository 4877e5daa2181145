"""Exact intervals for how many of a finite population have a property, from a sample without replacement.

One stratum: invert the hypergeometric tails (Wright 1991, the finite form of Clopper and Pearson). Several strata, each
with a random sample of its own: the number of hits is never smaller, stochastically, than under the smallest sampling
fraction of them all, and never larger than under the largest; and drawing by strata spreads less than drawing from all
(Hoeffding 1956). So the upper end is that of a plain sample with the smallest fraction, the lower end that of one with the
largest. With a proportional allocation the two are one, and nothing is lost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tunewright.core.errors import UsageError
from tunewright.metrics.intervals import Interval

_TIE = 1 - 1e-9
"""a probability that equals the tail belongs to the interval, whatever the last bit says"""


@dataclass(frozen=True, slots=True)
class StratumCount:
    """What was found in the sample of one stratum."""

    population: int
    n: int
    """items of it that were looked at"""
    hits: int
    """of those, how many have the property"""


def hypergeometric_cdf(k: int, population: int, marked: int, n: int) -> float:
    """P(X <= k) for the marked among ``n`` drawn without replacement. Raises UsageError for impossible counts."""
    if not (0 <= marked <= population and 0 <= n <= population):
        raise UsageError(
            f"{n} of {population} with {marked} marked is no draw", hint="neither exceeds the population"
        )
    least, most = max(0, n + marked - population), min(n, marked)
    if k < least:
        return 0.0
    if k >= most:
        return 1.0
    whole = _log_choose(population, n)
    if k - least <= most - k:
        return min(1.0, math.fsum(_mass(x, population, marked, n, whole) for x in range(least, k + 1)))
    return max(0.0, 1 - math.fsum(_mass(x, population, marked, n, whole) for x in range(k + 1, most + 1)))


def _mass(x: int, population: int, marked: int, n: int, whole: float) -> float:
    return math.exp(_log_choose(marked, x) + _log_choose(population - marked, n - x) - whole)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def marked_upper(hits: int, population: int, n: int, tail: float) -> int:
    """The most marked items with which ``hits`` or fewer among ``n`` still have a probability of ``tail``."""
    low, high = hits, population - (n - hits)
    while low < high:
        middle = (low + high + 1) // 2
        if hypergeometric_cdf(hits, population, middle, n) >= tail * _TIE:
            low = middle
        else:
            high = middle - 1
    return low


def marked_lower(hits: int, population: int, n: int, tail: float) -> int:
    """The fewest marked items with which ``hits`` or more among ``n`` still have a probability of ``tail``."""
    low, high = hits, population - (n - hits)
    while low < high:
        middle = (low + high) // 2
        if 1 - hypergeometric_cdf(hits - 1, population, middle, n) >= tail * _TIE:
            high = middle
        else:
            low = middle + 1
    return low


def stratified_share(strata: Sequence[StratumCount], level: float = 0.95) -> Interval:
    """Share of the whole population that has the property: the stratified estimate, with an interval that covers the true
    share with a probability of at least ``level`` (see the module).

    Raises UsageError for impossible counts and for a stratum nobody looked at.
    """
    present = [stratum for stratum in strata if stratum.population]
    for stratum in present:
        if not 0 <= stratum.hits <= stratum.n <= stratum.population or not stratum.n:
            raise UsageError(
                f"{stratum.hits} hits among {stratum.n} of {stratum.population} is no sample",
                hint="look at one item of every stratum at least",
            )
    population = sum(stratum.population for stratum in present)
    if not population or not 0 < level < 1:
        raise UsageError("there is no population to estimate for", hint="sample a snapshot with examples")
    tail = (1 - level) / 2
    hits = sum(stratum.hits for stratum in present)
    looked_at = sum(stratum.n for stratum in present)
    value = math.fsum(stratum.population * stratum.hits / stratum.n for stratum in present) / population
    fractions = [stratum.n / stratum.population for stratum in present]
    fewest = min(looked_at, math.floor(min(fractions) * population + 1e-9))
    most = max(looked_at, math.ceil(max(fractions) * population - 1e-9))
    # A stratum that was looked at whole can give more hits than a sample with the smallest fraction has items.
    high = marked_upper(hits, population, fewest, tail) if hits <= fewest else population
    low = marked_lower(hits, population, min(most, population), tail)
    known_clean = looked_at - hits
    high = min(high, population - known_clean)
    return Interval(value, min(low / population, value), max(high / population, value))
