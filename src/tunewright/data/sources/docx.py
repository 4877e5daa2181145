"""Word documents (DOCX): paragraphs in reading order, headings by style, read straight from the archive.

The XML of a Word document declares no document type, so a document that declares one is refused and no entity is ever
expanded. Archive and XML have limits of size and depth.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from tunewright.core.errors import DataError
from tunewright.data.sources.lines import MAX_DOCUMENT_BYTES, MAX_LINES, Document, Line, UnreadableDocument
from tunewright.data.sources.tree import DAMAGE, check_archive

_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main "
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main "
_MAX_DEPTH = 500
_HEADING_NAME = re.compile(r"heading ([1-6])$", re.IGNORECASE)


def read_docx(data: bytes, name: str) -> Document:
    """Paragraphs with their numbers. Raises UnreadableDocument, and DataError for a hostile archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_archive(archive, name)
            levels = _Styles()
            if "word/styles.xml" in archive.namelist():
                _parse(archive, "word/styles.xml", name, levels.start, levels.end, lambda text: None)
            body = _Paragraphs(levels.found)
            _parse(archive, "word/document.xml", name, body.start, body.end, body.text)
    except DAMAGE as error:
        raise UnreadableDocument("damaged", "open it in a word processor and save it again") from error
    if not any(line.text.strip() for line in body.lines):
        raise UnreadableDocument("no_text", "it may hold pictures only: give its text")
    return Document(tuple(body.lines), "paragraphs")


def _parse(
    archive: zipfile.ZipFile,
    member: str,
    name: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """Feed one XML member to handlers, piece by piece. Raises UnreadableDocument, and DataError for a bomb."""
    parser = expat.ParserCreate(namespace_separator=" ")
    depth = 0

    def opened(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise _hostile(name, member, f"is nested more than {_MAX_DEPTH} deep")
        start(_local(tag), {_local(key): value for key, value in attributes.items()})

    def closed(tag: str) -> None:
        nonlocal depth
        depth -= 1
        end(_local(tag))

    def declared(*_: Any) -> None:
        raise _hostile(
            name, member, "declares a document type or an entity, as no Word document does (a bomb?)"
        )

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = declared
    parser.EntityDeclHandler = declared
    parser.buffer_text = True
    size = 0
    with archive.open(member) as stream:
        while piece := stream.read(1 << 16):
            size += len(piece)
            if size > MAX_DOCUMENT_BYTES:
                raise _hostile(name, member, f"unpacks to more than {MAX_DOCUMENT_BYTES >> 20} MiB")
            _fed(parser, piece, False)
        _fed(parser, b"", True)


def _fed(parser: Any, piece: bytes, last: bool) -> None:
    try:
        parser.Parse(piece, last)
    except expat.ExpatError as error:
        raise UnreadableDocument("damaged", "open it in a word processor and save it again") from error


def _hostile(name: str, member: str, what: str) -> DataError:
    return DataError(f"{name}: {member} {what}", hint="do not trust this file", file=name, member=member)


def _local(tag: str) -> str:
    """The name without its namespace when it is Word's own, else with it."""
    return tag.removeprefix(_MAIN).removeprefix(_STRICT)


class _Styles:
    """Style id -> heading level, by the style's English name (also in translated Word) or outline level."""

    def __init__(self) -> None:
        self.found: dict[str, int] = {}
        self._style = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "style":
            self._style = attributes.get("styleId", "")
        elif tag == "name" and (named := _HEADING_NAME.match(attributes.get("val", ""))):
            self.found[self._style] = int(named[1])
        elif tag == "name" and attributes.get("val") == "Title":
            self.found[self._style] = 1
        elif tag == "outlineLvl" and attributes.get("val", "") in "012345":
            self.found.setdefault(self._style, int(attributes.get("val") or 0) + 1)

    def end(self, tag: str) -> None:
        if tag == "style":
            self._style = ""


class _Paragraphs:
    """Collects the text of every ``w:p``. Deleted text (``w:delText``) and fields' codes are no ``w:t``."""

    def __init__(self, levels: dict[str, int]) -> None:
        self.lines: list[Line] = []
        self._levels = levels
        self._open: list[list[str]] = []
        self._level = 0
        self._in_text = False
        self._fallback = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._fallback += tag.endswith(" Fallback")
        if tag == "p":
            self._open.append([])
            self._level = 0
        elif not self._open or self._fallback:
            return
        elif tag == "pStyle":
            self._level = self._levels.get(attributes.get("val", ""), 0)
        elif tag == "outlineLvl" and attributes.get("val", "9") in "012345":
            self._level = int(attributes["val"]) + 1
        elif tag == "t":
            self._in_text = True
        elif tag in ("tab", "ptab"):
            self._open[-1].append("\t")
        elif tag in ("br", "cr"):
            self._open[-1].append("\n")
        elif tag == "noBreakHyphen":
            self._open[-1].append("-")

    def end(self, tag: str) -> None:
        self._fallback -= tag.endswith(" Fallback")
        if tag == "t":
            self._in_text = False
        elif tag == "p" and self._open:
            text = "".join(self._open.pop()).strip("\n")
            number = len(self.lines)
            if number >= MAX_LINES:
                raise UnreadableDocument("too_large", f"split it: at most {MAX_LINES:,} paragraphs")
            self.lines.append(Line(text, number, number + 1, self._level if text.strip() else 0))
            self._level = 0

    def text(self, piece: str) -> None:
        if self._in_text and self._open:
            self._open[-1].append(piece)
