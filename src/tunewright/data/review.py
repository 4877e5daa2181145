"""Findings that wait for a person, and what people decided. A decision is remembered by the finding's key and applied by
the next build: ``dismissed`` keeps the text as it is, ``confirmed`` lets the step act on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import utc_text
from tunewright.core.errors import NotFoundError, UsageError
from tunewright.core.types import Example, Ref
from tunewright.data.findings import CONFIRMED, DISMISSED
from tunewright.data.outcomes import HELD

if TYPE_CHECKING:
    from tunewright.store.project import Project

DECISIONS = (CONFIRMED, DISMISSED)
_CONTEXT = 48


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """One finding with enough around it to decide."""

    key: str
    kind: str
    confidence: float
    source: str
    record: str
    turn: int
    start: int
    end: int
    reason: str
    """why the row is held"""
    before: str
    """text before the finding, cut"""
    text: str
    """what was found"""
    after: str
    decision: str = ""
    """confirmed, dismissed, or empty while open"""
    note: str = ""
    """what the detector has to say: numbers and ids, never text of an example"""


def decisions(project: Project) -> dict[str, str]:
    """finding key -> decision, all that were ever taken (the last one counts)."""
    from sqlalchemy import select

    from tunewright.store.db import reviews

    with project.reader() as connection:
        rows = connection.execute(select(reviews.c.finding_key, reviews.c.decision)).all()
    return {row.finding_key: row.decision for row in rows}


def listed(
    outcomes: Iterable[Mapping[str, Any]],
    originals: Mapping[str, Example],
    decided: Mapping[str, str],
    *,
    all_findings: bool = False,
) -> list[OpenFinding]:
    """Findings of held rows that nobody has decided; with ``all_findings`` every finding of the build with its decision.

    ``originals``: example id -> the example as the source gave it (offsets point into it).
    """
    found = []
    for row in outcomes:
        if row["outcome"] != HELD and not all_findings:
            continue
        for span in row["findings"] if all_findings else _asked(row):
            decision = decided.get(span["key"], "")
            if decision and not all_findings:
                continue
            found.append(_finding(row, span, originals.get(row["example"]), decision))
    return sorted(found, key=lambda item: (-item.confidence, item.source, item.record, item.turn, item.start))


def _asked(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The findings for which a row is held: those of its last reason, where a step names its findings so; else all."""
    reason = row["reasons"][-1] if row["reasons"] else ""
    named = [span for span in row["findings"] if span["kind"] == reason]
    return named or row["findings"]


def _finding(
    row: Mapping[str, Any], span: Mapping[str, Any], original: Example | None, decision: str
) -> OpenFinding:
    turn, start, end = span["turn"], span["start"], span["end"]
    text = original.messages[turn].content if original is not None and turn < len(original.messages) else ""
    return OpenFinding(
        key=span["key"],
        kind=span["kind"],
        confidence=span["confidence"],
        source=row["source"],
        record=row["record"],
        turn=turn,
        start=start,
        end=end,
        reason=row["reasons"][-1] if row["reasons"] else "",
        before=text[max(0, start - _CONTEXT) : start],
        text=text[start:end],
        after=text[end : end + _CONTEXT],
        decision=decision,
        note=span.get("note") or "",
    )


def resolve_key(prefix: str, keys: Sequence[str]) -> str:
    """The one finding whose key starts with ``prefix``. Raises NotFoundError, UsageError when there are several."""
    hits = sorted({key for key in keys if key.startswith(prefix)}) if prefix else []
    if not hits:
        raise NotFoundError(
            f"there is no finding {prefix!r} in the last build", hint="see `tunewright review list --all`"
        )
    if len(hits) > 1:
        raise UsageError(f"{prefix!r} is the beginning of {len(hits)} findings", hint="give more of the key")
    return hits[0]


def decide(project: Project, key: str, decision: str, note: str, snapshot: Ref) -> None:
    """Remember a decision, with its audit event, in one transaction. Raises UsageError for an unknown decision."""
    if decision not in DECISIONS:
        hint = "confirmed: it is what the detector says; dismissed: it is not"
        raise UsageError(f"{decision!r} is not a decision", hint=f"say {' or '.join(DECISIONS)} ({hint})")
    from sqlalchemy import delete, insert

    from tunewright.store.db import reviews

    at = utc_text(project.now())
    with project.transaction() as connection:
        connection.execute(delete(reviews).where(reviews.c.finding_key == key))
        connection.execute(
            insert(reviews).values(finding_key=key, decision=decision, note=note, actor=project.actor, at=at)
        )
        # The note is a person's free text about somebody's data: it stays out of the audit log.
        project.audit.append(
            "review.decide", snapshot, {"finding": key, "decision": decision}, connection=connection
        )
