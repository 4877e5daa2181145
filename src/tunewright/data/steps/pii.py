"""Redact personal data and secrets; what is doubtful waits for a person.

A finding at or above ``redact_from`` is replaced by its kind in brackets, such as ``[CARD]``. One between ``hold_from``
and ``redact_from`` holds the example until a person has decided. A person's decision goes before the detector's
confidence: ``dismissed`` leaves the text as it is, ``confirmed`` redacts it. The result is a pure function of the
example and the decisions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import Field, model_validator

from tunewright.core.options import Options
from tunewright.core.ports import PiiDetector
from tunewright.core.types import Edit, Example, Finding, Hold, Keep, Message, Outcome
from tunewright.data.findings import CONFIRMED, DISMISSED, finding_key
from tunewright.data.steps import StepFn, step


class PiiOptions(Options):
    """From which confidence on what is done."""

    redact_from: float = Field(0.85, ge=0, le=1, description="redact at this confidence")
    hold_from: float = Field(0.40, ge=0, le=1, description="between the two, ask a person")
    ignore: tuple[str, ...] = Field((), description="kinds of findings to leave alone, such as `ip`")

    @model_validator(mode="after")
    def _ordered(self) -> PiiOptions:
        if self.hold_from > self.redact_from:
            raise ValueError(f"hold_from {self.hold_from} is above redact_from {self.redact_from}; lower it")
        return self


@step("pii", version=1)
def pii(options: PiiOptions, detector: PiiDetector, decisions: Mapping[str, str]) -> StepFn:
    """Reasons ``pii:<kind>`` for what was redacted; hold reason ``pii_doubtful``.

    decisions: ``finding_key`` -> ``dismissed`` or ``confirmed``; the place in the key is the finding's in
    the text as this step sees it (the runner translates).
    """

    def run(batch: Sequence[Example]) -> list[Outcome]:
        texts = list(dict.fromkeys(message.content for example in batch for message in example.messages))
        found = dict(zip(texts, detector.detect(texts), strict=True))
        return [_judge(example, found, options, decisions) for example in batch]

    return run


def _judge(
    example: Example, found: Mapping[str, list[Finding]], options: PiiOptions, decisions: Mapping[str, str]
) -> Outcome:
    findings: list[Finding] = []
    for turn, message in enumerate(example.messages):
        for finding in found[message.content]:
            if finding.kind not in options.ignore:
                placed = replace(finding, turn=turn)
                findings.append(replace(placed, state=_state(placed, example, options, decisions)))
    seen = tuple(finding for finding in findings if finding.state != "ignored")
    if any(finding.state == "open" for finding in seen):
        return Hold("pii_doubtful", seen)
    redacted = [finding for finding in seen if finding.state == CONFIRMED]
    if not redacted:
        return Keep(example, seen)
    reasons = tuple(dict.fromkeys(f"pii:{finding.kind}" for finding in redacted))
    edits = tuple(Edit(f.turn, f.start, f.end, len(placeholder(f.kind))) for f in redacted)
    return Keep(redact(example, redacted), seen, reasons, edits)


def _state(finding: Finding, example: Example, options: PiiOptions, decisions: Mapping[str, str]) -> str:
    decided = decisions.get(finding_key(example.origin, finding)) if decisions else None
    if decided in (CONFIRMED, DISMISSED):
        return str(decided)
    if finding.confidence >= options.redact_from:
        return CONFIRMED
    return "open" if finding.confidence >= options.hold_from else "ignored"


def placeholder(kind: str) -> str:
    """What stands in place of a finding of this kind."""
    return f"[{kind.upper()}]"


def redact(example: Example, findings: Sequence[Finding]) -> Example:
    """The example with every finding's span replaced; findings are in the order of the text and do not overlap."""
    messages = list(example.messages)
    for turn, message in enumerate(example.messages):
        parts: list[str] = []
        at = 0
        for finding in findings:
            if finding.turn == turn:
                parts += [message.content[at : finding.start], placeholder(finding.kind)]
                at = finding.end
        if parts:
            messages[turn] = Message(message.role, "".join([*parts, message.content[at:]]))
    return replace(example, messages=tuple(messages))
