"""Sessions live in the database: a random token in the cookie, only its hash stored, an idle and an absolute end."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from tunewright.core.canonical import utc_text
from tunewright.core.errors import NotFoundError
from tunewright.store.db import console_people, console_sessions
from tunewright.web.people import Person, person_of, user_ref

if TYPE_CHECKING:
    from tunewright.store.project import Project

_TOUCH_S = 60.0
"""``seen_at`` is written at most once in so many seconds: reading a page is not a write"""


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person."""

    person: Person
    opened_at: str
    expires_at: str
    csrf: str
    """what every form of this session carries; derived from the cookie's token, so no other session's fits"""

    def __repr__(self) -> str:
        return f"Session({self.person.name!r})"


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """When a session ends by itself."""

    idle_s: float = 30 * 60.0
    absolute_s: float = 10 * 3600.0


def open_session(project: Project, person: Person, lifetimes: Lifetimes) -> str:
    """A fresh session with its event; answers the token. A token the browser brought along is never taken over."""
    token = secrets.token_urlsafe(32)
    now = project.now()
    with project.transaction() as connection:
        over = console_sessions.c.expires_at < utc_text(now)
        connection.execute(delete(console_sessions).where(over))
        connection.execute(
            insert(console_sessions).values(
                token_hash=token_hash(token),
                name=person.name,
                opened_at=utc_text(now),
                seen_at=utc_text(now),
                expires_at=utc_text(now + timedelta(seconds=lifetimes.absolute_s)),
            )
        )
        project.audit.append("console.sign-in", user_ref(person), {}, connection=connection)
    return token


def find_session(project: Project, token: str, lifetimes: Lifetimes) -> Session | None:
    """The session of a cookie; None when there is none, it has ended, or the person was shut out."""
    if not 40 <= len(token) <= 64 or not token.isascii():
        return None
    now = project.now()
    query = select(
        console_people,
        console_sessions.c.opened_at,
        console_sessions.c.seen_at,
        console_sessions.c.expires_at,
    ).where(
        console_sessions.c.token_hash == token_hash(token),
        console_people.c.name == console_sessions.c.name,
        console_people.c.disabled_at.is_(None),
    )
    with project.reader() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    idle_s = (now - datetime.fromisoformat(row.seen_at)).total_seconds()
    if idle_s > lifetimes.idle_s or utc_text(now) >= row.expires_at:
        return None
    if idle_s > min(_TOUCH_S, lifetimes.idle_s / 10):
        touched = update(console_sessions).where(console_sessions.c.token_hash == token_hash(token))
        with project.transaction(durable=False) as connection:
            connection.execute(touched.values(seen_at=utc_text(now)))
    return Session(person_of(row), row.opened_at, row.expires_at, csrf_token(token))


def close_session(project: Project, token: str, person: Person | None) -> None:
    """End one session; with ``person`` it is recorded as their signing out."""
    with project.transaction() as connection:
        gone = connection.execute(
            delete(console_sessions).where(console_sessions.c.token_hash == token_hash(token))
        )
        if gone.rowcount and person is not None:
            project.audit.append("console.sign-out", user_ref(person), {}, connection=connection)


def token_hash(token: str) -> str:
    """What is stored of a token: it has 256 random bits, so a plain SHA-256 cannot be turned back."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def csrf_token(token: str) -> str:
    """What forms carry: HMAC-SHA-256 keyed by the cookie's token."""
    return hmac.new(token.encode("utf-8", "replace"), b"tunewright console form", "sha256").hexdigest()


def csrf_fits(token: str, given: str) -> bool:
    """Whether a form belongs to the session (or to the sign-in page) with this cookie; in constant time."""
    return bool(token) and hmac.compare_digest(csrf_token(token).encode(), given.encode("utf-8", "replace"))


def close_all(project: Project, name: str) -> int:
    """End every session of somebody, with an event; answers how many. Raises NotFoundError for an unknown name."""
    with project.transaction() as connection:
        row = connection.execute(select(console_people).where(console_people.c.name == name)).one_or_none()
        if row is None:
            raise NotFoundError(f"nobody called {name[:80]!r} can sign in", hint="see the list of people")
        gone = connection.execute(delete(console_sessions).where(console_sessions.c.name == name)).rowcount
        body = {"sessions": int(gone)}
        project.audit.append(
            "console.user.end-sessions", user_ref(person_of(row)), body, connection=connection
        )
    return int(gone)


def open_sessions(project: Project, lifetimes: Lifetimes) -> dict[str, int]:
    """Sessions that have not ended by themselves, by name."""
    idle = utc_text(project.now() - timedelta(seconds=lifetimes.idle_s))
    query = (
        select(console_sessions.c.name, func.count())
        .where(console_sessions.c.expires_at > utc_text(project.now()), console_sessions.c.seen_at >= idle)
        .group_by(console_sessions.c.name)
    )
    with project.reader() as connection:
        return {name: int(count) for name, count in connection.execute(query).all()}
