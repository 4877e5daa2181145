"""From per-item results to ``Score`` with interval, n and signature."""

from __future__ import annotations

from collections.abc import Sequence

from tunewright.core.errors import UsageError
from tunewright.core.seeds import derive_seed
from tunewright.core.types import Score
from tunewright.metrics.intervals import bootstrap_mean, wilson
from tunewright.metrics.paired import discordance, is_binary, mcnemar_exact, paired_bootstrap, tango


def mean_score(
    name: str, signature: str, values: Sequence[float], *, slice_: str = "", seed: int = 0
) -> Score:
    """Mean of per-item values: Wilson 95 % for 0/1, else percentile bootstrap 95 %. Raises UsageError for none."""
    if not values:
        raise UsageError(f"{name} has no items", hint="the golden set or slice is empty")
    if is_binary(values):
        interval, how = wilson(int(sum(values)), len(values)), "ci:wilson95"
    else:
        interval = bootstrap_mean(values, seed=derive_seed(seed, "bootstrap", name, slice_))
        how = "ci:bootstrap95x10000"
    return Score(
        metric=name,
        value=interval.value,
        low=interval.low,
        high=interval.high,
        n=len(values),
        slice=slice_,
        signature=f"{signature}|{how}",
    )


def difference_score(
    name: str,
    signature: str,
    first: Sequence[float],
    second: Sequence[float],
    *,
    slice_: str = "",
    seed: int = 0,
) -> Score:
    """Paired difference first - second: Tango 95 % for 0/1, else paired percentile bootstrap 95 %."""
    if is_binary(first) and is_binary(second):
        interval, how = tango(discordance(first, second)), "ci:tango95"
    else:
        interval = paired_bootstrap(first, second, seed=derive_seed(seed, "bootstrap", name, slice_))
        how = "ci:bootstrap95x10000"
    return Score(
        metric=name,
        value=interval.value,
        low=interval.low,
        high=interval.high,
        n=len(first),
        slice=slice_,
        signature=f"{signature}|paired:yes|{how}",
    )


def mcnemar_score(name: str, signature: str, first: Sequence[float], second: Sequence[float]) -> Score:
    """Exact two-sided McNemar p-value of two 0/1 outcomes; a p-value has no interval, so low = high = value."""
    counts = discordance(first, second)
    p = mcnemar_exact(counts.first_only, counts.second_only)
    return Score(
        metric=name,
        value=p,
        low=p,
        high=p,
        n=counts.n,
        signature=f"{signature}|mcnemar:exact|sides:2|discordant:{counts.first_only}+{counts.second_only}",
    )
