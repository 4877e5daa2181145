"""Failed sign-ins slow down the next ones: by name and by address, the same for names that exist and names that do not.

An attempt counts before its password is looked at, so a hundred attempts at once are a hundred attempts.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from tunewright.core.canonical import digest, utc_text
from tunewright.core.errors import DeniedError
from tunewright.core.types import Ref
from tunewright.store.db import console_attempts

if TYPE_CHECKING:
    from tunewright.store.project import Project

FREE = {"name": 5, "address": 30}
"""attempts without a wait"""

_SUBJECT = Ref(kind="console", name="sign-in", version="1", digest=digest({"console": "sign-in"}))

LONGEST_S = 900.0
FORGET_S = 24 * 3600.0


class ThrottledError(DeniedError):
    """Too many failed attempts; ``wait_s`` until the next one is looked at."""

    http_status = 429

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__("too many failed attempts", hint=f"wait {max(1, round(wait_s))} s and try again")


def count_attempt(project: Project, name: str, address: str) -> None:
    """Count one attempt. Raises ThrottledError, without counting, while a wait is running."""
    with project.transaction() as connection:
        now = project.now()
        keys = [("name", _who("name", name.casefold())), ("address", _who("address", address))]
        found = {kind: _failures(connection, who, now) for kind, who in keys}
        wait_s = max(_left_s(kind, *found[kind], now) for kind, _ in keys)
        if wait_s > 0:
            raise ThrottledError(wait_s)
        for kind, who in keys:
            _write(connection, who, found[kind][0] + 1, now)
            if found[kind][0] + 1 == FREE[kind]:
                # Once, not for every attempt: nobody fills the log. No name: it may be a password typed too early.
                project.audit.append("console.throttle", _SUBJECT, {"by": kind}, connection=connection)


def forgive(project: Project, name: str, address: str) -> None:
    """After a right password: the name's failures are forgotten, the address has this attempt back."""
    with project.transaction() as connection:
        who = _who("address", address)
        failures, _ = _failures(connection, who, project.now())
        connection.execute(
            delete(console_attempts).where(console_attempts.c.who == _who("name", name.casefold()))
        )
        if failures:
            connection.execute(
                update(console_attempts).where(console_attempts.c.who == who).values(failures=failures - 1)
            )


def _who(kind: str, text: str) -> str:
    return f"{kind}:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def _failures(connection: Connection, who: str, now: datetime) -> tuple[int, datetime | None]:
    row = connection.execute(select(console_attempts).where(console_attempts.c.who == who)).one_or_none()
    if row is None:
        return 0, None
    last = datetime.fromisoformat(row.last_at)
    return (0, None) if (now - last).total_seconds() > FORGET_S else (row.failures, last)


def _left_s(kind: str, failures: int, last: datetime | None, now: datetime) -> float:
    over = failures - FREE[kind]
    if last is None or over < 0:
        return 0.0
    wait = timedelta(seconds=min(LONGEST_S, 2.0 ** min(over, 20)))
    return (last + wait - now).total_seconds()


def _write(connection: Connection, who: str, failures: int, now: datetime) -> None:
    values = {"failures": failures, "last_at": utc_text(now)}
    done = connection.execute(update(console_attempts).where(console_attempts.c.who == who).values(**values))
    if not done.rowcount:
        connection.execute(insert(console_attempts).values(who=who, **values))
        # Nobody fills the table by trying names: what is a day old counts for nothing.
        old = utc_text(now - timedelta(seconds=FORGET_S))
        connection.execute(delete(console_attempts).where(console_attempts.c.last_at < old))
