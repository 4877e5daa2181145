"""Take out abuse: insults, slurs, threats and sexual content, in what people write and in what is answered.

A toxic reply teaches the model to be abusive and is dropped. A toxic prompt is dropped too by default; a desk that
wants its
model to stay calm when insulted may keep such prompts (``prompts: mark`` puts ``toxic:<sort>`` on the example) or
look at each
(``prompts: hold``). The lexicon and its limits: ``tunewright.data.toxicity``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Example, Finding, Keep, Outcome
from tunewright.data.doubts import asked, judged
from tunewright.data.steps import StepFn, step
from tunewright.data.toxicity import toxicity as how_toxic

_VERSION = 1
_FOUND_BY = f"toxicity@{_VERSION}"


class ToxicityOptions(Options):
    """What is done with whom."""

    prompts: Literal["drop", "hold", "mark"] = Field(
        "drop",
        description="what to do with a prompt that is surely abusive: `drop`, `hold`, or keep it and `mark` it",
    )
    drop_from: float = Field(0.85, ge=0, le=1, description="sure from this confidence on")
    hold_from: float = Field(0.6, ge=0, le=1, description="between the two, ask a person")


@step("toxicity", version=_VERSION)
def toxicity(options: ToxicityOptions, decisions: Mapping[str, str]) -> StepFn:
    """Reasons ``toxic_prompt`` and ``toxic_reply``: dropped from ``drop_from`` on, held from ``hold_from`` on.

    The finding is placed on the strongest witness; its note has the sort (slur, threat, sexual, insult, profanity).
    """

    def run(batch: Sequence[Example]) -> list[Outcome]:
        return [_judge(example, options, decisions) for example in batch]

    return run


def _judge(example: Example, options: ToxicityOptions, decisions: Mapping[str, str]) -> Outcome:
    kept: Outcome = Keep(example)
    for role, reason in (("assistant", "toxic_reply"), ("user", "toxic_prompt")):
        finding = _worst(example, role, options)
        if finding is None:
            continue
        sort = finding.note.partition(" ")[0]
        if role == "user" and options.prompts == "mark":
            label = f"toxic:{sort}"
            labels = example.labels if label in example.labels else (*example.labels, label)
            return Keep(replace(example, labels=labels))
        if role == "user" and options.prompts == "hold":
            outcome = asked(example, reason, finding, decisions)
        else:
            outcome = judged(
                example, reason, finding, decisions, drop_from=options.drop_from, hold_from=options.hold_from
            )
        if not isinstance(outcome, Keep):
            return outcome
        kept = outcome
    return kept


def _worst(example: Example, role: str, options: ToxicityOptions) -> Finding | None:
    worst: Finding | None = None
    for turn, message in enumerate(example.messages):
        if message.role != role:
            continue
        seen = how_toxic(message.content)
        if seen is None or seen.confidence < options.hold_from:
            continue
        if worst is None or seen.confidence > worst.confidence:
            note = f"{seen.sort} {seen.confidence:.2f}, drop from {options.drop_from:g}"
            sure = round(min(seen.confidence, 0.99), 3)
            worst = Finding("toxic", turn, seen.start, seen.end, sure, _FOUND_BY, note=note)
    return worst
