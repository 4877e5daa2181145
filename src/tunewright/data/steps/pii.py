"""Take personal data and secrets out of the text; what is doubtful waits for a person.

A finding at or above ``redact_from`` is acted on; one between ``hold_from`` and ``redact_from`` holds the example until a
person has decided. A person's decision goes before the detector's confidence: ``dismissed`` leaves the text as it is,
``confirmed`` acts on it. What acting means is said by ``redaction``, for single kinds by ``by_kind``: a placeholder such
as ``[CARD]``, a keyed pseudonym (``tunewright.data.pseudonyms``), dropping the example, or always asking. The result is a
pure function of the example, the decisions and the key.

What only two turns together show is found too (``tunewright.data.pii_turns``): a number begun in one and ended in the
next, or one that only the question before it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from tunewright.core.options import Options
from tunewright.core.pii import INDIRECT_KINDS
from tunewright.core.ports import PiiDetector
from tunewright.core.types import Drop, Edit, Evidence, Example, Finding, Hold, Keep, Message, Outcome
from tunewright.data.findings import CONFIRMED, DISMISSED, finding_key
from tunewright.data.pii_turns import chosen_over_turns, joint_findings
from tunewright.data.pseudonyms import Pseudonyms
from tunewright.data.steps import MeasuringStep, step

Redaction = Literal["placeholder", "pseudonym", "drop", "hold"]


_TELLING = 5
"""letters and digits from which on a part of an allowed text is taken for it"""


class PiiOptions(Options):
    """From which confidence on what is done."""

    decides: ClassVar[frozenset[str]] = frozenset(
        {"redact_from", "hold_from", "ignore", "allow", "redaction", "by_kind"}
    )

    redact_from: float = Field(0.85, ge=0, le=1, description="act at this confidence")
    hold_from: float = Field(0.40, ge=0, le=1, description="between the two, ask a person")
    ignore: tuple[str, ...] = Field(
        INDIRECT_KINDS,
        description="kinds of findings to leave alone: by default those that name nobody by themselves (where a rule "
        "such as HIPAA's safe harbour names dates and places, set `ignore: []`)",
    )
    allow: tuple[str, ...] = Field(
        (),
        description="texts that are nobody's, such as the organisation's own telephone numbers and addresses; compared by "
        "letters and digits, parts of them too",
    )
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

    @cached_property
    def allowed(self) -> tuple[str, ...]:
        """``allow`` as it is compared."""
        return tuple(map(_plain, self.allow))

    def unused(self) -> frozenset[str]:
        """Without pseudonyms no key is needed."""
        keyed = "pseudonym" in (self.redaction, *self.by_kind.values())
        return frozenset() if keyed else frozenset(("pseudonyms",))

    def redaction_of(self, kind: str) -> Redaction:
        """What is done with findings of a kind."""
        return self.by_kind.get(kind, self.redaction)


@step("pii", version=3)
def pii(
    options: PiiOptions,
    detector: PiiDetector,
    decisions: Mapping[str, str],
    pseudonyms: Pseudonyms | None = None,
) -> MeasuringStep:
    """Reasons ``pii:<kind>`` for what was redacted, drop reason ``pii_not_wanted``, hold reason ``pii_doubtful``.

    decisions: ``finding_key`` -> ``dismissed`` or ``confirmed``; the place in the key is the finding's in
    the text as this step sees it (the runner translates). pseudonyms: needed where an option says ``pseudonym``.
    Measured: what the detector finds in each turn and over turns, by kind, place and confidence.
    """

    def measure(batch: Sequence[Example]) -> list[Any]:
        texts = list(dict.fromkeys(message.content for example in batch for message in example.messages))
        known = dict(zip(texts, detector.detect(texts), strict=True))
        turns = [[message.content for message in example.messages] for example in batch]
        joint = joint_findings(detector, turns)
        found = [
            [[_row(finding) for finding in known[text]] for text in conversation] for conversation in turns
        ]
        over = [[[_row(piece) for piece in pieces] for pieces in groups] for groups in joint]
        return [
            [own, groups] if groups or any(own) else None for own, groups in zip(found, over, strict=True)
        ]

    def decide(batch: Sequence[Example], measured: Sequence[Any]) -> list[Outcome]:
        return [
            _judge(example, _seen(found[0], found[1], options.redact_from), options, decisions, pseudonyms)
            for example, found in zip(batch, measured, strict=True)
        ]

    return MeasuringStep(measure, decide)


def _row(finding: Finding) -> list[Any]:
    return [
        finding.kind, finding.turn, finding.start, finding.end, finding.confidence, finding.found_by,
        finding.state, finding.note,
    ]  # fmt: skip


def _seen(own: Sequence[Any], groups: Sequence[Any], least: float) -> list[Finding]:
    """Findings as they were measured, in order. least: confidence from which on a finding over two turns counts."""
    found = [[Finding(*row) for row in rows] for rows in own]
    joint = [[Finding(*row) for row in rows] for rows in groups]
    return _placed(found, chosen_over_turns(joint, found, least))


def _placed(own: Sequence[Sequence[Finding]], over: Sequence[Finding]) -> list[Finding]:
    """Findings with their turn, in order: each turn's own, but what shows over two turns goes before less certain ones."""
    placed = [
        replace(finding, turn=turn)
        for turn, findings in enumerate(own)
        for finding in findings
        if not any(o.turn == turn and o.start < finding.end and finding.start < o.end for o in over)
    ]
    return sorted([*placed, *over], key=lambda item: (item.turn, item.start))


def _judge(
    example: Example,
    found: Sequence[Finding],
    options: PiiOptions,
    decisions: Mapping[str, str],
    pseudonyms: Pseudonyms | None,
) -> Outcome:
    findings = [
        replace(finding, state=_state(finding, example, options, decisions))
        for finding in found
        if finding.kind not in options.ignore and not _allowed(finding, example, options)
    ]
    seen = tuple(finding for finding in findings if finding.state != "ignored")
    if any(finding.state == "open" for finding in seen):
        return Hold("pii_doubtful", seen, _told(seen, "pii_doubtful", options))
    redacted = [finding for finding in seen if finding.state == CONFIRMED]
    if not redacted:
        return Keep(example, seen, evidence=_told(seen, "", options))
    if any(options.redaction_of(finding.kind) == "drop" for finding in redacted):
        return Drop("pii_not_wanted", findings=seen, evidence=_told(seen, "pii_not_wanted", options))
    reasons = tuple(dict.fromkeys(f"pii:{finding.kind}" for finding in redacted))
    texts = [_replacement(example, finding, options, pseudonyms) for finding in redacted]
    edits = tuple(Edit(f.turn, f.start, f.end, len(new)) for f, new in zip(redacted, texts, strict=True))
    return Keep(redact(example, redacted, texts), seen, reasons, edits, _told(seen, "", options))


def _told(seen: Sequence[Finding], reason: str, options: PiiOptions) -> tuple[Evidence, ...]:
    """Confidence of every finding beside the limit it was compared with."""
    return tuple(
        Evidence(
            reason or f"pii:{finding.kind}",
            "confidence",
            finding.confidence,
            options.redact_from if finding.confidence >= options.redact_from else options.hold_from,
            "",
            f"{finding.kind} by {finding.found_by}",
            at,
        )
        for at, finding in enumerate(seen)
    )


def _allowed(finding: Finding, example: Example, options: PiiOptions) -> bool:
    """Whether the finding is one of the allowed texts, or a part of one that is long enough to tell."""
    if not options.allow:
        return False
    text = _plain(example.messages[finding.turn].content[finding.start : finding.end])
    return any(text == own or (len(text) >= _TELLING and text in own) for own in options.allowed)


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _state(finding: Finding, example: Example, options: PiiOptions, decisions: Mapping[str, str]) -> str:
    decided = decisions.get(finding_key(example.origin, finding)) if decisions else None
    if decided in (CONFIRMED, DISMISSED):
        return str(decided)
    if finding.confidence >= options.redact_from:
        return "open" if options.redaction_of(finding.kind) == "hold" else CONFIRMED
    return "open" if finding.confidence >= options.hold_from else "ignored"


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
