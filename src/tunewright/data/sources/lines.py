"""What document readers answer: lines that know their place, and the segments that rules make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tunewright.core.types import Message

MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
"""A document longer than this, packed or unpacked, is refused."""
MAX_TEXT_BYTES = 16 * 1024 * 1024
"""The same for Markdown, text and HTML: some 3,000 printed pages."""
MAX_LINES = 500_000
"""A document of more lines or paragraphs than this is refused, so that its lines fit into memory."""


class UnreadableDocument(Exception):
    """This document gives no text. ``reason`` is a word such as ``no_text``; ``hint`` the remedy."""

    def __init__(self, reason: str, hint: str, page: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.page = page


@dataclass(frozen=True, slots=True)
class Line:
    """One line, block or paragraph of a document. ``[start, end)`` counts in the document's own unit."""

    text: str
    start: int
    end: int
    level: int = 0
    """1 to 6 for a heading, else 0"""
    mark: str = ""
    """``question`` or ``end`` where the document itself says so (``<summary>``, ``<dt>``)"""
    literal: bool = False
    """code and the like: no marker inside it means anything"""
    page: int = 0
    """1-based page, for documents that have some"""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as lines in reading order. Their ranges do not overlap."""

    lines: tuple[Line, ...]
    unit: str
    """``bytes`` (0-based, half open), ``paragraphs`` (1-based, inclusive) or ``chars`` of the extracted text"""


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive lines that became one example, or the reason why they did not."""

    messages: tuple[Message, ...]
    first: Line
    last: Line
    reason: str = ""


def place(unit: str, first: Line, last: Line) -> str:
    """The locator's part behind ``#``, such as ``bytes=120-860``, ``paragraphs=3-9`` or ``page=2&chars=80-300``."""
    if unit == "paragraphs":
        return f"paragraphs={first.start + 1}-{last.end}"
    pages = f"page={first.page}" if first.page == last.page else f"pages={first.page}-{last.page}"
    return f"{pages + '&' if first.page else ''}{unit}={first.start}-{last.end}"


def joined(lines: Sequence[Line]) -> str:
    """The lines' text, without blank lines around it."""
    return "\n".join(line.text for line in lines).strip("\n").rstrip()


def plain_lines(data: bytes) -> list[Line]:
    """Lines of UTF-8 text with their byte ranges, line ends outside. Raises UnreadableDocument."""
    check_size(data)
    found: list[Line] = []
    at = 0
    for raw in data.splitlines(keepends=True):  # bytes split at \n, \r and \r\n only
        body = raw.rstrip(b"\r\n")
        if at == 0 and body.startswith(b"\xef\xbb\xbf"):
            found.append(Line(decoded(body[3:]), 3, len(body)))
        else:
            found.append(Line(decoded(body), at, at + len(body)))
        at += len(raw)
    return found


def check_size(data: bytes) -> None:
    """Raises UnreadableDocument for text over the limits of bytes and lines."""
    if len(data) > MAX_TEXT_BYTES or data.count(b"\n") + data.count(b"\r") > MAX_LINES:
        raise UnreadableDocument(
            "too_large", f"split it: at most {MAX_TEXT_BYTES >> 20} MiB and {MAX_LINES:,} lines a document"
        )


def decoded(data: bytes) -> str:
    """UTF-8 text. Raises UnreadableDocument."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableDocument("invalid_utf8", "save it as UTF-8") from error
