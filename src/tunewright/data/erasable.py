"""Which rows of a source are somebody's: exactly, by reading it as a build does, or fast, by looking for bytes first."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tunewright.core.erased import FIELD, mark, stand_in
from tunewright.core.types import Example, Message, Origin
from tunewright.data.source_options import SourceOptions
from tunewright.data.sources import Malformed, container_of
from tunewright.data.sources.containers import rows_in
from tunewright.data.sources.detect import ID_KEYS
from tunewright.data.sources.model import Row
from tunewright.data.sources.tree import Member, unpacked

Judge = Callable[[Origin, Sequence[Message]], str]
"""origin and turns of a row -> why it is erased, else the empty string"""
WHOLE = ("slack", "mail", "documents")
"""forms that are read file by file: their rows have no numbers"""
_PROMPTS = ("prompt", "question", "query", "instruction", "text", "message", "input")


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A row that is to be erased, or of which a person has to say whether it is."""

    number: int
    """1-based, as the reader counts; 0 for the forms without numbers"""
    origin: Origin
    messages: tuple[Message, ...]
    example: str
    """the example's id; empty for a row that gave none"""
    why: str
    of: str = ""
    """locator of the row this one belongs to (the question of a reply), else empty"""


def judged_rows(
    rows: Iterable[Example | Malformed], options: SourceOptions, judge: Judge, *, about: str = ""
) -> list[FoundRow]:
    """Every row of a whole source (``read_source``) that ``judge`` names, with the locator that a build gives it.

    A reply in a conversation that somebody else began is erased with it, for ``about`` (why such a row is found).
    """
    found: list[FoundRow] = []
    questions: set[str] = set()
    replies: list[FoundRow] = []
    for number, row in enumerate(rows, 1):
        example = row.id if isinstance(row, Example) else ""
        messages = row.messages
        of = row.of if isinstance(row, Malformed) else ""
        why = judge(row.origin, messages)
        line = FoundRow(0 if options.form in WHOLE else number, row.origin, messages, example, why, of)
        if why:
            found.append(line)
            questions.add(row.origin.locator)
        elif of:
            replies.append(line)
    belonging = (reply for reply in replies if about and reply.of in questions)
    return [*found, *(replace(reply, why=about) for reply in belonging)]


def scan_rows(
    member: Member, options: SourceOptions, name: str, needles: Sequence[bytes], judge: Judge
) -> list[FoundRow]:
    """The same for one file of rows, parsing only rows in which one of the byte texts stands.

    A locator that an earlier row has too is answered without the number that a build appends (``~2``): what is found
    here is counted and shown; what is erased is found by ``judged_rows``.
    """
    from tunewright.data.sources import _Maker

    found = []
    for row in _hit_rows(member, needles):
        maker = _Maker(name, options.model_copy(update={"on_bad_row": "quarantine"}))
        made = maker.from_row(row, member.name)
        why = judge(made.origin, made.messages)
        if why:
            example = made.id if isinstance(made, Example) else ""
            found.append(FoundRow(row.number, made.origin, made.messages, example, why))
    return found


def _hit_rows(member: Member, needles: Sequence[bytes]) -> Iterator[Row]:
    container = container_of(member.name)
    inner = unpacked(member)
    if container == "parquet":
        yield from _hit_parquet(inner, needles)
        return
    with inner.open() as stream:
        data = stream.read()
    if container == "json" and data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[":
        if any(needle in data for needle in needles):
            yield from rows_in(inner)
        return
    separated = container in ("csv", "tsv")
    spans = _hit_spans(data, needles, separated)
    if not spans:
        return
    if not separated:
        for number, start, end in spans:
            try:
                value = json.loads(data[start:end])
            except ValueError:
                continue
            if isinstance(value, dict):
                yield Row(number, value)
        return
    head = data[: data.find(b"\n") + 1]
    for number, start, end in spans:
        if start == 0:
            continue
        part = head + data[start:end]
        for row in rows_in(Member(inner.name, _opener(part), len(part))):
            if row.value is not None:
                yield Row(number, row.value)


def _opener(data: bytes) -> Callable[[], Any]:
    import io

    return lambda: io.BytesIO(data)


def _hit_spans(data: bytes, needles: Sequence[bytes], separated: bool) -> list[tuple[int, int, int]]:
    """(number, start, end) of the records in which a needle stands; records of CSV may hold line feeds in quotes."""
    places: set[int] = set()
    for needle in needles:
        at = data.find(needle)
        while at >= 0:
            places.add(at)
            at = data.find(needle, at + 1)
    if not places:
        return []
    raw = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(raw == 10)
    if separated and b'"' in data:
        quotes = np.flatnonzero(raw == 34)
        # Outside quotes the number of quotes before is even.
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
    found = []
    for number in np.unique(np.searchsorted(ends, sorted(places))).tolist():
        start = int(ends[number - 1]) + 1 if number else 0
        end = int(ends[number]) + 1 if number < len(ends) else len(data)
        found.append((number if separated else number + 1, start, end))
    return found


def _hit_parquet(member: Member, needles: Sequence[bytes]) -> Iterator[Row]:
    import pyarrow.parquet as pq

    wanted = re.compile(b"|".join(re.escape(needle) for needle in needles)) if needles else None
    with member.open() as stream, pq.ParquetFile(stream) as file:
        number = 0
        for batch in file.iter_batches(batch_size=1024):
            for value in batch.to_pylist():
                number += 1
                told = json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")
                if wanted is not None and wanted.search(told):
                    yield Row(number, value)


def numbered(members: Sequence[Member], numbers: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """The raw values of some rows; an unreadable one is empty."""
    wanted, found, count = set(numbers), {}, 0
    for member in members:
        for row in rows_in(member):
            count += 1
            if count in wanted:
                found[count] = row.value or {}
    return found


def stub_of(
    value: Mapping[str, Any], options: SourceOptions, tag: str, is_personal: Callable[[str], bool]
) -> dict[str, Any]:
    """What stands in the place of an erased row: its own id (a stand-in where that is somebody's name), and the mark."""
    columns = options.columns
    key = options.sql.key if options.sql else ""
    names = (columns.id,) if columns and columns.id else (key,) if key else ID_KEYS if columns is None else ()
    stub: dict[str, Any] = {}
    for name in names:
        kept = value.get(name)
        if isinstance(kept, (str, int)) and not isinstance(kept, bool) and str(kept).strip():
            stub[name] = stand_in(str(kept), tag) if is_personal(str(kept)) else kept
            break
    if container_of(options.file_name) in ("csv", "tsv", "parquet"):
        texts = [
            name for name, held in value.items() if name not in stub and isinstance(held, (str, type(None)))
        ]
        named = (columns.prompt if columns else "", *_PROMPTS)
        place = next((name for name in named if name in texts), texts[0] if texts else "")
        if place:
            stub[place] = mark(tag)
        return stub
    return {**stub, FIELD: mark(tag)}
