"""One row as its source gave it, read again from the recorded bytes without reading the whole source.

Where a file's rows begin is derived once a file into ``.tunewright/cache/rows`` (offsets, no text). What is cut out there is
read by the source's own reader and counts only when its content has the digest of the example; otherwise the source is
read from its beginning, so a file of an unusual form costs time and never a wrong answer.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.errors import DataError, IntegrityError, NotFoundError
from tunewright.core.types import Example, FileEntry
from tunewright.data.sources import Malformed, Member, read_source
from tunewright.data.sources.containers import container_of
from tunewright.flows.sources import RecordedSource, rows_of, sources_of
from tunewright.registry.lineage import RowFate, rows_at

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tunewright.store.project import Project

FORMAT = 1
_PIECE = 1 << 26
_BLANK = 2
"""most bytes of a line that holds nothing but its end"""


@dataclass(frozen=True, slots=True)
class Original:
    """A row as the source gave it."""

    row: Example | Malformed
    file: str
    """which of the source's files; empty where that is not known"""
    start: int = -1
    """first byte of the row in that file; -1 where rows have no bytes of their own"""
    size_bytes: int = 0
    number: int = 0
    """1-based among the rows of that file; 0 where that is not known"""


def original_of(project: Project, fate: RowFate) -> Original | None:
    """The row behind an outcome; None when the source no longer holds it (erased, or its bytes are lost)."""
    source = next((s for s in sources_of(project, fate.snapshot) if s.name == fate.source), None)
    if source is None:
        return None
    try:
        return _cut_out(project, source, fate) or _read_through(project, source, fate)
    except (NotFoundError, IntegrityError, DataError):
        return None


def _read_through(project: Project, source: RecordedSource, fate: RowFate) -> Original | None:
    for row in rows_of(project, [source]):
        if row.origin.locator == fate.record and _is_it(row, fate):
            return Original(row, "")
    return None


def _is_it(row: Example | Malformed, fate: RowFate) -> bool:
    """Whether the row has the content that the outcome is about, under whatever number it was read now."""
    if isinstance(row, Malformed):
        return not fate.example and row.reason in fate.reasons
    from tunewright.data.sources import example_id

    return example_id(replace(row.origin, locator=fate.record)) == fate.example


def _cut_out(project: Project, source: RecordedSource, fate: RowFate) -> Original | None:
    """The row by its place; None where its form has no places, or something else stands there."""
    if source.options.documents is not None:
        return _in_document(project, source, fate)
    if fate.position < 0 or source.options.form in ("slack", "mail"):
        return None
    containers = {container_of(file.path) for file in source.files}
    if any(file.path.lower().endswith(".gz") for file in source.files):
        return None
    if containers == {"parquet"} and len(source.files) == 1:
        return _in_parquet(project, source, fate)
    if containers <= {"jsonl", "csv", "tsv"}:
        return _in_lines(project, source, fate)
    return None


def _found(source: RecordedSource, member: Member, fate: RowFate) -> Example | Malformed | None:
    for row in read_source([member], source.options, name=source.name):
        if _is_it(row, fate) and (source.options.documents is None or row.origin.locator == fate.record):
            origin = replace(row.origin, locator=fate.record)
            return (
                replace(row, id=fate.example, origin=origin)
                if isinstance(row, Example)
                else replace(row, origin=origin)
            )
    return None


def _member(name: str, data: bytes) -> Member:
    return Member(name, lambda: io.BytesIO(data), len(data))


def _in_document(project: Project, source: RecordedSource, fate: RowFate) -> Original | None:
    name = fate.record.partition("#")[0]
    for file in source.files:
        if file.path == name:
            row = _found(source, _member(file.path, project.blobs.path(file.digest).read_bytes()), fate)
            return Original(row, file.path) if row is not None else None
    return None


def _in_parquet(project: Project, source: RecordedSource, fate: RowFate) -> Original | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = source.files[0]
    path = project.blobs.path(file.digest)
    values = rows_at(path, [fate.position], None)
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(values, schema=pq.read_schema(path)), out)
    data = out.getvalue()
    row = _found(source, _member(file.path, data), fate)
    return Original(row, file.path, number=fate.position + 1) if row is not None else None


def _in_lines(project: Project, source: RecordedSource, fate: RowFate) -> Original | None:
    """A row of JSON Lines, CSV or TSV; a query's rows lie in several files that count on."""
    offsets = [_offsets(project, file) for file in source.files]
    first = list(accumulate((max(0, len(places) - 1) for places in offsets), initial=0))
    at = bisect_right(first, fate.position) - 1
    if not 0 <= at < len(source.files):
        return None
    file, places, inside = source.files[at], offsets[at], fate.position - first[at]
    start, end = int(places[inside]), int(places[inside + 1])
    with project.blobs.path(file.digest).open("rb") as stream:
        head = b""
        if container_of(file.path) != "jsonl":
            head = stream.read(int(places[0]))
        stream.seek(start)
        data = head + stream.read(end - start)
    try:
        row = _found(source, _member(file.path, data), fate)
    except DataError:
        return None
    if row is None:
        return None
    return Original(row, file.path, start, end - start, inside + 1)


def _offsets(project: Project, file: FileEntry) -> npt.NDArray[np.uint64]:
    """Where each row of a file begins, and where the last one ends."""
    import numpy as np

    place = project.state / "cache" / "rows" / f"{file.digest}.{FORMAT}.npy"
    try:
        return np.load(place, mmap_mode="r")  # type: ignore[no-any-return]
    except (OSError, ValueError, EOFError):
        pass
    made = np.asarray(
        list_offsets(project.blobs.path(file.digest), quoted=container_of(file.path) != "jsonl")
    )
    with project.staging() as folder:
        np.save(folder / "offsets.npy", made)
        place.parent.mkdir(parents=True, exist_ok=True)
        (folder / "offsets.npy").rename(place)
    return made


def list_offsets(path: Path, *, quoted: bool) -> npt.NDArray[np.uint64]:
    """Offsets of the rows of a line file and, last, its end. ``quoted``: the first line is a header, and a line's end in
    quotes ends no row. Empty lines are no rows."""
    import numpy as np

    size = path.stat().st_size
    if not size:
        return np.zeros(1, dtype=np.uint64)
    ends = np.concatenate([np.zeros(0, np.int64), *_line_ends(path, quoted), np.array([size - 1])])
    ends = np.unique(ends)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])
    kept = starts[~_blank(path, ends, ends + 1 - starts)]
    kept = kept[1:] if quoted else kept
    return np.append(kept, size).astype(np.uint64)


def _blank(path: Path, ends: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which lines hold nothing but their end."""
    import numpy as np

    found = np.zeros(len(ends), dtype=np.bool_)
    short = np.flatnonzero(lengths <= _BLANK)
    if len(short):
        data = np.memmap(path, dtype=np.uint8, mode="r")
        last, before = data[ends[short]], data[np.maximum(ends[short] - 1, 0)]
        found[short] = (last == ord("\n")) & ((lengths[short] < _BLANK) | (before == ord("\r")))
    return found


def _line_ends(path: Path, quoted: bool) -> Iterator[Any]:
    import numpy as np

    at, inside = 0, 0
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            data = np.frombuffer(piece, dtype=np.uint8)
            ends = np.flatnonzero(data == ord("\n"))
            if quoted:
                quotes = np.flatnonzero(data == ord('"'))
                open_at = (np.searchsorted(quotes, ends) + inside) & 1
                ends = ends[open_at == 0]
                inside = (inside + len(quotes)) & 1
            yield ends + at
            at += len(piece)
