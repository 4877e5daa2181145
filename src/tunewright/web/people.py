"""Who may sign in to the console, and as what. Every change is an event of the audit log; no event holds a password."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from tunewright.core.canonical import digest, utc_text
from tunewright.core.errors import ConflictError, NotFoundError, UsageError
from tunewright.core.types import Ref
from tunewright.store.db import console_people, console_sessions
from tunewright.store.names import check_actor
from tunewright.web.passwords import check_strength, hash_password
from tunewright.web.text import visible

if TYPE_CHECKING:
    from tunewright.store.project import Project

ROLES = ("reviewer", "expert", "approver", "auditor", "admin")
"""reviewer: decides findings; expert: approves and corrects examples; approver: the second person; auditor: reads all
records and the audit log; admin: people and sessions."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in; their name is the actor of what they decide."""

    name: str
    roles: tuple[str, ...]
    created_at: str
    changed_at: str
    disabled_at: str | None
    """when they were shut out, None while they may sign in"""


def add_person(project: Project, name: str, roles: Sequence[str], password: str) -> Person:
    """Add somebody. Raises ConflictError for a name in use, UsageError for a bad name, role or password."""
    check_actor(name)
    if name != name.strip() or visible(name) != name:
        raise UsageError(
            f"the name {name!a} has a space at an end or a sign that cannot be seen",
            hint="write the name as it is to be read",
        )
    ordered = _checked_roles(roles)
    stored = hash_password(check_strength(password, name))
    at = utc_text(project.now())
    with project.transaction() as connection:
        known = {row.casefold(): row for row in connection.scalars(select(console_people.c.name))}
        if name.casefold() in known:
            raise ConflictError(
                f"{known[name.casefold()]} can sign in already",
                hint="see `tunewright console user list`; a name is never given to a second person",
            )
        row = {"name": name, "password": stored, "roles": list(ordered), "created_at": at, "changed_at": at}
        connection.execute(insert(console_people).values(**row, disabled_at=None))
        person = Person(name, ordered, at, at, None)
        _record(project, "console.user.add", person, connection)
    return person


def set_password(project: Project, name: str, password: str) -> Person:
    """Change a password and end every session of that person. Raises NotFoundError, UsageError."""
    stored = hash_password(check_strength(password, name))
    return _change(project, name, "console.user.password", password=stored)


def set_roles(project: Project, name: str, roles: Sequence[str]) -> Person:
    """Change the roles; their sessions end. Raises NotFoundError, UsageError."""
    return _change(project, name, "console.user.roles", roles=list(_checked_roles(roles)))


def disable(project: Project, name: str) -> Person:
    """Shut somebody out at once. The name stays taken, because the audit log names it. Raises NotFoundError."""
    return _change(project, name, "console.user.disable", disabled_at=utc_text(project.now()))


def enable(project: Project, name: str) -> Person:
    """Let somebody in again. Raises NotFoundError."""
    return _change(project, name, "console.user.enable", disabled_at=None)


def people(project: Project) -> tuple[Person, ...]:
    """Everybody, by name."""
    with project.reader() as connection:
        rows = connection.execute(select(console_people).order_by(console_people.c.name)).all()
    return tuple(person_of(row) for row in rows)


def stored_password(project: Project, name: str) -> str | None:
    """The hash of an enabled person's password; None for anybody else."""
    query = select(console_people.c.password).where(
        console_people.c.name == name, console_people.c.disabled_at.is_(None)
    )
    with project.reader() as connection:
        found: str | None = connection.scalar(query)
    return found


def _change(project: Project, name: str, action: str, **values: Any) -> Person:
    with project.transaction() as connection:
        row = connection.execute(select(console_people).where(console_people.c.name == name)).one_or_none()
        if row is None:
            raise NotFoundError(
                f"nobody called {name[:80]!r} can sign in", hint="see `tunewright console user list`"
            )
        values["changed_at"] = utc_text(project.now())
        connection.execute(update(console_people).where(console_people.c.name == name).values(**values))
        # What a session was opened with no longer holds.
        connection.execute(delete(console_sessions).where(console_sessions.c.name == name))
        changed = connection.execute(select(console_people).where(console_people.c.name == name)).one()
        person = person_of(changed)
        _record(project, action, person, connection)
    return person


def _record(project: Project, action: str, person: Person, connection: Connection) -> None:
    body = {"roles": list(person.roles), "disabled": person.disabled_at is not None}
    project.audit.append(action, user_ref(person), body, connection=connection)


def user_ref(person: Person) -> Ref:
    """The subject of events about somebody who signs in."""
    return Ref(kind="user", name=person.name, version="1", digest=digest({"user": person.name}))


def _checked_roles(roles: Sequence[str]) -> tuple[str, ...]:
    unknown = sorted(set(roles) - set(ROLES))
    if unknown or not roles:
        what = f"{unknown[0][:40]!r} is not a role" if unknown else "no role was given"
        raise UsageError(what, hint=f"roles: {', '.join(ROLES)}")
    return tuple(role for role in ROLES if role in roles)


def person_of(row: Any) -> Person:
    """A row of the table."""
    return Person(row.name, tuple(row.roles), row.created_at, row.changed_at, row.disabled_at)
