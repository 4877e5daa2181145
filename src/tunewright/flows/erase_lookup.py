"""Where somebody's rows are: in snapshots by DuckDB, in recorded and configured sources by their own reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import sha256_file
from tunewright.core.erased import LABEL
from tunewright.core.types import Example, FileEntry, Record
from tunewright.data.erasable import WHOLE, FoundRow, Judge, judged_rows, scan_rows
from tunewright.data.options import SourceOptions
from tunewright.data.sources import Malformed, Member, container_of, read_source
from tunewright.data.sources.tree import opened_tree
from tunewright.flows.sources import source_names
from tunewright.registry.lookup_index import EXAMPLES, OUTCOMES, database
from tunewright.store.project import Project

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

ReadRows = dict[tuple[object, ...], list[Example | Malformed]]
"""rows of sources that were read whole, by the sources' keys"""


@dataclass(frozen=True, slots=True)
class SourceBytes:
    """Files of one source as they lie somewhere: the recorded bytes, or the file the configuration names."""

    name: str
    options: SourceOptions
    files: Mapping[str, Path]
    """file name in the source -> where its bytes are"""
    digests: Mapping[str, str]
    target: Path | None = None
    """the user's file that is to be rewritten; None for recorded bytes"""

    @property
    def is_archive(self) -> bool:
        return len(self.files) == 1 and next(iter(self.files)).lower().endswith(".zip")

    def members(self) -> list[Member]:
        """The files to read; of an archive none (it is read as a path)."""
        return [_member(name, path) for name, path in sorted(self.files.items())]

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal bytes of one source, wherever they lie."""
        return (self.name, self.options.form, *sorted(self.digests.items()))

    def rows(self) -> Iterator[Example | Malformed]:
        """All of it, as a build reads it. Raises DataError."""
        if self.is_archive:
            with opened_tree(next(iter(self.files.values())), next(iter(self.files))) as members:
                yield from read_source(members, self.options, name=self.name)
        else:
            yield from read_source(self.members(), self.options, name=self.name)

    def find(self, judge: Judge, about: str, read: ReadRows | None = None) -> list[FoundRow]:
        """Its rows that ``judge`` names, by reading all of it; ``read`` keeps what was read for the next question."""
        rows: Iterable[Example | Malformed]
        if read is None:
            rows = self.rows()
        else:
            rows = read.get(self.key) or read.setdefault(self.key, list(self.rows()))
        return judged_rows(rows, self.options, judge, about=about)

    def scan(self, judge: Judge, needles: Sequence[bytes], about: str) -> list[FoundRow]:
        """The same, faster, for files of rows."""
        if self.is_archive or self.options.form in WHOLE:
            return self.find(judge, about)
        found = []
        for member in self.members():
            if container_of(member.name) is not None:
                found += scan_rows(member, self.options, self.name, needles, judge)
        return found


def _member(name: str, path: Path) -> Member:
    return Member(name, lambda: path.open("rb"), path.stat().st_size)


def recorded_sources(project: Project) -> Iterator[tuple[Record, SourceBytes]]:
    """Every recorded source with its bytes as they are now."""
    for record in project.records.find("source"):
        entries: tuple[FileEntry, ...] = project.records.present_files(record)
        there = [entry for entry in entries if project.blobs.has(entry.digest)]
        yield (
            record,
            SourceBytes(
                record.ref.name,
                SourceOptions.model_validate(record.recipe),
                {entry.path: project.blobs.path(entry.digest) for entry in there},
                {entry.path: entry.digest for entry in there},
            ),
        )


def configured_sources(ws: Workspace) -> tuple[list[SourceBytes], list[str]]:
    """The files of the configuration that lie in the workspace, and what lies outside, in words."""
    inside: list[SourceBytes] = []
    outside: list[str] = []
    options = ws.configuration.data.sources
    for name, source in zip(source_names(options), options, strict=True):
        if source.sql is not None:
            outside.append(f"the database behind the source {name}")
            continue
        if source.form == "exchanges":
            continue
        if "://" in source.path:
            outside.append(f"the object store behind the source {name}")
            continue
        path = ws.root / source.path
        if not path.resolve().is_relative_to(ws.root.resolve()):
            outside.append(f"{path}, outside the workspace (source {name})")
        elif path.is_file():
            file = source.file_name
            inside.append(SourceBytes(name, source, {file: path}, {file: sha256_file(path)}, path))
        elif path.is_dir():
            files = {
                item.relative_to(path).as_posix(): item for item in sorted(path.rglob("*")) if item.is_file()
            }
            files = {inside_: item for inside_, item in files.items() if not _hidden(inside_)}
            files = _wanted(path, source, files)
            digests = {inside_: sha256_file(item) for inside_, item in files.items()}
            inside.append(SourceBytes(name, source, files, digests, path))
    return inside, outside


def _wanted(path: Path, source: SourceOptions, files: Mapping[str, Path]) -> dict[str, Path]:
    """The files of a folder that its form reads."""
    from tunewright.flows.source_fetch import _wanted as read

    names = set(read(path, source))
    return {name: file for name, file in files.items() if name in names}


def _hidden(inside: str) -> bool:
    return any(part.startswith(".") for part in inside.split("/"))


class SnapshotRows:
    """Questions to the Parquet files of the snapshots that erasing needs and tracing does not."""

    def __init__(self, project: Project, snapshots: Sequence[Record]) -> None:
        self._by_path: dict[str, Record] = {}
        self._examples: list[str] = []
        self._outcomes: list[str] = []
        for record in snapshots:
            folder = project.records.folder(record)
            for name, paths in ((EXAMPLES, self._examples), (OUTCOMES, self._outcomes)):
                if (folder / name).is_file():
                    paths.append(str(folder / name))
                    self._by_path[str(folder / name)] = record
        self._cursor = database().cursor()

    def __enter__(self) -> SnapshotRows:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._cursor.close()

    def examples(self, where: str, values: Sequence[Any]) -> list[dict[str, Any]]:
        """Whole rows of ``examples.parquet`` with ``snapshot``; ``where`` is this product's own text. No tombstones."""
        if not self._examples:
            return []
        query = f"select filename, * exclude (filename) from read_parquet(?, filename = true) where {where}"  # noqa: S608
        return [row for row in self._rows(query, self._examples, values) if not _is_buried(row)]

    def children(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Examples made from one of these (label ``child-of:ID``)."""
        marks = [f"child-of:{key}" for key in ids]
        return self.examples("list_has_any(labels, ?)", [marks]) if marks else []

    def twins(self, rows: Sequence[str]) -> list[dict[str, Any]]:
        """Outcome lines of rows that were dropped as duplicates of one of these (``source#record``)."""
        if not rows or not self._outcomes:
            return []
        query = (
            "select filename, source, record, example, of, reasons from read_parquet(?, filename = true) "
            "where outcome = 'dropped' and of in (select unnest(?))"
        )
        return self._rows(query, self._outcomes, [list(rows)])

    def _rows(self, query: str, paths: list[str], values: Sequence[Any]) -> list[dict[str, Any]]:
        cursor = self._cursor.execute(query, [paths, *values])
        names = [column[0] for column in cursor.description or ()]
        found = []
        for row in cursor.fetchall():
            line = dict(zip(names, row, strict=True))
            line["snapshot"] = self._by_path[line.pop("filename")]
            found.append(line)
        return found


def _is_buried(row: Mapping[str, Any]) -> bool:
    return not row["messages"] and any(mark.startswith(f"{LABEL}:") for mark in row["labels"] or ())
