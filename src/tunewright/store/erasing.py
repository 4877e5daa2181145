"""Carry out an erasure so that it happened or did not: files grow beside, one transaction decides, then they are swapped in.

1. New files, which hold nothing erased, are written into ``<state>/erasing/<random>`` and listed in ``journal.json``.
2. One transaction writes the erasure's record, its signed event and every change of the database.
3. Every swap and removal of the journal is done. Each can be done again, so whoever opens the project next goes on where
   a killed process stopped; a folder whose erasure is not in the database is removed, and nothing has happened.
4. SQLite is rewritten without free pages and its write-ahead log emptied; the event that says so closes the journal.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa

from tunewright.core.canonical import sha256_file
from tunewright.core.errors import ConflictError, IntegrityError
from tunewright.core.types import Record
from tunewright.store import db
from tunewright.store.audit import AuditLog
from tunewright.store.database import Database, translated
from tunewright.store.files import (
    FIXED_MODE,
    file_lock,
    make_folder,
    remove_tree,
    sync_file,
    sync_folder,
    try_lock,
    write_atomic,
    writing,
)
from tunewright.store.replacements import FINISH

JOURNAL = "journal.json"
KIND = "erasure"
"""kind of an erasure's record"""


@dataclass(frozen=True, slots=True)
class Swap:
    """A file and what takes its place."""

    target: str
    """relative to the workspace's root"""
    staged: str
    """name of the new file in the erasure's folder"""
    old: str
    new: str
    """digests"""
    guarded: bool = False
    """a file of the user's: left alone when it is no longer the one that was looked at"""


@dataclass(frozen=True, slots=True)
class Journal:
    """What is left to do once the database says that the erasure happened."""

    name: str
    version: str
    """of the erasure's record"""
    swaps: tuple[Swap, ...]
    removals: tuple[str, ...]
    """files and folders, relative to the workspace's root"""


class Erasing:
    """The erasures under way in one project."""

    def __init__(self, root: Path, state: Path, database: Database, audit: AuditLog) -> None:
        self._root = root
        self._folder = state / "erasing"
        self._lock = state / "staging.lock"
        self._database = database
        self._audit = audit

    @contextlib.contextmanager
    def fresh(self) -> Iterator[Path]:
        """An empty folder for new files. It is removed at the end unless a journal of a committed erasure lies in it."""
        with writing("making the erasure's folder"), file_lock(self._lock, shared=True):
            make_folder(self._folder)
            path = self._folder / secrets.token_hex(12)
            make_folder(path)
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try_lock(descriptor)
        try:
            yield path
        finally:
            os.close(descriptor)
            if path.exists() and self._committed(_read(path)) is None:
                with writing("removing the erasure's folder"):
                    remove_tree(path)

    def write_journal(self, folder: Path, journal: Journal) -> None:
        """Make the new files durable, then the journal. Raises EngineError for a full disk."""
        with writing("keeping the erasure's journal"):
            for swap in journal.swaps:
                sync_file(folder / swap.staged)
            text = json.dumps(asdict(journal), ensure_ascii=False, sort_keys=True)
            write_atomic(folder / JOURNAL, text.encode("utf-8"), FIXED_MODE)

    def pending(self) -> tuple[str, ...]:
        """``name@version`` of every erasure that is decided and not carried out to the end."""
        journals = [_read(path) for path in self._folders()]
        return tuple(f"{j.name}@{j.version}" for j in journals if j is not None and self._committed(j))

    def recover(self) -> None:
        """Finish or undo what a process that died left. What cannot be finished now (a busy database, a full disk) is
        finished at the next opening or by ``audit erase --resume``."""
        for path in self._folders():
            with self._held(path) as held:
                if held and path.exists():
                    self._take_up(path)

    def finish(self, folder: Path) -> None:
        """Carry out the journal of a committed erasure. Raises ConflictError for a busy database, EngineError."""
        journal = _read(folder)
        record = self._committed(journal)
        if journal is None or record is None:
            return
        with writing("putting the files of the erasure in place"):
            for swap in journal.swaps:
                self._swap(folder, swap)
            for name in journal.removals:
                self._remove(name)
        self._scrub_database()
        self._close(folder, record)

    def _take_up(self, path: Path) -> None:
        if self._committed(_read(path)) is None:
            with writing("undoing an erasure"):
                remove_tree(path)
            return
        from tunewright.core.errors import EngineError

        with contextlib.suppress(ConflictError, EngineError):
            self.finish(path)

    def _folders(self) -> list[Path]:
        return sorted(self._folder.iterdir()) if self._folder.is_dir() else []

    @contextlib.contextmanager
    def _held(self, path: Path) -> Iterator[bool]:
        """Whether nobody else is at work in this folder; it is ours until the block ends."""
        try:
            with file_lock(self._lock):
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            yield False
            return
        try:
            yield try_lock(descriptor)
        finally:
            os.close(descriptor)

    def _committed(self, journal: Journal | None) -> Record | None:
        if journal is None:
            return None
        table = db.records
        query = sa.select(table.c.body).where(
            table.c.kind == KIND, table.c.name == journal.name, table.c.version == journal.version
        )
        with self._database.reader() as connection:
            body = connection.scalar(query)
        return None if body is None else Record.model_validate(body)

    def _swap(self, folder: Path, swap: Swap) -> None:
        staged, target = folder / swap.staged, self._root / swap.target
        if not staged.exists():
            return
        if swap.guarded and (not target.is_file() or sha256_file(target) not in (swap.old, swap.new)):
            # Its owner changed or removed it meanwhile: the next erasure or build looks at it as it is now.
            staged.unlink()
            return
        make_folder(target.parent)
        try:
            staged.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            beside = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
            shutil.copy2(staged, beside)
            sync_file(beside)
            beside.replace(target)
            staged.unlink()
        sync_folder(target.parent)

    def _remove(self, name: str) -> None:
        path = self._root / name
        remove_tree(path)
        if path.parent.is_dir():
            sync_folder(path.parent)

    def _scrub_database(self) -> None:
        """SQLite: no free page and no log that still holds what was there. PostgreSQL does that by itself, later."""
        if not self._database.is_sqlite:
            return
        with translated(), self._database.engine.connect() as opened:
            driver = opened.connection.driver_connection
            if driver is None:
                return
            try:
                driver.execute("VACUUM")
                busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except Exception as error:
                raise sa.exc.DBAPIError("VACUUM", None, error) from error
        if busy:
            raise ConflictError(
                "the database is being read, so its log could not be emptied: the erasure is not finished",
                hint="run `tunewright audit erase --resume` when the gateway and other commands are idle",
            )

    def _close(self, folder: Path, record: Record) -> None:
        done = sa.select(db.events.c.seq).where(
            db.events.c.action == FINISH, db.events.c.digest == record.ref.digest
        )
        with self._database.transaction(durable=True) as connection:
            if connection.scalar(done) is None:
                body = {"database": "rewritten" if self._database.is_sqlite else "left to its vacuum"}
                self._audit.append(FINISH, record.ref, body, connection=connection)
        with writing("closing the erasure"):
            remove_tree(folder)
            sync_folder(folder.parent)


def _read(folder: Path) -> Journal | None:
    """The folder's journal; None while there is none. Raises IntegrityError for one that cannot be read."""
    path = folder / JOURNAL
    if not path.is_file():
        return None
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        swaps = tuple(Swap(**swap) for swap in raw["swaps"])
        for name in (*(swap.target for swap in swaps), *(swap.staged for swap in swaps), *raw["removals"]):
            if name.startswith("/") or ".." in Path(name).parts or not name:
                raise ValueError("a path that leaves the workspace")
        return Journal(raw["name"], raw["version"], swaps, tuple(raw["removals"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IntegrityError(
            "the journal of an erasure is damaged",
            hint="restore .tunewright from the backup and run the erasure again",
            path=str(path),
        ) from error
