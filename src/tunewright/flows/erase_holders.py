"""What else holds somebody's text: exchanges and their feedback, golden items, recorded answers and reports, loose files."""

from __future__ import annotations

import contextlib
import gzip
import mmap
import zipfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tunewright.core.types import Record
from tunewright.data.personal import Personal
from tunewright.store import db

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

SIGNED = (
    "events",
    "decisions",
    "approvals",
    "waivers",
    "records",
    "record_inputs",
    "checkpoints",
    "audit_head",
)
"""tables whose rows are covered by digests and signatures: they cannot be rewritten"""
_OWN = ("replacements", "erased", "leases", "aliases", "alias_history", "alembic_version", "keys")
_BINARY = (".safetensors", ".bin", ".pt", ".png", ".npy", ".u32", ".onnx", ".db", ".db-wal", ".db-shm")


@dataclass(frozen=True, slots=True)
class Holders:
    """Counts and names, no text."""

    exchanges: int
    """asked by the person, or with their words or names in them"""
    feedback: int
    reviews: int
    """notes and other texts of the database"""
    golden_items: int
    record_files: tuple[str, ...]
    """``run/evaluate@3: report.html``: recorded files beside snapshots and sources"""
    workspace_files: tuple[str, ...]
    """files of the workspace that are no source: exports, notes"""
    signed: tuple[str, ...]
    """where it stands in something signed, which nobody can rewrite"""

    @property
    def any(self) -> bool:
        return bool(
            self.exchanges or self.feedback or self.reviews or self.golden_items or self.record_files
            or self.workspace_files
        )  # fmt: skip


def find_holders(
    ws: Workspace, personal: Personal, users: Sequence[str], sources: Collection[Path]
) -> Holders:
    """Look everywhere but in sources and snapshots' examples. ``sources``: files that are rewritten row by row."""
    with ws.project.reader() as connection:
        exchanges = exchange_ids(connection, personal, users)
        feedback = feedback_ids(connection, personal, exchanges)
        loose = loose_cells(connection, personal)
    runs = tuple(f"{record.ref}: {path}" for record, path, _ in record_files(ws, personal))
    files = tuple(path.relative_to(ws.root).as_posix() for path in workspace_files(ws, personal, sources))
    return Holders(
        exchanges=len(exchanges),
        feedback=len(feedback),
        reviews=sum(1 for table, _, _ in loose if table.name not in SIGNED),
        golden_items=sum(len(numbers) for _, _, numbers in golden_items(ws, personal)),
        record_files=runs,
        workspace_files=files,
        signed=tuple(sorted({table.name for table, _, _ in loose if table.name in SIGNED})),
    )


def exchange_ids(connection: sa.Connection, personal: Personal, users: Sequence[str]) -> list[str]:
    """Exchanges of these users, and those whose texts hold a name or their words."""
    table = db.exchanges
    found: list[str] = []
    if users:
        found += connection.scalars(sa.select(table.c.id).where(table.c.user.in_(list(users)))).all()
    body = sa.type_coerce(table.c.body, sa.Text)
    for row in _rows_with(connection, sa.select(table.c.id, body.label("body")), body, personal):
        if personal.is_in(_unescaped(row.body)):
            found.append(row.id)
    return list(dict.fromkeys(found))


def _unescaped(text: str) -> str:
    """The texts of a JSON value, one a line."""
    import json

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            for item in value:
                yield from texts(item)
        elif isinstance(value, dict):
            for key, item in value.items():
                yield key
                yield from texts(item)

    try:
        return "\n".join(texts(json.loads(text)))
    except ValueError:
        return text


def _rows_with(
    connection: sa.Connection, query: sa.Select[Any], column: Any, personal: Personal
) -> Iterator[Any]:
    """Rows in whose text one of the names or words may stand."""
    import json

    forms: list[str] = []
    for text in (*personal.searched, *personal.texts):
        forms += dict.fromkeys((text, json.dumps(text, ensure_ascii=False)[1:-1]))
    for start in range(0, len(forms), 50):
        wanted = [column.contains(form, autoescape=True) for form in forms[start : start + 50]]
        yield from connection.execute(query.where(sa.or_(*wanted))).all()


def feedback_ids(connection: sa.Connection, personal: Personal, exchanges: Collection[str]) -> list[int]:
    """Feedback on these exchanges, and other feedback that holds a name or the words."""
    table = db.feedback
    body = sa.type_coerce(table.c.body, sa.Text)
    wanted = list(exchanges)
    found: list[int] = []
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        found += connection.scalars(sa.select(table.c.id).where(table.c.exchange_id.in_(part))).all()
    for row in _rows_with(connection, sa.select(table.c.id, body.label("body")), body, personal):
        if personal.is_in(_unescaped(row.body)):
            found.append(row.id)
    return list(dict.fromkeys(found))


def loose_cells(connection: sa.Connection, personal: Personal) -> list[tuple[sa.Table, str, Any]]:
    """(table, column, key) of every other text of the database that holds something; key: column -> value."""
    found: list[tuple[sa.Table, str, Any]] = []
    reflected = sa.MetaData()
    reflected.reflect(connection)
    for table in reflected.sorted_tables:
        if table.name in ("exchanges", "feedback", *_OWN):
            continue
        keys = list(table.primary_key.columns)
        for column in table.columns:
            if not isinstance(column.type, (sa.Text, sa.String)) or column.primary_key:
                continue
            query = sa.select(*keys, column.label("told"))
            found += [
                (table, column.name, {key.name: getattr(row, key.name) for key in keys})
                for row in _rows_with(connection, query, column, personal)
                if personal.is_in(_unescaped(row.told))
            ]
    return found


def note_columns(connection: sa.Connection) -> list[tuple[sa.Table, tuple[str, ...]]]:
    """(table, columns) of what people wrote about single examples."""
    reflected = sa.MetaData()
    reflected.reflect(connection)
    found = []
    for table in reflected.sorted_tables:
        names = tuple(name for name in ("note", "correction", "comment") if name in table.columns)
        if "example" in table.columns and names and table.name not in SIGNED:
            found.append((table, names))
    return found


def golden_items(ws: Workspace, personal: Personal) -> list[tuple[Record, str, list[int]]]:
    """(record, file, numbers of the rows) of golden sets with an item that holds something."""
    found = []
    for record in ws.project.records.find("golden"):
        for entry in ws.project.records.present_files(record):
            if ws.project.blobs.has(entry.digest):
                numbers = golden_rows(ws.project.blobs.path(entry.digest), entry.path, personal)
                if numbers:
                    found.append((record, entry.path, numbers))
    return found


def golden_rows(path: Path, name: str, personal: Personal) -> list[int]:
    """Numbers of the items of a golden set that hold a name or the words."""
    import json

    from tunewright.data.sources.containers import rows

    if not file_holds(path, personal):
        return []
    return [
        row.number
        for row in rows(path, name)
        if row.value is not None
        and personal.is_in(_unescaped(json.dumps(row.value, ensure_ascii=False, default=str)))
    ]


def record_files(ws: Workspace, personal: Personal) -> list[tuple[Record, str, Path]]:
    """(record, path, file) of recorded files, beside sources and a snapshot's own four, that hold something."""
    found = []
    own = ("examples.parquet", "outcomes.parquet", "report.json", "report.html")
    for record in ws.project.records.all():
        folder = ws.project.records.folder(record)
        if record.ref.kind in ("source", "golden", "base") or not folder.is_dir():
            continue
        for entry in record.files:
            path = folder / entry.path
            if (record.ref.kind == "snapshot" and entry.path in own) or path.suffix in _BINARY:
                continue
            if path.is_file() and file_holds(path, personal):
                found.append((record, entry.path, path))
    return found


def workspace_files(ws: Workspace, personal: Personal, sources: Collection[Path]) -> list[Path]:
    """Files of the workspace beside its state, its sources and its configuration that hold something."""
    found = []
    goldens = {(ws.root / name).resolve() for name in ws.configuration.data.golden}
    for path in sorted(ws.root.rglob("*")):
        inside = path.relative_to(ws.root).parts
        if inside[0] == ws.project.state.name or path.is_symlink() or not path.is_file():
            continue
        if path.resolve() in sources or path.resolve() in goldens or path.suffix in _BINARY:
            continue
        if file_holds(path, personal):
            found.append(path)
    return found


def file_holds(path: Path, personal: Personal, needles: list[bytes] | None = None) -> bool:
    """Whether a name or a text stands in the file, unpacked where it is Parquet, gzip or zip."""
    needles = personal.needles() if needles is None else needles
    if not needles or not path.stat().st_size:
        return False
    if path.name.lower().endswith(".parquet"):
        import pyarrow as pa

        with contextlib.suppress(pa.ArrowException, OSError):
            return _parquet_holds(path, personal, needles)
    return any(_holds(data, needles, personal) for data in _contents(path))


def _holds(data: bytes | mmap.mmap, needles: list[bytes], personal: Personal) -> bool:
    """Whether a needle stands there, a name as a word of its own."""
    for needle in needles:
        at = data.find(needle)
        while at >= 0:
            around = data[max(0, at - 8) : at + len(needle) + 8].decode("utf-8", "replace")
            if len(needle) >= 32 or personal.is_in(around):
                return True
            at = data.find(needle, at + 1)
    return False


def _contents(path: Path) -> Iterator[bytes | mmap.mmap]:
    """The bytes of a file, unpacked where it is an archive. What cannot be unpacked is taken raw."""
    lower = path.name.lower()
    if lower.endswith(".gz"):
        with contextlib.suppress(OSError, EOFError):
            yield gzip.decompress(path.read_bytes())
            return
    if lower.endswith((".zip", ".docx")):
        with (
            contextlib.suppress(zipfile.BadZipFile, RuntimeError, NotImplementedError),
            zipfile.ZipFile(path) as archive,
        ):
            for info in archive.infolist():
                yield archive.read(info)
            return
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield mapped


def _parquet_holds(path: Path, personal: Personal, needles: list[bytes]) -> bool:
    """Every text of every column, nested ones too: looked for in the bytes of all at once, judged value by value."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            for column in file.read_row_group(group).columns:
                for chunk in column.chunks:
                    if any(_texts_hold(texts, personal, needles) for texts in _texts(chunk)):
                        return True
    return False


def _texts(array: Any) -> Iterator[Any]:
    """The string arrays inside an Arrow array."""
    import pyarrow as pa

    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
        yield array.cast(pa.large_binary())
    elif pa.types.is_dictionary(kind):
        yield from _texts(array.dictionary)
    elif pa.types.is_struct(kind):
        for at in range(kind.num_fields):
            yield from _texts(array.field(at))
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _texts(array.flatten())
    elif pa.types.is_map(kind):
        yield from _texts(array.keys)
        yield from _texts(array.items)


def _texts_hold(array: Any, personal: Personal, needles: list[bytes]) -> bool:
    import numpy as np

    if not len(array) or array.buffers()[2] is None:
        return False
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    data = array.buffers()[2].to_pybytes()
    for needle in needles:
        at = data.find(needle, int(offsets[0]))
        while 0 <= at < offsets[-1]:
            value = array[int(np.searchsorted(offsets, at, side="right")) - 1].as_py()
            if value and personal.is_in(value.decode("utf-8", "replace")):
                return True
            at = data.find(needle, at + 1)
    return False
