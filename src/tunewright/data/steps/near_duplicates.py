"""Drop an example whose prompt is nearly that of another one with the same reply.

Candidates come from MinHash LSH, the decision from the exact Jaccard similarity (``tunewright.data.minhash``). Examples
are taken by rank, the earliest first, and one is dropped when a KEPT one is near it: what is dropped is near what
stays, and no two that stay are near each other. A near prompt with another reply is not a duplicate; both stay, marked
``conflict:<id of the other>``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Drop, Example, Keep, Outcome
from tunewright.data.comparison import comparable, prompt_of, ranked, reply_of
from tunewright.data.minhash import LONG_WORDS, NearIndex
from tunewright.data.steps import StepFn, corpus_step


class NearDuplicatesOptions(Options):
    """How alike is too alike."""

    threshold: float = Field(
        0.8, gt=0, le=1, description="Jaccard similarity of the prompts' 5-grams from which on"
    )
    long_words: int = Field(
        LONG_WORDS,
        ge=1,
        description="prompts of so many words are compared by word 5-grams, others by character 5-grams",
    )


@corpus_step("near_duplicates", version=1)
def near_duplicates(options: NearDuplicatesOptions) -> StepFn:
    """Drop reason ``near_duplicate``, with the id of the most similar kept twin."""

    def run(batch: Sequence[Example]) -> list[Outcome]:
        prompts = [prompt_of(example) for example in batch]
        index = NearIndex(prompts, options.threshold, long_words=options.long_words)
        outcomes: list[Outcome] = [Keep(example) for example in batch]
        conflicts: dict[int, int] = {}
        for place in ranked(batch):
            if not index.may_have_twin[place] or not comparable(prompts[place]):
                continue
            twins = [twin.index for twin in index.twins(place)]
            same = (
                [twin for twin in twins if reply_of(batch[twin]) == reply_of(batch[place])] if twins else []
            )
            if same:
                outcomes[place] = Drop("near_duplicate", of=batch[same[0]].id)
                continue
            index.add(place)
            for twin in twins[:1]:
                conflicts.setdefault(place, twin)
                conflicts.setdefault(twin, place)
        for place, other in conflicts.items():
            outcomes[place] = Keep(_marked(batch[place], batch[other].id))
        return outcomes

    return run


def _marked(example: Example, other: str) -> Example:
    kept = tuple(label for label in example.labels if not label.startswith("conflict:"))
    return replace(example, labels=(*kept, f"conflict:{other}"))
