"""The words of reading: a raw row, an unreadable row, and what was detected about a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunewright.core.types import Message, Origin
from tunewright.data.source_options import ColumnMap, DocumentOptions, SourceForm

MAX_ROW_BYTES = 8 * 1024 * 1024
"""A row longer than this is refused, so that one endless line cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file before anyone knows what it means."""

    number: int
    """1-based position among the file's rows"""
    value: Mapping[str, Any] | None
    """column or key -> value; None when the row could not be read"""
    problem: str = ""
    """why not, such as ``invalid_json``"""
    line: int = 0
    """1-based line on which it begins; 0 where lines mean nothing (Parquet)"""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that gives no example, with the reason. It gets an outcome line like every other row."""

    origin: Origin
    reason: str
    of: str = ""
    """locator, in the same source, of the row this one belongs to (the reply in a thread), else empty"""
    messages: tuple[Message, ...] = ()
    """what could be read of it, for the report"""


@dataclass(frozen=True, slots=True)
class Detected:
    """What a file holds, and why we think so."""

    form: SourceForm
    columns: ColumnMap | None
    because: str
    """one clause for a person, such as ``200 of 200 rows have `messages` with role and content``"""
    documents: DocumentOptions | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """What a reader of whole documents, mail or exports makes of one place: an example's turns, or why there is none."""

    locator: str
    messages: tuple[Message, ...]
    reason: str = ""
    of: str = ""
    received_at: str = ""
    subject: str = ""
    thread: str = ""
    hint: str = ""
    """the remedy, where it could not be read (what ``on_bad_row`` is about) and is not merely no example by the rule"""
