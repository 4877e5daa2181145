"""``tunewright review list`` and ``review decide``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tunewright.core.types import Example, Ref
from tunewright.data.outcomes import read_outcomes
from tunewright.data.review import OpenFinding, decide, decisions, listed, resolve_key
from tunewright.data.snapshot import OUTCOMES
from tunewright.flows.snapshots import find_snapshot
from tunewright.flows.sources import rows_of, sources_of

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ReviewList:
    """Findings of one snapshot."""

    snapshot: Ref
    findings: tuple[OpenFinding, ...]
    open: int
    decided: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was remembered."""

    finding: str
    decision: str
    open: int
    """findings that still wait"""


def review_list(
    ws: Workspace, *, kind: str = "", all_findings: bool = False, version: str = ""
) -> ReviewList:
    """Findings that wait for a person (with ``all_findings``: every finding of the build), most certain first."""
    record = find_snapshot(ws, version)
    rows = list(read_outcomes(ws.project.records.folder(record) / OUTCOMES))
    decided = decisions(ws.project)
    originals = _originals(ws, version)
    waiting = listed(rows, originals, decided)
    shown = listed(rows, originals, decided, all_findings=True) if all_findings else waiting
    if kind:
        shown = [finding for finding in shown if finding.kind == kind]
    return ReviewList(record.ref, tuple(shown), len(waiting), len(decided))


def _originals(ws: Workspace, version: str) -> dict[str, Example]:
    """The rows as the sources gave them, read again from the recorded bytes."""
    sources = sources_of(ws.project, find_snapshot(ws, version))
    return {row.id: row for row in rows_of(ws.project, sources) if isinstance(row, Example)}


def review_decide(ws: Workspace, key: str, decision: str, *, note: str = "") -> Decided:
    """Remember what a person decided about the finding whose key starts with ``key``. The next build applies it.

    Raises NotFoundError for an unknown finding, UsageError for an unknown decision or an ambiguous key.
    """
    record = find_snapshot(ws)
    rows = list(read_outcomes(ws.project.records.folder(record) / OUTCOMES))
    full = resolve_key(key, [span["key"] for row in rows for span in row["findings"]])
    decide(ws.project, full, decision, note, record.ref)
    return Decided(full, decision, len(listed(rows, {}, decisions(ws.project))))
