"""The graph of records: what was made from what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tunewright.core.errors import NotFoundError
from tunewright.core.types import Record, Ref
from tunewright.store import db

_AT_ONCE = 500
"""Digests in one query; SQLite allows 32766 parameters."""

Step = Callable[[Connection, list[str]], list[Ref]]


def insert(connection: Connection, record: Record) -> None:
    """Write the record's inputs."""
    rows = [
        {
            "record_digest": record.ref.digest,
            "position": i,
            "input_kind": ref.kind,
            "name": ref.name,
            "version": ref.version,
            "input_digest": ref.digest,
        }
        for i, ref in enumerate(record.inputs)
    ]
    if rows:
        connection.execute(sa.insert(db.record_inputs), rows)


def check_known(connection: Connection, ref: Ref) -> None:
    """Raises NotFoundError unless a record with this digest, kind, name and version is there."""
    known = sa.select(db.records.c.id).where(
        db.records.c.digest == ref.digest,
        db.records.c.kind == ref.kind,
        db.records.c.name == ref.name,
        db.records.c.version == ref.version,
    )
    if connection.scalar(known) is None:
        raise NotFoundError(
            f"{ref} with digest {ref.digest[:12]} is not recorded in this workspace",
            hint="record it first: every input needs a record of its own",
            digest=ref.digest,
        )


def upstream(connection: Connection, digest: str, depth: int | None) -> list[Ref]:
    """Inputs, inputs of inputs, ...: nearest first, each once."""
    return _walk(connection, digest, depth, _inputs)


def downstream(connection: Connection, digest: str, depth: int | None) -> list[Ref]:
    """What has it as input, directly or not: nearest first, each once."""
    return _walk(connection, digest, depth, _outputs)


def outputs_of(connection: Connection, digests: Sequence[str]) -> dict[str, list[Ref]]:
    """What was made directly from each of these, in one question."""
    r, t = db.records, db.record_inputs
    found: dict[str, list[Ref]] = {digest: [] for digest in digests}
    for start in range(0, len(digests), _AT_ONCE):
        query = (
            sa.select(t.c.input_digest, r.c.kind, r.c.name, r.c.version, r.c.digest)
            .join(t, t.c.record_digest == r.c.digest)
            .where(t.c.input_digest.in_(digests[start : start + _AT_ONCE]))
            .order_by(r.c.id)
        )
        for row in connection.execute(query):
            ref = Ref(kind=row.kind, name=row.name, version=row.version, digest=row.digest)
            found[row.input_digest].append(ref)
    return found


def downstream_of(connection: Connection, digests: Sequence[str]) -> dict[str, list[Ref]]:
    """``downstream`` of each of these, with one question a level for all of them together."""
    direct: dict[str, list[Ref]] = {}
    level = list(dict.fromkeys(digests))
    while level:
        direct |= outputs_of(connection, level)
        level = list(
            dict.fromkeys(ref.digest for d in level for ref in direct[d] if ref.digest not in direct)
        )
    return {digest: _reached(direct, digest) for digest in digests}


def _reached(direct: Mapping[str, Sequence[Ref]], digest: str) -> list[Ref]:
    seen, found, level = {digest}, [], [digest]
    while level:
        fresh = []
        for ref in (ref for d in level for ref in direct[d]):
            if ref.digest not in seen:
                seen.add(ref.digest)
                fresh.append(ref)
        found += fresh
        level = [ref.digest for ref in fresh]
    return found


def _walk(connection: Connection, digest: str, depth: int | None, step: Step) -> list[Ref]:
    seen, found, level = {digest}, [], [digest]
    while level and (depth is None or depth > 0):
        fresh: list[Ref] = []
        for start in range(0, len(level), _AT_ONCE):
            for ref in step(connection, level[start : start + _AT_ONCE]):
                if ref.digest not in seen:
                    seen.add(ref.digest)
                    fresh.append(ref)
        found += fresh
        level = [ref.digest for ref in fresh]
        depth = None if depth is None else depth - 1
    return found


def _inputs(connection: Connection, digests: list[str]) -> list[Ref]:
    t = db.record_inputs
    query = (
        sa.select(t.c.input_kind.label("kind"), t.c.name, t.c.version, t.c.input_digest.label("digest"))
        .join(db.records, db.records.c.digest == t.c.record_digest)
        .where(t.c.record_digest.in_(digests))
        .order_by(db.records.c.id, t.c.position)
    )
    return [Ref.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def _outputs(connection: Connection, digests: list[str]) -> list[Ref]:
    r, t = db.records, db.record_inputs
    query = (
        sa.select(r.c.kind, r.c.name, r.c.version, r.c.digest)
        .join(t, t.c.record_digest == r.c.digest)
        .where(t.c.input_digest.in_(digests))
        .order_by(r.c.id)
    )
    return [Ref.model_validate(dict(row)) for row in connection.execute(query).mappings()]
