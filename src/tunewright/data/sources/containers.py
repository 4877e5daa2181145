"""Rows out of files: JSON Lines, JSON arrays, CSV/TSV (also ``.gz``) and Parquet, all read piece by piece.

Memory is bounded by ``MAX_ROW_BYTES`` and not by the file. A row that cannot be read is answered as a ``Row`` with a
problem; a file that cannot be read raises DataError with file, line and remedy.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any, NoReturn

from tunewright.core.errors import DataError
from tunewright.data.sources.model import MAX_ROW_BYTES, Row
from tunewright.data.sources.tree import Member, opened_tree, unpacked

SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}
_SEPARATORS = (",", ";", "\t", "|")
"""what may part the columns, whatever a file is called: much of Europe writes CSV with semicolons"""
_CHUNK = 1 << 16
_FOREIGN_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\x1f\x8b": "gzip", b"PK": "zip"}


def container_of(name: str) -> str | None:
    """``jsonl``, ``json``, ``csv``, ``tsv`` or ``parquet`` by the file name's ending (also before ``.gz``); else None."""
    lower = name.lower()
    if lower.endswith(".gz"):
        found = SUFFIXES.get(Path(lower[:-3]).suffix)
        return None if found == "parquet" else found
    return SUFFIXES.get(Path(lower).suffix)


def rows(path: Path, name: str) -> Iterator[Row]:
    """All rows of a file in order. ``name`` is the file's name for people (``path`` may be a stored copy).

    Raises DataError for a file that is missing, truncated, not UTF-8 throughout its frame, or over the row limit.
    """
    if container_of(name) is None:
        known = ", ".join(SUFFIXES)
        raise DataError(
            f"{name} is of no known format", hint=f"known endings are {known}; convert it", file=name
        )
    with opened_tree(path, name) as members:
        yield from rows_in(members[0])


def rows_in(packed: Member) -> Iterator[Row]:
    """All rows of one member, as ``rows``."""
    name, container = packed.name, container_of(packed.name)
    member = unpacked(packed)
    if container == "parquet":
        yield from _parquet(member, name)
        return
    _refuse_foreign(member, name)
    if container == "jsonl":
        yield from _json_lines(member, name)
    elif container == "json":
        yield from _json_array(member, name)
    else:
        yield from _separated(member, name, "\t" if container == "tsv" else ",")


def _refuse_foreign(member: Member, name: str) -> None:
    """Bytes that say this is no UTF-8 text at all."""
    with member.open() as stream:
        head = stream.read(2)
    if head in _FOREIGN_MARKS:
        what = _FOREIGN_MARKS[head]
        hint = "unpack it first, or name it `.gz`" if what == "gzip" else "save it as UTF-8"
        hint = "unpack it first" if what == "zip" else hint
        raise DataError(f"{name} is {what}, not UTF-8 text", hint=hint, file=name)


def _refuse_long(name: str, line: int) -> NoReturn:
    raise DataError(
        f"{name}:{line}: this row is longer than {MAX_ROW_BYTES // 2**20} MiB",
        hint="split or remove the row; rows of training text are far shorter",
        file=name,
        line=line,
    )


def _bounded_lines(stream: IO[bytes], name: str) -> Iterator[tuple[int, bytes]]:
    """(line number, bytes) of each line; raises DataError for a line over the limit without reading all of it."""
    number = 0
    while line := stream.readline(MAX_ROW_BYTES + 1):
        number += 1
        if len(line) > MAX_ROW_BYTES:
            _refuse_long(name, number)
        yield number, line


def _json_lines(member: Member, name: str) -> Iterator[Row]:
    number = 0
    with member.open() as stream:
        for line_number, line in _bounded_lines(stream, name):
            if line_number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if not line.strip():
                continue
            number += 1
            yield _parsed(number, line_number, line)


def _parsed(number: int, at: int, line: bytes) -> Row:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return Row(number, None, "invalid_utf8", at)
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return Row(number, None, "invalid_json", at)
    except ValueError:
        return Row(number, None, "invalid_number", at)  # an integer of thousands of digits
    return Row(number, value, "", at) if isinstance(value, dict) else Row(number, None, "not_an_object", at)


def _json_array(member: Member, name: str) -> Iterator[Row]:
    """Objects of one top-level array, decoded one by one from a sliding buffer."""
    decoder = json.JSONDecoder()
    with (
        member.open() as raw,
        io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape") as stream,
    ):
        buffer = _Buffer(stream)
        first = buffer.skip(" \t\r\n")
        if first == "{":
            yield from _json_lines(member, name)
            return
        if first != "[":
            what = "is empty" if first == "" else "is not a JSON list"
            raise DataError(
                f"{name} {what}", hint="export it as a list of objects, or as JSON Lines", file=name
            )
        buffer.take(1)
        number = 0
        while True:
            mark = buffer.skip(" \t\r\n,")
            if mark == "]":
                return
            if mark == "":
                raise DataError(
                    f"{name}:{buffer.line}: the list is not closed; the file looks cut off after row {number}",
                    hint="export the file again",
                    file=name,
                    line=buffer.line,
                )
            number += 1
            line = buffer.line
            value = _decode_one(decoder, buffer, name, number)
            yield _checked(number, line, value)


def _checked(number: int, line: int, value: Any) -> Row:
    if not isinstance(value, dict):
        return Row(number, None, "not_an_object", line)
    return Row(number, value, "", line)


def _decode_one(decoder: json.JSONDecoder, buffer: _Buffer, name: str, number: int) -> Any:
    """The next value; reads on while it is incomplete, doubling, up to the row limit."""
    wanted = _CHUNK
    while True:
        try:
            value, end = decoder.raw_decode(buffer.text, buffer.at)
        except (json.JSONDecodeError, RecursionError, ValueError) as error:
            if len(buffer.text) - buffer.at > MAX_ROW_BYTES:
                _refuse_long(name, buffer.line)
            if buffer.more(wanted):
                wanted *= 2
                continue
            raise DataError(
                f"{name}:{buffer.line}: row {number} is not valid JSON, and what follows cannot be told apart from it",
                hint="mend that row, or export as JSON Lines, where a bad row costs only itself",
                file=name,
                line=buffer.line,
                row=number,
            ) from error
        if end >= len(buffer.text) - 1 and not isinstance(value, (dict, list, str)) and buffer.more(_CHUNK):
            continue  # a number at the edge of the buffer may go on
        buffer.take(end - buffer.at)
        return value


class _Buffer:
    """A window on a text stream that knows its line."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.text = ""
        self.at = 0
        self.line = 1

    def more(self, size: int) -> bool:
        """Read on; False at the end."""
        piece = self._stream.read(size)
        self.text = self.text[self.at :] + piece
        self.at = 0
        return bool(piece)

    def take(self, count: int) -> None:
        self.line += self.text.count("\n", self.at, self.at + count)
        self.at += count

    def skip(self, characters: str) -> str:
        """The next character that is none of these, or the empty string at the end."""
        while True:
            while self.at < len(self.text):
                if self.text[self.at] not in characters:
                    return self.text[self.at]
                self.take(1)
            if not self.more(_CHUNK):
                return ""


def _separated(member: Member, name: str, separator: str) -> Iterator[Row]:
    """CSV or TSV with a header line. Undecodable bytes become half surrogates, which reading a text refuses row by row."""
    # The csv module keeps this limit in one place for the whole process; ours is the only reader.
    csv.field_size_limit(MAX_ROW_BYTES)
    with member.open() as stream:
        lines = (line.decode("utf-8", "surrogateescape") for _, line in _bounded_lines(stream, name))
        head = next(lines, "")
        separator = max((separator, *_SEPARATORS), key=_unquoted(head).count)
        reader = csv.reader(chain([head] if head else [], lines), delimiter=separator, strict=True)
        number, header = 0, None
        while True:
            start = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                problem = _csv_problem(error, name, start, number, header is None)
                number += 1
                yield Row(number, None, problem, start)
                continue
            if cells is None:
                return
            if header is None:
                header = [cells[0].removeprefix("\ufeff"), *cells[1:]] if cells else []
                _check_header(header, name)
            elif cells:
                number += 1
                whole = len(cells) == len(header)
                value = dict(zip(header, cells, strict=True)) if whole else None
                yield Row(number, value, "" if whole else "wrong_number_of_columns", start)


def _unquoted(head: str) -> str:
    """A header line without what stands in quotes."""
    return re.sub(r'"[^"]*"', "", head)


def _csv_problem(error: csv.Error, name: str, start: int, number: int, in_header: bool) -> str:
    """The reason of one row that the reader can leave behind. Raises DataError where no later row can be told apart."""
    if "field larger" in str(error):
        _refuse_long(name, start)
    if in_header or "unexpected end" in str(error):
        raise DataError(
            f"{name}:{start}: unreadable from here, after row {number}: {error}",
            hint="check the quotes around that line, or export the file again",
            file=name,
            line=start,
        ) from error
    return "invalid_csv"


def _check_header(header: list[str], name: str) -> None:
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        raise DataError(
            f"{name}:1: the column {repeated[0]!r} is there more than once",
            hint="give every column its own name",
            file=name,
            line=1,
            columns=repeated,
        )


def _parquet(member: Member, name: str) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet

    try:
        with member.open() as stream, pyarrow.parquet.ParquetFile(stream) as file:
            number = 0
            for batch in file.iter_batches(batch_size=1024):
                for value in batch.to_pylist():
                    number += 1
                    yield Row(number, value)
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{name} is not a readable Parquet file: its frame is damaged or cut off",
            hint="export or copy the file again",
            file=name,
        ) from error
