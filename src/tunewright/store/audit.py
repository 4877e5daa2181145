"""The audit log: append-only events, leaves of an RFC 6962 Merkle tree, with signed checkpoints.

A checkpoint is signed in the transaction that appends its events, and written to ``.tunewright/checkpoints`` after the
commit: the copy outside the database is what shows a cut tail. Keep copies elsewhere against somebody who can rewrite
both.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from tunewright.core import merkle
from tunewright.core.canonical import plain, utc_text
from tunewright.core.errors import IntegrityError, NotFoundError, UsageError
from tunewright.core.types import Event, Ref
from tunewright.store import db
from tunewright.store.audit_check import check_log
from tunewright.store.database import Database
from tunewright.store.files import FIXED_MODE, TEMPORARY, make_folder, remove_abandoned, write_atomic
from tunewright.store.names import check_name
from tunewright.store.notes import Checkpoint, Signer, Verifier
from tunewright.store.proofs import AuditReport, ConsistencyProof, InclusionProof, event_leaf

NOTE_SUFFIX = ".note"


class AuditLog:
    """The log of one project."""

    def __init__(
        self, database: Database, folder: Path, origin: str, now: Callable[[], datetime], actor: str
    ) -> None:
        """folder: the project's state; origin: the log's name in its checkpoints."""
        self._database = database
        self._checkpoints = folder / "checkpoints"
        self._keys = folder / "keys"
        self._origin = origin
        self._now = now
        self._actor = actor

    def append(self, action: str, subject: Ref, body: Mapping[str, Any], *, connection: Connection) -> Event:
        """Add an event to the running transaction, in O(log n). Never put example text into ``body``.

        Raises UsageError outside ``project.transaction()`` and for a body without canonical JSON form.
        """
        transaction = self._database.joined(connection)
        check_name(action, "action")
        head = connection.execute(sa.select(db.audit_head)).one_or_none()
        frontier = (
            merkle.Frontier(head.size, map(bytes.fromhex, head.frontier)) if head else merkle.Frontier()
        )
        content = {
            "seq": frontier.size + 1,
            "at": utc_text(self._now()),
            "actor": self._actor,
            "action": action,
            "subject": plain(subject),
            "body": plain(body),
        }
        leaf = event_leaf(content)
        frontier.append(leaf)
        connection.execute(sa.insert(db.events).values(leaf_hash=leaf.hex(), **_columns(content)))
        values = {"size": frontier.size, "frontier": [h.hex() for h in frontier.hashes]}
        write = sa.update(db.audit_head) if head else sa.insert(db.audit_head)
        connection.execute(write.values(id=1, **values))
        if self._seal_running not in transaction.before_commit:
            transaction.before_commit.append(self._seal_running)
            transaction.after_commit.append(self.publish)
        return Event.model_validate({**content, "leaf_hash": leaf.hex()})

    def events(
        self, action: str | None = None, subject: Ref | None = None, limit: int | None = None
    ) -> list[Event]:
        """Events in order of seq, all or those of one action and subject; ``limit`` keeps the newest."""
        query = sa.select(db.events).order_by(db.events.c.seq.desc())
        if action is not None:
            query = query.where(db.events.c.action == action)
        if subject is not None:
            query = query.where(
                db.events.c.subject_kind == subject.kind,
                db.events.c.name == subject.name,
                db.events.c.version == subject.version,
                db.events.c.digest == subject.digest,
            )
        if limit is not None:
            query = query.limit(limit)
        with self._database.reader() as connection:
            rows = connection.execute(query).all()
        return [event_of(row) for row in reversed(rows)]

    def checkpoint(self) -> str:
        """The newest checkpoint, a signed note. Keep a copy elsewhere and hand it to ``verify`` later."""
        with self._database.reader() as connection:
            query = sa.select(db.checkpoints.c.note).order_by(db.checkpoints.c.size.desc()).limit(1)
            note = connection.scalar(query)
        if note is None:
            raise NotFoundError("the audit log has no checkpoint yet", hint="record something first")
        self.publish()
        return str(note)

    def verifier(self) -> Verifier:
        """The public key that signs this log's checkpoints. Raises IntegrityError when its file is missing."""
        return Verifier.parse(self._key_text("audit.pub"))

    def verify(self, against: str | None = None) -> AuditReport:
        """Check every event, the tree, and every checkpoint inside and outside the database.

        ``against`` is a checkpoint that was kept elsewhere. Raises IntegrityError with the first bad ``seq``.
        """
        verifier = self.verifier()
        with self._database.reader() as connection:
            # The folder is read after the database's view is fixed: a commit in between must not look like a cut.
            size = connection.scalar(sa.select(db.audit_head.c.size)) or 0
            outside = list(self._outside(size))
            if against is not None:
                outside.append(("the checkpoint given", against))
            return check_log(connection, verifier, self._origin, outside)

    def verify_event(self, event: Event) -> None:
        """Raises IntegrityError unless the event has its leaf hash and the newest signed checkpoint includes that leaf.

        RFC 6962, 2.1.1.
        """
        signed = Checkpoint.parse(self.verifier().verify(self.checkpoint()))
        content = {name: value for name, value in plain(event).items() if name != "leaf_hash"}
        if event_leaf(content).hex() == event.leaf_hash and event.seq <= signed.size:
            proof = self.inclusion(event.seq, size=signed.size)
            if proof.leaf_hash == event.leaf_hash and proof.root == signed.root.hex() and proof.verify():
                return
        raise IntegrityError(
            f"event {event.seq} is not in the signed audit log",
            hint="stop, serve nothing that rests on it, and run `tunewright audit verify`",
            seq=event.seq,
        )

    def inclusion(self, seq: int, size: int | None = None) -> InclusionProof:
        """Proof that event ``seq`` is in the log (of its first ``size`` events). Raises NotFoundError."""
        leaves = self._leaves(size)
        if not 1 <= seq <= len(leaves):
            raise NotFoundError(f"no event {seq} in a log of {len(leaves)}", hint="look at `audit verify`")
        path = merkle.inclusion_proof(leaves, seq - 1)
        return InclusionProof(
            seq, leaves[seq - 1].hex(), len(leaves), merkle.root(leaves).hex(), tuple(h.hex() for h in path)
        )

    def consistency(self, first: int, second: int | None = None) -> ConsistencyProof:
        """Proof that the log of ``second`` (default: all) events extends its first ``first``. Raises UsageError."""
        leaves = self._leaves(second)
        path = merkle.consistency_proof(leaves, first)
        roots = merkle.root(leaves[:first]).hex(), merkle.root(leaves).hex()
        return ConsistencyProof(first, len(leaves), *roots, tuple(h.hex() for h in path))

    def publish(self) -> None:
        """Write the checkpoints that are in the database only to the folder outside it.

        A full disk does not undo what was committed: the checkpoint stays in the database and is written the next time.
        """
        with self._database.reader() as connection:
            newest = connection.scalar(sa.select(sa.func.max(db.checkpoints.c.size)))
            if newest is None or self._file(newest).exists():
                return
            known = {int(p.stem) for p in self._checkpoints.glob(f"*{NOTE_SUFFIX}") if p.stem.isdigit()}
            rows = connection.execute(sa.select(db.checkpoints.c.size, db.checkpoints.c.note)).all()
        with contextlib.suppress(OSError):
            make_folder(self._checkpoints)
            for size, note in rows:
                if size not in known:
                    write_atomic(self._file(size), note.encode("utf-8"), FIXED_MODE)

    def clean(self) -> None:
        """Remove half-written copies of checkpoints whose writer died."""
        remove_abandoned(self._checkpoints, TEMPORARY)

    def _seal_running(self) -> None:
        transaction = self._database.current
        if transaction is None:
            raise UsageError("there is no transaction to seal", hint="append inside project.transaction()")
        head = transaction.connection.execute(sa.select(db.audit_head)).one()
        root = merkle.Frontier(head.size, map(bytes.fromhex, head.frontier)).root()
        note = self._signer().sign(Checkpoint(self._origin, head.size, root).text)
        transaction.connection.execute(
            sa.insert(db.checkpoints).values(
                size=head.size, root=root.hex(), note=note, at=utc_text(self._now())
            )
        )

    def _signer(self) -> Signer:
        return Signer.parse(self._key_text("audit.key"))

    def _key_text(self, name: str) -> str:
        try:
            return (self._keys / name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise IntegrityError(
                f"the audit log's key file {name} is missing or unreadable",
                hint="restore .tunewright/keys from the backup; without it nothing can be recorded or verified",
                path=str(self._keys / name),
            ) from error

    def _file(self, size: int) -> Path:
        return self._checkpoints / f"{size:012d}{NOTE_SUFFIX}"

    def _outside(self, size: int) -> Iterator[tuple[str, str]]:
        if not self._checkpoints.is_dir():
            return
        for path in sorted(self._checkpoints.glob(f"*{NOTE_SUFFIX}")):
            if self._appended_meanwhile(path, size):
                continue
            try:
                yield path.name, path.read_bytes().decode("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise IntegrityError(
                    f"the checkpoint {path.name} cannot be read",
                    hint="restore it from a copy kept outside the workspace",
                    path=str(path),
                ) from error

    def _appended_meanwhile(self, path: Path, size: int) -> bool:
        """Whether a checkpoint beyond our view belongs to a commit that is in the database by now."""
        if not path.stem.isdigit() or int(path.stem) <= size:
            return False
        with self._database.engine.connect() as connection:
            query = sa.select(db.checkpoints.c.size).where(db.checkpoints.c.size == int(path.stem))
            return connection.scalar(query) is not None

    def _leaves(self, size: int | None) -> list[bytes]:
        query = sa.select(db.events.c.leaf_hash).order_by(db.events.c.seq)
        if size is not None:
            query = query.where(db.events.c.seq <= size)
        with self._database.reader() as connection:
            leaves = [bytes.fromhex(h) for h in connection.scalars(query)]
        if size is not None and len(leaves) != size:
            raise UsageError(f"the log has no {size} events", hint=f"it has {len(leaves)}")
        return leaves


def _columns(content: Mapping[str, Any]) -> dict[str, Any]:
    """An event as its row."""
    subject = content["subject"]
    return {
        **{name: content[name] for name in ("seq", "at", "actor", "action", "body")},
        "subject_kind": subject["kind"],
        **{name: subject[name] for name in ("name", "version", "digest")},
    }


def event_of(row: Row[Any]) -> Event:
    """A row of the events table as the event it is."""
    return Event.model_validate({**_content(row), "leaf_hash": row.leaf_hash})


def _content(row: Row[Any]) -> dict[str, Any]:
    """A row as the event's content, the inverse of ``_columns``."""
    return {
        **{name: getattr(row, name) for name in ("seq", "at", "actor", "action", "body")},
        "subject": {
            "kind": row.subject_kind,
            "name": row.name,
            "version": row.version,
            "digest": row.digest,
        },
    }
