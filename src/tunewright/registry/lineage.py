"""From an example, a source row or a person to where they occur in the snapshots' Parquet files.

The database holds no row per example. An index of each snapshot (``lookup_index``) says which rows can be meant, and
only the row groups of those are read.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from tunewright.core.errors import IntegrityError, NotFoundError
from tunewright.core.types import Record
from tunewright.registry.lookup_index import EXAMPLES, OUTCOMES, LookupIndex, lookup_index
from tunewright.store.project import Project

_GROUPS_AT_ONCE = 32
_ID = re.compile(r"[0-9a-f]{8,64}")
_COLUMNS = (
    "id", "split", "source", "locator", "origin_digest", "licence", "purpose", "received_at", "subject", "thread",
    "history", "labels",
)  # fmt: skip
_BRIEF = ("id", "split", "source", "locator", "subject")
_BRIEF_FATE = ("source", "record", "outcome", "reasons", "step", "example", "of", "split")


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
    evidence: tuple[Mapping[str, Any], ...] = ()
    """everything a step did to the row, in order, as ``outcomes.parquet`` has it; empty in snapshots of before"""
    position: int = -1
    """0-based among the rows of its source in the order of reading; -1 where that is not known"""


class SnapshotFiles:
    """The Parquet files of some snapshots, to be asked questions."""

    def __init__(self, project: Project, snapshots: Sequence[Record], *, brief: bool = False) -> None:
        """``brief``: answers have only id, split, row and person, or outcome, reasons and twin; the rest of them is empty.

        Raises IntegrityError when a snapshot's file is not there.
        """
        self._brief = brief
        self._project = project
        self._snapshots = tuple(snapshots)
        for record in snapshots:
            folder = project.records.folder(record)
            for name in (EXAMPLES, OUTCOMES):
                if not (folder / name).is_file():
                    raise IntegrityError(
                        f"{record.ref} has lost its {name}",
                        hint="restore .tunewright/records from the backup",
                        path=str(folder / name),
                    )
        self._indexes: dict[str, LookupIndex] = {}

    def __enter__(self) -> SnapshotFiles:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._indexes.clear()

    def by_id(self, prefix: str) -> list[Occurrence]:
        """Every occurrence of the example whose id begins with 8 or more digits; empty for text that is no id."""
        if not _ID.fullmatch(prefix):
            return []
        return self._examples(
            lambda index: index.find_id("id", prefix), lambda row: row["id"].startswith(prefix)
        )

    def by_row(self, source: str, locator: str) -> list[Occurrence]:
        """Every occurrence of the example made of this source row."""
        return self._examples(
            lambda index: index.find("place", f"{source}#{locator}"),
            lambda row: (row["source"], row["locator"]) == (source, locator),
        )

    def by_subject(self, subject: str) -> list[Occurrence]:
        """Every example about this person."""
        if not subject:
            return []
        return self._examples(
            lambda index: index.find("subject", subject), lambda row: row["subject"] == subject
        )

    def fates(self, source: str, record: str) -> list[RowFate]:
        """What became of this source row in each snapshot, oldest snapshot first."""
        return self._fates(
            lambda index: index.find("row", f"{source}#{record}"),
            lambda row: (row["source"], row["record"]) == (source, record),
        )

    def fates_of(self, example: str) -> list[RowFate]:
        """The same of the row an example was made of, also where the example was dropped or held; by its id's beginning."""
        if not _ID.fullmatch(example):
            return []
        return self._fates(
            lambda index: index.find_id("made", example), lambda row: row["example"].startswith(example)
        )

    def twins(self, item: Occurrence) -> list[RowFate]:
        """The rows that were dropped in favour of this example, or belong to its thread, in its snapshot."""
        return self._fates(
            lambda index: index.find("of", item.row), lambda row: row["of"] == item.row, only=item.snapshot
        )

    def kept_for(self, fate: RowFate) -> list[Occurrence]:
        """The example that stands for a dropped row in its snapshot; none for a leak of a golden item."""
        of = split_row(fate.of)
        if of is None:
            return []
        return self._examples(
            lambda index: index.find("place", fate.of),
            lambda row: (row["source"], row["locator"]) == of,
            only=fate.snapshot,
        )

    def children(self, example: str) -> list[Occurrence]:
        """Examples that were made out of this one (label ``child-of:ID``)."""
        mark = f"child-of:{example}"
        return self._examples(
            lambda index: index.find("parent", mark),
            lambda row: mark in (row["labels"] or ()),
            columns=_COLUMNS,
        )

    def example_count(self) -> int:
        """Examples in all of the snapshots together."""
        return sum(self._index(record).examples for record in self._snapshots)

    def example_page(self, offset: int, limit: int) -> list[Occurrence]:
        """Examples in the order of their ids, of one snapshot."""
        return self._examples(
            lambda index: list(range(offset, min(index.examples, offset + limit))), lambda _row: True
        )

    def row_count(self, source: str) -> int:
        """Rows of a source in all of the snapshots together."""
        return sum(self._index(record).sources.get(source, (0, 0, 0))[1] for record in self._snapshots)

    def row_page(self, source: str, offset: int, limit: int) -> list[RowFate]:
        """Rows of a source in the order of reading, of one snapshot."""

        def numbers(index: LookupIndex) -> list[int]:
            first, rows, _ = index.sources.get(source, (0, 0, 0))
            if first < 0:
                return []
            return list(range(first + offset, first + min(rows, offset + limit)))

        return self._fates(numbers, lambda row: row["source"] == source)

    def source_counts(self) -> dict[str, int]:
        """Examples by source file over the snapshots."""
        counts: Counter[str] = Counter()
        for record in self._snapshots:
            for source, (_, _, examples) in self._index(record).sources.items():
                if examples:
                    counts[source] += examples
        return dict(sorted(counts.items()))

    def sources(self) -> list[str]:
        """Names of all sources the snapshots have rows of."""
        return sorted({name for record in self._snapshots for name in self._index(record).sources})

    def whole(self, item: Occurrence) -> dict[str, Any]:
        """All columns of an example in its snapshot, text among them."""
        found = self._rows(
            item.snapshot, EXAMPLES, self._index(item.snapshot).find_id("id", item.id), columns=None
        )
        return next(row for row in found if row["id"] == item.id)

    def _index(self, record: Record) -> LookupIndex:
        key = record.ref.digest
        if key not in self._indexes:
            self._indexes[key] = lookup_index(self._project, record)
        return self._indexes[key]

    def _rows(
        self, record: Record, file: str, numbers: Sequence[int], columns: Sequence[str] | None
    ) -> list[dict[str, Any]]:
        return rows_at(self._project.records.folder(record) / file, numbers, columns) if numbers else []

    def _examples(
        self,
        numbers: Callable[[LookupIndex], list[int]],
        wanted: Callable[[Mapping[str, Any]], bool],
        only: Record | None = None,
        columns: Sequence[str] = (),
    ) -> list[Occurrence]:
        found: list[Occurrence] = []
        columns = columns or (_BRIEF if self._brief else _COLUMNS)
        for record in self._chosen(only):
            rows = self._rows(record, EXAMPLES, numbers(self._index(record)), columns)
            found += [occurrence(record, row) for row in rows if wanted(row)]
        return sorted(found, key=lambda o: (o.snapshot.provenance.at_utc, o.id))

    def _fates(
        self,
        numbers: Callable[[LookupIndex], list[int]],
        wanted: Callable[[Mapping[str, Any]], bool],
        only: Record | None = None,
    ) -> list[RowFate]:
        found = []
        for record in self._chosen(only):
            index = self._index(record)
            places = numbers(index)
            rows = self._rows(record, OUTCOMES, places, _BRIEF_FATE if self._brief else None)
            found += [
                _fate(record, row, index, at) for at, row in zip(places, rows, strict=True) if wanted(row)
            ]
        return sorted(found, key=lambda fate: fate.snapshot.provenance.at_utc)

    def _chosen(self, only: Record | None) -> tuple[Record, ...]:
        return self._snapshots if only is None else (only,)


def occurrence(record: Record, row: Mapping[str, Any]) -> Occurrence:
    """An example's row of a snapshot as an occurrence; what the row lacks is empty."""
    fields: dict[str, Any] = {
        name: tuple(row.get(name) or ()) if name in ("history", "labels") else row.get(name) or ""
        for name in _COLUMNS
    }
    return Occurrence(snapshot=record, **fields)


def _fate(record: Record, row: Mapping[str, Any], index: LookupIndex, number: int) -> RowFate:
    """An outcome row of today or of an older version, which has fewer columns."""
    names = ("source", "record", "outcome", "example", "of", "split", "step")
    first, _, _ = index.sources.get(row["source"], (-1, 0, 0))
    return RowFate(
        snapshot=record,
        **{name: row.get(name) or "" for name in names},
        reasons=tuple(row.get("reasons") or ()),
        findings=tuple(row.get("findings") or ()),
        evidence=tuple(row.get("evidence") or ()),
        position=number - first if first >= 0 else -1,
    )


@functools.lru_cache(maxsize=64)
def _footer(path: str, _changed_ns: int, _size: int) -> tuple[Any, list[int]]:
    """A Parquet file's metadata and the number of the first row of each row group; the files never change."""
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(path, memory_map=True)
    counts = (metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))
    return metadata, list(accumulate(counts, initial=0))


def _groups(starts: Sequence[int], numbers: Sequence[int]) -> Iterator[dict[int, list[int]]]:
    """Row group -> the rows wanted of it, some groups at a time: one call reads them, and memory stays small."""
    some: dict[int, list[int]] = {}
    for number in numbers:
        group = bisect_right(starts, number) - 1
        if group not in some and len(some) == _GROUPS_AT_ONCE:
            yield some
            some = {}
        some.setdefault(group, []).append(number)
    if some:
        yield some


def rows_at(path: Path, numbers: Sequence[int], columns: Sequence[str] | None) -> list[dict[str, Any]]:
    """These rows of a Parquet file (0-based, ascending) as plain dictionaries; only their row groups are read.

    ``columns``: those wanted (one the file lacks reads as None), or None for all. Raises IntegrityError for a damaged file.
    """
    import pyarrow
    import pyarrow.parquet as pq

    state = path.stat()
    try:
        metadata, starts = _footer(str(path), state.st_mtime_ns, state.st_size)
        found: list[dict[str, Any]] = []
        with pq.ParquetFile(path, metadata=metadata, memory_map=True) as file:
            known = file.schema_arrow.names
            read = known if columns is None else [name for name in columns if name in known]
            for groups in _groups(starts, numbers):
                table = file.read_row_groups(list(groups), columns=read, use_threads=False)
                # Not ``take``: it makes an array of the numbers, for which pyarrow imports pandas.
                before = 0
                for group, inside in groups.items():
                    for place in inside:
                        found += table.slice(before + place - starts[group], 1).to_pylist()
                    before += starts[group + 1] - starts[group]
    except (pyarrow.ArrowException, OSError, IndexError) as error:
        raise IntegrityError(
            f"{path} cannot be read: it is not the file that was written",
            hint="restore it, or build again",
            path=str(path),
        ) from error
    if columns is not None:
        absent = [name for name in columns if name not in read]
        found = [{**row, **dict.fromkeys(absent)} for row in found]
    return found


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
