"""Records: what was produced, from what, how. A row in the database means that everything is there."""

from __future__ import annotations

import contextlib
import difflib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tunewright.core.canonical import digest, plain, utc_text
from tunewright.core.errors import ConflictError, IntegrityError, NotFoundError, UsageError
from tunewright.core.types import FileEntry, Record, Ref, Score
from tunewright.store import db, lineage, replacements
from tunewright.store.audit import AuditLog
from tunewright.store.blobs import Blobs
from tunewright.store.database import Database
from tunewright.store.files import (
    FIXED_MODE,
    TEMPORARY,
    make_folder,
    remove_tree,
    sync_folder,
    write_atomic,
    writing,
)
from tunewright.store.names import (
    check_digest,
    check_digest_prefix,
    check_kind,
    check_name,
    check_relative_path,
)
from tunewright.store.provenance import capture
from tunewright.store.staging import Staging, seal_folder, verify_folder


@dataclass(frozen=True, slots=True)
class _Draft:
    """A record that is ready to be inserted, and where its files lie until then."""

    record: Record
    external: dict[str, str]
    files_dir: Path | None
    action: str
    body: Mapping[str, Any]


class Records:
    """The records of one project. Files lie in ``<state>/records/<kind>/<digest>/`` and never change."""

    def __init__(
        self,
        state: Path,
        database: Database,
        blobs: Blobs,
        audit: AuditLog,
        staging: Staging,
        now: Callable[[], datetime],
        actor: str,
    ) -> None:
        self._state = state
        self._database = database
        self._blobs = blobs
        self._audit = audit
        self._staging = staging
        self._now = now
        self._actor = actor

    def next_version(self, kind: str, name: str) -> str:
        """The next number of a kind that counts "1", "2", ...; versions that are no numbers do not count."""
        query = sa.select(db.records.c.version).where(db.records.c.kind == kind, db.records.c.name == name)
        with self._database.reader() as connection:
            numbers = [int(v) for v in connection.scalars(query) if v.isascii() and v.isdigit()]
        return str(max(numbers, default=0) + 1)

    def commit(
        self,
        *,
        kind: str,
        name: str,
        version: str,
        inputs: Sequence[Ref],
        recipe: Mapping[str, Any],
        files_dir: Path | None,
        action: str,
        scores: Sequence[Score] = (),
        seed: int = 0,
        external_files: Sequence[FileEntry] = (),
        body: Mapping[str, Any] | None = None,
        in_transaction: Connection | None = None,
    ) -> Record:
        """Move ``files_dir`` into place and insert record, lineage and audit event ``action``, all or nothing.

        The same record again answers the one that is there and writes no event. ``external_files`` lie in the blobs or
        elsewhere. ``body`` goes into the event. On an error ``files_dir`` is where it was.

        Raises ConflictError when the version holds something else, NotFoundError for an input that is not recorded,
        UsageError for a bad name, EngineError for a full disk.
        """
        with writing(f"recording {kind}/{name}"), self._movable(files_dir) as folder:
            record, external = self._describe(
                kind=check_kind(kind),
                name=check_name(name, "name"),
                version=check_name(version, "version"),
                inputs=tuple(inputs),
                recipe=plain(recipe),
                files=seal_folder(folder) if folder is not None else (),
                external_files=external_files,
                scores=tuple(scores),
                seed=seed,
            )
            draft = _Draft(record, external, folder, action, dict(body or {}))
            if in_transaction is not None:
                self._database.joined(in_transaction)
                return self._insert(draft, in_transaction)
            with self._database.transaction(durable=True) as connection:
                return self._insert(draft, connection)

    def get(self, ref_or_kind: Ref | str, name: str | None = None, version: str | None = None) -> Record:
        """By ``Ref``, by text ``model/support@1.4.0`` or by kind, name and version (None: the latest).

        Raises NotFoundError with near names, and IntegrityError when a Ref's digest is not the recorded one.
        """
        if isinstance(ref_or_kind, Ref):
            found = self.get(ref_or_kind.kind, ref_or_kind.name, ref_or_kind.version)
            if found.ref.digest != ref_or_kind.digest:
                raise IntegrityError(
                    f"{ref_or_kind} is recorded with another digest",
                    hint="the reference was made in another workspace, or one of the two was changed",
                    expected=ref_or_kind.digest,
                    recorded=found.ref.digest,
                )
            return found
        kind = ref_or_kind
        if name is None:
            kind, _, rest = ref_or_kind.partition("/")
            name, _, given = rest.rpartition("@") if "@" in rest else (rest, "", "")
            version = given or version
        query = sa.select(db.records.c.body).where(db.records.c.kind == kind, db.records.c.name == name)
        if version is not None:
            query = query.where(db.records.c.version == version)
        with self._database.reader() as connection:
            body = connection.scalar(query.order_by(db.records.c.id.desc()).limit(1))
            if body is None:
                raise self._missing(connection, kind, name, version)
        return Record.model_validate(body)

    def by_digest(self, digest_or_prefix: str) -> Record:
        """By the first 4 or more digits of the digest. Raises NotFoundError, ConflictError when several begin so."""
        prefix = check_digest_prefix(digest_or_prefix)
        # A range, not LIKE: it uses the index on both databases ("g" sorts after every hexadecimal digit).
        query = sa.select(db.records.c.body).where(
            db.records.c.digest >= prefix, db.records.c.digest <= prefix + "g"
        )
        with self._database.reader() as connection:
            bodies = connection.scalars(query.limit(5)).all()
        if not bodies:
            raise NotFoundError(
                f"no record has a digest that begins with {prefix}",
                hint="give the digest as `tunewright` printed it",
                digest=prefix,
            )
        found = [Record.model_validate(b) for b in bodies]
        if len(found) > 1:
            raise ConflictError(
                f"several records have a digest that begins with {prefix}",
                hint="give more digits",
                candidates=[f"{r.ref} {r.ref.digest}" for r in found],
            )
        return found[0]

    def find(self, kind: str, name: str | None = None) -> list[Record]:
        """All records of a kind (and name), newest last."""
        query = sa.select(db.records.c.body).where(db.records.c.kind == kind).order_by(db.records.c.id)
        if name is not None:
            query = query.where(db.records.c.name == name)
        with self._database.reader() as connection:
            return [Record.model_validate(body) for body in connection.scalars(query)]

    def all(self) -> list[Record]:
        """Every record, newest last."""
        with self._database.reader() as connection:
            bodies = connection.scalars(sa.select(db.records.c.body).order_by(db.records.c.id))
            return [Record.model_validate(body) for body in bodies]

    def latest(self, kind: str, name: str) -> Record | None:
        """The record of this kind and name that was made last."""
        query = sa.select(db.records.c.body).where(db.records.c.kind == kind, db.records.c.name == name)
        with self._database.reader() as connection:
            body = connection.scalar(query.order_by(db.records.c.id.desc()).limit(1))
        return None if body is None else Record.model_validate(body)

    def folder(self, record: Record) -> Path:
        """Where the record's own files lie (there is no folder when it has none)."""
        return self._place(record.ref)

    def present_files(self, record: Record) -> tuple[FileEntry, ...]:
        """The record's files with the digests they are to have now: as recorded, but for what an erasure replaced.

        Raises IntegrityError for a replacement that no signed event lists.
        """
        with self._database.reader() as connection:
            return replacements.present_files(connection, record, self._audit)

    def verify(self, record: Record, *, files: bool = True) -> None:
        """Compare the record with the database and the audit log, and (``files``) every byte with what was recorded, or
        with what an erasure put in its place.

        Raises NotFoundError when it is not recorded here, IntegrityError naming what differs, and ConflictError while an
        erasure is putting its files in place. Files kept neither in the record's folder nor in the blobs (a base model's)
        are verified by whoever loads them.
        """
        try:
            self._verify(record, files)
        except (IntegrityError, NotFoundError) as error:
            if any((self._state / "erasing").glob("*/journal.json")):
                raise ConflictError(
                    f"an erasure is being carried out, and {record.ref} cannot be verified meanwhile",
                    hint="try again in a moment; after a crash, `tunewright audit erase --resume`",
                    record=str(record.ref),
                ) from error
            raise

    def _verify(self, record: Record, files: bool) -> None:
        with self._database.reader() as connection:
            query = sa.select(db.records.c.body, db.records.c.external)
            row = connection.execute(query.where(db.records.c.digest == record.ref.digest)).one_or_none()
            signed = self._signed_digest(connection, record.ref)
        if row is None:
            raise NotFoundError(
                f"{record.ref} is not recorded here", hint="check the name", digest=record.ref.digest
            )
        whole = digest(record)
        if digest(row.body) != whole or signed != whole or _ref_digest(record) != record.ref.digest:
            raise IntegrityError(
                f"the record {record.ref} is not what was recorded",
                hint="restore .tunewright from the backup; `tunewright audit verify` tells whether the copy is whole",
                record=str(record.ref),
            )
        if not files:
            return
        present = self.present_files(record)
        own = {f.path: f for f in present if f.path not in row.external}
        verify_folder(self._place(record.ref), own, str(record.ref))
        for entry in present:
            if row.external.get(entry.path) == "blob":
                self._blobs.open(entry.digest).close()

    def upstream(self, ref: Ref, depth: int | None = None) -> list[Ref]:
        """What it was made from, nearest first, up to ``depth`` steps away. Raises NotFoundError."""
        with self._database.reader() as connection:
            lineage.check_known(connection, ref)
            return lineage.upstream(connection, ref.digest, depth)

    def downstream(self, ref: Ref, depth: int | None = None) -> list[Ref]:
        """What was made from it, nearest first, up to ``depth`` steps away. Raises NotFoundError."""
        with self._database.reader() as connection:
            lineage.check_known(connection, ref)
            return lineage.downstream(connection, ref.digest, depth)

    def recover(self) -> None:
        """Remove folders that were moved into place by a writer that died before its commit."""
        pending = self._state / "pending"
        if not pending.is_dir() or not any(pending.iterdir()):
            return
        # Under the writer's lock nobody is between the move and the commit.
        with self._database.transaction(durable=True) as connection:
            for marker in sorted(pending.iterdir()):
                if marker.match(TEMPORARY):
                    marker.unlink()
                    continue
                kind, _, found = marker.name.partition(".")
                place = self._state / "records" / check_kind(kind) / check_digest(found)
                known = sa.select(db.records.c.id).where(db.records.c.digest == found)
                if connection.scalar(known) is None and place.exists():
                    remove_tree(place)
                marker.unlink()

    def _describe(
        self,
        *,
        kind: str,
        name: str,
        version: str,
        inputs: tuple[Ref, ...],
        recipe: dict[str, Any],
        files: tuple[FileEntry, ...],
        external_files: Sequence[FileEntry],
        scores: tuple[Score, ...],
        seed: int,
    ) -> tuple[Record, dict[str, str]]:
        external: dict[str, str] = {}
        for entry in external_files:
            if check_relative_path(entry.path) in external or any(f.path == entry.path for f in files):
                raise UsageError(f"the file {entry.path} is given twice", hint="give every file once")
            external[entry.path] = "blob" if self._blobs.has(check_digest(entry.digest)) else "elsewhere"
        record = Record(
            ref=Ref(kind=kind, name=name, version=version, digest=""),
            inputs=inputs,
            recipe=recipe,
            recipe_digest=digest(recipe),
            files=tuple(sorted((*files, *external_files), key=lambda f: f.path)),
            scores=scores,
            provenance=capture(actor=self._actor, at=self._now(), seed=seed),
        )
        ref = record.ref.model_copy(update={"digest": _ref_digest(record)})
        return record.model_copy(update={"ref": ref}), external

    def _insert(self, draft: _Draft, connection: Connection) -> Record:
        record = draft.record
        existing = self._same_version(connection, record)
        if existing is not None:
            return existing
        for ref in record.inputs:
            lineage.check_known(connection, ref)
        if draft.files_dir is not None:
            self._move_in(draft.files_dir, record.ref)
        connection.execute(
            sa.insert(db.records).values(
                kind=record.ref.kind,
                name=record.ref.name,
                version=record.ref.version,
                digest=record.ref.digest,
                body=record,
                external=draft.external,
                created_at=utc_text(record.provenance.at_utc),
            )
        )
        lineage.insert(connection, record)
        # Scores are not part of the ref's digest: through the event, the signed log covers the whole record.
        body = {**draft.body, "record_digest": digest(record)}
        self._audit.append(draft.action, record.ref, body, connection=connection)
        return record

    @staticmethod
    def _same_version(connection: Connection, record: Record) -> Record | None:
        ref = record.ref
        body = connection.scalar(
            sa.select(db.records.c.body).where(
                db.records.c.kind == ref.kind,
                db.records.c.name == ref.name,
                db.records.c.version == ref.version,
            )
        )
        if body is None:
            return None
        existing = Record.model_validate(body)
        if existing.ref.digest == ref.digest:
            return existing
        what = "another recipe" if existing.recipe_digest != record.recipe_digest else "another content"
        raise ConflictError(
            f"{ref} is already recorded with {what}",
            hint="a version never changes: record it as the next version",
            recorded=existing.ref.digest,
            refused=ref.digest,
        )

    @staticmethod
    def _signed_digest(connection: Connection, ref: Ref) -> str | None:
        """The whole record's digest as its audit event has it."""
        query = sa.select(db.events.c.body).where(
            db.events.c.digest == ref.digest,
            db.events.c.subject_kind == ref.kind,
            db.events.c.name == ref.name,
            db.events.c.version == ref.version,
        )
        bodies = connection.scalars(query.order_by(db.events.c.seq))
        return next((str(body["record_digest"]) for body in bodies if "record_digest" in body), None)

    def _move_in(self, files_dir: Path, ref: Ref) -> None:
        place = self._place(ref)
        marker = self._state / "pending" / f"{ref.kind}.{ref.digest}"
        make_folder(place.parent)
        make_folder(marker.parent)
        # The marker is durable before the move: whoever opens the project next knows what to look at.
        write_atomic(marker, b"", FIXED_MODE)
        if place.exists():
            remove_tree(place)
        files_dir.rename(place)
        sync_folder(place.parent)
        transaction = self._database.current
        if transaction is not None:
            transaction.on_rollback.append(lambda: _move_back(place, files_dir, marker))
            transaction.after_commit.append(lambda: marker.unlink(missing_ok=True))

    def _place(self, ref: Ref) -> Path:
        return self._state / "records" / check_kind(ref.kind) / check_digest(ref.digest)

    @contextlib.contextmanager
    def _movable(self, files_dir: Path | None) -> Iterator[Path | None]:
        """The folder itself when it is in our staging area, else a copy there: a rename needs one file system."""
        if files_dir is None or self._state / "staging" in files_dir.resolve().parents:
            yield None if files_dir is None else files_dir.resolve()
            return
        with self._staging.fresh() as folder:
            copy = folder / "files"
            shutil.copytree(files_dir, copy, symlinks=True)
            yield copy

    @staticmethod
    def _missing(connection: Connection, kind: str, name: str, version: str | None) -> NotFoundError:
        rows = connection.execute(
            sa.select(db.records.c.name, db.records.c.version)
            .where(db.records.c.kind == kind)
            .order_by(db.records.c.id.desc())
            .limit(2000)
        ).all()
        of_name = [r.version for r in rows if r.name == name]
        names = sorted({r.name for r in rows})
        near = of_name[:5] if of_name else difflib.get_close_matches(name, names, 3, 0.5) or names[:5]
        asked = f"{kind}/{name}" + (f"@{version}" if version is not None else "")
        known = "its versions" if of_name else "known names"
        return NotFoundError(
            f"there is no {asked}",
            hint=f"{known}: {', '.join(near)}" if near else f"there is no {kind} in this workspace yet",
            near=near,
        )


def _ref_digest(record: Record) -> str:
    """Digest of what a record is: kind, name, version, inputs, recipe and files; not of when or where it was made."""
    return digest(
        {
            "kind": record.ref.kind,
            "name": record.ref.name,
            "version": record.ref.version,
            "inputs": record.inputs,
            "recipe_digest": digest(record.recipe),
            "files": record.files,
        }
    )


def _move_back(place: Path, files_dir: Path, marker: Path) -> None:
    """Undo a move. What cannot be undone now is removed when the project is opened next, thanks to the marker."""
    with contextlib.suppress(OSError):
        place.rename(files_dir)
        marker.unlink(missing_ok=True)
