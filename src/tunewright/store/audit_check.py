"""Verification of the audit log: finds the first event that is not what was recorded, and says what to do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from tunewright.core import merkle
from tunewright.core.errors import IntegrityError, TunewrightError
from tunewright.store import db
from tunewright.store.notes import Checkpoint, Verifier
from tunewright.store.proofs import GENESIS, AuditReport, event_leaf

_RESTORE = (
    "stop working in this workspace, keep a copy as evidence, and restore .tunewright from the last backup "
    "whose `audit verify` passes"
)


@dataclass
class _Signed:
    """Checkpoints that carry a good signature: root and origin of each by size."""

    roots: dict[int, dict[bytes, str]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)

    def add(self, where: str, note: str, verifier: Verifier, origin: str) -> Checkpoint:
        """Raises IntegrityError naming ``where`` when the note is forged or of another log."""
        try:
            found = Checkpoint.parse(verifier.verify(note))
        except IntegrityError as error:
            raise IntegrityError(f"{where}: {error.what}", hint=error.hint, checkpoint=where) from error
        if found.origin != origin:
            raise IntegrityError(
                f"{where} belongs to another log ({found.origin})",
                hint="restore this workspace's own checkpoints",
                checkpoint=where,
            )
        self.texts.add(note)
        self.roots.setdefault(found.size, {}).setdefault(found.root, where)
        return found


def check_log(
    connection: Connection, verifier: Verifier, origin: str, outside: Iterable[tuple[str, str]]
) -> AuditReport:
    """Check the whole log in one pass. ``outside``: (where, signed note) of the checkpoints beside the database.

    Raises IntegrityError with ``seq`` (first bad event) or ``checkpoint`` (the forged one) in its facts.
    """
    signed = _Signed()
    rows = connection.execute(sa.select(db.checkpoints).order_by(db.checkpoints.c.size)).all()
    for row in rows:
        where = f"checkpoint {row.size} in the database"
        found = signed.add(where, row.note, verifier, origin)
        if found.size != row.size or found.root.hex() != row.root:
            raise IntegrityError(f"{where} says something else than its row", hint=_RESTORE, checkpoint=where)
    inside, beside = set(signed.texts), 0
    for where, note in outside:
        beside += 1
        if note not in inside:
            signed.add(where, note, verifier, origin)
    frontier, last_at = _walk(connection, signed, verifier)
    _check_end(frontier, _head(connection), signed, {row.size for row in rows})
    return AuditReport(
        events=frontier.size,
        root=frontier.root().hex(),
        checkpoints=len(signed.texts),
        outside=beside,
        verifier=verifier.text,
        last_at=last_at,
    )


def _walk(connection: Connection, signed: _Signed, verifier: Verifier) -> tuple[merkle.Frontier, str]:
    frontier, good, last_at = merkle.Frontier(), 0, ""
    # The text of the body, not its decoded form: a body that is no JSON at all must be named, not crash.
    columns = [sa.type_coerce(c, sa.Text).label("body") if c.name == "body" else c for c in db.events.c]
    for row in connection.execute(sa.select(*columns).order_by(db.events.c.seq)):
        seq = frontier.size + 1
        if row.seq != seq:
            raise _bad(seq, f"event {seq} is missing from the audit log")
        content = _content(row)
        leaf = None if content is None else event_leaf(content)
        if leaf is None or leaf.hex() != row.leaf_hash:
            raise _bad(seq, f"event {seq} of the audit log was edited")
        if seq == 1:
            _check_genesis(content or {}, verifier)
        frontier.append(leaf)
        last_at = row.at
        roots = signed.roots.get(seq)
        if roots is None:
            continue
        root = frontier.root()
        if set(roots) != {root}:
            where = next(w for r, w in roots.items() if r != root)
            first = good + 1
            span = f"event {first}" if first == seq else f"an event of {first} to {seq}"
            raise _bad(first, f"{span} is not the one that was signed ({where})", last=seq)
        good = seq
    return frontier, last_at


def _content(row: Row[Any]) -> dict[str, Any] | None:
    try:
        body = json.loads(row.body)
    except ValueError:
        return None
    subject = {"kind": row.subject_kind, "name": row.name, "version": row.version, "digest": row.digest}
    content = {
        "seq": row.seq,
        "at": row.at,
        "actor": row.actor,
        "action": row.action,
        "subject": subject,
        "body": body,
    }
    try:
        event_leaf(content)
    except TunewrightError:
        return None
    return content


def _check_genesis(content: Mapping[str, Any], verifier: Verifier) -> None:
    if content["action"] != GENESIS or content["body"].get("verifier") != verifier.text:
        raise _bad(1, "the key beside the log is not the one that event 1 pinned: the key pair was swapped")


def _check_end(
    frontier: merkle.Frontier, stored: merkle.Frontier | None, signed: _Signed, inside: set[int]
) -> None:
    size = frontier.size
    furthest = max(signed.roots, default=0)
    if furthest > size:
        where = next(iter(signed.roots[furthest].values()))
        raise _bad(
            size + 1,
            f"the tail of the audit log is cut: it has {size} events, but {where} signed {furthest}",
            last=furthest,
        )
    if stored is None or stored.size != size or stored.root() != frontier.root():
        raise _bad(size if size else 1, "the stored head of the audit log does not fit its events")
    if size and size not in inside:
        first = max(inside, default=0) + 1
        raise _bad(first, f"event {first} was never signed: it was added behind the log's back", last=size)
    if not size:
        raise _bad(1, "the audit log is empty: event 1 is missing")


def _head(connection: Connection) -> merkle.Frontier | None:
    """The stored frontier; None when it cannot be read or fits no size."""
    frontier = sa.type_coerce(db.audit_head.c.frontier, sa.Text).label("frontier")
    row = connection.execute(sa.select(db.audit_head.c.size, frontier)).one_or_none()
    if row is None:
        return None
    try:
        return merkle.Frontier(row.size, [bytes.fromhex(h) for h in json.loads(row.frontier)])
    except (TunewrightError, ValueError, TypeError):
        return None


def _bad(seq: int, what: str, last: int | None = None) -> IntegrityError:
    return IntegrityError(what, hint=_RESTORE, seq=seq, last_seq=seq if last is None else last)
