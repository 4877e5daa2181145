"""Verification of everything that is recorded: the audit log, and on request the bytes of every record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tunewright.core.errors import NotFoundError
from tunewright.core.ports import Progress, SilentProgress
from tunewright.flows.erase_proof import verify_erasures
from tunewright.store.proofs import AuditReport

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was verified; there is no report of a failure, which raises."""

    log: AuditReport
    records: int
    """records whose files were compared byte for byte"""
    size_bytes: int
    """bytes of those files"""
    erasures: int = 0
    """erasures whose proof was recomputed"""


def verify(
    ws: Workspace,
    *,
    against: Path | None = None,
    files: bool = True,
    progress: Progress | None = None,
) -> VerifyReport:
    """Check the audit log and, with ``files``, every record's bytes.

    ``against``: a checkpoint that was kept outside the workspace. Raises IntegrityError naming the first bad event or
    file, and NotFoundError when ``against`` does not exist.
    """
    note = None
    if against is not None:
        try:
            note = against.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise NotFoundError(
                f"the checkpoint {against} cannot be read", hint="give the path of a saved checkpoint"
            ) from error
    project = ws.project
    log = project.audit.verify(against=note)
    records = project.records.all() if files else []
    size = 0
    with (progress or SilentProgress()).task("records", len(records)) as advance:
        for record in records:
            project.records.verify(record)
            size += sum(f.size_bytes for f in project.records.present_files(record))
            advance(1)
    erasures = verify_erasures(ws) if files else ()
    return VerifyReport(log=log, records=len(records), size_bytes=size, erasures=len(erasures))
