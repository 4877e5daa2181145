"""Take personal data and secrets out of the text; what is doubtful waits for a person.

A finding at or above ``redact_from`` is acted on; one between ``hold_from`` and ``redact_from`` holds the example until a
person has decided. A person's decision goes before the detector's confidence: ``dismissed`` leaves the text as it is,
``confirmed`` acts on it. What acting means is said by ``redaction``, for single kinds by ``by_kind``: a placeholder such
as ``[CARD]``, a keyed pseudonym (``tunewright.data.pseudonyms``), dropping the example, or always asking. The result is a
pure function of the example, the decisions and the key.

A number that was typed over two turns of one speaker is found too: the end of the one is read together with the beginning
of the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field, model_validator

from tunewright.core.options import Options
from tunewright.core.ports import PiiDetector
from tunewright.core.types import Drop, Edit, Example, Finding, Hold, Keep, Message, Outcome
from tunewright.data.findings import CONFIRMED, DISMISSED, finding_key
from tunewright.data.pseudonyms import Pseudonyms
from tunewright.data.steps import StepFn, step

Redaction = Literal["placeholder", "pseudonym", "drop", "hold"]

_ACROSS = frozenset(("card", "iban", "ssn", "national_id"))
"""kinds looked for across two turns: their checksum tells them from two numbers that happen to follow each other"""
_REACH = 48
"""characters of either turn that are read together"""


class PiiOptions(Options):
    """From which confidence on what is done."""

    redact_from: float = Field(0.85, ge=0, le=1, description="act at this confidence")
    hold_from: float = Field(0.40, ge=0, le=1, description="between the two, ask a person")
    ignore: tuple[str, ...] = Field((), description="kinds of findings to leave alone, such as `ip`")
    redaction: Redaction = Field(
        "placeholder",
        description="what stands in its place: `placeholder` ([CARD]), `pseudonym` (the same value, the same surrogate, "
        "under the workspace's key); or `drop` the example, or `hold` it for a person",
    )
    by_kind: dict[str, Redaction] = Field(
        {}, description="another redaction for single kinds, such as `ssn: drop`"
    )

    @model_validator(mode="after")
    def _ordered(self) -> PiiOptions:
        if self.hold_from > self.redact_from:
            raise ValueError(f"hold_from {self.hold_from} is above redact_from {self.redact_from}; lower it")
        return self

    def unused(self) -> frozenset[str]:
        """Without pseudonyms no key is needed."""
        keyed = "pseudonym" in (self.redaction, *self.by_kind.values())
        return frozenset() if keyed else frozenset(("pseudonyms",))

    def redaction_of(self, kind: str) -> Redaction:
        """What is done with findings of a kind."""
        return self.by_kind.get(kind, self.redaction)


@step("pii", version=2)
def pii(
    options: PiiOptions,
    detector: PiiDetector,
    decisions: Mapping[str, str],
    pseudonyms: Pseudonyms | None = None,
) -> StepFn:
    """Reasons ``pii:<kind>`` for what was redacted, drop reason ``pii_not_wanted``, hold reason ``pii_doubtful``.

    decisions: ``finding_key`` -> ``dismissed`` or ``confirmed``; the place in the key is the finding's in
    the text as this step sees it (the runner translates). pseudonyms: needed where an option says ``pseudonym``.
    """

    def run(batch: Sequence[Example]) -> list[Outcome]:
        texts = dict.fromkeys(message.content for example in batch for message in example.messages)
        texts.update(dict.fromkeys(joint.text for example in batch for joint in _joints(example)))
        found = dict(zip(texts, detector.detect(list(texts)), strict=True))
        return [_judge(example, found, options, decisions, pseudonyms) for example in batch]

    return run


def _judge(
    example: Example,
    found: Mapping[str, list[Finding]],
    options: PiiOptions,
    decisions: Mapping[str, str],
    pseudonyms: Pseudonyms | None,
) -> Outcome:
    placed = [
        replace(finding, turn=turn)
        for turn, message in enumerate(example.messages)
        for finding in found[message.content]
    ]
    for joint in _joints(example):
        placed = joint.merged(found[joint.text], placed)
    findings = [
        replace(finding, state=_state(finding, example, options, decisions))
        for finding in sorted(placed, key=lambda item: (item.turn, item.start))
        if finding.kind not in options.ignore
    ]
    seen = tuple(finding for finding in findings if finding.state != "ignored")
    if any(finding.state == "open" for finding in seen):
        return Hold("pii_doubtful", seen)
    redacted = [finding for finding in seen if finding.state == CONFIRMED]
    if not redacted:
        return Keep(example, seen)
    if any(options.redaction_of(finding.kind) == "drop" for finding in redacted):
        return Drop("pii_not_wanted", findings=seen)
    reasons = tuple(dict.fromkeys(f"pii:{finding.kind}" for finding in redacted))
    texts = [_replacement(example, finding, options, pseudonyms) for finding in redacted]
    edits = tuple(Edit(f.turn, f.start, f.end, len(new)) for f, new in zip(redacted, texts, strict=True))
    return Keep(redact(example, redacted, texts), seen, reasons, edits)


def _state(finding: Finding, example: Example, options: PiiOptions, decisions: Mapping[str, str]) -> str:
    decided = decisions.get(finding_key(example.origin, finding)) if decisions else None
    if decided in (CONFIRMED, DISMISSED):
        return str(decided)
    if finding.confidence >= options.redact_from:
        return "open" if options.redaction_of(finding.kind) == "hold" else CONFIRMED
    return "open" if finding.confidence >= options.hold_from else "ignored"


class _Joint:
    """The end of one turn and the beginning of the same speaker's next, read as one text."""

    def __init__(self, example: Example, first: int, second: int) -> None:
        before, after = example.messages[first].content, example.messages[second].content
        self._first, self._second = first, second
        self._offset = max(0, len(before) - _REACH)
        self._seam = len(before) - self._offset
        self.text = f"{before[self._offset :]} {after[:_REACH]}"

    def merged(self, found: Sequence[Finding], known: list[Finding]) -> list[Finding]:
        """``known`` with what lies across the seam, one finding in either turn, instead of less certain pieces of it."""
        for finding in found:
            if finding.kind not in _ACROSS or not finding.start < self._seam < finding.end - 1:
                continue
            pieces = (
                replace(
                    finding,
                    turn=self._first,
                    start=self._offset + finding.start,
                    end=self._offset + self._seam,
                ),
                replace(finding, turn=self._second, start=0, end=finding.end - self._seam - 1),
            )
            touched = [other for other in known if any(_overlap(piece, other) for piece in pieces)]
            if all(other.confidence < finding.confidence for other in touched):
                known = [*(other for other in known if other not in touched), *pieces]
        return known


def _joints(example: Example) -> list[_Joint]:
    """One for every two following turns of one speaker where both sides have digits to offer."""
    joints = []
    last: dict[str, int] = {}
    for turn, message in enumerate(example.messages):
        before = last.get(message.role)
        last[message.role] = turn
        if before is None:
            continue
        tail, head = example.messages[before].content[-_REACH:], message.content[:_REACH]
        if any(map(str.isdigit, tail)) and any(map(str.isdigit, head)):
            joints.append(_Joint(example, before, turn))
    return joints


def _overlap(one: Finding, other: Finding) -> bool:
    return one.turn == other.turn and one.start < other.end and other.start < one.end


def _replacement(
    example: Example, finding: Finding, options: PiiOptions, pseudonyms: Pseudonyms | None
) -> str:
    if (
        options.redaction_of(finding.kind) == "pseudonym"
        and pseudonyms is not None
        and pseudonyms.has(finding.kind)
    ):
        return pseudonyms.surrogate(
            finding.kind, example.messages[finding.turn].content[finding.start : finding.end]
        )
    return placeholder(finding.kind)


def placeholder(kind: str) -> str:
    """What stands in place of a finding of this kind."""
    return f"[{kind.upper()}]"


def redact(example: Example, findings: Sequence[Finding], texts: Sequence[str]) -> Example:
    """The example with every finding's span replaced by its text; findings are in the order of the text, without overlap."""
    messages = list(example.messages)
    for turn, message in enumerate(example.messages):
        parts: list[str] = []
        at = 0
        for finding, text in zip(findings, texts, strict=True):
            if finding.turn == turn:
                parts += [message.content[at : finding.start], text]
                at = finding.end
        if parts:
            messages[turn] = Message(message.role, "".join([*parts, message.content[at:]]))
    return replace(example, messages=tuple(messages))
