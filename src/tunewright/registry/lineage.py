"""From an example, a source row or a person to where they occur: DuckDB over the snapshots' Parquet files.

The database holds no row per example. Every query names its columns and filters by value, so DuckDB reads only those
columns, and of a file sorted by id only the row groups that can hold one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunewright.core.errors import IntegrityError, NotFoundError
from tunewright.core.types import Record
from tunewright.store.project import Project

EXAMPLES, OUTCOMES = "examples.parquet", "outcomes.parquet"
_ID = re.compile(r"[0-9a-f]{8,64}")
_COLUMNS = "id, split, source, locator, origin_digest, licence, purpose, received_at, subject, thread, history, labels"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One example in one snapshot."""

    snapshot: Record
    id: str
    split: str
    source: str
    locator: str
    origin_digest: str
    licence: str
    purpose: str
    received_at: str
    subject: str
    thread: str
    history: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def row(self) -> str:
        """``tickets.csv#T000123``"""
        return f"{self.source}#{self.locator}"


@dataclass(frozen=True, slots=True)
class RowFate:
    """What became of a source row when a snapshot was built."""

    snapshot: Record
    source: str
    record: str
    outcome: str
    reasons: tuple[str, ...]
    example: str
    of: str
    """``source#record`` of the kept twin, else empty"""
    split: str
    step: str = ""
    """the step that dropped or held it"""
    findings: tuple[Mapping[str, Any], ...] = ()
    """kind, turn, start, end, confidence, found_by, state, note and key of everything noticed: the evidence"""


@functools.lru_cache(maxsize=1)
def _database() -> Any:
    """DuckDB in memory, one a process (starting one costs more than a question), asked through cursors."""
    import duckdb

    # Without extensions: it reads the files it is given, and fetches nothing.
    return duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )


class SnapshotFiles:
    """The Parquet files of some snapshots, to be asked questions."""

    def __init__(self, project: Project, snapshots: Sequence[Record]) -> None:
        """Raises IntegrityError when a snapshot's file is not there."""
        self._by_path: dict[str, Record] = {}
        self._folders = [project.records.folder(record) for record in snapshots]
        for record, folder in zip(snapshots, self._folders, strict=True):
            for name in (EXAMPLES, OUTCOMES):
                if not (folder / name).is_file():
                    raise IntegrityError(
                        f"{record.ref} has lost its {name}",
                        hint="restore .tunewright/records from the backup",
                        path=str(folder / name),
                    )
                self._by_path[str(folder / name)] = record
        self._connection = _database().cursor()

    def __enter__(self) -> SnapshotFiles:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._connection.close()

    def by_id(self, prefix: str) -> list[Occurrence]:
        """Every occurrence of the example whose id begins with 8 or more digits; empty for text that is no id."""
        if not _ID.fullmatch(prefix):
            return []
        return self._examples("id >= ? and id <= ?", [prefix, prefix + "g"])

    def by_row(self, source: str, locator: str) -> list[Occurrence]:
        """Every occurrence of the example made of this source row."""
        return self._examples("source = ? and locator = ?", [source, locator])

    def by_subject(self, subject: str) -> list[Occurrence]:
        """Every example about this person."""
        return self._examples("subject = ?", [subject]) if subject else []

    def fates(self, source: str, record: str) -> list[RowFate]:
        """What became of this source row in each snapshot, oldest snapshot first."""
        return self._fates("source = ? and record = ?", [source, record])

    def fates_of(self, example: str) -> list[RowFate]:
        """The same of the row an example was made of, also where the example was dropped or held; by its whole id."""
        return self._fates("example = ?", [example])

    def twins(self, item: Occurrence) -> list[RowFate]:
        """The rows that were dropped in favour of this example, or belong to its thread, in its snapshot."""
        found = self._fates("of = ?", [item.row])
        return [fate for fate in found if fate.snapshot.ref == item.snapshot.ref]

    def kept_for(self, fate: RowFate) -> list[Occurrence]:
        """The example that stands for a dropped row in its snapshot; none for a leak of a golden item."""
        of = split_row(fate.of)
        if of is None:
            return []
        return [item for item in self.by_row(*of) if item.snapshot.ref == fate.snapshot.ref]

    def children(self, example: str) -> list[Occurrence]:
        """Examples that were made out of this one (label ``child-of:ID``)."""
        return self._examples("list_contains(labels, ?)", [f"child-of:{example}"])

    def example_count(self) -> int:
        """Examples in all of the snapshots together."""
        return sum(self._number_of(EXAMPLES, "true", []))

    def example_page(self, offset: int, limit: int) -> list[Occurrence]:
        """Examples in the order of their ids, of one snapshot."""
        return self._examples(f"true order by id limit {int(limit)} offset {int(offset)}", [])

    def row_count(self, source: str) -> int:
        """Rows of a source in all of the snapshots together."""
        return sum(self._number_of(OUTCOMES, "source = ?", [source]))

    def row_page(self, source: str, offset: int, limit: int) -> list[RowFate]:
        """Rows of a source in the order of reading, of one snapshot."""
        return self._fates(f"source = ? limit {int(limit)} offset {int(offset)}", [source])

    def _number_of(self, file: str, where: str, values: list[str]) -> list[int]:
        paths = [str(folder / file) for folder in self._folders]
        if not paths:
            return []
        query = f"select count(*) from read_parquet(?) where {where}"  # noqa: S608 - own text, values are parameters
        return [int(count) for (count,) in self._connection.execute(query, [paths, *values]).fetchall()]

    def _fates(self, where: str, values: list[str]) -> list[RowFate]:
        rows = self._ask(
            OUTCOMES, "source, record, outcome, reasons, example, of, split, step, findings", where, values
        )
        found = [
            RowFate(
                snapshot=self._by_path[row["filename"]],
                **{
                    name: row[name] or ""
                    for name in ("source", "record", "outcome", "example", "of", "split", "step")
                },
                reasons=tuple(row["reasons"] or ()),
                findings=tuple(row["findings"] or ()),
            )
            for row in rows
        ]
        return sorted(found, key=lambda fate: fate.snapshot.provenance.at_utc)

    def source_counts(self) -> dict[str, int]:
        """Examples by source file over the snapshots."""
        if not self._folders:
            return {}
        paths = [str(folder / EXAMPLES) for folder in self._folders]
        query = "select source, count(*) from read_parquet(?) group by source order by source"
        return {
            str(source): int(count) for source, count in self._connection.execute(query, [paths]).fetchall()
        }

    def _examples(self, where: str, values: list[str]) -> list[Occurrence]:
        found = []
        for row in self._ask(EXAMPLES, _COLUMNS, where, values):
            record = self._by_path[row.pop("filename")]
            fields: dict[str, Any] = {
                name: tuple(value or ()) if name in ("history", "labels") else value or ""
                for name, value in row.items()
            }
            found.append(Occurrence(snapshot=record, **fields))
        return sorted(found, key=lambda o: (o.snapshot.provenance.at_utc, o.id))

    def _ask(self, file: str, columns: str, where: str, values: list[str]) -> list[dict[str, Any]]:
        if not self._folders:
            return []
        paths = [str(folder / file) for folder in self._folders]
        # The columns and conditions are this module's own text; every value is a parameter.
        query = f"select filename, {columns} from read_parquet(?, filename = true) where {where}"  # noqa: S608
        cursor = self._connection.execute(query, [paths, *values])
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def split_row(text: str) -> tuple[str, str] | None:
    """``tickets.csv#T000123`` as (source, record), or None."""
    source, sign, record = text.partition("#")
    return (source, record) if sign and source and record else None


def one_example(found: Sequence[Occurrence], text: str) -> str:
    """The id they all have. Raises NotFoundError when several examples begin so."""
    ids = sorted({occurrence.id for occurrence in found})
    if len(ids) > 1:
        raise NotFoundError(
            f"{len(ids)} examples have an id that begins with {text}", hint="give more digits", count=len(ids)
        )
    return ids[0]


def examples_path(project: Project, snapshot: Record) -> Path:
    """Where a snapshot's examples lie."""
    return project.records.folder(snapshot) / EXAMPLES
