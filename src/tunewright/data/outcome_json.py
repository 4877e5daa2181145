"""Outcomes as plain JSON values and back, relative to the example that was judged.

An example that is kept as it was costs nothing (``None``). What a step may change is written: turns, labels; identity and
origin are those of the example that was judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, replace
from typing import Any

from tunewright.core.types import Drop, Edit, Evidence, Example, Finding, Hold, Keep, Message, Outcome


def outcome_row(example: Example, outcome: Outcome) -> dict[str, Any] | None:
    """The outcome as JSON. A kept example whose turns were changed carries its new text."""
    row: dict[str, Any] = {}
    if outcome.findings:
        row["findings"] = [list(astuple(found)) for found in outcome.findings]
    if outcome.evidence:
        row["evidence"] = [list(astuple(item)) for item in outcome.evidence]
    if not isinstance(outcome, Keep):
        row["drop" if isinstance(outcome, Drop) else "hold"] = outcome.reason
        if isinstance(outcome, Drop) and outcome.of:
            row["of"] = outcome.of
        return row
    after = outcome.example
    if outcome.reasons:
        row["reasons"] = list(outcome.reasons)
    if outcome.edits:
        row["edits"] = [list(astuple(edit)) for edit in outcome.edits]
    if after.labels != example.labels:
        row["labels"] = list(after.labels)
    if after.history != example.history:
        row["history"] = list(after.history)
    if after.messages != example.messages:
        row["messages"] = [[turn.role, turn.content] for turn in after.messages]
    if after.reference != example.reference:
        row["reference"] = after.reference
    return row or None


def holds_text(row: Mapping[str, Any] | None) -> bool:
    """Whether a row carries text of an example."""
    return row is not None and ("messages" in row or "reference" in row)


def outcome_of(example: Example, row: Mapping[str, Any] | None) -> Outcome:
    """The outcome that ``outcome_row`` wrote. Raises KeyError, TypeError for another value."""
    if not row:
        return Keep(example)
    findings = tuple(Finding(*found) for found in row.get("findings", ()))
    evidence = tuple(Evidence(*item) for item in row.get("evidence", ()))
    if "drop" in row:
        return Drop(row["drop"], row.get("of", ""), findings, evidence)
    if "hold" in row:
        return Hold(row["hold"], findings, evidence)
    changes: dict[str, Any] = {name: tuple(row[name]) for name in ("labels", "history") if name in row}
    if "reference" in row:
        changes["reference"] = row["reference"]
    if "messages" in row:
        changes["messages"] = tuple(Message(role, content) for role, content in row["messages"])
    after = replace(example, **changes) if changes else example
    edits = tuple(Edit(*edit) for edit in row.get("edits", ()))
    return Keep(after, findings, tuple(row.get("reasons", ())), edits, evidence)
