"""Mix general examples (sources with `role: general`) into what is trained on, to a target share, against forgetting.

They are never held out: validation and test stay the task's own, so early stopping and the task's figures measure what
they measured before. What would leak a held-out prompt is left out; of the rest as many stay as make the share, in the order
of a hash of seed and id. The step belongs after `split`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Drop, Evidence, Example, Keep, Outcome
from tunewright.data.comparison import comparable, prompt_of
from tunewright.data.mix import is_general
from tunewright.data.near import NearTexts
from tunewright.data.steps import Measured, StepFn, corpus_step

SURPLUS, LEAK = "mix:surplus", "mix:held_out"


class MixOptions(Options):
    """How much of what is trained on is general."""

    share: float = Field(
        0.1, ge=0, lt=1, description="share of the train split that general examples make up, at most"
    )
    threshold: float = Field(
        0.7, gt=0, le=1, description="general prompts as similar as this to a held-out one are left out"
    )


@corpus_step("mix", version=1)
def mix(options: MixOptions, seed: int) -> StepFn:
    """Drop reasons ``mix:surplus`` and ``mix:held_out``; kept general examples are labelled ``split:train``."""

    def run(batch: Sequence[Example]) -> list[Outcome]:
        outcomes: list[Outcome] = [Keep(example) for example in batch]
        general = [at for at, example in enumerate(batch) if is_general(example)]
        if not general:
            return outcomes
        leaks = _leaks(batch, general, options.threshold)
        task = sum(not is_general(example) and example.label("split") in ("", "train") for example in batch)
        room = math.floor(options.share / (1 - options.share) * task + 1e-9)
        free = sorted(
            (at for at in general if at not in leaks),
            key=lambda at: hashlib.sha256(f"mix\x1f{seed}\x1f{batch[at].id}".encode()).digest(),
        )
        for at, (of, value) in leaks.items():
            evidence = Evidence(LEAK, "jaccard", round(value, 4), options.threshold, of)
            outcomes[at] = Drop(LEAK, of, evidence=(evidence,))
        for number, at in enumerate(free):
            if number < room:
                labels = tuple(label for label in batch[at].labels if not label.startswith("split:"))
                outcomes[at] = Keep(replace(batch[at], labels=(*labels, "split:train")))
            else:
                evidence = Evidence(SURPLUS, "general_examples", float(len(free)), float(room))
                outcomes[at] = Drop(SURPLUS, evidence=(evidence,))
        kept = min(room, len(free))
        share = round(kept / (kept + task), 4) if kept + task else 0.0
        return Measured(outcomes, {"general": kept, "general_share": share, "asked_share": options.share})

    return run


def _leaks(
    batch: Sequence[Example], general: Sequence[int], threshold: float
) -> dict[int, tuple[str, float]]:
    """Place of a general example -> (id of the held-out example it is near or shares a person with, similarity)."""
    held = sorted(
        (e for e in batch if not is_general(e) and e.label("split") in ("validation", "test")),
        key=lambda example: example.id,
    )
    found: dict[int, tuple[str, float]] = {}
    told = [example for example in held if comparable(prompt_of(example))]
    asked = [at for at in general if comparable(prompt_of(batch[at]))]
    if told and asked:
        texts = [*map(prompt_of, told), *(prompt_of(batch[at]) for at in asked)]
        nearest, similarity = NearTexts(texts, threshold).nearest_of_first(len(told))
        for at, item, value in zip(asked, nearest.tolist(), similarity.tolist(), strict=True):
            if item >= 0:
                found[at] = (told[item].id, float(value))
    persons: dict[str, str] = {}
    for example in held:
        if example.origin.subject:
            persons.setdefault(example.origin.subject, example.id)
    for at in general:
        subject = batch[at].origin.subject
        if subject in persons and at not in found:
            found[at] = (persons[subject], 1.0)
    return found
