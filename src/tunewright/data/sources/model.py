"""The words of reading: a raw row, an unreadable row, and what was detected about a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunewright.core.types import Message, Origin
from tunewright.data.options import ColumnMap, SourceForm

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
