"""Leases: one process at a time does a named thing. A dead or expired holder's lease is taken over."""

from __future__ import annotations

import contextlib
import os
import platform
import secrets
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from tunewright.core.canonical import utc_text
from tunewright.core.errors import ConflictError, TunewrightError, UsageError
from tunewright.store import db
from tunewright.store.database import Database
from tunewright.store.names import check_name


def process_identity(pid: int) -> str | None:
    """A text that no later process with the same number has (Linux: its start time); None when there is none such.

    Where the start time cannot be told the text is empty.
    """
    try:
        # Field 22 of /proc/PID/stat; the command name before it may hold spaces and brackets.
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return None if fields[0] in {"Z", "X"} else fields[19]
    except (OSError, IndexError):
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return ""


def host_identity() -> str:
    """The machine's name and, where it can be told, the id of its present boot."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        boot = ""
    return f"{platform.node()}/{boot}"


class Leases:
    """The leases of one project."""

    def __init__(self, database: Database, now: Callable[[], datetime], actor: str) -> None:
        self._database = database
        self._now = now
        self._actor = actor

    @contextlib.contextmanager
    def hold(self, name: str, ttl_s: float) -> Iterator[None]:
        """Hold the lease while the block runs; a thread renews it every third of ``ttl_s``.

        Raises ConflictError naming the holder when it is taken, and at the end when somebody took it over because it
        could not be renewed in time.
        """
        check_name(name, "lease")
        if ttl_s <= 0:
            raise UsageError(f"a lease of {ttl_s} seconds ends at once", hint="give it a positive time")
        token = secrets.token_hex(16)
        self._acquire(name, token, ttl_s)
        stop, lost = threading.Event(), threading.Event()
        renewer = threading.Thread(
            target=self._renew, args=(name, token, ttl_s, stop, lost), name=f"lease {name}", daemon=True
        )
        renewer.start()
        try:
            yield
        finally:
            stop.set()
            renewer.join()
            self._release(name, token)
        if lost.is_set():
            raise ConflictError(
                f"the lease {name} was taken over while it was held",
                hint="this machine was suspended or the database was away too long; check the result before using it",
                lease=name,
            )

    def _acquire(self, name: str, token: str, ttl_s: float) -> None:
        with self._database.transaction(durable=False) as connection:
            row = connection.execute(sa.select(db.leases).where(db.leases.c.name == name)).one_or_none()
            now = self._now()
            if row is not None and self._is_held(row, now):
                raise ConflictError(
                    f"{name} is being done by {row.actor} (process {row.pid} on {row.host.split('/')[0]}) "
                    f"since {row.acquired_at}",
                    hint="wait until it has finished; the lease of a process that died is released by itself",
                    lease=name,
                    holder=row.actor,
                    pid=row.pid,
                    host=row.host.split("/")[0],
                    expires_at=row.expires_at,
                )
            connection.execute(sa.delete(db.leases).where(db.leases.c.name == name))
            connection.execute(sa.insert(db.leases).values(**self._values(name, token, now, ttl_s)))

    def _values(self, name: str, token: str, now: datetime, ttl_s: float) -> dict[str, Any]:
        pid = os.getpid()
        return {
            "name": name,
            "token": token,
            "actor": self._actor,
            "host": host_identity(),
            "pid": pid,
            "process": process_identity(pid) or "",
            "acquired_at": utc_text(now),
            "expires_at": utc_text(now + timedelta(seconds=ttl_s)),
        }

    @staticmethod
    def _is_held(row: Row[Any], now: datetime) -> bool:
        if row.expires_at <= utc_text(now):
            return False
        node, _, boot = row.host.partition("/")
        here, _, this_boot = host_identity().partition("/")
        if node != here:
            return True
        if boot != this_boot:
            return False
        identity = process_identity(row.pid)
        return identity is not None and (not row.process or identity == row.process)

    def _renew(
        self, name: str, token: str, ttl_s: float, stop: threading.Event, lost: threading.Event
    ) -> None:
        while not stop.wait(ttl_s / 3):
            # A busy database is no reason to give up: the next turn comes before the lease expires.
            with (
                contextlib.suppress(TunewrightError),
                self._database.transaction(durable=False) as connection,
            ):
                expires_at = utc_text(self._now() + timedelta(seconds=ttl_s))
                renewed = connection.execute(
                    sa.update(db.leases)
                    .where(db.leases.c.name == name, db.leases.c.token == token)
                    .values(expires_at=expires_at)
                )
                if renewed.rowcount == 0:
                    lost.set()
                    return

    def _release(self, name: str, token: str) -> None:
        gone = sa.delete(db.leases).where(db.leases.c.name == name, db.leases.c.token == token)
        current = self._database.current
        if current is not None:
            current.connection.execute(gone)
            return
        # What cannot be released now (full disk) expires by itself; the block's own error matters more.
        with contextlib.suppress(TunewrightError), self._database.transaction(durable=False) as connection:
            connection.execute(gone)
