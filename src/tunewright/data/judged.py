"""From a confidence to an outcome, the same way for every step that doubts an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tunewright.core.types import Drop, Example, Finding, Keep, Outcome
from tunewright.data.doubts import asked
from tunewright.data.findings import CONFIRMED, DISMISSED, finding_key


def judged(
    example: Example,
    reason: str,
    finding: Finding,
    decisions: Mapping[str, str],
    *,
    drop_from: float,
    hold_from: float,
) -> Outcome:
    """Drop from ``drop_from`` on, ask a person from ``hold_from`` on, keep below. A person's decision goes before both."""
    if finding.confidence < hold_from:
        return Keep(example)
    if finding.confidence < drop_from:
        return asked(example, reason, finding, decisions)
    if decisions and decisions.get(finding_key(example.origin, finding)) == DISMISSED:
        return Keep(example, (replace(finding, state=DISMISSED),))
    return Drop(reason, "", (replace(finding, state=CONFIRMED),))


def whole_turn(
    example: Example, turn: int, kind: str, confidence: float, found_by: str, note: str = ""
) -> Finding:
    """A finding about everything that is said in a turn, which may not be empty."""
    return Finding(
        kind,
        turn,
        0,
        len(example.messages[turn].content),
        round(min(confidence, 0.99), 3),
        found_by,
        note=note,
    )
