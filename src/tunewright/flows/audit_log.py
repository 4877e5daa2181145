"""Look at the audit log: pages of events by filter, one event with the proof that a signed checkpoint covers it, and all of
them as CSV or JSON lines for an auditor."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tunewright.core import merkle
from tunewright.core.canonical import canonical_json
from tunewright.core.errors import IntegrityError, NotFoundError, UsageError
from tunewright.core.types import Event
from tunewright.store import db
from tunewright.store.notes import Checkpoint
from tunewright.store.proofs import event_leaf

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

BLOCK = 1024
"""events of a complete subtree whose root is remembered; a power of two"""

MOST_CHOICES = 300
"""actors or actions a filter offers"""

_CSV = ("seq", "at", "actor", "action", "subject_kind", "subject_name", "subject_version", "subject_digest")
_roots: dict[tuple[str, int], bytes] = {}
"""(state folder, block) -> root of the block. A wrong one makes a proof fail, never pass."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events; empty fields do not filter."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    """``kind``, ``kind/name`` or ``kind/name@version``"""
    since: str = ""
    """a day or a moment, such as ``2026-11-24`` or ``2026-11-24T18:15``, in UTC"""
    until: str = ""
    """up to and with this day or moment"""

    def given(self) -> dict[str, str]:
        """The fields that filter."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, newest first."""

    events: tuple[Event, ...]
    total: int
    """events of the log"""
    older: int
    """``before`` of the next page, 0 when there is none"""
    newer: int
    """``after`` of the page before, 0 when there is none"""
    actors: tuple[str, ...]
    actions: tuple[str, ...]
    """what the filters can be set to"""


@dataclass(frozen=True, slots=True)
class EventProof:
    """One event, and what shows that it was not changed since it was signed."""

    event: Event
    leaf_ok: bool
    """whether the stored leaf hash is the one of this content"""
    content: str
    """the canonical JSON that is hashed"""
    checkpoint_size: int
    """events under the newest signed checkpoint; 0 when there is none or its signature does not fit"""
    checkpoint_at: str
    checkpoint_root: str
    checkpoint_note: str
    path: tuple[str, ...]
    """sibling hashes from the leaf to the root, hexadecimal (RFC 6962 section 2.1.1)"""
    included: bool
    """whether the path leads from the recomputed leaf to the signed root"""
    because: str
    """why not, else empty"""


def events_page(
    ws: Workspace, wanted: EventFilter, *, before: int = 0, after: int = 0, limit: int = 50
) -> EventPage:
    """A page of events, newest first: those below seq ``before``, or the nearest above ``after``. Raises UsageError."""
    conditions = _conditions(wanted)
    seq = db.events.c.seq
    query = sa.select(db.events).where(*conditions)
    query = query.where(seq > after).order_by(seq) if after else query.order_by(seq.desc())
    if before:
        query = query.where(seq < before)
    with ws.project.reader() as connection:
        rows = list(connection.execute(query.limit(limit + 1)).all())
        total = connection.scalar(sa.select(db.audit_head.c.size)) or 0
        actors, actions = _distinct(connection, db.events.c.actor), _distinct(connection, db.events.c.action)
    more = len(rows) > limit
    shown = rows[:limit][:: -1 if after else 1]
    older = shown[-1].seq if shown and (more or after) else 0
    newer = shown[0].seq if shown and (more if after else before) else 0
    return EventPage(tuple(_event(row) for row in shown), total, older, newer, tuple(actors), tuple(actions))


def _distinct(connection: Connection, column: sa.Column[str]) -> tuple[str, ...]:
    """The different values, in order: one look into the index each, where ``DISTINCT`` would read all of it."""
    found: list[str] = []
    query = sa.select(sa.func.min(column))
    value = connection.scalar(query)
    while value is not None and len(found) < MOST_CHOICES:
        found.append(str(value))
        value = connection.scalar(query.where(column > value))
    return tuple(found)


def event_proof(ws: Workspace, seq: int) -> EventProof:
    """Event ``seq`` with its inclusion in the newest signed checkpoint. Raises NotFoundError."""
    with ws.project.reader() as connection:
        row = connection.execute(sa.select(db.events).where(db.events.c.seq == seq)).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no event {seq}", hint="the log counts 1, 2, ... without gaps")
        signed = connection.execute(
            sa.select(db.checkpoints).order_by(db.checkpoints.c.size.desc()).limit(1)
        ).one_or_none()
        event = _event(row)
        content = _content(row)
        leaf = event_leaf(content)
        checkpoint, because = _signed(ws, signed.note if signed else "")
        path: list[bytes] = []
        included = False
        if checkpoint is not None and seq <= checkpoint.size:
            path, included = _path(connection, str(ws.project.state), seq, checkpoint, leaf)
            because = "" if included else "the path does not lead to the signed root: the log was changed"
        elif checkpoint is not None:
            because = f"the newest checkpoint signs {checkpoint.size} events"
    return EventProof(
        event=event,
        leaf_ok=leaf.hex() == row.leaf_hash,
        content=canonical_json(content).decode("utf-8"),
        checkpoint_size=checkpoint.size if checkpoint else 0,
        checkpoint_at=signed.at if signed else "",
        checkpoint_root=checkpoint.root.hex() if checkpoint else "",
        checkpoint_note=signed.note if signed else "",
        path=tuple(step.hex() for step in path),
        included=included,
        because=because,
    )


def export_events(ws: Workspace, wanted: EventFilter, form: str) -> Iterator[bytes]:
    """Every event of the filter, oldest first: ``csv`` (with the body as JSON) or ``jsonl``. Raises UsageError."""
    if form not in {"csv", "jsonl"}:
        raise UsageError(f"{form[:40]!r} is not a form of events", hint="use csv or jsonl")
    conditions = _conditions(wanted)
    return _csv_lines(ws, conditions) if form == "csv" else _json_lines(ws, conditions)


def _rows(ws: Workspace, conditions: Sequence[sa.ColumnElement[bool]]) -> Iterator[Any]:
    """In pieces, so that no reader keeps the log's view open while a slow client reads."""
    last = 0
    while True:
        query = sa.select(db.events).where(db.events.c.seq > last, *conditions).order_by(db.events.c.seq)
        with ws.project.reader() as connection:
            rows = connection.execute(query.limit(2000)).all()
        yield from rows
        if len(rows) < 2000:
            return
        last = rows[-1].seq


def _csv_lines(ws: Workspace, conditions: Sequence[sa.ColumnElement[bool]]) -> Iterator[bytes]:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_CSV, "body", "leaf_hash"])
    for row in _rows(ws, conditions):
        values = [row.seq, row.at, row.actor, row.action, row.subject_kind, row.name, row.version, row.digest]
        body = canonical_json(row.body).decode("utf-8")
        writer.writerow([*(_harmless(v) for v in values), _harmless(body), row.leaf_hash])
        if out.tell() > 1 << 16:
            yield out.getvalue().encode("utf-8")
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode("utf-8")


def _harmless(value: object) -> object:
    """A spreadsheet computes cells that begin so: OWASP's "CSV injection" puts a quote in front."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def _json_lines(ws: Workspace, conditions: Sequence[sa.ColumnElement[bool]]) -> Iterator[bytes]:
    for row in _rows(ws, conditions):
        line = {**_content(row), "leaf_hash": row.leaf_hash}
        yield json.dumps(line, ensure_ascii=True).encode("ascii") + b"\n"


def _conditions(wanted: EventFilter) -> list[sa.ColumnElement[bool]]:
    table = db.events.c
    found: list[sa.ColumnElement[bool]] = []
    if wanted.actor:
        found.append(table.actor == wanted.actor)
    if wanted.action:
        found.append(table.action == wanted.action)
    if wanted.subject:
        kind, _, rest = wanted.subject.partition("/")
        name, _, version = rest.rpartition("@") if "@" in rest else (rest, "", "")
        found.append(table.subject_kind == kind)
        found += [table.name == name] if name else []
        found += [table.version == version] if version else []
    if wanted.since:
        found.append(table.at >= _moment(wanted.since, "since"))
    if wanted.until:
        # Everything that begins with the day or minute given: the sign after the digits sorts above all of it.
        found.append(table.at <= _moment(wanted.until, "until") + "~")
    return found


def _moment(text: str, name: str) -> str:
    """The beginning of an RFC 3339 time. Raises UsageError."""
    from datetime import datetime

    given = text.strip().replace(" ", "T").removesuffix("Z")
    try:
        datetime.fromisoformat(given)
    except ValueError as error:
        raise UsageError(
            f"{name} is not a day or a time", hint="write 2026-11-24 or 2026-11-24T18:15, in UTC", field=name
        ) from error
    if not given.isascii() or "+" in given or len(given) > 26:
        raise UsageError(f"{name} is not a time in UTC", hint="leave the zone out", field=name)
    return given


def _signed(ws: Workspace, note: str) -> tuple[Checkpoint | None, str]:
    """The checkpoint, when this log's key signed it; else why not."""
    if not note:
        return None, "the log has no checkpoint yet"
    try:
        return Checkpoint.parse(ws.project.audit.verifier().verify(note)), ""
    except IntegrityError as error:
        return None, error.what


def _path(
    connection: Connection, state: str, seq: int, checkpoint: Checkpoint, leaf: bytes
) -> tuple[list[bytes], bool]:
    """The path to the signed root, and whether it gets there; remembered roots are thrown away when it does not."""
    path: list[bytes] = []
    for _ in range(2):
        path = inclusion_path(connection, state, seq, checkpoint.size)
        if merkle.verify_inclusion(leaf, seq - 1, checkpoint.size, path, checkpoint.root):
            return path, True
        for key in [key for key in _roots if key[0] == state]:
            del _roots[key]
    return path, False


def inclusion_path(connection: Connection, state: str, seq: int, size: int) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1 for event ``seq`` among the first ``size``, lowest sibling first.

    A tree over more than BLOCK leaves splits at multiples of BLOCK, so it is the tree over the blocks' roots.
    """
    block, index = divmod(seq - 1, BLOCK)
    blocks = (size + BLOCK - 1) // BLOCK
    roots = []
    for at in range(blocks):
        complete = (at + 1) * BLOCK <= size
        root = _roots.get((state, at)) if complete else None
        if root is None:
            root = merkle.root(_leaves(connection, at, size))
            if complete:
                _roots[state, at] = root
        roots.append(root)
    own = merkle.inclusion_proof(_leaves(connection, block, size), index)
    return [*own, *merkle.inclusion_proof(roots, block)]


def _leaves(connection: Connection, block: int, size: int) -> list[bytes]:
    first, last = block * BLOCK + 1, min((block + 1) * BLOCK, size)
    query = sa.select(db.events.c.leaf_hash).where(db.events.c.seq.between(first, last))
    return [bytes.fromhex(text) for text in connection.scalars(query.order_by(db.events.c.seq))]


def _content(row: Any) -> dict[str, Any]:
    subject = {"kind": row.subject_kind, "name": row.name, "version": row.version, "digest": row.digest}
    content = {name: getattr(row, name) for name in ("seq", "at", "actor", "action", "body")}
    return {**content, "subject": subject}


def _event(row: Any) -> Event:
    return Event.model_validate({**_content(row), "leaf_hash": row.leaf_hash})
