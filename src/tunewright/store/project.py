"""A project: one workspace folder with its recorded state in ``.tunewright``: clock, database, blobs, records, audit log."""

from __future__ import annotations

import json
import os
import pwd
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from tunewright.core.canonical import canonical_json, sha256_bytes, utc_text
from tunewright.core.errors import ConflictError, IntegrityError, NotFoundError
from tunewright.core.types import Ref
from tunewright.store import db
from tunewright.store.audit import AuditLog
from tunewright.store.blobs import Blobs
from tunewright.store.database import Database, translated
from tunewright.store.erasing import Erasing
from tunewright.store.files import (
    FIXED_MODE,
    PRIVATE_MODE,
    file_lock,
    folder_lock,
    make_folder,
    remove_tree,
    sync_folder,
    write_atomic,
    writing,
)
from tunewright.store.leases import Leases
from tunewright.store.migrate import migrate, revision
from tunewright.store.names import check_actor, check_name
from tunewright.store.notes import Signer
from tunewright.store.proofs import GENESIS
from tunewright.store.records import Records
from tunewright.store.staging import Staging

STATE_NAME = ".tunewright"
FORMAT = 1
"""Layout of the state folder; raised when an older version could not read it."""

_KEY_BYTES = 32

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def default_actor() -> str:
    """Env var TUNEWRIGHT_ACTOR, else the user of this process."""
    named = os.environ.get("TUNEWRIGHT_ACTOR", "")
    if named:
        return named
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid:{os.geteuid()}"


class Project:
    """An opened project. Close it, or use it as a context manager. Threads may share one."""

    root: Path
    state: Path
    engine: Engine
    blobs: Blobs
    records: Records
    audit: AuditLog
    erasing: Erasing
    actor: str

    def __init__(self, root: Path, identity: str, *, clock: Clock | None, actor: str | None) -> None:
        """Use ``create`` or ``open``."""
        self.root = root
        self.state = root / STATE_NAME
        self.actor = check_actor(actor if actor is not None else default_actor())
        self._clock = clock or system_clock
        self._identity = identity
        self.engine = db.make_engine(db.database_url(self.state / "tunewright.db"))
        self._database = Database(self.engine)
        self._staging = Staging(self.state)
        self._leases = Leases(self._database, self.now, self.actor)
        self.blobs = Blobs(self.state)
        self.audit = AuditLog(self._database, self.state, f"tunewright/{identity}", self.now, self.actor)
        self.erasing = Erasing(self.root, self.state, self._database, self.audit)
        self.records = Records(
            self.state, self._database, self.blobs, self.audit, self._staging, self.now, self.actor
        )

    @classmethod
    def create(cls, root: Path, *, clock: Clock | None = None, actor: str | None = None) -> Project:
        """Make the state folder in ``root`` (made too when missing) and open it. Raises ConflictError when it is there."""
        root = Path(root).resolve()
        check_actor(actor if actor is not None else default_actor())
        state = root / STATE_NAME
        if state.exists():
            raise _exists(state)
        with writing(f"creating {STATE_NAME}"):
            root.mkdir(parents=True, exist_ok=True)
            _create_state(state, (clock or system_clock)())
        return cls.open(root, clock=clock, actor=actor)

    @classmethod
    def open(cls, root: Path, *, clock: Clock | None = None, actor: str | None = None) -> Project:
        """Open the project in ``root``: finish or undo what a killed process left, migrate the database when it is behind.

        Raises NotFoundError without a project, ConflictError for one of a newer version, IntegrityError for a damaged one.
        """
        root = Path(root).resolve()
        state = root / STATE_NAME
        if not state.is_dir():
            raise NotFoundError(
                f"{root} holds no project: there is no {STATE_NAME} folder",
                hint="run `tunewright init DIR --from FILE...`, or `cd` into a workspace",
                path=str(root),
            )
        project = cls(root, _read_identity(state), clock=clock, actor=actor)
        try:
            project._prepare()
        except BaseException:
            project.close()
            raise
        return project

    @property
    def identity(self) -> str:
        """The workspace's own name, hexadecimal, given once."""
        return self._identity

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def now(self) -> datetime:
        """The time in UTC: the only clock of the product."""
        return self._clock()

    def transaction(self, *, durable: bool = True) -> AbstractContextManager[Connection]:
        """Write: all or nothing, one writer at a time. ``durable=False`` survives kill -9 but maybe not a power cut.

        Raises UsageError when this thread is in one already, ConflictError when another writer does not finish in time
        or a key is taken, EngineError for a full disk.
        """
        return self._database.transaction(durable)

    def reader(self) -> AbstractContextManager[Connection]:
        """Read one consistent view; inside this thread's transaction, that transaction's own."""
        return self._database.reader()

    def lease(self, name: str, ttl_s: float = 60) -> AbstractContextManager[None]:
        """Be the only one who does ``name``. Raises ConflictError naming the holder."""
        return self._leases.hold(name, ttl_s)

    def staging(self) -> AbstractContextManager[Path]:
        """A fresh folder inside the state; hand it to ``records.commit`` or it is removed at the end."""
        return self._staging.fresh()

    def secret_key(self, name: str) -> bytes:
        """32 random bytes of this workspace, made at the first use and kept in ``keys/<name>.key``.

        Raises IntegrityError when the file is not such a key. Losing it loses nothing but the ability to give a value
        the same surrogate again; to change it, remove the file.
        """
        path = self.state / "keys" / f"{check_name(name, 'key')}.key"
        with writing(f"making the key {name}"), file_lock(self.state / "open.lock"):
            if not path.exists():
                write_atomic(path, (secrets.token_hex(_KEY_BYTES) + "\n").encode(), PRIVATE_MODE)
        return stored_key(self.state, name)

    def close(self) -> None:
        """Release the database."""
        self.engine.dispose()

    def _prepare(self) -> None:
        self._check_database_file()
        with translated(), self.engine.connect() as connection:
            current = revision(connection) == db.HEAD_REVISION
        with writing("opening the workspace"):
            if not current:
                # SQLite and PostgreSQL both let one process migrate; the file lock keeps the rest from trying.
                with file_lock(self.state / "open.lock"), self._database.transaction(True) as connection:
                    migrate(connection)
            self._check_genesis()
            self._staging.clean()
            self.blobs.clean()
            self.records.recover()
            self.audit.clean()
            self.audit.publish()
            self.erasing.recover()

    def _check_database_file(self) -> None:
        """A database that is gone must not be replaced by an empty one without a word."""
        path = self.state / "tunewright.db"
        if not self._database.is_sqlite or path.exists():
            return
        if (self.state / "checkpoints").exists():
            raise IntegrityError(
                "the workspace's database is missing",
                hint="restore .tunewright/tunewright.db from the backup",
                path=str(path),
            )
        with writing("creating the database"):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_MODE))
            path.chmod(PRIVATE_MODE)

    def _check_genesis(self) -> None:
        verifier = self.audit.verifier()
        subject = Ref(
            kind="workspace",
            name=self._identity,
            version=str(FORMAT),
            digest=sha256_bytes(verifier.text.encode()),
        )
        first = sa.select(db.events.c.action, db.events.c.name).where(db.events.c.seq == 1)
        with self.reader() as connection:
            row = connection.execute(first).one_or_none()
        if row is None and not (self.state / "checkpoints").exists():
            with self.transaction() as connection:
                if connection.execute(first).one_or_none() is None:
                    self.audit.append(GENESIS, subject, {"verifier": verifier.text}, connection=connection)
        elif row is not None and row.action == GENESIS and row.name != self._identity:
            raise ConflictError(
                "the database belongs to another workspace",
                hint=f"give every workspace a database of its own ({db.DATABASE_URL_VARIABLE})",
                expected=self._identity,
                found=row.name,
            )


def stored_key(state: Path, name: str) -> bytes:
    """A key that was made already, read by whoever may read the file, such as a worker of a build.

    Raises IntegrityError when it is not there or is no such key.
    """
    path = state / "keys" / f"{check_name(name, 'key')}.key"
    try:
        key = bytes.fromhex(path.read_text("utf-8", errors="replace").strip())
    except (ValueError, OSError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise IntegrityError(
            f"the key file {name}.key is damaged or cannot be read here",
            hint="restore .tunewright/keys from the backup; without it pseudonyms change",
            path=str(path),
        )
    return key


def _create_state(state: Path, at: datetime) -> None:
    """Make the folder under another name and rename it: a killed process leaves no half of it."""
    with folder_lock(state.parent):
        if state.exists():
            raise _exists(state)
        for leftover in state.parent.glob(f"{STATE_NAME}-new-*"):
            remove_tree(leftover)
        building = state.parent / f"{STATE_NAME}-new-{secrets.token_hex(8)}"
        make_folder(building)
        try:
            _fill_state(building, at)
            building.rename(state)
        except BaseException:
            remove_tree(building)
            raise
        sync_folder(state.parent)


def _fill_state(state: Path, at: datetime) -> None:
    identity = secrets.token_hex(8)
    signer = Signer.generate(f"tunewright/{identity}")
    about = {"format": FORMAT, "id": identity, "created_at": utc_text(at)}
    make_folder(state / "keys")
    write_atomic(state / "keys" / "audit.key", (signer.text + "\n").encode(), PRIVATE_MODE)
    write_atomic(state / "keys" / "audit.pub", (signer.verifier.text + "\n").encode(), FIXED_MODE)
    write_atomic(state / "project.json", canonical_json(about) + b"\n", FIXED_MODE)
    # Recorded state, and above all the signing key, does not belong into a repository.
    write_atomic(state / ".gitignore", b"*\n", PRIVATE_MODE)


def _exists(state: Path) -> ConflictError:
    return ConflictError(
        f"{state.parent} is a project already",
        hint="open it, or choose another folder",
        path=str(state),
    )


def _read_identity(state: Path) -> str:
    path = state / "project.json"
    try:
        about: Any = json.loads(path.read_text("utf-8"))
        number, identity = about["format"], about["id"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise IntegrityError(
            "the workspace's project.json is missing or damaged",
            hint="restore .tunewright from the backup",
            path=str(path),
        ) from error
    if number != FORMAT:
        raise ConflictError(
            f"the workspace has layout {number}; this version of Tunewright knows {FORMAT}",
            hint="install the Tunewright version that last opened this workspace, or a newer one",
        )
    return str(identity)
