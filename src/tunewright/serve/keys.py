"""Gateway keys: ``sk-tw-<id>-<secret>``, stored as a salted SHA-256, compared in constant time.

The secret has 256 random bits, so one fast hash is enough (slow hashes protect guessable passwords). The id finds the
row; nothing of a key's text ever reaches SQL, a log line, a metric or an error.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from tunewright.core.canonical import utc_text
from tunewright.core.errors import ConflictError, NotFoundError, UsageError
from tunewright.core.types import Ref
from tunewright.store.db import keys
from tunewright.store.project import Project

SCOPES = ("chat", "feedback", "admin")
"""chat: ask and list models; feedback: judge answers one's own key was given; admin: judge anyone's"""

PREFIX = "sk-tw-"
_FORM = re.compile(r"sk-tw-([0-9a-f]{12})-([A-Za-z0-9_-]{43})", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,62}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be shown of a key."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: str
    revoked_at: str | None


@dataclass(frozen=True, slots=True)
class _Stored:
    info: KeyInfo
    hash: str
    salt: str


def hash_secret(salt: str, secret: str) -> str:
    """SHA-256 over salt and secret, hexadecimal."""
    return hashlib.sha256(f"{salt}:{secret}".encode("ascii")).hexdigest()


def create_key(project: Project, name: str, scopes: Sequence[str]) -> tuple[KeyInfo, str]:
    """A new key and its text, which is never stored. Raises UsageError for a bad name or scope, ConflictError."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name[:80]!r} is not a key name",
            hint="use 1-63 letters, digits, spaces, dots, dashes or underscores",
        )
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise UsageError(
            f"unknown scope {unknown[0][:40]!r}" if unknown else "a key without scopes opens nothing",
            hint=f"scopes are {', '.join(SCOPES)}",
        )
    key_id, secret, salt = secrets.token_hex(6), secrets.token_urlsafe(32), secrets.token_hex(16)
    ordered = tuple(scope for scope in SCOPES if scope in scopes)
    info = KeyInfo(key_id, name, ordered, utc_text(project.now()), None)
    stored = hash_secret(salt, secret)
    with project.transaction() as connection:
        active = select(keys.c.id).where(keys.c.name == name, keys.c.revoked_at.is_(None))
        if connection.execute(active).first() is not None:
            raise ConflictError(
                f"an active key is already called {name!r}", hint="pick another name or revoke that one"
            )
        connection.execute(
            insert(keys).values(
                id=key_id,
                name=name,
                hash=stored,
                salt=salt,
                scopes=list(ordered),
                created_at=info.created_at,
                revoked_at=None,
            )
        )
        project.audit.append(
            "key.create", _ref(info, stored), {"name": name, "scopes": list(ordered)}, connection=connection
        )
    return info, f"{PREFIX}{key_id}-{secret}"


def list_keys(project: Project) -> list[KeyInfo]:
    """All keys, oldest first, revoked ones included."""
    with project.reader() as connection:
        rows = connection.execute(select(keys).order_by(keys.c.created_at, keys.c.id)).all()
    return [_info(row._mapping) for row in rows]


def revoke_key(project: Project, key: str) -> KeyInfo:
    """Revoke by id or by the name of an active key. Raises NotFoundError; revoking twice is a ConflictError."""
    with project.transaction() as connection:
        wanted = select(keys).where((keys.c.id == key) | ((keys.c.name == key) & keys.c.revoked_at.is_(None)))
        row = connection.execute(wanted).first()
        if row is None:
            raise NotFoundError(
                f"no active key has the id or name {key[:80]!r}", hint="see `tunewright key list`"
            )
        if row.revoked_at is not None:
            raise ConflictError(f"key {row.id} is revoked already", hint="see `tunewright key list`")
        at = utc_text(project.now())
        connection.execute(update(keys).where(keys.c.id == row.id).values(revoked_at=at))
        info = _info({**row._mapping, "revoked_at": at})
        project.audit.append("key.revoke", _ref(info, row.hash), {"name": info.name}, connection=connection)
    return info


def _info(row: Mapping[Any, Any]) -> KeyInfo:
    return KeyInfo(row["id"], row["name"], tuple(row["scopes"]), row["created_at"], row["revoked_at"])


def _ref(info: KeyInfo, stored: str) -> Ref:
    return Ref(kind="key", name=info.id, version="1", digest=stored)


class KeyRing:
    """The active keys in memory. ``refresh`` is called by the gateway's poll and from worker threads."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._active: Mapping[str, _Stored] = {}
        self._refreshing = threading.Lock()

    @property
    def count(self) -> int:
        """Active keys."""
        return len(self._active)

    def refresh(self) -> None:
        """Read the active keys from the database."""
        with self._refreshing, self._project.reader() as connection:
            rows = connection.execute(select(keys).where(keys.c.revoked_at.is_(None))).all()
        self._active = {row.id: _Stored(_info(row._mapping), row.hash, row.salt) for row in rows}

    def knows(self, authorization: bytes | None) -> bool:
        """Whether the header names an active key's id (the secret is not looked at)."""
        found = _split(authorization)
        return found is None or found[0] in self._active

    def check(self, authorization: bytes | None) -> KeyInfo | None:
        """The key of an ``Authorization: Bearer`` header, None when it is missing, malformed, unknown or wrong."""
        found = _split(authorization)
        if found is None:
            return None
        stored = self._active.get(found[0])
        # An unknown id is hashed and compared too, so that time tells nothing.
        salt, expected = (stored.salt, stored.hash) if stored else ("0" * 32, "0" * 64)
        same = hmac.compare_digest(hash_secret(salt, found[1]), expected)
        return stored.info if stored is not None and same else None


def _split(authorization: bytes | None) -> tuple[str, str] | None:
    if authorization is None or len(authorization) > 200 or not authorization.isascii():
        return None
    kind, _, text = authorization.decode("ascii").partition(" ")
    match = _FORM.fullmatch(text.strip())
    if kind.lower() != "bearer" or match is None:
        return None
    return match[1], match[2]
