"""Rewrite a source's files with some rows erased, so that every other row keeps its place, its name and its bytes.

An erased row is not cut out, since the rows after it would be called otherwise: it stays as a stub that holds the erasure's
mark (``core.erased``) and, where it is nobody's name, the row's own id. Lines of JSON and records of CSV that stay are
copied byte for byte. Mail and plain documents are overwritten in place, in the same length.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any

from tunewright.core.erased import FIELD
from tunewright.core.errors import DataError
from tunewright.data.sources.containers import _SEPARATORS, _unquoted, container_of
from tunewright.data.sources.model import MAX_ROW_BYTES
from tunewright.data.sources.tree import Member, unpacked

Stubs = Mapping[int, Mapping[str, Any]]
"""number of a row (1-based, as the reader counts) -> what stands in its place; an absent column is emptied"""
Spans = Sequence[tuple[int, int]]
"""byte ranges of a file"""
_PLACE = re.compile(r"(?P<file>.+?)#bytes=(?P<ranges>\d+-\d+(?:,\d+-\d+)*)")


def rewrite_rows(member: Member, out: IO[bytes], stubs: Stubs) -> None:
    """Write the member's rows to ``out`` with stubs in the place of erased ones. Raises DataError for another form."""
    container = container_of(member.name)
    packed = member.name.lower().endswith(".gz")
    inner = unpacked(member)
    target: Any = gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) if packed else out
    try:
        if container == "parquet":
            _parquet(inner, target, stubs)
        elif container == "jsonl":
            _json_lines(inner, target, stubs)
        elif container == "json":
            _json_array(inner, target, stubs)
        elif container in ("csv", "tsv"):
            _separated(inner, target, "\t" if container == "tsv" else ",", stubs)
        else:
            raise DataError(
                f"{member.name} is of no form whose rows can be erased",
                hint="erase them by hand",
                file=member.name,
            )
    finally:
        if packed:
            target.close()


def _json_lines(member: Member, out: IO[bytes], stubs: Stubs) -> None:
    number = 0
    with member.open() as stream:
        for line in stream:
            if line.removeprefix(b"\xef\xbb\xbf").strip():
                number += 1
                if number in stubs:
                    ending = b"\r\n" if line.endswith(b"\r\n") else b"\n" if line.endswith(b"\n") else b""
                    mark = b"\xef\xbb\xbf" if line.startswith(b"\xef\xbb\xbf") else b""
                    line = mark + _json(stubs[number]) + ending
            out.write(line)


def _json(stub: Mapping[str, Any]) -> bytes:
    return json.dumps(stub, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8")


def _json_array(member: Member, out: IO[bytes], stubs: Stubs) -> None:
    """The values of one top-level list; what stands between them is copied."""
    with member.open() as stream:
        raw = stream.read()
    if raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        _json_lines(Member(member.name, lambda: io.BytesIO(raw)), out, stubs)
        return
    text = raw.decode("utf-8", "surrogateescape")
    kept = 0
    for number, (start, end) in enumerate(json_spans(text), 1):
        if number in stubs:
            out.write(text[kept:start].encode("utf-8", "surrogateescape"))
            out.write(_json(stubs[number]))
            kept = end
    out.write(text[kept:].encode("utf-8", "surrogateescape"))


def json_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the values of a top-level list begin and end. Raises ValueError for text that is no JSON list."""
    decoder = json.JSONDecoder()
    at = _skip(text, 0, "\ufeff \t\r\n")
    if text[at : at + 1] != "[":
        raise ValueError("no list")
    at = _skip(text, at + 1, " \t\r\n,")
    while text[at : at + 1] != "]":
        _, end = decoder.raw_decode(text, at)
        yield at, end
        at = _skip(text, end, " \t\r\n,")


def _skip(text: str, at: int, characters: str) -> int:
    while at < len(text) and text[at] in characters:
        at += 1
    return at


def _separated(member: Member, out: IO[bytes], separator: str, stubs: Stubs) -> None:
    """Records as the reader counts them; the raw lines of a record that stays are copied."""
    csv.field_size_limit(MAX_ROW_BYTES)
    with member.open() as stream:
        head = stream.readline()
        first = head.decode("utf-8", "surrogateescape")
        separator = max((separator, *_SEPARATORS), key=_unquoted(first).count)
        taken: list[bytes] = []

        def lines() -> Iterator[str]:
            for line in (head, *iter(stream.readline, b"")) if head else ():
                taken.append(line)
                yield line.decode("utf-8", "surrogateescape")

        reader = csv.reader(lines(), delimiter=separator, strict=True)
        header: list[str] | None = None
        number = 0
        while True:
            taken.clear()
            try:
                cells = next(reader, None)
            except csv.Error:
                cells = [""]
            if cells is None:
                out.writelines(taken)
                return
            if header is None:
                header = [cells[0].removeprefix("\ufeff"), *cells[1:]] if cells else []
            elif cells:
                number += 1
                if number in stubs:
                    out.write(_record(header, stubs[number], separator, taken[-1]))
                    continue
            out.writelines(taken)


def _record(header: Sequence[str], stub: Mapping[str, Any], separator: str, last: bytes) -> bytes:
    ending = "\r\n" if last.endswith(b"\r\n") else "\n" if last.endswith(b"\n") else ""
    text = io.StringIO()
    cells = [str(stub.get(column, "") or "") for column in header]
    csv.writer(text, delimiter=separator, lineterminator="").writerow(cells)
    return (text.getvalue() + ending).encode("utf-8", "surrogateescape")


def _parquet(member: Member, out: IO[bytes], stubs: Stubs) -> None:
    """Row group by row group; rows that stay have the same values and the file the same schema."""
    import pyarrow.parquet as pq

    with member.open() as stream, pq.ParquetFile(stream) as file:
        schema = file.schema_arrow
        packing = file.metadata.row_group(0).column(0).compression if file.num_row_groups else "zstd"
        with pq.ParquetWriter(out, schema, compression=packing.lower()) as writer:
            first = 0
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                changed = {
                    at: {name: stubs[first + at + 1].get(name) for name in schema.names}
                    for at in range(table.num_rows)
                    if first + at + 1 in stubs
                }
                first += table.num_rows
                writer.write_table(replaced_rows(table, changed), row_group_size=max(1, table.num_rows))


def replaced_rows(table: Any, changed: Mapping[int, Mapping[str, Any]]) -> Any:
    """The Arrow table with other values in some rows; a value that a column's type refuses becomes null."""
    import pyarrow as pa

    if not changed:
        return table
    pieces, kept = [], 0
    for at in sorted(changed):
        pieces.append(table.slice(kept, at - kept))
        columns = [_cell(changed[at].get(field.name), field) for field in table.schema]
        pieces.append(pa.Table.from_arrays(columns, schema=table.schema))
        kept = at + 1
    pieces.append(table.slice(kept))
    return pa.concat_tables(pieces)


def _cell(value: Any, field: Any) -> Any:
    import pyarrow as pa

    try:
        made = pa.array([value], type=field.type)
    except (pa.ArrowException, TypeError, ValueError):
        made = pa.nulls(1, field.type)
    if made.null_count and not field.nullable:
        empty = "" if pa.types.is_string(field.type) or pa.types.is_large_string(field.type) else 0
        return pa.array([empty]).cast(field.type)
    return made


def slack_stub(value: Mapping[str, Any], mark: str) -> dict[str, Any]:
    """What stands for a message: its time, by which it is called, and the mark."""
    kept = {key: value[key] for key in ("type", "ts") if isinstance(value.get(key), str)}
    return {**kept, FIELD: mark}


def place_spans(locator: str) -> dict[str, list[tuple[int, int]]]:
    """File -> byte ranges that a locator such as ``in.mbox#bytes=0-90,90-200`` or one of two files names; else empty."""
    found: dict[str, list[tuple[int, int]]] = {}
    for match in _PLACE.finditer(locator):
        name = match["file"].removeprefix("+")
        for part in match["ranges"].split(","):
            start, _, end = part.partition("-")
            found.setdefault(name, []).append((int(start), int(end)))
    return found


def overwrite(data: bytes, spans: Spans, name: str, mark: str) -> bytes:
    """The file with these ranges overwritten in the same length; a mailbox keeps the line that begins each message."""
    whole = bytearray(data)
    ending = PurePosixPath(name.lower()).suffix
    for start, end in spans:
        size = min(end, len(data)) - start
        head = {".mbox": b"From erased\n\n", ".eml": b"\n"}.get(ending, b"") + mark.encode() + b"\n"
        tail = b"\n\n" if ending == ".mbox" else b""
        if size < len(head) + len(tail):
            head = b"From \n"[:size] if ending == ".mbox" else b""
        tail = tail if size >= len(head) + len(tail) else b""
        whole[start : start + size] = head + b" " * (size - len(head) - len(tail)) + tail
    return bytes(whole)


def rewrite_archive(source: Path, out: IO[bytes], changed: Mapping[str, Callable[[bytes], bytes]]) -> None:
    """A zip archive with some members changed; all others have the same content, names, times and packing."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(out, "w") as target:
        for info in archive.infolist():
            data = archive.read(info) if not info.is_dir() else b""
            change = changed.get(info.filename)
            again = zipfile.ZipInfo(info.filename, info.date_time)
            again.compress_type, again.external_attr = info.compress_type, info.external_attr
            target.writestr(again, change(data) if change else data)
