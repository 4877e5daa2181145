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
from tunewright.core.types import Drop, Evidence, Example, Finding, Keep, Outcome
from tunewright.data.comparison import prompt_of
from tunewright.data.doubts import asked
from tunewright.data.duplicates import Found, repeated_replies, search
from tunewright.data.findings import CONFIRMED, DISMISSED, finding_key
from tunewright.data.forms import normal_form
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
            told = _told("near_duplicate", batch[place], batch[twin.index], twin.similarity, options)
            outcomes[place] = _dropped(batch[place], told, twin.similarity, decisions)
        conflicts = _conflicts(batch, found, outcomes, options, decisions)
        repeats = _repeats(batch, outcomes, options, executor)
        measured = {"planted": found.planted, "planted_found": found.planted_found, **conflicts, **repeats}
        return Measured(outcomes, measured)

    return run


def _dropped(example: Example, told: Evidence, similarity: float, decisions: Mapping[str, str]) -> Outcome:
    """The evidence goes with the drop; a person who dismisses it gets the example back."""
    finding = _finding("near_duplicate", example, told.of, similarity)
    if decisions.get(finding_key(example.origin, finding)) == DISMISSED:
        return Keep(example, (replace(finding, state=DISMISSED),), evidence=(told,))
    return Drop("near_duplicate", told.of, (replace(finding, state=CONFIRMED),), (told,))


def _told(
    reason: str, example: Example, other: Example, similarity: float, options: NearDuplicatesOptions
) -> Evidence:
    """The similarity beside its limit, with which example and in which form."""
    limit = options.conflict_from if reason == "conflict" else options.threshold
    long = all(normal_form(prompt_of(one)).count(" ") + 1 >= options.long_words for one in (example, other))
    form = "word 5-grams" if long else "character 5-grams"
    at = -1 if reason == "variant" else 0
    return Evidence(reason, "jaccard", round(similarity, 6), limit, other.id, form, at)


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
            other = batch[best.index]
            finding = _finding("conflict", batch[place], other.id, best.similarity)
            told = _told("conflict", batch[place], other, best.similarity, options)
            outcomes[place] = asked(batch[place], "conflict", finding, decisions, other.id, (told,))
        else:
            told = _told("conflict", batch[place], batch[best.index], best.similarity, options)
            _mark(outcomes, place, replace(told, finding=-1))
    for place, twins in sorted(found.variants.items()):
        other = batch[twins[0].index]
        _mark(outcomes, place, _told("variant", batch[place], other, twins[0].similarity, options))
    return {"contradictions": count, "variants": len(found.variants)}


def _mark(outcomes: list[Outcome], place: int, told: Evidence) -> None:
    kept = outcomes[place]
    if isinstance(kept, Keep):
        name = told.reason
        labels = tuple(label for label in kept.example.labels if not label.startswith(f"{name}:"))
        marked = replace(kept.example, labels=(*labels, f"{name}:{told.of}"))
        outcomes[place] = replace(kept, example=marked, evidence=(*kept.evidence, told))


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
            other = batch[places[first]].id
            told = Evidence(
                "repeated_reply", "repetitions", float(number), float(options.reply_repeats_max), other
            )
            outcomes[places[at]] = Drop("repeated_reply", other, evidence=(told,))
    most = max((number + 1 for _, number in repeated.values()), default=0)
    return {
        "repeated_replies": sum(number > 0 for _, number in repeated.values()),
        "most_repeated_reply": most,
    }
