"""Carry out a plan: write what takes the place of the erased, decide in one transaction, swap it in, leave a proof."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tunewright.core.canonical import plain, sha256_file
from tunewright.core.erased import mark, stand_in, tag_of
from tunewright.core.ports import Progress
from tunewright.core.types import Record, Ref
from tunewright.data.erasable import FoundRow, numbered
from tunewright.data.personal import Personal
from tunewright.data.sources import Member
from tunewright.flows import erase_holders as holders
from tunewright.flows.erase_files import Stage, scrub_file, scrub_rows_file, scrub_snapshot, scrub_source
from tunewright.flows.erase_lookup import SourceBytes, configured_sources, recorded_sources
from tunewright.flows.erase_plan import ErasePlan
from tunewright.flows.erase_search import CERTAIN, COPY
from tunewright.flows.erased_rows import golden_tag
from tunewright.store import db
from tunewright.store.erasing import KIND, Journal, Swap
from tunewright.store.files import writing
from tunewright.store.replacements import ERASE, Replacement, insert

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

PROOF = "proof.json"
DERIVED = ("cache", "work", "review")
"""folders of the state that are made again from what is recorded"""
RECORDED = ("records", "blobs", "checkpoints", "keys", "erasing", "project.json")
"""what is there for good: erased from file by file"""


@dataclass(slots=True)
class Work:
    """What an execution has prepared so far."""

    swaps: list[Swap] = field(default_factory=list)
    replacements: list[Replacement] = field(default_factory=list)
    removals: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    """tag -> subject or content"""
    not_done: list[str] = field(default_factory=list)
    targets: set[str] = field(default_factory=set)


class Execution:
    """One erasure being carried out. Use under the leases of every writer."""

    def __init__(self, ws: Workspace, plan: ErasePlan, key: bytes, progress: Progress) -> None:
        self._ws, self._plan, self._key = ws, plan, key
        self._progress = progress
        self._personal: Personal = plan.found.personal
        self._work = Work(not_done=list(plan.by_hand))
        self._state = ws.project.state.relative_to(ws.root).as_posix()

    def run(self, reason: str) -> Record:
        """Do it. Raises EngineError for a full disk (nothing happened, or it is resumed), DataError for what a person
        must do first."""
        project = self._ws.project
        with project.erasing.fresh() as folder:
            stage = Stage(folder)
            with writing("writing the files without the erased"):
                self._sources(stage)
                self._snapshots(stage)
                self._goldens(stage)
                self._others(stage)
            self._derived()
            version = project.records.next_version(KIND, self._plan.tag[:16])
            name = self._plan.tag[:16]
            journal = Journal(name, version, tuple(self._work.swaps), tuple(self._work.removals))
            project.erasing.write_journal(folder, journal)
            record = self._decide(name, version, reason)
            project.erasing.finish(folder)
        return record

    # Files

    def _sources(self, stage: Stage) -> None:
        """Recorded bytes and the workspace's own files, distinct bytes once."""
        recorded = list(recorded_sources(self._ws.project))
        configured, _ = configured_sources(self._ws)
        done: dict[str, Path | None] = {}
        for source in (*(item for _, item in recorded), *configured):
            rows = self._rows_of(source)
            if not rows or all(digest in done for digest in source.digests.values()):
                continue
            made = scrub_source(
                source.files, source.options, rows, self._plan.tag, self._personal.is_named, stage
            )
            for name, digest in source.digests.items():
                done.setdefault(digest, made.get(name))
        self._plan.found.read.clear()
        changed = {old: path for old, path in done.items() if path is not None}
        self._replace_blobs([record for record, _ in recorded], changed)
        for source in configured:
            self._replace_own(source, changed, stage)

    def _rows_of(self, source: SourceBytes) -> list[FoundRow]:
        """The rows of this source that go, found again by their names: what was decided is what is done."""
        wanted = {
            locator
            for (name, locator), row in self._plan.found.rows.items()
            if name == source.name and row.group in (CERTAIN, COPY)
        }
        if not wanted:
            return []
        read = self._plan.found.read
        return source.find(lambda origin, _: "goes" if origin.locator in wanted else "", "", read)

    def _replace_blobs(self, records: Iterable[Record], changed: Mapping[str, Path]) -> None:
        digests = {old: sha256_file(path) for old, path in changed.items()}
        for record in records:
            for entry in self._ws.project.records.present_files(record):
                if entry.digest in changed:
                    self._replaced(record, entry.path, entry.digest, changed[entry.digest])
        for old, path in changed.items():
            self._swap(f"{self._state}/{_blob(digests[old])}", path, old, digests[old])
            if old not in self._needed(changed):
                self._work.removals.append(f"{self._state}/{_blob(old)}")

    def _needed(self, changed: Mapping[str, Path]) -> set[str]:
        """Digests of blobs that something still names when these are replaced."""
        project = self._ws.project
        replaced = {(item.record_digest, item.path) for item in self._work.replacements}
        needed = {
            entry.digest
            for record in project.records.all()
            for entry in project.records.present_files(record)
            if (record.ref.digest, entry.path) not in replaced
        }
        with project.reader() as connection:
            for body in connection.scalars(sa.select(db.decisions.c.body)):
                needed |= {str(body.get("policy_digest")), str(body.get("case_digest"))}
        return needed & changed.keys()

    def _replace_own(self, source: SourceBytes, changed: Mapping[str, Path], stage: Stage) -> None:
        """The user's own files, with the same bytes as the recorded ones get."""
        if source.target is None:
            return
        for name, path in source.files.items():
            new = changed.get(source.digests[name])
            if new is None:
                continue
            copy = stage.next()
            copy.write_bytes(new.read_bytes())
            copy.chmod(path.stat().st_mode & 0o777)
            target = path.relative_to(self._ws.root).as_posix()
            self._swap(target, copy, source.digests[name], sha256_file(copy), guarded=True)

    def _snapshots(self, stage: Stage) -> None:
        project, found = self._ws.project, self._plan.found
        with self._progress.task("snapshots", None) as advance:
            for record in project.records.find("snapshot"):
                ids = frozenset(found.ids.get(record.ref.digest, ()))
                made = scrub_snapshot(
                    project.records.folder(record),
                    stage,
                    ids=ids,
                    tag=self._plan.tag,
                    goes=found.goes,
                    personal=self._personal,
                )
                self._replace_files(record, made)
                advance(1)

    def _goldens(self, stage: Stage) -> None:
        changed: dict[str, Path] = {}
        records = []
        project = self._ws.project
        for record, name, numbers in holders.golden_items(self._ws, self._personal):
            entry = next(e for e in project.records.present_files(record) if e.path == name)
            records.append(record)
            if entry.digest not in changed:
                path = project.blobs.path(entry.digest)
                self._tag_golden(path, name, numbers)
                changed[entry.digest] = scrub_rows_file(path, name, numbers, self._plan.tag, stage)
        self._replace_blobs(records, changed)
        for name in self._ws.configuration.data.golden:
            path = self._ws.root / name
            inside = path.is_file() and path.resolve().is_relative_to(self._ws.root.resolve())
            gone = holders.golden_rows(path, path.name, self._personal) if inside else []
            if gone:
                self._tag_golden(path, path.name, gone)
                new = scrub_rows_file(path, path.name, gone, self._plan.tag, stage)
                new.chmod(path.stat().st_mode & 0o777)
                self._swap(name, new, sha256_file(path), sha256_file(new), guarded=True)

    def _tag_golden(self, path: Path, name: str, numbers: Sequence[int]) -> None:
        member = Member(name, lambda: path.open("rb"), path.stat().st_size)
        for value in numbered([member], numbers).values():
            self._work.tags[golden_tag(self._key, value)] = "golden"

    def _others(self, stage: Stage) -> None:
        """Recorded files of runs and the like, then loose files of the workspace."""
        table: dict[str, tuple[Record, dict[str, Path]]] = {}
        for record, name, path in holders.record_files(self._ws, self._personal):
            made = table.setdefault(record.ref.digest, (record, {}))[1]
            made[name] = scrub_file(path, stage, self._personal)
        for record, made in table.values():
            self._replace_files(record, made)
        for name in self._plan.holders.workspace_files:
            path = self._ws.root / name
            new = scrub_file(path, stage, self._personal)
            new.chmod(path.stat().st_mode & 0o777)
            self._swap(name, new, sha256_file(path), sha256_file(new), guarded=True)

    def _replace_files(self, record: Record, made: Mapping[str, Path]) -> None:
        project = self._ws.project
        folder = project.records.folder(record).relative_to(self._ws.root).as_posix()
        present = {entry.path: entry for entry in project.records.present_files(record)}
        for name, path in made.items():
            new = sha256_file(path)
            if new == present[name].digest:
                path.unlink()
                continue
            path.chmod(0o400)
            self._replaced(record, name, present[name].digest, path)
            self._swap(f"{folder}/{name}", path, present[name].digest, new)

    def _replaced(self, record: Record, name: str, old: str, path: Path) -> None:
        self._work.replacements.append(
            Replacement(record.ref.digest, name, old, sha256_file(path), path.stat().st_size)
        )

    def _swap(self, target: str, path: Path, old: str, new: str, *, guarded: bool = False) -> None:
        if target in self._work.targets:
            return
        self._work.targets.add(target)
        if not guarded:
            path.chmod(0o400)
        self._work.swaps.append(Swap(target, path.name, old, new, guarded))

    def _derived(self) -> None:
        """What is made again from what is recorded, and any other file of the state that holds something."""
        state = self._ws.project.state
        for path in sorted(state.iterdir()):
            if path.name in DERIVED:
                self._work.removals.append(f"{self._state}/{path.name}")
            elif path.name not in RECORDED and not path.name.startswith("tunewright.db"):
                files = [path] if path.is_file() else [p for p in sorted(path.rglob("*")) if p.is_file()]
                for file in files:
                    if holders.file_holds(file, self._personal):
                        self._work.removals.append(file.relative_to(self._ws.root).as_posix())

    # The decision

    def _decide(self, name: str, version: str, reason: str) -> Record:
        """Record, event, replacements, tags and every change of the database: all or nothing."""
        project, plan = self._ws.project, self._plan
        touched: dict[str, Ref] = {item.snapshot.digest: item.snapshot for item in plan.snapshots}
        touched |= {item.model.digest: item.model for item in plan.models}
        self._tags()
        with project.staging() as folder, project.transaction() as connection:
            counts = self._database(connection)
            proof = self._proof(counts)
            text = json.dumps(plain(proof), ensure_ascii=False, indent=1, sort_keys=True)
            (folder / PROOF).write_text(text + "\n", encoding="utf-8")
            record = project.records.commit(
                kind=KIND,
                name=name,
                version=version,
                inputs=tuple(touched.values()),
                recipe={"kind": plan.kind, "tag": plan.tag, "reason": reason},
                files_dir=folder,
                action=ERASE,
                body={
                    "replacements": [item.as_list() for item in self._work.replacements],
                    "tags": sorted(self._work.tags),
                    "counts": proof["counts"],
                },
                in_transaction=connection,
            )
            insert(connection, self._work.replacements, record.ref.digest)
            self._insert_tags(connection, record.ref.digest)
        return record

    def _tags(self) -> None:
        """By what a later build knows the person and the content again."""
        for name in self._plan.found.names:
            self._work.tags[tag_of(self._key, "subject", name)] = "subject"
        rows = self._plan.found.rows.values()
        stays = {row.digest for row in rows if row.group not in (CERTAIN, COPY)}
        for row in rows:
            if row.group in (CERTAIN, COPY) and row.digest and row.digest not in stays:
                self._work.tags[tag_of(self._key, "content", row.digest)] = "content"

    def _insert_tags(self, connection: Connection, erasure: str) -> None:
        known = set(connection.scalars(sa.select(db.erased.c.tag)))
        rows = [
            {"tag": tag, "kind": kind, "erasure": erasure}
            for tag, kind in sorted(self._work.tags.items())
            if tag not in known
        ]
        if rows:
            connection.execute(sa.insert(db.erased), rows)

    def _database(self, connection: Connection) -> dict[str, int]:
        """Exchanges, feedback and other texts; answers how many rows were changed."""
        ids = holders.exchange_ids(connection, self._personal, self._plan.found.names)
        feedback = holders.feedback_ids(connection, self._personal, ids)
        text = mark(self._plan.tag)
        body = {"messages": [{"role": "user", "content": text}], "answer": ""}
        for identity in ids:
            table = db.exchanges
            user = connection.scalar(sa.select(table.c.user).where(table.c.id == identity)) or ""
            user = stand_in(user, self._plan.tag) if self._personal.is_named(user) else user
            connection.execute(sa.update(table).where(table.c.id == identity).values(body=body, user=user))
        for number in feedback:
            table = db.feedback
            told = connection.scalar(sa.select(table.c.body).where(table.c.id == number)) or {}
            blank = {**told, "comment": "", "correction": ""}
            connection.execute(sa.update(table).where(table.c.id == number).values(body=blank))
        noted = self._notes(connection)
        loose = [item for item in holders.loose_cells(connection, self._personal) if _may_change(item[0])]
        for table, column, key in loose:
            where = sa.and_(*(table.c[name] == value for name, value in key.items()))
            told = str(connection.scalar(sa.select(table.c[column]).where(where)))
            changed = self._without(told)
            connection.execute(sa.update(table).where(where).values({column: changed}))
        return {"exchanges": len(ids), "feedback": len(feedback), "other_texts": len(loose) + noted}

    def _notes(self, connection: Connection) -> int:
        """What people wrote about the erased examples, whatever it says; answers how many rows."""
        rows = self._plan.found.rows.values()
        ids = sorted(row.example for row in rows if row.example and row.group in (CERTAIN, COPY))
        count = 0
        for table, columns in holders.note_columns(connection):
            for start in range(0, len(ids), 500):
                mine = table.c.example.in_(ids[start : start + 500])
                written = sa.or_(*(table.c[name] != "" for name in columns))
                empty = dict.fromkeys(columns, "")
                count += connection.execute(sa.update(table).where(mine, written).values(empty)).rowcount
        return count

    def _without(self, told: str) -> str:
        """A cell without the text; JSON stays JSON."""
        try:
            value = json.loads(told)
        except ValueError:
            return self._personal.without(told)
        if not isinstance(value, (dict, list)):
            return self._personal.without(told)
        return json.dumps(
            self._personal.blanked(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )

    def _proof(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """What was done, by counts, digests and ids: never a text or a name."""
        plan = self._plan
        by_record: dict[str, list[dict[str, Any]]] = {}
        for item in self._work.replacements:
            line = {"path": item.path, "before": item.old_digest, "after": item.new_digest}
            by_record.setdefault(item.record_digest, []).append(line)
        return {
            "kind": plan.kind,
            "tag": plan.tag,
            "counts": {
                **counts,
                "rows": plan.count(CERTAIN) + plan.count(COPY),
                "kept": len(plan.rows) - plan.count(CERTAIN) - plan.count(COPY),
                "examples": sum(len(item.examples) for item in plan.snapshots),
                "files": len(self._work.swaps),
                "golden_items": plan.holders.golden_items,
            },
            "snapshots": {item.snapshot.digest: list(item.examples) for item in plan.snapshots},
            "models": [
                {"model": item.model, "trained_on": item.trained_on, "chosen_by": item.chosen_by}
                for item in plan.models
            ],
            "records": by_record,
            "not_done": [*self._work.not_done, *self._left()],
        }

    def _left(self) -> list[str]:
        left = [
            f"the weights of {item.model.name}@{item.model.version}: they remember until it is retrained"
            for item in self._plan.models
            if item.trained_on
        ]
        left += [f"{name}: signed, and so not rewritten" for name in self._plan.holders.signed]
        if self._ws.project.engine.dialect.name != "sqlite":
            left.append("PostgreSQL: dead rows until its vacuum, its write-ahead log until it is recycled")
        return [text for text in left if not self._personal.is_in(text)]


def _may_change(table: sa.Table) -> bool:
    return table.name not in holders.SIGNED


def _blob(digest: str) -> str:
    return f"blobs/sha256/{digest[:2]}/{digest[2:]}"
