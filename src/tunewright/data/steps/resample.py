"""Bring groups of examples to target shares by leaving out the excess, and, if asked, by weighing the scarce ones more.

Only what is trained on is touched: after the step `split` the held-out parts stay as they are. Within a group the examples
are taken in the order of a hash of seed and id, so the same examples stay whatever the order of reading, and a smaller
target leaves out a superset of what a larger one does.

With shares t_g and counts n_g, a group keeps min(n_g, t_g S) examples. S is the largest size at which every share is exact,
min n_g / t_g, but never so small that more than ``most_left_out`` of all would go: then the shares are as near as that
allows. Instead of copies, an up-weighted example carries the label `repeat:N`: it stands once in the snapshot, and training
reads it N times.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field, model_validator

from tunewright.core.errors import DataError
from tunewright.core.options import Options
from tunewright.core.ports import Embedder, LanguageIdentifier
from tunewright.core.types import Drop, Evidence, Example, Keep, Outcome
from tunewright.data.groups_of_examples import By, groups_by
from tunewright.data.steps import Measured, StepFn, corpus_step

REASON = "resample"
REPEAT = "repeat:"
_MOST_GROUPS = 500


class ResampleOptions(Options):
    """Which groups, and how much of each."""

    by: By = Field("source", description="what makes a group: label, tag, source, language or cluster")
    field: str = Field(
        "",
        description="`by: label`: the field of the reply's object; `by: tag`: the label's key (default: tag)",
    )
    targets: dict[str, float] | Literal["even"] = Field(
        "even", description="group -> target share; groups not named keep their proportions in what is left"
    )
    most_left_out: float = Field(
        0.5, ge=0, lt=1, description="at most so large a share of what is trained on may be left out"
    )
    repeat_up_to: int = Field(
        1, ge=1, le=20, description="scarce examples are trained on up to so many times (label `repeat:N`)"
    )
    clusters: int = Field(
        0, ge=0, le=500, description="`by: cluster`: how many; 0: by the number of examples"
    )

    @model_validator(mode="after")
    def _shares(self) -> ResampleOptions:
        if isinstance(self.targets, dict):
            if not self.targets or any(not 0 < share <= 1 for share in self.targets.values()):
                raise ValueError("targets are shares above 0 and up to 1; leave `targets` out for even ones")
            if sum(self.targets.values()) > 1 + 1e-9:
                raise ValueError(f"targets add up to {sum(self.targets.values()):g}, more than 1")
        return self

    def unused(self) -> frozenset[str]:
        """Engines that these groups do not need."""
        return frozenset({"embedder", "language"}) - {{"cluster": "embedder"}.get(self.by, self.by)}


@corpus_step("resample", version=1)
def resample(
    options: ResampleOptions, seed: int, embedder: Embedder | None, language: LanguageIdentifier | None
) -> StepFn:
    """Drop reason ``resample:<group>``; what is over in a group. Raises DataError for a target nobody belongs to."""

    def run(batch: Sequence[Example]) -> list[Outcome]:
        outcomes: list[Outcome] = [Keep(example) for example in batch]
        mine = [at for at, example in enumerate(batch) if example.label("split") in ("", "train")]
        names = groups_by(
            options.by, [batch[at] for at in mine], field=options.field, clusters=options.clusters, seed=seed,
            embedder=embedder, language=language,
        )  # fmt: skip
        groups: dict[str, list[int]] = {}
        for at, name in zip(mine, names, strict=True):
            if name:
                groups.setdefault(name, []).append(at)
        if not groups:
            return outcomes
        plan = plan_of({name: len(places) for name, places in groups.items()}, options)
        for name, places in groups.items():
            places.sort(key=lambda at: _position(batch[at].id, seed))
            _apply(name, places, plan[name], batch, outcomes)
        return Measured(outcomes, _told(plan, groups))

    return run


def _position(key: str, seed: int) -> bytes:
    return hashlib.sha256(f"{REASON}\x1f{seed}\x1f{key}".encode()).digest()


def plan_of(counts: Mapping[str, int], options: ResampleOptions) -> dict[str, tuple[int, int]]:
    """Group -> (examples kept, times they are read in all). Raises DataError."""
    shares = _shares_of(counts, options)
    total = sum(counts.values())
    most = {name: counts[name] * options.repeat_up_to for name in counts}
    exact = min(total, min(most[name] / share for name, share in shares.items()))
    size = max(exact, _least_size(counts, shares, math.ceil(total * (1 - options.most_left_out) - 1e-9)))
    plan = {}
    for name, share in shares.items():
        wanted = math.floor(share * size + 1e-6)
        plan[name] = (min(counts[name], max(wanted, 1)), max(min(most[name], wanted), 1))
    return plan


def _shares_of(counts: Mapping[str, int], options: ResampleOptions) -> dict[str, float]:
    if len(counts) > _MOST_GROUPS:
        raise DataError(
            f"resample: {len(counts)} groups by {options.by} are too many to be groups",
            hint="name a `field` that holds labels, or resample by source, language or cluster",
            groups=len(counts),
        )
    if options.targets == "even":
        return dict.fromkeys(sorted(counts), 1 / len(counts))
    targets = dict(options.targets) if isinstance(options.targets, dict) else {}
    unknown = sorted(set(targets) - set(counts))
    if unknown:
        known = ", ".join(sorted(counts)[:12])
        raise DataError(
            f"resample: no training example belongs to {unknown[0]!r}",
            hint=f"groups by {options.by} are {known}",
            groups=len(counts),
        )
    others = {name: count for name, count in counts.items() if name not in targets}
    left = max(0.0, 1 - sum(targets.values()))
    if others and left <= 1e-9:
        raise DataError(
            f"resample: the targets add up to 1, which leaves nothing for {len(others)} other groups",
            hint="lower the targets, or name these groups too",
            groups=len(counts),
        )
    whole = sum(others.values())
    scale = 1.0 if others else 1 / sum(targets.values())
    rest = {name: left * count / whole for name, count in others.items()}
    return {name: share * scale for name, share in sorted((targets | rest).items())}


def _least_size(counts: Mapping[str, int], shares: Mapping[str, float], keep: int) -> float:
    """The S at which the sum of min(n_g, t_g S) is ``keep``: it grows with S, group after group reaching its count."""
    order = sorted(shares, key=lambda name: (counts[name] / shares[name], name))
    full, growing = 0, sum(shares.values())
    for name in order:
        if full + growing * counts[name] / shares[name] >= keep - 1e-9:
            return (keep - full) / growing
        full += counts[name]
        growing -= shares[name]
    return max(counts[name] / shares[name] for name in order)


def _apply(
    name: str, places: Sequence[int], plan: tuple[int, int], batch: Sequence[Example], outcomes: list[Outcome]
) -> None:
    kept, read = plan
    for number, at in enumerate(places):
        if number >= kept:
            reason = f"{REASON}:{name}"
            evidence = Evidence(reason, "examples_of_group", float(len(places)), float(kept))
            outcomes[at] = Drop(reason, evidence=(evidence,))
            continue
        times = read // kept + (number < read % kept)
        if times > 1:
            labels = tuple(label for label in batch[at].labels if not label.startswith(REPEAT))
            outcomes[at] = Keep(replace(batch[at], labels=(*labels, f"{REPEAT}{times}")))


def _told(plan: Mapping[str, tuple[int, int]], groups: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """The least and the greatest share before and after, and how many times examples are read."""
    before = Counter({name: len(places) for name, places in groups.items()})
    after = Counter({name: read for name, (_, read) in plan.items()})
    return {
        "groups": len(groups),
        "least_share_before": round(min(before.values()) / before.total(), 4),
        "greatest_share_before": round(max(before.values()) / before.total(), 4),
        "least_share": round(min(after.values()) / after.total(), 4),
        "greatest_share": round(max(after.values()) / after.total(), 4),
        "repeats": sum(read - kept for kept, read in plan.values()),
    }


def with_repeats(examples: Sequence[Example]) -> list[Example]:
    """What training reads: each example as often as its label ``repeat:N`` says, the repeats after the whole set in order.

    A label that is no number from 1 to 20 counts once.
    """
    found = list(examples)
    times = [_times(example) for example in examples]
    for number in range(2, max(times, default=1) + 1):
        found += [example for example, count in zip(examples, times, strict=True) if count >= number]
    return found


def _times(example: Example) -> int:
    told = example.label("repeat")
    return min(int(told), 20) if told.isascii() and told.isdigit() and int(told) else 1
