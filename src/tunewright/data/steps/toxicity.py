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
from typing import Any, ClassVar, Literal

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Evidence, Example, Finding, Keep, Outcome
from tunewright.data.doubts import asked, judged, sure
from tunewright.data.steps import MeasuringStep, step
from tunewright.data.toxicity import toxicity as how_toxic

_VERSION = 1
_FOUND_BY = f"toxicity@{_VERSION}"


class ToxicityOptions(Options):
    """What is done with whom."""

    decides: ClassVar[frozenset[str]] = frozenset({"prompts", "drop_from", "hold_from"})

    prompts: Literal["drop", "hold", "mark"] = Field(
        "drop",
        description="what to do with a prompt that is surely abusive: `drop`, `hold`, or keep it and `mark` it",
    )
    drop_from: float = Field(0.85, ge=0, le=1, description="sure from this confidence on")
    hold_from: float = Field(0.6, ge=0, le=1, description="between the two, ask a person")


@step("toxicity", version=_VERSION)
def toxicity(options: ToxicityOptions, decisions: Mapping[str, str]) -> MeasuringStep:
    """Reasons ``toxic_prompt`` and ``toxic_reply``: dropped from ``drop_from`` on, held from ``hold_from`` on.

    The finding is placed on the strongest witness; its note has the sort (slur, threat, sexual, insult, profanity).
    Measured: for each role the worst turn, where its witness stands, how sure, the sort.
    """

    def measure(batch: Sequence[Example]) -> list[Any]:
        return [
            {role: worst for role in ("assistant", "user") if (worst := _worst(example, role))} or None
            for example in batch
        ]

    def decide(batch: Sequence[Example], measured: Sequence[Any]) -> list[Outcome]:
        return [
            _judge(example, seen, options, decisions) for example, seen in zip(batch, measured, strict=True)
        ]

    return MeasuringStep(measure, decide)


def _judge(
    example: Example, seen: Mapping[str, Any], options: ToxicityOptions, decisions: Mapping[str, str]
) -> Outcome:
    kept: Outcome = Keep(example)
    for role, reason in (("assistant", "toxic_reply"), ("user", "toxic_prompt")):
        turn, start, end, confidence, sort = seen.get(role) or (0, 0, 0, 0.0, "")
        if not sort or confidence < options.hold_from:
            continue
        note = f"{sort} {confidence:.2f}, drop from {options.drop_from:g}"
        finding = Finding("toxic", turn, start, end, round(min(confidence, 0.99), 3), _FOUND_BY, note=note)
        if role == "user" and options.prompts == "mark":
            label = f"toxic:{sort}"
            labels = example.labels if label in example.labels else (*example.labels, label)
            told = Evidence(reason, "confidence", finding.confidence, options.hold_from, "", sort)
            return Keep(replace(example, labels=labels), evidence=(told,))
        if role == "user" and options.prompts == "hold":
            told = replace(sure(reason, finding, options.hold_from), detail=f"{_FOUND_BY} {sort}")
            outcome = asked(example, reason, finding, decisions, evidence=(told,))
        else:
            outcome = judged(
                example, reason, finding, decisions, drop_from=options.drop_from, hold_from=options.hold_from
            )
        if not isinstance(outcome, Keep):
            return outcome
        kept = outcome
    return kept


def _worst(example: Example, role: str) -> tuple[int, int, int, float, str] | None:
    """Turn, start, end, confidence and sort of the worst that is said in a role."""
    worst: tuple[int, int, int, float, str] | None = None
    for turn, message in enumerate(example.messages):
        if message.role != role:
            continue
        seen = how_toxic(message.content)
        if seen is not None and (worst is None or seen.confidence > worst[3]):
            worst = (turn, seen.start, seen.end, seen.confidence, seen.sort)
    return worst
