"""Recompute what an erasure's proof says: nothing it claims is believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunewright.core.errors import IntegrityError, TunewrightError
from tunewright.core.types import Record
from tunewright.data.snapshot import is_tombstone, load_rows, verify_snapshot
from tunewright.registry.erased import erasures
from tunewright.store.replacements import FINISH, erasure_event

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ProofCheck:
    """What was recomputed; a proof that does not hold raises."""

    erasure: str
    event: int
    """of the log, proven to be in it"""
    files: int
    """replaced files whose digest is the one the event lists"""
    snapshots: int
    """snapshots whose Merkle root comes out as it was recorded before the erasure"""
    tombstones: int
    finished: bool


def verify_proof(ws: Workspace, record: Record, proof: dict[str, Any]) -> ProofCheck:
    """Check one erasure. Raises IntegrityError naming what does not hold."""
    project = ws.project
    project.records.verify(record)
    with project.reader() as connection:
        event = erasure_event(connection, record.ref.digest, project.audit)
    if event is None:
        raise _broken(record, "the audit log has no event of it")
    listed = {(item[0], item[1]): item[3] for item in event.body["replacements"]}
    told = {
        (digest, line["path"]): line["after"] for digest, lines in proof["records"].items() for line in lines
    }
    if listed != told or event.body["counts"] != proof["counts"]:
        raise _broken(record, "the event lists other files or counts than the proof")
    for digest in {digest for digest, _ in listed}:
        project.records.verify(project.records.by_digest(digest))
    tombstones = _snapshots(ws, record, proof)
    return ProofCheck(
        erasure=str(record.ref),
        event=event.seq,
        files=len(listed),
        snapshots=len(proof["snapshots"]),
        tombstones=tombstones,
        finished=bool(project.audit.events(action=FINISH, subject=record.ref)),
    )


def _snapshots(ws: Workspace, record: Record, proof: dict[str, Any]) -> int:
    """Every example the proof names is a tombstone, and the Merkle root is the recorded one."""
    count = 0
    erased = erased_ids(ws)
    for digest, ids in proof["snapshots"].items():
        snapshot = ws.project.records.by_digest(digest)
        folder = ws.project.records.folder(snapshot)
        verify_snapshot(folder, erased[digest])
        rows = {row["id"]: row for row in load_rows(folder, tombstones=True) if row["id"] in set(ids)}
        if set(rows) != set(ids) or not all(is_tombstone(row) for row in rows.values()):
            raise _broken(record, f"an example it erased is still in {snapshot.ref}")
        count += len(rows)
    return count


def erased_ids(ws: Workspace) -> dict[str, frozenset[str]]:
    """Digest of a snapshot's record -> ids of all examples that erasures took out of it."""
    found: dict[str, set[str]] = {}
    for _, proof in erasures(ws.project):
        for digest, ids in proof["snapshots"].items():
            found.setdefault(digest, set()).update(ids)
    return {digest: frozenset(ids) for digest, ids in found.items()}


def verify_erasures(ws: Workspace) -> tuple[ProofCheck, ...]:
    """Every erasure of the workspace. Raises IntegrityError at the first that does not hold."""
    checked = []
    for record, proof in erasures(ws.project):
        try:
            checked.append(verify_proof(ws, record, proof))
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, TunewrightError):
                raise
            raise _broken(record, "its document cannot be read") from error
    return tuple(checked)


def _broken(record: Record, why: str) -> IntegrityError:
    return IntegrityError(
        f"the proof of {record.ref} does not hold: {why}",
        hint="stop, and restore .tunewright from a backup made after the erasure",
        erasure=str(record.ref),
    )
