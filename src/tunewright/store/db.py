"""Every table, as SQLAlchemy Core metadata, and the engines for SQLite and PostgreSQL.

Times are RFC 3339 text in UTC with microseconds (``core.canonical.utc_text``): they sort as text and are the same bytes
on every database. JSON columns hold canonical JSON (RFC 8785).
"""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect, Engine

from tunewright.core.canonical import canonical_json
from tunewright.core.errors import UsageError

HEAD_REVISION = "0004"
"""The newest migration in ``store/migrations/versions``; a project at this revision opens without alembic."""

DATABASE_URL_VARIABLE = "TUNEWRIGHT_DATABASE_URL"
BUSY_TIMEOUT_S = 30.0

metadata = sa.MetaData()


class CanonicalJson(sa.types.TypeDecorator[Any]):
    """A JSON value stored as its canonical text; a number reads back as JSON has it (1.0 becomes 1)."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical_json(value).decode("utf-8")

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def _number() -> sa.Column[int]:
    """A primary key that counts up by itself and never reuses a number."""
    return sa.Column(
        "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    )


records = sa.Table(
    "records",
    metadata,
    _number(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("body", CanonicalJson, nullable=False),
    sa.Column("external", CanonicalJson, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.UniqueConstraint("kind", "name", "version", name="records_name"),
    sqlite_autoincrement=True,
)
"""body: the Record; external: {path: "blob" | "elsewhere"} of the files that do not lie in the record's folder."""

record_inputs = sa.Table(
    "record_inputs",
    metadata,
    sa.Column("record_digest", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("input_kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("input_digest", sa.Text, nullable=False, index=True),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False, index=True),
    sa.Column("action", sa.Text, nullable=False, index=True),
    sa.Column("subject_kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, index=True),
    sa.Column("body", CanonicalJson, nullable=False),
    sa.Column("leaf_hash", sa.Text, nullable=False),
)
"""seq counts 1, 2, ... without gaps; event seq is leaf seq - 1 of the tree."""

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("frontier", CanonicalJson, nullable=False),
)
"""One row: size and frontier (hex hashes) of the tree, so that an append costs O(log n)."""

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("root", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)

aliases = sa.Table(
    "aliases",
    metadata,
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("environment", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("decision_digest", sa.Text, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)

alias_history = sa.Table(
    "alias_history",
    metadata,
    _number(),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("environment", sa.Text, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("decision_digest", sa.Text, nullable=False),
    sa.Column("event_seq", sa.BigInteger, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.UniqueConstraint("model", "environment", "generation", name="alias_history_generation"),
    sqlite_autoincrement=True,
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("body", CanonicalJson, nullable=False),
)

approvals = sa.Table(
    "approvals",
    metadata,
    _number(),
    sa.Column("subject_digest", sa.Text, nullable=False, index=True),
    sa.Column("environment", sa.Text, nullable=False),
    sa.Column("body", CanonicalJson, nullable=False),
    sqlite_autoincrement=True,
)

waivers = sa.Table(
    "waivers",
    metadata,
    _number(),
    sa.Column("subject_digest", sa.Text, nullable=False, index=True),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("body", CanonicalJson, nullable=False),
    sqlite_autoincrement=True,
)

exchanges = sa.Table(
    "exchanges",
    metadata,
    sa.Column(
        "seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("at", sa.Text, nullable=False, index=True),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("model_name", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("subject_digest", sa.Text, nullable=False),
    sa.Column("variant", sa.Text, nullable=False),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("body", CanonicalJson, nullable=False),
    sa.Column("finish_reason", sa.Text, nullable=False),
    sa.Column("prompt_tokens", sa.Integer, nullable=False),
    sa.Column("completion_tokens", sa.Integer, nullable=False),
    sa.Column("latency_ms", sa.Double, nullable=False),
    sa.Column("flags", CanonicalJson, nullable=False),
    sa.Index("exchanges_model", "model_name", "version"),
    sqlite_autoincrement=True,
)

feedback = sa.Table(
    "feedback",
    metadata,
    _number(),
    sa.Column("exchange_id", sa.Text, nullable=False, index=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("body", CanonicalJson, nullable=False),
    sqlite_autoincrement=True,
)

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("scopes", CanonicalJson, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("revoked_at", sa.Text, nullable=True),
)

console_people = sa.Table(
    "console_people",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("roles", CanonicalJson, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("changed_at", sa.Text, nullable=False),
    sa.Column("disabled_at", sa.Text, nullable=True),
)
"""password: scrypt with its parameters and salt, see ``web.passwords``."""

console_sessions = sa.Table(
    "console_sessions",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, index=True),
    sa.Column("opened_at", sa.Text, nullable=False),
    sa.Column("seen_at", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Text, nullable=False),
)
"""token_hash: SHA-256 of the cookie; the cookie itself is stored nowhere."""

console_attempts = sa.Table(
    "console_attempts",
    metadata,
    sa.Column("who", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", sa.Text, nullable=False),
)
"""who: ``name:`` or ``address:`` and a SHA-256, so that a password typed as a name is not kept."""

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("process", sa.Text, nullable=False),
    sa.Column("acquired_at", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Text, nullable=False),
)

replacements = sa.Table(
    "replacements",
    metadata,
    _number(),
    sa.Column("record_digest", sa.Text, nullable=False, index=True),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("old_digest", sa.Text, nullable=False),
    sa.Column("new_digest", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("erasure", sa.Text, nullable=False),
    sa.UniqueConstraint("record_digest", "path", "old_digest", name="replacements_once"),
    sqlite_autoincrement=True,
)
"""Files that an erasure put in the place of recorded ones; valid only as its event lists them (store.replacements)."""

erased = sa.Table(
    "erased",
    metadata,
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("erasure", sa.Text, nullable=False),
)
"""Keyed digests of persons and contents that were erased and are not to come back."""


def database_url(sqlite_path: Path) -> sa.URL:
    """The URL in the env var TUNEWRIGHT_DATABASE_URL, else the SQLite file. Raises UsageError for another database."""
    text = os.environ.get(DATABASE_URL_VARIABLE, "").strip()
    if not text:
        return sa.URL.create("sqlite", database=str(sqlite_path))
    try:
        url = sa.engine.make_url(text)
    except sa.exc.ArgumentError:
        # The text may hold a password: it is not repeated.
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        raise UsageError(
            f"{DATABASE_URL_VARIABLE} is not a PostgreSQL address",
            hint="write it as postgresql+psycopg://user:password@host/database, or unset it for SQLite",
        )
    return url.set(drivername="postgresql+psycopg")


def make_engine(url: sa.URL) -> Engine:
    """An engine whose transactions start as the project says (see ``begin_mode``). Opens no connection yet."""
    if url.get_backend_name() == "postgresql":
        return sa.create_engine(url, pool_pre_ping=True, hide_parameters=True)
    # hide_parameters: values may be an example's text, which no exception may carry.
    engine = sa.create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None}, hide_parameters=True
    )
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    # FULL: a committed decision survives a power cut, not only a killed process.
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA trusted_schema=OFF")
    # What is deleted or shortened is overwritten with zeros: an erased text must not stay in a free page.
    connection.execute("PRAGMA secure_delete=ON")


def _begin_sqlite(connection: Connection) -> None:
    # Python's sqlite3 would begin late and deferred; a writer must hold the lock before it reads.
    mode = "BEGIN IMMEDIATE" if connection.get_execution_options().get("tunewright_writes") else "BEGIN"
    connection.exec_driver_sql(mode)
