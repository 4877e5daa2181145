"""One writer at a time, with hooks around the commit; and errors of the database in our own classes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from tunewright.core.errors import ConflictError, EngineError, IntegrityError, TunewrightError, UsageError

WRITER_LOCK = 0x74756E65
"""Key of PostgreSQL's advisory lock ("tune"): one writer a database, as SQLite has it by nature."""

Hook = Callable[[], None]


@dataclass(eq=False)
class Transaction:
    """A write transaction and what belongs to its end."""

    connection: Connection
    before_commit: list[Hook] = field(default_factory=list)
    after_commit: list[Hook] = field(default_factory=list)
    on_rollback: list[Hook] = field(default_factory=list)


class Database:
    """Transactions over one engine. A thread has at most one write transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._local = threading.local()

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def current(self) -> Transaction | None:
        """This thread's write transaction."""
        found: Transaction | None = getattr(self._local, "transaction", None)
        return found

    def joined(self, connection: Connection) -> Transaction:
        """The running transaction of ``connection``. Raises UsageError when it is none of this thread's."""
        transaction = self.current
        if transaction is None or transaction.connection is not connection:
            raise UsageError(
                "this connection is not in a write transaction of this project",
                hint="use the connection of `with project.transaction() as connection:`",
            )
        return transaction

    @contextlib.contextmanager
    def transaction(self, durable: bool) -> Iterator[Connection]:
        """Everything inside happens or nothing does. Errors: see ``Project.transaction``."""
        if self.current is not None:
            raise UsageError(
                "a write transaction is already running in this thread",
                hint="pass its connection on (`in_transaction=`) instead of opening a second one",
            )
        with translated(), self.engine.connect() as opened:
            connection = opened.execution_options(tunewright_writes=True)
            transaction = Transaction(connection)
            with self._durability(connection, durable), connection.begin() as begun:
                self._take_writer_lock(connection, durable)
                self._local.transaction = transaction
                try:
                    yield connection
                    for hook in transaction.before_commit:
                        hook()
                    begun.commit()
                except BaseException:
                    begun.rollback()
                    for hook in reversed(transaction.on_rollback):
                        hook()
                    raise
                finally:
                    self._local.transaction = None
        for hook in transaction.after_commit:
            hook()

    @contextlib.contextmanager
    def reader(self) -> Iterator[Connection]:
        """One consistent view; inside a write transaction of this thread, that transaction's own."""
        if self.current is not None:
            yield self.current.connection
            return
        with translated(), self.engine.connect() as opened:
            connection = opened
            if not self.is_sqlite:
                connection = opened.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with connection.begin() as begun:
                try:
                    yield connection
                finally:
                    begun.rollback()

    def _take_writer_lock(self, connection: Connection, durable: bool) -> None:
        if self.is_sqlite:
            return
        if not durable:
            connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
        connection.execute(sa.text("SET LOCAL lock_timeout = '30s'"))
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})

    @contextlib.contextmanager
    def _durability(self, connection: Connection, durable: bool) -> Iterator[None]:
        """SQLite changes its mode only outside a transaction; the connection goes back to the pool with FULL."""
        driver = connection.connection.driver_connection if self.is_sqlite and not durable else None
        if driver is None:
            yield
            return
        driver.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            driver.execute("PRAGMA synchronous=FULL")


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn the database library's errors into ours; statements and values are left out of the message."""
    try:
        yield
    except sa.exc.IntegrityError:
        # Without its cause: PostgreSQL repeats the whole row there.
        raise ConflictError(
            "the database already holds an entry with this key",
            hint="somebody else was faster; look at the present state and try again",
        ) from None
    except sa.exc.OperationalError as error:
        raise _typed(error) from error
    except sa.exc.DBAPIError as error:
        raise _typed(error) from None
    except sa.exc.StatementError as error:
        # A value that a column's type refuses: the refusal is ours already.
        if isinstance(error.orig, TunewrightError):
            raise error.orig from None
        raise
    except sa.exc.TimeoutError as error:
        raise ConflictError(
            "too many transactions at once", hint="try again in a moment, or run fewer threads"
        ) from error


def _typed(error: sa.exc.DBAPIError) -> TunewrightError:
    text = str(error.orig).lower()
    if "locked" in text or "lock timeout" in text or "busy" in text:
        return ConflictError(
            "another process is writing to this workspace and did not finish in time",
            hint="wait for it, or look with `tunewright status` who it is",
        )
    if "full" in text or "disk i/o" in text or "no space" in text:
        return EngineError(
            "the disk is full: the database did not take the change",
            hint="free space (or raise the quota), then run the same command again; nothing was half written",
            retryable=True,
        )
    if "malformed" in text or "not a database" in text or "no such table" in text:
        return IntegrityError(
            "the workspace's database is damaged",
            hint="restore .tunewright from the backup; `tunewright audit verify` tells whether the copy is whole",
        )
    return EngineError(
        f"the database did not do it ({type(error.orig).__name__})",
        hint="check that the database is reachable and writable, then run the same command again",
        retryable=True,
    )
