"""Drop an example whose prompt is nearly that of another one with the same reply; ask about one with another label.

Examples are taken by rank, the earliest first, and one is dropped when a KEPT one is near it: what is dropped is near
what stays, and no two that stay are near each other and say the same. Near means an exact Jaccard similarity of 5-grams
(``tunewright.data.near``); nothing at or above the threshold is missed, and at every build planted copies show it.

A near prompt with another label is a contradiction: one of the two labels is wrong, or the prompt says too little. From
``conflict_from`` on a person is asked about both; below, they stay and are marked ``conflict:<id of the other>``. A near
prompt with another free reply is marked ``variant:<id of the other>``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.ports import Executor
from tunewright.core.types import Drop, Example, Finding, Keep, Outcome
from tunewright.data.doubts import asked
from tunewright.data.duplicates import Found, repeated_replies, search
from tunewright.data.findings import CONFIRMED, DISMISSED, finding_key
from tunewright.data.near import LONG_WORDS
from tunewright.data.steps import Measured, StepFn, corpus_step

VERSION = 3
FOUND_BY = f"near_duplicates@{VERSION}"


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
    conflicts: Literal["hold", "mark"] = Field(
        "hold",
        description="what becomes of near prompts with different labels: ask a person, or only mark them",
    )
    conflict_from: float = Field(
        0.9, gt=0, le=1, description="similarity from which on different labels are asked about"
    )
    reply_repeats_max: int | None = Field(
        None,
        ge=1,
        description="at most so many examples with nearly one free-text reply; labels are not counted",
    )
    planted: int = Field(64, ge=0, description="near-copies planted in the search to measure its recall")


@corpus_step("near_duplicates", version=VERSION)
def near_duplicates(
    options: NearDuplicatesOptions,
    decisions: Mapping[str, str],
    seed: int,
    executor: Executor | None = None,
) -> StepFn:
    """Drop ``near_duplicate`` with the most similar kept twin, hold ``conflict``, drop ``repeated_reply``.

    executor: whose workers find what is near at all (this process); what becomes of it is decided here, and the same.
    """

    def run(batch: Sequence[Example]) -> list[Outcome]:
        found = search(
            batch,
            options.threshold,
            long_words=options.long_words,
            copies=options.planted,
            seed=seed,
            executor=executor,
        )
        outcomes: list[Outcome] = [Keep(example) for example in batch]
        for place, twin in found.duplicates.items():
            outcomes[place] = _dropped(batch[place], batch[twin.index].id, twin.similarity, decisions)
        conflicts = _conflicts(batch, found, outcomes, options, decisions)
        repeats = _repeats(batch, outcomes, options, executor)
        measured = {"planted": found.planted, "planted_found": found.planted_found, **conflicts, **repeats}
        return Measured(outcomes, measured)

    return run


def _dropped(example: Example, other: str, similarity: float, decisions: Mapping[str, str]) -> Outcome:
    """The evidence goes with the drop; a person who dismisses it gets the example back."""
    finding = _finding("near_duplicate", example, other, similarity)
    if decisions.get(finding_key(example.origin, finding)) == DISMISSED:
        return Keep(example, (replace(finding, state=DISMISSED),))
    return Drop("near_duplicate", other, (replace(finding, state=CONFIRMED),))


def _finding(kind: str, example: Example, other: str, similarity: float) -> Finding:
    turn = max(
        at for at, message in enumerate(example.messages) if message.role == "user" and message.content
    )
    return Finding(
        kind=kind,
        turn=turn,
        start=0,
        end=len(example.messages[turn].content),
        confidence=round(similarity, 4),
        found_by=FOUND_BY,
        note=f"jaccard {similarity:.4f} with {other}",
    )


def _conflicts(
    batch: Sequence[Example],
    found: Found,
    outcomes: list[Outcome],
    options: NearDuplicatesOptions,
    decisions: Mapping[str, str],
) -> dict[str, float]:
    """Hold or mark what contradicts; count both."""
    # A person's word that one label is wrong settles it for the other.
    wrong = {
        place
        for place, twins in found.contradictions.items()
        if decisions
        and decisions.get(
            finding_key(batch[place].origin, _finding("conflict", batch[place], "", twins[0].similarity))
        )
        == CONFIRMED
    }
    count = 0
    for place, twins in sorted(found.contradictions.items()):
        left = twins if place in wrong else [twin for twin in twins if twin.index not in wrong]
        if not left:
            continue
        count += 1
        best = left[0]
        if options.conflicts == "hold" and best.similarity >= options.conflict_from:
            finding = _finding("conflict", batch[place], batch[best.index].id, best.similarity)
            outcomes[place] = asked(batch[place], "conflict", finding, decisions, batch[best.index].id)
        else:
            _mark(outcomes, place, "conflict", batch[best.index])
    for place, twins in sorted(found.variants.items()):
        _mark(outcomes, place, "variant", batch[twins[0].index])
    return {"contradictions": count, "variants": len(found.variants)}


def _mark(outcomes: list[Outcome], place: int, name: str, other: Example) -> None:
    kept = outcomes[place]
    if isinstance(kept, Keep):
        labels = tuple(label for label in kept.example.labels if not label.startswith(f"{name}:"))
        outcomes[place] = replace(kept, example=replace(kept.example, labels=(*labels, f"{name}:{other.id}")))


def _repeats(
    batch: Sequence[Example],
    outcomes: list[Outcome],
    options: NearDuplicatesOptions,
    executor: Executor | None,
) -> dict[str, float]:
    """Count, and if so wished cap, the repetitions of free-text replies."""
    places = [place for place, outcome in enumerate(outcomes) if isinstance(outcome, Keep)]
    repeated = repeated_replies(
        [batch[place] for place in places],
        options.threshold,
        long_words=options.long_words,
        executor=executor,
    )
    for at, (first, number) in repeated.items():
        if options.reply_repeats_max is not None and number >= options.reply_repeats_max:
            outcomes[places[at]] = Drop("repeated_reply", batch[places[first]].id)
    most = max((number + 1 for _, number in repeated.values()), default=0)
    return {
        "repeated_replies": sum(number > 0 for _, number in repeated.values()),
        "most_repeated_reply": most,
    }
