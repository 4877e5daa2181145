"""PDF documents: lines of extracted text with their page; headings by the document's outline (bookmarks).

Needs pypdf (extra ``documents``). A page without text (a scan) is told by number: nothing is read by recognition.
"""

from __future__ import annotations

import io
import logging
from typing import Any

from tunewright.core.errors import EngineMissingError
from tunewright.data.sources.lines import MAX_LINES, Document, Line, UnreadableDocument

MAX_PAGES = 20_000
MAX_CHARS = 16_000_000
_MAX_DEPTH = 6


def read_pdf(data: bytes) -> Document:
    """Lines with offsets into the pages' texts joined by form feeds.

    Raises UnreadableDocument (reasons damaged, encrypted, no_text, too_large) and EngineMissingError without pypdf.
    """
    try:
        import pypdf
        from pypdf.errors import LimitReachedError, PyPdfError
    except ImportError as error:
        raise EngineMissingError(
            "reading PDF needs pypdf", hint="pip install 'tunewright[documents]'", package="pypdf"
        ) from error
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings quote the file
    mend = "open it, print it to a new PDF, or give its text"
    page_number = 0
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableDocument("encrypted", "save a copy without a password")
        if len(reader.pages) > MAX_PAGES:
            raise UnreadableDocument("too_large", f"split it: at most {MAX_PAGES} pages")
        titles = _titles(reader)
        lines: list[Line] = []
        at = 0
        for page_number, page in enumerate(reader.pages, start=1):
            text = page.extract_text() or ""
            lines += _page(text, at, page_number, titles.get(page_number, {}))
            at += len(text) + 1
            if at > MAX_CHARS or len(lines) > MAX_LINES:
                raise UnreadableDocument("too_large", "split it", page_number)
    except UnreadableDocument:
        raise
    except LimitReachedError as error:
        raise UnreadableDocument(
            "too_large", "do not trust this file: it unpacks too far", page_number
        ) from error
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OSError,
            NotImplementedError, AssertionError, ArithmeticError, EOFError) as error:  # fmt: skip
        # What pypdf lets through on damaged files; its text can quote the file.
        raise UnreadableDocument("damaged", mend, page_number) from error
    if not any(line.text.strip() for line in lines):
        raise UnreadableDocument("no_text", "it is a scan: run text recognition (OCR) on it first", 1)
    return Document(tuple(lines), "chars")


def _page(text: str, at: int, number: int, titles: dict[str, int]) -> list[Line]:
    found = []
    for line in text.split("\n"):
        level = titles.get(_folded(line), 0)
        found.append(Line(line.rstrip("\r"), at, at + len(line), level, page=number))
        at += len(line) + 1
    return found


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _titles(reader: Any) -> dict[int, dict[str, int]]:
    """Page number -> folded title -> level, from the outline."""
    found: dict[int, dict[str, int]] = {}
    seen = 0

    def visit(items: Any, level: int) -> None:
        nonlocal seen
        for item in items:
            seen += 1
            if seen > MAX_PAGES:
                return
            if isinstance(item, list):
                visit(item, min(level + 1, _MAX_DEPTH))
                continue
            page = reader.get_destination_page_number(item)
            title = _folded(str(item.title or ""))
            if title and page is not None and page >= 0:
                found.setdefault(page + 1, {})[title] = level

    visit(reader.outline, 1)
    return found
