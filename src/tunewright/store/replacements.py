"""Files that an erasure put in the place of recorded ones: accepted where a signed event names them, and nowhere else.

A record keeps the digests it was made with. A replacement says: of this record, this file now has that digest. It counts
only when the erasure's own event, which a signed checkpoint includes, lists the very same replacement, and when it
continues what is there: the recorded digest, or the one the replacement before it left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tunewright.core.errors import IntegrityError
from tunewright.core.types import Event, FileEntry, Record
from tunewright.store import db
from tunewright.store.audit import AuditLog, event_of

ERASE = "erasure.execute"
"""action of the event that lists the replacements"""
FINISH = "erasure.finish"
"""action of the event that says that nothing of an erasure is left to do"""


@dataclass(frozen=True, slots=True)
class Replacement:
    """One file of one record, as it was and as it is."""

    record_digest: str
    path: str
    old_digest: str
    new_digest: str
    size_bytes: int

    def as_list(self) -> list[str | int]:
        """How the event lists it."""
        return [self.record_digest, self.path, self.old_digest, self.new_digest, self.size_bytes]


def insert(connection: Connection, replacements: Sequence[Replacement], erasure: str) -> None:
    """Write them down; ``erasure``: digest of the erasure's record."""
    rows = [
        {
            "record_digest": item.record_digest,
            "path": item.path,
            "old_digest": item.old_digest,
            "new_digest": item.new_digest,
            "size_bytes": item.size_bytes,
            "erasure": erasure,
        }
        for item in replacements
    ]
    if rows:
        connection.execute(sa.insert(db.replacements), rows)


def present_files(connection: Connection, record: Record, audit: AuditLog) -> tuple[FileEntry, ...]:
    """The record's files as they are to be now.

    Raises IntegrityError for a replacement that no signed event lists or that does not continue what is there.
    """
    table = db.replacements
    query = sa.select(table).where(table.c.record_digest == record.ref.digest).order_by(table.c.id)
    rows = connection.execute(query).all()
    if not rows:
        return record.files
    files = {entry.path: entry for entry in record.files}
    listed: dict[str, set[tuple[Any, ...]]] = {}
    for row in rows:
        if row.erasure not in listed:
            listed[row.erasure] = _listed(connection, row.erasure, audit)
        item = Replacement(row.record_digest, row.path, row.old_digest, row.new_digest, row.size_bytes)
        entry = files.get(row.path)
        if tuple(item.as_list()) not in listed[row.erasure]:
            raise _forged(record, row.path, "by an erasure whose event does not list it")
        if entry is None or entry.digest != row.old_digest:
            raise _forged(record, row.path, "though it was not what the erasure found")
        files[row.path] = FileEntry(path=row.path, digest=row.new_digest, size_bytes=row.size_bytes)
    return tuple(files[entry.path] for entry in record.files)


def present_digests(connection: Connection, records: Iterable[Record], audit: AuditLog) -> set[str]:
    """Digests of all files of these records as they are now."""
    return {entry.digest for record in records for entry in present_files(connection, record, audit)}


def erasure_event(connection: Connection, erasure: str, audit: AuditLog) -> Event | None:
    """The event that executed the erasure with this record digest, proven to be in the log. Raises IntegrityError."""
    query = sa.select(db.events).where(
        db.events.c.digest == erasure, db.events.c.subject_kind == "erasure", db.events.c.action == ERASE
    )
    row = connection.execute(query.order_by(db.events.c.seq).limit(1)).one_or_none()
    if row is None:
        return None
    event = event_of(row)
    audit.verify_event(event)
    return event


def _listed(connection: Connection, erasure: str, audit: AuditLog) -> set[tuple[Any, ...]]:
    event = erasure_event(connection, erasure, audit)
    return set() if event is None else {tuple(item) for item in event.body.get("replacements", ())}


def _forged(record: Record, path: str, why: str) -> IntegrityError:
    return IntegrityError(
        f"{path} of {record.ref} was replaced {why}",
        hint="stop, and run `tunewright audit verify`: somebody wrote to the database behind the log's back",
        file=path,
        record=str(record.ref),
    )
