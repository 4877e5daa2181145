"""A step that is not sure asks a person: open holds the example, confirmed drops it, dismissed keeps it.

Where a hold would ask for too much, the step marks: the example stays, with the label ``doubt:<reason>``. The share of
such examples in the snapshot is what the quality budget limits (``tunewright.data.budget``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from tunewright.core.types import Drop, Evidence, Example, Finding, Hold, Keep, Outcome
from tunewright.data.findings import CONFIRMED, DISMISSED, finding_key

Action = Literal["drop", "hold", "mark"]
"""what a step does with an example it doubts"""
DOUBT = "doubt"
"""key of the label that says why an example in the snapshot is doubted"""


def asked(
    example: Example,
    reason: str,
    finding: Finding,
    decisions: Mapping[str, str],
    of: str = "",
    evidence: tuple[Evidence, ...] = (),
) -> Outcome:
    """The outcome for an example about which ``finding`` is in doubt.

    decisions: ``finding_key`` -> ``dismissed`` or ``confirmed``, as the runner hands them in; ``of``: id of the other
    example the doubt is about, if there is one; ``evidence``: what was measured (default: the finding's confidence).
    """
    decided = decisions.get(finding_key(example.origin, finding))
    if decided == CONFIRMED:
        return Drop(reason, of, (replace(finding, state=CONFIRMED),), evidence)
    if decided == DISMISSED:
        return Keep(example, (replace(finding, state=DISMISSED),), evidence=evidence)
    return Hold(reason, (finding,), evidence)


def doubted(
    example: Example,
    reason: str,
    finding: Finding | None,
    action: Action,
    evidence: tuple[Evidence, ...] = (),
) -> Outcome:
    """The outcome for an example a step doubts as a whole, before any person has decided.

    Without a finding (no turn holds text a person could look at) a hold becomes a drop.
    """
    findings = () if finding is None else (finding,)
    if action == "drop" or (action == "hold" and finding is None):
        return Drop(reason, "", findings, evidence)
    if action == "hold":
        return Hold(reason, findings, evidence)
    marked = replace(example, labels=(*example.labels, f"{DOUBT}:{reason}"))
    return Keep(marked, findings, (reason,), evidence=evidence)


def judged(
    example: Example,
    reason: str,
    finding: Finding,
    decisions: Mapping[str, str],
    *,
    drop_from: float,
    hold_from: float,
    seen: tuple[Evidence, ...] = (),
) -> Outcome:
    """Drop from ``drop_from`` on, ask a person from ``hold_from`` on, keep below. A person's decision goes before both.

    seen: what the confidence comes from; goes before it into the evidence.
    """
    if finding.confidence < hold_from:
        return Keep(example)
    if finding.confidence < drop_from:
        told = (*seen, sure(reason, finding, hold_from))
        return asked(example, reason, finding, decisions, evidence=told)
    told = (*seen, sure(reason, finding, drop_from))
    if decisions and decisions.get(finding_key(example.origin, finding)) == DISMISSED:
        return Keep(example, (replace(finding, state=DISMISSED),), evidence=told)
    return Drop(reason, "", (replace(finding, state=CONFIRMED),), told)


def sure(reason: str, finding: Finding, threshold: float | None, at: int = 0) -> Evidence:
    """The finding's confidence as evidence. at: its place among the outcome's findings."""
    return Evidence(reason, "confidence", finding.confidence, threshold, "", finding.found_by, at)


def turn_finding(
    example: Example, turn: int, kind: str, confidence: float, found_by: str, note: str = ""
) -> Finding:
    """A finding about everything that is said in a turn that is not empty; confidence at most 0.99."""
    rounded = round(min(confidence, 0.99), 3)
    return Finding(kind, turn, 0, len(example.messages[turn].content), rounded, found_by, note=note)


def whole_turn(
    example: Example, turn: int, kind: str, confidence: float, found_by: str, note: str
) -> Finding | None:
    """The same for ``turn`` (negative: from the end) or, where it is empty, the first turn with text; None without text."""
    places = [turn % len(example.messages), *range(len(example.messages))] if example.messages else []
    for place in places:
        if example.messages[place].content:
            return turn_finding(example, place, kind, confidence, found_by, note)
    return None


def settled(example: Example, outcome: Outcome, decisions: Mapping[str, str]) -> Outcome:
    """The outcome of a step that knows no decisions, or compares examples, after people have decided on its findings.

    It is not asked again: one confirmed finding drops the example, and where all are dismissed it stays as it was.
    """
    states = {found: decisions.get(finding_key(example.origin, found), "") for found in outcome.findings}
    findings = tuple(replace(found, state=state or found.state) for found, state in states.items())
    if CONFIRMED in states.values():
        reason = outcome.reason if not isinstance(outcome, Keep) else (outcome.reasons or ("confirmed",))[-1]
        return Drop(reason, outcome.of if isinstance(outcome, Drop) else "", findings, outcome.evidence)
    if set(states.values()) == {DISMISSED} and not (isinstance(outcome, Keep) and not outcome.reasons):
        return Keep(example, findings, evidence=outcome.evidence)
    return replace(outcome, findings=findings)
