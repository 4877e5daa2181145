"""Part the examples into train, validation and test, so that nothing held out was seen in training.

Examples hang together when their prompts are near each other, when they come from one thread of one source, or when
they are about one person; a part gets such a group whole. Groups are ordered by a hash of the seed and of their least
id: test fills up from the one end, validation from the other. So the parts do not depend on the order of reading, and
an example keeps its part when others join, but for the few at the borders.

With ``by_time`` the newest groups are held out instead (a group is as new as its newest example): test gets the newest,
validation the next, so the model is measured on what came after its training. What has no date cannot be placed in time and
is trained on. A group too large for a part is trained on too; ``trained_on_and_newer`` counts such examples.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace

from pydantic import Field, model_validator

from tunewright.core.errors import DataError
from tunewright.core.options import Options
from tunewright.core.types import Example, Keep, Outcome
from tunewright.data.comparison import comparable, prompt_of
from tunewright.data.near import NearTexts
from tunewright.data.steps import Measured, StepFn, corpus_step

_LEAST, _MOST = 5 / 6, 5 / 4
"""how far the held-out part may be from what was asked: 12 % asked means 10 to 15 %"""


class SplitOptions(Options):
    """How much is held out."""

    validation: float = Field(0.06, ge=0, lt=0.5, description="share that chooses when to stop training")
    test: float = Field(0.06, ge=0, lt=0.5, description="share that is never trained on nor stopped by")
    threshold: float = Field(0.7, gt=0, le=1, description="prompts as similar as this stay on one side")
    by_time: bool = Field(False, description="hold out the newest groups by `received_at`, not random ones")

    @model_validator(mode="after")
    def _something(self) -> SplitOptions:
        if self.validation + self.test == 0:
            raise ValueError("validation and test are both 0; hold something out, or leave the step out")
        return self


@corpus_step("split", version=2)
def split(options: SplitOptions, seed: int) -> StepFn:
    """Keep all, labelled ``split:train|validation|test``. Raises DataError when there is too little to hold out."""

    def run(batch: Sequence[Example]) -> list[Outcome]:
        if not batch:
            return []
        groups = _groups(batch, options.threshold)
        parts = _parts(batch, groups, options, seed)
        outcomes = [Keep(_labelled(example, part)) for example, part in zip(batch, parts, strict=True)]
        return Measured(outcomes, _newer(batch, groups, parts) if options.by_time else {})

    return run


def _newest(batch: Sequence[Example], group: Sequence[int]) -> str:
    """The latest date in a group; empty when none of it has one."""
    return max(batch[place].origin.received_at for place in group)


def _newer(
    batch: Sequence[Example], groups: Sequence[Sequence[int]], parts: Sequence[str]
) -> dict[str, float]:
    """How many training examples are newer than the oldest group that is held out."""
    border = min(_newest(batch, group) for group in groups if parts[group[0]] != "train")
    newer = sum(
        part == "train" and example.origin.received_at > border
        for example, part in zip(batch, parts, strict=True)
    )
    return {"trained_on_and_newer": newer}


def _labelled(example: Example, part: str) -> Example:
    others = tuple(label for label in example.labels if not label.startswith("split:"))
    return replace(example, labels=(*others, f"split:{part}"))


def _groups(batch: Sequence[Example], threshold: float) -> list[list[int]]:
    """Indices of what hangs together (single linkage)."""
    parent = list(range(len(batch)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    seen: dict[tuple[str, ...], int] = {}
    for place, example in enumerate(batch):
        origin = example.origin
        keys = [("thread", origin.source, origin.thread)] if origin.thread else []
        for key in [*keys, *([("subject", origin.subject)] if origin.subject else [])]:
            parent[root(place)] = root(seen.setdefault(key, place))
    prompts = [prompt_of(example) for example in batch]
    told = [place for place in range(len(batch)) if comparable(prompts[place])]
    clusters = NearTexts((prompts[place] for place in told), threshold).clusters()
    for place, least in zip(told, clusters.tolist(), strict=True):
        parent[root(place)] = root(told[least])
    groups: dict[int, list[int]] = {}
    for place in range(len(batch)):
        groups.setdefault(root(place), []).append(place)
    return list(groups.values())


def _parts(batch: Sequence[Example], groups: list[list[int]], options: SplitOptions, seed: int) -> list[str]:
    total = options.validation + options.test
    least, most = math.ceil(_LEAST * total * len(batch) - 1e-9), math.floor(_MOST * total * len(batch) + 1e-9)
    wanted = min(max(round(total * len(batch)), least), most)
    test = math.floor(wanted * options.test / total)
    if options.test and wanted and not test:
        test = 1
    quotas = {"test": test, "validation": wanted - test}
    needed = [name for name, share in (("test", options.test), ("validation", options.validation)) if share]
    ordered, orders = _ordered(batch, groups, options, seed)
    parts = ["train"] * len(batch)
    counts = {"test": 0, "validation": 0}
    room = most
    taken: set[int] = set()
    for name, order in zip(("test", "validation"), orders, strict=True):
        slack = (most - wanted) // len(needed)
        for number in order:
            group = ordered[number]
            if counts[name] >= quotas[name]:
                break
            if number in taken or counts[name] + len(group) > quotas[name] + slack or len(group) > room:
                continue
            taken.add(number)
            room -= len(group)
            counts[name] += len(group)
            for place in group:
                parts[place] = name
    held = counts["test"] + counts["validation"]
    if least > most or held < least or any(counts[name] == 0 for name in needed):
        raise DataError(
            f"{len(batch)} examples in {len(groups)} groups are too few to hold out {total:.0%}",
            hint="add examples, set other shares in the step's options (validation, test), or leave the step `split` out"
            + (" (by_time: only examples with a date can be held out)" if options.by_time else ""),
            examples=len(batch),
            groups=len(groups),
            largest_group=max(map(len, groups)),
        )
    return parts


def _ordered(
    batch: Sequence[Example], groups: Sequence[list[int]], options: SplitOptions, seed: int
) -> tuple[list[list[int]], tuple[range, range]]:
    """The groups, and in which order test and validation take them."""
    ordered = sorted(groups, key=lambda group: _position(min(batch[place].id for place in group), seed))
    if not options.by_time:
        return ordered, (range(len(ordered)), range(len(ordered) - 1, -1, -1))
    ordered.sort(key=lambda group: _newest(batch, group), reverse=True)
    dated = sum(bool(_newest(batch, group)) for group in ordered)
    return ordered, (range(dated), range(dated))


def _position(least_id: str, seed: int) -> bytes:
    return hashlib.sha256(f"split\x1f{seed}\x1f{least_id}".encode()).digest()
