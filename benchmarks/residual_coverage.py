"""How often the interval of `review residual` covers the truth, and how wide it is, beside what one would take at first.

    python benchmarks/residual_coverage.py [ROUNDS] [--out FILE]

Snapshots with strata of different sizes and shares of missed personal data, sampled as `review sample` does. Beside ours:
Wilson's interval of the pooled counts, and the normal interval of the stratified estimate with finite-population
correction. 95 % is promised; a miss above the upper end is what a gate would let through (2.5 % is promised).
"""

from __future__ import annotations

import json
import math
import random
import sys
from pathlib import Path
from typing import Any

from tunewright.data.review_samples import draw
from tunewright.metrics.finite import StratumCount, stratified_share
from tunewright.metrics.intervals import wilson

CASES = {
    "two sources, rare": (((4000, 4), (900, 9), (100, 0)), 300),
    "one small bad source": (((9000, 9), (300, 90), (60, 30)), 300),
    "nothing anywhere": (((5000, 0), (500, 0)), 300),
    "one in a thousand": (((10_000, 10),), 300),
    "many small sources": (tuple((40 + 7 * i, i % 3) for i in range(24)), 200),
    "common": (((3000, 600), (3000, 30)), 200),
    "half looked at": (((300, 6), (200, 1), (40, 3)), 270),
    "all in one small stratum": (((6000, 0), (50, 12)), 300),
}


def simulate(strata: tuple[tuple[int, int], ...], size: int, rounds: int) -> dict[str, Any]:
    """Coverage in per cent, misses above in per cent, and mean width per 1,000 of the three intervals."""
    rows = [(f"{s}-{i}", f"s{s}", False) for s, (count, _) in enumerate(strata) for i in range(count)]
    marked = {f"{s}-{i}" for s, (_, hits) in enumerate(strata) for i in range(hits)}
    truth = len(marked) / len(rows)
    found = {name: [0, 0, 0.0] for name in ("ours", "wilson_pooled", "normal_stratified")}
    for seed in range(rounds):
        sample = draw(rows, f"{seed:064}", size=size, seed=seed)
        counts = [
            StratumCount(p.population, len(p.drawn), len(marked.intersection(p.drawn))) for p in sample.strata
        ]
        for name, (low, high) in intervals(counts).items():
            found[name][0] += low - 1e-12 <= truth <= high + 1e-12
            found[name][1] += truth > high + 1e-12
            found[name][2] += high - low
    return {
        "truth_per_1000": round(1000 * truth, 2),
        "drawn": sum(c.n for c in counts),
        **{
            name: {
                "covers_%": round(100 * hit / rounds, 1),
                "missed_above_%": round(100 * above / rounds, 1),
                "width_per_1000": round(1000 * width / rounds, 2),
            }
            for name, (hit, above, width) in found.items()
        },
    }


def intervals(counts: list[StratumCount]) -> dict[str, tuple[float, float]]:
    """The three intervals."""
    ours = stratified_share(counts)
    pooled = wilson(sum(c.hits for c in counts), sum(c.n for c in counts))
    population = sum(c.population for c in counts)
    variance = sum(
        (c.population / population) ** 2 * (1 - c.n / c.population) * share * (1 - share) / max(1, c.n - 1)
        for c in counts
        for share in (c.hits / c.n,)
    )
    half = 1.959964 * math.sqrt(variance)
    return {
        "ours": (ours.low, ours.high),
        "wilson_pooled": (pooled.low, pooled.high),
        "normal_stratified": (ours.value - half, ours.value + half),
    }


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 1000
    random.seed(0)
    result = {"rounds": rounds, "cases": {}}
    for name, (strata, size) in CASES.items():
        row = simulate(strata, size, rounds)
        result["cases"][name] = row  # type: ignore[index]
        told = "  ".join(
            f"{k} {row[k]['covers_%']:5.1f} % ({row[k]['missed_above_%']:4.1f} above, width {row[k]['width_per_1000']:6.2f})"
            for k in ("ours", "wilson_pooled", "normal_stratified")
        )
        print(f"{name:<26} {row['truth_per_1000']:7.2f}  {told}", flush=True)
    if "--out" in sys.argv:
        Path(sys.argv[sys.argv.index("--out") + 1]).write_text(
            json.dumps(result, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
